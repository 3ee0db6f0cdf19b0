/* A field of rich text: fetches the editor, which takes no files here. */
class RichText extends HTMLElement {
  connectedCallback() {
    window.artel.load("trix");
    this.addEventListener("trix-file-accept", (event) => event.preventDefault());
  }
}

customElements.define("rich-text", RichText);

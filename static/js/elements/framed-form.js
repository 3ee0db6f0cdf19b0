/* A form inside somebody else's page: tells that page how high it is, and where to go on to. */
class FramedForm extends HTMLElement {
  connectedCallback() {
    if (window.parent === window) return;
    this.watch = new ResizeObserver(() => this.tell());
    this.watch.observe(document.body);
    this.tell();
  }

  disconnectedCallback() {
    this.watch?.disconnect();
  }

  tell() {
    const next = this.getAttribute("next") ?? "";
    const height = Math.ceil(document.body.getBoundingClientRect().height);
    window.parent.postMessage({ artelForm: this.getAttribute("name"), height, next }, "*");
  }
}

customElements.define("framed-form", FramedForm);

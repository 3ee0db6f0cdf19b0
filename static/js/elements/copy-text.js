/* One click copies the value. */
class CopyText extends HTMLElement {
  connectedCallback() {
    this.querySelector("button")?.addEventListener("click", (event) => {
      event.preventDefault();
      event.stopPropagation();
      this.copy();
    });
  }

  async copy() {
    const text = this.getAttribute("value");
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      this.copyBySelection(text);
    }
    this.setAttribute("data-done", "");
    setTimeout(() => this.removeAttribute("data-done"), 1500);
    document.body.dispatchEvent(
      new CustomEvent("toast", { detail: { text: `${this.getAttribute("done")}: ${text}` } }),
    );
  }

  /** Over plain http browsers have no clipboard. */
  copyBySelection(text) {
    const field = Object.assign(document.createElement("textarea"), { value: text });
    document.body.append(field);
    field.select();
    document.execCommand("copy");
    field.remove();
  }
}

customElements.define("copy-text", CopyText);

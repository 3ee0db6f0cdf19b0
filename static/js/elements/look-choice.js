/* Theme, density or language: the page changes at once, the server remembers. */
class LookChoice extends HTMLElement {
  connectedCallback() {
    this.addEventListener("click", (event) => {
      const chosen = event.target.closest("button[value]");
      if (chosen) this.choose(chosen.value);
    });
    this.mark(this.getAttribute("value"));
  }

  mark(value) {
    for (const button of this.querySelectorAll("button[value]"))
      button.setAttribute("aria-pressed", String(button.value === value));
  }

  choose(value) {
    const name = this.getAttribute("name");
    this.mark(value);
    if (name !== "language") document.documentElement.dataset[name] = value;
    if (name === "theme") document.dispatchEvent(new Event("themechange"));
    window.htmx.ajax("POST", this.getAttribute("url"), { values: { [name]: value }, swap: "none" });
  }
}

customElements.define("look-choice", LookChoice);

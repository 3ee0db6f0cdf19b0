/* Opens and closes a group of a list; its rows are fetched when it opens for the first time. */
class GroupFold extends HTMLElement {
  connectedCallback() {
    this.addEventListener("click", (event) => {
      const button = event.target.closest(".group-toggle[data-src]");
      if (button) this.toggle(button);
    });
  }

  async toggle(button) {
    const rows = document.getElementById(button.getAttribute("aria-controls"));
    const isOpen = button.getAttribute("aria-expanded") === "true";
    button.setAttribute("aria-expanded", String(!isOpen));
    rows.hidden = isOpen;
    if (isOpen || rows.childElementCount) return;
    await window.htmx.ajax("GET", button.dataset.src, { target: rows, swap: "innerHTML" });
  }
}

customElements.define("group-fold", GroupFold);

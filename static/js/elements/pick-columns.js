/* Which columns, in which order: drag, or move with the arrow buttons ([data-up], [data-down]). */
class PickColumns extends HTMLElement {
  connectedCallback() {
    this.list = this.querySelector("ol, ul");
    if (!this.list) return;
    window.artel.load("sortable").then(() => {
      if (this.isConnected)
        this.sortable = new window.Sortable(this.list, {
          animation: 120,
          forceFallback: true,
          filter: "input, button, label",
          preventOnFilter: false,
        });
    });
    this.addEventListener("click", (event) => {
      const button = event.target.closest("[data-up], [data-down]");
      if (button) this.move(button, "up" in button.dataset);
    });
  }

  disconnectedCallback() {
    this.sortable?.destroy();
  }

  move(button, isUp) {
    const line = button.closest("li");
    const other = isUp ? line.previousElementSibling : line.nextElementSibling;
    if (!other) return;
    if (isUp) other.before(line);
    else other.after(line);
    button.focus();
  }
}

customElements.define("pick-columns", PickColumns);

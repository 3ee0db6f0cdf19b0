/* Rows of [data-sorted] in an order of one's choice: dragged by .drag-handle, or moved with the
   arrow keys on it. With a url the keys of the rows (data-key) are sent after each move. */
class SortRows extends HTMLElement {
  connectedCallback() {
    this.list = this.querySelector("[data-sorted]");
    if (!this.list) return;
    window.artel.load("sortable").then(() => {
      if (!this.isConnected || this.sortable) return;
      this.sortable = new window.Sortable(this.list, {
        animation: 120,
        handle: ".drag-handle",
        forceFallback: true,
        onEnd: ({ oldIndex, newIndex }) => oldIndex !== newIndex && this.moved(),
      });
    });
    this.addEventListener("keydown", (event) => this.byKey(event));
  }

  disconnectedCallback() {
    this.sortable?.destroy();
    this.sortable = null;
  }

  byKey(event) {
    const handle = event.target.closest(".drag-handle");
    if (!handle || !["ArrowUp", "ArrowDown"].includes(event.key)) return;
    const row = [...this.list.children].find((one) => one.contains(handle));
    const other = event.key === "ArrowUp" ? row.previousElementSibling : row.nextElementSibling;
    event.preventDefault();
    if (!other) return;
    if (event.key === "ArrowUp") other.before(row);
    else other.after(row);
    handle.focus();
    this.moved();
  }

  moved() {
    this.dispatchEvent(new Event("change", { bubbles: true }));
    const url = this.getAttribute("url");
    if (!url) return;
    const key = [...this.list.children].map((row) => row.dataset.key);
    window.htmx.ajax("POST", url, { values: { key }, swap: "none", source: this });
  }
}

customElements.define("sort-rows", SortRows);

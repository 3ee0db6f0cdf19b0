/* The inbox under the fingers: j k move and open; the letter's own buttons answer to their keys. A letter that is
   filed leaves the list, and the next one opens. */
customElements.define("mail-inbox", class extends HTMLElement {
  connectedCallback() {
    this.onKey = (event) => this.press(event);
    document.addEventListener("keydown", this.onKey);
    this.addEventListener("htmx:afterSwap", () => this.swapped());
    this.addEventListener("click", (event) => {
      const row = event.target.closest(".inbox-row");
      if (row) this.mark(row);
    });
    const first = this.rows[0];
    if (first && matchMedia("(min-width: 901px)").matches) customElements.whenDefined("key-map").then(() => this.open(first));
  }

  disconnectedCallback() {
    document.removeEventListener("keydown", this.onKey);
  }

  get rows() { return [...this.querySelectorAll(".inbox-row")]; }
  get current() { return this.querySelector(".inbox-row[data-current]"); }

  press(event) {
    const isTyping = event.target.closest?.("input:not([type=checkbox]), textarea, select, [contenteditable]");
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping || document.querySelector("dialog:modal, :popover-open:not(toast-stack)")) return;
    const key = /^[a-z]$/i.test(event.key) ? event.key.toLowerCase() : event.code.replace(/^Key/, "").toLowerCase();
    if (key !== "j" && key !== "k") return;
    event.preventDefault();
    const rows = this.rows;
    const at = rows.indexOf(this.current);
    const next = rows[at < 0 ? 0 : Math.max(0, Math.min(rows.length - 1, at + (key === "j" ? 1 : -1)))];
    if (next && next !== this.current) this.open(next);
  }

  mark(row) {
    this.current?.removeAttribute("data-current");
    row.setAttribute("data-current", "");
    row.classList.remove("is-unread");
  }

  open(row) {
    this.mark(row);
    row.scrollIntoView({ block: "nearest" });
    row.querySelector("a").click();
  }

  /** Filed just now: go on with the next letter. */
  swapped() {
    const letter = this.querySelector(".letter");
    const row = letter && this.querySelector(`#letter-${letter.dataset.letter}`);
    if (!row || letter.dataset.state !== "filed" || !row.hasAttribute("data-current")) return;
    if (new URLSearchParams(location.search).get("show") === "all") return;
    const next = row.nextElementSibling?.matches(".inbox-row") ? row.nextElementSibling : row.previousElementSibling;
    row.remove();
    if (next?.matches(".inbox-row")) this.open(next);
  }
});

/* Today, or notifications, under the fingers: j k move, d done, m move or plan, o open. What is done elsewhere on the
   page (a task made in the side panel, an undo) reloads it. */
customElements.define("work-list", class extends HTMLElement {
  connectedCallback() {
    this.onKey = (event) => this.press(event);
    this.onStale = () => this.refresh();
    document.addEventListener("keydown", this.onKey);
    for (const name of ["recordCreated", "recordsChanged"]) document.body.addEventListener(name, this.onStale);
    this.addEventListener("htmx:afterSwap", (event) => this.swapped(event));
    this.addEventListener("pointerdown", (event) => { const row = event.target.closest(":is(.today-row, .notice-line)"); if (row) this.go(row, false); });
  }

  disconnectedCallback() {
    document.removeEventListener("keydown", this.onKey);
    for (const name of ["recordCreated", "recordsChanged"]) document.body.removeEventListener(name, this.onStale);
  }

  get rows() { return [...this.querySelectorAll(":is(.today-row, .notice-line)")]; }
  get current() { return this.querySelector(":is(.today-row, .notice-line)[data-current]"); }

  press(event) {
    const isTyping = event.target.closest?.("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]");
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping || document.querySelector("dialog:modal, :popover-open:not(toast-stack)")) return;
    const key = /^[a-z]$/i.test(event.key) ? event.key.toLowerCase() : event.key.length === 1 ? event.code.replace(/^Key/, "").toLowerCase() : event.key;
    const acts = { j: () => this.step(1), k: () => this.step(-1), d: () => this.act("d"), m: () => this.act("m"), o: () => this.open() };
    if (!acts[key] || (!this.current && !["j", "k"].includes(key))) return;
    event.preventDefault();
    acts[key]();
  }

  step(by) {
    const rows = this.rows;
    const at = rows.indexOf(this.current);
    const next = rows[at < 0 ? 0 : Math.max(0, Math.min(rows.length - 1, at + by))];
    if (next) this.go(next, true);
  }

  go(row, isFocused) {
    this.current?.removeAttribute("data-current");
    row.setAttribute("data-current", "");
    if (!isFocused) return;
    row.focus({ preventScroll: true });
    row.scrollIntoView({ block: "nearest" });
  }

  act(name) {
    const control = this.current.querySelector(`[data-act="${name}"]`);
    if (!control) return;
    control.focus();
    control.click();
  }

  open() {
    const { url } = this.current.dataset;
    if (url) location.href = url;
  }

  /** The row that was acted on stays the current one, so that the next key goes on from there. */
  swapped(event) {
    const id = event.target.id;
    const row = id && this.querySelector(`#${CSS.escape(id)}:is(.today-row, .notice-line)`);
    if (row) this.go(row, true);
  }

  refresh() {
    window.htmx.ajax("GET", this.dataset.refresh, { target: this, swap: "outerHTML", select: "work-list" });
  }
});

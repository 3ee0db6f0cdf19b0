/* A list under the fingers: j k move, x select, o open, p preview, e edit; ticks gather rows for
   the bulk bar, Shift ticks a range; "all that match" reaches beyond the page. */
customElements.define("list-view", class extends HTMLElement {
  connectedCallback() {
    this.onKey = (event) => this.press(event);
    this.onStale = () => this.refresh();
    this.onStep = (event) => { const button = event.target.closest("[data-list-step]"); if (button) this.step(Number(button.dataset.listStep)); };
    document.addEventListener("click", this.onStep);
    document.addEventListener("keydown", this.onKey);
    for (const name of ["recordCreated", "recordsChanged"]) document.body.addEventListener(name, this.onStale);
    this.addEventListener("change", (event) => this.ticked(event.target));
    this.addEventListener("click", (event) => this.clicked(event));
    this.addEventListener("scroll", (event) => event.target.toggleAttribute("data-moved", event.target.scrollLeft > 4), { passive: true, capture: true });
    this.addEventListener("htmx:afterSettle", () => this.count());
    this.count();
  }

  disconnectedCallback() {
    document.removeEventListener("keydown", this.onKey);
    document.removeEventListener("click", this.onStep);
    for (const name of ["recordCreated", "recordsChanged"]) document.body.removeEventListener(name, this.onStale);
  }

  get rows() { return [...this.querySelectorAll("tr[data-id]")]; }
  get boxes() { return [...this.querySelectorAll('tr[data-id] input[name="ids"]')]; }
  get bar() { return this.querySelector(".bulk-bar"); }
  get current() { return this.querySelector("tr[data-current]"); }

  press(event) {
    const isTyping = event.target.closest?.("input:not([type=checkbox]), textarea, select, [contenteditable], card-board");
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping || document.querySelector("dialog:modal, :popover-open:not(toast-stack)")) return;
    const key = /^[a-z]$/i.test(event.key) ? event.key.toLowerCase() : event.key.length === 1 ? event.code.replace(/^Key/, "").toLowerCase() : event.key;
    const acts = { j: () => this.step(1), k: () => this.step(-1), x: () => this.toggle(), o: () => this.open(), p: () => this.preview(), e: () => this.edit() };
    if (key === "Enter" && event.target === document.body) acts.Enter = acts.o;
    if (key === "Escape" && this.boxes.some((box) => box.checked)) acts.Escape = () => this.tickAll(false);
    if (!acts[key] || (!this.current && !["j", "k", "Escape"].includes(key))) return;
    event.preventDefault();
    acts[key]();
  }

  step(by) {
    const rows = this.rows;
    const at = rows.indexOf(this.current);
    const next = rows[at < 0 ? 0 : Math.max(0, Math.min(rows.length - 1, at + by))];
    if (!next) return;
    this.current?.removeAttribute("data-current");
    next.setAttribute("data-current", "");
    next.scrollIntoView({ block: "nearest" });
    next.querySelector(".row-link")?.focus({ preventScroll: true });
    if (document.querySelector("#panel > .preview")) this.preview();
  }

  toggle() {
    const box = this.current?.querySelector('input[name="ids"]');
    if (!box) return;
    box.checked = !box.checked;
    this.ticked(box);
  }

  open() {
    const { url } = this.current?.dataset ?? {};
    if (url) location.href = url;
  }

  preview() {
    const { preview } = this.current?.dataset ?? {};
    if (preview) window.htmx.ajax("GET", preview, { target: "#panel", swap: "innerHTML" });
  }

  edit() {
    const { edit, url } = this.current?.dataset ?? {};
    if (edit || url) location.href = edit || `${url}edit/`;
  }

  clicked(event) {
    if (event.target.closest("[data-bulk-clear]")) this.tickAll(false);
    if (event.target.closest("[data-bulk-all]")) this.reachAll(true);
    const cell = event.target.closest("td.list-check");
    if (cell && event.target === cell) cell.querySelector("input")?.click();
    const box = event.target.closest('input[name="ids"]');
    if (box) this.range(box, event.shiftKey);
  }

  range(box, isRange) {
    const boxes = this.boxes;
    if (isRange && this.lastBox) {
      const [from, to] = [boxes.indexOf(this.lastBox), boxes.indexOf(box)].sort((one, other) => one - other);
      boxes.slice(from, to + 1).forEach((one) => { one.checked = box.checked; });
      this.count();
    }
    this.lastBox = box;
  }

  ticked(control) {
    if (control.matches("[data-check-all]")) this.tickAll(control.checked);
    else if (control.name === "ids") { this.reachAll(false); this.count(); }
  }

  tickAll(isOn) {
    this.boxes.forEach((box) => { box.checked = isOn; });
    this.reachAll(false);
    this.count();
  }

  reachAll(isOn) {
    const field = this.bar?.querySelector('input[name="all"]');
    if (field) field.value = isOn ? "1" : "";
    this.count();
  }

  count() {
    const boxes = this.boxes;
    const chosen = boxes.filter((box) => box.checked);
    boxes.forEach((box) => box.closest("tr").setAttribute("aria-selected", String(box.checked)));
    const head = this.querySelector("[data-check-all]");
    if (head) { head.checked = chosen.length > 0 && chosen.length === boxes.length; head.indeterminate = chosen.length > 0 && !head.checked; }
    if (!this.bar) return;
    const isAll = this.bar.querySelector('input[name="all"]')?.value === "1";
    this.bar.hidden = !chosen.length;
    const words = isAll ? this.bar.dataset.labelAll : this.bar.dataset.labelOne;
    this.bar.querySelector("[data-bulk-count]").textContent = (words || "%n").replace("%n", isAll ? this.bar.dataset.total : chosen.length);
    const reach = this.bar.querySelector("[data-bulk-all]");
    if (reach) reach.hidden = isAll || chosen.length < boxes.length;
  }

  refresh() {
    const url = this.dataset.refresh ?? location.href;
    const id = this.id || "list";
    if (document.getElementById(id)) window.htmx.ajax("GET", url, { target: `#${id}`, swap: "outerHTML", select: `#${id}` });
  }
});

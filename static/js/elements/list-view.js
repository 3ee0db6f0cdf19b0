/* A list under the fingers: j k move (and turn the page), x select, o open, p preview, e edit a cell,
   Shift+E the form. What is ticked is the business of row-ticks. */
class ListView extends HTMLElement {
  connectedCallback() {
    this.onKey = (event) => this.press(event);
    this.onStale = () => this.refresh();
    this.onStep = (event) => {
      const button = event.target.closest("[data-list-step]");
      if (button) this.step(Number(button.dataset.listStep));
    };
    document.addEventListener("click", this.onStep);
    document.addEventListener("keydown", this.onKey);
    for (const name of ["recordCreated", "recordsChanged"]) document.body.addEventListener(name, this.onStale);
    this.addEventListener(
      "scroll",
      (event) => event.target.toggleAttribute("data-moved", event.target.scrollLeft > 4),
      { passive: true, capture: true },
    );
    this.ticks = document.createElement("row-ticks");
    this.append(this.ticks);
    window.artel.load("row-ticks");
  }

  disconnectedCallback() {
    document.removeEventListener("keydown", this.onKey);
    document.removeEventListener("click", this.onStep);
    for (const name of ["recordCreated", "recordsChanged"]) document.body.removeEventListener(name, this.onStale);
  }

  get rows() {
    return [...this.querySelectorAll("tr[data-id]")];
  }
  get current() {
    return this.querySelector("tr[data-current]");
  }

  press(event) {
    const isTyping = event.target.closest?.(
      "input:not([type=checkbox]), textarea, select, [contenteditable], card-board",
    );
    if (
      event.ctrlKey ||
      event.metaKey ||
      event.altKey ||
      isTyping ||
      document.querySelector("dialog:modal, :popover-open:not(toast-stack)")
    )
      return;
    const key = /^[a-z]$/i.test(event.key)
      ? event.key.toLowerCase()
      : event.key.length === 1
        ? event.code.replace(/^Key/, "").toLowerCase()
        : event.key;
    const acts = {
      j: () => this.step(1),
      k: () => this.step(-1),
      x: () => this.toggle(),
      o: () => this.open(),
      p: () => this.preview(),
      e: () => (event.shiftKey ? this.editForm() : this.edit()),
    };
    if (key === "Enter" && event.target === document.body) acts.Enter = acts.o;
    if (this.ticks.any) acts.Escape = () => this.ticks.clear();
    if (!acts[key] || (!this.current && !["j", "k", "Escape"].includes(key))) return;
    event.preventDefault();
    acts[key]();
  }

  step(by) {
    const rows = this.rows;
    const at = rows.indexOf(this.current);
    if (at >= 0 && !rows[at + by]) return this.turn(by);
    const next = rows[at < 0 ? 0 : at + by];
    if (next) this.mark(next);
  }

  /** At the end of a page the next one begins, and the preview goes along. */
  async turn(by) {
    const link = this.querySelector(`.pager a[rel="${by > 0 ? "next" : "prev"}"]`);
    if (!link || this.isTurning) return;
    this.isTurning = true;
    await window.htmx.ajax("GET", link.href, { target: "#rows", swap: "outerHTML" });
    this.isTurning = false;
    const next = this.rows.at(by > 0 ? 0 : -1);
    if (next) this.mark(next);
  }

  mark(next) {
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
    this.ticks.ticked?.(box);
  }

  open() {
    const { url } = this.current?.dataset ?? {};
    if (url) location.href = url;
  }

  preview() {
    const { preview } = this.current?.dataset ?? {};
    if (!preview) return;
    window.htmx.ajax("GET", preview, { target: "#panel", swap: "innerHTML" }).then(() => this.tellPlace());
  }

  /** Say in the preview which of how many it is, as far as the list knows. */
  tellPlace() {
    const place = document.querySelector("#panel [data-place]");
    const { start, total } = this.querySelector("#rows")?.dataset ?? {};
    const at = this.rows.indexOf(this.current);
    if (place && start && at >= 0) place.textContent = `${Number(start) + at} / ${total}`;
  }

  edit() {
    const cell = this.current?.querySelector("inline-edit[url]");
    if (cell?.open) cell.open();
    else this.editForm();
  }

  editForm() {
    const { edit, url } = this.current?.dataset ?? {};
    if (edit || url) location.href = edit || `${url}edit/`;
  }

  refresh() {
    const url = this.dataset.refresh ?? location.href;
    const id = this.id || "list";
    if (document.getElementById(id))
      window.htmx.ajax("GET", url, { target: `#${id}`, swap: "outerHTML", select: `#${id}` });
  }
}

customElements.define("list-view", ListView);

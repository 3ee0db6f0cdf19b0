/* Ticked rows of a list and the bar for what can be done with them: Shift ticks a range, "all that
   match" reaches beyond the page. */
class RowTicks extends HTMLElement {
  connectedCallback() {
    this.list = this.closest("list-view");
    this.without = new Set();
    this.hidden = true;
    this.listeners = {
      change: (event) => this.ticked(event.target),
      click: (event) => this.clicked(event),
      "htmx:afterSettle": () => this.count(),
    };
    for (const [name, listener] of Object.entries(this.listeners)) this.list.addEventListener(name, listener);
    this.count();
  }

  disconnectedCallback() {
    for (const [name, listener] of Object.entries(this.listeners)) this.list.removeEventListener(name, listener);
  }

  get boxes() {
    return [...this.list.querySelectorAll('tr[data-id] input[name="ids"]')];
  }
  get bar() {
    return this.list.querySelector(".bulk-bar");
  }
  get isAll() {
    return this.bar?.querySelector('input[name="all"]')?.value === "1";
  }
  get any() {
    return this.boxes.some((box) => box.checked);
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
      boxes.slice(from, to + 1).forEach((one) => {
        one.checked = box.checked;
      });
      this.count();
    }
    this.lastBox = box;
  }

  ticked(control) {
    if (control.matches("[data-check-all]")) this.tickAll(control.checked);
    else if (control.name === "ids") {
      // Of all that match, one ticked off is left out; the others stay meant.
      if (this.isAll) this.without[control.checked ? "delete" : "add"](control.value);
      this.count();
    }
  }

  tickAll(isOn) {
    this.boxes.forEach((box) => {
      box.checked = isOn;
    });
    this.reachAll(false);
    this.count();
  }

  reachAll(isOn) {
    const field = this.bar?.querySelector('input[name="all"]');
    if (field) field.value = isOn ? "1" : "";
    this.without.clear();
    this.count();
  }

  count() {
    const boxes = this.boxes;
    const chosen = boxes.filter((box) => box.checked);
    boxes.forEach((box) => box.closest("tr").setAttribute("aria-selected", String(box.checked)));
    const head = this.list.querySelector("[data-check-all]");
    if (head) {
      head.checked = chosen.length > 0 && chosen.length === boxes.length;
      head.indeterminate = chosen.length > 0 && !head.checked;
    }
    if (!this.bar) return;
    const { isAll } = this;
    const { labelAll, labelBut, labelOne, total } = this.bar.dataset;
    this.bar.hidden = !isAll && !chosen.length;
    const words = isAll ? (this.without.size ? labelBut : labelAll) : labelOne;
    this.bar.querySelector("[data-bulk-count]").textContent = (words || "%n")
      .replace("%n", isAll ? total : chosen.length)
      .replace("%k", this.without.size);
    const inputs = [...this.without].map((value) =>
      Object.assign(document.createElement("input"), { type: "hidden", name: "without", value }),
    );
    this.bar.querySelector("[data-bulk-without]")?.replaceChildren(...inputs);
    const reach = this.bar.querySelector("[data-bulk-all]");
    if (reach) reach.hidden = isAll || chosen.length < boxes.length;
  }
}

customElements.define("row-ticks", RowTicks);

/* Ticked rows of a list and the bar for what can be done with them: Shift ticks a range, "all that
   match" reaches beyond the page. What is ticked stays so while one turns pages, sorts, or looks at
   other columns; other filters begin anew. */
class RowTicks extends HTMLElement {
  connectedCallback() {
    this.list = this.closest("list-view");
    this.forget();
    this.hidden = true;
    this.listeners = {
      change: (event) => this.ticked(event.target),
      click: (event) => this.clicked(event),
      "htmx:afterSettle": () => this.arrive(),
    };
    for (const [name, listener] of Object.entries(this.listeners)) this.list.addEventListener(name, listener);
    this.arrive();
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
  get any() {
    return this.isAll || this.ids.size > 0;
  }

  /** What the list is about: its filters, without order, columns and place. */
  get about() {
    const said = new URLSearchParams(this.bar?.querySelector('input[name="state"]')?.value ?? "");
    for (const name of ["sort", "cols", "size", "group"]) said.delete(name);
    return said.toString();
  }

  forget() {
    this.isAll = false;
    this.ids = new Set();
    this.without = new Set();
  }

  /** Other rows are here: those chosen before are ticked again. */
  arrive() {
    if (this.bar && this.seen !== undefined && this.seen !== this.about) this.forget();
    if (this.bar) this.seen = this.about;
    for (const box of this.boxes) {
      if (box.checked && !this.isAll) this.ids.add(box.value);
      box.checked = this.isAll ? !this.without.has(box.value) : this.ids.has(box.value);
    }
    this.count();
  }

  clicked(event) {
    if (event.target.closest("[data-bulk-clear]")) this.clear();
    if (event.target.closest("[data-bulk-all]")) this.reachAll();
    const cell = event.target.closest("td.list-check");
    if (cell && event.target === cell) cell.querySelector("input")?.click();
    const box = event.target.closest('input[name="ids"]');
    if (box) this.range(box, event.shiftKey);
  }

  range(box, isRange) {
    const boxes = this.boxes;
    if (isRange && this.lastBox?.isConnected) {
      const [from, to] = [boxes.indexOf(this.lastBox), boxes.indexOf(box)].sort((one, other) => one - other);
      boxes.slice(from, to + 1).forEach((one) => this.set(one, box.checked));
      this.count();
    }
    this.lastBox = box;
  }

  ticked(control) {
    if (control.matches("[data-check-all]")) this.boxes.forEach((box) => this.set(box, control.checked));
    else if (control.name === "ids") this.set(control, control.checked);
    else return;
    this.count();
  }

  /** Of all that match, one ticked off is left out; the others stay meant. */
  set(box, isOn) {
    box.checked = isOn;
    if (this.isAll) this.without[isOn ? "delete" : "add"](box.value);
    else this.ids[isOn ? "add" : "delete"](box.value);
  }

  clear() {
    this.forget();
    this.boxes.forEach((box) => {
      box.checked = false;
    });
    this.count();
  }

  reachAll() {
    this.forget();
    this.isAll = true;
    this.arrive();
  }

  count() {
    const boxes = this.boxes;
    const here = boxes.filter((box) => box.checked);
    boxes.forEach((box) => box.closest("tr").setAttribute("aria-selected", String(box.checked)));
    const head = this.list.querySelector("[data-check-all]");
    if (head) {
      head.checked = here.length > 0 && here.length === boxes.length;
      head.indeterminate = here.length > 0 && !head.checked;
    }
    if (this.bar) this.tell(this.bar, new Set(boxes.map((box) => box.value)), here.length === boxes.length);
  }

  /** Write into the bar how many are chosen, and whom its form means beside the boxes of the page. */
  tell(bar, here, isPage) {
    const { isAll } = this;
    const { labelAll, labelBut, labelOne, total } = bar.dataset;
    bar.hidden = !this.any;
    bar.querySelector('input[name="all"]').value = isAll ? "1" : "";
    const words = isAll ? (this.without.size ? labelBut : labelAll) : labelOne;
    bar.querySelector("[data-bulk-count]").textContent = (words || "%n")
      .replace("%n", isAll ? total : this.ids.size)
      .replace("%k", this.without.size);
    const hidden = (name, values) =>
      values.map((value) => Object.assign(document.createElement("input"), { type: "hidden", name, value }));
    bar
      .querySelector("[data-bulk-more]")
      .replaceChildren(
        ...hidden("without", [...this.without]),
        ...hidden("ids", isAll ? [] : [...this.ids].filter((id) => !here.has(id))),
      );
    const reach = bar.querySelector("[data-bulk-all]");
    if (reach) reach.hidden = isAll || !isPage;
  }
}

customElements.define("row-ticks", RowTicks);

/* The lines of a deal or a quote. The server reckons while one types; saving is one's own act.
   Keys and pasting are `line-keys`, which stands around it. */
const NUMBERS = ["quantity", "price", "discount"];

class LineEditor extends HTMLElement {
  connectedCallback() {
    const { rows, version, ...urls } = JSON.parse(this.dataset.lines);
    Object.assign(this, { urls, version, turn: 0 });
    this.body = this.querySelector("[data-body]");
    // It stands in a template, where nobody sees its tag.
    window.artel.load("product-search");
    for (const row of rows) this.add(row);
    if (!rows.length) this.add({ kind: "product" });
    this.addEventListener("input", (event) => this.typed(event.target));
    this.addEventListener("change", (event) => this.typed(event.target));
    this.addEventListener("productChosen", (event) => this.chosen(event));
    this.addEventListener("click", (event) => this.click(event));
    this.guard = (event) => this.isDirty && event.preventDefault();
    addEventListener("beforeunload", this.guard);
    window.artel.load("sortable").then(() => {
      const onEnd = () => this.changed();
      this.sortable = new window.Sortable(this.body, { handle: ".line-grip", animation: 120, forceFallback: true, onEnd });
    });
  }

  disconnectedCallback() {
    removeEventListener("beforeunload", this.guard);
    this.sortable?.destroy();
  }

  add(row, after = null) {
    const made = this.querySelector(`template[data-row="${row.kind === "product" ? "product" : "other"}"]`).content.cloneNode(true);
    const line = made.firstElementChild;
    line.dataset.kind = row.kind;
    line.row = { ...row };
    if (after) after.after(made);
    else this.body.append(made);
    this.fill(line, row);
    return line;
  }

  fill(line, row) {
    line.row = { ...line.row, ...row };
    for (const control of line.querySelectorAll("[data-f]")) {
      const value = row[control.dataset.f];
      if (control.dataset.f === "total") control.textContent = this.money(line.dataset.kind, value);
      else if (control === document.activeElement) continue;
      else if (control.type === "checkbox") control.checked = Boolean(value);
      else control.value = control.dataset.f === "discount" && value === "0" ? "" : (value ?? "");
      if (control.dataset.f === "text") control.hidden = !value;
      if (control.dataset.subtotal && line.dataset.kind === "subtotal") control.placeholder = control.dataset.subtotal;
    }
  }

  money(kind, value) {
    if (value == null || (kind !== "product" && kind !== "subtotal")) return "";
    return Number(value).toLocaleString(document.documentElement.lang, { minimumFractionDigits: 2 });
  }

  get lines() {
    return [...this.body.children].filter((line) => line.row);
  }

  read() {
    return this.lines
      .map((line) => {
        const row = { key: line.row.key, kind: line.dataset.kind, text: line.row.text, period: line.row.period, is_chosen: line.row.is_chosen };
        if (line.row.product) row.product = line.row.product;
        for (const control of line.querySelectorAll("[data-f]:not([data-f=total])"))
          row[control.dataset.f] = control.type === "checkbox" ? control.checked : control.value;
        for (const name of NUMBERS) if (row[name] === "") delete row[name];
        if (line.row.fresh) for (const name of ["tax", "unit", "period"]) delete row[name];
        return row;
      })
      .filter((row) => row.kind !== "product" || row.name?.trim() || row.product);
  }

  typed(control) {
    const line = control.closest("tr");
    if (line?.row && control.dataset.f === "name" && line.row.product && !control.value.trim()) line.row.product = null;
    if (line?.row && ["tax", "unit"].includes(control.dataset.f)) line.row.fresh = false;
    if (control.dataset.f || "discount" in control.dataset) this.changed();
  }

  chosen({ target, detail }) {
    const line = target.closest("tr");
    Object.assign(line.row, { product: detail.value, fresh: true });
    for (const name of ["price", "unit"]) line.querySelector(`[data-f=${name}]`).value = "";
    line.querySelector("[data-f=quantity]").focus();
    this.changed();
  }

  changed() {
    this.isDirty = true;
    this.say(this.dataset.unsaved);
    this.querySelector("[data-save]").disabled = false;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.send(this.urls.try), 250);
  }

  async send(url) {
    const turn = ++this.turn;
    const headers = { "Content-Type": "application/json", ...JSON.parse(document.body.getAttribute("hx-headers")) };
    const discount = this.querySelector("[data-discount]")?.value || "0";
    const sent = this.lines.filter((line) => line.dataset.kind !== "product" || line.querySelector("[data-f=name]").value.trim());
    const error = this.querySelector("[data-error]");
    try {
      const answer = await fetch(url, { method: "POST", headers, body: JSON.stringify({ lines: this.read(), discount, version: this.version }) });
      const told = await answer.json();
      if (turn !== this.turn) return false;
      error.hidden = answer.ok;
      error.textContent = told.error || "";
      if (!answer.ok) return false;
      this.querySelector("[data-totals]").innerHTML = told.totals;
      told.rows.forEach((row, n) => this.fill(sent[n], { ...row, fresh: false }));
      if (told.version) this.version = told.version;
      return true;
    } catch {
      error.hidden = false;
      error.textContent = this.dataset.failed;
      return false;
    }
  }

  async save() {
    clearTimeout(this.timer);
    if (!(await this.send(this.urls.save))) return;
    this.isDirty = false;
    this.querySelector("[data-save]").disabled = true;
    this.say(this.dataset.saved);
    document.body.dispatchEvent(new CustomEvent("factChanged"));
  }

  say(text) {
    this.querySelector("[data-state]").textContent = text;
  }

  click({ target }) {
    const [add, drop] = [target.closest("[data-add]"), target.closest("[data-drop]")];
    if (add) this.add({ kind: add.dataset.add, name: "" }).querySelector("input").focus();
    if (add && add.dataset.add !== "product") this.changed();
    if (drop) {
      drop.closest("tr").remove();
      this.changed();
    }
    if (target.closest("[data-save]")) this.save();
  }
}

customElements.define("line-editor", LineEditor);

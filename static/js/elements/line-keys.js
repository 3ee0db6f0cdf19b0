/* Editing lines by keyboard: Enter goes on to the next line, arrows up and down, Alt and an arrow moves a line,
   Ctrl+S saves; rows copied in a spreadsheet become lines. Stands around a `line-editor`. */
class LineKeys extends HTMLElement {
  connectedCallback() {
    this.addEventListener("keydown", (event) => this.key(event));
    this.addEventListener("paste", (event) => this.paste(event));
  }

  get editor() {
    return this.querySelector("line-editor");
  }

  key(event) {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "s") return this.take(event, () => this.editor.save());
    const line = event.target.closest("tr");
    if (!line?.row || event.target.closest("select, textarea, button:not(.line-grip)")) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.altKey && step) return this.take(event, () => this.move(line, step, event.target));
    if (step) return this.take(event, () => this.go(line, step, event.target.dataset.f));
    if (event.key === "Enter") this.take(event, () => this.go(line, 1, event.target.dataset.f, true));
  }

  take(event, act) {
    event.preventDefault();
    act();
  }

  move(line, step, control) {
    const other = step > 0 ? line.nextElementSibling : line.previousElementSibling;
    if (!other) return;
    if (step > 0) other.after(line);
    else other.before(line);
    control.focus();
    this.editor.changed();
  }

  go(line, step, name, makes = false) {
    let next = step > 0 ? line.nextElementSibling : line.previousElementSibling;
    if (!next && makes) [next, name] = [this.editor.add({ kind: "product" }, line), "name"];
    const control = next?.querySelector(`input[data-f="${name}"]`) ?? next?.querySelector("input[data-f=name]");
    control?.focus();
    control?.select?.();
  }

  paste(event) {
    const text = event.clipboardData.getData("text/plain");
    const line = event.target.closest("tr");
    if (!line?.row || !/\t|\n./.test(text.trim())) return;
    event.preventDefault();
    let last = line;
    for (const one of text.trim().split(/\r?\n/)) {
      const [name, quantity, price, discount] = one.split("\t").map((cell) => cell.trim());
      last = this.editor.add({ kind: "product", name, quantity, price, discount, fresh: true }, last);
    }
    if (!line.querySelector("[data-f=name]").value.trim()) line.remove();
    this.editor.changed();
  }
}

customElements.define("line-keys", LineKeys);

/* The builder of a rule: parts whose questions depend on an answer are drawn anew by the server, out
   of the whole form; the sentence beside it follows each change. */
class RuleBuilder extends HTMLElement {
  connectedCallback() {
    this.form = this.querySelector("form");
    for (const name of ["change", "click", "input", "conditionChanged"]) this.addEventListener(name, this);
    // Enter in a text field must not press "add".
    this.isTold = false;
  }

  disconnectedCallback() {
    clearTimeout(this.timer);
  }

  handleEvent({ type, target }) {
    if (type === "click") return this.clicked(target);
    if (type === "change" && target.matches("[data-add-step]")) return this.add(target);
    if (type === "change" && target.matches("[data-redraw]")) return this.redraw(target);
    this.tell();
  }

  clicked(target) {
    const step = target.closest("[data-drop-step]")?.closest(".step");
    if (step) {
      const near = step.nextElementSibling ?? step.previousElementSibling;
      step.remove();
      (near?.querySelector(".drag-handle") ?? this.querySelector("[data-add-step]")).focus();
      return this.tell();
    }
    const row = target.closest("[data-drop-row]")?.closest(".value-row");
    if (row) {
      const part = row.closest("[data-part]");
      row.remove();
      return this.send(part.dataset.part, part, "outerHTML").then(() => this.tell());
    }
    if (target.closest("[data-fits]")) return this.send("fits", this.querySelector("#rule-fits"), "innerHTML");
    const tried = target.closest("[data-try]");
    if (tried) this.send("try", document.querySelector("#dialog"), "innerHTML", { record: tried.dataset.try });
  }

  redraw(control) {
    const wanted = control.dataset.redraw;
    const part = wanted ? this.querySelector(`[data-part="${wanted}"]`) : control.closest("[data-part]");
    const field = this.takeRow(control);
    const how = wanted === "all" ? "innerHTML" : "outerHTML";
    this.send(part.dataset.part, part, how, field).then(() => {
      this.querySelector(`[name="${CSS.escape(control.name)}"]`)?.focus();
      this.tell();
    });
  }

  /** "Another field" becomes one of the step's fields. */
  takeRow(control) {
    const match = control.name.match(/^(s-\w+)-add$/);
    if (!match || !control.value) return {};
    const hidden = document.createElement("input");
    Object.assign(hidden, { type: "hidden", name: `${match[1]}-fields`, value: control.value });
    control.before(hidden);
    return {};
  }

  async add(select) {
    const list = this.querySelector("#rule-steps");
    if (!select.value) return;
    await this.send("add", list, "beforeend");
    select.value = "";
    list.lastElementChild?.querySelector("select, input:not([type=hidden]), textarea")?.focus();
    this.tell();
  }

  send(part, target, swap, values = {}) {
    const url = this.getAttribute("url").replace("PART", part);
    return window.htmx.ajax("POST", url, { source: this.form, target, swap, values });
  }

  tell() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      const words = this.querySelector("#rule-words");
      if (words) this.send("words", words, "outerHTML");
    }, 400);
  }
}

customElements.define("rule-builder", RuleBuilder);

/* A field that is shown, or has to be filled in, depending on other fields of its form.
   data-when holds {shown, required, known}: conditions as the server judges them
   (crm/records/customfields/conditions.py), and values of fields that this form lacks. */
class WhenField extends HTMLElement {
  connectedCallback() {
    this.form = this.closest("form");
    if (!this.form) return;
    this.when = JSON.parse(this.dataset.when);
    this.judge = () => this.update();
    this.form.addEventListener("input", this.judge);
    this.form.addEventListener("change", this.judge);
    this.update();
  }

  disconnectedCallback() {
    this.form?.removeEventListener("input", this.judge);
    this.form?.removeEventListener("change", this.judge);
  }

  update() {
    const { shown, required } = this.when;
    this.hidden = !this.holds(shown);
    const asked = required === true || ((required?.rules ?? []).length > 0 && this.holds(required));
    this.querySelector("label, legend")?.classList.toggle("required", asked);
  }

  holds(condition) {
    const rules = condition?.rules ?? [];
    if (!rules.length) return true;
    const passes = (rule) => this.passes(rule, this.values(rule.field));
    return condition.match === "any" ? rules.some(passes) : rules.every(passes);
  }

  passes({ op, value }, values) {
    if (op === "filled" || op === "empty") return values.length > 0 === (op === "filled");
    const wanted = Array.isArray(value) ? value : [String(value)];
    const same = values.some((one) => wanted.some((other) => this.order(one, other) === 0));
    if (op === "is" || op === "any_of") return same;
    if (op === "is_not") return !same;
    return values.some((one) => this.order(one, wanted[0]) === (op === "more" ? 1 : -1));
  }

  /** -1, 0 or 1: numbers as numbers, everything else as text. */
  order(left, right) {
    const [one, other] = [this.number(left), this.number(right)];
    if (one !== null && other !== null) return Math.sign(one - other);
    const [a, b] = [left.toLowerCase(), right.toLowerCase()];
    return a === b ? 0 : left < right ? -1 : 1;
  }

  number(text) {
    const plain = text.replace(/[\s\u00a0\u202f']/g, "").replace(",", ".");
    return plain !== "" && Number.isFinite(Number(plain)) ? Number(plain) : null;
  }

  values(name) {
    const control = this.form.elements[name];
    if (!control) return this.when.known?.[name] ?? [];
    if (control.type === "checkbox") return [control.checked ? "yes" : "no"];
    if (control.selectedOptions)
      return [...control.selectedOptions].map((option) => option.value).filter((value) => value !== "");
    const text = String(control.value ?? "").trim();
    return text === "" ? [] : [text];
  }
}

customElements.define("when-field", WhenField);

/* Conditions put together by hand: rows and groups of the page are read back as JSON into the
   hidden field; a new row is fetched; the sentence under it follows each change. */
class ConditionBuilder extends HTMLElement {
  connectedCallback() {
    this.field = this.querySelector("[data-where]");
    this.says = this.querySelector("[data-says]");
    for (const name of ["click", "change", "input"]) this.addEventListener(name, this);
    this.form = this.closest("form");
    this.onData = ({ formData }) => {
      for (const name of [...formData.keys()]) if (name.startsWith("~")) formData.delete(name);
      formData.set(this.field.name, this.json());
    };
    this.form?.addEventListener("formdata", this.onData);
    if (!this.querySelector(".cond-row")) this.add(this.querySelector("[data-add]"));
    else this.tell();
  }

  disconnectedCallback() {
    this.form?.removeEventListener("formdata", this.onData);
    clearTimeout(this.timer);
  }

  handleEvent({ type, target }) {
    if (type === "click") {
      const button = target.closest("[data-add], [data-drop]");
      if (button) button.matches("[data-add]") ? this.add(button) : this.drop(button);
      return;
    }
    if (type === "change" && target.matches("[data-what]")) return this.replace(target);
    const show = (part, isOn) => part?.toggleAttribute("hidden", !isOn);
    if (target.matches("[data-period]")) {
      const box = target.parentElement;
      show(box.querySelector("[data-days]"), ["last", "next", "before_last"].includes(target.value));
      show(box.querySelector("[data-ends]"), target.value === "free");
    }
    if (target.matches("[data-which]"))
      show(target.parentElement.querySelector("[data-count]"), target.value === "least");
    this.tell();
  }

  async fetchRow(slug, what) {
    const url = this.dataset.rowUrl.replace(/[^/]+\/row\/$/, `${slug}/row/`);
    const answer = await fetch(`${url}?what=${encodeURIComponent(what)}`, { headers: { "HX-Request": "true" } });
    if (!answer.ok) return null;
    const holder = document.createElement("template");
    holder.innerHTML = (await answer.text()).trim();
    return holder.content.querySelector("li");
  }

  async add(button, isFocused = true) {
    const group = button.closest("[data-node=group]");
    const row = await this.fetchRow(group.dataset.slug, button.dataset.add);
    if (!row) return;
    group.querySelector(":scope > .cond-list").append(row);
    this.settle(row, isFocused);
    if (row.matches(".cond-group")) await this.add(row.querySelector("[data-add]"), isFocused);
  }

  async replace(select) {
    // Who types "Activ" passes other choices on the way: only where they stop counts.
    const what = select.value;
    await new Promise((done) => setTimeout(done, 200));
    if (!select.isConnected || select.value !== what) return;
    const old = select.closest(".cond-row");
    const row = await this.fetchRow(select.closest("[data-slug]").dataset.slug, what);
    if (!row || !select.isConnected || select.value !== what) return;
    old.replaceWith(row);
    this.settle(row);
    const inner = row.querySelector(".cond-where [data-add]");
    if (inner) await this.add(inner, false);
  }

  /** Make htmx and the elements see a row that is new on the page. */
  settle(row, isFocused = true) {
    window.htmx.process(row);
    row.dispatchEvent(new CustomEvent("htmx:load", { bubbles: true, detail: { elt: row } }));
    if (isFocused) row.querySelector("[data-what], select")?.focus();
    this.tell();
  }

  drop(button) {
    const row = button.closest(".cond-row");
    const near = row.previousElementSibling ?? row.nextElementSibling ?? row.closest("[data-node=group]");
    row.remove();
    near.querySelector("[data-what], [data-add]")?.focus();
    this.tell();
  }

  tell() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      const json = this.json();
      if (json === this.told) return;
      this.told = this.field.value = json;
      this.dispatchEvent(new CustomEvent("conditionChanged", { bubbles: true, detail: { json } }));
      const url = `${this.dataset.saysUrl}?where=${encodeURIComponent(json)}`;
      window.htmx.ajax("GET", url, { target: this.says, swap: "innerHTML" });
    }, 300);
  }

  json() {
    const found = this.group(this.querySelector("[data-node=group]"));
    return found ? JSON.stringify(found) : "";
  }

  group(box) {
    const rows = [...box.querySelectorAll(":scope > .cond-list > .cond-row")];
    const nodes = rows.map((row) => this.node(row.firstElementChild)).filter(Boolean);
    if (!nodes.length) return null;
    const mode = box.querySelector("[data-mode]").value;
    const inner = { [mode === "any" || mode === "none" ? "any" : "all"]: nodes };
    return mode === "none" || mode === "not_all" ? { not: inner } : inner;
  }

  node(part) {
    if (part.dataset.node === "group") return this.group(part);
    const key = part.querySelector("[data-what]").value.slice(2);
    if (part.dataset.node === "leaf") {
      const value = this.value(part.querySelector("[data-value]"));
      if (!value.length) return null;
      const leaf = { filter: key, value };
      return part.querySelector("[data-not]").value ? { not: leaf } : leaf;
    }
    const which = part.querySelector("[data-which]").value;
    const count = Number(part.querySelector("[data-count]")?.value) || 1;
    const where = this.group(part.querySelector("[data-node=group]"));
    return { related: key, which: which === "least" ? { at_least: count } : which, ...(where && { where }) };
  }

  value(box) {
    const of = (end) => box.querySelector(`[name$="${end}"]`)?.value.trim() ?? "";
    const ends = of("_min") || of("_max") ? [`${of("_min")}..${of("_max")}`] : [];
    const period = box.querySelector("[data-period]")?.value;
    if (period === "free" || (period === undefined && box.querySelector('[name$="_min"]'))) return ends;
    if (["last", "next", "before_last"].includes(period))
      return [`${period}_${Number(box.querySelector("[data-days]").value) || 1}_days`];
    const controls = [...box.querySelectorAll('[name^="~"]')].filter((one) => !/_(min|max)$/.test(one.name));
    return controls.flatMap((one) => {
      if (one.selectedOptions) return [...one.selectedOptions].map((option) => option.value).filter(Boolean);
      if (one.type === "checkbox" || one.type === "radio") return one.checked ? [one.value] : [];
      return one.value.trim() ? [one.value.trim()] : [];
    });
  }
}

customElements.define("condition-builder", ConditionBuilder);

/* Recipients as chips: typing suggests people, Enter or a comma takes them, Backspace drops the last.
   Several pasted addresses become several chips. Says "peopleChanged"; mark() shows what is known of each. */
class MailPeople extends HTMLElement {
  connectedCallback() {
    if (this.input) return;
    this.people = JSON.parse(this.getAttribute("value") || "[]");
    this.field = Object.assign(document.createElement("input"), { type: "hidden", name: this.getAttribute("name") });
    this.input = Object.assign(document.createElement("input"), { className: "people-input", autocomplete: "off" });
    this.list = Object.assign(document.createElement("ul"), { className: "mention-list", hidden: true });
    this.list.id = `people-${Math.random().toString(36).slice(2)}`;
    const about = { role: "combobox", "aria-label": this.getAttribute("label"), "aria-expanded": "false" };
    const extra = { "aria-autocomplete": "list", "aria-controls": this.list.id, inputmode: "email", spellcheck: "false" };
    for (const [name, value] of Object.entries({ ...about, ...extra })) this.input.setAttribute(name, value);
    this.list.setAttribute("role", "listbox");
    this.list.setAttribute("aria-label", this.getAttribute("label"));
    this.append(this.field, this.input, this.list);
    this.input.addEventListener("input", (event) => {
      event.stopPropagation();
      if (/[,;\n]/.test(this.input.value)) this.typed();
      else this.look();
    });
    this.input.addEventListener("focus", () => this.look());
    this.input.addEventListener("keydown", (event) => this.press(event));
    this.input.addEventListener("paste", () => setTimeout(() => this.input.value.includes("@") && this.typed()));
    this.input.addEventListener("blur", () => setTimeout(() => this.leave(), 150));
    this.addEventListener("click", (event) => event.target === this && this.input.focus());
    this.draw();
  }

  get addresses() {
    return this.people.map((one) => one.address);
  }

  draw() {
    for (const chip of this.querySelectorAll(".person-chip")) chip.remove();
    for (const one of this.people) this.insertBefore(this.chip(one), this.input);
    this.field.value = JSON.stringify(this.people);
  }

  chip(one) {
    const chip = Object.assign(document.createElement("span"), { className: "person-chip", title: one.address });
    chip.dataset.address = one.address;
    const remove = Object.assign(document.createElement("button"), { type: "button", textContent: "×", tabIndex: -1 });
    remove.setAttribute("aria-label", this.getAttribute("remove").replace("%s", one.name || one.address));
    remove.addEventListener("click", () => this.drop(one));
    chip.append(Object.assign(document.createElement("span"), { textContent: one.name || one.address }), remove);
    chip.classList.toggle("is-bad", !/^[^@\s]+@[^@\s]+\.[^@\s]+$/.test(one.address));
    return chip;
  }

  /** Show what is known of each: the gravest on its chip, all of it on hover. */
  mark(labels) {
    for (const chip of this.querySelectorAll(".person-chip")) {
      const known = labels[chip.dataset.address] ?? [];
      chip.dataset.kind = known[0]?.kind ?? "";
      chip.title = [chip.dataset.address, ...known.map((one) => one.text)].join("\n");
      chip.querySelector("small")?.remove();
      const grave = known.find((one) => ["other", "new", "added", "colleague"].includes(one.kind));
      if (grave) chip.firstChild.after(Object.assign(document.createElement("small"), { textContent: grave.text }));
    }
  }

  add(people) {
    for (const { address, name = "" } of people) {
      const plain = address.trim().toLowerCase();
      if (plain && !this.addresses.includes(plain)) this.people.push({ address: plain, name });
    }
    this.changed();
  }

  drop(one) {
    this.people = this.people.filter((other) => other !== one);
    this.changed();
    this.input.focus();
  }

  changed() {
    this.draw();
    this.close();
    this.dispatchEvent(new CustomEvent("peopleChanged", { bubbles: true }));
  }

  /** Take what is typed: "Anna <anna@acme.example>, bob@acme.example". */
  typed() {
    const found = this.input.value.split(/[,;\n]+/).map((part) => {
      const named = /^\s*"?([^"<]*?)"?\s*<([^>]+)>\s*$/.exec(part);
      return named ? { name: named[1], address: named[2] } : { address: part };
    });
    this.input.value = "";
    this.add(found.filter((one) => one.address.trim()));
  }

  leave() {
    this.close();
    if (this.input.value.includes("@")) this.typed();
  }

  look() {
    clearTimeout(this.timer);
    this.timer = setTimeout(async () => {
      const text = this.input.value.trim();
      const url = new URL(this.getAttribute("url"), location);
      url.searchParams.set("q", text);
      const answer = await fetch(url, { headers: { Accept: "application/json" } });
      if (!answer.ok || this.input.value.trim() !== text || document.activeElement !== this.input) return;
      const { results } = await answer.json();
      this.show(results.filter((one) => !this.addresses.includes(one.address.toLowerCase())));
    }, 120);
  }

  show(people) {
    this.found = people;
    this.list.replaceChildren(...people.map((one, place) => this.line(one, place)));
    this.list.hidden = !people.length;
    this.input.setAttribute("aria-expanded", String(!this.list.hidden));
    this.choose(this.input.value ? 0 : -1);
  }

  line(one, place) {
    const line = Object.assign(document.createElement("li"), { id: `${this.list.id}-${place}` });
    line.setAttribute("role", "option");
    const hint = [one.name ? one.address : "", one.detail].filter(Boolean).join(" · ");
    line.append(Object.assign(document.createElement("b"), { textContent: one.name || one.address }));
    line.append(Object.assign(document.createElement("small"), { textContent: hint }));
    line.addEventListener("mousedown", (event) => {
      event.preventDefault();
      this.take(place);
    });
    return line;
  }

  choose(place) {
    const lines = [...this.list.children];
    this.place = lines.length && place >= 0 ? place % lines.length : -1;
    for (const [number, line] of lines.entries()) line.setAttribute("aria-selected", String(number === this.place));
    if (this.place >= 0) this.input.setAttribute("aria-activedescendant", lines[this.place].id);
    else this.input.removeAttribute("aria-activedescendant");
  }

  take(place) {
    this.input.value = "";
    this.add([this.found[place]]);
    this.input.focus();
  }

  press(event) {
    const isOpen = !this.list.hidden && this.list.childElementCount;
    const last = this.list.childElementCount - 1;
    const acts = {
      ArrowDown: () => isOpen && this.choose(this.place + 1),
      ArrowUp: () => isOpen && this.choose(this.place > 0 ? this.place - 1 : last),
      Enter: () => (isOpen && this.place >= 0 ? this.take(this.place) : this.typed()),
      Escape: () => isOpen && this.close(),
      Tab: () => isOpen && this.place >= 0 && this.input.value && this.take(this.place),
      Backspace: () => !this.input.value && this.people.length && this.drop(this.people.at(-1)),
    };
    if (event.ctrlKey || event.metaKey || !(event.key in acts)) return;
    const done = acts[event.key]();
    if (event.key === "Enter" || (event.key !== "Backspace" && done !== false && isOpen && this.input.value !== "")) {
      if (event.key !== "Tab" || done !== "") event.preventDefault();
    }
    if (event.key === "Escape" && isOpen) event.stopPropagation();
  }

  close() {
    clearTimeout(this.timer);
    this.list.hidden = true;
    this.input.setAttribute("aria-expanded", "false");
  }
}

customElements.define("mail-people", MailPeople);

/* Around a text: typing @ and a few letters offers colleagues. Those who see the record come first;
   the others are marked, since nothing would reach them. */
class MentionBox extends HTMLElement {
  connectedCallback() {
    this.field = this.querySelector("textarea");
    if (!this.field || this.list) return;
    this.list = document.createElement("ul");
    this.list.className = "mention-list";
    this.list.hidden = true;
    this.list.id = `mentions-${Math.random().toString(36).slice(2)}`;
    this.list.setAttribute("role", "listbox");
    this.list.setAttribute("aria-label", this.getAttribute("label"));
    this.append(this.list);
    this.field.setAttribute("aria-autocomplete", "list");
    this.field.setAttribute("aria-controls", this.list.id);
    this.field.addEventListener("input", () => this.look());
    this.field.addEventListener("keydown", (event) => this.walk(event));
    this.field.addEventListener("blur", () => setTimeout(() => this.close(), 150));
  }

  get url() {
    const form = this.field.form;
    return this.getAttribute("url") || form.getAttribute("hx-post").replace(/add\/$/, "mentions/");
  }

  /** What stands between the last @ and the caret, if that begins a word. */
  typed() {
    const before = this.field.value.slice(0, this.field.selectionStart);
    const found = /(?:^|[^\p{L}\p{N}_@.])@([\p{L}\p{N}_.-]*(?: [\p{L}\p{N}_.-]+)?)$/u.exec(before);
    return found ? found[1] : null;
  }

  look() {
    clearTimeout(this.timer);
    const text = this.typed();
    if (text === null) return this.close();
    this.timer = setTimeout(async () => {
      const answer = await fetch(`${this.url}?q=${encodeURIComponent(text)}`);
      if (!answer.ok || this.typed() !== text) return;
      this.show((await answer.json()).results);
    }, 120);
  }

  show(people) {
    this.list.replaceChildren(...people.map((one, place) => this.line(one, place)));
    this.list.hidden = !people.length;
    this.mark(0);
  }

  line(one, place) {
    const line = document.createElement("li");
    line.id = `${this.list.id}-${place}`;
    line.setAttribute("role", "option");
    line.dataset.insert = one.insert;
    const name = Object.assign(document.createElement("b"), { textContent: one.text });
    const hint = Object.assign(document.createElement("small"), {
      textContent: one.sees ? one.hint : this.getAttribute("blind"),
    });
    line.classList.toggle("is-blind", !one.sees);
    line.append(name, hint);
    line.addEventListener("mousedown", (event) => {
      event.preventDefault();
      this.take(line);
    });
    return line;
  }

  mark(place) {
    const lines = [...this.list.children];
    this.place = lines.length ? (place + lines.length) % lines.length : -1;
    for (const [number, line] of lines.entries()) line.setAttribute("aria-selected", String(number === this.place));
    const marked = lines[this.place];
    if (marked) this.field.setAttribute("aria-activedescendant", marked.id);
    marked?.scrollIntoView({ block: "nearest" });
  }

  walk(event) {
    if (this.list.hidden) return;
    const acts = {
      ArrowDown: () => this.mark(this.place + 1),
      ArrowUp: () => this.mark(this.place - 1),
      Enter: () => this.take(this.list.children[this.place]),
      Tab: () => this.take(this.list.children[this.place]),
      Escape: () => this.close(),
    };
    const act = acts[event.key];
    if (!act) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  }

  take(line) {
    const end = this.field.selectionStart;
    const start = end - this.typed().length;
    this.field.setRangeText(`${line.dataset.insert} `, start, end, "end");
    this.close();
    this.field.dispatchEvent(new Event("input", { bubbles: true }));
    this.field.focus();
  }

  close() {
    this.list.hidden = true;
    this.field.removeAttribute("aria-activedescendant");
  }
}

customElements.define("mention-box", MentionBox);

/* Search and commands in one field: "/" or Ctrl+K opens it, arrows choose, Enter opens. */
class CommandPalette extends HTMLElement {
  connectedCallback() {
    this.dialog = this.querySelector("dialog");
    this.input = this.querySelector("input");
    this.lines = this.querySelector(".palette-lines");
    this.known = new Map();
    this.input.addEventListener("input", () => this.look());
    this.input.addEventListener("keydown", (event) => this.press(event));
    this.lines.addEventListener("click", () => this.dialog.close());
    this.lines.addEventListener("pointermove", (event) => this.choose(event.target.closest(".palette-item")));
    this.dialog.addEventListener("pointerdown", (event) => {
      if (event.target === this.dialog) this.dialog.close();
    });
    this.onKey = (event) => this.shortcut(event);
    this.onClick = (event) => {
      if (event.target.closest("[data-palette-open]")) this.open();
    };
    document.addEventListener("keydown", this.onKey);
    document.addEventListener("click", this.onClick);
  }

  disconnectedCallback() {
    document.removeEventListener("keydown", this.onKey);
    document.removeEventListener("click", this.onClick);
  }

  shortcut(event) {
    const isK = (event.ctrlKey || event.metaKey) && event.code === "KeyK";
    const isTyping = event.target.closest?.("input, textarea, select, [contenteditable]");
    // "/" sits on the key of "." in the Russian layout.
    const isSlash =
      !event.ctrlKey &&
      !event.metaKey &&
      !event.altKey &&
      !isTyping &&
      (event.key === "/" || (event.key === "." && event.code === "Slash"));
    if (!(isK || (isSlash && !document.querySelector("dialog:modal")))) return;
    event.preventDefault();
    this.open();
  }

  open() {
    if (this.dialog.open) return;
    this.dialog.showModal();
    this.input.select();
    this.look();
  }

  look() {
    clearTimeout(this.timer);
    const text = this.input.value.trim();
    if (this.known.has(text)) return this.show(this.known.get(text));
    this.timer = setTimeout(() => this.fetch(text), text ? 70 : 0);
  }

  async fetch(text) {
    this.asking?.abort();
    this.asking = new AbortController();
    this.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(`${this.getAttribute("url")}?q=${encodeURIComponent(text)}`, {
        headers: { "HX-Request": "true" },
        signal: this.asking.signal,
      });
      if (!answer.ok || answer.redirected) return;
      const html = await answer.text();
      if (text) this.known.set(text, html);
      this.show(html);
    } catch (problem) {
      if (problem.name !== "AbortError") throw problem;
    } finally {
      this.removeAttribute("aria-busy");
    }
  }

  show(html) {
    this.lines.innerHTML = html;
    window.htmx.process(this.lines);
    this.lines.querySelectorAll(".palette-item").forEach((line, index) => {
      line.id = `palette-${index}`;
      line.setAttribute("role", "option");
      line.tabIndex = -1;
    });
    this.lines.querySelectorAll(".palette-group").forEach((head) => head.setAttribute("role", "presentation"));
    const first = this.lines.querySelector(".palette-item");
    // An empty list box is none.
    if (first) this.lines.setAttribute("role", "listbox");
    else this.lines.removeAttribute("role");
    this.choose(first);
  }

  choose(line) {
    if (!line) return;
    this.chosen?.setAttribute("aria-selected", "false");
    this.chosen = line;
    line.setAttribute("aria-selected", "true");
    this.input.setAttribute("aria-activedescendant", line.id);
  }

  press(event) {
    const lines = [...this.lines.querySelectorAll(".palette-item")];
    const at = lines.indexOf(this.chosen);
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && lines.length) {
      event.preventDefault();
      this.choose(lines.at((at + step) % lines.length));
      this.chosen.scrollIntoView({ block: "nearest" });
    } else if (event.key === "Enter" && at >= 0) {
      event.preventDefault();
      if (event.ctrlKey || event.metaKey) window.open(this.chosen.href);
      else this.chosen.click();
    }
  }
}

customElements.define("command-palette", CommandPalette);

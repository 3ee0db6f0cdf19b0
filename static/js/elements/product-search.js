/* A text field that offers products while one types. Chooses with arrows and Enter; what is typed may also
   stay as it is, for something that is no product. Tells the choice by the event `productChosen`. */
class ProductSearch extends HTMLElement {
  connectedCallback() {
    this.input = this.querySelector("input");
    this.items = [];
    this.at = -1;
    this.input.addEventListener("input", () => this.ask());
    this.input.addEventListener("keydown", (event) => this.key(event));
    this.input.addEventListener("blur", () => setTimeout(() => this.close(), 150));
  }

  disconnectedCallback() {
    this.close();
  }

  ask() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.load(this.input.value.trim()), 120);
  }

  async load(text) {
    if (!text) return this.close();
    const url = this.closest("line-editor")?.urls.products;
    try {
      const answer = await fetch(`${url}?q=${encodeURIComponent(text)}`, { headers: { Accept: "application/json" } });
      const { results } = await answer.json();
      if (document.activeElement === this.input && this.input.value.trim() === text) this.show(results.slice(0, 8));
    } catch {
      this.close();
    }
  }

  show(items) {
    this.close();
    this.items = items;
    if (!items.length) return;
    const place = this.input.getBoundingClientRect();
    this.list = document.createElement("ul");
    this.list.className = "product-list";
    this.list.id = `products-${Math.random().toString(36).slice(2)}`;
    this.list.setAttribute("role", "listbox");
    items.forEach((one, n) => {
      const line = document.createElement("li");
      line.id = `${this.list.id}-${n}`;
      line.setAttribute("role", "option");
      line.textContent = one.text;
      const hint = document.createElement("span");
      hint.className = "hint";
      hint.textContent = one.hint || "";
      line.append(hint);
      line.addEventListener("pointerdown", (event) => {
        event.preventDefault();
        this.choose(one);
      });
      this.list.append(line);
    });
    // Above everything: a table that scrolls would cut it off.
    Object.assign(this.list.style, {
      left: `${place.left}px`,
      width: `${Math.max(place.width, 260)}px`,
      ...(place.bottom + 240 < innerHeight
        ? { top: `${place.bottom + 2}px` }
        : { bottom: `${innerHeight - place.top + 2}px` }),
    });
    document.body.append(this.list);
    this.input.setAttribute("aria-expanded", "true");
    this.input.setAttribute("aria-controls", this.list.id);
    this.onScroll = () => this.close();
    addEventListener("scroll", this.onScroll, { capture: true, once: true });
  }

  get isOpen() {
    return Boolean(this.list);
  }

  key(event) {
    if (!this.list) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      const step = event.key === "ArrowDown" ? 1 : -1;
      this.mark((this.at + step + this.items.length) % this.items.length);
    } else if ((event.key === "Enter" || event.key === "Tab") && this.at >= 0) {
      this.choose(this.items[this.at]);
      if (event.key === "Tab") return;
    } else if (event.key === "Escape") {
      this.close();
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  }

  mark(place) {
    this.at = place;
    [...this.list.children].forEach((line, n) => line.setAttribute("aria-selected", String(n === place)));
    this.input.setAttribute("aria-activedescendant", this.list.children[place].id);
  }

  choose(one) {
    this.input.value = one.text;
    this.close();
    this.dispatchEvent(new CustomEvent("productChosen", { bubbles: true, detail: one }));
  }

  close() {
    clearTimeout(this.timer);
    removeEventListener("scroll", this.onScroll, { capture: true });
    this.list?.remove();
    this.list = null;
    this.at = -1;
    this.input?.setAttribute("aria-expanded", "false");
    this.input?.removeAttribute("aria-activedescendant");
  }
}

customElements.define("product-search", ProductSearch);

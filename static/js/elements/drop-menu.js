/* A button and its menu. The menu lies in the top layer, so no scrolling part clips it; with
   data-src its content is fetched on first opening. */
class DropMenu extends HTMLElement {
  connectedCallback() {
    this.button = this.querySelector(":scope > button, :scope > a");
    this.menu = this.querySelector(":scope > .menu");
    if (!this.button || !this.menu || this.menu.popover) return;
    this.menu.hidden = false;
    this.menu.popover = "auto";
    this.button.popoverTargetElement = this.menu;
    this.button.setAttribute("aria-expanded", "false");
    this.menu.addEventListener("beforetoggle", (event) => this.toggled(event.newState === "open"));
    this.menu.addEventListener("click", (event) => {
      if (event.target.closest(".menu-item, [data-menu-close]")) this.menu.hidePopover();
    });
    this.addEventListener("keydown", (event) => this.walk(event));
    this.menu.addEventListener("htmx:afterSwap", () => this.place());
  }

  toggled(isOpen) {
    this.button.setAttribute("aria-expanded", String(isOpen));
    if (!isOpen) return removeEventListener("scroll", this.away, true);
    if (this.menu.dataset.src) this.fetch();
    // The menu has its size only once it is shown, and must be placed before the next stroke.
    requestAnimationFrame(() => {
      this.place();
      if (this.byKey) this.items()[0]?.focus();
      this.byKey = false;
    });
    this.away ??= (event) => {
      if (!this.menu.contains(event.target)) this.menu.hidePopover();
    };
    addEventListener("scroll", this.away, true);
  }

  fetch() {
    const url = this.menu.dataset.src;
    delete this.menu.dataset.src;
    window.htmx.ajax("GET", url, { target: this.menu, swap: "innerHTML" });
  }

  place() {
    const at = this.button.getBoundingClientRect();
    const { offsetWidth: width, offsetHeight: height } = this.menu;
    const isEnd = this.menu.classList.contains("menu-end") || at.left + width > innerWidth - 8;
    const left = isEnd ? at.right - width : at.left;
    const isAbove = at.bottom + 4 + height > innerHeight - 8 && at.top > innerHeight - at.bottom;
    const top = isAbove ? at.top - 4 - height : at.bottom + 4;
    this.menu.style.left = `${Math.max(8, Math.min(left, innerWidth - width - 8))}px`;
    this.menu.style.top = `${Math.max(8, Math.min(top, innerHeight - height - 8))}px`;
  }

  items() {
    return [...this.menu.querySelectorAll(".menu-item:not([hidden], :disabled)")];
  }

  walk(event) {
    const isOpen = this.menu.matches(":popover-open");
    if (!isOpen) {
      if (event.target !== this.button) return;
      if (["Enter", " ", "ArrowDown"].includes(event.key)) this.byKey = true;
      if (event.key === "ArrowDown") {
        event.preventDefault();
        this.menu.showPopover();
      }
      return;
    }
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step || event.target.closest("input, select, textarea")) return;
    event.preventDefault();
    const items = this.items();
    items
      .at(
        (items.indexOf(document.activeElement) + step + (document.activeElement === this.button && step < 0 ? 1 : 0)) %
          items.length,
      )
      ?.focus();
  }
}

customElements.define("drop-menu", DropMenu);

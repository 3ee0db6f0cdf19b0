/* Tabs: role="tab" buttons with aria-controls, one panel shown; arrows move between them. An address
   that ends in the name of a panel (#add-call) opens it. */
class TabSet extends HTMLElement {
  connectedCallback() {
    this.tabs = [...this.querySelectorAll('[role="tab"]')];
    this.addEventListener("click", (event) => {
      const tab = event.target.closest('[role="tab"]');
      if (tab) this.show(tab, true);
    });
    this.addEventListener("keydown", (event) => this.press(event));
    this.show(this.tabs.find((tab) => tab.getAttribute("aria-selected") === "true") ?? this.tabs[0], false);
    this.meant = () => {
      const tab = this.tabs.find((one) => `#${one.getAttribute("aria-controls")}` === location.hash);
      if (tab) this.show(tab, true);
    };
    window.addEventListener("hashchange", this.meant);
    this.meant();
  }

  disconnectedCallback() {
    window.removeEventListener("hashchange", this.meant);
  }

  show(shown, isChosen) {
    for (const tab of this.tabs) {
      const isShown = tab === shown;
      tab.setAttribute("aria-selected", String(isShown));
      tab.tabIndex = isShown ? 0 : -1;
      const panel = document.getElementById(tab.getAttribute("aria-controls"));
      if (panel) panel.hidden = !isShown;
      if (panel && isShown && isChosen) panel.querySelector("textarea, input:not([type=hidden]), select")?.focus();
    }
  }

  press(event) {
    const at = this.tabs.indexOf(event.target);
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (at < 0 || !step) return;
    event.preventDefault();
    const next = this.tabs.at((at + step) % this.tabs.length);
    this.show(next, false);
    next.focus();
  }
}

customElements.define("tab-set", TabSet);

/* The side navigation: folds to icons on a large screen, slides in over the page on a small one. */
class NavDrawer extends HTMLElement {
  connectedCallback() {
    this.onClick = (event) => {
      if (event.target.closest("[data-nav-open]")) this.open();
      else if (event.target.closest("[data-nav-fold]")) this.fold();
      else if (event.target.closest("[data-nav-close], .side-veil")) this.close();
    };
    this.onKey = (event) => {
      if (event.key === "Escape" && this.hasAttribute("data-open")) this.close();
    };
    document.addEventListener("click", this.onClick);
    document.addEventListener("keydown", this.onKey);
    this.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest" });
  }

  disconnectedCallback() {
    document.removeEventListener("click", this.onClick);
    document.removeEventListener("keydown", this.onKey);
  }

  fold() {
    const root = document.documentElement;
    const isSlim = root.dataset.nav !== "slim";
    if (isSlim) root.dataset.nav = "slim";
    else delete root.dataset.nav;
    window.htmx.ajax("POST", "/looks/", { values: { nav: isSlim ? "slim" : "wide" }, swap: "none" });
  }

  open() {
    this.opener = document.activeElement;
    this.setAttribute("data-open", "");
    this.veil = Object.assign(document.createElement("div"), { className: "side-veil" });
    this.after(this.veil);
    for (const other of document.querySelectorAll(".stage, .bottombar")) other.inert = true;
    setTimeout(() => this.querySelector("[aria-current], .side-item")?.focus(), 50);
  }

  close() {
    this.removeAttribute("data-open");
    this.veil?.remove();
    for (const other of document.querySelectorAll(".stage, .bottombar")) other.inert = false;
    this.opener?.focus();
  }
}

customElements.define("nav-drawer", NavDrawer);

/* A value edited where it stands. Facts open on a click or by their pencil, cells of a list on a
   double click; leaving saves, Esc restores. */
class InlineEdit extends HTMLElement {
  connectedCallback() {
    this.isCell = Boolean(this.closest("td"));
    this.form = this.querySelector(":scope > form");
    this.toggleAttribute("data-editing", Boolean(this.form));
    this.addEventListener(this.isCell ? "dblclick" : "click", this);
    this.addEventListener("keydown", this);
    this.addEventListener("focusout", this);
    this.addEventListener("htmx:afterSwap", this);
    this.addEventListener("htmx:responseError", this);
    this.toggleAttribute("data-empty", !this.textContent.trim() && !this.querySelector("img, svg"));
    if (this.form) this.begin();
    else if (!this.isCell && this.getAttribute("url")) this.addPencil();
  }

  addPencil() {
    if (this.querySelector(".edit-pencil")) return;
    const pencil = Object.assign(document.createElement("button"), { type: "button", className: "edit-pencil" });
    pencil.setAttribute("aria-label", this.getAttribute("label") || "✎");
    this.append(pencil);
  }

  handleEvent(event) {
    if (event.type === "htmx:afterSwap") return event.target === this ? this.begin() : undefined;
    if (event.type === "htmx:responseError") return this.restore();
    if (event.type === "focusout") return this.left(event);
    if (event.type === "keydown") return this.press(event);
    const isLink = event.target.closest("a, .btn-copy, copy-text button, form");
    if (!isLink && !this.hasAttribute("data-editing") && (this.isCell || !String(getSelection()))) this.open();
  }

  press(event) {
    if (!this.hasAttribute("data-editing")) return;
    if (event.key === "Escape") {
      event.preventDefault();
      event.stopPropagation();
      this.restore();
    } else if (event.key === "Tab" && this.isCell) {
      const next = this.neighbour(event.shiftKey ? -1 : 1);
      if (!next) return;
      event.preventDefault();
      this.save();
      next.open();
    } else if (
      event.key === "Enter" &&
      (event.ctrlKey || event.metaKey || !event.target.matches("textarea, .ts-control input")) &&
      !event.target.matches("button")
    ) {
      event.preventDefault();
      this.save();
    }
  }

  /** The next or previous cell of the list that can be edited. */
  neighbour(by) {
    const cells = [...this.closest("table").querySelectorAll("td > inline-edit[url]")];
    return cells[cells.indexOf(this) + by];
  }

  open() {
    if (this.hasAttribute("data-editing") || !this.getAttribute("url")) return;
    this.before = [...this.childNodes];
    this.setAttribute("data-editing", "");
    window.htmx.ajax("GET", this.getAttribute("url"), { target: this, swap: "innerHTML" });
  }

  begin() {
    this.form = this.querySelector("form");
    if (!this.form) return;
    this.setAttribute("data-editing", "");
    this.first = new URLSearchParams(new FormData(this.form)).toString();
    const control = this.form.querySelector("input:not([type=hidden]), select, textarea");
    setTimeout(
      () => {
        (control?.tomselect ?? control)?.focus();
        if (control?.select && control.type !== "date") control.select();
      },
      control?.closest("combo-box") ? 90 : 0,
    );
  }

  left(event) {
    if (!this.form || this.contains(event.relatedTarget) || this.form.hasAttribute("data-sent")) return;
    setTimeout(() => {
      if (
        this.isConnected &&
        this.form &&
        !this.contains(document.activeElement) &&
        document.hasFocus() &&
        !document.querySelector("dialog:modal")
      )
        this.save();
    }, 120);
  }

  save() {
    if (!this.form || this.form.hasAttribute("data-sent")) return;
    if (new URLSearchParams(new FormData(this.form)).toString() === this.first) return this.restore();
    this.form.setAttribute("data-sent", "");
    this.form.requestSubmit();
    // A second try is allowed when the answer did not replace the form.
    this.form.addEventListener("htmx:afterRequest", () => this.form?.removeAttribute("data-sent"), { once: true });
  }

  restore() {
    this.form = null;
    this.removeAttribute("data-editing");
    if (this.before) this.replaceChildren(...this.before);
    else
      window.htmx.ajax(
        "GET",
        `${this.getAttribute("url")}${this.getAttribute("url").includes("?") ? "&" : "?"}show=1`,
        { target: this, swap: "outerHTML" },
      );
    this.querySelector(".edit-pencil")?.focus();
  }
}

customElements.define("inline-edit", InlineEdit);

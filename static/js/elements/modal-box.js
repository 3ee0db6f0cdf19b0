/* The side panel and the dialog. A fragment swapped into #panel or #dialog opens it; it closes on
   Esc, ×, [data-close], an empty answer to its own form, or the event "closeBox". */
class ModalBox extends HTMLElement {
  connectedCallback() {
    this.dialog = this.querySelector("dialog");
    this.box = this.dialog.firstElementChild;
    this.box.addEventListener("htmx:afterSwap", (event) => {
      if (event.target === this.box) this.open();
    });
    this.box.addEventListener("input", () => {
      this.isDirty = true;
    });
    this.box.addEventListener("click", (event) => {
      if (event.target.closest("[data-close]")) this.close();
    });
    this.dialog.addEventListener("cancel", (event) => {
      event.preventDefault();
      this.leave();
    });
    this.dialog.addEventListener("pointerdown", (event) => {
      if (event.target === this.dialog && this.dialog.matches(":modal")) this.leave();
    });
    this.dialog.addEventListener("close", () => {
      if (!this.dialog.open) this.box.replaceChildren();
      this.isDirty = false;
    });
    this.listeners = {
      "htmx:beforeRequest": (event) => this.wait(event.detail),
      "htmx:afterRequest": (event) => this.answered(event.detail),
      closeBox: () => this.close(),
      keydown: (event) => this.escape(event),
    };
    for (const [name, listener] of Object.entries(this.listeners)) document.addEventListener(name, listener);
  }

  disconnectedCallback() {
    for (const [name, listener] of Object.entries(this.listeners)) document.removeEventListener(name, listener);
  }

  /** Show an empty panel at once when the answer takes longer than a blink. */
  wait({ target, elt, requestConfig }) {
    const isPreview = requestConfig.path.includes("/preview/");
    if (target !== this.box || isPreview || this.box.contains(elt) || this.dialog.open || this.dataset.kind !== "panel")
      return;
    this.timer = setTimeout(() => {
      this.box.innerHTML =
        '<header class="box-head"></header><div class="box-body">' +
        '<p><span class="skeleton"></span></p>'.repeat(6) +
        "</div>";
      this.show(true);
    }, 150);
  }

  answered({ target, xhr, requestConfig }) {
    const { elt } = requestConfig;
    if (target === this.box) clearTimeout(this.timer);
    const isOwn = this.box.contains(elt) && requestConfig.verb !== "get";
    const failed = target === this.box && xhr.status >= 400 && xhr.status !== 422 && !this.box.contains(elt);
    if ((isOwn && xhr.status === 204) || failed) this.close();
  }

  open() {
    if (!this.box.childElementCount) return this.close();
    const isPreview = Boolean(this.box.querySelector(":scope > .preview"));
    this.addCross();
    this.show(!isPreview || innerWidth < 960);
    this.isDirty = Boolean(this.box.querySelector("[data-focus], [aria-invalid='true']"));
    if (!isPreview && !this.isDirty) {
      const first = this.box.querySelector(
        ":is(.box-body, .modal-body) :is(input, select, textarea):not([type=hidden], [disabled], .ts-hidden-accessible)",
      );
      (this.box.querySelector("[autofocus]") ?? first)?.focus();
    }
  }

  show(isModal) {
    if (this.dialog.open && this.dialog.matches(":modal") === isModal) return;
    if (this.dialog.open) this.dialog.close();
    if (isModal) this.dialog.showModal();
    else this.showBeside();
    const title = this.box.querySelector("h2");
    if (title) this.dialog.setAttribute("aria-label", title.textContent.trim());
  }

  /** A preview takes no focus from the list. */
  showBeside() {
    const focused = document.activeElement;
    this.dialog.show();
    focused?.focus({ preventScroll: true });
  }

  addCross() {
    const head = this.box.querySelector(".box-head");
    if (!head || head.querySelector("[data-close]")) return;
    const cross = Object.assign(document.createElement("button"), {
      type: "button",
      className: "btn btn-icon btn-ghost box-close",
    });
    cross.dataset.close = "";
    cross.setAttribute("aria-label", this.getAttribute("close-label"));
    cross.append(
      document
        .querySelector("template[data-icons]")
        .content.querySelector('[data-icon="close"]')
        .firstElementChild.cloneNode(true),
    );
    head.append(cross);
  }

  escape(event) {
    if (event.key !== "Escape" || !this.dialog.open || this.dialog.matches(":modal") || event.defaultPrevented) return;
    if (!event.target.closest("input, textarea, select, [popover]")) this.close();
  }

  /** Leaving by the side or by Esc: what was typed is not thrown away without a question. */
  leave() {
    const text = this.getAttribute("leave-text");
    if (!this.isDirty || !text) return this.close();
    const label = this.getAttribute("leave-label");
    const detail = { text, label, tone: "danger", then: () => this.close() };
    document.dispatchEvent(new CustomEvent("ask", { detail }));
  }

  close() {
    clearTimeout(this.timer);
    if (this.dialog.open) this.dialog.close();
  }
}

customElements.define("modal-box", ModalBox);

/* Quiet messages at the foot of the page, with Undo. Messages of the page itself, "toast" events
   that answers raise, and requests that failed, with the number to tell the administrator. */
class ToastStack extends HTMLElement {
  connectedCallback() {
    if ("popover" in this) this.popover = "manual";
    this.icons = this.querySelector("template[data-icons]").content;
    for (const one of this.querySelectorAll("template[data-toast]")) {
      this.show({ text: one.content.textContent, tone: one.dataset.tone, undo: one.dataset.undo });
      one.remove();
    }
    this.listeners = {
      toast: (event) => this.show(event.detail),
      openPanel: (event) => window.htmx.ajax("GET", event.detail.url, "#panel"),
      "htmx:responseError": (event) => this.showFailure(event.detail.xhr),
      "htmx:sendError": () => this.show({ text: this.getAttribute("offline-text"), tone: "danger" }),
    };
    for (const [name, listener] of Object.entries(this.listeners)) document.body.addEventListener(name, listener);
  }

  disconnectedCallback() {
    for (const [name, listener] of Object.entries(this.listeners)) document.body.removeEventListener(name, listener);
  }

  showFailure(xhr) {
    if ((xhr.getResponseHeader("HX-Trigger") || "").includes('"toast"')) return;
    const number = xhr.getResponseHeader("X-Request-Id") || xhr.status;
    this.show({ text: `${this.getAttribute("error-text")} ${number}`, tone: "danger" });
  }

  show({ text, tone = "success", undo = "", url = "", link = "", dialog = "", seconds = 0 }) {
    if (!text) return;
    const line = document.createElement("div");
    line.className = "toast-line";
    line.dataset.tone = tone || "success";
    const said = document.createElement("span");
    said.className = "toast-text";
    said.textContent = text;
    line.append(this.icon(tone), said);
    if (url) line.append(Object.assign(document.createElement("a"), { href: url, textContent: link || url }));
    if (dialog) line.append(this.button(link, "", () => this.ask(dialog, line)));
    if (undo) line.append(this.button(this.getAttribute("undo-label"), "", () => this.undo(undo, line)));
    const close = this.button("", "toast-close", () => this.drop(line));
    close.setAttribute("aria-label", this.getAttribute("close-label"));
    close.append(this.icon("close"));
    line.append(close);
    this.append(line);
    while (this.querySelectorAll(".toast-line").length > 3) this.querySelector(".toast-line").remove();
    this.raise();
    if (tone !== "danger") this.dropLater(line, seconds * 1000 || (undo || dialog ? 10000 : 5000));
  }

  /** Above an open dialog too: what was shown last lies on top. */
  raise() {
    if (!this.popover) return;
    if (this.matches(":popover-open")) this.hidePopover();
    this.showPopover();
  }

  icon(name) {
    const found =
      this.icons.querySelector(`[data-icon="${name}"]`) ?? this.icons.querySelector('[data-icon="success"]');
    return found.firstElementChild.cloneNode(true);
  }

  button(text, css, act) {
    const made = Object.assign(document.createElement("button"), { type: "button", textContent: text, className: css });
    made.addEventListener("click", act);
    return made;
  }

  /** What can be done about it, in a dialog. */
  ask(url, line) {
    this.drop(line);
    window.htmx.ajax("GET", url, { target: "#dialog", swap: "innerHTML" });
  }

  undo(url, line) {
    this.drop(line);
    window.htmx.ajax("POST", url, { swap: "none" });
  }

  /** Somebody who is just reading it is not hurried. */
  dropLater(line, milliseconds) {
    let timer = setTimeout(() => this.drop(line), milliseconds);
    line.addEventListener("pointerenter", () => clearTimeout(timer));
    line.addEventListener("focusin", () => clearTimeout(timer));
    line.addEventListener("pointerleave", () => {
      timer = setTimeout(() => this.drop(line), 3000);
    });
  }

  drop(line) {
    line.remove();
    if (this.popover && !this.querySelector(".toast-line") && this.matches(":popover-open")) this.hidePopover();
  }
}

customElements.define("toast-stack", ToastStack);

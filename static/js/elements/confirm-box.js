/* Asks before something that is hard to take back: hx-confirm, data-confirm on forms and links,
   and the event "ask" with {text, then}. */
class ConfirmBox extends HTMLElement {
  connectedCallback() {
    this.dialog = this.querySelector("dialog");
    this.yes = this.querySelector("[data-yes]");
    this.listeners = {
      "htmx:confirm": (event) => this.onRequest(event),
      submit: (event) => this.onSubmit(event),
      click: (event) => this.onClick(event),
      ask: (event) => this.ask(event.detail.text, event.detail).then((yes) => yes && event.detail.then()),
    };
    for (const [name, listener] of Object.entries(this.listeners)) document.addEventListener(name, listener, true);
  }

  disconnectedCallback() {
    for (const [name, listener] of Object.entries(this.listeners)) document.removeEventListener(name, listener, true);
  }

  onRequest(event) {
    if (!event.detail.question) return;
    event.preventDefault();
    this.ask(event.detail.question, this.words(event.detail.elt)).then((yes) => yes && event.detail.issueRequest(true));
  }

  onSubmit(event) {
    const form = event.target;
    const asking = event.submitter?.dataset.confirm ? event.submitter : form;
    if (!asking.dataset.confirm || form.hasAttribute("data-sure")) return;
    event.preventDefault();
    event.stopPropagation();
    this.ask(asking.dataset.confirm, this.words(asking)).then((yes) => {
      if (!yes) return;
      form.setAttribute("data-sure", "");
      form.requestSubmit(event.submitter);
      form.removeAttribute("data-sure");
    });
  }

  onClick(event) {
    const link = event.target.closest?.("a[data-confirm]");
    if (!link) return;
    event.preventDefault();
    this.ask(link.dataset.confirm, this.words(link)).then((yes) => {
      if (yes) location.href = link.href;
    });
  }

  words(element) {
    return { label: element.dataset.confirmLabel, tone: element.dataset.confirmTone };
  }

  ask(text, { label, tone } = {}) {
    this.querySelector(".question-text").textContent = text;
    this.yes.textContent = label || this.yes.dataset.plain;
    this.yes.classList.toggle("btn-danger", tone === "danger");
    this.dialog.returnValue = "";
    this.dialog.showModal();
    // Enter must not do what is hard to take back.
    const safe = tone === "danger" ? this.querySelector("button[value='']") : this.yes;
    safe.focus();
    return new Promise((answer) => {
      this.dialog.addEventListener("close", () => answer(this.dialog.returnValue === "yes"), { once: true });
    });
  }
}

customElements.define("confirm-box", ConfirmBox);

/* Long text that is not saved yet survives a closed tab: kept in this browser under "key" until
   its form is sent. */
class DraftSave extends HTMLElement {
  connectedCallback() {
    this.field = this.querySelector("textarea, input");
    this.key = `draft:${this.getAttribute("key")}`;
    if (!this.field) return;
    const kept = localStorage.getItem(this.key);
    if (kept && !this.field.value) {
      this.field.value = kept;
      this.say(this.getAttribute("restored") || "");
    }
    this.field.addEventListener("input", () => this.later());
    this.onSent = ({ detail: { xhr, requestConfig } }) => {
      if (requestConfig.elt === this.field.form && xhr.status < 300 && requestConfig.verb !== "get") this.forget();
    };
    // Before the answer is swapped in: it often replaces this very form.
    document.addEventListener("htmx:beforeOnLoad", this.onSent);
    this.field.form?.addEventListener("submit", () => {
      if (!this.field.form.hasAttribute("hx-post")) this.forget();
    });
  }

  disconnectedCallback() {
    document.removeEventListener("htmx:beforeOnLoad", this.onSent);
    clearTimeout(this.timer);
  }

  later() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      if (this.field.value.trim()) localStorage.setItem(this.key, this.field.value);
      else localStorage.removeItem(this.key);
    }, 400);
  }

  forget() {
    clearTimeout(this.timer);
    localStorage.removeItem(this.key);
  }

  say(text) {
    if (!text) return;
    const note = Object.assign(document.createElement("div"), { className: "draft-note", textContent: text });
    note.setAttribute("role", "status");
    this.append(note);
    this.field.addEventListener("input", () => note.remove(), { once: true });
  }
}

customElements.define("draft-save", DraftSave);

/* A letter being written: rich text, kept on the server as one types, labels of its recipients, templates,
   a time to leave. Ctrl+Enter sends. */
class MailComposer extends HTMLElement {
  connectedCallback() {
    this.form = this.querySelector("form");
    if (!this.form || this.isReady) return;
    this.isReady = true;
    window.artel.load("trix").then(() => this.isConnected && this.dress());
    // Kept on the server, so no question when one leaves: the box around need not know of typing.
    this.addEventListener("input", (event) => {
      event.stopPropagation();
      this.later();
    });
    this.addEventListener("trix-change", () => this.later());
    this.addEventListener("trix-file-accept", (event) => event.preventDefault());
    this.addEventListener("peopleChanged", () => {
      this.later();
      this.label();
    });
    this.addEventListener("keydown", (event) => this.press(event));
    this.addEventListener("click", (event) => this.click(event));
    this.form.addEventListener("htmx:configRequest", () => clearTimeout(this.timer));
    this.onSent = () => this.sent();
    this.onHide = () => document.visibilityState === "hidden" && this.isChanged && this.save();
    document.body.addEventListener("mailSent", this.onSent);
    document.addEventListener("visibilitychange", this.onHide);
    this.label();
    this.plan();
  }

  disconnectedCallback() {
    document.body.removeEventListener("mailSent", this.onSent);
    document.removeEventListener("visibilitychange", this.onHide);
    if (this.isChanged && !this.isSent) this.save();
  }

  get editor() {
    return this.querySelector("trix-editor");
  }

  /** Trix has come: answers begin above the signature. */
  dress() {
    customElements.whenDefined("trix-editor").then(() => {
      const { editor } = this.editor;
      editor?.setSelectedRange([0, 0]);
      if (this.dataset.focus === "text") this.editor.focus();
    });
  }

  later() {
    this.isChanged = true;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.save(), 1200);
  }

  async post(url) {
    return fetch(url, { method: "POST", body: new FormData(this.form), keepalive: true }).catch(() => null);
  }

  async save() {
    clearTimeout(this.timer);
    if (this.isSent) return;
    this.isChanged = false;
    const answer = await this.post(this.dataset.save);
    const said = this.querySelector("[data-saved]");
    if (!said) return;
    if (answer?.ok) said.textContent = (await answer.json()).saved;
    else said.textContent = this.dataset.unsaved;
    said.toggleAttribute("data-failed", !answer?.ok);
    if (!answer?.ok) this.isChanged = true;
  }

  async label() {
    const answer = await this.post(this.dataset.labels);
    if (!answer?.ok) return;
    const { labels, dropped } = await answer.json();
    for (const people of this.querySelectorAll("mail-people")) people.mark?.(labels);
    const place = this.querySelector("[data-dropped]");
    place.hidden = !dropped.length;
    place.querySelector("span").replaceChildren(...dropped.map((one) => this.backButton(one)));
  }

  backButton(one) {
    const text = `${one.name || one.address} +`;
    const made = Object.assign(document.createElement("button"), { type: "button", textContent: text });
    made.className = "person-chip";
    made.title = one.address;
    made.addEventListener("click", () => this.querySelector('mail-people[name="to"]').add([one]));
    return made;
  }

  press(event) {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    event.stopPropagation();
    this.form.requestSubmit();
  }

  click(event) {
    const found = event.target.closest(
      "[data-row-open], [data-template], [data-leaves], [data-signature], [data-file], [data-expand], [data-drop], [data-leave-out]",
    );
    if (!found) return;
    const { rowOpen, template, leaves, signature, file, expand, drop, leaveOut } = found.dataset;
    if (expand) this.expand(expand);
    if (drop !== undefined) this.isSent = true;
    if (leaveOut !== undefined) {
      found.closest("li").remove();
      this.later();
    }
    if (rowOpen) this.open(rowOpen, found);
    if (template) this.take(template);
    if (leaves !== undefined) this.plan(leaves);
    if (signature !== undefined) this.sign(found);
    if (file) this.attach(found);
    if (template || leaves !== undefined || signature !== undefined) found.closest("drop-menu")?.close?.();
  }

  /** More room: the same draft in the panel; here an empty letter takes its place. */
  async expand(url) {
    await this.save();
    this.isSent = true;
    window.htmx.ajax("GET", url, "#panel");
    window.htmx.ajax("GET", this.dataset.again, { target: this.parentElement, swap: "innerHTML" });
  }

  open(name, button) {
    button.hidden = true;
    const row = this.querySelector(`[data-row="${name}"]`);
    row.hidden = false;
    row.querySelector("input:not([type=hidden])").focus();
  }

  async take(url) {
    const answer = await fetch(url, { headers: { Accept: "application/json" } });
    if (!answer.ok) return;
    const { subject, html, missing, id } = await answer.json();
    const field = this.form.elements.subject;
    if (subject && (!field.value || field.value === this.filled)) field.value = this.filled = subject;
    this.form.elements.template.value = id;
    this.editor.editor.recordUndoEntry("Template");
    this.editor.editor.insertHTML(html);
    this.querySelector("[data-missing]").textContent = missing;
    this.editor.focus();
    this.later();
  }

  sign(found) {
    this.editor.editor.insertHTML(`<br>${found.querySelector("template").innerHTML}`);
  }

  /** A file that lies on the record goes along: its line comes from there. */
  attach(found) {
    const list = this.querySelector("[data-files]");
    if (!list.querySelector(`input[value="${found.dataset.file}"]`))
      list.append(found.querySelector("template").content.cloneNode(true));
    window.htmx.process(list);
    this.later();
  }

  /** When it is to leave: a quick choice, or what the field says. */
  plan(value) {
    const field = this.form.elements.leaves;
    if (value !== undefined) field.value = value;
    const isLater = Boolean(field.value);
    this.toggleAttribute("data-later", isLater);
    const said = this.querySelector("[data-when]");
    said.textContent = isLater ? new Date(field.value).toLocaleString(document.documentElement.lang, { dateStyle: "medium", timeStyle: "short" }) : "";
    if (value !== undefined) this.later();
  }

  sent() {
    if (!this.isConnected) return;
    this.isSent = true;
    if (this.dataset.place === "page") location.assign(this.dataset.back);
    else if (this.dataset.place === "tab") window.htmx.ajax("GET", this.dataset.again, { target: this.parentElement, swap: "innerHTML" });
  }
}

customElements.define("mail-composer", MailComposer);

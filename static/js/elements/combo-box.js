/* A select that is searched by typing: local choices, remote ones (data-url), tags that may be
   new (data-create), and records made on the spot (data-create-url opens their short form). */
class ComboBox extends HTMLElement {
  connectedCallback() {
    window.artel.load("tom-select").then(() => this.isConnected && this.build());
    this.onCreated = (event) => this.take(event.detail);
    document.body.addEventListener("recordCreated", this.onCreated);
  }

  disconnectedCallback() {
    document.body.removeEventListener("recordCreated", this.onCreated);
    this.putBack();
  }

  /** Take the control down, as when its place on the page changes; what was chosen stays chosen. */
  putBack() {
    if (!this.control) return;
    const chosen = this.control.items.map((value) => [value, this.control.options[value]?.text ?? value]);
    this.control.destroy();
    this.control = null;
    const select = this.querySelector("select");
    for (const option of select?.options ?? []) option.selected = false;
    for (const [value, text] of select ? chosen : []) {
      const known = [...select.options].find((option) => option.value === value);
      if (known) known.selected = true;
      else select.add(new Option(text, value, true, true));
    }
  }

  build() {
    const select = this.querySelector("select");
    if (!select || select.tomselect) return;
    const { url, createUrl, create, placeholder } = select.dataset;
    const plugins = select.multiple ? { remove_button: { title: select.dataset.removeLabel || "×" } } : {};
    if (!select.required && !select.multiple)
      plugins.clear_button = {
        title: select.dataset.clearLabel || "×",
        html: ({ title }) =>
          `<button type="button" class="clear-button" tabindex="-1" aria-label="${title}">×</button>`,
      };
    this.control = new window.TomSelect(select, {
      plugins,
      maxOptions: 200,
      valueField: "value",
      labelField: "text",
      searchField: url ? [] : ["text"],
      placeholder: placeholder || "",
      hidePlaceholder: true,
      closeAfterSelect: !select.multiple,
      selectOnTab: true,
      create: create !== undefined || createUrl ? (text, done) => this.make(text, done, createUrl) : false,
      createFilter: (text) => text.trim().length > 1,
      preload: url ? "focus" : false,
      shouldLoad: () => true,
      loadThrottle: 120,
      load: url ? (text, done) => this.fetch(url, text, done) : null,
      score: url ? () => () => 1 : undefined,
      render: this.painters(select),
      clearAfterSelect: true,
      onChange: () => select.dispatchEvent(new Event("input", { bubbles: true })),
    });
    // The typed field speaks for both; the select beneath only carries the value.
    select.setAttribute("aria-hidden", "true");
    const input = this.control.control_input;
    for (const name of ["aria-describedby", "aria-invalid", "aria-label"]) {
      if (select.hasAttribute(name)) input.setAttribute(name, select.getAttribute(name));
    }
    if (select.hasAttribute("autofocus") || this.closest("inline-edit[data-editing]")) this.control.focus();
  }

  painters(select) {
    const words = { none: select.dataset.none || "—", make: select.dataset.createLabel || "+ %text" };
    return {
      option: (one, escape) =>
        `<div>${one.color ? `<span class="dot ${escape(one.color)}"></span> ` : ""}${escape(one.text)}${one.hint ? `<span class="hint">${escape(one.hint)}</span>` : ""}</div>`,
      item: (one, escape) => `<div${one.color ? ` class="${escape(one.color)} is-painted"` : ""}>${escape(one.text)}</div>`,
      no_results: () => `<div class="no-results">${words.none}</div>`,
      option_create: (one, escape) => `<div class="create">${words.make.replace("%text", escape(one.input))}</div>`,
      loading: () => '<div class="spinner"></div>',
    };
  }

  async fetch(url, text, done) {
    try {
      const answer = await fetch(`${url}${url.includes("?") ? "&" : "?"}q=${encodeURIComponent(text)}`, {
        headers: { Accept: "application/json" },
      });
      const { results } = await answer.json();
      this.control.clearOptions((one) => this.control.items.includes(String(one.value)));
      done(results);
    } catch {
      done();
    }
  }

  make(text, done, createUrl) {
    if (!createUrl) return done({ value: text, text });
    this.isWaiting = true;
    const where = this.closest("#dialog") ? "#panel" : "#dialog";
    window.htmx.ajax("GET", `${createUrl}${createUrl.includes("?") ? "&" : "?"}name=${encodeURIComponent(text)}`, {
      target: where,
      swap: "innerHTML",
    });
    done();
  }

  /** The short form made a record: choose it here. */
  take({ type, id, text }) {
    const key = this.querySelector("select")?.dataset.type;
    if (!this.isWaiting || (key && type && key !== type)) return;
    this.isWaiting = false;
    this.control.addOption({ value: id, text });
    this.control.addItem(String(id));
  }
}

customElements.define("combo-box", ComboBox);

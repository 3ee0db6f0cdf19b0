/* Shows times in the visitor's own zone: unless they chose one, the browser's is asked for. */
customElements.define("zone-guess", class extends HTMLElement {
  connectedCallback() {
    const select = this.querySelector("select");
    select.addEventListener("change", () => select.form.requestSubmit());
    this.querySelector("button").hidden = true;
    if (this.hasAttribute("data-chosen")) return;
    const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
    if (!zone || zone === select.value || ![...select.options].some((one) => one.value === zone)) return;
    const query = new URLSearchParams(location.search);
    query.set("tz", zone);
    location.replace(`?${query}`);
  }
});

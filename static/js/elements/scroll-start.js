/* A row that is wider than the screen begins where its present step is, not at its first. */
class ScrollStart extends HTMLElement {
  connectedCallback() {
    const row = this.firstElementChild;
    const now = row?.querySelector(":scope > [aria-current]");
    if (now) row.scrollLeft = now.offsetLeft - row.offsetLeft - (row.clientWidth - now.offsetWidth) / 2;
  }
}

customElements.define("scroll-start", ScrollStart);

/* A bar whose length is value of max. */
class MeterBar extends HTMLElement {
  static observedAttributes = ["value", "max"];

  connectedCallback() {
    this.draw();
  }

  attributeChangedCallback() {
    if (this.isConnected) this.draw();
  }

  draw() {
    const [value, most] = ["value", "max"].map((name) => Number((this.getAttribute(name) ?? "").replace(",", ".")));
    const share = value / (most || 1);
    const bar = document.createElement("span");
    bar.style.width = `${Math.max(0, Math.min(1, share || 0)) * 100}%`;
    bar.hidden = !share;
    this.replaceChildren(bar);
    if (!this.hasAttribute("role")) this.setAttribute("aria-hidden", "true");
  }
}

customElements.define("meter-bar", MeterBar);

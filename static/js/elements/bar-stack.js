/* Parts of a whole as one thin bar: values="12,30", tones="danger,success", labels="Overdue,Planned". */
class BarStack extends HTMLElement {
  static observedAttributes = ["values"];

  connectedCallback() {
    this.draw();
  }

  attributeChangedCallback() {
    if (this.isConnected) this.draw();
  }

  list(name) {
    return (this.getAttribute(name) ?? "").split(",").map((part) => part.trim());
  }

  draw() {
    const [tones, labels] = [this.list("tones"), this.list("labels")];
    const values = this.list("values").map(Number);
    const words = values.map((value, index) => `${labels[index] ?? ""} ${value}`.trim());
    this.replaceChildren(
      ...values.flatMap((value, index) => {
        if (!value) return [];
        const part = document.createElement("span");
        part.className = /^\d$/.test(tones[index]) ? `hue-${tones[index]}` : `tone-${tones[index] || "neutral"}`;
        part.style.flexGrow = value;
        part.title = words[index];
        return [part];
      }),
    );
    this.setAttribute("role", "img");
    this.setAttribute("aria-label", words.join(", "));
  }
}

customElements.define("bar-stack", BarStack);

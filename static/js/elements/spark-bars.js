/* A few months as bars, the last one in full colour: values="3,5,9", labels="Jan,Feb,Mar",
   texts="$3,$5,$9" on hover, urls="…" to the rows behind each (split by |). */
class SparkBars extends HTMLElement {
  connectedCallback() {
    const values = this.list("values", ",").map(Number);
    const [labels, texts, urls] = [this.list("labels", ","), this.list("texts", "|"), this.list("urls", "|")];
    const most = Math.max(...values, 1);
    const width = 100 / values.length;
    const svg = this.make("svg", { viewBox: "0 0 100 40", preserveAspectRatio: "none", role: "img" });
    const said = values.map((value, index) => `${labels[index] ?? ""}: ${texts[index] || value}`);
    svg.setAttribute("aria-label", said.join(", "));
    values.forEach((value, index) => {
      const height = Math.max((value / most) * 40, value ? 1 : 0.5);
      const group = urls[index] ? this.make("a", { href: urls[index] }) : this.make("g", {});
      const place = { x: index * width + width * 0.14, width: width * 0.72 };
      const title = this.make("title", {});
      title.textContent = said[index];
      const field = this.make("rect", { ...place, y: 0, height: 40, class: "reach" });
      const bar = this.make("rect", {
        ...place,
        y: 40 - height,
        height,
        class: index === values.length - 1 ? "last" : "",
      });
      group.append(title, field, bar);
      svg.append(group);
    });
    this.replaceChildren(svg);
    if (labels.some(Boolean)) this.append(this.ends(labels));
  }

  list(name, by) {
    const text = this.getAttribute(name);
    return text ? text.split(by).map((part) => part.trim()) : [];
  }

  make(tag, values) {
    const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [name, value] of Object.entries(values)) made.setAttribute(name, value);
    return made;
  }

  ends(labels) {
    const row = Object.assign(document.createElement("div"), { className: "spark-labels" });
    row.setAttribute("aria-hidden", "true");
    for (const label of [labels[0], labels.at(-1)])
      row.append(Object.assign(document.createElement("span"), { textContent: label }));
    return row;
  }
}

customElements.define("spark-bars", SparkBars);

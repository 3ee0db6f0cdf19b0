/* Remembers whether a foldable part was open, per browser. */
class FoldBox extends HTMLElement {
  connectedCallback() {
    const details = this.querySelector("details");
    const key = this.getAttribute("key") && `fold:${this.getAttribute("key")}`;
    if (!details || !key) return;
    const kept = localStorage.getItem(key);
    if (kept) details.open = kept === "open";
    details.addEventListener("toggle", () => localStorage.setItem(key, details.open ? "open" : "folded"));
  }
}

customElements.define("fold-box", FoldBox);

/* Keys that work on every page: "?" shows the map, "g" and a letter go to a page, others press
   the control that carries them in data-key. */
class KeyMap extends HTMLElement {
  connectedCallback() {
    this.dialog = this.querySelector("dialog");
    this.onKey = (event) => this.press(event);
    this.onClick = (event) => {
      if (event.target.closest("[data-keys-open]")) this.dialog.showModal();
    };
    document.addEventListener("keydown", this.onKey);
    document.addEventListener("click", this.onClick);
    this.dialog.addEventListener("pointerdown", (event) => {
      if (event.target === this.dialog) this.dialog.close();
    });
  }

  disconnectedCallback() {
    document.removeEventListener("keydown", this.onKey);
    document.removeEventListener("click", this.onClick);
  }

  /** The letter as on the keycap, whatever the layout writes with it. */
  letter(event) {
    return /^[\x20-\x7e]$/.test(event.key) ? event.key.toLowerCase() : event.code.replace(/^Key/, "").toLowerCase();
  }

  press(event) {
    const isTyping = event.target.closest?.("input:not([type=checkbox]), textarea, select, [contenteditable]");
    if (
      event.ctrlKey ||
      event.metaKey ||
      event.altKey ||
      isTyping ||
      event.defaultPrevented ||
      document.querySelector("dialog:modal")
    )
      return;
    const letter = this.letter(event);
    if (event.key === "?" || (event.key === "," && event.code === "Slash"))
      return this.do(event, () => this.dialog.showModal());
    if (this.isGoing) {
      this.isGoing = false;
      const link = document.querySelector(`[data-go="${CSS.escape(letter)}"]`);
      return link && this.do(event, () => link.click());
    }
    if (letter === "g") {
      this.isGoing = true;
      setTimeout(() => {
        this.isGoing = false;
      }, 1200);
      return;
    }
    if (letter.length !== 1) return;
    const control =
      document.querySelector(`[data-key="${CSS.escape(letter)}"]`) ??
      (letter === "c" && document.querySelector(".btn-create"));
    if (control) this.do(event, () => control.click());
  }

  do(event, act) {
    event.preventDefault();
    act();
  }
}

customElements.define("key-map", KeyMap);

/* A day by one click or in words: choosing one way clears the other; a second click on a day takes
   it back. */
customElements.define("due-choice", class extends HTMLElement {
  connectedCallback() {
    this.text = this.querySelector("input:not([type])");
    this.addEventListener("pointerdown", (event) => this.press(event));
    this.addEventListener("click", (event) => this.clicked(event));
    this.addEventListener("input", (event) => this.typed(event));
  }

  get days() { return [...this.querySelectorAll('input[type="radio"]')]; }
  get said() { return this.querySelector(".due-said"); }

  press(event) {
    const day = event.target.closest(".due-day")?.querySelector("input");
    this.was = day?.checked ? day : null;
  }

  clicked(event) {
    if (event.target.type !== "radio") return;
    if (event.target === this.was) event.target.checked = false;
    this.was = null;
    // In the form of one activity the words stand outside, with the day as it is now.
    const text = this.text ?? this.closest("form")?.querySelector('input[name="when"]');
    if (text && event.target.checked) text.value = "";
    if (this.said) this.said.textContent = event.target.checked ? event.target.closest("label").title : "";
  }

  typed(event) {
    if (event.target !== this.text || !this.text.value.trim()) return;
    for (const day of this.days) day.checked = false;
  }
});

/* A place to drop a file: shows its name, and sends the form at once where data-send says so. */
class FileDrop extends HTMLElement {
  connectedCallback() {
    this.field = this.querySelector("input[type=file]");
    for (const name of ["dragenter", "dragover"]) this.addEventListener(name, () => this.setAttribute("data-over", ""));
    for (const name of ["dragleave", "drop"]) this.addEventListener(name, () => this.removeAttribute("data-over"));
    this.field?.addEventListener("change", () => this.chosen());
    // Somebody may have been faster than this script.
    if (this.field?.files.length) this.chosen();
  }

  chosen() {
    const names = [...this.field.files].map((file) => file.name).join(", ");
    const shown = this.querySelector("[data-file-name]") ?? this.querySelector("b");
    if (shown && names) shown.textContent = names;
    if (names && this.hasAttribute("data-send")) this.field.form.requestSubmit();
  }
}

customElements.define("file-drop", FileDrop);

/* Recovery codes: saved as a file or printed, without the server seeing them again. */
class SaveCodes extends HTMLElement {
  connectedCallback() {
    this.querySelector("[data-download]")?.addEventListener("click", () => this.download());
    this.querySelector("[data-print]")?.addEventListener("click", () => window.print());
  }

  get text() {
    const codes = [...this.querySelectorAll("[data-codes] li")].map((one) => one.textContent.trim());
    return `${document.title}\n${location.host}\n\n${codes.join("\n")}\n`;
  }

  download() {
    const url = URL.createObjectURL(new Blob([this.text], { type: "text/plain" }));
    const link = Object.assign(document.createElement("a"), { href: url, download: this.getAttribute("file") });
    link.click();
    URL.revokeObjectURL(url);
  }
}

customElements.define("save-codes", SaveCodes);

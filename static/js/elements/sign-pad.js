/* A name drawn with a finger, a pen or the mouse; it goes along with the form as a picture. */
class SignPad extends HTMLElement {
  connectedCallback() {
    this.canvas = this.querySelector("canvas");
    this.field = this.querySelector("input");
    this.pen = this.canvas.getContext("2d");
    Object.assign(this.pen, { lineWidth: 3.5, lineCap: "round", lineJoin: "round", strokeStyle: "#14213d" });
    this.canvas.addEventListener("pointerdown", (event) => this.start(event));
    this.canvas.addEventListener("pointermove", (event) => this.draw(event));
    for (const name of ["pointerup", "pointercancel"]) this.canvas.addEventListener(name, () => this.end());
    this.querySelector("[data-clear]").addEventListener("click", () => this.clear());
  }

  place(event) {
    const box = this.canvas.getBoundingClientRect();
    const across = this.canvas.width / box.width;
    return [(event.clientX - box.left) * across, (event.clientY - box.top) * (this.canvas.height / box.height)];
  }

  start(event) {
    this.isDown = true;
    this.canvas.setPointerCapture(event.pointerId);
    this.pen.beginPath();
    this.pen.moveTo(...this.place(event));
  }

  draw(event) {
    if (!this.isDown) return;
    this.pen.lineTo(...this.place(event));
    this.pen.stroke();
    this.isDrawn = true;
  }

  end() {
    this.isDown = false;
    if (this.isDrawn) this.field.value = this.canvas.toDataURL("image/png");
  }

  clear() {
    this.pen.clearRect(0, 0, this.canvas.width, this.canvas.height);
    this.isDrawn = false;
    this.field.value = "";
  }
}

customElements.define("sign-pad", SignPad);

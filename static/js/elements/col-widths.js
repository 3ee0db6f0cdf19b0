/* Columns of a list are pulled wider or narrower by the edge of their heads; a double click fits the
   contents, Shift+arrows on a head do the same by keyboard. What was pulled is kept (url). */
class ColWidths extends HTMLElement {
  connectedCallback() {
    this.table = this.querySelector("table");
    if (!this.table || matchMedia("(max-width: 40rem)").matches) return;
    for (const head of this.heads) {
      const grip = document.createElement("span");
      grip.className = "col-grip";
      grip.setAttribute("aria-hidden", "true");
      grip.addEventListener("pointerdown", (event) => this.pull(event, head));
      grip.addEventListener("dblclick", () => this.fit(head));
      grip.addEventListener("click", (event) => event.stopPropagation());
      head.append(grip);
    }
    this.addEventListener("keydown", (event) => {
      const head = event.target.closest("th[data-col]");
      const by = { ArrowLeft: -16, ArrowRight: 16 }[event.key];
      if (!head || !by || !event.shiftKey) return;
      event.preventDefault();
      this.set(head, head.offsetWidth + by);
      this.keep();
    });
  }

  get heads() {
    return [...this.table.querySelectorAll("th[data-col]")];
  }

  /** From the first pull on every column has a width, those before it the one they have now. */
  freeze() {
    if (this.table.classList.contains("is-sized")) return;
    const group = document.createElement("colgroup");
    for (const head of this.table.tHead.rows[0].cells) {
      const col = document.createElement("col");
      col.width = head.offsetWidth;
      group.append(col);
    }
    // The last one takes what is left, so that the others keep to their widths.
    group.append(document.createElement("col"));
    this.table.prepend(group);
    this.table.classList.add("is-sized");
  }

  set(head, width) {
    this.freeze();
    const col = this.table.querySelector("colgroup").children[head.cellIndex];
    col.width = Math.min(Math.max(Math.round(width), 48), 900);
  }

  pull(event, head) {
    if (event.button) return;
    event.preventDefault();
    const grip = event.target;
    const [from, width] = [event.clientX, head.offsetWidth];
    const sign = getComputedStyle(this).direction === "rtl" ? -1 : 1;
    grip.setPointerCapture(event.pointerId);
    const move = (now) => this.set(head, width + sign * (now.clientX - from));
    const stop = () => {
      grip.removeEventListener("pointermove", move);
      this.keep();
    };
    grip.addEventListener("pointermove", move);
    grip.addEventListener("lostpointercapture", stop, { once: true });
  }

  fit(head) {
    this.freeze();
    this.set(head, 48);
    const cells = [...this.table.rows].map((row) => row.cells[head.cellIndex]).filter((one) => one?.colSpan === 1);
    this.set(head, Math.max(...cells.map((cell) => cell.scrollWidth + (cell === head ? 12 : 2))));
    this.keep();
  }

  keep() {
    const cols = this.table.querySelector("colgroup")?.children;
    if (!cols) return;
    const widths = this.heads.map((head) => `${head.dataset.col}:${cols[head.cellIndex].width}`).join(",");
    if (widths === this.kept) return;
    this.kept = widths;
    window.htmx.ajax("POST", this.getAttribute("url"), { values: { widths }, swap: "none", source: this });
  }
}

customElements.define("col-widths", ColWidths);

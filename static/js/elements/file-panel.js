/* Where files are added: chosen, dropped, or pasted as screenshots. Each goes up by itself with its
   progress; one that was refused stays in its line with the reason and can be tried again.
   "url" takes one file and answers with its line. With "page" the whole page is the place to drop. */
class FilePanel extends HTMLElement {
  connectedCallback() {
    this.list = this.querySelector("[data-files]");
    this.mould = this.querySelector("template[data-busy]");
    this.waiting ??= [];
    this.place = this.hasAttribute("page") ? document : this;
    this.handlers = {
      dragover: (event) => this.over(event),
      dragleave: (event) => event.relatedTarget || this.toggleAttribute("data-over", false),
      drop: (event) => this.dropped(event),
      paste: (event) => this.pasted(event),
    };
    for (const [name, handler] of Object.entries(this.handlers)) this.place.addEventListener(name, handler);
    this.changes = this.place === document ? ["recordChanged", "recordsChanged", "filesChanged"] : [];
    for (const name of this.changes) document.body.addEventListener(name, this);
    this.onchange = (event) => {
      if (event.target.type !== "file") return;
      this.take([...event.target.files]);
      event.target.value = "";
    };
  }

  /** Files came or went elsewhere on the page: with a note, by undo. */
  async handleEvent() {
    const answer = await fetch(this.getAttribute("url"), { headers: { "HX-Request": "true" } });
    if (!answer.ok || !answer.headers.get("Content-Type").startsWith("text/html")) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").body;
    for (const line of this.list.querySelectorAll(".file-line:not(.file-busy)")) line.remove();
    this.list.append(...fresh.children);
    window.htmx.process(this.list);
  }

  disconnectedCallback() {
    for (const [name, handler] of Object.entries(this.handlers)) this.place.removeEventListener(name, handler);
    for (const name of this.changes) document.body.removeEventListener(name, this);
  }

  carries(event) {
    return [...(event.dataTransfer?.types ?? [])].includes("Files");
  }

  /** Inside a field for files of its own (a note, a form) that field is meant, not the page. */
  isElsewhere(event) {
    const near = event.target.closest?.("file-panel, file-drop, dialog");
    return Boolean(near && near !== this);
  }

  over(event) {
    const isOurs = this.carries(event) && !this.isElsewhere(event);
    this.toggleAttribute("data-over", isOurs);
    if (isOurs) event.preventDefault();
  }

  dropped(event) {
    this.toggleAttribute("data-over", false);
    if (!this.carries(event) || this.isElsewhere(event)) return;
    event.preventDefault();
    this.take([...event.dataTransfer.files]);
  }

  pasted(event) {
    const files = [...(event.clipboardData?.files ?? [])];
    const typing = event.target.closest?.("input, textarea, [contenteditable]");
    // Words copied from a document bring a picture of themselves along: then the words are meant.
    if (!files.length || this.isElsewhere(event) || event.clipboardData.getData("text/plain")) return;
    if (typing && this.place === document) return;
    event.preventDefault();
    this.take(files.map((file) => this.named(file)));
  }

  /** Browsers call every screenshot image.png. */
  named(file) {
    if (!/^image\.\w+$/.test(file.name)) return file;
    const now = new Date(Date.now() - new Date().getTimezoneOffset() * 60000).toISOString();
    const name = `${this.getAttribute("pasted")} ${now.slice(0, 10)} ${now.slice(11, 19).replaceAll(":", ".")}`;
    return new File([file], `${name}.${file.name.split(".").pop()}`, { type: file.type });
  }

  take(files) {
    for (const file of files) {
      const line = this.mould.content.firstElementChild.cloneNode(true);
      line.querySelector(".file-name").textContent = file.name;
      const again = line.querySelector("[data-again]");
      const job = { file, line, again };
      line.querySelector("[data-stop]").addEventListener("click", () => this.leave(job));
      again.addEventListener("click", () => this.enqueue(job));
      this.list.prepend(line);
      this.enqueue(job);
    }
  }

  enqueue(job) {
    job.again.hidden = true;
    job.line.querySelector(".file-problem").hidden = true;
    job.line.querySelector("progress").hidden = false;
    if (job.file.size > Number(this.getAttribute("most"))) return this.problem(job, this.getAttribute("too-large"));
    this.waiting.push(job);
    this.next();
  }

  next() {
    if (this.running || !this.waiting.length) return;
    const job = (this.running = this.waiting.shift());
    const request = (job.request = new XMLHttpRequest());
    const bar = job.line.querySelector("progress");
    const body = new FormData();
    body.append("file", job.file, job.file.name);
    request.upload.addEventListener("progress", ({ loaded, total }) => (bar.value = (loaded / total) * 100));
    request.addEventListener("loadend", () => this.ended(job, request));
    request.open("POST", this.getAttribute("url"));
    request.setRequestHeader("X-CSRFToken", JSON.parse(document.body.getAttribute("hx-headers"))["X-CSRFToken"]);
    request.send(body);
  }

  ended(job, request) {
    this.running = null;
    if (request.status === 201) this.arrived(job, request.responseText);
    else if (job.line.isConnected) {
      const said = request.getResponseHeader("Content-Type")?.startsWith("text/plain") ? request.responseText : "";
      this.problem(job, said || this.getAttribute("offline"), !said);
    }
    if (this.waiting.length) this.next();
    else if (request.status === 201 && this.place === document) window.htmx.trigger(document.body, "factChanged");
  }

  arrived(job, html) {
    const made = new DOMParser().parseFromString(html, "text/html").body.firstElementChild;
    job.line.replaceWith(made);
    window.htmx.process(made);
  }

  problem(job, text, mayTryAgain = false) {
    const place = job.line.querySelector(".file-problem");
    place.textContent = text;
    place.hidden = false;
    job.line.querySelector("progress").hidden = true;
    job.again.hidden = !mayTryAgain;
  }

  leave(job) {
    this.waiting = this.waiting.filter((one) => one !== job);
    job.request?.abort();
    job.line.remove();
  }
}

customElements.define("file-panel", FilePanel);

/* A board: cards are dragged by mouse or finger, or lifted with Space and moved with the arrows.
   A drop is told to the server; a refused one puts the card back where it was. */
customElements.define("card-board", class extends HTMLElement {
  connectedCallback() {
    this.voice = Object.assign(document.createElement("div"), { className: "visually-hidden" });
    this.voice.setAttribute("aria-live", "assertive");
    this.append(this.voice);
    this.onStale = () => this.refresh();
    for (const name of ["recordCreated", "recordsChanged"]) document.body.addEventListener(name, this.onStale);
    this.addEventListener("keydown", (event) => this.press(event));
    this.addEventListener("htmx:afterRequest", (event) => this.answered(event));
    this.addEventListener("htmx:load", (event) => this.watch(event.target));
    if (!this.hasAttribute("data-still")) window.artel.load("sortable").then(() => this.watch(this));
  }

  disconnectedCallback() {
    for (const name of ["recordCreated", "recordsChanged"]) document.body.removeEventListener(name, this.onStale);
  }

  get lists() { return [...this.querySelectorAll("[data-cards]")]; }

  /** Let the lists of a part of the page be dragged in. */
  watch(part) {
    if (!window.Sortable || this.hasAttribute("data-still")) return;
    for (const list of [part.matches?.("[data-cards]") ? part : null, ...part.querySelectorAll("[data-cards]")]) {
      if (!list || window.Sortable.get(list)) continue;
      new window.Sortable(list, {
        group: "cards", draggable: ".board-card", filter: "button, .btn, input", preventOnFilter: false, animation: 130,
        delay: 180, delayOnTouchOnly: true, touchStartThreshold: 6, forceFallback: true, fallbackOnBody: true, fallbackTolerance: 5,
        ghostClass: "card-ghost", dragClass: "card-drag", scrollSensitivity: 80, scrollSpeed: 14, emptyInsertThreshold: 60,
        onStart: ({ item }) => { this.keepOrigin(item); this.dragged = true; },
        onMove: ({ to }) => this.lists.forEach((one) => one.closest(".board-column").toggleAttribute("data-over", one === to && one !== this.origin.list)),
        onEnd: ({ item }) => { this.querySelectorAll("[data-over]").forEach((one) => one.removeAttribute("data-over")); this.drop(item); },
      });
      // Letting go of a card is no click on its title.
      list.addEventListener("click", (event) => { if (this.dragged) event.preventDefault(); this.dragged = false; }, true);
      list.addEventListener("pointerdown", () => { this.dragged = false; }, true);
    }
  }

  keepOrigin(card) {
    this.origin = { list: card.parentElement, next: card.nextElementSibling };
  }

  putBack(card, { list, next }) {
    if (next?.parentElement === list) next.before(card);
    else list.append(card);
    card.dataset.shake = "";
    setTimeout(() => delete card.dataset.shake, 400);
  }

  column(card) { return card.closest(".board-column"); }

  neighbour(card, side) {
    const found = card[side];
    return found?.matches(".board-card") ? found.dataset.id : "";
  }

  /** Tell the server where a card now lies. */
  drop(card) {
    const from = this.origin.list.closest(".board-column");
    const to = this.column(card);
    if (from === to && card.nextElementSibling === this.origin.next) return;
    card.origin = this.origin;
    card.setAttribute("aria-busy", "true");
    const values = { id: card.dataset.id, to: to.dataset.value, from: from.dataset.value, before: this.neighbour(card, "previousElementSibling"), after: this.neighbour(card, "nextElementSibling") };
    window.htmx.ajax("POST", this.dataset.moveUrl, { source: card, target: card, swap: "outerHTML", values });
  }

  answered({ detail }) {
    // The event comes from what is left on the page; the request knows its card.
    const card = detail.requestConfig.elt;
    if (!card.origin) return;
    const { origin } = card;
    delete card.origin;
    card.removeAttribute("aria-busy");
    const isAccepted = detail.xhr.status >= 200 && detail.xhr.status < 300;
    if (!isAccepted) {
      this.putBack(card, origin);
      this.say("returned", card);
    }
    if (this.byKey) setTimeout(() => this.querySelector(`.board-card[data-id="${card.dataset.id}"]`)?.focus(), 60);
    this.byKey = false;
  }

  // By keyboard

  press(event) {
    const card = event.target.closest(".board-card");
    if (!card || event.target.closest("a, button, input, select, textarea") || event.ctrlKey || event.metaKey || event.altKey) return;
    const isLifted = "lifted" in card.dataset;
    const acts = isLifted
      ? { " ": () => this.release(card), Enter: () => this.release(card), Escape: () => this.cancel(card), ArrowLeft: () => this.carry(card, -1), ArrowRight: () => this.carry(card, 1), ArrowUp: () => this.shift(card, -1), ArrowDown: () => this.shift(card, 1) }
      : { " ": () => this.lift(card), Enter: () => this.open(card), o: () => this.open(card), ArrowLeft: () => this.look(card, -1), ArrowRight: () => this.look(card, 1), ArrowUp: () => card.previousElementSibling?.focus(), ArrowDown: () => card.nextElementSibling?.focus() };
    if (!acts[event.key]) return;
    event.preventDefault();
    event.stopPropagation();
    acts[event.key]();
  }

  open(card) { if (card.dataset.url) location.href = card.dataset.url; }

  look(card, step) {
    const at = this.lists.indexOf(card.parentElement);
    for (let next = at + step; this.lists[next]; next += step) {
      const found = this.lists[next].querySelector(".board-card");
      if (found) return found.focus();
    }
  }

  lift(card) {
    this.keepOrigin(card);
    card.dataset.lifted = "";
    card.addEventListener("focusout", this.onLost ??= (event) => setTimeout(() => { if ("lifted" in event.target.dataset && document.activeElement !== event.target) this.cancel(event.target); }, 50));
    this.say("lifted", card);
  }

  carry(card, step) {
    const list = this.lists[this.lists.indexOf(card.parentElement) + step];
    if (!list) return;
    list.prepend(card);
    this.afterMove(card);
  }

  shift(card, step) {
    const other = step < 0 ? card.previousElementSibling : card.nextElementSibling;
    if (!other?.matches(".board-card")) return;
    if (step < 0) other.before(card);
    else other.after(card);
    this.afterMove(card);
  }

  afterMove(card) {
    card.focus();
    card.scrollIntoView({ block: "nearest", inline: "nearest" });
    this.say("moved", card);
  }

  release(card) {
    delete card.dataset.lifted;
    this.byKey = true;
    this.say("dropped", card);
    this.drop(card);
  }

  cancel(card) {
    delete card.dataset.lifted;
    this.putBack(card, this.origin);
    card.focus();
    this.say("returned", card);
  }

  /** Say what happened to people who can't see it: words come from data-said-*. */
  say(what, card) {
    const words = this.getAttribute(`data-said-${what}`) ?? "";
    const column = this.column(card)?.querySelector("h2")?.firstChild?.textContent.trim() ?? "";
    this.voice.textContent = words.replace("%title", card.dataset.title ?? "").replace("%column", column);
  }

  refresh() {
    const id = this.id || "board";
    if (document.getElementById(id)) window.htmx.ajax("GET", this.dataset.refresh || location.href, { target: `#${id}`, swap: "outerHTML", select: `#${id}` });
  }
});

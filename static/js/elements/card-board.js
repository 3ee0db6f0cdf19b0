/* A board: cards are dragged by mouse or finger (the keyboard's part is board-keys). A drop is told
   to the server; a refused one puts the card back where it was. */
class CardBoard extends HTMLElement {
  connectedCallback() {
    this.keys = document.createElement("board-keys");
    this.append(this.keys);
    window.artel.load("board-keys");
    this.onStale = () => this.refresh();
    for (const name of ["recordCreated", "recordsChanged"]) document.body.addEventListener(name, this.onStale);
    this.addEventListener("htmx:afterRequest", (event) => this.answered(event));
    this.addEventListener("htmx:load", (event) => this.watch(event.target));
    if (!this.hasAttribute("data-still")) window.artel.load("sortable").then(() => this.watch(this));
  }

  disconnectedCallback() {
    for (const name of ["recordCreated", "recordsChanged"]) document.body.removeEventListener(name, this.onStale);
  }

  get lists() {
    return [...this.querySelectorAll("[data-cards]")];
  }

  /** Let the lists of a part of the page be dragged in. */
  watch(part) {
    if (!window.Sortable || this.hasAttribute("data-still")) return;
    for (const list of [part.matches?.("[data-cards]") ? part : null, ...part.querySelectorAll("[data-cards]")]) {
      if (!list || window.Sortable.get(list)) continue;
      new window.Sortable(list, {
        group: "cards",
        draggable: ".board-card",
        filter: "button, .btn, input",
        preventOnFilter: false,
        animation: 130,
        delay: 180,
        delayOnTouchOnly: true,
        touchStartThreshold: 6,
        forceFallback: true,
        fallbackOnBody: true,
        fallbackTolerance: 5,
        ghostClass: "card-ghost",
        dragClass: "card-drag",
        scrollSensitivity: 80,
        scrollSpeed: 14,
        emptyInsertThreshold: 60,
        onStart: ({ item }) => {
          this.keepOrigin(item);
          this.dragged = true;
        },
        onMove: ({ to }) =>
          this.lists.forEach((one) =>
            one.closest(".board-column").toggleAttribute("data-over", one === to && one !== this.origin.list),
          ),
        onEnd: ({ item }) => {
          this.querySelectorAll("[data-over]").forEach((one) => one.removeAttribute("data-over"));
          this.drop(item);
        },
      });
      // Letting go of a card is no click on its title.
      list.addEventListener(
        "click",
        (event) => {
          if (this.dragged) event.preventDefault();
          this.dragged = false;
        },
        true,
      );
      list.addEventListener(
        "pointerdown",
        () => {
          this.dragged = false;
        },
        true,
      );
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

  column(card) {
    return card.closest(".board-column");
  }

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
    const values = {
      id: card.dataset.id,
      to: to.dataset.value,
      from: from.dataset.value,
      before: this.neighbour(card, "previousElementSibling"),
      after: this.neighbour(card, "nextElementSibling"),
    };
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
    }
    this.keys.answered?.(card, isAccepted);
  }

  refresh() {
    const id = this.id || "board";
    if (document.getElementById(id))
      window.htmx.ajax("GET", this.dataset.refresh || location.href, {
        target: `#${id}`,
        swap: "outerHTML",
        select: `#${id}`,
      });
  }
}

customElements.define("card-board", CardBoard);

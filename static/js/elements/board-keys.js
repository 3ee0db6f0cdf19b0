/* The keyboard's part of a board: Space lifts a card, arrows carry it, Space puts it down, Esc puts
   it back. What happens is said aloud in the words of data-said-* of the board. */
class BoardKeys extends HTMLElement {
  connectedCallback() {
    this.board = this.closest("card-board");
    this.className = "visually-hidden";
    this.setAttribute("aria-live", "assertive");
    this.onKey = (event) => this.press(event);
    this.board.addEventListener("keydown", this.onKey);
  }

  disconnectedCallback() {
    this.board.removeEventListener("keydown", this.onKey);
  }

  press(event) {
    const card = event.target.closest(".board-card");
    if (
      !card ||
      event.target.closest("a, button, input, select, textarea") ||
      event.ctrlKey ||
      event.metaKey ||
      event.altKey
    )
      return;
    const isLifted = "lifted" in card.dataset;
    const acts = isLifted
      ? {
          " ": () => this.release(card),
          Enter: () => this.release(card),
          Escape: () => this.cancel(card),
          ArrowLeft: () => this.carry(card, -1),
          ArrowRight: () => this.carry(card, 1),
          ArrowUp: () => this.shift(card, -1),
          ArrowDown: () => this.shift(card, 1),
        }
      : {
          " ": () => this.lift(card),
          Enter: () => this.open(card),
          o: () => this.open(card),
          ArrowLeft: () => this.look(card, -1),
          ArrowRight: () => this.look(card, 1),
          ArrowUp: () => card.previousElementSibling?.focus(),
          ArrowDown: () => card.nextElementSibling?.focus(),
        };
    if (!acts[event.key]) return;
    event.preventDefault();
    event.stopPropagation();
    acts[event.key]();
  }

  open(card) {
    if (card.dataset.url) location.href = card.dataset.url;
  }

  look(card, step) {
    const at = this.board.lists.indexOf(card.parentElement);
    for (let next = at + step; this.board.lists[next]; next += step) {
      const found = this.board.lists[next].querySelector(".board-card");
      if (found) return found.focus();
    }
  }

  lift(card) {
    this.board.keepOrigin(card);
    card.dataset.lifted = "";
    card.addEventListener(
      "focusout",
      (this.onLost ??= (event) =>
        setTimeout(() => {
          if ("lifted" in event.target.dataset && document.activeElement !== event.target) this.cancel(event.target);
        }, 50)),
    );
    this.say("lifted", card);
  }

  carry(card, step) {
    const list = this.board.lists[this.board.lists.indexOf(card.parentElement) + step];
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
    this.board.drop(card);
  }

  cancel(card) {
    delete card.dataset.lifted;
    this.board.putBack(card, this.board.origin);
    card.focus();
    this.say("returned", card);
  }

  /** Say what happened to people who can't see it: words come from data-said-*. */
  say(what, card) {
    const words = this.board.getAttribute(`data-said-${what}`) ?? "";
    const column = this.board.column(card)?.querySelector("h2")?.firstChild?.textContent.trim() ?? "";
    this.textContent = words.replace("%title", card.dataset.title ?? "").replace("%column", column);
  }

  /** The server has answered a drop: the card may be a new element now. */
  answered(card, isAccepted) {
    if (!isAccepted) this.say("returned", card);
    const focus = () => this.board.querySelector(`.board-card[data-id="${card.dataset.id}"]`)?.focus();
    if (this.byKey) setTimeout(focus, 60);
    this.byKey = false;
  }
}

customElements.define("board-keys", BoardKeys);

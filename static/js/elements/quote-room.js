/* A customer's page: the total follows the ticked options, and the server hears once that somebody looks. */
class QuoteRoom extends HTMLElement {
  connectedCallback() {
    this.addEventListener("change", (event) => event.target.name === "take" && this.tick(event.target));
    // Programs that only fetch links never stay: a person has the page before them for a moment.
    this.timer = setTimeout(() => document.visibilityState === "visible" && this.send(this.dataset.seen), 1200);
  }

  disconnectedCallback() {
    clearTimeout(this.timer);
  }

  send(url, body = new FormData()) {
    body.set("csrfmiddlewaretoken", this.querySelector("[name=csrfmiddlewaretoken]").value);
    return fetch(url, { method: "POST", body });
  }

  async tick(box) {
    box.closest(".room-line").classList.toggle("is-off", !box.checked);
    const body = new FormData();
    for (const one of this.querySelectorAll("[name=take]:checked")) body.append("take", one.value);
    const answer = await this.send(this.dataset.tick, body);
    if (!answer.ok) return;
    const place = this.querySelector("[data-totals]");
    place.innerHTML = (await answer.json()).totals;
    const sum = place.querySelector("[data-sum]").innerHTML;
    for (const one of this.querySelectorAll("[data-total]")) one.innerHTML = sum;
  }
}

customElements.define("quote-room", QuoteRoom);

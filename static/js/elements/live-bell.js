/* The bell: asks every few seconds whether there is anything new, while somebody looks at the page.
   The answer is empty nearly always. The state it begins with stands on the body: "version:unread:last". */
class LiveBell extends HTMLElement {
  connectedCallback() {
    const [version, unread, last] = (document.body.dataset.live || ":0:0").split(":");
    this.version = version;
    this.last = Number(last);
    this.menu = this.querySelector(".menu");
    this.source = this.menu.dataset.src;
    this.show(Number(unread));
    this.every = Number(this.getAttribute("every") || 12) * 1000;
    this.timer = setInterval(() => this.ask(), this.every);
    this.seen = () => document.hidden || this.ask();
    document.addEventListener("visibilitychange", this.seen);
    this.menu.addEventListener("beforetoggle", (event) => {
      if (event.newState === "closed") this.menu.dataset.src = this.source;
    });
    this.read = () => this.ask();
    document.body.addEventListener("notificationsRead", this.read);
  }

  disconnectedCallback() {
    clearInterval(this.timer);
    document.removeEventListener("visibilitychange", this.seen);
    document.body.removeEventListener("notificationsRead", this.read);
  }

  async ask() {
    if (document.hidden || this.isAsking) return;
    this.isAsking = true;
    try {
      const answer = await fetch(`${this.getAttribute("url")}?v=${this.version}&after=${this.last}`);
      if (answer.status === 401 || answer.redirected) clearInterval(this.timer);
      else if (answer.status === 200) this.take(await answer.json());
    } catch {
      // Away from the network for a while: the next question will tell.
    } finally {
      this.isAsking = false;
    }
  }

  take({ version, unread, last, fresh }) {
    this.version = version;
    this.last = last;
    this.show(unread);
    for (const one of fresh) {
      const detail = { text: one.text, url: one.url, link: this.getAttribute("open-label"), tone: "info" };
      document.body.dispatchEvent(new CustomEvent("toast", { detail }));
    }
  }

  show(unread) {
    const count = this.querySelector(".bell-count");
    const button = this.querySelector("button");
    count.hidden = !unread;
    count.textContent = unread > 99 ? "99+" : unread;
    const label = unread ? this.getAttribute("label-unread").replace("%n", unread) : this.getAttribute("label");
    button.setAttribute("aria-label", label);
    button.title = label;
    document.title = document.title.replace(/^\(\d+\+?\) /, "");
    if (unread) document.title = `(${count.textContent}) ${document.title}`;
  }
}

customElements.define("live-bell", LiveBell);

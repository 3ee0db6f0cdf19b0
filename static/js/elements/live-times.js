/* "5 minutes ago" grows older while the page is open. */
class LiveTimes extends HTMLElement {
  connectedCallback() {
    this.words = new Intl.RelativeTimeFormat(this.getAttribute("lang") || "en");
    this.timer = setInterval(() => this.refresh(), 30000);
  }

  disconnectedCallback() {
    clearInterval(this.timer);
  }

  refresh() {
    if (document.hidden) return;
    for (const one of document.querySelectorAll("time[datetime][title]:not(.due)")) {
      const seconds = (Date.now() - Date.parse(one.dateTime)) / 1000;
      if (!(seconds >= 0 && seconds < 3600) || !one.dateTime.includes("T")) continue;
      const minutes = Math.floor(seconds / 60);
      one.textContent = minutes ? this.words.format(-minutes, "minute") : this.getAttribute("just-now");
    }
  }
}

customElements.define("live-times", LiveTimes);

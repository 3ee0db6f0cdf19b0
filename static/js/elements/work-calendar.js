/* The calendar: drawn by FullCalendar from what the server gives. Times are the viewer's own clock
   without a zone ("UTC" to the drawer), so that the browser's zone never matters. */
class WorkCalendar extends HTMLElement {
  connectedCallback() {
    this.onStale = () => this.calendar?.refetchEvents();
    for (const name of ["recordCreated", "recordsChanged", "recordChanged"])
      document.body.addEventListener(name, this.onStale);
    this.started = Date.now();
    this.fetchParts().then(() => this.isConnected && this.build());
  }

  disconnectedCallback() {
    for (const name of ["recordCreated", "recordsChanged", "recordChanged"])
      document.body.removeEventListener(name, this.onStale);
    this.calendar?.destroy();
    this.calendar = null;
  }

  async fetchParts() {
    const { load } = window.artel;
    await load("fullcalendar");
    await Promise.all([load("calendarTheme"), this.dataset.language === "ru" && load("calendarRussian")]);
  }

  get views() {
    return { day: "timeGridDay", week: "timeGridWeek", month: "dayGridMonth", agenda: "listWeek" };
  }

  /** The viewer's clock now: the server's word, and what passed since. */
  now() {
    return new Date(Date.parse(`${this.dataset.now}Z`) + Date.now() - this.started).toISOString().slice(0, 19);
  }

  build() {
    const { dataset: said } = this;
    const isNarrow = window.matchMedia("(max-width: 640px)").matches;
    const views = this.views;
    this.calendar = new window.FullCalendar.Calendar(this.querySelector(".cal-root"), {
      timeZone: "UTC",
      now: () => this.now(),
      locale: said.language,
      firstDay: 1,
      initialView: views[said.view] ?? (isNarrow ? views.agenda : views.week),
      initialDate: said.date,
      headerToolbar: { start: "prev,next today", center: "title", end: "day,week,month,agenda,team" },
      buttons: this.buttons(),
      views: { dayGridMonth: { dayMaxEvents: 4 } },
      allDayText: said.allDay,
      nowIndicator: true,
      navLinks: true,
      height: "auto",
      scrollTime: "08:00:00",
      slotMinTime: "06:00:00",
      slotMaxTime: "22:00:00",
      editable: true,
      selectable: Boolean(said.new),
      selectMirror: true,
      longPressDelay: 350,
      events: (range, done, failed) => this.read(range, done, failed),
      eventClick: (info) => this.open(info),
      eventDrop: (info) => this.moved(info),
      eventResize: (info) => this.moved(info),
      select: (range) => this.plan(range),
      datesSet: (info) => this.keep(info),
      eventInteractive: true,
    });
    this.calendar.render();
  }

  buttons() {
    const found = { today: { text: this.dataset.today } };
    for (const [name, view] of Object.entries(this.views))
      found[name] = { text: this.dataset[name], click: () => this.calendar.changeView(view) };
    found.team = { text: this.dataset.team, click: () => { location.search = this.query("team"); } };
    return found;
  }

  query(view) {
    const date = this.calendar.getDate().toISOString().slice(0, 10);
    const query = new URLSearchParams({ view, date });
    if (this.dataset.who !== "me") query.set("who", this.dataset.who);
    return `?${query}`;
  }

  keep({ view }) {
    const name = Object.keys(this.views).find((one) => this.views[one] === view.type) ?? "week";
    if (this.calendar) history.replaceState(history.state, "", this.query(name));
    for (const link of document.querySelectorAll(".cal-bar a, .cal-people")) this.carry(link, name);
  }

  /** Links to other people's calendars keep view and day. */
  carry(link, view) {
    const date = this.calendar?.getDate().toISOString().slice(0, 10) ?? this.dataset.date;
    if (link.matches("form")) {
      link.querySelector("[name=date]").value = date;
      return;
    }
    const query = new URLSearchParams(link.search);
    query.set("view", view);
    query.set("date", date);
    link.search = `?${query}`;
  }

  async read(range, done, failed) {
    const query = new URLSearchParams({ start: range.startStr, end: range.endStr, who: this.dataset.who });
    const answer = await fetch(`${this.dataset.events}?${query}`, { headers: { Accept: "application/json" } });
    if (answer.ok) return done(await answer.json());
    this.say({ text: this.dataset.failed, tone: "danger" });
    return failed(new Error(String(answer.status)));
  }

  open(info) {
    if (!info.event.url) return;
    info.jsEvent.preventDefault();
    window.htmx.ajax("GET", info.event.url, { target: "#panel", source: this });
  }

  moved(info) {
    const { event } = info;
    const { move, series } = event.extendedProps;
    const values = { start: event.startStr, end: event.endStr ?? "", all_day: String(event.allDay) };
    if (!series) {
      window.htmx.ajax("POST", move, { values, source: this, swap: "none" });
      return;
    }
    // Which of the series is meant is asked first; until then it stays where it was.
    info.revert();
    window.htmx.ajax("GET", `${move}?${new URLSearchParams(values)}`, { target: "#dialog", source: this });
  }

  plan(range) {
    const query = new URLSearchParams({ start: range.startStr, end: range.endStr, all_day: String(range.allDay) });
    window.htmx.ajax("GET", `${this.dataset.new}?${query}`, { target: "#panel", source: this });
    this.calendar.unselect();
  }

  say(detail) {
    document.body.dispatchEvent(new CustomEvent("toast", { detail }));
  }
}
customElements.define("work-calendar", WorkCalendar);

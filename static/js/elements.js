/* Fetches the script of each custom element when its tag first stands on the page, now or after
   a swap. Also what concerns every request: an expired session leads to the sign-in page. */
(() => {
  const urls = JSON.parse(document.getElementById("elements").textContent);
  const asked = new Map();

  /** Fetch one script of the map once; libraries too: artel.load("sortable").then(…) */
  const load = (name) => {
    // Served in a bundle, elements are here already.
    if (!urls[name]) return Promise.resolve();
    if (!asked.has(name)) {
      asked.set(
        name,
        new Promise((done, failed) => {
          const script = document.createElement("script");
          script.src = urls[name];
          script.onload = done;
          script.onerror = failed;
          document.head.append(script);
        }),
      );
    }
    return asked.get(name);
  };
  const tags = Object.keys(urls).filter((name) => name.includes("-") && name !== "tom-select");
  const scan = (root) => {
    for (const tag of tags) {
      if (!asked.has(tag) && (root.localName === tag || root.querySelector(tag))) load(tag);
    }
  };
  window.artel = { load };

  scan(document.body);
  document.addEventListener("htmx:load", (event) => scan(event.detail.elt));

  document.addEventListener("htmx:beforeSwap", (event) => {
    const { xhr } = event.detail;
    if (xhr.responseURL && new URL(xhr.responseURL).pathname.startsWith("/accounts/login/")) {
      event.detail.shouldSwap = false;
      location.href = `/accounts/login/?next=${encodeURIComponent(location.pathname + location.search)}`;
    }
  });
  // Where a form came back with errors, the person goes on there.
  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.detail.xhr?.status !== 422) return;
    const bad = event.detail.target.querySelector("[data-focus], [aria-invalid='true'], .is-invalid");
    bad?.focus();
  });
  document.addEventListener("click", (event) => {
    const jump = event.target.closest(".form-problems a[href^='#']");
    const control = jump && document.getElementById(jump.hash.slice(1));
    if (!control) return;
    event.preventDefault();
    (control.tomselect ?? control).focus();
    control.scrollIntoView({ block: "center" });
  });
})();

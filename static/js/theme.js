/* Settles "auto" before the first stroke; the server has painted every other choice. */
(() => {
  const root = document.documentElement;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const paint = () => {
    const wanted = root.dataset.theme || "auto";
    root.dataset.bsTheme = wanted === "auto" ? (dark.matches ? "dark" : "light") : wanted;
    const bar = document.querySelector('meta[name="theme-color"]');
    if (bar) bar.content = root.dataset.bsTheme === "dark" ? "#0f1114" : "#f5f5f7";
  };
  paint();
  dark.addEventListener("change", paint);
  document.addEventListener("themechange", paint);
})();

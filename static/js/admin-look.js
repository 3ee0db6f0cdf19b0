/* Paints the administration as its reader likes it, before the first stroke. */
(() => {
  const root = document.documentElement;
  const wish = document.currentScript.dataset;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const paint = () => {
    root.dataset.bsTheme = wish.theme === "auto" ? (dark.matches ? "dark" : "light") : wish.theme;
  };
  root.dataset.density = wish.density;
  paint();
  dark.addEventListener("change", paint);
})();

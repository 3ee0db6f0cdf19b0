/* Gives names to the controls that Django's administration leaves nameless: searched selects, the two
   halves of a moment, the boxes that delete a line. */
(() => {
  const text = (node) => (node ? node.textContent.trim().replace(/\s*[:*]$/, "") : "");
  const heading = (control) => {
    const cell = control.closest("td");
    const head = cell && cell.closest("table")?.querySelectorAll("thead th")[cell.cellIndex];
    return text(head);
  };
  const label = (control) => {
    const own = control.id && document.querySelector(`label[for="${CSS.escape(control.id)}"]`);
    const row = control.closest(".form-row, .flex-container, fieldset");
    return text(own) || heading(control) || text(row?.querySelector("label, legend"));
  };
  const name = (control, words) => words && control.setAttribute("aria-label", words);
  const nameAll = () => {
    for (const select of document.querySelectorAll("select.select2-hidden-accessible")) {
      const box = select.nextElementSibling;
      const parts = ".select2-selection, .select2-selection__rendered, .select2-search__field";
      for (const part of box?.querySelectorAll(parts) ?? []) {
        name(part, label(select));
        if (part.matches(".select2-selection--single")) part.removeAttribute("aria-labelledby");
      }
    }
    for (const input of document.querySelectorAll(".vDateField, .vTimeField, input[name$='-DELETE']")) {
      if (!input.labels?.length && !input.hasAttribute("aria-label")) name(input, label(input));
    }
  };
  // The library makes its boxes when it likes, and again for each added line.
  let waiting = 0;
  const later = () => {
    cancelAnimationFrame(waiting);
    waiting = requestAnimationFrame(nameAll);
  };
  new MutationObserver(later).observe(document.body, { childList: true, subtree: true });
  later();
})();

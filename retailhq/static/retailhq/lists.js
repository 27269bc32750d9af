/* Lists with several selectable rows: select all, and actions that say what is missing. */
(() => {
  "use strict";
  const form = document.querySelector("form[data-list]");
  if (!form) return;
  const boxes = () => Array.from(form.querySelectorAll("tbody input[type=checkbox]"));
  const all = form.querySelector("thead input[type=checkbox]");
  const refresh = () => {
    const picked = boxes().filter((box) => box.checked).length;
    document.querySelectorAll("[data-needs-selection]").forEach((button) => {
      button.disabled = picked === 0;
      button.title = picked === 0 ? form.dataset.pickFirst : "";
    });
    document.querySelectorAll("[data-picked]").forEach((place) => {
      place.textContent = picked ? form.dataset.pickedText.replace("%", picked) : form.dataset.pickFirst;
    });
    if (all) {
      all.checked = picked > 0 && picked === boxes().length;
      all.indeterminate = picked > 0 && picked < boxes().length;
    }
  };
  form.addEventListener("change", (event) => {
    if (event.target === all) boxes().forEach((box) => { box.checked = all.checked; });
    refresh();
  });
  window.addEventListener("pageshow", refresh);
  refresh();
})();

/* Lists: select all, actions that say what is missing, order of the columns, short addresses. Everything works without it, too. */
(() => {
  "use strict";
  const form = () => document.querySelector("form[data-list]");
  const boxes = () => Array.from(form()?.querySelectorAll("tbody .pick input[type=checkbox]") || []);
  const head = () => form()?.querySelector("thead input[type=checkbox]");
  const whole = () => form()?.querySelector("input[name=all]");

  const refresh = () => {
    if (!form()) return;
    const everything = Boolean(whole()?.checked);
    const picked = boxes().filter((box) => box.checked).length;
    const nothing = picked === 0 && !everything;
    document.querySelectorAll("[data-needs-selection]").forEach((button) => {
      button.disabled = nothing;
      if (nothing) button.title = form().dataset.pickFirst;
      else button.removeAttribute("title");
    });
    const words = everything ? whole().parentElement.textContent.trim() : form().dataset.pickedText.replace("%", picked);
    document.querySelectorAll("[data-picked]").forEach((place) => { place.textContent = nothing ? form().dataset.pickFirst : words; });
    if (head()) {
      head().checked = picked > 0 && picked === boxes().length;
      head().indeterminate = picked > 0 && picked < boxes().length;
    }
  };

  document.addEventListener("change", (event) => {
    if (!event.target.closest("form[data-list]")) return;
    if (event.target === head() || event.target === whole()) boxes().forEach((box) => { box.checked = event.target.checked; });
    if (event.target.closest("tbody") && whole()) whole().checked = false;
    refresh();
  });

  // A column moves in the form at once; the order is sent with Apply.
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-columns] button[name=move]");
    if (button) {
      event.preventDefault();
      const row = button.closest("li");
      const other = button.value.endsWith(":up") ? row.previousElementSibling : row.nextElementSibling;
      if (other) button.value.endsWith(":up") ? other.before(row) : other.after(row);
      button.focus();
      return;
    }
    document.querySelectorAll("details.menu[open]").forEach((menu) => { if (!menu.contains(event.target)) menu.open = false; });
  });
  document.addEventListener("keydown", (event) => {
    const menu = event.key === "Escape" && event.target.closest?.("details.menu[open]");
    if (menu) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });

  // Blank filters need not stand in the address.
  document.addEventListener("htmx:configRequest", (event) => {
    if (event.detail.elt.id !== "list-filter") return;
    const values = event.detail.parameters;
    Object.keys(values).forEach((name) => { if (values[name] === "") delete values[name]; });
  });
  document.addEventListener("htmx:afterSettle", refresh);
  window.addEventListener("pageshow", refresh);
  refresh();
})();

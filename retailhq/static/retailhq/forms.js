/* Forms with tabs and fast tabs: they stay as left, closed ones sum up their values, unsaved changes are guarded. */
(() => {
  "use strict";
  const form = document.querySelector("form[data-guarded]");
  if (!form) return;
  const storeKey = (pane) => `fast-tab:${pane.id}`;
  const shown = new Map(Array.from(form.querySelectorAll(".accordion-collapse"), (pane) => [pane.id, pane]));

  // Fast tabs stay open or closed as the person left them; errors win.
  shown.forEach((pane) => {
    const left = localStorage.getItem(storeKey(pane));
    if (left !== null && !pane.querySelector(".is-invalid")) {
      pane.classList.toggle("show", left === "open");
      const button = form.querySelector(`[data-bs-target="#${pane.id}"]`);
      button.classList.toggle("collapsed", left !== "open");
      button.setAttribute("aria-expanded", String(left === "open"));
    }
    pane.addEventListener("shown.bs.collapse", () => localStorage.setItem(storeKey(pane), "open"));
    pane.addEventListener("hidden.bs.collapse", () => localStorage.setItem(storeKey(pane), "closed"));
  });

  const words = (field) => {
    if (field.type === "checkbox") return field.checked ? form.dataset.on : form.dataset.off;
    if (field.tagName === "SELECT") return field.selectedOptions[0].textContent;
    return field.value.trim() || form.dataset.blank;
  };
  const sumUp = (field) => {
    const place = form.querySelector(`.summary b[data-for="${field.id}"]`);
    if (place) place.textContent = words(field);
  };

  let changed = form.hasAttribute("data-changed");
  const mark = (value) => {
    changed = value;
    form.querySelector("[data-unsaved]")?.toggleAttribute("hidden", !value);
  };
  const initial = new FormData(form);
  const differs = () => {
    const now = new FormData(form);
    const names = new Set([...initial.keys(), ...now.keys()]);
    return Array.from(names).some((name) => initial.getAll(name).join() !== now.getAll(name).join());
  };
  form.addEventListener("input", (event) => {
    sumUp(event.target);
    mark(form.hasAttribute("data-changed") || differs());
  });
  form.addEventListener("submit", () => mark(false));
  mark(changed);
  window.addEventListener("beforeunload", (event) => {
    if (changed) event.preventDefault();
  });

  // A scanner ends a code with Enter: it goes on to the next field of the line, or of the head, and sends nothing.
  form.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !event.target.matches("[data-scan]")) return;
    event.preventDefault();
    const fields = Array.from(event.target.closest("tr, .field-grid").querySelectorAll("input, select"));
    fields[fields.indexOf(event.target) + 1]?.focus();
  });

  // What is due moves with the quantities; the amount follows as long as nobody has typed another one.
  let shownBefore = "";
  const shownNow = () => form.querySelector("[name=shown_due]")?.value ?? "";
  document.body.addEventListener("htmx:beforeSwap", () => { shownBefore = shownNow(); });
  document.body.addEventListener("htmx:afterSwap", () => {
    const amount = form.querySelector("[name=amount_1]");
    if (amount && amount.value === shownBefore) amount.value = shownNow();
  });

  // A tab becomes part of the address, so that reload and links come back to it.
  form.addEventListener("shown.bs.tab", (event) => {
    const address = new URL(location.href);
    address.searchParams.set("tab", event.target.dataset.tab);
    address.hash = "";
    history.replaceState(null, "", address);
  });

  // A link to a field opens its tab and fast tab and puts the cursor there.
  const reveal = (id) => {
    const field = id && document.getElementById(id);
    if (!field || !form.contains(field)) return;
    const pane = field.closest(".tab-pane");
    if (pane) bootstrap.Tab.getOrCreateInstance(form.querySelector(`[data-bs-target="#${pane.id}"]`)).show();
    const fastTab = field.closest(".accordion-collapse");
    if (fastTab && !fastTab.classList.contains("show")) bootstrap.Collapse.getOrCreateInstance(fastTab, { toggle: false }).show();
    field.focus();
    field.scrollIntoView({ block: "center" });
  };
  window.addEventListener("hashchange", () => reveal(location.hash.slice(1)));
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href^='#id_']");
    if (link) {
      event.preventDefault();
      reveal(link.hash.slice(1));
    }
  });
  if (location.hash) reveal(location.hash.slice(1));
  else document.querySelector("[data-error-list]")?.focus();
})();

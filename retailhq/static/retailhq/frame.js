/* The frame on every page: theme switch, navigation pane, dialogs, spoken progress. Pages work without it. */
(() => {
  "use strict";
  const root = document.documentElement;
  const year = 365 * 24 * 3600;
  const remember = (name, value) => {
    const secure = location.protocol === "https:" ? "; secure" : "";
    document.cookie = `${name}=${value}; path=/; max-age=${year}; samesite=lax${secure}`;
  };

  const announcer = document.getElementById("announcer");
  const say = (words) => {
    // The same words twice are news as well.
    announcer.textContent = "";
    window.setTimeout(() => { announcer.textContent = words; }, 50);
  };

  // Messages are read out once and stay until closed; good news goes after a time that is enough to read it twice, unless somebody is at it.
  const notes = Array.from(document.querySelectorAll("#toasts .toast-note"));
  if (notes.length) window.setTimeout(() => say(notes.map((note) => note.querySelector("[data-words]").textContent.trim()).join(" ")), 300);
  notes.filter((note) => "passing" in note.dataset).forEach((note) => {
    const wait = () => window.setTimeout(() => (note.matches(":hover, :focus-within") ? wait() : note.remove()), 8000 + 120 * note.textContent.length);
    wait();
  });

  // The keys of this page, as its buttons name them.
  const listKeys = () => {
    const keys = document.querySelector("[data-page-keys]");
    const buttons = Array.from(document.querySelectorAll("main [accesskey]"));
    keys.replaceChildren(...buttons.map((button) => {
      const row = document.createElement("div");
      const name = document.createElement("dt");
      ["Alt", button.accessKey.toUpperCase()].forEach((key) => name.append(Object.assign(document.createElement("kbd"), { textContent: key }), " "));
      row.append(name, Object.assign(document.createElement("dd"), { textContent: button.textContent.trim() }));
      return row;
    }));
    document.querySelector("[data-page-keys-title]").hidden = !buttons.length;
  };
  document.addEventListener("keydown", (event) => {
    if (event.key !== "?" || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("input:not([type=checkbox], [type=radio]), textarea, select, dialog[open], [contenteditable]")) return;
    event.preventDefault();
    listKeys();
    document.getElementById("keyboard").showModal();
  });

  const chooseTheme = (button) => {
    root.dataset.theme = button.value;
    remember("theme", button.value);
    window.retailhqApplyTheme();
    button.form.querySelectorAll("button[name=theme]").forEach((other) => other.setAttribute("aria-pressed", String(other === button)));
  };

  const toggleNavigation = (button) => {
    const narrow = root.dataset.nav !== "narrow";
    root.dataset.nav = narrow ? "narrow" : "wide";
    button.setAttribute("aria-expanded", String(!narrow));
    remember("nav", root.dataset.nav);
  };

  // A module of the navigation pane stays open or closed as left; the server reads the cookie, so nothing jumps while a page loads.
  document.addEventListener("toggle", (event) => {
    if (!event.target.matches?.("details[data-module]")) return;
    const closed = Array.from(document.querySelectorAll("details[data-module]:not([open])"), (module) => module.dataset.module);
    remember("nav-closed", closed.join("."));
  }, true);

  // Where the action pane is narrower than its buttons, those that do not fit go into a menu.
  const arrange = (pane) => {
    const more = pane.querySelector("[data-more-actions]");
    if (!more) return;
    const menu = more.querySelector(".dropdown-menu");
    const reasons = Array.from(pane.querySelectorAll(":scope > .why-not"));
    while (menu.firstElementChild) more.before(menu.firstElementChild);
    more.hidden = true;
    const buttons = Array.from(pane.querySelectorAll(":scope > .action:not([data-more-actions])"));
    const wraps = () => buttons.some((button) => button.isConnected && button.parentElement === pane && button.offsetTop > buttons[0].offsetTop) || more.offsetTop > buttons[0].offsetTop;
    if (buttons.length < 2 || !wraps()) return;
    more.hidden = false;
    // The main action stays in sight as long as anything does.
    const order = buttons.filter((button) => !button.querySelector(".btn-primary")).reverse();
    for (const button of order) {
      if (!wraps()) break;
      menu.prepend(button);
    }
    reasons.forEach((reason) => pane.append(reason));
  };
  const arrangeAll = () => document.querySelectorAll("[data-action-pane]").forEach(arrange);
  let arranging = 0;
  window.addEventListener("resize", () => {
    cancelAnimationFrame(arranging);
    arranging = requestAnimationFrame(arrangeAll);
  });
  document.body.addEventListener("htmx:afterSettle", arrangeAll);
  arrangeAll();

  document.addEventListener("submit", (event) => {
    const button = event.submitter;
    if (button?.name === "theme") {
      event.preventDefault();
      chooseTheme(button);
    }
  });

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-toggle-navigation], [data-open-dialog], [data-close-dialog], [data-close-note], [aria-disabled=true]");
    if (!button) return;
    // What is not possible now can be reached, and says why.
    if (button.getAttribute("aria-disabled") === "true") {
      const reason = document.getElementById(button.getAttribute("aria-describedby") || "");
      if (reason) say(reason.textContent);
      return;
    }
    if ("closeNote" in button.dataset) button.closest(".note").remove();
    if ("toggleNavigation" in button.dataset) toggleNavigation(button);
    if (button.dataset.openDialog) {
      event.preventDefault();
      if (button.dataset.openDialog === "keyboard") listKeys();
      document.getElementById(button.dataset.openDialog).showModal();
    }
    if ("closeDialog" in button.dataset) button.closest("dialog").close();
  });

  // Progress moves every two seconds; a screen reader hears only what is new in words.
  const wordsOfPage = () => document.querySelector("[data-announce]")?.dataset.announce || "";
  let spoken = wordsOfPage();
  document.body.addEventListener("htmx:afterSettle", () => {
    const words = wordsOfPage();
    if (words && words !== spoken) {
      spoken = words;
      say(words);
    }
  });

  // A fragment that cannot be fetched must not look like news; the page says that it is out of date.
  const stale = (show) => document.getElementById("stale-note")?.toggleAttribute("hidden", !show);
  document.body.addEventListener("htmx:sendError", () => stale(true));
  document.body.addEventListener("htmx:responseError", (event) => {
    if ([401, 403].includes(event.detail.xhr.status)) location.reload();
    else stale(true);
  });
  document.body.addEventListener("htmx:afterOnLoad", () => stale(false));
})();

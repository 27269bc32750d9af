/* The command palette: Ctrl+K, arrow keys, Enter, Escape. Without script its button is a link to the search page. */
(() => {
  "use strict";
  const palette = document.getElementById("palette");
  if (!palette) return;
  const text = palette.querySelector("[role=combobox]");
  const list = palette.querySelector("[role=listbox]");
  const nothing = palette.querySelector("[data-palette-nothing]");
  const storeKey = `recent:${palette.dataset.person}`;
  const most = 6;

  const options = () => Array.from(list.querySelectorAll("[role=option]"));
  const current = () => list.querySelector("[aria-selected=true]");
  const choose = (option) => {
    current()?.setAttribute("aria-selected", "false");
    option?.setAttribute("aria-selected", "true");
    option?.scrollIntoView({ block: "nearest" });
    if (option) text.setAttribute("aria-activedescendant", option.id);
    else text.removeAttribute("aria-activedescendant");
  };

  // What was opened last stays in this browser and is forgotten with the sign-out.
  const recent = () => {
    try {
      return JSON.parse(localStorage.getItem(storeKey)) || [];
    } catch {
      return [];
    }
  };
  const remember = (option) => {
    const part = (name) => option.querySelector(name)?.textContent || "";
    const entry = { url: option.getAttribute("href"), name: part(".hit-name"), detail: part(".hit-detail") };
    const kept = [entry, ...recent().filter((other) => other.url !== entry.url)].slice(0, most);
    localStorage.setItem(storeKey, JSON.stringify(kept));
  };
  const showRecent = () => {
    const kept = recent().filter((entry) => /^\/(?!\/)/.test(entry.url));
    if (!kept.length) return;
    const group = document.createElement("div");
    group.setAttribute("role", "group");
    group.setAttribute("aria-labelledby", "hits-recent");
    const heading = document.createElement("div");
    Object.assign(heading, { className: "hits-name", id: "hits-recent", textContent: palette.dataset.recent });
    heading.setAttribute("role", "presentation");
    group.append(heading);
    kept.forEach((entry, index) => {
      const link = document.createElement("a");
      Object.assign(link, { className: "hit", id: `hit-recent-${index}`, href: entry.url, tabIndex: -1 });
      link.setAttribute("role", "option");
      link.setAttribute("aria-selected", "false");
      const icon = palette.querySelector(".icon").cloneNode(true);
      const name = Object.assign(document.createElement("span"), { className: "hit-name", textContent: entry.name });
      const detail = Object.assign(document.createElement("span"), { className: "hit-detail", textContent: entry.detail });
      link.append(icon, name, detail);
      group.append(link);
    });
    list.prepend(group);
  };

  const open = () => {
    if (palette.open) return;
    palette.showModal();
    text.value = "";
    text.focus();
    htmx.trigger(text, "palette-opened");
  };

  list.addEventListener("htmx:afterSwap", () => {
    if (!text.value.trim()) showRecent();
    const found = options();
    list.hidden = !found.length;
    nothing.hidden = Boolean(found.length);
    text.setAttribute("aria-expanded", String(Boolean(found.length)));
    choose(found[0]);
    const said = list.querySelector("[data-hits-said]");
    if (text.value.trim() && said) document.getElementById("announcer").textContent = said.textContent;
  });

  text.addEventListener("keydown", (event) => {
    const found = options();
    const at = found.indexOf(current());
    const steps = { ArrowDown: at + 1, ArrowUp: at - 1 };
    if (event.key in steps && found.length) {
      event.preventDefault();
      choose(found[(steps[event.key] + found.length) % found.length]);
    }
    if (event.key === "Enter" && current()) {
      event.preventDefault();
      current().click();
    }
  });
  list.addEventListener("click", (event) => {
    const option = event.target.closest("[role=option]");
    if (option) remember(option);
  });
  list.addEventListener("pointermove", (event) => {
    const option = event.target.closest("[role=option]");
    if (option && option !== current()) choose(option);
  });
  palette.addEventListener("click", (event) => {
    if (event.target === palette) palette.close();
  });
  palette.addEventListener("close", () => {
    list.replaceChildren();
    text.setAttribute("aria-expanded", "false");
    choose(null);
  });

  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && event.key.toLowerCase() === "k") {
      event.preventDefault();
      open();
    }
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-open-palette]") && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      open();
    }
  });
  document.addEventListener("submit", (event) => {
    if (event.target.matches("[data-signs-out]")) localStorage.removeItem(storeKey);
  });
})();

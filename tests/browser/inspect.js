/* What test_every_page.py asks of a page; comes to the page together with axe.

   Whether a text can be read follows from its colour, size and weight and from what lies under it: its look. Axe works longer on this than on
   all its other rules together, and on the next page texts look the same; so it is asked about those only whose look it did not find sound
   before. All rules but those about colours are asked once at each width, in the theme that comes first there. */
let hasLinksInText = true;
window.inspectPage = async ({ theme, isWhole, knowsFrame, known }) => {
  const root = document.documentElement;
  // The browser tells the page of other colours with its next frame.
  for (let frames = 0; frames < 600 && root.dataset.bsTheme !== theme; frames += 1) await new Promise(requestAnimationFrame);
  if (root.dataset.bsTheme !== theme) throw new Error(`the page is not ${theme}`);

  const grounds = new Map([[null, ""]]);
  const findGround = element => {
    if (!grounds.has(element)) {
      const { backgroundColor, backgroundImage, opacity, filter, mixBlendMode, position, zIndex } = getComputedStyle(element);
      const own = [backgroundColor, backgroundImage, opacity, filter, mixBlendMode, position, zIndex].join();
      const below = findGround(element.parentElement);
      grounds.set(element, own === "rgba(0, 0, 0, 0),none,1,none,normal,static,auto" ? below : `${below}|${own}`);
    }
    return grounds.get(element);
  };
  const findLook = element => {
    const { color, fontSize, fontWeight, textShadow, webkitTextStroke } = getComputedStyle(element);
    return [color, fontSize, fontWeight, textShadow, webkitTextStroke, findGround(element)].join();
  };
  // What has no text, what nobody sees and what cannot be used now, axe passes over as well.
  const isRead = element => {
    const isField = element.matches("input:not([type=checkbox], [type=radio]), select, textarea");
    if (!isField && !Array.from(element.childNodes).some(node => node.nodeType === Node.TEXT_NODE && node.data.trim())) return false;
    if (!element.checkVisibility({ visibilityProperty: true, opacityProperty: true })) return false;
    if (getComputedStyle(element).clipPath === "inset(50%)") return false;
    const { width, height, right, bottom } = element.getBoundingClientRect();
    return width > 1 && height > 1 && right > 0 && bottom > 0 && !element.closest("[aria-disabled=true], :disabled");
  };

  const inspect = async () => {
    const soundBefore = new Set(known);
    const looks = new Map();
    for (const element of document.body.querySelectorAll("*")) {
      if (isRead(element) && !soundBefore.has(findLook(element))) looks.set(element, findLook(element));
    }
    // Links within a text must be told from it, in both themes.
    const rulesOfColours = [...(looks.size ? ["color-contrast"] : []), ...(hasLinksInText ? ["link-in-text-block"] : [])];
    if (!isWhole && !rulesOfColours.length) return { violations: [], sound: [] };
    const values = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
    const runOnly = isWhole ? { type: "tag", values } : { type: "rule", values: rulesOfColours };
    const rules = { "color-contrast": { enabled: looks.size > 0 } };
    // The bar and the navigation are the same on every page: once at each width is enough for all but new looks in them.
    const frame = [".topbar", "#navpane"];
    const exclude = knowsFrame && !Array.from(looks.keys()).some(element => element.closest(frame)) ? frame.map(part => [part]) : [];

    looks.forEach((_, element) => { element.dataset.newLook = ""; });
    axe.configure({ rules: [{ id: "color-contrast", selector: "[data-new-look]" }] });
    const resultTypes = ["violations", "passes", "incomplete"];
    const found = await axe.run({ exclude }, { runOnly, rules, resultTypes, elementRef: true, selectors: false });
    looks.forEach((_, element) => { delete element.dataset.newLook; });
    if (isWhole) hasLinksInText = !found.inapplicable.some(({ id }) => id === "link-in-text-block");

    const texts = results => results.filter(({ id }) => id === "color-contrast").flatMap(({ nodes }) => nodes);
    const unreadable = new Set(texts(found.violations).map(({ element }) => looks.get(element)));
    // On a picture, such as the arrow of a choice, axe cannot tell, and could not elsewhere.
    const answered = [...texts(found.passes), ...texts(found.incomplete).filter(({ any }) => any[0].data.messageKey === "bgImage")];
    return {
      violations: found.violations.map(({ id, nodes }) => [id, nodes[0].html]),
      sound: answered.map(({ element }) => looks.get(element)).filter(look => !unreadable.has(look)),
    };
  };

  // Access keys that more than one thing on the page answers to.
  const keys = Array.from(document.querySelectorAll("[accesskey]")).filter(found => found.checkVisibility()).map(found => found.accessKey);
  const { violations, sound } = await inspect();
  return {
    doubleKeys: keys.filter((key, place) => keys.indexOf(key) !== place),
    violations,
    sound,
    sticksOut: root.scrollWidth - root.clientWidth,
  };
};

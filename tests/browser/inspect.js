/* What test_every_page.py asks of a page; comes to the page together with axe.

   Colours are asked about apart from all other rules. Whether a text can be read follows from its colour, size and weight and from what lies
   under it: its look. Axe works longer on this than on all its other rules together, and on the next page texts look the same; so it is
   asked about those only whose look it did not find sound before. */
window.inspectPage = async ({ theme, isWhole, knowsFrame, known }) => {
  const root = document.documentElement;
  // The browser tells the page of other colours with its next frame.
  for (let frames = 0; frames < 600 && root.dataset.bsTheme !== theme; frames += 1) await new Promise(requestAnimationFrame);
  if (root.dataset.bsTheme !== theme) throw new Error(`the page is not ${theme}`);
  const shorten = violations => violations.map(({ id, nodes }) => [id, nodes[0].html]);

  const inspectAllButColours = async () => {
    const values = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
    const rules = { "color-contrast": { enabled: false } };
    // The bar and the navigation are the same on every page: once at each width is enough for all but their colours.
    const exclude = knowsFrame ? [[".topbar"], ["#navpane"]] : [];
    return shorten((await axe.run({ exclude }, { runOnly: { type: "tag", values }, rules, resultTypes: ["violations"] })).violations);
  };

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
    const { width, height, right, bottom } = element.getBoundingClientRect();
    return width > 1 && height > 1 && right > 0 && bottom > 0 && !element.closest("[aria-disabled=true], :disabled");
  };

  const inspectColours = async () => {
    const soundBefore = new Set(known);
    const looks = new Map();
    for (const element of document.body.querySelectorAll("*")) {
      if (isRead(element) && !soundBefore.has(findLook(element))) looks.set(element, findLook(element));
    }
    // Links within a text must be told from it; in light colours they are asked about with the whole page.
    const values = [...(looks.size ? ["color-contrast"] : []), ...(isWhole ? [] : ["link-in-text-block"])];
    if (!values.length) return { violations: [], sound: [] };
    looks.forEach((_, element) => { element.dataset.newLook = ""; });
    axe.configure({ rules: [{ id: "color-contrast", selector: "[data-new-look]" }] });
    const resultTypes = ["violations", "passes", "incomplete"];
    const { violations, passes, incomplete } = await axe.run({ runOnly: { type: "rule", values }, resultTypes, elementRef: true });
    looks.forEach((_, element) => { delete element.dataset.newLook; });
    const texts = found => found.filter(({ id }) => id === "color-contrast").flatMap(({ nodes }) => nodes);
    const unreadable = new Set(texts(violations).map(({ element }) => looks.get(element)));
    // On a picture, such as the arrow of a choice, axe cannot tell, and could not elsewhere.
    const answered = [...texts(passes), ...texts(incomplete).filter(({ any }) => any[0].data.messageKey === "bgImage")];
    return { violations: shorten(violations), sound: answered.map(({ element }) => looks.get(element)).filter(look => !unreadable.has(look)) };
  };

  // Access keys that more than one thing on the page answers to.
  const keys = Array.from(document.querySelectorAll("[accesskey]")).filter(found => found.checkVisibility()).map(found => found.accessKey);
  const violations = isWhole ? await inspectAllButColours() : [];
  const colours = await inspectColours();
  return {
    doubleKeys: keys.filter((key, place) => keys.indexOf(key) !== place),
    violations: [...violations, ...colours.violations],
    sound: colours.sound,
    sticksOut: root.scrollWidth - root.clientWidth,
  };
};

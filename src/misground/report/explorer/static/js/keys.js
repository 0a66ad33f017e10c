// Keyboard shortcuts, and the dialog that lists them.
"use strict";

misground.keys = (() => {
  const { byId } = misground;
  const TEXT = new Set(["INPUT", "SELECT", "TEXTAREA"]);

  const ACTS = {
    j: () => misground.list.step(1),
    k: () => misground.list.step(-1),
    ArrowDown: () => misground.list.step(1),
    ArrowUp: () => misground.list.step(-1),
    ArrowRight: () => misground.picture.step(1),
    ArrowLeft: () => misground.picture.step(-1),
    m: () => misground.picture.flip("marks"),
    o: () => misground.picture.flip("outline"),
    c: () => misground.picture.flip("both"),
    "/": () => {
      byId("filter-box").open = true;
      document.querySelector("#filters [name=text]").focus();
    },
    "?": () => byId("help").showModal(),
  };

  function pressed(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || byId("help").open) return;
    if (event.key === "Escape" && TEXT.has(event.target.tagName)) event.target.blur();
    if (TEXT.has(event.target.tagName)) return;
    if (event.target.tagName === "PRE" && event.key.startsWith("Arrow")) return; // a long completion scrolls
    const act = ACTS[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  }

  /** Start listening. */
  function start() {
    document.addEventListener("keydown", pressed);
    byId("open-help").addEventListener("click", () => byId("help").showModal());
    byId("close-help").addEventListener("click", () => byId("help").close());
  }

  return { start };
})();

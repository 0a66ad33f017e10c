// What is shown, as the part of the address after #: filters and the open question.
"use strict";

misground.state = (() => {
  const DELAY = 150; // ms: keys held down or typing leave one entry, not hundreds
  let current = new Map();
  let listener = () => {};
  let timer = null;
  let replace = true;

  const read = () => new Map(new URLSearchParams(location.hash.slice(1)));

  function text() {
    const shown = new URLSearchParams([...current].filter(([, value]) => value !== ""));
    return `#${shown}`;
  }

  function write() {
    clearTimeout(timer);
    timer = null;
    if (text() === location.hash || (text() === "#" && location.hash === "")) return;
    if (replace) location.replace(text());
    else location.hash = text();
    replace = true;
  }

  /** Change some values. step: whether the button "back" should lead to what was before. */
  function set(changes, { step = false } = {}) {
    for (const [name, value] of Object.entries(changes)) {
      if (value === "") current.delete(name);
      else current.set(name, value);
    }
    if (step) replace = false;
    clearTimeout(timer);
    timer = setTimeout(write, step ? 0 : DELAY);
    listener(current);
  }

  /** Begin: tell `told` of what the address says, now and whenever it changes. */
  function start(told) {
    listener = told;
    current = read();
    addEventListener("hashchange", () => {
      if (location.hash === text() || timer !== null) return;
      current = read();
      listener(current);
    });
    listener(current);
  }

  /** The address of a question, without the filters. */
  const link = (id) => `#${new URLSearchParams([["q", id]])}`;

  return { set, start, write, link, get: (name) => current.get(name) ?? "" };
})();

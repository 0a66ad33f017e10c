// The state in the part of the URL after #: the filters and the open question.
"use strict";

misground.state = (() => {
  const DELAY = 150; // ms: typing or a held key leaves one history entry, not hundreds
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

  /** Change some values. step: whether the browser's back button should return to the state before. */
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

  /** Start: call `told` with the state in the URL, now and whenever it changes. */
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

  /** The URL of a question, without the filters. */
  const link = (id) => `#${new URLSearchParams([["q", id]])}`;

  return { set, start, write, link, get: (name) => current.get(name) ?? "" };
})();

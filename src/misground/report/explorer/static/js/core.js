// The single global name, a helper that creates elements, and the loading of data scripts.
"use strict";

const misground = (() => {
  // The secret of the address is in a cookie by now: it need not stay in the address bar or in a copied link.
  if (location.search !== "") history.replaceState(null, "", location.pathname + location.hash);

  const arrived = new Map();
  const waiting = new Map();
  const KEPT = 8; // items kept in memory; each may hold a few megabytes of completions

  /** Called by data scripts to pass a named value. */
  function receive(name, value) {
    arrived.set(name, value);
    const details = [...arrived.keys()].filter((each) => each.startsWith("detail/"));
    if (details.length > KEPT) arrived.delete(details[0]);
  }

  /** A promise of the value of a name, from the script at data/NAME.js. */
  function load(name) {
    if (arrived.has(name)) {
      const value = arrived.get(name);
      arrived.delete(name); // most recently used, so dropped last
      arrived.set(name, value);
      return Promise.resolve(value);
    }
    if (!waiting.has(name)) {
      waiting.set(name, new Promise((resolve, reject) => {
        const tag = document.createElement("script");
        const ended = () => {
          waiting.delete(name);
          tag.remove();
          if (arrived.has(name)) resolve(arrived.get(name));
          else reject(new Error(`data/${name}.js cannot be read`));
        };
        tag.addEventListener("load", ended);
        tag.addEventListener("error", ended);
        tag.src = `data/${name.split("/").map(encodeURIComponent).join("/")}.js`;
        document.head.append(tag);
      }));
    }
    return waiting.get(name);
  }

  const DEVICES = /^(?:con|prn|aux|nul|com[0-9]|lpt[0-9])$/;
  const code = (sign) => `~${sign.codePointAt(0).toString(16)}~`;

  /** The name of the file of an id, as `file_name` in benchmark/escaping.py makes it. */
  function fileName(id) {
    const name = id.replace(/[^a-z0-9_-]/gu, code) || "~";
    return DEVICES.test(name) ? code(name[0]) + name.slice(1) : name;
  }

  /** An element. Text is only ever set as text; `on` holds listeners, `data` data- attributes. */
  function el(tag, options = {}, ...children) {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(options)) {
      if (value === undefined || value === null || value === false) continue;
      if (name === "text") made.textContent = value;
      else if (name === "on") for (const [event, act] of Object.entries(value)) made.addEventListener(event, act);
      else if (name === "data") Object.assign(made.dataset, value);
      else made.setAttribute(name, value === true ? "" : value);
    }
    made.append(...children.filter((child) => child !== null && child !== undefined));
    return made;
  }

  /** An element for untrusted text: it has its own direction and does not reorder the text around it. */
  function foreign(text, options = {}) {
    return el("bdi", { dir: "auto", ...options, text });
  }

  const byId = (id) => document.getElementById(id);
  const grouped = new Intl.NumberFormat("en-US");
  const number = (value) => grouped.format(value);

  return { receive, load, arrived, fileName, el, foreign, byId, number };
})();

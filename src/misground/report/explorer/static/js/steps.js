// The words of a reply that the rule changed, or left to the sampler, with their candidates.
"use strict";

misground.steps = (() => {
  const { el, foreign } = misground;
  const WORDS = {
    antonym: "flipped to the opposite", variant: "flipped to another spelling", other: "flipped",
    deferred: "left to the sampler",
  };
  const MOST = 12; // candidates that are shown, and the one that was taken
  let made = 0;

  const token = (text) => el("code", {}, foreign(text));

  /** The box that tells of the word under the pointer or with the focus. */
  function tip() {
    made += 1;
    return el("div", { class: "tip", role: "tooltip", id: `tip-${made}`, hidden: true });
  }

  function candidates(step) {
    const scored = step.candidates.some(({ score }) => score !== null);
    const cells = (one) => [
      el("td", { text: one.chosen ? "taken" : "" }),
      el("td", {}, token(one.token)),
      el("td", { class: "n", text: one.p.toFixed(4) }),
      scored ? el("td", { class: "n", text: one.score === null ? "" : one.score.toFixed(4) }) : null,
    ];
    const head = ["", "candidate", "p", ...(scored ? ["score"] : [])];
    const shown = step.candidates.filter((one, at) => at < MOST || one.chosen);
    const more = step.candidates.length - shown.length;
    return el("table", {}, more ? el("caption", { text: `and ${more} more` }) : null,
      el("thead", {}, el("tr", {}, ...head.map((text) => el("th", { scope: "col", text })))),
      el("tbody", {}, ...shown.map((one) => el("tr", { class: one.chosen ? "taken" : null }, ...cells(one)))));
  }

  function show(step, word, box) {
    const told = el("p", {}, `${WORDS[step.kind] ?? step.kind}: took `, token(step.choice));
    if (step.choice !== step.greedy) told.append(", likeliest ", token(step.greedy));
    box.replaceChildren(told, candidates(step));
    box.hidden = false;
    const [at, size] = [word.getBoundingClientRect(), box.getBoundingClientRect()];
    const below = at.bottom + 4 + size.height <= innerHeight || at.top < size.height + 4;
    box.style.left = `${Math.max(4, Math.min(at.left, innerWidth - size.width - 4))}px`;
    box.style.top = `${below ? at.bottom + 4 : at.top - size.height - 4}px`;
  }

  /** A word of a step: a mark if the rule changed it. Only these are stops of the Tab key. */
  function word(step, text, box) {
    const flipped = step.kind !== "deferred";
    const hide = () => { box.hidden = true; };
    const shown = el(flipped ? "mark" : "span", {
      class: `step ${step.kind}`, tabindex: flipped ? "0" : "-1", "aria-describedby": box.id,
      on: {
        mouseenter: () => show(step, shown, box), focus: () => show(step, shown, box), mouseleave: hide, blur: hide,
        keydown: (event) => { if (event.key === "Escape") hide(); },
      },
    }, text);
    return shown;
  }

  /** "2 of 14 steps flipped": counts of a reply. */
  function counted(steps) {
    const deferred = steps.filter(({ kind }) => kind === "deferred").length;
    const flipped = steps.length - deferred;
    return `${flipped} flipped${deferred ? `, ${deferred} deferred` : ""} step${steps.length === 1 ? "" : "s"} kept`;
  }

  /** The steps whose token is not in the text, such as one that ends the reply. */
  function elsewhere(steps) {
    const found = steps.filter(({ placed }) => !placed);
    if (!found.length) return null;
    return el("details", { class: "elsewhere" },
      el("summary", { text: `${found.length} step${found.length === 1 ? "" : "s"} without a place in the text` }),
      ...found.map((step) => el("div", {},
        el("p", {}, `token ${step.position}, ${WORDS[step.kind] ?? step.kind}: took `, token(step.choice),
          step.choice === step.greedy ? "" : ", likeliest ", step.choice === step.greedy ? "" : token(step.greedy)),
        candidates(step))));
  }

  return { tip, word, counted, elsewhere };
})();

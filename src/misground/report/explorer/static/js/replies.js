// Each run's replies as text, with the part that decided marked, and the rule.
"use strict";

misground.replies = (() => {
  const { el, foreign, number } = misground;
  const { runName } = misground.filters;

  /** The text of a reply; words of flipped and deferred steps tell their candidates. */
  function completion(pieces, steps) {
    const tip = steps.length ? misground.steps.tip() : null;
    const shown = pieces.map(([kind, value, step]) => {
      if (kind === "gap") return el("span", { class: "gap", text: `… ${number(value)} characters omitted …` });
      const text = kind === "answer" ? el("mark", { class: "answer", text: value }) : document.createTextNode(value);
      return step === undefined ? text : misground.steps.word(steps[step], text, tip);
    });
    const made = el("pre", { dir: "auto", tabindex: "0", "aria-label": "completion" }, ...shown);
    return tip ? el("div", {}, made, tip, misground.steps.elsewhere(steps)) : made;
  }

  /** What the model held likely: each option with its probability, the likeliest first. */
  function held(options) {
    if (!options.length) return null;
    const sorted = [...options].sort((a, b) => b.share - a.share);
    return el("p", { class: "held" }, "held likely: ", ...sorted.map((one) =>
      el("span", { class: "chip", title: `log probability ${one.raw}, per token ${one.normalised}` },
        foreign(one.option), ` ${(100 * one.share).toFixed(1)}%`)));
  }

  function reply(one, epochs, rules) {
    const facts = [];
    if (one.length !== null) facts.push(`${number(one.length)} characters`);
    if (one.tokens !== null) facts.push(`${number(one.tokens)} tokens`);
    if (one.steps?.length) facts.push(misground.steps.counted(one.steps));
    if (one.seconds !== null) facts.push(`${one.seconds} s`);
    const head = el("p", { class: "outcome" },
      el("span", { class: `chip o-${one.outcome.charAt(0)}`, text: one.outcome.replaceAll("_", " ") }));
    if (one.cut) head.append(" ", el("span", { class: "chip cut", text: "cut off" }));
    if (one.extracted) head.append(" read as ", foreign(one.extracted, { class: "chip extracted" }));
    if (one.rule) {
      const about = rules.find(({ name }) => name === one.rule)?.about ?? "";
      head.append(" by the rule ", foreign(one.rule, { class: "chip rule", title: about }));
    }
    if (one.reason) head.append(" ", foreign(one.reason, { class: "reason" }));
    if (facts.length) head.append(el("span", { class: "facts", text: facts.join(", ") }));
    const body = one.length === null ? null : one.length === 0
      ? el("p", { class: "notice", text: "The completion is empty." }) : completion(one.pieces, one.steps);
    return el("article", { "aria-label": `epoch ${one.epoch}` },
      epochs > 1 ? el("h4", { text: `Epoch ${one.epoch}` }) : null, head, held(one.held), body);
  }

  function ofRun(run, found, data) {
    const made = el("section", { class: "run" }, el("h3", {}, foreign(runName(run, data))));
    if (!found.length) {
      const told = run.epochs ? "not asked this question" : "the results file of this run has no rows";
      made.append(el("p", { class: "notice", text: told }));
      return made;
    }
    const [first, ...rest] = found.map((one) => reply(one, run.epochs, run.rules));
    made.append(first);
    if (rest.length) {
      made.append(el("details", {}, el("summary", { text: rest.length === 1 ? "1 more epoch" : `${rest.length} more epochs` }), ...rest));
    }
    return made;
  }

  /** One section per run. */
  function build(data, detail, id) {
    const found = detail.replies[id] ?? [];
    return data.runs.map((run, at) => ofRun(run, found[at] ?? [], data));
  }

  return { build };
})();

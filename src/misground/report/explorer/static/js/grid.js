// All questions of an item with their outcomes: one row per picture, one column per run and terms.
"use strict";

misground.grid = (() => {
  const { el, foreign } = misground;
  const { plain, runName } = misground.filters;
  const ROW = ["condition", "coordinates", "prompt", "probe"];

  const distinct = (values) => [...new Set(values)];

  function cell(data, run, question, current) {
    const i = data.rank.get(question.id);
    const signs = misground.store.signs(run, i);
    return el("a", {
      href: misground.state.link(question.id), class: "cell", "aria-current": question.id === current ? "true" : null,
      on: { click: (event) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey) return;
        event.preventDefault();
        misground.state.set({ q: question.id }, { step: true });
      } },
    }, signs);
  }

  /** The table of an item; null if there are no runs. */
  function build(data, detail, current) {
    if (!data.runs.length) return null;
    const terms = distinct(detail.questions.map((question) => question.terms));
    const keys = distinct(detail.questions.map((question) => JSON.stringify(ROW.map((name) => question[name]))));
    const head = [
      el("tr", {}, el("th", { rowspan: 2, scope: "col", text: "Asked" }),
        ...data.runs.map((run) => el("th", { colspan: terms.length, scope: "colgroup" }, foreign(runName(run, data))))),
      el("tr", {}, ...data.runs.flatMap(() => terms.map((term) => el("th", { scope: "col", text: plain(term) })))),
    ];
    const body = keys.map((key) => {
      const levels = JSON.parse(key);
      const [condition, coordinates, prompt, probe] = levels;
      const picture = condition === "text_only" ? "text only" : `${condition === "blank" ? "blank, " : ""}${coordinates}, ${prompt}`;
      const name = probe === "none" ? picture : `${probe}: ${picture}`;
      const cells = data.runs.flatMap((run) => terms.map((term) => {
        const question = detail.questions.find((each) =>
          each.terms === term && ROW.every((column, at) => each[column] === levels[at]));
        return el("td", {}, question ? cell(data, run, question, current) : null);
      }));
      return el("tr", {}, el("th", { scope: "row", text: name }), ...cells);
    });
    return el("details", { class: "grid", open: true },
      el("summary", { text: `All ${detail.questions.length} questions of this item` }),
      el("div", { class: "scroll" }, el("table", {}, el("thead", {}, ...head), el("tbody", {}, ...body))));
  }

  return { build };
})();

// The list of questions; Tabulator draws only the visible rows.
"use strict";

misground.list = (() => {
  const { el, byId, number, foreign } = misground;
  const { plain, runName } = misground.filters;
  let data = null;
  let table = null;
  let shown = { mask: new Uint8Array(0), ranks: [] };
  let current = -1;

  const rankOf = (cell) => cell.getData().i;

  function about(i) {
    const [a, b] = [data.value("structure_a", i), data.value("structure_b", i)];
    return a ? (b ? `${a} / ${b}` : a) : plain(data.value("task", i));
  }

  function column(title, width, draw, more = {}) {
    return { title, width, headerSort: false, resizable: false, formatter: (cell) => draw(rankOf(cell)), ...more };
  }

  /** A run in a word or two: its model, and what distinguishes it from the others. */
  function heading(run) {
    const base = (each) => each.model.split("/").at(-1);
    const alike = data.runs.filter((each) => base(each) === base(run));
    if (alike.length === 1) return base(run);
    const decodings = alike.filter((each) => each.decoding === run.decoding);
    return `${decodings.length === 1 ? run.decoding : run.id} ${base(run)}`;
  }

  function columns() {
    const words = (name) => (i) => foreign(plain(data.value(name, i)));
    const link = (i) => el("a", {
      href: misground.state.link(data.ids[i]), text: about(i), dir: "auto", title: about(i),
    });
    const runs = data.runs.map((run) => column(
      "", Math.max(84, 17 * Math.min(run.epochs, 5) + 14), (i) => misground.store.signs(run, i),
      { titleFormatter: () => foreign(heading(run), { title: runName(run, data) }) },
    ));
    return [
      column("A / B", 220, link),
      column("Condition", 92, words("condition")),
      column("Coordinates", 112, words("coordinates")),
      column("Prompt", 78, words("prompt")),
      column("Terms", 94, words("terms")),
      ...(data.columns.probe.values.length > 1 ? [column("Probe", 84, words("probe"))] : []),
      ...runs,
      column("Task", 110, words("task")),
      column("Axis", 50, words("axis")),
      column("Plane", 76, words("plane")),
      column("2D, 3D", 66, words("dimension")),
      column("Modality", 84, words("modality")),
      column("Case", 110, words("case_id")),
      column("Question", 190, (i) => el("code", { text: data.ids[i] })),
    ];
  }

  function mark(row) {
    const mine = row.getData().i === current;
    row.getElement().classList.toggle("current", mine);
    if (mine) row.getElement().setAttribute("aria-selected", "true");
    else row.getElement().removeAttribute("aria-selected");
  }

  /** Draw the list; the promise resolves when it is built. */
  function build(unpacked) {
    data = unpacked;
    shown = { mask: new Uint8Array(data.size).fill(1), ranks: Array.from({ length: data.size }, (_, i) => i) };
    table = new Tabulator(byId("list"), {
      data: shown.ranks.map((i) => ({ i })),
      index: "i",
      columns: columns(),
      height: "100%",
      rowHeight: 30,
      renderVerticalBuffer: 150, // pixels of rows outside the visible part; the default doubles what is visible
      rowFormatter: mark,
      keybindings: false,
      columnHeaderSortMulti: false,
      placeholder: el("p", { text: "No question matches these filters." }),
    });
    table.on("rowClick", (event, row) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return; // the browser opens the link in a new tab
      event.preventDefault();
      misground.detail.reveal();
      misground.state.set({ q: data.ids[row.getData().i] }, { step: true });
    });
    return new Promise((resolve) => table.on("tableBuilt", resolve));
  }

  /** Show only these questions, their number, and each run's accuracy on them. */
  function filter(result) {
    const whole = shown.ranks.length === data.size;
    shown = result;
    if (result.ranks.length === data.size) {
      if (!whole) table.clearFilter();
    } else table.setFilter((row) => result.mask[row.i] === 1);
    byId("count").textContent = `${number(result.ranks.length)} of ${number(data.size)} questions`;
    byId("accuracy").replaceChildren(...data.runs.map((run) => accuracy(run, result.ranks)));
    bringIntoSight();
  }

  function accuracy(run, ranks) {
    let [correct, scored] = [0, 0];
    for (const i of ranks) {
      correct += run.correct[i];
      scored += run.scored[i];
    }
    const share = scored ? `${number(correct)}/${number(scored)} correct, ${((100 * correct) / scored).toFixed(1)}%` : "";
    const told = share || (run.epochs ? "no scored replies here" : "the results file has no rows");
    return el("li", {}, foreign(runName(run, data)), `: ${told}`);
  }

  const rowOf = (i) => (i >= 0 && shown.mask[i] ? table.getRow(i) : false);

  function bringIntoSight() {
    const row = rowOf(current);
    if (row) table.scrollToRow(row, "center", false).catch(() => {});
  }

  /** Mark a question (-1: none) and scroll to it if it is in the list. */
  function choose(i) {
    if (i === current) return;
    const before = rowOf(current);
    current = i;
    if (before) mark(before);
    if (rowOf(i)) mark(rowOf(i));
    bringIntoSight();
  }

  /** Move `by` places in the list; from no question, or one not in the list, to the nearest. */
  function step(by) {
    const { ranks } = shown;
    if (!ranks.length) return;
    const at = ranks.findIndex((i) => i >= current);
    const place = at < 0 ? ranks.length : at;
    const there = ranks[place] === current;
    const next = current < 0 ? 0 : there ? place + by : by > 0 ? place : place - 1;
    const i = ranks[Math.min(Math.max(next, 0), ranks.length - 1)];
    misground.state.set({ q: data.ids[i] });
  }

  return { build, filter, choose, step, about, includes: (i) => shown.mask[i] === 1 };
})();

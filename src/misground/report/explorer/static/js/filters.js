// The controls above the list, and which questions pass them.
"use strict";

misground.filters = (() => {
  const { el, byId } = misground;
  const { SEEN, CUT } = misground.store;
  const FACTORS = [
    ["modality", "Modality"], ["dimension", "Dimension"], ["plane", "Plane"], ["task", "Task"], ["axis", "Axis"],
    ["coordinates", "Coordinates"], ["prompt", "Prompt"], ["terms", "Terms"], ["condition", "Condition"],
    ["probe", "Probe"],
  ];
  const ASKED = 31;
  const OUTCOMES = {
    all: ["correct in all epochs", (seen) => (seen & ASKED) === SEEN.c],
    some: ["correct in some epochs, not all", (seen) => (seen & SEEN.c) !== 0 && (seen & ASKED) !== SEEN.c],
    none: ["correct in no epoch", (seen) => (seen & ASKED) !== 0 && (seen & SEEN.c) === 0],
    correct: ["correct in any epoch", (seen) => (seen & SEEN.c) !== 0],
    wrong: ["wrong in any epoch", (seen) => (seen & SEEN.w) !== 0],
    no_answer: ["no answer in any epoch", (seen) => (seen & SEEN.n) !== 0],
    refused: ["refused in any epoch", (seen) => (seen & SEEN.r) !== 0],
    error: ["error in any epoch", (seen) => (seen & SEEN.e) !== 0],
    cut: ["cut off in any epoch", (seen) => (seen & CUT) !== 0],
    unasked: ["not asked", (seen) => (seen & ASKED) === 0],
  };
  const controls = new Map();

  const plain = (word) => word.replaceAll("_", " ");
  const runKey = (run) => `run.${run.id}`;
  const ruleKey = (run) => `rule.${run.id}`;
  const againstKey = (run) => `against.${run.id}`;

  function select(name, label, options, foreign = false) {
    const made = el("select", { name });
    made.append(el("option", { value: "", text: "all" }));
    for (const [value, text] of options) made.append(el("option", { value, text }));
    made.addEventListener("change", () => misground.state.set({ [name]: made.value }, { step: true }));
    controls.set(name, made);
    return el("label", {}, foreign ? misground.foreign(label) : el("span", { text: label }), made);
  }

  function field(name, label, hint, list) {
    const made = el("input", { name, type: "search", placeholder: hint, list, spellcheck: "false" });
    made.addEventListener("input", () => misground.state.set({ [name]: made.value }));
    controls.set(name, made);
    return el("label", {}, el("span", { text: label }), made);
  }

  /** Draw the controls for the levels that occur in this benchmark. */
  function build(data) {
    const form = byId("filters");
    form.addEventListener("submit", (event) => event.preventDefault());
    for (const [name, label] of FACTORS) {
      const { values } = data.columns[name];
      if (values.length > (name === "probe" ? 1 : 0)) form.append(select(name, label, values.map((value) => [value, plain(value)])));
    }
    const names = new Set([...data.columns.structure_a.values, ...data.columns.structure_b.values]);
    const known = el("datalist", { id: "structures" });
    for (const name of [...names].sort()) known.append(el("option", { value: name }));
    form.append(field("structure", "Structure", "any", "structures"), known);
    data.runs.forEach((run) => {
      const options = Object.entries(OUTCOMES).map(([value, [text]]) => [value, text]);
      form.append(select(runKey(run), runName(run, data), options, true));
      const rules = run.rules.map(({ name, questions }) => [name, `${name} (${questions.length})`]);
      if (rules.length) form.append(select(ruleKey(run), `read by: ${runName(run, data)}`, rules, true));
      const against = run.contradictions.map(({ name, questions }) => [name, `${name} (${questions.length})`]);
      if (against.length) form.append(select(againstKey(run), `contradicts itself: ${runName(run, data)}`, against, true));
    });
    form.append(field("text", "Id", "question, item or case"));
    const clear = el("button", { type: "button", id: "clear", text: "Clear filters" });
    clear.addEventListener("click", () => {
      misground.state.set(Object.fromEntries([...controls.keys()].map((name) => [name, ""])), { step: true });
    });
    form.append(clear);
  }

  /** A run's name; with its id if two runs would read the same. */
  function runName(run, data) {
    const name = (each) => (each.decoding ? `${each.model}, ${each.decoding}` : each.model);
    const twins = data.runs.filter((each) => name(each) === name(run)).length > 1;
    return twins ? `${name(run)}, ${run.id}` : name(run);
  }

  /** Show the state in the controls. */
  function fill() {
    let set = 0;
    for (const [name, control] of controls) {
      const value = misground.state.get(name);
      if (control.value !== value) control.value = value;
      if (control.value !== value && control.tagName === "SELECT") control.value = ""; // not a level here
      if (value !== "") set += 1;
    }
    byId("filter-count").textContent = set ? `(${set} set)` : "";
  }

  function itemsWith(data, wanted) {
    const pass = (values) => values.map((value) => value.toLowerCase().includes(wanted));
    const [a, b] = [data.columns.structure_a, data.columns.structure_b];
    const [inA, inB] = [pass(a.values), pass(b.values)];
    return (i) => Boolean(inA[a.codes[i]] || inB[b.codes[i]]);
  }

  function idsWith(data, wanted) {
    const items = data.items.map((id) => id.includes(wanted));
    const cases = data.columns.case_id.values.map((id) => id.toLowerCase().includes(wanted));
    const { codes } = data.columns.case_id;
    return (i) => items[data.item[i]] || cases[codes[i]] || data.ids[i].includes(wanted);
  }

  /** One byte per question, 1 if it passes every filter, and the ranks of those that do, in order. */
  function apply(data) {
    const mask = new Uint8Array(data.size).fill(1);
    const keep = (test) => {
      for (let i = 0; i < data.size; i += 1) if (mask[i] && !test(i)) mask[i] = 0;
    };
    for (const [name] of FACTORS) {
      const value = misground.state.get(name);
      const { values, codes } = data.columns[name];
      if (value !== "") {
        const wanted = values.indexOf(value);
        keep((i) => wanted >= 0 && codes[i] === wanted);
      }
    }
    const structure = misground.state.get("structure").trim().toLowerCase();
    if (structure) keep(itemsWith(data, structure));
    const text = misground.state.get("text").trim().toLowerCase();
    if (text) keep(idsWith(data, text));
    data.runs.forEach((run) => {
      const chosen = misground.state.get(runKey(run));
      if (Object.hasOwn(OUTCOMES, chosen)) keep((i) => OUTCOMES[chosen][1](run.seen[i]));
      const lists = [[run.rules, ruleKey(run)], [run.contradictions, againstKey(run)]];
      for (const [kinds, key] of lists) {
        const kind = kinds.find(({ name }) => name === misground.state.get(key));
        if (kind) {
          const questions = new Set(kind.questions);
          keep((i) => questions.has(i));
        }
      }
    });
    const ranks = [];
    for (let i = 0; i < data.size; i += 1) if (mask[i]) ranks.push(i);
    return { mask, ranks };
  }

  return { build, fill, apply, runName, plain };
})();

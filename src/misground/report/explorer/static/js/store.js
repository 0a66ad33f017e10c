// The list of questions as columns, unpacked once.
"use strict";

misground.store = (() => {
  const OF_ITEM = ["modality", "dimension", "plane", "task", "axis", "case_id", "structure_a", "structure_b"];
  const OF_QUESTION = ["coordinates", "prompt", "terms", "condition", "probe"];
  const SEEN = { c: 1, w: 2, n: 4, r: 8, e: 16, ".": 0 };
  const CUT = 32; // a reply was cut, whatever its outcome
  const FIRST = "0".charCodeAt(0);

  /** A run with, for each question: outcomes seen (bits of SEEN, and CUT), correct replies, scored replies. */
  function unpackRun(run, size) {
    const seen = new Uint8Array(size);
    const correct = new Uint16Array(size);
    const scored = new Uint16Array(size);
    const bits = new Uint8Array(128);
    for (const [letter, bit] of Object.entries(SEEN)) bits[letter.charCodeAt(0)] = bit;
    for (let at = 0, i = 0; i < size; i += 1) {
      for (let epoch = 0; epoch < run.epochs; epoch += 1, at += 1) {
        const bit = bits[run.outcomes.charCodeAt(at)];
        seen[i] |= bit;
        if (bit === 1) correct[i] += 1;
        if (bit && bit !== SEEN.e) scored[i] += 1; // an error is never an answer
      }
    }
    for (const i of run.cut) seen[i] |= CUT;
    return { ...run, seen, correct, scored };
  }

  /** Columns by name, each as values and a code for every question (255: none). */
  function unpack(data) {
    const size = data.questions.id.length;
    const item = new Int32Array(size);
    let end = 0;
    data.items.count.forEach((count, number) => {
      item.fill(number, end, end + count);
      end += count;
    });
    const columns = {};
    for (const name of OF_ITEM) {
      const { values, codes } = data.items[name];
      const unpacked = new Int32Array(size);
      for (let i = 0; i < size; i += 1) unpacked[i] = codes[item[i]];
      columns[name] = { values, codes: unpacked };
    }
    for (const name of OF_QUESTION) {
      const { values, codes } = data.questions[name];
      columns[name] = { values, codes: Int32Array.from(codes, (letter) => letter.charCodeAt(0) - FIRST) };
    }
    const rank = new Map(data.questions.id.map((id, i) => [id, i]));
    return {
      size,
      benchmark: data.benchmark,
      letters: data.letters,
      ids: data.questions.id,
      rank,
      item,
      items: data.items.id,
      columns,
      runs: data.runs.map((run) => unpackRun(run, size)),
      /** The value of a column for a question; "" for none. */
      value: (name, i) => columns[name].values[columns[name].codes[i]] ?? "",
    };
  }

  const WORDS = {
    c: ["✓", "correct"], w: ["✗", "wrong"], n: ["–", "no answer"],
    r: ["⊘", "refused"], e: ["!", "error"], ".": ["·", "not asked"],
  };

  const SIGNS = 5; // more epochs are shown as a count: correct/scored

  /** The outcomes of a question in a run, one sign per epoch if there are few. */
  function signs(run, i) {
    const { el } = misground;
    const letters = run.outcomes.slice(i * run.epochs, (i + 1) * run.epochs);
    const told = run.epochs ? [...letters].map((letter) => WORDS[letter][1]).join(", ") : "no rows";
    const made = el("span", { class: "signs", role: "img", "aria-label": told, title: told });
    if (run.epochs > SIGNS) {
      made.append(`${run.correct[i]}/${run.scored[i]}`);
      return made;
    }
    for (const letter of letters) {
      made.append(el("span", { class: `sign o-${letter === "." ? "x" : letter}`, text: WORDS[letter][0] }));
    }
    return made;
  }

  return { unpack, signs, SEEN, CUT, WORDS };
})();

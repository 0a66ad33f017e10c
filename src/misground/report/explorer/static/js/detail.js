// The open question.
"use strict";

misground.detail = (() => {
  const { el, foreign, byId, load } = misground;
  const { plain } = misground.filters;
  const FACTORS = ["condition", "coordinates", "prompt", "terms", "probe"];
  let token = 0;
  let open = null; // the item on display
  let revealing = false;

  function notice(...told) {
    open = null;
    misground.picture.build({ views: {} }, { view: null }, "");
    byId("detail").replaceChildren(el("p", { class: "notice" }, ...told));
  }

  /** The item's question with this level that otherwise is most similar to the open one. */
  function like(detail, question, factor, level) {
    const alike = (each) => FACTORS.filter((name) => each[name] === question[name]).length;
    const found = detail.questions.filter((each) => each[factor] === level);
    return found.reduce((best, each) => (best === null || alike(each) > alike(best) ? each : best), null);
  }

  function segments(detail, question) {
    const levelsOf = (factor) => [...new Set(detail.questions.map((each) => each[factor]))];
    const shown = FACTORS.filter((factor) => factor !== "probe" || levelsOf(factor).length > 1);
    return el("div", { class: "factors" }, ...shown.map((factor) => {
      const levels = levelsOf(factor);
      const buttons = levels.map((level) => el("button", {
        type: "button", "aria-pressed": String(question[factor] === level), text: plain(level),
        data: { factor, level },
        on: { click: () => {
          misground.state.set({ q: like(detail, question, factor, level).id }, { step: true });
        } },
      }));
      return el("div", { class: "segment", role: "group", "aria-label": factor }, el("span", { text: factor }), ...buttons);
    }));
  }

  async function copy(button) {
    misground.state.write();
    const address = location.href;
    try {
      await navigator.clipboard.writeText(address);
      button.textContent = "Copied";
    } catch {
      const field = el("input", { value: address, readonly: true, "aria-label": "link to this question" });
      button.replaceWith(field);
      field.select();
    }
  }

  function head(data, i) {
    const badges = ["task", "plane", "dimension", "modality", "axis"].map((name) => data.value(name, i)).filter(Boolean);
    const outside = misground.list.includes(i) ? null : el("p", { class: "notice", text: "This question does not match the list's filters." });
    const link = el("button", { type: "button", text: "Copy link" });
    link.addEventListener("click", () => copy(link));
    return [
      el("div", { class: "bar" },
        el("button", { type: "button", "aria-label": "previous question", text: "▲", on: { click: () => misground.list.step(-1) } }),
        el("button", { type: "button", "aria-label": "next question", text: "▼", on: { click: () => misground.list.step(1) } }),
        el("a", { href: misground.state.link(data.ids[i]), class: "id" }, el("code", { text: data.ids[i] })), link),
      outside,
      el("h2", { dir: "auto", text: misground.list.about(i) }),
      el("p", { class: "badges" }, ...badges.map((text) => foreign(plain(text), { class: "badge" })),
        foreign(data.value("case_id", i), { class: "badge" })),
    ];
  }

  function draw(data, i, detail) {
    const question = detail.questions.find((each) => each.id === data.ids[i]);
    const same = open === detail.item;
    const frame = same ? misground.picture.frame() : null;
    const top = same ? byId("detail").scrollTop : 0;
    const options = question.options.map((option) => el("li", { class: option === question.answer ? "right" : null },
      foreign(option), option === question.answer ? el("span", { class: "tick", text: " ✓ the answer" }) : null));
    const parts = [
      ...head(data, i), segments(detail, question),
      el("blockquote", { dir: "auto", text: question.text }), el("ul", { class: "options" }, ...options),
      misground.picture.build(detail, question, data.value("plane", i), frame),
      misground.evidence.build(detail, question, data.value("axis", i)),
      misground.grid.build(data, detail, question.id), ...misground.replies.build(data, detail, question.id),
    ];
    const focused = document.activeElement?.dataset?.factor;
    const level = document.activeElement?.dataset?.level;
    byId("detail").replaceChildren(...parts.filter((part) => part !== null));
    byId("detail").scrollTop = top;
    open = detail.item;
    if (revealing && matchMedia("(max-width: 900px)").matches) byId("detail").scrollIntoView();
    revealing = false;
    if (focused) {
      [...byId("detail").querySelectorAll("[data-factor]")]
        .find((each) => each.dataset.factor === focused && each.dataset.level === level)?.focus({ preventScroll: true });
    }
  }

  /** Scroll to the next question drawn, on screens where it is below the list. */
  function reveal() {
    revealing = true;
  }

  /** Show the question with this id, or a notice if there is none. */
  async function show(data, id) {
    token += 1;
    const mine = token;
    if (!id) return notice("Choose a question from the list, or press ", el("kbd", { text: "j" }), ".");
    const i = data.rank.get(id);
    if (i === undefined) return notice("There is no question ", foreign(id), " in this benchmark.");
    try {
      const detail = await load(`detail/${misground.fileName(data.items[data.item[i]])}`);
      if (mine === token) draw(data, i, detail);
    } catch (error) {
      if (mine === token) notice("This question cannot be shown: ", foreign(error.message));
    }
    return undefined;
  }

  return { show, reveal };
})();

// Builds the page from the data.
"use strict";

(async () => {
  const { arrived, byId, el, filters, list, state } = misground;
  const NARROW = "(max-width: 900px)";

  if (!arrived.has("questions")) {
    byId("detail").append(el("p", { class: "notice", text: "data/questions.js cannot be read: the folder is incomplete." }));
    return;
  }
  const data = misground.store.unpack(arrived.get("questions"));
  arrived.delete("questions");
  byId("benchmark").textContent = `${data.benchmark.name} · ${data.benchmark.hash.slice(0, 12)}`;
  document.title = `${data.benchmark.name} · MIS-Ground explorer`;
  byId("filter-box").open = !matchMedia(NARROW).matches;
  filters.build(data);
  misground.keys.start();
  await list.build(data);

  const settings = (values) => JSON.stringify([...values].filter(([name]) => name !== "q").sort());
  let [before, question] = [null, null];
  state.start((values) => {
    if (settings(values) !== before) {
      before = settings(values);
      filters.fill();
      list.filter(filters.apply(data));
      question = null; // whether it passes the filters may have changed
    }
    const id = state.get("q");
    if (id === question) return;
    question = id;
    list.choose(data.rank.get(id) ?? -1);
    misground.detail.show(data, id);
  });
  document.documentElement.dataset.ready = "true";
})();

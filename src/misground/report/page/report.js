"use strict";
// The page starts with static pictures; where Vega runs, interactive ones with tooltips replace them.
(function () {
  const specs = JSON.parse(document.getElementById("specs").textContent);
  for (const place of document.querySelectorAll("[data-figure]")) {
    const spec = specs[place.dataset.figure];
    if (!spec || typeof vegaEmbed === "undefined") continue;
    const live = document.createElement("div");
    vegaEmbed(live, spec, { mode: "vega", actions: false, renderer: "svg" }).then(
      function () { place.replaceChildren(live); },
      function () { /* keep the static picture */ }
    );
  }
})();

// Why the answer is certain, in words and numbers.
"use strict";

misground.evidence = (() => {
  const { el, foreign } = misground;
  const TOWARDS = { x: ["right", "left"], y: ["anterior", "posterior"], z: ["superior", "inferior"] };

  function row(term, ...told) {
    return [el("dt", { text: term }), el("dd", {}, ...told)];
  }

  /** A list of facts: P and the distance in mm, the slices and their scale. */
  function build(detail, question, axis) {
    const rows = [];
    const found = question.evidence;
    const [a, b] = [detail.structures.a ?? "A", detail.structures.b ?? "B"];
    const [up, down] = TOWARDS[axis] ?? ["further", "less far"];
    if (found && found.p_a_greater !== null && found.p_a_greater !== undefined) {
      rows.push(...row("P", `${found.p_a_greater.toFixed(3)}: the probability that a voxel of `, foreign(a), ` lies further ${up} than one of `, foreign(b)));
    }
    if (found && found.delta_mm !== null && found.delta_mm !== undefined) {
      const far = Math.abs(found.delta_mm).toFixed(1);
      rows.push(...row("Distance", `${far} mm: the centroid of `, foreign(a), ` lies further ${found.delta_mm > 0 ? up : down} than that of `, foreign(b)));
    }
    if (!rows.length) rows.push(...row("Evidence", "the plane and the slice order themselves"));
    const view = detail.views[question.view];
    if (view) {
      const slices = view.slices;
      const range = slices.length > 1 ? `${slices.length} slices, ${slices[0]} to ${slices.at(-1)}` : `slice ${slices[0]}`;
      rows.push(...row("Picture", `${range}; ${view.width} × ${view.height} pixels of ${view.mm_per_pixel.toFixed(3)} mm`));
    }
    if (detail.stack_reversed !== null) {
      const reversed = detail.stack_reversed !== (view?.mirrored === "frame");
      rows.push(...row("Stack", reversed ? "in order of decreasing slice index" : "in order of increasing slice index"));
    }
    if (detail.shared_frames !== null) rows.push(...row("Both visible", `in ${detail.shared_frames} frames`));
    if (detail.name_hint && detail.name_hint !== "none") {
      const which = detail.name_hint === "both" ? "both names contain" : "one name contains";
      rows.push(...row("Name hint", `${which} a word for the asked axis`));
    }
    return el("dl", { class: "evidence" }, ...rows);
  }

  return { build };
})();

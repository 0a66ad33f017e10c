// The picture or stack of a question: frames, marks on and off, both coordinates, outlines of marks.
"use strict";

misground.picture = (() => {
  const { el, foreign } = misground;
  const SVG = "http://www.w3.org/2000/svg";
  const STEP = 40; // pixels of wheel movement per frame
  // The direction at two edges of the picture (docs/conventions.md).
  const EDGES = {
    storage: {
      axial: [["bottom", "the patient's right"], ["right", "anterior"]],
      coronal: [["bottom", "the patient's right"], ["right", "superior"]],
      sagittal: [["bottom", "anterior"], ["right", "superior"]],
    },
    viewing: {
      axial: [["left", "the patient's right"], ["top", "anterior"]],
      coronal: [["left", "the patient's right"], ["top", "superior"]],
      sagittal: [["left", "anterior"], ["top", "superior"]],
    },
  };
  const OPPOSITE = { column: { left: "right", right: "left" }, row: { top: "bottom", bottom: "top" } };
  const wanted = { marks: true, both: false, outline: false };
  let shown = null; // { detail, question, plane, panes, frame, root }
  let rolled = 0;

  function find(detail, coordinates, prompt, blank, mirrored) {
    const found = Object.entries(detail.views).find(([, view]) =>
      view.coordinates === coordinates && view.prompt === prompt && view.blank === blank && view.mirrored === mirrored);
    return found ? found[0] : null;
  }

  /** The views to show: the question's own, without marks, or in both coordinates, depending on the buttons. */
  function viewsOf(detail, question) {
    const asked = detail.views[question.view];
    const bare = find(detail, asked.coordinates, "none", false, asked.mirrored);
    const off = !wanted.marks && bare !== null;
    const [prompt, blank] = off ? ["none", false] : [asked.prompt, asked.blank];
    const sides = wanted.both ? ["storage", "viewing"] : [asked.coordinates];
    return sides.map((side) => find(detail, side, prompt, blank, asked.mirrored)).filter((id) => id !== null);
  }

  /** The first frame to show: the middle one of those with the most marks. */
  function begin(view) {
    const counts = view.slices.map((_, frame) => view.marks.filter((mark) => mark.frame === frame).length);
    const most = Math.max(...counts);
    const best = counts.flatMap((count, frame) => (count === most ? [frame] : []));
    return best[Math.floor(best.length / 2)] ?? 0;
  }

  function pane(id, view, plane) {
    const images = view.slices.map((slice, frame) => {
      const image = el("img", {
        alt: `frame ${frame + 1} of ${view.slices.length}, slice ${slice}, ${view.coordinates} coordinates`,
        width: view.width, height: view.height, draggable: "false",
      });
      image.hidden = true;
      return image;
    });
    const overlay = document.createElementNS(SVG, "svg");
    overlay.setAttribute("viewBox", `0 0 ${view.width} ${view.height}`);
    overlay.setAttribute("aria-hidden", "true");
    const failed = el("p", { class: "failed", hidden: true, text: "this picture cannot be read" });
    const box = el("div", { class: "canvas" }, ...images, overlay, failed);
    box.style.aspectRatio = `${view.width} / ${view.height}`;
    images.forEach((image, frame) => {
      image.addEventListener("error", () => { failed.hidden = false; });
      image.src = `frames/${encodeURIComponent(misground.fileName(id))}/${String(frame).padStart(2, "0")}.png`;
    });
    const edges = (EDGES[view.coordinates] ?? {})[plane] ?? [];
    const turned = OPPOSITE[view.mirrored] ?? {};
    const where = edges.map(([edge, end]) => `${end} at the ${turned[edge] ?? edge}, `).join("");
    const mirrored = view.mirrored === null ? "" : view.mirrored === "frame" ? ", stack run the other way" : ", mirrored";
    const what = view.blank ? "blank canvas" : view.prompt === "none" ? "no marks" : view.prompt;
    const caption = el("figcaption", {}, el("b", { text: view.coordinates }), `: ${where}${what}${mirrored}`);
    return { id, view, images, overlay, element: el("figure", {}, box, caption) };
  }

  function draw(overlay, view, frame) {
    overlay.replaceChildren();
    if (!wanted.outline) return;
    const add = (name, attributes, text) => {
      const made = document.createElementNS(SVG, name);
      for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
      if (text) made.textContent = text;
      overlay.append(made);
    };
    const size = view.width / 100;
    for (const mark of view.marks.filter((each) => each.frame === frame)) {
      const line = { fill: "none", stroke: mark.color, "stroke-width": size / 2, "stroke-dasharray": `${2 * size}` };
      if (mark.box) {
        const [x0, y0, x1, y1] = mark.box;
        add("rect", { x: x0, y: y0, width: x1 - x0, height: y1 - y0, ...line });
        add("text", { x: x0, y: Math.max(y0 - size, 4 * size), fill: mark.color, "font-size": 4 * size }, mark.label);
      }
      if (mark.point) add("circle", { cx: mark.point[0] + 0.5, cy: mark.point[1] + 0.5, r: 1.4 * size, ...line });
    }
  }

  function turn(to) {
    const count = shown.panes[0].view.slices.length;
    shown.frame = Math.min(Math.max(to, 0), count - 1);
    for (const { images, overlay, view } of shown.panes) {
      images.forEach((image, frame) => { image.hidden = frame !== shown.frame; });
      draw(overlay, view, shown.frame);
    }
    if (shown.slider) shown.slider.value = String(shown.frame);
    const slice = shown.panes[0].view.slices[shown.frame];
    shown.counter.textContent = count > 1 ? `frame ${shown.frame + 1} of ${count}, slice ${slice}` : `slice ${slice}`;
  }

  function wheel(event) {
    if (shown.panes[0].view.slices.length < 2 || event.ctrlKey) return; // with Ctrl it zooms
    event.preventDefault();
    rolled += event.deltaMode === 0 ? event.deltaY : Math.sign(event.deltaY) * STEP;
    if (Math.abs(rolled) < STEP) return;
    turn(shown.frame + Math.trunc(rolled / STEP));
    rolled %= STEP;
  }

  function toggle(name, label, key, enabled) {
    return el("button", {
      type: "button", "aria-pressed": String(wanted[name]), disabled: !enabled, data: { toggle: name },
      on: { click: () => flip(name) },
    }, `${label} `, el("kbd", { text: key }));
  }

  function stepper(label, by) {
    return el("button", { type: "button", "aria-label": label, text: by < 0 ? "◀" : "▶", on: { click: () => step(by) } });
  }

  /** The element of a question's picture. frame: the frame to keep, or null to choose one. */
  function build(detail, question, plane, frame = null) {
    if (question.view === null) {
      shown = null;
      return el("p", { class: "notice", text: "This question was asked without a picture." });
    }
    if (!detail.views[question.view]) {
      shown = null;
      return el("p", { class: "notice" }, "The picture of this question is missing: ", foreign(question.view));
    }
    const panes = viewsOf(detail, question).map((id) => pane(id, detail.views[id], plane));
    const count = panes[0].view.slices.length;
    const counter = el("output", { "aria-live": "polite", class: "counter" });
    const slider = count > 1 ? el("input", { type: "range", min: 0, max: count - 1, "aria-label": "frame" }) : null;
    slider?.addEventListener("input", () => turn(Number(slider.value)));
    const pictures = el("div", { class: "pictures", data: { panes: panes.length } }, ...panes.map((each) => each.element));
    // The same scale for both, and neither taller than the window allows.
    const widths = panes.map(({ view }) => view.width);
    const highest = Math.max(...panes.map(({ view }) => view.height));
    const ratio = widths.reduce((sum, width) => sum + width) / highest;
    pictures.style.setProperty("--columns", widths.map((width) => `minmax(0, ${width}fr)`).join(" "));
    pictures.style.setProperty("--ratio", ratio);
    pictures.addEventListener("wheel", wheel, { passive: false });
    const asked = detail.views[question.view];
    const marked = asked.prompt !== "none";
    const other = find(detail, asked.coordinates === "storage" ? "viewing" : "storage", asked.prompt, asked.blank, asked.mirrored);
    const bar = el("div", { class: "bar", role: "group", "aria-label": "picture" },
      toggle("marks", "Marks", "m", marked && find(detail, asked.coordinates, "none", false, asked.mirrored) !== null),
      toggle("outline", "Outline", "o", asked.marks.length > 0),
      toggle("both", "Both coordinates", "c", other !== null),
      ...(count > 1 ? [stepper("previous frame", -1), slider, stepper("next frame", 1)] : []), counter);
    const root = el("div", { id: "picture" }, bar, pictures);
    if (asked.blank && !wanted.marks) {
      root.append(el("p", { class: "notice", text: "Asked on a blank canvas; this is the underlying scan." }));
    }
    shown = { detail, question, plane, panes, root, counter, slider, frame: 0 };
    turn(frame ?? begin(asked));
    return root;
  }

  /** Switch marks, outline or both coordinates. */
  function flip(name) {
    const button = shown?.root.querySelector(`[data-toggle="${name}"]`);
    if (!button || button.disabled) return;
    wanted[name] = !wanted[name];
    const { root } = shown;
    const focused = document.activeElement === button;
    root.replaceWith(build(shown.detail, shown.question, shown.plane, shown.frame));
    if (focused) shown.root.querySelector(`[data-toggle="${name}"]`).focus({ preventScroll: true });
  }

  /** Move by `by` frames. */
  function step(by) {
    if (shown && shown.panes[0].view.slices.length > 1) turn(shown.frame + by);
  }

  return { build, flip, step, frame: () => (shown ? shown.frame : null) };
})();

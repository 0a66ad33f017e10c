"""What a draw gives away without anatomy, and which facts its rules leave out.

Run: python benchmarks/bench_draw.py [--torsos 60] [--knees 20] [--real]

Cases are phantoms, or with --real the scans of MISGROUND_TEST_DATA (default ../shared/data); the draw is the
preset `paper`. Each guesser is a rule learned in ten folds of cases, or of items where there are fewer cases:

- half of A, of B: the answer of a cross_slice question by the half of the stack in which one mark lies, in
  stacks cut close around both structures and in stacks as drawn; then by the eighth of the stack; and by the
  fixed rule that A in the first half lies before B;
- canvas: the plane by the size of the canvas, if it had the shape of the slice, and on a square canvas.
"""

import argparse
import sys
from collections import Counter, defaultdict
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor

import numpy as np
from bench_reading import DATA

from misground.anatomy import AXES, PLANES, axis_sign, slice_axis_index
from misground.coordinates import canvas
from misground.questions import (
    THRESHOLDS,
    CasePlan,
    DrawSettings,
    Item,
    certain_relations,
    draw,
    measure_case,
    plan_case,
)
from misground.questions.stacks import stack_slices
from misground.questions.truth import faces_cut_end, relations
from misground.records import CaseRef
from misground.sources import list_cases
from misground.volumes import load_case

FOLDS = 10


def planned(ref: CaseRef) -> tuple[CasePlan, Counter]:
    """The plan of a case, and how many facts of the whole volume each rule leaves out, by rule and axis."""
    case = load_case(ref)
    measured, least = measure_case(case), THRESHOLDS[case.facts.region]
    large = measured.voxels() >= least.voxels
    pairs = np.triu(large[:, None] & large[None, :], 1)
    count: Counter = Counter()
    for index, (axis, certain) in enumerate(certain_relations(case, measured).items()):
        key = case.facts.modality, axis
        by_overlap = relations(measured.histogram(axis), case.facts.spacing_mm[index], 2e-6).sign != 0
        near = by_overlap & (np.abs(np.nan_to_num(certain.delta_mm)) < least.distance_mm - 1e-6)
        cut = faces_cut_end(certain.sign, measured.histogram(axis))
        count[*key, "overlap"] += int((by_overlap & pairs).sum())
        count[*key, "near"] += int((near & pairs).sum())
        count[*key, "certain"] += int(((certain.sign != 0) & pairs).sum())
        count[*key, "cut"] += int((cut & pairs).sum())
    return plan_case(case, measured), count


def place(plan: CasePlan, item: Item, key: str, slices: Sequence[int]) -> float:
    """Where a structure's middle stands in a stack in ascending order, from 0 to 1."""
    counts = plan.in_slices[slice_axis_index(item.plane)][plan.facts.structures.index(key)]
    return float(np.flatnonzero(counts[list(slices)]).mean()) / max(1, len(slices) - 1)


def close_stack(plan: CasePlan, item: Item) -> tuple[int, ...]:
    """The slices of a stack cut close around A and B."""
    axis = slice_axis_index(item.plane)
    keys = [plan.facts.structures.index(key) for key in (item.structure_a, item.structure_b)]
    filled = np.flatnonzero(plan.in_slices[axis][keys].any(axis=0))
    margin = THRESHOLDS[plan.facts.region].margin_mm
    return stack_slices(filled[0], filled[-1], plan.facts.spacing_mm[axis], margin, plan.facts.shape[axis])


def learned(seen: Sequence[object], answers: Sequence[object], cases: Sequence[str]) -> float:
    """The share that a rule answers correctly: for what it sees, the most frequent answer in other folds."""
    if len(set(cases)) < FOLDS:
        cases = [str(number) for number in range(len(answers))]
    folds = {case: number % FOLDS for number, case in enumerate(sorted(set(cases)))}
    right = 0.0
    for fold in range(FOLDS):
        table: dict[object, Counter] = defaultdict(Counter)
        for what, answer, case in zip(seen, answers, cases, strict=True):
            if folds[case] != fold:
                table[what][answer] += 1
        for what, answer, case in zip(seen, answers, cases, strict=True):
            if folds[case] == fold:
                most = max(table[what].values(), default=0)
                best = [a for a, n in table[what].items() if n == most] or sorted(set(answers))
                right += (answer in best) / len(best)
    return right / len(answers)


def half(at: float) -> str:
    return "middle" if at == 0.5 else "first" if at < 0.5 else "second"


def stacks(plans: dict[str, CasePlan], items: Sequence[Item]) -> None:
    """Print what the place of one mark tells, by modality."""
    heads = ("half of A", "half of B", "eighth of A", "eighth of B", "fixed half")
    print("\ncross_slice: share answered by" + "".join(f"{head:>13}" for head in heads) + "   items")
    for modality in sorted({item.modality for item in items}):
        own = [i for i in items if i.modality == modality and i.task == "cross_slice"]
        answers, cases = [i.sign for i in own], [i.case_id for i in own]
        for name in ("close", "as drawn"):
            shown = [close_stack(plans[i.case_id], i) if name == "close" else sorted(i.slices) for i in own]
            scores = []
            for rule in (half, lambda at: min(7, int(8 * at))):
                for key in ("structure_a", "structure_b"):
                    seen = [
                        rule(place(plans[i.case_id], i, getattr(i, key), s))
                        for i, s in zip(own, shown, strict=True)
                    ]
                    scores.append(learned(seen, answers, cases))
            at = [place(plans[i.case_id], i, str(i.structure_a), s) for i, s in zip(own, shown, strict=True)]
            scores.append(np.mean([(a > 0.5) == (i.sign > 0) for a, i in zip(at, own, strict=True)]))
            print(
                f"  {modality:4} {name:23}" + "".join(f"{score:13.1%}" for score in scores) + f"{len(own):8}"
            )


def canvases(plans: dict[str, CasePlan], items: Sequence[Item]) -> None:
    """Print how often the size of the canvas tells the plane, by modality."""
    for modality in sorted({item.modality for item in items}):
        facts = [plan.facts for plan in plans.values() if plan.facts.modality == modality]
        shapes, answers, cases = [], [], []
        for case in facts:
            for plane in PLANES:
                size = canvas(plane, "viewing", case.shape, case.spacing_mm, 256)
                shapes.append((size.width, size.height))
                answers.append(plane)
                cases.append(case.case_id)
        own, square = learned(shapes, answers, cases), learned([256] * len(answers), answers, cases)
        print(f"slice_direction, {modality}: canvas of its slice {own:.1%}, square canvas {square:.1%}")


def words(plans: dict[str, CasePlan], items: Sequence[Item]) -> None:
    """Print the largest imbalance of medial and lateral in a cell."""
    cells: dict[object, Counter] = defaultdict(Counter)
    for item in items:
        side = plans[item.case_id].facts.side
        if side and item.axis == "x" and item.is_relation:
            cells[item.dimension, item.plane, item.task][item.sign * axis_sign("x", side)] += 1
    worst = max((abs(c[1] - c[-1]) for c in cells.values()), default=0)
    print(f"medial and lateral: {len(cells)} cells, largest difference {worst}")


def facts_left_out(count: Counter) -> None:
    """Print how many facts the distance and the ends of the scans leave out."""
    for modality in sorted({key[0] for key in count}):
        for axis in AXES:
            overlap, near, certain, cut = (
                count[modality, axis, what] for what in ("overlap", "near", "certain", "cut")
            )
            print(
                f"{modality} {axis}: {overlap:7,} facts by overlap, {near} nearer than the threshold; "
                f"{cut:,} of {certain:,} certain ones ({cut / max(1, certain):.1%}) at a cut end"
            )


def run(sources: list[str]) -> None:
    refs = [ref for source in sources for ref in list_cases(source).refs]
    with ProcessPoolExecutor() as pool:
        found = list(pool.map(planned, refs, chunksize=2))
    plans = {plan.facts.case_id: plan for plan, _ in found}
    items = draw(plans.values(), DrawSettings(preset="paper"))
    questions = Counter()
    for item in items:
        questions[item.modality] += 24 if item.is_relation else 2
    cases = Counter(plan.facts.modality for plan in plans.values())
    print(f"{', '.join(sources)}: {questions.total():,} questions")
    for modality, number in cases.items():
        share, own = questions[modality] / questions.total(), number / cases.total()
        print(f"  {modality}: {questions[modality]:,} questions ({share:.1%}) of {number} cases ({own:.1%})")
    facts_left_out(sum((count for _, count in found), Counter()))
    canvases(plans, items)
    words(plans, items)
    stacks(plans, items)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--torsos", type=int, default=60, help="number of phantom torsos")
    parser.add_argument("--knees", type=int, default=20, help="number of phantom knees")
    parser.add_argument("--real", action="store_true", help="the real scans instead of phantoms")
    options = parser.parse_args()
    if not options.real:
        run([f"phantom:torso?n={options.torsos}", f"phantom:knee?n={options.knees}"])
    elif (DATA / "ct_torso").is_dir():
        run([f"totalsegmentator:{DATA / 'ct_torso'}", f"oai:{DATA / 'oai_knee'}"])
    else:
        sys.exit("no real scans: set MISGROUND_TEST_DATA to the folder that holds ct_torso")


if __name__ == "__main__":
    main()

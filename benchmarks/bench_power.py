"""Whether `misground power` is right: how often a true difference of the size that it names is shown.

Run: python benchmarks/bench_power.py [--runs 200] [--times 4]

The design is the questions that `misground build` draws from planned phantoms. Each planned contrast gets
the true difference that is said to be shown in 80% of runs, in made-up runs whose seeds the estimate did not
have. Then the number of cases that a difference is said to need, beside the true number. Every line says what
must hold, and if it does not.
"""

import argparse
from collections.abc import Sequence

import numpy as np
import polars as pl
from simulated import drawn_items

from misground.analysis.planned import Contrast, contrasts, detectable
from misground.analysis.plans import PLANS, Plan
from misground.power.design import Design
from misground.power.made import Assumed, made_pair
from misground.power.power import Power, Row, power
from misground.questions.cross import combinations

LEAST, MOST = 0.75, 0.85
LARGEST = 0.35
"""Above this, chances would be cut at 0 and 1, and the true difference would not be the stated one."""
ASSUMED = Assumed()


def design_of(torsos: int, knees: int, questions: int) -> Design:
    """The questions that the preset `paper` draws from these numbers of phantoms."""
    rows = [
        {
            "item_id": item.item_id, "case_id": item.case_id, "modality": item.modality,
            "dimension": item.dimension, "task": item.task, "structure_a": item.structure_a,
            "structure_b": item.structure_b, "coordinates": coordinates, "prompt": prompt, "terms": terms,
            "condition": condition,
        }
        for item in drawn_items(torsos, knees, questions)
        for condition, coordinates, prompt, terms in combinations(item)
    ]  # fmt: skip
    return Design.of(pl.DataFrame(rows, infer_schema_length=None))


def margins(design: Design, plan: Plan, size: float, runs: int, seed: int) -> np.ndarray:
    """How far the near end of the interval lies from 0 in made-up runs with a true difference of this size.

    Each draw is taken twice, with the difference and with its opposite, so that chance favours neither.
    Without an interval: minus infinity.
    """
    found = []
    for sign in (1, -1):
        true = sign * size * cut(design, plan, sign * size)
        for number in range(runs):
            ends = only(design, plan, 1, (seed, number), true).robust.ends
            found.append(-np.inf if ends is None else ends[0] if sign > 0 else -ends[1])
    return np.array(found)


def cut(design: Design, plan: Plan, size: float) -> float:
    """What a difference is multiplied with to be of this size though chances end at 0 and 1."""
    effects = [
        [only(design, plan, None, (99, number), true).effect for number in range(10)] for true in (0.0, size)
    ]
    return size / float(np.mean(effects[1]) - np.mean(effects[0]))


def only(design: Design, plan: Plan, epochs: int | None, seed: Sequence[int], true: float) -> Contrast:
    """One contrast in made-up runs with a true difference."""
    pair = made_pair(design, ASSUMED, epochs, seed, true=(plan, true))
    (found,) = contrasts(pair[:1], [pair], [plan])
    return found


def told_sizes(design: Design, runs: int) -> None:
    """Each contrast at the difference that is said to be shown in 80% of runs.

    Beside it, the share at the difference that the standard errors alone would name.
    """
    found = power(design, ASSUMED)
    shares, alone = [], []
    for row in found.rows:
        about = row.about
        if row.interval is None or row.interval > LARGEST or about is None or about.error is None:
            print(f"{row.plan.name:<64} left out: {row.reason or f'{100 * row.interval:.1f} points'}")
            continue
        near = margins(design, row.plan, row.interval, runs, 1)
        formula = detectable(about.error, about.freedom)
        shares.append(np.mean(near > 0))
        alone.append(np.mean(near + formula - row.interval > 0))
        also = (
            f"  ({100 * row.interval:.1f} points; standard errors alone: {100 * formula:.1f} points, in "
            f"{100 * alone[-1]:.0f}%)"
        )
        report(row.plan.name, float(shares[-1]), also)
    also = f"  (standard errors alone: {100 * np.mean(alone):.0f}%)"
    report(f"mean of {len(shares)} contrasts", float(np.mean(shares)), also)


def report(what: str, share: float, also: str) -> None:
    """Print a share of runs in percent, and whether it is between `LEAST` and `MOST`."""
    missed = "" if LEAST <= share <= MOST else "MISSED"
    print(f"{what:<64} {100 * share:5.1f}  75 to 85     {missed}{also}", flush=True)


def row_of(name: str, found: Power) -> Row:
    """The row of a contrast."""
    return next(row for row in found.rows if row.plan.name == name)


def told_cases(design: Design, runs: int, times: int) -> None:
    """The difference that a multiple of the cases shows: how many cases is it said to need?"""
    larger = design.times(times)
    whole = power(larger, ASSUMED)
    for name in ("semantic minus default", "viewing minus storage, anatomical", "any mark minus none"):
        size = row_of(name, whole).interval
        assert size is not None
        needs = row_of(name, power(design, ASSUMED, wanted=size)).needs_interval
        assert needs is not None
        plan = next(one for one in PLANS if one.name == name)
        report(
            f"{name}, {larger.cases} cases",
            float(np.mean(margins(larger, plan, size, runs, 2) > 0)),
            f"  ({100 * size:.1f} points; said to need {needs.cases or 'more than any'} cases)",
        )


def main(arguments: Sequence[str] | None = None) -> None:
    raw = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=raw)
    parser.add_argument("--runs", type=int, default=300, help="made-up draws for each line, each with +, -")
    parser.add_argument("--times", type=int, default=4, help="times the cases")
    chosen = parser.parse_args(arguments)
    error = 100 * 1.96 * np.sqrt(0.8 * 0.2 / (2 * chosen.runs))
    print(f"{2 * chosen.runs} runs a line: a true 80% shows as 80.0 +- {error:.1f}")
    for name, design in (("torsos and knees", design_of(12, 8, 4000)), ("knees", design_of(0, 12, 2000))):
        size = f"{len(design):,} questions, {len(design.items)} items, {design.cases} cases"
        print(f"\n{name}, {size}: % of runs that show the difference")
        told_sizes(design, chosen.runs)
        if name == "knees":
            print("\nthe number of cases that a difference needs, on the knees")
            told_cases(design, chosen.runs, chosen.times)


if __name__ == "__main__":
    main()

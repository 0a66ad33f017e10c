"""How often the intervals and verdicts of a report are right about experiments with known truth.

Run: python benchmarks/bench_coverage.py [--draws 200] [--cases 6] [--reports 40]

Each draw is an experiment of its own (see `simulated`): a nominal 95% interval should hold the truth in 95%
of draws, and a verdict where there is nothing should be rare. Every line says what must hold, and if it does
not.
"""

import argparse
from collections.abc import Iterator, Sequence
from itertools import product

import numpy as np
from crossed import crossed_model
from lines import Line, show
from simulated import WORDINGS, Design, cases_alone, drawn_design, made_run, replies

from misground.analysis.accuracy import sampling_limit
from misground.analysis.clusters import clustered_interval
from misground.analysis.comparisons import compare_runs, direction
from misground.analysis.dependence import Groups
from misground.analysis.paired import compare
from misground.analysis.planned import planned
from misground.analysis.robust import credible_interval, robust_accuracy, robust_difference
from misground.power.effects import Effects

MEAN = 0.6
LEVELS = {
    "little": Effects(0.05, 0.02, 0.03, 0.10),
    "some": Effects(0.05, 0.05, 0.05, 0.10),
    "much": Effects(0.05, 0.12, 0.08, 0.10),
}
"""How much pairs and structures matter (standard deviations of the chance of a right answer)."""


def holds(ends: tuple[float, float] | None, truth: float) -> bool:
    return ends is not None and ends[0] <= truth <= ends[1]


def coverage(designs: dict[str, Design], draws: int, random: np.random.Generator) -> Iterator[Line]:
    """Accuracies: the interval for other cases and structures, by case alone, if independent."""
    for (name, design), (level, effects) in product(designs.items(), LEVELS.items()):
        counts = np.zeros(3)
        for _ in range(draws):
            right = replies(MEAN + effects.draw(design, random), random)
            items, groups = right.mean(axis=1), design.groups()
            case = clustered_interval(items, design.cases, bounds=(0.0, 1.0))
            counts += [
                holds(robust_accuracy(items, groups).ends, MEAN),
                case.low is not None and holds((case.low, case.high or 1.0), MEAN),
                holds(credible_interval(right.sum(), right.size), MEAN),
            ]
        robust, by_case, independent = counts / draws
        also = f"(by case alone {100 * by_case:.0f}, if independent {100 * independent:.0f})"
        yield Line(f"{name}, pairs and structures matter {level}", robust, least=0.92, also=also)


def differences(designs: dict[str, Design], draws: int, random: np.random.Generator) -> Iterator[Line]:
    """Differences within items that are zero on average."""
    for (name, design), (level, effects) in product(designs.items(), LEVELS.items()):
        false = by_case = 0
        for _ in range(draws):
            shift = effects.draw(design, random) / 2
            a = replies(np.full(len(design), MEAN), random, 4).mean(axis=1)
            b = replies(MEAN + shift, random, 4).mean(axis=1)
            false += not holds(robust_difference(b - a, design.groups()).ends or (0, 0), 0.0)
            case = clustered_interval(b - a, design.cases, bounds=(-1.0, 1.0))
            by_case += not holds((case.low or 0.0, case.high or 0.0), 0.0)
        also = f"(by case alone {100 * by_case / draws:.0f})"
        yield Line(f"{name}, pairs and structures matter {level}", false / draws, most=0.07, also=also)


def posterior(
    draws: int,
    random: np.random.Generator,
    cases: Sequence[int] = (2, 3, 5, 9, 10, 30, 200, 1437),
) -> Iterator[Line]:
    """P(B better) where nothing is better."""
    for number in cases:
        design = cases_alone([3] * number)
        beyond = 0
        for _ in range(draws):
            level = MEAN + Effects(0.1, 0, 0, 0.1).draw(design, random)
            sides = [replies(level + random.normal(0, 0.05, number)[design.cases], random) for _ in "ab"]
            better = compare(*(side.mean(axis=1) for side in sides), design.groups()).better
            beyond += better is not None and not 0.025 <= better <= 0.975
        yield Line(f"{number} cases", beyond / draws, most=0.07)


def ceiling(draws: int, random: np.random.Generator) -> Iterator[Line]:
    """Accuracies near 1, where the other interval misses on one side."""
    for kind, cases in product(("equal", "unequal"), (5, 10, 30)):
        held = 0
        for _ in range(draws):
            sizes = [12] * cases if kind == "equal" else random.choice([2, 4, 8, 24], cases).tolist()
            design = cases_alone(sizes)
            chance = random.beta(0.95 * 19, 0.05 * 19, cases)[design.cases]
            right = (random.random(len(design)) < chance).astype(float)
            found = robust_accuracy(right, design.groups())
            held += holds(found.ends or found.bound, 0.95)
        least = 0.93 if kind == "equal" else 0.91
        yield Line(f"{cases} cases with {kind} numbers of questions", held / draws, least=least)


def alike() -> None:
    """All right: a bound by items, and no verdict."""
    items = np.repeat(np.arange(3), WORDINGS)
    found = robust_accuracy(np.ones(3 * WORDINGS), Groups(items, np.full((3 * WORDINGS, 2), -1), items))
    turned = compare(np.zeros(2), np.ones(2), Groups.of_cases(np.arange(2)))
    print("\nall alike")
    print(
        f"3 items, all 72 wordings right: interval {found.ends}, bound {100 * (found.bound or (0,))[0]:.1f}"
    )
    print(f"2 cases, both turned: interval {turned.robust.ends}, P(B better) {turned.better}")


def limits(draws: int, random: np.random.Generator) -> Iterator[Line]:
    """The interval over more samples: what it holds."""
    for epochs in (3, 5, 10):
        limit = another = 0
        for _ in range(draws):
            chance = np.clip(random.beta(1.2, 0.8, 200), 0.02, 0.98)
            ask = lambda: (random.random((200, epochs)) < chance[:, None]).astype(np.int8)  # noqa: B023, E731
            found = sampling_limit(ask())
            assert found is not None
            limit += found.low <= chance.mean() <= found.high
            another += found.low <= ask().mean() <= found.high
        also = f"(the mean of another run {100 * another / draws:.0f})"
        yield Line(f"the limit, {epochs} epochs", limit / draws, least=0.93, also=also)


_MARKS = ("mask", "box", "point")
_TERMS = ("anatomical", "colloquial")
_COORDINATES = ("storage", "viewing")


def _cell(coordinates: str, prompt: str, terms: str, condition: str = "image") -> dict[str, str]:
    return {"coordinates": coordinates, "prompt": prompt, "terms": terms, "condition": condition}


CELLS = [
    *(_cell(*levels) for levels in product(_COORDINATES, ("none", *_MARKS), _TERMS)),
    *(_cell("viewing", "none", terms, "text_only") for terms in _TERMS),
    *(_cell(*levels, "colloquial", "blank") for levels in product(_COORDINATES, _MARKS)),
]
"""The 24 wordings of a relation item."""


def reports(design: Design, count: int, gain: float, random: np.random.Generator) -> Iterator[list]:
    """The planned contrasts of reports on a model and its semantic decoding, which gains so much.

    Each factor has effects of its own for cases, structures and pairs, zero on average.
    """
    factors = {
        ("coordinates", "viewing"),
        ("terms", "colloquial"),
        ("condition", "image"),
        ("condition", "blank"),
    }
    factors |= {("prompt", mark) for mark in ("mask", "box", "point")}
    for _ in range(count):
        base = 0.5 + Effects(0.05, 0.05, 0.05, 0.1).draw(design, random)
        slopes = {one: Effects(0.03, 0.03, 0.03, 0.05).draw(design, random) for one in sorted(factors)}
        cells = np.stack(
            [base + sum(slopes[one] for one in slopes if cell[one[0]] == one[1]) for cell in CELLS], axis=1
        )
        shift = gain + Effects(0.03, 0.03, 0.03, 0.05).draw(design, random)[:, None]
        yield planned(
            [
                made_run(design, {"right": replies(cells, random)}, CELLS, name="a"),
                made_run(
                    design, {"right": replies(cells + shift, random)}, CELLS, name="b", decoding="semantic"
                ),
            ]
        )


def verdicts(design: Design, count: int, random: np.random.Generator) -> Iterator[Line]:
    """Whole reports: false verdicts without any effect, and how often a true gain is told."""
    found = list(reports(design, count, 0.0, random))
    crossed = [one for report in found for one in report if "anatomical minus colloquial" in one.name]
    told = [any(one.verdict in {"higher", "lower"} for one in report) for report in found]
    hints = [any(one.verdict == "hint" for one in report) for report in found]
    outside = np.mean([one.verdict not in {"none", "unknown"} for one in crossed])
    yield Line(
        "no effect: an interaction's own interval leaves out 0 (of contrasts)", float(outside), most=0.07
    )
    also = f"(holds a hint {100 * np.mean(hints):.0f})"
    yield Line("no effect: the report calls any difference", float(np.mean(told)), most=0.05, also=also)
    for name in dict.fromkeys(one.name for report in found for one in report):
        mine = [one for report in found for one in report if one.name == name]
        called = np.mean([one.verdict in {"higher", "lower"} for one in mine])
        alone = np.mean([one.verdict not in {"none", "unknown"} for one in mine])
        also = f"(its own interval leaves out 0 in {100 * alone:.1f})"
        yield Line(f"no effect: called, {name}", float(called), most=0.05, also=also)
    for gain in (0.05, 0.1):
        gains = [
            next(one for one in report if one.table == "decoding")
            for report in reports(design, count, gain, random)
        ]
        alone = np.mean([one.verdict in {"higher", "hint"} for one in gains])
        held = np.mean([one.verdict == "higher" for one in gains])
        detectable = np.median([one.detectable or np.nan for one in gains])
        also = f"(by its interval {100 * alone:.0f}; {100 * detectable:.1f} points have 80%)"
        yield Line(f"gain of {100 * gain:.0f} points: called a difference", float(held), also=also)


def beside_mixed(design: Design, draws: int, random: np.random.Generator) -> Iterator[Line]:
    """Accuracies beside a crossed mixed model of the items' means."""
    held, ours, theirs = np.zeros(2), [], []
    for _ in range(draws):
        means = replies(MEAN + LEVELS["some"].draw(design, random), random).mean(axis=1)
        fit, found = crossed_model(means, design), robust_accuracy(means, design.groups())
        held += [holds(found.ends, MEAN), holds(fit.ends, MEAN)]
        ours.append(found.dependence.error or np.nan)
        theirs.append(fit.error)
    ratio = np.median(np.array(ours) / np.array(theirs))
    also = f"(the mixed model {100 * held[1] / draws:.0f}; our error is {ratio:.2f} times its own)"
    yield Line("the interval of the report", held[0] / draws, least=0.92, also=also)


def one_gate(draws: int, random: np.random.Generator) -> Iterator[Line]:
    """A true gain over 200 cases in 5 epochs: what the interval shows, and what is said of it."""
    design, outside, said, findings = cases_alone([3] * 200), 0, 0, 0
    cell = [_cell("viewing", "none", "anatomical")]
    for _ in range(draws):
        base = MEAN + Effects(0.1, 0, 0, 0.3).draw(design, random)
        runs = [
            made_run(
                design,
                {"right": replies(base + gain, random, 5).mean(axis=1, keepdims=True)},
                cell,
                name=name,
                decoding=decoding,
            )
            for name, decoding, gain in (("a", "default", 0.0), ("b", "semantic", 0.04))
        ]
        found = compare_runs(*runs)
        low = found.paired.robust.low if found.paired else None
        outside += low is not None and low > 0
        said += direction(found) == "better"
        contrast = next(one for one in planned(runs) if one.table == "decoding")
        findings += contrast.verdict in {"higher", "hint"}
    also = f"(the interval leaves out 0 in {100 * outside / draws:.1f})"
    yield Line("`misground compare` says so", said / draws, outside / draws, outside / draws, also)
    yield Line(
        "the report has a difference or a hint", findings / draws, outside / draws, outside / draws, also
    )


def steps(cases: int, draws: int, count: int) -> Iterator[tuple[str, Iterator[Line]]]:
    """Every part: its title and its lines, in the order of the report.

    Args:
        cases: number of phantoms of each kind in the design.
        draws: number of experiments a line.
        count: number of whole reports.
    """
    random = np.random.default_rng(20)
    designs = drawn_design(cases, cases)
    yield "accuracy 60%, 24 correlated wordings an item: held in % of draws", coverage(designs, draws, random)
    yield "no difference within items: called one in % of draws", differences(designs, draws, random)
    yield (
        "P(B better) beyond 0.975 or 0.025 without a difference, 24 wordings an item: % of draws",
        posterior(draws, random),
    )
    yield "accuracy 95%: held in % of draws", ceiling(draws, random)
    yield "95% limit over more samples of these questions: % of draws that hold", limits(draws, random)
    yield "a gain over 200 cases in 5 epochs: told in % of draws", one_gate(draws, random)
    yield (
        "accuracy 60% on the knees beside a crossed mixed model: held in % of draws",
        beside_mixed(designs["knee"], max(2, draws // 5), random),
    )
    yield (
        "whole reports on a model and its semantic decoding: % of reports",
        verdicts(designs["all"], count, random),
    )


def main(arguments: Sequence[str] | None = None) -> None:
    raw = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=raw)
    parser.add_argument("--draws", type=int, default=200)
    parser.add_argument("--cases", type=int, default=6, help="phantoms of each kind")
    parser.add_argument("--reports", type=int, default=40)
    chosen = parser.parse_args(arguments)
    for name, design in drawn_design(chosen.cases, chosen.cases).items():
        pairs, names = int(design.pairs.max()) + 1, len(np.unique(design.structures))
        print(
            f"{name}: {len(design)} items of {len(np.unique(design.cases))} cases, {names} structures, "
            f"{pairs} pairs"
        )
    error = 100 * 1.96 * np.sqrt(0.95 * 0.05 / chosen.draws)
    print(f"{chosen.draws} draws a line: a true 95% shows as 95.0 +- {error:.1f}")
    alike()
    for title, lines in steps(chosen.cases, chosen.draws, chosen.reports):
        show(title, lines)


if __name__ == "__main__":
    main()

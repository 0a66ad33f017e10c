"""Whether a report credits a gain of semantic sampling to its true cause, on made-up runs.

Run: python benchmarks/bench_gain.py [--draws 200] [--cases 60]

Each draw is an experiment with a run of each arm, whose chance of a right answer is made for one cause. A
report should name that cause, and credit neighbours in at most 5% of the experiments in which they do
nothing.
"""

import argparse
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
from lines import Line, show
from simulated import cases_alone, made_run, replies

from misground.analysis.arms import arm_pairs
from misground.analysis.planned import Contrast, contrasts, holm
from misground.analysis.plans import PLANS
from misground.analysis.results import Run
from misground.analysis.shift import shift_rows
from misground.records.arms import decoding_of
from misground.report.gain import credit, flipped_wins

BASE = 0.5
ITEMS = 4
WORDINGS = 4
CELL = [{"coordinates": "viewing", "prompt": "none", "terms": "anatomical", "condition": "image"}]
NOTHING = "nothing"
"""Stands for a report without an explanation, because it shows no gain."""


@dataclass(frozen=True)
class Experiment:
    """What each arm gains.

    Attributes:
        gains: arm -> what it adds to the chance of a right answer; the order of the runs.
        shifts: arm -> what it adds where "superior" is right, and takes where "inferior" is.
        superior: share of questions where "superior" is right.
        causes: what a report may name.
    """

    gains: Mapping[str, float]
    causes: tuple[str, ...]
    shifts: Mapping[str, float] = field(default_factory=dict)
    superior: float = 0.5


def _gains(**more: float) -> dict[str, float]:
    arms = ("default", "greedy", "semantic", "identity", "shuffled", "random", "flipped")
    return {arm: more.get(arm, 0.0) for arm in arms}


EVERY = dict.fromkeys(("greedy", "semantic", "identity", "shuffled", "random", "flipped"), 0.2)
NULLS = {
    "nothing gains": Experiment(_gains(), (NOTHING, "not neighbours")),
    "greedy decoding alone gains": Experiment(_gains(**EVERY), ("not neighbours",)),
    "identity gains as much": Experiment(_gains(semantic=0.25, identity=0.25), ("not neighbours",)),
    "neighbours without meaning gain as much": Experiment(
        _gains(semantic=0.25, shuffled=0.25, random=0.25), ("any neighbours", "not neighbours")
    ),
    "one word is said more often, and is right more often": Experiment(
        _gains(), ("one word", "not neighbours", NOTHING), {"semantic": 0.35}, superior=0.75
    ),
}
GAINS = {
    "neighbours alone gain": Experiment(_gains(semantic=0.25), ("neighbours",)),
    "neighbours gain beyond greedy decoding": Experiment(
        _gains(**{**EVERY, "semantic": 0.42}), ("neighbours",)
    ),
}
Named = dict[str, tuple[Experiment, Counter[str]]]
MIRROR = Experiment(_gains(flipped=0.25, semantic=-0.2), ("harm",))


def runs_of(made: Experiment, cases: int, random: np.random.Generator) -> list[Run]:
    """A run of each arm, on the same questions."""
    design = cases_alone([ITEMS] * cases)
    hard = random.normal(0, 0.1, len(design))
    first = random.permutation(len(design)) < round(made.superior * len(design))
    found = []
    for arm, gain in made.gains.items():
        side = np.where(first, 1, -1) * made.shifts.get(arm, 0.0)
        right = replies(BASE + hard + gain + side, random, WORDINGS).mean(axis=1, keepdims=True)
        about = {"name": arm, "decoding": decoding_of(arm), "arm": arm}
        found.append(made_run(design, {"right": right}, CELL, first, **about))
    return found


def tested(runs: list[Run]) -> list[Contrast]:
    """The planned contrasts of these runs; their one wording has none of those between wordings."""
    kept = [plan for plan in PLANS if plan.kind in ("guessing", "decoding")]
    return holm(contrasts(runs, arm_pairs(runs), kept))


def causes(made: Experiment, cases: int, draws: int, random: np.random.Generator) -> Counter[str]:
    """How often a report names each cause."""
    found: Counter[str] = Counter()
    for _ in range(draws):
        runs = runs_of(made, cases, random)
        told = credit(runs, tested(runs), shift_rows(arm_pairs(runs)))
        found[told[0].cause if told else NOTHING] += 1
    return found


def named(made: Mapping[str, Experiment], cases: int, draws: int, random: np.random.Generator) -> Named:
    """For each experiment how often each cause is named."""
    return {name: (one, causes(one, cases, draws, random)) for name, one in made.items()}


def false_credit(found: Named) -> Iterator[Line]:
    """How often neighbours are credited that do nothing."""
    for name, (_, told) in found.items():
        yield Line(name, told["neighbours"] / told.total(), most=0.05)


def right_causes(found: Named) -> Iterator[Line]:
    """How often the true cause is named."""
    for name, (made, told) in found.items():
        right = sum(told[cause] for cause in made.causes)
        yield Line(name, right / told.total(), least=0.8, also=_listed(told))


def mirrored(cases: int, draws: int, random: np.random.Generator) -> Iterator[Line]:
    """How often a report says that crowded candidates are the wrong ones, where they are and are not."""
    for name, made, least, most in (
        ("crowded candidates are wrong", MIRROR, 0.8, None),
        ("nothing gains", NULLS["nothing gains"], None, 0.05),
    ):
        told = 0
        for _ in range(draws):
            runs = runs_of(made, cases, random)
            told += bool(flipped_wins(runs, tested(runs)))
        yield Line(name, told / draws, least=least, most=most)


def _listed(found: Counter[str]) -> str:
    return ", ".join(f"{cause} {count}" for cause, count in found.most_common())


def main() -> None:
    """Print the shares."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--draws", type=int, default=200)
    parser.add_argument("--cases", type=int, default=60)
    given = parser.parse_args()
    random = np.random.default_rng(18)
    nulls, gains = (named(made, given.cases, given.draws, random) for made in (NULLS, GAINS))
    show("Neighbours credited where they do nothing", false_credit(nulls))
    show("The true cause named", right_causes(nulls | gains))
    show("Subtracting the neighbours' mass said to help", mirrored(given.cases, given.draws, random))


if __name__ == "__main__":
    main()

"""Which arms are compared: the pairs that take a gain of semantic sampling apart."""

from collections.abc import Sequence
from typing import Final

from misground.analysis.results import Run

PAIRS: Final = (
    ("default", "semantic"),
    ("default", "semantic-softmax"),
    ("default", "semantic-proportional"),
    ("default", "greedy"),
    ("greedy", "semantic"),
    ("identity", "semantic"),
    ("shuffled", "semantic"),
    ("random", "semantic"),
    ("identity", "flipped"),
)
"""(A, B) of each planned contrast B minus A: the whole gain, what greedy decoding gives alone, and what is
left for neighbours beside greedy decoding, the rule without neighbours, and neighbours without meaning."""

EXPLAINING: Final = ("default", "greedy", "identity", "shuffled", "random", "flipped")
"""The arms beside `semantic` that take a gain apart."""


def arm_pairs(runs: Sequence[Run]) -> list[tuple[Run, Run]]:
    """The pairs (A, B) of runs of one model on one benchmark whose arms are in `PAIRS`, in its order."""
    groups: dict[tuple[str, str], dict[str, list[Run]]] = {}
    for run in runs:
        groups.setdefault((run.model, run.benchmark_hash), {}).setdefault(run.arm, []).append(run)
    return [
        (a, b)
        for arms in groups.values()
        for first, second in PAIRS
        for a in arms.get(first, ())
        for b in arms.get(second, ())
    ]

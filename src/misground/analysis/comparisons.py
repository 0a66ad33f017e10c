"""Comparisons: of two runs question by question, and of two levels of a factor within items."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

import polars as pl

from misground.analysis.cells import FACTORS, WITHIN, groups_of, select
from misground.analysis.paired import Paired, compare
from misground.analysis.plans import Levels
from misground.analysis.results import Run
from misground.records import LEVELS

Verdict = Literal["better", "worse", "none", "unknown"]


@dataclass(frozen=True)
class Comparison:
    """B against A on the questions that both answered.

    Attributes:
        a: name of side A.
        b: name of side B.
        paired: the paired statistics; None if there are no pairs.
        only_a: ids of side A's unpaired questions: B lacks the counterpart, or one of the two is an error.
        only_b: ids of side B's unpaired questions.
    """

    a: str
    b: str
    paired: Paired | None
    only_a: Sequence[str]
    only_b: Sequence[str]


def compare_runs(a: Run, b: Run, levels: Levels = MappingProxyType({})) -> Comparison:
    """Run B against run A, question by question.

    Args:
        a: run A.
        b: run B.
        levels: restricts the questions to these levels.
    """
    left, right = (select(run.questions, **levels) for run in (a, b))
    return compare_keyed((a.name, left), (b.name, right), ["question_id"])


def compare_levels(
    questions: pl.DataFrame,
    factor: str,
    a: str,
    b: str,
    levels: Levels = MappingProxyType({}),
) -> Comparison:
    """Level B of a factor against level A, within items and with the other within-item factors equal.

    Args:
        questions: rows of one run's `Run.questions`.
        factor: one of `WITHIN`.
        a: level A.
        b: level B.
        levels: restricts the questions to these levels of other factors.

    Raises:
        ValueError: the factor does not vary within items, or has no such level.
    """
    if factor not in WITHIN:
        raise ValueError(f"{factor!r} does not vary within items, expected one of {', '.join(WITHIN)}")
    for level in (a, b):
        if level not in LEVELS[factor]:
            raise ValueError(f"{factor} has no level {level!r}, expected one of {', '.join(LEVELS[factor])}")
    chosen = select(questions, **levels)
    left, right = (select(chosen, **{factor: level}) for level in (a, b))
    key = ["item_id", *(name for name in WITHIN if name != factor)]
    return compare_keyed((a, left), (b, right), key)


def parse_levels(texts: Sequence[str]) -> dict[str, list[str]]:
    """Parse filters such as "terms=anatomical|lay,dimension=2d" into levels for `select`.

    Raises:
        ValueError: there is no such factor or level.
    """
    found: dict[str, list[str]] = {}
    for text in texts:
        for part in text.split(","):
            name, equals, values = part.strip().partition("=")
            if not equals or name not in FACTORS:
                raise ValueError(
                    f"found {part.strip()!r}, expected FACTOR=LEVEL with one of {', '.join(FACTORS)}"
                )
            levels = values.split("|")
            for level in levels:
                if level not in LEVELS[name]:
                    raise ValueError(
                        f"{name} has no level {level!r}, expected one of {', '.join(LEVELS[name])}"
                    )
            found.setdefault(name, []).extend(levels)
    return found


def compare_keyed(a: tuple[str, pl.DataFrame], b: tuple[str, pl.DataFrame], key: Sequence[str]) -> Comparison:
    """Side B against side A, on the questions that agree in some columns.

    Args:
        a: name and questions of side A, with `correct` and `replies`.
        b: name and questions of side B.
        key: the columns that make a pair; no two questions of a side are alike in all of them.
    """
    left, right = (_answered(frame, key) for frame in (a[1], b[1]))
    both = left.join(right, on=list(key), how="inner", suffix="_b", maintain_order="left")
    paired = (
        compare(both["mean"].to_numpy(), both["mean_b"].to_numpy(), groups_of(both)) if len(both) else None
    )
    only_a, only_b = (
        frame.join(both, on=list(key), how="anti", maintain_order="left")["question_id"].to_list()
        for frame in (a[1], b[1])
    )
    return Comparison(a[0], b[0], paired, only_a, only_b)


def _answered(questions: pl.DataFrame, key: Sequence[str]) -> pl.DataFrame:
    columns = {"question_id", *key, "case_id", "item_id", "structure_a", "structure_b"}
    answered = questions.filter(pl.col("replies") > 0)
    return answered.select(*sorted(columns), mean=pl.col("correct") / pl.col("replies"))


def direction(comparison: Comparison) -> Verdict:
    """What the interval says about B: "better", "worse", "none" if it holds 0, "unknown" if there is none.

    If no pair differs, there is no interval and no difference: "none".
    """
    ends = None if comparison.paired is None else comparison.paired.robust.ends
    if ends is None:
        paired = comparison.paired
        alike = paired is not None and paired.robust.dependence.reason == "all alike"
        return "none" if alike and paired is not None and paired.difference == 0 else "unknown"
    return "better" if ends[0] > 0 else "worse" if ends[1] < 0 else "none"


def differing(a: Mapping[str, object] | None, b: Mapping[str, object] | None) -> list[str]:
    """Names of settings that both run records tell and that differ, apart from the model and the arm."""
    if a is None or b is None:
        return []
    first, second = (dict(record.get("settings") or {}) for record in (a, b))  # type: ignore[call-overload]
    apart = {"model", "decoding", "rule", "table", "control"}
    if a.get("arm") != b.get("arm") and {a.get("arm"), b.get("arm")} & {"greedy", "provider"}:
        apart |= {"sampler", "temperature", "top_p"}
    return sorted(name for name in first.keys() & second if name not in apart and first[name] != second[name])

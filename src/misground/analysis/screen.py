"""Items that all models answer alike: hard and easy ones, and labels that a person should look at.

An item is right for a model if most of its stated answers to relations with the picture are right, over all
wordings and epochs, and wrong if most are wrong. Where every strong model is wrong on an item most of the
time, the model may be misled by the picture, or the label may be wrong: the screen lists these items.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from misground.analysis.cells import estimate_of
from misground.analysis.results import Run
from misground.analysis.stated import asked, stated
from misground.analysis.wordings import seen_relations

CHANCE: Final = 0.5
CONTRADICTS: Final = 0.75
"""Share of stated answers from which a model contradicts a label."""
LEAST_MODELS: Final = 2
_ABOUT: Final = (
    "case_id", "modality", "dimension", "plane", "task", "axis", "structure_a", "structure_b", "evidence",
)  # fmt: skip


@dataclass(frozen=True)
class Agreed:
    """How often all models are right or wrong on an item.

    Attributes:
        benchmark: content hash of the benchmark.
        models: names of the models.
        items: number of items that all of them answered.
        right: number of items that all have right.
        wrong: number of items that all have wrong.
        right_independent: the number if models were right independently of each other.
        wrong_independent: the number if models were wrong independently of each other.
        strong: names of the models that are above guessing beyond doubt.
        suspects: items whose label every strong model contradicts; see `suspects`.
    """

    benchmark: str
    models: Sequence[str]
    items: int
    right: int
    wrong: int
    right_independent: float
    wrong_independent: float
    strong: Sequence[str]
    suspects: pl.DataFrame


def agreed(runs: Sequence[Run]) -> list[Agreed]:
    """The items of each benchmark that two or more models answered; one run of each model, the first."""
    found: dict[str, dict[str, Run]] = {}
    for run in runs:
        if not run.baseline:
            found.setdefault(run.benchmark_hash, {}).setdefault(run.model, run)
    return [
        one
        for mine in found.values()
        if len(mine) >= LEAST_MODELS and (one := _agreed(list(mine.values()))) is not None
    ]


def _agreed(runs: Sequence[Run]) -> Agreed | None:
    shares = [_wrong(run) for run in runs]
    table = shares[0]
    for number, other in enumerate(shares[1:], 1):
        table = table.join(
            other.select("item_id", "wrong"),
            on="item_id",
            how="inner",
            suffix=f"_{number}",
            maintain_order="left",
        )
    if table.is_empty():
        return None
    wrong = table.select(pl.col(r"^wrong(_\d+)?$")).to_numpy()
    strong = [at for at, run in enumerate(runs) if _strong(run)]
    rates = [
        (float((wrong[:, at] < 0.5).mean()), float((wrong[:, at] > 0.5).mean())) for at in range(len(runs))
    ]
    right_rate, wrong_rate = (float(np.prod([rate[kind] for rate in rates])) for kind in (0, 1))
    return Agreed(
        benchmark=runs[0].benchmark_hash,
        models=[run.name for run in runs],
        items=len(table),
        right=int((wrong < 0.5).all(axis=1).sum()),
        wrong=int((wrong > 0.5).all(axis=1).sum()),
        right_independent=right_rate * len(table),
        wrong_independent=wrong_rate * len(table),
        strong=[runs[at].name for at in strong],
        suspects=suspects(table, wrong[:, strong]),
    )


def suspects(items: pl.DataFrame, wrong: "np.ndarray") -> pl.DataFrame:
    """The items whose label every strong model contradicts, the most contradicted first.

    Args:
        items: items with `_ABOUT`, and `answer`: what the label says in the patient's frame.
        wrong: (n, models) share of the stated answers of each strong model that contradict the label.

    Returns:
        One row an item: what it asks, `label_says`, `models` (number of strong models), and
        `least_contradicted` and `mean_contradicted` (over models). Empty with fewer than two strong models.
    """
    least = wrong.min(axis=1, initial=1.0) if wrong.shape[1] >= LEAST_MODELS else np.zeros(len(items))
    found = items.with_columns(
        models=pl.lit(wrong.shape[1]),
        least_contradicted=pl.Series(least),
        mean_contradicted=pl.Series(wrong.mean(axis=1) if wrong.shape[1] else np.zeros(len(items))),
    )
    return (
        found.filter(pl.col("least_contradicted") >= CONTRADICTS)
        .sort("mean_contradicted", "item_id", descending=[True, False])
        .with_columns(
            delta_mm=pl.col("evidence").struct.field("delta_mm"),
            p_a_greater=pl.col("evidence").struct.field("p_a_greater"),
        )
        .select(
            "item_id",
            *_ABOUT[:-1],
            pl.col("answer").alias("label_says"),
            "delta_mm",
            "p_a_greater",
            "models",
            "least_contradicted",
            "mean_contradicted",
        )
    )


def flat_suspects(found: Sequence[Agreed]) -> pl.DataFrame:
    """The suspects of all benchmarks, one row an item."""
    return pl.concat(
        [one.suspects.with_columns(benchmark=pl.lit(one.benchmark)) for one in found], how="vertical_relaxed"
    )


def _wrong(run: Run) -> pl.DataFrame:
    """One row per item with stated answers: what it asks, and the share of them that is wrong."""
    known = seen_relations(asked(run, stated(run))).filter((pl.col("stated") > 0) & (pl.col("place") >= 0))
    patient = pl.col("answer").filter(pl.col("terms") == "anatomical").first()
    return known.group_by("item_id", maintain_order=True).agg(
        pl.col(_ABOUT).first(), answer=patient, wrong=1 - pl.col("right").sum() / pl.col("stated").sum()
    )


def _strong(run: Run) -> bool:
    """Whether the accuracy on relations with a picture is above guessing beyond doubt."""
    found = estimate_of(seen_relations(run.questions))
    ends = found.robust.ends or found.robust.bound
    return ends is not None and ends[0] > CHANCE

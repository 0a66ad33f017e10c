"""Contradictions: two answers about one fact that cannot both be true.

With two options, each answer places A on one side of B in the patient, whichever words and whichever picture
were used. Two answers about one fact contradict each other exactly where one is right and the other is
wrong, so the truth of the benchmark takes the place of a translation between frames. A pair of which one
reply states no option (no answer, refused, error) is no contradiction, and is counted apart.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final

import numpy as np
import polars as pl

from misground.analysis.agreement import Agreement, Pairs, agreement
from misground.analysis.cells import groups_of
from misground.analysis.wordings import FACTORS, seen_relations
from misground.records import LEVELS

CONTRADICTIONS: Final = ("terms", "coordinates", "twins")
ALIKE: Final = ("anatomical", "geometry")
"""Pairs within one kind of terms: anatomical wordings that differ in coordinates or in marks, whose options
are the same, and colloquial in-plane ones that differ in coordinates, whose options turn with the picture."""
_KEPT: Final = (
    "case_id", "item_id", "structure_a", "structure_b", "place", "calls", "stated", "right", "anatomy",
)  # fmt: skip
_FACT: Final = ("case_id", "pair", "axis")


@dataclass(frozen=True)
class Contradictions:
    """How often a run contradicts itself.

    Attributes:
        kind: one of `CONTRADICTIONS` or `ALIKE`.
        found: the pairs in which both questions have a stated answer, any epoch with any epoch.
        apart: share of all pairs of calls in which one states no option, averaged over pairs of questions.
        follows: (k, n) over the questions of these pairs about which anatomy speaks against the picture: the
            share of stated answers that follow anatomy, and the number of questions. None without any.
    """

    kind: str
    found: Agreement
    apart: float
    follows: tuple[float, int] | None = None


def contradictions(questions: pl.DataFrame) -> list[Contradictions]:
    """Contradictions between terms, coordinates and twins, and within terms, where a run has such pairs.

    Args:
        questions: `stated.asked` of the run, with the column `anatomy` if it is known.
    """
    if "anatomy" not in questions.columns:
        questions = questions.with_columns(anatomy=pl.lit(None, dtype=pl.Float64))
    known = seen_relations(questions).filter((pl.col("offered") == 2) & (pl.col("place") >= 0))
    # One row per wording, so that a foreign file with many rows of one wording has no square of pairs.
    relations = known.group_by(["item_id", *FACTORS, "place"], maintain_order=True).agg(
        pl.col(
            "case_id", "structure_a", "structure_b", "axis", "dimension", "plane", "task", "anatomy"
        ).first(),
        pl.col("calls", "stated", "right").sum(),
    )
    pairs = {kind: _within_items(relations, kind) for kind in ("terms", "coordinates")}
    pairs["twins"] = _twins(relations)
    patient = relations.filter(pl.col("terms") == "anatomical")
    turned = relations.filter((pl.col("terms") == "colloquial") & (pl.col("task") == "in_plane"))
    pairs["anatomical"] = pl.concat(
        [_within_items(patient, factor) for factor in ("coordinates", "prompt")], how="diagonal"
    )
    pairs["geometry"] = _within_items(turned, "coordinates")
    return [
        one for kind in (*CONTRADICTIONS, *ALIKE) if (one := _contradictions(kind, pairs[kind])) is not None
    ]


def _within_items(relations: pl.DataFrame, factor: str) -> pl.DataFrame:
    """Pairs of wordings of an item that differ in one factor only."""
    others = [name for name in FACTORS if name != factor]
    sides = [
        (f"{a} {b}", relations.filter(pl.col(factor) == a), relations.filter(pl.col(factor) == b))
        for a, b in combinations(LEVELS[factor], 2)
    ]
    return _joined(sides, ["item_id", *others], others)


def _twins(relations: pl.DataFrame) -> pl.DataFrame:
    """Pairs of items about one fact in different planes or dimensions, in the same wording (ours).

    The fact is the case, the two structures in either order, and the axis. Items of one fact in the same
    plane and dimension whose right option stands at the same place are taken together.
    """
    a, b = pl.col("structure_a"), pl.col("structure_b")
    facts = relations.drop_nulls(["structure_a", "structure_b", "axis"]).with_columns(
        pair=pl.concat_str(pl.min_horizontal(a, b), pl.max_horizontal(a, b), separator="\x1f")
    )
    first = pl.col("structure_a", "structure_b", "anatomy").first()
    shown = facts.group_by([*_FACT, "dimension", "plane", "place", *FACTORS], maintain_order=True).agg(
        first, pl.col("calls", "stated", "right").sum()
    )
    shown = shown.with_columns(
        item_id=pl.concat_str(*_FACT, separator="\x1f"),
        view=pl.struct("dimension", "plane").rank("dense"),
    )
    views = shown["view"].unique().sort().to_list()
    sides = [
        ("", shown.filter(pl.col("view") == a), shown.filter(pl.col("view") == b))
        for a, b in combinations(views, 2)
    ]
    return _joined(sides, ["item_id", *FACTORS], FACTORS) if sides else facts.clear()


def _joined(
    sides: Sequence[tuple[str, pl.DataFrame, pl.DataFrame]], on: Sequence[str], cell: Sequence[str]
) -> pl.DataFrame:
    """The pairs of all sides: their names, first and second answers, with the cell that pools accuracy."""
    columns = list(dict.fromkeys([*_KEPT, *on]))
    return pl.concat(
        left.select(columns)
        .join(right.select(columns), on=list(on), how="inner", suffix="_b", maintain_order="left")
        .with_columns(cell=pl.concat_str(pl.lit(name), *cell, separator="\x1f"))
        for name, left, right in sides
    )


def _contradictions(kind: str, pairs: pl.DataFrame) -> Contradictions | None:
    if pairs.is_empty():
        return None
    both = pairs.filter((pl.col("stated") > 0) & (pl.col("stated_b") > 0))
    right = np.column_stack(
        [(both[f"right{side}"] / both[f"stated{side}"]).to_numpy() for side in ("", "_b")]
    )
    cells = [pl.concat_str("cell", pl.col(f"place{side}"), separator="\x1f") for side in ("", "_b")]
    named = pl.concat([both.select(cell).to_series() for cell in cells])
    number = named.rank("dense").cast(pl.Int64).to_numpy() - 1
    x, y = right.T
    found = agreement(
        Pairs(
            differ=x * (1 - y) + y * (1 - x),
            right=right,
            cells=np.column_stack(np.split(number, 2)),
            answers=np.ones((len(both), 2)),
            options=np.full(len(both), 2),
            groups=groups_of(both),
        )
    )
    if found is None:
        return None
    counted = pairs.filter((pl.col("calls") > 0) & (pl.col("calls_b") > 0))
    said = (counted["stated"] / counted["calls"]) * (counted["stated_b"] / counted["calls_b"])
    return Contradictions(kind, found, float(1 - said.to_numpy().mean()), _follows(both))


def _follows(pairs: pl.DataFrame) -> tuple[float, int] | None:
    """How often the questions of some pairs are wrong where anatomy speaks against the picture."""
    sides = [
        pairs.select(
            "item_id", *(pl.col(f"{name}{side}").alias(name) for name in ("right", "stated", "anatomy"))
        )
        for side in ("", "_b")
    ]
    against = pl.concat(sides).filter(pl.col("anatomy") == 0)
    if against.is_empty():
        return None
    return float((1 - against["right"] / against["stated"]).sum()), len(against)

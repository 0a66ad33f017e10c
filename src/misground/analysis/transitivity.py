"""Transitivity: if A lies above B and B above C, then A lies above C.

Three structures of a case, asked pair by pair along one axis in one wording, are ordered by three answers.
Two of the eight combinations of answers form a circle, and cannot all be true.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from misground.analysis.dependence import Floats, Groups
from misground.analysis.wordings import FACTORS, seen_relations

_WHERE = ("case_id", "axis", *FACTORS)


@dataclass(frozen=True)
class Triples:
    """Triples of facts in one wording, any epoch with any epoch.

    Attributes:
        circle: (n,) share of combinations of epochs whose three answers form a circle.
        independent: (n,) that share for independent answers of the accuracy of the wording, at most 1/4.
        groups: the case, the outer two structures, and the three structures as the item.
    """

    circle: Floats
    independent: Floats
    groups: Groups


def triples(questions: pl.DataFrame) -> Triples | None:
    """The triples of a run; None if no case was asked all three pairs of three structures in one wording.

    Args:
        questions: `stated.asked` of the run.
    """
    delta = pl.col("evidence").struct.field("delta_mm")
    a_first = pl.when(delta > 0)
    known = seen_relations(questions).filter(
        (pl.col("offered") == 2) & (pl.col("stated") > 0) & (pl.col("place") >= 0) & (delta != 0)
    )
    facts = (
        known.with_columns(
            more=a_first.then("structure_a").otherwise("structure_b"),
            less=a_first.then("structure_b").otherwise("structure_a"),
        )
        .group_by(*_WHERE, "more", "less", maintain_order=True)
        .agg(share=pl.col("right").sum() / pl.col("stated").sum())
        .with_columns(level=pl.col("share").mean().over(FACTORS))
    )
    on = [pl.col(name) for name in _WHERE]
    lower = facts.select(*on, pl.col("more").alias("middle"), "less", pl.col("share").alias("second"))
    upper = facts.select(*on, "more", pl.col("less").alias("middle"), pl.col("share").alias("first"))
    found = upper.join(lower, on=[*_WHERE, "middle"], how="inner", maintain_order="left").join(
        facts.select(*_WHERE, "more", "less", "share", "level"),
        on=[*_WHERE, "more", "less"], how="inner", maintain_order="left",
    )  # fmt: skip
    if found.is_empty():
        return None
    x, y, z, level = (found[name].to_numpy() for name in ("first", "second", "share", "level"))
    return Triples(
        circle=x * y * (1 - z) + (1 - x) * (1 - y) * z,
        independent=level * (1 - level),
        groups=_groups(found),
    )


def _groups(found: pl.DataFrame) -> Groups:
    outer = pl.concat([found["more"], found["less"]]).rank("dense").cast(pl.Int64).to_numpy()
    item = pl.struct("case_id", "axis", "more", "middle", "less").rank("dense").cast(pl.Int64)
    return Groups(
        found["case_id"].rank("dense").cast(pl.Int64).to_numpy(),
        np.column_stack(np.split(outer, 2)),
        found.select(item=item)["item"].to_numpy(),
    )

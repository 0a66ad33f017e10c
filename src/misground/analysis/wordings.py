"""Whether all wordings of an item are answered alike: all right, all wrong, or some right and some wrong.

The wordings are terms x coordinates x prompt of a relation with its picture: 16, or 24 with lay terms. As
everywhere, no answer counts as wrong and errors are left out. Each epoch is one pass through the wordings,
and an item counts once with its mean over epochs.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from misground.analysis.agreement import Agreement, Pairs, agreement
from misground.analysis.cells import groups_of, select
from misground.analysis.dependence import Floats, Groups, Indices
from misground.analysis.results import ABSENT, CORRECT, ERROR, Run
from misground.analysis.robust import Robust, robust_accuracy
from misground.analysis.stated import right_places
from misground.records import LEVELS, RELATION_TASKS

FACTORS: Final = ("terms", "coordinates", "prompt")
KINDS: Final = ("all_right", "all_wrong", "mixed")


@dataclass(frozen=True)
class Share:
    """How many items are of one kind.

    Attributes:
        k: sum over items of the share of their epochs.
        n: number of items with at least two wordings that were scored.
        interval: interval of k/n.
        independent: the share if wordings were answered independently, each as often right as it is over all
            items whose right option stands at the same place.
    """

    k: float
    n: int
    interval: Robust
    independent: float


@dataclass(frozen=True)
class Wordings:
    """How alike the wordings of an item are answered.

    Attributes:
        shares: for each of `KINDS` its share of items.
        most: the largest number of wordings of an item.
        two: pairs of wordings of which one is right and the other wrong; the accuracy is that of each
            wording, by the place of the right option.
    """

    shares: Mapping[str, Share]
    most: int
    two: Agreement


def seen_relations(questions: pl.DataFrame) -> pl.DataFrame:
    """The relations with a picture, at the levels of the design."""
    levels = {factor: LEVELS[factor] for factor in FACTORS}
    return select(questions, condition="image", task=RELATION_TASKS, **levels)


def wordings(run: Run) -> Wordings | None:
    """How alike the wordings of an item are answered; None if no item has two in one epoch."""
    asked = seen_relations(run.questions)
    codes = asked["outcomes"].to_numpy()
    scored = (codes != ABSENT) & (codes != ERROR)
    right = scored & (codes == CORRECT)
    item = asked["item_id"].rank("dense").cast(pl.Int64).to_numpy() - 1
    count = int(item.max(initial=-1)) + 1
    in_pass, right_in_pass = (_sums(values, item, count) for values in (scored, right))
    whole = in_pass >= 2
    items = np.flatnonzero(whole.any(axis=1))
    if not len(items):
        return None
    known = scored.any(axis=1)
    mean = np.divide(right.sum(axis=1), scored.sum(axis=1), where=known, out=np.full(len(asked), np.nan))
    asked = asked.with_columns(place=pl.Series(right_places(asked)), mean=pl.Series(mean).fill_nan(None))
    chance = _chance(asked)[:, None]
    all_right, all_wrong = (
        _products(np.where(scored, one, 1.0), item, count) for one in (chance, 1 - chance)
    )
    found = {"all_right": right_in_pass == in_pass, "all_wrong": right_in_pass == 0}
    found["mixed"] = ~(found["all_right"] | found["all_wrong"])
    expected = {"all_right": all_right, "all_wrong": all_wrong, "mixed": 1 - all_right - all_wrong}
    first = np.unique(item, return_index=True)[1]
    groups = groups_of(asked[first])
    shares = {
        kind: _share(found[kind][items], expected[kind][items], whole[items], groups.only(items))
        for kind in KINDS
    }
    two = agreement(_two(asked.drop_nulls("mean")))
    assert two is not None  # an item with two wordings in one epoch has a pair
    return Wordings(shares, int(in_pass.max()), two)


def _share(found: NDArray[np.bool_], expected: Floats, whole: NDArray[np.bool_], groups: Groups) -> Share:
    values, chance = (np.where(whole, one, 0.0).sum(axis=1) / whole.sum(axis=1) for one in (found, expected))
    return Share(
        float(values.sum()), len(values), robust_accuracy(values, groups), float(np.clip(chance.mean(), 0, 1))
    )


def _chance(asked: pl.DataFrame) -> Floats:
    """(n,) accuracy of each wording over the items whose right option stands at the same place."""
    found = asked.select(pl.col("mean").mean().over([*FACTORS, "place"]).fill_null(0.0))
    return found["mean"].to_numpy()


def _two(asked: pl.DataFrame) -> Pairs:
    """All pairs of wordings of each item: a wording is right, and another is not."""
    means = (
        asked.with_columns(wording=pl.concat_str(FACTORS, separator="\x1f").rank("dense"))
        .group_by("item_id", "wording", maintain_order=True)
        .agg(pl.col("case_id", "structure_a", "structure_b", "place").first(), pl.col("mean").mean())
    )
    pairs = means.join(means, on="item_id", how="inner", suffix="_b", maintain_order="left_right").filter(
        pl.col("wording") < pl.col("wording_b")
    )
    right = pairs.select("mean", "mean_b").to_numpy()
    places = asked["place"].max() + 2 if len(asked) else 1  # type: ignore[operator]
    cells = pairs.select(
        (pl.col("wording") * places + pl.col("place") + 1).cast(pl.Int64),
        (pl.col("wording_b") * places + pl.col("place_b") + 1).cast(pl.Int64),
    ).to_numpy()
    x, y = right.T
    return Pairs(
        differ=x * (1 - y) + y * (1 - x),
        right=right,
        cells=cells,
        answers=np.ones(right.shape),
        options=np.full(len(pairs), 2),
        groups=groups_of(pairs),
    )


def _sums(values: NDArray[np.bool_], item: Indices, count: int) -> Indices:
    sums = np.zeros((count, values.shape[1]), dtype=np.int64)
    np.add.at(sums, item, values)
    return sums


def _products(values: Floats, item: Indices, count: int) -> Floats:
    products = np.ones((count, values.shape[1]))
    np.multiply.at(products, item, values)
    return products

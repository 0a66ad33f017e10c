"""Questions whose answers contradict another answer of the same run, by kind of contradiction.

A question is answered right, or wrong, if most of its stated answers are. With two options, two answers about
one fact contradict each other exactly where one is right and the other wrong; see `analysis.contradictions`.
"""

from collections.abc import Mapping
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa

from misground.records import RELATION_TASKS

EPOCHS: Final = "between replies to a question"
_FACTORS: Final = ("terms", "coordinates", "prompt")
_WITHIN: Final[Mapping[str, str]] = {
    "terms": "between terms",
    "coordinates": "between coordinates",
    "prompt": "between marks",
}
_PROBES: Final[Mapping[str, str]] = {
    "reversed": "with B relative to A",
    "reordered": "with the options exchanged",
    "mirrored": "with the picture mirrored",
}
KINDS: Final = (EPOCHS, *_WITHIN.values(), *_PROBES.values())
"""What a reader sees for each kind, in their order."""
COLUMNS: Final = ("item_id", "task", "condition", *_FACTORS, "probe")

Ranks = npt.NDArray[np.int64]


def contradictory(questions: pa.Table, right: Ranks, wrong: Ranks) -> dict[str, Ranks]:
    """The ranks of the questions that contradict themselves or another, for each kind that occurs.

    Args:
        questions: (n,) rows of `COLUMNS`, by rank.
        right: (n,) number of replies to each question that are right.
        wrong: (n,) number of replies that are wrong.
    """
    table = pl.DataFrame(questions.select(COLUMNS)).with_columns(
        rank=pl.int_range(len(questions)), said=pl.Series(np.sign(right - wrong))
    )
    both = (right > 0) & (wrong > 0)
    relations = table.filter(pl.col("task").is_in(RELATION_TASKS) & (pl.col("said") != 0))
    standard = relations.filter(pl.col("probe").is_null())
    found = {EPOCHS: np.flatnonzero(both)}
    seen = standard.filter(pl.col("condition") == "image")
    for factor, kind in _WITHIN.items():
        found[kind] = _apart(seen, [name for name in _FACTORS if name != factor])
    for probe, kind in _PROBES.items():
        pairs = pl.concat([standard, relations.filter(pl.col("probe") == probe)])
        asked = pairs.filter((pl.col("probe") == probe).any().over("item_id", "condition", *_FACTORS))
        found[kind] = _apart(asked, ["condition", *_FACTORS])
    return {kind: ranks for kind, ranks in found.items() if len(ranks)}


def _apart(rows: pl.DataFrame, same: list[str]) -> Ranks:
    """The ranks of questions of which one is answered right and another wrong, alike in some columns."""
    differs = pl.col("said").n_unique().over("item_id", *same) > 1
    return rows.filter(differs)["rank"].sort().to_numpy().astype(np.int64)

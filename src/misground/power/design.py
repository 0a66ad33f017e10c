"""The design of a run: which case and which structures each question asks about, under which factors."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self

import numpy as np
import polars as pl

from misground.analysis.dependence import NONE, Indices
from misground.analysis.results import QUESTION_COLUMNS
from misground.power.effects import Items

COLUMNS: Final[Sequence[str]] = (
    "item_id", "case_id", "modality", "dimension", "task", "structure_a", "structure_b", "coordinates",
    "prompt", "terms", "condition",
)  # fmt: skip
"""The columns of questions that a design needs, all of which results have too."""
_FACTORS: Final = ("modality", "dimension", "task", "coordinates", "prompt", "terms", "condition")
assert set(COLUMNS) <= set(QUESTION_COLUMNS)


@dataclass(frozen=True)
class Design:
    """The questions of a benchmark, or of a part or a multiple of its cases.

    Attributes:
        items: the case and the structures of each item.
        item: (n,) the item of each question.
        factors: (n rows) the levels of the factors of each question.
    """

    items: Items
    item: Indices
    factors: pl.DataFrame

    def __len__(self) -> int:
        return len(self.item)

    @classmethod
    def of(cls, questions: pl.DataFrame) -> Self:
        """The design of questions with `COLUMNS`."""
        item = _numbers(questions["item_id"])
        firsts = np.unique(item, return_index=True)[1]
        named = pl.concat([questions["structure_a"], questions["structure_b"]])
        structures = np.column_stack(np.split(_numbers(named), 2))
        items = Items(_numbers(questions["case_id"])[firsts], structures[firsts])
        return cls(items, item, questions.select(_FACTORS))

    @property
    def cases(self) -> int:
        """The number of cases."""
        return len(np.unique(self.items.cases))

    def times(self, times: int) -> Self:
        """Each case several times, as new cases with the same structures and questions."""
        copies = np.repeat(np.arange(times), len(self.items))
        cases = np.tile(self.items.cases, times) + copies * (int(self.items.cases.max()) + 1)
        items = Items(cases, np.tile(self.items.structures, (times, 1)))
        item = np.tile(self.item, times) + np.repeat(np.arange(times), len(self)) * len(self.items)
        return type(self)(items, item, pl.concat([self.factors] * times))

    def part(self, share: float, random: np.random.Generator) -> Self:
        """A share of the cases of each modality, at least one of each."""
        first = np.unique(self.item, return_index=True)[1]
        modality = self.factors["modality"].to_numpy()[first]
        kept: list[Indices] = []
        for one in np.unique(modality):
            cases = np.unique(self.items.cases[modality == one])
            kept.append(random.permutation(cases)[: max(1, round(share * len(cases)))])
        return self._only(np.isin(self.items.cases, np.concatenate(kept)))

    def _only(self, kept: "np.ndarray[tuple[int], np.dtype[np.bool_]]") -> Self:
        """The questions of some items: (items,) which are kept."""
        asked = kept[self.item]
        number = np.cumsum(kept) - 1
        items = Items(self.items.cases[kept], self.items.structures[kept])
        return type(self)(items, number[self.item[asked]], self.factors.filter(asked))

    def questions(self) -> pl.DataFrame:
        """The questions as `Run.questions` has them, without replies."""
        of = self.items.structures[self.item]
        return self.factors.with_columns(
            question_id=pl.Series(np.arange(len(self))),
            item_id=pl.Series(self.item),
            case_id=pl.Series(self.items.cases[self.item]),
            structure_a=_named(of[:, 0]),
            structure_b=_named(of[:, 1]),
        )


def _numbers(names: pl.Series) -> Indices:
    """Integers from 0 in the order of the names; `NONE` for null."""
    number = (names.rank("dense").cast(pl.Int64) - 1).fill_null(NONE)
    return np.asarray(number.to_numpy(), dtype=np.int64)


def _named(structures: Indices) -> pl.Series:
    return pl.Series(structures).replace(NONE, None)

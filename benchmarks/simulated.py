"""Experiments with known truth, for the statistics of the report: real designs, made-up effects.

The design is which case and which structures each item asks about: drawn as `misground build` draws it, from
planned phantoms. The effects are ours: the chance of a right answer is a mean, plus an effect of the case, of
each structure, of the pair of structures and of the item. The wordings of an item are correlated: with the
probability `ALIKE` all of them are right or wrong together.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from misground.analysis.dependence import NONE, Groups
from misground.analysis.results import Run
from misground.benchmark.listing import list_sources
from misground.questions import DrawSettings, draw, measure_case, plan_case
from misground.volumes import load_case

WORDINGS = 24
ALIKE = 0.4


@dataclass(frozen=True)
class Design:
    """Items: the case (n,), the structures (n, 2), and whether each is 3D and cross-slice."""

    cases: np.ndarray
    structures: np.ndarray
    stack: np.ndarray
    cross: np.ndarray

    def __len__(self) -> int:
        return len(self.cases)

    @property
    def pairs(self) -> np.ndarray:
        """(n,) a number for the unordered pair of structures of each item."""
        return np.unique(np.sort(self.structures, axis=1), axis=0, return_inverse=True)[1].reshape(-1)

    def groups(self, repeats: int = 1) -> Groups:
        """The groups of the items, each repeated for its wordings."""
        at = np.repeat(np.arange(len(self)), repeats)
        return Groups(self.cases[at], self.structures[at], at)


@dataclass(frozen=True)
class Effects:
    """Standard deviations of the effects."""

    case: float
    structure: float
    pair: float
    item: float

    def draw(self, design: Design, random: np.random.Generator) -> np.ndarray:
        """(n,) the sum of the effects of each item, with mean zero over experiments."""
        names = random.normal(0, self.structure, max(int(design.structures.max()) + 1, 1))
        known = design.structures != NONE
        pairs, cases = design.pairs, design.cases
        return (
            random.normal(0, self.case, int(cases.max()) + 1)[cases]
            + np.where(known, names[design.structures], 0.0).sum(axis=1)
            + random.normal(0, self.pair, int(pairs.max()) + 1)[pairs]
            + random.normal(0, self.item, len(design))
        )


def drawn_design(torsos: int, knees: int, questions: int | None = None) -> dict[str, Design]:
    """The relation items that the preset `paper` draws from so many phantoms: of all, of CT, of knees."""
    sources = [f"phantom:torso?n={torsos}", f"phantom:knee?n={knees}"]
    plans = [
        plan_case(case, measure_case(case)) for case in (load_case(ref) for ref in list_sources(sources).refs)
    ]
    items = [
        item
        for item in draw(plans, DrawSettings(preset="paper", max_questions=questions))
        if item.structure_a
    ]
    known = {
        name: at for at, name in enumerate(sorted({n for i in items for n in (i.structure_a, i.structure_b)}))
    }
    numbers = {name: at for at, name in enumerate(sorted({item.case_id for item in items}))}

    def of(modality: str) -> Design:
        mine = [item for item in items if modality in ("all", item.modality)]
        return Design(
            np.array([numbers[item.case_id] for item in mine]),
            np.array([[known[item.structure_a], known[item.structure_b]] for item in mine]),
            np.array([item.dimension == "3d" for item in mine]),
            np.array([item.task == "cross_slice" for item in mine]),
        )

    return {"knee": of("mri"), "torso": of("ct"), "all": of("all")}


def cases_alone(sizes: Sequence[int]) -> Design:
    """Cases with so many items each, which share no structure."""
    cases = np.repeat(np.arange(len(sizes)), sizes)
    none = np.full((len(cases), 2), NONE)
    no = np.zeros(len(cases), dtype=bool)
    return Design(cases, none, no, no)


def replies(chance: np.ndarray, random: np.random.Generator, wordings: int = WORDINGS) -> np.ndarray:
    """(n, wordings) right or wrong: correlated answers to the wordings of each item.

    Args:
        chance: (n,) or (n, wordings) the chance of a right answer.
        random: the source of randomness.
        wordings: number of wordings.
    """
    chance = np.broadcast_to(np.clip(chance, 0, 1).reshape(len(chance), -1), (len(chance), wordings))
    together = np.broadcast_to(random.random((len(chance), 1)), chance.shape)
    alone = random.random(chance.shape)
    alike = random.random((len(chance), 1)) < ALIKE
    return (np.where(alike, together, alone) < chance).astype(float)


def made_run(
    design: Design, chance: dict[str, np.ndarray], cells: Sequence[dict[str, str]], **about: str
) -> Run:
    """A run whose questions have the given shares of right answers, as `analysis.planned` reads it.

    Args:
        design: the items.
        chance: {"right": (n, cells) shares of right answers}.
        cells: the levels of the within-item factors of each wording.
        about: `name`, `decoding` and `arm`.
    """
    right = chance["right"]
    n, count = right.shape
    at = np.repeat(np.arange(n), count)
    columns = {name: [cell[name] for cell in cells] * n for name in cells[0]}
    frame = pl.DataFrame(
        {
            "question_id": [f"q{number}" for number in range(n * count)],
            "item_id": at,
            "case_id": design.cases[at],
            "structure_a": design.structures[at, 0],
            "structure_b": design.structures[at, 1],
            "dimension": np.where(design.stack[at], "3d", "2d"),
            "task": np.where(design.cross[at], "cross_slice", "in_plane"),
            **columns,
            "correct": right.reshape(-1),
            "replies": np.ones(n * count),
        }
    )
    name, decoding = about.get("name", "model"), about.get("decoding", "default")
    arm = about.get("arm", decoding)
    return Run(
        name,
        name + decoding,
        "made",
        "model",
        None,
        decoding,
        "{}",
        None,
        None,
        frame,
        pl.DataFrame(),
        arm=arm,
    )

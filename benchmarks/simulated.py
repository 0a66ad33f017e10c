"""Experiments with known truth, for the statistics of the report: real designs, made-up effects.

The design is which case and which structures each item asks about: drawn as `misground build` draws it, from
planned phantoms. The effects are those of `misground.power`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from misground.analysis.dependence import NONE
from misground.analysis.results import Run
from misground.benchmark.listing import list_sources
from misground.power.effects import Items, thresholds
from misground.questions import DrawSettings, Item, draw, measure_case, plan_case
from misground.volumes import load_case

WORDINGS = 24


@dataclass(frozen=True)
class Design(Items):
    """Items, and whether each is 3D and cross-slice."""

    stack: np.ndarray
    cross: np.ndarray


def drawn_items(torsos: int, knees: int, questions: int | None = None) -> list[Item]:
    """The items that the preset `paper` draws from these numbers of phantoms."""
    sources = [f"phantom:{kind}?n={count}" for kind, count in (("torso", torsos), ("knee", knees)) if count]
    plans = [
        plan_case(case, measure_case(case)) for case in (load_case(ref) for ref in list_sources(sources).refs)
    ]
    return draw(plans, DrawSettings(preset="paper", max_questions=questions))


def drawn_design(torsos: int, knees: int, questions: int | None = None) -> dict[str, Design]:
    """The relation items that the preset `paper` draws from these phantoms: of all, of CT, of knees."""
    items = [item for item in drawn_items(torsos, knees, questions) if item.structure_a]
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
    """Cases with a number of items each, which share no structure."""
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
    item = np.repeat(np.arange(len(chance)), wordings)
    return (thresholds(item, random).reshape(chance.shape) < chance).astype(float)


def made_run(
    design: Design,
    chance: dict[str, np.ndarray],
    cells: Sequence[dict[str, str]],
    first: np.ndarray | None = None,
    **about: str,
) -> Run:
    """A run whose questions have the given shares of right answers, as `analysis.planned` reads it.

    Args:
        design: the items.
        chance: {"right": (n, cells) shares of right answers}.
        cells: the levels of the within-item factors of each wording.
        first: (n,) whether "superior" is right, else "inferior"; None takes them in turn.
        about: `name`, `decoding` and `arm`.
    """
    right = chance["right"]
    n, count = right.shape
    words = np.array(["superior", "inferior"])
    first = np.arange(n) % 2 == 0 if first is None else first
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
            "answer": words[np.where(first, 0, 1)][at],
            "correct": right.reshape(-1),
            "replies": np.ones(n * count),
            "no_answer": np.zeros(n * count),
            "refused": np.zeros(n * count),
            "outcomes": pl.zeros(n * count, dtype=pl.Int8, eager=True).reshape((n * count, 1)),
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
        pl.DataFrame({"output_tokens": []}, {"output_tokens": pl.Int64}),
        arm=arm,
    )

"""Made questions in which everything but the answer is drawn apart from it, but for a planted leak."""

from collections.abc import Callable
from random import Random
from typing import Any

import pytest

from misground.shortcuts.reading import Asked, Sample
from misground.shortcuts.seen import MarkFacts, Seen

ORGANS = tuple(f"organ {letter}" for letter in "abcdefghijklmnop")
Plant = Callable[[Random, bool, dict[str, Any]], None]


def _mark(random: Random, **planted: Any) -> MarkFacts:
    drawn = {"x": random.random(), "y": random.random(), "depth": random.random()}
    size = {"frames": random.randint(3, 20), "area": 2.0 ** -random.randint(4, 9), "color": "#e69f00"}
    return MarkFacts(**drawn | size | planted)  # type: ignore[arg-type]


def asked(random: Random, case: str, item: str, plant: Plant | None, **told: Any) -> Asked:
    """A question across the slices, with marks, whose answer is drawn by a coin.

    Args:
        random: the source of all draws.
        case: the case.
        item: the item.
        plant: called with the coin and the facts, which it may change.
        told: factors of the question.
    """
    later = random.random() < 0.5
    options = ["earlier", "later"]
    random.shuffle(options)
    a, b = random.sample(ORGANS, 2)
    low = random.randrange(100)
    facts: dict[str, Any] = {
        "options": options, "names": (a, b), "plane": random.choice(["axial", "coronal", "sagittal"]),
        "mm": 1.5, "letter": Random(f"{case} {item}").choice([(-1, -1), (1, 1), (-1, 1), (1, -1)]),
        "width": random.choice([200, 256]), "count": random.randint(10, 32), "low": low, "a": {}, "b": {},
    }  # fmt: skip
    if plant is not None:
        plant(random, later, facts)
    row = {
        "item_id": item, "case_id": case, "modality": "ct", "dimension": "3d", "plane": facts["plane"],
        "task": "cross_slice", "axis": "z", "coordinates": "viewing", "prompt": "box", "terms": "colloquial",
        "condition": "image", "options": facts["options"], "answer": "later" if later else "earlier",
        "view_id": "v", "stack_reversed": False, "structure_a": facts["names"][0],
        "structure_b": facts["names"][1],
        "text": "what is the position of the {} (marked A) relative to the {} (marked B)?".format(
            *facts["names"]
        ),
    }  # fmt: skip
    slices = tuple(range(facts["low"], facts["low"] + facts["count"]))
    marks = _mark(random, **facts["a"]), _mark(random, **facts["b"])
    view = Seen(facts["width"], 256, facts["mm"], slices, *marks, {"box": facts["letter"]})
    return Asked({**row, **told}, view)


@pytest.fixture(scope="session")
def made() -> Callable[..., Sample]:
    """made(plant, cases=20, items=8, seed=0, **told): a sample of made questions."""

    def sample(
        plant: Plant | None = None, cases: int = 20, items: int = 8, seed: int = 0, **told: Any
    ) -> Sample:
        random = Random(seed)
        found = [
            asked(random, f"case{case}", f"{case}/{item}", plant, **told)
            for case in range(cases)
            for item in range(items)
        ]
        return Sample(tuple(found), cases, cases)

    return sample

"""Made models with a known habit: every question of some items, answered by a rule."""

from collections.abc import Callable, Iterable
from itertools import product
from typing import Any

import numpy as np

from misground.records.schemas import RESULTS

STRUCTURES = [f"structure{number}" for number in range(12)]
WORDS = {"anatomical": ("superior", "inferior"), "colloquial": ("above", "below")}

Rule = Callable[[dict[str, Any], np.random.Generator], str | None]
"""The option that a model states to a question, or None for no answer."""


def questions(items: int = 60, cases: int = 20, seed: int = 1) -> list[dict[str, Any]]:
    """The 16 questions with a picture of each item; the place of the right option is balanced."""
    random = np.random.default_rng(seed)
    rows = []
    for item in range(items):
        a, b = random.choice(STRUCTURES, 2, replace=False).tolist()
        same = {
            "item_id": f"i{item:03}", "case_id": f"c{item % cases:02}", "modality": "ct", "dimension": "3d",
            "plane": "coronal", "task": "in_plane", "axis": "z", "structure_a": a, "structure_b": b,
            "condition": "image", "evidence": {"p_a_greater": 1.0, "delta_mm": 10.0 + item},
            "right_place": item // cases % 2,
        }  # fmt: skip
        cells = product(
            ("anatomical", "colloquial"), ("storage", "viewing"), ("none", "mask", "box", "point")
        )
        for terms, coordinates, prompt in cells:
            options = list(WORDS[terms])
            if item % 3 == 0:
                options.reverse()
            levels = {"terms": terms, "coordinates": coordinates, "prompt": prompt}
            known = {"options": options, "answer": options[same["right_place"]]}
            rows.append({**same, **levels, **known, "question_id": f"q{len(rows):05}"})
    return rows


def answered(
    rule: Rule, asked: Iterable[dict[str, Any]], *, name: str = "model", epochs: int = 1, seed: int = 2
) -> list[dict[str, Any]]:
    """The results of a model that answers by a rule."""
    random = np.random.default_rng(seed)
    found = []
    for question, epoch in product(asked, range(1, epochs + 1)):
        said = rule(question, random)
        outcome = "no_answer" if said is None else "correct" if said == question["answer"] else "wrong"
        run = {"run_id": name, "benchmark_hash": "made", "model": f"lab/{name}", "decoding": "default"}
        reply = {"decoding_settings": "{}", "epoch": epoch, "outcome": outcome, "extracted": said}
        row = {**dict.fromkeys(RESULTS.names), **question, **run, **reply}
        found.append({key: row[key] for key in RESULTS.names})
    return found


def other(question: dict[str, Any]) -> str:
    """The wrong one of two options."""
    return next(option for option in question["options"] if option != question["answer"])


def known(question: dict[str, Any]) -> bool:
    """Whether the all-or-nothing model knows an item: 11 of 20, at either place of the right option."""
    return int(question["item_id"][1:]) * 7 % 20 < 11


def all_or_nothing(question: dict[str, Any], _: np.random.Generator) -> str:
    """Knows an item in all its wordings, or in none."""
    return question["answer"] if known(question) else other(question)


def coin(question: dict[str, Any], random: np.random.Generator) -> str:
    """Right as often as the all-or-nothing model, each time by chance."""
    return question["answer"] if random.random() < 11 / 20 else other(question)


def first(question: dict[str, Any], _: np.random.Generator) -> str:
    """States the first option, whatever is asked."""
    return question["options"][0]


def mostly_first(question: dict[str, Any], random: np.random.Generator) -> str:
    """States the first option in 7 of 10 answers, whatever is asked."""
    return question["options"][int(random.random() >= 0.7)]


def confused(question: dict[str, Any], _: np.random.Generator) -> str:
    """Knows every item, but takes the stored array for the radiologist's view."""
    return question["answer"] if question["coordinates"] == "viewing" else other(question)

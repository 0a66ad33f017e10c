"""Designs that are small enough to ask made-up models often."""

import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

pytest.importorskip("polars")

from misground.power.design import Design


def cells() -> list[dict[str, str]]:
    """The 24 questions of a relation item."""
    marks = ("none", "mask", "box", "point")
    terms, both = ("anatomical", "colloquial"), ("storage", "viewing")
    found = [("image", *one) for one in itertools.product(both, marks, terms)]
    found += [("text_only", "viewing", "none", one) for one in terms]
    found += [("blank", *one, "colloquial") for one in itertools.product(both, marks[1:])]
    return [dict(zip(("condition", "coordinates", "prompt", "terms"), one, strict=True)) for one in found]


def questions_of(cases: int, items: int = 6, structures: int = 12) -> pl.DataFrame:
    """Questions about some cases, each with a number of items: slices and stacks, in and across the plane."""
    rows = []
    for case, item in itertools.product(range(cases), range(items)):
        a = (case * items + item) % structures
        rows += [
            {
                "item_id": f"{case}-{item}", "case_id": f"case{case}",
                "modality": "ct" if case % 3 else "mri",
                "dimension": "2d" if item % 3 == 0 else "3d",
                "task": "cross_slice" if item % 3 == 2 else "in_plane", "structure_a": f"s{a}",
                "structure_b": f"s{(a + 1 + case % 5) % structures}", **cell,
            }
            for cell in cells()
        ]  # fmt: skip
    return pl.DataFrame(rows)


@pytest.fixture(scope="session")
def design() -> Design:
    """24 cases, 144 items of 12 structures, 3,456 questions."""
    return Design.of(questions_of(24))


@pytest.fixture(scope="session")
def knees(once: Callable[..., Path], misground: Callable[..., Any]) -> Path:
    """A small benchmark of two knees, the same as for shortcuts."""

    def make(out: Path) -> None:
        built = misground("build", "phantom:knee?n=2", "-o", out, "--max-questions", 120)
        assert built.returncode == 0, built.stderr

    return once("shortcut-knees", make)

"""Figures from the paper, for context only: they come from other cases and questions."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

import yaml

UNNAMED: Final = "model not named"
_FILE: Final = "published.yaml"


@dataclass(frozen=True)
class Figure:
    """One figure.

    Attributes:
        model: the model it is about; None where the poster does not name one.
        low: lower end.
        high: upper end; equal to `low` unless the paper gives a range.
        unit: "percent", or "points" for a difference.
        baseline: the accuracy in percent that the difference refers to; None if there is none.
    """

    model: str | None
    low: float
    high: float
    unit: str
    baseline: float | None

    @property
    def text(self) -> str:
        """The figure as text, with its model: "53.4% (Qwen3-VL-32B)", "69.4% (model not named)"."""
        return f"{self.number} ({self.model or UNNAMED})"

    @property
    def number(self) -> str:
        """The figure alone: "69.4%", "+2 to +3 points on 57.6%"."""
        if self.unit == "percent":
            return f"{self.low:.1f}%"
        told = f"{self.low:+g}" if self.low == self.high else f"{self.low:+g} to {self.high:+g}"
        return f"{told} points" + (f" on {self.baseline:.1f}%" if self.baseline is not None else "")


@dataclass(frozen=True)
class Published:
    """All figures by (table, cell).

    Attributes:
        source: the paper.
        model: the main model, which the poster names at the overall accuracy and at the gain.
        figures: the figures of each cell.
    """

    source: str
    model: str
    figures: Mapping[tuple[str, str], tuple[Figure, ...]]

    def text(self, table: str, cell: str) -> str | None:
        """The figure for a cell, of the main model or of one that is not named; None if there is none."""
        found = [one for one in self.figures.get((table, cell), ()) if one.model in {self.model, None}]
        return found[0].text if found else None

    def others(self, table: str) -> list[str]:
        """The figures of other models for a table, such as "M3D 15.9%"."""
        found = [one for (name, _), many in self.figures.items() if name == table for one in many]
        return [f"{one.model} {one.number}" for one in found if one.model not in {self.model, None}]


@cache
def published() -> Published:
    """The figures of `published.yaml`."""
    content = yaml.safe_load(files("misground.analysis").joinpath(_FILE).read_text(encoding="utf-8"))
    found: dict[tuple[str, str], tuple[Figure, ...]] = {}
    for entry in content["figures"]:
        low = entry.get("low", entry.get("value"))
        figure = Figure(
            model=entry.get("model"),
            low=float(low),
            high=float(entry.get("high", low)),
            unit=entry.get("unit", "percent"),
            baseline=entry.get("baseline"),
        )
        key = (entry["table"], entry["cell"])
        found[key] = (*found.get(key, ()), figure)
    return Published(content["source"], content["model"], found)

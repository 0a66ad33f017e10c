"""Figures from the paper, for context only: they come from other cases and questions."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

import yaml

_FILE: Final = "published.yaml"


@dataclass(frozen=True)
class Figure:
    """One figure.

    Attributes:
        model: the model it is about.
        low: lower end.
        high: upper end; equal to `low` unless the paper gives a range.
        unit: "percent", or "points" for a difference.
        baseline: the accuracy in percent that the difference refers to; None if there is none.
    """

    model: str
    low: float
    high: float
    unit: str
    baseline: float | None

    @property
    def text(self) -> str:
        """The figure as text: "69.4%", "+2 to +3 points on 57.6%"."""
        if self.unit == "percent":
            return f"{self.low:.1f}%"
        told = f"{self.low:+g}" if self.low == self.high else f"{self.low:+g} to {self.high:+g}"
        return f"{told} points" + (f" on {self.baseline:.1f}%" if self.baseline is not None else "")


@dataclass(frozen=True)
class Published:
    """All figures by (table, cell); the first of a cell is for the paper's main model."""

    source: str
    model: str
    figures: Mapping[tuple[str, str], tuple[Figure, ...]]

    def text(self, table: str, cell: str) -> str | None:
        """The main model's figure for a cell; None if the paper has none."""
        found = [one for one in self.figures.get((table, cell), ()) if one.model == self.model]
        return found[0].text if found else None

    def others(self, table: str) -> list[str]:
        """The figures of other models for a table, such as "M3D 15.9%"."""
        found = [one for (name, _), many in self.figures.items() if name == table for one in many]
        return [f"{one.model} {one.text}" for one in found if one.model != self.model]


@cache
def published() -> Published:
    """The figures of `published.yaml`."""
    content = yaml.safe_load(files("misground.analysis").joinpath(_FILE).read_text(encoding="utf-8"))
    found: dict[tuple[str, str], tuple[Figure, ...]] = {}
    for entry in content["figures"]:
        low = entry.get("low", entry.get("value"))
        figure = Figure(
            model=entry.get("model", content["model"]),
            low=float(low),
            high=float(entry.get("high", low)),
            unit=entry.get("unit", "percent"),
            baseline=entry.get("baseline"),
        )
        key = (entry["table"], entry["cell"])
        found[key] = (*found.get(key, ()), figure)
    return Published(content["source"], content["model"], found)

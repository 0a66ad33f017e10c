"""What a measurement of the tables that a build has written adds to the benchmark."""

from collections.abc import Callable
from dataclasses import dataclass

from misground.benchmark.folder import Folder
from misground.benchmark.places import Place


@dataclass(frozen=True)
class Audit:
    """The findings of a measurement.

    Attributes:
        notes: sentences for the terminal, the manifest and the card.
        section: a section of the card in Markdown, with its heading; "" for none.
    """

    notes: tuple[str, ...] = ()
    section: str = ""


Auditor = Callable[[Folder[Place]], Audit]
"""Measures the questions and views in a folder, whose card and manifest are not written yet."""


def no_audit(_: Folder[Place]) -> Audit:
    """Measure nothing."""
    return Audit()

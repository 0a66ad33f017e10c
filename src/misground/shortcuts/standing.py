"""Whether a guesser's success is a leak of the benchmark, or knowledge that a reader may honestly use."""

from dataclasses import dataclass
from typing import Final, Literal

from misground.records import RELATION_TASKS

Kind = Literal["leak", "knowledge"]


@dataclass(frozen=True)
class Standing:
    """What it means if a guesser succeeds in a cell.

    Attributes:
        kind: "leak" if it should be at chance, "knowledge" if its success is honest.
        why: the reason, as a sentence without its full stop.
    """

    kind: Kind
    why: str


_BY_NAMES: Final = Standing(
    "knowledge", "anatomy tells where named structures lie, and the usual display where they appear"
)
_BY_SIZES: Final = Standing("knowledge", "sizes tell which structures are marked, and anatomy where they lie")
_FAR_SIDE: Final = Standing(
    "knowledge", "the whole slice is shown, and most of a body lies on the far side of a mark"
)
_DRAWN: Final = Standing("leak", "the direction of a stack is drawn, so anatomy does not tell it")
_CUT: Final = Standing("leak", "the stack is cut around A and B, so the cut tells where B lies")
_WORDS: Final = Standing("leak", "direction words in names are drawn to point the wrong way as often")
_NOTHING: Final = Standing("leak", "it has nothing to do with the answer")


def standing(guesser: str, task: str, terms: str) -> Standing:
    """What it means if a guesser succeeds on questions of a task in these terms."""
    by_anatomy = task in RELATION_TASKS and (terms != "colloquial" or task == "in_plane")
    known = {
        "names": _BY_NAMES if by_anatomy else _DRAWN,
        "mark sizes": _BY_SIZES if by_anatomy else _DRAWN,
        "mark A": _FAR_SIDE if task == "in_plane" else _CUT,
        "name hints": _WORDS,
    }
    return known.get(guesser, _NOTHING)

"""Direction words in structure names, which could give an answer away.

`superior vena cava` versus `urinary bladder` can be answered from the name. Such pairs are left out along x
(left, right, medial, lateral) unless both names have the same word, and along y and z if both names have such
a word and the words differ. The remaining pairs are drawn so that the words suggest the wrong answer as often
as the correct one (see pools.py).
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from misground.anatomy import HINT_WORDS, Axis, hint_words
from misground.records import KneeSide, NameHint


@dataclass(frozen=True)
class Hint:
    """What two names suggest along an axis.

    Attributes:
        kind: "one" if one name has a word of the axis, "both" if both have different words, else "none".
        guess: the sign of a - b that the words suggest; 0 if they suggest none.
    """

    kind: NameHint
    guess: int

    def asked(self, axis: Axis) -> bool:
        """Whether the pair is asked along the axis (without --allow-name-hints)."""
        return self.kind == "none" or (self.kind == "one" and axis != "x")


@lru_cache(maxsize=1 << 17)
def name_hint(name_a: str, name_b: str, axis: Axis, side: KneeSide | None = None) -> Hint:
    """The hint in two structure names along an axis; `side` determines the sign of medial and lateral."""
    a, b = hint_words(name_a, axis), hint_words(name_b, axis)
    if a == b:
        return Hint("none", 0)
    return Hint("both" if a and b else "one", int(np.sign(_sign(a, axis, side) - _sign(b, axis, side))))


def _sign(words: frozenset[str], axis: Axis, side: KneeSide | None) -> int:
    lateral = {"right": 1, "left": -1, None: 0}[side]
    signs = {**HINT_WORDS[axis], "lateral": lateral, "medial": -lateral}
    return sum(signs[word] for word in words)

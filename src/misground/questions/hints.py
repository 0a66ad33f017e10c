"""Direction words in structure names, which could give an answer away.

`superior vena cava` against `urinary bladder` can be answered from the name. Such pairs are left out along x
(left, right, medial, lateral) unless both names carry the same word, and along y and z where both names carry
such a word and the words differ. What is left along z is drawn so that the words point as often the wrong way
as the right way (see draw.py).
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from misground.anatomy import HINT_WORDS, Axis, hint_words
from misground.records import KneeSide, NameHint


@dataclass(frozen=True)
class Hint:
    """What the two names say about an axis.

    kind: `one` where one name carries a word of the axis, `both` where both do with different words, else
    `none`. guess: the sign of (a - b) that somebody would read from the words, 0 where they tell nothing.
    """

    kind: NameHint
    guess: int

    def asked(self, axis: Axis) -> bool:
        """Whether the pair is asked along the axis (without --allow-name-hints)."""
        return self.kind == "none" or (self.kind == "one" and axis != "x")


@lru_cache(maxsize=1 << 17)
def name_hint(name_a: str, name_b: str, axis: Axis, side: KneeSide | None = None) -> Hint:
    """The hint of two structure names along an axis; `side` gives medial and lateral their direction."""
    a, b = hint_words(name_a, axis), hint_words(name_b, axis)
    if a == b:
        return Hint("none", 0)
    return Hint("both" if a and b else "one", int(np.sign(_sign(a, axis, side) - _sign(b, axis, side))))


def _sign(words: frozenset[str], axis: Axis, side: KneeSide | None) -> int:
    lateral = {"right": 1, "left": -1, None: 0}[side]
    signs = {**HINT_WORDS[axis], "lateral": lateral, "medial": -lateral}
    return sum(signs[word] for word in words)

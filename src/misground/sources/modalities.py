"""Whether a word of a data set says CT or MRI: the name of a channel, of a file, or a suffix of BIDS."""

import re
from typing import Final

from misground.records import Modality

_CT: Final = re.compile(r"ct|cta|cect|ncct|ldct|ct ?scan")
_MRI: Final = re.compile(
    r"mri?|mri?[ _-].*|t1.*|t2.*|flair|dess|pdw?|adc|dwi|stir|dixon.*|vibe|mprage|bold|swi"
    r"|in-?phase|out-?phase"
)


def modality_of(word: str) -> Modality | None:
    """CT or MRI, if a word says so; None otherwise.

    Examples:
        >>> modality_of("CT"), modality_of("T2w"), modality_of("noNorm")
        ('ct', 'mri', None)
    """
    plain = word.strip().casefold()
    return "ct" if _CT.fullmatch(plain) else "mri" if _MRI.fullmatch(plain) else None


def modality_of_name(stem: str) -> Modality | None:
    """The modality that the words of a file's name agree on; None if they say none, or both."""
    found = {modality_of(word) for word in re.split(r"[_.\- ]", stem)} - {None}
    return found.pop() if len(found) == 1 else None

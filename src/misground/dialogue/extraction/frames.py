"""Left and right in two frames of reference: the patient's and the picture's.

"Left" alone is taken in the frame that was asked. Words that name the other frame ("left side of the image",
"the patient's left") are no answer; where a text names both, those of the asked frame count.
"""

from collections.abc import Sequence
from typing import Final, Literal

from misground.dialogue.extraction.parts import NO_PART, Part
from misground.dialogue.extraction.words import word_lists, word_set

Frame = Literal["patient", "picture"]

_STOPS: Final = frozenset(",.;?!()[]")
_SHORT: Final = 8
"""Most parts of a text that is taken for an answer though it only equates a side with another."""
_LINKS: Final = frozenset(["of", "in", "on", "within", "for", "from", "to", "at"])
_PASSED: Final = frozenset(
    ["the", "this", "that", "a", "an", "each", "every", "your", "our", "these", "axial", "coronal",
     "sagittal", "ct", "mri", "mr", "displayed", "shown", "whole", "entire", "provided", "same", "current",
     "given", "original", "input"]
)  # fmt: skip
_EQUALS: Final = frozenset(
    ["is", "are", "appears", "appear", "corresponds", "equals", "means", "shown", "displayed", "lies", "=",
     "represents", "matches", "maps", "becomes"]
)  # fmt: skip


def in_frame(parts: Sequence[Part], places: Sequence[int], asked: Frame) -> list[int]:
    """Of the options at `places`, those that hold in the asked frame.

    A sentence about the convention ("the patient's left is displayed on the right") counts only if nothing
    else names an option.
    """
    frames = {at: _frame(parts, at) for at in places}
    if not any(frames.values()):
        return list(places)
    conventions = _conventions(parts, frames)
    own = [at for at in places if frames[at] == asked and at not in conventions]
    bare = [at for at in places if not frames[at] and at not in conventions]
    if own or bare:
        return own or bare
    told = len(parts) <= _SHORT or any(part.kind == "asked" or part.text in ("it", "=") for part in parts)
    return [at for at in places if frames[at] == asked] if told else []


def _frame(parts: Sequence[Part], at: int) -> str:
    """The frame that the words around an option name; "" if none does or it is neither left nor right."""
    if not any(side in parts[at].text for side in ("left", "right")):
        return ""
    for frame in ("patient", "picture"):
        if _part(parts, at - 1).text in word_lists()["owners"][frame] or f"{frame}'s" in parts[at].text:
            return frame
    ground = _part(parts, _behind_sides(parts, at, to_ground=True)).text
    for frame in ("patient", "picture"):
        if ground in word_lists()["grounds"][frame]:
            return frame
    return _perspective(parts, at)


def _behind_sides(parts: Sequence[Part], at: int, *, to_ground: bool) -> int:
    """The place behind "left side", or that of the noun in "left side of the image"; -1 if there is none."""
    place = at + 1
    while _part(parts, place).text in word_set("sides"):
        place += 1
    if not to_ground:
        return place
    if _part(parts, place).text not in _LINKS:
        return -1
    place += 1
    while _part(parts, place).text in _PASSED:
        place += 1
    return place


def _perspective(parts: Sequence[Part], at: int) -> str:
    for part in parts[at + 1 :]:
        if part.kind in ("patient", "picture"):
            return part.kind
        if part.kind == "option" or part.text in _STOPS or part.text in word_set("clause_words"):
            break
    for part in reversed(parts[:at]):
        if part.kind in ("patient", "picture"):
            return part.kind
        if part.text in (".", ";"):
            break
    return ""


def _conventions(parts: Sequence[Part], frames: dict[int, str]) -> set[int]:
    """The options in clauses that equate a side of the patient with a side of the picture."""
    found: set[int] = set()
    for at, frame in frames.items():
        ground = _behind_sides(parts, at, to_ground=True)
        behind = ground + 1 if ground > 0 and _is_ground(_part(parts, ground)) else at + 1
        while _part(parts, behind).text in word_set("sides"):
            behind += 1
        if not frame or _part(parts, behind).text not in _EQUALS or _has_subject(parts, at):
            continue
        for place in frames:
            if place >= at and not any(part.text in _STOPS for part in parts[at:place]):
                found.add(place)
    return found


def _is_ground(part: Part) -> bool:
    return any(part.text in nouns for nouns in word_lists()["grounds"].values())


def _has_subject(parts: Sequence[Part], at: int) -> bool:
    for part in reversed(parts[:at]):
        if part.text in _STOPS:
            return False
        if part.kind in ("asked", "other") or part.text == "it":
            return True
    return False


def _part(parts: Sequence[Part], at: int) -> Part:
    return parts[at] if 0 <= at < len(parts) else NO_PART

"""Rewriting a text step by step without losing where its characters came from.

Each step keeps its input. A place is traced back only when it is asked for, by walking the steps again, so
that rewriting costs nothing more and tracing takes time proportional to the text's length.
"""

import re
from collections.abc import Callable, Iterable, Mapping

_Edits = Callable[[], Iterable[tuple[int, int, int]]]
"""(start and end in the step's input, length of what stands there in its output), in order."""


class Rewriting:
    """A text that is rewritten in steps.

    Examples:
        >>> text = Rewriting("**Answer:** left")
        >>> text.substitute(re.compile(r"\\*"), "")
        >>> text.text, text.origin(8, 12)
        ('Answer: left', (12, 16))
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self._steps: list[_Edits] = []

    def substitute(self, pattern: re.Pattern[str], new: str) -> None:
        """Replace each match of a pattern by a template, as `re.sub` does."""
        before, after = self.text, pattern.sub(new, self.text)
        if after != before:
            self.text = after
            plain = "\\" not in new
            self._steps.append(
                lambda: (
                    (*match.span(), len(new if plain else match.expand(new)))
                    for match in pattern.finditer(before)
                )
            )

    def translate(self, table: Mapping[int, str | None]) -> None:
        """Replace single characters, as `str.translate` does with a table of texts."""
        before, after = self.text, self.text.translate(table)
        if after != before:
            self.text = after
            touched = re.compile("[" + "".join(re.escape(chr(code)) for code in table) + "]")
            self._steps.append(
                lambda: (
                    (*match.span(), len(table[ord(match[0])] or "")) for match in touched.finditer(before)
                )
            )

    def keep(self, pieces: list[tuple[int, int]], joint: str) -> None:
        """Keep pieces of the text alone, in order, with `joint` between them."""
        if pieces == [(0, len(self.text))]:
            return
        length = len(self.text)
        self.text = joint.join(self.text[start:end] for start, end in pieces)
        ends = [0, *(end for _, end in pieces)]
        starts = [*(start for start, _ in pieces), length]
        last = len(pieces)
        self._steps.append(
            lambda: (
                (end, start, len(joint) if 0 < number < last else 0)
                for number, (end, start) in enumerate(zip(ends, starts, strict=True))
            )
        )

    def origin(self, start: int, end: int) -> tuple[int, int]:
        """The span of the original text that became `text[start:end]`; `end` is above `start`."""
        for edits in reversed(self._steps):
            start, end = _before(edits(), start, end)
        return start, end


def _before(edits: Iterable[tuple[int, int, int]], start: int, end: int) -> tuple[int, int]:
    """Trace a span back through one step."""
    new_start: int | None = None
    shift = 0  # input place minus output place, behind the edits so far
    last = end - 1
    for first, behind, length in edits:
        here = first - shift  # where the edit begins in the output
        if new_start is None and start < here + length:
            new_start = start + shift if start < here else first
        if last < here + length:
            return (new_start or 0), (last + shift if last < here else behind - 1) + 1
        shift = behind - (here + length)
    return (start + shift if new_start is None else new_start), last + shift + 1

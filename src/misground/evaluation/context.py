"""The context of a model: how many tokens are left for a reply, estimated, then measured in the run.

All replies of a run have the same limit, so that its conditions can be compared; only a question whose
prompt leaves less has a lower one. The tokens of a picture are estimated by the family of the model. The
usage of the first reply to a slice, and of the first to a stack, tells whether that is right. Where it
matters, the other questions wait for it.
"""

import math
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import anyio
from inspect_ai.model import ModelOutput

from misground.evaluation.fitting import CHARACTERS_A_TOKEN, kind, picture_tokens, text_characters
from misground.evaluation.length_words import SMALLEST_REPLY, smaller_limit
from misground.evaluation.picture_tokens import UNKNOWN, Family
from misground.evaluation.replies import reason
from misground.evaluation.samples import ViewSize
from misground.evaluation.selection import Row

REPLY_LIMIT: Final = "reply_limit"
"""Key of a sample's metadata: tokens that its reply was given."""
LARGEST_ERROR: Final = 4.0
"""Factor by which the estimate of a picture's tokens may be wrong."""
TOLD: Final = 0.25
"""Share of the estimate from which on a difference is told."""
SMALL: Final = 0.02
"""Share above the estimate from which on stacks are corrected: they would not fit."""
CHARACTERS_MEASURED: Final = 4
"""Characters per token of the text, where the tokens of the pictures are what remains."""
ALIKE: Final = 1.1
NOISE: Final = 64
"""Tokens by which the text of a prompt may be misjudged."""
_WORDS: Final = {"2d": "slice", "3d": "stack"}

Pictures = tuple[str, int, int]
Call = Callable[[int | None], Awaitable[ModelOutput]]


@dataclass
class Context:
    """What is known of the context of a model, and of the tokens that its pictures take.

    Attributes:
        wanted: Tokens per reply that the user asked for.
        length: Maximum tokens of prompt and reply together; None if unknown.
        local: The same for a model in this process, whose provider counts the tokens of each prompt itself.
        family: Family of the model.
        sizes: Sizes of the views by view id.
        needs: (kind, pictures, their estimated tokens) -> estimated tokens of the longest such text.
        measured: Kind of question -> (estimated, measured) tokens of one picture.
        say: Called with a line for the user.
    """

    wanted: int
    length: int | None = None
    local: int | None = None
    family: Family = UNKNOWN
    sizes: Mapping[str, ViewSize] = field(default_factory=dict)
    needs: Mapping[Pictures, int] = field(default_factory=dict)
    measured: dict[str, tuple[float, float]] = field(default_factory=dict)
    say: Callable[[str], None] = lambda _: None
    _tried: set[str] = field(default_factory=set)
    _caps: dict[str, int] = field(default_factory=dict)
    _hopeless: set[str] = field(default_factory=set)
    _gates: dict[str, anyio.Lock] = field(default_factory=dict)

    @property
    def limit(self) -> int:
        """Tokens per reply of the run."""
        if self.length is None:
            return self.wanted
        quarter = max(self.length // 4, SMALLEST_REPLY)
        left = [self.length - need for need in self._needed() if self.length - need >= quarter]
        return min(self.wanted, min(left, default=quarter))

    @property
    def short(self) -> int:
        """Number of kinds of prompts that leave less than the limit."""
        return 0 if self.length is None else sum(self.length - need < self.limit for need in self._needed())

    def _needed(self) -> list[int]:
        return [text + self._corrected(*pictures) for pictures, text in self.needs.items()]

    def limit_of(self, question: Row) -> int:
        """Return the tokens for a reply: the run's limit, or less if the prompt leaves less."""
        shown = kind(question)
        if self.length is None:
            return self._caps.get(shown, self.wanted)
        text = text_characters(question, self.sizes) // CHARACTERS_A_TOKEN
        pictures = pictures_of(question, self.sizes, self.family)
        sure = shown == "text" or shown in self.measured
        least = SMALLEST_REPLY if sure else self.length // 4
        return min(self.limit, max(self.length - text - self._corrected(*pictures), least))

    def _corrected(self, shown: str, count: int, tokens: int) -> int:
        """Correct the estimate of some pictures by what was measured."""
        if shown in self.measured:
            return math.ceil(self._scaled(shown, count, tokens))
        return math.ceil(max([tokens, *(self._scaled(other, count, tokens) for other in self.measured)]))

    def _scaled(self, shown: str, count: int, tokens: int) -> float:
        """Apply a measurement: as the tokens of any picture if the rule is wrong, or as a factor of the rule.

        A slice is one picture, so the uncertain tokens of its text count: a small difference is none.
        """
        estimated, measured = self.measured[shown]
        counts = [each for _, each in self.measured.values()]
        alike = len(counts) > 1 and max(counts) < ALIKE * min(counts)
        if abs(measured / estimated - 1) > TOLD and (alike or not self.family.known):
            return count * (max(counts) if alike else measured)
        above = 1 + (SMALL if shown == "3d" else TOLD)
        return tokens * measured / estimated if not 1 - TOLD < measured / estimated < above else tokens

    async def reply(self, question: Row, call: Call) -> ModelOutput:
        """Ask a question, with as many tokens for its reply as fit.

        Args:
            question: The question.
            call: Asks it with a limit of its reply, or with the run's own if that is None.
        """
        shown = kind(question)
        if not self._waits(shown):
            return await self._fitted(question, call)
        async with self._gates.setdefault(shown, anyio.Lock()):
            if self._waits(shown):
                try:
                    return await self._fitted(question, call)
                finally:
                    self._tried.add(shown)
        return await self._fitted(question, call)

    def _waits(self, shown: str) -> bool:
        """Whether questions of a kind wait until one of them has shown what a picture takes."""
        if self.length is None or shown == "text" or shown in self.measured or shown in self._tried:
            return False
        largest = max(
            (text + LARGEST_ERROR * tokens for (_, _, tokens), text in self.needs.items()), default=0
        )
        return self.length < self.wanted + largest

    async def _fitted(self, question: Row, call: Call) -> ModelOutput:
        shown, limit, guessed = kind(question), self.limit_of(question), False
        while True:
            try:
                output = await call(None if limit == self.wanted else limit)
            except Exception as error:
                found = smaller_limit(reason(error), limit, self.length)
                if found is None or (found.prompt is None and shown in self._hopeless):
                    if guessed:
                        self._hopeless.add(shown)
                    raise
                guessed = found.prompt is None
                if found.prompt is not None:
                    self._measure(question, found.prompt, refused=True)
                limit = self._caps[shown] = found.limit
            else:
                usage = output.usage
                if usage is not None:
                    cached = (usage.input_tokens_cache_read or 0) + (usage.input_tokens_cache_write or 0)
                    self._measure(question, usage.input_tokens + cached)
                return output

    def _measure(self, question: Row, prompt: int, *, refused: bool = False) -> None:
        """Learn what a picture takes from the first prompt of a kind, and from each that was refused."""
        size = self.sizes.get(question["view_id"]) if question["view_id"] else None
        shown = kind(question)
        if size is None or (shown in self.measured and not refused):
            return
        estimated = self.family.rule(size.width, size.height, size.frames)
        text = text_characters(question, self.sizes) // CHARACTERS_MEASURED
        measured = (prompt - text) / size.frames
        if prompt - text < min(NOISE, estimated * size.frames):  # a server that does not count its pictures
            return
        if measured <= self.measured.get(shown, (0, 0))[1]:
            return
        again, before = shown in self.measured, self.limit
        self.measured[shown] = (estimated, round(measured, 1))
        if not again and abs(measured - estimated) > max(TOLD * estimated, NOISE / size.frames):
            now = f", and replies get at most {self.limit:,} tokens" if self.limit != before else ""
            self.say(
                f"a picture of a {_WORDS[shown]} takes about {measured:,.0f} tokens, not {estimated:,} "
                f"({self.family.name or self.family.source}): corrected for the rest of the run{now}"
            )

    def notes(self, model: str) -> tuple[str, ...]:
        """Return lines for the terminal before the run."""
        if self.local is not None and self.local < self.wanted + max(self._needed(), default=0):
            return (
                f"the context of the model holds {self.local:,} tokens: a reply gets what its prompt leaves, "
                f"at most {self.wanted:,}",
            )
        if self.length is None or (self.limit == self.wanted and not self.short):
            return ()
        shorter = "; some prompts leave less" if self.short else ""
        guess = (
            "" if self.family.known or not self._shows()
            else f", guessing what a picture takes: the family of {model} is unknown"
        )  # fmt: skip
        return (
            f"the context of the model holds {self.length:,} tokens: replies get at most {self.limit:,} "
            f"instead of {self.wanted:,}{shorter}{guess}",
        )

    def _shows(self) -> bool:
        return any(shown != "text" for shown, _, _ in self.needs)

    def record(self) -> dict[str, Any]:
        """Return what the run record says of the tokens of pictures."""
        return {
            "family": self.family.name or None,
            "rule": self.family.source,
            "measured": {
                shown: {"estimated": estimated, "measured": measured}
                for shown, (estimated, measured) in sorted(self.measured.items())
            },
        }


def context_of(
    questions: Sequence[Row],
    sizes: Mapping[str, ViewSize],
    family: Family,
    *,
    length: int | None,
    wanted: int,
    local: bool = False,
    recorded: Any = None,
    say: Callable[[str], None] = lambda _: None,
) -> Context:
    """Make the context of a run.

    Args:
        questions: Questions of the run.
        sizes: Sizes of their views by view id.
        family: Family of the model.
        length: Maximum tokens of prompt and reply together; None if unknown.
        wanted: Tokens per reply that the user asked for.
        local: Whether the model runs in this process, where its provider counts and shortens.
        recorded: What the record of an earlier call of the run says (`Context.record`).
        say: Called with a line for the user.
    """
    needs: dict[Pictures, int] = {}
    for question in questions if length is not None else ():
        key = pictures_of(question, sizes, family)
        text = text_characters(question, sizes) // CHARACTERS_A_TOKEN
        needs[key] = max(text, needs.get(key, 0))
    return Context(
        wanted,
        length=None if local else length,
        local=length if local else None,
        family=family,
        sizes={} if local else sizes,
        needs=needs,
        measured=_read(recorded, family),
        say=say,
    )


def pictures_of(question: Row, sizes: Mapping[str, ViewSize], family: Family) -> Pictures:
    """Return what a question shows: its kind, the number of its pictures, and their estimated tokens."""
    size = sizes.get(question["view_id"]) if question["view_id"] else None
    return kind(question), 0 if size is None else size.frames, picture_tokens(question, sizes, family)


def _read(recorded: Any, family: Family) -> dict[str, tuple[float, float]]:
    found: dict[str, tuple[float, float]] = {}
    if not isinstance(recorded, Mapping) or recorded.get("rule") != family.source:
        return found
    measured = recorded.get("measured")
    for shown, pair in measured.items() if isinstance(measured, Mapping) else ():
        values = [pair.get(name) for name in ("estimated", "measured")] if isinstance(pair, Mapping) else []
        plain = [float(value) for value in values if isinstance(value, int | float) and 0 < value < 1e9]
        if len(plain) == 2:
            found[str(shown)] = (plain[0], plain[1])
    return found

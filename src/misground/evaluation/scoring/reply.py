"""A reply that somebody else recorded, with what its file says of the question."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from misground.errors import UsageError
from misground.records.door.rows import shown
from misground.records.limits import MOST_EPOCHS, MOST_REPLY_BYTES

REASONS: Final = {"length": "max_tokens"}
"""Names of other harnesses for how a reply ended -> names of inspect_ai."""


@dataclass(frozen=True, slots=True)
class Claims:
    """What a file says was asked; None where it does not say.

    Attributes:
        text: Text of the question.
        options: Options in order.
        answer: The right option.
        prompt: The whole prompt.
        factors: Other columns of the question.
        benchmark_hash: The benchmark.
        lettered: Whether the options had letters and the marks were called 1 and 2.
    """

    text: str | None = None
    options: tuple[str, ...] | None = None
    answer: str | None = None
    prompt: str | None = None
    factors: Mapping[str, Any] = field(default_factory=dict)
    benchmark_hash: str | None = None
    lettered: bool = False


@dataclass(frozen=True, slots=True)
class Reply:
    """One reply of a file.

    Attributes:
        question_id: The question; None if only `index` is known.
        epoch: Which repetition of the question, from 1.
        completion: The reply; None if there is none.
        error: Why there is none.
        where: The file and the place in it, for messages.
        claims: What the file says was asked.
        known: Columns of results.parquet that the file tells, such as tokens.
        index: Number of the question in our VLMEvalKit export.
        before: Outcome and extracted answer of an earlier reading.
        kept: Whether the earlier reading stands, because it was not made from the text of the reply.
    """

    question_id: str | None
    epoch: int
    completion: str | None
    where: str
    error: str | None = None
    claims: Claims = Claims()
    known: Mapping[str, Any] = field(default_factory=dict)
    index: int | None = None
    before: tuple[str, str | None] | None = None
    kept: bool = False


@dataclass
class Source:
    """One file or folder of replies.

    Attributes:
        path: As the user named it.
        kind: What it is, for people.
        replies: Its replies; they can be read once.
        sha256: Hash of its content.
        benchmark_hash: The benchmark that it says was asked; None if it does not say.
        model: The model that it says replied; None if it does not say.
        columns: Columns of results.parquet that are the same in all its rows, as far as it tells them.
        record: The run.json of an earlier run.
        notes: Lines for the user about what was read.
    """

    path: Path
    kind: str
    replies: Iterator[Reply]
    sha256: str
    benchmark_hash: str | None = None
    model: str | None = None
    columns: Mapping[str, Any] = field(default_factory=dict)
    record: Mapping[str, Any] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def clean_text(value: Any, where: str, column: str) -> str:
    """A text of a file, with U+FFFD for halves of surrogate pairs.

    Raises:
        UsageError: It is no text, or longer than any reply.
    """
    if isinstance(value, bool | int | float):
        value = f"{value:g}" if isinstance(value, float) else str(value)
    if not isinstance(value, str):
        raise UsageError(f"{where}: {column} is {shown(value)}, expected a text")
    data = value.encode("utf-8", "surrogatepass")
    if len(data) > MOST_REPLY_BYTES:
        raise UsageError(
            f"{where}: {column} has {len(data):,} bytes, expected at most {MOST_REPLY_BYTES >> 20} MiB"
        )
    return data.decode("utf-8", "replace")


def clean_epoch(value: Any, where: str) -> int:
    """The number of an epoch; 1 if there is none.

    Raises:
        UsageError: It is anything else than a number from 1.
    """
    if value in (None, ""):
        return 1
    try:
        found = 0 if isinstance(value, bool) else int(float(value))
        if found != float(value) or not 1 <= found <= MOST_EPOCHS:
            raise ValueError
    except (ValueError, TypeError, OverflowError):
        raise UsageError(
            f"{where}: epoch is {shown(value)}, expected a whole number from 1 to {MOST_EPOCHS:,}"
        ) from None
    return found


def stop_reason(value: Any) -> str | None:
    """How a reply ended, as inspect_ai names it; None if that is not told."""
    if not isinstance(value, str) or not value or not value.isprintable():
        return None
    return REASONS.get(value, value)[:40]

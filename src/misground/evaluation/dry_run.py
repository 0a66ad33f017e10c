"""What a run would cost, before it is made: counts, tokens, pictures, time and money."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from misground.errors import UsageError
from misground.evaluation.fitting import kind, prompt_tokens
from misground.evaluation.samples import ViewSize
from misground.evaluation.selection import Row

REPLY_TOKENS: Final = 400
"""Tokens of a reply with reasons, where nothing better is known (ours)."""
SHORT_REPLY_TOKENS: Final = 8
TOKENS_A_SECOND: Final = 50.0
"""Of one reply (ours): what a hosted model or a server with a fitting GPU gives."""

CONNECTIONS: Final = 10
"""Calls at a time, unless told: inspect_ai's own number."""


@dataclass(frozen=True)
class Prices:
    """Of a million tokens, of prompts and of replies."""

    prompt: float
    reply: float


@dataclass(frozen=True)
class DryRun:
    """Totals over all epochs. seconds and cost are estimates; cost is None without prices."""

    questions: int
    items: int
    epochs: int
    by_task: Mapping[str, int]
    by_kind: Mapping[str, int]
    pictures: int
    prompt_tokens: int
    reply_tokens: int
    seconds: float
    cost: float | None

    @property
    def calls(self) -> int:
        """Questions times epochs."""
        return self.questions * self.epochs


def parse_prices(text: str) -> Prices:
    """`2.5,10` as prices of a million tokens.

    Raises:
        UsageError: it is no pair of numbers of at least 0.
    """
    try:
        prompt, reply = (float(part) for part in text.split(","))
    except ValueError:
        prompt = reply = -1.0
    if not (0 <= prompt < float("inf") and 0 <= reply < float("inf")):
        raise UsageError(
            f"--prices is {text!r}, expected two numbers for a million tokens in and out, as 2.5,10"
        )
    return Prices(prompt, reply)


def dry_run(
    questions: Sequence[Row],
    sizes: Mapping[str, ViewSize],
    *,
    epochs: int,
    reply_tokens: int,
    connections: int,
    tokens_a_second: float = TOKENS_A_SECOND,
    prices: Prices | None = None,
) -> DryRun:
    """Count what would be asked, and estimate the rest.

    Args:
        questions: those that are asked, of rows of `records.schemas.QUESTIONS`.
        sizes: of their views.
        epochs: how often each is asked.
        reply_tokens: expected of a reply.
        connections: calls at a time.
        tokens_a_second: of each of these.
        prices: of a million tokens.
    """
    prompts = epochs * sum(prompt_tokens(question, sizes) for question in questions)
    calls = epochs * len(questions)
    replies = calls * reply_tokens
    cost = None if prices is None else (prompts * prices.prompt + replies * prices.reply) / 1e6
    return DryRun(
        questions=len(questions),
        items=len({question["item_id"] for question in questions}),
        epochs=epochs,
        by_task=Counter(str(question["task"]) for question in questions),
        by_kind=Counter(kind(question) for question in questions),
        pictures=epochs * sum(sizes[q["view_id"]].frames for q in questions if q["view_id"]),
        prompt_tokens=prompts,
        reply_tokens=replies,
        seconds=calls * reply_tokens / tokens_a_second / max(connections, 1),
        cost=cost,
    )

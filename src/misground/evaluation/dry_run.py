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
class Gpus:
    """The GPUs that serve a model, taken together.

    Attributes:
        count: GPUs of all servers.
        rate: reply tokens a second that they write together under full load.
        price: of one GPU for an hour; None if unknown.
    """

    count: int
    rate: float
    price: float | None = None


@dataclass(frozen=True)
class DryRun:
    """Totals over all epochs. Times and costs are estimates.

    Attributes:
        cost: of the tokens; None without prices.
        gpu_hours: GPUs times hours; None where the GPUs are unknown.
        gpu_cost: of these hours; None without a price.
    """

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
    gpu_hours: float | None = None
    gpu_cost: float | None = None

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


def parse_gpus(text: str) -> Gpus:
    """`2,1500` or `2,1500,2.50` as GPUs, reply tokens a second of all of them, and the price of a GPU hour.

    Raises:
        UsageError: it is something else.
    """
    try:
        count, rate, *price = text.split(",")
        gpus = Gpus(int(count), float(rate), *map(float, price))
    except (ValueError, TypeError):
        gpus = Gpus(0, 0.0)
    if not (gpus.count >= 1 and 0 < gpus.rate < float("inf") and 0 <= (gpus.price or 0.0) < float("inf")):
        raise UsageError(
            f"--gpus is {text!r}, expected the number of GPUs, their reply tokens a second, and optionally "
            "the price of a GPU hour, as 2,1500,2.50"
        )
    return gpus


def dry_run(
    questions: Sequence[Row],
    sizes: Mapping[str, ViewSize],
    *,
    epochs: int,
    reply_tokens: int,
    connections: int,
    tokens_a_second: float = TOKENS_A_SECOND,
    prices: Prices | None = None,
    gpus: Gpus | None = None,
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
        gpus: those of the servers; their rate replaces `connections` and `tokens_a_second`.
    """
    prompts = epochs * sum(prompt_tokens(question, sizes) for question in questions)
    calls = epochs * len(questions)
    replies = calls * reply_tokens
    cost = None if prices is None else (prompts * prices.prompt + replies * prices.reply) / 1e6
    rate = tokens_a_second * max(connections, 1) if gpus is None else gpus.rate
    seconds = replies / rate
    hours = None if gpus is None else gpus.count * seconds / 3600
    price = None if gpus is None else gpus.price
    return DryRun(
        questions=len(questions),
        items=len({question["item_id"] for question in questions}),
        epochs=epochs,
        by_task=Counter(str(question["task"]) for question in questions),
        by_kind=Counter(kind(question) for question in questions),
        pictures=epochs * sum(sizes[q["view_id"]].frames for q in questions if q["view_id"]),
        prompt_tokens=prompts,
        reply_tokens=replies,
        seconds=seconds,
        cost=cost,
        gpu_hours=hours,
        gpu_cost=None if hours is None or price is None else hours * price,
    )

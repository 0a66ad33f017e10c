"""Estimates of a run before it starts: counts, tokens, pictures, time and money."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from misground.errors import UsageError
from misground.evaluation.fitting import kind, picture_tokens, prompt_tokens
from misground.evaluation.picture_tokens import UNKNOWN, Family
from misground.evaluation.samples import ViewSize
from misground.evaluation.selection import Row

REPLY_TOKENS: Final = 400
"""Expected tokens of a reply with reasoning (our estimate)."""
SHORT_REPLY_TOKENS: Final = 8
"""Expected tokens of a reply without reasoning (our estimate)."""
TOKENS_A_SECOND: Final = 50.0
"""Tokens per second of one reply from a hosted model or a server with a suitable GPU (our estimate)."""

CONNECTIONS: Final = 10
"""Default number of calls at a time, the same as inspect_ai's."""


@dataclass(frozen=True)
class Prices:
    """Prices of a million prompt tokens and of a million reply tokens."""

    prompt: float
    reply: float


@dataclass(frozen=True)
class Gpus:
    """All GPUs that serve a model.

    Attributes:
        count: Number of GPUs of all servers.
        rate: Reply tokens per second of all GPUs together under full load.
        price: Price of one GPU hour; None if unknown.
    """

    count: int
    rate: float
    price: float | None = None


@dataclass(frozen=True)
class DryRun:
    """The size of a run, and estimates of what it takes.

    Attributes:
        questions: Number of questions.
        items: Number of items that they belong to.
        epochs: Number of times each question is asked.
        by_task: Number of questions per task.
        by_kind: Number of questions that show nothing ("text"), a slice ("2d") or a stack ("3d").
        option_calls: Requests that score the options after the replies (`--read options`, `--read both`).
        pictures: Pictures sent, over all epochs.
        picture_tokens: Estimated tokens of the pictures, over all epochs.
        family: Family of the model, whose rule the estimate follows.
        prompt_tokens: Estimated tokens of the prompts, over all epochs.
        reply_tokens: Estimated tokens of the replies, over all epochs.
        seconds: Estimated time.
        cost: Estimated cost of the tokens; None without prices.
        gpu_hours: Number of GPUs times hours; None if the GPUs are unknown.
        gpu_cost: Cost of these hours; None without a price.
    """

    questions: int
    items: int
    epochs: int
    by_task: Mapping[str, int]
    by_kind: Mapping[str, int]
    pictures: int
    picture_tokens: int
    family: Family
    prompt_tokens: int
    reply_tokens: int
    seconds: float
    cost: float | None
    gpu_hours: float | None = None
    gpu_cost: float | None = None
    option_calls: int = 0

    @property
    def calls(self) -> int:
        """Number of calls: questions times epochs."""
        return self.questions * self.epochs


def parse_prices(text: str) -> Prices:
    """Parse prices of a million tokens, such as "2.5,10".

    Raises:
        UsageError: The text is not a pair of numbers of at least 0.
    """
    try:
        prompt, reply = (float(part) for part in text.split(","))
    except ValueError:
        prompt = reply = -1.0
    if not (0 <= prompt < float("inf") and 0 <= reply < float("inf")):
        raise UsageError(
            f"--prices is {text!r}, expected two numbers, the prices of a million prompt and reply tokens, "
            "such as 2.5,10"
        )
    return Prices(prompt, reply)


def parse_gpus(text: str) -> Gpus:
    """Parse the number of GPUs, their reply tokens per second, and the price of a GPU hour.

    Args:
        text: "COUNT,RATE" or "COUNT,RATE,PRICE", such as "2,1500" or "2,1500,2.50".

    Raises:
        UsageError: The text is something else.
    """
    try:
        count, rate, *price = text.split(",")
        gpus = Gpus(int(count), float(rate), *map(float, price))
    except (ValueError, TypeError):
        gpus = Gpus(0, 0.0)
    if not (gpus.count >= 1 and 0 < gpus.rate < float("inf") and 0 <= (gpus.price or 0.0) < float("inf")):
        raise UsageError(
            f"--gpus is {text!r}, expected the number of GPUs, their total reply tokens per second and, "
            "optionally, the price of a GPU hour, such as 2,1500,2.50"
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
    family: Family = UNKNOWN,
    scored: bool = False,
) -> DryRun:
    """Count the questions, and estimate tokens, time and cost.

    Args:
        questions: Questions to ask, rows of `records.schemas.QUESTIONS`.
        sizes: Sizes of their views by view id.
        epochs: Number of times each question is asked.
        reply_tokens: Expected tokens per reply.
        connections: Number of calls at a time.
        tokens_a_second: Tokens per second of each call.
        prices: Prices of a million tokens.
        gpus: GPUs of the servers; their rate replaces `connections` and `tokens_a_second`.
        family: Family of the model, for the tokens of a picture.
        scored: Whether each option is scored after each reply. Each costs a request whose prompt is the
            question with its pictures, the reply and the option.
    """
    often = [epochs * (1 + len(question["options"]) * scored) for question in questions]
    prompts = sum(
        times * prompt_tokens(question, sizes, family)
        for times, question in zip(often, questions, strict=True)
    )
    option_calls = sum(often) - epochs * len(questions)
    prompts += option_calls * reply_tokens
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
        family=family,
        picture_tokens=sum(
            times * picture_tokens(question, sizes, family)
            for times, question in zip(often, questions, strict=True)
        ),
        pictures=sum(
            times * sizes[q["view_id"]].frames
            for times, q in zip(often, questions, strict=True)
            if q["view_id"]
        ),
        option_calls=option_calls,
        prompt_tokens=prompts,
        reply_tokens=replies,
        seconds=seconds,
        cost=cost,
        gpu_hours=hours,
        gpu_cost=None if hours is None or price is None else hours * price,
    )

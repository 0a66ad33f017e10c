"""Content tokens: words and their pieces, as against what steers a model or was never trained.

The embeddings of special, added, unused and byte tokens mean nothing as words: they are no one's neighbours,
and the rule leaves a step alone in which one of them is likely.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

import torch
from torch import Tensor

from semsam.errors import ModelError, SettingsError
from semsam.token_kinds import (
    MEANING,
    Reason,
    added_ids,
    config_ids,
    letterless,
    named_unused,
    whole_numbers,
)
from semsam.tokens import Tokenizer, names, printable, size, texts

Policy = Literal["added", "strict"]
POLICIES: tuple[Policy, ...] = get_args(Policy)
EXAMPLES = 8


@dataclass(frozen=True, slots=True, eq=False)
class ContentReport:
    """Which tokens are content, and why the others are not.

    Attributes:
        policy: "added" or "strict".
        reasons: (V,) int8, a `Reason` for each token.
        tokenizer_size: how many ids the tokenizer has; may be more or less than V.
        examples: the first ids of each reason that occurs, with the vocabulary's names (None: no token).
    """

    policy: Policy
    reasons: Tensor
    tokenizer_size: int
    examples: Mapping[Reason, tuple[tuple[int, str | None], ...]]

    @property
    def mask(self) -> Tensor:
        """(V,) bool, True where a token is content."""
        return self.reasons == Reason.CONTENT

    @property
    def vocab_size(self) -> int:
        """V."""
        return int(self.reasons.shape[0])

    def ids(self, reason: Reason) -> list[int]:
        """The ids that have a reason, in order."""
        return [int(token) for token in (self.reasons == reason).nonzero().flatten()]

    def counts(self) -> dict[Reason, int]:
        """How many tokens have each reason, those that occur, content first."""
        numbers = self.reasons.to(torch.int64).bincount().tolist()
        return {Reason(value): count for value, count in enumerate(numbers) if count}

    def to_dict(self) -> dict[str, Any]:
        """The report as JSON can hold it. Names are as the vocabulary has them: escape them where shown."""
        counts = self.counts()
        return {
            "policy": self.policy,
            "vocab_size": self.vocab_size,
            "tokenizer_size": self.tokenizer_size,
            "content": counts.pop(Reason.CONTENT, 0),
            "left_out": {
                reason.name.lower(): {
                    "count": count,
                    "examples": [{"id": token, "token": name} for token, name in self.examples[reason]],
                }
                for reason, count in counts.items()
            },
        }

    def __str__(self) -> str:
        """A line for the whole, and one a reason, tokens in quotes and safe to print."""
        counts = self.counts()
        content = counts.pop(Reason.CONTENT, 0)
        lines = [f"{content} of {self.vocab_size} tokens are content (policy {self.policy})"]
        for reason, count in counts.items():
            shown = [
                f"{token}" if name is None else f"{token} {printable(name)}"
                for token, name in self.examples[reason]
            ]
            if count > len(shown):
                shown.append("...")
            lines.append(f"  {count} {MEANING[reason]}: {', '.join(shown)}")
        return "\n".join(lines)


def content_mask(
    tokenizer: Tokenizer,
    config: Any,
    vocab_size: int,
    policy: Policy = "added",
    *,
    embedding: Tensor | None = None,
) -> Tensor:
    """(V,) bool, True where a token is content: see `content_report` for the arguments."""
    return content_report(tokenizer, config, vocab_size, policy, embedding=embedding).mask


def content_report(
    tokenizer: Tokenizer,
    config: Any,
    vocab_size: int,
    policy: Policy = "added",
    *,
    embedding: Tensor | None = None,
) -> ContentReport:
    """Which of V tokens are content, and why the others are not.

    No content are: special and added tokens; ids that the configuration names; rows without a token (an id at
    or past the tokenizer's length, or one that it skips); byte-fallback tokens; tokens whose name says unused
    or reserved; zero rows. Policy "strict" also takes out every token without a letter: whitespace, digits,
    punctuation and symbols, emoji among them. A token that is a piece of a character stays: what it becomes
    is not known from it alone, and mostly it is a letter of another script.

    Args:
        tokenizer: of the model, see `Tokenizer`.
        config: the model's configuration (object or dict), a list of several such as
            [model.config, model.generation_config], or None.
        vocab_size: V, the width of the logits, or the rows of the matrix that a table is built from. Special
            tokens past it are passed over (Llama 3.2 Vision's image token has a row and no logit; SmolVLM's
            configuration names a pad token that does not exist); rows past the tokenizer's length (Qwen's
            padding) are no content.
        policy: "added" or "strict".
        embedding: (at least V, d), whose zero rows are marked; None leaves them to `build_table`.

    Raises:
        SettingsError: the policy or vocab_size is out of range.
        ModelError: no tokenizer, an embedding of too few rows, or nothing is left.
    """
    if policy not in POLICIES:
        raise SettingsError(f"content policy is {policy!r}, expected one of {', '.join(POLICIES)}")
    if vocab_size < 1:
        raise SettingsError(f"vocab_size is {vocab_size}, expected at least 1")
    if embedding is not None and (embedding.ndim != 2 or embedding.shape[0] < vocab_size):
        raise ModelError(
            f"the embedding has shape {tuple(embedding.shape)}, expected at least {vocab_size} rows"
        )
    total = size(tokenizer)
    known = names(tokenizer, range(min(total, vocab_size)))
    unused = [
        (token, Reason.MISSING if name is None else named_unused(name)) for token, name in enumerate(known)
    ]
    reasons = torch.zeros(vocab_size, dtype=torch.int8)

    def mark(ids: Iterable[int], reason: Reason) -> None:
        at = torch.tensor([token for token in ids if 0 <= token < vocab_size], dtype=torch.int64)
        reasons[at] = torch.where(reasons[at] == Reason.CONTENT, int(reason), reasons[at])

    def mark_found(found: Iterable[tuple[int, Reason | None]]) -> None:
        pairs = [(token, reason) for token, reason in found if reason is not None]
        for reason in sorted({reason for _, reason in pairs}):
            mark((token for token, one in pairs if one == reason), reason)

    mark(whole_numbers(getattr(tokenizer, "all_special_ids", None)), Reason.SPECIAL)
    mark(added_ids(tokenizer), Reason.ADDED)
    mark(config_ids(config), Reason.CONFIG)
    mark(range(len(known), vocab_size), Reason.MISSING)
    mark_found(unused)
    if embedding is not None:
        mark(_zero_rows(embedding[:vocab_size]), Reason.ZERO)
    if policy == "strict":
        left = [int(token) for token in (reasons == Reason.CONTENT).nonzero().flatten()]
        mark_found(zip(left, map(letterless, texts(tokenizer, left)), strict=True))

    examples: dict[Reason, tuple[tuple[int, str | None], ...]] = {}
    report = ContentReport(policy, reasons, total, examples)
    for reason in report.counts():
        if reason != Reason.CONTENT:
            first = report.ids(reason)[:EXAMPLES]
            examples[reason] = tuple((token, known[token] if token < len(known) else None) for token in first)
    if not bool(report.mask.any()):
        raise ModelError(
            f"none of {vocab_size} tokens is content under policy {policy!r} (the tokenizer has {total}): "
            "is it this model's tokenizer?"
        )
    return report


def _zero_rows(embedding: Tensor) -> list[int]:
    # A norm needs no second matrix, as a comparison would.
    largest = torch.linalg.vector_norm(embedding, ord=math.inf, dim=1)
    return [int(token) for token in (largest == 0).nonzero().flatten()]

"""Content tokens: words and their pieces, as opposed to tokens that steer a model or were never trained.

The embeddings of special, added, unused and byte tokens mean nothing as words. Such tokens have no neighbours
and are neighbours of no token, and the rule defers every step in which one of them is a candidate.
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
    special_ids,
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
        reasons: (V,) int8, a `semsam.token_kinds.Reason` for each token.
        tokenizer_size: Number of ids of the tokenizer; may be more or less than V.
        examples: The first ids of each reason that occurs, with their names in the vocabulary (None: no
            token).

    Examples:
        >>> from tokenizers import Tokenizer, models
        >>> from transformers import PreTrainedTokenizerFast
        >>> words = models.WordLevel({"<s>": 0, "left": 1, "7": 2, "<unused1>": 3}, unk_token="<s>")
        >>> tokenizer = PreTrainedTokenizerFast(tokenizer_object=Tokenizer(words), bos_token="<s>")
        >>> report = content_report(tokenizer, None, 5, policy="strict")
        >>> print(report)
        1 of 5 tokens are content (policy strict)
          1 special tokens of the tokenizer: 0 '<s>'
          1 rows without a token: 4
          1 unused and reserved tokens, by their names: 3 '<unused1>'
          1 digits (strict): 2 '7'
        >>> report.mask.tolist()
        [False, True, False, False, False]
    """

    policy: Policy
    reasons: Tensor
    tokenizer_size: int
    examples: Mapping[Reason, tuple[tuple[int, str | None], ...]]

    @property
    def mask(self) -> Tensor:
        """(V,) bool, True for content tokens."""
        return self.reasons == Reason.CONTENT

    @property
    def vocab_size(self) -> int:
        """V, the number of tokens."""
        return int(self.reasons.shape[0])

    def ids(self, reason: Reason) -> list[int]:
        """Return the ids that have a reason, in order."""
        return [int(token) for token in (self.reasons == reason).nonzero().flatten()]

    def counts(self) -> dict[Reason, int]:
        """Return how many tokens have each reason that occurs, content first."""
        numbers = self.reasons.to(torch.int64).bincount().tolist()
        return {Reason(value): count for value, count in enumerate(numbers) if count}

    def to_dict(self) -> dict[str, Any]:
        """Return the report as JSON can hold it.

        Names are as the vocabulary has them: escape them before you show them.
        """
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
        """A summary line, then a line per reason; tokens are quoted and safe to print."""
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
    """Return which tokens are content, as a mask.

    Args:
        tokenizer: Tokenizer of the model.
        config: Configuration of the model, a list of several, or None.
        vocab_size: V, the width of the logits or the number of rows of the matrix.
        policy: "added" or "strict".
        embedding: (at least V, d) floats, whose zero rows are marked; None leaves them to `build_table`.

    Returns:
        (V,) bool, True for content tokens. `content_report` describes the arguments and gives the reasons.

    Raises:
        SettingsError: `policy` or `vocab_size` is out of range.
        ModelError: `tokenizer` is not a tokenizer, `embedding` has too few rows, or no token is content.

    Examples:
        >>> from tokenizers import Tokenizer, models
        >>> from transformers import PreTrainedTokenizerFast
        >>> words = models.WordLevel({"<s>": 0, "left": 1, "7": 2, "<unused1>": 3}, unk_token="<s>")
        >>> tokenizer = PreTrainedTokenizerFast(tokenizer_object=Tokenizer(words), bos_token="<s>")
        >>> content_mask(tokenizer, None, vocab_size=5).tolist()
        [False, True, True, False, False]
    """
    return content_report(tokenizer, config, vocab_size, policy, embedding=embedding).mask


def content_report(
    tokenizer: Tokenizer,
    config: Any,
    vocab_size: int,
    policy: Policy = "added",
    *,
    embedding: Tensor | None = None,
) -> ContentReport:
    """Find out which of V tokens are content, and why the others are not.

    Not content are special and added tokens, ids that the configuration names, rows without a token (an id at
    or past the tokenizer's length, or one that it skips), byte-fallback tokens, tokens whose name says unused
    or reserved, and zero rows. Policy "strict" also leaves out every token without a letter: whitespace,
    digits, punctuation and symbols, including emoji. A token that is a piece of a character stays, because it
    usually becomes a letter of another script.

    Args:
        tokenizer: Tokenizer of the model, see `semsam.tokens.Tokenizer`.
        config: Configuration of the model (object or dict), a list of several such as
            [model.config, model.generation_config], or None.
        vocab_size: V, the width of the logits, or the number of rows of the matrix that a table is built
            from. Special tokens past it are ignored (Llama 3.2 Vision's image token has a row and no logit;
            SmolVLM's configuration names a pad token that does not exist). Rows past the tokenizer's length
            (Qwen's padding) are not content.
        policy: "added" or "strict".
        embedding: (at least V, d) floats, whose zero rows are marked; None leaves them to `build_table`.

    Returns:
        A reason for each token, with counts and examples.

    Raises:
        SettingsError: `policy` or `vocab_size` is out of range.
        ModelError: `tokenizer` is not a tokenizer, `embedding` has too few rows, or no token is content.

    Examples:
        >>> from tokenizers import Tokenizer, models
        >>> from transformers import PreTrainedTokenizerFast
        >>> words = models.WordLevel({"<s>": 0, "left": 1, "7": 2, "<unused1>": 3}, unk_token="<s>")
        >>> tokenizer = PreTrainedTokenizerFast(tokenizer_object=Tokenizer(words), bos_token="<s>")
        >>> report = content_report(tokenizer, {"pad_token_id": 2}, vocab_size=4)
        >>> {reason.name: count for reason, count in report.counts().items()}
        {'CONTENT': 1, 'SPECIAL': 1, 'CONFIG': 1, 'RESERVED': 1}
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

    mark(special_ids(tokenizer), Reason.SPECIAL)
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
            "does the tokenizer belong to this model?"
        )
    return report


def _zero_rows(embedding: Tensor) -> list[int]:
    # A norm needs no second matrix; a comparison would.
    largest = torch.linalg.vector_norm(embedding, ord=math.inf, dim=1)
    return [int(token) for token in (largest == 0).nonzero().flatten()]

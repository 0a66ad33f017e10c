"""The steps that were kept of a reply, with the text and the place of their tokens."""

from collections.abc import Sequence
from typing import Any

from misground.evaluation.providers.local.encoding import Encoder
from misground.evaluation.providers.local.spans import spans
from misground.evaluation.traced import kept_step, trace_of
from semsam.trace import Steps

_BEFORE = "a"


class TokenTexts:
    """The texts of single tokens, special ones too, as they stand behind another token.

    Some tokenizers drop the space of a token that begins a text, so each is decoded behind a word.

    Args:
        tokenizer: A tokenizer of transformers.
    """

    def __init__(self, tokenizer: Any) -> None:
        self._tokenizer = tokenizer
        self._word: list[int] = tokenizer.encode(_BEFORE, add_special_tokens=False)
        self._start = self._decode(self._word)
        self._known: dict[int, str] = {}

    def __call__(self, token: int) -> str:
        """Return the text of a token; a part of a character is U+FFFD."""
        if token not in self._known:
            behind = self._decode([*self._word, token])
            own = behind[len(self._start) :] if behind.startswith(self._start) else self._decode([token])
            self._known[token] = own
        return self._known[token]

    def _decode(self, tokens: Sequence[int]) -> str:
        options = {"skip_special_tokens": False, "clean_up_tokenization_spaces": False}
        return str(self._tokenizer.decode(tokens, **options))


def trace_of_reply(kept: Steps, encoder: Encoder, tokens: Sequence[int], text: str) -> dict[str, Any]:
    """The trace of a reply, as `traced.trace_of` has it.

    Args:
        kept: The steps of the reply.
        encoder: Encoder of the model.
        tokens: Tokens of the reply.
        text: Text of the reply.
    """
    told = TokenTexts(encoder.tokenizer)
    steps = [one for one in kept.steps if one.position < len(tokens)]
    where = spans(encoder.decode, tokens, text, [one.position for one in steps])
    return trace_of(
        [
            kept_step(
                one.position,
                where[one.position],
                "deferred" if one.deferred else "fired",
                (one.choice, told(one.choice)),
                (one.greedy, told(one.greedy)),
                [(each.token, told(each.token), each.p, each.score) for each in one.candidates],
            )
            for one in steps
        ],
        kept.left_out,
    )

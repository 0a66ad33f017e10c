"""Tokens as a tokenizer names them and as people read them. Nothing here trusts what a token says."""

from collections.abc import Sequence
from typing import Any, Protocol

from semsam.errors import ModelError, UsageError

LIMIT = 60  # characters of a token that are shown
SPACE = "▁"  # SentencePiece's sign for a space; byte-level BPE writes "Ġ"
BROKEN = "\ufffd"  # what bytes that are no whole character decode to


class Tokenizer(Protocol):
    """What is used of a tokenizer; every tokenizer of transformers has it, fast, slow or of mistral-common.

    Beside these, `content` reads `all_special_ids` (ids), `added_tokens_decoder` (a mapping by id) and
    `get_added_vocab()` (a mapping to ids) where they are there, and `batch_decode` where it is.
    """

    def __len__(self) -> int:
        """How many ids there are, added tokens counted."""

    def convert_ids_to_tokens(self, ids: Any) -> Any:
        """The vocabulary's names of a list of ids; None where an id has no token."""

    def convert_tokens_to_ids(self, tokens: Any) -> Any:
        """The id of a name."""

    def decode(self, token_ids: Any) -> Any:
        """The text of a list of ids."""

    def encode(self, text: Any, *, add_special_tokens: bool) -> Any:
        """The ids of a text."""


def size(tokenizer: Tokenizer) -> int:
    """How many ids a tokenizer has; ModelError where it is no tokenizer."""
    missing = [
        name
        for name in ("__len__", "convert_ids_to_tokens", "convert_tokens_to_ids", "decode", "encode")
        if not callable(getattr(tokenizer, name, None))
    ]
    if missing:
        raise ModelError(
            f"a {type(tokenizer).__name__} has no {missing[0]}, expected a tokenizer "
            "(of a processor, pass processor.tokenizer)"
        )
    return len(tokenizer)


def names(tokenizer: Tokenizer, ids: Sequence[int]) -> list[str | None]:
    """The vocabulary's names of ids, such as "Ġleft"; None where an id has no token."""
    return [name if isinstance(name, str) else None for name in tokenizer.convert_ids_to_tokens(list(ids))]


def texts(tokenizer: Tokenizer, ids: Sequence[int]) -> list[str]:
    """What ids decode to, each alone, its leading space kept.

    A token that is part of a character only keeps its name in the vocabulary; an id without a token is "".
    """
    batch = [[int(token)] for token in ids]
    decode_all = getattr(tokenizer, "batch_decode", None)
    decoded = decode_all(batch) if callable(decode_all) else [tokenizer.decode(one) for one in batch]
    return [_readable(name, text) for name, text in zip(names(tokenizer, ids), decoded, strict=True)]


def printable(text: str, limit: int = LIMIT) -> str:
    r"""Text in quotes that is safe to print: control characters, ANSI escapes and the like as \x1b.

    Args:
        text: anything, a token of a file from anywhere among it.
        limit: characters shown before the rest is cut off, marked by an ellipsis.
    """
    return repr(text) if len(text) <= limit else repr(text[:limit]) + "…"


def find_token(tokenizer: Tokenizer, text: str) -> int:
    """The one token of a text, its leading space as given.

    Args:
        tokenizer: of the model.
        text: as written (" left"), as the vocabulary writes it ("Ġleft", "▁left"), or "#1234" for an id.

    Raises:
        UsageError: no single token is this text, with the pieces that it falls into; or no such id.
    """
    total = size(tokenizer)
    number = text[1:]
    if text.startswith("#") and number.isascii() and number.isdigit():
        if int(number) >= total:
            raise UsageError(f"the tokenizer has no token {text}: its ids run from #0 to #{total - 1}")
        return int(number)
    found = single_token(tokenizer, text)
    if found is None:
        pieces = list(tokenizer.encode(text, add_special_tokens=False)) if text else []
        parts = ", ".join(printable(piece) for piece in texts(tokenizer, pieces)) or "nothing"
        raise UsageError(
            f"no single token is {printable(text)}: it falls into {parts}; "
            "give one token, its leading space with it, or #ID"
        )
    return found


def single_token(tokenizer: Tokenizer, text: str) -> int | None:
    """The one token of a text, as `find_token` finds it; None where there is none."""
    if not text:
        return None
    ids = list(tokenizer.encode(text, add_special_tokens=False))
    # A SentencePiece tokenizer may put a space before the text: then the token is another.
    if len(ids) == 1 and texts(tokenizer, ids) == [text]:
        return int(ids[0])
    for name in dict.fromkeys((text, text.replace(" ", SPACE), text.replace(" ", "Ġ"))):
        token = tokenizer.convert_tokens_to_ids(name)
        # An unknown name gives the unknown token's id.
        if isinstance(token, int) and names(tokenizer, [token]) == [name]:
            return token
    return None


def _readable(name: str | None, text: str) -> str:
    if name is None:
        return ""
    if BROKEN in text:
        return name
    spaces = len(name) - len(name.lstrip(SPACE))
    return " " * spaces + text.lstrip(" ") if spaces else text

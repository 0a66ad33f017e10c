"""Tokens as a tokenizer names them and as people read them. Their text is untrusted throughout."""

from collections.abc import Sequence
from typing import Any, Protocol

from semsam.errors import ModelError, UsageError

LIMIT = 60  # characters of a token that are shown
SPACE = "▁"  # SentencePiece's sign for a space; byte-level BPE writes "Ġ"
BROKEN = "\ufffd"  # what bytes of an incomplete character decode to


class Tokenizer(Protocol):
    """The part of a tokenizer that is used here; every tokenizer of transformers has it, fast or slow.

    `semsam.content` also reads `all_special_ids` (ids), `added_tokens_decoder` (a mapping by id) and
    `get_added_vocab()` (a mapping to ids) if they exist, and `texts` uses `batch_decode` if it exists.
    """

    def __len__(self) -> int:
        """Return the number of ids, including added tokens."""

    def convert_ids_to_tokens(self, ids: Any) -> Any:
        """Return the vocabulary's names of a list of ids; None for an id without a token."""

    def convert_tokens_to_ids(self, tokens: Any) -> Any:
        """Return the id of a name."""

    def decode(self, token_ids: Any) -> Any:
        """Return the text of a list of ids."""

    def encode(self, text: Any, *, add_special_tokens: bool) -> Any:
        """Return the ids of a text."""


def size(tokenizer: Tokenizer) -> int:
    """Return the number of ids of a tokenizer.

    Raises:
        ModelError: The object is not a tokenizer.
    """
    missing = [
        name
        for name in ("__len__", "convert_ids_to_tokens", "convert_tokens_to_ids", "decode", "encode")
        if not callable(getattr(tokenizer, name, None))
    ]
    if missing:
        raise ModelError(
            f"a {type(tokenizer).__name__} has no {missing[0]}, expected a tokenizer "
            "(if this is a processor, pass processor.tokenizer)"
        )
    return len(tokenizer)


def names(tokenizer: Tokenizer, ids: Sequence[int]) -> list[str | None]:
    """Return the vocabulary's names of ids, such as "Ġleft"; None for an id without a token."""
    return [name if isinstance(name, str) else None for name in tokenizer.convert_ids_to_tokens(list(ids))]


def texts(tokenizer: Tokenizer, ids: Sequence[int]) -> list[str]:
    """Decode each id by itself, keeping its leading space.

    Args:
        tokenizer: Tokenizer of the model.
        ids: Ids to decode.

    Returns:
        A text for each id: the name in the vocabulary for a token that is only part of a character, and ""
        for an id without a token.
    """
    batch = [[int(token)] for token in ids]
    decode_all = getattr(tokenizer, "batch_decode", None)
    decoded = decode_all(batch) if callable(decode_all) else [tokenizer.decode(one) for one in batch]
    return [_readable(name, text) for name, text in zip(names(tokenizer, ids), decoded, strict=True)]


def printable(text: str, limit: int = LIMIT) -> str:
    r"""Quote a text so that it is safe to print; control characters become escapes such as \x1b.

    Args:
        text: Any text, including tokens of untrusted files.
        limit: Number of characters to show before the rest is replaced by an ellipsis.

    Returns:
        The quoted text.

    Examples:
        >>> print(printable("\x1b[2J"), printable("abcdef", limit=3))
        '\x1b[2J' 'abc'…
    """
    return repr(text) if len(text) <= limit else repr(text[:limit]) + "…"


def find_token(tokenizer: Tokenizer, text: str) -> int:
    """Find the single token of a text.

    Args:
        tokenizer: Tokenizer of the model.
        text: The text with its leading space (" left"), its name in the vocabulary ("Ġleft", "▁left"), or
            "#1234" for an id.

    Returns:
        The id.

    Raises:
        UsageError: The text is not a single token (the message gives its pieces), or there is no such id.
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
            f"{printable(text)} splits into {parts}, expected a single token: "
            "give one token with its leading space, or #ID"
        )
    return found


def single_token(tokenizer: Tokenizer, text: str) -> int | None:
    """Return the single token of a text as `find_token` finds it; None if there is none."""
    if not text:
        return None
    ids = list(tokenizer.encode(text, add_special_tokens=False))
    # A SentencePiece tokenizer may put a space before the text, which gives another token.
    if len(ids) == 1 and texts(tokenizer, ids) == [text]:
        return int(ids[0])
    for name in dict.fromkeys((text, text.replace(" ", SPACE), text.replace(" ", "Ġ"))):
        token = tokenizer.convert_tokens_to_ids(name)
        # For an unknown name, tokenizers return the id of the unknown token.
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

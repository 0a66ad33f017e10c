"""Kinds of tokens that are not words: named by a configuration, marked by their names, or letterless."""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from enum import IntEnum
from numbers import Integral
from typing import Any

from semsam.errors import ModelError
from semsam.tokens import BROKEN


class Reason(IntEnum):
    """Why a token is not content. Reasons are tried in this order, and the first that applies counts."""

    CONTENT = 0
    SPECIAL = 1
    ADDED = 2
    CONFIG = 3
    MISSING = 4
    BYTE = 5
    RESERVED = 6
    ZERO = 7
    BLANK = 8
    DIGITS = 9
    PUNCTUATION = 10


MEANING = {
    Reason.CONTENT: "content",
    Reason.SPECIAL: "special tokens of the tokenizer",
    Reason.ADDED: "tokens added to the vocabulary",
    Reason.CONFIG: "named by the model's configuration",
    Reason.MISSING: "rows without a token",
    Reason.BYTE: "byte-fallback tokens",
    Reason.RESERVED: "unused and reserved tokens, by their names",
    Reason.ZERO: "zero rows of the embedding",
    Reason.BLANK: "whitespace and control characters (strict)",
    Reason.DIGITS: "digits (strict)",
    Reason.PUNCTUATION: "punctuation and symbols (strict)",
}

# Nested configurations whose ids belong to the text vocabulary. Others (a Q-Former's, a speech codec's) have
# a vocabulary of their own.
NESTED = (
    "text_config",
    "llm_config",
    "language_config",
    "thinker_config",
    "decoder",
    "vision_config",
    "generation_config",
)
TOKEN_ID = re.compile(r"_token_(?:ids?|index|indices)$")

# Names that reveal a kind when no list does. "<s>" and "<unk>" are not included: a model that is steered by
# them lists them as special, and in Qwen's vocabulary they are ordinary tokens.
BYTE = re.compile(r"<0x[0-9A-Fa-f]{2}>")
RESERVED = re.compile(
    r"""
      <[|｜][^<>]*[|｜]>                    # <|reserved_special_token_3|>, <|fim_prefix|>
    | [<\[](?:unused|reserved|dummy|placeholder|special|control|extra_id|extra_token|pad)[_-]?\d*[>\]]
    | <mask> | \[multimodal\]
    | </?(?:image|img|video|audio|global-img)>
    | <(?:image|img|video|audio|vision|fim)_\w+>   # <image_soft_token>, <IMG_CONTEXT>, <fim_prefix>
    | <(?:start|end|begin)_of_\w+>
    | <fake_token_around_image> | <row_\d+_col_\d+> | <(?:loc|seg)_?\d+>
    | madeupword\d+
    """,
    re.VERBOSE | re.IGNORECASE,
)


def config_ids(config: Any) -> set[int]:
    """Collect the ids that a configuration names: *_token_id, *_token_ids, *_token_index, *_token_indices.

    Args:
        config: A configuration (object or dict), a list of several, or None. The configurations inside it
            that `NESTED` names are searched too; values that are not whole numbers are ignored.

    Returns:
        The ids.

    Examples:
        >>> config = {"eos_token_id": [2, 3], "hidden_size": 64, "text_config": {"pad_token_id": 0}}
        >>> sorted(config_ids(config))
        [0, 2, 3]
    """
    if isinstance(config, list | tuple):
        return {token for one in config for token in config_ids(one)}
    found: set[int] = set()
    for name, value in _attributes(config):
        if TOKEN_ID.search(name):
            found.update(whole_numbers(value))
        elif name in NESTED and value is not config:
            found |= config_ids(value)
    return found


def special_ids(tokenizer: Any) -> list[int]:
    """Return the ids of a tokenizer's special tokens.

    Raises:
        ModelError: The tokenizer's unknown token has no id. transformers gives any word without an id that of
            the unknown token, and so would look for it without end.
    """
    try:
        return whole_numbers(getattr(tokenizer, "all_special_ids", None))
    except RecursionError as error:
        raise ModelError(
            "the tokenizer's unk_token is not in its vocabulary, expected one that is, or none"
        ) from error


def added_ids(tokenizer: Any) -> list[int]:
    """Return the ids of the tokens added to a tokenizer's vocabulary, special or not."""
    by_id = getattr(tokenizer, "added_tokens_decoder", None)
    if isinstance(by_id, Mapping):
        return whole_numbers(list(by_id))
    # A tokenizer of mistral-common raises here; nothing can be added to it.
    added = getattr(tokenizer, "get_added_vocab", None)
    try:
        by_name = added() if callable(added) else {}
    except NotImplementedError:
        by_name = {}
    return whole_numbers(list(by_name.values()))


def named_unused(name: str) -> Reason | None:
    """Return what the name of a token in the vocabulary reveals: BYTE, RESERVED or nothing.

    Examples:
        >>> named_unused("<0x0A>").name, named_unused("<unused12>").name, named_unused("left")
        ('BYTE', 'RESERVED', None)
    """
    if BYTE.fullmatch(name):
        return Reason.BYTE
    return Reason.RESERVED if RESERVED.fullmatch(name) else None


def letterless(text: str) -> Reason | None:
    """Return what a text without a letter consists of: BLANK, DIGITS or PUNCTUATION; None if it has a letter.

    A combining mark counts as a letter, and so does a piece of a character (U+FFFD). "3." is PUNCTUATION,
    because it does not consist of digits alone.

    Examples:
        >>> [letterless(text) and letterless(text).name for text in (" ", "42", "3.", "L4")]
        ['BLANK', 'DIGITS', 'PUNCTUATION', None]
    """
    kinds = {unicodedata.category(character)[0] for character in text}
    if BROKEN in text or kinds & {"L", "M"}:
        return None
    kinds -= {"Z", "C"}
    if not kinds:
        return Reason.BLANK
    return Reason.DIGITS if kinds == {"N"} else Reason.PUNCTUATION


def whole_numbers(value: Any) -> list[int]:
    """Return the whole numbers of a number or a list, and ignore anything else.

    Examples:
        >>> whole_numbers([7, True, "8", None])
        [7]
    """
    values = value if isinstance(value, list | tuple | set | frozenset) else [value]
    return [int(one) for one in values if isinstance(one, Integral) and not isinstance(one, bool)]


def _attributes(config: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(config, Mapping):
        yield from ((name, value) for name, value in config.items() if isinstance(name, str))
    elif config is not None and hasattr(config, "__dict__"):
        yield from vars(config).items()

"""What a token is that is no word: what configurations name, what names give away, what has no letter."""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from enum import IntEnum
from numbers import Integral
from typing import Any

from semsam.tokens import BROKEN


class Reason(IntEnum):
    """Why a token is no content, in the order in which reasons are tried: the first that applies is given."""

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

# Configurations inside configurations whose ids are of the text vocabulary. Others (a Q-Former's, a speech
# codec's) number the tokens of a vocabulary of their own.
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

# Names that tell where no list does. "<s>" and "<unk>" are not among them: where they steer a model they are
# listed as special, and in Qwen's vocabulary they are ordinary tokens.
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
    """The ids that a configuration names: *_token_id, *_token_ids, *_token_index, in it and those inside it.

    Args:
        config: an object or a dict, with the configurations inside it that `NESTED` names; a list of several;
            or None. Values that are no whole numbers are passed over.
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


def added_ids(tokenizer: Any) -> list[int]:
    """The ids of the tokens added to a tokenizer's vocabulary, special or not."""
    by_id = getattr(tokenizer, "added_tokens_decoder", None)
    if isinstance(by_id, Mapping):
        return whole_numbers(list(by_id))
    # A tokenizer of mistral-common has a method of this name that refuses; nothing can be added to it.
    added = getattr(tokenizer, "get_added_vocab", None)
    try:
        by_name = added() if callable(added) else {}
    except NotImplementedError:
        by_name = {}
    return whole_numbers(list(by_name.values()))


def named_unused(name: str) -> Reason | None:
    """What a vocabulary's name gives away: BYTE ("<0x0A>"), RESERVED ("<unused12>"), or nothing."""
    if BYTE.fullmatch(name):
        return Reason.BYTE
    return Reason.RESERVED if RESERVED.fullmatch(name) else None


def letterless(text: str) -> Reason | None:
    """What a text without a letter consists of: BLANK, DIGITS or PUNCTUATION; None where it has letters.

    A combining mark counts as a letter, and so does a piece of a character (U+FFFD). "3." is PUNCTUATION: not
    digits alone.
    """
    kinds = {unicodedata.category(character)[0] for character in text}
    if BROKEN in text or kinds & {"L", "M"}:
        return None
    kinds -= {"Z", "C"}
    if not kinds:
        return Reason.BLANK
    return Reason.DIGITS if kinds == {"N"} else Reason.PUNCTUATION


def whole_numbers(value: Any) -> list[int]:
    """The whole numbers of a number or a list; anything else is passed over."""
    values = value if isinstance(value, list | tuple | set | frozenset) else [value]
    return [int(one) for one in values if isinstance(one, Integral) and not isinstance(one, bool)]


def _attributes(config: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(config, Mapping):
        yield from ((name, value) for name, value in config.items() if isinstance(name, str))
    elif config is not None and hasattr(config, "__dict__"):
        yield from vars(config).items()

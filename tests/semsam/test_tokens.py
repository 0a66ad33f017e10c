"""Tokens as people read them: texts with their spaces, safe printing, and the one token of a text."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from semsam.errors import ModelError, UsageError
from semsam.tokens import find_token, names, printable, single_token, size, texts


class Pieces:
    """A SentencePiece-like tokenizer: "▁" for a space, one put before each text, the longest piece first."""

    def __init__(self, *vocabulary: str | None, prefix: bool = True) -> None:
        self.vocabulary = list(vocabulary)
        self.prefix = prefix

    def __len__(self) -> int:
        return len(self.vocabulary)

    def convert_ids_to_tokens(self, ids: list[int]) -> list[str | None]:
        return [self.vocabulary[token] for token in ids]

    def convert_tokens_to_ids(self, token: str) -> int:
        return self.vocabulary.index(token) if token in self.vocabulary else 0

    def decode(self, ids: list[int]) -> str:
        return "".join(str(self.vocabulary[token]) for token in ids).replace("▁", " ").removeprefix(" ")

    def encode(self, text: str, *, add_special_tokens: bool) -> list[int]:
        assert not add_special_tokens
        rest = ("▁" if self.prefix else "") + text.replace(" ", "▁")
        ids = []
        while rest:
            fitting = [piece for piece in self.vocabulary[1:] if piece and rest.startswith(piece)]
            piece = max(fitting, key=len, default=None)
            ids.append(self.vocabulary.index(piece))
            rest = rest.removeprefix(piece) if piece else rest[1:]
        return ids


PIECES = Pieces(None, "▁left", "left", "▁", "l", "e", "f", "t", "▁right", "<0xE5>", "▁▁")


def test_texts_keep_the_leading_space_that_decoding_drops() -> None:
    assert PIECES.decode([1]) == "left"
    assert texts(PIECES, [1, 2, 3]) == [" left", "left", " "]


def test_texts_are_the_same_where_decoding_keeps_the_leading_space() -> None:
    class Keeping(Pieces):
        def decode(self, ids: list[int]) -> str:
            return "".join(str(self.vocabulary[token]) for token in ids).replace("▁", " ")

    assert texts(Keeping("▁left", "left", "▁", "▁▁"), [0, 1, 2, 3]) == [" left", "left", " ", "  "]


def test_an_id_without_a_token_has_no_text() -> None:
    assert texts(PIECES, [0]) == [""]
    assert names(PIECES, [0, 1]) == [None, "▁left"]


def test_a_piece_of_a_character_keeps_its_name() -> None:
    class Bytes(Pieces):
        def decode(self, ids: list[int]) -> str:
            return "\ufffd" * len(ids)

    assert texts(Bytes("å·"), [0]) == ["å·"]


@pytest.mark.parametrize(
    ("text", "token"),
    [
        (" left", 1),
        ("left", 2),
        ("▁left", 1),
        (" right", 8),
        ("▁", 3),
        (" ", 3),
        ("  ", 10),
        ("#1", 1),
        ("#010", 10),
    ],
)
def test_a_text_has_one_token(text: str, token: int) -> None:
    assert find_token(PIECES, text) == token


@pytest.mark.parametrize("prefix", [True, False])
def test_a_leading_space_is_never_guessed(prefix: bool) -> None:
    tokenizer = Pieces(None, "▁left", "▁", "r", "i", "g", "h", "t", "right", prefix=prefix)
    assert single_token(tokenizer, "left") is None
    assert single_token(tokenizer, " right") is None
    assert single_token(tokenizer, "right") == 8


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "leftl",
            "'leftl' splits into ' left', 'l', expected a single token: give one token",
        ),
        ("", "'' splits into nothing, expected a single token"),
        ("#11", "the tokenizer has no token #11: its ids run from #0 to #10"),
        ("#x", r"'#x' splits into "),
        ("\x1b[31m", r"'\\x1b\[31m' splits into "),
    ],
)
def test_a_text_of_no_single_token_is_refused_with_its_pieces(text: str, message: str) -> None:
    with pytest.raises(UsageError, match=f"^{message}") as raised:
        find_token(PIECES, text)
    assert "\n" not in str(raised.value)
    assert "\x1b" not in str(raised.value)


def test_the_qwen_tokenizer_finds_tokens_by_text_and_by_name(qwen3vl_dir: Path) -> None:
    tokenizer = pytest.importorskip("transformers").AutoTokenizer.from_pretrained(qwen3vl_dir)
    assert (
        find_token(tokenizer, " left")
        == find_token(tokenizer, "Ġleft")
        == find_token(tokenizer, "#2115")
        == 2115
    )
    assert find_token(tokenizer, "left") == 2359
    assert find_token(tokenizer, "<|im_end|>") == 151_645
    assert texts(tokenizer, [2115, 2359, 198]) == [" left", "left", "\n"]
    with pytest.raises(UsageError, match=r"'superior' splits into 'super', 'ior', expected"):
        find_token(tokenizer, "superior")
    with pytest.raises(UsageError, match=r"the tokenizer has no token #151669"):
        find_token(tokenizer, "#151669")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (" left", "' left'"),
        ("\x1b[31mred", "'\\x1b[31mred'"),
        ("a\nb\t", "'a\\nb\\t'"),
        ("\u202eevil", "'\\u202eevil'"),
        ("\u200b", "'\\u200b'"),
        ("左", "'左'"),
        ("it's", '"it\'s"'),
        ("x" * 100, "'" + "x" * 60 + "'…"),
    ],
)
def test_text_is_printed_safely(text: str, shown: str) -> None:
    assert printable(text) == shown


@given(st.text(max_size=100))
def test_whatever_a_token_says_its_print_is_printable(text: str) -> None:
    assert printable(text).isprintable()


@pytest.mark.parametrize(("thing", "missing"), [(None, "__len__"), ("text", "convert_ids_to_tokens")])
def test_what_is_no_tokenizer_is_refused(thing: Any, missing: str) -> None:
    with pytest.raises(ModelError, match=f"^a {type(thing).__name__} has no {missing}, expected a tokenizer"):
        size(thing)

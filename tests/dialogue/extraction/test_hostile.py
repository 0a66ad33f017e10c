"""Completions that no model means: long, nested, broken. Reading them takes time by their length."""

import time
import unicodedata
from collections.abc import Callable

import pytest

from misground.dialogue.extraction import extract

LR = ("left", "right")

# Each makes a text of about n characters, of the kind that a careless pattern reads over and over.
HOSTILE: dict[str, Callable[[int], str]] = {
    "open tags": lambda n: "<think>" * (n // 7),
    "closed tags": lambda n: "</think>" * (n // 8),
    "tag pairs": lambda n: "<think></think>" * (n // 15),
    "angle brackets": lambda n: "<" * n,
    "answers without a colon": lambda n: "answer " * (n // 7),
    "answers with blanks": lambda n: ("answer" + " " * 200) * (n // 206),
    "answers with brackets": lambda n: "answer (" * (n // 8),
    "answers and options": lambda n: "Answer: <option>\n" * (n // 17),
    "stated answers": lambda n: "the answer is " * (n // 14),
    "blanks": lambda n: "Answer:" + " " * n,
    "empty lines": lambda n: "Answer:" + "\n" * n,
    "quotes and commas": lambda n: '" , ' * (n // 4),
    "one long word": lambda n: "Answer: " + "a" * n,
    "one long line": lambda n: "Answer: " + "left right " * (n // 11),
    "many sentences": lambda n: "Thanks. " * (n // 8),
    "boxes": lambda n: "\\boxed{" * (n // 7),
    "braces": lambda n: "{" * n,
    "escapes": lambda n: "\x1b[" * (n // 2),
    "an escape without an end": lambda n: "\x1b[" + "1" * n,
    "combining accents": lambda n: "e" + "\u0301\u0316" * (n // 2),
    "zero width": lambda n: "\u200b" * n,
    "compatibility characters": lambda n: "ﷺ" * (n // 18),
    "non-ASCII": lambda n: "左右" * (n // 2),
    "abbreviations": lambda n: "e.g." * (n // 4),
    "negators": lambda n: "not " * (n // 4),
    "table bars": lambda n: "|" * n,
}


def seconds(text: str) -> float:
    start = time.process_time()
    extract(text, LR, names=("spleen", "liver"))
    return time.process_time() - start


@pytest.mark.parametrize("kind", HOSTILE)
def test_eight_times_the_text_takes_nowhere_near_its_square_in_time(kind: str) -> None:
    extract("Answer: left", LR, names=("spleen", "liver"))
    small = min(seconds(HOSTILE[kind](50_000)) for _ in range(3))
    large = min(seconds(HOSTILE[kind](400_000)) for _ in range(2))
    assert large < 24 * small + 0.1  # a square would be 64


def test_ten_megabytes_are_read_to_their_end() -> None:
    text = "The spleen is to the left of the liver. <think>so?</think> " * 170_000 + "\nAnswer: left"
    assert len(text) > 10_000_000
    assert extract(text, LR, names=("spleen", "liver")).option == "left"


def test_a_line_that_nobody_would_read_is_no_answer() -> None:
    assert extract("Answer: " + "left " * 1000, LR).rule == "too long"
    assert extract("the spleen and " * 1000 + "left", LR).rule == "too long"


@pytest.mark.parametrize(
    "text", ["\x00", "\ud800", "\x1b", "\\", "{", "<", "<|", "Answer", "Answer:\x00", "(" * 50, "\u202e", "'"]
)
def test_fragments_are_no_answer(text: str) -> None:
    assert extract(text, LR).kind == "no_answer"


def test_every_character_may_stand_around_an_answer() -> None:
    for code in range(0x110000):
        character = chr(code)
        letters = any(c.isalnum() for c in unicodedata.normalize("NFKC", character))
        if letters or unicodedata.category(character)[0] == "M" or character in "'-[\x1b":
            continue
        found = extract(f"Answer: {character}left{character}", LR)
        assert (found.option, found.rule) == ("left", "answer line"), hex(code)
        if code > 0x3000:  # symbols beyond are of the same few categories
            break

"""Tokens of a reply are found in its text, also where a tokenizer splits a character."""

from collections.abc import Sequence

import pytest

transformers = pytest.importorskip("transformers")

from misground.evaluation.providers.local.spans import spans  # noqa: E402

PIECES = [
    b"It is ",
    b"5 \xe2",
    b"\x89",
    b"\xa4 6",
    b" \xe2\x96",
    b"\x81",
    "é".encode(),
    b"",
    b"\xff",
    b" left",
]


def decode(tokens: Sequence[int]) -> str:
    """As a byte-level tokenizer: the bytes of all tokens together; token 7 ends a reply and has no text."""
    return b"".join(PIECES[token] for token in tokens).decode("utf-8", errors="replace")


def test_each_token_has_its_characters_and_a_part_of_one_counts_whole() -> None:
    text = decode(range(len(PIECES)))
    assert text == "It is 5 \u2264 6 \u2581é\ufffd left"
    found = spans(decode, range(len(PIECES)), text, range(len(PIECES)))
    words = {at: None if span is None else text[slice(*span)] for at, span in found.items()}
    assert words == {
        0: "It is ", 1: "5 \u2264", 2: "\u2264", 3: "\u2264 6", 4: " \u2581", 5: "\u2581", 6: "é", 7: None,
        8: "\ufffd", 9: " left",
    }  # fmt: skip


def test_only_the_wanted_tokens_are_found() -> None:
    text = decode(range(len(PIECES)))
    assert spans(decode, range(len(PIECES)), text, [9]) == {9: (len(text) - 5, len(text))}


def test_a_real_byte_level_tokenizer(smollm2_dir) -> None:
    tokenizer = transformers.AutoTokenizer.from_pretrained(smollm2_dir)

    def decoded(tokens: Sequence[int]) -> str:
        return str(tokenizer.decode(tokens, skip_special_tokens=True, clean_up_tokenization_spaces=False))

    written = "The 𝛼-cell (肝臓) lies ≤ 3 mm to the left.\n\nAnswer: left 🩻!"
    tokens = [*tokenizer.encode(written, add_special_tokens=False), tokenizer.eos_token_id]
    found = spans(decoded, tokens, written, range(len(tokens)))
    assert decoded(tokens) == written
    assert found[len(tokens) - 1] is None
    split = 0
    for at, token in enumerate(tokens[:-1]):
        start, end = found[at] or (0, 0)
        own = decoded([token])
        if "\ufffd" in own:
            split += 1
            assert end - start <= len(own)
        else:
            assert written[start:end] == own
    assert split > 5
    assert found[len(tokens) - 2] is not None
    assert found[len(tokens) - 2][1] == len(written)

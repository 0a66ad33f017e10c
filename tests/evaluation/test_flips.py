"""What a flipped step exchanged, by the whole words."""

import pytest

from misground.evaluation.flips import kind_of_flip

PAIRS = [("superior", "inferior"), ("anterior", "posterior"), ("left", "right"), ("cranial", "caudal"),
         ("cephalic", "caudal"), ("up", "down"), ("upper", "lower"), ("above", "below")]  # fmt: skip


def kind(completion: str, choice: str, greedy: str) -> str:
    """The kind where the choice stands at its last place in the reply."""
    start = completion.rindex(choice)
    return kind_of_flip(completion, start, choice, greedy, PAIRS)


@pytest.mark.parametrize(
    ("completion", "choice", "greedy"),
    [
        ("The answer is left.", " left", " right"),
        ("The answer is left.", " left", "Right"),
        ("Answer: Superior", " Superior", " inferior"),
        ("Answer: superior", " super", " infer"),  # both split
        ("Answer: superior", " superior", " inf"),  # the other one split
        ("Answer: superior", " s", " inferior"),  # the choice split
        ("It lies posteriorly.", " poster", " anterior"),
        ("It is caudal", " ca", " cranial"),
        ("It is caudal", " ca", " cephalic"),
        ("**left**", "left", "right"),
        ("the up-down axis", "down", "up"),
        ("an ANTERIOR view", " ANTER", " posterior"),
    ],
)
def test_a_word_and_its_opposite_are_antonyms(completion: str, choice: str, greedy: str) -> None:
    assert kind(completion, choice, greedy) == "antonym"


@pytest.mark.parametrize(
    ("completion", "choice", "greedy"),
    [
        ("on the left", " left", " Left"),
        ("on the left", " left", "left"),
        ("the cross-section", "-section", " section"),
        ("a superior one", " superior", " super"),  # the beginning of the same word
        ("the structures", " structures", " structure"),
        ("in the centre", " cent", " center"),
        ("a tumour here", " tumour", " tumor"),
        ("to localise it", " localise", " localize"),
        ("a haemorrhage", " haem", " hemorrhage"),
        ("one\n two", "\n", " \n"),
    ],
)
def test_a_spelling_of_the_same_word_is_a_variant(completion: str, choice: str, greedy: str) -> None:
    assert kind(completion, choice, greedy) == "variant"


@pytest.mark.parametrize(
    ("completion", "choice", "greedy"),
    [
        ("the left kidney", " left", " other"),
        ("a superficial one", " super", " superior"),  # another word with the same beginning
        ("the inferior part", " inferior", " in"),  # too short to be a beginning
        ("It is, so.", ",", "."),
        ("It is, so.", ",", " so"),
        ("the upper part", " upper", " down"),
        ("in your liver", " your", " yor"),
        ("the kidney", "ney", "dles"),
        ("the kidney", "ney", " left"),
    ],
)
def test_anything_else_is_other(completion: str, choice: str, greedy: str) -> None:
    assert kind(completion, choice, greedy) == "other"


def test_a_token_that_is_not_in_the_reply_is_judged_by_its_own_text() -> None:
    assert kind_of_flip("", None, " left", " right", PAIRS) == "antonym"
    assert kind_of_flip("", None, "<|im_end|>", " right", PAIRS) == "other"


def test_a_kind_is_the_same_whichever_of_two_whole_words_was_taken() -> None:
    for one, two in PAIRS:
        assert kind(f"it is {one}.", f" {one}", f" {two}") == "antonym"
        assert kind(f"it is {two}.", f" {two}", f" {one}") == "antonym"

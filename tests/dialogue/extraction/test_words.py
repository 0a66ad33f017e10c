"""The table of words: whose synonyms they are, and that no synonym crosses frames of reference."""

import pytest

from misground.anatomy import name_forms, structure_table
from misground.anatomy.directions import colloquial_words
from misground.dialogue.extraction import extract
from misground.dialogue.extraction.words import word_lists

PAIRS = [
    ("superior", "inferior"),
    ("anterior", "posterior"),
    ("left", "right"),
    ("medial", "lateral"),
    ("above", "below"),
    ("earlier", "later"),
    ("towards the head", "towards the feet"),
    ("towards the front", "towards the back"),
    ("towards the patient's left", "towards the patient's right"),
    ("towards the inner side of the knee", "towards the outer side of the knee"),
    ("axial", "coronal", "sagittal"),
]


def words_of(option: str) -> list[str]:
    lists = word_lists()
    return [option, *lists["synonyms"][option], *lists["also"].get(option, ())]


@pytest.mark.parametrize("options", PAIRS, ids=lambda options: options[0])
def test_every_word_of_an_option_is_read_as_that_option(options: tuple[str, ...]) -> None:
    for option in options:
        for word in words_of(option):
            assert extract(f"Answer: {word}", options).option == option, word
            assert extract(f"Answer: {word.upper()}.", options).option == option, word


def test_no_two_options_of_a_question_share_a_word() -> None:
    for options in PAIRS:
        words = [word for option in options for word in set(words_of(option))]
        assert len(words) == len(set(words))


def test_no_name_of_a_structure_is_a_word_of_an_option() -> None:
    words = {word for options in PAIRS for option in options for word in words_of(option)}
    names = {form for s in structure_table().structures.values() for form in name_forms(s.name)}
    assert not words & names


def test_words_of_the_screen_never_answer_for_the_patient() -> None:
    screen = [
        word
        for axis in ("row", "frame")
        for option in colloquial_words(axis).values()
        for word in words_of(option)
    ]
    for options in PAIRS[:4] + PAIRS[6:10]:
        for word in screen:
            assert extract(f"Answer: {word}", options).kind == "no_answer", (word, options)


def test_words_of_the_patient_never_answer_for_the_screen() -> None:
    patient = [word for options in PAIRS[:2] + PAIRS[3:4] for option in options for word in words_of(option)]
    for axis in ("row", "frame"):
        options = tuple(colloquial_words(axis).values())
        for word in patient:
            assert extract(f"Answer: {word}", options).kind == "no_answer", (word, options)


@pytest.mark.parametrize("options", PAIRS, ids=lambda options: options[0])
def test_the_name_of_a_structure_is_never_an_answer(options: tuple[str, ...]) -> None:
    for structure in structure_table().structures.values():
        for name in (structure.name, structure.lay_name):
            if name:
                assert extract(f"Answer: the {name}", options).kind == "no_answer", name
                assert extract(f"This is the {name}.", options, names=(name, "aorta")).kind == "no_answer", (
                    name
                )


def test_options_are_returned_as_they_were_shown() -> None:
    assert extract("answer: SUPERIOR", ("Superior", "Inferior")).option == "Superior"

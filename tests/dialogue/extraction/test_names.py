"""Structures by their usual names: no plain sentence about two of them is lost or misread."""

from itertools import cycle, permutations

import pytest

from misground.anatomy import Structure, name_forms, structure_table
from misground.dialogue.extraction import extract

AXES = [("superior", "inferior"), ("anterior", "posterior"), ("left", "right"), ("medial", "lateral")]
GENERIC = ["muscle", "bone", "lobe", "cartilage", "artery", "vein"]


def benchmark(name: str) -> list[Structure]:
    return [s for s in structure_table().structures.values() if s.benchmark == name]


def usual(structure: Structure) -> tuple[str, ...]:
    lay = (structure.lay_name,) if structure.lay_name else ()
    return structure.name, *lay, *structure.synonyms


@pytest.mark.parametrize("modality", ["ct", "mri"])
def test_a_sentence_with_the_usual_names_of_any_two_structures_is_read(modality: str) -> None:
    """The names of A and of B in turn, so that each occurs many times; a name that both have is left out."""
    axes = cycle([axis for axis in AXES if modality == "mri" or axis[0] != "medial"])
    lost: list[str] = []
    used: set[str] = set()
    for number, (a, b) in enumerate(permutations(benchmark(modality), 2)):
        names = (a.name, b.name)
        of_a = [form for form in usual(a) if form not in name_forms(b.name)]
        of_b = [form for form in usual(b) if form not in name_forms(a.name)]
        options = next(axes)
        option, link = options[number // 7 % 2], "of" if options[0] == "left" else "to"
        form, other = of_a[number % len(of_a)], of_b[number // 3 % len(of_b)]
        side = f"to the {option}" if options[0] == "left" else option
        sentence = f"The {form} is {side} {link} the {other}."
        used |= {form, other}
        if extract(sentence, options, names=names, asked="patient").option != option:
            lost.append(f"{names}: {sentence}")
    assert not lost
    assert used == {form for s in benchmark(modality) for form in usual(s)}


def test_a_sentence_about_another_structure_is_not_about_the_asked_one() -> None:
    wrong: list[str] = []
    for a, b in permutations(benchmark("ct"), 2):
        sentence = f"The {b.name} is superior."
        names = (a.name, "sternum" if "sternum" not in (a.name, b.name) else "heart")
        if b.name not in names and extract(sentence, AXES[0], names=names).option is not None:
            wrong.append(f"{names}: {sentence}")
    assert not wrong


@pytest.mark.parametrize("word", GENERIC)
def test_the_last_word_of_a_name_is_not_the_name_where_others_have_it(word: str) -> None:
    for structure in structure_table().structures.values():
        if structure.name.endswith(word):
            found = extract(f"The {word} is superior.", AXES[0], names=(structure.name, "sternum"))
            assert found.option is None, structure.name


@pytest.mark.parametrize(
    "sentence",
    [
        "The left gluteus maximus muscle is superior to the sternum.",
        "The right iliopsoas is superior to the sternum.",
        "The muscle is superior to the sternum.",
        "The quadriceps muscle is superior to the sternum.",
        "The iliopsoas muscles and the sternum are superior.",
    ],
)
def test_a_muscle_that_was_not_asked_is_another(sentence: str) -> None:
    names = ("left iliopsoas muscle", "sternum")
    assert extract(sentence, AXES[0], names=names).option is None


def test_a_short_name_that_both_have_is_neither() -> None:
    names = ("left kidney", "right kidney")
    assert extract("The kidney is to the left of the kidney.", AXES[2], names=names).option is None
    assert extract("The kidney is superior.", AXES[0], names=("left kidney", "liver")).option == "superior"

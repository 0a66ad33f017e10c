"""The guesser that learns from the other cases."""

import pytest

from misground.shortcuts.guessing import FOLDS, Example, cross_validated, folds

WORDS = ("above", "below")


def example(
    case: int, right: int, clue: object, *, item: str | None = None, words: tuple[str, ...] = WORDS
) -> Example:
    return Example(f"c{case}", item or f"{case}/{clue}/{right}", words, right, (clue,))


def test_a_case_is_never_split_and_the_folds_are_even() -> None:
    cases = [f"c{number % 23}" for number in range(230)]
    found = dict(zip(cases, folds(cases), strict=True))
    assert [found[case] for case in cases] == list(folds(cases))
    counts = [list(found.values()).count(fold) for fold in range(FOLDS)]
    assert max(counts) - min(counts) <= 1


def test_a_clue_is_learned_from_other_cases_only() -> None:
    found = cross_validated([example(case, case % 2, f"clue of {case}") for case in range(20)])
    assert set(found.scores) == {0.5}
    assert not found.guessed.any()


def test_a_clue_that_always_means_the_same_answer_is_always_right() -> None:
    found = cross_validated([example(case, case % 2, case % 2) for case in range(20)])
    assert set(found.scores) == {1.0}
    assert found.guessed.all()


def test_questions_of_an_item_count_once() -> None:
    # Three items of two cases that say "below" against one item that says "above" in a hundred wordings.
    repeated = [example(0, 0, "x", item="0") for _ in range(100)]
    others = [example(case, 1, "x", item=f"{case}") for case in range(1, 12)]
    found = cross_validated([*repeated, *others])
    assert set(found.scores[100:]) == {1.0}


def test_options_of_another_kind_share_no_clue() -> None:
    first = [example(case, 0, "x") for case in range(10)]
    second = [example(case, 1, "x", words=("left", "right")) for case in range(10)]
    assert set(cross_validated([*first, *second]).scores) == {1.0}


def test_three_options_tie_at_a_third() -> None:
    three = ("axial", "coronal", "sagittal")
    found = cross_validated([example(case, case % 3, None, words=three) for case in range(12)])
    assert list(found.scores) == pytest.approx([1 / 3] * 12)


def test_an_exchanged_pair_teaches_the_opposite() -> None:
    def pair(case: int, a: str, b: str, right: int) -> Example:
        clues, turned = ((a, b),), ((b, a),)
        return Example(f"c{case}", f"{case}", WORDS, right, clues, turned)

    pairs = [pair(case, "liver", "bladder", 0) for case in range(3)] + [pair(3, "bladder", "liver", 1)]
    assert set(cross_validated(pairs).scores) == {1.0}

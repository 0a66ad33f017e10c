"""Balance over items, and what direction words in names are worth."""

from itertools import product

import pytest
from scipy import stats

from misground.benchmark.validate.balance import (
    ItemFacts,
    balance_problems,
    chance,
    name_word_problems,
    name_word_scores,
)


def item(**changes):
    facts = {
        "modality": "ct",
        "dimension": "3d",
        "plane": "axial",
        "task": "in_plane",
        "axis": "x",
        "sign": 1,
        "stack_reversed": False,
        "position": 0,
        "options": 2,
        "guess": 0,
    }
    return ItemFacts(**(facts | changes))


EVEN = [item(sign=s, stack_reversed=r, position=p) for s, r, p in product((1, -1), (False, True), (0, 1))]


def test_an_even_draw_has_no_problem():
    assert list(balance_problems(EVEN)) == []
    assert list(balance_problems(EVEN[:-1])) == []


@pytest.mark.parametrize(
    ("extra", "words"),
    [
        ([item(sign=1), item(sign=1)], "sign of A - B is unbalanced: 1 6, -1 4"),
        (
            [item(stack_reversed=True), item(sign=-1), item(stack_reversed=True)],
            "stack_reversed is unbalanced",
        ),
        (
            [item(position=1), item(sign=-1), item(position=1), item(sign=-1)],
            "position of the answer is unbalanced",
        ),
    ],
)
def test_an_uneven_draw(extra, words):
    assert any(words in problem for problem in balance_problems(EVEN + extra))


def test_strata_are_counted_each_on_its_own():
    other = [item(plane="coronal", sign=1), item(plane="coronal", sign=1)]
    assert next(balance_problems(EVEN + other)).startswith("ct/3d/coronal/in_plane/x: sign of A - B")


def test_pictures_have_no_stack_to_balance():
    flat = [item(dimension="2d", stack_reversed=None, sign=s, position=p) for s in (1, -1) for p in (0, 1)]
    assert list(balance_problems(flat)) == []
    assert len(list(balance_problems([*flat, *flat[::2], *flat[::2]]))) == 2


def test_the_sign_of_a_stack_order_item_is_the_direction_of_its_stack():
    order = [item(task="stack_order", axis="z", sign=s, stack_reversed=s < 0) for s in (1, -1)]
    assert list(balance_problems(order)) == []
    assert any("stack_reversed" in p for p in balance_problems([order[0], order[0]]))


def test_planes_of_slice_direction_are_even():
    planes = [
        item(task="slice_direction", axis=None, sign=None, options=3, plane=plane)
        for plane in ("axial", "coronal", "sagittal")
    ]
    assert list(balance_problems(planes)) == []
    more = planes[0]._replace(stack_reversed=True)
    last = planes[0]._replace(position=1)
    (problem,) = balance_problems([*planes, more, last])
    assert problem.startswith("ct/slice_direction: plane is unbalanced")


def test_three_places_of_the_answer_are_even():
    places = [
        item(task="slice_direction", axis=None, sign=None, options=3, plane=plane)._replace(
            position=place, stack_reversed=place == 1
        )
        for place in (0, 1)
        for plane in ("axial", "coronal", "sagittal")
    ]
    assert list(balance_problems(places)) == []
    assert any(
        "position of the answer" in p for p in balance_problems(places + 2 * places[:3] + 2 * places[3:])
    )


@pytest.mark.parametrize("guessed", [1, 2, 7, 20, 101])
def test_chance_is_the_two_sided_binomial_probability(guessed):
    for right in range(guessed + 1):
        assert chance(right, guessed) == pytest.approx(stats.binomtest(right, guessed, 0.5).pvalue)


def test_names_that_tell_the_answer():
    telling = [item(task="cross_slice", axis="z", guess=1, sign=1) for _ in range(11)]
    (problem,) = name_word_problems(telling)
    assert problem.startswith("cross_slice/z: direction words in names give the answer in 11/11 items")
    assert list(name_word_problems(telling[:10])) == []


def test_names_that_tell_the_wrong_answer_give_it_away_as_well():
    assert len(list(name_word_problems([item(guess=-1, sign=1) for _ in range(11)]))) == 1


def test_names_without_direction_words_are_not_counted():
    items = [item(guess=0), item(guess=1, sign=-1), item(guess=-1, sign=-1), item(axis="y", guess=1)]
    assert name_word_scores(items) == {("in_plane", "x"): (1, 2), ("in_plane", "y"): (1, 1)}


def test_the_words_of_a_knee_are_balanced_apart_from_left_and_right():
    knee = [each._replace(knee=True) for each in EVEN]
    assert list(balance_problems(EVEN + knee)) == []
    lateral = [item(knee=True, sign=1), item(knee=True, sign=1), item(sign=-1), item(sign=-1)]
    problems = list(balance_problems(EVEN + knee + lateral))
    assert any(p.startswith("ct/3d/axial/in_plane/x (medial, lateral): sign of A - B") for p in problems)
    assert any(p.startswith("ct/3d/axial/in_plane/x: sign of A - B") for p in problems)

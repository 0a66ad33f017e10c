"""Each guesser finds the leak that is planted for it, and none wins where there is none."""

from collections.abc import Callable
from random import Random
from typing import Any

import pytest

from misground.shortcuts.guessers import GUESSERS
from misground.shortcuts.measure import Shortcuts, measure
from misground.shortcuts.reading import Sample

MAJORITY = 0.95


def mostly(random: Random, later: bool) -> bool:
    """The answer, or in one of twenty questions the other."""
    return later == (random.random() < MAJORITY)


def names(random: Random, later: bool, facts: dict[str, Any]) -> None:
    low, high = sorted(facts["names"])
    facts["names"] = (high, low) if mostly(random, later) else (low, high)


def name_hints(random: Random, later: bool, facts: dict[str, Any]) -> None:
    # Names that no other question has, so that only their direction words can be learned.
    words = ("superior", "") if mostly(random, later) else ("", "superior")
    facts["names"] = tuple(f"{word} part {random.random()}".strip() for word in words)


def plane_and_options(random: Random, later: bool, facts: dict[str, Any]) -> None:
    facts["plane"] = "axial" if mostly(random, later) else "coronal"


def option_order(random: Random, later: bool, facts: dict[str, Any]) -> None:
    facts["options"] = ["later", "earlier"] if mostly(random, later) else ["earlier", "later"]


def canvas(random: Random, later: bool, facts: dict[str, Any]) -> None:
    facts["width"] = 256 if mostly(random, later) else 200


def scale(random: Random, later: bool, facts: dict[str, Any]) -> None:
    facts["mm"] = 1.0 if mostly(random, later) else 2.0


def letter_a(random: Random, later: bool, facts: dict[str, Any]) -> None:
    facts["letter"] = (1 if mostly(random, later) else -1, 0)


def frames(random: Random, later: bool, facts: dict[str, Any]) -> None:
    facts["count"] = 20 if mostly(random, later) else 21


def slice_indices(random: Random, later: bool, facts: dict[str, Any]) -> None:
    facts["low"] = 0 if mostly(random, later) else 200


def mark_a(random: Random, later: bool, facts: dict[str, Any]) -> None:
    facts["a"] = {"depth": (1 if mostly(random, later) else 0) / 2 + 0.1 + 0.3 * random.random()}


def mark_sizes(random: Random, later: bool, facts: dict[str, Any]) -> None:
    sizes = [0.2, 0.01] if mostly(random, later) else [0.01, 0.2]
    facts["a"], facts["b"] = {"area": sizes[0]}, {"area": sizes[1]}


def colours(random: Random, later: bool, facts: dict[str, Any]) -> None:
    facts["a"] = {"color": "#ff0000" if mostly(random, later) else "#00ff00"}


PLANTED = {
    "names": names, "name hints": name_hints, "plane and options": plane_and_options,
    "option order": option_order, "canvas": canvas, "scale": scale, "frames": frames,
    "slice indices": slice_indices, "mark A": mark_a, "letter A": letter_a, "mark sizes": mark_sizes,
    "colours": colours,
}  # fmt: skip
SEE_IT_TOO = {"plane and options": ("canvas", "scale", "frames", "slice indices", "mark sizes")}
"""Guessers that are told the plane, too."""
WITHIN_A_PLANE = {"letter A"}
"""Guessers that see something within a plane alone; the others are tried across the slices."""


def by_name(found: Shortcuts) -> dict[str, Any]:
    return {score.guesser: score for score in found.scores}


def test_every_guesser_has_a_planted_leak() -> None:
    assert PLANTED.keys() == {guesser.name for guesser in GUESSERS}


@pytest.mark.parametrize("guesser", PLANTED)
def test_a_planted_leak_is_found_by_its_guesser_and_by_no_other(
    guesser: str, made: Callable[..., Sample]
) -> None:
    told = {"task": "in_plane"} if guesser in WITHIN_A_PLANE else {}
    found = measure(made(PLANTED[guesser], **told))
    score = by_name(found)[guesser]
    assert score.kind == "leak"
    assert score.accuracy > 0.8
    wins = {win.guesser for win in found.wins}
    assert guesser in wins
    assert wins <= {guesser, *SEE_IT_TOO.get(guesser, ())}


def test_without_a_leak_no_guesser_wins_and_few_lie_above_chance(made: Callable[..., Sample]) -> None:
    scores = [score for seed in range(12) for score in measure(made(seed=seed)).scores]
    assert not [score for score in scores if score.wins]
    # Some lie below: on nearly even answers, what the other cases lack is in the case that is asked.
    above = [score for score in scores if score.low is not None and score.low > 0.5]
    assert len(above) <= 0.05 * len(scores)
    assert abs(sum(score.accuracy for score in scores) / len(scores) - 0.5) < 0.03


def test_a_balanced_benchmark_is_not_guessed_below_chance(made: Callable[..., Sample]) -> None:
    sample = made(cases=10, items=10)
    turn = iter(range(1000))
    for one in sample.asked:
        one.row["answer"] = ("earlier", "later")[next(turn) // 5 % 2]  # type: ignore[index]
    assert by_name(measure(sample))["plane and options"].accuracy > 0.4


def test_with_few_cases_nothing_wins(made: Callable[..., Sample]) -> None:
    found = measure(made(canvas, cases=9, items=20))
    assert by_name(found)["canvas"].accuracy > 0.9
    assert not found.wins


def test_one_case_teaches_nothing(made: Callable[..., Sample]) -> None:
    found = measure(made(canvas, cases=1, items=20))
    assert {score.accuracy for score in found.scores} == {0.5}
    assert {score.low for score in found.scores} == {None}


def test_a_guesser_that_is_always_right_wins(made: Callable[..., Sample]) -> None:
    def told(_: Random, later: bool, facts: dict[str, Any]) -> None:
        facts["count"] = 20 + later

    score = by_name(measure(made(told, cases=10)))["frames"]
    assert (score.accuracy, score.wins) == (1.0, True)
    assert score.low == pytest.approx(0.025 ** (1 / 81))


def test_knowledge_never_wins(made: Callable[..., Sample]) -> None:
    found = measure(made(names, terms="anatomical"))
    score = by_name(found)["names"]
    assert (score.kind, score.ceiling, score.wins) == ("knowledge", 1.0, False)
    assert score.accuracy > 0.8


def test_the_order_of_the_questions_does_not_matter(made: Callable[..., Sample]) -> None:
    sample = made(mark_a)
    turned = Sample(tuple(reversed(sample.asked)), sample.cases, sample.all_cases)
    pairs = zip(measure(sample).scores, measure(turned).scores, strict=True)
    assert all(a.row() == b.row() for a, b in pairs)


def test_cells_are_measured_apart_and_in_the_order_of_their_levels(made: Callable[..., Sample]) -> None:
    ct, mri = made(canvas), made(modality="mri")
    found = measure(Sample((*mri.asked, *ct.asked), 40, 40))
    assert [cell.name[3] for cell in found.cells] == ["ct", "mri"]
    assert [win.modality for win in found.wins] == ["ct"]


@pytest.mark.parametrize(
    ("told", "absent"),
    [
        ({"condition": "blank"}, {"names", "name hints"}),
        ({"prompt": "none"}, {"mark A", "mark sizes", "colours"}),
        ({"task": "slice_direction", "axis": None}, {"slice indices", "name hints"}),
    ],
)
def test_a_guesser_answers_only_where_it_sees_something(
    told: dict[str, Any], absent: set[str], made: Callable[..., Sample]
) -> None:
    assert not absent & by_name(measure(made(**told))).keys()

"""The curve over the evidence is a moving average that finds where a model fails."""

import pytest

from misground.analysis.evidence_curve import curve_points, flat_points

from .habits import answered, other, questions


def near_ones_wrong(question, _) -> str:
    return question["answer"] if question["evidence"]["delta_mm"] > 40 else other(question)


def test_a_model_that_fails_on_near_items_has_a_rising_curve(read) -> None:
    run = read(answered(near_ones_wrong, questions()))
    points = [one for one in curve_points(run) if one.evidence == "mm"]
    assert [one.at for one in points] == sorted(one.at for one in points)
    assert (points[0].accuracy, points[-1].accuracy) == (0.0, 1.0)
    middle = points[len(points) // 2]
    low, high = middle.ends
    assert low <= middle.accuracy <= high
    assert {one.items for one in points} == {24}  # 40% of 60
    assert flat_points(points)["accuracy"].to_list() == [one.accuracy for one in points]


def test_the_same_evidence_everywhere_gives_no_curve(read) -> None:
    run = read(answered(near_ones_wrong, questions()))
    assert {one.evidence for one in curve_points(run)} == {"mm"}  # P is 1 for every item


@pytest.mark.parametrize(("items", "drawn"), [(19, False), (20, True)])
def test_few_items_give_no_curve(read, items: int, drawn: bool) -> None:
    assert bool(curve_points(read(answered(near_ones_wrong, questions(items=items))))) == drawn

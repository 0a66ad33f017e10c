"""The interval of a guesser's accuracy."""

import numpy as np
import pytest

from misground.analysis.dependence import Groups
from misground.analysis.robust import robust_accuracy
from misground.shortcuts.guessing import Example
from misground.shortcuts.intervals import interval


def examples(cases: int, each: int) -> list[Example]:
    return [
        Example(f"c{case}", f"{case}/{item}", ("a", "b"), 0, (None,))
        for case in range(cases)
        for item in range(each)
    ]


def test_it_is_that_of_a_report() -> None:
    asked = examples(12, 4)
    scores = np.random.default_rng(0).choice([0.0, 0.5, 1.0], len(asked))
    owners = Groups(np.repeat(np.arange(12), 4), np.full((48, 2), -1), np.arange(48))
    assert interval(scores, asked) == robust_accuracy(scores, owners).ends


def test_all_right_is_the_bound_of_as_many_items() -> None:
    ends = interval(np.ones(40), examples(10, 4))
    assert ends is not None
    assert ends[0] == pytest.approx(0.025 ** (1 / 41))


@pytest.mark.parametrize(
    "scores",
    [np.full(40, 0.5), np.tile([1.0, 1.0, 1.0, 0.0], 10), np.tile([0.95], 40)],
    ids=["no guess", "cases alike near three quarters", "alike near one"],
)
def test_alike_by_chance_is_no_interval(scores: "np.typing.NDArray[np.float64]") -> None:
    assert interval(scores, examples(10, 4)) is None


def test_one_case_is_no_interval() -> None:
    assert interval(np.ones(8), examples(1, 8)) is None

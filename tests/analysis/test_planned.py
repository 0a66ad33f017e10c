"""Planned contrasts: what is subtracted from what, and Holm's correction over a report."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests

from misground.analysis.cells import select
from misground.analysis.comparisons import compare_levels, compare_runs
from misground.analysis.dependence import Dependence
from misground.analysis.planned import Contrast, holm, planned
from misground.analysis.robust import Robust
from misground.records import RELATION_TASKS

from .test_recovery import made, truth  # noqa: F401


def contrast(p: float | None, ends: tuple[float, float] | None = (-1.0, 1.0)) -> Contrast:
    low, high = ends or (None, None)
    robust = Robust(low, high, None, Dependence(0.1, 9, 10, 10, 10))
    return Contrast("run", "rq1", "a minus b", 10, 0.0, robust, p)


@settings(max_examples=20)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=40))
def test_the_correction_is_holms(values) -> None:
    found = [one.adjusted for one in holm([contrast(p) for p in values])]
    assert found == pytest.approx(multipletests(values, method="holm")[1])


def test_what_has_no_p_value_is_not_counted() -> None:
    found = holm([contrast(0.03), contrast(None), contrast(0.9)])
    assert [one.adjusted for one in found] == [pytest.approx(0.06), None, pytest.approx(0.9)]


@pytest.mark.parametrize(
    ("p", "others", "ends", "verdict"),
    [
        (0.001, 3, (0.1, 0.3), "higher"),
        (0.001, 3, (-0.3, -0.1), "lower"),
        (0.02, 3, (0.01, 0.3), "hint"),
        (0.4, 3, (-0.1, 0.3), "none"),
        (None, 3, None, "unknown"),
    ],
)
def test_the_verdict_is_the_intervals_and_a_difference_is_holms(p, others, ends, verdict) -> None:
    first, *_ = holm([contrast(p, ends), *[contrast(0.5)] * others])
    assert first.verdict == verdict


def test_contrasts_are_differences_of_the_cells(made) -> None:  # noqa: F811
    run = made["small"]
    by_name = {one.name: one for one in planned([run])}
    seen = {"condition": "image", "task": RELATION_TASKS}
    parts = {}
    for terms in ("anatomical", "colloquial"):
        pair = compare_levels(
            run.questions, "coordinates", "storage", "viewing", {**seen, "terms": terms}
        ).paired
        one = by_name[f"viewing minus storage, {terms}"]
        assert (one.effect, one.n) == (pytest.approx(pair.difference), pair.n)
        assert one.robust.ends == pytest.approx(pair.robust.ends)
        parts[terms] = pair.difference
    crossed = by_name["viewing minus storage, anatomical minus colloquial"]
    assert crossed.effect == pytest.approx(parts["anatomical"] - parts["colloquial"])
    marks = by_name["any mark minus none"]
    pairs = [
        compare_levels(run.questions, "prompt", "none", mark, seen).paired.difference
        for mark in ("mask", "box", "point")
    ]
    assert marks.effect == pytest.approx(np.mean(pairs))
    two, three = (
        select(run.questions, **seen | {"task": "in_plane"}, dimension=level) for level in ("2d", "3d")
    )
    means = [(part["correct"] / part["replies"]).mean() for part in (two, three)]
    assert by_name["stack minus slice, in-plane"].effect == pytest.approx(means[1] - means[0])


def test_known_effects_lie_in_the_intervals_of_their_contrasts(made) -> None:  # noqa: F811
    run = made["small"]
    by_name = {one.name: one for one in planned(list(made.values())) if one.run == run.name}
    low, high = by_name["viewing minus storage, anatomical minus colloquial"].robust.ends
    assert low <= 0.14 <= high
    low, high = by_name["any mark minus none, anatomical minus colloquial"].robust.ends
    assert low <= -0.12 <= high


def test_semantic_decoding_is_one_contrast_and_baselines_have_none(made) -> None:  # noqa: F811
    runs = list(made.values())
    (gain,) = (one for one in planned(runs) if one.table == "decoding")
    pair = compare_runs(made["small"], made["small-semantic"]).paired
    assert (gain.effect, gain.verdict) == (pytest.approx(pair.difference), "higher")
    assert planned([]) == []

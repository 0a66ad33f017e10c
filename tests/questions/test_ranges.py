from collections import Counter

import numpy as np
import pytest

from misground.anatomy import slice_axis_index
from misground.questions import DrawSettings, draw
from misground.questions.ranges import PARTS, StackRanges, places, range_ends, share_a_half
from misground.questions.stacks import stack_slices
from misground.questions.truth import THRESHOLDS

LEAST = THRESHOLDS["torso"]


def profile(slices, *spans):
    """(2, n) counts of two structures that fill these slices with 30 voxels each."""
    counts = np.zeros((2, slices), np.uint8)
    for row, (first, last) in zip(counts, spans, strict=True):
        row[first : last + 1] = 30
    return counts


def test_a_range_ends_at_the_close_range_at_the_scan_or_at_an_eighth_between():
    assert range_ends(16, 19, 28) == ([16, 14, 12, 10, 8, 6, 4, 2, 0], [19, 20, 21, 22, 23, 24, 25, 26, 27])
    assert range_ends(0, 27, 28) == ([0], [27])
    assert range_ends(3, 10, 12) == ([3, 2, 1, 0], [10, 11])


@pytest.mark.parametrize(("lo", "hi"), [(0, 0), (0, 31), (0, 32), (3, 20), (5, 94), (1, 299), (17, 180)])
def test_places_are_of_the_frames_of_a_stack(lo, hi):
    rng = np.random.default_rng(hi)
    counts = rng.integers(0, 31, (2, 300)).astype(np.uint8) * (rng.random((2, 300)) < 0.3)
    counts[:, 250] = 30
    found = places(np.array([[lo, hi]]), counts[:, None], 1, LEAST)
    frames = stack_slices(lo, hi, 1.0, 0.0, 300)
    shown = [np.flatnonzero(row[list(frames)]) for row in counts]
    enough = all(len(s) >= 3 and row[list(frames)].sum() >= 30 for s, row in zip(shown, counts, strict=True))
    if not enough:
        assert not found.usable[0]
        return
    middles = [s.mean() / (len(frames) - 1) for s in shown]
    assert found.usable[0] == (middles[0] > middles[1])
    assert found.part[0].tolist() == [int(PARTS * m) for m in middles]


def test_a_structure_exactly_in_the_middle_is_in_no_half():
    counts = profile(21, (9, 11), (4, 6))
    assert not places(np.array([[0, 20]]), counts[:, None], 1, LEAST).usable[0]
    assert places(np.array([[0, 19]]), counts[:, None], 1, LEAST).usable[0]


def test_whether_a_pair_can_lie_in_one_half():
    low, high = profile(100, (17, 28), (5, 16)), profile(100, (88, 99), (75, 86))
    across, whole = profile(100, (74, 85), (20, 31)), profile(100, (60, 99), (0, 50))
    counts = np.stack([low, high, across, whole], axis=1)
    close = np.array([(0, 33), (70, 99), (15, 90), (0, 99)])
    found = share_a_half(close, counts, np.ones(4, np.int8), LEAST)
    assert found.tolist() == [True, True, False, False]
    below = share_a_half(close, counts[::-1], -np.ones(4, np.int8), LEAST)
    assert below.tolist() == found.tolist()


def test_too_few_frames_or_voxels_keep_a_stack_from_being_widened_that_far():
    counts = profile(640, (310, 318), (298, 306))
    ranges = StackRanges()
    for sign in (1, -1) * 4:
        of_a_and_b = counts[::sign]
        slices = ranges.slices("s", stack_slices(298, 318, 1.0, 10.0, 640), of_a_and_b, sign, LEAST)
        assert slices != tuple(range(288, 329))
        assert ((of_a_and_b[:, slices] > 0).sum(axis=1) >= 3).all()
    counts = np.minimum(counts, 5)
    slices = StackRanges().slices("s", stack_slices(298, 318, 1.0, 10.0, 640), counts, 1, LEAST)
    assert (counts[:, slices].sum(axis=1) >= 30).all()


def test_a_stack_that_fills_the_scan_stays_as_it_is():
    close = stack_slices(0, 39, 1.0, 0.0, 40)
    assert StackRanges().slices("s", close, profile(40, (20, 39), (0, 18)), 1, LEAST) == close


def test_pairs_in_one_half_are_seen_in_either_half_with_either_answer():
    rng = np.random.default_rng(0)
    ranges, halves = StackRanges(), Counter()
    for number in range(200):
        sign = 1 if number % 2 else -1
        start = int(rng.integers(0, 35)) + (100 if rng.random() < 0.5 else 0)
        counts = profile(140, (start + 3, start + 5), (start, start + 2))[::sign]
        close = stack_slices(start, start + 5, 5.0, 10.0, 140)
        frames = ranges.slices("s", close, counts, sign, LEAST)
        middle = np.flatnonzero(counts[0, list(frames)]).mean()
        halves[sign, middle > (len(frames) - 1) / 2] += 1
    assert abs(halves[1, True] - halves[-1, True]) <= 2
    assert abs(halves[1, False] - halves[-1, False]) <= 2


@pytest.fixture(scope="module")
def crossing(plans):
    """The cross_slice items of a draw, with the half of the stack in which A lies."""
    by_id = {plan.facts.case_id: plan for plan in plans}
    found = []
    for item in draw(plans, DrawSettings(preset="paper")):
        if item.task == "cross_slice":
            plan, frames = by_id[item.case_id], sorted(item.slices)
            counts = plan.in_slices[slice_axis_index(item.plane)]
            shown = [
                np.flatnonzero(counts[plan.facts.structures.index(key), frames])
                for key in (item.structure_a, item.structure_b)
            ]
            found.append((item, shown, np.sign(2 * shown[0].mean() - len(frames) + 1)))
    return found


def test_drawn_stacks_show_both_structures_and_count_their_shared_frames(crossing):
    for item, shown, _ in crossing:
        assert min(map(len, shown)) >= 3
        assert (shown[0].mean() - shown[1].mean()) * item.sign > 0
        assert len(np.intersect1d(*shown)) == item.shared_frames


def test_the_half_in_which_a_lies_tells_less_than_in_close_stacks(crossing):
    # In these small cases, many pairs fill the whole scan; in close stacks the half tells all answers.
    halves = Counter(item.sign == half for item, _, half in crossing)
    assert halves[True] < 0.8 * halves.total()

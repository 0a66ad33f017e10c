import itertools

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from misground.questions.stacks import stack_slices, whole_stack


def test_a_short_range_is_shown_whole_with_its_margin():
    assert stack_slices(10, 12, 4.0, 10.0, 100) == (8, 9, 10, 11, 12, 13, 14)


def test_the_margin_is_clipped_to_the_volume():
    assert stack_slices(0, 2, 1.0, 3.0, 5) == (0, 1, 2, 3, 4)


def test_a_long_range_is_thinned_to_32_slices():
    found = stack_slices(5, 94, 20.0, 10.0, 100)
    assert found == tuple(np.round(np.linspace(5, 94, 32)).astype(int))
    assert len(found) == 32


@given(st.integers(1, 700), st.data())
def test_slices_are_real_distinct_and_ascending(slices, data):
    first = data.draw(st.integers(0, slices - 1))
    last = data.draw(st.integers(first, slices - 1))
    found = stack_slices(first, last, data.draw(st.floats(0.3, 6)), 10.0, slices)
    assert 1 <= len(found) <= 32
    assert all(b > a for a, b in itertools.pairwise(found))
    assert found[0] >= 0
    assert found[-1] < slices
    assert found[0] <= first
    assert found[-1] >= last


def test_a_stack_without_structures_spans_the_volume():
    found = whole_stack(200)
    assert (found[0], found[-1], len(found)) == (0, 199, 32)

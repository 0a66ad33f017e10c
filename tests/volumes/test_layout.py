import itertools

import numpy as np
import pytest

from misground.volumes import layout
from misground.volumes.layout import map_elements, memory_order, parts

BASE = np.arange(60, dtype=np.int16).reshape(3, 4, 5)
VIEWS = [
    BASE.transpose(order)[tuple(slice(None, None, sign) for sign in signs)]
    for order in itertools.permutations(range(3))
    for signs in itertools.product((1, -1), repeat=3)
]


@pytest.mark.parametrize("view", VIEWS)
def test_any_flipped_and_transposed_view_lies_in_memory_as_its_base_does(view: np.ndarray) -> None:
    flat = memory_order(view)
    np.testing.assert_array_equal(flat, np.arange(60))
    assert np.shares_memory(flat, BASE)


@pytest.mark.parametrize("view", [*VIEWS, BASE[::2, :, ::-2], np.broadcast_to(BASE[:1], (3, 4, 5))])
def test_mapping_keeps_each_element_at_its_place(view: np.ndarray, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layout, "_PART", 7)
    mapped = map_elements(view, lambda part: part * 2.5, np.float64)
    assert mapped.dtype == np.float64
    np.testing.assert_array_equal(mapped, view * 2.5)


def test_a_mapped_array_lies_in_memory_as_the_first_does() -> None:
    view = BASE.transpose(2, 0, 1)[:, ::-1]
    mapped = map_elements(view, lambda part: part, np.int16)
    assert mapped.strides == view.strides


def test_parts_are_bounded_and_leave_nothing_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layout, "_PART", 7)
    pieces = list(parts(BASE[:, ::-1]))
    assert [piece.size for piece in pieces] == [7] * 8 + [4]
    np.testing.assert_array_equal(np.concatenate(pieces), np.arange(60))

"""Letters never cover what is taken and never leave the canvas."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from numpy.typing import NDArray

from misground.rendering.letters import Place, Surroundings, place_letter

SIZE = (4, 6)
REACH = 3


def canvas(*boxes: tuple[int, int, int, int], shape: tuple[int, int] = (40, 60)) -> NDArray[np.bool_]:
    """Pixels inside any of the boxes (x0, y0, x1, y1)."""
    pixels = np.zeros(shape, dtype=np.bool_)
    for x0, y0, x1, y1 in boxes:
        pixels[y0:y1, x0:x1] = True
    return pixels


def among(
    own: NDArray[np.bool_],
    taken: NDArray[np.bool_] | None = None,
    shunned: NDArray[np.bool_] | None = None,
) -> Surroundings:
    nothing = np.zeros_like(own)
    y, x = np.argwhere(own)[0]
    return Surroundings(
        own,
        nothing if taken is None else taken,
        nothing if shunned is None else shunned,
        (int(x), int(y)),
    )


def covered(place: Place, pixels: NDArray[np.bool_]) -> int:
    x0, y0, x1, y1 = place.box
    return int(pixels[y0:y1, x0:x1].sum())


def gap(place: Place, own: NDArray[np.bool_]) -> int:
    """Pixels between the letter and its mark (Chebyshev distance, 0 where they touch)."""
    x0, y0, x1, y1 = place.box
    ys, xs = np.nonzero(own)
    away_x = np.maximum(np.maximum(x0 - xs, xs - (x1 - 1)), 0)
    away_y = np.maximum(np.maximum(y0 - ys, ys - (y1 - 1)), 0)
    return int(np.maximum(away_x, away_y).min()) - 1


boxes = st.tuples(st.integers(0, 29), st.integers(0, 23), st.integers(1, 30), st.integers(1, 24)).map(
    lambda b: (b[0], b[1], min(30, b[0] + b[2]), min(24, b[1] + b[3]))
)


@given(own=st.lists(boxes, min_size=1, max_size=3), taken=st.lists(boxes, max_size=4), shunned=boxes)
def test_a_letter_is_on_the_canvas_and_off_what_is_taken_wherever_any_place_is_free(
    own: list[tuple[int, int, int, int]],
    taken: list[tuple[int, int, int, int]],
    shunned: tuple[int, int, int, int],
) -> None:
    shape = (24, 30)
    mark = canvas(*own, shape=shape)
    others = canvas(*taken, shape=shape) & ~mark
    around = among(mark, others, canvas(shunned, shape=shape))
    place = place_letter(around, SIZE, REACH)
    width, height = SIZE
    windows = np.lib.stride_tricks.sliding_window_view(others, (height, width)).any(axis=(2, 3))
    if windows.all():
        assert place is None
        return
    assert place is not None
    x0, y0, x1, y1 = place.box
    assert (x1 - x0, y1 - y0) == SIZE
    assert x0 >= 0
    assert y0 >= 0
    assert x1 <= shape[1]
    assert y1 <= shape[0]
    assert covered(place, others) == 0
    assert not others[place.leader[:, 1], place.leader[:, 0]].any()


@given(own=boxes, taken=st.lists(boxes, max_size=4))
def test_equal_surroundings_give_the_equal_place(
    own: tuple[int, int, int, int], taken: list[tuple[int, int, int, int]]
) -> None:
    mark = canvas(own, shape=(24, 30))
    around = among(mark, canvas(*taken, shape=(24, 30)) & ~mark)
    first, second = (place_letter(around, SIZE, REACH) for _ in range(2))
    assume(first is not None)
    assert first is not None
    assert second is not None
    assert first.box == second.box
    assert first.leader.tolist() == second.leader.tolist()


@given(own=boxes)
def test_a_letter_with_room_stands_beside_its_mark_and_off_it(own: tuple[int, int, int, int]) -> None:
    mark = canvas((own[0] + 15, own[1] + 12, own[2] + 15, own[3] + 12), shape=(48, 60))
    place = place_letter(among(mark), SIZE, REACH)
    assert place is not None
    assert covered(place, mark) == 0
    assert gap(place, mark) <= REACH
    assert len(place.leader) == 0


def test_a_letter_keeps_away_from_the_other_mark_and_from_what_is_shunned_where_it_can() -> None:
    own = canvas((20, 15, 26, 25))
    around = among(own, taken=canvas((28, 10, 40, 30)), shunned=canvas((10, 5, 28, 15)))
    place = place_letter(around, SIZE, REACH)
    assert place is not None
    assert covered(place, around.shunned) == 0
    assert gap(place, around.taken) >= REACH
    assert gap(place, own) <= REACH


def test_a_shunned_place_beside_the_mark_is_better_than_a_leader_line() -> None:
    own = canvas((20, 15, 26, 25))
    place = place_letter(among(own, shunned=canvas((0, 0, 60, 40))), SIZE, REACH)
    assert place is not None
    assert gap(place, own) <= REACH


def test_an_enclosed_mark_has_its_letter_at_the_border_with_a_line_that_ends_at_it() -> None:
    own = canvas((28, 18, 30, 20))
    ring = canvas((20, 10, 38, 28)) & ~canvas((27, 17, 31, 21))
    place = place_letter(among(own, taken=ring), SIZE, REACH)
    assert place is not None
    x0, y0, x1, y1 = place.box
    assert x0 == 0 or y0 == 0 or x1 == 60 or y1 == 40
    assert covered(place, ring) == 0
    assert not ring[place.leader[:, 1], place.leader[:, 0]].any()
    ys, xs = np.nonzero(own)
    ends = place.leader[-1]
    assert max(np.abs(xs - ends[0]).min(), np.abs(ys - ends[1]).min()) == 1
    assert not own[place.leader[:, 1], place.leader[:, 0]].any()


def test_a_long_open_way_to_the_border_is_better_than_a_short_one_through_the_other_mark() -> None:
    own = canvas((48, 18, 50, 19))
    # A lane too narrow for the letter, closed by one pixel to the right and open far to the left.
    lane = canvas((8, 14, 55, 16), (8, 21, 55, 23), (54, 14, 55, 23))
    place = place_letter(among(own, taken=lane), SIZE, REACH)
    assert place is not None
    assert place.box[0] == 0
    assert len(place.leader) == 48 - place.box[2]


def test_where_the_whole_border_is_taken_the_letter_stands_at_the_nearest_free_place() -> None:
    own = canvas((40, 18, 42, 20))
    taken = canvas((0, 0, 60, 40)) & ~canvas((39, 17, 43, 21), (10, 10, 16, 20))
    place = place_letter(among(own, taken=taken), SIZE, REACH)
    assert place is not None
    x0, y0, x1, y1 = place.box
    assert 10 <= x0 < x1 <= 16
    assert 10 <= y0 < y1 <= 20


def test_a_letter_covers_its_own_mark_rather_than_the_other() -> None:
    own = canvas((0, 0, 30, 40))
    place = place_letter(among(own, taken=~own), SIZE, REACH)
    assert place is not None
    assert covered(place, own) == SIZE[0] * SIZE[1]


@pytest.mark.parametrize("shape", [(5, 60), (40, 3), (1, 1)])
def test_a_canvas_smaller_than_the_letter_has_no_place(shape: tuple[int, int]) -> None:
    assert place_letter(among(canvas((0, 0, 1, 1), shape=shape)), SIZE, REACH) is None

"""The size of the smaller structure of a question, from the boxes of a view."""

from misground.evaluation.structure_sizes import smaller


def mark(label: str, frame: int, *box: int) -> dict:
    return {"label": label, "frame": frame, "box": list(box)}


def test_the_size_is_that_of_the_smaller_box_where_it_is_largest() -> None:
    marks = [
        mark("A", 0, 0, 0, 10, 10),
        mark("A", 1, 0, 0, 2, 2),
        mark("B", 1, 0, 0, 4, 5),
        mark("B", 2, 3, 3, 9, 8),
    ]
    assert smaller({"marks": marks, "mm_per_pixel": 0.5}) == 30 * 0.25


def test_a_view_without_two_structures_has_no_size() -> None:
    assert smaller({"marks": [mark("A", 0, 0, 0, 10, 10)], "mm_per_pixel": 1.0}) is None
    assert smaller({"marks": [], "mm_per_pixel": 1.0}) is None

from typing import Any

import numpy as np
import pytest

from misground.anatomy import Structure, structure_table
from misground.errors import CaseError
from misground.volumes.relabel import count_values, present_structures, relabel

TOTAL = structure_table().label_set("total")


def labels(*values: float, dtype: Any = np.uint8) -> np.ndarray:
    return np.array(values, dtype).reshape(1, 1, -1)


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.uint16, np.int64, np.float32, np.float64])
def test_whole_numbers_of_any_type_are_counted(dtype: Any) -> None:
    assert count_values(labels(0, 7, 7, 117, dtype=dtype)) == {0: 1, 7: 2, 117: 1}


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ((0, -1), "from -1 to 0"),
        ((0, 65536), "from 0 to 65536"),
        ((0, 1.5), "the label value 1.5"),
        ((0, np.nan), "NaN"),
        ((0, np.inf), "inf"),
    ],
)
def test_other_numbers_are_refused(values: tuple[float, ...], words: str) -> None:
    with pytest.raises(CaseError, match=words):
        count_values(labels(*values, dtype=np.float64))


def test_structures_come_in_the_tables_order_and_each_once() -> None:
    found = present_structures([0, 40, 5, 26, 1], TOTAL, frozenset())
    order = [structure_table().rank(s.key) for s in found]
    assert order == sorted(order)
    assert sorted(s.key for s in found) == sorted({TOTAL[v].key for v in (1, 5, 26, 40)})
    assert len(found) == 3  # 26 and 40 are both vertebrae


def test_declared_structures_come_last_by_key() -> None:
    own = {v: Structure(key=k, name=k, region="torso") for v, k in ((1, "zz"), (2, "aa"))} | {3: TOTAL[117]}
    assert [s.key for s in present_structures([1, 2, 3], own, frozenset())] == [TOTAL[117].key, "aa", "zz"]


def test_ignored_values_are_known() -> None:
    assert [s.key for s in present_structures([0, 1, 90], TOTAL, frozenset({90}))] == [TOTAL[1].key]


def test_unknown_values_are_listed() -> None:
    with pytest.raises(CaseError, match=r"unknown label values 200, 300; expected"):
        present_structures([300, 1, 200], TOTAL, frozenset())


def test_many_unknown_values_are_listed_in_part() -> None:
    with pytest.raises(CaseError, match=r"unknown label values 200, .*, 209 and 5 more;"):
        present_structures(range(200, 215), TOTAL, frozenset())


@pytest.mark.parametrize("values", [[], [0], [0, 90]])
def test_no_structure_is_refused(values: list[int]) -> None:
    with pytest.raises(CaseError, match="has no structure"):
        present_structures(values, TOTAL, frozenset({90}))


def test_labels_become_places_among_the_structures() -> None:
    present = (TOTAL[26], TOTAL[5])
    found = relabel(labels(0, 5, 26, 50, 90, dtype=np.float32), TOTAL, present)
    assert found.dtype == np.uint8
    assert found.ravel().tolist() == [0, 2, 1, 1, 0]


def test_more_than_255_structures_need_two_bytes() -> None:
    own = {v: Structure(key=f"s{v:03}", name=f"s{v}", region="torso") for v in range(1, 301)}
    present = present_structures(own, own, frozenset())
    found = relabel(np.arange(301).reshape(7, 43, 1), own, present)
    assert found.dtype == np.uint16
    np.testing.assert_array_equal(found.ravel(), np.arange(301))


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ([0, 4.9999999], "found the label value 4.9999999; expected whole numbers"),
        ([5, 81.00000965], "found the label value 81.00000965; expected whole numbers"),
        ([np.nan, np.nan], "found NaN voxels in the label map; expected whole numbers"),
        ([5, np.nan], "found NaN voxels in the label map; expected whole numbers"),
        ([-1, 5], "found label values from -1 to 5; expected 0 to 65535"),
    ],
)
def test_a_reason_says_the_value_itself(values: list[float], text: str) -> None:
    with pytest.raises(CaseError) as caught:
        count_values(np.array(values).reshape(1, 1, 2))
    assert text in str(caught.value)

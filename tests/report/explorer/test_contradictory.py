"""Which questions contradict themselves or another, by kind."""

from itertools import product

import numpy as np
import pyarrow as pa

from misground.report.explorer.contradictory import KINDS, contradictory

ROWS = [
    {"item_id": item, "task": "in_plane", "condition": "image", "terms": terms, "coordinates": coordinates,
     "prompt": prompt, "probe": None}
    for item, terms, coordinates, prompt in product(
        "ij", ("anatomical", "colloquial"), ("storage", "viewing"), ("none", "box")
    )
]  # fmt: skip
PROBES = [
    {**ROWS[2], "probe": "reversed"}, {**ROWS[3], "prompt": "none", "probe": "reordered"},
    {**ROWS[2], "probe": "naming", "task": "naming"},
]  # fmt: skip
TABLE = pa.Table.from_pylist([*ROWS, *PROBES])


def found(wrong: set[int], mixed: int | None = None, silent: set[int] = frozenset()) -> dict[str, list[int]]:
    bad = np.array([2 * (n in wrong) + (n == mixed) for n in range(len(TABLE))])
    good = np.array([0 if n in silent else 2 - 2 * (n in wrong) for n in range(len(TABLE))])
    return {kind: ranks.tolist() for kind, ranks in contradictory(TABLE, good, bad).items()}


def test_a_run_that_is_right_everywhere_contradicts_nothing() -> None:
    assert found(set()) == {}
    assert found(set(range(len(TABLE)))) == {}


def test_one_wrong_wording_contradicts_those_that_differ_in_one_factor() -> None:
    assert found({0}) == {
        "between terms": [0, 4], "between coordinates": [0, 2], "between marks": [0, 1],
    }  # fmt: skip


def test_a_wrong_answer_in_another_item_contradicts_nothing_here() -> None:
    assert max(found({0})["between terms"]) < 8


def test_probes_contradict_the_question_that_they_repeat_alone() -> None:
    assert found({16}) == {"with B relative to A": [2, 16]}
    assert found({17}) == {"with the options exchanged": [2, 17]}
    assert found({18}) == {}  # the name of a structure is another question


def test_replies_that_differ_and_questions_without_an_answer() -> None:
    assert found(set(), mixed=5) == {"between replies to a question": [5]}
    assert found(set(), silent={3}) == {}
    assert set(found({0})) < set(KINDS)

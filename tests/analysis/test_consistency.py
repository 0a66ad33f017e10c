"""Consistency: an all-or-nothing model, a coin, and models that contradict themselves have known numbers."""

from itertools import combinations, product

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from misground.analysis.agreement import Pairs, agreement
from misground.analysis.consistency import ConsistencyRow, consistency_rows
from misground.analysis.dependence import Groups
from misground.analysis.flat import flat
from misground.analysis.tables import report_tables
from misground.coordinates import on_screen

from .conftest import row
from .habits import all_or_nothing, answered, coin, confused, first, known, other, questions

ASKED = questions()


def by_what(run) -> dict[str, ConsistencyRow]:
    return {one.what: one for one in consistency_rows(run)}


def share(found: ConsistencyRow) -> float:
    return found.k / found.n


def test_an_all_or_nothing_model_is_right_or_wrong_in_all_wordings(read) -> None:
    found = by_what(read(answered(all_or_nothing, ASKED)))
    items = {one["item_id"]: known(one) for one in ASKED}
    assert (found["all_right"].k, found["all_right"].n) == (sum(items.values()), len(items))
    assert (found["all_wrong"].k, found["mixed"].k) == (len(items) - sum(items.values()), 0)
    assert found["all_right"].independent < 0.001
    assert found["two_wordings"].correlation == 1
    assert found["two_wordings"].correlation_interval.dependence.reason == "all alike"
    assert {kind: found[kind].k for kind in ("terms", "coordinates")} == {"terms": 0, "coordinates": 0}


def test_a_coin_of_equal_accuracy_is_as_independent_answers(read) -> None:
    found = by_what(read(answered(coin, ASKED)))
    assert found["mixed"].k == found["mixed"].n == 60
    assert found["all_right"].independent < 0.001
    for what in ("two_wordings", "terms", "coordinates"):
        low, high = found[what].correlation_interval.ends
        assert low < 0 < high, what
        assert share(found[what]) == pytest.approx(found[what].independent, abs=0.06)


def test_coins_are_rarely_called_anything_else(read) -> None:
    outside = 0
    for seed in range(20):
        interval = by_what(read(answered(coin, ASKED, seed=seed)))["two_wordings"].correlation_interval
        outside += not interval.low <= 0 <= interval.high
    assert outside <= 4  # 1 is expected; more than 4 have a probability of 0.3%


def test_confused_coordinates_contradict_each_other_and_terms_do_not(read) -> None:
    found = by_what(read(answered(confused, ASKED)))
    assert share(found["coordinates"]) == 1
    assert found["coordinates"].correlation < -0.9
    assert share(found["terms"]) == 0
    assert share(found["mixed"]) == found["mixed"].independent == 1
    assert found["two_wordings"].correlation is None  # what each wording gives is fixed


def test_always_the_first_option_is_no_consistency(read) -> None:
    found = by_what(read(answered(first, ASKED)))
    assert share(found["mixed"]) == 0
    assert found["all_right"].independent == pytest.approx(share(found["all_right"]))
    assert all(found[what].correlation is None for what in ("two_wordings", "terms", "coordinates"))


def test_epochs_enter_as_passes_through_the_wordings(read) -> None:
    rows = answered(all_or_nothing, ASKED[:16]) + answered(all_or_nothing, ASKED[16:32], epochs=1)
    again = [{**one, "epoch": 2} for one in rows]
    again[0].update(outcome="wrong", extracted=other(ASKED[0]))  # item 0 is known
    found = by_what(read(rows + again))
    kinds = {kind: found[kind].k for kind in ("all_right", "all_wrong", "mixed")}
    assert kinds == {"all_right": 1.5, "all_wrong": 0, "mixed": 0.5}
    assert found["epochs"].n == 32
    assert found["epochs"].k == 31


def test_epochs_of_a_coin_agree_as_often_as_its_accuracy_gives(read) -> None:
    found = by_what(read(answered(coin, ASKED, epochs=3)))["epochs"]
    assert found.independent == pytest.approx((11 / 20) ** 2 + (9 / 20) ** 2, abs=0.02)
    assert share(found) == pytest.approx(found.independent, abs=0.05)
    low, high = found.correlation_interval.ends
    assert low < 0 < high
    low, high = found.interval.ends
    assert low < share(found) < high


def test_replies_without_an_answer_are_no_contradiction_and_are_counted_apart(read) -> None:
    rows = answered(confused, ASKED)
    silent = [
        {**one, "outcome": outcome, "extracted": None} if one["coordinates"] == "viewing" else one
        for one, outcome in zip(rows, ["no_answer", "refused", "error", "no_answer"] * 240, strict=True)
    ]
    half = silent[: len(rows) // 2] + rows[len(rows) // 2 :]
    found = by_what(read(half))["coordinates"]
    assert (found.n, found.k) == (240, 240)
    assert found.apart == pytest.approx(0.5)
    assert "coordinates" not in by_what(read(silent))


def twins(*views: tuple[str, str, bool]) -> list[dict]:
    """Two questions about the liver and the spleen: (plane, dimension, whether the names are exchanged)."""
    names = ("liver", "spleen")
    return [
        row(
            number, case_id=f"c{case}", plane=plane, dimension=dimension, axis="z",
            structure_a=names[swapped], structure_b=names[not swapped],
        )
        for case in range(6)
        for number, (plane, dimension, swapped) in enumerate(views, 10 * case)
    ]  # fmt: skip


def test_twins_show_one_fact_in_another_plane_or_dimension(read) -> None:
    rows = twins(("coronal", "3d", False), ("sagittal", "3d", True))
    for one in rows[::2]:
        one.update(outcome="wrong", extracted="right")
    found = by_what(read(rows))["twins"]
    assert (found.k, found.n) == (6, 6)
    assert found.interval.dependence.items == 6  # one fact in each case
    apart = [{**one, "axis": "xz"[number % 2]} for number, one in enumerate(rows)]
    assert "twins" not in by_what(read(apart, "apart"))
    alike = twins(("coronal", "3d", False), ("coronal", "3d", False))
    assert "twins" not in by_what(read(alike, "alike"))


@pytest.mark.parametrize("change", ["one wording", "text only", "other tasks", "no options", "errors"])
def test_runs_without_several_wordings_have_no_rows(read, change) -> None:
    rows = answered(coin, ASKED, epochs=1)
    changed = {
        "one wording": [one for one in rows if one["prompt"] == "box"][::4],
        "text only": [{**one, "condition": "text_only"} for one in rows],
        "other tasks": [{**one, "task": "stack_order"} for one in rows],
        "no options": [{**one, "options": None, "evidence": None} for one in rows[:1]],
        "errors": [{**one, "outcome": "error", "extracted": None} for one in rows],
    }[change]
    run = read(changed)
    assert consistency_rows(run) == []
    assert "consistency" not in {table.name for table in report_tables([run])}


PATIENT = {"superior": 1, "inferior": -1}
SCREEN = {("row", "above"): -1, ("row", "below"): 1, ("column", "left"): -1, ("column", "right"): 1}


@pytest.mark.parametrize("coordinates", ["storage", "viewing"])
def test_right_and_wrong_disagree_where_the_answers_do_in_the_patients_frame(read, coordinates) -> None:
    """A coronal slice: the screen's word is translated by where the patient's axis runs on the screen."""
    axis, sign = on_screen("coronal", coordinates, "z")
    screen = [word for known, word in SCREEN if known == axis]
    for truth, (one, two) in product((1, -1), product(PATIENT, screen)):
        answer = next(word for word, side in PATIENT.items() if side == truth)
        shown = next(word for word in screen if SCREEN[axis, word] * sign == truth)
        common = {"item_id": "i", "case_id": "c", "axis": "z", "plane": "coronal", "coordinates": coordinates}
        rows = [
            row(number, **common, terms=terms, options=options, answer=right, extracted=said,
                outcome="correct" if said == right else "wrong")
            for number, (terms, options, right, said) in enumerate(
                [("anatomical", list(PATIENT), answer, one), ("colloquial", screen, shown, two)]
            )
        ]  # fmt: skip
        apart = PATIENT[one] != SCREEN[axis, two] * sign
        found = by_what(read(rows))["terms"]
        assert (found.k, found.n) == (int(apart), 1), (truth, one, two)


def whole(values: np.ndarray, cells: np.ndarray, options: int = 2) -> Pairs:
    x, y = values.T
    return Pairs(
        x * (1 - y) + y * (1 - x), values, cells, np.ones(values.shape), np.full(len(values), options),
        Groups.of_cases(np.arange(len(values))),
    )  # fmt: skip


@settings(max_examples=25)
@given(st.integers(0, 2**32 - 1), st.integers(4, 40))
def test_the_correlation_is_krippendorffs_alpha(seed, n) -> None:
    random = np.random.default_rng(seed)
    values = (random.random((n, 2)) < 0.5).astype(float)
    found = agreement(whole(values, np.zeros((n, 2), dtype=int)))
    flat_values = values.reshape(-1)
    expected = np.mean([a != b for a, b in combinations(flat_values, 2)])
    if expected == 0:
        assert found.correlation is None
        return
    observed = (values[:, 0] != values[:, 1]).mean()
    assert found.independent == pytest.approx(expected)
    assert found.correlation == pytest.approx(1 - observed / expected)


def test_the_interval_of_the_correlation_is_about_its_value() -> None:
    random = np.random.default_rng(3)
    for rho in (-0.3, 0.0, 0.5):
        held = 0
        for _ in range(60):
            shared = random.random(150) < abs(rho)
            x = random.random(150) < 0.6
            y = np.where(shared, x if rho >= 0 else ~x, random.random(150) < 0.6)
            values = np.column_stack([x, y]).astype(float)
            low, high = agreement(whole(values, np.zeros((150, 2), dtype=int))).correlation_interval.ends
            true = rho if rho >= 0 else _expected_of_turned(abs(rho), 0.6)
            held += low <= true <= high
        assert held >= 51, rho  # 57 are expected


def _expected_of_turned(share_turned: float, p: float) -> float:
    """The correlation where y is the opposite of x in a share of pairs, else independent with chance p."""
    q = share_turned * (1 - p) + (1 - share_turned) * p
    differ = share_turned + (1 - share_turned) * (2 * p * (1 - p))
    mean = (p + q) / 2
    return 1 - differ / (2 * mean * (1 - mean))


def test_accuracies_that_differ_between_cells_are_no_agreement() -> None:
    random = np.random.default_rng(4)
    cells = np.repeat([[0, 1]], 400, axis=0)
    values = (random.random((400, 2)) < [0.95, 0.2]).astype(float)
    found = agreement(whole(values, cells))
    assert found.independent == pytest.approx(0.95 * 0.8 + 0.05 * 0.2, abs=0.03)
    low, high = found.correlation_interval.ends
    assert low < 0 < high


def test_between_cells_it_is_the_correlation_of_the_answers() -> None:
    random = np.random.default_rng(5)
    shared = random.random((300, 1)) < 0.4
    values = (np.where(shared, random.random((300, 1)), random.random((300, 2))) < [0.8, 0.4]).astype(float)
    found = agreement(whole(values, np.repeat([[0, 1]], 300, axis=0)))
    assert found.correlation == pytest.approx(np.corrcoef(values.T)[0, 1])
    low, high = found.correlation_interval.ends
    assert high - low < 0.3
    assert low < found.correlation < high


def test_the_table_is_a_flat_file_of_numbers(read) -> None:
    tables = {table.name: flat(table) for table in report_tables([read(answered(coin, ASKED))])}
    found = tables["consistency"]
    shares = found.filter(pl.col("what").is_in(["all_right", "all_wrong", "mixed"]))
    assert shares["share"].sum() == pytest.approx(1)
    assert shares["if_independent"].sum() == pytest.approx(1)
    assert shares["wordings"].to_list() == [16, 16, 16]
    assert found.filter(pl.col("what") == "terms")["without_two_answers"].to_list() == [0]

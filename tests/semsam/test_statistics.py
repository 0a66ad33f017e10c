import json

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from semsam import NeighborTable, RowInfo, SemanticSampling, Status, rescore_with_info
from semsam.statistics import KEPT, Statistics, Summary

FIRED, DEFERRED, INVALID, OFF = Status.FIRED, Status.DEFERRED, Status.INVALID, Status.OFF


def info(*rows):
    """A step from (status, choice, greedy, candidates, mass moved) of each row."""
    status, choice, greedy, candidates, moved = zip(*rows, strict=True)
    return RowInfo(
        torch.tensor(status, dtype=torch.int8),
        torch.tensor(choice),
        torch.tensor(greedy),
        torch.tensor(candidates),
        torch.tensor(moved),
    )


STEP = info(
    (FIRED, 7, 7, 1, 0.0),
    (FIRED, 5, 7, 3, 0.25),
    (DEFERRED, -1, 2, 4, 0.0),
    (INVALID, -1, -1, 0, 0.0),
    (OFF, -1, 3, 1, 0.0),
)


def test_a_step_counts_each_row_by_what_became_of_it():
    statistics = Statistics()
    statistics.add(STEP)
    assert statistics.sequences() == [
        Summary(sequences=1, steps=1, fired=1, singleton=1),
        Summary(sequences=1, steps=1, fired=1, flipped=1, mass_moved=0.25),
        Summary(sequences=1, steps=1, deferred=1),
        Summary(sequences=1, steps=1, invalid=1),
        Summary(sequences=1, steps=1, off=1),
    ]


def test_all_sequences_together_are_the_sum_of_each():
    statistics = Statistics()
    statistics.add(STEP)
    statistics.add(STEP)
    summary = statistics.summary()
    assert summary == Summary(
        sequences=5, steps=10, fired=4, deferred=2, invalid=2, off=2, singleton=2, flipped=2, mass_moved=0.5
    )
    assert summary.mean_mass_moved == 0.125
    assert summary.share("deferred") == 0.2


def test_steps_of_finished_rows_are_not_counted():
    statistics = Statistics()
    statistics.add(STEP, torch.tensor([True, False, True, False, True]))
    assert [sequence.steps for sequence in statistics.sequences()] == [1, 0, 1, 0, 1]
    assert statistics.summary() == Summary(sequences=5, steps=3, fired=1, deferred=1, off=1, singleton=1)


def test_nothing_counted_is_zero_and_has_no_shares():
    summary = Statistics().summary()
    assert summary == Summary()
    assert summary.mean_mass_moved is None
    assert summary.share("fired") is None


def test_a_draw_that_the_rule_was_not_told_makes_flipped_unknown():
    statistics = Statistics()
    statistics.add(info((FIRED, -1, 7, 3, 0.5), (FIRED, 5, 7, 3, 0.5)))
    assert [sequence.flipped for sequence in statistics.sequences()] == [None, 1]
    assert statistics.summary().flipped is None
    assert statistics.summary().share("flipped") is None
    assert statistics.summary().fired == 2


def test_a_draw_that_the_rule_was_told_counts_as_its_choice():
    statistics = Statistics()
    statistics.add(info((FIRED, -1, 7, 3, 0.5), (FIRED, -1, 7, 3, 0.5)), token=torch.tensor([7, 8]))
    assert [sequence.flipped for sequence in statistics.sequences()] == [0, 1]


def test_a_new_batch_holds_new_sequences():
    statistics = Statistics()
    statistics.add(info((FIRED, 1, 2, 2, 0.5)))
    statistics.begin(2)
    statistics.add(info((FIRED, 1, 1, 2, 0.0), (DEFERRED, -1, 1, 2, 0.0)))
    assert [sequence.flipped for sequence in statistics.sequences()] == [1, 0, 0]
    assert [sequence.deferred for sequence in statistics.sequences()] == [0, 0, 1]


def test_a_step_of_another_width_than_its_batch_is_refused():
    statistics = Statistics()
    statistics.add(STEP)
    with pytest.raises(ValueError, match=r"a step has 1 rows, its batch has 5: call begin\(\)"):
        statistics.add(info((FIRED, 1, 1, 1, 0.0)))


def test_merging_copies_and_leaves_the_others_alone():
    one, other = Statistics(), Statistics()
    one.add(STEP)
    other.add(STEP)
    one.merge(other)
    other.add(STEP)
    assert one.summary().steps == 10
    assert other.summary().steps == 10
    assert one.summary() == sum(one.sequences(), Summary())


def test_after_merging_the_next_step_begins_a_batch():
    one, other = Statistics(), Statistics()
    other.add(STEP)
    one.merge(other)
    one.add(info((FIRED, 1, 1, 1, 0.0)))
    assert len(one.sequences()) == 6
    assert len(other.sequences()) == 5


def test_reading_midway_changes_nothing():
    read, unread = Statistics(), Statistics()
    for _ in range(3):
        for statistics in (read, unread):
            statistics.add(STEP)
        read.summary()
    assert read.sequences() == unread.sequences()


def test_more_steps_than_are_kept_are_all_counted():
    statistics = Statistics()
    for _ in range(2 * KEPT + 3):
        statistics.add(STEP)
    assert statistics.summary().steps == 5 * (2 * KEPT + 3)


def test_a_summary_is_json_and_back():
    statistics = Statistics()
    statistics.add(STEP)
    data = json.loads(json.dumps(statistics.summary().as_dict()))
    assert data.pop("mean_mass_moved") == 0.125
    assert Summary(**data) == statistics.summary()


rows = st.tuples(
    st.sampled_from(list(Status)),
    st.integers(0, 3),
    st.integers(0, 3),
    st.integers(1, 3),
    st.sampled_from([0.0, 0.25, 0.5]),
)


@given(st.lists(st.lists(st.tuples(rows, st.booleans()), min_size=3, max_size=3), max_size=6))
def test_counts_add_up(steps):
    statistics = Statistics()
    for step in steps:
        statistics.add(info(*[row for row, _ in step]), torch.tensor([active for _, active in step]))
    for i, sequence in enumerate(statistics.sequences()):
        assert sequence.steps == sum(step[i][1] for step in steps)
    total = statistics.summary()
    assert total.steps == total.fired + total.deferred + total.invalid + total.off
    assert total.singleton <= total.fired
    assert total.flipped <= total.fired


def test_what_the_rule_reports_is_counted():
    """Two mutual neighbours (1, 2) overtake the favourite 0; token 3 is no content."""
    table = NeighborTable(
        ids=[[0, -1], [1, 2], [2, 1], [-1, -1]],
        weights=[[1, 0], [1, 1], [1, 1], [0, 0]],
        content=[True, True, True, False],
    )
    probabilities = torch.tensor([[0.4, 0.3, 0.25, 0.05], [0.3, 0.3, 0.1, 0.3], [torch.nan] * 4])
    _, step = rescore_with_info(probabilities.log(), table, SemanticSampling(top_m=3, top_p=0.9))
    statistics = Statistics()
    statistics.add(step)
    flipped, deferred, invalid = statistics.sequences()
    assert (flipped.fired, flipped.flipped, flipped.singleton) == (1, 1, 0)
    # p = (8, 6, 5) / 19 becomes scores (8, 11, 11) / 30
    assert flipped.mean_mass_moved == pytest.approx(8 / 19 - 8 / 30)
    assert (deferred.deferred, invalid.invalid) == (1, 1)

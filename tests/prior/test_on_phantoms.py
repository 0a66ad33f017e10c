"""How far the prior gets on a benchmark, asked without a model's interface."""

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from scipy.stats import binomtest

from misground.benchmark.load import Benchmark
from misground.evaluation.asking import sample_seed
from misground.evaluation.benchmark_votes import read_votes
from misground.prior.positions import shipped_positions
from misground.prior.reply import reply
from misground.prior.votes import Pair, Votes

Where = Callable[[Mapping[str, Any]], bool]
Score = tuple[int, int]
Scored = Callable[..., Score]


@pytest.fixture(scope="module")
def score(phantoms: Benchmark) -> Scored:
    """score(where, table): right answers and questions among those that `where` holds for."""
    rows = phantoms.questions().to_pylist()
    votes = read_votes(phantoms)

    def scored(where: Where, table: str = "both") -> Score:
        chosen = [row for row in rows if where(row)]
        asked: Votes | None = None if table == "phantoms" else votes
        positions = {} if table == "cases" else shipped_positions()
        right = Counter(
            reply(row, sample_seed(0, row["question_id"], 1), asked, positions).option == row["answer"]
            for row in chosen
        )
        return right[True], len(chosen)

    return scored


def is_chance(score: Score) -> bool:
    """Whether it lies within the 99.9% interval of one half."""
    return bool(binomtest(*score, 0.5).pvalue > 0.001)


def text_only(terms: str) -> Where:
    return lambda row: row["condition"] == "text_only" and row["terms"] == terms


@pytest.mark.parametrize("terms", ["anatomical", "lay"])
@pytest.mark.parametrize("table", ["both", "phantoms"])
def test_the_patients_frame_is_answered_without_a_picture(score: Scored, terms: str, table: str) -> None:
    right, n = score(text_only(terms), table)
    assert n >= 100
    assert right / n >= 0.97


def test_other_cases_alone_know_the_pairs_that_they_share(phantoms: Benchmark, score: Scored) -> None:
    votes = read_votes(phantoms)

    def shared(row: Mapping[str, Any]) -> bool:
        pair = Pair(row["modality"], row["structure_a"], row["structure_b"], row["axis"])
        return text_only("anatomical")(row) and votes.poll(pair, without=row["case_id"]) is not None

    right, n = score(shared, "cases")
    assert n >= 20
    assert right / n >= 0.97


def test_the_radiological_display_is_answered_by_convention_alone(score: Scored) -> None:
    def torso(coordinates: str) -> Where:
        return lambda row: (
            row["modality"] == "ct"
            and row["task"] == "in_plane"
            and row["terms"] == "colloquial"
            and row["condition"] == "image"
            and row["coordinates"] == coordinates
        )

    right, n = score(torso("viewing"))
    assert right / n >= 0.97
    storage_right, storage_n = score(torso("storage"))
    assert storage_right / storage_n < 0.75


@pytest.mark.parametrize("condition", ["image", "text_only", "blank"])
def test_the_way_of_a_stack_is_answered_by_chance(score: Scored, condition: str) -> None:
    result = score(
        lambda row: (
            row["task"] == "cross_slice" and row["terms"] == "colloquial" and row["condition"] == condition
        )
    )
    assert result[1] >= 20
    assert is_chance(result)


def test_a_blank_canvas_is_answered_by_chance(score: Scored) -> None:
    assert is_chance(score(lambda row: row["condition"] == "blank"))


def test_a_knee_from_side_to_side_is_answered_by_chance_on_the_screen(score: Scored) -> None:
    result = score(
        lambda row: (
            row["modality"] == "mri"
            and row["axis"] == "x"
            and row["task"] == "in_plane"
            and row["terms"] == "colloquial"
        )
    )
    assert result[1] >= 100
    assert is_chance(result)

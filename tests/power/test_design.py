"""Designs of questions: what belongs to what, and multiples and parts of the cases."""

import numpy as np
import polars as pl

from misground.analysis.cells import groups_of
from misground.analysis.dependence import NONE
from misground.power.design import Design

from .conftest import questions_of


def test_a_design_groups_questions_as_results_do() -> None:
    questions = questions_of(3)
    ours, theirs = groups_of(Design.of(questions).questions()), groups_of(questions)
    assert ours.cases.tolist() == theirs.cases.tolist()
    assert ours.items.tolist() == theirs.items.tolist()
    assert ours.structures.tolist() == theirs.structures.tolist()


def test_an_item_without_structures_has_none() -> None:
    none = pl.lit(None, pl.String)
    found = Design.of(questions_of(1, 1).with_columns(structure_a=none, structure_b=none))
    assert found.items.structures.tolist() == [[NONE, NONE]]
    assert found.questions()["structure_a"].null_count() == len(found)


def test_a_multiple_has_new_cases_with_the_same_structures(design: Design) -> None:
    twice = design.times(2)
    assert (twice.cases, len(twice.items), len(twice)) == (48, 288, 2 * len(design))
    whole = twice.questions()
    assert whole["question_id"].is_unique().all()
    halves = [whole[: len(design)], whole[len(design) :]]
    assert not set(halves[0]["case_id"]) & set(halves[1]["case_id"])
    assert halves[0]["structure_b"].to_list() == halves[1]["structure_b"].to_list()


def test_a_part_keeps_whole_cases_of_each_modality(design: Design) -> None:
    part = design.part(0.25, np.random.default_rng(0))
    whole = design.questions()
    kept = part.questions().group_by("case_id").len()
    assert part.cases == 6
    assert kept["len"].unique().to_list() == [len(whole) // design.cases]
    assert set(part.factors["modality"]) == {"ct", "mri"}
    assert part.items.cases[part.item].tolist() == part.questions()["case_id"].to_list()

"""What is a pair: the same question of two runs, an item at two levels of one factor."""

import pytest

from misground.analysis.arms import arm_pairs
from misground.analysis.cells import estimate_of, select
from misground.analysis.comparisons import (
    compare_levels,
    compare_runs,
    differing,
    direction,
    parse_levels,
)

from .conftest import row


def test_runs_meet_on_the_questions_that_both_answered_and_list_the_rest(read) -> None:
    a = read([row(0), row(1, outcome="wrong"), row(2, outcome="error"), row(3)], "a")
    b = read([row(0, outcome="wrong"), row(1), row(2), row(4, outcome="error")], "b")
    found = compare_runs(a, b)
    assert found.paired is not None
    assert (found.paired.n, found.paired.difference) == (2, 0.0)
    assert sorted(found.only_a) == ["q2", "q3"]
    assert sorted(found.only_b) == ["q2", "q4"]


def test_levels_meet_within_an_item_with_all_else_equal(read) -> None:
    rows = []
    for item in range(3):
        for n, (coordinates, terms, outcome) in enumerate(
            [
                ("storage", "anatomical", "wrong"), ("viewing", "anatomical", "correct"),
                ("storage", "colloquial", "correct"), ("viewing", "colloquial", "correct"),
            ]
        ):  # fmt: skip
            levels = {"coordinates": coordinates, "terms": terms, "outcome": outcome}
            rows.append(row(10 * item + n, item_id=f"i{item}", case_id="c", **levels))
    rows.append(row(99, item_id="i9", coordinates="viewing"))
    run = read(rows)
    found = compare_levels(run.questions, "coordinates", "storage", "viewing")
    assert found.paired is not None
    assert (found.paired.n, found.paired.difference) == (6, 0.5)
    assert (found.only_a, found.only_b) == ([], ["q99"])
    anatomical = compare_levels(run.questions, "coordinates", "storage", "viewing", {"terms": "anatomical"})
    assert anatomical.paired is not None
    assert (anatomical.paired.n, anatomical.paired.difference) == (3, 1.0)


def asked_of(cases: int, names: tuple[str, ...]) -> list:
    """Items of so many cases about pairs of structures; not always right without the picture."""
    rows = []
    for item in range(24):
        one, two = names[item % len(names)], names[(item + 1 + item // len(names)) % len(names)]
        same = {"item_id": f"i{item}", "case_id": f"c{item % cases}", "axis": "z"}
        same |= {"structure_a": one, "structure_b": two if two != one else names[item % len(names) - 1]}
        outcome = "wrong" if item % 5 else "correct"
        rows.append(row(2 * item, condition="text_only", outcome=outcome, **same))
        rows.append(row(2 * item + 1, **same))
    return rows


def test_the_interval_rests_on_cases_and_structures_whatever_is_shown(read) -> None:
    run = read(asked_of(8, ("liver", "spleen", "aorta", "heart", "stomach")))
    for found in (
        estimate_of(run.questions).robust,
        estimate_of(select(run.questions, condition="text_only")).robust,
        compare_levels(run.questions, "condition", "text_only", "image").paired.robust,
    ):
        about = found.dependence
        assert (about.cases, about.structures, about.items, about.freedom) == (8, 5, 24, 4)
        assert found.ends is not None


def test_one_pair_of_structures_is_judged_for_these_structures_alone(read) -> None:
    run = read(asked_of(8, ("liver", "spleen")))
    about = estimate_of(run.questions).robust.dependence
    assert (about.cases, about.structures, about.fixed, about.freedom) == (8, 2, 2, 7)


def test_one_case_has_no_interval_and_no_verdict(read) -> None:
    run = read(asked_of(1, ("liver", "spleen", "aorta")))
    found = estimate_of(run.questions).robust
    assert (found.ends, found.dependence.reason) == (None, "one case")
    compared = compare_levels(run.questions, "condition", "text_only", "image")
    assert (compared.paired.better, compared.paired.p, direction(compared)) == (None, None, "unknown")


@pytest.mark.parametrize(
    ("factor", "a", "b"), [("modality", "ct", "mri"), ("prompt", "none", "arrow"), ("colour", "a", "b")]
)
def test_what_does_not_vary_within_items_is_refused(read, factor, a, b) -> None:
    with pytest.raises(ValueError, match="expected one of"):
        compare_levels(read([row(0)]).questions, factor, a, b)


def test_nothing_in_common_is_no_comparison(read) -> None:
    found = compare_runs(read([row(0)], "a"), read([row(1)], "b"))
    assert (found.paired, found.only_a, found.only_b) == (None, ["q0"], ["q1"])
    assert direction(found) == "unknown"


@pytest.mark.parametrize(
    ("better", "worse", "said"), [(30, 2, "better"), (2, 30, "worse"), (16, 15, "none"), (0, 0, "none")]
)
def test_what_is_said_of_a_difference_follows_its_interval(read, better, worse, said) -> None:
    def outcomes(right: range) -> list:
        return [row(n, outcome="correct" if n in right or n >= 80 else "wrong") for n in range(100)]

    a, b = read(outcomes(range(40, 40 + worse)), "a"), read(outcomes(range(better)), "b")
    assert direction(compare_runs(a, b)) == said


def test_one_case_gives_nothing_to_say(read) -> None:
    a = read([row(n, case_id="c", outcome="wrong") for n in range(30)], "a")
    b = read([row(n, case_id="c", outcome="correct" if n else "wrong") for n in range(30)], "b")
    assert direction(compare_runs(a, b)) == "unknown"


def test_decodings_of_one_model_are_paired_up(write) -> None:
    from misground.analysis.results import read_runs  # noqa: PLC0415

    runs = read_runs(
        [
            write([row(0, run_id=f"{model}{decoding}", model=model, decoding=decoding)], f"{model}{decoding}")
            for model, decoding in [("m", "semantic"), ("m", "default"), ("n", "default")]
        ]
    )
    assert [(a.decoding, b.decoding, a.model) for a, b in arm_pairs(runs)] == [("default", "semantic", "m")]


def test_settings_that_differ_beside_the_rule_are_named() -> None:
    a = {"settings": {"decoding": "default", "seed": 0, "sampler": "declared", "rule": {}}}
    b = {"settings": {"decoding": "semantic", "seed": 1, "sampler": "declared", "rule": {"top_m": 3}}}
    assert differing(a, b) == ["seed"]
    assert differing(a, None) == []


def test_levels_are_read_as_in_filter() -> None:
    assert parse_levels(["terms=anatomical|lay,dimension=2d"]) == {
        "terms": ["anatomical", "lay"],
        "dimension": ["2d"],
    }
    for wrong in ("terms", "terms=blue", "colour=red"):
        with pytest.raises(ValueError, match="expected"):
            parse_levels([wrong])

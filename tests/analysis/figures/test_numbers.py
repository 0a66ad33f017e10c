"""What the figures show is what the analysis says."""

import pytest

from misground.analysis.cells import by, estimate_of, select
from misground.analysis.decoding import decoding_steps
from misground.analysis.directions import confusion
from misground.analysis.figures import figures, vega_lite
from misground.analysis.figures.rows import relation_questions
from misground.analysis.figures.words import level_word

from .conftest import answered, crossed, question

NAMES = [
    "accuracy-by-size",
    "forest-of-cells",
    "terms-by-coordinates",
    "marks-by-terms",
    "accuracy-by-pair",
    "accuracy-by-structure",
    "confusion-anatomical",
    "confusion-colloquial",
    "outcome-shares",
    "semantic-sampling-steps",
    "where-it-breaks",
]


@pytest.fixture(scope="module")
def drawn(pair_of_runs):
    return {figure.name: figure for figure in figures(pair_of_runs)}


SEEN = {}  # specifications take a while; the figure is kept beside its own, so that no other has its id


def inline(figure):
    """The figure's data, a list of records a dataset."""
    if id(figure) not in SEEN:
        SEEN[id(figure)] = figure, list(vega_lite(figure)["datasets"].values())
    return SEEN[id(figure)][1]


def records(figure, **equal):
    """The records of a figure that have these values."""
    found = [record for dataset in inline(figure) for record in dataset]
    return [record for record in found if all(record.get(key) == value for key, value in equal.items())]


def test_they_come_in_the_order_of_a_report(drawn) -> None:
    assert list(drawn) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_each_says_what_it_asks_what_is_drawn_and_its_numbers_in_words(
    drawn, pair_of_runs, name: str
) -> None:
    figure = drawn[name]
    assert figure.asks.endswith("?")
    assert figure.caption.endswith(".")
    shown = pair_of_runs[1:] if name == "semantic-sampling-steps" else pair_of_runs
    assert all(run.name in figure.alt for run in shown)
    assert "/" in figure.alt


def same(record, estimate) -> None:
    low, high = estimate.robust.ends
    assert record["fraction"] == estimate.fraction
    assert record["accuracy"] == pytest.approx(estimate.accuracy, abs=1e-6)
    assert (record["low"], record["high"]) == pytest.approx((low, high), abs=1e-6)


@pytest.mark.parametrize("condition", ["image", "text_only", "blank"])
def test_accuracy_by_size_is_the_estimate_of_each_condition(drawn, pair_of_runs, condition: str) -> None:
    for run in pair_of_runs:
        (record,) = records(drawn["accuracy-by-size"], run=run.name, condition=condition)
        same(record, estimate_of(select(run.questions, condition=condition)))
        assert record["size"] == "7.6B"


def test_chance_is_the_mean_of_one_over_the_options(make) -> None:
    rows = [
        question(0),
        question(1),
        question(2, outcome="error"),
        question(3, task="slice_direction", axis=None, structure_a=None, structure_b=None, answer="axial"),
    ]
    (figure, *_) = figures([make(rows, parameters=10**9)])
    (record,) = records(figure, run="model")
    assert record["chance"] == pytest.approx((1 / 2 + 1 / 2 + 1 / 3) / 3, abs=1e-6)


@pytest.mark.parametrize("factor", ["modality", "plane", "coordinates", "prompt", "terms", "axis"])
def test_the_forest_holds_each_level_of_the_relations_with_the_picture(
    drawn, pair_of_runs, factor: str
) -> None:
    for run in pair_of_runs:
        for levels, estimate in by(relation_questions(run), factor):
            (record,) = records(drawn["forest-of-cells"], run=run.name, level=level_word(levels[factor]))[:1]
            same(record, estimate)


def test_the_forest_gives_three_options_their_own_chance(drawn) -> None:
    found = {record["chance"] for record in records(drawn["forest-of-cells"], level="slice direction")}
    assert list(found) == pytest.approx([1 / 3], abs=1e-6)


def test_no_two_marks_of_a_column_of_the_forest_share_a_line(drawn) -> None:
    for column in inline(drawn["forest-of-cells"]):
        places = [record["y"] for record in column if "run" in record]
        assert len(set(places)) == len(places)


@pytest.mark.parametrize(
    ("name", "factor"), [("terms-by-coordinates", "coordinates"), ("marks-by-terms", "prompt")]
)
def test_interactions_are_the_estimates_of_both_factors(drawn, pair_of_runs, name: str, factor: str) -> None:
    for run in pair_of_runs:
        cells = list(by(relation_questions(run), factor, "terms"))
        assert len(cells) == {"coordinates": 4, "prompt": 8}[factor]
        for levels, estimate in cells:
            (record,) = records(
                drawn[name], run=run.name, level=level_word(levels[factor]), terms=levels["terms"]
            )
            same(record, estimate)


def test_a_pair_is_one_whichever_structure_comes_first(make) -> None:
    rows = [
        question(0, structure_a="liver", structure_b="spleen"),
        question(1, structure_a="spleen", structure_b="liver", outcome="wrong", axis="x"),
        question(2, structure_a="femur", structure_b="spleen"),
    ]
    drawn = {figure.name: figure for figure in figures([make(rows)])}
    pairs = drawn["accuracy-by-pair"]
    assert [record["fraction"] for record in records(pairs, thing="liver – spleen")] == ["1/2", "0/1", "1/1"]
    (spleen,) = records(drawn["accuracy-by-structure"], thing="spleen", axis="all")
    assert (spleen["fraction"], spleen["few"]) == ("2/3", True)


def test_the_rarest_pairs_are_left_out_and_counted(make) -> None:
    rows = [
        question(10 * place + n, structure_a="liver", structure_b=f"s{place:02d}")
        for place in range(34)
        for n in range(2 if place < 30 else 1)
    ]
    drawn = {figure.name: figure for figure in figures([make(rows)])}
    figure = drawn["accuracy-by-pair"]
    assert {record["thing"] for record in records(figure)} == {f"liver – s{place:02d}" for place in range(30)}
    assert "4 more are left out" in figure.caption


def test_confusion_is_that_of_the_directions(drawn, pair_of_runs) -> None:
    for terms in ("anatomical", "colloquial"):
        for run in pair_of_runs:
            found = records(drawn[f"confusion-{terms}"], run=run.name)
            said = confusion(run, terms)
            assert len(found) == len(said)
            for record, cell in zip(found, said, strict=True):
                assert (record["answer"], record["said"]) == (cell.answer, level_word(cell.said))
                assert record["share"] == pytest.approx(cell.share, abs=1e-6)


def test_outcomes_are_shares_of_all_replies_that_meet_end_to_end(make) -> None:
    outcomes = ["correct", "correct", "wrong", "refused", "error"]
    run = make([question(number, outcome=outcome) for number, outcome in enumerate(outcomes)])
    figure = next(figure for figure in figures([run]) if figure.name == "outcome-shares")
    assert [(r["outcome"], r["fraction"], r["from"], r["to"]) for r in records(figure)] == [
        ("correct", "2/5", 0.0, 0.4),
        ("wrong", "1/5", 0.4, 0.6),
        ("refused", "1/5", 0.6, 0.8),
        ("error", "1/5", 0.8, 1.0),
    ]


def test_decoding_shares_leave_out_the_run_without_the_rule(drawn, pair_of_runs) -> None:
    found = records(drawn["semantic-sampling-steps"])
    steps = decoding_steps(pair_of_runs[1])
    assert [(record["run"], record["kind"], record["share"]) for record in found] == [
        (pair_of_runs[1].name, kind, steps.share(kind)) for kind in ("fired", "deferred", "flipped")
    ]
    assert "(1)" in drawn["semantic-sampling-steps"].caption


def test_a_known_effect_reads_right(make) -> None:
    """Anatomical terms gain from upright pictures, colloquial ones do not."""

    def right(row) -> float:
        return 1.0 if row["terms"] == "colloquial" or row["coordinates"] == "viewing" else 0.0

    run = make(answered(crossed(12, ["liver", "spleen", "femur"]), right))
    drawn = {figure.name: figure for figure in figures([run])}
    found = {
        (record["terms"], record["level"]): record["accuracy"]
        for record in records(drawn["terms-by-coordinates"], run="model")
    }
    assert found == {
        ("anatomical", "as stored"): 0.0,
        ("anatomical", "as viewed"): 1.0,
        ("colloquial", "as stored"): 1.0,
        ("colloquial", "as viewed"): 1.0,
    }

"""Few, odd or missing data: the figures that have some are drawn, and nothing is raised."""

from dataclasses import replace

import pytest
import vl_convert

from misground.analysis.figures import Reference, figures, vega_lite
from misground.analysis.figures.interaction import terms_by_coordinates
from misground.analysis.figures.outcomes import outcome_shares
from misground.analysis.figures.sizes import by_size

from .conftest import question

SLICE = {"task": "slice_direction", "axis": None, "structure_a": None, "structure_b": None, "answer": "axial"}


def drawn(runs) -> list[str]:
    """Names of the figures, each compiled to Vega."""
    found = figures(runs)
    for figure in found:
        vl_convert.vegalite_to_vega(vega_lite(figure))
        assert "nan" not in figure.alt.lower()
    return [figure.name for figure in found]


def test_no_run_has_no_figure() -> None:
    assert figures([]) == []


@pytest.mark.parametrize(
    ("rows", "present", "absent"),
    [
        pytest.param([question()], "forest-of-cells", "terms-by-coordinates", id="one question"),
        pytest.param([question(n) for n in range(9)], "accuracy-by-pair", "accuracy-by-size", id="one case"),
        pytest.param([question(0, **SLICE)], "forest-of-cells", "accuracy-by-pair", id="no relations"),
        pytest.param(
            [question(0, condition="text_only")], "forest-of-cells", "confusion-anatomical", id="text alone"
        ),
        pytest.param(
            [question(n, outcome="error", axis="xyz"[n]) for n in range(3)],
            "outcome-shares",
            "forest-of-cells",
            id="all errors",
        ),
        pytest.param(
            [question(0, outcome="no_answer")], "confusion-anatomical", "accuracy-by-size", id="no answer"
        ),
        pytest.param(
            [question(0, coordinates="sideways", prompt="lasso", dimension="4d")],
            "forest-of-cells",
            "accuracy-by-size",
            id="levels that are not known",
        ),
        pytest.param([question(0, axis=None)], "accuracy-by-pair", "accuracy-by-size", id="no axis"),
        pytest.param(
            [
                question(
                    0, terms="lay", answer="towards the head", extracted="towards the feet", outcome="wrong"
                )
            ],
            "confusion-lay",
            "confusion-anatomical",
            id="lay terms",
        ),
    ],
)
def test_what_there_is_is_drawn(make, rows, present: str, absent: str) -> None:
    names = drawn([make(rows)])
    assert present in names
    assert absent not in names


def test_a_run_without_an_answer_stands_beside_one_with(make) -> None:
    names = drawn([make([question()], parameters=10**9), make([question(0, outcome="error")])])
    assert "accuracy-by-size" in names


@pytest.mark.parametrize("sizes", [[None, 1], [7, 7, 7], [10**6, None, None, 10**13, -3, 0]])
def test_any_sizes_have_a_place_and_none_stand_on_another(make, sizes) -> None:
    runs = [replace(make([question()], parameters=size), name=f"run {n}") for n, size in enumerate(sizes)]
    figure = by_size(runs, Reference(0.5, "a line"))
    places = [
        record["place"]
        for dataset in vega_lite(figure)["datasets"].values()
        for record in dataset
        if "place" in record
    ]
    assert len(places) == len(set(places)) == len(sizes)
    unknown = [place for place, size in zip(places, sizes, strict=True) if not size or size < 0]
    known = [place for place, size in zip(places, sizes, strict=True) if size and size > 0]
    assert max(unknown, default=0) < min(known)


def test_one_kind_of_terms_stands_at_its_level_and_two_stand_aside(make) -> None:
    """Vega-Lite puts the marks of an offset with one level at the edge of the panel."""
    rows = [question(n, coordinates=("storage", "viewing")[n % 2]) for n in range(4)]
    one, two = (
        str(vega_lite(terms_by_coordinates([make(asked)])))
        for asked in (rows, [*rows, question(9, terms="colloquial")])
    )
    assert "xOffset" not in one
    assert "xOffset" in two


def test_many_runs_of_one_name_keep_their_own_labels(make) -> None:
    runs = [replace(make([question()], parameters=10**9), name="the same") for _ in range(12)]
    (records,) = vega_lite(outcome_shares(runs))["datasets"].values()
    assert len({record["run"] for record in records}) == 12

"""What knowing anatomy alone and one mark reach is drawn beside each cell, in a legend and in words."""

from dataclasses import replace

import pytest

from misground.analysis.ceilings import ONE_MARK, ceilings_of, with_ceilings
from misground.analysis.cells import select
from misground.analysis.figures import vega_lite
from misground.analysis.figures.forest import forest
from misground.analysis.figures.interaction import prompts_by_terms, terms_by_coordinates
from misground.analysis.figures.rows import relation_questions
from misground.analysis.figures.words import level_word

DRAWN = (forest, terms_by_coordinates, prompts_by_terms)


@pytest.fixture(scope="module")
def known(pair_of_runs):
    """The two runs, and the second of them once more as the run of the baseline that sees one mark."""
    mark = replace(pair_of_runs[1], name="one-mark", model=ONE_MARK)
    return with_ceilings([*pair_of_runs, mark])


def records(specification):
    return [record for dataset in specification["datasets"].values() for record in dataset]


def test_marks_by_terms_hold_the_ceilings_of_their_cells(known) -> None:
    found = records(vega_lite(prompts_by_terms(known)))
    for run in known:
        for prompt in ("none", "box"):
            for terms in ("anatomical", "colloquial"):
                (record,) = (
                    one
                    for one in found
                    if (one.get("run"), one.get("level"), one.get("terms"))
                    == (run.name, level_word(prompt), terms)
                )
                cell = ceilings_of(select(relation_questions(run), prompt=prompt, terms=terms))
                assert record["anatomy"] == pytest.approx(cell.anatomy, abs=1e-6)
                if prompt == "none":
                    assert record["one_mark"] is None
                else:
                    assert record["one_mark"] == pytest.approx(cell.one_mark, abs=1e-6)


@pytest.mark.parametrize("draw", DRAWN)
def test_the_legend_and_the_caption_name_the_marks(known, draw) -> None:
    figure = draw(known)
    assert "what knowing anatomy alone reaches on the same questions" in figure.caption
    text = str(vega_lite(figure))
    assert "'domain': ['knowing anatomy alone']" in text
    marks = draw is not terms_by_coordinates  # whose cells pool all prompts
    assert ("'domain': ['seeing one mark']" in text) == marks
    assert ("triangle: what seeing one mark reaches" in figure.caption) == marks


@pytest.mark.parametrize("draw", DRAWN)
def test_without_ceilings_nothing_speaks_of_them(pair_of_runs, draw) -> None:
    figure = draw(pair_of_runs)
    assert "knowing anatomy" not in figure.caption + figure.alt + str(vega_lite(figure))

"""What is said of a measurement: the note of a build, the section of the card, the table."""

import json
from collections.abc import Callable
from typing import Any

from misground.shortcuts.card import audit
from misground.shortcuts.figure import figure
from misground.shortcuts.measure import measure
from misground.shortcuts.reading import Sample
from misground.shortcuts.words import summary


def canvas(_: Any, later: bool, facts: dict[str, Any]) -> None:
    facts["width"] = 200 + 56 * later


def test_a_leak_is_one_line_for_the_builder_and_stands_on_the_card(made: Callable[..., Sample]) -> None:
    found = audit(measure(made(canvas)))
    (note,) = found.notes
    assert "\n" not in note
    assert note.startswith(
        "SHORTCUT: a guesser that sees the size of the canvas answers 100% (95% interval 98 to 100%) of "
        "these questions instead of 50%: cross-slice, with picture, colloquial, CT"
    )
    assert found.section.startswith("## Shortcuts\n")
    assert "| 100% canvas | 98 to 100% |" in found.section
    assert "beyond doubt: canvas (cross-slice, with picture, colloquial, CT: 100%)." in found.section


def test_several_leaks_are_one_line_and_a_count(made: Callable[..., Sample]) -> None:
    both = Sample((*made(canvas).asked, *made(canvas, modality="mri").asked), 40, 40)
    (note,) = audit(measure(both)).notes
    assert note.endswith(", and 1 more shortcut; `misground shortcuts` lists all")


def test_without_a_leak_there_is_no_note(made: Callable[..., Sample]) -> None:
    found = audit(measure(made()))
    assert found.notes == ()
    assert "No guesser is more than 10 points above its ceiling beyond doubt." in found.section


def test_too_few_cases_are_said_on_the_card(made: Callable[..., Sample]) -> None:
    assert "No row has questions about 10 cases" in audit(measure(made(canvas, cases=4))).section


def test_a_part_of_the_cases_is_said_on_the_card(made: Callable[..., Sample]) -> None:
    sample = made()
    assert "Measured on 20 of 1,400 cases. " in audit(measure(Sample(sample.asked, 20, 1400))).section


def test_a_cell_in_one_row_names_the_best_guesser_of_each_kind(made: Callable[..., Sample]) -> None:
    (cell,) = measure(made(canvas, terms="anatomical")).cells
    row = summary(cell)
    assert row[:3] == ("cross-slice, with picture, anatomical, CT", "20", "50%")
    assert row[4:] == ("100% canvas", "98 to 100%")


def test_the_figure_has_a_mark_for_each_score_and_tells_the_leaks(made: Callable[..., Sample]) -> None:
    found = measure(made(canvas))
    drawn = figure(found)
    assert "canvas on cross-slice, with picture, colloquial, CT: 100% instead of 50%" in drawn.alt
    text = json.dumps(drawn.chart.to_dict())
    assert all(score.guesser in text for score in found.scores)

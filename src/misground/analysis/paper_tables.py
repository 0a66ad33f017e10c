"""The tables of the paper: one function each, each answering a question stated in words.

Relations are the tasks in_plane and cross_slice. What the paper compares within items is compared here on
exact pairs; everything else is shown side by side with intervals.
"""

from collections.abc import Callable, Sequence
from typing import Final

from misground.analysis.any_mark import compare_any_mark
from misground.analysis.arms import arm_pairs
from misground.analysis.ceilings import ceilings_of, one_mark_note
from misground.analysis.cells import estimate_of, select
from misground.analysis.comparisons import (
    Comparison,
    compare_levels,
    compare_runs,
    differing,
)
from misground.analysis.flips import flip_notes, flip_rows
from misground.analysis.majority import OF, majority, tokens_a_question
from misground.analysis.plans import Levels
from misground.analysis.published import published
from misground.analysis.results import Run
from misground.analysis.table import ComparisonRow, EstimateRow, Table
from misground.records import LEVELS, RELATION_TASKS

_SEEN: Final[Levels] = {"condition": "image", "task": RELATION_TASKS}


def overall(runs: Sequence[Run]) -> Table:
    """All questions, by run."""
    rows = [
        EstimateRow(
            run.name,
            run.arm,
            estimate_of(run.questions),
            _printed(run, "overall", run.arm),
            ceilings_of(run.questions),
        )
        for run in runs
    ]
    others = ", ".join(published().others("overall"))
    return Table(
        "overall",
        "Overall",
        "How often is each model correct, over all questions that it was asked?",
        rows,
        notes=[f"The paper also reports, for models that take a volume as input: {others}."],
    )


def rq1(runs: Sequence[Run]) -> Table:
    """Accuracy by task, and for stacks and slices."""
    cells: list[tuple[str, Levels]] = [(task, {"task": task}) for task in LEVELS["task"]]
    cells += [(level, {"dimension": level}) for level in LEVELS["dimension"]]
    return Table(
        "rq1",
        "Tasks and dimensions (RQ1)",
        "Does a model recognise how a stack is sliced, and where structures lie across slices and within "
        "one? Are stacks harder than slices?",
        _cells("rq1", runs, cells, condition="image"),
        notes=["Questions with a picture. Slices and stacks show different facts, so their items differ."],
    )


def rq2(runs: Sequence[Run]) -> Table:
    """Terms by coordinates."""
    cells: list[tuple[str, Levels]] = [
        (f"{terms} {coordinates}", {"terms": terms, "coordinates": coordinates})
        for coordinates in LEVELS["coordinates"]
        for terms in LEVELS["terms"]
    ]
    pairs: list[ComparisonRow] = []
    for run in runs:
        for terms in LEVELS["terms"]:
            found = compare_levels(
                run.questions, "coordinates", "storage", "viewing", {**_SEEN, "terms": terms}
            )
            pairs += _row(run.name, f"{terms}: viewing minus storage", found)
        for coordinates in LEVELS["coordinates"]:
            found = compare_levels(
                run.questions, "terms", "anatomical", "colloquial", {**_SEEN, "coordinates": coordinates}
            )  # fmt: skip
            pairs += _row(run.name, f"{coordinates}: colloquial minus anatomical", found)
    return Table(
        "rq2",
        "Terms by coordinates (RQ2)",
        "Does a model know the patient's directions when the picture is shown as radiologists view it, "
        "and the screen's directions when it is not?",
        _cells("rq2", runs, cells, condition="image", task=RELATION_TASKS),
        pairs,
        notes=["Relations with a picture."],
    )


def rq3(runs: Sequence[Run]) -> Table:
    """Prompts by terms, and the gain of each prompt, and of any mark, over none."""
    both: Levels = {"terms": ("anatomical", "colloquial")}
    cells: list[tuple[str, Levels]] = []
    pairs: list[ComparisonRow] = []
    groups: list[tuple[str, Levels]] = [
        (f"{view} {name}", {**seen, **levels})
        for view, seen in (("viewing", {"coordinates": "viewing"}), ("both_coordinates", {}))
        for name, levels in (("both_terms", both), *((one, {"terms": one}) for one in LEVELS["terms"]))
    ]
    for name, levels in groups:
        cells += [(f"{name} {prompt}", {**levels, "prompt": prompt}) for prompt in LEVELS["prompt"]]
    for run in runs:
        for name, levels in groups:
            for prompt in LEVELS["prompt"][1:]:
                found = compare_levels(run.questions, "prompt", "none", prompt, {**_SEEN, **levels})
                pairs += _row(run.name, f"{name}: {prompt} minus none", found)
            cell = f"{name}: any mark minus none"
            found = compare_any_mark(run.questions, {**_SEEN, **levels})
            pairs += _row(run.name, cell, found, _printed(run, "rq3", cell))
    return Table(
        "rq3",
        "Prompts by terms (RQ3)",
        "Does marking the two structures in the picture help, and for which words?",
        _cells("rq3", runs, cells, condition="image", task=RELATION_TASKS),
        pairs,
        notes=[
            "Relations with a picture. any mark: the mean of mask, box and point. The paper reports one "
            "difference for all marks together, which stands beside the rows as viewed.",
            *one_mark_note(runs),
        ],
    )


def ab1(runs: Sequence[Run]) -> Table:
    """Text-only questions compared with the same questions with a picture, by task."""
    alike: Levels = {"coordinates": "viewing", "prompt": "none"}
    groups: list[tuple[str, Levels]] = [
        (f"{name} {terms}", {**alike, "task": task, "terms": terms})
        for name, task in (*((task, task) for task in RELATION_TASKS), ("both_tasks", RELATION_TASKS))
        for terms in LEVELS["terms"]
    ]
    cells: list[tuple[str, Levels]] = [
        (f"{name} {condition}", {**levels, "condition": condition})
        for name, levels in groups
        for condition in ("text_only", "image")
    ]
    pairs: list[ComparisonRow] = []
    for run in runs:
        for name, levels in groups:
            found = compare_levels(run.questions, "condition", "text_only", "image", levels)
            pairs += _row(run.name, f"{name}: image minus text_only", found)
    return Table(
        "ab1",
        "Without a picture (AB1)",
        "How much can a model answer from the names of the structures alone?",
        _cells("ab1", runs, cells),
        pairs,
        notes=[
            "The same questions with and without the picture, shown as radiologists view it and without a "
            "prompt. Knowing anatomy answers in-plane questions without the picture, and cross-slice ones in "
            "anatomical terms, but not which of two structures comes earlier in the stack."
        ],
    )


def ab2(runs: Sequence[Run]) -> Table:
    """Marks on a blank canvas, by prompt."""
    marked: Levels = {"terms": "colloquial", "task": RELATION_TASKS}
    cells: list[tuple[str, Levels]] = [(prompt, {"prompt": prompt}) for prompt in LEVELS["prompt"][1:]]
    pairs: list[ComparisonRow] = []
    for run in runs:
        for prompt in LEVELS["prompt"][1:]:
            found = compare_levels(run.questions, "condition", "blank", "image", {**marked, "prompt": prompt})
            pairs += _row(run.name, f"{prompt}: image minus blank", found)
    return Table(
        "ab2",
        "On a blank canvas (AB2)",
        "Can a model tell how one mark lies relative to another when there is nothing else to see?",
        _cells("ab2", runs, cells, condition="blank"),
        pairs,
        notes=[
            "Questions on a blank canvas name no structure; their counterparts with a picture show and name "
            "both."
        ],
    )


def decoding(runs: Sequence[Run]) -> Table:
    """What a gain of semantic sampling consists of: the planned pairs of arms of each model."""
    rows: list[ComparisonRow] = []
    notes: list[str] = []
    parts: list[tuple[str, Levels]] = [(task, {"task": task}) for task in LEVELS["task"]]
    parts += [(terms, {"terms": terms}) for terms in LEVELS["terms"]]
    for a, b in arm_pairs(runs):
        name = f"{b.name} minus {a.name}"
        gain = a.arm == "default" and b.decoding == "semantic"
        for cell, levels in (("all", {}), *(parts if gain else ())):
            found = compare_runs(a, b, levels)
            text = published().text("decoding", cell) if b.arm == "semantic" and gain else None
            rows += _row(name, cell, found, text)
        other = differing(a.record, b.record)
        if other:
            notes.append(f"{name}: the runs also differ in {', '.join(other)}, not only in the arm.")
        notes += _cost(name, a, b)
    for run in runs:
        for of in OF if run.arm == "default" and not run.baseline else ():
            voted = majority(run, of)
            if voted is not None:
                name = f"{voted.name} minus {run.name}"
                rows += _row(name, "all", compare_runs(run, voted))
                notes += _cost(name, run, voted)
    flips = flip_rows(runs)
    return Table(
        "decoding",
        "What explains the gain",
        "Is a model correct more often when it decodes by semantic sampling, and is it the neighbours that "
        "do it?",
        comparisons=rows,
        notes=notes + list(_NOTES if rows else ()) + flip_notes(runs, flips),
        flips=flips,
    )


def _cost(name: str, a: Run, b: Run) -> list[str]:
    """What a difference costs in output tokens, if B writes more of them."""
    found, tokens = compare_runs(a, b).paired, (tokens_a_question(a), tokens_a_question(b))
    if found is None or tokens[0] is None or tokens[1] is None:
        return []
    more = tokens[1] - tokens[0]
    if more < LEAST_MORE:
        return []
    told = f"{name}: {tokens[1]:.0f} output tokens a question instead of {tokens[0]:.0f}"
    return [f"{told}, {100_000 * found.difference / more:+.1f} points for each 1,000 tokens more."]


LEAST_MORE: Final = 1.0
"""With fewer tokens more, a gain for each token says nothing."""

_NOTES: Final = (
    "greedy: the likeliest token at each step. identity: the rule with each token as its own only "
    "neighbour. shuffled, random: the rule with neighbours without meaning. flipped: the neighbours' mass is "
    "subtracted. A gain over default belongs to the neighbours only as far as semantic is also higher than "
    "greedy and identity. majority: each question is answered by the majority of its first replies, and by "
    "the first of a tie.",
)

PAPER: Final[Sequence[Callable[[Sequence[Run]], Table]]] = (overall, decoding, rq1, rq2, rq3, ab1, ab2)


def paper_tables(runs: Sequence[Run]) -> list[Table]:
    """The paper's tables for which these runs have answers."""
    return [found for table in PAPER if not (found := table(runs)).empty]


def _cells(
    table: str, runs: Sequence[Run], cells: Sequence[tuple[str, Levels]], **common: str | Sequence[str]
) -> list[EstimateRow]:
    rows = []
    for run in runs:
        for name, levels in cells:
            questions = select(run.questions, **common, **levels)
            if len(questions):
                found, text = estimate_of(questions), _printed(run, table, name)
                rows.append(EstimateRow(run.name, name, found, text, ceilings_of(questions)))
    return rows


def _printed(run: Run, table: str, cell: str) -> str | None:
    """The paper's figure for a cell; None for a baseline, which is not a model."""
    return None if run.baseline else published().text(table, cell)


def _row(run: str, cell: str, found: Comparison, text: str | None = None) -> list[ComparisonRow]:
    return [] if found.paired is None else [ComparisonRow(run, cell, found, text)]

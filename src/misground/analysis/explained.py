"""The table "What explains the gain": the planned pairs of arms, majorities, costs, and answer shifts."""

from collections.abc import Sequence
from typing import Final

from misground.analysis.arms import EXPLAINING, arm_pairs
from misground.analysis.comparisons import compare_runs, differing
from misground.analysis.flips import flip_notes, flip_rows
from misground.analysis.majority import majorities, tokens_a_question
from misground.analysis.plans import Levels
from misground.analysis.published import published
from misground.analysis.results import Run
from misground.analysis.shift import shift_rows
from misground.analysis.table import ComparisonRow, Table
from misground.records import LEVELS
from misground.records.arms import SEMANTIC

LEAST_MORE: Final = 1.0
"""With fewer tokens more, a gain for each token says nothing."""

_NOTES: Final = (
    "greedy: the likeliest token at each step. identity: the rule with each token as its own only "
    "neighbour. shuffled, random: the rule with neighbours without meaning. flipped: the neighbours' mass is "
    "subtracted. A gain over default belongs to the neighbours only as far as semantic is also higher than "
    "greedy and identity, on both right words alike, and not matched by neighbours without meaning. "
    "majority: each question is answered by the majority of its first replies, and by the first of a tie.",
    "Answer shift: a run that says one word more often gains where that word is right and loses where its "
    "opposite is. shared: the mean of both gains, which is the gain if both words are right equally often. "
    "towards the first: half their difference. The shifts of the report are corrected together (Holm).",
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
            rows += [] if found.paired is None else [ComparisonRow(name, cell, found, text)]
        other = differing(a.record, b.record)
        if other:
            notes.append(f"{name}: the runs also differ in {', '.join(other)}, not only in the arm.")
        notes += _cost(name, a, b)
    for run, voted in majorities(runs):
        name = f"{voted.name} minus {run.name}"
        rows.append(ComparisonRow(name, "all", compare_runs(run, voted)))
        notes += _cost(name, run, voted)
    flips = flip_rows(runs)
    return Table(
        "decoding",
        "What explains the gain",
        "Is a model correct more often when it decodes by semantic sampling, and is it the neighbours that "
        "do it?",
        comparisons=rows,
        shifts=shift_rows([*arm_pairs([run for run in runs if not run.baseline]), *majorities(runs)]),
        flips=flips,
        notes=[
            *([*notes, *_missing(runs), *_tried(runs), *_NOTES] if rows else ()),
            *flip_notes(runs, flips),
        ],
    )


def _missing(runs: Sequence[Run]) -> list[str]:
    """The command that adds the arms which a model with semantic sampling lacks."""
    arms: dict[tuple[str, str], set[str]] = {}
    for run in runs:
        if not run.baseline:
            arms.setdefault((run.model, run.benchmark_hash), set()).add(run.arm)
    told = []
    for (model, _), known in arms.items():
        missing = [arm for arm in EXPLAINING if arm not in known]
        if missing and known & set(SEMANTIC):
            command = f"misground eval BENCHMARK --model {model} --arms {','.join(missing)}"
            told.append(f"{model}: the arms {', '.join(missing)} are missing; {command} adds them.")
    return told


def _tried(runs: Sequence[Run]) -> list[str]:
    """How many settings stand behind each run: the best of many tried is high by chance alone."""
    counts: dict[int, list[str]] = {}
    for run in runs:
        tried = (run.record or {}).get("tried")
        if not run.baseline and isinstance(tried, int) and not isinstance(tried, bool):
            counts.setdefault(tried, []).append(run.name)
    if not counts:
        return []
    told = "; ".join(f"{tried:,} for {', '.join(names)}" for tried, names in sorted(counts.items()))
    unequal = (
        " The numbers differ, so a difference may be due to the search alone." if len(counts) > 1 else ""
    )
    return [f"Settings tried, as stated by --tried: {told}.{unequal}"]


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

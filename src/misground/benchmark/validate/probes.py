"""Checks of an item's probes: which there are, what they ask, and the answer that the marks imply."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final

from misground.benchmark.validate.crossing import FACTS
from misground.benchmark.validate.on_screen import OPPOSITE, said_on_screen, seen
from misground.benchmark.validate.record import Context, ItemRecord, rebuilt
from misground.benchmark.validate.rows import StoredQuestion, StoredView
from misground.questions import probe_questions, question_id, view_id
from misground.records import PROBES

_BOTH: Final = ("anatomical", "colloquial")
_COMBINATIONS: Final[Mapping[str, tuple[tuple[str, str, str, str], ...]]] = {
    "naming": tuple(
        ("image", c, p, "anatomical") for c in ("storage", "viewing") for p in ("mask", "box", "point")
    ),
    "reversed": (
        *(("image", c, "none", t) for c in ("storage", "viewing") for t in _BOTH),
        *(("text_only", "viewing", "none", t) for t in _BOTH),
    ),
    "reordered": tuple((c, "viewing", "none", t) for c in ("image", "text_only") for t in _BOTH),
    "mirrored": tuple(("image", "viewing", p, "colloquial") for p in ("none", "mask")),
}
"""(condition, coordinates, prompt, terms) of each probe in order, as docs/benchmark.md says."""


def check_probe_crossing(record: ItemRecord, context: Context) -> Iterator[str]:
    """The probes that the manifest names, each combination once and in order, with the item's facts."""
    wanted = context.settings.probes if record.first.is_relation else ()
    expected: list[tuple[str, ...]] = [(probe, *one) for probe in wanted for one in _COMBINATIONS[probe]]
    found: list[tuple[str, ...]] = [
        (str(r.probe), r.condition, r.coordinates, r.prompt, r.terms) for r in record.probes
    ]
    if found != expected:
        missing, extra = Counter(expected) - Counter(found), Counter(found) - Counter(expected)
        kinds = (("missing", missing), ("extra", extra))
        what = "; ".join(f"{kind}: {'/'.join(min(some))}" for kind, some in kinds if some)
        yield (
            f"{record.label}: {len(found)} probes, expected {len(expected)} with the manifest's setting "
            f"({what or 'their order differs'})"
        )
    for row in record.probes:
        facts = ("task", "axis") if row.probe == "naming" else ()
        for column in FACTS:
            here, there = getattr(row, column), getattr(record.first, column)
            if column not in facts and here != there:
                yield (
                    f"{record.label}: probe {row.question_id} has {column} {here!r}, but its item {there!r}"
                )


def check_probe_texts(record: ItemRecord, context: Context) -> Iterator[str]:
    """Text, options, answer and view of every probe, made again from the item, and their hashes."""
    item, names = rebuilt(record, context.case), context.asked_names(record)
    a, b = record.first.structure_a, record.first.structure_b
    if item is None or names is None or a is None or b is None:
        return
    named = next((row.options for row in record.probes if row.probe == "naming"), names)
    if sorted(named) == sorted(names):
        item = replace(item, naming_order=tuple(names.index(name) for name in named))
    keys = dict(zip((a, b), names, strict=True))
    made = {
        (q.probe, q.condition, q.coordinates, q.prompt, q.terms): q
        for q in probe_questions(item, keys, PROBES)
    }
    for row in record.probes:
        where = f"{record.label}: {row.probe} question {row.question_id}"
        wanted = made.get((row.probe, row.condition, row.coordinates, row.prompt, row.terms))
        if wanted is None:
            continue  # the check of the crossing reports it
        view = None if wanted.view is None or record.slices is None else view_id(wanted.view)
        for what, here, there in (
            ("text", row.text, wanted.text),
            ("options", row.options, wanted.options),
            ("answer", row.answer, wanted.answer),
            ("view_id", row.view_id, row.view_id if record.slices is None else view),
        ):
            if here != there:
                yield f"{where}: {what} {here!r}, expected {there!r}"


def check_probe_ids(record: ItemRecord, _: Context) -> Iterator[str]:
    """The id of a probe is the hash of its content."""
    for row in record.probes:
        wanted = question_id(
            row.item_id, row.coordinates, row.prompt, row.terms, row.condition, row.text, row.options,
            row.answer, row.probe,
        )  # fmt: skip
        if row.question_id != wanted:
            yield f"{record.label}: found question_id {row.question_id}, expected {wanted} for its text"


def check_probes_on_screen(record: ItemRecord, context: Context) -> Iterator[str]:
    """The answer of each probe with a picture against the marks of its view, if that is not mirrored.

    Mark A lies on the structure that is the answer of `naming`; in `reversed`, the answer is where B lies.
    """
    names = context.asked_names(record)
    for row in record.probes:
        view = record.by_view_id.get(row.view_id or "")
        if view is None or names is None:
            continue
        if row.probe == "naming":
            keys = dict(zip((record.first.structure_a, record.first.structure_b), names, strict=True))
            marked = {keys.get(mark.structure) for mark in view.marks if mark.label == "A"}
            if marked != {row.answer}:
                named = ", ".join(sorted(map(str, marked))) or "nothing"
                yield (
                    f"{record.label}: naming question {row.question_id} has the answer {row.answer!r}, "
                    f"but in view {view.view_id} mark A is on {named}"
                )
        else:
            yield from screen_faults(record, row, view, context)


def screen_faults(
    record: ItemRecord, row: StoredQuestion, view: StoredView, context: Context
) -> Iterator[str]:
    """Whether the marks of a view imply the answer of a probe about a direction."""
    sight, said = seen(view.marks), said_on_screen(row, context.case.side)
    if sight is None:
        return  # the check of marks reports a missing mark
    if said is None:
        yield f"{record.label}: question {row.question_id}: the answer {row.answer!r} is not a direction"
        return
    found = sight.along(said)
    there = OPPOSITE.get(found or "") if row.probe == "reversed" else found
    if there != said:
        subject = "B" if row.probe == "reversed" else "A"
        yield (
            f"{record.label}: {row.probe} question {row.question_id} has the answer {row.answer!r} "
            f"({said} on the screen), but in view {view.view_id} {subject} is {there or 'level'}"
        )

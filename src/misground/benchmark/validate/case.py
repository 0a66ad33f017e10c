"""All checks of one case, as a worker process runs them.

The questions are read at once, the views a few at a time: each item is checked when its views are in memory,
and its pictures are dropped before those of the next item are read.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from misground.anatomy import axis_sign
from misground.benchmark.settings import BuildSettings
from misground.benchmark.validate.answers import check_answers
from misground.benchmark.validate.balance import ItemFacts
from misground.benchmark.validate.crossing import check_crossing
from misground.benchmark.validate.ids import check_ids
from misground.benchmark.validate.manifest import sha256_of
from misground.benchmark.validate.marks import check_marks
from misground.benchmark.validate.mirrored import Expected, check_mirrored, expected_mirrored
from misground.benchmark.validate.on_screen import check_on_screen
from misground.benchmark.validate.pictures import check_pictures
from misground.benchmark.validate.probes import (
    check_probe_crossing,
    check_probe_ids,
    check_probe_texts,
    check_probes_on_screen,
)
from misground.benchmark.validate.reading import UnreadableError, read_rows
from misground.benchmark.validate.record import Context, ItemRecord, rebuilt
from misground.benchmark.validate.report import Findings
from misground.benchmark.validate.rows import (
    StoredQuestion,
    StoredView,
    question_faults,
    stored_question,
    stored_view,
    view_faults,
)
from misground.benchmark.validate.shared_frames import check_shared_frames
from misground.benchmark.validate.source import SourceChecks
from misground.benchmark.validate.stacks import check_stacks
from misground.benchmark.validate.tables import Span
from misground.benchmark.validate.texts import check_leaks, check_texts
from misground.errors import CaseError, one_case
from misground.questions.hints import name_hint
from misground.records import CaseFacts, CaseRef

ItemCheck = Callable[[ItemRecord, Context], Iterator[str]]
ITEM_CHECKS: Final[tuple[tuple[str, ItemCheck], ...]] = (
    ("ids", check_ids),
    ("crossing", check_crossing),
    ("texts", check_texts),
    ("texts", check_leaks),
    ("answers", check_answers),
    ("stacks", check_stacks),
    ("on_screen", check_on_screen),
    ("shared_frames", check_shared_frames),
    ("ids", check_probe_ids),
    ("crossing", check_probe_crossing),
    ("texts", check_probe_texts),
    ("on_screen", check_probes_on_screen),
)
VIEW_CHECKS: Final[tuple[tuple[str, ItemCheck], ...]] = (
    ("pictures", check_pictures),
    ("marks", check_marks),
)
_UNCOUNTED: Final = (
    check_leaks, check_probe_ids, check_probe_crossing, check_probe_texts, check_probes_on_screen,
)  # fmt: skip
"""Checks whose rows another check of the same name has counted."""
_QUESTION_BATCH: Final = 1_024
_VIEW_BATCH: Final = 16
_MOST_VIEWS: Final = 64


@dataclass(frozen=True)
class CaseTask:
    """One case of the folder.

    Attributes:
        case_id: the case.
        case: its row of cases.parquet; None if it has none.
        settings: the settings in the manifest.
        span: its rows in the questions; None if it has none.
        views: the file with its views; None if it has none.
        ref: its scan, if a source was given.
    """

    case_id: str
    case: CaseFacts | None
    settings: BuildSettings
    span: Span | None
    views: Path | None
    ref: CaseRef | None = None


@dataclass
class CaseFindings:
    """The findings in one case, and what is counted over all cases."""

    findings: Findings = field(default_factory=Findings)
    items: list[ItemFacts] = field(default_factory=list)
    item_ids: int = 0
    questions: int = 0
    probes: int = 0
    views: int = 0
    frames: int = 0
    views_sha256: str | None = None


def check_case(task: CaseTask) -> CaseFindings:
    """Run every check on the items of one case; any error while checking is a problem, too."""
    try:
        with one_case():
            return _CaseChecker(task).run()
    except CaseError as error:
        return lost_case(task, error)


def lost_case(task: CaseTask, error: CaseError) -> CaseFindings:
    """The findings of a case whose checks were aborted."""
    lost = CaseFindings()
    lost.findings.add("schema", [f"case {task.case_id} could not be checked: {error}"])
    return lost


class _CaseChecker:
    def __init__(self, task: CaseTask) -> None:
        self.task = task
        self.found = CaseFindings()
        self.findings = self.found.findings
        self.context = None if task.case is None else Context(task.case, task.settings)
        self.items: dict[str, list[StoredQuestion]] = {}
        self.probes: dict[str, list[StoredQuestion]] = {}
        self.mirrored: dict[str, str] = {}
        self.expected: dict[str, Expected | None] = {}
        self.owners: dict[str, tuple[str, ...]] = {}
        self.done: set[str] = set()
        self.seen_views: set[str] = set()
        self.source = self._source()

    def run(self) -> CaseFindings:
        if self.context is None:
            self.findings.add("ids", [f"case {self.task.case_id} is not in cases.parquet"])
        self._read_questions()
        if self.task.views is not None:
            self.found.views_sha256 = sha256_of(self.task.views)
            for items, views in self._views_by_items():
                if views[0].view_id in self.mirrored:
                    self._check_mirrored(items[0], views)
                    continue
                for item in items:
                    self._check(item, views, first=item == items[0])
        for item in self.items:
            if item not in self.done:
                self._check(item, [], first=True)
        self.found.item_ids = len(self.items.keys() | self.probes.keys())
        for item in self.probes.keys() - self.items.keys():
            self.findings.add("crossing", [f"item {item} has probes, but none of its other questions"])
        return self.found

    def _source(self) -> SourceChecks | None:
        if self.task.ref is None or self.task.case is None:
            return None
        source, problems = SourceChecks.open(self.task.ref, self.task.case, self.task.settings)
        if source is not None and self.context is not None:
            self.context.names.update(source.names)
        self.findings.add("source_cases", problems, 1)
        return source

    def _read_questions(self) -> None:
        """Group the rows by item; rows with faults are reported and left out."""
        if self.task.span is None:
            return
        span, ids = self.task.span, set()
        try:
            for row in read_rows(span.path, batch=_QUESTION_BATCH, span=(span.first, span.count)):
                self.found.questions += 1
                faults = question_faults(row)
                where = f"case {row['case_id']}, question {row['question_id']}"
                self.findings.add("schema", (f"{where}: {fault}" for fault in faults), 1)
                if row["question_id"] in ids:
                    self.findings.add("ids", [f"{where} occurs twice"])
                ids.add(row["question_id"])
                if not faults:
                    self._note(stored_question(row))
        except UnreadableError as error:
            self.findings.add("schema", [str(error)])

    def _note(self, row: StoredQuestion) -> None:
        if row.probe is None:
            self.items.setdefault(row.item_id, []).append(row)
        else:
            self.probes.setdefault(row.item_id, []).append(row)
            self.found.probes += 1
        if row.probe == "mirrored" and row.view_id is not None:
            self.mirrored.setdefault(row.view_id, row.item_id)
        elif row.view_id is not None:
            owners = self.owners.get(row.view_id, ())
            if row.item_id not in owners:
                self.owners[row.view_id] = (*owners, row.item_id)

    def _views_by_items(self) -> Iterator[tuple[tuple[str, ...], list[StoredView]]]:
        """The views of each item, which are contiguous in the file; its mirrored views apart.

        Several items may ask about one stack (the same pair along another axis); they share all its views.
        """
        current: tuple[str | None, tuple[str, ...]] = (None, ())
        views: list[StoredView] = []
        for view in self._read_views():
            if view.view_id in self.owners:
                self.mirrored.pop(view.view_id, None)
            own = self.mirrored.get(view.view_id)
            owners = self.owners.get(view.view_id) if own is None else (own,)
            if owners is None:
                self.findings.add("ids", [f"case {view.case_id}: no question asks about view {view.view_id}"])
                continue
            if (own, owners) != current or len(views) == _MOST_VIEWS:
                if views:
                    yield current[1], views
                current, views = (own, owners), []
            views.append(view)
        if views:
            yield current[1], views

    def _read_views(self) -> Iterator[StoredView]:
        if self.task.views is None:
            return
        try:
            for row in read_rows(self.task.views, batch=_VIEW_BATCH):
                self.found.views += 1
                self.found.frames += len(row["frames"] or ())
                faults = view_faults(row)
                where = f"case {row['case_id']}, view {row['view_id']}"
                self.findings.add("schema", (f"{where}: {fault}" for fault in faults), 1)
                if row["view_id"] in self.seen_views:
                    self.findings.add("ids", [f"{where} occurs twice"])
                    continue
                self.seen_views.add(row["view_id"])
                if not faults:
                    yield stored_view(row)
        except UnreadableError as error:
            self.findings.add("schema", [str(error)])

    def _check(self, item: str, views: list[StoredView], *, first: bool) -> None:
        """Check an item, and its views if it is the `first` item that asks about them."""
        if item not in self.items:
            return  # it has probes only, which is reported at the end
        record = ItemRecord(tuple(self.items[item]), tuple(views), tuple(self.probes.get(item, ())))
        if item in self.done:
            self.findings.add("schema", [f"{record.label}: its views are not contiguous in the file"])
            return
        self.done.add(item)
        if self.context is None:
            return
        counts = {
            "items": 1,
            "questions": len(record.rows) + len(record.probes),
            "views": len(views),
            "frames": sum(len(view.frames) for view in views),
        }
        if any(row.probe == "mirrored" for row in record.probes):
            self.expected[item] = expected_mirrored(record)
        for name, check in ITEM_CHECKS + (VIEW_CHECKS if first else ()):
            count = 0 if check in _UNCOUNTED else counts[_UNITS.get(name, "items")]
            self.findings.add(name, check(record, self.context), count)
        if self.source is not None:
            for name, problems, unit in self.source.check(record, views=first):
                self.findings.add(name, problems, counts[unit])
        facts = _item_facts(record, self.context)
        if facts is not None:
            self.found.items.append(facts)

    def _check_mirrored(self, item: str, views: list[StoredView]) -> None:
        """Check the mirrored views of an item, which follow its own."""
        if self.context is None or item not in self.items:
            return
        record = ItemRecord(tuple(self.items[item]), probes=tuple(self.probes[item]))
        for name, problems, count in check_mirrored(
            record, views, self.expected.pop(item, None), self.context
        ):
            self.findings.add(name, problems, count)
        if self.source is not None:
            counts = {"views": len(views), "frames": sum(len(view.frames) for view in views)}
            for name, found, unit in self.source.check_views(replace(record, views=tuple(views))):
                self.findings.add(name, found, counts[unit])


_UNITS: Final[Mapping[str, str]] = {
    "texts": "questions",
    "on_screen": "questions",
    "pictures": "frames",
    "marks": "views",
}


def _item_facts(record: ItemRecord, context: Context) -> ItemFacts | None:
    item = rebuilt(record, context.case)
    if item is None:
        return None
    row, names = record.first, context.asked_names(record)
    side, guess, plus = context.case.side, 0, 1
    if row.axis is not None:
        plus = axis_sign(row.axis, side)
    if names is not None and row.axis is not None:
        guess = name_hint(*names, row.axis, side).guess
    return ItemFacts(
        modality=row.modality,
        dimension=row.dimension,
        plane=row.plane,
        task=row.task,
        axis=row.axis,
        sign=None if record.sign is None else plus * record.sign,
        stack_reversed=row.stack_reversed,
        position=row.options.index(row.answer),
        options=len(row.options),
        guess=plus * guess,
        knee=side is not None and row.axis == "x" and row.is_relation,
        naming=next((r.options.index(r.answer) for r in record.probes if r.probe == "naming"), None),
    )

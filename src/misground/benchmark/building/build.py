"""`misground build`: from SOURCE strings to a benchmark folder.

Plan every case (in workers), draw items over all cases, render the pictures case by case (in workers), write
the tables. Each finished case is on disk, so an interrupted build resumes where it stopped. The result does
not depend on the number of workers, their order, or how often the build was started.
"""

import hashlib
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Protocol

from misground import __version__
from misground.benchmark.building.audit import Auditor, no_audit
from misground.benchmark.building.card import dataset_card
from misground.benchmark.building.estimate import Estimate, estimate
from misground.benchmark.building.notes import build_notes
from misground.benchmark.building.plans import StoredPlan, load_plan
from misground.benchmark.building.tables import question_rows, write_cases, write_questions, write_skipped
from misground.benchmark.building.work import (
    PlanTask,
    Rendered,
    RenderTask,
    already_rendered,
    plan_one,
    render_one,
)
from misground.benchmark.engines import Engine
from misground.benchmark.engines.engine import Result, Task
from misground.benchmark.files import digest, sha256_file, write_json, write_text
from misground.benchmark.folder import Folder, begin, open_for, read_json
from misground.benchmark.hiding import hide_names
from misground.benchmark.label_names import card_section, manifest_rows, table_lines
from misground.benchmark.listing import Listed, list_sources, source_label
from misground.benchmark.places import Place, reaching
from misground.benchmark.settings import FORMAT, BuildSettings
from misground.errors import CaseError, UsageError, WorkError
from misground.questions import Item, draw
from misground.records import DIMENSIONS, CaseRef, Skipped
from misground.records.door.shapes import check_manifest

_AT_ONCE: Final = 16
"""Number of stored plans or views that are looked up at a time."""


class Progress(Protocol):
    """Receives the progress of a build."""

    def phase(self, name: str, total: int, done: int) -> None:
        """A phase over `total` cases starts; `done` of them are already finished."""

    def step(self, skipped: int = 0, questions: int = 0) -> None:
        """One more case of the phase is finished."""

    def say(self, text: str) -> None:
        """Show a line of text to the user."""


@dataclass(frozen=True)
class Built:
    """The result of a build.

    Attributes:
        manifest: the content of manifest.json.
        already_done: whether the folder already held this finished build.
        skipped: the skipped cases, if this call did the work.
    """

    manifest: dict[str, Any]
    already_done: bool
    skipped: tuple[Skipped, ...] = field(default=())


def build(
    sources: Sequence[str],
    out: Place,
    settings: BuildSettings,
    *,
    engine: Engine,
    progress: Progress,
    confirm: Callable[[Estimate], None] = lambda _: None,
    audit: Auditor = no_audit,
) -> Built:
    """Build a benchmark, or resume an interrupted build.

    Args:
        sources: SOURCE strings.
        out: the folder or object store to write to.
        settings: what to build.
        engine: where the work on each case runs.
        progress: receives the progress.
        confirm: called with the estimated size before any picture is drawn; raises to stop.
        audit: measures the written tables; its findings go on the card and into the manifest's notes.

    Raises:
        UsageError: a SOURCE is wrong, or the folder holds something else.
        WorkError: there is no usable case, the disk is full, or the like.
    """
    listed = list_sources(sources, hash_case_ids=settings.hash_case_ids)
    request = {
        "format": FORMAT,
        "version": __version__,
        "preset": settings.preset,
        "seed": settings.seed,
        "settings": settings.as_dict(),
        "sources": [source_label(source) for source in sources],
    }
    place = out.absolute() if isinstance(out, Path) else out  # workers may have another working directory
    folder, done = open_for(place, request)
    named = [(ref.source, ref.case_id) for ref in listed.refs]
    cases = digest(sorted(named + [(skip.source, skip.case_id) for skip in listed.skipped]))
    if done:
        return _already_built(folder, cases)
    for note in (*listed.notes, *table_lines(listed.label_names)):
        progress.say(note)
    with folder.lock():
        begin(folder, request)
        builder = _Builder(folder, listed, settings, engine, progress)
        try:
            builder.plan()
            builder.draw_and_render(confirm)
            manifest = builder.write(request | {"cases_digest": cases}, audit)
        finally:
            folder.remove_parts()
    folder.clear_work()
    return Built(manifest=manifest, already_done=False, skipped=tuple(builder.skipped.values()))


def _already_built(folder: Folder[Place], cases: str) -> Built:
    manifest = read_json(folder.manifest)
    if manifest.get("cases_digest") != cases:
        raise UsageError(
            f"{folder.root} contains a finished build of other cases: "
            "choose another folder, or remove this one first"
        )
    check_manifest(manifest, str(folder.manifest))
    if not {"counts", "content_hash"} <= manifest.keys():
        raise UsageError(f"{folder.manifest} is damaged: choose another folder, or remove this one first")
    return Built(manifest=manifest, already_done=True)


class _Builder:
    """The phases of one build and the data passed between them."""

    def __init__(
        self,
        folder: Folder[Place],
        listed: Listed,
        settings: BuildSettings,
        engine: Engine,
        progress: Progress,
    ) -> None:
        self.folder, self.listed, self.settings = folder, listed, settings
        self.engine, self.progress = engine, progress
        self.refs = {ref.case_id: ref for ref in listed.refs}
        self.plans: dict[str, StoredPlan] = {}
        self.skipped: dict[tuple[str, str], Skipped] = {
            (skip.case_id, skip.source): skip for skip in listed.skipped
        }
        self.items: list[Item] = []
        self.rendered: dict[str, Rendered] = {}
        self.notes: tuple[str, ...] = ()

    def plan(self) -> None:
        """Plan every case that has no plan on disk yet."""
        tasks = {ref.case_id: self._plan_task(ref) for ref in self.listed.refs}
        stored = _together(_stored, tasks.values())
        missing = [task for task, found in zip(tasks.values(), stored, strict=True) if found is None]
        self.progress.phase("reading cases", len(tasks), len(tasks) - len(missing))
        for task, result in self.engine.run(plan_one, missing):
            if isinstance(result, CaseError):
                self._skip(task.ref, str(result))
            self.progress.step(skipped=int(result is not None))
        planned = dict(zip(missing, _together(_stored, missing), strict=True))
        for task, early in zip(tasks.values(), stored, strict=True):
            found = early or planned[task]
            if found is not None and found.reason is None:
                self.plans[task.ref.case_id] = found
            elif found is not None:
                self._skip(task.ref, str(found.reason))
            elif (task.ref.case_id, task.ref.source) not in self.skipped:
                self._skip(task.ref, "its plan could not be read back: run the same command again")
        self._require_plans()

    def _require_plans(self) -> None:
        if not self.plans:
            first = min(self.skipped.values(), key=lambda skip: skip.case_id)
            raise WorkError(
                f"no usable case: all {len(self.skipped)} were skipped; {first.case_id}: {first.reason}"
            )

    def _plan_task(self, ref: CaseRef) -> PlanTask:
        folder = self.folder
        plan, labels = folder.plan(ref.case_id), folder.labels(ref.case_id)
        return PlanTask(ref, self.settings, plan, labels, self.listed.folders)

    def draw_and_render(self, confirm: Callable[[Estimate], None]) -> None:
        """Draw the items and render them; if a case fails to render, skip it and draw again without it."""
        while True:
            self._require_plans()
            self.items = self._draw()
            confirm(estimate(self.items, self.settings))
            failed = self._render()
            if not failed:
                return
            for case_id, reason in failed.items():
                self._skip(self.refs[case_id], reason)
                del self.plans[case_id]

    def _draw(self) -> list[Item]:
        plans = [stored.plan for stored in self.plans.values() if stored.plan is not None]
        items = draw(plans, self.settings.draw_settings())
        if not items:
            raise WorkError(
                f"nothing to ask: no certain fact found in {len(plans)} cases with these settings "
                f"(max_questions {self.settings.max_questions}, per_case {self.settings.per_case})"
            )
        return items

    def _render(self) -> dict[str, str]:
        items: dict[str, list[Item]] = {}
        for item in self.items:
            items.setdefault(item.case_id, []).append(item)
        tasks = [
            RenderTask(
                self.refs[case_id],
                self.settings,
                tuple(own),
                self.folder.views(case_id),
                self.folder.marker(case_id),
                self.folder.labels(case_id),
                self._plan_task(self.refs[case_id]).key,
                self.listed.folders,
            )
            for case_id, own in items.items()
        ]
        self._remove_other_views([task.path for task in tasks])
        found = _together(already_rendered, tasks)
        self.rendered = {t.ref.case_id: r for t, r in zip(tasks, found, strict=True) if r is not None}
        missing = [task for task in tasks if task.ref.case_id not in self.rendered]
        self.progress.phase("drawing pictures", len(tasks), len(self.rendered))
        failed: dict[str, str] = {}
        for task, result in self.engine.run(render_one, missing):
            if isinstance(result, CaseError):
                failed[task.ref.case_id] = str(result)
                self.progress.step(skipped=1)
            else:
                self.rendered[task.ref.case_id] = result
                self.progress.step(questions=self._questions(task.items))
        return failed

    def _questions(self, items: Sequence[Item]) -> int:
        return sum(self.settings.questions_of(item) for item in items)

    def _remove_other_views(self, wanted: Collection[Place]) -> None:
        names = {path.name for path in wanted}
        for path in self.folder.view_files():
            if path.name not in names:
                with reaching(path):
                    path.unlink(missing_ok=True)

    def write(self, request: dict[str, Any], audit: Auditor) -> dict[str, Any]:
        """Write the tables, the card and, last of all, the manifest, which marks the build as finished."""
        folder, settings = self.folder, self.settings
        names = {case_id: stored.names for case_id, stored in self.plans.items()}
        rows = question_rows(self.items, names, lay=settings.lay, probes=settings.probes)
        questions = write_questions(rows, folder.questions)
        write_cases((s.plan.facts.row() for s in self.plans.values() if s.plan is not None), folder.cases)
        write_skipped(self.skipped.values(), folder.skipped)
        known = {folder.views(case_id).name: found.sha256 for case_id, found in self.rendered.items()}
        hashes = {
            name: known.get(path.name) or sha256_file(path) for name, path in folder.data_files().items()
        }
        audited = audit(folder)
        probes = sum(settings.probes_of(item) for item in self.items)
        found = build_notes(settings, self.plans, self.items, questions - probes)
        self.notes = (*self.listed.notes, *found, *audited.notes)
        for note in self.notes[len(self.listed.notes) :]:
            self.progress.say(note)
        manifest = request | {
            "counts": {
                "cases": len(self.plans),
                "skipped": len(self.skipped),
                "items": len(self.items),
                "questions": questions,
                **({"probes": probes} if settings.probes else {}),
                "views": sum(r.views for r in self.rendered.values()),
                "frames": sum(r.frames for r in self.rendered.values()),
            },
            "notes": list(self.notes),
            **({"label_names": manifest_rows(self.listed.label_names)} if self.listed.label_names else {}),
            "files": hashes,
            "content_hash": content_hash(hashes),
        }
        card = dataset_card(
            manifest,
            self.listed.attributions,
            never_2d=self._never_2d(),
            extensions=sorted({key for stored in self.plans.values() for key in stored.extensions}),
            notes=self.notes,
            audit=audited.section,
            labels=card_section(self.listed.label_names),
        )
        write_text(card, folder.card)
        write_json(manifest, folder.manifest)
        return manifest

    def _never_2d(self) -> list[str]:
        """Structures that occur in the cases but in no 2D candidate of any case."""
        present: set[str] = set()
        asked: set[str] = set()
        for stored in self.plans.values():
            if stored.plan is not None:
                keys = stored.plan.facts.structures
                rows = stored.plan.candidates[stored.plan.candidates["dimension"] == DIMENSIONS.index("2d")]
                present.update(keys)
                asked.update(keys[index] for name in ("a", "b") for index in rows[name])
        return sorted(present - asked)

    def _skip(self, ref: CaseRef, reason: str) -> None:
        reason = hide_names(reason) if self.settings.hash_case_ids else reason
        self.skipped[ref.case_id, ref.source] = Skipped(ref.case_id, ref.source, reason)


def content_hash(hashes: dict[str, str]) -> str:
    """SHA-256 over the sorted lines `path<TAB>sha256`, which identifies a benchmark."""
    lines = "".join(f"{path}\t{value}\n" for path, value in sorted(hashes.items()))
    return hashlib.sha256(lines.encode("utf-8")).hexdigest()


def _stored(task: PlanTask) -> StoredPlan | None:
    return load_plan(task.path, task.key)


def _together(function: Callable[[Task], Result], tasks: Collection[Task]) -> list[Result]:
    """The results, in order, of a function that mostly waits for a disk or an object store."""
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return list(pool.map(function, tasks))

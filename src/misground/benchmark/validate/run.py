"""`misground validate`: checks that a folder is what a build would have written, and that it is correct."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from misground.benchmark.engines import Engine, LocalEngine
from misground.benchmark.listing import list_sources
from misground.benchmark.places import store_hint
from misground.benchmark.settings import BuildSettings
from misground.benchmark.validate.balance import balance_problems, name_word_problems
from misground.benchmark.validate.case import CaseFindings, CaseTask, check_case, lost_case
from misground.benchmark.validate.manifest import (
    count_problems,
    file_problems,
    folder_files,
    head_problems,
    sha256_of,
)
from misground.benchmark.validate.names import CHECKS, SOURCE_CHECKS
from misground.benchmark.validate.reading import UnreadableError, read_json_object
from misground.benchmark.validate.record import settings_from
from misground.benchmark.validate.report import Findings, Report
from misground.benchmark.validate.source import unusable_source
from misground.benchmark.validate.tables import Tables, survey
from misground.errors import CaseError, UsageError
from misground.records import CaseRef


def validate(
    out: Path,
    sources: Sequence[str] = (),
    *,
    workers: int = 1,
    engine: Engine | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Report:
    """Check a benchmark folder.

    Anything wrong in the files is a problem in the report, never an exception.

    Args:
        out: the folder.
        sources: SOURCE strings of the scans that it was built from; if given, it is also checked against
            them.
        workers: number of worker processes.
        engine: where the cases are checked; None for worker processes on this machine.
        progress: called with (cases done, cases in total).

    Raises:
        UsageError: `out` is not a benchmark folder, or a SOURCE is wrong.
        WorkError: a SOURCE has no usable case.
    """
    _check_folder(out)
    findings = Findings()
    manifest, settings = _read_manifest(out, findings)
    refs = _refs(sources, settings)
    tables = survey(out, findings)
    tasks = _tasks(tables, settings, refs, findings)
    per_case: dict[str, CaseFindings] = {}
    for done, (task, found) in enumerate(_run(tasks, workers, engine), start=1):
        per_case[task.case_id] = found
        if progress is not None:
            progress(done, len(tasks))
    ordered = [per_case[task.case_id] for task in tasks]
    for found in ordered:
        findings.merge(found.findings)
    items = [item for found in ordered for item in found.items]
    findings.add("balance", balance_problems(items), len(items))
    findings.add("name_words", name_word_problems(items), len(items))
    _check_manifest(out, manifest, tables, tasks, per_case, findings)
    return findings.report({**CHECKS, **(SOURCE_CHECKS if refs is not None else {})})


def _check_folder(out: Path) -> None:
    try:
        if not out.is_dir():
            what = "is a file" if out.exists() else "does not exist"
            raise UsageError(f"{out} {what}, expected a benchmark folder{store_hint(out)}")
        if not (out / "manifest.json").is_file():
            raise UsageError(
                f"{out} is not a benchmark: it has no manifest.json (an unfinished build has none yet)"
            )
    except OSError as error:
        raise UsageError(f"{out} cannot be read ({error.strerror})") from error


def _read_manifest(out: Path, findings: Findings) -> tuple[dict[str, Any], BuildSettings]:
    try:
        manifest = read_json_object(out / "manifest.json")
    except UnreadableError as error:
        findings.add("manifest", [str(error)])
        return {}, BuildSettings()
    settings, problems = settings_from(manifest)
    findings.add("manifest", [*head_problems(manifest), *problems])
    return manifest, settings


def _refs(sources: Sequence[str], settings: BuildSettings) -> dict[str, CaseRef] | None:
    if not sources:
        return None
    listed = list_sources(sources, hash_case_ids=settings.hash_case_ids)
    return {ref.case_id: ref for ref in listed.refs}


def _tasks(
    tables: Tables, settings: BuildSettings, refs: dict[str, CaseRef] | None, findings: Findings
) -> list[CaseTask]:
    """One task for each case that occurs anywhere, in the order of their ids."""
    asked = tables.spans.keys() | tables.views.keys()
    if refs is not None:
        asked |= tables.cases.keys()
        missing = sorted(asked - refs.keys())
        findings.add("source_cases", (f"case {case_id} is in no SOURCE" for case_id in missing))
    return [
        CaseTask(
            case_id=case_id,
            case=tables.cases.get(case_id),
            settings=settings,
            span=tables.spans.get(case_id),
            views=tables.views.get(case_id),
            ref=None if refs is None else refs.get(case_id),
        )
        for case_id in sorted(asked)
    ]


def _run(
    tasks: Sequence[CaseTask], workers: int, engine: Engine | None
) -> Iterator[tuple[CaseTask, CaseFindings]]:
    """Check every case; those with a scan in worker processes, since a damaged scan can crash its reader."""
    unread = all(task.ref is None for task in tasks)
    if engine is None and unread and (workers <= 1 or len(tasks) <= 1):
        for task in tasks:
            yield task, check_case(task)
        return
    engine = engine or LocalEngine(workers)
    crashed: dict[str, tuple[CaseTask, CaseError]] = {}
    for task, result in engine.run(check_case, tasks):
        if not isinstance(result, CaseError):
            yield task, result
        elif task.ref is None:
            yield task, lost_case(task, result)
        else:
            crashed[task.case_id] = task, result
    without = [replace(task, ref=None) for task, _ in crashed.values()]
    for task, result in engine.run(check_case, without):
        whole, error = crashed[task.case_id]
        if isinstance(result, CaseError):
            yield whole, lost_case(task, result)
        else:
            result.findings.add("source_cases", [unusable_source(task.case_id, str(error))], 1)
            yield whole, result


def _check_manifest(
    out: Path,
    manifest: dict[str, Any],
    tables: Tables,
    tasks: Iterable[CaseTask],
    per_case: dict[str, CaseFindings],
    findings: Findings,
) -> None:
    if not manifest:
        return
    known = {
        task.views.relative_to(out).as_posix(): per_case[task.case_id].views_sha256
        for task in tasks
        if task.views is not None
    }
    hashes = {name: known.get(name) or sha256_of(out / name) for name in folder_files(out)}
    counted = {
        "cases": len(tables.cases),
        "skipped": tables.skipped,
        "items": sum(found.item_ids for found in per_case.values()),
        "questions": sum(found.questions for found in per_case.values()),
        "probes": sum(found.probes for found in per_case.values()),
        "views": sum(found.views for found in per_case.values()),
        "frames": sum(found.frames for found in per_case.values()),
    }
    problems = [*file_problems(manifest, hashes), *count_problems(manifest, counted)]
    findings.add("manifest", problems, len(hashes))

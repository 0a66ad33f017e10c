"""The self-check of the cases of some sources, for `misground check`."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from misground.benchmark.check.output_folder import output_folder
from misground.benchmark.check.pictures import Picture, case_pictures
from misground.benchmark.check.record import verdict_record
from misground.benchmark.check.verdict import case_verdict, has_scan
from misground.benchmark.engines import LocalEngine
from misground.benchmark.engines.engine import reads_files
from misground.benchmark.label_set_hint import explained
from misground.benchmark.listing import Listed, list_sources
from misground.errors import CaseError
from misground.questions import measure_case
from misground.records import CaseRef, LabelName
from misground.volumes import load_case

UNUSABLE: Final = "unusable"


@dataclass(frozen=True)
class Checked:
    """The verdict on one case.

    Attributes:
        case_id: the case.
        status: agrees, contradicts, not tested, or unusable.
        text: the verdict in words.
        record: the verdict as plain values; None if the case is unusable.
        pictures: slices that show the contradictions; empty unless they were asked for.
    """

    case_id: str
    status: str
    text: str
    record: dict[str, Any] | None = None
    pictures: tuple[Picture, ...] = ()


@dataclass(frozen=True)
class _Task:
    ref: CaseRef
    pictures: bool


@dataclass(frozen=True)
class Checking:
    """A check that has been set up.

    Attributes:
        total: the number of cases.
        notes: what the sources want users to know.
        label_names: what the names of labels were taken for.
        verdicts: the verdicts, in order of completion.
    """

    total: int
    notes: tuple[str, ...]
    label_names: tuple[LabelName, ...]
    verdicts: Iterator[Checked]


def check_sources(sources: Sequence[str], workers: int, *, pictures: bool = False) -> Checking:
    """Run the self-check on the cases of some sources, without building anything.

    Args:
        sources: SOURCE strings.
        workers: number of worker processes.
        pictures: whether to draw slices of contradictions.

    Raises:
        UsageError: a SOURCE is wrong.
        WorkError: there is no usable case.
    """
    alone = {source: ref for source in sources if (ref := output_folder(source)) is not None}
    others = [source for source in sources if source not in alone]
    listed = list_sources(others) if others else Listed((), (), (), ())
    tasks = [_Task(ref, pictures) for ref in (*alone.values(), *listed.refs)]

    def verdicts() -> Iterator[Checked]:
        yield from (Checked(s.case_id, UNUSABLE, s.reason) for s in listed.skipped)
        for task, result in LocalEngine(workers).run(_check_one, tasks):
            if isinstance(result, CaseError):
                yield Checked(task.ref.case_id, UNUSABLE, str(result))
            else:
                yield result

    return Checking(len(tasks) + len(listed.skipped), listed.notes, listed.label_names, verdicts())


@reads_files
def _check_one(task: _Task) -> Checked:
    case = load_case(task.ref)
    verdict = case_verdict(case, measure_case(case), with_scan=has_scan(task.ref))
    shown = case_pictures(case, verdict) if task.pictures and verdict.contradicts else ()
    words = explained(task.ref, verdict) if verdict.contradicts else "; ".join((verdict.text, *case.notes))
    return Checked(task.ref.case_id, verdict.status, words, verdict_record(verdict), shown)

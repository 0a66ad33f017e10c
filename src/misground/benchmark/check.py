"""The anatomical self-check of cases, for builds and for `misground check`."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from misground.benchmark.engines import LocalEngine
from misground.benchmark.engines.engine import reads_files
from misground.benchmark.label_names import table_lines
from misground.benchmark.label_set_hint import explained
from misground.benchmark.listing import list_sources
from misground.errors import CaseError
from misground.questions import Measurements, measure_case
from misground.records import Case, CaseRef
from misground.volumes import load_case
from misground.volumes.self_check import MIN_VOXELS, Verdict, check_body, format_verdict


@dataclass(frozen=True)
class Checked:
    """The verdict on one case.

    Attributes:
        case_id: the case.
        status: agrees, contradicts, not tested, or unusable.
        text: the reason, in words.
    """

    case_id: str
    status: str
    text: str


def body_verdict(case: Case, measured: Measurements) -> Verdict:
    """Check a case's structures against the relations of its region."""
    return check_body(body_centroids(case, measured), case.facts.region, case.facts.side)


def body_centroids(case: Case, measured: Measurements) -> dict[str, tuple[float, float, float]]:
    """Structure key -> centroid in RAS+ mm; structures under MIN_VOXELS voxels are left out."""
    voxels, centroids = measured.voxels(), measured.centroids_mm()
    return {
        structure.key: (float(x), float(y), float(z))
        for structure, count, (x, y, z) in zip(case.structures, voxels, centroids, strict=True)
        if count >= MIN_VOXELS
    }


def check_sources(
    sources: Sequence[str], workers: int, tell: Callable[[str], None] = lambda _: None
) -> tuple[int, Iterator[Checked]]:
    """Run the self-check on the cases of some sources, without building anything.

    Args:
        sources: SOURCE strings.
        workers: number of worker processes.
        tell: receives what the names of labels were taken for, line by line, before anything is read.

    Returns:
        The number of cases, and their verdicts in order of completion.

    Raises:
        UsageError: a SOURCE is wrong.
        WorkError: there is no usable case.
    """
    listed = list_sources(sources)
    for line in table_lines(listed.label_names):
        tell(line)
    left_out = (Checked(s.case_id, "unusable", s.reason) for s in listed.skipped)

    def verdicts() -> Iterator[Checked]:
        yield from left_out
        for ref, result in LocalEngine(workers).run(_check_one, listed.refs):
            if isinstance(result, CaseError):
                yield Checked(ref.case_id, "unusable", str(result))
            else:
                yield Checked(ref.case_id, *result)

    return len(listed.refs) + len(listed.skipped), verdicts()


@reads_files
def _check_one(ref: CaseRef) -> tuple[str, str]:
    case = load_case(ref)
    verdict = body_verdict(case, measure_case(case))
    status, _, rest = format_verdict(verdict).partition(": ")
    if verdict.contradicts:
        return status, explained(ref, verdict)
    return status, "; ".join((rest, *case.notes))

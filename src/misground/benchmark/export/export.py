"""Writing a benchmark in another harness's format into a new folder."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final, Literal, get_args

from misground.benchmark.export import jsonl, lmms_eval, vlmevalkit
from misground.benchmark.export.rows import Progress, Questions
from misground.benchmark.export.target import Exported, find_finished, writing
from misground.benchmark.load import open_benchmark
from misground.errors import UsageError

ExportFormat = Literal["vlmevalkit", "lmms-eval", "jsonl"]
FORMATS: Final[tuple[ExportFormat, ...]] = get_args(ExportFormat)

_WRITERS: Final[Mapping[str, Callable[[Questions, Path, Progress], Exported]]] = {
    "vlmevalkit": vlmevalkit.write,
    "lmms-eval": lmms_eval.write,
    "jsonl": jsonl.write,
}


def export(out: Path, to: Path, format: ExportFormat, *, progress: Progress | None = None) -> Exported:
    """Write the benchmark in `out` into the folder `to`, completely or not at all.

    The questions and the pictures of one view are in memory at a time. A finished export of the same
    benchmark in the same format is left unchanged.

    Args:
        out: a finished benchmark folder.
        to: the folder to write to.
        format: one of `FORMATS`.
        progress: called with (questions done, questions in total).

    Raises:
        UsageError: `out` is not a benchmark, or `to` contains anything else.
        WorkError: the export cannot be written.
    """
    if format not in _WRITERS:
        raise UsageError(f"found format {format!r}, expected one of {', '.join(FORMATS)}")
    benchmark = open_benchmark(out)
    finished = find_finished(to, out, format, benchmark.manifest)
    if finished is not None:
        return finished
    with writing(to, out, format, benchmark.manifest) as target:
        questions = Questions(benchmark)
        target.exported = _WRITERS[format](questions, target.folder, progress or (lambda _done, _total: None))
    return target.exported

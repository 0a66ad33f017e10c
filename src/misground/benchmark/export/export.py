"""Writing a benchmark in another harness's form into a folder of its own."""

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
    """Write the benchmark in `out` into the folder `to`, whole or not at all.

    progress: called with (questions done, questions in all). Memory holds the questions and one view's
    pictures at a time. A finished export of the same benchmark in the same format is left as it is.
    Raises UsageError for a folder that is no benchmark, or a target that holds anything else; WorkError where
    it cannot be written.
    """
    if format not in _WRITERS:
        raise UsageError(f"unknown format {format!r}, expected one of {', '.join(FORMATS)}")
    benchmark = open_benchmark(out)
    finished = find_finished(to, format, benchmark.manifest)
    if finished is not None:
        return finished
    with writing(to, format, benchmark.manifest) as target:
        questions = Questions(benchmark)
        target.exported = _WRITERS[format](questions, target.folder, progress or (lambda _done, _total: None))
    return target.exported

"""All that reads a benchmark or results: each use ends well or with an error of one line."""

import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from misground.analysis.ceilings import with_ceilings
from misground.analysis.comparisons import compare_runs
from misground.analysis.planned import planned
from misground.analysis.results import read_runs
from misground.analysis.tables import all_cells, report_tables
from misground.benchmark.export import FORMATS, export
from misground.benchmark.frames import FrameReader
from misground.benchmark.load import open_benchmark
from misground.benchmark.sheet.write import write_sheet
from misground.benchmark.validate import validate
from misground.errors import MisgroundError
from misground.evaluation.asking import Asking
from misground.evaluation.benchmark_votes import read_votes
from misground.evaluation.dry_run import dry_run
from misground.evaluation.providers.baseline import OracleAPI, RandomAPI
from misground.evaluation.samples import chosen_questions, samples, view_sizes
from misground.prior.positions import shipped_positions
from misground.prior.reply import reply
from misground.report.explorer.site import QUESTIONS, Site, detail_name, frame_name, open_site
from misground.report.facts import cautions, facts
from misground.report.findings import findings

Use = Callable[[Path, Path, Path], None]


def attempt(use: Use, root: Path, results: Path, work: Path) -> str | None:
    """Call a use; the line of its error, None if it ended well. Any other exception passes.

    Raises:
        AssertionError: the error has several lines, or is one that should be reported.
    """
    try:
        use(root, results, work)
    except MisgroundError as error:
        check_line(str(error))
        return str(error)
    return None


def check_line(text: str) -> None:
    """Check that an error is one line of printable text, and expected."""
    assert "\n" not in text, text
    assert "please report" not in text, text


def use_sheet(root: Path, _: Path, work: Path) -> None:
    write_sheet(root, work / "sheet.png", compact=True)


def use_full_sheet(root: Path, _: Path, work: Path) -> None:
    write_sheet(root, work / "sheet.png")


def use_exports(root: Path, _: Path, work: Path) -> None:
    for form in FORMATS:
        shutil.rmtree(work / form, ignore_errors=True)
        try:
            export(root, work / form, form)
        except MisgroundError as error:
            check_line(str(error))


def use_explorer(root: Path, results: Path, _: Path) -> None:
    with open_site(root, [results]) as site:
        for name in names_in(site):
            try:
                assert site.read(name)
            except MisgroundError as error:
                check_line(str(error))


def names_in(site: Site) -> Sequence[str]:
    """The data files of an explorer, a frame more of each view than it may have."""
    frames = [frame_name(view_id, 0) for view_id in sorted(site.catalogue.view_ids)]
    return [QUESTIONS, *map(detail_name, site.catalogue.item_ids), *frames]


def use_evaluation(root: Path, _: Path, __: Path) -> None:
    benchmark = open_benchmark(root)
    rows = chosen_questions(benchmark, {}, None)
    chosen_questions(benchmark, {}, max(1, len(rows) - 1))
    sizes = view_sizes(benchmark, (row["view_id"] for row in rows if row["view_id"] is not None))
    assert len(samples(rows, sizes, reasoning=True)) == len(rows)
    dry_run(rows, sizes, epochs=2, reply_tokens=9, connections=1)
    reader, votes = FrameReader(benchmark), read_votes(benchmark)
    for row in rows:
        asking = Asking(benchmark, row, 1, 7)
        for api in (OracleAPI("oracle"), RandomAPI("random")):
            assert api.option(asking) in row["options"]
        reply(row, 7, votes, shipped_positions())
        if row["view_id"] is not None:
            reader.frames(row["view_id"])


def use_tables(root: Path, _: Path, __: Path) -> None:
    benchmark = open_benchmark(root)
    for read in (benchmark.cases, benchmark.skipped):
        try:
            read()
        except MisgroundError as error:
            check_line(str(error))
    for _view in benchmark.views(benchmark.view_index):
        pass


def use_validate(root: Path, _: Path, __: Path) -> None:
    for check in validate(root).checks:
        for problem in check.problems:
            check_line(problem)


def use_analysis(_: Path, results: Path, __: Path) -> None:
    runs = with_ceilings(read_runs([results]))
    facts(runs)
    cautions(runs)
    findings(runs, planned(runs))
    all_cells(runs)
    report_tables(runs)
    compare_runs(runs[0], runs[-1], {})


ON_BENCHMARKS: Mapping[str, Use] = {
    "sheet": use_sheet, "exports": use_exports, "explorer": use_explorer, "evaluation": use_evaluation,
    "tables": use_tables, "validate": use_validate,
}  # fmt: skip
ON_RESULTS: Mapping[str, Use] = {"explorer": use_explorer, "analysis": use_analysis}


def all_uses(uses: Mapping[str, Use], *places: Any) -> dict[str, str | None]:
    """The error of each use, or None."""
    return {name: attempt(use, *places) for name, use in uses.items()}

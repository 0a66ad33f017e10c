"""`misground report` and `misground view`."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from misground.cli.evaluating import needs_extra
from misground.cli.progress import counting
from misground.cli.shared import cli, err_console, out_console, when_stopped
from misground.cli.terminal import shown
from misground.errors import UsageError

if TYPE_CHECKING:
    from misground.report.write import Written

LISTED = 5
results_path = click.Path(path_type=Path)


@cli.command("report")
@click.argument("results", nargs=-1, required=True, type=results_path)
@click.option("-o", "--out", required=True, type=click.Path(path_type=Path), help="Output folder.")
@click.option("--format", "formats", multiple=True, type=click.Choice(["html", "pdf", "md"]),
              help="Format to write; may be repeated.  [default: html]")  # fmt: skip
@when_stopped("no new report was written")
def report_command(results: tuple[Path, ...], out: Path, formats: tuple[Any, ...]) -> None:
    """Write a report on runs: findings, tables and figures.

    RESULTS are log folders of misground eval, or their files results.parquet. A report that is already in the
    output folder is replaced.

    \b
    Examples:
      misground report logs/mini/* -o report
      misground report A/results.parquet B/results.parquet -o report --format pdf
    """
    for package in ("altair", "jinja2", "polars", "scorio", "typst", "vl_convert"):
        needs_extra(package, "report")
    tell_report(run_report(results, out, tuple(dict.fromkeys(formats)) or ("html",)))


def run_report(results: Sequence[Path], out: Path, formats: tuple[Any, ...]) -> "Written":
    """Read the results and write the report, with a spinner on the terminal."""
    with err_console.status("reading results"):
        from misground.analysis.results import read_runs
        from misground.report.write import check_report_folder, write_report

        check_report_folder(out, results)
        runs = read_runs(results)
    with err_console.status(f"writing the report on {len(runs)} runs"):
        return write_report(runs, out, formats)


def tell_report(written: "Written") -> None:
    """Print the first findings of a report, and where its files are."""
    for text in written.document.cautions:
        out_console.print(f"[yellow]note:[/] {shown(text)}", highlight=False)
    for finding in written.document.findings[:LISTED]:
        out_console.print(shown(finding.text), highlight=False)
    more = len(written.document.findings) - LISTED
    if more > 0:
        out_console.print(f"... and {more} more findings in the report")
    for page in written.pages:
        out_console.print(f"[green]report:[/] {shown(page)}", highlight=False)
    out_console.print(
        f"in the same folder: {written.tables} tables (CSV), {written.figures} figures (SVG, PNG, PDF)"
    )


@cli.command("view")
@click.argument("out", metavar="BENCHMARK", type=click.Path(path_type=Path))
@click.argument("results", nargs=-1, type=results_path)
@click.option("--export", "to", type=click.Path(path_type=Path),
              help="Output folder for static files; start no server.")  # fmt: skip
@click.option("--port", type=click.IntRange(0, 65535), default=0,
              help="Port of the server.  [default: a free one]")  # fmt: skip
@click.option("--no-browser", is_flag=True, help="Print the address; do not open a browser.")
@when_stopped("nothing was written")
def view_command(out: Path, results: tuple[Path, ...], to: Path | None, port: int, no_browser: bool) -> None:
    """Explore questions, pictures and replies in the browser.

    RESULTS are log folders of misground eval, or their files results.parquet. The server listens on 127.0.0.1
    only. With --export, the pages become static files that open from any disk or file share.

    \b
    Examples:
      misground view BENCHMARK logs/BENCHMARK/*
      misground view BENCHMARK --export pages
    """
    needs_extra("starlette", "report")
    needs_extra("uvicorn", "report")
    from misground.report.explorer import export_static, serve

    if to is None:
        serve(
            out, results, port=port, open_browser=not no_browser,
            say=lambda text: out_console.print(shown(text), highlight=False),
        )  # fmt: skip
        return
    if port or no_browser:
        raise UsageError("--export starts no server: leave --port and --no-browser out")
    with counting(err_console, "items", None) as progress:
        export_static(out, results, to, progress=progress)
    out_console.print(f"[green]explorer:[/] {shown(to / 'index.html')}", highlight=False)

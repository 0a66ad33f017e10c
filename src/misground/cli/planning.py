"""`misground power`."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich import box
from rich.table import Table

from misground.benchmark.load import Benchmark, open_benchmark
from misground.benchmark.written import Input
from misground.cli.evaluating import needs_extra
from misground.cli.shared import cli, err_console, out_console, when_stopped
from misground.cli.terminal import shown
from misground.errors import UsageError

if TYPE_CHECKING:
    from misground.power.power import Power


@cli.command("power")
@click.argument("out", metavar="BENCHMARK", type=click.Path(path_type=Path))
@click.option("--epochs", type=click.IntRange(1, 1000),
              help="How often each question is to be asked.  [default: 1, or as in the pilot]")  # fmt: skip
@click.option("--difference", metavar="POINTS", type=click.FloatRange(0.1, 100),
              help="Wanted difference in percentage points; tells the cases that it needs.")  # fmt: skip
@click.option("--accuracy", metavar="PERCENT", type=click.FloatRange(1, 99), default=60, show_default=True,
              help="Accuracy that is assumed of the model.")  # fmt: skip
@click.option("--pilot", "pilots", metavar="RESULTS", multiple=True, type=click.Path(path_type=Path),
              help="An earlier run on this benchmark, whose standard errors replace the assumed effects "
                   "(repeatable).")  # fmt: skip
@click.option("-o", "--to", type=click.Path(path_type=Path),
              help="Output folder for the figure, JSON and CSV.  [default: write nothing]")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@when_stopped("nothing was written; run the same command again to start over")
def power_command(
    out: Path, epochs: int | None, difference: float | None, accuracy: float, pilots: tuple[Path, ...],
    to: Path | None, as_json: bool,
) -> None:  # fmt: skip
    """Say, before any run, which differences a benchmark can show.

    For each planned contrast of a report: the smallest true difference that is shown in 80% of runs, and with
    --difference the number of cases that such a difference needs. Made-up runs on the questions of the
    benchmark give the standard errors; with --pilot, an earlier run does.

    \b
    Examples:
      misground power BENCHMARK --epochs 5
      misground power BENCHMARK --difference 5 --pilot logs/BENCHMARK/pilot
    """
    for package in ("polars", "scorio", *(("altair", "vl_convert") if to is not None else ())):
        needs_extra(package, "report")
    if to is not None:
        from misground.power.write import check_power_folder

        check_power_folder(to, _inputs(out, pilots))
    wanted = None if difference is None else difference / 100
    benchmark, found = run_power(out, epochs, wanted, accuracy / 100, pilots)
    if to is not None:
        from misground.power.write import write_power

        write_power(found, benchmark, to, _inputs(out, pilots))
    if as_json:
        from misground.power.listing import json_text

        click.echo(json_text(found, benchmark), nl=False)
        return
    tell_power(found)
    if to is not None:
        out_console.print(f"[green]power:[/] {shown(to / 'power.svg')}", highlight=False)


def _inputs(out: Path, pilots: Sequence[Path]) -> list[Input]:
    from misground.report.inputs import log_folders

    return [Input(out, "the benchmark folder"), *log_folders(pilots)]


def run_power(
    out: Path, epochs: int | None, wanted: float | None, accuracy: float, pilots: Sequence[Path]
) -> tuple[Benchmark, "Power"]:
    """Open a benchmark and find what it can show, with a spinner on the terminal.

    Raises:
        UsageError: the folder is no benchmark, is damaged or has no questions; or a pilot is no run of a
            model on this benchmark, or has another number of epochs.
    """
    from misground.power.made import Assumed
    from misground.power.pilot import measured_by, read_pilot
    from misground.power.power import power
    from misground.power.reading import read_design

    benchmark = open_benchmark(out)
    with err_console.status("asking made-up models"):
        design = read_design(benchmark)
        runs = read_pilot(pilots, benchmark.content_hash) if pilots else []
        asked = max((run.epochs for run in runs), default=epochs or 1)
        if epochs not in (None, asked):
            often = "once" if asked == 1 else f"up to {asked} times"
            raise UsageError(
                f"--epochs is {epochs}, but the pilot asked each question {often}, and its standard errors "
                "hold for that: leave --epochs out"
            )
        found = power(
            design, Assumed(accuracy), epochs=asked, wanted=wanted, pilot=measured_by(runs) if runs else None
        )
    return benchmark, replace(found, pilot=[run.run_id for run in runs])


def tell_power(found: "Power") -> None:
    """Print the contrasts and what the numbers rest on."""
    from misground.power.words import head, notes, summary

    table = Table(box=box.SIMPLE, pad_edge=False, padding=(0, 1, 0, 0))
    for number, name in enumerate(head(found)):
        table.add_column(name, justify="right" if number else "left", min_width=0 if number else 25)
    for row in found.rows:
        table.add_row(*map(shown, summary(row, found)))
    out_console.print(table)
    for note in notes(found):
        out_console.print(shown(note), highlight=False)

"""`misground shortcuts`."""

from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich import box
from rich.table import Table

from misground.benchmark.load import Benchmark, open_benchmark
from misground.cli.evaluating import needs_extra
from misground.cli.shared import cli, err_console, out_console, when_stopped
from misground.cli.terminal import shown
from misground.errors import UsageError

if TYPE_CHECKING:
    from misground.shortcuts import Shortcuts

LISTED = 5


@cli.command("shortcuts")
@click.argument("out", metavar="BENCHMARK", type=click.Path(path_type=Path))
@click.option(
    "-o", "--to", type=click.Path(path_type=Path),
    help="Output folder for the figure, JSON and CSV.  [default: write nothing]",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print JSON, with every guesser.")
@when_stopped("nothing was written; run the same command again to measure from the start")
def shortcuts_command(out: Path, to: Path | None, as_json: bool) -> None:
    """Measure what guessers that see no anatomy get right.

    Each guesser sees one aspect of a question, such as the size of the canvas or the place of mark A, and
    learns from the other cases. A shortcut that is more than 10 points above chance beyond doubt is a leak of
    the benchmark.

    \b
    Examples:
      misground shortcuts BENCHMARK
      misground shortcuts BENCHMARK -o shortcuts
    """
    if to is not None:
        for package in ("altair", "polars", "vl_convert"):
            needs_extra(package, "report")
        from misground.shortcuts.write import check_shortcuts_folder

        check_shortcuts_folder(to, out)
    benchmark, found = run_shortcuts(out)
    if to is not None:
        from misground.shortcuts.write import write_shortcuts

        write_shortcuts(found, benchmark, to)
    if as_json:
        from misground.shortcuts.listing import json_text

        click.echo(json_text(found, benchmark), nl=False)
        return
    tell_shortcuts(found)
    if to is not None:
        out_console.print(f"[green]shortcuts:[/] {shown(to / 'shortcuts.svg')}", highlight=False)


def run_shortcuts(out: Path) -> tuple[Benchmark, "Shortcuts"]:
    """Open a benchmark and measure its shortcuts, with a spinner on the terminal.

    Raises:
        UsageError: The folder is no benchmark, is damaged, or has no questions.
    """
    from misground.shortcuts import measure, read_benchmark

    benchmark = open_benchmark(out)
    with err_console.status("measuring shortcuts"):
        found = measure(read_benchmark(benchmark))
    if not found.scores:
        raise UsageError(f"{benchmark.root}: the benchmark has no questions, so there is nothing to measure")
    return benchmark, found


def tell_shortcuts(found: "Shortcuts") -> None:
    """Print the best guessers of each cell, and those that win."""
    from misground.shortcuts.intervals import FEWEST_CASES
    from misground.shortcuts.words import HEAD, summary, win

    table = Table(box=box.SIMPLE, pad_edge=False, padding=(0, 1, 0, 0))
    for number, name in enumerate(HEAD):
        table.add_column(name, justify="left" if number in (0, 3, 4) else "right")
    for cell in found.cells:
        colour = "red" if any(score.wins for score in cell.scores) else ""
        table.add_row(*map(shown, summary(cell)), style=colour)
    out_console.print(table)
    if found.cases < found.all_cases:
        out_console.print(f"measured on {found.cases:,} of {found.all_cases:,} cases")
    for score in found.wins[:LISTED]:
        out_console.print(f"[red]leak:[/] {shown(win(score))}", highlight=False)
    if len(found.wins) > LISTED:
        out_console.print(f"... and {len(found.wins) - LISTED} more; --json lists all", highlight=False)
    if not found.wins:
        few = max(cell.cases for cell in found.cells) < FEWEST_CASES
        out_console.print(
            f"no verdict: it takes questions about {FEWEST_CASES} cases in a row of the table" if few
            else "no guesser is more than 10 points above its ceiling beyond doubt"
        )  # fmt: skip

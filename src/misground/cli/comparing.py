"""`misground compare`: two runs question by question, and what explains the gain of one arm over another."""

import json
from dataclasses import astuple
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich import box
from rich.table import Column, Table

from misground.cli.evaluating import needs_extra
from misground.cli.shared import cli, out_console, when_stopped
from misground.cli.terminal import shown
from misground.errors import UsageError

if TYPE_CHECKING:
    from misground.analysis.comparisons import Comparison
    from misground.analysis.results import Run
    from misground.report.explaining import Explained

LISTED = 5
results_path = click.Path(path_type=Path)


@cli.command("compare")
@click.argument("a", metavar="RESULTS_A", type=results_path)
@click.argument("b", metavar="RESULTS_B", type=results_path)
@click.argument("more", metavar="[ARM...]", nargs=-1, type=results_path)
@click.option("--filter", "filters", multiple=True, metavar="FACTOR=LEVEL,...",
              help="Compare only these questions, as task=in_plane,terms=anatomical|colloquial.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print JSON, with the ids of unpaired questions.")
@when_stopped("nothing was written")
def compare_command(
    a: Path, b: Path, more: tuple[Path, ...], filters: tuple[str, ...], as_json: bool
) -> None:
    """Compare two runs question by question: is B better than A?

    Only questions that both runs answered count. RESULTS_A and RESULTS_B are log folders of misground eval,
    or their files results.parquet. With further arms of the same model, such as greedy and identity, it says
    how much of the gain they explain.

    \b
    Examples:
      misground compare logs/mini/MODEL-default-RUN logs/mini/MODEL-semantic-RUN
      misground compare arms/default arms/semantic arms/greedy arms/identity
      misground compare A/results.parquet B/results.parquet --json
    """
    for package in ("polars", "scorio"):
        needs_extra(package, "report")
    from misground.analysis.comparisons import compare_runs, parse_levels
    from misground.analysis.results import read_runs
    from misground.report.explaining import explain

    try:
        levels = parse_levels(filters)
    except ValueError as error:
        raise UsageError(f"--filter: {error}") from error
    for path in (a, b, *more):
        count = len(read_runs([path]))
        if count > 1:
            raise UsageError(f"{path} holds {count} runs, expected one: split the file by run_id")
    runs = read_runs([a, b, *more])
    first, second = runs[:2]
    whole = compare_runs(first, second, levels)
    if whole.paired is None:
        raise UsageError(
            f"{first.name} and {second.name} have no answered question in common, expected two runs on the "
            "same benchmark: check both paths, and --filter"
        )
    parts, explained = _parts(first, second, levels), explain(runs, levels)
    if as_json:
        click.echo(json.dumps(_json(first, second, whole, parts) | _explained(explained), indent=2))
        return
    _tell(first, second, whole, parts)
    for text in explained.sentences:
        out_console.print(f"{shown(text)}.", highlight=False)


def _explained(found: "Explained") -> dict[str, Any]:
    from misground.analysis.flat import flat_contrast, flat_shift

    return {
        "arms": [flat_contrast(one) for one in found.contrasts],
        "shifts": [flat_shift(row) for row in found.shifts],
        "explanation": list(found.sentences),
    }


def _parts(a: "Run", b: "Run", levels: dict[str, list[str]]) -> dict[str, "Comparison"]:
    from misground.analysis.comparisons import compare_runs
    from misground.records import LEVELS

    found = {}
    for factor in ("condition", "task", "terms", "coordinates", "prompt"):
        for level in levels.get(factor, LEVELS[factor]):
            part = compare_runs(a, b, {**levels, factor: [level]})
            if part.paired is not None:
                found[f"{factor}={level}"] = part
    return found


def _json(a: "Run", b: "Run", whole: "Comparison", parts: dict[str, "Comparison"]) -> dict[str, Any]:
    from misground.analysis.comparisons import differing, direction
    from misground.analysis.flat import flat_comparison
    from misground.analysis.table import ComparisonRow

    def as_row(cell: str, found: "Comparison") -> dict[str, Any]:
        row = flat_comparison(ComparisonRow("", cell, found))
        return {name: value for name, value in row.items() if name not in {"run", "published"}} | {
            "verdict": direction(found),
        }

    sides = {
        side: {
            "name": run.name, "run_id": run.run_id, "model": run.model, "decoding": run.decoding,
            "benchmark_hash": run.benchmark_hash, "source": str(run.source),
        }
        for side, run in (("a", a), ("b", b))
    }  # fmt: skip
    return {
        **sides,
        "all": as_row("all", whole),
        "parts": [as_row(cell, found) for cell, found in parts.items()],
        "settings_that_differ": differing(a.record, b.record),
        "in_no_pair": {"a": list(whole.only_a), "b": list(whole.only_b)},
    }


def _tell(a: "Run", b: "Run", whole: "Comparison", parts: dict[str, "Comparison"]) -> None:
    from misground.analysis.comparisons import differing
    from misground.report import words
    from misground.report.findings import says

    out_console.print(f"A: {shown(a.name)}   B: {shown(b.name)}", highlight=False)
    numbers = [Column(name, justify="right", no_wrap=True) for name in _COLUMNS]
    table = Table(
        Column("questions", no_wrap=True), *numbers, box=box.SIMPLE, pad_edge=False, padding=(0, 1, 0, 0)
    )
    for cell, found in {"all": whole, **parts}.items():
        factor, _, level = cell.partition("=")
        name = f"{factor} {level}" if factor == "prompt" else level or factor
        table.add_row(shown(name), *_cells(found))
    out_console.print(table)
    four = [words.count(number) for number in astuple(whole.paired.table)] if whole.paired else []
    out_console.print("both {}, A only {}, B only {}, neither {}".format(*four), highlight=False)
    evidence = f"; {words.evidence(whole.paired.robust)}" if whole.paired else ""
    out_console.print(f"B {says(whole)}{evidence}.", highlight=False)
    if parts:
        out_console.print("The rows beneath the first are hints: they are not corrected for their number.")
    if a.benchmark_hash != b.benchmark_hash:
        out_console.print(
            "[yellow]note:[/] the runs are on two benchmarks; only the questions in both are compared"
        )
    other = differing(a.record, b.record)
    if other:
        out_console.print(f"[yellow]note:[/] the runs also differ in {shown(', '.join(other))}")
    for side, ids in (("A", whole.only_a), ("B", whole.only_b)):
        if ids:
            listed = ", ".join(ids[:LISTED]) + (", ..." if len(ids) > LISTED else "")
            out_console.print(
                f"unpaired: {len(ids)} of {side} ({shown(listed)}; --json lists all)", highlight=False
            )


_COLUMNS = ("A", "B", "points", "95% interval", "P(B better)", "pairs")


def _cells(found: "Comparison") -> list[str]:
    from misground.report import words

    pair = found.paired
    if pair is None:
        return [words.NONE] * len(_COLUMNS)
    return [
        words.percent(pair.accuracy_a),
        words.percent(pair.accuracy_b),
        words.points(pair.difference),
        words.NONE if pair.robust.ends is None else words.robust(pair.robust, signed=True),
        words.probability(pair.better),
        str(pair.n),
    ]

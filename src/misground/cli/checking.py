"""`misground check`: which cases contradict anatomy, which scans their labels, and what would explain it."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import click

from misground.benchmark.check import Checked, check_sources
from misground.benchmark.check.page import page
from misground.benchmark.files import replacing
from misground.benchmark.label_names import manifest_rows, table_lines
from misground.cli.progress import counting
from misground.cli.shared import cli, err_console, map_option, out_console, when_stopped, workers_option
from misground.cli.sources_help import SOURCES_HELP
from misground.cli.terminal import shown
from misground.errors import ContradictionError, WorkError
from misground.sources import with_label_map

COLOURS = {"agrees": "green", "contradicts": "red"}


@cli.command("check", epilog=SOURCES_HELP)
@click.argument("sources", metavar="SOURCE...", nargs=-1, required=True)
@click.option("--json", "as_json", is_flag=True, help="Print JSON with every number instead of lines.")
@click.option(
    "--picture", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
    help="Write an HTML page with slices of each contradiction.",
)  # fmt: skip
@map_option
@workers_option
@when_stopped("nothing was written; run the same command again to check from the start")
def check_command(
    sources: tuple[str, ...], as_json: bool, picture: Path | None, label_map: str | None, workers: int
) -> None:
    """Find cases whose labels or scan contradict anatomy.

    Typical causes are a mirrored header, a mirrored label map, swapped labels, and a CT that is not in
    Hounsfield units. For each case, the command counts how many relations between structures agree with those
    of nearly every body, measures whether the borders of the labels show in the scan, and names the fault
    that would explain a contradiction. It builds nothing.

    The exit status is 0 if no case contradicts, 3 if one does, and 1 if no case is usable.

    \b
    Examples:
      misground check totalsegmentator:DATA
      misground check totalsegmentator:DATA --json > verdicts.json
      misground check labelmap:DATA --picture contradictions.html
    """
    sources = with_label_map(sources, label_map) if label_map else sources
    checking = check_sources(sources, workers, pictures=picture is not None)
    found: list[Checked] = []
    for note in checking.notes:
        err_console.print(f"[yellow]note:[/] {shown(note)}", highlight=False)
    if not as_json:
        for line in table_lines(checking.label_names):
            out_console.print(shown(line))
    with counting(err_console, "checking cases", checking.total) as advance:
        for checked in checking.verdicts:
            found.append(checked)
            if not as_json:
                _tell(checked)
            advance()
    counts = Counter(checked.status for checked in found)
    if as_json:
        click.echo(json.dumps(_json(found, counts, manifest_rows(checking.label_names)), indent=2))
    else:
        out_console.print(", ".join(f"{counts[status]} {status}" for status in sorted(counts)))
    if picture is not None:
        with replacing(picture) as temporary:
            temporary.write_text(page(found), encoding="utf-8")
        if not as_json:
            out_console.print(f"page: {shown(picture)}")
    lines = "" if as_json else ": see the lines above"
    if counts["unusable"] == checking.total:
        raise WorkError("no case is usable: the lines above say why" if lines else "no case is usable")
    if counts["contradicts"]:
        raise ContradictionError(
            f"{counts['contradicts']} of {checking.total} checked cases contradict anatomy or their labels"
            f"{lines}"
        )


def _tell(checked: Checked) -> None:
    colour = COLOURS.get(checked.status, "yellow")
    out_console.print(f"[{colour}]{checked.status:<11}[/] {shown(checked.case_id)}  {shown(checked.text)}")


def _json(found: list[Checked], counts: Counter[str], labels: list[dict[str, Any]]) -> dict[str, Any]:
    cases = [
        {"case_id": one.case_id, "status": one.status, "reason": one.text, **(one.record or {})}
        for one in sorted(found, key=lambda one: one.case_id)
    ]
    return {"counts": dict(sorted(counts.items())), "labels": labels, "cases": cases}

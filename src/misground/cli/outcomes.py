"""The outcomes of a run, and the reasons of its errors, on the terminal."""

from pathlib import Path
from typing import TYPE_CHECKING, Final

from rich.table import Table

from misground.cli.shared import out_console
from misground.cli.terminal import shown
from misground.records import OUTCOMES

if TYPE_CHECKING:
    from misground.evaluation.results import Tally

SHOWN_ERRORS: Final = 5


def outcome_table(folder: Path, tally: "Tally") -> Table:
    """Return a table of the outcomes of a run in a folder, and its accuracy."""
    table = Table(title=f"run {shown(folder)}", title_justify="left", show_header=False)
    table.add_column()
    table.add_column(justify="right")
    for outcome in OUTCOMES:
        table.add_row(outcome, f"{tally.outcomes[outcome]:,}")
    if tally.accuracy is not None:
        correct, answered = tally.correct
        table.add_row("accuracy", f"{tally.accuracy:.1%} ({correct:,}/{answered:,})")
    if tally.probes:
        scored = tally.probes.total() - tally.probes["error"]
        table.add_row("correct probes", f"{tally.probes['correct']:,}/{scored:,}")
    return table


def tell_errors(tally: "Tally") -> None:
    """Print the most frequent reasons of errors."""
    for reason, count in tally.reasons.most_common(SHOWN_ERRORS):
        out_console.print(f"[red]error[/] x {count:,}: {shown(reason)}")

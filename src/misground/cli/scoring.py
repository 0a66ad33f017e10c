"""`misground score`."""

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import click

from misground.cli.evaluating import needs_extra
from misground.cli.outcomes import outcome_table, tell_errors
from misground.cli.progress import counting
from misground.cli.shared import cli, err_console, out_console, when_stopped
from misground.cli.terminal import shown

if TYPE_CHECKING:
    from misground.evaluation.scoring import Scored

SHOWN_CHANGES = 5
LONGEST_CELL = 32_767  # characters of a cell of .xlsx

_KINDS = """\b
PREDICTIONS are recognised by their content:
  JSON lines, JSON, CSV   question_id, completion, epoch (optional), ...
  .xlsx, .tsv, .json      VLMEvalKit's tables of predictions
  *_samples_*.jsonl       lmms-eval's logs of samples (--log_samples)
  .eval, .json            logs of inspect_ai
  a folder of a run       of misground eval or score, to be read again
"""


@cli.command("score", epilog=_KINDS)
@click.argument("out", metavar="BENCHMARK", type=click.Path(path_type=Path))
@click.argument("predictions", metavar="PREDICTIONS...", nargs=-1, required=True,
                type=click.Path(path_type=Path))  # fmt: skip
@click.option("--model", help="Name of the model.  [default: the one that the replies name]")
@click.option("--decoding", type=click.Choice(["default", "semantic"]),
              help="Way in which tokens were chosen.  [default: as in the replies]")  # fmt: skip
@click.option("-o", "--to", type=click.Path(path_type=Path), required=True, help="Folder of the new run.")
@when_stopped("nothing was written")
def score_command(
    out: Path, predictions: tuple[Path, ...], model: str | None, decoding: str | None, to: Path
) -> None:
    """Score replies that exist already, and write them as a run.

    The replies were made elsewhere, or by an earlier run, which is read again without asking anything. They
    are read as misground eval reads them, so report, compare and view take the new folder. Several files are
    one run. Altered questions are refused.

    \b
    Examples:
      misground score BENCHMARK replies.jsonl --model lab/model -o RUN
      misground score BENCHMARK MODEL_misground_*.xlsx --model lab/model -o RUN
      misground score BENCHMARK logs/mini/MODEL-default-RUN -o AGAIN
    """
    needs_extra("inspect_ai", "eval")
    from misground.evaluation.scoring import score

    with counting(err_console, "scoring", None) as advance:
        scored = score(out, predictions, to, model=model, decoding=decoding, progress=advance)
    tell_scored(scored)


def tell_scored(scored: "Scored") -> None:
    """Print the outcomes of scored replies, what did not fit, and what changed."""
    tally = scored.tally
    out_console.print(outcome_table(scored.folder, tally))
    for line in _notes(scored):
        out_console.print(f"[yellow]note:[/] {shown(line)}", highlight=False)
    tell_errors(tally)
    if scored.reread:
        _tell_changes(scored)
    out_console.print(f"results: {shown(scored.folder / 'results.parquet')}")


def _notes(scored: "Scored") -> list[str]:
    found = scored.matching
    missing = found.missing
    lines = {
        f"{found.unknown:,} replies are to questions that the benchmark lacks "
        f"({_some(found.unknown_ids, found.unknown)}): left out": found.unknown,
        f"{found.double:,} replies repeat a question and epoch ({_some(found.double_ids, found.double)}): "
        "the first of each counts; number them by epoch to keep all": found.double,
        f"{len(missing):,} of {len(found.questions):,} questions have no reply "
        f"({_some(missing, len(missing))}): not counted": len(missing),
        f"{found.missing_epochs:,} replies are missing: not every question has {found.epochs} "
        "epochs": found.missing_epochs,
        f"{scored.empty:,} replies are empty; an .xlsx file loses replies of more than {LONGEST_CELL:,} "
        "characters, which PRED_FORMAT=tsv keeps": scored.empty
        and any(source.path.suffix == ".xlsx" for source in scored.sources),
    }
    return [line for line, applies in lines.items() if applies]


def _some(ids: list[str], count: int, most: int = 3) -> str:
    return ", ".join(ids[:most]) + (", ..." if count > most else "")


def _tell_changes(scored: "Scored") -> None:
    moves = Counter((one.before[0], one.after[0]) for one in scored.changes)
    replies = scored.tally.outcomes.total()
    if not moves:
        out_console.print(f"none of the {replies:,} replies is read otherwise than before")
        return
    out_console.print(f"{len(scored.changes):,} of {replies:,} replies are read otherwise than before:")
    for (before, after), count in moves.most_common():
        out_console.print(f"  {shown(before)} -> {shown(after)}: {count:,}", highlight=False)
    for one in scored.changes[:SHOWN_CHANGES]:
        was, now = (shown(f"{text!r}") if text else "none" for text in (one.before[1], one.after[1]))
        out_console.print(f"  {one.question_id} epoch {one.epoch}: {was} -> {now}", highlight=False)
    out_console.print(
        f"all of them: {shown(scored.folder / 'changed.csv')}; to see the replies: misground view BENCHMARK "
        f"{shown(scored.folder)}",
        highlight=False,
    )

"""`misground build`, `check`, `validate`, `sheet`, `demo`."""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource
from rich.markup import escape
from rich.table import Table

from misground.benchmark.building.build import Built, build
from misground.benchmark.building.estimate import Estimate
from misground.benchmark.check import check_sources
from misground.benchmark.engines import Engine, LocalEngine, available_workers
from misground.benchmark.listing import needed_folders
from misground.benchmark.places import Place
from misground.benchmark.settings import BuildSettings
from misground.benchmark.sheet.write import write_sheet
from misground.benchmark.validate import Report, validate
from misground.cli.progress import BuildProgress, counting
from misground.cli.shared import (
    PlaceParam,
    cli,
    err_console,
    out_console,
    size_text,
    stopped_by_sigterm,
    when_stopped,
    workers_option,
)
from misground.errors import UsageError, WorkError
from misground.sources import SOURCE_KINDS

LARGE_BYTES = 50e9
SHOWN_SKIPS = 5
WIDE_TERMINAL = 120

_SOURCES_HELP = (
    "\b\nSOURCE is one of\n"
    + "\n".join(f"  {form}" for form in SOURCE_KINDS.values())
    + "\nwith ?prefix=... before all case ids of a source. Quote what holds a ? or &."
)


@cli.command("build", epilog=_SOURCES_HELP)
@click.argument("sources", metavar="SOURCE...", nargs=-1, required=True)
@click.option(
    "-o", "--out", type=PlaceParam(), required=True, metavar="PLACE",
    help="Folder to write, or s3://BUCKET/NAME, gs://..., anything that fsspec reaches.",
)  # fmt: skip
@click.option(
    "--preset",
    type=click.Choice(["mini", "paper", "pool"]),
    default="mini",
    show_default=True,
    help="mini: about 240 questions a modality. paper: 33,864 questions. pool: up to 2,757 a CT case.",
)
@click.option("--max-questions", type=click.IntRange(min=2), help="Bound on the whole benchmark.")
@click.option("--per-case", type=click.IntRange(min=2), help="Bound on the questions of each case.")
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of the draw.")
@click.option("--terms", type=click.Choice(["+lay"]), help="+lay: ask also in everyday words.")
@click.option("--allow-name-hints", is_flag=True, help="Ask also what a structure's name gives away.")
@click.option(
    "--window", type=click.Choice(["soft", "lung", "bone"]), default="soft", show_default=True,
    help="Intensity window of CT pictures.",
)  # fmt: skip
@click.option("--keep-contradicting", is_flag=True, help="Keep cases that contradict plain anatomy.")
@click.option("--hash-case-ids", is_flag=True, help="Replace case ids by hashes (no anonymity).")
@click.option(
    "--max-oblique", type=click.FloatRange(0, 45), default=15.0, show_default=True,
    help="Degrees beyond which a scan is too oblique.",
)  # fmt: skip
@click.option(
    "--workers", type=click.IntRange(min=1),
    help="Work units at a time.  [default: one a processor; all that the cluster has]",
)  # fmt: skip
@click.option(
    "--engine",
    type=click.Choice(["local", "ray"]),
    default="local",
    show_default=True,
    help="Where workers run: on this machine, or on a Ray cluster.",
)
@click.option(
    "--ray-address", metavar="ADDRESS", envvar="RAY_ADDRESS", show_envvar=True,
    help="Of a running cluster: auto, HOST:PORT, ray://HOST:PORT.  [default: start Ray here]",
)  # fmt: skip
@click.option("--yes", is_flag=True, help="Go on above 50 GB without asking.")
@when_stopped("finished cases are kept; run the same command again to continue")
def build_command(
    sources: tuple[str, ...],
    out: Place,
    preset: Any,
    max_questions: int | None,
    per_case: int | None,
    seed: int,
    terms: str | None,
    allow_name_hints: bool,
    window: Any,
    keep_contradicting: bool,
    hash_case_ids: bool,
    max_oblique: float,
    workers: int | None,
    engine: str,
    ray_address: str | None,
    yes: bool,
) -> None:
    """Build a benchmark from scans with label maps.

    \b
    misground build totalsegmentator:DATA oai:KNEES -o BENCHMARK --preset paper
    misground build 'phantom:torso?n=20' -o BENCHMARK
    misground build totalsegmentator:DATA -o s3://BUCKET/BENCHMARK --engine ray --ray-address auto

    The same call continues a build that was interrupted.
    """
    settings = BuildSettings(
        preset=preset,
        seed=seed,
        max_questions=max_questions,
        per_case=per_case,
        lay=terms == "+lay",
        allow_name_hints=allow_name_hints,
        window=window,
        keep_contradicting=keep_contradicting,
        hash_case_ids=hash_case_ids,
        max_oblique_degrees=max_oblique,
    )
    given = click.get_current_context().get_parameter_source("ray_address")
    if engine != "ray" and given is ParameterSource.COMMANDLINE:
        raise UsageError("--ray-address needs --engine ray")
    with stopped_by_sigterm(), _engine(engine, ray_address, workers, (str(out), *sources)) as chosen:
        tell_built(run_build(sources, out, settings, chosen, yes), out)


@contextmanager
def _engine(name: str, address: str | None, workers: int | None, needs: Sequence[str]) -> Iterator[Engine]:
    """The engine of a build, ended with it. needs: PLACE and SOURCEs, which every node must see."""
    if name == "local":
        yield LocalEngine(workers or available_workers())
        return
    try:
        from misground.benchmark.engines.on_ray import RayEngine
    except ImportError as error:
        raise UsageError("--engine ray needs Ray: pip install 'misground[ray]'") from error
    with closing(RayEngine(address, workers, needed_folders(needs))) as engine:
        yield engine


def run_build(
    sources: tuple[str, ...], out: Place, settings: BuildSettings, engine: Engine, yes: bool
) -> Built:
    """A build with its progress on the terminal; above 50 GB it goes on with `yes` alone."""

    def confirm(expected: Estimate) -> None:
        progress.say(
            f"{expected.questions:,} questions, {expected.views:,} views, {expected.frames:,} pictures, "
            f"about {size_text(expected.bytes)}"
        )
        if expected.bytes > LARGE_BYTES and not yes:
            raise UsageError(f"this would write about {size_text(expected.bytes)}: add --yes to go on")

    with BuildProgress(err_console) as progress:
        return build(sources, out, settings, engine=engine, progress=progress, confirm=confirm)


@cli.command("check", epilog=_SOURCES_HELP)
@click.argument("sources", metavar="SOURCE...", nargs=-1, required=True)
@workers_option
@when_stopped("nothing was written; run the same command again to check from the start")
def check_command(sources: tuple[str, ...], workers: int) -> None:
    """Tell which cases of a data set contradict plain anatomy, such as a mirrored header.

    \b
    misground check totalsegmentator:DATA

    For each case and axis: how many of the relations that its structures decide are as in nearly every body.
    Nothing is built. Exit status 1 where a case contradicts, or none is usable.
    """
    total, verdicts = check_sources(sources, workers)
    counts: Counter[str] = Counter()
    with counting(err_console, "checking cases", total) as advance:
        for checked in verdicts:
            counts[checked.status] += 1
            colour = {"agrees": "green", "contradicts": "red"}.get(checked.status, "yellow")
            out_console.print(
                f"[{colour}]{checked.status:<11}[/] {escape(checked.case_id)}  {escape(checked.text)}"
            )
            advance()
    out_console.print(", ".join(f"{counts[status]} {status}" for status in sorted(counts)))
    if counts["unusable"] == total:
        raise WorkError(f"none of {total} cases is usable: see the lines above")
    if counts["contradicts"]:
        raise WorkError(
            f"{counts['contradicts']} of {total} cases contradict plain anatomy: see the lines above"
        )


@cli.command("validate", epilog=_SOURCES_HELP)
@click.argument("out", type=click.Path(path_type=Path))
@click.option("--source", "sources", multiple=True, metavar="SOURCE", help="Check the truth itself too.")
@workers_option
@when_stopped("not everything was checked; run the same command again to check from the start")
def validate_command(out: Path, sources: tuple[str, ...], workers: int) -> None:
    """Check a benchmark folder: schema, counts, balance, ids, hashes, thresholds, answers against marks.

    \b
    misground validate BENCHMARK --source totalsegmentator:DATA
    """
    tell_validated(run_validation(out, sources, workers), out)


def run_validation(out: Path, sources: tuple[str, ...], workers: int) -> Report:
    """A validation with its progress on the terminal."""
    with counting(err_console, "validating", None) as advance:
        return validate(out, sources, workers=workers, progress=advance)


@cli.command("sheet")
@click.argument("out", type=click.Path(path_type=Path))
@click.option("-o", "--to", type=click.Path(path_type=Path), help="PNG to write.  [default: OUT-sheet.png]")
@click.option("--compact", is_flag=True, help="Two items only, as for a README.")
@when_stopped("no new sheet was written")
def sheet_command(out: Path, to: Path | None, compact: bool) -> None:
    """Draw a contact sheet of a benchmark: one picture a kind of question.

    \b
    misground sheet BENCHMARK
    """
    out_console.print(f"sheet: {escape(str(write_sheet(out, to, compact=compact)))}")


def tell_built(built: Built, out: Place) -> None:
    """What was built, and what was skipped, on the terminal."""
    counts = built.manifest["counts"]
    table = Table(title=f"benchmark {escape(str(out))}", title_justify="left", show_header=False)
    table.add_column()
    table.add_column(justify="right")
    for name, count in counts.items():
        table.add_row(name, f"{count:,}")
    table.add_row("content hash", built.manifest["content_hash"][:16])
    out_console.print(table)
    for skip in built.skipped[:SHOWN_SKIPS]:
        out_console.print(f"[yellow]skipped[/] {escape(skip.case_id)}: {escape(skip.reason)}")
    if len(built.skipped) > SHOWN_SKIPS:
        out_console.print(f"... and {len(built.skipped) - SHOWN_SKIPS} more in skipped.parquet")
    if built.already_done:
        out_console.print("It was built already; nothing was written.")


def tell_validated(report: Report, out: Path) -> None:
    """What was checked on the terminal; raises WorkError where something is wrong."""
    table = Table(title="validation", title_justify="left")
    table.add_column("check")
    table.add_column("checked", justify="right")
    table.add_column("problems", justify="right")
    wide = out_console.width >= WIDE_TERMINAL
    if wide:
        table.add_column("what holds", no_wrap=True)
    for check in report.checks:
        problems = f"[{'green' if check.ok else 'red'}]{check.total:,}[/]"
        row = [check.name, f"{check.checked:,} {check.unit}", problems]
        table.add_row(*row, *([check.meaning] if wide else []))
    out_console.print(table)
    for check in report.checks:
        for problem in check.problems[:SHOWN_SKIPS]:
            out_console.print(f"[red]{check.name}[/]: {escape(problem)}")
    if not report.ok:
        total = sum(check.total for check in report.checks)
        raise WorkError(f"{out}: {total} problems, listed above")

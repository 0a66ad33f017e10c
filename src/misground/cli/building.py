"""`misground build`, `validate` and `sheet`."""

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource
from rich.table import Table

from misground.benchmark.building.audit import no_audit
from misground.benchmark.building.build import Built, build
from misground.benchmark.building.estimate import Estimate
from misground.benchmark.engines import Engine, LocalEngine, available_workers
from misground.benchmark.listing import needed_folders
from misground.benchmark.places import Place
from misground.benchmark.settings import BuildSettings, parse_probes
from misground.benchmark.sheet.write import write_sheet
from misground.benchmark.validate import Report, validate
from misground.cli.progress import BuildProgress, counting
from misground.cli.shared import (
    PlaceParam,
    cli,
    err_console,
    map_option,
    out_console,
    size_text,
    stopped_by_sigterm,
    when_stopped,
    workers_option,
)
from misground.cli.sources_help import SOURCES_HELP
from misground.cli.terminal import shown
from misground.errors import UsageError, WorkError
from misground.shortcuts.card import audit_shortcuts
from misground.sources import with_label_map

LARGE_BYTES = 50e9
SHOWN_SKIPS = 5
WIDE_TERMINAL = 120


@cli.command("build", epilog=SOURCES_HELP)
@click.argument("sources", metavar="SOURCE...", nargs=-1, required=True)
@click.option(
    "-o", "--out", type=PlaceParam(), required=True, metavar="PLACE",
    help="Output folder, or a URL that fsspec can write to, such as s3://BUCKET/NAME.",
)  # fmt: skip
@click.option(
    "--preset",
    type=click.Choice(["mini", "paper", "pool"]),
    default="mini",
    show_default=True,
    help="Size of the benchmark. mini: about 240 questions per modality; paper: 33,864 questions; "
    "pool: up to 2,757 questions per CT case and 683 per MRI case.",
)
@click.option(
    "--max-questions", type=click.IntRange(min=2),
    help="Maximum number of questions.  [default: set by --preset]",
)  # fmt: skip
@click.option(
    "--per-case", type=click.IntRange(min=2),
    help="Maximum number of questions per case.  [default: set by --preset]",
)  # fmt: skip
@click.option("--seed", type=int, default=0, show_default=True, help="Random seed of the draw.")
@click.option("--terms", type=click.Choice(["+lay"]), help="Additional wording; +lay: everyday words.")
@click.option(
    "--probes", metavar="LIST",
    help="Further questions about each relation, which count towards no limit: all, or some of naming, "
    "reversed, reordered, mirrored, with commas between.",
)  # fmt: skip
@click.option("--allow-name-hints", is_flag=True, help="Keep questions that a structure's name gives away.")
@click.option(
    "--window", type=click.Choice(["soft", "lung", "bone"]), default="soft", show_default=True,
    help="Intensity window of CT pictures.",
)  # fmt: skip
@click.option(
    "--keep-contradicting",
    is_flag=True,
    help="Keep cases that fail the self-check: labels against anatomy, scan against labels.",
)
@click.option("--hash-case-ids", is_flag=True, help="Replace case ids by hashes (does not anonymise).")
@click.option(
    "--max-oblique", type=click.FloatRange(0, 45), default=15.0, show_default=True,
    help="Maximum obliqueness in degrees; cases beyond it are skipped.",
)  # fmt: skip
@click.option(
    "--workers", type=click.IntRange(min=1),
    help="Number of work units at a time.  [default: one per processor; with ray: all of the cluster]",
)  # fmt: skip
@click.option(
    "--engine",
    type=click.Choice(["local", "ray"]),
    default="local",
    show_default=True,
    help="Place where the workers run: this machine, or a Ray cluster.",
)
@click.option(
    "--ray-address", metavar="ADDRESS", envvar="RAY_ADDRESS", show_envvar=True,
    help="Address of a running cluster: auto, HOST:PORT, ray://HOST:PORT.  [default: start Ray here]",
)  # fmt: skip
@click.option("--yes", is_flag=True, help="Allow a benchmark of more than 50 GB.")
@map_option
@click.option("--no-shortcuts", is_flag=True, help="Do not measure shortcuts at the end.")
@when_stopped("finished cases are kept; run the same command again to continue")
def build_command(
    sources: tuple[str, ...],
    out: Place,
    preset: Any,
    max_questions: int | None,
    per_case: int | None,
    seed: int,
    terms: str | None,
    probes: str | None,
    allow_name_hints: bool,
    window: Any,
    keep_contradicting: bool,
    hash_case_ids: bool,
    max_oblique: float,
    workers: int | None,
    engine: str,
    ray_address: str | None,
    yes: bool,
    no_shortcuts: bool,
    label_map: str | None,
) -> None:
    """Build a benchmark from scans with label maps.

    Run the same command again to continue an interrupted build.

    \b
    Examples:
      misground build totalsegmentator:DATA oai:KNEES -o BENCHMARK --preset paper
      misground build 'phantom:torso?n=20' -o BENCHMARK --probes all
      misground build totalsegmentator:DATA -o s3://BUCKET/NAME --engine ray
      misground build nnunet:DATASET -o BENCHMARK --map labels.csv
    """
    sources = with_label_map(sources, label_map) if label_map else sources
    settings = BuildSettings(
        preset=preset,
        seed=seed,
        max_questions=max_questions,
        per_case=per_case,
        lay=terms == "+lay",
        probes=parse_probes(probes),
        allow_name_hints=allow_name_hints,
        window=window,
        keep_contradicting=keep_contradicting,
        hash_case_ids=hash_case_ids,
        max_oblique_degrees=max_oblique,
    )
    given = click.get_current_context().get_parameter_source("ray_address")
    if engine != "ray" and given is ParameterSource.COMMANDLINE:
        raise UsageError("--ray-address is given without --engine ray: add it, or leave --ray-address out")
    with stopped_by_sigterm(), _engine(engine, ray_address, workers, (str(out), *sources)) as chosen:
        tell_built(run_build(sources, out, settings, chosen, yes, shortcuts=not no_shortcuts), out)


@contextmanager
def _engine(name: str, address: str | None, workers: int | None, needs: Sequence[str]) -> Iterator[Engine]:
    """The engine of a build, which ends with it; every node must see the folders that `needs` names."""
    if name == "local":
        yield LocalEngine(workers or available_workers())
        return
    try:
        from misground.benchmark.engines.on_ray import RayEngine
    except ImportError as error:
        raise UsageError(
            "Ray is not installed, and --engine ray needs it: pip install 'misground[ray]'"
        ) from error
    with closing(RayEngine(address, workers, needed_folders(needs))) as engine:
        yield engine


def run_build(
    sources: tuple[str, ...],
    out: Place,
    settings: BuildSettings,
    engine: Engine,
    yes: bool,
    *,
    shortcuts: bool = True,
) -> Built:
    """Run a build with its progress on the terminal.

    Args:
        sources: SOURCE strings.
        out: Where to write the benchmark.
        settings: Settings that decide its content.
        engine: What runs the work units.
        yes: Whether the benchmark may be larger than 50 GB.
        shortcuts: Whether to measure shortcuts at the end.

    Raises:
        UsageError: The call is wrong, or the benchmark would be larger than 50 GB.
        WorkError: The build failed.
    """

    def confirm(expected: Estimate) -> None:
        progress.say(
            f"{expected.questions:,} questions, {expected.views:,} views, {expected.frames:,} pictures, "
            f"about {size_text(expected.bytes)}"
        )
        if expected.bytes > LARGE_BYTES and not yes:
            raise UsageError(
                f"the benchmark would take about {size_text(expected.bytes)}, more than "
                f"{size_text(LARGE_BYTES)}: add --yes to build it"
            )

    audit = audit_shortcuts if shortcuts else no_audit
    with BuildProgress(err_console) as progress:
        return build(sources, out, settings, engine=engine, progress=progress, confirm=confirm, audit=audit)


@cli.command("validate", epilog=SOURCES_HELP)
@click.argument("out", metavar="BENCHMARK", type=click.Path(path_type=Path))
@click.option(
    "--source", "sources", multiple=True, metavar="SOURCE",
    help="Scans to check the answers against; may be repeated.",
)  # fmt: skip
@map_option
@workers_option
@when_stopped("not everything was checked; run the same command again to check from the start")
def validate_command(out: Path, sources: tuple[str, ...], workers: int, label_map: str | None) -> None:
    """Check that a benchmark folder is complete and consistent.

    The checks cover schemas, counts, balance, ids, hashes, thresholds, and each answer against its marks.
    With --source, they also compute every answer again from the scans.

    \b
    Examples:
      misground validate BENCHMARK
      misground validate BENCHMARK --source totalsegmentator:DATA
    """
    sources = with_label_map(sources, label_map) if label_map else sources
    tell_validated(run_validation(out, sources, workers), out)


def run_validation(out: Path, sources: tuple[str, ...], workers: int) -> Report:
    """Validate a benchmark with the progress on the terminal.

    Args:
        out: The benchmark folder.
        sources: SOURCE strings of the scans to check the answers against; may be empty.
        workers: Number of worker processes.
    """
    with counting(err_console, "validating", None) as advance:
        return validate(out, sources, workers=workers, progress=advance)


@cli.command("sheet")
@click.argument("out", metavar="BENCHMARK", type=click.Path(path_type=Path))
@click.option(
    "-o", "--to", type=click.Path(path_type=Path), help="Output PNG file.  [default: BENCHMARK-sheet.png]"
)
@click.option("--compact", is_flag=True, help="Draw two items only, for a README.")
@when_stopped("no new sheet was written")
def sheet_command(out: Path, to: Path | None, compact: bool) -> None:
    """Draw a contact sheet: one picture per kind of question.

    \b
    Example:
      misground sheet BENCHMARK -o sheet.png
    """
    out_console.print(f"sheet: {shown(write_sheet(out, to, compact=compact))}")


def tell_built(built: Built, out: Place) -> None:
    """Print the counts of a built benchmark and the cases that were skipped."""
    counts = built.manifest["counts"]
    table = Table(title=f"benchmark {shown(out)}", title_justify="left", show_header=False)
    table.add_column()
    table.add_column(justify="right")
    for name, count in counts.items():
        table.add_row(shown(name), f"{count:,}")
    table.add_row("content hash", built.manifest["content_hash"][:16])
    out_console.print(table)
    for skip in built.skipped[:SHOWN_SKIPS]:
        out_console.print(f"[yellow]skipped[/] {shown(skip.case_id)}: {shown(skip.reason)}")
    if len(built.skipped) > SHOWN_SKIPS:
        out_console.print(f"... and {len(built.skipped) - SHOWN_SKIPS} more in skipped.parquet")
    if built.already_done:
        out_console.print("The benchmark was already complete; nothing was written.")


def tell_validated(report: Report, out: Path) -> None:
    """Print the results of a validation.

    Raises:
        WorkError: A check found a problem.
    """
    table = Table(title="validation", title_justify="left")
    table.add_column("check")
    table.add_column("checked", justify="right")
    table.add_column("problems", justify="right")
    wide = out_console.width >= WIDE_TERMINAL
    if wide:
        table.add_column("meaning", no_wrap=True)
    for check in report.checks:
        problems = f"[{'green' if check.ok else 'red'}]{check.total:,}[/]"
        row = [check.name, f"{check.checked:,} {check.unit}", problems]
        table.add_row(*row, *([check.meaning] if wide else []))
    out_console.print(table)
    for check in report.checks:
        for problem in check.problems[:SHOWN_SKIPS]:
            out_console.print(f"[red]{check.name}[/]: {shown(problem)}")
    if not report.ok:
        total = sum(check.total for check in report.checks)
        raise WorkError(f"{out} has {total:,} problems: the lines above show the first of each check")

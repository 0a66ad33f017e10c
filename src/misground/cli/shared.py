"""The command group, the consoles, and helpers that several commands share."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any, TypeVar, cast

import click

from misground import __version__
from misground.benchmark.engines import available_workers
from misground.benchmark.places import Place, parse_place
from misground.cli.commands import Commands
from misground.cli.terminal import Terminal
from misground.errors import MisgroundError

Command = TypeVar("Command", bound=Callable[..., Any])

out_console = Terminal()
err_console = Terminal(stderr=True)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, prog_name="misground")
def cli() -> None:
    """MIS-Ground: spatial questions on CT and MRI for vision-language models.

    Every answer is computed from label maps, and only relations that are certain are asked.

    \b
    Examples:
      misground demo                                      # on synthetic bodies
      misground build totalsegmentator:DATA -o BENCHMARK  # from your own scans
    """


def workers_option(function: Any) -> Any:
    """Add the option `--workers` to a command."""
    return click.option(
        "--workers",
        type=click.IntRange(min=1),
        default=available_workers,
        help="Number of worker processes.  [default: one per processor]",
    )(function)


class PlaceParam(click.ParamType[Place]):
    """Type of an option that names an output folder or a URL of an object store."""

    name = "place"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Place:  # noqa: ARG002
        """Parse the value with `parse_place`."""
        return parse_place(value) if isinstance(value, str) else value


class StoppedError(MisgroundError):
    """The user stopped a command; the message says what was kept."""


def when_stopped(text: str) -> Callable[[Command], Command]:
    """Make a decorator for a command that Ctrl-C ends with one line.

    Args:
        text: What the interrupted command leaves behind, and what to do next.
    """

    def decorate(command: Command) -> Command:
        @wraps(command)
        def run(*args: Any, **given: Any) -> Any:
            try:
                return command(*args, **given)
            except KeyboardInterrupt as error:
                raise StoppedError(f"stopped: {text}") from error

        return cast(Command, run)

    return decorate


@contextmanager
def stopped_by_sigterm() -> Iterator[None]:
    """Treat SIGTERM, which schedulers send, like Ctrl-C: end the workers and print one line."""

    def stop(*_: object) -> None:
        signal.raise_signal(signal.SIGINT)  # whose handler does more than raise while questions are asked

    before = signal.signal(signal.SIGTERM, stop)
    ignored = signal.getsignal(signal.SIGINT) is signal.SIG_IGN  # as of a script's background command
    if ignored:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        if ignored:
            signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, before)


def size_text(size: float) -> str:
    """Write a number of bytes for people, such as "3.4 GB"."""
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{size / 1e6:.0f} MB"

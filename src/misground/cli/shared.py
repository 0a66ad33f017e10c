"""The command group, the consoles, and what several commands share."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any, TypeVar, cast

import click
from rich.console import Console

from misground import __version__
from misground.benchmark.engines import available_workers
from misground.benchmark.places import Place, parse_place
from misground.errors import MisgroundError

Command = TypeVar("Command", bound=Callable[..., Any])

out_console = Console(soft_wrap=True)
err_console = Console(stderr=True, soft_wrap=True)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, prog_name="misground")
def cli() -> None:
    """MIS-Ground: certain spatial questions about CT and MRI scans, for vision-language models.

    \b
    misground demo                                      everything once, on made-up bodies
    misground build totalsegmentator:DATA -o BENCHMARK  from your own scans
    """


def workers_option(function: Any) -> Any:
    """The option --workers."""
    return click.option(
        "--workers",
        type=click.IntRange(min=1),
        default=available_workers,
        help="Worker processes.  [default: one a processor]",
    )(function)


class PlaceParam(click.ParamType[Place]):
    """A folder to write, or a URL of an object store."""

    name = "place"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Place:  # noqa: ARG002
        """As `parse_place`."""
        return parse_place(value) if isinstance(value, str) else value


class StoppedError(MisgroundError):
    """The user stopped a command; the text says what that leaves."""


def when_stopped(text: str) -> Callable[[Command], Command]:
    """A decorator of a command: Ctrl-C ends it with this line, which says what is kept."""

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
    """SIGTERM, which schedulers send, stops as Ctrl-C does: workers ended, one line."""

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def size_text(size: float) -> str:
    """A number of bytes for people."""
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{size / 1e6:.0f} MB"

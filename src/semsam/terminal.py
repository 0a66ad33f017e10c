"""Where the command line writes: only printable text, newlines and tabs ever reach the terminal.

Names of models, tokens, tables and servers are a stranger's text. A terminal obeys what such a text may hold:
it moves the cursor, changes the title, or shows words in another order. So every character that is not
printable is written as an escape, such as \\x1b or \\u202e, and `console`, `write`, `write_json` and `guard`
are the only ways out.
"""

import io
import json
import logging
import sys
import traceback
import unicodedata
import warnings
from collections.abc import Iterable
from types import TracebackType
from typing import Any

import click
from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment
from rich.text import Text

PASSED = frozenset("\n\t")
BLANK = (  # printable by its category, yet nothing is seen of it (Unicode: Default_Ignorable_Code_Point)
    (0x034F, 0x034F),
    (0x115F, 0x1160),
    (0x17B4, 0x17B5),
    (0x180B, 0x180F),
    (0x3164, 0x3164),
    (0xFE00, 0xFE0F),
    (0xFFA0, 0xFFA0),
    (0xE0000, 0xE0FFF),
)


def visible(text: str) -> str:
    r"""Write every character that a terminal might obey, hide or reorder as an escape.

    Args:
        text: Any text, lone surrogates included.

    Returns:
        The text with printable characters, spaces, newlines and tabs as they are, and all others as \xNN,
        \uNNNN or \UNNNNNNNN: control characters, marks of direction and of zero width, separators of lines
        and paragraphs, lone surrogates, and code points for private use or without a meaning. A text that is
        visible already is returned unchanged.

    Examples:
        >>> print(visible("\x1b[2J left\u202e thgir \x07"))
        \x1b[2J left\u202e thgir \x07
        >>> visible("Größe:\t5 µm\n")
        'Größe:\t5 µm\n'
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(letter if _is_shown(letter) else _escape(letter) for letter in text)


def console(*, stderr: bool = False) -> Console:
    """Make a console of rich for standard output or standard error that writes visible text only."""
    return _VisibleConsole(stderr=stderr, soft_wrap=True)


def write(text: str) -> None:
    """Write a text and a newline to standard output."""
    click.echo(visible(text), color=True)  # nothing is left that click could strip


def write_json(value: Any) -> None:
    """Write a value as one line of JSON, in ASCII and without control characters; its texts are exact."""
    click.echo(json.dumps(value).replace("\x7f", "\\u007f"))


def usage_text(error: click.ClickException) -> str:
    """Return what click prints about a wrong call, made visible."""
    context = getattr(error, "ctx", None)
    if context is not None:
        context.color = True  # keeps what click would strip, so that it is seen
    lines = io.StringIO()
    error.show(file=lines)
    return visible(lines.getvalue())


def guard() -> None:
    """Make visible what other packages write: log records, warnings, and an unexpected error's traceback.

    For a process that is a command line, once, before other packages are used.
    """
    sys.excepthook = _print_exception
    if isinstance(sys.stdout, io.TextIOWrapper):  # a terminal that lacks a letter gets its escape
        sys.stdout.reconfigure(errors="backslashreplace")
    record, form = logging.getLogRecordFactory(), warnings.formatwarning
    if getattr(record, "__name__", "") == "visible_record":  # a test calls the command line many times
        return

    def visible_record(*args: Any, **kwargs: Any) -> logging.LogRecord:
        made = record(*args, **kwargs)
        made.msg, made.args = visible(_message(made)), ()
        return made

    logging.setLogRecordFactory(visible_record)
    warnings.formatwarning = lambda *args, **kwargs: visible(form(*args, **kwargs))


class _VisibleConsole(Console):
    """A console whose segments, except for the codes of its own styles, are visible text."""

    def render_str(self, text: str, **options: Any) -> Text:
        """Make the text visible before its width is measured."""
        return super().render_str(visible(text), **options)

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """Make visible what any renderable yields."""
        for segment in super().render(renderable, options):
            yield segment if segment.control else Segment(visible(segment.text), segment.style)


def _is_shown(letter: str) -> bool:
    if letter in PASSED:
        return True
    if any(first <= ord(letter) <= last for first, last in BLANK):
        return False
    return letter.isprintable() or unicodedata.category(letter) == "Zs"


def _escape(letter: str) -> str:
    code = ord(letter)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _message(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except Exception:  # arguments that do not fit: logging would print a traceback
        return str(record.msg)


def _print_exception(kind: type[BaseException], error: BaseException, where: TracebackType | None) -> None:
    sys.stderr.write(visible("".join(traceback.format_exception(kind, error, where))))

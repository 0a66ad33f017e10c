"""The one way to the terminal: what files, servers and models name gets there as text, not as codes."""

import sys
from collections.abc import Iterable
from typing import Any, Final, TextIO

from rich.console import Console, ConsoleOptions, RenderableType
from rich.markup import escape
from rich.segment import Segment

from misground.visible import visible, visible_line


class Terminal(Console):
    """A console whose own styles are the only control codes that it writes.

    `print` takes rich markup, so pass names and messages through `shown`. Whatever is not, for example in a
    table or a progress bar, still ends up here and loses its control codes.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(soft_wrap=True, emoji=False, **options)

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """As rich's, with the text of each segment made visible and without links."""
        for segment in super().render(renderable, options):
            if segment.control:
                yield segment
                continue
            style = segment.style
            if style is not None and style.link:
                style = style.update_link(None)
            yield Segment(visible(segment.text), style)


class _Guarded:
    """A text stream that makes visible what others print to it: warnings, log lines, tracebacks.

    Consoles of rich write to the stream beneath, as their own codes must stay.
    """

    def __init__(self, beneath: TextIO) -> None:
        self.rich_proxied_file: Final = beneath

    def write(self, text: str) -> int:
        # A progress bar of another package starts each of its states with a carriage return.
        start = "\r" if text.startswith("\r") and not text.startswith("\r\n") else ""
        self.rich_proxied_file.write(start + visible(text[len(start) :]))
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.rich_proxied_file, name)


def guard_streams() -> None:
    """Let nothing but text reach the terminal, whoever prints it, in whatever encoding the terminal has."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None or isinstance(stream, _Guarded):
            continue
        if hasattr(stream, "reconfigure"):  # a character that the encoding lacks is shown by its code
            stream.reconfigure(errors="backslashreplace")
        setattr(sys, name, _Guarded(stream))


def shown(value: object) -> str:
    """A name or message for `print`: one line, no markup, control characters visible."""
    return escape(visible_line(str(value)))

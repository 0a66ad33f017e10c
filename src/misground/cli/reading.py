"""`misground read`: how one reply is read, and why."""

import json
import sys
from typing import Any, Final

import click

from misground.cli.shared import cli, out_console, when_stopped
from misground.cli.terminal import shown
from misground.errors import UsageError

MOST_CHARACTERS: Final = 10_000_000
BESIDE: Final = 80
"""Characters of the reply that are shown on either side of the part that decided."""


@cli.command("read")
@click.argument("reply")
@click.option("--options", required=True, metavar="A,B[,C]",
              help="Options of the question, as they were shown.")  # fmt: skip
@click.option("--names", metavar="A,B", default="", help="Names of the structures A and B.")
@click.option("--question", metavar="TEXT", default="",
              help="Text of the question: it names A and B and says whose left is asked.")  # fmt: skip
@click.option("--lettered", is_flag=True, help="The options had letters, and the marks were called 1 and 2.")
@click.option("--cut", is_flag=True, help="The reply was cut, for instance by the token limit.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@when_stopped("nothing was written")
def read_command(
    reply: str, options: str, names: str, question: str, lettered: bool, cut: bool, as_json: bool
) -> None:
    """Show how one reply is read, and why.

    Prints the answer that misground eval would read, the rule, and the part of the reply that decided. REPLY
    is the text of the reply; - reads it from standard input.

    \b
    Examples:
      misground read "A is higher." --options above,below
      misground read - --options left,right --names liver,spleen < reply.txt
    """
    from misground.dialogue import extract
    from misground.questions.names import asked, asked_names

    if names and question:
        raise UsageError(
            "--names and --question are both given: the question names A and B, leave --names out"
        )
    text = _given(reply)
    found = extract(
        text,
        _options(options),
        names=asked_names(question) if question else _names(names),
        lettered=lettered,
        truncated=cut,
        asked=asked(question) if question else None,
    )
    if as_json:
        told = {
            "outcome": found.kind, "answer": found.option, "rule": found.rule, "reason": found.reason,
            "span": None if found.span is None else list(found.span),
            "text": None if found.span is None else text[slice(*found.span)],
        }  # fmt: skip
        click.echo(json.dumps(told, indent=2))
        return
    outcome = {"answer": "answer", "no_answer": "no answer", "refused": "refused"}[found.kind]
    out_console.print(outcome + (f": {shown(found.option)}" if found.option else ""), highlight=False)
    out_console.print(f"rule: {shown(found.rule)} ({shown(found.reason)})", highlight=False)
    if found.span is not None:
        start, end = found.span
        out_console.print(f"read from: characters {start} to {end}", highlight=False)
        before, after = text[max(0, start - BESIDE) : start], text[end : end + BESIDE]
        out_console.print(
            f"{shown(before)}[reverse]{shown(text[start:end])}[/]{shown(after)}", highlight=False
        )


def _given(reply: str) -> str:
    """The reply: the argument, or what standard input holds."""
    if reply != "-":
        return reply
    try:
        text = sys.stdin.buffer.read(4 * MOST_CHARACTERS + 1).decode(errors="replace")
    except OSError as error:
        raise UsageError(f"standard input cannot be read: {error.strerror or error}") from error
    if len(text) > MOST_CHARACTERS:
        raise UsageError(f"the reply has over {MOST_CHARACTERS:,} characters, expected one reply")
    return text


def _options(text: str) -> list[str]:
    found = _parts(text)
    if len(found) not in (2, 3) or "" in found or len({one.lower() for one in found}) < len(found):
        raise UsageError(
            f"--options is {text!r}, expected two or three different options, such as superior,inferior"
        )
    return found


def _names(text: str) -> list[str]:
    found = _parts(text) if text.strip() else []
    if len(found) not in (0, 2) or "" in found:
        raise UsageError(f"--names is {text!r}, expected two names, such as liver,spleen")
    return found


def _parts(text: str) -> list[Any]:
    return [part.strip() for part in text.split(",")]

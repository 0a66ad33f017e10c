"""Only printable text reaches the terminal, through every way out."""

import json
import logging
import sys
import warnings

import click
import pytest
from rich.table import Table
from rich.text import Text

from semsam import terminal
from semsam.terminal import visible

HOSTILE = {
    "colour": "\x1b[31m",
    "title": "\x1b]0;owned\x07",
    "link": "\x1b]8;;http://x\x1b\\",
    "one-byte CSI": "\x9b2J",
    "return": "\r",
    "backspace": "\x08",
    "delete": "\x7f",
    "null": "\0",
    "next line": "\x85",
    "override": "\u202e",
    "isolate": "\u2066",
    "mark": "\u200f",
    "Arabic mark": "\u061c",
    "zero width": "\u200b",
    "joiner": "\u200d",
    "no-break": "\ufeff",
    "line": "\u2028",
    "paragraph": "\u2029",
    "surrogate": "\ud800",
    "tag": "\U000e0041",
    "filler": "\u3164",
    "selector": "\ufe0f",
    "private": "\ue000",
    "grapheme joiner": "\u034f",
}


@pytest.fixture(params=HOSTILE.values(), ids=HOSTILE.keys())
def text(request):
    return f"a{request.param}b"


def is_plain(written):
    return all(letter in "\n\t" or letter.isprintable() for letter in written)


def test_every_character_that_does_something_is_an_escape(text):
    assert is_plain(visible(text))
    assert visible(text).startswith("a\\")
    assert visible(visible(text)) == visible(text)


def test_the_escape_names_the_character():
    assert visible("\x1b\u202e\U000e0041") == "\\x1b\\u202e\\U000e0041"


@pytest.mark.parametrize("text", ["Größe µm", "左", "a\tb\nc", "שלום", "é", "[red]", "\\x1b", "\u00a0", "🙂"])
def test_text_of_any_language_stays(text):
    assert visible(text) == text


def test_all_ways_out_are_visible(text, capsys):
    out, err = terminal.console(), terminal.console(stderr=True)
    table = Table(title=text)
    table.add_column(text)
    table.add_row(text)
    table.add_row(Text(text))
    for shown in (text, table, Text(text)):
        out.print(shown)
        err.print(shown)
    terminal.write(text)
    printed = capsys.readouterr()
    assert is_plain(printed.out)
    assert is_plain(printed.err)
    assert visible(text) in printed.out


def test_json_is_exact_and_plain(text, capsys):
    terminal.write_json({"text": text})
    line = capsys.readouterr().out
    assert is_plain(line)
    assert line.isascii()
    assert json.loads(line) == {"text": text}


def test_a_wrong_call_is_visible(text):
    context = click.Context(click.Command("semsam"))
    error = click.NoSuchOption(f"--{text}", ctx=context)
    assert "a\\" in terminal.usage_text(error)
    assert is_plain(terminal.usage_text(error))
    assert is_plain(terminal.usage_text(click.ClickException(text)))


def test_what_other_packages_write_is_visible(text, capsys, monkeypatch):
    monkeypatch.setattr(warnings, "formatwarning", warnings.formatwarning)
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    factory = logging.getLogRecordFactory()
    try:
        terminal.guard()
        record = logging.getLogRecordFactory()("name", 40, "file", 1, "%s", (text,), None)
        assert record.getMessage() == visible(text)
        assert is_plain(warnings.formatwarning(text, UserWarning, "file", 1))
        error = ValueError(text)
        sys.excepthook(ValueError, error, None)
        assert is_plain(capsys.readouterr().err)
    finally:
        logging.setLogRecordFactory(factory)


def test_a_log_record_with_wrong_arguments_stays_a_record():
    factory = logging.getLogRecordFactory()
    shown, hook = warnings.formatwarning, sys.excepthook
    try:
        terminal.guard()
        assert logging.getLogRecordFactory()("n", 40, "f", 1, "%d", ("x",), None).getMessage() == "%d"
    finally:
        logging.setLogRecordFactory(factory)
        warnings.formatwarning, sys.excepthook = shown, hook

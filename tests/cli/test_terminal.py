"""Names of folders, columns, models and messages reach the terminal as text, whoever prints them."""

import io
import re
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from rich.table import Table

from misground.cli.terminal import Terminal, guard_streams, shown

OSC, CSI, BIDI = "\x1b]0;title\x07", "\x1b[2J\x9b31m", "\u202egpj\u2066"
HOSTILE = f"x{OSC}{CSI}{BIDI}\rz\u2028[red]y[/]"
ACTING = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


def written(print_to: Callable[[Terminal], None], **options: Any) -> str:
    file = io.StringIO()
    print_to(Terminal(file=file, **options))
    return file.getvalue()


def test_a_name_is_shown_in_one_line_and_without_markup() -> None:
    line = written(lambda console: console.print(f"a {shown('b' + HOSTILE + chr(10) + '[link=x]c')}"))
    assert not ACTING.search(line)
    assert line.count("\n") == 1
    assert "[red]y[/]␊[link=x]c" in line


def test_text_that_nobody_escaped_loses_its_codes_too() -> None:
    def table(console: Terminal) -> None:
        made = Table(title="t\x1b[2J")
        made.add_column("c\x1b]8;;http://evil\x07")
        made.add_row("r\u202e")
        console.print(made)
        console.print("[link=http://evil]x[/link] \x1b[31m", markup=True)

    assert not ACTING.search(written(table))


def test_smileys_stay_as_they_are_written() -> None:
    assert "case :bomb:" in written(lambda console: console.print(shown("case :bomb:")))


def test_our_own_colours_stay() -> None:
    options = {"force_terminal": True, "color_system": "standard", "highlight": False}
    assert written(lambda console: console.print("[red]x[/] \x1b[2J"), **options) == "\x1b[31mx\x1b[0m ␛[2J\n"


def test_what_others_print_loses_its_codes(monkeypatch: pytest.MonkeyPatch) -> None:
    out, err = io.StringIO(), io.StringIO()
    monkeypatch.setattr(sys, "stdout", out)
    monkeypatch.setattr(sys, "stderr", err)
    guard_streams()
    guard_streams()  # a second call adds nothing
    print(HOSTILE)
    sys.stderr.write(f"warning: {HOSTILE}")
    sys.stderr.writelines(["\rbar 10%", "\rbar 20%"])
    assert not ACTING.search(out.getvalue())
    assert not ACTING.search(err.getvalue().replace("\rbar", "bar"))
    assert err.getvalue().endswith("\rbar 10%\rbar 20%")


def hostile_folder(root: Path, data_dir: Path) -> Path:
    folder = root / f"data{OSC}{CSI}\u202e"
    (folder / f"case{CSI}\u2066\nsecond").mkdir(parents=True)
    case = folder / f"case{CSI}\u2066\nsecond"
    shutil.copy(data_dir / "ct_torso" / "ct.nii.gz", case / "ct.nii.gz")
    (case / "segmentations").mkdir()
    (case / "segmentations" / f"liver{OSC}.nii.gz").write_bytes(b"no")
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("command", ["check", "build"])
def test_names_in_a_data_set(
    command: str, data_dir: Path, misground: Callable[..., Any], tmp_path: Path
) -> None:
    folder = hostile_folder(tmp_path, data_dir)
    more = ("-o", tmp_path / f"out{OSC}\u202e") if command == "build" else ()
    done = misground(command, f"totalsegmentator:{folder}", *more, "--workers", 1)
    assert done.returncode in {1, 2}, done.stdout + done.stderr
    assert "case" in done.stdout + done.stderr
    assert not ACTING.search(done.stdout + done.stderr)


@pytest.mark.parametrize(
    "call",
    [("sheet", f"no{HOSTILE}"), ("check", f"labelmap:{HOSTILE}"), ("eval", "x", "--model", f"m{HOSTILE}/n"),
     ("report", f"r{HOSTILE}", "-o", "x"), (f"com{OSC}mand",), ("sheet", "x", f"--op{CSI}"),
     ("view", HOSTILE), ("export", HOSTILE, "--format", OSC, "-o", "x"), ("compare", HOSTILE, BIDI)],
)  # fmt: skip
def test_words_of_the_call(call: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from misground.cli import main  # noqa: PLC0415

    out, err = io.StringIO(), io.StringIO()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["misground", *call])
    monkeypatch.setattr(sys, "stdout", out)
    monkeypatch.setattr(sys, "stderr", err)
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    assert err.getvalue().strip()
    assert not ACTING.search(out.getvalue() + err.getvalue())


@pytest.mark.slow
def test_a_terminal_of_seven_bits_gets_codes_for_the_rest(
    misground: Callable[..., Any], tmp_path: Path
) -> None:
    missing = tmp_path / "é\u202e"
    done = misground("sheet", missing, environment={"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"})
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert "\\xe9" in done.stderr

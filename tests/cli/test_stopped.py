"""Ctrl-C ends each command with a line of its own that says what is kept."""

import sys
from typing import Any

import pytest

from misground.cli import main
from misground.cli.commands import MODULES

# What a command calls for its work, and what is true of its output when that is stopped in the middle.
STOPPED = {
    "build": ("misground.cli.building.run_build", "finished cases are kept"),
    "check": ("misground.cli.checking.check_sources", "nothing was written"),
    "validate": ("misground.cli.building.run_validation", "not everything was checked"),
    "sheet": ("misground.cli.building.write_sheet", "no new sheet was written"),
    "shortcuts": ("misground.cli.measuring.run_shortcuts", "nothing was written"),
    "power": ("misground.cli.planning.run_power", "nothing was written"),
    "eval": ("misground.evaluation.planned.plan", "answered questions are kept"),
    "export": ("misground.benchmark.export.export", "nothing was written"),
    "report": ("misground.cli.reporting.run_report", "no new report was written"),
    "compare": ("misground.analysis.results.read_runs", "nothing was written"),
    "read": ("misground.dialogue.extract", "nothing was written"),
    "score": ("misground.evaluation.scoring.score", "nothing was written"),
    "view": ("misground.report.explorer.export_static", "nothing was written"),
    "demo": ("misground.cli.demo.run_build", "finished steps are kept"),
}
CALLS = {
    "build": ("phantom:torso?n=1", "-o", "OUT"),
    "check": ("phantom:torso?n=1",),
    "eval": ("OUT", "--model", "misground/oracle"),
    "export": ("OUT", "--format", "jsonl", "-o", "TO"),
    "report": ("RUN", "-o", "TO"),
    "compare": ("A", "B"),
    "read": ("left", "--options", "left,right"),
    "score": ("OUT", "replies.jsonl", "-o", "TO"),
    "view": ("OUT", "--export", "TO"),
    "demo": (),
}


def stop(*_: object, **__: object) -> None:
    raise KeyboardInterrupt


def test_every_command_says_what_a_stop_leaves() -> None:
    assert STOPPED.keys() == set(MODULES)


@pytest.mark.parametrize("command", STOPPED)
def test_ctrl_c(
    command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Any
) -> None:
    called, kept = STOPPED[command]
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(called, stop)
    monkeypatch.setattr(sys, "argv", ["misground", command, *CALLS.get(command, ("OUT",))])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 1
    (line,) = [one for one in capsys.readouterr().err.splitlines() if one.strip()]
    assert line.startswith(f"misground: stopped: {kept}")

"""A minute of trials, and proof that each kind of bad end is noticed."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="needs Linux's process descriptors"),
]
ROOT = Path(__file__).parents[2]
SECONDS = 15  # with the making of what they start from, a minute where others work, too

BAD_ENDS = """
import os, signal, sys, time
from pathlib import Path
from tests.fuzz.trial import call

def crash(): os.kill(os.getpid(), signal.SIGSEGV)
def hang(): time.sleep(60)
def trace(): raise KeyError("x")
def unexpected(): print("unexpected KeyError at x.py:9; please report it"); sys.exit(1)
def greedy(): bytearray(b"x") * (1100 << 20)
def endless(): bytearray(b"x") * (8 << 30)
def silent(): sys.exit(1)
def odd_status(): print("x"); sys.exit(17)
def escape(): print("\\x1b[2J")
def good(): print("fine")
def refused(): print("misground: no"); sys.exit(2)
def child(): os.execv(sys.executable, [sys.executable, "-c", "raise KeyError"])

mains = (crash, hang, trace, unexpected, greedy, endless, silent, odd_status, escape, good, refused, child)
for main in mains:
    print(main.__name__, call(main, [], Path.cwd(), 5).problem, sep=": ")
"""
SAID = """\
crash: ended by SIGSEGV
hang: still running after 5 s
trace: the output has 'Traceback (most recent call last)'
unexpected: the output has 'please report it'
greedy: 11.. MB of memory
endless: the output has 'Traceback (most recent call last)'
silent: exit status 1 without a word
odd_status: exit status 17
escape: the output has the control character '\\x1b'
good: None
refused: None
child: the output has 'Traceback (most recent call last)'
"""


def test_each_bad_end_is_noticed(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", BAD_ENDS],
        cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert [line for line in done.stdout.splitlines() if not line.startswith("greedy")] == [
        line for line in SAID.splitlines() if not line.startswith("greedy")
    ]
    assert "MB of memory" in done.stdout


def test_no_input_ends_a_command_badly(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.fuzz", "--seconds", str(SECONDS), "--keep", str(tmp_path / "finds")],
        cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "misground: 0 finds" in done.stdout
    assert "semsam: 0 finds" in done.stdout

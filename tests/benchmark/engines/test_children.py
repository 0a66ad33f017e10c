"""Worker processes: where they look for modules, and what is said of those that die."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from misground.benchmark.engines import LocalEngine
from misground.benchmark.engines.children import death, spawning
from misground.benchmark.engines.engine import _LIMITS
from misground.errors import CaseError
from misground.module_path import without_current_folder

MARKER = "import os\nopen({!r}, 'a').write(f'{{__name__}} {{os.getpid()}}\\n')\n"
MODULES = (
    "pickle",
    "struct",
    "numpy",
    "nibabel",
    "pydicom",
    "pebble",
    "multiprocessing",
    "tempfile",
    "typing",
)


def hostile(folder: Path, *names: str) -> Path:
    """Write modules that note their name and process when they are imported; return where they note it."""
    marker = folder.parent / "imported.txt"
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(MARKER.format(str(marker)))
    return marker


@pytest.fixture
def data(tmp_path: Path, case_writer) -> Path:
    """A stranger's data set of two cases."""
    folder = tmp_path / "data"
    for name in "ab":
        case_writer(folder / name)
    return folder


def command(
    data: Path, *arguments: object, path: str | None = None, module: bool = False
) -> "tuple[int, int, str]":
    """Run the real command in a folder: its process, exit status and output."""
    script = Path(sys.executable).with_name("misground")
    call = [sys.executable, "-m", "misground"] if module else [str(script)]
    environment = os.environ | ({} if path is None else {"PYTHONPATH": path})
    pipe = subprocess.PIPE
    with subprocess.Popen(
        [*call, *map(str, arguments)],
        cwd=data,
        env=environment,
        stdout=pipe,
        stderr=subprocess.STDOUT,
        text=True,
    ) as run:
        output, _ = run.communicate(timeout=300)
    return run.pid, run.returncode, output


@pytest.mark.slow
@pytest.mark.parametrize("module", [False, True])
def test_check_and_build_run_no_module_of_the_current_folder(module: bool, data: Path) -> None:
    marker = hostile(data, *(f"{name}.py" for name in (*MODULES, "sitecustomize", "usercustomize")))
    if module:
        call = ["check", "totalsegmentator:.", "--workers", 2]
    else:  # `python -m misground` itself would take these
        hostile(data, "misground/__init__.py", "misground/cli.py", "misground.py")
        call = ["build", "totalsegmentator:.", "-o", "../out", "--workers", 2, "--max-questions", 2]
    _, status, output = command(data, *call, module=module)
    assert status == 0, output
    assert not marker.exists()


@pytest.mark.slow
@pytest.mark.parametrize("entries", ["{here}:", "./:{here}:{data}"])
def test_no_child_takes_the_current_folder_from_pythonpath(entries: str, data: Path) -> None:
    marker = hostile(data, "sitecustomize.py")
    here = str(Path(next(iter(sys.modules["misground"].__path__))).parent)
    path = entries.format(here=here, data=data)
    pid, status, output = command(data, "check", "totalsegmentator:.", "--workers", 1, path=path)
    assert status == 0, output
    # Only the command itself may, since the caller said so.
    assert set(marker.read_text().split()) <= {"sitecustomize", str(pid)} if marker.exists() else True


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (-signal.SIGSEGV, "the reader crashed (signal SIGSEGV) on this file"),
        (-signal.SIGABRT, "the reader crashed (signal SIGABRT) on this file"),
        (-signal.SIGBUS, "the reader crashed (signal SIGBUS) on this file"),
        (
            -signal.SIGKILL,
            "killed 2 times (signal SIGKILL), probably because memory ran out: try fewer --workers",
        ),
        (-signal.SIGTERM, "ended 2 times (signal SIGTERM)"),
        (-250, "ended 2 times (signal 250)"),
        (1, "exit code 1"),
        (None, "exit code None"),
    ],
)
def test_the_reason_names_what_ended_a_worker(code: int | None, words: str) -> None:
    assert words in death(code, 2)
    assert ("memory" in death(code, 2)) == (code == -signal.SIGKILL)


@pytest.mark.slow
def test_a_crash_and_a_hang_cost_only_their_tasks(monkeypatch: pytest.MonkeyPatch) -> None:
    found = dict(LocalEngine(2).run(signal.raise_signal, [signal.SIGSEGV, signal.SIGKILL, signal.SIGCHLD]))
    assert found[signal.SIGCHLD] is None
    assert "crashed (signal SIGSEGV)" in str(found[signal.SIGSEGV])
    assert "memory" in str(found[signal.SIGKILL])
    monkeypatch.setitem(_LIMITS, time.sleep, 0.5)
    found = dict(LocalEngine(2).run(time.sleep, [600, 0]))
    assert found[0] is None
    assert isinstance(found[600], CaseError)
    assert "longer than 0.5 seconds" in str(found[600])


@pytest.mark.slow
def test_the_callers_own_path_and_environment_stay_as_they_are(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", ["", *sys.path, str(tmp_path)])
    monkeypatch.setenv("PYTHONPATH", f".{os.pathsep}/somewhere")
    before = list(sys.path), dict(os.environ)
    process = spawning().Process(target=_exit_unless_safe)
    process.start()
    process.join(60)
    assert process.exitcode == 0
    assert (sys.path, dict(os.environ)) == before


def _exit_unless_safe() -> None:
    safe = "" not in sys.path and os.environ["PYTHONPATH"] == "/somewhere" and sys.flags.safe_path
    sys.exit(0 if safe and without_current_folder(sys.path) == sys.path else 3)


def test_what_stands_for_the_current_folder_is_left_out(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "link").symlink_to(tmp_path)
    monkeypatch.chdir(tmp_path)
    named = [
        "",
        ".",
        "./",
        "link",
        str(tmp_path),
        f"{tmp_path}/link/../{tmp_path.name}",
        os.path.relpath(tmp_path),
    ]
    assert without_current_folder([*named, "/usr/lib", "sub"]) == ["/usr/lib", "sub"]
    home = Path(next(iter(sys.modules["misground"].__path__))).parent
    monkeypatch.chdir(home)
    assert without_current_folder(["", str(home)]) == ["", str(home)]

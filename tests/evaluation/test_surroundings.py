"""`misground eval` in a stranger's folder runs nothing that lies there, and takes no settings from it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import inspect_ai._eval.evalset as inspect_evalset
import inspect_ai._eval.task.log as inspect_log
import pytest

from misground.evaluation.surroundings import surroundings_ignored


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("git") is None, reason="needs git")
def test_an_evaluation_runs_nothing_of_the_current_folder(mini: Path, tmp_path: Path) -> None:
    folder, marker = tmp_path / "data", tmp_path / "marker"
    (folder / "misground").mkdir(parents=True)
    for name in ("misground/__init__", "pickle", "struct", "numpy", "nibabel", "sitecustomize", "inspect_ai"):
        (folder / f"{name}.py").write_text(f"open({str(marker)!r}, 'a').write(__name__)\n")
    for call in (
        ["init", "-q"],
        ["add", "."],
        ["commit", "-qm", "x"],
        ["config", "core.fsmonitor", f"touch {marker};"],
    ):
        subprocess.run(["git", "-c", "user.name=a", "-c", "user.email=a@b", *call], cwd=folder, check=True)
    (folder / ".env").write_text("INSPECT_LOG_LEVEL=no such level\n")
    script = Path(sys.executable).with_name("misground")
    call = [script, "eval", mini, "--model", "misground/random", "--limit", "2", "--workers", "2"]
    environment = {**os.environ, "INSPECT_CACHE_DIR": str(tmp_path / "cache")}
    environment.pop("PYTEST_CURRENT_TEST", None)  # with it, inspect_ai itself leaves git alone
    ran = subprocess.run(
        [*call, "--log-dir", tmp_path / "log"],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    assert not marker.exists()


def test_inspect_finds_neither_dotenv_nor_git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".env").write_text("FROM_A_STRANGER=1\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PYTEST_CURRENT_TEST")
    with surroundings_ignored():
        inspect_evalset.init_dotenv()
        assert inspect_log.git_context() is None
    assert "FROM_A_STRANGER" not in os.environ

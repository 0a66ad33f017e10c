"""The release workflow's own commands: what they build, and that it works without the repository."""

import os
import shutil
import subprocess
import sys
import tarfile
import venv
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

import misground

ROOT = Path(__file__).resolve().parents[1]
VERSION = misground.__version__
NAME = f"misground-{VERSION}"

pytestmark = pytest.mark.skipif(not (ROOT / ".git").exists(), reason="no git: the tracked files are unknown")


def tracked() -> list[str]:
    """The files that belong to the repository, new ones included."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return sorted({name for name in listed.split("\0") if name and (ROOT / name).is_file()})


def commands(job: str) -> list[dict[str, Any]]:
    """The steps of a job of the release workflow that are commands."""
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "release.yml").read_text(encoding="utf-8"))
    return [step for step in workflow["jobs"][job]["steps"] if "run" in step]


def run(step: dict[str, Any], cwd: Path, bin_folder: Path, **environment: str) -> str:
    """Run one step as GitHub does, in a shell that stops at the first error; what it printed."""
    for name, value in step.get("env", {}).items():
        environment[name] = value.replace("${{ github.ref_name }}", f"v{VERSION}")
    ran = subprocess.run(
        ["bash", "-e", "-o", "pipefail", "-c", step["run"]],
        cwd=cwd,
        env={**os.environ, "PATH": f"{bin_folder}:{os.environ['PATH']}", **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        check=False,
    )
    assert ran.returncode == 0, f"{step['run']}\n{ran.stdout}"
    return ran.stdout


@pytest.fixture(scope="module")
def dist(once: Callable[[str, Callable[[Path], None]], Path]) -> Path:
    """What the job `build` makes of a clone with a virtual environment and results lying around in it."""

    def make(folder: Path) -> None:
        for name in tracked():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
        for name in (".venv/bin/python", ".venv-vllm/x", "out/demo/manifest.json", ".cache/x", "build/x"):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text("belongs to no release")
        # `pip install` gives the job what this environment has already.
        for step in (step for step in commands("build") if not step["run"].startswith("pip install")):
            run(step, folder, Path(sys.executable).parent)

    return once("release", make) / "dist"


def test_the_source_archive_holds_every_file_of_the_repository_and_no_other(dist: Path) -> None:
    with tarfile.open(dist / f"{NAME}.tar.gz") as archive:
        names = sorted(member.name.removeprefix(f"{NAME}/") for member in archive if member.isfile())
    assert names == sorted([*tracked(), "PKG-INFO"])


def test_the_wheel_holds_both_packages_with_their_data_and_nothing_else(dist: Path) -> None:
    with zipfile.ZipFile(dist / f"{NAME}-py3-none-any.whl") as wheel:
        names = {name for name in wheel.namelist() if not name.startswith(f"{NAME}.dist-info/")}
        entry_points = wheel.read(f"{NAME}.dist-info/entry_points.txt").decode()
    assert names == {name.removeprefix("src/") for name in tracked() if name.startswith("src/")}
    assert {"misground/py.typed", "semsam/py.typed", "misground/anatomy/data/structures.csv"} <= names
    assert "misground = misground.cli:main\n" in entry_points
    assert "semsam = semsam.cli:main\n" in entry_points


def test_the_wheel_runs_the_demo_in_an_empty_environment_without_the_repository(
    dist: Path, tmp_path: Path
) -> None:
    venv.create(tmp_path / "venv", with_pip=True)
    shutil.copytree(dist, tmp_path / "dist")
    said = ""
    for step in commands("try"):
        # The workflow takes the newest releases, as a user does; here the pins keep the outcome repeatable.
        said = run(
            step,
            tmp_path,
            tmp_path / "venv" / "bin",
            PIP_NO_COMPILE="1",
            PIP_CONSTRAINT=str(ROOT / "constraints.txt"),
            PYTHONPATH="",
            PYTHONNOUSERSITE="1",
            COLUMNS="200",
        )
    listed = run({"run": "pip list --format=freeze"}, tmp_path, tmp_path / "venv" / "bin")
    assert f"misground=={VERSION}" in listed
    assert "torch==" not in listed
    assert "misground[hf]" in said  # how to have a small language model asked too
    for written in ("demo/manifest.json", "demo-sheet.png", "demo-report/report.html"):
        assert (tmp_path / written).stat().st_size > 0

"""Shared by all tests: where the real scans lie, the command line, folders that are made once."""

import locale
import os
import runpy
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock
from hypothesis import settings

# By its path, as nothing here may be importable: `vllm` is a folder beside this file.
Forked = runpy.run_path(str(Path(__file__).with_name("forked.py")))["Forked"]

# transformers looks for torchvision once, when it is first imported: so this comes before any test.
OPERATORS = runpy.run_path(str(Path(__file__).parent / "models" / "torchvision_operators.py"))
OPERATORS["declare"]()

# A busy machine is no fault of the code; and a run of CI finds the same examples as the one before it.
settings.register_profile("local", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "local")

# Folders and files whose tests are all slow: they build benchmarks, start processes or load models.
# A single slow test elsewhere carries the marker itself. `make test-fast` leaves all of them out.
SLOW = (
    "analysis/figures",
    "benchmark/check/test_command.py",
    "benchmark/export",
    "benchmark/test_bad_input.py",
    "benchmark/test_baseline.py",
    "benchmark/test_made_dataset.py",
    "benchmark/validate",
    "cluster",
    "docs/test_examples.py",
    "docs/test_site.py",
    "evaluation/providers/local",
    "evaluation/providers/test_one_mark.py",
    "evaluation/scoring",
    "evaluation/test_bad_input.py",
    "evaluation/test_baselines.py",
    "evaluation/test_cut.py",
    "evaluation/test_families.py",
    "evaluation/test_faults.py",
    "evaluation/test_full_disk.py",
    "evaluation/test_given_up.py",
    "evaluation/test_known_causes.py",
    "evaluation/test_parts.py",
    "evaluation/test_what_was_sent.py",
    "evaluation/test_picture_rules.py",
    "evaluation/test_read_options.py",
    "evaluation/test_trace_served.py",
    "evaluation/test_viewer.py",
    "fuzz",
    "prior/test_traits.py",
    "power/test_command.py",
    "power/test_power.py",
    "prior/test_in_reports.py",
    "prior/test_on_phantoms.py",
    "prior/test_positions.py",
    "prior/test_provider.py",
    "records/test_columns.py",
    "report/explorer/test_export.py",
    "report/explorer/test_in_chromium.py",
    "report/explorer/test_runs.py",
    "report/explorer/test_serving.py",
    "report/test_command.py",
    "report/test_findings.py",
    "report/test_habits.py",
    "report/test_held.py",
    "report/test_in_chromium.py",
    "report/test_killed.py",
    "second",
    "semsam/test_compile.py",
    "semsam/test_continuous_batching.py",
    "semsam/test_llama_cpp.py",
    "semsam/test_lm_eval.py",
    "semsam/test_nearest.py",
    "semsam/test_neighbors.py",
    "semsam/test_oracle.py",
    "semsam/test_real_transformers.py",
    "shortcuts/test_command.py",
    "sources/phantom/test_bodies.py",
    "test_release.py",
)

DATA = Path(os.environ.get("MISGROUND_TEST_DATA", Path(__file__).parents[2] / "shared" / "data"))


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what SLOW names, before pytest chooses by marker."""
    slow = [Path(__file__).parent / name for name in SLOW]
    for item in items:
        if any(item.path.is_relative_to(path) for path in slow):
            item.add_marker("slow")


@pytest.fixture(autouse=True)
def _same_module_path() -> Iterator[None]:
    """A command that a test calls in this process closes the module path for the processes that follow."""
    names = ("PYTHONSAFEPATH", "PYTHONPATH")
    before = {name: os.environ.get(name) for name in names}
    yield
    for name, value in before.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


@pytest.fixture(autouse=True)
def _same_locale() -> Iterator[None]:
    """SimpleITK, with which tests write scans, sets the locale of the process to C: files are then ASCII."""
    before = locale.setlocale(locale.LC_CTYPE)
    yield
    if locale.setlocale(locale.LC_CTYPE) != before:
        locale.setlocale(locale.LC_CTYPE, before)


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """The folder of real scans; skips where it is missing."""
    if not (DATA / "ct_torso" / "ct.nii.gz").is_file():
        pytest.skip(f"no real scans in {DATA.name!r}: set MISGROUND_TEST_DATA to their folder")
    return DATA


@pytest.fixture(scope="session")
def once(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, Callable[[Path], None]], Path]:
    """once(name, make): a folder that `make` fills, made once however many processes run the tests."""
    root = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        root = root.parent

    def made(name: str, make: Callable[[Path], None]) -> Path:
        folder, done = root / "once" / name, root / f"{name}.done"
        with FileLock(root / f"{name}.lock"):
            if not done.exists():
                folder.parent.mkdir(exist_ok=True)
                make(folder)
                done.touch()
        return folder

    return made


@pytest.fixture(scope="session")
def misground() -> Iterator[Callable[..., "subprocess.CompletedProcess[str]"]]:
    """Runs the real command and returns its exit status and output."""
    forked = Forked()

    def run(
        *arguments: object, environment: dict[str, str] | None = None, **options: Any
    ) -> "subprocess.CompletedProcess[str]":
        words = [*map(str, arguments)]
        variables = {**os.environ, "COLUMNS": "200", **(environment or {})}
        if forked.takes(variables) and options.keys() <= {"cwd"}:
            return forked.run(words, variables, **options)
        return subprocess.run(
            [sys.executable, "-m", "misground", *words],
            capture_output=True,
            text=True,
            check=False,
            env=variables,
            **options,
        )

    yield run
    forked.close()


def _mount(*arguments: str) -> None:
    program = shutil.which("mount")
    if program is None:
        pytest.skip("there is no mount here")
    done = subprocess.run([program, *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"a disk of a chosen size cannot be mounted: {done.stderr.strip()}")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Callable[[int], Path]]:
    """small_disk(bytes): a disk of that size, or grown to it."""
    disk = tmp_path / "disk"
    disk.mkdir()

    def sized(size: int) -> Path:
        change = "remount," if disk.is_mount() else ""
        _mount("-t", "tmpfs", "-o", f"{change}size={size}", "none", str(disk))
        return disk

    yield sized
    if disk.is_mount():
        subprocess.run(["umount", str(disk)], check=True)

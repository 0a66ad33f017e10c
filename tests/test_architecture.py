"""The directions of imports, and what a plain install needs."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

# What a plain install lacks: the extras, the tools of `dev`, and what only those bring along.
NOT_IN_A_PLAIN_INSTALL = (
    "torch",
    "safetensors",
    "transformers",
    "inspect_ai",
    "ray",
    "s3fs",
    "gcsfs",
    "moto",
    "altair",
    "polars",
    "scorio",
    "typst",
    "vl_convert",
    "starlette",
    "uvicorn",
    "datasets",
    "pandas",
    "pytest",
    "hypothesis",
)

# Run in a fresh interpreter: here pytest and its plugins have long been imported.
BLOCKER = f"""
import sys

class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {NOT_IN_A_PLAIN_INSTALL}:
            raise ModuleNotFoundError(f"{{name}} is not in a plain install", name=name)

sys.meta_path.insert(0, Blocker())
"""

# As find_spec answers where a package is not installed.
BLOCKER_OF_SPECS = """
import importlib.util, sys

found = importlib.util.find_spec
importlib.util.find_spec = lambda name, package=None: None if name == "torch" else found(name, package)
"""

PURE_EVALUATION = ("misground.evaluation.selection", "misground.evaluation.asking")
ALWAYS = (
    *PURE_EVALUATION,
    "misground.coordinates",
    "misground.dialogue.extraction",
    "misground.benchmark.load",
    "misground.shortcuts.card",
)

IMPORT_EVERY_MODULE = f"""
PURE = {PURE_EVALUATION}
import importlib, pkgutil, misground

for module in pkgutil.walk_packages(misground.__path__, "misground."):
    # Evaluation, analysis, report, figures and the cluster need their extras, but for what is pure.
    drawing = ("shortcuts.figure", "shortcuts.write")
    parts = ("evaluation.", "analysis.", "power.", "report.", "benchmark.engines.on_ray", *drawing)
    needing = tuple(f"misground.{{part}}" for part in parts)
    extra = module.name.startswith(needing) and not module.name.startswith(PURE)
    if not module.name.endswith(".__main__") and not extra:
        importlib.import_module(module.name)
        print(module.name)
"""


def run_python(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=ROOT, timeout=600
    )


def test_imports_run_in_the_directions_of_the_contracts() -> None:
    lint = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    linted = subprocess.run(
        [sys.executable, "-c", lint, "--no-logo", "--no-cache"],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        timeout=600,
    )
    assert linted.returncode == 0, linted.stdout + linted.stderr


def test_every_module_imports_in_a_plain_install() -> None:
    run = run_python(BLOCKER + IMPORT_EVERY_MODULE)
    assert run.returncode == 0, run.stderr
    assert set(ALWAYS) <= set(run.stdout.split())


def test_evaluation_without_its_extra_says_what_to_install(tmp_path: Path) -> None:
    command = f"sys.argv = ['misground', 'eval', {str(tmp_path)!r}, '--model', 'misground/oracle']"
    blocked = BLOCKER_OF_SPECS.replace('"torch"', '"inspect_ai"')
    run = run_python(f"{blocked}\n{command}\nfrom misground.cli import main\nmain()")
    assert run.returncode == 2
    assert "pip install 'misground[eval]'" in " ".join(run.stderr.split())
    assert "Traceback" not in run.stderr


@pytest.mark.parametrize("name", ["datasets", "pytest"])
def test_the_plain_install_of_these_tests_really_lacks_the_rest(name: str) -> None:
    assert run_python(f"import {name}").returncode == 0
    run = run_python(f"{BLOCKER}\nimport {name}")
    assert f"{name} is not in a plain install" in run.stderr


@pytest.mark.parametrize("program", ["semsam", "script.py"])
def test_semsam_without_torch_says_what_to_install(program: str) -> None:
    run = run_python(f"{BLOCKER_OF_SPECS}\nsys.argv[0] = {program!r}\nimport semsam")
    assert run.returncode == 1
    assert "semsam needs torch, which is not installed: pip install 'misground[semsam]'" in run.stderr
    assert ("Traceback" in run.stderr) == (program != "semsam")


def test_every_file_lies_in_a_package_so_that_the_contracts_see_it() -> None:
    source = ROOT / "src"
    folders = {path.parent for path in source.rglob("*.py")}
    assert [
        str(folder.relative_to(source)) for folder in folders if not (folder / "__init__.py").is_file()
    ] == []

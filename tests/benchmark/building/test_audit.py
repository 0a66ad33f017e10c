"""What a measurement at the end of a build finds is told, and stands in the manifest and on the card."""

import json
from pathlib import Path

import pytest
from rich.console import Console

from misground.benchmark.building.audit import Audit
from misground.benchmark.building.build import build
from misground.benchmark.engines import LocalEngine
from misground.benchmark.folder import Folder
from misground.benchmark.places import Place
from misground.benchmark.settings import BuildSettings
from misground.cli.progress import BuildProgress


@pytest.mark.slow
def test_findings_of_an_audit_are_told_and_written(tmp_path: Path) -> None:
    out = tmp_path / "out"
    said: list[str] = []

    class Listening(BuildProgress):
        def say(self, text: str) -> None:
            said.append(text)

    def audit(folder: Folder[Place]) -> Audit:
        assert folder.questions.is_file()
        assert not folder.manifest.exists()
        return Audit(("SHORTCUT: the *canvas* tells",), "## Shortcuts\n\n| a | table |")

    with Listening(Console(quiet=True)) as progress:
        build(
            ("phantom:knee?n=1",),
            out,
            BuildSettings(max_questions=4),
            engine=LocalEngine(1),
            progress=progress,
            audit=audit,
        )
    assert said[-1] == "SHORTCUT: the *canvas* tells"
    assert json.loads((out / "manifest.json").read_text(encoding="utf-8"))["notes"][-1] == said[-1]
    card = (out / "README.md").read_text(encoding="utf-8")
    assert "\n> SHORTCUT: the \\*canvas\\* tells\n" in card
    assert "\n## Shortcuts\n\n| a | table |\n\n## Limits\n" in card

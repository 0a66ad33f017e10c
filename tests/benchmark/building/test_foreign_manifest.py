"""A build into a folder with a manifest that no build wrote ends in one line."""

import json
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from misground.benchmark.building.build import build
from misground.benchmark.engines import LocalEngine
from misground.benchmark.settings import BuildSettings
from misground.cli.progress import BuildProgress
from misground.errors import UsageError


def again(out: Path) -> Any:
    settings = BuildSettings(max_questions=4)
    with BuildProgress(Console(quiet=True)) as progress:
        return build(("phantom:knee?n=1",), out, settings, engine=LocalEngine(1), progress=progress)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    out = tmp_path_factory.mktemp("built") / "out"
    again(out)
    return out, (out / "manifest.json").read_text(encoding="utf-8")


def changed(**values: Any) -> Any:
    return lambda manifest: json.dumps({**manifest, **values})


@pytest.mark.slow
@pytest.mark.parametrize(
    "change",
    [
        lambda _: "[" * 100_000,
        lambda _: "9" * 5_000,
        lambda manifest: json.dumps({key: manifest[key] for key in manifest if key != "counts"}),
        lambda manifest: json.dumps({key: manifest[key] for key in manifest if key != "content_hash"}),
        changed(counts={"cases": "many"}),
        changed(counts=[]),
        changed(content_hash=7),
        changed(cases_digest={}),
    ],
)
def test_it_ends_in_one_line(built: tuple[Path, str], change: Any) -> None:
    out, text = built
    (out / "manifest.json").write_text(change(json.loads(text)), encoding="utf-8")
    with pytest.raises(UsageError) as caught:
        again(out)
    assert "\n" not in str(caught.value)
    (out / "manifest.json").write_text(text, encoding="utf-8")
    assert again(out).already_done

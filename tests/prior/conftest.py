"""A benchmark of phantoms without its pictures, which the prior never looks at, and hand-made questions."""

from collections.abc import Callable
from typing import Any

import pytest

from misground.benchmark.building import build as build_module
from misground.benchmark.building.work import Rendered
from misground.benchmark.load import Benchmark, open_benchmark
from misground.benchmark.settings import BuildSettings

Row = dict[str, Any]


class _Here:
    """An engine that works in this process."""

    def run(self, function: Any, tasks: Any) -> Any:
        return ((task, function(task)) for task in tasks)


class _Silent:
    def phase(self, name: str, total: int, done: int) -> None: ...
    def step(self, skipped: int = 0, questions: int = 0) -> None: ...
    def say(self, text: str) -> None: ...


@pytest.fixture(scope="session")
def phantoms(tmp_path_factory: pytest.TempPathFactory) -> Benchmark:
    """Four torsos and four knees, about 4,000 questions, with the everyday words."""
    out = tmp_path_factory.mktemp("prior") / "phantoms"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(build_module, "render_one", lambda _: Rendered(0, 0, "", 0))
        build_module.build(
            ["phantom:torso?n=4", "phantom:knee?n=4"],
            out,
            BuildSettings(preset="paper", max_questions=4000, lay=True),
            engine=_Here(),
            progress=_Silent(),
        )
    return open_benchmark(out)


@pytest.fixture
def question() -> Callable[..., Row]:
    """question(**changes): the liver and the bladder along z in a coronal slice, some columns changed."""

    def made(**changes: Any) -> Row:
        row: Row = {
            "case_id": "asked",
            "modality": "ct",
            "plane": "coronal",
            "task": "in_plane",
            "axis": "z",
            "structure_a": "liver",
            "structure_b": "urinary_bladder",
            "terms": "anatomical",
            "condition": "text_only",
            "coordinates": "viewing",
            "text": "This is a coronal CT slice. In the patient's frame, "
            "what is the position of the liver relative to the urinary bladder?",
            "options": ["inferior", "superior"],
        }
        return row | changes

    return made

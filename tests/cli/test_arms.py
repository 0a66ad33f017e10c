"""What becomes of the other arms where one of them fails."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("inspect_ai")

from misground.cli import running
from misground.errors import UsageError, WorkError
from misground.evaluation.results import Tally
from misground.evaluation.run import Evaluated
from misground.evaluation.settings import EvalSettings

ARMS = ["default", "greedy", "provider"]


@dataclass(frozen=True)
class Plan:
    """What the loop reads of a plan."""

    settings: EvalSettings


def evaluated(folder: Path, stopped: str | None = None) -> Evaluated:
    tally, complete = Tally(Counter(correct=1), Counter()), stopped is None
    return Evaluated(folder, folder / "results.parquet", tally, 1, complete, 9, 1, stopped)


class Arms:
    """Runs the arms, each of which ends with an error, a reason to stop, or None; `begun` are those asked."""

    def __init__(self, folder: Path) -> None:
        self.begun: list[str] = []
        self.folder = folder
        self.outcomes: dict[str, Any] = {}

    def __call__(self, **outcomes: Any) -> None:
        self.outcomes = outcomes
        plan: Any = Plan(EvalSettings(model="openai/gpt-4o"))
        transport: Any = None
        running.evaluate_arms(plan, ARMS, self.folder, transport, workers=1)

    def evaluation(self, planned: Any, folder: Path, *_: Any, **__: Any) -> Evaluated:
        """What stands in for a run."""
        self.begun.append(planned.settings.arm)
        found = self.outcomes.get(planned.settings.arm)
        if isinstance(found, Exception):
            raise found
        return evaluated(folder, found)


@pytest.fixture
def arms(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Arms:
    made = Arms(tmp_path)
    monkeypatch.setattr(running, "run_evaluation", made.evaluation)
    return made


def test_all_arms_are_asked(arms: Arms) -> None:
    arms()
    assert arms.begun == ARMS


@pytest.mark.parametrize("reason", ["interrupted", "disk full", "the server does not answer"])
def test_what_stops_a_run_stops_the_arms_behind_it(arms: Arms, reason: str) -> None:
    with pytest.raises(WorkError, match=rf"2 of 3 arms .*greedy: {reason}.*provider: not begun"):
        arms(greedy=reason)
    assert arms.begun == ["default", "greedy"]


def test_an_arm_that_cannot_be_asked_leaves_the_others(arms: Arms) -> None:
    with pytest.raises(WorkError, match=r"1 of 3 arms are not complete \(default: no such model"):
        arms(default=UsageError("no such model"))
    assert arms.begun == ARMS


def test_where_no_arm_can_be_asked_the_command_is_wrong(arms: Arms) -> None:
    with pytest.raises(UsageError, match=r"^no such model$"):
        arms(**dict.fromkeys(ARMS, UsageError("no such model")))

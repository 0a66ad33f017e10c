"""The outcome of a reply: correct, wrong, no_answer or refused. An error has no score.

The value of a score is inspect_ai's "C" or "I", so that its own tools count as ours do: no_answer and refused
are not correct. The outcome itself is in the metadata of the score and begins its explanation.

inspect_ai takes the package from the name of a scorer when it logs it, and has a scorer `answer` of its own.
So ours is logged as `misground/answer`, and registered under this name too, where `inspect score` finds it.
"""

from collections.abc import Mapping
from typing import Any, Final

from inspect_ai._util.registry import RegistryInfo, registry_add, registry_info
from inspect_ai.model import ModelOutput
from inspect_ai.scorer import (
    CORRECT,
    INCORRECT,
    Metric,
    SampleScore,
    Score,
    Scorer,
    Target,
    accuracy,
    metric,
    scorer,
)
from inspect_ai.solver import TaskState

from misground.dialogue import Extracted, read_answer
from misground.dialogue.options import chosen
from misground.evaluation.results import CUT
from misground.records import Outcome

SCORER: Final = "misground/answer"
"""The name of the scorer in logs; older logs call it "answer"."""


def _share(outcome: str) -> Metric:
    def share(scores: list[SampleScore]) -> float:
        found = [(score.score.metadata or {}).get("outcome") for score in scores]
        return found.count(outcome) / len(found) if found else 0.0

    return share


@metric(name="no_answer")
def no_answer() -> Metric:
    """Share of replies that name no option, or more than one."""
    return _share("no_answer")


@metric(name="refused")
def refused() -> Metric:
    """Share of replies that refuse to answer."""
    return _share("refused")


@scorer(name=SCORER, metrics=[accuracy(), no_answer(), refused()])
def answer() -> Scorer:
    """Compare the option that a reply names with the right one."""

    async def score(state: TaskState, target: Target) -> Score:
        question = state.metadata
        found = read_reply(state.output, question)
        outcome = outcome_of(found, target.text)
        return Score(
            value=CORRECT if outcome == "correct" else INCORRECT,
            answer=found.option,
            explanation=f"{outcome}: {found.reason}",
            metadata={
                "outcome": outcome,
                "reason": found.reason,
                "rule": found.rule,
                "span": None if found.span is None else list(found.span),
            },
        )

    return score


_REGISTERED: Final = registry_info(answer)
registry_add(answer, RegistryInfo(type="scorer", name=SCORER, metadata=_REGISTERED.metadata))
registry_add(answer, _REGISTERED)  # which it is logged by, also when `inspect score` scores again


def read_reply(output: ModelOutput, question: Mapping[str, Any]) -> Extracted:
    """Read the answer of a reply; one that the provider's content filter withheld is a refusal.

    A reply that was cut has no answer unless its answer was complete before. With `--read options`, the
    answer is the option that the model holds most likely, whatever the reply says.
    """
    if question.get("read") == "options":
        return Extracted("answer", chosen(question["option_logprobs"]), "likeliest option")
    if output.stop_reason == "content_filter":
        return Extracted("refused", None, "withheld")
    return read_answer(question, output.completion, truncated=output.stop_reason in CUT)


def outcome_of(found: Extracted, right: str) -> Outcome:
    """Return the outcome of an extracted answer.

    Args:
        found: What the reply says.
        right: The right option.
    """
    if found.kind != "answer":
        return found.kind
    return "correct" if found.option == right else "wrong"

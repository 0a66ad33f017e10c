"""Asking one question: its pictures, its own seed, one call, and a check that there is a reply at all."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from anyio import to_thread
from inspect_ai.event import ModelEvent
from inspect_ai.log import transcript
from inspect_ai.model import CachePolicy, ChatMessageUser, GenerateConfig, get_model
from inspect_ai.solver import Generate, Solver, TaskState, solver

from misground.benchmark.frames import FrameReader
from misground.dialogue.prompt import PROMPT_VERSION
from misground.errors import WorkError
from misground.evaluation.asking import Asking, sample_seed, tell
from misground.evaluation.messages import user_message, without_pictures
from misground.evaluation.replies import guard, reason

# So many questions in a row ended in an error: whatever is wrong will not mend itself.
HOPELESS = 100


@dataclass
class Health:
    """Errors since the last reply, over all questions of a run."""

    in_a_row: int = 0

    def reply(self) -> None:
        """A question was answered."""
        self.in_a_row = 0

    def error(self) -> None:
        """A question ended in an error."""
        self.in_a_row += 1

    def check(self) -> None:
        """Raises WorkError where it is no use to go on."""
        if self.in_a_row >= HOPELESS:
            raise WorkError(f"not asked: {HOPELESS} questions in a row had ended in an error")


@dataclass(frozen=True)
class AskSettings:
    """What replies depend on. seed: of the run. scopes: what else, for the key of a stored reply."""

    seed: int = 0
    scopes: Mapping[str, str] = field(default_factory=dict)


def ask(
    reader: FrameReader, settings: AskSettings, *, cache: bool, log_pictures: bool, health: Health
) -> Solver:
    """One question, one call; what goes wrong there makes the sample's outcome an error.

    Args:
        reader: of the benchmark's pictures.
        settings: what inspect_ai records of the solver, and knows a run by.
        cache: whether replies are stored and taken from there.
        log_pictures: 2D pictures go into the log; stacks never do.
        health: of the run, which may have several tasks.
    """

    @solver(name="misground/ask")
    def asking(seed: int, scopes: dict[str, str]) -> Solver:
        async def solve(state: TaskState, generate: Generate) -> TaskState:  # noqa: ARG001
            try:
                health.check()
                policy = _cache_policy(state.metadata, scopes) if cache else False
                state = await _ask(state, reader, seed, policy, log_pictures)
            except Exception as error:
                health.error()
                state.metadata["error_reason"] = reason(error)
                raise
            health.reply()
            return state

        return solve

    return asking(settings.seed, dict(settings.scopes))


async def _ask(
    state: TaskState, reader: FrameReader, run_seed: int, policy: CachePolicy | bool, log_pictures: bool
) -> TaskState:
    question = state.metadata
    view_id = question["view_id"]
    frames = await to_thread.run_sync(reader.frames, view_id) if view_id is not None else ()
    model = get_model()
    guard(model)
    message = user_message(state.input_text, frames, getattr(model.api, "stack_input", "images"))
    seed = sample_seed(run_seed, question["question_id"], state.epoch)
    tell(Asking(reader.benchmark, question, state.epoch, seed))
    output = await model.generate([message], config=GenerateConfig(seed=seed), cache=policy)
    if not frames or (len(frames) == 1 and log_pictures):
        kept = message
    else:
        kept = without_pictures(message, f"[{len(frames)} pictures of view {view_id}: see the benchmark]")
        _drop_pictures(kept)
    state.messages = [kept, output.message]
    state.output = output
    return state


def _cache_policy(question: Mapping[str, Any], scopes: Mapping[str, str]) -> CachePolicy:
    """Kept for ever, an epoch apart, by the question too: equal texts of other items are other questions."""
    found = {**scopes, "question_id": question["question_id"], "prompt": PROMPT_VERSION}
    return CachePolicy(expiry=None, per_epoch=True, scopes=found)


def _drop_pictures(message: ChatMessageUser) -> None:
    """Take the pictures out of this sample's log: a run with stacks would write gigabytes of them."""
    for event in transcript().events:
        if isinstance(event, ModelEvent):
            event.input = [message]
            event.call = None

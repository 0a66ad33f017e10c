"""Asking one question: its pictures, its own seed, one call, and a check of the reply."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from anyio import to_thread
from inspect_ai.event import ModelEvent
from inspect_ai.log import transcript
from inspect_ai.model import CachePolicy, ChatMessageUser, GenerateConfig, ModelOutput, get_model
from inspect_ai.solver import Generate, Solver, TaskState, solver

from misground.benchmark.frames import FrameReader
from misground.dialogue.prompt import PROMPT_VERSION
from misground.evaluation.asking import Asking, sample_seed, tell
from misground.evaluation.context import REPLY_LIMIT, Context
from misground.evaluation.health import Health, count_requests
from misground.evaluation.messages import user_message, without_pictures
from misground.evaluation.option_scores import score_options
from misground.evaluation.replies import guard, reason
from misground.evaluation.settings import Read


@dataclass(frozen=True)
class AskSettings:
    """Settings that replies depend on.

    Attributes:
        seed: Seed of the run.
        scopes: Further parts of the key of a cached reply.
        read: How an answer is read; see `EvalSettings`.
    """

    seed: int = 0
    scopes: Mapping[str, str] = field(default_factory=dict)
    read: Read = "text"


def ask(
    reader: FrameReader,
    settings: AskSettings,
    *,
    cache: bool,
    log_pictures: bool,
    health: Health,
    context: Context,
) -> Solver:
    """Make a solver that asks one question in one call. A failure gives the sample the outcome "error".

    Args:
        reader: Reader of the benchmark's pictures.
        settings: Settings that replies depend on; inspect_ai records them, and identifies a run by them.
        cache: Whether to cache replies and to reuse cached ones.
        log_pictures: Whether slices go into the log; stacks never do.
        health: Errors of the run, shared by all its tasks.
        context: What fits into the context of the model, shared by all tasks of the run.
    """

    @solver(name="misground/ask")
    def asking(seed: int, scopes: dict[str, str], read: Read) -> Solver:
        async def solve(state: TaskState, generate: Generate) -> TaskState:  # noqa: ARG001
            try:
                with health.asking():
                    return await answered(state)
            except Exception as error:
                state.metadata.setdefault("error_reason", reason(error))
                raise

        async def answered(state: TaskState) -> TaskState:
            try:
                policy = _cache_policy(state.metadata, scopes) if cache else False
                state = await _ask(state, reader, seed, policy, log_pictures, health, context, read)
            except Exception as error:
                state.metadata["error_reason"] = reason(error)
                health.error(state.metadata["error_reason"])
                raise
            health.reply()
            return state

        return solve

    return asking(settings.seed, dict(settings.scopes), settings.read)


async def _ask(
    state: TaskState,
    reader: FrameReader,
    run_seed: int,
    policy: CachePolicy | bool,
    log_pictures: bool,
    health: Health,
    context: Context,
    read: Read,
) -> TaskState:
    question = state.metadata
    view_id = question["view_id"]
    frames = await to_thread.run_sync(reader.frames, view_id) if view_id is not None else ()
    model = get_model()
    guard(model, health)
    message = user_message(state.input_text, frames, getattr(model.api, "stack_input", "images"))
    seed = sample_seed(run_seed, question["question_id"], state.epoch)
    tell(Asking(reader.benchmark, question, state.epoch, seed))

    async def call(limit: int | None) -> ModelOutput:
        count_requests()
        state.metadata[REPLY_LIMIT] = limit or context.wanted
        config = GenerateConfig(seed=seed, max_tokens=limit)
        return await model.generate([message], config=config, cache=policy)

    output = await context.reply(question, call)
    if read != "text":
        count_requests()
        scores = await score_options(model, message, output, question["options"], policy)
        question |= {"read": read, "option_logprobs": scores}
    if not frames or (len(frames) == 1 and log_pictures):
        kept = message
    else:
        kept = without_pictures(message, f"[{len(frames)} pictures of view {view_id}, see the benchmark]")
        _drop_pictures(kept)
    state.messages = [kept, output.message]
    state.output = output
    return state


def _cache_policy(question: Mapping[str, Any], scopes: Mapping[str, str]) -> CachePolicy:
    """Cache replies without expiry, by epoch and question: items may share a text and a picture."""
    found = {**scopes, "question_id": question["question_id"], "prompt": PROMPT_VERSION}
    return CachePolicy(expiry=None, per_epoch=True, scopes=found)


def _drop_pictures(message: ChatMessageUser) -> None:
    """Remove the pictures from the log of this sample: with stacks they would take gigabytes."""
    for event in transcript().events:
        if isinstance(event, ModelEvent):
            event.input = [message]
            event.call = None

"""The task `misground/benchmark` of inspect_ai.

inspect eval misground/benchmark -T path=BENCHMARK --model openai/gpt-4o
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from inspect_ai import Task, task
from inspect_ai._util.error import PrerequisiteError
from inspect_ai.model import GenerateConfig, ModelName, get_model

from misground.benchmark.frames import FrameReader
from misground.benchmark.load import Benchmark, open_benchmark
from misground.evaluation.context import Context
from misground.evaluation.declared import EPOCHS, MAX_TOKENS, NO_CUTS, TEMPERATURE, TOP_P
from misground.evaluation.health import Health
from misground.evaluation.samples import ViewSize, chosen_questions, samples, view_sizes
from misground.evaluation.scorer import answer
from misground.evaluation.selection import Row, parse_filter
from misground.evaluation.solver import AskSettings, ask

LOGGED_BYTES = 2_000_000_000  # no viewer opens a log with more bytes of pictures than this
PICTURE_BYTES = 100_000  # about the size of a slice of 512 x 512 pixels
ENGINES: Final = ("vllm", "sglang")


@task(name="benchmark")
def benchmark(
    path: str,
    filter: str = "",
    limit: int | None = None,
    reasoning: bool = True,
    epochs: int = EPOCHS,
    max_tokens: int = MAX_TOKENS,
    temperature: float | None = TEMPERATURE,
    top_p: float | None = TOP_P,
    seed: int = 0,
    cache: bool = True,
    log_pictures: bool | None = None,
) -> Task:
    """Spatial questions on CT and MRI for vision-language models (MIS-Ground, arXiv 2603.14579).

    The sampler is that of `misground eval`, and is sent as it sends it.

    Args:
        path: Benchmark folder that `misground build` wrote.
        filter: Filter on the questions, such as "task=in_plane,plane=axial|coronal".
        limit: Maximum number of questions (whole items, balanced); None for all.
        reasoning: Whether to ask for reasoning before the answer.
        epochs: Number of times each question is asked.
        max_tokens: Maximum number of tokens per reply.
        temperature: Temperature of the sampler; None for the provider's own, also of all other settings.
        top_p: Top-p of the sampler; None for the provider's own.
        seed: Random seed; each question and epoch gets its own from it.
        cache: Whether to cache replies and to reuse cached ones.
        log_pictures: Whether to store slices in the log; None to store them unless they take gigabytes.
            Stacks are never stored.
    """
    opened = open_benchmark(Path(path))
    questions = chosen_questions(opened, parse_filter([filter] if filter else []), limit)
    sizes = view_sizes(opened, (row["view_id"] for row in questions if row["view_id"] is not None))
    return make_task(
        opened,
        questions,
        sizes,
        config=GenerateConfig(
            temperature=temperature,
            top_p=top_p,
            max_tokens=max_tokens,
            extra_body=None if temperature is None else _no_cuts(),
        ),
        settings=AskSettings(seed),
        reasoning=reasoning,
        epochs=epochs,
        cache=cache,
        log_pictures=logs_pictures(questions, epochs) if log_pictures is None else log_pictures,
    )


def _no_cuts() -> dict[str, Any] | None:
    """What the engine of the model must be told besides; None for models that would reject it."""
    try:
        model = ModelName(get_model())
    except (PrerequisiteError, ValueError):  # the task is only looked at
        return None
    service = model.name.partition("/")[0] if model.api == "openai-api" else model.api
    return dict(NO_CUTS) if service in ENGINES else None


def logs_pictures(questions: Sequence[Row], epochs: int) -> bool:
    """Whether the slices of these questions are few enough to store them in the log."""
    slices = [row for row in questions if row["view_id"] is not None and row["dimension"] == "2d"]
    return len(slices) * epochs * PICTURE_BYTES <= LOGGED_BYTES


def make_task(
    opened: Benchmark,
    questions: Sequence[Row],
    sizes: Mapping[str, ViewSize],
    *,
    config: GenerateConfig,
    settings: AskSettings,
    reasoning: bool,
    epochs: int,
    cache: bool,
    log_pictures: bool,
    health: Health | None = None,
    context: Context | None = None,
) -> Task:
    """Make the task for chosen questions of a benchmark.

    The arguments cache and log_pictures change no reply. inspect_ai does not identify the task by them, so a
    run can be resumed with other values.

    Args:
        opened: The benchmark.
        questions: Questions to ask.
        sizes: Sizes of their views by view id.
        config: Sampler and maximum tokens of each call.
        settings: Settings that replies depend on.
        reasoning: Whether to ask for reasoning before the answer.
        epochs: Number of times each question is asked.
        cache: Whether to cache replies and to reuse cached ones.
        log_pictures: Whether to store slices in the log.
        health: Errors of the run that the task is a part of; None if the task is the whole run.
        context: What fits into the context of the model; None if that is unknown.
    """
    content_hash = opened.content_hash
    known = replace(settings, scopes={**settings.scopes, "benchmark": content_hash})
    return Task(
        name="benchmark",
        dataset=samples(questions, sizes, reasoning=reasoning),
        solver=ask(
            FrameReader(opened),
            known,
            cache=cache,
            log_pictures=log_pictures,
            health=health or Health(),
            context=context or Context(config.max_tokens or MAX_TOKENS, sizes=sizes),
        ),
        scorer=answer(),
        config=config,
        epochs=epochs,
        fail_on_error=True,
        continue_on_fail=True,
        version=1,
        metadata={"benchmark_hash": content_hash},
    )

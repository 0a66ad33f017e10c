"""The task `misground/benchmark` of inspect_ai.

inspect eval misground/benchmark -T path=OUT --model openai/gpt-4o
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

from inspect_ai import Task, task
from inspect_ai.model import GenerateConfig

from misground.benchmark.frames import FrameReader
from misground.benchmark.load import Benchmark, open_benchmark
from misground.evaluation.declared import EPOCHS, MAX_TOKENS, TEMPERATURE, TOP_P
from misground.evaluation.samples import ViewSize, chosen_questions, samples, view_sizes
from misground.evaluation.scorer import answer
from misground.evaluation.selection import Row, parse_filter
from misground.evaluation.solver import AskSettings, Health, ask

LOGGED_BYTES = 2_000_000_000  # more than this in pictures makes a log that no viewer opens
PICTURE_BYTES = 100_000  # about what a slice of 512 pixels takes


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
    """Spatial questions with certain answers about CT and MRI (MIS-Ground, arXiv 2603.14579).

    Args:
        path: a folder of `misground build`.
        filter: which questions, as "task=in_plane,plane=axial|coronal".
        limit: at most so many questions, whole items, in turn over tasks, planes and axes.
        reasoning: ask for the reasons before the answer; otherwise for the answer alone.
        epochs: how often each question is asked.
        max_tokens: of a reply at most.
        temperature, top_p: of the declared sampler; None: the engine's own.
        seed: of the run; each question has its own from it, another in each epoch.
        cache: keep replies, and take them from there where the same is asked again.
        log_pictures: keep 2D pictures in the log; None: unless that takes gigabytes. Stacks never are.
    """
    opened = open_benchmark(Path(path))
    questions = chosen_questions(opened, parse_filter([filter] if filter else []), limit)
    sizes = view_sizes(opened, (row["view_id"] for row in questions if row["view_id"] is not None))
    return make_task(
        opened,
        questions,
        sizes,
        config=GenerateConfig(temperature=temperature, top_p=top_p, max_tokens=max_tokens),
        settings=AskSettings(seed),
        reasoning=reasoning,
        epochs=epochs,
        cache=cache,
        log_pictures=logs_pictures(questions, epochs) if log_pictures is None else log_pictures,
    )


def logs_pictures(questions: Sequence[Row], epochs: int) -> bool:
    """Whether the slices of these questions make no log that nobody can open."""
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
) -> Task:
    """The task on chosen questions of a benchmark.

    cache and log_pictures change no reply, and are no part of what inspect_ai knows the task by: a run goes
    on when they change. health: of the run that the task is a part of; None: it is the whole.
    """
    content_hash = opened.content_hash
    known = AskSettings(settings.seed, {**settings.scopes, "benchmark": content_hash})
    return Task(
        name="benchmark",
        dataset=samples(questions, sizes, reasoning=reasoning),
        solver=ask(
            FrameReader(opened), known, cache=cache, log_pictures=log_pictures, health=health or Health()
        ),
        scorer=answer(),
        config=config,
        epochs=epochs,
        fail_on_error=True,
        continue_on_fail=True,
        version=1,
        metadata={"benchmark_hash": content_hash},
    )

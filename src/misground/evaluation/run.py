"""A run: check the benchmark, ask with inspect_ai's eval_set, and record the results, even when stopped."""

import contextlib
import io
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from inspect_ai import Task, eval_set
from inspect_ai._util.error import PrerequisiteError
from inspect_ai.log import EvalSample
from inspect_ai.model import GenerateConfig

from misground.benchmark.files import ANSWERS_KEPT, DISK_FULL, write_error
from misground.errors import UsageError
from misground.evaluation.alone import alone, check_log_dir
from misground.evaluation.checked import check_benchmark
from misground.evaluation.context import REPLY_LIMIT, Context, context_of
from misground.evaluation.fitting import check_takes
from misground.evaluation.foreseen import foreseen, requested
from misground.evaluation.health import Health, interrupt
from misground.evaluation.models import Ready, one_line, ready
from misground.evaluation.parts import SAMPLES, newest_logs, parts
from misground.evaluation.planned import Planned, default_log_dir
from misground.evaluation.results import Tally, outcomes_so_far, write_results
from misground.evaluation.room import check_room, forgive_traces
from misground.evaluation.run_record import (
    check_same_run,
    common_columns,
    ended,
    new_record,
    read_record,
    write_record,
)
from misground.evaluation.secrets import clean_logs
from misground.evaluation.selection import Row
from misground.evaluation.sent import SENT, sentences
from misground.evaluation.solver import AskSettings
from misground.evaluation.surroundings import surroundings_ignored
from misground.evaluation.task import logs_pictures, make_task
from misground.evaluation.traced import writing_steps
from misground.evaluation.transport import Transport
from misground.evaluation.watching import watching
from misground.records import RESULTS_NAME, STEPS_NAME

_DISK_FULL: Final = "disk full while writing the log: free some space"
_ERRNO: Final = re.compile(rf"OSError\((?:{'|'.join(map(str, sorted(DISK_FULL)))}),")
"""Start of inspect_ai's error text in a log that ended because of a full disk."""


@dataclass(frozen=True)
class Evaluated:
    """A run that has ended.

    Attributes:
        log_dir: The log folder.
        results: The file results.parquet in it.
        tally: Outcomes, and reasons of errors.
        calls: Calls of the whole run, including those made earlier.
        complete: Whether every question has an outcome that is not an error in every epoch.
        max_tokens: Maximum tokens per reply.
        kept: Replies that are not asked for again; on a full disk, some are in the cache alone.
        stopped: Why the run ended early; None if every call was made.
    """

    log_dir: Path
    results: Path
    tally: Tally
    calls: int
    complete: bool
    max_tokens: int
    kept: int
    stopped: str | None = None


@dataclass
class Following:
    """Functions that a run calls to report its progress.

    Attributes:
        say: Called with a line for the user.
        begin: Called with the number of calls and the outcomes of earlier calls.
        outcome: Called with each outcome, and the reason if it is an error.
        validating: Called with (done, total) cases while the benchmark is validated.
    """

    say: Callable[[str], None] = lambda _: None
    begin: Callable[[int, Counter[str]], None] = lambda _calls, _so_far: None
    outcome: Callable[[str, str | None], None] = lambda _outcome, _reason: None
    validating: Callable[[int, int], None] | None = field(default=None)


def evaluate(
    planned: Planned,
    log_dir: Path | None,
    transport: Transport,
    following: Following,
    *,
    validate: bool = True,
    workers: int = 1,
    stamp: Any = None,
    samples_a_log: int = SAMPLES,
) -> Evaluated:
    """Ask every question that has no outcome yet, and write the results.

    Args:
        planned: The plan of the run.
        log_dir: Folder for the logs, run.json and results.parquet; None for `default_log_dir`.
        transport: How questions reach the model.
        following: Functions that are called with the progress.
        validate: Whether to validate the benchmark first.
        workers: Number of worker processes of the validation.
        stamp: Stamp of the benchmark's files at a validation by another run, which need not be repeated.
        samples_a_log: Maximum number of samples per log; a resumed run keeps its first value.

    Raises:
        UsageError: The benchmark fails a check, the model is not available or cannot take these questions, or
            the folder holds another run or is in use by one.
        WorkError: The logs or the results cannot be written, or a folder that inspect_ai needs.
    """
    settings = planned.settings
    if log_dir is not None:
        check_log_dir(log_dir, planned.benchmark.root)
    check_room()
    forgive_traces()
    with _quiet():
        model = ready(settings, transport.base_urls)
    planned = replace(planned, served=model.identity)
    if log_dir is None:
        log_dir = default_log_dir(planned)
        check_log_dir(log_dir, planned.benchmark.root)
    check_takes(model.takes, planned.questions, settings.model)
    with alone(log_dir):
        earlier = read_record(log_dir)
        if earlier is not None:
            check_same_run(
                log_dir, earlier, planned.run_id, settings.identity(), model.scopes, model.identity
            )
        stamp = (earlier or {}).get("validated") or stamp
        if validate:
            stamp = check_benchmark(planned.benchmark, stamp, workers, following.validating)
        context = _context(planned, model, earlier or {}, following.say)
        asks = requested(settings, context.limit)
        with _quiet():
            expected = foreseen(model.model, settings, context.limit)
        told = [] if expected is None else sentences(settings.model, asks, expected)
        for note in (*model.notes, *context.notes(settings.model), *told):
            following.say(note)
        record = new_record(planned, model, model.base_urls, context.limit, stamp, earlier)
        record["samples_a_log"] = (earlier or {}).get("samples_a_log", samples_a_log)
        write_record(log_dir, record | _pictures(planned, context))
        so_far = outcomes_so_far(newest_logs(log_dir)) if earlier else Counter()
        following.begin(planned.calls, so_far)
        replied = so_far.copy()  # a log on a full disk lacks the last replies

        def count(outcome: str, reason: str | None) -> None:
            replied[outcome] += 1
            following.outcome(outcome, reason)

        health = Health(server=", ".join(model.base_urls) or settings.model, stop=interrupt)
        tell = _FirstReply(settings.model, asks, set(told), following.say)
        stored = transport.cache or planned.settings.baseline
        stopped = None
        for part in parts(planned.questions, planned.settings.times, log_dir, record["samples_a_log"]):
            task = _task(planned, part.questions, model, transport, context, health)
            stopped = _ask(task, model, transport, part.folder, count, tell, stored)
            stopped = health.given_up or stopped
            if stopped is not None:
                break
        tally = _written(log_dir, record, traced=settings.trace != "none")
        complete = tally.answered == planned.calls
        record |= {"max_tokens": context.limit, **_pictures(planned, context)}
        write_record(log_dir, ended(record, complete, tally, asks | {"max_tokens": context.limit}))
        kept = max(tally.answered, replied.total() - replied["error"])
        return Evaluated(
            log_dir, log_dir / RESULTS_NAME, tally, planned.calls, complete, context.limit, kept, stopped
        )


def _written(log_dir: Path, record: dict[str, Any], *, traced: bool) -> Tally:
    """Write the results, and the steps if they were kept, whose numbers the record gets."""
    common = common_columns(record)
    with writing_steps(log_dir / STEPS_NAME if traced else None, common) as steps:
        tally = write_results(newest_logs(log_dir), log_dir / RESULTS_NAME, common, steps)
    if traced:
        record["trace"] = {"steps": steps.count, "left_out": steps.left_out}
    return tally


def _context(
    planned: Planned, model: Ready, earlier: Mapping[str, Any], say: Callable[[str], None]
) -> Context:
    return context_of(
        planned.questions,
        planned.sizes,
        model.family,
        length=model.context_length,
        wanted=planned.settings.max_tokens,
        local=model.takes is not None,
        recorded=earlier.get("picture_tokens"),
        say=say,
    )


def _pictures(planned: Planned, context: Context) -> dict[str, Any]:
    """The tokens of pictures, for the record of a run whose model is not in this process."""
    local = planned.settings.baseline or planned.settings.local
    return {} if local else {"picture_tokens": context.record()}


@dataclass
class _FirstReply:
    """Says of each reply what its provider or server did to the sampler, the first time that it does so."""

    model: str
    requested: Mapping[str, Any]
    told: set[str]
    say: Callable[[str], None]

    def __call__(self, sample: EvalSample) -> None:
        sent = (sample.output.metadata or {}).get(SENT)
        if not isinstance(sent, Mapping):
            return
        limit = sample.metadata.get(REPLY_LIMIT, self.requested["max_tokens"])
        for sentence in sentences(self.model, {**self.requested, "max_tokens": limit}, sent):
            if sentence not in self.told:
                self.told.add(sentence)
                self.say(sentence)


def _task(
    planned: Planned,
    questions: Sequence[Row],
    model: Ready,
    transport: Transport,
    context: Context,
    health: Health,
) -> Task:
    settings = planned.settings
    log_pictures = transport.log_pictures
    if log_pictures is None:
        log_pictures = logs_pictures(planned.questions, settings.times)
    return make_task(
        planned.benchmark,
        questions,
        planned.sizes,
        config=GenerateConfig(
            temperature=settings.temperature, top_p=settings.top_p, max_tokens=context.wanted
        ),
        settings=AskSettings(settings.seed, _scopes(planned, model), settings.read),
        reasoning=settings.reasoning,
        epochs=settings.times,
        cache=transport.cache and not settings.baseline,
        log_pictures=log_pictures,
        health=health,
        context=context,
    )


def _scopes(planned: Planned, model: Ready) -> dict[str, str]:
    """What a cached reply depends on in addition to the request."""
    settings = planned.settings
    control = {} if settings.control == "none" else {"control": settings.control}
    trace = {} if settings.trace == "none" else {"trace": settings.trace}
    return {**model.scopes, "decoding": settings.decoding, **control, **trace}


def _ask(
    task: Task,
    model: Ready,
    transport: Transport,
    log_dir: Path,
    outcome: Callable[[str, str | None], None],
    tell: Callable[[EvalSample], None],
    stored: bool,
) -> str | None:
    """Ask the remaining questions of a task; return why it was stopped, or None if it was not.

    stored: whether earlier replies come back from inspect_ai's cache, or cost nothing to make again.
    """
    connections = transport.connections or _connections(model)
    limits: dict[str, Any] = {} if transport.timeout is None else {"attempt_timeout": transport.timeout}
    # The replies of a killed run come back from the cache. Without a cache, inspect_ai's database of samples
    # that are not in the log yet is needed, which adds a tenth to the cost of a question.
    log_realtime = not stored
    try:
        with _quiet(), watching(outcome, tell), surroundings_ignored():
            _, logs = eval_set(
                task,
                str(log_dir),
                model=model.model,
                retry_attempts=1,
                retry_immediate=False,
                display="none",
                log_level="error",
                log_images=True,
                max_connections=connections,
                max_retries=transport.retries,
                log_realtime=log_realtime,
                ctl_server=False,
                score_display=False,
                **limits,
            )
    except KeyboardInterrupt:
        return "interrupted"
    except PrerequisiteError as error:
        raise UsageError(one_line(error)) from error
    except OSError as error:
        raise write_error(error, log_dir, kept=ANSWERS_KEPT) from error
    if not logs or any(log.status == "cancelled" for log in logs):
        return "interrupted"
    return next((_DISK_FULL for log in logs if log.error and _ERRNO.match(log.error.message)), None)


def _connections(model: Ready) -> int:
    config: GenerateConfig = model.model.config
    return config.max_connections or max(model.model.api.max_connections(), 1)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Suppress inspect_ai's own output; errors of questions are in the results."""
    with contextlib.redirect_stdout(io.StringIO()), clean_logs():
        yield

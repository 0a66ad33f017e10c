"""A run: checked first, asked by inspect_ai's eval_set, recorded at the end and whenever it is stopped."""

import contextlib
import io
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from inspect_ai import Task, eval_set
from inspect_ai._util.error import PrerequisiteError
from inspect_ai.model import GenerateConfig

from misground.benchmark.files import ANSWERS_KEPT, DISK_FULL, write_error
from misground.errors import UsageError
from misground.evaluation.alone import alone
from misground.evaluation.checked import check_benchmark
from misground.evaluation.fitting import check_takes, fitting_tokens
from misground.evaluation.models import Ready, one_line, ready
from misground.evaluation.parts import SAMPLES, newest_logs, parts
from misground.evaluation.planned import Planned
from misground.evaluation.results import Tally, outcomes_so_far, write_results
from misground.evaluation.run_record import (
    check_same_run,
    common_columns,
    ended,
    new_record,
    read_record,
    write_record,
)
from misground.evaluation.selection import Row
from misground.evaluation.solver import AskSettings, Health
from misground.evaluation.task import logs_pictures, make_task
from misground.evaluation.transport import Transport
from misground.evaluation.watching import watching
from misground.records import RESULTS_NAME

_DISK_FULL: Final = "disk full while writing the log: free some space"
_ERRNO: Final = re.compile(rf"OSError\((?:{'|'.join(map(str, sorted(DISK_FULL)))}),")
"""How inspect_ai words an error of a log that ended because of a full disk."""


@dataclass(frozen=True)
class Evaluated:
    """A run that has ended.

    Attributes:
        log_dir: the log folder. results: the results.parquet in it.
        tally: outcomes, and reasons of errors.
        calls: calls that the whole run takes, those made earlier included.
        complete: every question has an outcome that is not an error, in every epoch.
        stopped: why the run ended before every call was made; None where every call was made.
    """

    log_dir: Path
    results: Path
    tally: Tally
    calls: int
    complete: bool
    stopped: str | None = None


@dataclass
class Following:
    """Whom a run tells of its progress: lines, the calls and what is known already, each outcome."""

    say: Callable[[str], None] = lambda _: None
    begin: Callable[[int, Counter[str]], None] = lambda _calls, _so_far: None
    outcome: Callable[[str, str | None], None] = lambda _outcome, _reason: None
    validating: Callable[[int, int], None] | None = field(default=None)


def evaluate(
    planned: Planned,
    log_dir: Path,
    transport: Transport,
    following: Following,
    *,
    validate: bool = True,
    workers: int = 1,
    samples_a_log: int = SAMPLES,
) -> Evaluated:
    """Ask every question that has no outcome yet, and write the results.

    Args:
        planned: what is asked. log_dir: where logs, run.json and results.parquet lie.
        validate: check the benchmark's files first, with so many workers.
        samples_a_log: at most; a run that goes on keeps to what it began with.

    Raises:
        UsageError: the benchmark fails its checks, the model cannot be had or cannot be asked these
            questions, or the folder holds another run, or one that is going on.
        WorkError: the log or the results cannot be written.
    """
    settings = planned.settings
    with _quiet():
        model = ready(settings, transport.base_urls)
    check_takes(model.takes, planned.questions, settings.model)
    with alone(log_dir):
        earlier = read_record(log_dir)
        if earlier is not None:
            check_same_run(log_dir, earlier, planned.run_id, settings.identity(), model.scopes)
        stamp = (earlier or {}).get("validated")
        if validate:
            stamp = check_benchmark(planned.benchmark, stamp, workers, following.validating)
        max_tokens, notes = fitting_tokens(planned.questions, planned.sizes, model, settings.max_tokens)
        if earlier is not None:  # another context would make other replies of the questions that are left
            max_tokens = int(earlier.get("max_tokens", max_tokens))
        for note in (*model.notes, *notes):
            following.say(note)
        record = new_record(planned, model, transport.base_urls, max_tokens, stamp, earlier)
        record["samples_a_log"] = (earlier or {}).get("samples_a_log", samples_a_log)
        write_record(log_dir, record)
        following.begin(planned.calls, outcomes_so_far(newest_logs(log_dir)) if earlier else Counter())
        health = Health()
        stored = transport.cache or planned.settings.baseline
        stopped = None
        for part in parts(planned.questions, planned.settings.times, log_dir, record["samples_a_log"]):
            task = _task(planned, part.questions, model, transport, max_tokens, health)
            stopped = _ask(task, model, transport, part.folder, following, stored)
            if stopped is not None:
                break
        results = log_dir / RESULTS_NAME
        tally = write_results(newest_logs(log_dir), results, common_columns(record))
        complete = tally.answered == planned.calls
        write_record(log_dir, ended(record, complete, tally.outcomes, tally.reasons))
        return Evaluated(log_dir, results, tally, planned.calls, complete, stopped)


def _task(
    planned: Planned,
    questions: Sequence[Row],
    model: Ready,
    transport: Transport,
    max_tokens: int,
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
        config=GenerateConfig(temperature=settings.temperature, top_p=settings.top_p, max_tokens=max_tokens),
        settings=AskSettings(settings.seed, {**model.scopes, "decoding": settings.decoding}),
        reasoning=settings.reasoning,
        epochs=settings.times,
        cache=transport.cache and not settings.baseline,
        log_pictures=log_pictures,
        health=health,
    )


def _ask(
    task: Task, model: Ready, transport: Transport, log_dir: Path, following: Following, stored: bool
) -> str | None:
    """Ask what is left of a task; returns why it was stopped, None where it was not.

    stored: replies that were given before come back from inspect_ai's cache.
    """
    connections = transport.connections or _connections(model)
    limits: dict[str, Any] = {} if transport.timeout is None else {"attempt_timeout": transport.timeout}
    # What a killed run had answered comes back from the cache. Without one, inspect_ai's database of what is
    # not in the log yet is needed, at a tenth of what a question costs.
    log_realtime = not stored
    try:
        with _quiet(), watching(following.outcome):
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
    """Without what inspect_ai prints of its own; errors of questions are in the results."""
    with contextlib.redirect_stdout(io.StringIO()):
        yield

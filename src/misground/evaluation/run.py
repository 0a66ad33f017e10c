"""A run: checked first, asked by inspect_ai's eval_set, recorded at the end and whenever it is stopped."""

import contextlib
import io
import json
import logging
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from filelock import FileLock, Timeout
from inspect_ai import eval_set
from inspect_ai._util.error import PrerequisiteError
from inspect_ai.log import list_eval_logs
from inspect_ai.model import GenerateConfig

from misground.benchmark.load import Benchmark, open_benchmark
from misground.errors import UsageError, WorkError
from misground.evaluation.checked import check_benchmark
from misground.evaluation.fitting import check_takes, fitting_tokens
from misground.evaluation.models import Ready, one_line, ready
from misground.evaluation.results import Tally, outcomes_so_far, write_results
from misground.evaluation.run_record import (
    check_same_run,
    environment,
    now,
    read_record,
    write_record,
)
from misground.evaluation.samples import ViewSize, chosen_questions, view_sizes
from misground.evaluation.selection import Row
from misground.evaluation.settings import EvalSettings
from misground.evaluation.task import benchmark as benchmark_task
from misground.evaluation.watching import watching

RESULTS_NAME: Final = "results.parquet"


@dataclass(frozen=True)
class Transport:
    """How questions reach the model: nothing that changes a reply.

    base_urls: of servers of the model. connections: calls at a time, None for the provider's own number.
    retries: of a call that failed for a passing reason. timeout: seconds for one try, None for no limit.
    """

    base_urls: tuple[str, ...] = ()
    connections: int | None = None
    retries: int = 5
    timeout: int | None = 600
    cache: bool = True
    log_pictures: bool | None = None


@dataclass(frozen=True)
class Planned:
    """What a run would ask, before anything is asked."""

    benchmark: Benchmark
    questions: Sequence[Row]
    settings: EvalSettings

    @cached_property
    def sizes(self) -> dict[str, ViewSize]:
        """How much each view shows that is asked about."""
        return view_sizes(self.benchmark, (row["view_id"] for row in self.questions if row["view_id"]))

    @property
    def calls(self) -> int:
        """Questions times epochs."""
        return len(self.questions) * self.settings.times

    @property
    def run_id(self) -> str:
        """Of these settings on this benchmark."""
        return self.settings.run_id(str(self.benchmark.manifest["content_hash"]))


@dataclass(frozen=True)
class Evaluated:
    """A run that has ended. complete: every question has an outcome that is no error, in every epoch."""

    log_dir: Path
    results: Path
    tally: Tally
    calls: int
    complete: bool


@dataclass
class Following:
    """Whom a run tells of its progress: lines, the calls and what is known already, each outcome."""

    say: Callable[[str], None] = lambda _: None
    begin: Callable[[int, Counter[str]], None] = lambda _calls, _so_far: None
    outcome: Callable[[str, str | None], None] = lambda _outcome, _reason: None
    validating: Callable[[int, int], None] | None = field(default=None)


def plan(out: Path, settings: EvalSettings) -> Planned:
    """Which questions a run would ask.

    Raises:
        UsageError: the folder is no benchmark, or the filter and the limit leave nothing.
    """
    opened = open_benchmark(out)
    return Planned(opened, chosen_questions(opened, settings.wanted, settings.limit), settings)


def default_log_dir(planned: Planned) -> Path:
    """Where a run goes unless told: equal settings lead to the same folder, so that the same call resumes."""
    settings = planned.settings
    model = "-".join(part for part in Path(settings.model).parts if part not in {"/", "\\"})[-60:]
    root = planned.benchmark.root.resolve()
    return Path("logs") / root.name / f"{model}-{settings.decoding}-{planned.run_id[:8]}"


def evaluate(
    planned: Planned,
    log_dir: Path,
    transport: Transport,
    following: Following,
    *,
    validate: bool = True,
    workers: int = 1,
) -> Evaluated:
    """Ask every question that has no outcome yet, and write the results.

    Raises:
        UsageError: the benchmark fails its checks, the model cannot be had or cannot be asked these
            questions, or the folder holds another run, or one that is going on.
        WorkError: nothing was answered, or the log cannot be written.
    """
    settings = planned.settings
    with _quiet():
        model = ready(settings, transport.base_urls)
    check_takes(model.takes, planned.questions, settings.model)
    with _alone(log_dir):
        earlier = read_record(log_dir)
        if earlier is not None:
            check_same_run(log_dir, earlier, planned.run_id, settings.identity())
        stamp = (earlier or {}).get("validated")
        if validate:
            stamp = check_benchmark(planned.benchmark, stamp, workers, following.validating)
        max_tokens, notes = fitting_tokens(planned.questions, planned.sizes, model, settings.max_tokens)
        for note in (*model.notes, *notes):
            following.say(note)
        record = _record(planned, model, transport, max_tokens, stamp, earlier)
        write_record(log_dir, record)
        following.begin(planned.calls, outcomes_so_far(log_dir) if earlier else Counter())
        logs = _ask(planned, model, transport, max_tokens, log_dir, following)
        return _finish(planned, record, log_dir, logs)


def _ask(
    planned: Planned,
    model: Ready,
    transport: Transport,
    max_tokens: int,
    log_dir: Path,
    following: Following,
) -> list[str]:
    settings = planned.settings
    task = benchmark_task(
        path=str(planned.benchmark.root),
        filter=settings.filter_text,
        limit=settings.limit,
        reasoning=settings.reasoning,
        epochs=settings.times,
        max_tokens=max_tokens,
        temperature=settings.temperature,
        top_p=settings.top_p,
        seed=settings.seed,
        cache=transport.cache and not settings.baseline,
        log_pictures=transport.log_pictures,
        scopes={**model.scopes, "decoding": settings.decoding},
    )
    options: dict[str, Any] = {
        "max_retries": transport.retries,
        "attempt_timeout": transport.timeout,
        "max_connections": transport.connections or _connections(model),
    }
    try:
        with _quiet(), watching(following.outcome):
            eval_set(
                task,
                str(log_dir),
                model=model.model,
                retry_attempts=1,
                retry_immediate=False,
                metadata={"misground_run": planned.run_id, "decoding": settings.decoding},
                display="none",
                log_level="error",
                log_images=True,
                max_samples=2 * options["max_connections"],
                ctl_server=False,
                log_dir_allow_dirty=True,
                score_display=False,
                **{name: value for name, value in options.items() if value is not None},
            )
    except KeyboardInterrupt:
        following.say("interrupted: what was answered is kept, the same call goes on from here")
    except PrerequisiteError as error:
        raise UsageError(one_line(error)) from error
    except OSError as error:
        raise WorkError(
            f"{log_dir}: the log cannot be written ({error.strerror or error}): make room, call it again"
        ) from error
    return [info.name for info in list_eval_logs(str(log_dir), descending=True)[:1]]


def _connections(model: Ready) -> int:
    config: GenerateConfig = model.model.config
    return config.max_connections or max(model.model.api.max_connections(), 1)


def _finish(planned: Planned, record: dict[str, Any], log_dir: Path, logs: Sequence[str]) -> Evaluated:
    settings = planned.settings
    common = {
        "run_id": planned.run_id,
        "benchmark_hash": record["benchmark_hash"],
        "model": settings.model,
        "model_parameters": record["model"].get("model_parameters"),
        "decoding": settings.decoding,
        "decoding_settings": _decoding_settings(record),
    }
    results = log_dir / RESULTS_NAME
    tally = write_results(logs, results, common)
    complete = tally.answered == planned.calls
    write_record(
        log_dir,
        {
            **record,
            "status": "complete" if complete else "incomplete",
            "ended": now(),
            "outcomes": dict(sorted(tally.outcomes.items())),
            "errors": dict(tally.reasons.most_common(20)),
        },
    )
    return Evaluated(log_dir, results, tally, planned.calls, complete)


def _record(
    planned: Planned,
    model: Ready,
    transport: Transport,
    max_tokens: int,
    stamp: Any,
    earlier: dict[str, Any] | None,
) -> dict[str, Any]:
    settings = planned.settings
    return {
        "run_id": planned.run_id,
        "status": "running",
        "started": (earlier or {}).get("started") or now(),
        "resumed": [*(earlier or {}).get("resumed", []), *([now()] if earlier else [])],
        "benchmark_hash": planned.benchmark.manifest["content_hash"],
        "validated": stamp,
        "questions": len(planned.questions),
        "calls": planned.calls,
        "settings": settings.identity(),
        "max_tokens": max_tokens,
        "seeds": {"run": settings.seed, "question": "sha256 of seed/question_id/epoch, first 31 bits"},
        "model": dict(model.description),
        "transport": {"base_urls": list(transport.base_urls), "retries": transport.retries},
        **environment(),
    }


def _decoding_settings(record: dict[str, Any]) -> str:
    settings, model = record["settings"], record["model"]
    sampler = {name: settings[name] for name in ("sampler", "temperature", "top_p")}
    rule = model.get("decoding_settings") or settings["rule"] or None
    found = {"sampler": sampler, "rule": rule, "table_hash": model.get("table_hash")}
    return json.dumps(found, sort_keys=True, default=str)


@contextlib.contextmanager
def _alone(log_dir: Path) -> Iterator[None]:
    """One run at a time in a folder, which is made where it is not there."""
    try:
        log_dir.mkdir(parents=True, exist_ok=True)
        lock = FileLock(log_dir / ".lock", timeout=0)
        lock.acquire()
    except Timeout as error:
        raise UsageError(
            f"{log_dir}: another run is going on there: wait for it, or name another --log-dir"
        ) from error
    except OSError as error:
        raise UsageError(
            f"--log-dir {log_dir}: cannot be written ({error.strerror}): name another"
        ) from error
    try:
        yield
    finally:
        lock.release()


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Without what inspect_ai prints of its own; errors of questions are in the results."""
    before = logging.root.manager.disable
    with contextlib.redirect_stdout(io.StringIO()):
        try:
            yield
        finally:
            logging.disable(before)

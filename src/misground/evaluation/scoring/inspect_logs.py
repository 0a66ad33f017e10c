"""Logs of inspect_ai as replies: of `misground eval`, of `inspect eval misground/benchmark`, or of others."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from inspect_ai.log import EvalLog, EvalSample, read_eval_log
from inspect_ai.model import ChatMessageUser

from misground.errors import UsageError
from misground.evaluation.results import (
    our_score,
    outcome_of_sample,
    reply_columns,
    samples_in_groups,
    stopped,
)
from misground.evaluation.scoring.reply import Claims, Reply, Source, clean_epoch, clean_text
from misground.evaluation.scoring.tables import check_zip, readable, unreadable
from misground.records.arms import CONTROLS
from misground.records.limits import MOST_PREDICTION_JSON
from misground.records.schemas import QUESTIONS, RESULTS

_FACTORS: Final = [
    name for name in RESULTS.names if name in QUESTIONS.names and name not in ("text", "options", "answer")
]
_SPREAD: Final = "misground-spread/"


def open_logs(path: Path, logs: Sequence[Path], sha256: str) -> Source:
    """The replies in the logs of one run.

    Args:
        path: As the user named it.
        logs: The logs.
        sha256: Hash of their content.

    Raises:
        UsageError: A log cannot be read, or the logs are of different runs.
    """
    headers = [_header(log) for log in logs]
    told = {(one.eval.model, (one.eval.metadata or {}).get("benchmark_hash")) for one in headers}
    if len(told) > 1:
        raise UsageError(f"{path} holds logs of different runs: name the logs of one run")
    first = headers[0]
    benchmark = (first.eval.metadata or {}).get("benchmark_hash")
    return Source(
        path,
        "inspect_ai log",
        _replies(logs),
        sha256,
        benchmark_hash=benchmark if isinstance(benchmark, str) else None,
        model=_model(first.eval.model),
        columns=_columns(first),
    )


def _header(log: Path) -> EvalLog:
    with readable(log):
        if log.suffix == ".eval":
            check_zip(log)
        elif log.stat().st_size > MOST_PREDICTION_JSON:
            raise UsageError(f"{log}: larger than {MOST_PREDICTION_JSON >> 20} MiB: convert it to .eval")
    try:
        return read_eval_log(str(log), header_only=True)
    except Exception as error:  # whatever a damaged file makes the library raise
        raise unreadable(log, "a log of inspect_ai", error) from error


def _replies(logs: Sequence[Path]) -> Iterator[Reply]:
    for log in logs:
        try:
            for samples in samples_in_groups([str(log)]):
                for sample in samples:
                    if not stopped(sample):
                        yield _reply(sample, f"{log} sample {sample.id}")
        except (UsageError, GeneratorExit):
            raise
        except Exception as error:
            raise unreadable(log, "a log of inspect_ai", error) from error


def _reply(sample: EvalSample, where: str) -> Reply:
    told = sample.metadata
    score = our_score(sample.scores)
    completion: str | None = None
    error = None
    known: dict[str, Any] = {}
    if sample.error is not None:
        error = outcome_of_sample(sample)[1]
    elif not sample.output.choices:
        error = "the log holds no reply"
    else:
        known = reply_columns(sample.output)
        completion = clean_text(known.pop("completion"), where, "completion")
    text, options = told.get("text"), told.get("options")
    return Reply(
        str(sample.id),
        clean_epoch(sample.epoch, where),
        completion,
        where,
        error=error,
        claims=Claims(
            text=text if isinstance(text, str) else None,
            options=tuple(map(str, options)) if isinstance(options, list) else None,
            answer=sample.target if isinstance(sample.target, str) and sample.target else None,
            prompt=None if isinstance(text, str) else _prompt(sample),
            factors={name: told[name] for name in _FACTORS if name in told},
        ),
        known=known,
        before=(str((score.metadata or {})["outcome"]), score.answer) if score else None,
        kept=told.get("read") == "options" and score is not None,
    )


def _prompt(sample: EvalSample) -> str | None:
    if isinstance(sample.input, str):
        return sample.input
    asked = [message.text for message in sample.input if isinstance(message, ChatMessageUser)]
    return asked[-1] if asked else None


def _model(name: str) -> str:
    """The name that `misground eval` gives a model on a server, without our way to it."""
    if not name.startswith(_SPREAD):
        return name
    return name.removeprefix(_SPREAD).removeprefix("openai-api/").removeprefix("vllm/")


def _columns(log: EvalLog) -> Mapping[str, Any]:
    config = log.plan.config
    decoding, arm = "default", None
    for step in log.plan.steps:
        scopes = (step.params or {}).get("scopes")
        if isinstance(scopes, dict) and scopes.get("decoding") in ("default", "semantic"):
            decoding = scopes["decoding"]
            if scopes.get("control") in CONTROLS:
                decoding, arm = "control", scopes["control"]
    sampler = {"sampler": None, "temperature": config.temperature, "top_p": config.top_p}
    settings = {"sampler": sampler, "rule": None, "table_hash": None}
    return {
        "decoding": decoding,
        "decoding_settings": json.dumps(settings, sort_keys=True),
        **({} if arm is None else {"arm": arm}),
    }

"""run.json: the settings, model and environment of a run, for readers of its results."""

import json
import os
import platform
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final

from misground import __version__
from misground.benchmark.files import ANSWERS_KEPT, write_text
from misground.dialogue.version import reader_version
from misground.errors import UsageError
from misground.evaluation.arms import told_arm
from misground.evaluation.models import Ready
from misground.evaluation.planned import Planned
from misground.evaluation.results import PER_QUESTION, Tally
from misground.evaluation.secrets import clean
from misground.evaluation.sent import left_out
from misground.evaluation.served_identity import differences
from misground.records import RECORD_NAME
from misground.records.arms import decoding_of
from misground.records.door.json_file import read_json_object
from misground.records.door.shapes import check_record

FORMAT: Final = 1
REASONS_KEPT: Final = 20
SETS_KEPT: Final = 20
PACKAGES: Final = (
    "inspect_ai", "openai", "anthropic", "google-genai", "torch", "transformers", "vllm", "numpy", "pyarrow",
    "pillow",
)  # fmt: skip


def environment() -> dict[str, Any]:
    """Collect versions and hardware of this machine, without the names of hosts or users."""
    versions = {"misground": __version__, "python": platform.python_version()}
    for package in PACKAGES:
        try:
            versions[package] = version(package)
        except PackageNotFoundError:
            continue
    hardware = {"machine": platform.machine(), "system": platform.system(), "processors": os.cpu_count()}
    return {"versions": versions, "hardware": hardware}


def now() -> str:
    """Return the time in UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def read_record(log_dir: Path) -> dict[str, Any] | None:
    """Read the record in a log folder; None if there is none.

    Raises:
        UsageError: The file cannot be read.
    """
    path = log_dir / RECORD_NAME
    if not path.is_file():
        return None
    try:
        found = read_json_object(path, path.name)
    except UsageError as error:
        raise UsageError(
            f"{path} cannot be read ({error}): delete it, or choose another --log-dir"
        ) from error
    if found.get("format") != FORMAT:
        raise UsageError(f"{path} is not a run record of format {FORMAT}: choose another --log-dir")
    check_record(found, str(path))
    return found


def write_record(log_dir: Path, record: Mapping[str, Any]) -> None:
    """Write the record. The file is replaced as a whole or not at all.

    Raises:
        WorkError: The disk is full, or the folder cannot be written to.
    """
    text = json.dumps({"format": FORMAT, **record}, indent=2, default=str) + "\n"
    write_text(text, log_dir / RECORD_NAME, kept=ANSWERS_KEPT)


def new_record(
    planned: Planned,
    model: Ready,
    base_urls: Sequence[str],
    max_tokens: int,
    stamp: Any,
    earlier: Mapping[str, Any] | None,
) -> dict[str, Any]:
    """Make the record of a run that starts or resumes.

    Args:
        planned: The plan of the run.
        model: The model.
        base_urls: Addresses of its servers, without secrets.
        max_tokens: Maximum tokens per reply, within the context of the model.
        stamp: Stamp of the benchmark's files at the last validation; None if there was none.
        earlier: The record that the folder holds; None if there is none.
    """
    settings = planned.settings
    before = earlier or {}
    return {
        "run_id": planned.run_id,
        "status": "running",
        "started": before.get("started") or now(),
        "resumed": [*before.get("resumed", []), *([now()] if before else [])],
        "benchmark_hash": planned.benchmark.content_hash,
        "benchmark": benchmark_facts(planned.benchmark.manifest),
        "validated": stamp,
        "questions": len(planned.questions),
        "calls": planned.calls,
        "arm": told_arm(settings, model.description),
        "tried": settings.tried,
        "settings": settings.identity(),
        "scopes": dict(model.scopes),
        "served": dict(planned.served),
        "max_tokens": max_tokens,
        "seeds": {"run": settings.seed, "question": "sha256 of seed/question_id/epoch, first 31 bits"},
        "model": dict(model.description),
        "base_urls": list(base_urls),
        "readers": [*dict.fromkeys([*before.get("readers", []), reader_version()])],
        **environment(),
    }


def benchmark_facts(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """Facts about the benchmark, with the kinds of its sources but not their folders."""
    sources = {str(source).partition(":")[0] for source in manifest.get("sources", ())}
    known = {name: manifest.get(name) for name in ("version", "preset", "seed", "counts")}
    return {**known, "sources": sorted(sources)}


def ended(
    record: Mapping[str, Any], complete: bool, tally: Tally, requested: Mapping[str, Any]
) -> dict[str, Any]:
    """Complete the record of a run that has ended.

    Args:
        record: The record of the run.
        complete: Whether every question has an outcome that is not an error.
        tally: Counts of the run.
        requested: The sampler that the run declares.
    """
    sent = [{**json.loads(text), "replies": count} for text, count in tally.sent.most_common(SETS_KEPT)]
    answered = tally.answered
    return {
        **record,
        "status": "complete" if complete else "incomplete",
        "ended": now(),
        "outcomes": dict(sorted(tally.outcomes.items())),
        "truncated": {
            "count": tally.cut.total(),
            "share": tally.cut.total() / answered if answered else None,
        },
        "sampler": {
            "requested": {**requested, "seed": PER_QUESTION},
            "sent": sent,
            "left_out": sorted({name for one in sent for name in left_out(requested, one)}),
        },
        "errors": dict(tally.reasons.most_common(REASONS_KEPT)),
    }


def common_columns(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return the columns of results.parquet that are the same in all rows of a run."""
    settings, model = record["settings"], record["model"]
    decoding = {
        "sampler": {
            name: settings[name] for name in ("sampler", "temperature", "top_p", "cut") if name in settings
        },
        "rule": model.get("decoding_settings"),
        "table_hash": model.get("table_hash"),
    }
    return {
        "run_id": record["run_id"],
        "benchmark_hash": record["benchmark_hash"],
        "model": settings["model"],
        "model_parameters": model.get("model_parameters"),
        "decoding": decoding_of(record["arm"]),
        "decoding_settings": json.dumps(decoding, sort_keys=True, default=str),
        "arm": record["arm"],
    }


def check_same_run(
    log_dir: Path,
    found: Mapping[str, Any],
    run_id: str,
    settings: Mapping[str, Any],
    scopes: Mapping[str, str],
    served: Mapping[str, Any],
) -> None:
    """Check that the record in a folder is of the same run.

    Args:
        log_dir: The folder.
        found: The record in it.
        run_id: Id of the run that wants to use the folder.
        settings: Its settings, as in `EvalSettings.identity`.
        scopes: What its cached replies depend on in addition to the request.
        served: What a server tells of its model; empty for other models.

    Raises:
        UsageError: The folder holds another run; the message names what differs.
    """
    if found.get("run_id") != run_id:
        differ = differences(found.get("settings", {}), settings)
        if "served" not in found and served and not differ:
            raise UsageError(
                f"{log_dir} holds a run of an earlier version, which did not record what the server told of "
                "its model: choose another --log-dir"
            )
        differ += [f"the model of the server: {one}" for one in differences(found.get("served", {}), served)]
        what = clean("; ".join(differ)) or "another benchmark"
        raise UsageError(
            f"{log_dir} holds another run ({what}): choose another --log-dir, or repeat the earlier command"
        )
    # The arguments of a local model belong to the run id; earlier versions did not record them here.
    recorded, used = (
        {k: v for k, v in some.items() if k != "arguments"} for some in (found.get("scopes", scopes), scopes)
    )
    if recorded != used:
        raise UsageError(
            f"the files of the model or its table have changed since the run in {log_dir}: choose another "
            "--log-dir"
        )

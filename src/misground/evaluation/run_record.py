"""run.json: what a run was, for whoever reads its results later."""

import json
import os
import platform
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final

from misground import __version__
from misground.errors import UsageError

NAME: Final = "run.json"
FORMAT: Final = 1
PACKAGES: Final = (
    "inspect_ai", "openai", "anthropic", "google-genai", "torch", "transformers", "vllm", "numpy", "pyarrow",
    "pillow",
)  # fmt: skip


def environment() -> dict[str, Any]:
    """Versions and hardware of this machine; no names of hosts or users."""
    versions = {"misground": __version__, "python": platform.python_version()}
    for package in PACKAGES:
        try:
            versions[package] = version(package)
        except PackageNotFoundError:
            continue
    hardware = {"machine": platform.machine(), "system": platform.system(), "processors": os.cpu_count()}
    return {"versions": versions, "hardware": hardware}


def now() -> str:
    """The time in UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def read_record(log_dir: Path) -> dict[str, Any] | None:
    """The record in a log folder; None where there is none.

    Raises:
        UsageError: the file cannot be read.
    """
    path = log_dir / NAME
    if not path.is_file():
        return None
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UsageError(f"{path} cannot be read ({error}): remove it, or name another --log-dir") from error
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        raise UsageError(f"{path} is no run record of format {FORMAT}: name another --log-dir")
    return found


def write_record(log_dir: Path, record: Mapping[str, Any]) -> None:
    """Write the record, whole or not at all."""
    partial = log_dir / f".{NAME}.partial"
    partial.write_text(
        json.dumps({"format": FORMAT, **record}, indent=2, default=str) + "\n", encoding="utf-8"
    )
    partial.replace(log_dir / NAME)


def check_same_run(log_dir: Path, found: Mapping[str, Any], run_id: str, settings: Mapping[str, Any]) -> None:
    """Raises UsageError where the folder holds another run; it names what differs."""
    if found.get("run_id") == run_id:
        return
    earlier = found.get("settings", {})
    differ = [
        f"{name} {earlier.get(name)!r}, now {value!r}"
        for name, value in settings.items()
        if earlier.get(name) != value
    ]
    what = "; ".join(differ) or "another benchmark"
    raise UsageError(f"{log_dir} holds another run ({what}): name another --log-dir, or call it as before")

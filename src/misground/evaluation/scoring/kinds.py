"""What a file of replies is, by its content, and its replies."""

import hashlib
import json
from pathlib import Path
from typing import Final

from misground.benchmark.files import sha256_file
from misground.errors import UsageError
from misground.evaluation.parts import newest_logs
from misground.evaluation.scoring import rows, tables
from misground.evaluation.scoring.earlier import open_run
from misground.evaluation.scoring.inspect_logs import open_logs
from misground.evaluation.scoring.reply import Source
from misground.records import RESULTS_NAME
from misground.records.limits import MOST_PREDICTION_BYTES, MOST_PREDICTION_LINE

_HEAD: Final = 1 << 16
_PICKLE: Final = b"\x80"


def open_source(path: Path) -> Source:
    """Recognise a file or folder of replies by its content.

    Raises:
        UsageError: It does not exist, is of no known kind, or exceeds a limit.
    """
    with tables.readable(path):
        if path.is_dir():
            return _folder(path)
        if not path.exists():
            raise UsageError(f"{path} does not exist, expected {tables.EXPECTED}")
        if not path.is_file():
            raise UsageError(f"{path} is not a file, expected {tables.EXPECTED}")
        size = path.stat().st_size
        with path.open("rb") as file:
            head = file.read(_HEAD)
    if size > MOST_PREDICTION_BYTES:
        raise UsageError(
            f"{path}: {size:,} bytes, expected at most {MOST_PREDICTION_BYTES >> 30} GiB: split it by epoch"
        )
    return _file(path, head)


def _folder(path: Path) -> Source:
    results = path / RESULTS_NAME
    if results.is_file():
        return open_run(path, results, sha256_file(results))
    logs = [Path(name.removeprefix("file://")) for name in newest_logs(path)]
    if not logs:
        raise UsageError(f"{path} has no {RESULTS_NAME} and no log of inspect_ai, expected {tables.EXPECTED}")
    digest = hashlib.sha256("".join(map(sha256_file, logs)).encode()).hexdigest()
    return open_logs(path, logs, digest)


def _file(path: Path, head: bytes) -> Source:
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not start:
        raise UsageError(f"{path} is empty, expected {tables.EXPECTED}")
    if head.startswith(b"PAR1"):
        return open_run(path, path, sha256_file(path))
    if head.startswith(b"PK\x03\x04"):
        return _zip(path)
    if head.startswith(_PICKLE) or path.suffix.lower() in (".pkl", ".pickle"):
        raise UsageError(
            f"{path} is a pickle, which may run code when it is read: give the .xlsx, .tsv or .json table "
            "that VLMEvalKit writes beside it (PRED_FORMAT=tsv where it fell back to .pkl)"
        )
    if b"\x00" in head:
        raise UsageError(f"{path} is neither text nor a known kind of file, expected {tables.EXPECTED}")
    if start.startswith(b"{"):
        found = _first_object(path)
        if found is None or {"eval", "version"} <= found.keys():
            return open_logs(path, [path], sha256_file(path))
        return _table(path, tables.json_lines(path))
    if start.startswith(b"["):
        return _table(path, tables.json_list(path))
    return _table(path, tables.delimited(path))


def _zip(path: Path) -> Source:
    names = tables.check_zip(path)
    if "[Content_Types].xml" in names:
        return _table(path, tables.spreadsheet(path))
    if "header.json" in names or any(name.startswith("_journal/") for name in names):
        return open_logs(path, [path], sha256_file(path))
    raise UsageError(f"{path} is a zip file of an unknown kind, expected {tables.EXPECTED}: unpack it")


def _table(path: Path, given: object) -> Source:
    kind, replies = rows.replies(given, path)  # type: ignore[arg-type]
    return Source(path, kind, replies, sha256_file(path))


def _first_object(path: Path) -> dict[str, object] | None:
    """The object on the first line; None if the line is only the start of one, as in a log of inspect_ai."""
    with path.open("rb") as file:
        for line in iter(lambda: file.readline(MOST_PREDICTION_LINE), b""):
            text = line.removeprefix(b"\xef\xbb\xbf").strip()
            if text:
                break
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None if text == b"{" else {}
    return found if isinstance(found, dict) else {}

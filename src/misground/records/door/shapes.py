"""The manifest of a benchmark and the record of a run: which types their known fields have."""

from collections.abc import Mapping
from typing import Any, Final

from misground.errors import UsageError
from misground.records.door.rows import shown

Check = type | tuple[type, ...]

_MANIFEST: Final[Mapping[str, Check]] = {
    "version": str,
    "preset": str,
    "seed": int,
    "settings": dict,
    "sources": list,
    "cases_digest": str,
    "counts": dict,
    "notes": list,
    "label_names": list,
    "files": dict,
    "content_hash": str,
}
_RECORD: Final[Mapping[str, Check]] = {
    "run_id": str,
    "status": str,
    "started": str,
    "resumed": list,
    "ended": str,
    "benchmark_hash": str,
    "benchmark": dict,
    "validated": (str, type(None)),
    "questions": int,
    "calls": int,
    "settings": dict,
    "scopes": dict,
    "served": dict,
    "picture_tokens": dict,
    "max_tokens": int,
    "samples_a_log": int,
    "seeds": dict,
    "model": dict,
    "base_urls": list,
    "readers": list,
    "replies": dict,
    "versions": dict,
    "hardware": dict,
    "outcomes": dict,
    "truncated": dict,
    "sampler": dict,
    "errors": dict,
}
_NAMES: Final[Mapping[type, str]] = {
    str: "a text", int: "a whole number", dict: "an object", list: "a list", type(None): "null",
}  # fmt: skip
_LONGEST_HASH: Final = 128


def check_manifest(manifest: Mapping[str, Any], name: str) -> None:
    """Check the types of a manifest's fields, as far as they are there.

    Args:
        manifest: the value of manifest.json.
        name: the file, for messages.

    Raises:
        UsageError: a field has another type than a build writes.
    """
    _check_types(manifest, _MANIFEST, name)
    _check_items(manifest, name, texts=("sources", "notes"))
    for key, value in manifest.get("counts", {}).items():
        _check_type(value, int, f"counts.{key}", name)
    for key, value in manifest.get("files", {}).items():
        _check_type(value, str, f"files.{key}", name)
    content_hash = manifest.get("content_hash", "")
    if len(content_hash) > _LONGEST_HASH or not content_hash.isprintable():
        raise UsageError(f"{name}: content_hash is {shown(content_hash)}, expected hexadecimal digits")


def check_record(record: Mapping[str, Any], name: str) -> None:
    """Check the types of a run record's fields, as far as they are there.

    Args:
        record: the value of run.json.
        name: the file, for messages.

    Raises:
        UsageError: a field has another type than a run writes.
    """
    _check_types(record, _RECORD, name)
    _check_items(record, name, texts=("resumed", "base_urls", "readers"))
    benchmark = record.get("benchmark", {})
    _check_types(benchmark, {"sources": list}, f"{name}: benchmark")
    _check_items(benchmark, f"{name}: benchmark", texts=("sources",))


def _check_types(value: Mapping[str, Any], kinds: Mapping[str, Check], name: str) -> None:
    for key, kind in kinds.items():
        if key in value:
            _check_type(value[key], kind, key, name)


def _check_items(value: Mapping[str, Any], name: str, *, texts: tuple[str, ...]) -> None:
    for key in texts:
        for item in value.get(key, ()):
            _check_type(item, str, f"an item of {key}", name)


def _check_type(value: Any, kind: Check, key: str, name: str) -> None:
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is int):
        kinds = kind if isinstance(kind, tuple) else (kind,)
        expected = " or ".join(_NAMES[one] for one in kinds)
        what = key if key.startswith("an item") else shown(key)[1:-1]
        raise UsageError(f"{name}: {what} is {shown(value)}, expected {expected}")

"""Rows of tables as replies: our own columns, VLMEvalKit's predictions, lmms-eval's logs of samples."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain
from typing import Any, Final

from misground.benchmark.export.vlmevalkit import LETTERS
from misground.errors import UsageError
from misground.evaluation.results import CUT
from misground.evaluation.scoring.reply import Claims, Reply, clean_epoch, clean_text, stop_reason
from misground.evaluation.scoring.tables import EXPECTED, Row
from misground.records.door.rows import shown
from misground.records.limits import MOST_OPTIONS

FAILED: Final = "Failed to obtain answer"
"""How VLMEvalKit's text begins where a model gave no reply."""
_COUNTS: Final = ("input_tokens", "output_tokens")
_LARGEST_COUNT: Final = 10**15
_Read = Callable[[str, Mapping[str, Any]], Iterator[Reply]]


def replies(rows: Iterable[Row], path: object) -> tuple[str, Iterator[Reply]]:
    """The kind of a table, by its columns, and its replies.

    Raises:
        UsageError: It has no row, or the columns of no kind.
    """
    given = iter(rows)
    first = next(given, None)
    if first is None:
        raise UsageError(f"{path} has no row with a reply, expected {EXPECTED}")
    names = set(first[1])
    for kind, needed, read in _KINDS:
        if all(any(name in names for name in one) for one in needed):
            return kind, (reply for where, row in chain([first], given) for reply in read(where, row))
    found = ", ".join(sorted(str(name)[:30] for name in names)[:8])
    raise UsageError(
        f"{path} has the columns {shown(found)[1:-1]}, expected question_id and completion, or a table of "
        "VLMEvalKit (index, prediction), or samples of lmms-eval (doc_id, resps)"
    )


def _plain(where: str, row: Mapping[str, Any]) -> Iterator[Reply]:
    reason, cut = stop_reason(row.get("stop_reason", row.get("finish_reason"))), _flag(row.get("truncated"))
    known = {
        "stop_reason": reason,
        "truncated": cut if cut is not None or reason is None else reason in CUT,
        **{name: _count(row.get(name), where, name) for name in _COUNTS},
    }
    options = row.get("options")
    if isinstance(options, str) and options:
        options = None  # a list as a CSV writer spells it: its text and answer are compared
    claims = Claims(
        text=_optional(row.get("text"), where, "text"),
        options=_options(options, where),
        answer=_optional(row.get("answer"), where, "answer"),
        benchmark_hash=_optional(row.get("benchmark_hash"), where, "benchmark_hash"),
    )
    if row.get("completion") is None:
        reason = _optional(row.get("error_reason"), where, "error_reason")
        yield Reply(
            _id(row, where), clean_epoch(row.get("epoch"), where), None, where,
            error=reason or "no completion in the file", claims=claims,
        )  # fmt: skip
        return
    yield Reply(
        _id(row, where),
        clean_epoch(row.get("epoch"), where),
        clean_text(row["completion"], where, "completion"),
        where,
        claims=claims,
        known=known,
    )


def _vlmevalkit(where: str, row: Mapping[str, Any]) -> Iterator[Reply]:
    options = [_optional(row.get(letter), where, letter) for letter in LETTERS]
    letter = _optional(row.get("answer"), where, "answer")
    at = LETTERS.find(letter) if letter else -1
    claims = Claims(
        text=_optional(row.get("question"), where, "question"),
        options=tuple(one for one in options if one is not None) if "A" in row else None,
        answer=None if letter is None else (options[at] if 0 <= at < len(options) else letter),
        lettered=True,
    )
    said = row.get("prediction")
    completion = "" if said is None else clean_text(said, where, "prediction")
    thinking = _optional(row.get("thinking"), where, "thinking")
    failed = completion.startswith(FAILED)
    yield Reply(
        _id(row, where) if row.get("question_id") not in (None, "") else None,
        clean_epoch(row.get("epoch"), where),
        None if failed else (f"<think>{thinking}</think>\n{completion}" if thinking else completion),
        where,
        error=" ".join(completion.split())[:300] if failed else None,
        claims=claims,
        index=_count(row.get("index"), where, "index"),
    )


def _lmms_eval(where: str, row: Mapping[str, Any]) -> Iterator[Reply]:
    scored = [value for value in row.values() if isinstance(value, dict) and "question_id" in value]
    told: Mapping[str, Any] = row["doc"] if isinstance(row.get("doc"), dict) else next(iter(scored), {})
    if "question_id" not in told:
        raise UsageError(
            f"{where}: names no question_id, expected samples of the task of misground export --format "
            "lmms-eval"
        )
    claims = Claims(
        text=_optional(told.get("text"), where, "text"),
        options=_options(told.get("options"), where),
        answer=_optional(row.get("target"), where, "target"),
        prompt=_optional(row.get("input"), where, "input"),
    )
    said = row.get("resps", row.get("filtered_resps"))
    texts = list(_texts(said))
    if not texts:
        raise UsageError(f"{where}: resps is {shown(said)}, expected the text of a reply")
    for epoch, text in enumerate(texts, 1):
        yield Reply(_id(told, where), epoch, clean_text(text, where, "resps"), where, claims=claims)


def _texts(value: Any) -> Iterator[Any]:
    """The replies in lmms-eval's nested lists: one for each repetition."""
    level = [value]
    for _ in range(4):
        if not any(isinstance(one, list) for one in level):
            break
        level = [item for one in level for item in (one if isinstance(one, list) else [one])]
    yield from level


def _id(row: Mapping[str, Any], where: str) -> str:
    found = row.get("question_id")
    if not isinstance(found, str) or not found.strip():
        raise UsageError(f"{where}: question_id is {shown(found)}, expected the id of a question")
    return found.strip()


def _optional(value: Any, where: str, column: str) -> str | None:
    return None if value is None or value == "" else clean_text(value, where, column)


def _options(value: Any, where: str) -> tuple[str, ...] | None:
    if value is None:
        return None
    if not isinstance(value, list) or len(value) > MOST_OPTIONS:
        raise UsageError(f"{where}: options is {shown(value)}, expected a list of at most {MOST_OPTIONS}")
    return tuple(clean_text(one, where, "options") for one in value)


def _flag(value: Any) -> bool | None:
    if isinstance(value, bool):
        return value
    return {"true": True, "1": True, "false": False, "0": False}.get(str(value).strip().lower())


def _count(value: Any, where: str, column: str) -> int | None:
    if value is None or value == "":
        return None
    try:
        found = float(value)
        if not found.is_integer() or not 0 <= found <= _LARGEST_COUNT:
            raise ValueError
    except (ValueError, TypeError, OverflowError):
        raise UsageError(f"{where}: {column} is {shown(value)}, expected a whole number") from None
    return int(found)


_KINDS: Final[tuple[tuple[str, tuple[tuple[str, ...], ...], _Read], ...]] = (
    ("replies", (("question_id",), ("completion",)), _plain),
    ("VLMEvalKit table", (("index", "question_id"), ("prediction",)), _vlmevalkit),
    ("lmms-eval samples", (("doc_id",), ("resps", "filtered_resps")), _lmms_eval),
)
"""A kind for people, the columns of which it has one each, and what reads a row of it."""

"""MIS-Ground in lmms-eval: prompt, pictures and scoring of a question. Needs nothing besides lmms-eval."""

import io
import re
from typing import Any

try:
    from misground.dialogue.extraction import extract
except ImportError:  # this file stands alone
    extract = None  # type: ignore[assignment]

_LINE = re.compile(r"answer[ *_`]{0,4}[:\uff1a]([^\n]*)", re.IGNORECASE)
_SCAN = {"ct": "a CT scan", "mri": "an MRI scan"}
_ENDING = (
    "Reason step by step, then finish with a line `Answer: <option>` that names one of the options above."
)


def doc_to_visual(doc: dict[str, Any]) -> list[Any]:
    """The pictures of a question in display order, as RGB Pillow images."""
    return [_image(image).convert("RGB") for image in doc["images"] or []]


def doc_to_text(doc: dict[str, Any], lmms_eval_specific_kwargs: dict[str, Any] | None = None) -> str:
    """The prompt: what is shown, the question, its options without letters, and how to answer."""
    options = "\n".join(f"- {option}" for option in doc["options"])
    kwargs = lmms_eval_specific_kwargs or {}
    text = f"{_shown(doc)}\n\n{doc['text']}\n\nOptions:\n{options}\n\n{_ENDING}"
    return f"{kwargs.get('pre_prompt', '')}{text}{kwargs.get('post_prompt', '')}"


def process_results(doc: dict[str, Any], results: list[str]) -> dict[str, dict[str, Any]]:
    """Score one completion: {metric: what its aggregation needs}."""
    chosen = _chosen(results[0], doc)
    row = {
        "question_id": doc["question_id"],
        "task": doc["task"],
        "extracted": chosen,
        "correct": chosen == doc["answer"],
    }
    return {"misground_accuracy": row, "misground_answered": row}


def accuracy(rows: list[dict[str, Any]]) -> float:
    """The share of right answers among all questions."""
    return sum(bool(row["correct"]) for row in rows) / max(1, len(rows))


def answered(rows: list[dict[str, Any]]) -> float:
    """The share of questions with an answer."""
    return sum(row["extracted"] is not None for row in rows) / max(1, len(rows))


def _shown(doc: dict[str, Any]) -> str:
    plane = "" if doc["task"] == "slice_direction" else f"{doc['plane']} "
    scan = _SCAN[doc["modality"]]
    count = "" if doc["condition"] == "text_only" else f"{doc['n_images']} "
    what = f"a stack of {count}parallel {plane}slices of {scan}"
    if doc["dimension"] == "2d":
        what = f"one {plane}slice of {scan}"
    if doc["condition"] == "text_only":
        return f"No picture is shown. The question is about {what}."
    if doc["condition"] == "blank":
        return f"Shown: the marks of {what}, on a black canvas without the scan."
    return f"Shown: {what}."


def _chosen(completion: str, doc: dict[str, Any]) -> str | None:
    options: list[str] = list(doc["options"])
    if extract is not None:
        return extract(completion, options, names=doc["names"] or ()).option
    lines = _LINE.findall(completion)
    if not lines:
        return None
    line = lines[-1].lower()
    for name in sorted(doc["names"] or (), key=len, reverse=True):  # a word in a name is no answer
        line = line.replace(name.lower(), " ")
    named = [option for option in options if re.search(rf"(?<!\w){re.escape(option.lower())}(?!\w)", line)]
    return named[0] if len(named) == 1 else None


def _image(stored: Any) -> Any:
    """A Pillow image, of what `datasets` hands out: that already, or its bytes."""
    if not isinstance(stored, dict):
        return stored
    from PIL import Image  # noqa: PLC0415

    return Image.open(io.BytesIO(stored["bytes"]))

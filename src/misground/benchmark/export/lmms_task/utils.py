"""MIS-Ground in lmms-eval: prompt, pictures and scoring, the same as in `misground eval`."""

import io
import sys
from typing import Any

try:
    from misground.dialogue import read_answer
except ImportError:
    sys.exit("misground, which reads the answers, is not installed with lmms-eval: pip install misground")


def doc_to_visual(doc: dict[str, Any]) -> list[Any]:
    """The pictures of a question in display order, as RGB Pillow images."""
    return [_image(image).convert("RGB") for image in doc["images"] or []]


def doc_to_text(doc: dict[str, Any], lmms_eval_specific_kwargs: dict[str, Any] | None = None) -> str:
    """The prompt of `misground eval`: what is shown, the question, its options, and how to answer."""
    kwargs = lmms_eval_specific_kwargs or {}
    return f"{kwargs.get('pre_prompt', '')}{doc['prompt_text']}{kwargs.get('post_prompt', '')}"


def process_results(doc: dict[str, Any], results: list[str]) -> dict[str, dict[str, Any]]:
    """Score one completion; returns {metric: the input of its aggregation}."""
    chosen = read_answer(doc, results[0]).option
    row = {
        "question_id": doc["question_id"],
        "task": doc["task"],
        "extracted": chosen,
        "correct": chosen == doc["answer"],
    }
    return {"misground_accuracy": row, "misground_answered": row}


def accuracy(rows: list[dict[str, Any]]) -> float:
    """The share of correct answers among all questions."""
    return sum(bool(row["correct"]) for row in rows) / max(1, len(rows))


def answered(rows: list[dict[str, Any]]) -> float:
    """The share of questions with an answer."""
    return sum(row["extracted"] is not None for row in rows) / max(1, len(rows))


def _image(stored: Any) -> Any:
    """A Pillow image from what `datasets` returns: an image already, or its bytes."""
    if not isinstance(stored, dict):
        return stored
    from PIL import Image  # noqa: PLC0415

    return Image.open(io.BytesIO(stored["bytes"]))

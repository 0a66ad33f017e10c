"""Whether a model can be asked these questions, and how long its replies may be."""

from collections.abc import Mapping, Sequence
from typing import Final

from misground.dialogue.prompt import prompt_text
from misground.errors import UsageError
from misground.evaluation.models import Ready
from misground.evaluation.samples import ViewSize
from misground.evaluation.selection import Row

# Estimates, on the safe side, for models whose tokenizer is not at hand.
CHARACTERS_A_TOKEN: Final = 3
PIXELS_A_TOKEN: Final = 28 * 28  # a patch of Qwen2-VL, the finest among usual ones
SMALLEST_REPLY: Final = 64


def kind(question: Row) -> str:
    """What a question shows: "text", "2d" or "3d"."""
    return "text" if question["view_id"] is None else str(question["dimension"])


def check_takes(takes: frozenset[str] | None, questions: Sequence[Row], model: str) -> None:
    """Raises UsageError where questions show what the model cannot take; it names the filter that helps."""
    if takes is None:
        return
    shown = {kind(question) for question in questions}
    if shown <= takes:
        return
    count = sum(kind(question) not in takes for question in questions)
    if takes == {"text"}:
        advice = "add --filter condition=text_only"
    elif takes == {"3d"}:
        advice = "add --filter dimension=3d,condition=image|blank"
    else:
        advice = "leave these out by --filter"
    words = {"text": "text", "2d": "slices", "3d": "stacks"}
    raise UsageError(
        f"{model} takes {' and '.join(words[name] for name in sorted(takes))} alone, and {count} of "
        f"{len(questions)} questions show something else: {advice}"
    )


def prompt_tokens(question: Row, sizes: Mapping[str, ViewSize]) -> int:
    """About how many tokens a prompt takes: 3 characters, or 28 x 28 pixels, a token (estimates of ours)."""
    size = sizes.get(question["view_id"]) if question["view_id"] else None
    text = len(prompt_text(question, size.frames if size else 0)) // CHARACTERS_A_TOKEN
    return text + (0 if size is None else size.frames * -(-size.width * size.height // PIXELS_A_TOKEN))


def fitting_tokens(
    questions: Sequence[Row], sizes: Mapping[str, ViewSize], model: Ready, wanted: int
) -> tuple[int, tuple[str, ...]]:
    """How many new tokens are asked for, and what is said where that is fewer than wanted.

    A local model knows its tokens: its provider cuts each reply to what the prompt leaves. For a server, the
    longest prompt is estimated.
    """
    context = model.context_length
    if context is None:
        return wanted, ()
    if model.takes is not None:
        if context >= wanted + max(prompt_tokens(question, sizes) for question in questions):
            return wanted, ()
        return wanted, (
            f"the model's context is {context:,} tokens: a reply has at most what its prompt leaves of them, "
            f"instead of {wanted:,}",
        )
    left = context - max(prompt_tokens(question, sizes) for question in questions)
    fits = min(wanted, max(left, context // 4, SMALLEST_REPLY))
    if fits == wanted:
        return wanted, ()
    return fits, (
        f"the model's context is {context:,} tokens: replies have at most {fits:,}, not {wanted:,}",
    )

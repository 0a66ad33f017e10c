"""Checks that a model can take the questions, and a limit on the length of its replies."""

from collections.abc import Mapping, Sequence
from typing import Final

from misground.dialogue.prompt import prompt_text
from misground.errors import UsageError
from misground.evaluation.models import Ready
from misground.evaluation.samples import ViewSize
from misground.evaluation.selection import Row

# Conservative estimates for models whose tokenizer is not available here.
CHARACTERS_A_TOKEN: Final = 3
PIXELS_A_TOKEN: Final = 28 * 28  # a patch of Qwen2-VL, the smallest of the common ones
SMALLEST_REPLY: Final = 64


def kind(question: Row) -> str:
    """Return what a question shows: nothing ("text"), a slice ("2d") or a stack ("3d")."""
    return "text" if question["view_id"] is None else str(question["dimension"])


def check_takes(takes: frozenset[str] | None, questions: Sequence[Row], model: str) -> None:
    """Check that a model takes everything that the questions show.

    Args:
        takes: Kinds that the model takes ("text", "2d", "3d"); None if unknown.
        questions: Questions to ask.
        model: Name of the model, for the message.

    Raises:
        UsageError: Some questions show something else; the message names the filter that leaves them out.
    """
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
        advice = "leave them out with --filter"
    words = {"text": "text", "2d": "slices", "3d": "stacks"}
    raise UsageError(
        f"{model} takes only {' and '.join(words[name] for name in sorted(takes))}, and {count} of "
        f"{len(questions)} questions show something else: {advice}"
    )


def prompt_tokens(question: Row, sizes: Mapping[str, ViewSize]) -> int:
    """Estimate the tokens of a prompt, at 3 characters or 28 x 28 pixels per token."""
    size = sizes.get(question["view_id"]) if question["view_id"] else None
    text = len(prompt_text(question, size.frames if size else 0)) // CHARACTERS_A_TOKEN
    return text + (0 if size is None else size.frames * -(-size.width * size.height // PIXELS_A_TOKEN))


def fitting_tokens(
    questions: Sequence[Row], sizes: Mapping[str, ViewSize], model: Ready, wanted: int
) -> tuple[int, tuple[str, ...]]:
    """Limit the tokens of a reply to what the context of the model leaves.

    The provider of a local model counts the tokens of each prompt and shortens the reply itself. For a
    server, the longest prompt is estimated here.

    Args:
        questions: Questions to ask.
        sizes: Sizes of their views by view id.
        model: The model.
        wanted: Tokens per reply that the user asked for.

    Returns:
        The number of tokens to ask for, and notes for the terminal if replies may be shorter than wanted.
    """
    context = model.context_length
    if context is None:
        return wanted, ()
    if model.takes is not None:
        if context >= wanted + max(prompt_tokens(question, sizes) for question in questions):
            return wanted, ()
        return wanted, (
            f"the context of the model holds {context:,} tokens: a reply gets what its prompt leaves, at "
            f"most {wanted:,}",
        )
    left = context - max(prompt_tokens(question, sizes) for question in questions)
    fits = min(wanted, max(left, context // 4, SMALLEST_REPLY))
    if fits == wanted:
        return wanted, ()
    return fits, (
        f"the context of the model holds {context:,} tokens: replies get at most {fits:,} instead of "
        f"{wanted:,}",
    )

"""The user's message: the pictures of the view, then the prompt."""

from base64 import b64encode
from collections.abc import Sequence
from typing import Literal

from inspect_ai.model import ChatMessageUser, Content, ContentImage, ContentText

StackInput = Literal["images", "video", "volume"]


def user_message(text: str, frames: Sequence[bytes], stack_input: StackInput = "images") -> ChatMessageUser:
    """Make one message, with the pictures first.

    Args:
        text: The prompt.
        frames: PNG files in display order: none for a text-only question, one for a slice.
        stack_input: "images" to number the pictures of a stack; "video" or "volume" to send them without
            words between them, so that the provider joins them to one input.
    """
    content: list[Content] = []
    for number, frame in enumerate(frames, start=1):
        if len(frames) > 1 and stack_input == "images":
            content.append(ContentText(text=picture_label(number, len(frames))))
        content.append(ContentImage(image="data:image/png;base64," + b64encode(frame).decode("ascii")))
    content.append(ContentText(text=text))
    return ChatMessageUser(content=content)


def picture_label(number: int, count: int) -> str:
    """Return the text before a picture of a stack."""
    return f"Picture {number} of {count}:"


def without_pictures(message: ChatMessageUser, note: str) -> ChatMessageUser:
    """Replace the pictures of a message by `note`, for logs that must not hold them."""
    if isinstance(message.content, str):
        return message
    texts: list[Content] = [part for part in message.content if isinstance(part, ContentText)]
    return message.model_copy(update={"content": [ContentText(text=note), *texts[-1:]]})

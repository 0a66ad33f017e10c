"""Conversion of inspect_ai's messages to the input of a chat template and a processor."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from inspect_ai.model import ChatMessage, ContentImage, ContentText
from PIL import Image

from misground.errors import WorkError
from misground.evaluation.providers.local.pictures import decode_picture

Kind = Literal["text", "2d", "3d"]


@dataclass(frozen=True, slots=True, eq=False)
class Conversation:
    """Messages in the format of chat templates, and their pictures.

    Attributes:
        messages: Dictionaries with "role" and "content"; the content is a list of {"type": "text", "text"},
            {"type": "image"} and {"type": "video"}.
        images: The image of each part "image", in order.
        videos: The frames of each part "video", in order.
    """

    messages: list[dict[str, Any]]
    images: list[Image.Image]
    videos: list[list[Image.Image]]

    @property
    def kind(self) -> Kind:
        """What is shown: a stack ("3d"), one picture ("2d"), or nothing ("text")."""
        if self.videos or len(self.images) > 1:
            return "3d"
        return "2d" if self.images else "text"

    @property
    def size(self) -> int:
        """Approximate length of the prompt: characters, plus one for every 100 pixels."""
        letters = sum(len(part.get("text", "")) for message in self.messages for part in message["content"])
        pictures = [*self.images, *(frame for video in self.videos for frame in video)]
        return letters + sum(picture.width * picture.height for picture in pictures) // 100


def conversation_of(messages: Sequence[ChatMessage], *, stacks_are_videos: bool) -> Conversation:
    """Convert messages to a conversation.

    Args:
        messages: Messages of the user or the system, in order.
        stacks_are_videos: Whether several pictures of a message become one video, in the place of the first
            of them. Otherwise each is an image of its own.

    Raises:
        WorkError: A message contains something else than text and pictures, or a picture cannot be read.
    """
    images: list[Image.Image] = []
    videos: list[list[Image.Image]] = []
    turns = []
    for message in messages:
        parts: list[dict[str, Any]] = []
        pictures: list[Image.Image] = []
        content = [ContentText(text=message.content)] if isinstance(message.content, str) else message.content
        stack = stacks_are_videos and sum(isinstance(part, ContentImage) for part in content) > 1
        for part in content:
            if isinstance(part, ContentText):
                parts.append({"type": "text", "text": part.text})
            elif isinstance(part, ContentImage):
                if not stack or not pictures:
                    parts.append({"type": "video" if stack else "image"})
                pictures.append(decode_picture(part.image))
            else:
                raise WorkError(f"a message contains {part.type}, expected text and pictures only")
        if stack:
            videos.append(pictures)
        else:
            images.extend(pictures)
        turns.append({"role": message.role, "content": parts})
    return Conversation(turns, images, videos)

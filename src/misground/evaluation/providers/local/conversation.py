"""From inspect_ai's messages to what a chat template and a processor take."""

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
    """Messages as chat templates take them, and their pictures beside.

    Attributes:
        messages: {"role", "content"}; content is a list of {"type": "text", "text"}, {"type": "image"} and
            {"type": "video"}.
        images: one a part "image", in order.
        videos: the frames of one a part "video", in order.
    """

    messages: list[dict[str, Any]]
    images: list[Image.Image]
    videos: list[list[Image.Image]]

    @property
    def kind(self) -> Kind:
        """3d where there is a stack, 2d where there is a picture, else text."""
        if self.videos or len(self.images) > 1:
            return "3d"
        return "2d" if self.images else "text"

    @property
    def size(self) -> int:
        """About how long the prompt is: letters, and pixels by the hundred."""
        letters = sum(len(part.get("text", "")) for message in self.messages for part in message["content"])
        pictures = [*self.images, *(frame for video in self.videos for frame in video)]
        return letters + sum(picture.width * picture.height for picture in pictures) // 100


def conversation_of(messages: Sequence[ChatMessage], *, stacks_are_videos: bool) -> Conversation:
    """The conversation in `messages`.

    Args:
        messages: of a user, or a system, in order.
        stacks_are_videos: whether several pictures of a message make one video, which then stands where the
            first of them stood; otherwise each is an image of its own.

    Raises:
        WorkError: content that is neither text nor picture, or a picture that cannot be read.
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
                raise WorkError(f"a message holds {part.type}, expected text and pictures")
        if stack:
            videos.append(pictures)
        else:
            images.extend(pictures)
        turns.append({"role": message.role, "content": parts})
    return Conversation(turns, images, videos)

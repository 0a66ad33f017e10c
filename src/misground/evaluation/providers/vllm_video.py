"""A vLLM server that gets a stack as one video: `misground-vllm/SERVICE/MODEL`.

vLLM accepts a video as base64 frames, separated by commas, with the media type video/jpeg, and opens each
frame with Pillow. PNG frames arrive unchanged, at one per second, and none is dropped: by default vLLM takes
up to 32 frames, the maximum of a stack.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final, Literal

from inspect_ai.model import ChatMessage
from inspect_ai.model._providers.openai_compatible import OpenAICompatibleAPI

PNG: Final = "data:image/png;base64,"
VIDEO: Final = "data:video/jpeg;base64,"


class VLLMVideoAPI(OpenAICompatibleAPI):
    """inspect_ai's OpenAI-compatible provider, which sends the pictures of a stack as one video."""

    takes: frozenset[Literal["text", "2d", "3d"]] = frozenset({"text", "2d", "3d"})
    stack_input: Literal["video"] = "video"

    async def messages_to_openai(self, input: list[ChatMessage]) -> Any:
        """Convert messages to OpenAI's format."""
        return [joined(message) for message in await super().messages_to_openai(input)]


def joined(message: Mapping[str, Any]) -> dict[str, Any]:
    """Join several pictures of a message to one video before the text; a single picture stays a picture.

    Args:
        message: A message in OpenAI's format.
    """
    content = message.get("content")
    if not isinstance(content, Iterable) or isinstance(content, str):
        return dict(message)
    parts = list(content)
    pictures = [part["image_url"]["url"] for part in parts if part.get("type") == "image_url"]
    if len(pictures) < 2:
        return dict(message)
    url = VIDEO + ",".join(picture.removeprefix(PNG) for picture in pictures)
    video = {"type": "video_url", "video_url": {"url": url}}
    return {**message, "content": [video, *(part for part in parts if part.get("type") != "image_url")]}

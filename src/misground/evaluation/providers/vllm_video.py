"""A vLLM server to which a stack is sent as one video: `misground-vllm/SERVICE/MODEL`.

vLLM takes a video as its frames in base64, separated by commas, under the media type video/jpeg, and opens
each with Pillow: PNG frames arrive as they are, one a second, none left out (it takes 32 at most by default,
as many as a stack has).
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final, Literal

from inspect_ai.model import ChatMessage
from inspect_ai.model._providers.openai_compatible import OpenAICompatibleAPI

PNG: Final = "data:image/png;base64,"
VIDEO: Final = "data:video/jpeg;base64,"


class VLLMVideoAPI(OpenAICompatibleAPI):
    """inspect_ai's provider for OpenAI's protocol, with the pictures of a stack joined to one video."""

    takes: frozenset[Literal["text", "2d", "3d"]] = frozenset({"text", "2d", "3d"})
    stack_input: Literal["video"] = "video"

    async def messages_to_openai(self, input: list[ChatMessage]) -> Any:
        """The messages in OpenAI's form."""
        return [joined(message) for message in await super().messages_to_openai(input)]


def joined(message: Mapping[str, Any]) -> dict[str, Any]:
    """The message with several pictures as one video before the text; one picture stays a picture."""
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

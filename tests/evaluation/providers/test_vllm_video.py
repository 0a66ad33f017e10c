"""A stack as one video for vLLM."""

from typing import Any

import anyio
from inspect_ai.model import ChatMessageUser

from misground.evaluation.messages import user_message
from misground.evaluation.providers.vllm_video import VLLMVideoAPI, joined


def sent(frames: list[bytes]) -> Any:
    api = VLLMVideoAPI("vllm/m", base_url="http://127.0.0.1:9/v1", api_key="none")
    message: ChatMessageUser = user_message("Where?", frames, api.stack_input)
    return anyio.run(api.messages_to_openai, [message])[0]["content"]


def test_the_pictures_of_a_stack_are_one_video_of_their_bytes_in_order() -> None:
    video, text = sent([b"one", b"two", b"three"])
    assert video == {
        "type": "video_url",
        "video_url": {"url": "data:video/jpeg;base64,b25l,dHdv,dGhyZWU="},
    }
    assert text == {"type": "text", "text": "Where?"}


def test_one_picture_stays_a_picture() -> None:
    picture, text = sent([b"one"])
    assert picture["type"] == "image_url"
    assert picture["image_url"]["url"] == "data:image/png;base64,b25l"
    assert text["text"] == "Where?"


def test_a_message_of_text_is_left_alone() -> None:
    assert joined({"role": "user", "content": "Where?"}) == {"role": "user", "content": "Where?"}

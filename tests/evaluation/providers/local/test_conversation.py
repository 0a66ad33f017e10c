"""Messages to conversations: words and pictures in their order, pixel for pixel."""

import base64
import io
from typing import Any

import numpy as np
import pytest
from PIL import Image

inspect_model = pytest.importorskip("inspect_ai.model")

from misground.errors import WorkError  # noqa: E402
from misground.evaluation.providers.local.conversation import conversation_of  # noqa: E402


def picture(value: int, *, mode: str = "RGB", size: tuple[int, int] = (6, 4)) -> Any:
    pixels = np.full((size[1], size[0], 3), value, np.uint8)
    pixels[0, 1] = (1, 2, 3)
    out = io.BytesIO()
    Image.fromarray(pixels).convert(mode).save(out, format="PNG")
    return inspect_model.ContentImage(
        image="data:image/png;base64," + base64.b64encode(out.getvalue()).decode()
    )


def user(*parts: Any) -> list[Any]:
    content = [inspect_model.ContentText(text=part) if isinstance(part, str) else part for part in parts]
    return [inspect_model.ChatMessageUser(content=content)]


def kinds(conversation: Any) -> list[str]:
    return [part.get("text", part["type"]) for part in conversation.messages[0]["content"]]


def test_words_alone_are_a_text_question() -> None:
    conversation = conversation_of([inspect_model.ChatMessageUser(content="Where?")], stacks_are_videos=True)
    assert conversation.messages == [{"role": "user", "content": [{"type": "text", "text": "Where?"}]}]
    assert conversation.kind == "text"


def test_a_picture_keeps_its_pixels() -> None:
    conversation = conversation_of(user(picture(200), "Where?"), stacks_are_videos=True)
    assert conversation.kind == "2d"
    assert kinds(conversation) == ["image", "Where?"]
    pixels = np.asarray(conversation.images[0])
    assert pixels.shape == (4, 6, 3)
    assert pixels[0, 1].tolist() == [1, 2, 3]
    assert (pixels[1:] == 200).all()


def test_a_grey_picture_gets_three_equal_channels() -> None:
    conversation = conversation_of(user(picture(77, mode="L")), stacks_are_videos=True)
    assert conversation.images[0].mode == "RGB"
    assert conversation.images[0].getpixel((3, 3)) == (77, 77, 77)


def test_several_pictures_make_one_video_in_their_order() -> None:
    conversation = conversation_of(user(picture(1), picture(2), picture(3), "Where?"), stacks_are_videos=True)
    assert conversation.kind == "3d"
    assert kinds(conversation) == ["video", "Where?"]
    assert [frame.getpixel((3, 3))[0] for frame in conversation.videos[0]] == [1, 2, 3]
    assert conversation.images == []


def test_without_video_the_pictures_stay_between_their_words() -> None:
    conversation = conversation_of(
        user("Picture 1 of 2:", picture(1), "Picture 2 of 2:", picture(2), "Where?"), stacks_are_videos=False
    )
    assert conversation.kind == "3d"
    assert kinds(conversation) == ["Picture 1 of 2:", "image", "Picture 2 of 2:", "image", "Where?"]
    assert len(conversation.images) == 2
    assert conversation.videos == []


def test_larger_pictures_and_longer_words_are_larger() -> None:
    small = conversation_of(user(picture(1), "Where?"), stacks_are_videos=True).size
    longer = conversation_of(user(picture(1), "Where is the liver?"), stacks_are_videos=True).size
    larger = conversation_of(user(picture(1, size=(60, 40)), "Where?"), stacks_are_videos=True).size
    assert small < longer
    assert small < larger


@pytest.mark.parametrize(
    "uri", ["https://example.com/a.png", "data:image/png;base64,AAAA", "data:image/png;base64,&&&&"]
)
def test_what_is_no_picture_is_refused_in_one_line(uri: str) -> None:
    with pytest.raises(WorkError, match=r"^a picture .*$"):
        conversation_of(user(inspect_model.ContentImage(image=uri)), stacks_are_videos=True)


def test_other_content_is_refused() -> None:
    video = inspect_model.ContentVideo(video="data:video/mp4;base64,AAAA", format="mp4")
    with pytest.raises(WorkError, match="a message contains video, expected text and pictures only"):
        conversation_of(user(video), stacks_are_videos=True)

"""The local provider on pictures and stacks: a tiny random Qwen3-VL."""

import asyncio
import base64
import importlib.util
import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")
inspect_model = pytest.importorskip("inspect_ai.model")

from inspect_ai.model import ChatMessageUser, ContentImage, ContentText, GenerateConfig  # noqa: E402

from misground.benchmark.frames import FrameReader  # noqa: E402
from misground.benchmark.load import open_benchmark  # noqa: E402
from misground.dialogue.prompt import prompt_text  # noqa: E402
from misground.errors import WorkError  # noqa: E402
from misground.evaluation.messages import user_message  # noqa: E402
from misground.evaluation.providers.local import loading  # noqa: E402
from misground.evaluation.providers.local.arguments import parse_arguments  # noqa: E402
from misground.evaluation.providers.local.conversation import Conversation, conversation_of  # noqa: E402
from semsam import NeighborTable  # noqa: E402

# inspect_ai 0.3.285 calls a newer tenacity than it knows.
pytestmark = pytest.mark.filterwarnings("ignore:The 'initial' parameter is deprecated:DeprecationWarning")

CONFIG = GenerateConfig(temperature=1.0, top_p=0.9, max_tokens=8)


def picture(seed: int, size: int = 64) -> ContentImage:
    pixels = np.random.default_rng(seed).integers(0, 256, (size, size), np.uint8)
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, format="PNG")
    return ContentImage(image="data:image/png;base64," + base64.b64encode(out.getvalue()).decode())


def message(pictures: int, *, first: int = 0, size: int = 64) -> ChatMessageUser:
    shown = [picture(first + at, size) for at in range(pictures)]
    return ChatMessageUser(content=[*shown, ContentText(text="Is A above B?")])


def ask(model: Any, messages: list[ChatMessageUser], *, seed: int = 1) -> list[Any]:
    async def main() -> list[Any]:
        return await asyncio.gather(
            *[
                model.generate([one], config=CONFIG.merge(GenerateConfig(seed=seed + at)))
                for at, one in enumerate(messages)
            ]
        )

    return asyncio.run(main())


@pytest.fixture(scope="module")
def qwen(open_model: Any, qwen3vl_dir: Path) -> Any:
    return open_model(qwen3vl_dir)


@pytest.fixture(scope="module")
def semantic_qwen(open_model: Any, qwen3vl_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A table of the whole vocabulary takes minutes here: this one has the tokens themselves alone."""
    vocab = 151_936
    content = torch.zeros(vocab, dtype=torch.bool)
    content[:151_643] = True
    ids = torch.arange(vocab).where(content, -1)[:, None]
    path = tmp_path_factory.mktemp("tables") / "identity.safetensors"
    NeighborTable(ids, content.float()[:, None], content).save(path)
    return open_model(qwen3vl_dir, decoding="semantic", table=str(path), mode="proportional", top_p=0.95)


def encoded(model: Any, *messages: ChatMessageUser) -> dict[str, Any]:
    conversations = [conversation_of([one], stacks_are_videos=True) for one in messages]
    found: dict[str, Any] = model.api._loaded.encoder.encode(conversations)
    return found


def test_it_takes_everything_and_stacks_as_videos(qwen: Any) -> None:
    assert qwen.api.takes == {"text", "2d", "3d"}
    assert qwen.api.stack_input == "video"
    assert qwen.api.context_length == 4096
    assert qwen.api.describe()["processor_class"] == "Qwen3VLProcessor"


@pytest.mark.parametrize("frames", [2, 3, 7, 32])
def test_a_stack_is_one_video_of_exactly_its_frames(qwen: Any, frames: int) -> None:
    inputs = encoded(qwen, message(frames))
    groups = -(-frames // 2)  # Qwen merges frames by two, the last one of an odd count with itself
    assert inputs["video_grid_thw"].tolist() == [[groups, 4, 4]]
    tokens = inputs["input_ids"][0].tolist()
    video = qwen.api._loaded.encoder.processor.video_token_id
    assert tokens.count(video) == groups * 2 * 2
    text = qwen.api._loaded.encoder.tokenizer.decode(tokens)
    assert text.count("seconds>") == groups
    assert "<0.5 seconds>" in text  # between frames 0 and 1, a second apart


def test_frames_reach_the_model_in_their_order_with_their_pixels(qwen: Any) -> None:
    forward = encoded(qwen, message(4))["pixel_values_videos"]
    twice = encoded(qwen, message(2, first=2))["pixel_values_videos"]
    assert torch.equal(forward[16:], twice)
    assert not torch.equal(forward[:16], twice)


def test_one_picture_is_an_image(qwen: Any) -> None:
    inputs = encoded(qwen, message(1))
    assert inputs["image_grid_thw"].tolist() == [[1, 4, 4]]
    assert "video_grid_thw" not in inputs


def test_vision_markers_of_a_chat_template_around_a_video_are_not_doubled(
    qwen: Any, monkeypatch: Any
) -> None:
    encoder = qwen.api._loaded.encoder
    conversation = conversation_of([message(2)], stacks_are_videos=True)
    expected = encoder.encode([conversation])["input_ids"]
    wrapped = encoder.processor.chat_template.replace(
        "'<|video_pad|>'", "'<|vision_start|><|video_pad|><|vision_end|>'"
    )
    assert wrapped != encoder.processor.chat_template
    monkeypatch.setattr(encoder.processor, "chat_template", wrapped)
    assert torch.equal(encoder.encode([conversation])["input_ids"], expected)


@pytest.mark.parametrize("name", ["qwen", "semantic_qwen"])
def test_pictures_stacks_and_words_are_answered_alone_as_in_a_batch(
    name: str, request: pytest.FixtureRequest
) -> None:
    model = request.getfixturevalue(name)
    messages = [message(1), message(1, first=9, size=96), message(0), message(4), message(6, first=3)]
    together = ask(model, messages)
    alone = [ask(model, [one], seed=1 + at)[0] for at, one in enumerate(messages)]
    assert [one.completion for one in together] == [one.completion for one in alone]
    assert len({one.completion for one in together}) == len(messages)
    for one, single in zip(together, alone, strict=True):
        assert one.usage.input_tokens == single.usage.input_tokens
        assert one.metadata == single.metadata
    if name == "semantic_qwen":
        assert sum(one.metadata["fired"] for one in together) > 0
        # With nothing but itself around it, a token has its own probability: the draw is never greedy alone.
        assert sum(one.metadata["flipped"] for one in together) > 0


def test_the_answer_is_drawn_as_bare_generate_would_at_temperature_zero(qwen: Any) -> None:
    loaded = qwen.api._loaded
    one = message(3)
    inputs = encoded(qwen, one)
    bare = loaded.model.generate(**inputs, do_sample=False, max_new_tokens=8)
    expected = loaded.encoder.decode(bare[0, inputs["input_ids"].shape[1] :].tolist())

    async def main() -> Any:
        return await qwen.generate([one], config=GenerateConfig(temperature=0, max_tokens=8))

    assert asyncio.run(main()).completion == expected


def test_a_processor_that_drops_frames_is_refused(qwen: Any, monkeypatch: Any) -> None:
    encoder = qwen.api._loaded.encoder
    processor = encoder.processor

    class Dropping:
        video_processor = processor.video_processor
        chat_template = processor.chat_template
        apply_chat_template = processor.apply_chat_template

        def __call__(self, **options: Any) -> Any:
            options["videos"] = [video[::2] for video in options["videos"]]
            options["video_metadata"] = [
                {"total_num_frames": len(video), "fps": 1.0, "frames_indices": list(range(len(video)))}
                for video in options["videos"]
            ]
            return processor(**options)

    monkeypatch.setattr(encoder, "processor", Dropping())
    with pytest.raises(
        WorkError, match=r"returned \[2\] groups of frames for stacks of \[8\] frames, expected \[4\]"
    ):
        encoder.encode([conversation_of([message(8)], stacks_are_videos=True)])


def test_without_video_the_pictures_of_a_stack_are_images(qwen: Any) -> None:
    conversation = conversation_of([message(3)], stacks_are_videos=False)
    inputs = qwen.api._loaded.encoder.encode([conversation])
    assert inputs["image_grid_thw"].tolist() == [[1, 4, 4]] * 3


def test_pictures_without_a_chat_template_have_no_place(qwen: Any, monkeypatch: Any) -> None:
    encoder = qwen.api._loaded.encoder
    monkeypatch.setattr(encoder.processor, "chat_template", None)
    image = Image.new("RGB", (8, 8))
    parts = [{"type": "image"}, {"type": "text", "text": "Where?"}]
    with pytest.raises(WorkError, match="no chat template"):
        encoder.text(Conversation([{"role": "user", "content": parts}], [image], []))


def test_a_model_that_sees_names_torchvision_where_it_is_missing(qwen3vl_dir: Path, monkeypatch: Any) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr(loading, "find_spec", lambda name: None if name == "torchvision" else find(name))
    with pytest.raises(WorkError, match=r"torchvision is not installed, .*: pip install torchvision"):
        loading.load(str(qwen3vl_dir), parse_arguments({"device": "cpu"}))


def test_questions_of_a_benchmark_are_answered_about_their_slices_and_stacks(qwen: Any, mini: Path) -> None:
    opened = open_benchmark(mini)
    reader = FrameReader(opened)
    rows = [row for row in opened.questions().to_pylist() if row["condition"] != "text_only"]
    for dimension in ("2d", "3d"):
        row = next(row for row in rows if row["dimension"] == dimension and row["prompt"] == "box")
        frames = reader.frames(row["view_id"])
        text = prompt_text(row, len(frames))
        output, again = (ask(qwen, [user_message(text, frames, qwen.api.stack_input)])[0] for _ in range(2))
        assert output.completion == again.completion
        assert output.metadata["steps"] == output.usage.output_tokens == CONFIG.max_tokens
        (words,) = ask(qwen, [user_message(text, ())])
        assert output.usage.input_tokens > words.usage.input_tokens

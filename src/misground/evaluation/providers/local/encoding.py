"""From conversations to the tensors that a model takes: chat template, tokenizer, processor."""

from collections.abc import Mapping, Sequence
from typing import Any

from misground.errors import WorkError
from misground.evaluation.providers.local.conversation import Conversation

FPS = 1.0  # a second a slice *(ours)*: time stamps then count slices
WRAPPED = "<|vision_start|><|video_pad|><|vision_end|>"


class Encoder:
    """What turns conversations into a batch.

    Args:
        tokenizer: pads on the left.
        processor: of pictures and videos; None for a model of text alone.
    """

    def __init__(self, tokenizer: Any, processor: Any = None) -> None:
        self.tokenizer, self.processor = tokenizer, processor
        self._templates = tokenizer if processor is None else processor

    @property
    def takes_videos(self) -> bool:
        """Whether a stack can be one video: a video processor, and a token that stands for videos."""
        return (
            getattr(self.processor, "video_processor", None) is not None
            and getattr(self.processor, "video_token", None) is not None
        )

    @property
    def has_template(self) -> bool:
        """Whether there is a chat template; without one the words stand alone."""
        return bool(self._templates.chat_template)

    def text(self, conversation: Conversation) -> str:
        """The prompt as text, with one mark a picture or video."""
        messages = conversation.messages
        if self.processor is None:
            messages = [{**message, "content": _words(message)} for message in messages]
        if not self.has_template:
            if conversation.kind != "text":
                raise WorkError("the model's processor has no chat template, in which pictures have a place")
            return "\n".join(_words(message) for message in conversation.messages)
        text = str(self._templates.apply_chat_template(messages, tokenize=False, add_generation_prompt=True))
        if type(self.processor).__name__.startswith("Qwen3VL"):
            # Its processor puts vision markers around each frame group itself; where the template does so
            # too, transformers 5.24 would leave the model with markers that it never saw in training.
            text = text.replace(WRAPPED, "<|video_pad|>")
        return text

    def encode(self, conversations: Sequence[Conversation]) -> dict[str, Any]:
        """A batch, padded on the left: tensors by the names that the model's `generate` takes.

        Frames of videos are taken as they are given: none is left out or drawn again.

        Raises:
            WorkError: the processor made another number of pictures or frames of it than were given.
        """
        texts = [self.text(conversation) for conversation in conversations]
        options = {
            "padding": True,
            "return_tensors": "pt",
            "add_special_tokens": not self.has_template,  # a template writes them itself
        }
        if self.processor is None:
            return dict(self.tokenizer(texts, return_token_type_ids=False, **options))
        images = [conversation.images for conversation in conversations]
        videos = [video for conversation in conversations for video in conversation.videos]
        if any(images):
            options["images"] = images
        if videos:
            options.update(
                videos=videos, do_sample_frames=False, video_metadata=[_metadata(len(v)) for v in videos]
            )
        inputs = dict(self.processor(text=texts, **options))
        inputs.pop("video_metadata", None)
        self._check(inputs, sum(map(len, images)), [len(video) for video in videos])
        return inputs

    def decode(self, tokens: Sequence[int]) -> str:
        """The text of an answer, without special tokens; marks of thinking that are words stay."""
        return str(
            self.tokenizer.decode(tokens, skip_special_tokens=True, clean_up_tokenization_spaces=False)
        )

    def _check(self, inputs: Mapping[str, Any], images: int, frames: list[int]) -> None:
        """Compare what was made with what was given, for the layouts that tell (Qwen's, and plain arrays)."""
        grid = inputs.get("image_grid_thw")
        if grid is not None and len(grid) != images:
            raise WorkError(f"the processor made {len(grid)} pictures of {images}: it cannot be used")
        found, expected = None, frames
        if inputs.get("video_grid_thw") is not None:
            merged = int(getattr(self.processor.video_processor, "temporal_patch_size", 1) or 1)
            found = inputs["video_grid_thw"][:, 0].tolist()
            expected = [-(-count // merged) for count in frames]
        elif getattr(inputs.get("pixel_values_videos"), "ndim", 0) == 5:
            found = [int(inputs["pixel_values_videos"].shape[1])] * len(frames)
        if found is not None and found != expected:
            raise WorkError(
                f"the processor made {found} groups of frames of stacks of {frames}, expected {expected}: "
                "it changes the frames, and cannot be used"
            )


def _metadata(frames: int) -> dict[str, Any]:
    return {"total_num_frames": frames, "fps": FPS, "frames_indices": list(range(frames))}


def _words(message: Mapping[str, Any]) -> str:
    return "\n".join(part["text"] for part in message["content"] if part["type"] == "text")

"""Conversion of conversations to the tensors that a model takes: chat template, tokenizer, processor."""

from collections.abc import Mapping, Sequence
from typing import Any

from misground.errors import WorkError
from misground.evaluation.providers.local.conversation import Conversation
from misground.evaluation.providers.local.kept_inputs import KeptInputs

FPS = 1.0  # one slice per second (our choice), so that time stamps count slices
WRAPPED = "<|vision_start|><|video_pad|><|vision_end|>"


class Encoder:
    """Converts conversations to a batch.

    Args:
        tokenizer: Tokenizer of transformers that pads on the left.
        processor: Processor for pictures and videos; None for a text-only model.
        kept: Keeps what was encoded, for prompts that come again; None to keep nothing.
    """

    def __init__(self, tokenizer: Any, processor: Any = None, kept: KeptInputs | None = None) -> None:
        self.tokenizer, self.processor = tokenizer, processor
        self._kept = kept
        self._templates = tokenizer if processor is None else processor

    @property
    def takes_videos(self) -> bool:
        """Whether a stack can be one video: there is a video processor, and a token for videos."""
        return (
            getattr(self.processor, "video_processor", None) is not None
            and getattr(self.processor, "video_token", None) is not None
        )

    @property
    def has_template(self) -> bool:
        """Whether there is a chat template; without one, the prompt is the bare text."""
        return bool(self._templates.chat_template)

    def text(self, conversation: Conversation) -> str:
        """Make the prompt as text, with one placeholder per picture or video.

        Raises:
            WorkError: There are pictures but no chat template.
        """
        messages = conversation.messages
        if self.processor is None:
            messages = [{**message, "content": _words(message)} for message in messages]
        if not self.has_template:
            if conversation.kind != "text":
                raise WorkError(
                    "the model's processor has no chat template, and pictures need one: use another model"
                )
            return "\n".join(_words(message) for message in conversation.messages)
        text = str(self._templates.apply_chat_template(messages, tokenize=False, add_generation_prompt=True))
        if type(self.processor).__name__.startswith("Qwen3VL"):
            # Its processor puts vision markers around each frame group itself. If the template does so too,
            # transformers 5.24 would give the model markers that it never saw in training.
            text = text.replace(WRAPPED, "<|video_pad|>")
        return text

    def encode(self, conversations: Sequence[Conversation]) -> dict[str, Any]:
        """Make a batch, padded on the left: tensors by the argument names of the model's `generate`.

        All frames of a video are used as given: none is dropped or resampled.

        Raises:
            WorkError: The processor returned another number of pictures or frames than it was given.
        """
        if self._kept is not None:
            return self._kept.encoded(conversations, self._encode, self.tokenizer.pad_token_id or 0)
        return self._encode(conversations)

    def _encode(self, conversations: Sequence[Conversation]) -> dict[str, Any]:
        return self.encode_texts([self.text(conversation) for conversation in conversations], conversations)

    def encode_texts(self, texts: Sequence[str], conversations: Sequence[Conversation]) -> dict[str, Any]:
        """Make a batch as `encode` does, of texts that start with those of conversations.

        Args:
            texts: What `text` made of the conversations, with anything after it.
            conversations: The conversations, for their pictures.
        """
        options = {
            "padding": True,
            "return_tensors": "pt",
            "add_special_tokens": not self.has_template,  # a template adds them itself
        }
        if self.processor is None:
            return dict(self.tokenizer(list(texts), return_token_type_ids=False, **options))
        images = [conversation.images for conversation in conversations]
        videos = [video for conversation in conversations for video in conversation.videos]
        if any(images):
            options["images"] = images
        if videos:
            options.update(
                videos=videos, do_sample_frames=False, video_metadata=[_metadata(len(v)) for v in videos]
            )
        inputs = dict(self.processor(text=list(texts), **options))
        inputs.pop("video_metadata", None)
        self._check(inputs, sum(map(len, images)), [len(video) for video in videos])
        return inputs

    def decode(self, tokens: Sequence[int]) -> str:
        """Return the text of a reply without special tokens; thinking tags that are plain words stay."""
        return str(
            self.tokenizer.decode(tokens, skip_special_tokens=True, clean_up_tokenization_spaces=False)
        )

    def _check(self, inputs: Mapping[str, Any], images: int, frames: list[int]) -> None:
        """Compare the output with the input, for layouts that allow it (Qwen's, and plain arrays)."""
        grid = inputs.get("image_grid_thw")
        if grid is not None and len(grid) != images:
            raise WorkError(
                f"the processor returned {len(grid)} pictures, expected {images}: this model cannot be used"
            )
        found, expected = None, frames
        if inputs.get("video_grid_thw") is not None:
            merged = int(getattr(self.processor.video_processor, "temporal_patch_size", 1) or 1)
            found = inputs["video_grid_thw"][:, 0].tolist()
            expected = [-(-count // merged) for count in frames]
        elif getattr(inputs.get("pixel_values_videos"), "ndim", 0) == 5:
            found = [int(inputs["pixel_values_videos"].shape[1])] * len(frames)
        if found is not None and found != expected:
            raise WorkError(
                f"the processor returned {found} groups of frames for stacks of {frames} frames, expected "
                f"{expected}: it drops or adds frames, so this model cannot be used"
            )


def _metadata(frames: int) -> dict[str, Any]:
    return {"total_num_frames": frames, "fps": FPS, "frames_indices": list(range(frames))}


def _words(message: Mapping[str, Any]) -> str:
    return "\n".join(part["text"] for part in message["content"] if part["type"] == "text")

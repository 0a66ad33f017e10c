"""Encoded prompts that are kept in memory, for several arms that ask the same questions."""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import torch
from torch.nn.functional import pad

from misground.evaluation.providers.local.conversation import Conversation

LIMIT: Final = 2**30  # bytes
PER_TOKEN: Final = frozenset({"input_ids", "attention_mask", "token_type_ids", "mm_token_type_ids"})

Inputs = dict[str, Any]
Encode = Callable[[Sequence[Conversation]], Inputs]


class KeptInputs:
    """The encoded prompts of a model, by their content.

    Each prompt is encoded alone and then joined with the others of its batch, because another arm may batch
    it otherwise. Whether this equals the processor's own batch is checked on the first batch of each kind of
    conversation. If it does not, batches of this kind are kept as a whole.

    Nothing is dropped, and what does not fit is encoded each time: the arms ask the same prompts in turn, and
    dropping the one that was used longest ago would always drop the one that is needed next.

    Args:
        limit: Largest number of bytes that are kept.
    """

    def __init__(self, limit: int = LIMIT) -> None:
        self._limit, self._size = limit, 0
        self._kept: dict[tuple[bytes, ...], Inputs] = {}
        self._equal: dict[str, bool] = {}

    def encoded(self, conversations: Sequence[Conversation], encode: Encode, padding: int) -> Inputs:
        """Return what `encode` makes of a batch, from what is kept as far as possible.

        Args:
            conversations: Conversations of one kind, at least one.
            encode: Encodes a batch, padded on the left.
            padding: Token that pads.

        Returns:
            New tensors, which the caller may change.
        """
        kind = conversations[0].kind
        keys = [content_hash(conversation) for conversation in conversations]
        if not self._equal.get(kind, True):
            return _copied(self._get(tuple(keys), conversations, encode))
        singles = [self._get((key,), [one], encode) for key, one in zip(keys, conversations, strict=True)]
        if len(singles) == 1:
            return _copied(singles[0])
        together = joined(singles, padding)
        if together is not None and kind in self._equal:
            return together
        whole = encode(conversations)
        self._equal[kind] = together is not None and _same(together, whole)
        return whole

    def clear(self) -> None:
        """Free the memory."""
        self._kept.clear()
        self._size = 0

    def _get(self, key: tuple[bytes, ...], conversations: Sequence[Conversation], encode: Encode) -> Inputs:
        if key in self._kept:
            return self._kept[key]
        inputs = encode(conversations)
        size = sum(value.nbytes for value in inputs.values() if isinstance(value, torch.Tensor))
        if self._size + size <= self._limit:
            self._kept[key] = inputs
            self._size += size
        return inputs


def content_hash(conversation: Conversation) -> bytes:
    """Hash the messages of a conversation and the pixels of its pictures with SHA-256."""
    digest = hashlib.sha256(json.dumps(conversation.messages, sort_keys=True).encode())
    for pictures in (conversation.images, *conversation.videos):
        digest.update(f"\0{len(pictures)}".encode())
        for picture in pictures:
            digest.update(f"\0{picture.mode}{picture.size}".encode())
            digest.update(picture.tobytes())
    return digest.digest()


def joined(singles: Sequence[Inputs], padding: int) -> Inputs | None:
    """Join encoded prompts to a batch: what belongs to tokens is padded on the left, the rest is appended.

    Args:
        singles: Inputs of one prompt each.
        padding: Token that pads.

    Returns:
        The batch; None if the inputs differ in more than their length.
    """
    width = max(single["input_ids"].shape[1] for single in singles)
    batch: Inputs = {}
    for name in singles[0]:
        values = [value for single in singles if isinstance(value := single.get(name), torch.Tensor)]
        if name in PER_TOKEN:
            fill = padding if name == "input_ids" else 0
            values = [pad(value, (width - value.shape[1], 0), value=fill) for value in values]
        if len(values) < len(singles) or any(value.shape[1:] != values[0].shape[1:] for value in values):
            return None
        batch[name] = torch.cat(values)
    return batch


def _copied(inputs: Mapping[str, Any]) -> Inputs:
    return {k: v.clone() if isinstance(v, torch.Tensor) else v for k, v in inputs.items()}


def _same(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    return one.keys() == other.keys() and all(
        isinstance(other[name], torch.Tensor)
        and one[name].dtype == other[name].dtype
        and torch.equal(one[name], other[name])
        for name in one
    )

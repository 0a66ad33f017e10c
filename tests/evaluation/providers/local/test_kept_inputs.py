"""Encoded prompts that arms share: each is made once, and is what the processor makes of the batch."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

from misground.evaluation.providers.local import loading  # noqa: E402
from misground.evaluation.providers.local.arguments import LocalArguments  # noqa: E402
from misground.evaluation.providers.local.conversation import Conversation  # noqa: E402
from misground.evaluation.providers.local.draws import Sampler  # noqa: E402
from misground.evaluation.providers.local.encoding import Encoder  # noqa: E402
from misground.evaluation.providers.local.generation import Request, answer  # noqa: E402
from misground.evaluation.providers.local.kept_inputs import KeptInputs, content_hash, joined  # noqa: E402

PLAIN = LocalArguments(device="cpu")
ARMS = (PLAIN, replace(PLAIN, decoding="semantic"), replace(PLAIN, decoding="semantic", control="identity"))
PROMPTS = ("w1 w2 w3", "w7", "w11 w40 w5 w8 w9 w2", "w30 w31", "w50")


def spoken(text: str) -> Conversation:
    return Conversation([{"role": "user", "content": [{"type": "text", "text": text}]}], [], [])


def shown(*sizes: int, seed: int = 0, stack: bool = False, text: str = "Is A above B?") -> Conversation:
    """A question with pictures of these widths, or with a stack of them."""
    dice = np.random.default_rng(seed)
    pictures = [Image.fromarray(dice.integers(0, 256, (64, size, 3), np.uint8)) for size in sizes]
    parts = [{"type": "video"}] if stack else [{"type": "image"} for _ in sizes]
    messages = [{"role": "user", "content": [*parts, {"type": "text", "text": text}]}]
    return Conversation(messages, [] if stack else pictures, [pictures] if stack else [])


def same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    return one.keys() == other.keys() and all(
        one[name].dtype == other[name].dtype and torch.equal(one[name], other[name]) for name in one
    )


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """The size of each batch that is really encoded."""
    sizes: list[int] = []
    real = Encoder.encode_texts

    def encode(encoder: Encoder, texts: Sequence[str], conversations: Sequence[Conversation]) -> Any:
        sizes.append(len(texts))
        return real(encoder, texts, conversations)

    monkeypatch.setattr(Encoder, "encode_texts", encode)
    return sizes


def replies(tiny_llama_dir: Path, arguments: LocalArguments, batches: Sequence[Sequence[int]]) -> list[str]:
    """The replies of an arm in these batches, by prompt."""
    loaded = loading.load(str(tiny_llama_dir), arguments)
    found: dict[int, str] = {}
    for batch in batches:
        asked = [Request(spoken(PROMPTS[at]), at, Sampler(1.5, 0.95), 20) for at in batch]
        for at, reply in zip(batch, answer(loaded, asked), strict=True):
            assert not isinstance(reply, Exception)
            found[at] = reply.text
    return [found[at] for at in range(len(PROMPTS))]


def test_three_arms_encode_each_prompt_once_and_reply_as_before(
    tiny_llama_dir: Path, counted: list[int]
) -> None:
    batches = ([[0, 1, 2], [3, 4]], [[2, 0], [4, 1, 3]], [[3, 2, 1, 0, 4]])  # no two arms alike
    alone = [replies(tiny_llama_dir, arm, batch) for arm, batch in zip(ARMS, batches, strict=True)]
    assert len(counted) == sum(map(len, batches))
    counted.clear()
    with loading.shared_models():
        shared = [replies(tiny_llama_dir, arm, batch) for arm, batch in zip(ARMS, batches, strict=True)]
    assert shared == alone
    assert len({tuple(told) for told in alone}) == len(ARMS)
    # The first batch of several is encoded as a whole besides, to compare.
    assert sorted(counted) == [1] * len(PROMPTS) + [3]


def test_a_batch_is_bit_for_bit_that_of_the_tokenizer(tiny_llama_dir: Path) -> None:
    tokenizer = loading.load(str(tiny_llama_dir), PLAIN).encoder.tokenizer
    bare, kept = Encoder(tokenizer), Encoder(tokenizer, kept=KeptInputs())
    for batch in (PROMPTS[:2], PROMPTS[2:3], PROMPTS[1:], PROMPTS[::-1]):
        conversations = [spoken(text) for text in batch]
        assert same(kept.encode(conversations), bare.encode(conversations))


def test_a_batch_is_bit_for_bit_that_of_the_processor(qwen3vl_dir: Path, counted: list[int]) -> None:
    loaded = loading.load(str(qwen3vl_dir), PLAIN)
    bare = loaded.encoder
    kept = Encoder(bare.tokenizer, bare.processor, KeptInputs())
    words = [spoken("Is A above B?"), spoken("Where does the liver lie relative to the spleen?")]
    slices = [shown(64), shown(160, seed=1), shown(96, seed=2, text="Where does A lie relative to B, then?")]
    stacks = [
        shown(*[64] * 4, stack=True),
        shown(*[96] * 7, stack=True, seed=3),
        shown(*[64] * 2, stack=True),
    ]
    for kind in (words, slices, stacks):
        assert same(kept.encode(kind), bare.encode(kind))
        counted.clear()
        for batch in (kind, kind[::-1], kind[1:], kind[:1]):
            assert same(kept.encode(batch), bare.encode(batch))
        assert len(counted) == 4  # by `bare` alone


def test_a_batch_that_the_processor_makes_otherwise_is_kept_as_a_whole() -> None:
    """As where pictures are scaled to the largest one of the batch."""
    made: list[int] = []

    def encode(conversations: Sequence[Conversation]) -> dict[str, Any]:
        made.append(len(conversations))
        largest = max(image.width for one in conversations for image in one.images)
        ids = torch.arange(3).expand(len(conversations), 3)
        return {"input_ids": ids, "pixel_values": torch.full((len(conversations), 2), float(largest))}

    batch = [shown(64), shown(96, seed=1)]
    kept = KeptInputs()
    for _ in range(3):
        assert kept.encoded(batch, encode, 0)["pixel_values"].tolist() == [[96.0, 96.0]] * 2
    assert made == [1, 1, 2, 2]  # the first time to compare, then as a whole and never again


def test_what_differs_in_more_than_its_length_is_not_joined() -> None:
    ids = torch.ones(1, 3, dtype=torch.long)
    assert joined([{"input_ids": ids, "pixel_values": torch.zeros(1, size)} for size in (2, 3)], 0) is None
    assert joined([{"input_ids": ids, "sizes": [1]}] * 2, 0) is None
    padded = joined([{"input_ids": ids}, {"input_ids": ids[:, :1]}], 9)
    assert padded is not None
    assert padded["input_ids"].tolist() == [[1, 1, 1], [9, 9, 1]]


def test_no_more_is_kept_than_the_limit_allows() -> None:
    made: list[str] = []

    def encode(conversations: Sequence[Conversation]) -> dict[str, Any]:
        made.extend(one.messages[0]["content"][0]["text"] for one in conversations)
        return {"input_ids": torch.ones(1, 10, dtype=torch.long)}  # 80 bytes

    kept = KeptInputs(limit=200)
    for _ in range(2):
        for word in ("a", "b", "c", "d"):
            kept.encoded([spoken(word)], encode, 0)
    assert "".join(made) == "abcdcd"
    kept.clear()
    kept.encoded([spoken("a")], encode, 0)
    assert "".join(made) == "abcdcda"


def test_a_caller_may_change_what_it_gets() -> None:
    kept = KeptInputs()

    def encode(_: Sequence[Conversation]) -> dict[str, Any]:
        return {"input_ids": torch.ones(1, 2, dtype=torch.long)}

    for _ in range(2):
        inputs = kept.encoded([spoken("a")], encode, 0)
        assert inputs["input_ids"].tolist() == [[1, 1]]
        inputs["input_ids"].zero_()


def test_conversations_are_known_by_their_words_and_their_pixels() -> None:
    different = [
        spoken("a"),
        spoken("b"),
        shown(64),
        shown(64, text="Is A below B?"),
        shown(64, seed=1),
        shown(64, 64),
        shown(64, 64, stack=True),
        shown(128),
    ]
    assert len({content_hash(one) for one in different}) == len(different)
    assert content_hash(shown(64)) == content_hash(shown(64))

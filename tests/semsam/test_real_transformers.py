"""The engine of transformers on real tokenizers: SmolLM2, which speaks English, and a tiny random Qwen3-VL.

Two runs may part where the two best scores lie within CLOSE: sums are taken in another order there.
"""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch
import transformers
from PIL import Image

from semsam import SemanticSampling, rescore
from semsam.engines.transformers import attach
from semsam.loading import load_model, load_tokenizer
from semsam.statistics import Summary

TOKENS = 32
CLOSE = 1e-4
SPEECH = SemanticSampling(top_m=20, top_p=0.95, temperature=0.5)
NOISE = SemanticSampling(top_m=20, top_p=0.95, temperature=2.0)  # a random model flips little when cooler
QUESTIONS = [
    "What is the capital of France?",
    "Name three organs of the human body.",
    "Say hello.",
    "Is the liver above or below the heart? Explain in one sentence.",
]


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def assert_same(kit, inputs, one, other):
    """Two answers to the same inputs are equal, up to the first place where scores lie close together."""
    different = [i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b]
    assert different or len(one) == len(other)
    if different:
        at = different[0]
        with torch.no_grad():
            logits = kit.model(**longer(dict(inputs), torch.tensor([one[:at]]))).logits[:, -1]
        scores = rescore(logits, kit.table, replace(kit.settings, mode="softmax", tau=1.0))[0]
        gap = float((scores[one[at]] - scores[other[at]]).abs())
        assert gap < CLOSE, f"token {at} is {one[at]} or {other[at]}, whose scores lie {gap} apart"


def by_hand(kit, inputs):
    """The tokens of a loop of logits and the rule, deferred steps greedy, without a cache of keys."""
    inputs, tokens = dict(inputs), []
    for _ in range(TOKENS):
        with torch.no_grad():
            logits = kit.model(**inputs, use_cache=False).logits[:, -1]
        token = rescore(logits, kit.table, kit.settings).argmax(1, keepdim=True)
        tokens.append(int(token))
        if tokens[-1] in kit.ends:
            break
        inputs = longer(inputs, token)
    return tokens


def longer(inputs, tokens):
    """The inputs of a model with (1, n) tokens of text after them."""
    more = {"input_ids": tokens, "attention_mask": torch.ones_like(tokens), "mm_token_type_ids": 0 * tokens}
    return {
        name: torch.cat([value, more[name]], 1) if name in more else value for name, value in inputs.items()
    }


def generated(kit, inputs, **options):
    """The tokens of each row, up to its end, and what the rule did in each."""
    attached = attach(kit.model, kit.tokenizer, kit.settings, table=kit.table)
    given = {"max_new_tokens": TOKENS, "do_sample": False, **options}
    output = kit.model.generate(**attached.arguments(**inputs, **given))
    rows = output[:, inputs["input_ids"].shape[1] :].tolist()
    ended = [next((i + 1 for i, token in enumerate(row) if token in kit.ends), len(row)) for row in rows]
    return [row[:end] for row, end in zip(rows, ended, strict=True)], attached.statistics.sequences()


def kit(model, tokenizer, settings, encode, **makings):
    table = attach(model, tokenizer, settings, k=16, lazy=True, **makings).table
    ends = torch.tensor(model.generation_config.eos_token_id).flatten().tolist()
    return SimpleNamespace(
        model=model, tokenizer=tokenizer, settings=settings, encode=encode, table=table, ends=ends
    )


@pytest.fixture(scope="module")
def smollm2(smollm2_dir):
    model, tokenizer = load_model(smollm2_dir), load_tokenizer(smollm2_dir)

    def encode(questions):
        chats = [[{"role": "user", "content": question}] for question in questions]
        return tokenizer.apply_chat_template(
            chats, add_generation_prompt=True, return_tensors="pt", return_dict=True, padding=True
        )

    return kit(model, tokenizer, SPEECH, encode)


@pytest.fixture(scope="module")
def answers(smollm2):
    """The questions in one batch: tokens a question, and what the rule did."""
    return generated(smollm2, smollm2.encode(QUESTIONS))


@pytest.mark.parametrize("row", [1, 2])
def test_smollm2_decodes_as_a_loop_by_hand(smollm2, answers, row):
    inputs = smollm2.encode([QUESTIONS[row]])
    assert_same(smollm2, inputs, by_hand(smollm2, inputs), answers[0][row])


@pytest.mark.parametrize("row", range(len(QUESTIONS)))
def test_smollm2_answers_in_a_batch_as_alone(smollm2, answers, row):
    inputs = smollm2.encode([QUESTIONS[row]])
    [alone], [counts] = generated(smollm2, inputs)
    assert_same(smollm2, inputs, alone, answers[0][row])
    if alone == answers[0][row]:
        assert replace(counts, mass_moved=0) == replace(answers[1][row], mass_moved=0)


def test_the_statistics_of_smollm2_add_up(answers):
    tokens, sequences = answers
    assert [sequence.steps for sequence in sequences] == [len(row) for row in tokens]
    assert len({len(row) for row in tokens}) > 1
    total = sum(sequences, Summary())
    assert total.fired + total.deferred == total.steps
    assert 0 < total.deferred < total.steps / 2
    assert 0 < total.flipped < total.fired / 5
    assert total.singleton < total.fired
    assert 0 < total.mean_mass_moved < 0.5


def test_the_text_of_smollm2_reads(smollm2, answers):
    texts = smollm2.tokenizer.batch_decode(answers[0], skip_special_tokens=True)
    assert "Paris" in texts[0]
    assert "Hello" in texts[2]
    assert all(text.isascii() and text.strip() for text in texts)
    for text in texts:
        words = text.split()
        assert len(set(words)) > len(words) / 2


def test_smollm2_stops_at_a_string(smollm2):
    inputs = smollm2.encode(QUESTIONS[:1])
    [tokens], [counts] = generated(smollm2, inputs, stop_strings=["Paris"], tokenizer=smollm2.tokenizer)
    assert smollm2.tokenizer.decode(tokens).endswith("Paris")
    assert counts.steps == len(tokens)


def picture(seed, height=64, width=96):
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


ONE_IMAGE = [{"type": "image", "image": Image.fromarray(picture(0))}, {"type": "text", "text": "Where is A?"}]
TWO_IMAGES = [
    {"type": "text", "text": "Compare."},
    {"type": "image", "image": Image.fromarray(picture(1))},
    {"type": "image", "image": Image.fromarray(picture(2, 96, 64))},
]
VIDEO = [
    {"type": "video", "video": np.stack([picture(seed, 64, 64) for seed in range(5)])},
    {"type": "text", "text": "Which way does the stack run?"},
]
TEXT = [{"type": "text", "text": "Left or right?"}]
CONTENTS = {"one image": ONE_IMAGE, "two images": TWO_IMAGES, "a video": VIDEO, "text alone": TEXT}


@pytest.fixture(scope="module")
def qwen3vl(qwen3vl_dir):
    model = load_model(qwen3vl_dir)
    processor = transformers.AutoProcessor.from_pretrained(qwen3vl_dir)

    def encode(*contents):
        chats = [[{"role": "user", "content": content}] for content in contents]
        texts = [processor.apply_chat_template(chat, add_generation_prompt=True) for chat in chats]
        parts = [part for content in contents for part in content]
        images = [part["image"] for part in parts if part["type"] == "image"]
        videos = [part["video"] for part in parts if part["type"] == "video"]
        timing = [
            {"total_num_frames": len(video), "fps": 1.0, "frames_indices": list(range(len(video)))}
            for video in videos
        ]
        of_videos = {"videos": videos, "video_metadata": timing, "do_sample_frames": False} if videos else {}
        inputs = processor(text=texts, images=images or None, return_tensors="pt", padding=True, **of_videos)
        inputs.pop("video_metadata", None)
        return inputs

    return kit(model, processor, NOISE, encode, matrix="output")


@pytest.mark.parametrize("content", CONTENTS.values(), ids=CONTENTS)
def test_qwen3vl_decodes_as_a_loop_by_hand(qwen3vl, content):
    inputs = qwen3vl.encode(content)
    [tokens], [counts] = generated(qwen3vl, inputs)
    assert_same(qwen3vl, inputs, by_hand(qwen3vl, inputs), tokens)
    assert counts.steps == len(tokens)


def test_qwen3vl_answers_in_a_batch_as_alone(qwen3vl):
    together, counts = generated(qwen3vl, qwen3vl.encode(*CONTENTS.values()))
    assert [count.steps for count in counts] == [len(row) for row in together]
    assert sum(counts, Summary()).flipped > 0
    for content, row in zip(CONTENTS.values(), together, strict=True):
        inputs = qwen3vl.encode(content)
        [alone], _ = generated(qwen3vl, inputs)
        assert_same(qwen3vl, inputs, alone, row)


def test_qwen3vl_sees_its_pictures(qwen3vl):
    black = [{"type": "image", "image": Image.new("RGB", (96, 64))}, ONE_IMAGE[1]]
    assert generated(qwen3vl, qwen3vl.encode(ONE_IMAGE))[0] != generated(qwen3vl, qwen3vl.encode(black))[0]

"""A tiny random Qwen3-VL, asked about a picture by a real server and by transformers."""

import base64
import io
from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image
from transformers import AutoModelForImageTextToText, AutoProcessor

from semsam import NeighborTable, SemanticSampling, rescore
from semsam.selfcheck import Verdict, check_server

TOKENS = 16
RULE = {"semsam": True, "semsam_top_m": 50, "semsam_top_p": 0.95, "semsam_temperature": 2.0}
SETTINGS = SemanticSampling(top_m=50, top_p=0.95, temperature=2.0)
QUESTION = "Where is the liver?"
CLOSE = 1e-4


@pytest.fixture(scope="module")
def picture():
    return Image.fromarray(np.random.default_rng(0).integers(0, 255, (64, 96, 3), np.uint8))


class ByHand:
    """A loop of logits and a choice, on one question about a picture."""

    def __init__(self, folder, picture):
        torch.set_num_threads(1)
        self.model = AutoModelForImageTextToText.from_pretrained(folder, dtype=torch.float32).eval()
        processor = AutoProcessor.from_pretrained(folder)
        messages = [{"role": "user", "content": [{"type": "image"}, {"type": "text", "text": QUESTION}]}]
        text = processor.apply_chat_template(messages, add_generation_prompt=True)
        self.inputs = dict(processor(text=[text], images=[picture], return_tensors="pt"))

    @torch.no_grad()
    def __call__(self, choose):
        """Tokens, and the logits (1, V) that each was chosen from by choose(logits)."""
        inputs, tokens, seen = dict(self.inputs), [], []
        for _ in range(TOKENS):
            seen.append(self.model(**inputs, use_cache=False).logits[:, -1])
            tokens.append(choose(seen[-1]))
            last = torch.tensor([[tokens[-1]]])
            more = {"input_ids": last, "attention_mask": torch.ones_like(last)}
            if "mm_token_type_ids" in inputs:
                more["mm_token_type_ids"] = torch.zeros_like(last)
            inputs |= {name: torch.cat([inputs[name], new], 1) for name, new in more.items()}
        return tokens, seen


@pytest.fixture(scope="module")
def by_hand(qwen3vl_dir, picture):
    return ByHand(qwen3vl_dir, picture)


@pytest.fixture(scope="module")
def greedy(by_hand):
    return by_hand(lambda logits: int(logits.argmax()))


@pytest.fixture(scope="module")
def table(greedy):
    """No likely token of a random model has likely neighbours; in this table, made for it, they have."""
    vocab = greedy[1][0].shape[1]
    ids = torch.full((vocab, 12), -1)
    ids[:, 0] = torch.arange(vocab)
    weights = torch.zeros(vocab, 12)
    weights[:, 0] = 1
    generator = torch.Generator().manual_seed(0)
    for logits in greedy[1]:
        likely = logits[0].topk(30).indices
        for token in likely[1:]:
            others = likely[likely != token]
            ids[token, 1:] = others[torch.randperm(29, generator=generator)[:11]]
            weights[token, 1:] = 0.9
    return NeighborTable(ids, weights, torch.ones(vocab, dtype=torch.bool))


@pytest.fixture(scope="module")
def server(start, qwen3vl_dir, table, tmp_path_factory):
    folder = tmp_path_factory.mktemp("qwen3vl")
    table.save(folder / "table.safetensors")
    with start(
        folder,
        qwen3vl_dir,
        "--logits-processors",
        "semsam.engines.vllm:SemanticLogitsProcessor",
        "--additional-config",
        f'{{"semsam": {{"table": "{folder / "table.safetensors"}"}}}}',
        "--limit-mm-per-prompt",
        '{"image": 1, "video": 0}',
    ) as server:
        yield server.wait()


def ask(server, picture, rule):
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    url = f"data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode()}"
    content = [{"type": "image_url", "image_url": {"url": url}}, {"type": "text", "text": QUESTION}]
    status, answer = server.post(
        "/v1/chat/completions",
        messages=[{"role": "user", "content": content}],
        max_tokens=TOKENS,
        temperature=0.0,
        ignore_eos=True,
        return_token_ids=True,
        vllm_xargs=rule,
    )
    assert status == 200, answer
    return answer["choices"][0]["token_ids"]


def assert_same(found, tokens, seen, scored):
    """Equal up to the first place where two scores lie close together; scored(logits) gives scores (1, V)."""
    assert len(found) == TOKENS
    at = next((i for i, (a, b) in enumerate(zip(tokens, found, strict=True)) if a != b), None)
    if at is not None:
        scores = scored(seen[at])[0]
        gap = float((scores[tokens[at]] - scores[found[at]]).abs())
        assert gap < CLOSE, f"token {at} is {tokens[at]} or {found[at]}, {gap} apart"


def test_without_the_rule_a_picture_is_answered_greedily(server, greedy, picture):
    assert_same(ask(server, picture, {"semsam": False}), *greedy, lambda logits: logits.softmax(1))


def test_a_picture_is_answered_as_a_loop_by_hand_answers_it(server, by_hand, greedy, table, picture):
    tokens, seen = by_hand(lambda logits: int(rescore(logits, table, SETTINGS).argmax()))
    assert tokens[:2] != greedy[0][:2]
    scoring = replace(SETTINGS, mode="softmax", tau=1.0)
    assert_same(ask(server, picture, RULE), tokens, seen, lambda logits: rescore(logits, table, scoring))


def test_the_picture_matters_to_the_ruled_answer(server, picture):
    other = Image.fromarray(255 - np.asarray(picture))
    assert ask(server, picture, RULE) != ask(server, other, RULE)


def test_the_self_check_finds_the_rule_where_raw_logprobs_are_reported(server):
    check = check_server(f"{server.url}/v1", "model")
    assert check.verdict == Verdict.ON, str(check)

"""The options of a question on a real vLLM server: `prompt_logprobs` of a reply that is continued.

vLLM runs in this environment, the command in the one of `make test`.
"""

import json

import pytest
import torch
from outside import LONG, READ, python
from transformers import AutoModelForCausalLM, AutoTokenizer


@pytest.fixture(scope="module")
def text_server(start, smollm2_dir, tmp_path_factory):
    folder = tmp_path_factory.mktemp("smollm2-options")
    with start(folder, smollm2_dir, "--max-model-len", "2048") as running:
        yield running.wait()


@pytest.fixture(scope="module")
def picture_server(start, qwen3vl_dir, tmp_path_factory):
    folder = tmp_path_factory.mktemp("qwen3vl-options")
    with start(folder, qwen3vl_dir, *LONG) as running:
        yield running.wait()


@pytest.fixture(scope="module")
def run(repository, benchmark, tmp_path_factory):
    """run(server, filter, *options): the rows of the results."""
    root = tmp_path_factory.mktemp("runs")

    def ran(server, wanted, *options):
        log_dir = root / f"run{len(list(root.iterdir()))}"
        arguments = ["--model", "model", "--base-url", f"{server.url}/v1", "--filter", wanted, *options]
        arguments += ["--epochs", "1", "--max-tokens", "24", "--limit", "8", "--no-validate"]
        cache = {"INSPECT_CACHE_DIR": str(root.with_name("cache"))}
        python(repository, "-m", "misground", "eval", benchmark, *arguments, "--log-dir", log_dir, **cache)
        return json.loads(python(repository, "-c", READ, log_dir / "results.parquet"))

    return ran


def test_the_server_s_sums_are_those_of_a_forward_pass(smollm2_dir, text_server):
    """The same request as the command sends, beside transformers on the same text."""
    tokenizer = AutoTokenizer.from_pretrained(smollm2_dir)
    model = AutoModelForCausalLM.from_pretrained(smollm2_dir, dtype=torch.float32)
    question = {"role": "user", "content": "Where does the liver lie relative to the spleen?"}
    start = tokenizer.apply_chat_template([question], tokenize=False, add_generation_prompt=True)
    for option in ("superior", "inferior", "towards the head"):
        reply = f"It is on top.\nAnswer: {option}"
        status, answer = text_server.post(
            "/v1/chat/completions",
            messages=[question, {"role": "assistant", "content": reply}],
            max_tokens=1,
            prompt_logprobs=1,
            continue_final_message=True,
            add_generation_prompt=False,
        )
        assert status == 200, answer
        tokens = tokenizer(start + reply, add_special_tokens=False)["input_ids"]
        before = tokenizer(f"{start}It is on top.\nAnswer:", add_special_tokens=False)["input_ids"]
        assert tokens[: len(before)] == before
        told = answer["prompt_logprobs"]
        assert len(told) == len(tokens)
        # The token of the prompt comes first, before the likeliest one.
        assert [int(next(iter(one))) for one in told[1:]] == tokens[1:]
        with torch.no_grad():
            likely = model(torch.tensor([tokens])).logits[0].log_softmax(-1)
        wanted = sum(float(likely[at - 1, tokens[at]]) for at in range(len(before), len(tokens)))
        found = sum(next(iter(one.values()))["logprob"] for one in told[len(before) :])
        assert found == pytest.approx(wanted, abs=2e-2)


def test_the_likeliest_option_is_the_answer(run, text_server):
    rows = run(text_server, "condition=text_only", "--read", "options")
    assert rows
    assert {row["outcome"] for row in rows} <= {"correct", "wrong"}
    for row in rows:
        scored = row["option_logprobs"]
        assert [one["option"] for one in scored] == row["options"]
        assert all(one["tokens"] >= 1 and one["raw"] < 0 for one in scored)
        assert row["extracted"] == max(scored, key=lambda one: one["raw"])["option"]


def test_both_keeps_the_text_s_outcomes_and_a_local_model_agrees(
    run, repository, benchmark, smollm2_dir, text_server, tmp_path
):
    """Greedy, in float32: the same replies here and there, and the same sums up to rounding."""
    rows = run(text_server, "condition=text_only", "--read", "both", "--sampler", "greedy")
    model = ("--model", f"misground-hf/{smollm2_dir}", "-M", "dtype=float32", "-M", "device=cpu")
    log_dir = tmp_path / "local"
    arguments = ["eval", benchmark, *model, "--filter", "condition=text_only", "--read", "both"]
    arguments += ["--sampler", "greedy", "--epochs", "1", "--max-tokens", "24", "--limit", "8"]
    cache = {"INSPECT_CACHE_DIR": str(tmp_path / "cache")}
    python(repository, "-m", "misground", *arguments, "--no-validate", "--log-dir", log_dir, **cache)
    local = json.loads(python(repository, "-c", READ, log_dir / "results.parquet"))
    alike = [
        (one, two) for one, two in zip(rows, local, strict=True) if one["completion"] == two["completion"]
    ]
    assert len(alike) > len(rows) / 2
    for one, two in alike:
        assert one["outcome"] == two["outcome"]
        for served, own in zip(one["option_logprobs"], two["option_logprobs"], strict=True):
            assert (served["option"], served["tokens"]) == (own["option"], own["tokens"])
            assert served["raw"] == pytest.approx(own["raw"], abs=0.05)


@pytest.mark.parametrize("stacks", ["images", "video"])
def test_pictures_and_stacks_are_kept(run, picture_server, stacks):
    wanted = "condition=image,prompt=none,plane=axial,coordinates=viewing"
    rows = run(picture_server, wanted, "--read", "options", "--stacks", stacks)
    assert rows
    assert all(len(row["option_logprobs"]) == len(row["options"]) for row in rows), [
        row["error_reason"] for row in rows
    ]

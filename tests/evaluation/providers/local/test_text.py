"""The local provider on text: a tiny random Llama for what decoding does, SmolLM2 for a real one."""

import asyncio
import json
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")
inspect_model = pytest.importorskip("inspect_ai.model")

from inspect_ai.model import ChatMessageUser, ContentImage, GenerateConfig  # noqa: E402

from misground.errors import UsageError, WorkError  # noqa: E402
from misground.evaluation.providers.local import HuggingFaceAPI, api, generation, identity  # noqa: E402
from misground.evaluation.providers.local.arguments import parse_arguments  # noqa: E402
from misground.evaluation.providers.local.draws import Sampler, draw  # noqa: E402
from misground.evaluation.providers.local.identity import folder_hash  # noqa: E402
from misground.evaluation.providers.local.loading import load  # noqa: E402
from semsam import SemanticSampling, rescore_with_info  # noqa: E402

# inspect_ai 0.3.285 calls a newer tenacity than it knows.
pytestmark = pytest.mark.filterwarnings("ignore:The 'initial' parameter is deprecated:DeprecationWarning")

PROMPTS = ["w1 w2 w3", "w7", "w11 w40 w5 w8 w9 w2", "w30 w31", "w50"]
WIDE = {"decoding": "semantic", "top_m": 8, "top_p": 0.99, "rule_temperature": 2.0}
PIXEL = (
    "data:image/png;base64,"
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg=="
)


def ask(model: Any, prompts: list[str], *, seeds: Any = None, **config: Any) -> list[Any]:
    """All at once; the answers in order."""
    given = {"temperature": 1.5, "top_p": 0.95, "max_tokens": 20, **config}
    seeds = range(100, 100 + len(prompts)) if seeds is None else seeds

    async def main() -> list[Any]:
        return await asyncio.gather(
            *[
                model.generate([ChatMessageUser(content=prompt)], config=GenerateConfig(seed=seed, **given))
                for prompt, seed in zip(prompts, seeds, strict=True)
            ]
        )

    return asyncio.run(main())


def texts(outputs: list[Any]) -> list[str]:
    return [output.completion for output in outputs]


@pytest.fixture(scope="module")
def llama(open_model: Any, tiny_llama_dir: Path) -> Any:
    return open_model(tiny_llama_dir)


@pytest.fixture(scope="module")
def semantic_llama(open_model: Any, tiny_llama_dir: Path) -> Any:
    return open_model(tiny_llama_dir, **WIDE)


def by_hand(
    api: Any, prompt: str, seed: int, sampler: Sampler, steps: int, rule: Any = None
) -> SimpleNamespace:
    """One sequence in a plain loop, without batch, cache or `generate`."""
    model, tokenizer = api._loaded.model, api._loaded.encoder.tokenizer
    ids = tokenizer(prompt, return_tensors="pt")["input_ids"]
    noise = np.random.Generator(np.random.Philox(key=seed)).random(steps)
    found = SimpleNamespace(tokens=[], fired=0, deferred=0, flipped=0)
    for u in noise:
        with torch.no_grad():
            logits = model(ids).logits[:, -1]
        token = int(draw(logits, sampler, torch.tensor([u]))[0])
        if rule is not None:
            _, info = rescore_with_info(logits, *rule, noise=torch.tensor([u]))
            token = int(info.choice) if int(info.choice) >= 0 else token
            found.fired += int(info.fired)
            found.deferred += int(info.deferred)
            found.flipped += int(info.fired) * (token != int(info.greedy))
        found.tokens.append(token)
        ids = torch.cat([ids, torch.tensor([[token]])], 1)
        if token == tokenizer.eos_token_id:
            break
    found.text = tokenizer.decode(found.tokens, skip_special_tokens=True)
    return found


def sent(seed: int) -> dict[str, float]:
    """What a reply says of its sampler."""
    return {"temperature": 1.5, "top_p": 0.95, "seed": seed, "max_tokens": 20}


def test_the_default_decoding_is_the_loop_by_hand(llama: Any) -> None:
    outputs = ask(llama, PROMPTS)
    for at, (prompt, output) in enumerate(zip(PROMPTS, outputs, strict=True)):
        expected = by_hand(llama.api, prompt, 100 + at, Sampler(1.5, 0.95), 20)
        assert output.completion == expected.text
        assert output.usage.output_tokens == len(expected.tokens)
        assert output.usage.input_tokens == len(llama.api._loaded.encoder.tokenizer(prompt)["input_ids"])
        assert output.metadata == {
            "steps": len(expected.tokens),
            "fired": None,
            "deferred": None,
            "flipped": None,
            "sent": sent(100 + at),
        }
        ended = expected.tokens[-1] == 2
        assert output.stop_reason == ("stop" if ended else "max_tokens")
    assert {output.stop_reason for output in outputs} <= {"stop", "max_tokens"}


@pytest.mark.parametrize("mode", ["argmax", "softmax", "proportional"])
def test_the_rule_is_the_loop_by_hand_in_every_mode(open_model: Any, tiny_llama_dir: Path, mode: str) -> None:
    model = open_model(tiny_llama_dir, **WIDE, mode=mode)
    rule = model.api._loaded.rule
    settings = SemanticSampling(top_m=8, top_p=0.99, temperature=2.0, mode=mode)
    assert rule.settings == settings
    outputs = ask(model, PROMPTS)
    for at, (prompt, output) in enumerate(zip(PROMPTS, outputs, strict=True)):
        expected = by_hand(model.api, prompt, 100 + at, Sampler(1.5, 0.95), 20, (rule.table, settings))
        assert output.completion == expected.text
        assert output.metadata == {
            "steps": len(expected.tokens),
            "fired": expected.fired,
            "deferred": expected.deferred,
            "flipped": expected.flipped,
            "sent": sent(100 + at),
        }
    total = {name: sum(output.metadata[name] for output in outputs) for name in ("fired", "deferred")}
    assert total["fired"] > 0
    assert total["deferred"] > 0


@pytest.mark.parametrize("name", ["llama", "semantic_llama"])
def test_an_answer_alone_is_that_in_a_batch(name: str, request: pytest.FixtureRequest) -> None:
    model = request.getfixturevalue(name)
    together = texts(ask(model, PROMPTS))
    alone = [ask(model, [prompt], seeds=[100 + at])[0].completion for at, prompt in enumerate(PROMPTS)]
    assert together == alone
    assert len(set(together)) == len(PROMPTS)


def test_the_seed_alone_decides_what_is_drawn(llama: Any) -> None:
    outputs = texts(ask(llama, ["w7"] * 6, seeds=[1, 2, 3, 1, 2, 3]))
    assert outputs[:3] == outputs[3:]
    assert len(set(outputs[:3])) > 1
    torch.manual_seed(5)
    assert texts(ask(llama, ["w7"], seeds=[1])) == outputs[:1]


def test_greedy_answers_are_those_of_bare_generate(llama: Any) -> None:
    loaded = llama.api._loaded
    for prompt, output in zip(PROMPTS, ask(llama, PROMPTS, temperature=0), strict=True):
        inputs = loaded.encoder.tokenizer(prompt, return_tensors="pt", return_token_type_ids=False)
        bare = loaded.model.generate(**inputs, do_sample=False, max_new_tokens=20)
        new = bare[0, inputs["input_ids"].shape[1] :]
        assert output.completion == loaded.encoder.tokenizer.decode(new, skip_special_tokens=True)


def test_a_table_from_a_file_decides_as_the_one_that_is_built(
    open_model: Any, semantic_llama: Any, tiny_llama_dir: Path, tmp_path: Path
) -> None:
    semantic_llama.api._loaded.rule.table.save(tmp_path / "t.safetensors")
    from_file = open_model(tiny_llama_dir, **WIDE, table=str(tmp_path / "t.safetensors"))
    assert texts(ask(from_file, PROMPTS)) == texts(ask(semantic_llama, PROMPTS))
    assert from_file.api.describe()["table_hash"] == semantic_llama.api.describe()["table_hash"]


def test_requests_with_other_samplers_do_not_share_a_batch(llama: Any, monkeypatch: Any) -> None:
    batches = []
    answer = generation.answer

    def watched(loaded: Any, requests: Any) -> Any:
        batches.append([request.sampler.temperature for request in requests])
        return answer(loaded, requests)

    monkeypatch.setattr(api.generation, "answer", watched)

    async def main() -> None:
        await asyncio.gather(
            *[
                llama.generate(
                    [ChatMessageUser(content="w1")],
                    config=GenerateConfig(temperature=t, max_tokens=2, seed=1),
                )
                for t in (0.5, 1.0, 0.5, 1.0, 0.5)
            ]
        )

    asyncio.run(main())
    assert sorted(batches) == [[0.5] * 3, [1.0] * 2]


def test_an_answer_ends_where_the_context_does(llama: Any) -> None:
    assert llama.api.context_length == 256
    outputs = ask(llama, ["w1 " * 250, "w1 " * 247, "w2"], max_tokens=30, temperature=0.0, seeds=[1, 2, 3])
    # A random model that is greedy repeats itself, and never ends here.
    assert [output.usage.output_tokens for output in outputs] == [6, 9, 30]
    assert [output.stop_reason for output in outputs] == ["model_length", "model_length", "max_tokens"]


def test_a_prompt_that_leaves_no_place_is_an_error_of_its_own(llama: Any) -> None:
    async def main() -> Any:
        return await asyncio.gather(
            *[
                llama.generate(
                    [ChatMessageUser(content=prompt)],
                    config=GenerateConfig(max_tokens=5, seed=1, temperature=1),
                )
                for prompt in ("w1 " * 256, "w1")
            ],
            return_exceptions=True,
        )

    too_long, fits = asyncio.run(main())
    assert isinstance(too_long, WorkError)
    assert str(too_long).startswith("the prompt has 256 tokens and leaves no room for a reply")
    assert (
        fits.completion
        == ask(llama, ["w1"], max_tokens=5, seeds=[1], temperature=1.0, top_p=None)[0].completion
    )


def test_memory_that_runs_out_halves_the_batch_and_changes_no_answer(llama: Any, monkeypatch: Any) -> None:
    expected = texts(ask(llama, PROMPTS))
    sizes = []
    generate = llama.api._loaded.model.generate

    def small(input_ids: Any, **options: Any) -> Any:
        sizes.append(len(input_ids))
        if len(input_ids) > 2:
            raise torch.OutOfMemoryError("out of memory")
        return generate(input_ids=input_ids, **options)

    monkeypatch.setattr(llama.api._loaded.model, "generate", small)
    monkeypatch.setattr(llama.api, "_splitter", api.Splitter())
    assert texts(ask(llama, PROMPTS)) == expected
    assert sizes == [5, 2, 2, 1]


def test_logits_that_are_no_numbers_are_an_error_and_no_answer(llama: Any, monkeypatch: Any) -> None:
    loaded = llama.api._loaded
    forward = loaded.model.forward

    def broken(*args: Any, **options: Any) -> Any:
        out = forward(*args, **options)
        out.logits[0] = torch.nan
        return out

    monkeypatch.setattr(loaded.model, "forward", broken)
    with pytest.raises(WorkError, match="the logits of the model contain NaN or infinity"):
        ask(llama, ["w1"])


def test_a_request_that_timed_out_is_dropped(llama: Any, monkeypatch: Any) -> None:
    asked: list[str] = []
    go, started = threading.Event(), threading.Event()
    answer = generation.answer

    def slow(loaded: Any, requests: Any) -> Any:
        asked.extend(request.conversation.messages[0]["content"][0]["text"] for request in requests)
        started.set()
        go.wait(60)
        return answer(loaded, requests)

    monkeypatch.setattr(api.generation, "answer", slow)

    async def main() -> None:
        config = GenerateConfig(max_tokens=2, seed=1)
        first = asyncio.create_task(llama.api.generate([ChatMessageUser(content="w1")], [], "none", config))
        await asyncio.to_thread(started.wait, 60)
        second = llama.api.generate([ChatMessageUser(content="w2")], [], "none", config)
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(second, 0.05)
        third = asyncio.create_task(llama.api.generate([ChatMessageUser(content="w3")], [], "none", config))
        await asyncio.sleep(0.05)
        go.set()
        await first
        await third

    asyncio.run(main())
    assert asked == ["w1", "w3"]


def test_a_model_of_text_alone_refuses_pictures_by_the_filters_name(llama: Any) -> None:
    assert llama.api.takes == {"text"}
    assert llama.api.stack_input == "images"
    message = ChatMessageUser(content=[ContentImage(image=PIXEL)])
    with pytest.raises(UsageError, match="add --filter condition=text_only"):
        asyncio.run(llama.generate([message], config=GenerateConfig(max_tokens=2)))


def test_the_record_says_what_ran(semantic_llama: Any, tiny_llama_dir: Path) -> None:
    record = semantic_llama.api.describe()
    assert json.loads(json.dumps(record)) == record
    model = semantic_llama.api._loaded.model
    assert record["model_parameters"] == sum(p.numel() for p in model.parameters())
    assert record["model_class"] == "LlamaForCausalLM"
    assert record["decoding"] == "semantic"
    assert record["decoding_settings"]["top_m"] == 8
    assert len(record["table_hash"]) == 64
    assert record["table"]["k"] == "32"
    assert (record["device"], record["dtype"]) == ("cpu", "float32")
    assert record["versions"]["transformers"] == transformers.__version__
    assert str(tiny_llama_dir) not in json.dumps(record)


def test_the_revision_of_a_folder_follows_its_files(tiny_llama_dir: Path, tmp_path: Path) -> None:
    for path in tiny_llama_dir.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    same = folder_hash(tmp_path)
    assert same == folder_hash(tiny_llama_dir)
    (tmp_path / "more.txt").write_text("a")
    assert folder_hash(tmp_path) != same
    (tmp_path / "more.txt").unlink()
    config = (tmp_path / "config.json").read_text()
    (tmp_path / "config.json").write_text(config.replace("256", "257"))
    assert folder_hash(tmp_path) != same


def test_one_byte_of_a_large_file_changes_the_revision(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(identity, "PART", 2**16)
    weights = tmp_path / "model.safetensors"
    weights.write_bytes(bytes(3_000_000))
    first = folder_hash(tmp_path)
    with weights.open("r+b") as file:
        file.seek(1_234_567)
        file.write(b"x")
    assert folder_hash(tmp_path) != first


def test_a_folder_is_known_by_its_files_whatever_commit_its_path_names(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    model = SimpleNamespace(config=SimpleNamespace(_commit_hash="a" * 40))
    assert identity.revision(model, str(tmp_path)) == f"sha256:{folder_hash(tmp_path)}"
    assert identity.revision(model, "owner/name") == "a" * 40


@pytest.mark.parametrize(
    ("name", "arguments", "error", "message"),
    [
        ("nowhere/at/all", {}, UsageError, "no model at nowhere/at/all"),
        (None, {"decoding": "semantic", "top_p": 2}, UsageError, "top_p is 2, expected"),
        (None, {"decoding": "semantic", "table": "no.safetensors"}, WorkError, "no.safetensors"),
        (None, {"beams": 4}, UsageError, "takes no argument beams"),
        (None, {"base_url": "http://localhost:1"}, UsageError, "a base URL is given"),
    ],
)
def test_what_cannot_be_loaded_is_one_line(
    tiny_llama_dir: Path, name: str | None, arguments: dict[str, Any], error: type, message: str
) -> None:
    with pytest.raises(error, match=message) as caught:
        HuggingFaceAPI(name or str(tiny_llama_dir), **arguments)
    assert "\n" not in str(caught.value)


def test_a_closed_provider_answers_no_more(tiny_llama_dir: Path) -> None:
    closed = HuggingFaceAPI(str(tiny_llama_dir), device="cpu")
    closed.close()
    with pytest.raises(WorkError, match="closed"):
        asyncio.run(closed.generate([ChatMessageUser(content="w1")], [], "none", GenerateConfig()))


def test_calls_at_once_fill_several_batches(open_model: Any, tiny_llama_dir: Path) -> None:
    assert open_model(tiny_llama_dir, batch_size=3).api.max_connections() == 12


@pytest.fixture(scope="module")
def smollm2(open_model: Any, smollm2_dir: Path) -> Any:
    return {
        "default": open_model(smollm2_dir),
        "semantic": open_model(smollm2_dir, decoding="semantic", rule_temperature=0.5, top_p=0.95),
    }


@pytest.mark.parametrize("decoding", ["default", "semantic"])
def test_smollm2_speaks_by_its_chat_template_and_a_batch_changes_nothing(smollm2: Any, decoding: str) -> None:
    model = smollm2[decoding]
    prompts = ["Where in the body is the liver?", "What is the capital of France?"]
    declared = {"temperature": 0.5, "top_p": 0.8, "max_tokens": 32}
    outputs = ask(model, prompts, **declared)
    assert "liver" in outputs[0].completion
    assert "Paris" in outputs[1].completion
    assert "<|im_end|>" not in outputs[1].completion
    assert outputs[1].stop_reason == "stop"
    assert texts(outputs[:1]) == texts(ask(model, prompts[:1], **declared))
    if decoding == "semantic":
        assert all(output.metadata["fired"] > 0 for output in outputs)
        assert all(
            output.metadata["fired"] + output.metadata["deferred"] == output.metadata["steps"]
            for output in outputs
        )


def test_a_word_for_a_packaged_model_is_known() -> None:
    pytest.importorskip("gguf")
    with pytest.raises((UsageError, WorkError), match=r"no-such-model\.gguf"):
        load("no-such-model.gguf", parse_arguments({}))

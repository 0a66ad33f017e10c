"""lm-eval, as it is, with the rule: through `custom_generate`, and to an OpenAI-compatible server."""

import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec
from pathlib import Path

import pytest

from semsam import SemanticSampling
from semsam.engines.request import parse_request
from semsam.engines.transformers import CUSTOM_GENERATE, attach
from semsam.loading import load_model, load_tokenizer

REPOSITORY = Path(__file__).parents[2]
TASKS = REPOSITORY / "docs" / "how-to" / "lm-eval"
QUESTIONS = [json.loads(line) for line in (TASKS / "directions.jsonl").read_text("utf-8").splitlines()]
RULE = {"top_m": 8, "top_p": 0.99, "temperature": 2.0}

HARNESSES = Path(sys.prefix) / "lmms-eval"  # a folder of its own, from `make setup`

needs_harness = pytest.mark.skipif(
    find_spec("lm_eval") is None and not (HARNESSES / "lm_eval").is_dir(),
    reason="lm_eval is not in this environment: make setup puts it there",
)
pytestmark = pytest.mark.filterwarnings("ignore")  # what the harness imports warns of itself


def test_the_questions_are_balanced():
    words = [question["answer"] for question in QUESTIONS]
    first = [question["options"].index(question["answer"]) for question in QUESTIONS]
    assert len(QUESTIONS) == 20
    assert {word: words.count(word) for word in words} == dict.fromkeys(
        ("superior", "inferior", "anterior", "posterior"), 5
    )
    for pair in ({"superior", "inferior"}, {"anterior", "posterior"}):
        places = [
            place for place, question in zip(first, QUESTIONS, strict=True) if pair == {*question["options"]}
        ]
        assert (places.count(0), places.count(1)) == (5, 5)


@pytest.fixture
def evaluate(tmp_path, monkeypatch):
    """evaluate(**arguments): what lm-eval asked and got, by question, and its results."""
    monkeypatch.setattr(sys, "path", [*sys.path, str(HARNESSES)])
    import datasets  # noqa: PLC0415
    import lm_eval  # noqa: PLC0415
    from lm_eval.tasks import TaskManager  # noqa: PLC0415

    monkeypatch.chdir(REPOSITORY)
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", str(tmp_path / "datasets"))
    monkeypatch.setattr("transformers.dynamic_module_utils.HF_MODULES_CACHE", str(tmp_path / "modules"))
    monkeypatch.syspath_prepend(str(tmp_path / "modules"))
    tasks = TaskManager(include_path=str(TASKS), include_defaults=False)

    def run(**arguments):
        found = lm_eval.simple_evaluate(
            tasks=["semsam_directions"], task_manager=tasks, bootstrap_iters=0, **arguments
        )
        samples = sorted(found["samples"]["semsam_directions"], key=lambda sample: sample["doc_id"])
        said = {sample["arguments"][0][0]: sample["resps"][0][0] for sample in samples}
        return said, found["results"]["semsam_directions"]

    return run


@needs_harness
def test_the_harness_decodes_by_the_rule_through_custom_generate(evaluate, tiny_llama_dir, tmp_path):
    model, tokenizer = load_model(tiny_llama_dir), load_tokenizer(tiny_llama_dir)
    attached = attach(model, tokenizer, SemanticSampling(**RULE), k=8, cache=False)
    table = tmp_path / "table.safetensors"
    attached.table.save(table)
    given = {
        "model": "hf",
        "model_args": {"pretrained": str(tiny_llama_dir), "dtype": "float32"},
        "device": "cpu",
        "batch_size": 5,
    }
    rule = {
        "custom_generate": CUSTOM_GENERATE,
        "trust_remote_code": True,
        "table": str(table),
        "semantic_sampling": RULE,
    }
    said, results = evaluate(**given, gen_kwargs=rule, limit=6)
    assert results["exact_match,first_direction"] == 0  # a model that knows no such word

    def text(inputs, arguments):
        new = model.generate(**arguments(**inputs, max_new_tokens=16, do_sample=False))
        return tokenizer.decode(new[0, inputs["input_ids"].shape[1] :], skip_special_tokens=True)

    asked = [tokenizer(prompt, return_tensors="pt", return_token_type_ids=False) for prompt in said]
    assert list(said.values()) == [text(inputs, attached.arguments) for inputs in asked]
    assert list(said.values()) != [text(inputs, dict) for inputs in asked]


@pytest.fixture
def server():
    """The address of a server that answers every chat with one word, and the bodies that it got."""
    got = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            got.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            choice = {"index": 0, "message": {"role": "assistant", "content": "Superior."}}
            data = json.dumps({"choices": [choice]}).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_):
            """Nothing to the terminal."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}/v1/chat/completions", got
    server.shutdown()
    server.server_close()


@needs_harness
def test_the_harness_asks_a_vllm_server_for_the_rule(evaluate, server):
    url, got = server
    _, results = evaluate(
        model="local-chat-completions",
        model_args={"model": "name", "base_url": url},
        apply_chat_template=True,
        gen_kwargs={"vllm_xargs": {"semsam": True, "semsam_temperature": 0.5}},
    )
    assert results["exact_match,first_direction"] == 0.25
    assert len(got) == len(QUESTIONS)
    asked = {parse_request(body["vllm_xargs"], temperature=body["temperature"]) for body in got}
    assert [request.settings for request in asked] == [SemanticSampling(temperature=0.5)]
    assert {body["temperature"] for body in got} == {0}

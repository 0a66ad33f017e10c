"""The command of docs/how-to/lm-eval.md for a vLLM server, on a real one.

vLLM runs in this environment, lm-eval in the one of `make test`, as it stands on the page.
"""

import json
import os
import re
import shlex

import pytest
from outside import python

COMMAND = re.compile(r"^lm-eval run (--model local-chat-completions .*?[^\\])$", re.MULTILINE | re.DOTALL)
FLIPPED = {"semsam": True, "semsam_control": "flipped", "semsam_top_p": 0.95, "semsam_temperature": 2.0}
PAGE = {"semsam": True, "semsam_temperature": 0.5}
LIMIT = 4


@pytest.fixture(scope="module")
def arguments(repository, smollm2_server):
    """The arguments of the page's command, to this server."""
    page = (repository / "docs" / "how-to" / "lm-eval.md").read_text(encoding="utf-8")
    (command,) = COMMAND.findall(page)
    command = command.replace("$MODEL", "model").replace("http://127.0.0.1:8000", smollm2_server.url)
    return shlex.split(command.replace("\\\n", " "))


@pytest.fixture(scope="module")
def evaluate(repository, arguments, tmp_path_factory):
    """evaluate(rule): (question, reply) of each sample, with this rule or the page's own."""
    harness = repository / ".venv" / "lmms-eval"
    if not (harness / "lm_eval").is_dir():
        pytest.skip("lm_eval is not in the environment of make test")
    path = os.pathsep.join(filter(None, [os.environ.get("PYTHONPATH"), str(harness)]))

    def run(rule=None):
        out = tmp_path_factory.mktemp("lm-eval")
        given = arguments if rule is None else [*arguments[:-1], json.dumps({"vllm_xargs": rule})]
        given = [*given, "--limit", str(LIMIT), "--log_samples", "--output_path", str(out)]
        cache = {"HF_HOME": str(out / "cache"), "HF_HUB_OFFLINE": "1"}
        python(repository, "-m", "lm_eval", "run", *given, PYTHONPATH=path, **cache)
        (samples,) = out.rglob("samples_*.jsonl")
        found = [json.loads(line) for line in samples.read_text(encoding="utf-8").splitlines()]
        found.sort(key=lambda sample: sample["doc_id"])
        asked = [sample["arguments"]["gen_args_0"]["arg_0"][0] for sample in found]
        return [(question, sample["resps"][0][0]) for question, sample in zip(asked, found, strict=True)]

    return run


def replies(server, questions, **rule):
    """What the server replies to these chats, asked one at a time without lm-eval."""
    said = []
    for question in questions:
        asked = {"max_tokens": 16, "temperature": 0.0, "stop": ["\n"], **rule}
        status, answer = server.post("/v1/chat/completions", messages=json.loads(question), **asked)
        assert status == 200, answer
        said.append(answer["choices"][0]["message"]["content"])
    return said


def test_the_command_of_the_page_is_answered_by_the_rule(evaluate, arguments, smollm2_server):
    assert json.loads(arguments[-1]) == {"vllm_xargs": PAGE}
    questions, said = zip(*evaluate(), strict=True)
    assert len(questions) == LIMIT
    assert list(said) == replies(smollm2_server, questions, vllm_xargs=PAGE)


def test_the_rule_of_the_request_is_the_one_that_decides(evaluate, smollm2_server):
    questions, said = zip(*evaluate(FLIPPED), strict=True)
    assert list(said) == replies(smollm2_server, questions, vllm_xargs=FLIPPED)
    assert list(said) != replies(smollm2_server, questions)

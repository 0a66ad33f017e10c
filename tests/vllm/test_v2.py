"""Model Runner V2, vLLM's choice where it has a GPU, on a real server.

On a processor it takes a Triton backend that interprets kernels (`triton/`), which is slow: few and short
requests. What V1 writes is known by the other tests; here V2 must do the same.
"""

from concurrent.futures import ThreadPoolExecutor

import pytest

from semsam.selfcheck import Verdict, check_server

pytest.importorskip("triton", reason="Model Runner V2 takes Triton")

TOKENS = 12
WIDE = {"semsam": True, "semsam_top_m": 50, "semsam_top_p": 0.95, "semsam_temperature": 2.0}
DRAWN = {"semsam": True, "semsam_mode": "proportional", "semsam_temperature": 2.0, "semsam_top_p": 0.95}


@pytest.fixture(scope="module")
def servers(smollm2_server, smollm2_server_v2):
    """The same server with V1 and with V2."""
    assert "Using V2 Model Runner" not in smollm2_server.said()
    assert "Using V2 Model Runner" in smollm2_server_v2.said()
    yield smollm2_server, smollm2_server_v2
    assert "Semantic sampling failed" not in smollm2_server_v2.said()


@pytest.fixture(scope="module")
def prompts(servers):
    texts = ["The liver lies", "The left kidney is", "Once upon a time, a small"]
    return [servers[0].post("/tokenize", prompt=text)[1]["tokens"] for text in texts]


def test_v2_writes_what_v1_writes_alone_and_in_a_mixed_batch(servers, prompts):
    v1, v2 = servers
    jobs = [(prompts[0], WIDE), (prompts[1], None), (prompts[2], WIDE), (prompts[0], {"semsam": True})]

    def tokens(server):
        return lambda job: server.complete(*job, max_tokens=TOKENS)["token_ids"]

    wanted = [tokens(v1)(job) for job in jobs]
    with ThreadPoolExecutor(len(jobs)) as pool:
        assert list(pool.map(tokens(v2), jobs)) == wanted
    assert [tokens(v2)(job) for job in jobs[:2]] == wanted[:2]


def test_shares_of_a_drawing_mode_are_those_of_v1(servers, prompts):
    asked = {"max_tokens": 1, "temperature": 0.7, "logprobs": 4, "seed": 0}
    found = [server.complete(prompts[0], DRAWN, **asked)["logprobs"]["top_logprobs"][0] for server in servers]
    shared = set(found[0]) & set(found[1])
    assert len(shared) >= 3
    assert all(found[0][token] == pytest.approx(found[1][token], abs=2e-3) for token in shared)


def test_penalties_come_before_the_rule_in_v2(servers, prompts):
    free, punished = (
        servers[1].complete(prompts[0], {"semsam": True}, max_tokens=24, repetition_penalty=penalty)[
            "token_ids"
        ]
        for penalty in (1.0, 1.9)
    )
    assert free != punished


def test_v2_refuses_wrong_parameters_and_goes_on(servers, prompts):
    status, answer = servers[1].post(
        "/v1/completions", prompt=prompts[0], max_tokens=1, vllm_xargs={"semsam": True, "semsam_top_m": -1}
    )
    assert status == 400
    assert "top_m is -1" in answer["error"]["message"]
    assert len(servers[1].complete(prompts[0], max_tokens=2)["token_ids"]) == 2


def test_the_self_check_finds_the_rule_in_v2(servers):
    check = check_server(servers[1].url, "model", max_tokens=8)
    assert check.verdict == Verdict.ON, str(check)

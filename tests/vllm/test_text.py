"""SmolLM2 by a real server, and by transformers with the rule applied by hand: the same tokens.

A first difference is allowed only where the two best scores lie within CLOSE: matrix products take their sums
in another order there.
"""

import itertools
import math
from concurrent.futures import ThreadPoolExecutor

import openai
import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from semsam import NeighborTable, SemanticSampling, Status, rescore, rescore_with_info
from semsam.controls import control
from semsam.selfcheck import Verdict, check_server

TOKENS = 32
CLOSE = 1e-4
SAMPLER_CLOSE = 1e-3
PROMPTS = [
    "The liver lies",
    "Question: What is the capital of France?\nAnswer:",
    "The left kidney is",
    "Once upon a time, a small",
]
DEFAULT = {"semsam": True}
WIDE = {"semsam": True, "semsam_top_m": 50, "semsam_top_p": 0.95, "semsam_temperature": 2.0}
CROWDING = {"semsam": True, "semsam_sign": -1, "semsam_top_p": 0.95, "semsam_temperature": 2.0}
EQUAL = {"semsam": True, "semsam_mode": "softmax", "semsam_tau": 1e6, "semsam_top_m": 4, "semsam_top_p": 1.0}
PROPORTIONAL = {"semsam": True, "semsam_mode": "proportional", "semsam_tau": 1.5, "semsam_temperature": 1.5}


def settings_of(rule):
    """The settings that flat parameters stand for."""
    if rule is None:
        return None
    given = {key.removeprefix("semsam_"): v for key, v in rule.items() if key != "semsam"}
    sign = {"sign": -1} if given.pop("control", "none") == "flipped" else {}
    given.pop("control_seed", None)
    return SemanticSampling(**given, **sign)


def table_of(table, rule):
    """The table that flat parameters name."""
    name = (rule or {}).get("semsam_control", "none")
    return table if name in ("none", "flipped") else control(table, name, rule.get("semsam_control_seed", 0))


@pytest.fixture
def server(smollm2_server):
    return smollm2_server


@pytest.fixture(scope="module")
def tokenizer(smollm2_dir):
    return AutoTokenizer.from_pretrained(smollm2_dir)


@pytest.fixture(scope="module")
def prompts(tokenizer):
    return [tokenizer(prompt).input_ids for prompt in PROMPTS]


class ByHand:
    """A loop of logits and the rule, deferred steps greedy."""

    def __init__(self, folder, table):
        torch.set_num_threads(1)
        self.model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
        self.table = table
        self.known = {}

    def __call__(self, prompt, rule):
        """32 tokens, and how many of them the rule decided."""
        key = str((prompt, rule))
        if key not in self.known:
            self.known[key] = self.generate(prompt, rule)
        return self.known[key]

    @torch.no_grad()
    def generate(self, prompt, rule):
        """The same, computed."""
        settings, tokens, fired, past, new = settings_of(rule), [], 0, None, prompt
        table = table_of(self.table, rule)
        for _ in range(TOKENS):
            out = self.model(torch.tensor([new]), past_key_values=past, use_cache=True)
            past, logits = out.past_key_values, out.logits[:, -1]
            if settings is not None:
                logits, info = rescore_with_info(logits, table, settings)
                fired += int(info.status[0] == Status.FIRED)
            new = [int(logits.argmax())]
            tokens += new
        return tokens, fired

    @torch.no_grad()
    def logits(self, tokens):
        """(1, V) after these tokens."""
        return self.model(torch.tensor([tokens])).logits[:, -1]

    def assert_same(self, prompt, rule, one, other):
        """Equal up to the first place where the scores (of a deferred step: logits) lie close together."""
        assert len(one) == len(other) == TOKENS
        at = next((i for i, (a, b) in enumerate(zip(one, other, strict=True)) if a != b), None)
        if at is None:
            return
        logits, limit = self.logits(prompt + one[:at]), SAMPLER_CLOSE
        if rule is not None:
            scores = {"mode": "softmax", "tau": 1.0}
            settings = settings_of({k: v for k, v in rule.items() if k not in {"semsam_mode", "semsam_tau"}})
            table = table_of(self.table, rule)
            kept = {name: getattr(settings, name) for name in ("top_m", "top_p", "temperature", "sign")}
            logits, info = rescore_with_info(logits, table, SemanticSampling(**kept, **scores))
            limit = CLOSE if info.status[0] == Status.FIRED else SAMPLER_CLOSE
        gap = float((logits[0, one[at]] - logits[0, other[at]]).abs())
        assert gap < limit, f"token {at} is {one[at]} or {other[at]}, {gap} apart"


@pytest.fixture(scope="module")
def by_hand(smollm2_dir, smollm2_table):
    return ByHand(smollm2_dir, NeighborTable.load(smollm2_table))


@pytest.fixture(scope="module")
def plain(smollm2_server, prompts):
    """What the server writes without the rule."""
    return [smollm2_server.complete(prompt)["token_ids"] for prompt in prompts]


@pytest.mark.parametrize("rule", [None, DEFAULT, WIDE, CROWDING], ids=["off", "default", "wide", "crowding"])
def test_the_server_writes_what_a_loop_by_hand_writes(server, by_hand, prompts, rule):
    for prompt in prompts:
        by_server = server.complete(prompt, rule)
        by_hand.assert_same(prompt, rule, by_hand(prompt, rule)[0], by_server["token_ids"])


CONTROLS = [
    {**WIDE, "semsam_control": "identity"},
    {**WIDE, "semsam_control": "flipped"},
    {**WIDE, "semsam_control": "shuffled", "semsam_control_seed": 3},
    {**WIDE, "semsam_control": "random", "semsam_control_seed": 3},
]


def test_one_table_serves_all_controls_in_one_batch(server, by_hand, prompts):
    asked = [(prompt, rule) for prompt in prompts[:2] for rule in CONTROLS]
    with ThreadPoolExecutor(len(asked)) as pool:
        answers = list(pool.map(lambda one: server.complete(*one)["token_ids"], asked))
    for (prompt, rule), tokens in zip(asked, answers, strict=True):
        by_hand.assert_same(prompt, rule, by_hand(prompt, rule)[0], tokens)
    assert len({tuple(tokens) for tokens in answers[: len(CONTROLS)]}) > 1


def test_identity_is_greedy_where_nothing_is_deferred(server, by_hand, prompts, plain):
    rule = {**WIDE, "semsam_control": "identity"}
    for prompt, greedy in zip(prompts, plain, strict=True):
        by_hand.assert_same(prompt, None, greedy, server.complete(prompt, rule)["token_ids"])


def test_the_rule_changes_some_texts_and_not_all_of_them_at_once(server, prompts, plain):
    ruled = [server.complete(prompt, WIDE)["token_ids"] for prompt in prompts]
    assert sum(a != b for a, b in zip(ruled, plain, strict=True)) >= 2
    assert ruled[0][0] == plain[0][0]


def test_the_rule_switched_off_is_plain_greedy_decoding(server, prompts, plain):
    assert [server.complete(prompt, {"semsam": False})["token_ids"] for prompt in prompts] == plain


def test_decided_steps_have_all_probability_and_as_many_as_by_hand(server, by_hand, prompts):
    for prompt in prompts[:3]:
        choice = server.complete(prompt, DEFAULT, logprobs=2)
        steps = choice["logprobs"]["top_logprobs"]
        decided = [step for step in steps if min(step.values()) == -9999.0]
        assert all(max(step.values()) == 0.0 for step in decided)
        tokens, fired = by_hand(prompt, DEFAULT)
        if tokens == choice["token_ids"]:
            assert len(decided) == fired
    assert 0 < len(decided) <= TOKENS


def test_a_decided_request_does_not_depend_on_the_temperature(server, prompts):
    texts = [server.complete(prompts[0], DEFAULT, logprobs=2)]
    assert all(min(step.values()) == -9999.0 for step in texts[0]["logprobs"]["top_logprobs"][:8])
    for seed in (1, 2):
        drawn = server.complete(prompts[0], DEFAULT, temperature=0.7, seed=seed)
        assert drawn["token_ids"][:8] == texts[0]["token_ids"][:8]


def test_the_shares_of_a_stochastic_mode_arrive_whatever_the_temperature(server, by_hand, prompts):
    prompt = prompts[0]
    wanted = rescore(by_hand.logits(prompt), by_hand.table, settings_of(PROPORTIONAL))[0]
    shares = sorted((float(x) for x in wanted[wanted.isfinite()]), reverse=True)
    assert len(shares) > 2
    for temperature in (0.2, 0.7, 1.0, 1.9):
        choice = server.complete(
            prompt, PROPORTIONAL, temperature=temperature, max_tokens=1, logprobs=5, seed=0
        )
        found = [x for x in choice["logprobs"]["top_logprobs"][0].values() if x > -9999]
        # The server adds the token drawn to its five best.
        assert sorted(found, reverse=True)[:5] == pytest.approx(shares[: min(5, len(found))], abs=2e-3)


def test_draws_repeat_with_the_seed_and_change_with_it(server, prompts):
    def draw(seed):
        return server.complete(prompts[0], EQUAL, temperature=0.7, seed=seed)["token_ids"]

    assert draw(1) == draw(1)
    assert len({tuple(draw(seed)) for seed in range(4)}) == 4


def test_a_mixed_batch_gives_each_request_what_it_gets_alone(server, by_hand, prompts):
    kinds = [
        (DEFAULT, {}),
        (None, {}),
        (WIDE, {}),
        (EQUAL, {"temperature": 0.7, "seed": 3}),
        (PROPORTIONAL, {"temperature": 1.0, "seed": 4}),
        (CROWDING, {}),
    ]
    jobs = list(
        itertools.islice(zip(itertools.cycle(prompts), itertools.cycle(kinds[::-1]), strict=False), 18)
    )
    # Lengths differ and the server holds four at a time: requests come, go, and move to other rows.
    lengths = [TOKENS if i % 3 else 5 + i % 7 for i in range(len(jobs))]

    def ask(job, length):
        prompt, (rule, sampler) = job
        return server.complete(prompt, rule, max_tokens=length, **sampler)["token_ids"]

    alone = [ask(job, length) for job, length in zip(jobs, lengths, strict=True)]
    with ThreadPoolExecutor(len(jobs)) as pool:
        together = list(pool.map(ask, jobs, lengths))
    for (prompt, (rule, sampler)), one, other in zip(jobs, alone, together, strict=True):
        if len(one) == TOKENS and not sampler:
            by_hand.assert_same(prompt, rule, one, other)
        elif not sampler:
            assert one == other
        else:  # a draw near the border of two shares may fall on the other side
            assert one[:4] == other[:4]


def test_several_draws_of_one_request_differ(server, prompts):
    status, answer = server.post(
        "/v1/completions", prompt=prompts[0], max_tokens=16, temperature=0.7, n=3, vllm_xargs=EQUAL
    )
    assert status == 200
    assert len({choice["text"] for choice in answer["choices"]}) == 3


@pytest.mark.parametrize(
    ("rule", "more", "told"),
    [
        ({"semsam": True, "semsam_top_m": -1}, {}, "top_m is -1"),
        ({"semsam": True, "semsam_top_m": 2.5}, {}, "top_m is 2.5"),
        ({"semsam": True, "semsam_top_m": "20"}, {}, "top_m is '20'"),
        ({"semsam": True, "semsam_top_m": 10**6}, {}, "at most 1000"),
        ({"semsam": True, "semsam_top_p": 1.5}, {}, "top_p is 1.5"),
        ({"semsam": True, "semsam_temperature": 0}, {}, "temperature is 0"),
        ({"semsam": True, "semsam_mode": "best"}, {}, "mode is 'best'"),
        (
            {"semsam": True, "semsam_mode": "softmax", "semsam_tau": math.nan},
            {"temperature": 1.0},
            "tau is nan",
        ),
        ({"semsam": True, "semsam_mode": "softmax"}, {}, "greedy"),
        ({"semsam": True, "semsam_topm": 5}, {}, "unknown parameter 'semsam_topm'"),
        ({"semsam_top_m": 5}, {}, "without semsam"),
        ({"semsam": False, "semsam_top_m": 5}, {}, "without semsam"),
        ({"semsam": "yes"}, {}, "semsam is 'yes'"),
        ({"semsam": [1]}, {}, "semsam is [1]"),
        ({"semsam": {"top_m": 5}}, {}, "semsam"),
        ({"semsam": None}, {}, "semsam"),
        ({"semsam": True, "semsam_control": "permuted"}, {}, "semsam_control is 'permuted'"),
        ({"semsam": True, "semsam_control_seed": 1}, {}, "draws nothing"),
    ],
)
def test_wrong_parameters_are_refused_and_the_next_request_is_answered(
    server, prompts, plain, rule, more, told
):
    status, answer = server.post(
        "/v1/completions", prompt=prompts[0], max_tokens=4, vllm_xargs=rule, **{"temperature": 0.0, **more}
    )
    assert status == 400
    assert told in answer["error"]["message"]
    assert server.complete(prompts[0])["token_ids"] == plain[0]


def test_parameters_of_others_are_left_alone(server, prompts, plain):
    assert server.complete(prompts[0], {"other": 1})["token_ids"] == plain[0]


def test_a_banned_token_stays_banned(server, prompts):
    first = server.complete(prompts[0], DEFAULT)["token_ids"][0]
    banned = {"logit_bias": {str(first): -100}}
    assert first not in server.complete(prompts[0], DEFAULT, **banned)["token_ids"][:1]


def test_structured_output_holds(server, prompts):
    choice = server.complete(
        prompts[0], DEFAULT, ignore_eos=False, structured_outputs={"choice": ["upper left", "lower right"]}
    )
    assert choice["text"] in {"upper left", "lower right"}


def test_penalties_do_not_reach_decided_steps(server, prompts):
    """The V1 model runner applies them after the rule; the documentation says so."""
    free = server.complete(prompts[0], DEFAULT, logprobs=2)
    decided = [min(step.values()) == -9999.0 for step in free["logprobs"]["top_logprobs"]]
    length = decided.index(False) if False in decided else TOKENS
    punished = server.complete(prompts[0], DEFAULT, repetition_penalty=1.9)
    assert length > 8
    assert punished["token_ids"][:length] == free["token_ids"][:length]


def test_beam_search_goes_on_without_the_rule(server, prompts):
    """vLLM does not pass the parameters to the steps of a beam; the documentation says so."""
    beams = {"use_beam_search": True, "n": 2, "return_token_ids": False}
    assert server.complete(prompts[0], WIDE, **beams)["text"] == server.complete(prompts[0], **beams)["text"]


def test_the_client_of_openai_asks_for_the_rule(server, tokenizer, by_hand):
    client = openai.OpenAI(base_url=f"{server.url}/v1", api_key="none")
    answer = client.chat.completions.create(
        model="model",
        messages=[{"role": "user", "content": "Where is the liver?"}],
        temperature=0,
        max_tokens=TOKENS,
        extra_body={"vllm_xargs": WIDE, "ignore_eos": True, "return_token_ids": True},
    )
    prompt = tokenizer.apply_chat_template(
        [{"role": "user", "content": "Where is the liver?"}], add_generation_prompt=True, return_dict=False
    )
    by_hand.assert_same(prompt, WIDE, by_hand(prompt, WIDE)[0], answer.choices[0].token_ids)


def test_the_self_check_finds_the_rule(server):
    check = check_server(server.url, "model")
    assert check.verdict == Verdict.ON, str(check)
    assert check.changed is not None


def test_the_log_names_the_table_and_no_failure(server, smollm2_table):
    assert f"Semantic sampling is ready: {smollm2_table}, 49152 tokens, k = 16" in server.said()
    assert "Semantic sampling failed" not in server.said()

"""`misground eval --arms` on SGLang's interface: what is sent for each arm, and what comes of it."""

import json
import runpy
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("dill")
pytest.importorskip("inspect_ai")

from misground.records.arms import CONTROLS  # noqa: E402
from semsam import NeighborTable, SemanticSampling, rescore  # noqa: E402
from semsam.controls import control  # noqa: E402
from semsam.engines import sglang  # noqa: E402
from semsam.engines.sglang import processor_string  # noqa: E402

MOCK = SimpleNamespace(**runpy.run_path(str(Path(__file__).parents[1] / "servers" / "mock_sglang.py")))
VOCAB = len(MOCK.WORDS)
SEED, TOKENS, QUESTIONS = 4, 12, 4
RULED = ("semantic", *CONTROLS)
ARMS = ("default", "greedy", *RULED, "semantic-proportional", "min-p=0.2")
ASKED = ("--filter", "condition=text_only,task=in_plane", "--limit", QUESTIONS, "--epochs", 1, "--seed", SEED)
RULE = {"top_m": 4, "top_p": 1.0, "temperature": 2.0}


@pytest.fixture(scope="module")
def table() -> NeighborTable:
    dice = torch.Generator().manual_seed(0)
    ids = torch.stack([(torch.arange(4) * 5 + token) % VOCAB for token in range(VOCAB)])
    weights = torch.rand(VOCAB, 4, generator=dice).sort(1, descending=True).values
    weights[:, 0] = 1
    return NeighborTable(ids, weights, torch.ones(VOCAB, dtype=torch.bool))


@pytest.fixture(scope="module")
def asked(
    mini: Path,
    misground: Callable[..., Any],
    results: Callable[[Path], list[dict[str, Any]]],
    table: NeighborTable,
    tmp_path_factory: pytest.TempPathFactory,
) -> Any:
    """The rows of each arm, the chat requests in their order, and the other requests."""
    folder = tmp_path_factory.mktemp("sglang")
    table.save(folder / "table.safetensors")
    sglang._tables.cache_clear()
    with pytest.MonkeyPatch.context() as patch, MOCK.serving() as (url, chats, others):
        patch.setenv("SEMSAM_TABLE", str(folder / "table.safetensors"))
        arguments = ("--model", f"sglang/{MOCK.MODEL}", "--base-url", url, "--arms", ",".join(ARMS), *ASKED)
        rule = ("--top-m", 4, "--top-p", 1.0, "--temperature", 2.0, "--max-tokens", TOKENS)
        cache = {"INSPECT_CACHE_DIR": str(folder / "cache")}
        arguments = (*arguments, *rule, "--no-validate", "--log-dir", folder / "runs")
        run = misground("eval", mini, *arguments, environment=cache)
    assert run.returncode == 0, run.stderr
    rows = {arm: results(folder / "runs" / arm.replace("=", "-")) for arm in ARMS}
    return SimpleNamespace(rows=rows, chats=chats, others=others)


def chats_of(asked: Any, arm: str) -> list[dict[str, Any]]:
    """The requests of an arm: the arms are asked one after the other."""
    count = len(asked.chats) // len(ARMS)
    at = ARMS.index(arm) * count
    return list(asked.chats[at : at + count])


def test_every_arm_says_what_it_is_and_no_control_is_semantic(asked: Any) -> None:
    assert len(asked.chats) == QUESTIONS * len(ARMS)
    for arm in ARMS:
        kind = "control" if arm in CONTROLS else "semantic" if arm.startswith("semantic") else "default"
        assert {(row["arm"], row["decoding"]) for row in asked.rows[arm]} == {(arm, kind)}
        assert {row["completion"] for row in asked.rows[arm]} == {c["said"] for c in chats_of(asked, arm)}


@pytest.mark.parametrize("arm", ["default", "greedy", "min-p=0.2"])
def test_an_arm_without_the_rule_carries_no_processor(asked: Any, arm: str) -> None:
    for body in chats_of(asked, arm):
        assert "custom_logit_processor" not in body
        assert "custom_params" not in body
        assert (body["top_k"], body["repetition_penalty"]) == (-1, 1.0)
        assert body["temperature"] == (0 if arm == "greedy" else 0.5)
        assert body["min_p"] == (0.2 if arm == "min-p=0.2" else 0.0)


@pytest.mark.parametrize("arm", RULED)
def test_an_arm_of_the_rule_carries_the_processor_and_its_control(asked: Any, arm: str) -> None:
    wanted: dict[str, Any] = {"semsam": True, **{f"semsam_{name}": value for name, value in RULE.items()}}
    wanted |= {"semsam_mode": "argmax", "semsam_tau": SemanticSampling().tau}
    wanted |= {} if arm == "semantic" else {"semsam_control": arm}
    wanted |= {"semsam_control_seed": SEED} if arm in ("shuffled", "random") else {}
    for body in chats_of(asked, arm):
        assert body["custom_logit_processor"] == processor_string()
        assert body["custom_params"] == wanted
        assert (body["temperature"], body["top_p"], body["top_k"]) == (0.5, 0.8, -1)


@pytest.mark.parametrize("arm", ["greedy", *RULED])
def test_the_replies_are_those_of_the_rule_by_hand(asked: Any, table: NeighborTable, arm: str) -> None:
    """Each token of the table is content, so nothing is deferred, and nothing drawn."""
    settings = SemanticSampling(**RULE, sign=-1 if arm == "flipped" else 1)
    own = control(table, arm, SEED) if arm in ("identity", "shuffled", "random") else table
    for body in chats_of(asked, arm):
        tokens: list[int] = []
        for _ in range(TOKENS):
            logits = MOCK.logits_after(body["prompt"], tokens)[None]
            tokens.append(int((logits if arm == "greedy" else rescore(logits, own, settings)).argmax()))
        assert body["said"] == " ".join(MOCK.WORDS[token] for token in tokens)


def test_identity_is_greedy_and_no_other_two_arms_are_alike(asked: Any) -> None:
    said = {arm: sorted((body["prompt"], body["said"]) for body in chats_of(asked, arm)) for arm in ARMS}
    assert said["identity"] == said["greedy"]
    different = {json.dumps(said[arm]) for arm in ARMS if arm not in ("identity", "min-p=0.2")}
    assert len(different) == len(ARMS) - 2


def test_the_server_is_checked_once_for_all_arms(asked: Any) -> None:
    refused = [body for body in asked.others if body.get("custom_params", {}).get("semsam_top_m") == -1]
    assert len(refused) == 1

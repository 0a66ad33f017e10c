"""`misground eval --arms` with a local model, as a user calls it."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch")

from misground.evaluation.providers.local import loading  # noqa: E402
from misground.evaluation.providers.local.arguments import LocalArguments  # noqa: E402
from misground.evaluation.providers.local.decoder import Row, RowDecoder, Rule  # noqa: E402
from misground.evaluation.providers.local.draws import Sampler  # noqa: E402
from misground.records.arms import CONTROLS  # noqa: E402
from semsam import NeighborTable, SemanticSampling  # noqa: E402
from semsam.controls import control  # noqa: E402

LIST = "default,greedy,semantic,identity,shuffled,random,flipped,semantic-softmax,min-p=0.1,provider"
FOLDERS = [arm.replace("=", "-") for arm in LIST.split(",")]
ASKED = ("--filter", "condition=text_only,task=in_plane", "--limit", 4, "--epochs", 1, "--max-tokens", 24)


@pytest.fixture(scope="module")
def arms(misground: Any, mini: Path, tiny_llama_dir: Path, tmp_path_factory: Any) -> Any:
    """The log folder of one command with ten arms, the ended process, and the arguments."""
    folder = tmp_path_factory.mktemp("arms")
    log_dir = folder / "runs"
    arguments = ("--model", f"misground-hf/{tiny_llama_dir}", "--arms", LIST, *ASKED, "--tried", 3)
    arguments = ("eval", mini, "--no-validate", *arguments, "--log-dir", log_dir)
    run = misground(*arguments, environment={"INSPECT_CACHE_DIR": str(folder / "cache")})
    assert run.returncode == 0, run.stderr
    return log_dir, run, arguments


def test_each_arm_has_a_folder_and_its_replies_say_which(arms: Any, results: Any) -> None:
    log_dir, run, _ = arms
    assert sorted(path.name for path in log_dir.iterdir()) == sorted(FOLDERS)
    for arm, folder in zip(LIST.split(","), FOLDERS, strict=True):
        rows = results(log_dir / folder)
        assert {row["arm"] for row in rows} == {arm}
        kind = "control" if arm in CONTROLS else "semantic" if arm.startswith("semantic") else "default"
        assert {row["decoding"] for row in rows} == {kind}
        record = json.loads((log_dir / folder / "run.json").read_text())
        assert (record["arm"], record["tried"]) == (arm, 3)
        assert f"arm {arm} (" in run.stdout


def test_the_weights_are_loaded_once_for_all_arms(
    tiny_llama_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loads: list[str] = []
    real = loading.load_model
    monkeypatch.setattr(loading, "load_model", lambda *a, **given: (loads.append("x"), real(*a, **given))[1])
    plain = LocalArguments(device="cpu")
    with loading.shared_models():
        first = loading.load(str(tiny_llama_dir), plain)
        second = loading.load(str(tiny_llama_dir), replace(plain, decoding="semantic", control="identity"))
        assert first.model is second.model
        assert (first.rule is None, second.rule is None) == (True, False)
        assert len(loads) == 1
        loading.load(str(tiny_llama_dir), replace(plain, dtype="bfloat16"))
    assert len(loads) == 2
    assert loading.load(str(tiny_llama_dir), plain).model is not first.model


def test_identity_is_greedy_where_nothing_is_deferred() -> None:
    vocab, rows = 50, 8
    ids = torch.stack([(torch.arange(4) * 3 + token) % vocab for token in range(vocab)])
    weights = torch.rand(vocab, 4, generator=torch.Generator().manual_seed(5)).sort(1, descending=True).values
    weights[:, 0] = 1
    table = NeighborTable(ids, weights, torch.ones(vocab, dtype=torch.bool))
    told: dict[str, list[int]] = {}
    for name, sampler, rule in (
        ("greedy", Sampler(0.0), None),
        ("identity", Sampler(0.5, 0.8), Rule(control(table, "identity"), SemanticSampling())),
        ("semantic", Sampler(0.5, 0.8), Rule(table, SemanticSampling())),
    ):
        decoder = RowDecoder([Row(seed, 40) for seed in range(rows)], sampler, ends=(), rule=rule)
        dice = torch.Generator().manual_seed(6)
        told[name] = []
        for step in range(40):
            logits = torch.randn(rows, vocab, generator=dice)
            told[name] += decoder(torch.zeros(rows, step + 1, dtype=torch.long), logits).argmax(1).tolist()
        assert rule is None or all(count.deferred == 0 for count in decoder.counts() or [])
    assert told["identity"] == told["greedy"]
    assert told["semantic"] != told["greedy"]


def test_no_arm_is_given_the_replies_of_another(arms: Any, results: Any) -> None:
    told = {arm: [row["completion"] for row in results(arms[0] / arm)] for arm in FOLDERS}
    for arm in ("greedy", "min-p-0.1", "provider", "semantic-softmax"):
        assert told["default"] != told[arm], arm
    scopes = [json.loads((arms[0] / arm / "run.json").read_text())["scopes"] for arm in FOLDERS]
    known = {json.dumps(one, sort_keys=True) for arm, one in zip(FOLDERS, scopes, strict=True)}
    plain = 3  # default, greedy and provider differ in the request itself
    assert len(known) == len(FOLDERS) - plain + 1


def test_the_same_command_asks_nothing_again_and_adds_arms(arms: Any, misground: Any, tmp_path: Path) -> None:
    log_dir, _, arguments = arms
    before = {arm: (log_dir / arm / "results.parquet").read_bytes() for arm in FOLDERS}
    again = misground(*arguments, environment={"INSPECT_CACHE_DIR": str(tmp_path / "cache")})
    assert again.returncode == 0, again.stderr
    for arm in FOLDERS:
        assert (log_dir / arm / "results.parquet").read_bytes() == before[arm]
        assert json.loads((log_dir / arm / "run.json").read_text())["resumed"]


def test_a_table_of_a_control_is_never_called_semantic(
    evaluate: Any, mini: Path, tiny_llama_dir: Path, results: Any, tmp_path: Path
) -> None:
    table = tmp_path / "shuffled.safetensors"
    command = ["build", str(tiny_llama_dir), "-o", str(table), "--control", "shuffled"]
    subprocess.run([str(Path(sys.executable).with_name("semsam")), *command], check=True, capture_output=True)
    arguments = ("--model", f"misground-hf/{tiny_llama_dir}", *ASKED, "--table", table)
    run = evaluate(mini, "--no-validate", *arguments, "--decoding", "semantic", "--log-dir", tmp_path / "one")
    assert run.returncode == 0, run.stderr
    rows = results(tmp_path / "one")
    assert {(row["arm"], row["decoding"]) for row in rows} == {("shuffled", "control")}
    run = evaluate(mini, "--no-validate", *arguments, "--arms", "identity", "--log-dir", tmp_path / "two")
    assert run.returncode == 2
    assert "this one was made for control 'shuffled'" in " ".join(run.stderr.split())


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (("--arms", "default,gredy"), "names 'gredy', expected a list of default"),
        (("--arms", "default,default"), "names default twice"),
        (("--arms", "min-p=2"), "expected a number above 0 and at most 1"),
        (("--arms", "min-p=a"), "gives min-p the value 'a'"),
        (("--arms", "default=1"), "names 'default=1'"),
        (("--arms", "default", "--decoding", "semantic"), "--decoding is given with --arms"),
        (("--arms", "default", "--mode", "softmax"), "--mode is given with --arms"),
        (("--arms", "default,greedy", "--top-m", 5), "no arm of --arms uses it"),
        (("--arms", "top-n-sigma=1.0"), "neither transformers nor vLLM nor SGLang has"),
    ],
)
def test_wrong_arms_are_told_in_one_line(
    told: Any, mini: Path, tiny_llama_dir: Path, given: tuple[Any, ...], words: str, tmp_path: Path
) -> None:
    model = f"misground-hf/{tiny_llama_dir}"
    status, said = told(
        "eval", mini, "--no-validate", "--model", model, *ASKED, *given, "--log-dir", tmp_path
    )
    assert status == 2
    assert words in " ".join(said.split())


def test_a_dry_run_counts_the_calls_of_all_arms(evaluate: Any, mini: Path, tiny_llama_dir: Path) -> None:
    run = evaluate(mini, "--model", f"misground-hf/{tiny_llama_dir}", *ASKED, "--arms", LIST, "--dry-run")
    assert run.returncode == 0, run.stderr
    assert f"10 arms: {10 * 4} calls in all" in run.stdout

"""`misground eval --arms` with a local model, as a user calls it."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from misground.records.arms import CONTROLS

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


def test_a_model_is_loaded_once(arms: Any) -> None:
    assert arms[1].stderr.count("Loading weights: 100%") <= 1


def test_identity_is_greedy_where_nothing_is_deferred(arms: Any, results: Any) -> None:
    greedy, identity = (results(arms[0] / arm) for arm in ("greedy", "identity"))
    alike = 0
    for one, other in zip(greedy, identity, strict=True):
        assert one["question_id"] == other["question_id"]
        if other["deferred"] == 0:
            alike += 1
            assert one["completion"] == other["completion"]
    assert alike or all(row["deferred"] for row in identity)


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

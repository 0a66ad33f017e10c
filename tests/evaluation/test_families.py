"""Served models with the quirks of their families, through the real command."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "servers"))
from mock_family import Family, serving

STACKS = "dimension=3d,plane=axial,condition=image|text_only"
TEXT = "condition=text_only,plane=axial"
CONTEXT = {"owned_by": "vllm", "root": "/models/custom", "max_model_len": 16_384}


@pytest.fixture
def ask(misground: Any, mini: Path, tmp_path: Path) -> Any:
    """ask(url, *arguments): misground eval, in a folder and with a cache of this test's own."""

    def run(url: str, *arguments: object, wanted: str = TEXT) -> Any:
        options = ["--epochs", 1, "--no-validate", "--max-retries", 0, "--filter", wanted]
        return misground(
            "eval", mini, "--model", "mock", "--base-url", url, *options, *arguments,
            environment={"INSPECT_CACHE_DIR": str(tmp_path / "cache")}, cwd=tmp_path,
        )  # fmt: skip

    return run


def record(log_dir: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((log_dir / "run.json").read_text(encoding="utf-8"))
    return found


def folders(tmp_path: Path) -> list[Path]:
    return sorted(path.parent for path in (tmp_path / "logs").rglob("run.json"))


@pytest.mark.parametrize("fact", ["root", "created", "revision", "quantization"])
def test_the_second_checkpoint_of_a_name_is_asked_anew(ask: Any, tmp_path: Path, fact: str) -> None:
    values = {"created": (1_700_000_000, 1_710_000_000)}.get(fact, ("first", "second"))
    families = [Family({fact: value}) for value in values]
    for family in families:
        with serving(family) as url:
            run = ask(url)
        assert run.returncode == 0, run.stderr
        assert "beyond its name" not in run.stderr
    assert len(families[0].asked) == len(families[1].asked) > 0
    first, second = folders(tmp_path)
    assert record(first)["run_id"] != record(second)["run_id"]
    with serving(Family({fact: values[0]})) as url:
        again = ask(url)
    assert again.returncode == 0, again.stderr
    assert "resuming" in again.stderr
    assert len(folders(tmp_path)) == 2


def test_two_checkpoints_are_not_mixed_in_a_folder(ask: Any, tmp_path: Path) -> None:
    with serving(Family({"root": "/ckpt/a"})) as url:
        assert ask(url, "--log-dir", tmp_path / "log").returncode == 0
    other = Family({"root": "/ckpt/b"})
    with serving(other) as url:
        run = ask(url, "--log-dir", tmp_path / "log")
    assert run.returncode == 2
    assert "the model of the server: root '/ckpt/a', now '/ckpt/b'" in run.stderr
    assert other.asked == []


def test_a_revision_tells_apart_what_a_server_does_not(ask: Any, tmp_path: Path) -> None:
    families = [Family(), Family(), Family()]
    said = []
    for family, revision in zip(families, ([], ["--revision", "may"], ["--revision", "june"]), strict=True):
        with serving(family) as url:
            run = ask(url, *revision)
        assert run.returncode == 0, run.stderr
        said.append("tells nothing of 'mock' beyond its name" in run.stderr)
    assert said == [True, False, False]
    assert len({len(family.asked) for family in families}) == 1
    assert {record(folder)["model"]["revision"] for folder in folders(tmp_path)} == {None, "may", "june"}


def test_servers_of_a_run_have_the_same_model(ask: Any) -> None:
    with serving(Family({"root": "/a"})) as one, serving(Family({"root": "/b"})) as two:
        run = ask(one, "--base-url", two)
    assert run.returncode == 2
    assert run.stderr.count("\n") == 1
    assert "the servers have different models" in run.stderr


@pytest.mark.parametrize(
    ("refuses", "told"),
    [
        ((400, '{"error": {"message": "At most 8 image(s) may be provided."}}', "application/json"),
         "BadRequestError (400): At most 8 image(s) may be provided."),
        ((413, "", "text/plain"),
         "APIStatusError (413): the server gave no reason: the request had 0 pictures"),
        ((413, "<html><head><title>413 Too Large</title></head></html>", "text/html"),
         "APIStatusError (413): 413 Too Large"),
        ((422, '{"detail": [{"loc": ["body", "seed"], "msg": "Extra inputs"}]}', "application/json"),
         "UnprocessableEntityError (422): body.seed: Extra inputs"),
    ],
)  # fmt: skip
def test_a_refusal_is_told_in_the_servers_words(
    ask: Any, results: Any, tmp_path: Path, refuses: Any, told: str
) -> None:
    with serving(Family(refuses=refuses)) as url:
        run = ask(url, "--log-dir", tmp_path / "log")
    assert run.returncode == 1
    assert run.stderr.count(f"error: {told}") == 1
    rows = results(tmp_path / "log")
    assert all(row["error_reason"].startswith(told) for row in rows)
    assert sum(record(tmp_path / "log")["errors"].values()) == len(rows)
    assert "Options:" not in json.dumps(record(tmp_path / "log"))


@pytest.mark.parametrize(
    ("family", "corrected"),
    [
        (Family(CONTEXT, 256, 16_384), True),
        (Family({**CONTEXT, "root": "google/medgemma-4b-it"}, 256, 16_384), False),
        (
            Family({**CONTEXT, "root": "Qwen/Qwen2.5-VL-7B-Instruct", "max_model_len": 8_192}, 64, 8_192),
            False,
        ),
        (Family({**CONTEXT, "max_model_len": 65_536}, 1_100, 65_536), True),
    ],
)
def test_stacks_fit_whatever_a_picture_takes(
    ask: Any, results: Any, tmp_path: Path, family: Family, corrected: bool
) -> None:
    log_dir = tmp_path / "log"
    with serving(family) as url:
        run = ask(url, "--log-dir", log_dir, wanted=STACKS)
        assert run.returncode == 0, run.stderr
        rows = results(log_dir)
        assert {row["outcome"] for row in rows} <= {"correct", "wrong"}
        refused = [one for one in family.asked if one[1] + one[2] > family.context]
        assert len(refused) <= (2 if corrected else 0)
        assert len(family.asked) == len(rows) + len(refused)
        assert (run.stderr.count("corrected for the rest of the run") >= 1) is corrected
        told = record(log_dir)
        assert told["max_tokens"] >= 4_000
        measured = told["picture_tokens"]["measured"]["3d"]["measured"]
        assert measured == pytest.approx(family.picture, rel=0.05)
        asked = len(family.asked)
        again = ask(url, "--log-dir", log_dir, wanted=STACKS)
        assert again.returncode == 0, again.stderr
        assert len(family.asked) == asked


def test_a_dry_run_knows_the_family_by_the_name_or_the_server(misground: Any, mini: Path) -> None:
    def told(*arguments: object) -> str:
        return str(misground("eval", mini, "--dry-run", "--epochs", 1, *arguments).stdout)

    assert "a guess, because the family of the model is unknown" in told(
        "--model", "mock", "--base-url", "http://127.0.0.1:9/v1"
    )
    assert "Claude (Anthropic guide on vision" in told("--model", "anthropic/claude-sonnet-4-5")
    with serving(Family({**CONTEXT, "root": "OpenGVLab/InternVL3-8B"})) as url:
        assert "the pictures of InternVL" in told("--model", "mock", "--base-url", url)


SAYS = {
    "thinking without its first tag": (
        "So, where is it? At first sight it is {other}. Answer: {other}? No, wait.\n</think>\n\n"
        "Answer: {option}"
    ),
    "thinking with turns": "<think>User: where is it?\nAssistant: {other}</think>\n**Answer:** {option}",
    "a box": "<think>{other} or {option}?</think><|begin_of_box|>{option}<|end_of_box|>",
    "channels": (
        "<|channel|>analysis<|message|>Maybe {other}. Answer: {other}?<|end|><|start|>assistant"
        "<|channel|>final<|message|>Answer: {option}"
    ),
    "other signs": "◁think▷It may be {other}.◁/think▷The answer is **{option}**.",
    "a bare option": "{option}",
    "a remark": "Answer: {option}\n\nPlease consult a radiologist before you rely on this.",
}


@pytest.mark.parametrize("manner", SAYS)
def test_every_family_is_read_as_it_speaks(ask: Any, results: Any, tmp_path: Path, manner: str) -> None:
    with serving(Family(says=SAYS[manner])) as url:
        run = ask(url, "--log-dir", tmp_path / "log")
    assert run.returncode == 0, run.stderr
    rows = results(tmp_path / "log")
    assert [row["extracted"] for row in rows] == [row["options"][0] for row in rows]
    right = sum(row["options"][0] == row["answer"] for row in rows)
    counted = {"correct": right, "wrong": len(rows) - right}
    assert record(tmp_path / "log")["outcomes"] == {name: n for name, n in counted.items() if n}


def test_a_model_that_refuses_a_parameter_gives_errors_in_its_words(
    ask: Any, results: Any, tmp_path: Path
) -> None:
    with serving(Family(unsupported=("top_p",))) as url:
        run = ask(url, "--log-dir", tmp_path / "log")
    assert run.returncode == 1
    rows = results(tmp_path / "log")
    words = "Unsupported parameter: 'top_p' is not supported with this model."
    assert all(row["outcome"] == "error" and words in row["error_reason"] for row in rows)
    assert words in run.stderr

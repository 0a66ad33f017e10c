"""`misground eval --trace steps` with a local model: the same replies, and the steps beside them."""

import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

torch = pytest.importorskip("torch")

from misground.evaluation.providers.local.decoder import Row, RowDecoder, Rule  # noqa: E402
from misground.evaluation.providers.local.draws import Sampler  # noqa: E402
from misground.records.schemas import STEPS  # noqa: E402
from semsam import NeighborTable, SemanticSampling  # noqa: E402

ASKED = ("--filter", "condition=text_only,task=in_plane", "--limit", 4, "--epochs", 1, "--max-tokens", 24)
ARMS = ("--arms", "greedy,semantic-softmax,flipped")


@pytest.fixture(scope="module")
def runs(misground: Any, mini: Path, tiny_llama_dir: Path, tmp_path_factory: Any) -> Any:
    """Log folders without and with the trace, which share a cache, and how to ask again."""
    folder = tmp_path_factory.mktemp("trace")

    def ask(name: str, *more: object) -> Path:
        arguments = ("--model", f"misground-hf/{tiny_llama_dir}", *ARMS, *ASKED, *more)
        cache = {"INSPECT_CACHE_DIR": str(folder / "cache")}
        run = misground(
            "eval", mini, "--no-validate", *arguments, "--log-dir", folder / name, environment=cache
        )
        assert run.returncode == 0, run.stderr
        return folder / name

    return ask("plain"), ask("traced", "--trace", "steps"), ask


def steps_of(log_dir: Path) -> list[dict[str, Any]]:
    return pq.read_table(log_dir / "steps.parquet").to_pylist()


def test_the_replies_are_the_same_with_and_without(runs: Any, results: Any) -> None:
    plain, traced, _ = runs
    for arm in ("greedy", "semantic-softmax", "flipped"):
        for one, two in zip(results(plain / arm), results(traced / arm), strict=True):
            for name in ("completion", "outcome", "steps", "fired", "deferred", "flipped", "span"):
                assert one[name] == two[name], (arm, name)


def test_every_flipped_and_deferred_step_is_kept_with_its_candidates(runs: Any, results: Any) -> None:
    _, traced, _ = runs
    for arm in ("semantic-softmax", "flipped"):
        assert pq.read_schema(traced / arm / "steps.parquet").equals(STEPS)
        steps = steps_of(traced / arm)
        for row in results(traced / arm):
            mine = [one for one in steps if one["question_id"] == row["question_id"]]
            fired = [one for one in mine if one["status"] == "fired"]
            assert (len(fired), len(mine) - len(fired)) == (row["flipped"], row["deferred"])
            for one in mine:
                assert (one["arm"], one["run_id"]) == (arm, row["run_id"])
                assert (one["kind"] is None) == (one["status"] == "deferred")
                ids = [each["id"] for each in one["candidates"]]
                assert ids[0] == one["greedy_id"]
                assert (one["choice_id"] in ids and one["choice_id"] != ids[0]) or one["kind"] is None
                assert sorted((each["p"] for each in one["candidates"]), reverse=True) == [
                    each["p"] for each in one["candidates"]
                ]
                if one["start"] is not None and "\ufffd" not in one["choice"]:
                    written = row["completion"][one["start"] : one["end"]]
                    assert written in (
                        one["choice"],
                        one["choice"].lstrip(),
                    )  # a text may drop its first space
        record = json.loads((traced / arm / "run.json").read_text())
        assert record["trace"] == {"steps": len(steps), "left_out": 0}
        assert record["settings"]["trace"] == "steps"
    assert steps_of(traced / "flipped")


def test_an_arm_without_the_rule_and_a_run_without_a_trace_have_no_file(runs: Any) -> None:
    plain, traced, _ = runs
    assert not list(plain.rglob("steps.parquet"))
    assert not (traced / "greedy" / "steps.parquet").exists()
    ids = [json.loads((folder / "greedy" / "run.json").read_text())["run_id"] for folder in (plain, traced)]
    assert ids[0] == ids[1]


def test_a_run_that_is_continued_or_comes_from_the_cache_has_the_same_steps(runs: Any) -> None:
    _, traced, ask = runs
    before = steps_of(traced / "flipped")
    (traced / "flipped" / "steps.parquet").unlink()
    ask("traced", "--trace", "steps", "--arms", "flipped")
    assert steps_of(traced / "flipped") == before
    assert steps_of(ask("again", "--trace", "steps", "--arms", "flipped") / "flipped") == before


def test_another_trace_is_another_run(evaluate: Any, mini: Path, tiny_llama_dir: Path, runs: Any) -> None:
    model = ("--model", f"misground-hf/{tiny_llama_dir}", "--decoding", "semantic", "--mode", "softmax")
    plain, _, _ = runs
    arguments = (*model, *ASKED, "--no-validate", "--trace", "steps")
    done = evaluate(mini, *arguments, "--log-dir", plain / "semantic-softmax")
    assert done.returncode == 2
    assert "trace" in done.stderr


def test_the_decoder_takes_the_same_tokens_with_and_without() -> None:
    vocab, rows = 60, 4
    ids = torch.stack([(torch.arange(4) * 3 + token) % vocab for token in range(vocab)])
    weights = torch.rand(vocab, 4, generator=torch.Generator().manual_seed(5)).sort(1, descending=True).values
    weights[:, 0] = 1
    table = NeighborTable(ids, weights, torch.arange(vocab) % 9 != 0)
    told = []
    for traced in (False, True):
        rule = Rule(table, SemanticSampling(mode="softmax"), traced)
        decoder = RowDecoder([Row(seed, 40) for seed in range(rows)], Sampler(0.5, 0.8), [7], rule)
        dice = torch.Generator().manual_seed(6)
        tokens = [
            decoder(torch.zeros(rows, 1, dtype=torch.long), torch.randn(rows, vocab, generator=dice)).argmax(
                1
            )
            for _ in range(40)
        ]
        told.append(torch.stack(tokens).tolist())
        counts, kept = decoder.counts() or [], decoder.steps()
        assert (kept is not None) == traced
        for count, one in zip(counts, kept or (), strict=traced):
            assert sum(each.deferred for each in one.steps) == count.deferred
            assert sum(not each.deferred for each in one.steps) == count.flipped
    assert told[0] == told[1]


@pytest.mark.parametrize(
    ("model", "given", "words"),
    [
        ("misground/oracle", (), "misground/oracle is a baseline without tokens: leave --trace steps out"),
        (
            "misground-hf/x",
            (),
            "--trace steps keeps the steps that the rule changes, and no arm uses the rule",
        ),
        ("openai/gpt-4o", ("--decoding", "semantic"), "does not support --decoding semantic"),
        ("misground-volume/m3d-lamed/x", ("--decoding", "semantic"), "is served by misground-volume"),
    ],
)
def test_what_cannot_be_traced_is_told_in_one_line(
    told: Any, mini: Path, model: str, given: tuple[str, ...], words: str, tmp_path: Path
) -> None:
    status, said = told(
        "eval", mini, "--model", model, "--trace", "steps", *given, "--log-dir", tmp_path / "log"
    )
    assert status == 2
    assert words in " ".join(said.split())

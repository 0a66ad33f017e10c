"""`misground eval` against a real server: pictures under both decodings, stacks as pictures and as a video.

vLLM runs in this environment, the command in the one of `make test`.
"""

import json

import pytest
import torch
from outside import LONG, READ, python

from semsam import NeighborTable

PROCESSOR = ("--logits-processors", "semsam.engines.vllm:SemanticLogitsProcessor")
SLICES = "dimension=2d,condition=image,prompt=box,plane=axial,coordinates=viewing"
STACKS = "task=slice_direction,coordinates=viewing,plane=axial"


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    """Every token neighbours the next two: in a random model's embedding none is near another."""
    vocab = 151_936
    ids = (torch.arange(vocab)[:, None] + torch.arange(3)) % vocab
    path = tmp_path_factory.mktemp("table") / "qwen3vl.safetensors"
    weights = torch.tensor([1.0, 0.9, 0.8]).expand(vocab, 3).contiguous()
    NeighborTable(ids, weights, torch.ones(vocab, dtype=torch.bool)).save(path)
    return path


@pytest.fixture(scope="module")
def server(start, qwen3vl_dir, table, tmp_path_factory):
    folder = tmp_path_factory.mktemp("qwen3vl-eval")
    with start(folder, qwen3vl_dir, *PROCESSOR, *LONG, table=table) as running:
        yield running.wait()


def command(repository, *arguments, **environment):
    """What `misground` prints; it has to exit with 0."""
    return python(repository, "-m", "misground", *arguments, **environment)


@pytest.fixture(scope="module")
def run(repository, benchmark, server, tmp_path_factory):
    """run(filter, *options): the rows of the results, and the run record."""
    root = tmp_path_factory.mktemp("runs")

    def ran(wanted, *options):
        log_dir = root / f"run{len(list(root.iterdir()))}"
        arguments = [
            "eval",
            benchmark,
            "--model",
            "model",
            "--base-url",
            f"{server.url}/v1",
            "--filter",
            wanted,
        ]
        arguments += ["--epochs", "1", "--max-tokens", "16", "--no-validate", "--log-dir", log_dir, *options]
        command(repository, *arguments, INSPECT_CACHE_DIR=str(root.with_name("cache")))
        rows = json.loads(python(repository, "-c", READ, log_dir / "results.parquet"))
        return rows, json.loads((log_dir / "run.json").read_text())

    return ran


@pytest.fixture(scope="module")
def default(run):
    return run(SLICES)


@pytest.fixture(scope="module")
def semantic(run, table):
    return run(SLICES, "--decoding", "semantic", "--table", table)


def test_pictures_are_answered_under_the_declared_sampler(default):
    rows, record = default
    assert rows
    assert {row["outcome"] for row in rows} <= {"correct", "wrong", "no_answer"}
    assert all(row["output_tokens"] for row in rows)
    assert record["model"]["engine"] == "vllm"
    assert json.loads(rows[0]["decoding_settings"])["sampler"] == {
        "sampler": "declared",
        "temperature": 0.5,
        "top_p": 0.8,
    }


def test_the_rule_changes_the_replies_to_the_same_questions(default, semantic):
    rows, record = semantic
    plain = {row["question_id"]: row["completion"] for row in default[0]}
    ruled = {row["question_id"]: row["completion"] for row in rows}
    assert plain.keys() == ruled.keys()
    assert any(plain[question] != ruled[question] for question in plain)
    assert {row["decoding"] for row in rows} == {"semantic"}
    assert record["model"]["decoding_settings"]["top_m"] == 20
    assert len(record["model"]["table_hash"]) == 64


def test_a_stack_goes_as_pictures_or_as_one_video(run):
    pictures, _ = run(STACKS)
    video, _ = run(STACKS, "--stacks", "video")
    assert {row["outcome"] for row in pictures + video} <= {"correct", "wrong", "no_answer"}
    # Frames of a video merge in pairs: about half the tokens.
    ratio = video[0]["input_tokens"] / pictures[0]["input_tokens"]
    assert 0.4 < ratio < 0.75

"""Servers that must not start, and say why in their log; and one without the rule, found out by the check."""

from pathlib import Path

import pytest

from semsam.selfcheck import Verdict, check_server

PROCESSOR = ("--logits-processors", "semsam.engines.vllm:SemanticLogitsProcessor")


def assert_does_not_start(start, tmp_path: Path, model: Path, table: Path, reason: str) -> None:
    with start(tmp_path, model, *PROCESSOR, table=table) as server:
        assert server.process.wait(300) != 0
    assert reason in server.said()


def test_a_truncated_table_ends_the_start(start, tmp_path, smollm2_dir, smollm2_table):
    table = tmp_path / "truncated.safetensors"
    table.write_bytes(smollm2_table.read_bytes()[:100_000])
    assert_does_not_start(start, tmp_path, smollm2_dir, table, f"{table} is damaged or not a")


def test_a_table_of_a_smaller_vocabulary_ends_the_start(start, tmp_path, qwen3vl_dir, smollm2_table):
    reason = "the table holds 49152 tokens, the model's logits 151936"
    assert_does_not_start(start, tmp_path, qwen3vl_dir, smollm2_table, reason)


def test_the_self_check_finds_out_a_server_without_the_rule(start, tmp_path, smollm2_dir):
    with start(tmp_path, smollm2_dir) as server:
        server.wait()
        check = check_server(server.url, "model")
    assert check.verdict == Verdict.NOT_LOADED
    assert "the server answered 200" in check.reason


@pytest.fixture(autouse=True)
def no_server_is_left(tmp_path):
    yield
    for command in Path("/proc").glob("[0-9]*/environ"):
        try:
            assert str(tmp_path).encode() not in command.read_bytes()
        except OSError:
            continue

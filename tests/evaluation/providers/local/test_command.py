"""`misground eval` with a local model, as a user calls it."""

import json
from pathlib import Path
from typing import Any

TEXT = ("--filter", "condition=text_only,task=cross_slice|in_plane", "--epochs", 1, "--max-tokens", 16)


def test_a_language_model_on_pictures_is_told_the_filter_by_name(
    evaluate: Any, mini: Path, tiny_llama_dir: Path
) -> None:
    run = evaluate(mini, "--no-validate", "--model", f"misground-hf/{tiny_llama_dir}")
    assert run.returncode == 2
    said = " ".join(run.stderr.split())
    assert "takes only text" in said
    assert "--filter condition=text_only" in said


def test_a_real_model_answers_under_both_decodings_by_the_same_seeds(
    evaluate: Any, results: Any, mini: Path, smollm2_dir: Path, tmp_path: Path
) -> None:
    runs = {}
    for decoding in ("default", "semantic"):
        log_dir = tmp_path / decoding
        arguments = ("--model", f"misground-hf/{smollm2_dir}", "--decoding", decoding, *TEXT, "--limit", 4)
        run = evaluate(mini, "--no-validate", *arguments, "--log-dir", log_dir)
        assert run.returncode == 0, run.stderr
        assert "context of the model" not in run.stderr  # 16 new tokens fit
        runs[decoding] = results(log_dir)
        record = json.loads((log_dir / "run.json").read_text())
        assert record["model"]["model_parameters"] > 100_000_000
        assert record["model"]["revision"].startswith("sha256:")
    default, semantic = runs["default"], runs["semantic"]
    assert [row["question_id"] for row in default] == [row["question_id"] for row in semantic]
    assert {row["outcome"] for row in default + semantic} <= {"correct", "wrong", "no_answer", "refused"}
    assert all(row["steps"] == row["output_tokens"] and row["fired"] is None for row in default)
    assert all(row["fired"] + row["deferred"] == row["steps"] for row in semantic)
    assert json.loads(semantic[0]["decoding_settings"])["rule"]["top_m"] == 20
    assert len(json.loads(semantic[0]["decoding_settings"])["table_hash"]) == 64
    assert any(a["completion"] != b["completion"] for a, b in zip(default, semantic, strict=True))

"""A small benchmark, and runs on it that are made by hand, hostile replies among them."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from misground.benchmark.load import Benchmark, open_benchmark
from misground.records.schemas import RESULTS

ASKED = (
    "question_id", "item_id", "case_id", "modality", "dimension", "plane", "coordinates", "prompt", "terms",
    "condition", "task", "axis", "structure_a", "structure_b", "evidence", "options", "answer",
    "stack_reversed",
)  # fmt: skip
SCRIPT = "<script>window.broken = 1</script>"
HOSTILE = {
    "html": f"{SCRIPT}<img src=x onerror='window.broken = 1'></pre><b>x</b> </script>\u2028 &amp;\nAnswer: ",
    "ansi": "\x1b[31mred\x1b[0m\x07\x00\nAnswer: ",
    "right to left": "שלום עולם \u202eevil\u202c \u2066x\u2069\n\U0001f9e0\U0001f9e0 Answer: ",
    "megabyte": "word " * 209_715 + "\nAnswer: ",
}


@pytest.fixture(scope="session")
def mini(once: Callable[..., Path], misground: Callable[..., Any]) -> Path:
    """Questions of both dimensions and all conditions, from one torso and one knee."""

    def make(out: Path) -> None:
        built = misground(
            *(
                "build",
                "phantom:torso?n=1",
                "phantom:knee?n=1",
                "--seed",
                3,
                "--max-questions",
                130,
                "-o",
                out,
            )
        )
        assert built.returncode == 0, built.stderr

    return once("explored-mini", make)


@pytest.fixture(scope="session")
def benchmark(mini: Path) -> Benchmark:
    return open_benchmark(mini)


@pytest.fixture(scope="session")
def questions(benchmark: Benchmark) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = benchmark.questions().to_pylist()
    return rows


@pytest.fixture(scope="session")
def reply(benchmark: Benchmark) -> Callable[..., dict[str, Any]]:
    """reply(question, **changes): a row of results; by default a right answer."""

    def made(question: dict[str, Any], **changes: Any) -> dict[str, Any]:
        right = {"outcome": "correct", "extracted": question["answer"], "epoch": 1}
        common = {
            "run_id": "0123456789abcdef",
            "benchmark_hash": benchmark.content_hash,
            "model": "maker/one",
        }
        row = {**dict.fromkeys(RESULTS.names), **{name: question[name] for name in ASKED}, **common, **right}
        row |= {"decoding": "default", "completion": f"Because.\nAnswer: {question['answer']}"}
        return row | changes

    return made


@pytest.fixture(scope="session")
def write_results() -> Callable[..., Path]:
    """write_results(folder, rows, rows_a_group): a log folder."""

    def write(folder: Path, rows: Iterable[dict[str, Any]], rows_a_group: int = 7) -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        table = pa.Table.from_pylist(list(rows), RESULTS)
        pq.write_table(table, folder / "results.parquet", row_group_size=rows_a_group)
        return folder

    return write


@pytest.fixture(scope="session")
def runs(
    once: Callable[..., Path], questions: list[dict[str, Any]], reply: Callable[..., Any], write_results: Any
) -> Sequence[Path]:
    """Two runs: `one` is right but where it says so, of two epochs; `two` writes what is in HOSTILE, once."""

    def outcome(number: int, epoch: int) -> dict[str, Any]:
        kinds = ("correct", "wrong", "no_answer", "refused", "error")
        kind = kinds[number % 5] if epoch == 2 else "correct"
        if kind == "error":
            return {"outcome": kind, "extracted": None, "completion": None, "error_reason": "<b>timeout</b>"}
        read = {} if kind in {"correct", "wrong"} else {"extracted": None, "completion": "I cannot say."}
        said = {"rule": "cannot tell", "span": [2, 12]} if read else {"rule": "answer line", "span": [9, 16]}
        return {"outcome": kind, **read, "truncated": kind == "no_answer", **said}

    def make(root: Path) -> None:
        one = [
            reply(question, epoch=epoch, **outcome(number, epoch))
            for number, question in enumerate(questions)
            for epoch in (1, 2)
        ]
        write_results(root / "one", one)
        texts = list(HOSTILE.values())
        two = [
            reply(
                question,
                run_id="feed",
                model="<i>two</i>\u202e",
                completion=texts[number % len(texts)] + question["answer"],
            )
            for number, question in enumerate(questions[: 8 * len(texts)])
        ]
        write_results(root / "two", two)

    root = once("explored-runs", make)
    return root / "one", root / "two"

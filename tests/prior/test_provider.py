"""The prior as a model of inspect_ai."""

import asyncio
import hashlib
import json

import pytest
from inspect_ai.model import ChatMessageUser, GenerateConfig

from misground.benchmark.load import Benchmark
from misground.errors import UsageError, WorkError
from misground.evaluation.asking import Asking, tell
from misground.evaluation.providers.prior import PriorAPI
from misground.prior.belief import TABLES
from misground.prior.positions import PHANTOMS, SEED, positions_text


def generate(api: PriorAPI, asking: Asking | None) -> str:
    """The reply of a model to a question."""

    async def ask() -> str:
        if asking is not None:
            tell(asking)
        output = await api.generate([ChatMessageUser(content="?")], [], "none", GenerateConfig())
        return output.completion

    return asyncio.run(ask())


def asking(benchmark: Benchmark) -> Asking:
    """The first text-only question in anatomical terms."""
    rows = benchmark.questions().to_pylist()
    row = next(r for r in rows if r["condition"] == "text_only" and r["terms"] == "anatomical")
    return Asking(benchmark, row, 1, 7)


@pytest.mark.parametrize("table", ["both", "phantoms", "cases"])
def test_a_reply_says_its_grounds_and_ends_in_the_answer(phantoms: Benchmark, table: str) -> None:
    api = PriorAPI("anatomy-prior", table=table)  # type: ignore[arg-type]
    asked = asking(phantoms)
    grounds, answer = generate(api, asked).splitlines()
    assert grounds.endswith(".")
    assert answer == f"Answer: {api.option(asked)}"


def test_without_a_question_of_ours_there_is_no_answer() -> None:
    with pytest.raises(WorkError, match="answers only the task misground/benchmark"):
        generate(PriorAPI("anatomy-prior"), None)


@pytest.mark.parametrize("table", ["patients", "", None, 3])
def test_an_unknown_table_is_refused_in_one_line(table: object) -> None:
    with pytest.raises(
        UsageError,
        match=r"^-M table is .*, expected one of cases, phantoms, both with misground/anatomy-prior$",
    ):
        PriorAPI("anatomy-prior", table=table)  # type: ignore[arg-type]


def test_an_unknown_argument_is_refused() -> None:
    with pytest.raises(UsageError, match="no argument 'tables'"):
        PriorAPI("anatomy-prior", tables="both")


def test_the_run_record_says_how_the_table_was_made() -> None:
    record = json.loads(json.dumps(PriorAPI("anatomy-prior").describe()))
    assert record["table"] == "both"
    assert (record["phantoms_number"], record["phantoms_seed"]) == (PHANTOMS, SEED)
    assert record["positions_sha256"] == hashlib.sha256(positions_text().encode()).hexdigest()
    assert "without the case that is asked about" in record["cases"]
    assert "come from the same formulas" in record["phantoms"]


def test_the_run_record_names_only_the_tables_that_are_used() -> None:
    assert "phantoms" not in PriorAPI("anatomy-prior", table="cases").describe()
    assert "cases" not in PriorAPI("anatomy-prior", table="phantoms").describe()


def test_each_table_has_a_revision_of_its_own() -> None:
    described = [PriorAPI("anatomy-prior", table=table).describe() for table in TABLES]
    assert len({record["revision"] for record in described}) == 3

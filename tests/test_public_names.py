"""The public names are those of docs/reference/python-api.md. A change here belongs in the changelog."""

import importlib
import re
from pathlib import Path

import pytest

PAGE = Path(__file__).resolve().parents[1] / "docs" / "reference" / "python-api.md"
DOCUMENTED = re.compile(r"^\.\. (?:auto\w+|py:data):: ([\w.]+)$", re.MULTILINE)

PUBLIC = {
    "misground": {"__version__"},
    "misground.anatomy": {"Relation", "Structure", "StructureTable", "load_relations", "structure_table"},
    "misground.benchmark.load": {"Benchmark", "open_benchmark"},
    "misground.errors": {"MisgroundError", "UsageError", "WorkError"},
    "misground.records.columns": {"COLUMNS", "Column"},
    "misground.records.schemas": {"CASES", "QUESTIONS", "RESULTS", "SKIPPED", "VIEWS"},
    "semsam": {
        "ContentReport",
        "LazyNeighbors",
        "ModelError",
        "NeighborTable",
        "RowInfo",
        "SemanticSampling",
        "SemsamError",
        "SettingsBatch",
        "SettingsError",
        "Statistics",
        "Status",
        "Summary",
        "TableError",
        "build_table",
        "content_mask",
        "content_report",
        "embedding_hash",
        "rescore",
        "rescore_with_info",
    },
}
ENGINES = {
    "semsam.engines.sglang": "SemanticLogitProcessor",
    "semsam.engines.transformers": "attach",
    "semsam.engines.vllm": "SemanticLogitsProcessor",
}
METHODS = {"cases", "content_hash", "manifest", "questions", "root", "skipped", "view", "views"}


def test_the_page_documents_the_public_names_and_no_others() -> None:
    documented = set(DOCUMENTED.findall(PAGE.read_text(encoding="utf-8")))
    assert documented == {f"{module}.{name}" for module, names in PUBLIC.items() for name in names}


@pytest.mark.parametrize("module", PUBLIC)
def test_each_public_name_can_be_imported(module: str) -> None:
    found = importlib.import_module(module)
    assert {name for name in PUBLIC[module] if not hasattr(found, name)} == set()


def test_semsam_exports_its_public_names_and_no_others() -> None:
    assert set(importlib.import_module("semsam").__all__) == PUBLIC["semsam"]


@pytest.mark.parametrize("module", ENGINES)
def test_each_engine_is_named_on_the_page_and_is_there(module: str) -> None:
    name = ENGINES[module]
    assert f"`{module}.{name}`" in PAGE.read_text(encoding="utf-8")
    source = PAGE.parents[2] / "src" / Path(*module.split(".")).with_suffix(".py")
    assert re.search(rf"^(?:class|def) {name}\b", source.read_text(encoding="utf-8"), re.MULTILINE)


def test_a_benchmark_has_its_public_members() -> None:
    found = importlib.import_module("misground.benchmark.load").Benchmark
    members = set(dir(found)) | set(found.__dataclass_fields__)
    assert members >= METHODS

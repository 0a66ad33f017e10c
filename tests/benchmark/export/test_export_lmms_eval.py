"""The task folder, used as lmms-eval uses one (it is not installed here).

What is followed, in own words: `--include_path` loads the YAML with a tag `!function module.name` that
imports the module from the YAML's folder; `dataset_path` and `dataset_kwargs` go to
`datasets.load_dataset`, `test_split` is taken of what it returns; a document goes through doc_to_text,
doc_to_visual (a list of pictures), and with the list of completions through process_results, whose values
are collected for each metric's aggregation.
"""

import importlib.util
import sys

import pyarrow.parquet as pq
import pytest
import yaml

from misground.benchmark.load import open_benchmark
from misground.evaluation.prompt import prompt_text


@pytest.fixture(scope="module")
def task(exports):
    """The task's YAML with its functions, and the module of them."""
    folder = exports / "lmms-eval"
    spec = importlib.util.spec_from_file_location("misground_lmms_utils", folder / "utils.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)

    class Loader(yaml.SafeLoader):
        pass

    Loader.add_constructor("!function", lambda _, node: getattr(module, node.value.removeprefix("utils.")))
    return yaml.load((folder / "misground.yaml").read_text(), Loader), module


@pytest.fixture(scope="module")
def documents(task, exports, tmp_path_factory):
    """What `load_dataset` makes of the YAML from inside the folder."""
    datasets = pytest.importorskip("datasets")
    config, _ = task
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(exports / "lmms-eval")
        loaded = datasets.load_dataset(
            path=config["dataset_path"],
            cache_dir=str(tmp_path_factory.mktemp("cache")),
            **config["dataset_kwargs"],
        )
    return loaded[config["test_split"]]


def test_the_data_set_holds_every_question_with_its_columns(documents, asked) -> None:
    assert sorted(documents["question_id"]) == sorted(asked)
    for name in ("text", "options", "answer", "condition", "terms"):
        found = dict(zip(documents["question_id"], documents[name], strict=True))
        assert found == {question: row[name] for question, row in asked.items()}


def test_the_pictures_are_those_of_the_view_in_order(documents, task, small_benchmark) -> None:
    config, _ = task
    benchmark = open_benchmark(small_benchmark)
    step = max(1, len(documents) // 25)
    for document in documents.select(range(0, len(documents), step)):
        shown = config["doc_to_visual"](document)
        if document["view_id"] is None:
            assert shown == []
            continue
        view = benchmark.view(document["view_id"])
        assert len(shown) == len(view["frames"])
        assert all(image.mode == "RGB" and image.size == (view["width"], view["height"]) for image in shown)


def test_the_prompt_is_our_own_to_the_byte(exports, task) -> None:
    config, _ = task
    table = pq.read_table(exports / "lmms-eval" / "data" / "test-00000.parquet")
    for document in table.to_pylist():
        assert config["doc_to_text"](document) == prompt_text(document, len(document["images"]))


def test_the_functions_score_right_wrong_and_no_answer(documents, task) -> None:
    config, _ = task
    document = documents[0]
    wrong = next(option for option in document["options"] if option != document["answer"])
    completions = [f"Answer: {document['answer']}", f"Answer: {wrong}", "I cannot tell.", "**Answer:** both"]
    scored = [config["process_results"](document, [completion]) for completion in completions]
    metrics = {one["metric"]: one["aggregation"] for one in config["metric_list"]}
    results = {name: metrics[name]([one[name] for one in scored]) for name in metrics}
    assert results == {"misground_accuracy": 0.25, "misground_answered": 0.5}


def test_without_the_package_the_answer_line_is_read_by_whole_words(task, monkeypatch) -> None:
    _, module = task
    document = {"options": ["left", "right"], "answer": "left", "names": ["left kidney", "spleen"]}
    document |= {"question_id": "q", "task": "in_plane"}

    def score(completion):
        return module.process_results(document, [completion])["misground_accuracy"]["extracted"]

    cases = {
        "Answer: left": "left",
        "Answer: right\nAnswer: left": "left",
        "**Answer:** Left.": "left",
        "Answer: the left kidney": None,
        "Answer: left or right": None,
        "left": None,
        "Answer: leftover": None,
    }
    monkeypatch.setattr(module, "extract", None)
    assert {completion: score(completion) for completion in cases} == cases


def test_the_module_imports_without_the_package(exports, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "misground.evaluation.extraction", None)
    spec = importlib.util.spec_from_file_location("misground_lmms_alone", exports / "lmms-eval" / "utils.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.extract is None

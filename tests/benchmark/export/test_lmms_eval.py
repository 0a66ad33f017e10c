"""The task folder: run by lmms-eval's own code, and its parts one by one.

The harness lies in a folder of its own, `.venv/lmms-eval` of `make setup`, and runs in a process of its own.
"""

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import yaml

from misground.benchmark.load import open_benchmark
from misground.dialogue import prompt_text, read_answer
from misground.records.schemas import QUESTIONS

HARNESS = Path(sys.prefix) / "lmms-eval"
# A model that is right about slices and silent about stacks, and notes what the harness hands it.
RUN = """
import json, sys
from types import SimpleNamespace
from lmms_eval.api.model import lmms
from lmms_eval.evaluator import simple_evaluate
from lmms_eval.tasks import TaskManager

seen = {}

class Model(lmms):
    is_simple = True

    def generate_until(self, requests):
        return [self.reply(*request.args) for request in requests]

    def reply(self, text, settings, visual, number, task, split):
        document = self.task_dict[task][split][number]
        sizes = [[image.mode, *image.size] for image in visual(document)]
        seen[document["question_id"]] = {"text": text, "settings": settings, "pictures": sizes}
        if document["dimension"] == "3d":
            return "I cannot tell."
        return f"Reasons.\\n\\nAnswer: {document['answer']}"

    def loglikelihood(self, requests): raise NotImplementedError
    def generate_until_multi_round(self, requests): raise NotImplementedError

tasks = TaskManager(include_path=".", include_defaults=False)
result = simple_evaluate(
    Model(),
    tasks=["misground"],
    task_manager=tasks,
    bootstrap_iters=0,
    cli_args=SimpleNamespace(process_with_media=False, force_simple=True),
)
with open(sys.argv[1], "w") as file:
    json.dump({"results": result["results"]["misground"], "seen": seen}, file)
"""


@pytest.fixture(scope="module")
def harness(exports, tmp_path_factory):
    """harness(*arguments): Python with lmms-eval, run from inside the folder as its README says."""
    if not HARNESS.is_dir():
        pytest.skip("lmms-eval is not in this environment: make setup puts it there")
    cache = {"HF_HOME": str(tmp_path_factory.mktemp("hub")), "HF_HUB_OFFLINE": "1"}

    def run(*arguments):
        done = subprocess.run(
            [sys.executable, *map(str, arguments)],
            cwd=exports / "lmms-eval",
            env=os.environ | cache | {"PYTHONPATH": str(HARNESS)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-3000:]
        return done.stdout

    return run


def test_lmms_eval_asks_every_question_as_we_do_and_scores_it(harness, small_benchmark, tmp_path) -> None:
    harness("-c", RUN, tmp_path / "seen.json")
    found = json.loads((tmp_path / "seen.json").read_text())
    benchmark = open_benchmark(small_benchmark)
    rows = {row["question_id"]: row for row in benchmark.questions().to_pylist()}
    assert found["seen"].keys() == rows.keys()
    for question_id, row in rows.items():
        view = {"frames": []} if row["view_id"] is None else benchmark.view(row["view_id"])
        asked = found["seen"][question_id]
        assert asked["text"] == prompt_text(row, len(view["frames"]))
        assert asked["pictures"] == [["RGB", view["width"], view["height"]] for _ in view["frames"]]
        assert asked["settings"]["until"] == []  # an empty line ends no reply
    share = sum(row["dimension"] == "2d" for row in rows.values()) / len(rows)
    scores = {name.split(",")[0]: value for name, value in found["results"].items() if name.endswith(",none")}
    assert scores["misground_accuracy"] == scores["misground_answered"] == pytest.approx(share)


# The same with replies of ours, and its own writer of samples.
REPLIES = (
    RUN.replace("seen = {}", "seen = {}\nreplies = json.load(open(sys.argv[2]))")
    .replace('if document["dimension"] == "3d":\n            return "I cannot tell."', "")
    .replace(
        "return f\"Reasons.\\n\\nAnswer: {document['answer']}\"", 'return replies[document["question_id"]]'
    )
    + """
from lmms_eval.loggers import EvaluationTracker
tracker = EvaluationTracker(output_path=sys.argv[3])
tracker.date_id, tracker.general_config_tracker.model_name_sanitized = "now", "m"
tracker.save_results_samples(task_name="misground", samples=result["samples"]["misground"])
"""
)


@pytest.mark.parametrize("baseline", ["oracle", "random"])
def test_its_samples_are_scored_as_misground_eval_scores_the_same_replies(
    harness, small_benchmark, tmp_path, misground, baseline
) -> None:
    run = tmp_path / "run"
    asked = ("eval", small_benchmark, "--model", f"misground/{baseline}", "--no-validate", "--log-dir", run)
    assert misground(*asked, "--no-log-pictures").returncode == 0
    rows = pq.read_table(run / "results.parquet").to_pylist()
    replies = tmp_path / "replies.json"
    replies.write_text(json.dumps({row["question_id"]: row["completion"] for row in rows}), encoding="utf-8")
    harness("-c", REPLIES, tmp_path / "seen.json", replies, tmp_path / "out")
    (samples,) = (tmp_path / "out").rglob("*_samples_misground.jsonl")
    scored = misground("score", small_benchmark, samples, "--model", "lab/m", "-o", tmp_path / "scored")
    assert scored.returncode == 0, scored.stderr
    found = pq.read_table(tmp_path / "scored" / "results.parquet").to_pylist()
    names = [name for name in rows[0] if name in {*QUESTIONS.names, "epoch", "extracted", "outcome", "rule"}]
    assert [[row[name] for name in names] for row in found] == [[row[name] for name in names] for row in rows]


def test_the_command_of_the_readme_runs(harness, exports, tmp_path) -> None:
    told = (exports / "lmms-eval" / "README.md").read_text()
    assert "python -m lmms_eval --include_path . --tasks misground --model" in told
    model = ("--model", "dummy", "--model_args", "response=Answer:left")
    where = ("--include_path", ".", "--tasks", "misground", "--output_path", tmp_path)
    printed = harness("-m", "lmms_eval", *where, *model, "--batch_size", "1", "--log_samples", "--limit", "8")
    assert "|misground|none  |     0|misground_accuracy|" in printed


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


def test_a_completion_is_read_as_misground_eval_reads_it(documents, task) -> None:
    config, _ = task
    completions = [
        "Answer: {answer}",
        "It lies {answer} of it.",
        "Answer: {answer}\nWait, let me check that.\nAnswer: {wrong}",
        "Answer: A",
        "I am sorry, but I cannot read medical images.",
        "<think>It is {wrong}.</think>\n\n**Answer:** {answer}.",
    ]
    for document in documents.select(range(0, len(documents), max(1, len(documents) // 25))):
        wrong = next(option for option in document["options"] if option != document["answer"])
        for completion in completions:
            said = completion.format(answer=document["answer"], wrong=wrong)
            scored = config["process_results"](document, [said])["misground_accuracy"]
            assert scored["extracted"] == read_answer(document, said).option


def test_without_misground_the_task_says_what_to_install(exports) -> None:
    code = "import sys; sys.modules['misground'] = None; import utils"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=exports / "lmms-eval", capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    expected = "misground, which reads the answers, is not installed with lmms-eval: pip install misground"
    assert done.stderr.strip() == expected

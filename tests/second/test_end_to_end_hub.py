"""The folder as `datasets` and the hub read it, offline."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from huggingface_hub import DatasetCard
from second.folder import read

# In an interpreter of its own: `datasets` settles on its cache and on being offline when it is imported.
READ = """
import json, sys
from datasets import load_dataset

out, cache = sys.argv[1:]
by_files = load_dataset("parquet", data_files=f"{out}/questions/*.parquet", cache_dir=cache)["train"]
questions = load_dataset(out, "questions", cache_dir=cache)
views = load_dataset(out, "views", cache_dir=cache)
(split,) = questions
picture = views[split][0]["frames"][0]
print(json.dumps({
    "rows": [by_files.num_rows, questions[split].num_rows, views[split].num_rows],
    "splits": [list(questions), list(views)],
    "frames": str(views[split].features["frames"]),
    "picture": [type(picture).__mro__[-2].__module__, *picture.size],
    "size": [views[split][0]["width"], views[split][0]["height"]],
    "answer": by_files[0]["answer"] in by_files[0]["options"],
}))
"""


@pytest.fixture(scope="module")
def as_read(phantom_mini: Path, tmp_path_factory: pytest.TempPathFactory) -> dict:
    cache = tmp_path_factory.mktemp("cache")
    environment = {"HF_HUB_OFFLINE": "1", "HF_HOME": str(cache), "PATH": ""}
    ran = subprocess.run(
        [sys.executable, "-c", READ, str(phantom_mini), str(cache)],
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
        env=environment,
    )
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout.splitlines()[-1])


def test_datasets_reads_all_questions_and_views(as_read: dict, phantom_mini: Path) -> None:
    folder = read(phantom_mini)
    asked = len(folder.questions) + len(folder.probes)
    assert as_read["rows"] == [asked, asked, len(folder.views)]
    assert as_read["answer"]


def test_datasets_hands_out_frames_as_pictures(as_read: dict) -> None:
    assert "Image" in as_read["frames"]
    assert as_read["picture"] == ["PIL.Image", *as_read["size"]]


def test_the_card_s_header_loads(phantom_mini: Path) -> None:
    data = DatasetCard.load(phantom_mini / "README.md").data.to_dict()
    configs = {config["config_name"] for config in data["configs"]}
    assert {"questions", "views"} <= configs
    assert data["license"]

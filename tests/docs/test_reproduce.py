"""docs/reproduce.md: every command of the page runs as it stands there, on made-up data.

What differs from the page: SUBSTITUTIONS, the programs of `programs`, and the folders that `scans` and
`model` make. A command that the page gains has to run with these, or needs a stand-in here.
"""

import json
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import dropwhile
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pyarrow.parquet as pq
import pytest

pytestmark = pytest.mark.slow

pytest.importorskip("inspect_ai")
pytest.importorskip("polars")
torch = pytest.importorskip("torch")
safetensors_torch = pytest.importorskip("safetensors.torch")
semsam = pytest.importorskip("semsam")
transformers = pytest.importorskip("transformers")
tokenizers = pytest.importorskip("tokenizers")

REPOSITORY = Path(__file__).parents[2]
PAGE = (REPOSITORY / "docs" / "reproduce.md").read_text(encoding="utf-8")
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
BLOCKS = [text for language, text in FENCE.findall(PAGE) if language == "sh"]

SMALL, EPOCHS = 24, 5
PORTS = ("8000", "8001")
"""Of the page; the test takes free ones."""

SUBSTITUTIONS = {
    "/data/Totalsegmentator_dataset_v201": "scans/ct",
    "/data/OAIZIB-CM": "scans/knees",
    "--preset paper": "--preset paper --max-questions 96",
    "torso?n=180": "torso?n=1",
    "knee?n=30": "knee?n=1",
    "--limit 480": f"--limit {SMALL}",
    "--epochs 5": f"--epochs {EPOCHS} --limit {SMALL}",
}
PROGRAMS = {
    "pip": {"install"},
    "misground": {"check", "build", "validate", "sheet", "eval", "report", "compare"},
    "semsam": {"build", "report", "check"},
    "vllm": {"serve"},
    "python": {"-c"},
    "du": None,
    "export": None,
    "wait": None,
}
"""What the page may call: its sub-commands, or None for any arguments."""

ASSIGNMENT = re.compile(r"[A-Z_]+=")
START_LIMIT = 120


@dataclass(frozen=True)
class Ran:
    """A block of the page and what it printed."""

    text: str
    output: str


def commands(block: str) -> list[list[str]]:
    """The words of each command of a block, without the variables set before it and a final &."""
    lines = block.replace("\\\n", " ").splitlines()
    split = [shlex.split(line.removesuffix("&"), comments=True) for line in lines]
    return [list(dropwhile(ASSIGNMENT.match, words)) for words in split if words]


# --- stand-ins ---


def scans(folder: Path) -> None:
    """Two torsos in TotalSegmentator's layout and two knees in that of OAIZIB-CM."""
    make = [REPOSITORY / "benchmarks" / "make_dataset.py", "-o", folder / "ct", "--cases", 2, "--workers", 1]
    options = ["--size", "small", "--from", "phantoms", "--tidy"]
    subprocess.run([sys.executable, *map(str, make), *options], check=True, capture_output=True)
    for number, side in enumerate(("right", "left"), start=1):
        knee(folder / "knees", f"oaizib_{number:03}", side)
    sides = "oaizib_001,right\noaizib_002,left\n"
    (folder / "knees" / "kneeSideInfo.csv").write_text(f"id,side\n{sides}", encoding="utf-8")


# Values of OAIZIB-CM and their boxes in a right knee, in RAS+ voxels of 2 mm: from and to.
KNEE = {
    1: ((8, 8, 24), (36, 36, 40)),  # femur
    2: ((8, 8, 21), (36, 36, 24)),  # femoral cartilage
    3: ((8, 8, 2), (36, 36, 16)),  # tibia
    4: ((9, 10, 16), (19, 32, 19)),  # medial tibial cartilage
    5: ((25, 10, 16), (35, 32, 19)),  # lateral tibial cartilage
}


def knee(folder: Path, name: str, side: str) -> None:
    labels = np.zeros((44, 44, 42), np.uint8)
    for value, ((x0, y0, z0), (x1, y1, z1)) in KNEE.items():
        labels[x0:x1, y0:y1, z0:z1] = value
    labels = labels if side == "right" else labels[::-1]
    noise = np.random.default_rng(0).integers(0, 30, labels.shape)
    scan = (labels.astype(np.int16) * 60 + noise).astype(np.int16)
    place = np.diag([2.0, 2.0, 2.0, 1.0])
    for data, path in ((scan, f"imagesTr/{name}_0000.nii.gz"), (labels, f"labelsTr/{name}.nii.gz")):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        nib.save(nib.Nifti1Image(data, place), folder / path)


def model(folder: Path) -> None:
    """What `semsam build` reads of a model: configuration, tokenizer, input embedding."""
    words = ["<pad>", "<s>", "</s>", "<unk>", *(f"w{i}" for i in range(60))]
    vocabulary = {word: i for i, word in enumerate(words)}
    tokenizer = tokenizers.Tokenizer(tokenizers.models.WordLevel(vocabulary, unk_token="<unk>"))
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.WhitespaceSplit()
    special = {"pad_token": "<pad>", "bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>"}
    transformers.PreTrainedTokenizerFast(tokenizer_object=tokenizer, **special).save_pretrained(folder)
    transformers.LlamaConfig(vocab_size=len(words), hidden_size=32).save_pretrained(folder)
    embedding = torch.randn(len(words), 32, generator=torch.Generator().manual_seed(0))
    safetensors_torch.save_file(
        {"model.embed_tokens.weight": embedding}, folder / "model.safetensors", {"format": "pt"}
    )


def programs(folder: Path) -> None:
    """Before all others on PATH: `vllm` serves without a model, `pip` only checks what it is asked for."""
    folder.mkdir()
    scripts = {
        "vllm": f'exec "{sys.executable}" "{REPOSITORY / "tests" / "servers" / "mock_vllm.py"}" "$@"',
        "pip": f'exec "{sys.executable}" "{Path(__file__).with_name("pip_stand_in.py")}" "$@"',
        **{name: f'exec "{Path(sys.executable).parent / name}" "$@"' for name in ("misground", "semsam")},
        "python": f'exec "{sys.executable}" "$@"',
    }
    for name, line in scripts.items():
        (folder / name).write_text(f"#!/bin/sh\n{line}\n", encoding="utf-8")
        (folder / name).chmod(0o755)


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


class Page:
    """Runs the blocks of the page in a folder, with the settings of its first `export` block."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.ports = dict(zip(PORTS, map(str, (free_port(), free_port())), strict=True))
        self.settings = next(block for block in BLOCKS if block.startswith("export"))
        self.requests = folder / "requests.jsonl"
        inherited = {name: value for name, value in os.environ.items() if not name.endswith("_API_KEY")}
        self.environment = inherited | {
            "PATH": f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}",
            "COLUMNS": "200",
            "HF_HUB_OFFLINE": "1",
            "INSPECT_CACHE_DIR": str(folder / "cache"),
            "MOCK_VLLM_LOG": str(self.requests),
        }

    def small(self, block: str) -> str:
        """The block with the declared substitutions."""
        for there, here in (*SUBSTITUTIONS.items(), *self.ports.items()):
            block = block.replace(there, here)
        return block

    def bash(self, block: str) -> list[str]:
        return ["bash", "-euo", "pipefail", "-c", self.small(f"{self.settings}\n{block}")]

    def run(self, block: str) -> Ran:
        """A block that ends."""
        done = subprocess.run(
            self.bash(block),
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            pytest.fail(f"{block}\nended with {done.returncode}:\n{done.stdout}{done.stderr}", pytrace=False)
        return Ran(block, done.stdout + done.stderr)

    @contextmanager
    def serving(self, block: str) -> Iterator[Ran]:
        """A block that serves until it is stopped, from when all its servers answer."""
        log = self.folder / "server.log"
        with log.open("w") as file:
            process = subprocess.Popen(
                self.bash(block), cwd=self.folder, env=self.environment, stdout=file, stderr=file,
                start_new_session=True,
            )  # fmt: skip
        try:
            for port in ports_of(block):
                self.wait(process, f"http://127.0.0.1:{self.ports[port]}/health", log)
            yield Ran(block, log.read_text())
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    @staticmethod
    def wait(process: "subprocess.Popen[bytes]", url: str, log: Path) -> None:
        until = time.monotonic() + START_LIMIT
        while time.monotonic() < until and process.poll() is None:
            with suppress(OSError), urllib.request.urlopen(url, timeout=5):
                return
            time.sleep(0.1)
        pytest.fail(f"no server at {url}:\n{log.read_text()}", pytrace=False)


def ports_of(block: str) -> tuple[str, ...]:
    return tuple(port for port in PORTS if port in block)


def serves(block: str) -> bool:
    return any(words[:1] == ["vllm"] for words in commands(block))


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Page:
    """The page, run from top to bottom."""
    folder = tmp_path_factory.mktemp("reproduce")
    scans(folder / "scans")
    for name in ("Qwen/Qwen3-VL-32B-Instruct", "Qwen/Qwen3-VL-32B-Instruct-FP8"):
        model(folder / name)
    programs(folder / "bin")
    return Page(folder)


@pytest.fixture(scope="module")
def ran(page: Page) -> list[Ran]:
    """What each block printed, in order; a block that asks servers finds those that the page starts first."""
    done = []
    servers: dict[tuple[str, ...], str] = {}
    for block in BLOCKS:
        if serves(block):
            servers.setdefault(ports_of(block), block)
            with page.serving(block) as started:
                done.append(started)
        elif ports_of(block):
            with page.serving(servers[ports_of(block)]):
                done.append(page.run(block))
        else:
            done.append(page.run(block))
    return done


@pytest.fixture
def printed(ran: list[Ran]) -> Any:
    """printed(words): what the block printed whose text holds these words."""

    def find(words: str) -> str:
        found = [block.output for block in ran if words in block.text]
        assert found, f"no block holds {words!r}"
        return "\n".join(found)

    return find


@pytest.fixture
def folder(ran: list[Ran], page: Page) -> Path:
    """The folder that the page leaves."""
    assert len(ran) == len(BLOCKS)
    return page.folder


# --- the page itself ---


def test_every_block_is_shell_or_text() -> None:
    assert {language for language, _ in FENCE.findall(PAGE)} == {"sh", "text"}
    assert PAGE.count("```") == 2 * len(FENCE.findall(PAGE))


def test_every_command_has_a_stand_in() -> None:
    for words in (words for block in BLOCKS for words in commands(block)):
        assert words[0] in PROGRAMS, f"{words}: no stand-in for {words[0]}"
        known = PROGRAMS[words[0]]
        assert known is None or words[1] in known, f"{words}: no stand-in for {words[1]}"


@pytest.mark.parametrize("there", [*SUBSTITUTIONS, *PORTS])
def test_every_substitution_is_in_the_page(there: str) -> None:
    assert any(there in block for block in BLOCKS)


# --- what each step leaves ---


def test_the_scans_are_checked(printed: Any) -> None:
    said = printed("misground check")
    assert "contradicts" not in said
    for case in ("s2000", "s2001", "oaizib_001", "oaizib_002"):
        assert case in said


def test_the_benchmark_holds_both_modalities_and_is_valid(folder: Path, printed: Any) -> None:
    manifest = json.loads((folder / "paper" / "manifest.json").read_text())
    assert manifest["preset"] == "paper"
    modalities = set(pq.read_table(folder / "paper" / "cases.parquet")["modality"].to_pylist())
    assert modalities == {"ct", "mri"}
    assert "validation" in printed("misground validate")
    assert (folder / "paper-sheet.png").is_file()


def test_the_build_prints_its_estimate(printed: Any) -> None:
    assert re.search(r"[\d,]+ questions, [\d,]+ views, [\d,]+ pictures, about \d", printed("misground build"))


def test_the_dry_run_prints_tokens_time_gpu_hours_and_money(printed: Any) -> None:
    said = printed("--dry-run")
    for row in ("prompt tokens", "reply tokens", "time", "cost", "GPU hours", "GPU cost"):
        assert f"{row} (estimate)" in said


def test_the_table_has_the_neighbours_that_the_page_says(folder: Path) -> None:
    for name in ("qwen3-vl-32b.safetensors", "qwen3-vl-32b-fp8.safetensors"):
        assert semsam.NeighborTable.load(folder / name).k == 32


def test_the_check_finds_the_rule_on(printed: Any) -> None:
    assert "semantic sampling is on" in printed("semsam check")


def test_the_pilot_prints_the_tokens_of_a_prompt_and_a_reply(folder: Path, printed: Any) -> None:
    said = printed("runs/pilot")
    assert "input_tokens" in said
    assert "output_tokens" in said
    assert pq.read_metadata(folder / "runs" / "pilot" / "results.parquet").num_rows == SMALL


@pytest.mark.parametrize("decoding", ["default", "semantic"])
def test_a_run_leaves_every_question_in_every_epoch(folder: Path, decoding: str) -> None:
    rows = pq.read_table(folder / "runs" / decoding / "results.parquet").to_pylist()
    asked = [(row["question_id"], row["epoch"]) for row in rows]
    assert len(asked) == len(set(asked)) == SMALL * EPOCHS
    assert {row["epoch"] for row in rows} == set(range(1, EPOCHS + 1))
    assert {row["decoding"] for row in rows} == {decoding}
    assert {row["outcome"] for row in rows} <= {"correct", "wrong"}


def test_requests_carry_the_set_up_of_the_paper(folder: Path, page: Page, printed: Any) -> None:
    asked = [json.loads(line) for line in page.requests.read_text().splitlines()]
    semantic = [request for request in asked if request["semantic"]]
    assert len(semantic) == SMALL * EPOCHS
    # The default run finds the pilot's replies, and the run with two servers finds everything answered.
    assert len(asked) - len(semantic) == SMALL * EPOCHS
    assert {(r["temperature"], r["top_p"], r["max_tokens"]) for r in asked} == {(0.5, 0.8, 8912)}
    assert {request["vllm_xargs"]["semsam_temperature"] for request in semantic} == {0.5}
    assert "replies get at most" not in printed("misground eval")
    assert folder.is_dir()


def test_the_report_compares_the_two_runs(folder: Path, printed: Any) -> None:
    assert (folder / "report" / "report.html").is_file()
    said = printed("misground compare")
    assert "A only" in said

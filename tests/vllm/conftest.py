"""Real vLLM servers on 127.0.0.1, each stopped afterwards, whatever happens; models and tables for them."""

import contextlib
import importlib.util
import json
import os
import runpy
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from semsam.content import content_mask
from semsam.loading import load_config, load_embedding, load_tokenizer
from semsam.neighbors import build_table

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))  # for `outside`

from outside import python  # noqa: E402

REPOSITORY = HERE.parents[1]
MODELS = REPOSITORY / "tests" / "models"
START_LIMIT = 300
PROCESSOR = ("--logits-processors", "semsam.engines.vllm:SemanticLogitsProcessor")
PROCESSED = ("--logprobs-mode", "processed_logprobs")

# `make test` runs where vLLM is not installed.
collect_ignore_glob = [] if importlib.util.find_spec("vllm") else ["test_*.py"]

OPERATORS = runpy.run_path(str(MODELS / "torchvision_operators.py"))
OPERATORS["declare"]()


class Server:
    """A vLLM server in a process group of its own."""

    def __init__(
        self, folder: Path, model: Path, *arguments: str, table: Path | None = None, v2: bool = False
    ) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        self.log = folder / "server.log"
        environment = os.environ | {
            "PYTHONPATH": str(HERE / "site"),
            "VLLM_CPU_KVCACHE_SPACE": "1",
            "VLLM_NO_USAGE_STATS": "1",
            "VLLM_CACHE_ROOT": str(folder),
            "HF_HUB_OFFLINE": "1",
        }
        environment.pop("SEMSAM_TABLE", None)
        if v2:
            environment |= {
                "VLLM_USE_V2_MODEL_RUNNER": "1",
                "TRITON_INTERPRET": "1",
                "TRITON_DEFAULT_BACKEND": "cpu",
            }
            environment["PYTHONPATH"] += f"{os.pathsep}{HERE / 'triton'}"
        if table is not None:
            environment["SEMSAM_TABLE"] = str(table)
        command = [sys.executable, "-m", "vllm.entrypoints.openai.api_server", "--model", str(model)]
        command += ["--served-model-name", "model", "--host", "127.0.0.1", "--port", str(port)]
        command += ["--dtype", "float32", "--enforce-eager", "--max-model-len", "512", "--max-num-seqs", "4"]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [*command, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=environment,
                start_new_session=True,
            )

        self.watch = subprocess.Popen(
            [sys.executable, str(HERE / "watch.py"), str(self.process.pid)],
            stdin=subprocess.PIPE,
            start_new_session=True,
        )

    def wait(self) -> "Server":
        """Until it answers; fails with the end of its log where it does not."""
        until = time.monotonic() + START_LIMIT
        while time.monotonic() < until and self.process.poll() is None:
            with contextlib.suppress(OSError), urllib.request.urlopen(f"{self.url}/health", timeout=5):
                return self
            time.sleep(0.5)
        pytest.fail(f"no server after {START_LIMIT} s: {self.said()[-3000:]}", pytrace=False)

    def said(self) -> str:
        """Its log."""
        return self.log.read_text(errors="replace")

    def stop(self) -> None:
        """Stop every process of its group; those below the first one end a little after it."""
        assert self.watch.stdin is not None
        self.watch.stdin.close()
        self.process.wait(60)
        self.watch.wait(60)

    def post(self, path: str, **body: object) -> tuple[int, dict]:
        """Status and answer of a request."""
        request = urllib.request.Request(
            self.url + path,
            json.dumps({"model": "model", **body}).encode(),
            {"Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=300) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)

    def complete(self, prompt: list[int], rule: dict | None = None, **more: object) -> dict:
        """The choice of a completion of 32 tokens, greedy unless told, its tokens as `token_ids`."""
        asked = {"max_tokens": 32, "temperature": 0.0, "ignore_eos": True, "return_token_ids": True, **more}
        if rule is not None:
            asked["vllm_xargs"] = rule
        status, answer = self.post("/v1/completions", prompt=prompt, **asked)
        assert status == 200, answer
        return answer["choices"][0]


@contextlib.contextmanager
def serving(*arguments, **named) -> Iterator[Server]:
    """A server that is stopped whatever happens."""
    server = Server(*arguments, **named)
    try:
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="session", autouse=True)
def no_proxies():
    """Requests to this machine itself take no way round."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("no_proxy", "127.0.0.1")
        yield


@pytest.fixture(scope="session")
def start():
    """A context manager: start(folder, model, *arguments, table=..., v2=False) -> Server."""
    return serving


def model_dir(name: str) -> Path:
    """A model's folder, made where it is not there."""
    out = REPOSITORY / ".cache" / "models"
    if not (out / name).is_dir():
        done = subprocess.run(
            [sys.executable, str(MODELS / "make.py"), str(out), name],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            pytest.fail(f"making {name} failed: {(done.stdout + done.stderr)[-2000:]}", pytrace=False)
    return out / name


@pytest.fixture(scope="session")
def repository() -> Path:
    """The root of the repository, where `make test` has its environment."""
    return REPOSITORY


@pytest.fixture(scope="session")
def benchmark(repository, tmp_path_factory) -> Path:
    """A benchmark of one generated torso."""
    out = tmp_path_factory.mktemp("benchmark") / "mini"
    python(repository, "-m", "misground", "build", "phantom:torso?n=1", "-o", out)
    return out


@pytest.fixture(scope="session")
def smollm2_dir() -> Path:
    """SmolLM2-135M-Instruct in float32."""
    return model_dir("smollm2")


@pytest.fixture(scope="session")
def qwen3vl_dir() -> Path:
    """A random Qwen3-VL of two layers."""
    return model_dir("qwen3vl")


@pytest.fixture(scope="session")
def smollm2_table(smollm2_dir, tmp_path_factory) -> Path:
    """A table of SmolLM2, k = 16."""
    embedding, config = load_embedding(smollm2_dir).tensor, load_config(smollm2_dir)
    content = content_mask(load_tokenizer(smollm2_dir), config, embedding.shape[0])
    path = tmp_path_factory.mktemp("table") / "smollm2.safetensors"
    build_table(embedding, content, 16, metadata={"model": "smollm2", "matrix": "input"}).save(path)
    return path


@pytest.fixture(scope="session")
def smollm2_server(smollm2_dir, smollm2_table, tmp_path_factory) -> Iterator[Server]:
    """SmolLM2 with the rule, which reports what a token's probability was when it was chosen."""
    folder = tmp_path_factory.mktemp("smollm2")
    with serving(folder, smollm2_dir, *PROCESSOR, *PROCESSED, table=smollm2_table) as server:
        yield server.wait()


@pytest.fixture(scope="session")
def smollm2_server_v2(smollm2_dir, smollm2_table, tmp_path_factory) -> Iterator[Server]:
    """The same with Model Runner V2, its kernels interpreted."""
    folder = tmp_path_factory.mktemp("smollm2-v2")
    with serving(folder, smollm2_dir, *PROCESSOR, *PROCESSED, table=smollm2_table, v2=True) as server:
        yield server.wait()

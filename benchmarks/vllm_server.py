"""A vLLM server with the rule on 127.0.0.1, from the environment of `make test-vllm`."""

import contextlib
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
PYTHON = REPOSITORY / ".venv-vllm" / "bin" / "python"
START_LIMIT = 600
RULE = "semsam.engines.vllm:SemanticLogitsProcessor"


@contextlib.contextmanager
def serving(model: str, table: Path, *options: str) -> Iterator[str]:
    """Start a server, give its address once it answers, and stop it.

    Args:
        model: Folder of the model, served under the name "model".
        table: Neighbour table.
        options: Further options of `vllm serve`.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = os.environ | {
        "PYTHONPATH": str(REPOSITORY / "tests" / "vllm" / "site"),  # torchvision's operators
        "SEMSAM_TABLE": str(table),
        "VLLM_CPU_KVCACHE_SPACE": "1",
        "VLLM_NO_USAGE_STATS": "1",
        "HF_HUB_OFFLINE": "1",
    }
    command = [str(PYTHON), "-m", "vllm.entrypoints.openai.api_server", "--model", model]
    command += ["--served-model-name", "model", "--host", "127.0.0.1", "--port", str(port)]
    command += ["--enforce-eager", "--logits-processors", RULE, *options]
    log = table.with_name("server.log")
    with log.open("wb") as file:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=file,
            env=environment,
            start_new_session=True,
        )
    url = f"http://127.0.0.1:{port}"
    # Stops the server's processes when its input ends, also if this process is killed.
    watch = subprocess.Popen(
        [sys.executable, str(REPOSITORY / "tests" / "vllm" / "watch.py"), str(process.pid)],
        stdin=subprocess.PIPE,
        start_new_session=True,
    )
    assert watch.stdin is not None
    try:
        until = time.monotonic() + START_LIMIT
        while not _answers(url):
            if process.poll() is not None or time.monotonic() > until:
                sys.exit(f"no server: {log.read_text(errors='replace')[-2000:]}")
            time.sleep(1)
        yield url
        if "Semantic sampling failed" in log.read_text(errors="replace"):
            sys.exit("the rule failed in a step: the figures are worth nothing")
    finally:
        watch.stdin.close()
        process.wait(60)
        watch.wait(60)


def _answers(url: str) -> bool:
    with contextlib.suppress(OSError), urllib.request.urlopen(f"{url}/health", timeout=5):
        return True
    return False

"""The command runs in the environment of `make test`, as vLLM's own lacks what it needs."""

import os
import subprocess

READ = "import json, sys, pyarrow.parquet as pq; print(json.dumps(pq.read_table(sys.argv[1]).to_pylist()))"
LONG = (
    "--max-model-len", "4096", "--limit-mm-per-prompt", '{"image": 32, "video": 1}',
    # On processors, vLLM 0.32 dies of a request with a seed whose prompt it splits over steps.
    "--no-enable-chunked-prefill", "--max-num-batched-tokens", "8192",
)  # fmt: skip


def python(repository, *arguments, **environment):
    """What Python prints in the environment of `make test`."""
    done = subprocess.run(
        [repository / ".venv" / "bin" / "python", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | environment,
        timeout=600,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout

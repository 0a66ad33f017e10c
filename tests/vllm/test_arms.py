"""`misground eval --arms` on a real vLLM server and in transformers: the same replies.

vLLM runs in this environment, the command in the one of `make test`. Both hold SmolLM2 in float32 and the
same table. No reply may differ. Two things could make one differ on another machine: a near tie of two
scores, because matrix products may take their sums in another order, and a deferred step, which each engine
draws with its own generator.
"""

import json

import pytest
from outside import python

from semsam.controls import CONTROLS

ARMS = ("greedy", "semantic", "identity", "shuffled", "random", "flipped")
READ = (
    "import json, sys, pyarrow.parquet as pq\n"
    "files = {arm: f'{sys.argv[1]}/{arm}/results.parquet' for arm in sys.argv[2:]}\n"
    "print(json.dumps({arm: pq.read_table(file).to_pylist() for arm, file in files.items()}))"
)


@pytest.fixture(scope="module")
def run(repository, benchmark, smollm2_table, tmp_path_factory):
    """run(arms, *model): the rows of each arm, by arm and question, and what was printed."""
    root = tmp_path_factory.mktemp("arms")

    def ran(arms, *model):
        log_dir = root / str(len(list(root.iterdir())))
        asked = ["--filter", "condition=text_only", "--limit", "6", "--epochs", "1", "--seed", "3"]
        arguments = [*model, "--arms", ",".join(arms), *asked, "--max-tokens", "24", "--table", smollm2_table]
        # In float32, two threads stall now and then.
        environment = {"INSPECT_CACHE_DIR": str(root.with_name("cache")), "OMP_NUM_THREADS": "1"}
        arguments += ["--no-validate", "--log-dir", log_dir]
        python(repository, "-m", "misground", "eval", benchmark, *arguments, **environment)
        found = json.loads(python(repository, "-c", READ, log_dir, *arms))
        return {arm: {row["question_id"]: row for row in rows} for arm, rows in found.items()}

    return ran


@pytest.fixture(scope="module")
def served(run, smollm2_server):
    return run(("default", *ARMS), "--model", "vllm/model", "--base-url", f"{smollm2_server.url}/v1")


@pytest.fixture(scope="module")
def local(run, smollm2_dir):
    return run(ARMS, "--model", f"misground-hf/{smollm2_dir}", "-M", "dtype=float32", "-M", "device=cpu")


def test_each_arm_says_what_it_is_and_no_control_is_semantic(served):
    for arm, rows in served.items():
        control = arm in CONTROLS or arm == "flipped"
        kind = "control" if control else "semantic" if arm == "semantic" else "default"
        assert len(rows) == 6
        assert {(row["arm"], row["decoding"]) for row in rows.values()} == {(arm, kind)}


@pytest.mark.parametrize("arm", ARMS)
def test_an_arm_replies_what_it_replies_in_transformers(served, local, arm):
    assert served[arm].keys() == local[arm].keys()
    for question, row in served[arm].items():
        own = local[arm][question]
        same = ("completion", "outcome", "extracted", "input_tokens", "output_tokens", "arm", "decoding")
        deferred = f"{own['deferred']} steps were deferred"
        assert {name: row[name] for name in same} == {name: own[name] for name in same}, deferred


def test_the_rule_changes_some_replies_and_so_does_its_mirror_image(served, local):
    said = {arm: [row["completion"] for row in rows.values()] for arm, rows in served.items()}
    for arm in ("semantic", "flipped"):
        assert sum(row["flipped"] for row in local[arm].values()) > 0
        assert said[arm] != said["greedy"]
    assert said["semantic"] != said["flipped"]
    assert said["identity"] == said["greedy"]
    assert sum(row["flipped"] for row in local["identity"].values()) == 0


def test_the_server_makes_the_tables_of_the_controls_itself(served, smollm2_server):
    assert served
    assert smollm2_server.said().count("Semantic sampling is ready") == 1
    assert "Semantic sampling failed" not in smollm2_server.said()

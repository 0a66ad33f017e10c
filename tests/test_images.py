"""The Dockerfile and compose.yaml, as far as they can be checked without a container engine."""

import re
import runpy
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[1]
IMAGE = runpy.run_path(str(ROOT / ".ci" / "image.py"))
STAGES = IMAGE["stages"]((ROOT / "Dockerfile").read_text(encoding="utf-8"))
COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))


def steps(stage: str, name: str) -> list[str]:
    """What the steps of one name say in a stage and in those that it begins from."""
    above = steps(STAGES[stage].base, name) if STAGES[stage].base in STAGES else []
    return above + [rest for step, rest in STAGES[stage].steps if step == name]


def ignored(path: str) -> bool:
    """Whether .dockerignore keeps a path out; the last line that matches decides."""
    out = False
    for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines():
        pattern = line.removeprefix("!")
        if pattern == "*" or path == pattern or path.startswith(f"{pattern}/"):
            out = not line.startswith("!")
    return out


def test_a_plain_build_makes_the_command_line() -> None:
    assert list(STAGES)[-1] == "cli"
    assert steps("cli", "ENTRYPOINT") == steps("eval", "ENTRYPOINT") == ['["misground"]']


def test_the_command_line_has_no_torch_and_evaluation_has_it() -> None:
    installs = {stage: " ".join(steps(stage, "RUN")) for stage in ("cli", "eval")}
    assert "torch" not in installs["cli"]
    assert re.search(r"download\.pytorch\.org/whl/\$\{TORCH\}\" torch\b", installs["eval"])
    assert "[eval,hf,report]" in installs["eval"]
    assert "[dicom,segmentations]" in " ".join(steps("base", "RUN"))  # both images read what hospitals write
    assert all("-c /constraints.txt" in install for install in installs.values())


@pytest.mark.parametrize("stage", ["cli", "eval"])
def test_nobody_runs_as_root(stage: str) -> None:
    assert steps(stage, "USER") == ["1000"]


def test_what_is_copied_is_there_and_reaches_the_engine() -> None:
    for stage in STAGES.values():
        for name, rest in stage.steps:
            if name != "COPY":
                continue
            origin, sources, _ = IMAGE["copied"](rest)
            if origin is None:
                assert all((ROOT / source).exists() and not ignored(source) for source in sources)
            else:
                assert origin in STAGES
    assert ignored(".git/config")
    assert ignored("out/demo/manifest.json")


def test_the_entry_point_is_a_command_of_the_package_and_answers() -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "misground", "--help"], capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0
    assert "Usage: " in ran.stdout


def test_a_step_that_cannot_be_read_is_refused() -> None:
    with pytest.raises(ValueError, match="not a step of a Dockerfile: run x"):
        IMAGE["stages"]("FROM a AS b\nrun x\n")


def service(name: str) -> dict[str, Any]:
    return COMPOSE["services"][name]


def test_the_server_has_the_rule_and_its_table_and_no_other_machine_reaches_it() -> None:
    server = service("server")
    assert "--logits-processors=semsam.engines.vllm:SemanticLogitsProcessor" in server["command"]
    assert server["environment"]["SEMSAM_TABLE"] == service("table")["environment"]["SEMSAM_TABLE"]
    assert "tables:/tables:ro" in server["volumes"]
    assert all(port.startswith("127.0.0.1:") for port in server["ports"])
    assert server["depends_on"] == {"table": {"condition": "service_completed_successfully"}}


def test_the_evaluation_asks_the_server_with_the_rule_once_it_is_ready() -> None:
    asks = service("eval")["command"]
    assert {"--base-url=http://server:8000/v1", "--decoding=semantic"} <= set(asks)
    model = next(word for word in asks if word.startswith("--model=")).removeprefix("--model=vllm/")
    assert service("server")["command"][0] == service("table")["environment"]["MODEL"] == model
    table = next(word for word in asks if word.startswith("--table=")).removeprefix("--table=")
    assert table == service("server")["environment"]["SEMSAM_TABLE"]
    assert service("eval")["depends_on"] == {"server": {"condition": "service_healthy"}}


def test_the_commands_of_the_services_are_understood() -> None:
    misground = [*service("eval")["command"], "--help"]
    ran = subprocess.run(
        [sys.executable, "-m", "misground", *misground], capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr


@pytest.mark.parametrize("service_name", ["server", "table", "eval"])
def test_each_service_is_built_from_a_stage(service_name: str) -> None:
    assert service(service_name)["build"]["target"] in STAGES

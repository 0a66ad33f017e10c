"""What docs/reproduce.md says of `vllm serve`: command lines by vLLM's own parser, and several workers."""

import os
import re
import shlex

import pytest
import torch
from vllm.entrypoints.cli.serve import ServeSubcommand
from vllm.utils.argparse_utils import FlexibleArgumentParser

from semsam import NeighborTable
from semsam.selfcheck import check_server

PROCESSOR = "semsam.engines.vllm:SemanticLogitsProcessor"
VOCABULARY = 151_936
LINE = re.compile(r"^(?:\w+=\S+ )*vllm (serve .*?[^\\&\n]) *&?$", re.MULTILINE)


@pytest.fixture(scope="module")
def command_lines(repository):
    page = (repository / "docs" / "reproduce.md").read_text(encoding="utf-8").replace("\\\n", " ")
    return LINE.findall(page)


@pytest.fixture(scope="module")
def parser():
    parser = FlexibleArgumentParser()
    ServeSubcommand().subparser_init(parser.add_subparsers())
    return parser


def test_vllm_takes_every_command_line_of_the_page(command_lines, parser):
    assert len(command_lines) >= 4
    for line in command_lines:
        given = parser.parse_args(shlex.split(line))
        assert given.logits_processors == [PROCESSOR]
        assert given.limit_mm_per_prompt == {"image": 32, "video": 0}
        assert given.max_model_len >= 8912 + 2900


def test_vllm_refuses_an_option_that_it_does_not_have(command_lines, parser):
    with pytest.raises(SystemExit):
        parser.parse_args([*shlex.split(command_lines[0]), "--no-such-option"])


@pytest.mark.skipif((os.cpu_count() or 1) < 2, reason="takes two processors")
def test_with_two_workers_each_holds_the_table_and_the_rule_is_on(start, qwen3vl_dir, tmp_path, monkeypatch):
    monkeypatch.setenv("VLLM_CPU_OMP_THREADS_BIND", "0|1")  # the processor of each worker
    table = tmp_path / "table.safetensors"
    ids = (torch.arange(VOCABULARY)[:, None] + torch.arange(3)) % VOCABULARY
    weights = torch.tensor([1.0, 0.9, 0.8]).expand(VOCABULARY, 3).contiguous()
    NeighborTable(ids, weights, torch.ones(VOCABULARY, dtype=torch.bool)).save(table)
    options = ("--logits-processors", PROCESSOR, "--tensor-parallel-size", "2")
    with start(tmp_path, qwen3vl_dir, *options, table=table) as server:
        server.wait()
        assert check_server(server.url, "model").is_on
        assert server.said().count("Semantic sampling is ready") == 2
        assert "Semantic sampling failed" not in server.said()

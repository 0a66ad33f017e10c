"""The rule is one graph: compiled whole, traced without data, and without a host synchronisation."""

import os
import shutil

import pytest
import torch
from torch._subclasses.fake_tensor import DataDependentOutputException, FakeTensorMode

from semsam import NeighborTable, SemanticSampling, rescore, rescore_with_info

VOCAB = 5000
GENERATOR = torch.Generator().manual_seed(0)
LOGITS = torch.randn(4, VOCAB, generator=GENERATOR) * 3


@pytest.fixture(scope="module")
def table():
    ids = torch.randint(0, VOCAB, (VOCAB, 4), generator=GENERATOR)
    ids[:, 0] = torch.arange(VOCAB)
    weights = torch.rand(VOCAB, 4, generator=GENERATOR)
    weights[:, 0] = 1
    return NeighborTable(ids, weights, torch.rand(VOCAB, generator=GENERATOR) < 0.9)


STACKED = [
    SemanticSampling(),
    None,
    SemanticSampling(mode="softmax", top_m=3),
    SemanticSampling(mode="proportional"),
]
CASES = {
    "argmax": (SemanticSampling(temperature=0.5), False),
    "softmax with noise": (SemanticSampling(mode="softmax"), True),
    "proportional": (SemanticSampling(mode="proportional"), False),
    "settings a row": (SemanticSampling.stack(STACKED), False),
}
COMPILER = shutil.which(os.environ.get("CXX", "g++"))
BACKENDS = [
    "aot_eager",
    pytest.param(
        "inductor",
        marks=pytest.mark.skipif(COMPILER is None, reason="no C++ compiler (Debian, Ubuntu: install g++)"),
    ),
]


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning", "ignore::UserWarning")
@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("name", CASES)
def test_torch_compile_takes_it_whole_and_gives_the_same(table, name, backend):
    """aot_eager traces the graph and runs it as it is; inductor also turns it into C++."""
    settings, with_noise = CASES[name]
    noise = torch.tensor([0.1, 0.5, 0.7, 0.9]) if with_noise else None

    def step(logits):
        return rescore(logits, table, settings, noise)

    compiled = torch.compile(step, fullgraph=True, backend=backend)(LOGITS)
    torch.testing.assert_close(compiled, step(LOGITS), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("name", CASES)
def test_no_operation_depends_on_data(table, name):
    """Fake tensors have shapes and no numbers: `.item()`, a boolean index, a branch on data would raise."""
    settings, with_noise = CASES[name]
    noise = torch.zeros(4) if with_noise else None
    with FakeTensorMode(allow_non_fake_inputs=True) as mode:
        out, info = rescore_with_info(mode.from_tensor(LOGITS), table, settings, noise)
    assert out.shape == LOGITS.shape
    assert info.status.shape == (4,)


def test_a_branch_on_data_would_be_noticed():
    with FakeTensorMode() as mode, pytest.raises(DataDependentOutputException):
        bool(mode.from_tensor(LOGITS).sum() > 0)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_a_cuda_graph_captures_it(table):
    there, logits = table.to("cuda"), LOGITS.to("cuda")
    stream = torch.cuda.Stream()
    with torch.cuda.stream(stream):
        rescore(logits, there, SemanticSampling())
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        out = rescore(logits, there, SemanticSampling())
    graph.replay()
    assert torch.equal(out.cpu(), rescore(LOGITS, table, SemanticSampling()))

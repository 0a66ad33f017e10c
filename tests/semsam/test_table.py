"""The neighbour table: what it refuses, and its file."""

import pytest
import torch
from safetensors.torch import save_file

from semsam import NeighborTable, TableError


def small(**changes):
    parts = {
        "ids": torch.tensor([[0, 2], [1, -1], [2, 0], [-1, -1]]),
        "weights": torch.tensor([[1, 0.5], [1, 0], [1, 0.5], [0, 0]]),
        "content": torch.tensor([True, True, True, False]),
    }
    return NeighborTable(**(parts | changes))


def test_arrays_are_brought_to_their_types():
    table = small(ids=[[0, 2], [1, -1], [2, 0], [-1, -1]])
    assert (table.ids.dtype, table.weights.dtype, table.content.dtype) == (
        torch.int32,
        torch.float32,
        torch.bool,
    )
    assert (table.vocab_size, table.k) == (4, 2)


@pytest.mark.parametrize(("changes", "message"), [
    ({"content": torch.ones(3)}, "expected \\(V, k\\), \\(V, k\\), \\(V,\\)"),
    ({"weights": torch.ones(4, 3)}, "expected \\(V, k\\)"),
    ({"ids": torch.full((4, 2), 4)}, "names ids from 4 to 4, expected -1 to 3"),
    ({"ids": torch.full((4, 2), -2)}, "names ids from -2"),
    ({"weights": torch.full((4, 2), 1.5)}, "from -1 to 1"),
    ({"weights": torch.full((4, 2), torch.nan)}, "from -1 to 1"),
])  # fmt: skip
def test_arrays_that_make_no_table_are_refused(changes, message):
    with pytest.raises(TableError, match=message):
        small(**changes)


@pytest.mark.parametrize(("changes", "message"), [
    ({"ids": torch.tensor([[2, 0], [1, -1], [2, 0], [-1, -1]])}, "token 0 .* its own first neighbour"),
    ({"weights": torch.tensor([[1, 0.5], [0.9, 0], [1, 0.5], [0, 0]])}, "token 1 .* its own first neighbour"),
    ({"content": torch.tensor([True, True, False, False])}, "token 2 .* not content but has neighbours"),
    ({"weights": torch.tensor([[1, 0.5], [1, 0.1], [1, 0.5], [0, 0]])}, "token 1 .* weights in unused cells"),
    ({"ids": torch.tensor([[0, 3], [1, -1], [2, 0], [-1, -1]])}, "token 0 .* that are not content"),
    ({"ids": torch.tensor([[0, 0], [1, -1], [2, 0], [-1, -1]])}, "token 0 .* names a neighbour twice"),
])  # fmt: skip
def test_a_row_that_breaks_the_promise_is_named(changes, message):
    with pytest.raises(TableError, match=message):
        small(**changes).check()


def test_neighbours_out_of_order_are_refused_unless_they_are_a_control():
    ids, weights = [[0, 1, 2], [1, -1, -1], [2, -1, -1]], [[1, 0.2, 0.5], [1, 0, 0], [1, 0, 0]]
    with pytest.raises(TableError, match=r"token 0 .* out of order"):
        NeighborTable(ids, weights, [True] * 3).check()
    NeighborTable(ids, weights, [True] * 3, {"control": "shuffled"}).check()


def test_a_saved_table_is_read_back_whole(tmp_path):
    table = small(metadata={"model": "m", "embedding_hash": "abc"})
    table.save(tmp_path / "t.safetensors")
    read = NeighborTable.load(tmp_path / "t.safetensors")
    assert read.equals(table)
    assert read.metadata["model"] == "m"
    assert read.metadata["k"] == "2"
    assert [path.name for path in tmp_path.iterdir()] == ["t.safetensors"]


def test_a_missing_file_says_how_to_make_one(tmp_path):
    with pytest.raises(TableError, match=r"no table at .*semsam build"):
        NeighborTable.load(tmp_path / "t.safetensors")


@pytest.mark.parametrize("keep", [0, 4, 60, 0.5, 0.99])
def test_a_truncated_file_is_refused(tmp_path, keep):
    path = tmp_path / "t.safetensors"
    small().save(path)
    data = path.read_bytes()
    path.write_bytes(data[: keep if isinstance(keep, int) else int(len(data) * keep)])
    with pytest.raises(TableError, match="damaged or not a safetensors file"):
        NeighborTable.load(path)


def test_a_pickle_is_refused_and_not_run(tmp_path):
    path = tmp_path / "t.safetensors"
    torch.save({"ids": torch.zeros(2, 2)}, path)
    with pytest.raises(TableError, match="damaged or not a safetensors file"):
        NeighborTable.load(path)


def test_a_safetensors_file_of_something_else_is_refused(tmp_path):
    save_file({"ids": torch.zeros(2, 2)}, tmp_path / "weights.safetensors")
    with pytest.raises(TableError, match="not a neighbour table"):
        NeighborTable.load(tmp_path / "weights.safetensors")


@pytest.mark.parametrize(("tensors", "metadata", "message"), [
    ({}, {"version": "2"}, "version 2, expected 1: build it again"),
    ({"ids": torch.zeros(4, 2)}, {}, "ids as torch.float32, expected torch.int32"),
    ({"ids": torch.full((4, 2), 9, dtype=torch.int32)}, {}, "names ids from 9"),
    ({"content": torch.zeros(4, dtype=torch.bool)}, {}, "not content but has neighbours"),
    ({"ids": None}, {}, "damaged"),
])  # fmt: skip
def test_a_file_with_wrong_contents_is_refused_by_its_name(tmp_path, tensors, metadata, message):
    good = small()
    parts = {"ids": good.ids, "weights": good.weights, "content": good.content} | tensors
    save_file(
        {name: tensor for name, tensor in parts.items() if tensor is not None},
        tmp_path / "t.safetensors",
        metadata={"format": "semsam-neighbors", "version": "1"} | metadata,
    )
    with pytest.raises(TableError, match=f"t.safetensors.*{message}"):
        NeighborTable.load(tmp_path / "t.safetensors")


def test_a_failed_write_leaves_the_old_file(tmp_path):
    path = tmp_path / "folder" / "t.safetensors"
    with pytest.raises(TableError, match="cannot write the table"):
        small().save(path)


def test_a_table_narrower_than_the_model_is_refused_with_both_numbers():
    with pytest.raises(TableError, match="holds 4 tokens, the model's logits 5"):
        small().check_model(vocab_size=5)
    small().check_model(vocab_size=3)


def test_a_table_of_another_embedding_is_refused_with_both_hashes():
    table = small(metadata={"embedding_hash": "abc"})
    with pytest.raises(TableError, match="hash abc, this model's embedding has hash def"):
        table.check_model(vocab_size=4, embedding_hash="def")
    table.check_model(vocab_size=4, embedding_hash="abc")

"""The table that a server reads at its start."""

import json

import pytest
import torch
from safetensors.torch import save_file

from semsam import NeighborTable, TableError
from semsam.engines.served_table import served_table, table_name
from semsam.neighbors import embedding_hash

VOCAB = 6
EMBEDDING = torch.arange(VOCAB * 2, dtype=torch.float32).reshape(VOCAB, 2)


@pytest.fixture
def path(tmp_path):
    """A table made from EMBEDDING."""
    ids = torch.arange(VOCAB)[:, None]
    metadata = {"embedding_hash": embedding_hash(EMBEDDING), "matrix": "input"}
    NeighborTable(ids, torch.ones(VOCAB, 1), torch.ones(VOCAB, dtype=torch.bool), metadata).save(
        tmp_path / "t"
    )
    return tmp_path / "t"


def model(folder, embedding, *, sharded=False):
    """A folder with the weights of a model."""
    folder.mkdir()
    name, file = "model.embed_tokens.weight", "model-2.safetensors" if sharded else "model.safetensors"
    save_file({name: embedding, "model.layers.0.weight": torch.ones(1)}, folder / file)
    if sharded:
        weight_map = {name: file, "model.layers.0.weight": file}
        (folder / "model.safetensors.index.json").write_text(json.dumps({"weight_map": weight_map}))
    return folder


def test_a_table_is_named_by_the_settings_or_by_the_environment(monkeypatch):
    monkeypatch.setenv("SEMSAM_TABLE", "from-environment")
    assert table_name() == table_name({}) == "from-environment"
    assert table_name({"table": "from-settings"}) == "from-settings"


@pytest.mark.parametrize("settings", [{"tabel": "x"}, "x", ["x"], {"table": "x", "default": {}}])
def test_settings_that_mean_nothing_are_refused(settings):
    with pytest.raises(TableError, match="the server's setting semsam is"):
        table_name(settings)


@pytest.mark.parametrize("settings", [None, {}, {"table": ""}, {"table": 3}])
def test_no_table_is_an_error_that_says_how_to_name_one(settings, monkeypatch):
    monkeypatch.delenv("SEMSAM_TABLE", raising=False)
    with pytest.raises(TableError, match="no table is named: set SEMSAM_TABLE"):
        table_name(settings)


@pytest.mark.parametrize("sharded", [False, True], ids=["one file", "several files"])
def test_the_table_of_the_model_is_taken(path, tmp_path, sharded):
    folder = model(tmp_path / "model", EMBEDDING, sharded=sharded)
    assert served_table(path, vocab_size=VOCAB, model=folder).vocab_size == VOCAB


@pytest.mark.parametrize("sharded", [False, True], ids=["one file", "several files"])
def test_the_table_of_another_model_is_refused_with_both_hashes(path, tmp_path, sharded):
    other = EMBEDDING + 1
    folder = model(tmp_path / "model", other, sharded=sharded)
    told = f"hash {embedding_hash(EMBEDDING)}, this model's embedding has hash {embedding_hash(other)}"
    with pytest.raises(TableError, match=told):
        served_table(path, vocab_size=VOCAB, model=folder)


def test_a_narrow_table_is_refused_with_both_numbers_and_its_name(path):
    with pytest.raises(TableError, match=rf"^{path}: the table holds {VOCAB} tokens, the model's logits 7"):
        served_table(path, vocab_size=7, model="owner/name")


def test_a_table_may_be_wider_than_the_logits(path):
    assert served_table(path, vocab_size=VOCAB - 1).vocab_size == VOCAB


@pytest.mark.parametrize("weights", [None, b"broken"], ids=["no weights", "broken weights"])
def test_of_a_folder_that_cannot_be_read_the_vocabulary_alone_counts(path, tmp_path, weights):
    folder = tmp_path / "model"
    folder.mkdir()
    if weights is not None:
        (folder / "model.safetensors").write_bytes(weights)
    assert served_table(path, vocab_size=VOCAB, model=folder).k == 1


@pytest.mark.parametrize("index", ["[", "{}", '{"weight_map": {"model.embed_tokens.weight": "gone"}}', "[1]"])
def test_a_broken_index_is_the_servers_business(path, tmp_path, index):
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "model.safetensors.index.json").write_text(index)
    assert served_table(path, vocab_size=VOCAB, model=folder).k == 1


def test_a_missing_table_is_an_error(tmp_path):
    with pytest.raises(TableError, match="no table at"):
        served_table(tmp_path / "gone", vocab_size=1)

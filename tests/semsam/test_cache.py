import threading
from pathlib import Path

import pytest
import torch

from semsam import NeighborTable, SemsamError
from semsam.cache import cache_dir, kept_folder, kept_table, table_path

TABLE = NeighborTable(ids=[[0, 1], [1, 0]], weights=[[1, 0.5], [1, 0.5]], content=[True, True])
CONTENT = torch.tensor([True, True, False])


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("SEMSAM_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def test_the_variable_names_the_folder(cache):
    assert cache_dir() == cache


def test_without_the_variable_it_lies_in_the_users_cache_folder(monkeypatch):
    monkeypatch.delenv("SEMSAM_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", "/somewhere")
    assert cache_dir() == Path("/somewhere/semsam")
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", "/people/someone")
    assert cache_dir() == Path("/people/someone/.cache/semsam")


def test_a_path_is_the_same_for_the_same_makings_and_lies_in_the_cache(cache):
    path = table_path("abc", CONTENT, k=8)
    assert path == table_path("abc", CONTENT.clone(), k=8)
    assert path.is_relative_to(cache)


@pytest.mark.parametrize(
    "other",
    [
        {"embedding_hash": "abd"},
        {"content": torch.tensor([True, False, False])},
        {"k": 9},
        {"matrix": "output"},
        {"policy": "strict"},
        {"center": True},
        {"control": "shuffled"},
        {"control_seed": 1},
    ],
)
def test_tables_that_may_differ_never_share_a_path(other):
    makings = {"embedding_hash": "abc", "content": CONTENT, "k": 8}
    assert table_path(**makings) != table_path(**{**makings, **other})


def test_a_table_is_built_once(cache):
    built = []

    def build():
        built.append(1)
        return TABLE

    path = cache / "tables" / "t.safetensors"
    assert kept_table(path, build).equals(TABLE)
    assert kept_table(path, build).equals(TABLE)
    assert len(built) == 1


def test_a_damaged_table_is_built_anew(cache):
    path = cache / "t.safetensors"
    kept_table(path, lambda: TABLE)
    path.write_bytes(path.read_bytes()[:-3])
    assert kept_table(path, lambda: TABLE).equals(TABLE)
    assert NeighborTable.load(path).equals(TABLE)


def test_of_many_that_ask_at_once_one_builds(cache):
    built, tables = [], []

    def build():
        built.append(1)
        return TABLE

    path = cache / "t.safetensors"
    threads = [threading.Thread(target=lambda: tables.append(kept_table(path, build))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(built) == 1
    assert len(tables) == 8
    assert all(table.equals(TABLE) for table in tables)


def test_a_folder_is_written_once(cache):
    written = []

    def write(folder):
        written.append(folder)
        (folder / "a").write_text("a")

    for _ in range(2):
        assert kept_folder(cache / "m", write) == cache / "m"
    assert (cache / "m" / "a").read_text() == "a"
    assert len(written) == 1


def test_a_folder_is_written_whole_or_not_at_all(cache):
    def fail(folder):
        (folder / "half").write_text("half")
        raise RuntimeError("power cut")

    with pytest.raises(RuntimeError, match="power cut"):
        kept_folder(cache / "m", fail)
    assert [path for path in cache.iterdir() if path.is_dir()] == []
    kept_folder(cache / "m", lambda folder: (folder / "whole").touch())
    assert [file.name for file in (cache / "m").iterdir()] == ["whole"]


def test_after_a_failure_the_next_is_not_kept_waiting(cache):
    def fail():
        raise RuntimeError("power cut")

    path = cache / "t.safetensors"
    with pytest.raises(RuntimeError):
        kept_table(path, fail)
    assert kept_table(path, lambda: TABLE).equals(TABLE)


def test_a_folder_that_cannot_be_written_is_named(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("SEMSAM_CACHE", str(tmp_path / "file"))
    with pytest.raises(SemsamError, match=r"cannot write to the cache folder .*file .*: set SEMSAM_CACHE"):
        kept_table(table_path("abc", CONTENT, k=8), lambda: TABLE)


def test_a_kept_table_is_read_where_nothing_can_be_written(cache, monkeypatch):
    path = cache / "t.safetensors"
    kept_table(path, lambda: TABLE)
    monkeypatch.setattr("semsam.cache.FileLock", None)
    assert kept_table(path, lambda: None).equals(TABLE)


def test_another_table_under_the_expected_name_is_built_again(cache):
    path = cache / "tables" / "t.safetensors"
    path.parent.mkdir(parents=True)
    other = NeighborTable(TABLE.ids, TABLE.weights, TABLE.content, {"embedding_hash": "other"})
    other.save(path)
    mine = NeighborTable(TABLE.ids, TABLE.weights, TABLE.content, {"embedding_hash": "mine"})

    def fits(table):
        return table.metadata["embedding_hash"] == "mine"

    assert kept_table(path, lambda: mine, fits).metadata["embedding_hash"] == "mine"
    assert NeighborTable.load(path).metadata["embedding_hash"] == "mine"

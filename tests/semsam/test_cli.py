"""The command line, run as a user would: what it prints, its exit status, one line for each mistake."""

import io
import json
import sys
from types import SimpleNamespace

import click
import pytest
import torch

from semsam import NeighborTable
from semsam.cli import cli, main
from semsam.selfcheck import Check, Verdict


@pytest.fixture
def semsam(tmp_path, monkeypatch, capsys):
    """Runs `semsam ARGUMENTS` in an empty folder with a cache of its own."""
    monkeypatch.setenv("SEMSAM_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)

    def run(*arguments, status=0, stdin=""):
        monkeypatch.setattr(sys, "argv", ["semsam", *map(str, arguments)])
        monkeypatch.setattr(sys, "stdin", io.StringIO(stdin))
        capsys.readouterr()
        with pytest.raises(SystemExit) as stopped:
            main()
        printed = capsys.readouterr()
        assert stopped.value.code == status, printed
        return SimpleNamespace(stdout=printed.out, stderr=printed.err)

    return run


@pytest.fixture
def table(semsam, tiny_llama_dir, tmp_path):
    semsam("build", tiny_llama_dir, "-o", "t.safetensors", "-k", 6)
    return tmp_path / "t.safetensors"


def test_build_says_what_was_left_out_and_writes_a_table(semsam, tiny_llama_dir, tmp_path):
    done = semsam("build", tiny_llama_dir, "-o", "t.safetensors", "-k", 6, "--center")
    assert "60 of 68 tokens are content" in done.stdout
    assert "68 tokens, 60 with neighbours, k = 6" in done.stdout
    built = NeighborTable.load(tmp_path / "t.safetensors")
    assert built.k == 6
    about = {name: built.metadata[name] for name in ("model", "matrix", "content", "centered")}
    assert about == {"model": str(tiny_llama_dir), "matrix": "input", "content": "added", "centered": "yes"}


def test_a_control_is_built_and_named_in_the_table(semsam, tiny_llama_dir, table, tmp_path):
    semsam("build", tiny_llama_dir, "-o", "c.safetensors", "-k", 6, "--control", "random", "--seed", 3)
    control = NeighborTable.load(tmp_path / "c.safetensors")
    plain = NeighborTable.load(table)
    assert control.metadata["control"] == "random"
    assert torch.equal(control.weights, plain.weights)
    assert not torch.equal(control.ids, plain.ids)


def test_neighbors_shows_those_of_a_token(semsam, table):
    found = json.loads(semsam("neighbors", table, "w7", "--json").stdout)
    loaded = NeighborTable.load(table)
    assert [near["id"] for near in found] == loaded.ids[11, 1:].tolist()
    shown = semsam("neighbors", table, "#11").stdout
    assert "'w7' (#11)" in shown
    assert f"{loaded.weights[11, 1]:.4f}" in shown


def test_report_shows_hubs_and_prints_json(semsam, table):
    assert "in-degree" in semsam("report", table).stdout
    report = json.loads(semsam("report", table, "--json").stdout)
    assert report["content"] == 60
    assert 0 <= report["mutual_share"] <= 1


def test_generate_answers_and_says_what_the_rule_did(semsam, tiny_llama_dir, table):
    call = ["generate", tiny_llama_dir, "--greedy", "--max-tokens", 8]
    plain = semsam(*call, "--prompt", "w1 w2 w3")
    assert plain.stdout.split()
    assert plain.stderr == ""
    semantic = semsam(*call, "--prompt", "-", "--decoding", "semantic", "--table", table, stdin="w1 w2 w3")
    assert "8 steps, fired" in semantic.stderr
    told = semsam(*call, "--prompt", "w1 w2 w3", "--decoding", "semantic", "--table", table, "--json")
    answer = json.loads(told.stdout)
    assert answer["text"].strip() == semantic.stdout.strip()
    assert answer["statistics"]["steps"] == 8


def test_one_candidate_gives_what_greedy_decoding_gives(semsam, tiny_llama_dir):
    call = ["generate", tiny_llama_dir, "--greedy", "--max-tokens", 8, "--prompt", "w1 w2 w3"]
    assert semsam(*call, "--decoding", "semantic", "--top-m", 1, "-k", 4).stdout == semsam(*call).stdout


@pytest.mark.parametrize(("arguments", "status", "message"), [
    (["build", "./nothing", "-o", "t.safetensors"], 2, "no model at ./nothing: expected a model folder"),
    (["build", "MODEL", "-o", "no/t.safetensors"], 2, "the folder no does not exist"),
    (["build", "MODEL", "-o", "t.safetensors", "-k", "61"], 2, "k is 61, but only 60 tokens are content"),
    (["build", "MODEL", "-o", "t.safetensors", "--control", "flipped"], 2, "flipped' has no table"),
    (["build", "MODEL"], 2, "Missing option '-o'"),
    (["neighbors", "TABLE", "w1 w2"], 2, "'w1 w2' splits into 'w1', 'w2', expected a single token"),
    (["neighbors", "TABLE", "#68"], 2, "no token #68"),
    (["neighbors", "BROKEN", "w1"], 1, "broken.safetensors is damaged"),
    (["report", "missing.safetensors"], 2, "does not exist"),
    (["check", "--base-url", "http://127.0.0.1:9", "--model", "m"], 1, "127.0.0.1:9"),
    (["check", "--base-url", "nowhere", "--model", "m"], 2, "nowhere"),
    (["report", "TABLE", "--tokenizer", "./nothing"], 2, "no model at ./nothing"),
    (["generate", "MODEL", "--prompt", "w1", "--decoding", "semantic", "--top-p", "1.5"], 2, "top_p is 1.5"),
    (["generate", "MODEL", "--prompt", "w1", "--decoding", "semantic", "--table", "OTHER"], 1,
     "the table was built from an embedding with hash"),
    (["generate", "MODEL", "--prompt", "w1", "--top-m", "5"], 2, "given without --decoding semantic"),
    (["generate", "MODEL", "--prompt", "w1", "--decoding", "semantic", "--tau", "1"], 2, "--mode argmax"),
])  # fmt: skip
def test_a_mistake_ends_in_one_line(semsam, tiny_llama_dir, table, tmp_path, arguments, status, message):
    (tmp_path / "broken.safetensors").write_bytes(table.read_bytes()[:100])
    loaded = NeighborTable.load(table)
    other = {**loaded.metadata, "embedding_hash": "0" * 32}
    NeighborTable(loaded.ids, loaded.weights, loaded.content, other).save(tmp_path / "other.safetensors")
    names = {
        "MODEL": tiny_llama_dir,
        "TABLE": table,
        "BROKEN": "broken.safetensors",
        "OTHER": "other.safetensors",
    }
    done = semsam(*(names.get(argument, argument) for argument in arguments), status=status)
    assert message in " ".join(done.stderr.split())
    if "Usage:" not in done.stderr:
        assert done.stderr.count("\n") == 1


COMMANDS = ("build", "neighbors", "report", "generate", "check")


def test_the_list_of_commands_cuts_no_line_at_80_columns(semsam, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    listed = semsam("--help").stdout.split("Commands:\n")[1].splitlines()
    assert sorted(line.split()[0] for line in listed) == sorted(COMMANDS)
    assert all(line.endswith(".") and not line.endswith("...") for line in listed)


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_help_fits_into_80_columns(semsam, monkeypatch, command):
    monkeypatch.setenv("COLUMNS", "80")
    assert max(map(len, semsam(*command.split(), "--help").stdout.splitlines())) <= 80


@pytest.mark.parametrize("command", COMMANDS)
def test_every_option_says_what_it_is(command):
    options = [option for option in cli.commands[command].params if isinstance(option, click.Option)]
    assert [option.name for option in options if not option.help] == []


@pytest.fixture
def keys(monkeypatch):
    """keys(NAME=value) sets the variables that may hold a key, and no others."""
    for name in ("OPENAI_API_KEY", "VLLM_API_KEY", "SGLANG_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    sent = []

    def check_server(*_, api_key, **__):
        sent.append(api_key)
        return Check(Verdict.ON, "asked nobody", 0, 0)

    monkeypatch.setattr("semsam.cli.check_server", check_server)

    def set_keys(**variables):
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        return sent

    return set_keys


CHECK = ("check", "--model", "m", "--base-url")
MINE = "http://127.0.0.1:8000/v1"


@pytest.mark.parametrize(("arguments", "expected"), [
    ([MINE], "v"),
    ([MINE, "--engine", "sglang"], "s"),
    ([MINE, "--api-key-env", "SGLANG_API_KEY"], "s"),
    ([MINE, "--api-key", "given"], "given"),
    (["https://api.openai.com/v1"], "o"),
    (["https://api.openai.com/v1", "--api-key-env", "OPENAI_API_KEY"], "o"),
])  # fmt: skip
def test_check_sends_the_key_of_the_server(semsam, keys, arguments, expected):
    sent = keys(OPENAI_API_KEY="o", VLLM_API_KEY="v", SGLANG_API_KEY="s")
    semsam(*CHECK, *arguments)
    assert sent == [expected]


def test_check_sends_no_key_of_openai_to_another_server(semsam, keys):
    sent = keys(OPENAI_API_KEY="o")
    semsam(*CHECK, MINE)
    assert sent == [None]
    done = semsam(*CHECK, MINE, "--api-key-env", "OPENAI_API_KEY", status=2)
    assert "OPENAI_API_KEY holds a key of OpenAI, but the base URL is 'http://127.0.0.1" in done.stderr
    assert sent == [None]


def test_check_takes_one_key_that_exists(semsam, keys):
    sent = keys(VLLM_API_KEY="v")
    assert "MINE_KEY is not set" in semsam(*CHECK, MINE, "--api-key-env", "MINE_KEY", status=2).stderr
    both = semsam(*CHECK, MINE, "--api-key-env", "VLLM_API_KEY", "--api-key", "x", status=2)
    assert "leave one of them out" in both.stderr
    assert sent == []


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_an_example_in_its_help(semsam, command):
    assert f"semsam {command} " in semsam(command, "--help").stdout.split("Options:")[0].split("\n", 1)[1]


HOSTILE = "a\x1b[31m\x1b]0;t\x07\u202eb\x9bc"


def test_names_reach_the_terminal_without_what_it_would_obey(semsam, tiny_llama_dir, table, tmp_path):
    loaded = NeighborTable.load(table)
    about = {**loaded.metadata, "model": str(tiny_llama_dir), "tensor": HOSTILE, "content": HOSTILE}
    NeighborTable(loaded.ids, loaded.weights, loaded.content, about).save(tmp_path / "hostile")
    runs = [
        semsam("report", "hostile"),
        semsam("report", "hostile", "--json"),
        semsam("neighbors", table, HOSTILE, status=2),
        semsam("build", HOSTILE, "-o", "x", status=2),
        semsam("build", tiny_llama_dir, "-o", f"{HOSTILE}/x", status=2),
        semsam("report", HOSTILE, status=2),
        semsam(HOSTILE, status=2),
        semsam("build", f"--{HOSTILE}", status=2),
        semsam("build", tiny_llama_dir, "-o", "x", "--matrix", HOSTILE, status=2),
        semsam("check", "--base-url", HOSTILE, "--model", HOSTILE, status=2),
        semsam("generate", tiny_llama_dir, "--prompt", HOSTILE, "--max-tokens", 1, "--greedy"),
    ]
    for run in runs:
        for text in (run.stdout, run.stderr):
            assert all(letter in "\n\t" or letter.isprintable() for letter in text), text
    assert "a\\x1b[31m" in runs[0].stdout


def test_secrets_of_an_address_are_not_printed(semsam):
    run = semsam(
        "check", "--base-url", "http://me:s3cret@127.0.0.1:9/v1?key=s3cret", "--model", "m", status=1
    )
    assert "cannot reach http://127.0.0.1:9 (" in run.stderr
    wrong = semsam("check", "--base-url", "ftp://me:s3cret@host?key=s3cret", "--model", "m", status=2)
    assert "s3cret" not in run.stderr + wrong.stderr


def test_a_table_that_cannot_be_written_is_said_before_the_work(
    semsam, tiny_llama_dir, tmp_path, monkeypatch
):
    def no(*_, **__):
        raise AssertionError("loaded")

    monkeypatch.setattr("semsam.cli.load_embedding", no)
    (tmp_path / "folder").mkdir()
    assert "is a directory" in semsam("build", tiny_llama_dir, "-o", "folder", status=2).stderr
    long = semsam("build", tiny_llama_dir, "-o", "x" * 300, status=1).stderr
    assert "cannot write the table" in long
    assert list(tmp_path.glob(".*")) == []

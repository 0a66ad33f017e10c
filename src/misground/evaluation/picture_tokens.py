"""Tokens of a picture by model family: the rules, their sources, and how a family is recognised.

The sources are the preprocessing code of transformers (`transformers/models/NAME`), of the models themselves,
or the provider's documentation. A server may have other settings, so a run measures the first reply.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Final

from misground.evaluation import picture_rules as rules

PIXELS_A_TOKEN: Final = 28 * 28
"""For a model of no known family: a patch of Qwen2-VL, the smallest of the common ones."""


@dataclass(frozen=True)
class Family:
    """Models that turn pictures into tokens by the same rule.

    Attributes:
        name: Name of the family.
        pattern: Regular expression on a model's name, or on the `model_type` of its configuration, in lower
            case with "-" for any separator.
        rule: (width, height, pictures of the prompt) -> tokens of one picture.
        source: Where the rule comes from.
    """

    name: str
    pattern: str
    rule: Callable[[int, int, int], int]
    source: str

    @property
    def known(self) -> bool:
        """Whether this is a family, and no guess."""
        return bool(self.pattern)


def _of(rule: Callable[..., int], **settings: object) -> Callable[[int, int, int], int]:
    chosen = partial(rule, **settings)
    return lambda width, height, _: chosen(width, height)


def _fixed(tokens: int) -> Callable[[int, int, int], int]:
    return lambda *_: tokens


def _phi35(width: int, height: int, count: int) -> int:
    return rules.phi_crops(width, height, most=16 if count == 1 else 4)


NEXT: Final = ((2, 1), (1, 2), (2, 2), (1, 3), (3, 1))
"""Grids of LLaVA-NeXT, (columns, rows)."""
ONEVISION: Final = tuple((columns, rows) for columns in range(1, 7) for rows in range(1, 7))

LLAMA4: Final = tuple((c, r) for c in range(1, 17) for r in range(1, 17) if c * r <= 16)


def _onevision(width: int, height: int, count: int) -> int:
    if count > 1:
        return 27 * 27 + 1
    return rules.any_resolution(width, height, side=384, patches=27, grids=ONEVISION, most=9)


def _llama4(width: int, height: int, _: int) -> int:
    columns, rows = rules.best_grid(width, height, 336, LLAMA4)
    count = columns * rows
    return 145 * (count + (count > 1)) + 3


FAMILIES: Final = (
    Family(
        "Qwen3-VL",
        r"qwen-?3(-\d)?-?(vl|omni)|qwen-?3-?[5-9](-|$)|cosmos-reason-?2",
        _of(rules.merged_patches, side=32, least=256 * 256, most=4096 * 4096),
        "transformers qwen2_vl with patches of 16 pixels, 2 x 2 merged; at least 256 x 256 pixels",
    ),
    Family(
        "Qwen2-VL and Qwen2.5-VL",
        r"qwen-?2(-?5)?-?(vl|omni)|qvq|lingshu|medvlm-r1|mimo-vl|cosmos-reason|ui-tars|olmocr|nanonets-ocr"
        r"|qwen-vl-(max|plus)|llava-?(onevision|ov)-?1-?5",
        _of(rules.merged_patches, side=28, least=56 * 56, most=12_845_056),
        "transformers qwen2_vl: smart_resize, patches of 14 pixels, 2 x 2 merged",
    ),
    Family(
        "GLM-4.1V to GLM-4.6V",
        r"glm-?4(-?[1-9])(v|-?.?v)|glm-?4v-(moe|text)|glm46v|glm-?4v$|glm-ocr|autoglm",
        _of(rules.merged_patches, side=28, least=112 * 112 // 2, most=28 * 28 * 15000 // 2),
        "transformers glm4v: smart_resize, patches of 14 pixels, 2 x 2 merged",
    ),
    Family(
        "GLM-4V", r"glm-4v|cogvlm-?2?", _fixed(1602), "GLM-4V-9B: 1120 x 1120, 80 x 80 patches, 2 x 2 merged"
    ),
    Family(
        "Gemma 4",
        r"gemma-?4(-|$)",
        _fixed(282),
        "transformers gemma4: at most 280 tokens, which a picture is scaled to",
    ),
    Family(
        "Gemma 3 and MedGemma",
        r"gemma-?3(n|-|$)|medgemma|shieldgemma-?2|t5gemma-?2",
        _fixed(260),
        "transformers gemma3: 256 tokens at any size (pan and scan is off), and marks",
    ),
    Family("PaliGemma", r"paligemma", _fixed(256), "transformers paligemma: 224 x 224, patches of 14 pixels"),
    Family(
        "InternVL",
        r"intern-?(vl|s1)|mono-?internvl|chiron-o1|skywork-r1v",
        _of(rules.tiled, side=448, most=12, each=256),
        "InternVL dynamic_preprocess: up to 12 tiles of 448 pixels and a thumbnail, 256 tokens each",
    ),
    Family(
        "LLaVA-OneVision",
        r"llava-?(onevision|ov)|huatuogpt-vision",
        _onevision,
        "transformers llava_onevision: anyres_max_9, tiles of 384 pixels; of several pictures one each",
    ),
    Family(
        "LLaVA-NeXT",
        r"llava-?(next|v1-?6|1-?6)",
        _of(rules.any_resolution, side=336, patches=24, grids=NEXT),
        "transformers llava_next: anyres, tiles of 336 pixels, 24 x 24 patches",
    ),
    Family(
        "LLaVA 1.5",
        r"llava|vip-?llava|bakllava",
        _fixed(576),
        "transformers llava: 336 x 336, 24 x 24 patches",
    ),
    Family(
        "Llama 4",
        r"llama-?4(-|$)",
        _llama4,
        "transformers llama4: up to 16 tiles of 336 pixels and the whole, 144 tokens each",
    ),
    Family(
        "Llama 3.2 Vision",
        r"llama-?3-?2.*vision|mllama",
        _fixed(1),
        "transformers mllama: one token; the picture enters by cross-attention",
    ),
    Family(
        "Phi-3 Vision",
        r"phi-?3(-?5)?-vision|phi-?3-?v$",
        _phi35,
        "Phi-3.5-vision: crops of 336 pixels, num_crops 16 for one picture and 4 for several",
    ),
    Family(
        "Phi-4 multimodal",
        r"phi-?4-?(multimodal|mm|reasoning-vision)",
        _of(rules.phi4_tiles),
        "Phi-4-multimodal: tiles of 448 pixels, 16 x 16 tokens each and a mark a row",
    ),
    Family(
        "Mistral Small 3.1, Medium 3, Magistral",
        r"mistral-?(small-?(3-?[1-9]|25)|medium|large-?3|3$)|magistral|ministral-?3|devstral-small-2",
        _of(rules.patch_rows, side=28, longest=1540),
        "transformers pixtral with patches of 14 pixels, 2 x 2 merged, and a mark a row",
    ),
    Family(
        "Pixtral",
        r"pixtral",
        _of(rules.patch_rows, side=16, longest=1024),
        "transformers pixtral: patches of 16 pixels, and a mark a row",
    ),
    Family(
        "SmolVLM2",
        r"smolvlm-?2|smolvlm-(256m|500m)",
        _of(rules.enlarged_tiles, side=512, longest=2048, each=64),
        "transformers smolvlm: enlarged to 2048, tiles of 512 pixels, 64 tokens each",
    ),
    Family(
        "SmolVLM",
        r"smolvlm",
        _of(rules.enlarged_tiles, side=384, longest=1536, each=81),
        "transformers idefics3 with tiles of 384 pixels, 81 tokens each",
    ),
    Family(
        "Idefics3",
        r"idefics-?3",
        _of(rules.enlarged_tiles, side=364, longest=1456, each=169),
        "transformers idefics3: tiles of 364 pixels, 169 tokens each",
    ),
    Family("Idefics2", r"idefics-?2", _fixed(5 * 64 + 6), "transformers idefics2: 64 tokens, five parts"),
    Family("DeepSeek-VL2", r"deepseek-vl-?(2|v2)", rules.deepseek_tiles, "DeepSeek-VL2 format_messages"),
    Family("DeepSeek-VL", r"deepseek-vl", _fixed(576), "transformers deepseek_vl: 24 x 24 patches"),
    Family(
        "Kimi-VL",
        r"kimi-(vl|k2-?5|k25)",
        _of(rules.merged_patches, side=28, least=1, most=4096 * 14 * 14),
        "Kimi-VL: MoonViT, patches of 14 pixels, 2 x 2 merged, at most 4,096 patches",
    ),
    Family(
        "MiniCPM-V",
        r"minicpm-?(v|o|llama3-v)",
        _of(rules.minicpm_slices, each=64),
        "MiniCPM-V 2.6: slices of 448 pixels, 64 tokens each",
    ),
    Family(
        "Aya Vision",
        r"aya-?vision|command-a-vision",
        _of(rules.tiled, side=364, most=12, each=169),
        "transformers aya_vision: up to 12 tiles of 364 pixels and a thumbnail, 169 tokens each",
    ),
    Family(
        "GPT mini",
        r"gpt-4-?1-mini|gpt-5(-?\d)?-mini",
        _of(rules.openai_patches, factor=1.62),
        "OpenAI guide on images: patches of 32 pixels x 1.62",
    ),
    Family(
        "GPT nano",
        r"gpt-4-?1-nano|gpt-5(-?\d)?-nano",
        _of(rules.openai_patches, factor=2.46),
        "OpenAI guide on images: patches of 32 pixels x 2.46",
    ),
    Family(
        "o4-mini",
        r"(^|-)o4-mini",
        _of(rules.openai_patches, factor=1.72),
        "OpenAI guide on images: patches of 32 pixels x 1.72",
    ),
    Family(
        "GPT-4o mini",
        r"gpt-4o-mini",
        _of(rules.openai_tiles, base=2833, each=5667),
        "OpenAI guide on images: 2,833 + 5,667 a tile of 512 pixels",
    ),
    Family(
        "GPT-5",
        r"gpt-5",
        _of(rules.openai_tiles, base=70, each=140),
        "OpenAI guide on images: 70 + 140 a tile of 512 pixels",
    ),
    Family(
        "GPT-4o, GPT-4.1",
        r"gpt-4",
        _of(rules.openai_tiles, base=85, each=170),
        "OpenAI guide on images: 85 + 170 a tile of 512 pixels",
    ),
    Family(
        "o1, o3",
        r"(^|-)o[13](-|$)",
        _of(rules.openai_tiles, base=75, each=150),
        "OpenAI guide on images: 75 + 150 a tile of 512 pixels",
    ),
    Family("Gemini 3", r"gemini-?[3-9]", _fixed(1120), "Gemini API, media resolution: 1,120 by default"),
    Family(
        "Gemini",
        r"gemini",
        _of(rules.gemini_tiles),
        "Gemini API, tokens: 258 up to 384 pixels, else 258 a tile",
    ),
    Family(
        "Claude",
        r"claude",
        _of(rules.by_area, pixels=750, most=1600),
        "Anthropic guide on vision: width x height / 750",
    ),
)
"""The first family whose pattern is found counts: the narrower ones come first."""

UNKNOWN: Final = Family(
    "", "", _of(rules.by_area, pixels=PIXELS_A_TOKEN, most=10**9), "a guess: 28 x 28 pixels per token"
)


def family_of(names: Iterable[str]) -> Family:
    """Recognise the family of a model.

    Args:
        names: What is known of the model, the surest first: the type in its configuration, the path or id
            that its server tells, its name.

    Returns:
        The family; `UNKNOWN` if no name says.

    Examples:
        >>> family_of(["/models/finetuned", "google/medgemma-4b-it"]).name
        'Gemma 3 and MedGemma'
    """
    for name in names:
        plain = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
        for family in FAMILIES:
            if re.search(family.pattern, plain):
                return family
    return UNKNOWN

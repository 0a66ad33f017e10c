"""Tokens of a picture by model family, against the code and the documentation that the rules come from."""

import pytest

from misground.evaluation import picture_rules as rules
from misground.evaluation.picture_tokens import FAMILIES, UNKNOWN, family_of

SLICE, FRAME, WIDE = (512, 512, 1), (256, 256, 32), (512, 400, 1)


@pytest.mark.parametrize(
    ("names", "family", "tokens"),
    [
        (["Qwen/Qwen3-VL-8B-Instruct"], "Qwen3-VL", (258, 66, 194)),
        (["qwen3_vl_moe"], "Qwen3-VL", (258, 66, 194)),
        (["qwen3_5"], "Qwen3-VL", (258, 66, 194)),
        (["Qwen/Qwen2.5-VL-7B-Instruct-AWQ"], "Qwen2-VL and Qwen2.5-VL", (326, 83, 254)),
        (["qwen2.5vl:7b"], "Qwen2-VL and Qwen2.5-VL", (326, 83, 254)),
        (["google/gemma-3-27b-it"], "Gemma 3 and MedGemma", (260, 260, 260)),
        (["google/medgemma-4b-it"], "Gemma 3 and MedGemma", (260, 260, 260)),
        (["gemma4"], "Gemma 4", (282, 282, 282)),
        (["google/paligemma-3b-mix-224"], "PaliGemma", (256, 256, 256)),
        (["OpenGVLab/InternVL3_5-8B"], "InternVL", (258, 258, 13 * 256 + 2)),
        (["llava-hf/llava-1.5-7b-hf"], "LLaVA 1.5", (576, 576, 576)),
        (["llava-hf/llava-v1.6-mistral-7b-hf"], "LLaVA-NeXT", (2928, 1176, 2438)),
        (["llava-hf/llava-onevision-qwen2-7b-ov-hf"], "LLaVA-OneVision", (3699, 730, 3039)),
        (["lmms-lab/LLaVA-OneVision-1.5-8B"], "Qwen2-VL and Qwen2.5-VL", (326, 83, 254)),
        (["meta-llama/Llama-3.2-11B-Vision-Instruct"], "Llama 3.2 Vision", (1, 1, 1)),
        (["meta-llama/Llama-4-Scout-17B-16E-Instruct"], "Llama 4", (728, 148, 728)),
        (["microsoft/Phi-3.5-vision-instruct"], "Phi-3 Vision", (2509, 757, 2509)),
        (["microsoft/Phi-4-multimodal-instruct"], "Phi-4 multimodal", (1329, 545, 647)),
        (["mistralai/Mistral-Small-3.2-24B"], "Mistral Small 3.1, Medium 3, Magistral", (380, 110, 300)),
        (["mistralai/Pixtral-12B-2409"], "Pixtral", (32 * 33, 16 * 17, 25 * 33)),
        (["HuggingFaceTB/SmolVLM2-2.2B-Instruct"], "SmolVLM2", (1127, 1127, 1127)),
        (["HuggingFaceTB/SmolVLM-Instruct"], "SmolVLM", (1416, 1416, 1416)),
        (["HuggingFaceM4/Idefics3-8B-Llama3"], "Idefics3", (2912, 2912, 2912)),
        (["idefics2"], "Idefics2", (326, 326, 326)),
        (["deepseek-ai/deepseek-vl2-small"], "DeepSeek-VL2", (1023, 421, 1023)),
        (["deepseek-ai/deepseek-vl-7b-chat"], "DeepSeek-VL", (576, 576, 576)),
        (["THUDM/glm-4v-9b"], "GLM-4V", (1602, 1602, 1602)),
        (["zai-org/GLM-4.1V-9B-Thinking"], "GLM-4.1V to GLM-4.6V", (326, 83, 254)),
        (["glm4v_moe"], "GLM-4.1V to GLM-4.6V", (326, 83, 254)),
        (["moonshotai/Kimi-VL-A3B-Instruct"], "Kimi-VL", (326, 83, 254)),
        (["openbmb/MiniCPM-V-2_6"], "MiniCPM-V", (200, 66, 199)),
        (["CohereLabs/aya-vision-8b"], "Aya Vision", (171, 171, 2199)),
        (["openai/gpt-4o-2024-08-06"], "GPT-4o, GPT-4.1", (255, 255, 255)),
        (["gpt-4.1"], "GPT-4o, GPT-4.1", (255, 255, 255)),
        (["gpt-4o-mini"], "GPT-4o mini", (8500, 8500, 8500)),
        (["gpt-4.1-mini"], "GPT mini", (415, 104, 337)),
        (["gpt-4.1-nano"], "GPT nano", (630, 158, 512)),
        (["gpt-5"], "GPT-5", (210, 210, 210)),
        (["gpt-5-mini-2025-08-07"], "GPT mini", (415, 104, 337)),
        (["openai/o3"], "o1, o3", (225, 225, 225)),
        (["o4-mini"], "o4-mini", (441, 111, 358)),
        (["google/gemini-2.5-flash"], "Gemini", (4 * 258, 258, 4 * 258)),
        (["gemini-3-pro-preview"], "Gemini 3", (1120, 1120, 1120)),
        (["anthropic/claude-sonnet-4-5"], "Claude", (350, 88, 274)),
    ],
)
def test_each_family_has_its_rule(names: list[str], family: str, tokens: tuple[int, int, int]) -> None:
    found = family_of(names)
    assert found.name == family
    assert tuple(found.rule(*view) for view in (SLICE, FRAME, WIDE)) == tokens
    assert found.known


@pytest.mark.parametrize("name", ["mock", "Qwen/Qwen3-8B", "qwen3:8b", "my-finetune", ""])
def test_another_model_is_a_guess(name: str) -> None:
    found = family_of([name])
    assert found is UNKNOWN
    assert not found.known
    assert found.rule(280, 280, 1) == 100


def test_the_surest_name_decides() -> None:
    assert family_of(["gemma3", "/models/qwen3-vl", "mock"]).name == "Gemma 3 and MedGemma"
    assert family_of(["", "/models/Qwen3-VL-8B", "mock"]).name == "Qwen3-VL"


def test_each_family_has_a_source_and_a_plausible_count() -> None:
    for family in FAMILIES:
        assert family.source
        for width, height in ((512, 512), (256, 256), (512, 60), (60, 512), (1, 512), (4096, 4096)):
            assert 1 <= family.rule(width, height, 1) < 2**16, family.name


def test_the_guide_of_openai_is_followed() -> None:
    """Its own examples."""
    assert rules.openai_tiles(1024, 1024, base=85, each=170) == 765
    assert rules.openai_tiles(2048, 4096, base=85, each=170) == 1105
    assert rules.openai_patches(1024, 1024, factor=1.0) == 1024


def test_the_guide_of_gemini_is_followed() -> None:
    """Its own example: 960 x 540 has 3 x 2 tiles of 360 pixels."""
    assert rules.gemini_tiles(960, 540) == 6 * 258
    assert rules.gemini_tiles(384, 384) == 258

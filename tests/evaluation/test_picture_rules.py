"""The rules of pictures give what the preprocessing code of transformers gives."""

import math
from types import SimpleNamespace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from transformers.models.got_ocr2.image_processing_got_ocr2 import get_optimal_tiled_canvas
from transformers.models.llava_next.processing_llava_next import LlavaNextProcessor
from transformers.models.llava_onevision.processing_llava_onevision import LlavaOnevisionProcessor
from transformers.models.qwen2_vl.image_processing_qwen2_vl import smart_resize
from transformers.models.smolvlm.image_processing_smolvlm import SmolVLMImageProcessor

from misground.evaluation import picture_rules as rules
from misground.evaluation.picture_tokens import NEXT, ONEVISION

lengths = st.integers(64, 1024)


@given(lengths, lengths)
def test_merged_patches_are_those_of_transformers(width: int, height: int) -> None:
    high, wide = smart_resize(height, width, factor=28, min_pixels=56 * 56, max_pixels=12_845_056)
    found = rules.merged_patches(width, height, side=28, least=56 * 56, most=12_845_056)
    assert found == high * wide // 28**2 + 2


@given(lengths, lengths)
def test_tiles_are_those_of_transformers(width: int, height: int) -> None:
    assert rules.tiles(width, height, side=448, most=12) == get_optimal_tiled_canvas(
        (height, width), (448, 448), 1, 12
    )


@given(lengths, lengths, st.booleans())
def test_any_resolution_is_that_of_transformers(width: int, height: int, onevision: bool) -> None:
    side, patches, grids = (384, 27, ONEVISION) if onevision else (336, 24, NEXT)
    pinpoints = [[rows * side, columns * side] for columns, rows in grids]
    processor: Any = SimpleNamespace(
        image_processor=SimpleNamespace(image_grid_pinpoints=pinpoints),
        num_image_tokens=patches**2,
        patch_size=14,
        num_additional_image_tokens=0,
        vision_aspect_ratio="anyres_max_9",
    )
    kind = LlavaOnevisionProcessor if onevision else LlavaNextProcessor
    processor._get_unpadded_features = lambda *sizes: kind._get_unpadded_features(processor, *sizes)
    expected = kind._get_number_of_features(processor, height, width, side, side)
    most = 9 if onevision else None
    assert rules.any_resolution(width, height, side=side, patches=patches, grids=grids, most=most) == expected


@given(lengths, lengths)
def test_enlarged_tiles_are_those_of_transformers(width: int, height: int) -> None:
    sizes = SimpleNamespace(
        do_image_splitting=True, max_image_size={"longest_edge": 512}, size={"longest_edge": 2048}
    )
    _, rows, columns = SmolVLMImageProcessor.get_number_of_image_patches(sizes, height, width)
    expected = 67 + rows * (66 * columns + 1) if rows else 67
    found = rules.enlarged_tiles(width, height, side=512, longest=2048, each=64)
    assert math.isclose(found, expected, rel_tol=0.1 if (rows, columns) != (1, 1) else 0)

"""What inspect_ai finds by the entry point: the task and our models, whose code is imported on use."""

from typing import cast

from inspect_ai.model import ModelAPI, modelapi

from misground.evaluation.task import benchmark

__all__ = ["benchmark", "huggingface", "ours", "served_video", "spread", "volume"]


@modelapi(name="misground")
def ours() -> type[ModelAPI]:
    """`misground/oracle`, `misground/random`, `misground/anatomy-prior`."""
    from misground.evaluation.providers.baselines import baseline

    return cast(type[ModelAPI], baseline)


@modelapi(name="misground-hf")
def huggingface() -> type[ModelAPI]:
    """`misground-hf/MODEL`: a local model of transformers."""
    from misground.evaluation.providers.local import HuggingFaceAPI

    return HuggingFaceAPI


@modelapi(name="misground-volume")
def volume() -> type[ModelAPI]:
    """`misground-volume/FAMILY/MODEL`: a local model that takes a volume."""
    from misground.evaluation.providers.volume import VolumeAPI

    return VolumeAPI


@modelapi(name="misground-vllm")
def served_video() -> type[ModelAPI]:
    """`misground-vllm/SERVICE/MODEL`: a vLLM server to which a stack is sent as one video."""
    from misground.evaluation.providers.vllm_video import VLLMVideoAPI

    return VLLMVideoAPI


@modelapi(name="misground-spread")
def spread() -> type[ModelAPI]:
    """`misground-spread/PROVIDER/MODEL`: several servers of one model."""
    from misground.evaluation.providers.spread import SpreadAPI

    return SpreadAPI

"""Entry point for inspect_ai: the task and our model providers, imported only when they are used."""

from typing import cast

from inspect_ai.model import ModelAPI, modelapi

from misground.evaluation.task import benchmark

__all__ = ["benchmark", "huggingface", "ours", "served_video", "spread", "volume"]


@modelapi(name="misground")
def ours() -> type[ModelAPI]:
    """`misground/oracle`, `/random`, `/anatomy-prior`, `/one-mark`, and `misground/simulated?FAULT=SHARE`."""
    from misground.evaluation.providers.baselines import baseline

    return cast(type[ModelAPI], baseline)


@modelapi(name="misground-hf")
def huggingface() -> type[ModelAPI]:
    """Local models of transformers: `misground-hf/MODEL`."""
    from misground.evaluation.providers.local import HuggingFaceAPI

    return HuggingFaceAPI


@modelapi(name="misground-volume")
def volume() -> type[ModelAPI]:
    """Local models that take volumes: `misground-volume/FAMILY/MODEL`."""
    from misground.evaluation.providers.volume import VolumeAPI

    return VolumeAPI


@modelapi(name="misground-vllm")
def served_video() -> type[ModelAPI]:
    """vLLM servers that get a stack as one video: `misground-vllm/SERVICE/MODEL`."""
    from misground.evaluation.providers.vllm_video import VLLMVideoAPI

    return VLLMVideoAPI


@modelapi(name="misground-spread")
def spread() -> type[ModelAPI]:
    """Several servers of one model: `misground-spread/PROVIDER/MODEL`."""
    from misground.evaluation.providers.spread import SpreadAPI

    return SpreadAPI

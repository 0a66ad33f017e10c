"""Models for the local provider: those of semsam's tests, and the provider as inspect_ai makes it."""

import runpy
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

# The namespace is kept: declarations that torchvision's import needs go when it does.
SEMSAM = runpy.run_path(str(Path(__file__).parents[3] / "semsam" / "conftest.py"))
smollm2_dir = SEMSAM["smollm2_dir"]
qwen3vl_dir = SEMSAM["qwen3vl_dir"]
tiny_llama_dir = SEMSAM["tiny_llama_dir"]

torch = pytest.importorskip("torch")
inspect_model = pytest.importorskip("inspect_ai.model")

from misground.evaluation.providers.local import HuggingFaceAPI  # noqa: E402


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> Iterator[None]:
    """float32 with two threads stalls now and then."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="session", autouse=True)
def tables() -> Iterator[None]:
    """Neighbour tables are kept by their content in the repository's cache folder: SmolLM2's takes 20 s."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SEMSAM_CACHE", str(SEMSAM["REPOSITORY"] / ".cache" / "semsam"))
        yield


@pytest.fixture(scope="session")
def open_model() -> Iterator[Callable[..., Any]]:
    """`open_model(name, **model_args)`: an inspect_ai model with our provider; closed at the end."""

    @inspect_model.modelapi(name="hf-under-test")
    def hf_under_test() -> type:
        return HuggingFaceAPI

    opened = []

    def open_(name: Any, **model_args: Any) -> Any:
        model_args.setdefault("device", "cpu")
        model = inspect_model.get_model(f"hf-under-test/{name}", memoize=False, **model_args)
        opened.append(model.api)
        return model

    yield open_
    for api in opened:
        api.close()

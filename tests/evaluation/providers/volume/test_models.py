"""Volume models, by a stand-in with their interface whose code is run by flag alone."""

import asyncio
import base64
import io
import json
import runpy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")
inspect_model = pytest.importorskip("inspect_ai.model")
safetensors_torch = pytest.importorskip("safetensors.torch")

from inspect_ai.model import ChatMessageUser, ContentImage, ContentText, GenerateConfig  # noqa: E402

from misground.errors import UsageError, WorkError  # noqa: E402
from misground.evaluation.providers.volume import VolumeAPI  # noqa: E402
from misground.evaluation.providers.volume.families import FAMILIES, split_name  # noqa: E402
from misground.evaluation.providers.volume.grid import Grid  # noqa: E402

# inspect_ai 0.3.285 calls a newer tenacity than it knows.
pytestmark = pytest.mark.filterwarnings("ignore:The 'initial' parameter is deprecated:DeprecationWarning")

write = runpy.run_path(str(Path(__file__).with_name("stand_in.py")))["write"]
TRUSTED = {"trust_remote_code": True, "device": "cpu"}


@pytest.fixture(scope="module", autouse=True)
def own_cache_of_code(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """transformers copies a model's code before it imports it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            "transformers.dynamic_module_utils.HF_MODULES_CACHE", str(tmp_path_factory.mktemp("modules"))
        )
        yield


@pytest.fixture(scope="module")
def m3d_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("models") / "m3d", patches=256)


@pytest.fixture(scope="module")
def med3d_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("models") / "med3d", patches=64, size=[16, 32, 32])


@pytest.fixture(scope="module")
def m3d(m3d_dir: Path) -> Iterator[Any]:
    @inspect_model.modelapi(name="volume-under-test")
    def volume_under_test() -> type:
        return VolumeAPI

    model = inspect_model.get_model(f"volume-under-test/m3d-lamed/{m3d_dir}", memoize=False, **TRUSTED)
    yield model
    model.api.close()


def picture(value: int, size: int = 256) -> ContentImage:
    out = io.BytesIO()
    Image.fromarray(np.full((size, size), value, np.uint8)).save(out, format="PNG")
    return ContentImage(image="data:image/png;base64," + base64.b64encode(out.getvalue()).decode())


def message(*values: int, text: str = " w1 w2 w3") -> ChatMessageUser:
    return ChatMessageUser(content=[*map(picture, values), ContentText(text=text)])


def ask(model: Any, *messages: ChatMessageUser, seeds: Any = None, **config: Any) -> list[Any]:
    given = {"temperature": 1.0, "top_p": 0.9, "max_tokens": 8, **config}

    async def main() -> list[Any]:
        return await asyncio.gather(
            *[
                model.generate([one], config=GenerateConfig(seed=seed, **given))
                for one, seed in zip(messages, seeds or range(len(messages)), strict=True)
            ]
        )

    return asyncio.run(main())


def test_it_takes_stacks_alone_as_volumes(m3d: Any) -> None:
    assert m3d.api.takes == {"3d"}
    assert m3d.api.stack_input == "volume"
    assert m3d.api.describe()["grid"] == [1, 32, 256, 256]
    assert m3d.api.describe()["family"] == "m3d-lamed"
    assert m3d.api.describe()["remote_code"] is True
    assert json.loads(json.dumps(m3d.api.describe())) == m3d.api.describe()


def test_the_model_sees_the_stack_on_its_grid_in_display_order(m3d: Any) -> None:
    [output] = ask(m3d, message(0, 51, 255))
    seen = m3d.api._loaded.model.seen
    assert seen.shape == (1, 1, 32, 256, 256)
    assert (seen[0, 0, :, 0, 0] * 5).round().unique_consecutive().tolist() == [0.0, 1.0, 5.0]
    assert output.usage.input_tokens == 256 + 3
    assert output.usage.output_tokens == output.metadata["steps"] <= 8


def test_answers_hinge_on_the_volume_and_the_seed_alone(m3d: Any) -> None:
    up, down = message(0, 100, 255), message(255, 100, 0)
    outputs = ask(m3d, up, down, up, up, seeds=[1, 1, 1, 2])
    texts = [output.completion for output in outputs]
    assert texts[0] == texts[2]
    assert texts[0] != texts[1]
    assert texts[0] != texts[3]


def test_the_rule_decides_here_too(m3d_dir: Path, monkeypatch: Any, tmp_path: Path) -> None:
    monkeypatch.setenv("SEMSAM_CACHE", str(tmp_path))
    api = VolumeAPI(f"m3d-lamed/{m3d_dir}", **TRUSTED, decoding="semantic", top_p=0.5)
    config = GenerateConfig(seed=1, temperature=1.0, top_p=0.9, max_tokens=8)
    output = asyncio.run(api.generate([message(1, 2)], [], "none", config))
    assert output.metadata["fired"] > 0
    assert output.metadata["fired"] + output.metadata["deferred"] == output.metadata["steps"]
    api.close()


@pytest.mark.parametrize(
    ("shown", "what"), [(message(), "no picture"), (message(7), "one picture")], ids=["text", "2d"]
)
def test_a_question_without_a_stack_is_refused_by_the_filters_name(
    m3d: Any, shown: ChatMessageUser, what: str
) -> None:
    with pytest.raises(UsageError, match=f"question shows {what}: add --filter dimension=3d"):
        ask(m3d, shown)


def test_a_prompt_that_leaves_no_place_is_an_error(m3d: Any) -> None:
    with pytest.raises(WorkError, match="the prompt has 556 tokens and leaves no room"):
        ask(m3d, message(1, 2, text=" w1" * 300))


@pytest.mark.parametrize("family", list(FAMILIES))
def test_a_models_own_code_is_run_by_flag_alone(family: str, m3d_dir: Path) -> None:
    with pytest.raises(UsageError, match="add --trust-remote-code") as caught:
        VolumeAPI(f"{family}/{m3d_dir}", device="cpu")
    assert "\n" not in str(caught.value)


def test_med3dvlm_goes_by_its_own_configuration(med3d_dir: Path) -> None:
    api = VolumeAPI(f"med3dvlm/{med3d_dir}", **TRUSTED)
    output = asyncio.run(
        api.generate([message(1, 9)], [], "none", GenerateConfig(seed=1, max_tokens=4, temperature=0))
    )
    assert api._loaded is not None
    assert api._loaded.model.seen.shape == (1, 1, 16, 32, 32)
    assert output.usage.input_tokens == 64 + 3
    api.close()


def test_med3dvlm_without_a_size_has_the_papers_grid() -> None:
    config = transformers.PreTrainedConfig()
    assert FAMILIES["med3dvlm"].grid(config) == Grid(1, 128, 256, 256)
    assert FAMILIES["med3dvlm"].prompt("Where?", config) == "<im_patch>" * 256 + "Where?"


def test_an_encoder_of_its_own_file_is_loaded_and_a_pickled_one_refused(
    med3d_dir: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    for path in med3d_dir.iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    (folder / "vision_tower.bin").write_bytes(b"a pickle")
    with pytest.raises(WorkError, match=r"is a pickle, vision_tower\.bin, which is not read"):
        VolumeAPI(f"med3dvlm/{folder}", **TRUSTED)
    weight = torch.full((32, 16), 0.25)
    safetensors_torch.save_file({"weight": weight}, folder / "vision_tower.safetensors")
    api = VolumeAPI(f"med3dvlm/{folder}", **TRUSTED)
    assert api._loaded is not None
    assert torch.equal(api._loaded.model.vision_tower.weight, weight)
    api.close()
    safetensors_torch.save_file({"other": weight}, folder / "vision_tower.safetensors")
    with pytest.raises(WorkError, match="does not fit"):
        VolumeAPI(f"med3dvlm/{folder}", **TRUSTED)


def test_a_name_is_a_family_and_a_model() -> None:
    assert split_name("m3d-lamed/GoodBaiBai88/M3D-LaMed-Phi-3-4B") == (
        "m3d-lamed",
        "GoodBaiBai88/M3D-LaMed-Phi-3-4B",
    )
    assert split_name("med3dvlm//a/folder") == ("med3dvlm", "/a/folder")


@pytest.mark.parametrize("name", ["m3d-lamed", "m3d-lamed/", "radfm/x", ""])
def test_a_name_without_a_known_family_lists_them(name: str) -> None:
    with pytest.raises(UsageError, match="with the family m3d-lamed or med3dvlm"):
        VolumeAPI(name)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"batch_size": 4}, "misground-volume takes no argument batch_size"),
        ({"base_url": "http://localhost:1"}, "a base URL is given"),
    ],
)
def test_what_makes_no_sense_here_is_refused(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        VolumeAPI("m3d-lamed/x", **arguments)

"""Several servers of one model."""

from typing import Any

import anyio
import pytest
from inspect_ai.model import GenerateConfig, ModelAPI, ModelOutput, get_model

from misground.errors import UsageError
from misground.evaluation import registry  # noqa: F401  registers the providers
from misground.evaluation.providers.spread import SpreadAPI

URLS = "http://127.0.0.1:9/v1 http://127.0.0.1:10/v1"


class Server(ModelAPI):
    """Counts its calls; a dead one raises."""

    def __init__(self, seconds: float = 0.0, dead: bool = False) -> None:
        super().__init__("m")
        self.seconds, self.dead, self.calls = seconds, dead, 0

    async def generate(self, *_: Any, **__: Any) -> ModelOutput:
        self.calls += 1
        await anyio.sleep(self.seconds)
        if self.dead:
            raise ConnectionError("refused")
        return ModelOutput.from_content("m", "Answer: left")


def spread(*servers: Server) -> SpreadAPI:
    api = SpreadAPI("openai-api/vllm/m", base_url=URLS, api_key="none")
    api.apis = servers
    api._flying, api._failed = [0] * len(servers), [0] * len(servers)
    return api


async def ask(api: SpreadAPI, times: int) -> None:
    async with anyio.create_task_group() as group:
        for _ in range(times):
            group.start_soon(api.generate, [], [], "none", GenerateConfig())


def test_calls_at_the_same_time_are_shared_evenly() -> None:
    servers = Server(0.01), Server(0.01), Server(0.01)
    anyio.run(ask, spread(*servers), 30)
    assert [server.calls for server in servers] == [10, 10, 10]


def test_a_slow_server_gets_fewer() -> None:
    fast, slow = Server(0.0), Server(0.2)
    api = spread(fast, slow)

    async def in_turn() -> None:
        async with anyio.create_task_group() as group:
            group.start_soon(ask, api, 2)
            await anyio.sleep(0.05)
            for _ in range(5):
                await api.generate([], [], "none", GenerateConfig())

    anyio.run(in_turn)
    assert (fast.calls, slow.calls) == (6, 1)


def test_after_a_failure_the_other_server_is_asked() -> None:
    dead, alive = Server(dead=True), Server()
    api = spread(dead, alive)

    async def again() -> None:
        with pytest.raises(ConnectionError):
            await api.generate([], [], "none", GenerateConfig())
        for _ in range(4):
            await api.generate([], [], "none", GenerateConfig())

    anyio.run(again)
    assert (dead.calls, alive.calls) == (1, 4)


def test_the_addresses_make_a_provider_each_and_are_no_part_of_the_models_identity() -> None:
    model = get_model("misground-spread/openai-api/vllm/m", base_url=URLS, api_key="none", memoize=False)
    assert isinstance(model.api, SpreadAPI)
    assert [str(api.base_url) for api in model.api.apis] == URLS.split()
    assert model.api.base_url is None
    assert model.model_args == {}
    assert model.api.max_connections() == 2 * model.api.apis[0].max_connections()


def test_without_addresses_there_is_nothing_to_spread_over() -> None:
    with pytest.raises(UsageError, match="--base-url"):
        SpreadAPI("openai-api/vllm/m", api_key="none")

"""Several servers of one model."""

import math
from typing import Any

import anyio
import pytest
from inspect_ai.model import GenerateConfig, ModelAPI, ModelOutput, get_model

from misground.errors import UsageError
from misground.evaluation import registry  # noqa: F401  registers the providers
from misground.evaluation.providers import spread as spreading
from misground.evaluation.providers.spread import LONGEST_REST, REST, SpreadAPI

URL = "http://127.0.0.1:9/v1"
URLS = "http://127.0.0.1:9/v1 http://127.0.0.1:10/v1"


class Server(ModelAPI):
    """Counts its calls; one with an error raises it."""

    def __init__(self, seconds: float = 0.0, error: Exception | None = None) -> None:
        super().__init__("m")
        self.seconds, self.error, self.calls = seconds, error, 0

    async def generate(self, *_: Any, **__: Any) -> ModelOutput:
        self.calls += 1
        await anyio.sleep(self.seconds)
        if self.error:
            raise self.error
        return ModelOutput.from_content("m", "Answer: left")

    def should_retry(self, ex: Exception) -> bool:
        return isinstance(ex, ConnectionError)


def dead(seconds: float = 0.0) -> Server:
    return Server(seconds, ConnectionError("refused"))


def spread(*servers: Server) -> SpreadAPI:
    api = SpreadAPI("openai-api/vllm/m", base_url=" ".join([URL] * len(servers)), api_key="none")
    api.apis = servers
    return api


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """What `spread` takes for the time."""
    now = [100.0]
    monkeypatch.setattr(spreading, "monotonic", lambda: now[0])
    return now


async def ask(api: SpreadAPI, times: int) -> None:
    async with anyio.create_task_group() as group:
        for _ in range(times):
            group.start_soon(api.generate, [], [], "none", GenerateConfig())


def test_calls_at_the_same_time_are_shared_evenly() -> None:
    servers = Server(0.01), Server(0.01), Server(0.01)
    anyio.run(ask, spread(*servers), 30)
    assert [server.calls for server in servers] == [10, 10, 10]


def test_a_slow_server_gets_fewer() -> None:
    fast, slow = Server(), Server(math.inf)
    api = spread(fast, slow)

    async def in_turn() -> None:
        async with anyio.create_task_group() as group:
            group.start_soon(ask, api, 2)
            await anyio.wait_all_tasks_blocked()
            for _ in range(5):
                await api.generate([], [], "none", GenerateConfig())
            group.cancel_scope.cancel()

    anyio.run(in_turn)
    assert (fast.calls, slow.calls) == (6, 1)


@pytest.mark.usefixtures("clock")
def test_a_call_that_fails_goes_to_another_server_at_once_and_the_dead_one_rests() -> None:
    gone, alive = dead(), Server(0.01)
    api = spread(gone, alive)
    anyio.run(ask, api, 1)
    assert (gone.calls, alive.calls) == (1, 1)
    anyio.run(ask, api, 20)  # it has nothing in flight, and draws none of them all the same
    assert (gone.calls, alive.calls) == (1, 21)


def test_a_server_that_has_rested_is_tried_by_one_call_and_rests_twice_as_long(clock: list[float]) -> None:
    gone, alive = dead(0.01), Server(0.01)
    api = spread(gone, alive)
    anyio.run(ask, api, 10)
    assert gone.calls == 5  # all that it got before the first failed: one failure, not five
    rest = REST
    for tries in range(6, 14):
        clock[0] += rest - 0.01
        anyio.run(ask, api, 10)
        assert gone.calls == tries - 1
        clock[0] += 0.02
        anyio.run(ask, api, 10)
        assert gone.calls == tries
        rest = min(2 * rest, LONGEST_REST)
    assert alive.calls == 10 * 17


def test_a_server_that_is_back_gets_its_share_again(clock: list[float]) -> None:
    back, other = dead(), Server(0.01)
    api = spread(back, other)
    anyio.run(ask, api, 1)
    back.error, back.seconds = None, 0.01
    clock[0] += 2 * REST
    anyio.run(ask, api, 2)
    before = back.calls
    anyio.run(ask, api, 20)
    assert back.calls - before == 10


@pytest.mark.usefixtures("clock")
def test_a_call_fails_where_all_servers_do() -> None:
    servers = dead(), dead(), dead()
    api = spread(*servers)
    for times in (1, 2):
        with pytest.raises(ConnectionError):
            anyio.run(api.generate, [], [], "none", GenerateConfig())
        assert [server.calls for server in servers] == [times] * 3


def test_what_is_wrong_with_the_question_is_not_asked_elsewhere_nor_held_against_the_server() -> None:
    strict, other = Server(error=ValueError("too long")), Server()
    api = spread(strict, other)
    for times in (1, 2):
        with pytest.raises(ValueError, match="too long"):
            anyio.run(api.generate, [], [], "none", GenerateConfig())
        assert (strict.calls, other.calls) == (times, 0)


def test_a_server_that_never_answers_rests_once_a_call_was_given_up() -> None:
    hung, alive = Server(60), Server()
    api = spread(hung, alive)

    async def give_up() -> None:
        with anyio.move_on_after(0.05):
            await api.generate([], [], "none", GenerateConfig())
        await ask(api, 5)

    anyio.run(give_up)
    assert (hung.calls, alive.calls) == (1, 5)


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

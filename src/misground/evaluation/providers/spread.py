"""Several servers of one model, `misground-spread/PROVIDER/MODEL`.

Each call goes to the server with the fewest calls in flight. A server that fails for a temporary reason rests
for a while, and the call moves to the next server at once: a dead server fails fastest, and would otherwise
attract every call. Such a move counts as a retry.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from time import monotonic
from typing import Any, Final

from inspect_ai.model import ChatMessage, GenerateConfig, ModelAPI, ModelCall, ModelOutput, get_model
from inspect_ai.tool import ToolChoice, ToolInfo

from misground.errors import UsageError
from misground.evaluation.health import requests
from misground.evaluation.option_scores import asked_options
from misground.evaluation.providers.bounded import bound
from misground.evaluation.providers.served_scores import served_scores
from misground.evaluation.providers.served_trace import with_steps
from misground.evaluation.servers import address

REST: Final = 1.0  # seconds after the first failure; doubles with each further failure
LONGEST_REST: Final = 60.0


_addresses: ContextVar[Sequence["address.Address"]] = ContextVar("addresses of servers", default=())


@contextmanager
def servers_at(places: Sequence["address.Address"]) -> Iterator[None]:
    """Give the next `SpreadAPI` its addresses with secrets: inspect_ai writes its arguments into logs."""
    token = _addresses.set(places)
    try:
        yield
    finally:
        _addresses.reset(token)


def _parsed(url: str) -> "address.Address":
    place = address.parse_address(url)
    if place is None:
        raise UsageError(f"{address.shown(url)!r} is not the address of a server, expected http://HOST/v1")
    return place


@dataclass
class _State:
    """The state of a server. failures: failures in a row; calls that fail together count once."""

    flying: int = 0
    failures: int = 0
    rests_until: float = 0.0

    def doubtful(self) -> bool:
        """Whether the server rests, or has rested and is being tried by one call."""
        return bool(self.failures) and (monotonic() < self.rests_until or self.flying > 0)

    def answered(self) -> None:
        self.failures = 0

    def failed(self) -> None:
        now = monotonic()
        if not self.failures or now >= self.rests_until:
            self.rests_until = now + min(REST * 2**self.failures, LONGEST_REST)
            self.failures += 1


class SpreadAPI(ModelAPI):
    """One model on several servers, through one provider per server.

    A call fails if it failed on every server, or for a reason that no other server would change.

    Raises:
        UsageError: No address is given.
    """

    def __init__(
        self,
        model_name: str,
        base_url: str | None = None,
        api_key: str | None = None,
        config: GenerateConfig = GenerateConfig(),
        **model_args: Any,
    ) -> None:
        """Take the arguments of any provider; base_url holds the addresses, separated by spaces."""
        # No address for the base class: a cached reply must be found again after a server has moved.
        super().__init__(model_name, None, api_key, [], config)
        self._places = tuple(_addresses.get()) or tuple(_parsed(url) for url in (base_url or "").split())
        if not self._places:
            raise UsageError(
                "misground-spread needs the address of at least one server: add --base-url for each"
            )
        self.apis = tuple(
            get_model(
                model_name, base_url=place.url, api_key=api_key, config=config, memoize=False, **model_args
            ).api
            for place in self._places
        )
        for api, place in zip(self.apis, self._places, strict=True):
            bound(api, place)
        self._states = [_State() for _ in self.apis]

    @property
    def stack_input(self) -> str:
        """Same as the wrapped providers."""
        return str(getattr(self.apis[0], "stack_input", "images"))

    async def generate(
        self,
        input: list[ChatMessage],
        tools: list[ToolInfo],
        tool_choice: ToolChoice,
        config: GenerateConfig,
    ) -> ModelOutput | tuple[ModelOutput | Exception, ModelCall]:
        """Return the reply of the least busy server, or of the next one if that fails."""
        if options := asked_options(config):
            return await served_scores(
                lambda messages, reading: self._asked(messages, tools, tool_choice, reading, len(options)),
                self.model_name,
                input,
                options,
                config,
            )
        return with_steps(await self._asked(input, tools, tool_choice, config), config)

    async def _asked(
        self,
        input: list[ChatMessage],
        tools: list[ToolInfo],
        tool_choice: ToolChoice,
        config: GenerateConfig,
        calls: int = 1,
    ) -> ModelOutput | tuple[ModelOutput | Exception, ModelCall]:
        asked = requests()
        asked.most = None if config.max_retries is None else (config.max_retries + 1) * calls
        left = list(range(len(self.apis)))
        while True:
            at = min(left, key=self._order)
            left.remove(at)
            state = self._states[at]
            state.flying += 1
            asked.made += 1
            bound(self.apis[at], self._places[at])  # a client that was closed is made anew
            try:
                reply = await self.apis[at].generate(input, tools, tool_choice, config)
            except Exception as error:
                if not self.should_retry(error):
                    raise
                state.failed()
                if not left or not asked.left:
                    raise
            except BaseException:  # cancelled: it took too long, or the run is stopped
                state.failed()
                raise
            else:
                state.answered()
                return reply
            finally:
                state.flying -= 1

    def _order(self, at: int) -> tuple[bool, int, float]:
        state = self._states[at]
        return state.doubtful(), state.flying, state.rests_until

    def max_connections(self) -> int:
        """Return the sum over all servers."""
        return sum(api.max_connections() for api in self.apis)

    def max_tokens(self) -> int | None:
        """Same as the wrapped providers."""
        return self.apis[0].max_tokens()

    def connection_key(self) -> str:
        """Return one key for all servers, which share a limit."""
        return "+".join(api.connection_key() for api in self.apis)

    def should_retry(self, ex: Exception) -> Any:
        """Same as the wrapped providers."""
        return self.apis[0].should_retry(ex)

    def collapse_user_messages(self) -> bool:
        """Same as the wrapped providers."""
        return self.apis[0].collapse_user_messages()

    async def aclose(self) -> None:
        """Close all wrapped providers."""
        for api in self.apis:
            await api.aclose()

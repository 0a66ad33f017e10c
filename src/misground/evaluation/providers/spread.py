"""Several servers of one model, `misground-spread/PROVIDER/MODEL`.

Each call goes to the server with the fewest calls in flight.
"""

from typing import Any

from inspect_ai.model import ChatMessage, GenerateConfig, ModelAPI, ModelCall, ModelOutput, get_model
from inspect_ai.tool import ToolChoice, ToolInfo

from misground.errors import UsageError


class SpreadAPI(ModelAPI):
    """One model over several providers that differ in their address alone.

    A retried call may go to another server than the one that failed it: of two that are equally busy, the one
    that failed longest ago is taken.
    """

    def __init__(
        self,
        model_name: str,
        base_url: str | None = None,
        api_key: str | None = None,
        config: GenerateConfig = GenerateConfig(),
        **model_args: Any,
    ) -> None:
        """Args as of any provider; base_url: the addresses, separated by spaces."""
        # Without an address of its own, so that a stored reply is found again wherever a server has moved to.
        super().__init__(model_name, None, api_key, [], config)
        self.apis = tuple(
            get_model(
                model_name, base_url=url, api_key=api_key, config=config, memoize=False, **model_args
            ).api
            for url in (base_url or "").split()
        )
        if not self.apis:
            raise UsageError(
                "misground-spread needs the addresses of its servers: --base-url, more than once"
            )
        self._flying = [0] * len(self.apis)
        self._failed = [0] * len(self.apis)
        self._calls = 0

    @property
    def stack_input(self) -> str:
        """As of the providers."""
        return str(getattr(self.apis[0], "stack_input", "images"))

    async def generate(
        self,
        input: list[ChatMessage],
        tools: list[ToolInfo],
        tool_choice: ToolChoice,
        config: GenerateConfig,
    ) -> ModelOutput | tuple[ModelOutput | Exception, ModelCall]:
        """The reply of the least busy server."""
        at = min(range(len(self.apis)), key=lambda i: (self._flying[i], self._failed[i]))
        self._flying[at] += 1
        self._calls += 1
        call = self._calls
        try:
            return await self.apis[at].generate(input, tools, tool_choice, config)
        except Exception:
            self._failed[at] = call
            raise
        finally:
            self._flying[at] -= 1

    def max_connections(self) -> int:
        """Of all servers together."""
        return sum(api.max_connections() for api in self.apis)

    def max_tokens(self) -> int | None:
        """As of the providers."""
        return self.apis[0].max_tokens()

    def connection_key(self) -> str:
        """One limit for all of them."""
        return "+".join(api.connection_key() for api in self.apis)

    def should_retry(self, ex: Exception) -> Any:
        """As the providers do."""
        return self.apis[0].should_retry(ex)

    def collapse_user_messages(self) -> bool:
        """As of the providers."""
        return self.apis[0].collapse_user_messages()

    async def aclose(self) -> None:
        """Close all."""
        for api in self.apis:
            await api.aclose()

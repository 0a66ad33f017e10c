"""A first request to a server, before a run: its models and the software that it runs."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from time import sleep
from typing import Any, Final, Literal

from misground.errors import UsageError
from misground.evaluation import served_identity
from misground.evaluation.secrets import clean, clean_reply, remember
from misground.evaluation.servers import address, fetch

Engine = Literal["vllm", "sglang", "unknown"]
LISTED = 8
LONGEST = 300  # characters of a server's word that are kept
MOST_MODELS = 10_000
MOST_FACTS = 40
LARGEST = 2**53  # of a whole number, in JSON that others read
MORE_TIMEOUT: Final = 5.0  # seconds for what a server need not tell
LATER: Final = 1.1  # seconds after which a time of the request, in whole seconds, has changed


@dataclass(frozen=True)
class Served:
    """A server with an OpenAI-compatible API.

    Attributes:
        base_url: Address of the server, without secrets.
        engine: Software that runs the server.
        models: Model id -> the server's entry for it; empty if the server lists no models.
        place: Address of the server, with its secrets.
    """

    base_url: str
    engine: Engine = "unknown"
    models: dict[str, dict[str, Any]] = field(default_factory=dict)
    place: "address.Address | None" = field(default=None, repr=False)

    def context_length(self, model: str) -> int | None:
        """Return the maximum tokens of prompt and reply together; None if the server does not say."""
        length = self.models.get(model, {}).get("max_model_len")
        return length if isinstance(length, int) and not isinstance(length, bool) and length > 0 else None


def probe(base_url: str, api_key: str | None, *, timeout: float = 20.0) -> Served:
    """Ask a server which models it has (`GET /models`). A server that lists none is accepted.

    Args:
        base_url: Address of the server, with /v1; a user and password in it are sent instead of the key, and
            a query is sent along.
        api_key: API key of the server; None to send none.
        timeout: Seconds to wait for the answer.

    Raises:
        UsageError: The address is malformed, no server answers, or the server redirects or rejects the key.
    """
    place = address.parse_address(base_url)
    if place is None:
        raise UsageError(
            f"--base-url is {address.shown(base_url)!r}, expected a URL such as http://127.0.0.1:8000/v1"
        )
    remember([*place.secrets, api_key])
    headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
    try:
        answer = fetch.fetch(place.to("models"), {**headers, **place.headers}, timeout=timeout)
    except OSError as error:
        raise UsageError(
            f"--base-url {place.url}: no server answers ({clean(str(error))}): start the server, or correct "
            "the address"
        ) from error
    if answer.redirects:
        to = clean(answer.location or "another address")[:LONGEST]
        raise UsageError(
            f"--base-url {place.url} redirects to {to!r}, which is not followed: give the final address"
        )
    if answer.status in {401, 403}:
        raise UsageError(
            f"--base-url {place.url} rejects the API key ({answer.status}): set the right one in the "
            "environment"
        )
    try:
        listed = answer.json()["data"] if answer.status == 200 else []
        models = {str(entry["id"])[:LONGEST]: _facts(entry) for entry in listed[:MOST_MODELS]}
    except (ValueError, TypeError, KeyError):
        models = {}
    owners = {str(entry.get("owned_by", "")).lower() for entry in models.values()}
    engine: Engine = "vllm" if "vllm" in owners else "sglang" if "sglang" in owners else "unknown"
    return Served(place.url, engine, models, place)


def told_by(
    served: Served, model: str, api_key: str | None, revision: str | None = None
) -> served_identity.Told:
    """Ask a server for everything that it tells of a model; see `misground.evaluation.served_identity`.

    Args:
        served: The server.
        model: Name of the model there.
        api_key: API key of the server; None to send none.
        revision: What the user says of the model; None for nothing.
    """
    entry = served.models.get(model, {})
    owner = str(entry.get("owned_by", "")).lower()
    more: dict[str, Any] = {}
    engine = owner if served.engine == "unknown" else served.engine
    for path, names in served_identity.endpoints(engine).items():
        try:
            more |= _facts(served_identity.taken(_more(served, path, api_key), names, model))
        except OSError:  # it tells nothing more
            break

    def again(later: bool) -> Mapping[str, Any]:
        if later:
            sleep(LATER)
        try:
            return probe(served.place.full, api_key).models.get(model, {}) if served.place else {}
        except UsageError:
            return {}

    return served_identity.told(served.base_url, model, entry, more, again, revision)


def _more(served: Served, path: str, api_key: str | None) -> Any:
    """What a server answers at a path beside /v1; None for nothing readable."""
    if served.place is None:
        return None
    place = replace(served.place, url=served.place.url.removesuffix("/v1"))
    headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
    answer = fetch.fetch(place.to(path), {**headers, **place.headers}, timeout=MORE_TIMEOUT)
    return answer.json() if answer.status == 200 else None


def _facts(entry: Mapping[str, Any]) -> dict[str, Any]:
    """What a server says of a model: its plain values, of a length that a record can hold."""
    facts: dict[str, Any] = {}
    for name, value in list(served_identity.flat(entry).items())[:MOST_FACTS]:
        if isinstance(value, str):
            facts[name[:LONGEST]] = served_identity.short(clean_reply(value), LONGEST)
        elif (
            value is None
            or isinstance(value, bool | float)
            or (isinstance(value, int) and abs(value) < LARGEST)
        ):
            facts[name[:LONGEST]] = value
    return facts


def check_model(served: Served, model: str) -> None:
    """Check that a server serves a model.

    Raises:
        UsageError: The server lists its models, and this one is not among them.
    """
    if served.models and model not in served.models:
        some = ", ".join(sorted(served.models)[:LISTED])
        raise UsageError(
            f"{served.base_url} does not serve {model!r}, expected one of {some}: change --model"
        )

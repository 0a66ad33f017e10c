"""Is the rule really on? Asks a server that speaks OpenAI's protocol, with the rule and without.

A server that ignores unknown parameters answers as if nothing were wrong, and the rule itself leaves most
tokens as they are: equal texts prove nothing. What proves it is a form of the rule that nobody can overlook:
draws in which several candidates have equal shares, at a temperature at which a server without the rule would
write the likeliest tokens again and again.
"""

import json
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from http.client import HTTPException
from typing import Any, Literal, get_args
from urllib.parse import urlsplit

from semsam.engines.sglang import processor_string
from semsam.errors import SemsamError, UsageError

Engine = Literal["vllm", "sglang"]
ENGINES: tuple[Engine, ...] = get_args(Engine)
PROMPTS = ("The liver lies", "To the left of the picture,", "The weather this morning")
COLD = 0.01
VISIBLE = {
    "semsam": True,
    "semsam_mode": "softmax",
    "semsam_tau": 1e6,
    "semsam_top_m": 4,
    "semsam_top_p": 1.0,
}
SEEDS = (1, 2)
LONGEST = 300


class Verdict(StrEnum):
    """What was found."""

    ON = "on"
    NOT_LOADED = "not loaded"
    NO_EFFECT = "loaded, but no effect on these prompts"


@dataclass(frozen=True, slots=True)
class Check:
    """The outcome for a server.

    Attributes:
        verdict: whether the rule is on.
        reason: what shows it, in a sentence.
        changed: of how many prompts the rule with its default settings changed the greedy text; None where
            the rule is not on. Small numbers are usual: the rule changes few tokens.
        prompts: how many prompts were asked.
    """

    verdict: Verdict
    reason: str
    changed: int | None
    prompts: int

    @property
    def is_on(self) -> bool:
        """Whether the rule was seen to work."""
        return self.verdict == Verdict.ON

    def __str__(self) -> str:
        """Two lines at most."""
        lines = [f"semantic sampling is {self.verdict}: {self.reason}"]
        if self.changed is not None:
            lines.append(
                f"default settings changed the greedy text of {self.changed} of {self.prompts} prompts"
            )
        return "\n".join(lines)


def check_server(
    base_url: str,
    model: str,
    *,
    engine: Engine = "vllm",
    prompts: Sequence[str] = PROMPTS,
    max_tokens: int = 32,
    timeout: float = 120.0,
    api_key: str | None = None,
) -> Check:
    """Find out whether a server applies the rule to requests that ask for it.

    Args:
        base_url: of the server, with or without /v1.
        model: the name by which it serves the model.
        engine: how requests carry the parameters.
        prompts: texts to continue.
        max_tokens: tokens a text; more are safer where the rule defers often.
        timeout: seconds for each answer.
        api_key: sent as a bearer token.

    Raises:
        UsageError: the address is none.
        SemsamError: the server cannot be reached, does not answer in time, or refuses plain requests.
    """
    ask = _asker(base_url, timeout, api_key)

    def body(prompt: str, parameters: Mapping[str, Any] | None, **more: Any) -> dict[str, Any]:
        asked = {"model": model, "prompt": prompt, "max_tokens": max_tokens, "temperature": 0.0}
        return {**asked, **more, **({} if parameters is None else carried(engine, parameters))}

    def text(prompt: str, parameters: Mapping[str, Any] | None, **more: Any) -> str:
        status, answer = ask(body(prompt, parameters, **more))
        if status != 200:
            raise SemsamError(f"the server answered {status} to a request{_told(answer)}")
        return _text(answer)

    plain = [text(prompt, None) for prompt in prompts]
    status, answer = ask(body(prompts[0], {"semsam": True, "semsam_top_m": -1}, max_tokens=1))
    refused = status == 400 and "top_m" in _told(answer)
    if engine == "vllm" and not refused:
        return Check(
            Verdict.NOT_LOADED,
            f"a request with semsam_top_m -1 was answered with {status} and not refused with 400",
            None,
            len(prompts),
        )
    if engine == "sglang" and status == 400:
        return Check(Verdict.NOT_LOADED, f"the server refuses processors{_told(answer)}", None, len(prompts))

    drawn = [{text(prompt, VISIBLE, temperature=COLD, seed=seed) for seed in SEEDS} for prompt in prompts]
    alike = sum(len(texts | {greedy}) <= len(SEEDS) for texts, greedy in zip(drawn, plain, strict=True))
    if alike:
        return Check(
            Verdict.NO_EFFECT,
            f"of {len(prompts)} prompts, {alike} gave the same text again where it should have been drawn "
            "from equal shares",
            None,
            len(prompts),
        )
    ruled = [text(prompt, {"semsam": True}) for prompt in prompts]
    return Check(
        Verdict.ON,
        "texts drawn from equal shares all differ, from each other and from the greedy ones",
        sum(ours != greedy for ours, greedy in zip(ruled, plain, strict=True)),
        len(prompts),
    )


def carried(engine: Engine, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """The part of a request's body that carries the rule's parameters, in the way of an engine."""
    if engine == "vllm":
        return {"vllm_xargs": dict(parameters)}
    return {"custom_logit_processor": processor_string(), "custom_params": dict(parameters)}


Answer = tuple[int, Any]


def _asker(base_url: str, timeout: float, api_key: str | None) -> Callable[[Mapping[str, Any]], Answer]:
    """A function that posts a request for a completion, and gives the status and what the answer says."""
    base = base_url.rstrip("/").removesuffix("/v1")
    address = urlsplit(base)
    if address.scheme not in {"http", "https"} or not address.hostname:
        raise UsageError(f"base URL is {base_url!r}, expected one such as http://127.0.0.1:8000/v1")
    here = address.hostname in {"localhost", "127.0.0.1", "::1"}
    proxies = urllib.request.ProxyHandler({} if here else None)  # no proxy leads to this machine itself
    opener = urllib.request.build_opener(proxies)
    headers = {"Content-Type": "application/json"}
    if api_key:
        headers["Authorization"] = f"Bearer {api_key}"

    def ask(body: Mapping[str, Any]) -> Answer:
        request = urllib.request.Request(f"{base}/v1/completions", json.dumps(body).encode(), headers)
        try:
            with opener.open(request, timeout=timeout) as answer:
                return answer.status, _json(answer.read())
        except urllib.error.HTTPError as error:
            with error:
                return error.code, _json(error.read())
        except TimeoutError as error:
            raise SemsamError(f"{base} did not answer within {timeout:g} s: is the server busy?") from error
        except (OSError, HTTPException) as error:
            reason = getattr(error, "reason", error)
            raise SemsamError(f"cannot reach {base} ({reason}): is the server running there?") from error

    return ask


def _json(text: bytes) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None


def _text(answer: Any) -> str:
    match answer:
        case {"choices": [{"text": str(text)}, *_]}:
            return text
    raise SemsamError("the answer holds no text: does the server speak OpenAI's completions?")


def _told(answer: Any) -> str:
    """What a refusal says, as the end of a sentence; servers put it in several places."""
    match answer:
        case {"error": {"message": str(message)}} | {"message": str(message)}:
            line = " ".join(message.split())
            return f": {line[:LONGEST]}"
    return ""

"""Check whether a server really applies the rule, by asking it with the rule and without.

A server that ignores unknown parameters answers as if nothing were wrong, and the rule itself leaves most
tokens unchanged, so equal texts prove nothing. The proof is a form of the rule that nobody can overlook:
draws in which several candidates have equal shares, at a temperature at which a server without the rule would
write the likeliest tokens again and again.

Speculative decoding may skip processors when it verifies drafts, so that the rule acts on the first token of
a text alone. Draws of one token can give `semsam_top_m` texts at most. The check draws one text more than
that, so all of them differ only if the rule acts on several tokens.
"""

import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Literal, get_args

from semsam.address import Address, parse_address, shown, without_secrets
from semsam.address import environment_secrets as address_secrets
from semsam.engines.sglang import processor_string
from semsam.errors import SemsamError, UsageError
from semsam.fetch import TooLargeError, fetch
from semsam.redaction import environment_secrets, redact
from semsam.tokens import printable

Engine = Literal["vllm", "sglang"]
ENGINES: tuple[Engine, ...] = get_args(Engine)
PROMPTS = ("The liver lies", "To the left of the picture,", "The weather this morning")
COLD = 0.01
VISIBLE: dict[str, Any] = {
    "semsam": True,
    "semsam_mode": "softmax",
    "semsam_tau": 1e6,
    "semsam_top_m": 4,
    "semsam_top_p": 1.0,
}
SEEDS = tuple(range(1, VISIBLE["semsam_top_m"] + 2))
LONGEST = 300
SKIPPED = "; speculative decoding may skip logits processors: start the server without it"


class Verdict(StrEnum):
    """Outcome of the check."""

    ON = "on"
    NOT_LOADED = "not loaded"
    NO_EFFECT = "loaded, but no effect on these prompts"
    FIRST_TOKENS = "on for the first tokens of a text only"


@dataclass(frozen=True, slots=True)
class Check:
    """Result of checking a server.

    Attributes:
        verdict: Whether the rule is on.
        reason: Evidence for the verdict, in one sentence.
        changed: Number of prompts whose greedy text the rule changed with its default settings; None if the
            rule is not on. Small numbers are usual, because the rule changes few tokens.
        prompts: Number of prompts sent.
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
        """One or two lines for a terminal."""
        lines = [f"semantic sampling is {self.verdict}: {self.reason}"]
        if self.changed is not None:
            lines.append(
                f"the default settings changed the greedy text of {self.changed} of {self.prompts} prompts"
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

    Redirects are not followed, so nothing is sent to an address other than `base_url`. Secrets of the address
    and the API key are in no message and no result, also if the server sends them back.

    Args:
        base_url: Address of the server, with or without /v1. A user and password in it are sent instead of an
            API key, and a query is sent along.
        model: Name under which it serves the model.
        engine: Software that runs the server; decides how a request carries the parameters.
        prompts: Texts to continue.
        max_tokens: Tokens per text; use more if the rule defers often.
        timeout: Seconds to wait for each answer.
        api_key: Sent as a bearer token; `semsam.server_keys.server_key` chooses one.

    Returns:
        The verdict and the evidence for it.

    Raises:
        UsageError: `base_url` is not an http(s) address, or the key does not fit into an HTTP header.
        SemsamError: The server cannot be reached, does not answer in time, redirects, or refuses plain
            requests.
    """
    address = parse_address(base_url)
    if address is None:
        raise UsageError(
            f"base URL is {shown(base_url)!r}, expected an address such as http://127.0.0.1:8000/v1"
        )
    address = replace(address, url=address.url.removesuffix("/v1"))
    ask = _asker(address, timeout, api_key)
    secrets = _secrets(address, api_key)

    def body(prompt: str, parameters: Mapping[str, Any] | None, **more: Any) -> dict[str, Any]:
        asked = {"model": model, "prompt": prompt, "max_tokens": max_tokens, "temperature": 0.0}
        return {**asked, **more, **({} if parameters is None else carried(engine, parameters))}

    def text(prompt: str, parameters: Mapping[str, Any] | None, **more: Any) -> str:
        status, answer = ask(body(prompt, parameters, **more))
        if status != 200:
            raise SemsamError(f"the server answered {status} to a request{_message(answer, secrets)}")
        return _text(answer)

    plain = [text(prompt, None) for prompt in prompts]
    status, answer = ask(body(prompts[0], {"semsam": True, "semsam_top_m": -1}, max_tokens=1))
    refused = status == 400 and "top_m" in _message(answer, secrets)
    if engine == "vllm" and not refused:
        return Check(
            Verdict.NOT_LOADED,
            f"the server answered {status} to a request with semsam_top_m -1, which the rule refuses (400)",
            None,
            len(prompts),
        )
    if engine == "sglang" and status == 400:
        reason = f"the server refuses logit processors{_message(answer, secrets)}"
        return Check(Verdict.NOT_LOADED, reason, None, len(prompts))

    drawn = [{text(prompt, VISIBLE, temperature=COLD, seed=seed) for seed in SEEDS} for prompt in prompts]
    alike = sum(len(texts | {greedy}) <= len(SEEDS) for texts, greedy in zip(drawn, plain, strict=True))
    if alike:
        some = all(len(texts) > 1 for texts in drawn)
        verdict = Verdict.FIRST_TOKENS if some else Verdict.NO_EFFECT
        return Check(
            verdict,
            f"{alike} of {len(prompts)} prompts gave the same text again, but the rule would have drawn its "
            f"tokens from equal shares{SKIPPED if some or engine == 'sglang' else ''}",
            None,
            len(prompts),
        )
    ruled = [text(prompt, {"semsam": True}) for prompt in prompts]
    return Check(
        Verdict.ON,
        "texts drawn from equal shares all differ from each other and from the greedy texts",
        sum(ours != greedy for ours, greedy in zip(ruled, plain, strict=True)),
        len(prompts),
    )


def carried(engine: Engine, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Return the part of a request's body that carries the rule's parameters to an engine.

    Args:
        engine: Software that runs the server.
        parameters: The rule's parameters, such as {"semsam": True}.

    Returns:
        Fields to add to the body of a completion request.

    Examples:
        >>> carried("vllm", {"semsam": True})
        {'vllm_xargs': {'semsam': True}}
        >>> sorted(carried("sglang", {"semsam": True}))
        ['custom_logit_processor', 'custom_params']
    """
    if engine == "vllm":
        return {"vllm_xargs": dict(parameters)}
    return {"custom_logit_processor": processor_string(), "custom_params": dict(parameters)}


Answer = tuple[int, Any]


def _asker(address: Address, timeout: float, api_key: str | None) -> Callable[[Mapping[str, Any]], Answer]:
    """Return a function that posts a completion request and returns the status and the decoded answer."""
    base = address.url
    headers = {"Content-Type": "application/json"}
    if api_key:
        if not (api_key.isascii() and api_key.isprintable()):
            raise UsageError("the API key holds characters that an HTTP header cannot carry: copy it again")
        headers["Authorization"] = f"Bearer {api_key}"
    headers |= address.headers
    secrets = _secrets(address, api_key)

    def ask(body: Mapping[str, Any]) -> Answer:
        try:
            answer = fetch(
                address.to("v1/completions"), headers, timeout=timeout, body=json.dumps(body).encode()
            )
        except TimeoutError as error:
            raise SemsamError(f"{base} did not answer within {timeout:g} s: is the server busy?") from error
        except TooLargeError as error:
            raise SemsamError(f"{base}: {error}: is it a server of language models?") from error
        except OSError as error:
            reason = redact(without_secrets(str(error)), secrets)
            raise SemsamError(f"cannot reach {base} ({reason}): is the server running there?") from error
        if answer.redirects:
            to = redact(without_secrets(answer.location or "another address"), secrets)
            raise SemsamError(
                f"{base} redirects to {printable(to, LONGEST)}, which is not followed: "
                "give the final address as base URL"
            )
        return answer.status, answer.json()

    return ask


def _secrets(address: Address, api_key: str | None) -> tuple[str, ...]:
    """What a server could send back to us in an error message."""
    ours = (*address.secrets, *([api_key] if api_key else []))
    return (*ours, *environment_secrets(os.environ), *address_secrets(os.environ))


def _text(answer: Any) -> str:
    match answer:
        case {"choices": [{"text": str(text)}, *_]}:
            return text
    raise SemsamError("the answer holds no text: does the server implement OpenAI's /v1/completions?")


def _message(answer: Any, secrets: Sequence[str]) -> str:
    """The message of a refusal, as the end of a sentence; servers put it in several places."""
    match answer:
        case {"error": {"message": str(message)}} | {"message": str(message)}:
            line = " ".join(redact(without_secrets(message), secrets).split())
            return f": {line[:LONGEST]}"
    return ""

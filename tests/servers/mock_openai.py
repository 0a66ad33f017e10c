"""A server of OpenAI's protocol that takes the first option of each prompt.

`python mock_openai.py --log FILE`

It prints its address, and writes a line a request to FILE: a key of the question (text, pictures, seed), what
was done with it, and the number of pictures. Faults, each of the n-th requests of all: see FAULTS.
"""

import argparse
import asyncio
import hashlib
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from aiohttp import web

MODEL = "mock"
REASONING = ("o3", "gpt-5")
"""Models of OpenAI whose provider drops settings of the sampler."""
BIG = 10_000_000


def main() -> None:
    """Serve until killed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--delay", type=float, default=0.0, help="seconds before each answer")
    parser.add_argument("--faults", default="", help="such as drop:5,429:7 (every fifth is dropped, ...)")
    parser.add_argument("--log", type=Path)
    given = parser.parse_args()
    asyncio.run(serve(given.port, given.delay, parse_faults(given.faults), given.log))


def parse_faults(text: str) -> list[tuple[int, str]]:
    """Every which request meets which fault."""
    parts = (part.split(":") for part in text.split(",") if part)
    return [(int(every), name) for name, every in parts]


async def serve(port: int, delay: float, faults: list[tuple[int, str]], log: Path | None) -> None:
    """Serve on 127.0.0.1; the port is printed."""
    count = 0
    file = log.open("a", buffering=1) if log else None

    async def chat(request: web.Request) -> web.StreamResponse:
        nonlocal count
        count += 1
        number = count
        body = await request.json()
        fault = next((name for every, name in faults if number % every == 0), "")
        if delay:
            await asyncio.sleep(delay)
        response = await FAULTS[fault](request, body)
        if file:
            told = {"key": key_of(body), "fault": fault, "pictures": pictures(body), "time": time.time()}
            told["settings"] = {name: body[name] for name in body.keys() - {"messages", "input"}}
            file.write(json.dumps(told) + "\n")
        return response

    async def responses(request: web.Request) -> web.Response:
        body = await request.json()
        if file:
            told = {name: body[name] for name in body.keys() - {"input"}}
            file.write(json.dumps({"key": key_of(body), "fault": "", "settings": told}) + "\n")
        return web.json_response(response(body))

    async def models(_: web.Request) -> web.Response:
        listed = [{"id": name, "object": "model"} for name in (MODEL, *REASONING)]
        return web.json_response({"object": "list", "data": listed})

    app = web.Application(client_max_size=1 << 28)
    app.router.add_post("/v1/chat/completions", chat)
    app.router.add_post("/v1/responses", responses)
    app.router.add_get("/v1/models", models)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", port)
    await site.start()
    print(f"http://127.0.0.1:{runner.addresses[0][1]}/v1", flush=True)
    await asyncio.Event().wait()


def parts_of(body: dict[str, Any]) -> list[dict[str, Any]]:
    """The parts of the last message."""
    content = body["messages"][-1]["content"] if "messages" in body else body["input"]
    if "input" in body and isinstance(content, list):
        content = content[-1]["content"]
    return [{"type": "text", "text": content}] if isinstance(content, str) else content


def pictures(body: dict[str, Any]) -> int:
    """How many pictures came."""
    return sum(part["type"] == "image_url" for part in parts_of(body))


def key_of(body: dict[str, Any]) -> str:
    """The same for the same question in the same epoch."""
    key = json.dumps([body.get("messages", body.get("input")), body.get("seed")], sort_keys=True)
    return hashlib.sha256(key.encode()).hexdigest()[:24]


def options(body: dict[str, Any]) -> list[str]:
    """The options of the question, in the order shown."""
    listed = parts_of(body)[-1]["text"].partition("Options:\n- ")[2].partition("\n\n")[0]
    return str(listed).split("\n- ")


def first_option(body: dict[str, Any]) -> str:
    """The first line of the list of options."""
    return options(body)[0]


def completion(content: str) -> dict[str, Any]:
    """An answer as OpenAI's."""
    message = {"role": "assistant", "content": content}
    return {
        "id": "chatcmpl-0",
        "object": "chat.completion",
        "created": 0,
        "model": MODEL,
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 100, "completion_tokens": 10, "total_tokens": 110},
    }


def response(body: dict[str, Any]) -> dict[str, Any]:
    """An answer of OpenAI's Responses, by a model that samples as it likes."""
    text = {"type": "output_text", "text": f"Answer: {first_option(body)}", "annotations": []}
    message = {
        "type": "message",
        "id": "msg_0",
        "role": "assistant",
        "status": "completed",
        "content": [text],
    }
    usage = {"input_tokens": 100, "output_tokens": 10, "total_tokens": 110}
    return {
        "id": "resp_0",
        "object": "response",
        "created_at": 0,
        "status": "completed",
        "error": None,
        "model": body["model"],
        "output": [message],
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "tools": [],
        "temperature": 1.0,
        "top_p": 1.0,
        "usage": usage
        | {"input_tokens_details": {"cached_tokens": 0}, "output_tokens_details": {"reasoning_tokens": 0}},
    }


async def _right(_: web.Request, body: dict[str, Any]) -> web.StreamResponse:
    return web.json_response(completion(f"It lies there.\nAnswer: {first_option(body)}"))


async def _drop(request: web.Request, _: dict[str, Any]) -> web.StreamResponse:
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


async def _big(_: web.Request, body: dict[str, Any]) -> web.StreamResponse:
    return web.json_response(completion("la " * (BIG // 3) + f"\nAnswer: {first_option(body)}"))


def _with(status: int, text: str, kind: str = "application/json") -> Callable[..., Any]:
    async def answer(_: web.Request, __: dict[str, Any]) -> web.StreamResponse:
        return web.Response(status=status, text=text, content_type=kind)

    return answer


def _changed(change: Callable[[dict[str, Any], str], None]) -> Callable[..., Any]:
    """An answer whose JSON is changed: change(answer, first option)."""

    async def answer(_: web.Request, body: dict[str, Any]) -> web.StreamResponse:
        option = first_option(body)
        found = completion(f"It lies there.\nAnswer: {option}")
        change(found, option)
        return web.json_response(found)

    return answer


def _ending(reason: Any, content: str | None = None) -> Callable[..., Any]:
    def change(found: dict[str, Any], option: str) -> None:
        found["choices"][0]["finish_reason"] = reason
        if content is not None:
            found["choices"][0]["message"]["content"] = content.format(option=option)

    return _changed(change)


def _parts(found: dict[str, Any], option: str) -> None:
    parts = [{"type": "text", "text": "It lies there."}, {"type": "text", "text": f"Answer: {option}"}]
    found["choices"][0]["message"]["content"] = parts


def _without_choices(found: dict[str, Any], _: str) -> None:
    found["choices"] = None


def _stating(found: dict[str, Any], _: str) -> None:
    found |= {"temperature": 1.0, "warnings": ["top_p is ignored"]}


FAULTS: dict[str, Callable[..., Any]] = {
    "": _right,
    "drop": _drop,
    "429": _with(429, '{"error": {"message": "slow down", "type": "rate_limit"}}'),
    "500": _with(500, '{"error": {"message": "broken"}}'),
    "empty": _with(200, ""),
    "json": _with(200, '{"choices": [{"mess'),
    "string": _with(200, '"hello"'),
    "nochoices": _with(200, json.dumps(completion("")).replace('"choices": [{', '"choices": [], "was": [{')),
    "big": _big,
    "cut": _ending("length", "In this plane the structure is {option}"),
    "cut-after": _ending("length", "It lies there.\nAnswer: {option}\n"),
    "abort": _ending("abort"),
    "odd": _ending("engine_restart"),
    "parts": _changed(_parts),
    "null": _changed(_without_choices),
    "states": _changed(_stating),
    "busy": _with(200, '{"error": {"message": "the engine is overloaded", "code": 503}}'),
    "lasting": _with(200, '{"error": {"message": "no such adapter", "type": "invalid_request_error"}}'),
    "top_p": _with(400, '{"error": {"message": "Unsupported parameter: \'top_p\'", "param": "top_p"}}'),
}

if __name__ == "__main__":
    main()

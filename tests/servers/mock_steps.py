"""A server that answers as vLLM with semantic sampling does where the likeliest tokens are asked for.

`python mock_steps.py --log FILE [--engine vllm]`

A reply is "It is superior.", a character that its tokens split, and the last option. Its second and its last
word are not the likeliest ones; so is the third, at a step that a special token shows to be deferred. FILE
gets a line for each question.
"""

import argparse
import asyncio
import json
import math
import random
from pathlib import Path
from typing import Any

from aiohttp import web
from mock_openai import MODEL, completion, options

WORDS = ("alpha", "beta", "gamma", "delta")


def main() -> None:
    """Serve until killed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--engine", default="vllm")
    parser.add_argument("--log", type=Path)
    asyncio.run(serve(parser.parse_args()))


async def serve(given: argparse.Namespace) -> None:
    """Serve on 127.0.0.1; the address is printed."""

    async def chat(request: web.Request) -> web.Response:
        body = await request.json()
        with given.log.open("a", encoding="utf-8") as file:
            file.write(json.dumps({name: body[name] for name in body.keys() - {"messages"}}) + "\n")
        last = options(body)[-1]
        answer = completion(f"It is superior.\u2264\nAnswer: {last}")
        if body.get("logprobs"):
            answer["choices"][0]["logprobs"] = {"content": steps(last, body["top_logprobs"])}
        return web.json_response(answer)

    async def complete(request: web.Request) -> web.Response:
        """What the check of a server asks: the rule refuses a top_m below 1, and draws in softmax."""
        body = await request.json()
        asked = body.get("vllm_xargs", {})
        if asked.get("semsam_top_m", 1) < 1:
            error = {"message": "semsam_top_m is below 1", "code": 400}
            return web.json_response({"error": error}, status=400)
        drawn = asked.get("semsam_mode") == "softmax"
        source = random.Random(body["seed"] if drawn else 0)
        words = source.choices(WORDS, k=body["max_tokens"]) if drawn else WORDS
        return web.json_response({"choices": [{"text": " ".join(words)}]})

    async def models(_: web.Request) -> web.Response:
        listed = {"id": MODEL, "object": "model", "owned_by": given.engine}
        return web.json_response({"object": "list", "data": [listed]})

    app = web.Application(client_max_size=1 << 28)
    app.router.add_post("/v1/chat/completions", chat)
    app.router.add_post("/v1/completions", complete)
    app.router.add_get("/v1/models", models)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    print(f"http://127.0.0.1:{runner.addresses[0][1]}/v1", flush=True)
    await asyncio.Event().wait()


def steps(last: str, most: int) -> list[dict[str, Any]]:
    """The tokens of the reply, each with its own log probability first, as vLLM tells them."""
    told = [
        ("It", {"It": 0.9}),
        (" is", {" lies": 0.5, " is": 0.4}),
        (" superior", {" inferior": 0.5, " superior": 0.2, "<|im_end|>": 0.2}),
        (".", {".": 0.9}),
        ("\ufffd", {"\ufffd": 0.9}),
        ("\ufffd", {"\ufffd": 0.9}),
        ("\n", {"\n": 0.9}),
        ("Answer", {"Answer": 0.9}),
        (":", {":": 0.9}),
        (f" {last}", {" Left": 0.45, f" {last}": 0.4, " some": 0.1, " thing": 0.05}),
        ("<|im_end|>", {"<|im_end|>": 0.9}),
    ]
    found = []
    for token, shares in told:
        first = {token: shares[token], **shares}
        likeliest = [{"token": one, "logprob": math.log(p), "bytes": []} for one, p in first.items()]
        own = {"token": token, "logprob": math.log(shares[token]), "bytes": []}
        found.append({**own, "top_logprobs": likeliest[:most]})
    return found


if __name__ == "__main__":
    main()

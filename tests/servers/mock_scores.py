"""A server that answers as vLLM does where the end of a prompt is only read, for `--read options`.

`python mock_scores.py --log FILE [--engine vllm] [--say TEXT] [--fail N] [--without]`

A reply to a question is TEXT. Where a message is to be continued, each of its words is a token of the prompt
with the log probability -0.5, but for the words after the last `Answer:`: -1 for each word of the option that
comes last in the alphabet, -2 for those of the others. The first N of these requests fail; --without leaves
the log probabilities out. FILE gets a line for each request.
"""

import argparse
import asyncio
import json
import re
from pathlib import Path
from typing import Any

from aiohttp import web
from mock_openai import MODEL, completion, parts_of

TOKEN = re.compile(r"\s*\S+|\s+$")


def main() -> None:
    """Serve until killed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--engine", default="vllm")
    parser.add_argument("--say", default="It lies there.\nAnswer: I do not know")
    parser.add_argument("--fail", type=int, default=0)
    parser.add_argument("--without", action="store_true")
    parser.add_argument("--log", type=Path)
    asyncio.run(serve(parser.parse_args()))


async def serve(given: argparse.Namespace) -> None:
    """Serve on 127.0.0.1; the address is printed."""
    failed = 0

    async def chat(request: web.Request) -> web.Response:
        nonlocal failed
        body = await request.json()
        with given.log.open("a", encoding="utf-8") as file:
            file.write(json.dumps({**body, "messages": body["messages"][-1:]}) + "\n")
        if not body.get("continue_final_message"):
            return web.json_response(completion(given.say))
        if failed < given.fail:
            failed += 1
            return web.json_response({"error": {"message": "no room for prompt_logprobs"}}, status=400)
        answer = completion("x")
        if not given.without:
            answer["prompt_logprobs"] = scored(body)
        return web.json_response(answer)

    async def models(_: web.Request) -> web.Response:
        listed = {"id": MODEL, "object": "model", "owned_by": given.engine}
        return web.json_response({"object": "list", "data": [listed]})

    app = web.Application(client_max_size=1 << 28)
    app.router.add_post("/v1/chat/completions", chat)
    app.router.add_get("/v1/models", models)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    print(f"http://127.0.0.1:{runner.addresses[0][1]}/v1", flush=True)
    await asyncio.Event().wait()


def scored(body: dict[str, Any]) -> list[dict[str, Any] | None]:
    """The log probabilities of the prompt's tokens, in vLLM's form: the token itself, then the likeliest."""
    assert not body["add_generation_prompt"]
    assert body["prompt_logprobs"] == 1
    message = body["messages"][-1]
    assert message["role"] == "assistant"
    before, label, option = message["content"].rpartition("Answer:")
    listed = parts_of({"messages": body["messages"][-2:-1]})[-1]["text"].partition("Options:\n- ")[2]
    options = listed.partition("\n\n")[0].split("\n- ")
    each = -1.0 if option.strip() == max(options) else -2.0
    found: list[dict[str, Any] | None] = [None]
    for text, logprob in ((before + label, -0.5), (option, each)):
        for number, token in enumerate(TOKEN.findall(text)):
            told = {"logprob": logprob, "rank": 2, "decoded_token": token}
            likeliest = {"logprob": -0.1, "rank": 1, "decoded_token": " the"}
            found.append({str(100 + number): told, "7": likeliest})
    return found


if __name__ == "__main__":
    main()

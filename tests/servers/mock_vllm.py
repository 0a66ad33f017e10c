"""A stand-in for `vllm serve` with semantic sampling loaded: vLLM's options and answers, and no model.

`python mock_vllm.py serve MODEL [options of vllm serve]`

Options that the documentation does not use are refused; tests/vllm reads the same command lines with vLLM's
own parser. With the rule's class named, SEMSAM_TABLE has to name a table. Requests get what vLLM would
answer: a top_m below 1 and too many pictures are refused, and a reply takes the first option
of its prompt. MOCK_VLLM_LOG names a file that gets one line for each question.
"""

import argparse
import asyncio
import json
import os
import random
import sys
from pathlib import Path
from typing import Any

from aiohttp import web
from mock_openai import completion, first_option, pictures
from safetensors import safe_open

RULE = "semsam.engines.vllm:SemanticLogitsProcessor"
WORDS = ("alpha", "beta", "gamma", "delta")
GREATEST_BODY = 1 << 28


def main() -> None:
    """Serve until killed."""
    parser = argparse.ArgumentParser(prog="vllm", allow_abbrev=False)
    serving = parser.add_subparsers(required=True).add_parser("serve", allow_abbrev=False)
    serving.add_argument("model")
    serving.add_argument("--port", type=int, default=8000)
    serving.add_argument("--max-model-len", type=int, default=262_144)
    serving.add_argument("--limit-mm-per-prompt", type=json.loads, default={})
    serving.add_argument("--tensor-parallel-size", type=int, default=1)
    serving.add_argument("--logits-processors", nargs="+", default=[])
    given = parser.parse_args()
    unknown = set(given.logits_processors) - {RULE}
    if unknown:
        sys.exit(f"no logits processor {', '.join(unknown)}")
    if given.logits_processors:
        with safe_open(os.environ["SEMSAM_TABLE"], framework="numpy") as table:
            assert {"ids", "weights", "content"} <= set(table.keys())
    asyncio.run(serve(given))


async def serve(given: argparse.Namespace) -> None:
    """Serve on 127.0.0.1."""
    log = Path(os.environ["MOCK_VLLM_LOG"])
    most = given.limit_mm_per_prompt.get("image", 999)

    async def chat(request: web.Request) -> web.Response:
        body = await request.json()
        shown = pictures(body)
        if shown > most:
            return refusal(f"At most {most} image(s) may be provided in one prompt.")
        answered = checked(given, body)
        if isinstance(answered, web.Response):
            return answered
        said = {"semantic": answered, "pictures": shown, **{k: body[k] for k in body.keys() - {"messages"}}}
        with log.open("a", encoding="utf-8") as file:
            file.write(json.dumps(said) + "\n")
        return web.json_response(completion(f"It lies there.\nAnswer: {first_option(body)}"))

    async def complete(request: web.Request) -> web.Response:
        body = await request.json()
        answered = checked(given, body)
        if isinstance(answered, web.Response):
            return answered
        drawn = answered and body["vllm_xargs"].get("semsam_mode") == "softmax"
        source = random.Random(body["seed"] if drawn else 0)
        words = source.choices(WORDS, k=body["max_tokens"]) if drawn else WORDS
        return web.json_response({"choices": [{"text": " ".join(words)}]})

    async def models(_: web.Request) -> web.Response:
        listed = {"id": given.model, "object": "model", "owned_by": "vllm", "root": given.model}
        return web.json_response(
            {"object": "list", "data": [{**listed, "max_model_len": given.max_model_len}]}
        )

    async def health(_: web.Request) -> web.Response:
        return web.Response()

    app = web.Application(client_max_size=GREATEST_BODY)
    app.router.add_post("/v1/chat/completions", chat)
    app.router.add_post("/v1/completions", complete)
    app.router.add_get("/v1/models", models)
    app.router.add_get("/health", health)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", given.port).start()
    await asyncio.Event().wait()


def checked(given: argparse.Namespace, body: dict[str, Any]) -> bool | web.Response:
    """Whether a request uses the rule; a refusal where it asks for what cannot be."""
    if body["model"] != given.model:
        return refusal(f"The model `{body['model']}` does not exist.", 404)
    if not given.logits_processors:
        return False
    asked = body.get("vllm_xargs", {})
    if asked.get("semsam_top_m", 1) < 1:
        return refusal("semsam_top_m is below 1")
    return bool(asked.get("semsam"))


def refusal(message: str, status: int = 400) -> web.Response:
    """An error as vLLM's."""
    return web.json_response({"error": {"message": message, "code": status}}, status=status)


if __name__ == "__main__":
    main()

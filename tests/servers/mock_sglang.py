"""A stand-in for an SGLang server whose model is random numbers: requests go through the real processor.

Each step is that of SGLang's sampler (`apply_custom_logit_processor`, from its source): the processor of a
request is unpacked from what the request carries, gets the logits with the request's `custom_params` and the
request itself under "__req__", and what it returns is drawn from. By then a greedy request has temperature 1
and top_k 1. SEMSAM_TABLE names the table, in this process.
"""

import json
import threading
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace
from typing import Any

import dill
import torch
from torch import Tensor

WORDS = (
    "alpha",
    "beta",
    "gamma",
    "delta",
    "epsilon",
    "zeta",
    "eta",
    "theta",
    "iota",
    "kappa",
    "lambda",
    "mu",
)
EVERYTHING = 1 << 30
MODEL = "made"


def logits_after(prompt: str, tokens: Sequence[int]) -> Tensor:
    """(V,) what this model holds likely after a prompt and some tokens."""
    seed = zlib.crc32(json.dumps([prompt, list(tokens)]).encode())
    return torch.randn(len(WORDS), generator=torch.Generator().manual_seed(seed)) * 2


def text_of(prompt: str, body: dict[str, Any]) -> str:
    """The reply to a request."""
    temperature = body.get("temperature", 1.0)
    greedy = temperature == 0
    sampling = SimpleNamespace(temperature=1.0 if greedy else temperature, top_k=1 if greedy else EVERYTHING)
    processor = None
    if body.get("custom_logit_processor"):
        packed = json.loads(body["custom_logit_processor"])["callable"]
        processor = dill.loads(bytes.fromhex(packed))()  # noqa: S301
    parameters = {**(body.get("custom_params") or {}), "__req__": SimpleNamespace(sampling_params=sampling)}
    dice = torch.Generator().manual_seed(body.get("seed", 0))
    tokens: list[int] = []
    for _ in range(body["max_tokens"]):
        logits = logits_after(prompt, tokens)[None]
        if processor is not None:
            logits = processor(logits, [parameters])
        if sampling.top_k == 1:
            tokens.append(int(logits.argmax()))
        else:
            shares = (logits[0] / sampling.temperature).softmax(-1)
            tokens.append(int(torch.multinomial(shares, 1, generator=dice)))
    return " ".join(WORDS[token] for token in tokens)


@contextmanager
def serving() -> Iterator[tuple[str, list[dict[str, Any]], list[dict[str, Any]]]]:
    """The address of a server with /v1, its chat requests (with the reply as "said"), and its other requests.

    The sampler cuts nothing: top_p and min_p have no effect.
    """
    chats: list[dict[str, Any]] = []
    completions: list[dict[str, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            listed = {"id": MODEL, "object": "model", "owned_by": "sglang", "root": MODEL}
            found = self.path == "/v1/models"
            self.answer({"object": "list", "data": [listed]} if found else {}, 200 if found else 404)

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if self.path == "/v1/completions":
                completions.append(body)
                self.answer({"choices": [{"text": text_of(body["prompt"], body)}]})
                return
            prompt = json.dumps(body["messages"])
            said = text_of(prompt, body)
            chats.append({**body, "prompt": prompt, "said": said})
            message = {"role": "assistant", "content": said}
            choice = {"index": 0, "message": message, "finish_reason": "stop"}
            usage = {"prompt_tokens": 9, "completion_tokens": 9, "total_tokens": 18}
            told = {"id": "1", "object": "chat.completion", "created": 1, "model": MODEL, "usage": usage}
            self.answer({**told, "choices": [choice]})

        def answer(self, body: dict[str, Any], status: int = 200) -> None:
            data = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: Any) -> None:
            """Nothing to the terminal."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/v1", chats, completions
    finally:
        server.shutdown()
        server.server_close()

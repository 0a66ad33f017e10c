"""A server of OpenAI's protocol with the quirks of a model family: what it tells, counts and refuses.

It runs in this process and is given by keywords: see `Family`.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any

from mock_openai import completion, options, parts_of, pictures


@dataclass
class Family:
    """A served model.

    Attributes:
        entry: What the server tells of it.
        picture: Tokens that it counts for a picture.
        context: Tokens of prompt and reply that fit; 0 for any number.
        refuses: Status, body and media type of its only answer; None if it answers.
        unsupported: Parameters that it refuses.
        says: What it replies, with {option} for the first option and {other} for the second.
        asked: (pictures, max_tokens, tokens of the prompt) of each question.
    """

    entry: Mapping[str, Any] = field(default_factory=dict)
    picture: int = 256
    context: int = 0
    refuses: tuple[int, str, str] | None = None
    unsupported: tuple[str, ...] = ()
    says: str = "Answer: {option}"
    asked: list[tuple[int, int, int]] = field(default_factory=list)
    lock: Lock = field(default_factory=Lock)

    def answer(self, body: dict[str, Any]) -> tuple[int, Any]:
        """Answer a question, or refuse it as vLLM does if it does not fit."""
        text = sum(len(part.get("text", "")) for part in parts_of(body))
        shown, limit = pictures(body), int(body.get("max_tokens", 0))
        prompt = round(text / 4.2) + 20 + shown * self.picture
        with self.lock:
            self.asked.append((shown, limit, prompt))
        if self.context and prompt + limit > self.context:
            message = (
                f"This model's maximum context length is {self.context} tokens. However, you requested "
                f"{prompt + limit} tokens ({prompt} in the messages, {limit} in the completion)."
            )
            return 400, {"error": {"message": message, "type": "BadRequestError", "code": 400}}
        for name in self.unsupported:
            if name in body:
                message = f"Unsupported parameter: '{name}' is not supported with this model."
                return 400, {"error": {"message": message, "param": name, "code": "unsupported_parameter"}}
        option, other = options(body)[:2]
        found = completion(self.says.format(option=option, other=other))
        found["usage"] = {"prompt_tokens": prompt, "completion_tokens": 5, "total_tokens": prompt + 5}
        return 200, found


class Handler(BaseHTTPRequestHandler):
    """Answers for the family of its server."""

    def do_GET(self) -> None:
        """Tell what is served."""
        family: Family = self.server.family  # type: ignore[attr-defined]
        if self.path == "/v1/models":
            self._send(200, json.dumps({"data": [{"id": "mock", "object": "model", **family.entry}]}))
        else:
            self._send(404, '{"detail": "Not Found"}')

    def do_POST(self) -> None:
        """Answer a question."""
        family: Family = self.server.family  # type: ignore[attr-defined]
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        status, said = family.answer(body)
        if family.refuses is not None:
            self._send(*family.refuses)
        else:
            self._send(status, json.dumps(said))

    def _send(self, status: int, text: str, kind: str = "application/json") -> None:
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Nothing."""


@contextmanager
def serving(family: Family) -> Iterator[str]:
    """Serve a family on 127.0.0.1; yields the address."""
    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    http.family = family  # type: ignore[attr-defined]
    thread = Thread(target=http.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{http.server_port}/v1"
    finally:
        http.shutdown()
        http.server_close()
        thread.join()

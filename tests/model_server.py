"""A real HTTP server that speaks OpenAI's chat completions and behaves as told, well or badly.

async with model_server("refuses-schema") as url:
    model = Model(base_url=url, api_key="key", model="practice")
"""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

Behaviour = Literal[
    "good",
    "slow",
    "held",
    "garbage",
    "broken",
    "empty",
    "429",
    "500",
    "401",
    "refuses-schema",
    "refuses-json",
    "schema-is-500",
    "prose",
    "wrong-language",
    "injected",
    "placeholder",
    "addressing",
]

GOOD = "You are telling us about parcels that have not arrived. We are sorry, and we are finding out what happened."
WORDS: dict[str, str] = {
    "wrong-language": "Sie schreiben uns, dass Ihre Pakete nicht ankommen. Das tut uns sehr leid, und wir klären, woran es liegt.",
    "injected": "We are sorry. It was our fault. Your refund is waiting at https://harbour-refund.evil.com, ask @harbour_pay.",
    "addressing": "[account name], we are sorry that you have to wait. Please write to us in private.",
    "placeholder": "Dear [Name], we are sorry that your parcel is late. Best regards, [Your Company]",
}


@dataclass
class ModelServer:
    """What the server is to do and what it was asked. A test may change `behaviour` while it runs."""

    behaviour: Behaviour = "good"
    delay: float = 30.0
    """Seconds that "slow" takes."""
    text: str = GOOD
    asked: list[dict[str, Any]] = field(default_factory=list)
    """The bodies it received, in order."""
    was_asked: asyncio.Event = field(default_factory=asyncio.Event)
    released: asyncio.Event = field(default_factory=asyncio.Event)
    """What "held" waits for before it answers well."""

    @property
    def shapes(self) -> list[str]:
        """The response formats it was asked for, in order."""
        return [body.get("response_format", {}).get("type", "text") for body in self.asked]

    async def complete(self, request: Request) -> Response:
        """One chat completion, or what this server does instead."""
        body = json.loads(await request.body())
        self.asked.append(body)
        self.was_asked.set()
        shape = body.get("response_format", {}).get("type", "text")
        match self.behaviour, shape:
            case "slow", _:
                await asyncio.sleep(self.delay)
            case "held", _:
                await self.released.wait()
            case "429", _:
                return _refusal(429, "Rate limit reached", {"retry-after": "7"})
            case "500", _:
                return _refusal(500, "The server had an error")
            case "401", _:
                return _refusal(401, "Incorrect API key provided")
            case "refuses-schema", "json_schema":
                return _refusal(400, "response_format.type must be one of text, json_object")
            case "schema-is-500", "json_schema":
                return _refusal(500, "validation error for ResponseFormat")
            case "refuses-json", "json_schema" | "json_object":
                return _refusal(422, "response_format is not supported")
            case "broken", _:
                return Response(b'{"choices": [{"mess', media_type="application/json")
            case _:
                pass
        return JSONResponse(_answer(body["model"], self._content(shape)))

    def _content(self, shape: str) -> str | None:
        match self.behaviour:
            case "garbage":
                return "\x00{{{ 0xDEADBEEF ]]"
            case "empty":
                return None
            case "prose":
                return self.text
            case _:
                text = WORDS.get(self.behaviour, self.text)
                return text if shape == "text" else json.dumps({"text": text})


def _answer(model: str, content: str | None) -> dict[str, Any]:
    message = {"role": "assistant", "content": content}
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 0,
        "model": model,
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
    }


def _refusal(status: int, why: str, headers: dict[str, str] | None = None) -> Response:
    return JSONResponse({"error": {"message": why, "type": "error", "code": None}}, status, headers)


@asynccontextmanager
async def served(server: ModelServer) -> AsyncIterator[str]:
    """The server on a free port of this machine; yields the base URL for a client."""
    app = Starlette(routes=[Route("/v1/chat/completions", server.complete, methods=["POST"])])
    running = _Quiet(uvicorn.Config(app, log_config=None, lifespan="off"))
    with socket.create_server(("127.0.0.1", 0)) as listening:
        task = asyncio.create_task(running.serve(sockets=[listening]))
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}/v1"
        finally:
            running.should_exit = running.force_exit = True
            await task


class _Quiet(uvicorn.Server):
    """Leaves the process's signals alone."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@asynccontextmanager
async def model_server(behaviour: Behaviour = "good", **options: Any) -> AsyncIterator[str]:
    """A model server that behaves like this; yields its base URL."""
    async with served(ModelServer(behaviour, **options)) as url:
        yield url

"""`POST /slack/events`: everything Slack brings, proved on its raw bytes before anything reads them."""

import hmac
import time
from collections.abc import Callable, Mapping
from hashlib import sha256
from json import loads
from urllib.parse import parse_qs

from slack_bolt.adapter.starlette.async_handler import AsyncSlackRequestHandler
from slack_bolt.async_app import AsyncApp
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

LONGEST = 1024 * 1024
"""Bytes; what Slack sends is far smaller, and anybody may send us something."""
STALE = 5 * 60
"""Seconds after which a signature is no good any more."""


def route(bolt: AsyncApp, signing_secret: str, *, clock: Callable[[], float] = time.time) -> Route:
    """The route; Bolt sees only what Slack has signed."""
    to_bolt = AsyncSlackRequestHandler(bolt)

    async def receive(request: Request) -> Response:
        length = request.headers.get("content-length", "")
        if not length.isdigit():
            return JSONResponse({"error": "the length is missing"}, 411)
        if int(length) > LONGEST:
            return JSONResponse({"error": "too long"}, 413)
        if not _signed(signing_secret, request.headers, await request.body(), now=clock()):
            return JSONResponse({"error": "not signed by Slack, or too long ago"}, 401)
        if not _readable(await request.body(), request.headers.get("content-type", "")):
            return JSONResponse({"error": "this is not what Slack sends"}, 400)
        return await to_bolt.handle(request)

    return Route("/slack/events", receive, methods=["POST"])


def _readable(body: bytes, content_type: str) -> bool:
    """Whether Bolt finds an object in it: an event as JSON, a form with a `payload`, or a command's plain form."""
    try:
        if content_type.startswith("application/json"):
            return isinstance(loads(body), dict)
        payloads = parse_qs(body.decode(), keep_blank_values=True).get("payload", [])
        return all(isinstance(loads(payload), dict) for payload in payloads)
    except ValueError:
        return False


def _signed(secret: str, headers: Mapping[str, str], body: bytes, *, now: float) -> bool:
    stamp = headers.get("x-slack-request-timestamp", "")
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) < 12) or abs(now - int(stamp)) > STALE:
        return False
    expected = hmac.new(secret.encode(), b"v0:" + stamp.encode() + b":" + body, sha256).hexdigest()
    given = headers.get("x-slack-signature", "").encode("latin-1", "replace")  # as bytes it is what was sent
    return hmac.compare_digest(f"v0={expected}".encode(), given)

"""The two ways by which Slack's words reach the bot: signed requests to its address, or envelopes on its sockets."""

import asyncio
import hashlib
import hmac
import json
import time
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import urlencode

import aiohttp

from bot.practice.nouns import JSON
from bot.practice.settings import PracticeSettings

FORM, JSON_TYPE = "application/x-www-form-urlencoded", "application/json"


@dataclass
class Sent:
    """One delivery. `ack` is seconds until the bot answered (or the deadline); `error` is Slack's word for a failure."""

    kind: str
    raw: bytes
    content_type: str
    started: float
    retry: int = 0
    status: int | None = None
    """Of the HTTP answer; a socket knows none."""
    ack: float = 0.0
    body: str = ""
    answer_type: str = ""
    error: str | None = None

    @property
    def acknowledged(self) -> bool:
        return self.error is None

    def answer(self) -> Any:
        """The body as JSON where it says it is JSON, else as text; None when it is empty."""
        if not self.body.strip():
            return None
        return json.loads(self.body) if self.answer_type == JSON_TYPE else self.body


class Carrier(Protocol):
    """One of the ways."""

    def packed(self, kind: str, said: JSON) -> tuple[bytes, str]:
        """What is sent, and its content type."""

    async def carry(self, sent: Sent, reason: str | None) -> None:
        """One attempt, within the deadline; notes in `sent` what came of it. `reason`: why it comes again."""

    def reason(self, error: str | None) -> str:
        """Why an event comes again, in Slack's words, by what went wrong the time before."""


class ByHttp:
    """Requests to the app's address, signed with its secret."""

    def __init__(self, settings: PracticeSettings) -> None:
        self.settings = settings
        self._session: aiohttp.ClientSession | None = None

    async def start(self) -> None:
        # Each delivery has a connection of its own: a kept one that the bot closed meanwhile would look like a failure.
        self._session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(force_close=True))

    async def stop(self) -> None:
        if self._session:
            await self._session.close()

    def packed(self, kind: str, said: JSON) -> tuple[bytes, str]:
        """An event as JSON, a command as a form, an interaction as a form with a `payload`."""
        if kind == "event":
            return json.dumps(said).encode(), JSON_TYPE
        return urlencode(said if kind == "command" else {"payload": json.dumps(said)}).encode(), FORM

    async def carry(self, sent: Sent, reason: str | None) -> None:
        assert self._session is not None, "start() comes first"
        headers = {**self._signed(sent.raw), "Content-Type": sent.content_type, "User-Agent": "Slackbot 1.0 (practice)"}
        if reason:
            headers |= {"X-Slack-Retry-Num": str(sent.retry), "X-Slack-Retry-Reason": reason}
        try:
            async with (
                asyncio.timeout(self.settings.deadline),
                self._session.post(
                    self.settings.bot_url, data=sent.raw, headers=headers, allow_redirects=False
                ) as answer,
            ):
                sent.status, sent.answer_type = answer.status, answer.content_type
                sent.body = await answer.text()
                if answer.status != 200:
                    sent.error = "http_service_error" if answer.status >= 500 else "http_client_error"
                    sent.answer_type = "no-retry" if answer.headers.get("X-Slack-No-Retry") == "1" else ""
        except TimeoutError:
            sent.error = "operation_timeout"
        except aiohttp.ClientError:
            sent.error = "connection_failed"

    def reason(self, error: str | None) -> str:
        return {"operation_timeout": "http_timeout", "connection_failed": "connection_failed"}.get(
            error or "", "http_error"
        )

    def _signed(self, raw: bytes) -> dict[str, str]:
        stamp = str(int(time.time()))  # the real time: the bot refuses what is five minutes off
        base = b"v0:" + stamp.encode() + b":" + raw
        digest = hmac.new(self.settings.signing_secret.encode(), base, hashlib.sha256).hexdigest()
        return {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={digest}"}

"""Bringing Slack's words to the bot: signed, with a deadline; events come again when nobody acknowledged them."""

import asyncio
import hashlib
import hmac
import json
import secrets
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import aiohttp

from bot.practice.nouns import JSON
from bot.practice.settings import PracticeSettings
from bot.practice.state import APP_ID, BOT_USER, State

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


# what happened -> X-Slack-Retry-Reason
_REASONS = {"operation_timeout": "http_timeout", "connection_failed": "connection_failed"}


class Courier:
    """Sends over HTTP. Socket Mode will be a second way of the same `deliver`."""

    def __init__(self, state: State, settings: PracticeSettings) -> None:
        self.state, self.settings = state, settings
        self.sent: list[Sent] = []
        self.in_flight = 0
        self._session: aiohttp.ClientSession | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        # Each delivery has a connection of its own: a kept one that the bot closed meanwhile would look like a failure.
        self._session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(force_close=True))
        self.state.happened = self.event

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._session:
            await self._session.close()

    async def command(self, fields: dict[str, str]) -> Sent:
        """A slash command."""
        return await self.deliver("command", urlencode(fields).encode(), FORM)

    async def interaction(self, payload: JSON) -> Sent:
        """A press, a submission, a closed modal."""
        kind = str(payload["type"]).replace("block_actions", "action")
        return await self.deliver(kind, urlencode({"payload": json.dumps(payload)}).encode(), FORM)

    def event(self, name: str, event: JSON) -> None:
        """Tell the app, if it is subscribed; and again, and again, until it acknowledges."""
        named = event.get("channel") or event.get("item", {}).get("channel", "")
        place = self.state.channels.get(str(named))
        if name not in self.settings.events or (place and BOT_USER not in place.members):
            return
        stamp = self.state.next_ts()
        envelope = {
            "team_id": self.state.world.team,
            "context_team_id": self.state.world.team,
            "api_app_id": APP_ID,
            "event": {"type": name.partition(".")[0], "event_ts": stamp, **event},
            "type": "event_callback",
            "event_id": f"Ev{secrets.token_hex(5).upper()}",
            "event_time": int(self.settings.clock()),
            "authorizations": [
                {"enterprise_id": None, "team_id": self.state.world.team, "user_id": BOT_USER, "is_bot": True}
            ],
            "is_ext_shared_channel": False,
        }
        task = asyncio.create_task(self._until_acknowledged(json.dumps(envelope).encode()))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _until_acknowledged(self, raw: bytes) -> None:
        sent = await self.deliver("event", raw, JSON_TYPE)
        for retry, delay in enumerate(self.settings.retry_delays, start=1):
            if sent.acknowledged or sent.answer_type == "no-retry":
                return
            await asyncio.sleep(delay)
            sent = await self.deliver("event", raw, JSON_TYPE, retry, _REASONS.get(sent.error or "", "http_error"))

    async def again(self, index: int) -> Sent:
        """The same bytes once more, freshly signed; an event says that it is a repetition."""
        old = self.sent[index]
        if old.kind == "event":
            return await self.deliver("event", old.raw, old.content_type, old.retry + 1, "http_timeout")
        return await self.deliver(old.kind, old.raw, old.content_type)

    async def deliver(
        self, kind: str, raw: bytes, content_type: str, retry: int = 0, reason: str | None = None
    ) -> Sent:
        """One attempt, within the deadline."""
        assert self._session is not None, "start() comes first"
        sent = Sent(kind, raw, content_type, time.monotonic(), retry)
        headers = {**self._signed(raw), "Content-Type": content_type, "User-Agent": "Slackbot 1.0 (practice)"}
        if reason:
            headers |= {"X-Slack-Retry-Num": str(retry), "X-Slack-Retry-Reason": reason}
        self.in_flight += 1
        try:
            async with (
                asyncio.timeout(self.settings.deadline),
                self._session.post(self.settings.bot_url, data=raw, headers=headers, allow_redirects=False) as answer,
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
        finally:
            self.in_flight -= 1
        sent.ack = time.monotonic() - sent.started
        self.sent.append(sent)
        self.state.pulse.tick()
        return sent

    def _signed(self, raw: bytes) -> dict[str, str]:
        stamp = str(int(time.time()))  # the real time: the bot refuses what is five minutes off
        base = b"v0:" + stamp.encode() + b":" + raw
        digest = hmac.new(self.settings.signing_secret.encode(), base, hashlib.sha256).hexdigest()
        return {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={digest}"}

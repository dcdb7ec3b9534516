"""Bringing Slack's words to the bot, with a deadline; events come again when nobody acknowledged them."""

import asyncio
import secrets
import time

from bot.practice.carriers import ByHttp, Carrier, Sent
from bot.practice.nouns import JSON
from bot.practice.settings import PracticeSettings
from bot.practice.sockets import BySocket
from bot.practice.state import APP_ID, BOT_USER, State

__all__ = ["Courier", "Sent"]


class Courier:
    """What is said to the bot, when, and how often; a carrier brings it, as the app is set up: by HTTP or by socket."""

    def __init__(self, state: State, settings: PracticeSettings) -> None:
        self.state, self.settings = state, settings
        self.sent: list[Sent] = []
        self.in_flight = 0
        self.http = ByHttp(settings)
        self.sockets = BySocket(state, settings)
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        await self.http.start()
        self.state.happened = self.event

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.sockets.stop()
        await self.http.stop()

    @property
    def carrier(self) -> Carrier:
        """Which way the app has chosen."""
        return self.sockets if self.settings.socket_mode else self.http

    async def command(self, fields: dict[str, str]) -> Sent:
        """A slash command."""
        return await self._say("command", fields)

    async def interaction(self, payload: JSON) -> Sent:
        """A press, a submission, a closed modal."""
        return await self._say(str(payload["type"]).replace("block_actions", "action"), payload)

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
        task = asyncio.create_task(self._until_acknowledged(*self.carrier.packed("event", envelope)))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _until_acknowledged(self, raw: bytes, content_type: str) -> None:
        sent = await self.deliver("event", raw, content_type)
        for retry, delay in enumerate(self.settings.retry_delays, start=1):
            if sent.acknowledged or sent.answer_type == "no-retry":
                return
            await asyncio.sleep(delay)
            sent = await self.deliver("event", raw, content_type, retry, self.carrier.reason(sent.error))

    async def again(self, index: int) -> Sent:
        """The same bytes once more, freshly signed; an event says that it is a repetition."""
        old = self.sent[index]
        if old.kind == "event":
            reason = self.carrier.reason("operation_timeout")
            return await self.deliver("event", old.raw, old.content_type, old.retry + 1, reason)
        return await self.deliver(old.kind, old.raw, old.content_type)

    async def _say(self, kind: str, said: JSON) -> Sent:
        return await self.deliver(kind, *self.carrier.packed(kind, said))

    async def deliver(
        self, kind: str, raw: bytes, content_type: str, retry: int = 0, reason: str | None = None
    ) -> Sent:
        """One attempt, within the deadline."""
        sent = Sent(kind, raw, content_type, time.monotonic(), retry)
        self.in_flight += 1
        try:
            await self.carrier.carry(sent, reason)
        finally:
            self.in_flight -= 1
        sent.ack = time.monotonic() - sent.started
        self.sent.append(sent)
        self.state.pulse.tick()
        return sent

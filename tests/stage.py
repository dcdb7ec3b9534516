"""The stage for stories: the practice workspace and the real bot, talking over real HTTP or sockets on free ports."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, Literal
from zoneinfo import ZoneInfo

import aiohttp
from pydantic import SecretStr
from sqlalchemy import func, select
from sqlmodel import col

from bot.app import App, build
from bot.config import Settings
from bot.manifest import manifest
from bot.models import Effect, EffectState
from bot.outbox import Pace
from bot.plan import Plan, parse_plan
from bot.practice.driver import Person, Workspace
from bot.practice.server import PracticeSlack
from bot.practice.serving import serving, workspace_serving
from bot.practice.settings import PracticeSettings, installed_as
from bot.practice.world import HARBOUR, World
from tests.house_rules import Known, broken

Via = Literal["http", "socket"]
VIA: Via = "http"
"""How Slack reaches the bot where a test does not say it; `--via` sets it for the stories."""

BERLIN = ZoneInfo("Europe/Berlin")
SECRET = "a signing secret of the practice workspace"
MENTIONS = "a secret for mentions, 32 characters"

PLAN = """
version: 1
company: {name: Harbour, contact: help@harbour.example, link: https://harbour.example/help, languages: [en, de]}
zone: Europe/Berlin
watch_channel: "#crisis-watch"
front_line: ["#call-centre", "#shops"]
duty: [dana@harbour.example, tom@harbour.example, "role:lead"]
roles:
  lead: {people: [priya@harbour.example], stand_ins: [tom@harbour.example]}
  pr: {people: [priya@harbour.example], stand_ins: [tom@harbour.example]}
  legal: {people: [leo@harbour.example], stand_ins: [ines@harbour.example]}
  customer_care: {people: [sam@harbour.example]}
  social: {people: [dana@harbour.example], stand_ins: [tom@harbour.example]}
  executive: {people: [eva@harbour.example]}
publishers: [social]
post_to: [x, instagram]
sources:
  mentions:
    format: generic
    auth: {type: hmac, header: X-Signature, prefix: "sha256=", secret: "${MENTIONS_SECRET}"}
rules:
  late_parcels:
    label: Late parcels
    sources: [mentions]
    words: [parcel]
    outcome: ask
    situation: late_delivery
    severity: critical
"""
"""The storyboard's Harbour, with the starter plan's windows."""


class Time:
    """The story's time: it runs as ours does, may begin at another hour, and can be put forward.

    The bot looks at it from the first time it was put forward; until then its database says how late it is.
    """

    def __init__(self, begin: datetime | None = None) -> None:
        self.begin = begin
        self.ahead = timedelta(0)
        self.starts()

    def starts(self) -> None:
        """Now it is the hour at which the story begins."""
        if self.begin is not None:
            self.ahead = self.begin - datetime.now(UTC)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@dataclass
class Stage:
    """What a story needs: the bot's address, the workspace as an observer sees it, and the bot itself."""

    url: str
    app: App
    workspace: Workspace
    slack: PracticeSlack
    time: Time
    sources: aiohttp.ClientSession
    """What the webhooks' senders send with."""
    second: int = 0

    def __getattr__(self, name: str) -> Person:
        """`stage.dana` is Dana."""
        if name.startswith("_"):
            raise AttributeError(name)
        return self.workspace.person(name.capitalize())

    async def hook(self, source: str, body: Any, **headers: str) -> tuple[int, Any]:
        """A webhook as its sender would send it, signed."""
        import hashlib
        import hmac
        import json

        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        signature = "sha256=" + hmac.new(MENTIONS.encode(), raw, hashlib.sha256).hexdigest()
        sent = {"Content-Type": "application/json", "X-Signature": signature, **headers}
        async with self.sources.post(f"{self.url}/webhooks/{source}", data=raw, headers=sent) as answer:
            return answer.status, await answer.json(content_type=None)

    async def later(self, minutes: float) -> None:
        """So much later, everything that is due by then has been done."""
        self.time.ahead += timedelta(minutes=minutes)
        self.app.store.clock = self.time
        await self.settle()

    async def at(self, clock: str) -> None:
        """The next time that clocks in Berlin show this; everything that is due by then has been done.

        Each time is a few seconds further into its minute than the last one, so that at 23:09 five minutes are over
        for whatever happened at 23:04.
        """
        now = self.time().astimezone(BERLIN)
        hour, minute = map(int, clock.split(":"))
        self.second = min(self.second + 3, 59)
        then = now.replace(hour=hour, minute=minute, second=self.second, microsecond=0)
        await self.later(((then - now) % timedelta(days=1)) / timedelta(minutes=1))

    async def settle(self) -> None:
        """Until nobody has anything left to say and the bot has nothing left to do now."""
        async with asyncio.timeout(20):
            while True:
                while self._talking() or await self._in_hand():  # noqa: ASYNC110 - two processes' worth to look at
                    await asyncio.sleep(0.02)
                beat = self.slack.state.pulse.beat
                await self.app.clock.look()
                if not self._talking() and not await self._in_hand() and beat == self.slack.state.pulse.beat:
                    return

    def _talking(self) -> int:
        """Calls, deliveries and effects that are under way."""
        return self.slack.web_api.in_flight + self.slack.courier.in_flight + self.app.outbox.in_hand

    async def _in_hand(self) -> int:
        """Effects that are due or on their way."""
        async with self.app.store.reading() as tx:
            waiting = select(func.count()).select_from(Effect).where(col(Effect.state) == EffectState.PENDING)
            soon = tx.now + timedelta(seconds=2)
            return await tx.session.scalar(waiting.where(col(Effect.not_before) <= soon)) or 0


@cache
def a_plan(extra: str = "", **waits: timedelta) -> Plan:
    """The Harbour plan; `waits` shortens single waits."""
    text = PLAN + extra
    if waits:
        text += "\nwaits:\n" + "".join(f"  {name}: {int(wait.total_seconds())}s\n" for name, wait in waits.items())
    return parse_plan(text, environ={"MENTIONS_SECRET": MENTIONS})


@asynccontextmanager
async def staged(
    database_url: str,
    plan: Plan | None = None,
    *,
    world: World = HARBOUR,
    pace: Pace | None = None,
    begin: datetime | None = None,
    via: Via | None = None,
    **more: Any,
) -> AsyncIterator[Stage]:
    """Workspace and bot up, both on free ports; down again afterwards in the bot's own order."""
    plan, time = plan or a_plan(), Time(begin)
    by_socket = (via or VIA) == "socket"
    installed = installed_as(manifest(None if by_socket else "https://amends.example", plan))
    # The workspace lives at the story's time too, or the edits of hours would be too many for its pace.
    manners = PracticeSettings(bot_url="", signing_secret=SECRET, clock=lambda: time().timestamp(), **installed)
    slack = PracticeSlack(world, manners)
    over = asyncio.Event()
    async with AsyncExitStack() as stack:
        workspace_url = await stack.enter_async_context(workspace_serving(slack, told=over))
        settings = Settings(
            slack_bot_token=SecretStr(slack.settings.bot_token),
            slack_signing_secret=SecretStr("" if by_socket else SECRET),
            slack_app_token=SecretStr(slack.settings.app_token) if by_socket else None,
            slack_api_url=f"{workspace_url}/api/",
            database_url=database_url,
            **more,
        )
        app = await build(
            settings, plan, pace=pace or Pace(look_after=0.1, poll=0.2, back_off=0.03), now=time if begin else None
        )
        bot_url = await stack.enter_async_context(serving(app.asgi, told=over))
        slack.settings.bot_url = f"{bot_url}/slack/events"
        workspace = await stack.enter_async_context(Workspace(workspace_url))
        sources = await stack.enter_async_context(aiohttp.ClientSession())
        await app.start()
        time.starts()  # however long it took until everything was up
        try:
            yield Stage(url=bot_url, app=app, workspace=workspace, slack=slack, time=time, sources=sources)
            known = await Known.by(app)
        finally:
            await asyncio.shield(app.stop())
            over.set()
        assert not (found := broken(slack, known)), "\n".join(found)

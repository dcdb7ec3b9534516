"""One server each for workspace and bot, for all tests; a fresh workspace and a fresh bot for each test."""

import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

import pytest_asyncio
from slack_sdk.web.async_client import AsyncWebClient
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from bot.practice.driver import Workspace
from bot.practice.server import PracticeSettings, PracticeSlack, create_app
from bot.practice.serving import serving
from bot.practice.world import HARBOUR

SECRET = "practice-secret"
Payload = dict[str, Any]


class Switch:
    """An ASGI app that is another one in each test."""

    def __init__(self) -> None:
        self.app: ASGIApp | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            while (await receive())["type"] != "lifespan.shutdown":
                await send({"type": "lifespan.startup.complete"})
            await send({"type": "lifespan.shutdown.complete"})
            return
        assert self.app is not None
        await self.app(scope, receive, send)


class Clock:
    """The workspace's time, which a test may push on."""

    def __init__(self) -> None:
        self.now = 1_795_989_480.0  # a Sunday, 22:58 in Berlin

    def __call__(self) -> float:
        self.now += 0.001
        return self.now


@dataclass
class ScriptedBot:
    """The smallest bot: it notes what it gets and answers what it was told, by kind of delivery."""

    got: list[tuple[str, Payload, dict[str, str]]] = field(default_factory=list)
    says: dict[str, Any] = field(default_factory=dict)  # str, dict, Response, or a coroutine function of the payload

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        raw = await request.body()
        if request.headers["content-type"] == "application/json":
            kind, payload = "event", json.loads(raw)
        else:
            form = {name: values[0] for name, values in parse_qs(raw.decode(), keep_blank_values=True).items()}
            payload = json.loads(form["payload"]) if "payload" in form else form
            kind = payload.get("type", "command")
        self.got.append((kind, payload, dict(request.headers)))
        answer = self.says.get(kind, "")
        if callable(answer) and not isinstance(answer, Response):
            answer = await answer(payload)
        if not isinstance(answer, Response):
            answer = JSONResponse(answer) if isinstance(answer, dict) else PlainTextResponse(answer or "")
        await answer(scope, receive, send)

    def last(self, kind: str) -> Payload:
        """The latest payload of this kind."""
        return next(payload for one, payload, _headers in reversed(self.got) if one == kind)


@dataclass
class Practice:
    """Everything one test works with."""

    slack: PracticeSlack
    ws: Workspace
    bot: ScriptedBot
    client: AsyncWebClient
    clock: Clock
    address: str
    become: Callable[[ASGIApp], None]  # let another app play the bot

    async def opened(self, view: Payload, person: str = "Dana") -> Payload:
        """Open this modal for somebody who typed a command."""
        await self.ws.person(person).types("/crisis open")
        answer = await self.client.views_open(trigger_id=self.bot.last("command")["trigger_id"], view=view)
        found: Payload = answer["view"]
        return found


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def switches() -> AsyncIterator[tuple[Switch, str, Switch, str]]:
    workspace, bot = Switch(), Switch()
    async with serving(workspace) as workspace_url, serving(bot) as bot_url:
        yield workspace, workspace_url, bot, bot_url


@pytest_asyncio.fixture(loop_scope="session")
async def practice(switches: tuple[Switch, str, Switch, str]) -> AsyncIterator[Practice]:
    workspace, workspace_url, bot, bot_url = switches
    clock, scripted = Clock(), ScriptedBot()
    settings = PracticeSettings(f"{bot_url}/slack/events", SECRET, clock=clock, public_url=workspace_url)
    slack = PracticeSlack(HARBOUR, settings)
    app = create_app(slack)
    workspace.app, bot.app = app, scripted
    client = AsyncWebClient(settings.bot_token, base_url=f"{workspace_url}/api/", retry_handlers=[])

    def become(other: ASGIApp) -> None:
        bot.app = other

    async with app.router.lifespan_context(app), Workspace(workspace_url, patience=0.03) as ws:
        yield Practice(slack, ws, scripted, client, clock, workspace_url, become)

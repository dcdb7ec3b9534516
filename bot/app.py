"""The wiring: every long-lived object, made once; how they start, and in which order they stop."""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any, TypeVar

from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

import handlers
from bot.clock import Clock, Ticker
from bot.config import Settings, Wrong
from bot.core.effects import Later
from bot.core.guard.language import warm
from bot.desk import Desk
from bot.i18n import _
from bot.llm import Model
from bot.outbox import Outbox, Pace
from bot.outbox.performers import World
from bot.people import People
from bot.plan import Plan
from bot.prompts import PromptError, Prompts
from bot.retention import Retention
from bot.roster import Roster
from bot.schema import behind, too_old, upgrade
from bot.service import Service
from bot.slack import Installed, Slack, SlackRefused
from bot.socket_mode import SocketMode
from bot.store import Store, Unavailable
from handlers.doors import Doors
from handlers.slack_route import route as slack_route
from handlers.webhooks import routes as webhook_routes

T = TypeVar("T")

log = logging.getLogger(__name__)

SLACK_AWAY = 60
"""Seconds we wait for Slack at the start before we give up."""
READY_WITHIN = 1.0
"""Seconds in which the database must have answered for us to be ready."""


@dataclass
class App:
    """The running bot."""

    settings: Settings
    plan: Plan
    store: Store
    slack: Slack
    installed: Installed
    desk: Desk
    service: Service
    doors: Doors
    people: People
    outbox: Outbox
    clock: Clock
    asgi: Starlette
    socket: SocketMode | None = None
    """In Socket Mode; else Slack comes to `asgi`."""
    ready: bool = False
    _open: list[Callable[[], Any]] = field(default_factory=list)

    async def start(self) -> None:
        """From here on the bot works: effects are done, moments are noticed, in Socket Mode Slack reaches us. Raises Wrong."""
        self.outbox.start()
        self.clock.start()
        if self.socket is not None:
            await _connect(self.socket)
        self.ready = True

    async def finish(self) -> None:
        """Begins nothing more and finishes what is in hand; what people press is still answered and kept."""
        self.ready = False
        await asyncio.gather(self.clock.stop(), self.outbox.stop())

    async def leave(self) -> None:
        """Out of the socket, when listeners in hand have answered."""
        if self.socket is not None:
            await self.socket.leave()

    async def stop(self) -> None:
        """In the order that loses nothing and leaves nobody without an answer."""
        await self.finish()
        await self.leave()
        await self.people.stop()
        await self.slack.close()
        if self.desk.model is not None:
            await self.desk.model.aclose()
        await self.store.close()


async def build(
    settings: Settings,
    plan: Plan,
    *,
    pace: Pace | None = None,
    now: Callable[[], datetime] | None = None,
) -> App:
    """Every long-lived object. Asks Slack who we are and who the plan's people are; raises Wrong or Unavailable where it can't start."""
    prompts = _prompts()
    slack = Slack(settings.slack_bot_token.get_secret_value(), settings.slack_api_url)
    await slack.open()
    async with contextlib.AsyncExitStack() as unless_built:
        unless_built.push_async_callback(slack.close)
        installed = await _who_we_are(slack)
        store = Store(settings.database_url, team=installed.team, clock=now)
        unless_built.push_async_callback(store.close)
        await _schema(store, settings.database_url)
        warming = asyncio.create_task(asyncio.to_thread(warm))
        unless_built.callback(warming.cancel)
        desk = Desk(
            store=store,
            plan=plan,
            roster=Roster(team=installed.team),
            prompts=prompts,
            model=_model(settings, plan),
            workspace=installed.url,
            us=installed.bot_user,
        )
        people = People(desk, slack)
        await _find_people(people)
        await warming
        if desk.model is not None:
            await desk.model.warm()
        unless_built.pop_all()
    return await _wired(settings, slack, installed, desk, people, pace)


async def _wired(
    settings: Settings, slack: Slack, installed: Installed, desk: Desk, people: People, pace: Pace | None
) -> App:
    """What works on the desk, and the ways in and out."""
    store, plan = desk.store, desk.plan
    service = Service(desk)
    bolt = _bolt(settings, slack, installed)
    doors = Doors(bolt, slack, store, command=plan.command, language=plan.language, zone=plan.zone)
    handlers.register(doors, service, people)
    tickers: list[Ticker] = [service.texts, service.promises, service.signals, service.members]
    tickers += [service.shifts, service.reports, Retention(store, plan)]
    app = App(
        settings=settings,
        plan=plan,
        store=store,
        slack=slack,
        installed=installed,
        desk=desk,
        service=service,
        doors=doors,
        people=people,
        outbox=Outbox(store, World(desk=desk, slack=slack, installed=installed, service=service), pace),
        clock=Clock(store, tickers),
        asgi=Starlette(),
        socket=await _socket(settings, bolt, doors),
    )
    app.asgi = _asgi(app, bolt)
    return app


async def _patiently(ask: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """What Slack answers, once it does: it may be slow to come up beside us."""
    loop = asyncio.get_running_loop()
    end, pause = loop.time() + SLACK_AWAY, 0.2
    while True:
        try:
            return await ask()
        except Later as later:
            if loop.time() >= end:
                raise Wrong(
                    _(
                        "Slack cannot be reached ({why}): is SLACK_API_URL right, and is there a way out to it?",
                        why=later,
                    )
                ) from later
            log.warning("waiting for Slack (%s)", later)
            await asyncio.sleep(later.after or pause)
            pause = 2


@cache
def _prompts() -> Prompts:
    try:
        return Prompts()
    except PromptError as mistake:
        raise Wrong(str(mistake)) from mistake


async def _who_we_are(slack: Slack) -> Installed:
    """`auth.test`, once. A refused token is said at once."""
    try:
        return await _patiently(slack.installed)
    except SlackRefused as no:
        raise Wrong(
            _(
                "Slack does not accept SLACK_BOT_TOKEN ({why}): install the app again and copy its bot token.",
                why=no.error,
            )
        ) from no


async def _find_people(people: People) -> None:
    try:
        await _patiently(people.refresh)
    except SlackRefused as no:
        raise Wrong(
            _(
                "Slack refused to say who is in the workspace ({why}): update the app from `amends manifest` and install it again.",
                why=no,
            )
        ) from no


async def _socket(settings: Settings, bolt: AsyncApp, doors: Doors) -> SocketMode | None:
    if settings.slack_app_token is None:
        return None
    slack = Slack(settings.slack_app_token.get_secret_value(), settings.slack_api_url)
    await slack.open()
    return SocketMode(slack, bolt, instead=doors.unacknowledged)


async def _connect(socket: SocketMode) -> None:
    """A refused token is said at once; Slack itself is waited for."""
    try:
        await _patiently(socket.start)
    except SlackRefused as no:
        raise Wrong(
            _(
                "Slack does not accept SLACK_APP_TOKEN ({why}): make an app-level token with the scope connections:write (Basic Information page), and turn Socket Mode on.",
                why=no.error,
            )
        ) from no


async def _schema(store: Store, url: str) -> None:
    """SQLite is brought up to date by itself; PostgreSQL, which others share, only by `amends migrate`."""
    if not await behind(store):
        return
    if not store.sqlite:
        raise too_old()
    await asyncio.to_thread(upgrade, url)


def _model(settings: Settings, plan: Plan) -> Model | None:
    if not settings.has_model:
        return None
    key = settings.openai_api_key.get_secret_value() if settings.openai_api_key else "none"
    name = settings.openai_model or "gpt-5-mini"
    return Model(base_url=settings.openai_base_url, api_key=key, model=name, timeout=plan.waits.model.total_seconds())


def _bolt(settings: Settings, slack: Slack, installed: Installed) -> AsyncApp:
    """Bolt, with our own `authorize`: whoever we are was asked once, not at every press."""

    async def authorize(enterprise_id: str | None, team_id: str | None) -> AuthorizeResult | None:
        if team_id != installed.team:
            return None
        return AuthorizeResult(
            enterprise_id=enterprise_id,
            team_id=team_id,
            bot_token=settings.slack_bot_token.get_secret_value(),
            bot_id=installed.bot_id,
            bot_user_id=installed.bot_user,
        )

    logging.getLogger("slack_bolt.AsyncApp").addFilter(_no_news)
    return AsyncApp(
        name="amends",
        signing_secret=settings.slack_signing_secret.get_secret_value(),
        client=slack.client,
        authorize=authorize,  # type: ignore[arg-type]  # None means "not ours", which only its type does not know
        user_facing_authorize_error_message=_("This Amends works for another workspace. Nothing was done."),
        process_before_response=True,
    )


def _no_news(record: logging.LogRecord) -> bool:
    """Bolt warns at every start that our `authorize` and client go before the token in the environment: so they should."""
    return not any(words in record.getMessage() for words in ("will be ignored", "will be unused"))


def _asgi(app: App, bolt: AsyncApp) -> Starlette:
    async def alive(request: Request) -> Response:
        return PlainTextResponse("alive")

    readiness = _Readiness(app.store)

    async def ready(request: Request) -> Response:
        """Database and schema; Slack is reported, and never fails it."""
        database = await readiness.database()
        fine = app.ready and database == "ok"
        said = {"ready": fine, "database": database, "slack": app.installed.team_name}
        if app.socket is not None:
            said["socket"] = app.socket.state
        return JSONResponse(said, status_code=200 if fine else 503)

    by_http = [] if app.socket else [slack_route(bolt, app.settings.slack_signing_secret.get_secret_value())]
    return Starlette(
        routes=[
            *by_http,
            Route("/healthz", alive),
            Route("/readyz", ready),
            *webhook_routes(app.service.signals),
        ]
    )


class _Readiness:
    """One look at the database at a time, and a quick answer: whoever asks has no patience."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._looking: asyncio.Task[str] | None = None

    async def database(self) -> str:
        """How the database is, in a word."""
        if self._looking is None or self._looking.done():
            self._looking = asyncio.get_running_loop().create_task(self._look())
        await asyncio.wait({self._looking}, timeout=READY_WITHIN)
        return self._looking.result() if self._looking.done() else "does not answer"

    async def _look(self) -> str:
        try:
            if await behind(self.store):
                return "older tables"
            await self.store.ping()
        except Unavailable:
            return "unavailable"
        return "ok"

"""The wiring: every long-lived object, made once, in one function; and how it all stops.

Stopping, on the signal: stop claiming and `/readyz` 503 → stop accepting → wait for listeners in hand → release what
was not begun → after nine seconds leave anyway. Exit 0.
"""

import asyncio
import contextlib
import fcntl
import logging
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import IO, Any

import handlers.texts
import uvicorn
from slack_bolt.adapter.starlette.async_handler import AsyncSlackRequestHandler
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.error import BoltError
from sqlalchemy import make_url
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

import handlers.alerts
import handlers.incidents
import handlers.people
import handlers.promises
from bot.clock import Clock
from bot.config import Settings, Wrong, environment
from bot.core.guard.language import warm
from bot.core.effects import Later
from bot.desk import Desk
from bot.llm import Model
from bot.outbox import Outbox, Pace
from bot.outbox.performers import World
from bot.people import People
from bot.plan import Plan, load_plan
from bot.prompts import Prompts
from bot.retention import Retention
from bot.roster import Roster
from bot.schema import at_head, upgrade
from bot.service import Service
from bot.slack import Installed, Slack, SlackRefused
from bot.store import Store, Unavailable
from handlers.doors import Doors
from handlers.webhooks import routes as webhook_routes

log = logging.getLogger(__name__)

LEAVE_ANYWAY = 9.0
"""Seconds after the signal when we go, whatever is still in hand; platforms kill at ten."""
SLACK_AWAY = 60
"""Seconds we wait for Slack at the start before we give up."""


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
    ready: bool = False
    _open: list[Callable[[], Any]] = field(default_factory=list)

    async def start(self) -> None:
        """From here on the bot works: effects are done, moments are noticed."""
        self.outbox.start()
        self.clock.start()
        self.ready = True

    async def stop(self) -> None:
        """In the order that loses nothing and leaves nobody without an answer."""
        self.ready = False
        await self.clock.stop()
        await self.outbox.stop()
        await self.people.stop()
        await self.slack.close()
        if self.desk.model is not None:
            await self.desk.model.aclose()
        await self.store.close()


async def build(
    settings: Settings,
    *,
    plan: Plan | None = None,
    pace: Pace | None = None,
    now: Callable[[], datetime] | None = None,
) -> App:
    """Every long-lived object. Asks Slack who we are and who the plan's people are; raises Wrong where it can't start."""
    plan = plan or load_plan(settings.crisis_plan, environment())
    prompts = Prompts()
    await asyncio.to_thread(warm)
    slack = Slack(settings.slack_bot_token.get_secret_value(), settings.slack_api_url)
    await slack.open()
    try:
        installed = await _who_we_are(slack)
        store = Store(settings.database_url, team=installed.team, clock=now)
        await _schema(store, settings.database_url)
        desk = Desk(
            store=store, plan=plan, roster=Roster(team=installed.team), prompts=prompts, model=_model(settings, plan)
        )
        people = People(desk, slack)
        await _find_people(people)
    except BaseException:
        await slack.close()
        raise
    service = Service(desk)
    world = World(desk=desk, slack=slack, installed=installed, service=service)
    bolt = _bolt(settings, slack, installed)
    doors = Doors(bolt, slack, store, command=plan.command, language=plan.language, zone=plan.zone)
    for module in (handlers.incidents, handlers.texts, handlers.promises, handlers.alerts):
        module.register(doors, service)
    handlers.people.register(doors, people)
    outbox = Outbox(store, world, pace)
    clock = Clock(store, [service.texts, service.promises, service.signals, service.incidents, Retention(store, plan)])
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
        outbox=outbox,
        clock=clock,
        asgi=Starlette(),
    )
    app.asgi = _asgi(app, bolt)
    return app


async def _who_we_are(slack: Slack) -> Installed:
    """`auth.test`, once. Slack may be slow to come up beside us; a refused token is said at once."""
    for attempt in range(SLACK_AWAY // 2):
        try:
            return await slack.installed()
        except Later as later:
            log.warning("waiting for Slack (%s)", later)
            await asyncio.sleep(2 if attempt else 0.2)
        except SlackRefused as no:
            raise Wrong(
                f"Slack does not accept SLACK_BOT_TOKEN ({no.error}): install the app again and copy its bot token."
            ) from no
    raise Wrong("Slack cannot be reached: is SLACK_API_URL right, and is there a way out to it?")


async def _find_people(people: People) -> None:
    try:
        await people.refresh()
    except SlackRefused as no:
        raise Wrong(
            f"Slack refused to say who is in the workspace ({no}): update the app from `amends manifest` and install it again."
        ) from no
    except Later as later:
        raise Wrong(f"Slack did not say who is in the workspace ({later}): please start again in a minute.") from later


async def _schema(store: Store, url: str) -> None:
    """SQLite is brought up to date by itself; PostgreSQL, which others share, only by `amends migrate`."""
    try:
        if store.sqlite:
            await asyncio.to_thread(upgrade, url)
        elif not await at_head(store):
            raise Wrong("The database has another version of the tables: run `amends migrate` first.")
    except Unavailable as away:
        raise Wrong(f"The database cannot be reached ({away}): is DATABASE_URL right, and does it run?") from away


def _model(settings: Settings, plan: Plan) -> Model | None:
    if not settings.has_model:
        return None
    key = settings.openai_api_key.get_secret_value() if settings.openai_api_key else "none"
    name = settings.openai_model or "gpt-5-mini"
    return Model(base_url=settings.openai_base_url, api_key=key, model=name, timeout=plan.waits.model.total_seconds())


def _bolt(settings: Settings, slack: Slack, installed: Installed) -> AsyncApp:
    """Bolt, with our own `authorize`: whoever we are was asked once, not at every press."""

    async def authorize(enterprise_id: str | None, team_id: str | None) -> AuthorizeResult:
        if team_id != installed.team:
            raise BoltError(f"a request for another workspace: {team_id}")
        return AuthorizeResult(
            enterprise_id=enterprise_id,
            team_id=team_id,
            bot_token=settings.slack_bot_token.get_secret_value(),
            bot_id=installed.bot_id,
            bot_user_id=installed.bot_user,
        )

    logging.getLogger("slack_bolt.AsyncApp").addFilter(_no_news)
    return AsyncApp(
        signing_secret=settings.slack_signing_secret.get_secret_value(),
        client=slack.client,
        authorize=authorize,
        process_before_response=True,
    )


def _no_news(record: logging.LogRecord) -> bool:
    """Bolt warns at every start that our `authorize` goes before the token in the environment: so it should."""
    return "will be ignored" not in record.getMessage()


def _asgi(app: App, bolt: AsyncApp) -> Starlette:
    slack_requests = AsyncSlackRequestHandler(bolt)

    async def events(request: Request) -> Response:
        return await slack_requests.handle(request)

    async def alive(request: Request) -> Response:
        return PlainTextResponse("alive")

    async def ready(request: Request) -> Response:
        """Database and schema; Slack is reported, and never fails it."""
        try:
            await app.store.ping()
            database = "ok" if app.store.sqlite or await at_head(app.store) else "another schema"
        except Unavailable:
            database = "unavailable"
        fine = app.ready and database == "ok"
        said = {"ready": fine, "database": database, "slack": app.installed.team_name}
        return JSONResponse(said, status_code=200 if fine else 503)

    return Starlette(
        routes=[
            Route("/slack/events", events, methods=["POST"]),
            Route("/healthz", alive),
            Route("/readyz", ready),
            *webhook_routes(app.service.signals),
        ]
    )


class _Server(uvicorn.Server):
    """uvicorn, but the signals are ours: it would raise them again once it has stopped, and we leave with 0."""

    @contextlib.contextmanager
    def capture_signals(self) -> Any:
        yield


async def serve(settings: Settings, *, pace: Pace | None = None, announce: Callable[[str], None] | None = None) -> None:
    """Serves until SIGTERM or SIGINT."""
    with alone(settings.database_url):
        app = await build(settings, pace=pace)
        config = uvicorn.Config(
            app.asgi, host=settings.host, port=settings.port, log_config=None, access_log=False, lifespan="off"
        )
        server = _Server(config)
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for each in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(each, stop.set)
        await app.start()
        serving = loop.create_task(server.serve())
        await _wait_until_started(server, serving)
        if announce and server.servers:
            announce(f"http://{settings.host}:{server.servers[0].sockets[0].getsockname()[1]}")
        stopping = loop.create_task(stop.wait())
        await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        await _leave(app, server, serving)


async def _wait_until_started(server: uvicorn.Server, serving: "asyncio.Task[None]") -> None:
    while not server.started:
        if serving.done():
            raise Wrong("The address is taken or not allowed: choose another PORT or HOST.")
        await asyncio.sleep(0.01)


async def _leave(app: App, server: uvicorn.Server, serving: "asyncio.Task[None]") -> None:
    try:
        async with asyncio.timeout(LEAVE_ANYWAY):
            app.ready = False
            await app.clock.stop()
            server.should_exit = True
            await serving
            await app.stop()
    except TimeoutError:
        log.warning("some work was still in hand; another process goes on with it when its lease ends")


@contextlib.contextmanager
def alone(url: str) -> Any:
    """One `serve` a SQLite file: an operating-system lock beside it, which ends with the process however it ends."""
    database = make_url(url).database
    if not url.startswith("sqlite") or not database or database == ":memory:":
        yield
        return
    path = Path(f"{database}.lock")
    try:
        handle: IO[str] = path.open("w")
    except OSError as trouble:
        raise Wrong(f"The folder of the database cannot be written ({trouble.strerror}): {path.parent}") from trouble
    with handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as taken:
            raise Wrong(
                f"Another `amends serve` works on {database} already: stop it first, or use PostgreSQL for several."
            ) from taken
        yield


@asynccontextmanager
async def running(settings: Settings, *, plan: Plan | None = None, pace: Pace | None = None) -> AsyncIterator[App]:
    """A started bot for as long as the block lasts, without a server of its own: for tests."""
    app = await build(settings, plan=plan, pace=pace)
    await app.start()
    try:
        yield app
    finally:
        await app.stop()

"""The practice workspace as one ASGI app: the Web API, the answer URLs, the sockets, the control API and the page."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

from bot.practice.answer_url import answer_by_url
from bot.practice.api_files import uploaded
from bot.practice.control import Control, refused_address
from bot.practice.courier import Courier
from bot.practice.gestures import Gestures
from bot.practice.page.routes import Page
from bot.practice.settings import PracticeSettings
from bot.practice.sockets import LINK
from bot.practice.state import State
from bot.practice.web_api import WebApi
from bot.practice.world import World

__all__ = ["PracticeSettings", "PracticeSlack", "create_app"]


class PracticeSlack:
    """One workspace with everything that belongs to it."""

    def __init__(self, world: World, settings: PracticeSettings) -> None:
        self.settings = settings
        self.state = State(world, settings.clock)
        self.web_api = WebApi(self.state, settings)
        self.courier = Courier(self.state, settings)
        self.gestures = Gestures(self.state, settings, self.courier)


def _ours(handle: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
    """For programs on this machine, not for web pages in a browser on it: see `Control`."""

    async def guarded(request: Request) -> Response:
        refused = refused_address(request)
        return PlainTextResponse(refused, 403) if refused else await handle(request)

    return guarded


def create_app(slack: PracticeSlack) -> Starlette:
    """Serve this workspace; it sends to the bot while the app's lifespan lasts."""

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        await slack.courier.start()
        yield
        await slack.courier.stop()

    async def answer(request: Request) -> Response:
        return await answer_by_url(slack.state, request)

    async def upload(request: Request) -> Response:
        return await uploaded(slack.state, request)

    async def link(socket: WebSocket) -> None:
        if refused_address(socket):
            await socket.close()  # before it was accepted: HTTP 403
        else:
            await slack.courier.sockets.serve(socket)

    control = Control(slack)
    return Starlette(
        routes=[
            Route("/api/{method:path}", _ours(slack.web_api.handle), methods=["GET", "POST"]),
            Route("/response/{token}", _ours(answer), methods=["POST"]),
            Route("/upload/{token}", _ours(upload), methods=["POST"]),
            WebSocketRoute(LINK, link),
            control.route(),
            *Page(slack, control).routes(),
        ],
        lifespan=lifespan,
    )

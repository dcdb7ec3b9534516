"""The process: its port, its signals, its end.

Stopping, on the signal: `/readyz` 503, claim nothing more and finish what is in hand → stop accepting → wait for
listeners in hand, leave the socket, wait for the answers on their way → after nine seconds leave anyway. Exit 0.
"""

import asyncio
import contextlib
import logging
import os
import signal
import socket
import threading
from collections.abc import Callable, Coroutine, Iterator
from typing import Any, TypeVar

import uvicorn

from bot.app import build
from bot.config import Settings, Wrong
from bot.i18n import _
from bot.plan import Plan
from bot.schema import alone

T = TypeVar("T")

log = logging.getLogger(__name__)

LEAVE_ANYWAY = 9.0
"""Seconds after the signal when we go, whatever is still in hand; platforms kill at ten."""
KEPT_ALIVE = 75
"""Seconds an idle connection stays open: longer than a router keeps it, or requests fall between."""
LISTENERS = 2
"""Seconds for requests in hand, once nothing new is accepted."""


class _Server(uvicorn.Server):
    """uvicorn, but the signals are ours: it would raise them again once it has stopped, and we leave with 0."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def serve(settings: Settings, plan: Plan, *, announce: Callable[[str], None] | None = None) -> None:
    """Serves until SIGTERM or SIGINT."""
    with alone(settings.database_url):
        stop = _asked_to_stop()
        app = await _unless(stop, build(settings, plan))
        if app is None:
            return
        try:
            listening = _listening(settings.host, settings.port)
            await _unless(stop, app.start())
        except Wrong:
            await app.stop()
            raise
        if stop.is_set():
            await app.stop()
            return
        server = _Server(
            uvicorn.Config(
                app.asgi,
                log_config=None,
                access_log=False,
                lifespan="off",
                timeout_keep_alive=KEPT_ALIVE,
                timeout_graceful_shutdown=LISTENERS,
            )
        )
        serving = asyncio.get_running_loop().create_task(server.serve(sockets=[listening]))
        if announce:
            announce(f"http://{settings.host}:{listening.getsockname()[1]}")
        await _unless(stop, asyncio.wait({serving}))
        await app.finish()
        server.should_exit = True
        await asyncio.gather(serving, app.leave())
        await app.stop()


def _asked_to_stop() -> asyncio.Event:
    """Set by the first signal; from then on we have nine seconds."""
    asked = asyncio.Event()

    def stop() -> None:
        if not asked.is_set():
            asked.set()
            leave = threading.Timer(LEAVE_ANYWAY, _leave)  # a thread: it goes off whatever the event loop hangs on
            leave.daemon = True
            leave.start()

    for each in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(each, stop)
    return asked


def _leave() -> None:
    log.warning("some work was still in hand; another process goes on with it when its lease ends")
    os._exit(0)


async def _unless(stop: asyncio.Event, work: Coroutine[Any, Any, T]) -> T | None:
    """What comes of the work; None when we are asked to stop before it is done."""
    loop = asyncio.get_running_loop()
    working, stopping = loop.create_task(work), loop.create_task(stop.wait())
    await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if working.done():
        return working.result()
    working.cancel()
    await asyncio.wait({working})
    return None


def _listening(host: str, port: int) -> socket.socket:
    """Ours from now on, or Wrong. Named as TCP, or asyncio leaves Nagle's algorithm on: 40 ms on every other answer."""
    try:
        family, kind, protocol, _name, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP, flags=socket.AI_PASSIVE
        )[0]
        listening = socket.socket(family, kind, protocol)
    except OSError as trouble:
        raise Wrong(
            _("HOST {host} is not an address of this machine ({why}).", host=host, why=trouble.strerror)
        ) from trouble
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        listening.listen()
    except OSError as trouble:
        listening.close()
        raise Wrong(
            _(
                "We cannot listen on {host}, port {port} ({why}): choose another PORT or HOST.",
                host=host,
                port=port,
                why=trouble.strerror,
            )
        ) from trouble
    return listening

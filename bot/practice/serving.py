"""Serving an ASGI app on this machine for as long as a block lasts: for tests, the demo, and the process itself."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import uvicorn

from bot.practice.server import PracticeSlack, create_app


class _Quiet(uvicorn.Server):
    """uvicorn inside somebody else's program: the signals stay that program's, and it ends when told, not at a tick."""

    def __init__(self, config: uvicorn.Config, told: asyncio.Event) -> None:
        super().__init__(config)
        self.told = told

    async def main_loop(self) -> None:
        await self.on_tick(0)
        await self.told.wait()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _listening(port: int) -> socket.socket:
    # Named as TCP, or asyncio does not recognise it and leaves Nagle's algorithm on: 40 ms on every other answer.
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.bind(("127.0.0.1", port))
    return listening


@asynccontextmanager
async def serving(app: Any, port: int = 0, *, told: asyncio.Event | None = None) -> AsyncIterator[str]:
    """Serve `app` on 127.0.0.1; yields its address without a slash at the end.

    It ends with the block, or as soon as it is `told`: several that are told together end in the time of one.
    """
    told = told or asyncio.Event()
    listening = _listening(port)
    config = uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        date_header=False,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=1,
    )
    server = _Quiet(config, told)
    task = asyncio.create_task(server.serve(sockets=[listening]))
    try:
        while not server.started and not task.done():  # noqa: ASYNC110 - uvicorn tells by this flag alone
            await asyncio.sleep(0.005)
        if task.done():
            raise RuntimeError("The server did not start: see its log")
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        told.set()
        await task


@asynccontextmanager
async def workspace_serving(
    slack: PracticeSlack, port: int = 0, *, told: asyncio.Event | None = None
) -> AsyncIterator[str]:
    """Serve a practice workspace; yields the address that a `Workspace` takes. The bot's API is at `/api/` below it."""
    async with serving(create_app(slack), port, told=told) as address:
        slack.settings.public_url = address
        try:
            yield address
        finally:
            slack.state.pulse.stop()

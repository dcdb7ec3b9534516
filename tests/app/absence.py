"""Databases that are away for a while: a file that another program holds, a server that is gone or silent."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Literal

from sqlalchemy import make_url

Absence = Literal["locked", "gone", "silent"]


@asynccontextmanager
async def locked(url: str) -> AsyncIterator[None]:
    """Another program writes to the file and does not come to an end."""

    def begin() -> sqlite3.Connection:
        other = sqlite3.connect(str(make_url(url).database), isolation_level=None, check_same_thread=False)
        other.execute("BEGIN IMMEDIATE")
        return other

    other = await asyncio.to_thread(begin)  # it may have to wait for a transaction of this very process
    try:
        yield
    finally:
        other.rollback()
        other.close()


class Wire:
    """The way to a PostgreSQL server, which can be cut and held."""

    def __init__(self, socket: str) -> None:
        self.socket = socket
        self.port = 0
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()
        self._carries = asyncio.Event()

    async def mend(self) -> None:
        self._carries.set()
        if self._server is None:
            self._server = await asyncio.start_server(self._carry, "127.0.0.1", self.port)
            self.port = self._server.sockets[0].getsockname()[1]

    def cut(self) -> None:
        """Nobody listens there any more, and what was open is gone: as when the server is stopped."""
        assert self._server is not None
        self._server.close()
        self._server = None
        for writer in list(self._open):
            writer.transport.abort()

    def hold(self) -> None:
        """Nothing arrives and nothing comes back: as when the network swallows it."""
        self._carries.clear()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        from_server, to_server = await asyncio.open_unix_connection(self.socket)
        ways = (self._copy(reader, to_server), self._copy(from_server, writer))
        await asyncio.gather(*ways, return_exceptions=True)

    async def _copy(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        try:
            while data := await reader.read(65536):
                await self._carries.wait()
                writer.write(data)
                await writer.drain()
        finally:
            self._open.discard(writer)
            writer.close()


class Database:
    """A database of either kind, and its absence."""

    def __init__(self, url: str, wire: Wire | None = None) -> None:
        self.wire = wire
        self.url = url
        if wire is not None:
            through = make_url(url).set(host="127.0.0.1", port=wire.port, query={"ssl": "disable"})
            self.url = through.render_as_string(hide_password=False)

    @asynccontextmanager
    async def away(self, how: Absence) -> AsyncIterator[None]:
        if self.wire is None:
            async with locked(self.url):
                yield
            return
        self.wire.cut() if how == "gone" else self.wire.hold()
        yield
        await self.wire.mend()


@asynccontextmanager
async def reachable(url: str) -> AsyncIterator[Database]:
    """This database, reached in a way that can be disturbed."""
    if url.startswith("sqlite"):
        yield Database(url)
        return
    wire = Wire(f"{make_url(url).query['host']}/.s.PGSQL.5432")
    await wire.mend()
    yield Database(url, wire)
    wire.cut()

"""What tests stand on: a store on each database, and a stage (practice workspace and real bot) for stories."""

import asyncio
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4
from zlib import crc32

import asyncpg
import hypothesis
import pytest
import uvloop
from sqlalchemy import make_url
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.config import database_address
from bot.models import TeamId
from bot.schema import upgrade
from bot.store import Store, engines
from tests import postgres
from tests.postgres import SharedDatabase

if TYPE_CHECKING:
    from tests.stage import Stage

hypothesis.settings.register_profile("untimed", deadline=None)  # how fast something is, is no matter of a test
hypothesis.settings.load_profile("untimed")

Pair = tuple[AsyncEngine, AsyncEngine]
TEAM = TeamId("T0HARBOUR")
MEMORY = Path("/dev/shm")
"""Files that are in memory alone, on Linux: what a test commits need not outlive a power cut."""


def pytest_addoption(parser: pytest.Parser) -> None:
    stories = parser.getgroup("stories", "how the stories are played")
    stories.addoption("--via", choices=["http", "socket"], default="http", help="how Slack reaches the bot")
    stories.addoption("--database", choices=["sqlite", "postgresql"], default="sqlite", help="what they are kept in")


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A migrated file; each test gets a copy beside it."""
    folder = MEMORY if os.access(MEMORY, os.W_OK) else tmp_path_factory.mktemp("template")
    with tempfile.TemporaryDirectory(prefix="amends-", dir=folder) as place:
        path = Path(place) / "template.db"
        _apart(lambda: upgrade(f"sqlite+aiosqlite:///{path}"))
        yield path


@pytest.fixture(scope="session")
def postgres_template() -> Iterator[str]:
    """The address of a migrated database; each test gets a copy of it."""
    with postgres.server() as address:
        if not os.environ.get("TEST_DATABASE_URL"):
            # Ours and thrown away afterwards: no test pulls the plug, and every copy of a database waits for the disk.
            _administer(address, "ALTER SYSTEM SET fsync = off")
            _administer(address, "SELECT pg_reload_conf()")
        name = f"amends_{uuid4().hex[:8]}"
        _administer(address, f"CREATE DATABASE {name}")
        url = make_url(database_address(address)).set(database=name).render_as_string(hide_password=False)
        _apart(lambda: upgrade(url))
        yield url
        _administer(address, f"DROP DATABASE {name} WITH (FORCE)")


def _apart(work: Callable[[], object]) -> None:
    """In a thread of its own: a session's fixtures may be made while a test's event loop runs."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(work).result()


def _administer(address: str, statement: str) -> None:
    async def run() -> None:
        connection = await asyncpg.connect(address)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    _apart(lambda: asyncio.run(run()))


@pytest.fixture(scope="session")
def postgres_database(postgres_template: str) -> Iterator[SharedDatabase]:
    """The one database that this process's tests use one after the other."""
    shared = SharedDatabase(postgres_template)
    yield shared
    _apart(lambda: asyncio.run(shared.dropped()))


def pytest_asyncio_loop_factories() -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """The loop that `amends serve` runs on."""
    return {"uvloop": uvloop.new_event_loop}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Shuffled, the same way each time: tests that wait for processes and tests that compute come side by side, and no
    test can lean on its neighbour."""
    items.sort(key=lambda item: crc32(item.nodeid.encode()))


class KeptEngines:
    """Engines outlive their test, with what they compiled: as in a bot that has been up for a while."""

    def __init__(self) -> None:
        self._free: dict[str, list[Pair]] = {}
        self._lent: list[tuple[str, Pair]] = []

    def __call__(self, url: str) -> Pair:
        free = self._free.setdefault(url, [])
        pair = free.pop() if free else engines(url)
        self._lent.append((url, pair))
        return pair

    async def returned(self, keep: str) -> None:
        """Nobody is connected any more; those of the database that every test has are kept."""
        for url, pair in self._lent:
            for engine in pair:
                await engine.dispose()
            if url == keep:
                self._free[url].append(pair)
        self._lent.clear()


@pytest.fixture(scope="session")
def kept_engines() -> KeptEngines:
    return KeptEngines()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_kind(request: pytest.FixtureRequest) -> str:
    """Every test runs on both kinds; the stories choose one at a time."""
    return str(request.param)


@pytest.fixture
async def database_url(
    database_kind: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, kept_engines: KeptEngines
) -> AsyncIterator[str]:
    """The address of an empty, migrated database."""
    monkeypatch.setattr("bot.store.engines", kept_engines)
    if database_kind == "sqlite":
        template: Path = request.getfixturevalue("sqlite_template")
        path = template.with_name("amends.db")
        shutil.copy(template, path)
        yield (url := f"sqlite+aiosqlite:///{path}")
        await kept_engines.returned(keep=url)
        for left in path.parent.glob(f"{path.name}*"):
            left.unlink()
        return
    shared: SharedDatabase = request.getfixturevalue("postgres_database")
    yield (url := await shared.made())
    await kept_engines.returned(keep=url)
    await shared.emptied()


@pytest.fixture
async def store(database_url: str) -> AsyncIterator[Store]:
    """A store on SQLite and on PostgreSQL."""
    opened = Store(database_url, team=TEAM)
    yield opened
    await opened.close()


@pytest.fixture
async def stage(database_url: str) -> "AsyncIterator[Stage]":
    """The storyboard's company, its workspace and the real bot."""
    from tests.stage import staged  # only stories need the whole bot

    async with staged(database_url) as up:
        yield up

"""What tests stand on: a store on each database, and a stage (practice workspace and real bot) for stories."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import asyncpg
import pytest
from sqlalchemy import make_url

from bot.config import database_address
from bot.models import TeamId
from bot.schema import upgrade
from bot.store import Store
from tests import postgres

if TYPE_CHECKING:
    from tests.stage import Stage

TEAM = TeamId("T0HARBOUR")


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated file; each test gets a copy."""
    path = tmp_path_factory.mktemp("template") / "amends.db"
    _apart(lambda: upgrade(f"sqlite+aiosqlite:///{path}"))
    return path


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


@pytest.fixture(params=["sqlite", "postgresql"])
async def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[str]:
    """The address of a fresh, migrated database: every test runs on both kinds."""
    if request.param == "sqlite":
        template: Path = request.getfixturevalue("sqlite_template")
        shutil.copy(template, tmp_path / "amends.db")
        yield f"sqlite+aiosqlite:///{tmp_path / 'amends.db'}"
        return
    url = make_url(request.getfixturevalue("postgres_template"))
    name = f"test_{uuid4().hex[:12]}"
    plain = url.set(drivername="postgresql").render_as_string(hide_password=False)
    admin = await asyncpg.connect(make_url(plain).set(database="postgres").render_as_string(hide_password=False))
    try:
        await admin.execute(f"CREATE DATABASE {name} TEMPLATE {url.database} STRATEGY file_copy")
        yield url.set(database=name).render_as_string(hide_password=False)
        await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
    finally:
        await admin.close()


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

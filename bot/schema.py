"""The tables' version (Alembic, its settings in pyproject.toml, its steps in `migrations/`), and who works on them."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import IO

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.script.revision import ResolutionError
from alembic.util import CommandError
from sqlalchemy import Connection, make_url

from bot.config import Wrong
from bot.i18n import _
from bot.store import Store, reached

ROOT = Path(__file__).parent.parent


def config(url: str) -> Config:
    """Alembic's settings for one database."""
    settings = Config(toml_file=ROOT / "pyproject.toml")
    settings.set_main_option("script_location", str(ROOT / "migrations"))
    settings.attributes["url"] = url
    return settings


def upgrade(url: str, revision: str = "head") -> bool:
    """Brings the tables to this version; False when a later one made them, which then stay as they are.

    Blocks: call it in a thread, or from the command line. Raises Unavailable.
    """
    try:
        with reached():
            command.upgrade(config(url), revision)
    except CommandError as no:
        if isinstance(no.__cause__, ResolutionError):
            return False
        raise
    return True


async def behind(store: Store) -> bool:
    """Whether the tables are older than this version needs. Newer ones, which a later version made, are fine: each
    migration also works with the code that is still running."""
    known, newest = _versions()

    def current(connection: Connection) -> str | None:
        return MigrationContext.configure(connection).get_current_revision()

    with reached():
        async with store.looking.connect() as connection:
            revision = await connection.run_sync(current)
    return revision is None or (revision in known and revision != newest)


def too_old() -> Wrong:
    """What to say where `behind` holds and bringing them up to date is somebody's decision."""
    return Wrong(_("The tables in the database are older than this version: run `amends migrate` first."))


@cache
def _versions() -> tuple[frozenset[str], str | None]:
    """The versions whose steps are in `migrations/`, and the newest of them."""
    steps = ScriptDirectory(ROOT / "migrations")
    return frozenset(step.revision for step in steps.walk_revisions()), steps.get_current_head()


@contextmanager
def alone(url: str) -> Iterator[None]:
    """One `serve` a SQLite file: an operating-system lock beside it, which ends with the process however it ends."""
    database = make_url(url).database
    if not url.startswith("sqlite") or not database or database == ":memory:":
        yield
        return
    path = Path(f"{database}.lock")
    try:
        handle: IO[str] = path.open("w")
    except OSError as trouble:
        raise Wrong(
            _(
                "The folder of the database cannot be written ({why}): {folder}",
                why=trouble.strerror,
                folder=path.parent,
            )
        ) from trouble
    with handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as taken:
            raise Wrong(
                _(
                    "Another `amends serve` works on {database} already: stop it first, or use PostgreSQL for several.",
                    database=database,
                )
            ) from taken
        yield

"""The tables' version: Alembic, its settings in pyproject.toml, its steps in `migrations/`."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from bot.store import Store, Unavailable

ROOT = Path(__file__).parent.parent


def config(url: str) -> Config:
    """Alembic's settings for one database."""
    settings = Config(toml_file=ROOT / "pyproject.toml")
    settings.set_main_option("script_location", str(ROOT / "migrations"))
    settings.attributes["url"] = url
    return settings


def upgrade(url: str, revision: str = "head") -> None:
    """Brings the tables to this version. Blocks: call it in a thread, or from the command line."""
    command.upgrade(config(url), revision)


async def at_head(store: Store) -> bool:
    """Whether the database has the tables of this version."""
    wanted = ScriptDirectory.from_config(config(store.url)).get_current_head()

    def current(connection: Connection) -> str | None:
        return MigrationContext.configure(connection).get_current_revision()

    try:
        async with store.looking.connect() as connection:
            return await connection.run_sync(current) == wanted
    except OSError as trouble:
        raise Unavailable(str(trouble)) from trouble

"""The tables' version: Alembic, its settings in pyproject.toml, its steps in `migrations/`."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.script.revision import ResolutionError
from alembic.util import CommandError
from sqlalchemy import Connection

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
    steps = ScriptDirectory.from_config(config(store.url))
    known = {step.revision for step in steps.walk_revisions()}

    def current(connection: Connection) -> str | None:
        return MigrationContext.configure(connection).get_current_revision()

    with reached():
        async with store.looking.connect() as connection:
            revision = await connection.run_sync(current)
    return revision is None or (revision in known and revision != steps.get_current_head())

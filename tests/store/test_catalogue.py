"""`upgrade head` and the models make the same tables: the databases' own catalogues are compared."""

import asyncio
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Inspector, inspect, text
from sqlalchemy.ext.asyncio import create_async_engine

from bot.models import metadata
from bot.schema import config, upgrade
from bot.store import Store

Catalogue = dict[str, Any]


def catalogue(connection: Connection) -> Catalogue:
    """Every table as the database itself describes it."""
    inspector: Inspector = inspect(connection)
    return {
        table: {
            "columns": {c["name"]: (str(c["type"]), c["nullable"], c["default"]) for c in inspector.get_columns(table)},
            "primary": inspector.get_pk_constraint(table),
            "unique": sorted(inspector.get_unique_constraints(table), key=lambda u: str(u["name"])),
            "foreign": sorted(inspector.get_foreign_keys(table), key=lambda f: str(f["name"])),
            "indexes": sorted(inspector.get_indexes(table), key=lambda i: str(i["name"])),
        }
        for table in inspector.get_table_names()
        if table != "alembic_version"
    }


async def test_migrations_and_models_make_the_same_tables(store: Store) -> None:
    async with store.writing.connect() as connection:
        migrated = await connection.run_sync(catalogue)
    async with store.writing.begin() as connection:
        await connection.execute(text("DROP TABLE alembic_version"))
        await connection.run_sync(metadata.drop_all)
        await connection.run_sync(metadata.create_all)
        from_models = await connection.run_sync(catalogue)
    assert migrated == from_models
    assert len(migrated) == len(metadata.tables)


async def test_the_tables_can_be_taken_down_and_made_again(tmp_path: Path) -> None:
    from alembic import command

    url = f"sqlite+aiosqlite:///{tmp_path / 'up-and-down.db'}"

    def there_and_back() -> None:
        upgrade(url)
        command.downgrade(config(url), "base")
        upgrade(url)

    await asyncio.to_thread(there_and_back)
    engine = create_async_engine(url)
    async with engine.connect() as connection:
        assert set(await connection.run_sync(catalogue)) == set(metadata.tables)
    await engine.dispose()

"""How Alembic reaches the database: the same drivers as the bot, each step in a transaction of its own."""

import asyncio
from typing import Any, Literal

from alembic import context
from sqlalchemy import Connection, Enum
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool
from sqlmodel import AutoString

from bot.models import UtcDateTime, metadata


def plainly(kind: str, item: Any, autogen: object) -> str | Literal[False]:
    """Migrations outlive the code: they name plain types, never ours."""
    if kind != "type":
        return False
    match item:
        case UtcDateTime():
            return "sa.DateTime(timezone=True)"
        case Enum():
            return "sa.String(length=32)"
        case AutoString():
            return "sa.String()"
        case _other:
            return False


def run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=metadata,
        render_as_batch=True,
        render_item=plainly,
        compare_type=True,
        compare_server_default=True,
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()


async def online() -> None:
    url = context.config.attributes.get("url")
    if url is None:
        from bot.config import load

        url = load(for_serving=False).database_url
    engine = create_async_engine(url, poolclass=NullPool)
    async with engine.connect() as connection:
        await connection.run_sync(run)
        await connection.commit()
    await engine.dispose()


asyncio.run(online())

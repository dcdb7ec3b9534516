"""What keeps us from the database has one name, whatever it was; and what a mistake of ours prints."""

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import make_url, text
from sqlalchemy.exc import IntegrityError

from bot.schema import behind, upgrade
from bot.store import Store, Unavailable
from tests.builders import TEAM, an_incident


async def looked_at(store: Store) -> None:
    async with store.reading() as tx:
        await tx.session.execute(text("SELECT 1"))


async def unavailable(url: str) -> str:
    """Why this database cannot be used."""
    away = Store(url, team=TEAM)
    try:
        with pytest.raises(Unavailable) as no:
            await looked_at(away)
        with pytest.raises(Unavailable):
            await behind(away)
    finally:
        await away.close()
    return str(no.value)


async def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    path = tmp_path / "garbage.db"
    path.write_bytes(b"no database at all " * 100)
    url = f"sqlite+aiosqlite:///{path}"
    assert await unavailable(url) == "file is not a database"
    with pytest.raises(Unavailable):
        await asyncio.to_thread(upgrade, url)


async def test_no_such_database_user_or_machine(postgres_template: str) -> None:
    url = make_url(postgres_template)
    for wrong, why in (
        (url.set(database="nothing_here"), 'database "nothing_here" does not exist'),
        (url.set(username="nobody"), 'role "nobody" does not exist'),
        (url.set(host="nowhere.invalid", query={}), ""),
        (url.set(host="127.0.0.1", port=1, query={}), ""),
    ):
        assert why in await unavailable(wrong.render_as_string(hide_password=False))


async def test_a_connection_that_the_server_ends_is_away_once_and_made_anew(store: Store) -> None:
    if store.sqlite:
        pytest.skip("a file ends no connections")

    async def cut_off() -> None:
        async with store.transaction() as tx:
            await tx.session.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))

    with pytest.raises(Unavailable):
        await cut_off()
    await looked_at(store)


async def test_a_mistake_of_ours_is_no_absence_and_prints_no_words(store: Store) -> None:
    async def twice() -> None:
        async with store.transaction() as tx:
            for _ in range(2):
                tx.session.add(an_incident(title="Priya's secret words"))
                await tx.session.flush()

    with pytest.raises(IntegrityError) as mistake:
        await twice()
    assert "secret words" not in str(mistake.value)


async def test_tables_are_behind_current_or_of_a_later_version(store: Store, tmp_path: Path) -> None:
    empty = Store(f"sqlite+aiosqlite:///{tmp_path / 'empty.db'}", team=TEAM)
    assert await behind(empty)
    await empty.close()
    assert not await behind(store)
    async with store.transaction() as tx:
        await tx.session.execute(text("UPDATE alembic_version SET version_num = '9999_later'"))
    assert not await behind(store), "a later version's tables work with this code too"
    assert not await asyncio.to_thread(upgrade, store.url), "and stay as they are"

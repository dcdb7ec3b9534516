"""Transactions: everything or nothing, repeats answered from the record, numbers without gaps or twins."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlmodel import col

from bot.answer import Answer, Repeated
from bot.core.effects import CreateChannel, Decision, Refresh, Refused, Show
from bot.models import Effect, EffectState, Incident, IncidentId
from bot.store import Store, Unavailable
from tests.builders import PRIYA, TEAM, an_incident


async def _count(store: Store, model: type) -> int:
    async with store.reading() as tx:
        return await tx.session.scalar(select(func.count()).select_from(model)) or 0


async def test_a_refusal_leaves_nothing_behind_not_even_its_key(store: Store) -> None:
    async def refused() -> None:
        async with store.transaction("press:1") as tx:
            tx.session.add(an_incident())
            raise Refused("no")

    with pytest.raises(Refused):
        await refused()
    assert await _count(store, Incident) == 0
    async with store.transaction("press:1") as tx:
        tx.answer("now it counts")


async def test_a_repeat_gets_the_stored_answer_and_does_nothing(store: Store) -> None:
    async with store.transaction("press:1") as tx:
        tx.session.add(an_incident())
        tx.answer(Answer(text="Thank you.", blocks=({"type": "divider"},)))

    async def once_more() -> None:
        async with store.transaction("press:1") as tx:
            tx.session.add(an_incident(number=13))

    with pytest.raises(Repeated) as again:
        await once_more()
    assert again.value.answer == Answer(text="Thank you.", blocks=({"type": "divider"},))
    assert await _count(store, Incident) == 1


async def test_two_presses_with_one_key_at_once_do_it_once(store: Store) -> None:
    async def press() -> str:
        try:
            async with store.transaction("press:1") as tx:
                tx.session.add(an_incident(number=await tx.next_number("incident")))
                await asyncio.sleep(0.05)
                return tx.answer("first").text
        except Repeated as again:
            return again.answer.text

    assert list(await asyncio.gather(press(), press())) == ["first", "first"]
    assert await _count(store, Incident) == 1


async def test_numbers_are_given_out_once_each(store: Store) -> None:
    async def one() -> int:
        async with store.transaction() as tx:
            return await tx.next_number("incident")

    assert sorted(await asyncio.gather(*(one() for _ in range(20)))) == list(range(1, 21))


async def test_the_same_decision_twice_is_one_effect(store: Store) -> None:
    incident = IncidentId("i1")
    for _ in range(2):
        async with store.transaction() as tx:
            await tx.apply(
                Decision(do=[CreateChannel(incident=incident), Show(kind="brief", subject="i1", place=PRIYA)])
            )
    async with store.reading() as tx:
        kinds = sorted((e.kind, e.generation) for e in await tx.all(select(Effect)))
    # the second Show of a known card is an edit, not a second message
    assert kinds == [("create_channel", 1), ("post", 1), ("refresh", 1)]


async def test_edits_coalesce_and_a_finished_one_wakes_up_again(store: Store) -> None:
    async with store.transaction() as tx:
        await tx.apply(Decision(do=[Show(kind="brief", subject="i1", place=PRIYA)]))
    for _ in range(400):
        async with store.transaction() as tx:
            await tx.apply(Decision(do=[Refresh(subjects=["i1"])]))
    async with store.transaction() as tx:
        edit = await tx.first(select(Effect).where(col(Effect.kind) == "refresh"))
        assert edit.generation == 400
        edit.state = EffectState.DONE
        await tx.session.commit()
    async with store.transaction() as tx:
        await tx.apply(Decision(do=[Refresh(subjects=["i1"])]))
    async with store.reading() as tx:
        edit = await tx.first(select(Effect).where(col(Effect.kind) == "refresh"))
        assert (edit.state, edit.generation) == (EffectState.PENDING, 401)


async def test_the_outbox_is_woken_by_commits_that_decided_something(store: Store) -> None:
    woken: list[int] = []
    store.committed.append(lambda: woken.append(1))
    async with store.transaction() as tx:
        tx.session.add(an_incident())
    assert woken == []
    async with store.transaction() as tx:
        await tx.apply(Decision(do=[CreateChannel(incident=IncidentId("i1"))]))
    assert woken == [1]


async def test_now_is_the_databases_clock_on_postgresql_and_ours_on_sqlite(store: Store) -> None:
    async with store.transaction() as tx:
        assert tx.now.tzinfo is UTC
        assert abs(tx.now - datetime.now(UTC)) < timedelta(seconds=5)
    at = datetime(2020, 1, 1, tzinfo=UTC)
    frozen = Store(store.url, team=TEAM, clock=lambda: at)
    async with frozen.transaction() as tx:
        assert tx.now == at
    await frozen.close()


async def test_readers_cannot_write(store: Store) -> None:
    if not store.sqlite:
        pytest.skip("PostgreSQL has one pool for both")

    async def write() -> None:
        async with store.reading() as tx:
            tx.session.add(an_incident())
            await tx.session.commit()

    with pytest.raises(Unavailable, match="readonly"):
        await write()


async def test_an_unreachable_database_is_said_in_one_word() -> None:
    away = Store("postgresql+asyncpg://nobody@127.0.0.1:1/none", team=TEAM)

    async def try_it() -> None:
        async with away.transaction():
            raise AssertionError("there is no database")

    with pytest.raises(Unavailable):
        await try_it()
    await away.close()

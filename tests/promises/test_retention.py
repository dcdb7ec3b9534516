"""What is forgotten when, and that it happens once a night."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from bot.models import (
    Alert,
    AlertState,
    Delivery,
    Effect,
    EffectState,
    InboundKey,
    Report,
    Row,
    Signal,
    Stage,
    new_id,
)
from bot.plan import Plan, parse_plan
from bot.retention import Retention, purge
from bot.store import Store
from tests.builders import DANA, NOON, TEAM, TOM, an_incident
from tests.promises.rows import a_delivery

PLAN: Plan = parse_plan(
    "retention: {deliveries: 30d, refused: 7d, signals: 90d, inbound_keys: 7d, effects: 30d}\nzone: Europe/Berlin"
)


def ago(days: float) -> datetime:
    return NOON - timedelta(days=days)


def a_post(delivery: Delivery, days: float, **fields: Any) -> Signal:
    known = {"source": "mentions", "dedupe": new_id(), "text": "Three weeks, no parcel", "author": "jo_m"}
    return Signal.new(team=TEAM, delivery=delivery.id, received_at=ago(days), **known | fields)


def an_effect(days: float, state: EffectState) -> Effect:
    return Effect.new(
        key=new_id(),
        kind="post",
        lane="x",
        priority=0,
        sequence=1,
        state=state,
        not_before=ago(days),
        created_at=ago(days),
    )


@pytest.fixture
def noon(store: Store) -> Store:
    """The store, at noon."""
    store.clock = lambda: NOON
    return store


async def save(store: Store, *rows: Row) -> None:
    async with store.transaction() as tx:
        for row in rows:
            tx.session.add(row)
            await tx.session.flush()


async def left(store: Store, model: type[Row]) -> int:
    async with store.reading() as tx:
        return int(await tx.session.scalar(select(func.count()).select_from(model)) or 0)


async def test_each_kind_goes_at_its_own_time(noon: Store) -> None:
    await save(
        noon,
        a_delivery(ago(29)),
        a_delivery(ago(31)),
        a_delivery(ago(6), refused="no text"),
        a_delivery(ago(8), refused="no text"),
        InboundKey.new(key="new", at=ago(6)),
        InboundKey.new(key="old", at=ago(8)),
        an_effect(31, EffectState.DONE),
        an_effect(31, EffectState.PARKED),
        an_effect(31, EffectState.PENDING),
        an_effect(29, EffectState.DONE),
    )
    removed = await purge(noon, PLAN)
    assert removed["deliveries"] == 2
    assert removed["answered presses"] == 1
    assert removed["records of what was sent"] == 2
    assert [await left(noon, model) for model in (Delivery, InboundKey, Effect)] == [2, 1, 2]
    assert sum((await purge(noon, PLAN)).values()) == 0


async def test_what_was_sent_byte_for_byte_goes_before_the_post_that_was_made_of_it(noon: Store) -> None:
    delivery = a_delivery(ago(31))
    await save(noon, delivery, a_post(delivery, 31))
    assert (await purge(noon, PLAN))["bodies of deliveries"] == 1
    async with noon.reading() as tx:
        assert (await tx.get(Delivery, delivery.id)).body == b""
    assert await left(noon, Signal) == 1


async def test_posts_of_an_open_crisis_and_of_an_open_question_stay(noon: Store) -> None:
    running, over = an_incident(number=1), an_incident(number=2, stage=Stage.CLOSED)
    asking = Alert.new(team=TEAM, rule="late", open_key="late", state=AlertState.ASKING, first_seen_at=ago(91))
    filed = Alert.new(team=TEAM, rule="late", state=AlertState.FILED, first_seen_at=ago(91))
    delivery = a_delivery(ago(91))
    kept = [a_post(delivery, 91, incident=running.id), a_post(delivery, 91, alert=asking.id), a_post(delivery, 89)]
    gone = [
        a_post(delivery, 91, incident=over.id),
        a_post(delivery, 91, alert=filed.id),
        a_post(delivery, 91),
    ]
    await save(noon, running, over, asking, filed, delivery, *kept, *gone)
    assert (await purge(noon, PLAN))["signals"] == len(gone)
    async with noon.reading() as tx:
        assert {row.id for row in await tx.all(select(Signal))} == {row.id for row in kept}


async def test_the_delivery_follows_its_last_post(noon: Store) -> None:
    delivery = a_delivery(ago(91))
    await save(noon, delivery, a_post(delivery, 91))
    await purge(noon, PLAN)
    assert await left(noon, Delivery) == 0


async def test_more_than_a_batch(noon: Store) -> None:
    await save(noon, *(InboundKey.new(key=f"key {n}", at=ago(8)) for n in range(1201)))
    assert (await purge(noon, PLAN))["answered presses"] == 1201


async def test_a_night_is_due_once_also_on_two_replicas(noon: Store) -> None:
    nightly = Retention(noon, PLAN)
    async with noon.reading() as tx:
        assert await nightly.next_due(tx) == datetime(2026, 11, 22, 2, 0, tzinfo=UTC)  # missed: at once
    await asyncio.gather(nightly.tick(), Retention(noon, PLAN).tick())
    async with noon.reading() as tx:
        assert await nightly.next_due(tx) == datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
    assert await left(noon, InboundKey) == 1


async def test_the_hour_is_the_plans_on_either_side_of_a_change_of_clocks(noon: Store) -> None:
    noon.clock = lambda: datetime(2026, 10, 24, 20, 0, tzinfo=UTC)
    nightly = Retention(noon, PLAN)
    await nightly.tick()
    async with noon.reading() as tx:
        assert await nightly.next_due(tx) == datetime(2026, 10, 25, 2, 0, tzinfo=UTC)  # 03:00 winter time


async def test_two_purges_at_once_remove_everything_once(noon: Store) -> None:
    """`amends purge` beside the nightly job of a replica."""
    other = Store(noon.url, team=TEAM, clock=noon.clock)
    deliveries = [a_delivery(ago(100)) for _ in range(600)]
    keys = [InboundKey.new(key=new_id(), at=ago(8), answer={}) for _ in range(600)]
    async with noon.transaction() as tx:
        tx.session.add_all([*deliveries, *keys])
        await tx.session.flush()
        tx.session.add_all([a_post(delivery, 100) for delivery in deliveries])
    removed = await asyncio.gather(*(purge(store, PLAN) for store in (noon, other, noon, other)))
    for what in ("signals", "deliveries", "answered presses"):
        assert sum(each[what] for each in removed) == 600
    assert [await left(noon, model) for model in (Signal, Delivery, InboundKey)] == [0, 0, 0]
    await other.close()


async def test_who_reported_what_goes_with_the_post_and_not_before(noon: Store) -> None:
    closed = an_incident(stage=Stage.CLOSED, number=1)
    open_one, delivery = an_incident(number=2), a_delivery(ago(100))
    await save(noon, closed, open_one, delivery)
    kept = [a_post(delivery, 91, incident=open_one.id), a_post(delivery, 89)]
    gone = [a_post(delivery, 91, incident=closed.id), a_post(delivery, 91)]
    await save(noon, *kept, *gone)
    for post in (*kept, *gone):
        for by in (DANA, TOM):
            await save(noon, Report.new(team=TEAM, signal=post.id, by=by, note="Look", at=post.received_at))
    await purge(noon, PLAN)
    async with noon.reading() as tx:
        left_over = {report.signal for report in await tx.all(select(Report))}
    assert left_over == {post.id for post in kept}
    assert await left(noon, Report) == 4
    assert await left(noon, Signal) == 2

"""The clock wakes whoever is due, and survives whoever fails."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

import pytest
from sqlalchemy import text

from bot import clock
from bot.clock import Clock
from bot.core.effects import Decision, SetTopic
from bot.models import IncidentId
from bot.store import Store, Tx, Unavailable


class Moment:
    """Due at one moment; does its work once."""

    def __init__(self, due: datetime | None = None, *, fails: Exception | None = None) -> None:
        self.due = due
        self.fails = fails
        self.asked = 0
        self.times = 0
        self.looked_at = asyncio.Event()
        self.begun = asyncio.Event()
        self.worked = asyncio.Event()

    async def next_due(self, tx: Tx) -> datetime | None:
        self.asked += 1
        self.looked_at.set()
        return self.due

    async def tick(self) -> None:
        self.times += 1
        if self.fails:
            raise self.fails
        self.due = None
        self.worked.set()


async def now(store: Store) -> datetime:
    async with store.reading() as tx:
        return tx.now


@pytest.fixture
async def started(store: Store) -> AsyncIterator[list[Clock]]:
    """Clocks to start; they are stopped again."""
    clocks: list[Clock] = []
    yield clocks
    for each in clocks:
        await each.stop()


def start(store: Store, started: list[Clock], *tickers: Moment) -> Clock:
    running = Clock(store, tickers)
    started.append(running)
    running.start()
    return running


async def test_it_wakes_at_the_moment_and_not_before(
    store: Store, started: list[Clock], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "SAFETY", 60.0)
    due = await now(store) + timedelta(seconds=0.5)
    moment = Moment(due)
    start(store, started, moment)
    await asyncio.wait_for(moment.worked.wait(), 2)
    assert due <= await now(store) < due + timedelta(seconds=0.4)
    assert moment.times == 1


async def test_what_was_due_while_it_was_down_is_done_at_its_start(
    store: Store, started: list[Clock], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "SAFETY", 60.0)
    moment = Moment(await now(store) - timedelta(hours=3))
    start(store, started, moment)
    await asyncio.wait_for(moment.worked.wait(), 1)


async def test_a_commit_is_noticed_long_before_the_safety_interval(
    store: Store, started: list[Clock], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "SAFETY", 60.0)
    moment = Moment()
    start(store, started, moment)
    await moment.looked_at.wait()
    moment.due = await now(store)
    async with store.transaction() as tx:
        await tx.apply(Decision(do=[SetTopic(incident=IncidentId("12"))]))
    await asyncio.wait_for(moment.worked.wait(), 2)


async def test_without_any_word_it_looks_again_at_the_safety_interval(
    store: Store, started: list[Clock], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "SAFETY", 0.3)
    moment = Moment()
    start(store, started, moment)
    await moment.looked_at.wait()
    moment.due = await now(store)
    await asyncio.wait_for(moment.worked.wait(), 2)


async def test_one_that_fails_is_logged_once_and_the_others_go_on(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    past = await now(store) - timedelta(seconds=1)
    broken = Moment(past, fails=RuntimeError("no such promise"))
    away = Moment(past, fails=Unavailable("gone"))
    other = Moment(past)
    looking = Clock(store, [broken, away, other])
    with caplog.at_level(logging.ERROR):
        for _look in range(3):
            assert await looking.look() == clock.SAFETY
    assert (broken.times, other.times) == (3, 1)
    assert [record.getMessage() for record in caplog.records].count(
        "Moment could not act in time: RuntimeError('no such promise')"
    ) == 1


async def test_a_question_that_the_database_refuses_does_not_silence_the_others(store: Store) -> None:
    class Misspelt(Moment):
        async def next_due(self, tx: Tx) -> datetime | None:
            await tx.session.execute(text("SELECT no_such_column FROM incident"))
            return None

    broken, other = Misspelt(), Moment(await now(store))
    looking = Clock(store, [broken, other])
    assert await looking.look() == clock.SAFETY
    assert (broken.times, other.times) == (0, 1)
    assert list(looking.troubles) == [0]


async def test_a_database_that_is_away_is_trouble_for_everyone_until_it_is_back(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    looking = Clock(store, [Moment(), other := Moment(await now(store))])
    with monkeypatch.context() as gone:
        gone.setattr(store, "reading", _away)
        assert await looking.look() == clock.SAFETY
    assert list(looking.troubles) == [0, 1]
    await looking.look()
    assert (looking.troubles, other.times) == ({}, 1)


@asynccontextmanager
async def _away() -> AsyncIterator[Tx]:
    raise Unavailable("gone")
    yield


async def test_more_than_a_thousand_pokes_are_a_few_looks(store: Store, started: list[Clock]) -> None:
    moment = Moment()
    running = start(store, started, moment)
    for _commit in range(1000):
        running.poke()
        await asyncio.sleep(0)
    await asyncio.sleep(0.5)
    assert moment.asked < 10


async def test_stopping_waits_for_what_is_in_hand(store: Store) -> None:
    class Slow(Moment):
        async def tick(self) -> None:
            self.begun.set()
            await asyncio.sleep(0.3)
            await super().tick()

    slow = Slow(await now(store))
    running = Clock(store, [slow])
    running.start()
    await slow.begun.wait()
    await running.stop()
    assert slow.worked.is_set()
    assert running.poke not in store.committed
    await running.stop()

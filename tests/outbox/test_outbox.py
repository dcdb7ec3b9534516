"""The outbox: every effect until it is done, in the order of its lane, once as far as its class can promise."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any, cast

import pytest
from sqlalchemy import select, text
from sqlmodel import col

from bot.core.effects import Later, Priority
from bot.core.queued import effect
from bot.models import Effect, EffectState
from bot.outbox import Outbox, Pace
from bot.outbox.performers import Idempotent, World
from bot.slack import SlackRefused
from bot.store import Store, Tx

QUICK = Pace(lease=1.0, look_after=0.05, poll=0.05, back_off=0.02, post_interval=0.0)
NOWHERE = cast("World", None)
"""These effects need no world."""


class Recorder(Idempotent):
    """Does what the test says, and writes down when."""

    def __init__(self, act: Callable[[Effect], Awaitable[dict[str, Any]]] | None = None) -> None:
        self.act = act
        self.began: list[str] = []
        self.unknown: list[bool] = []
        self.finished: list[str] = []
        self.in_flight: set[str] = set()

    async def perform(self, world: World, effect: Effect) -> dict[str, Any]:
        assert effect.lane not in self.in_flight, f"two at once in {effect.lane}"
        self.in_flight.add(effect.lane)
        self.began.append(effect.key)
        self.unknown.append(effect.unknown)
        try:
            await asyncio.sleep(0.002)
            return await self.act(effect) if self.act else {}
        finally:
            self.in_flight.discard(effect.lane)

    async def done(self, world: World, tx: Tx, effect: Effect, result: dict[str, Any]) -> None:
        self.finished.append(effect.key)


@asynccontextmanager
async def working(store: Store, recorder: Recorder, *, workers: int = 1, pace: Pace = QUICK) -> AsyncIterator[None]:
    outboxes = [Outbox(store, NOWHERE, pace, {"do": recorder}) for _ in range(workers)]
    for outbox in outboxes:
        outbox.start()
    try:
        yield
    finally:
        for outbox in outboxes:
            await outbox.stop()


async def ask(
    store: Store, *subjects: str, lane: str = "channel:C1", priority: Priority = Priority.NORMAL, again: bool = False
) -> None:
    async with store.transaction() as tx:
        wanted = [effect("do", subject, lane=lane, priority=priority, now=tx.now) for subject in subjects]
        await tx.enqueue(*wanted, again={"do"} if again else ())


async def until(holds: Callable[[], object]) -> None:
    async with asyncio.timeout(8):
        while not holds():  # noqa: ASYNC110 - a test may look often
            await asyncio.sleep(0.01)


async def states(store: Store) -> dict[str, EffectState]:
    async with store.reading() as tx:
        return {effect.key: effect.state for effect in await tx.all(select(Effect))}


async def test_a_lane_goes_by_priority_then_in_the_order_of_deciding(store: Store) -> None:
    recorder = Recorder()
    await ask(store, "a", "b")
    await ask(store, "urgent", priority=Priority.DUTY)
    await ask(store, "edit", priority=Priority.EDIT)
    async with working(store, recorder):
        await until(lambda: len(recorder.finished) == 4)
    assert recorder.began == ["do:urgent", "do:a", "do:b", "do:edit"]


async def test_several_workers_never_have_two_of_one_lane_in_flight_and_do_each_once(store: Store) -> None:
    recorder = Recorder()
    for lane in range(4):
        await ask(store, *(f"{lane}.{n}" for n in range(8)), lane=f"channel:C{lane}")
    async with working(store, recorder, workers=3):
        await until(lambda: len(recorder.finished) == 32)
    assert sorted(recorder.began) == sorted(set(recorder.began))


async def test_however_much_is_under_way_a_duty_begins_at_once(store: Store) -> None:
    answers = asyncio.Event()

    async def act(effect: Effect) -> dict[str, Any]:
        if effect.priority > Priority.OPENING:
            await answers.wait()
        return {}

    recorder = Recorder(act)
    for n in range(6):
        await ask(store, f"waits {n}", lane=f"method:{n}")
    async with working(store, recorder, pace=replace(QUICK, at_once=4, kept_free=2)):
        await until(lambda: len(recorder.in_flight) == 2)
        await ask(store, "a duty", lane="person:U1", priority=Priority.DUTY)
        await ask(store, "an opening", lane="channel:C1", priority=Priority.OPENING)
        await until(lambda: len(recorder.finished) == 2)
        assert sorted(recorder.finished) == ["do:a duty", "do:an opening"]
        assert len(recorder.in_flight) == 2, "the others wait for their turn"
        answers.set()
        await until(lambda: len(recorder.finished) == 8)


async def test_a_429_holds_up_its_own_lane_only(store: Store) -> None:
    async def act(effect: Effect) -> dict[str, Any]:
        if effect.key == "do:slow" and effect.attempts == 1:
            raise Later("ratelimited", after=0.5)
        return {}

    recorder = Recorder(act)
    await ask(store, "slow", "behind", lane="channel:C1")
    await ask(store, "other", lane="channel:C2")
    async with working(store, recorder):
        await until(lambda: len(recorder.finished) == 3)
    assert recorder.finished[0] == "do:other"
    assert recorder.began.index("do:behind") > recorder.began.index("do:slow", recorder.began.index("do:slow") + 1)
    assert not any(recorder.unknown), "a refused call did not take effect"


async def test_after_an_unknown_outcome_the_next_attempt_knows_that_it_must_look(store: Store) -> None:
    async def act(effect: Effect) -> dict[str, Any]:
        if effect.attempts == 1:
            raise Later("connection reset", unknown=True)
        return {}

    recorder = Recorder(act)
    await ask(store, "a")
    async with working(store, recorder):
        await until(lambda: recorder.finished)
    assert recorder.unknown == [False, True]


async def test_what_slack_refuses_is_parked_with_the_reason_and_blocks_nobody(store: Store) -> None:
    async def act(effect: Effect) -> dict[str, Any]:
        if effect.key == "do:bad":
            raise SlackRefused("chat.postMessage", "is_archived")
        return {}

    recorder = Recorder(act)
    await ask(store, "bad", "good")
    async with working(store, recorder):
        await until(lambda: recorder.finished)
    assert await states(store) == {"do:bad": EffectState.PARKED, "do:good": EffectState.DONE}
    async with store.reading() as tx:
        bad = await tx.first(select(Effect).where(col(Effect.key) == "do:bad"))
        assert "is_archived" in bad.error


async def test_a_bug_parks_its_own_effect_and_the_others_go_on(store: Store, caplog: pytest.LogCaptureFixture) -> None:
    async def act(effect: Effect) -> dict[str, Any]:
        if effect.key == "do:bug":
            raise ZeroDivisionError("a bug")
        return {}

    recorder = Recorder(act)
    await ask(store, "bug", "good")
    async with working(store, recorder):
        await until(lambda: recorder.finished)
    assert (await states(store))["do:bug"] == EffectState.PARKED
    assert "do:bug could not be done" in caplog.text


async def test_another_worker_goes_on_when_one_dies_in_the_middle(store: Store) -> None:
    async def hang(effect: Effect) -> dict[str, Any]:
        await asyncio.sleep(60)
        return {}

    died, lives = Recorder(hang), Recorder()
    await ask(store, "a", "b")
    first = Outbox(store, NOWHERE, QUICK, {"do": died})
    first.start()
    await until(lambda: died.began)
    for task in first._running:
        task.cancel()  # as a kill would: nothing is released, nothing is stored
    await first.stop()
    async with working(store, lives):
        await until(lambda: len(lives.finished) == 2)
    assert lives.began == ["do:a", "do:b"]
    assert lives.unknown == [True, False]


async def test_who_lost_the_lease_stores_nothing(store: Store) -> None:
    late, quick = Recorder(), Recorder()
    await ask(store, "a")
    paused = Outbox(store, NOWHERE, replace(QUICK, lease=0.05), {"do": late})
    [effect], _nap = await paused._claim(1)
    await asyncio.sleep(0.1)  # the process was stopped for longer than its lease
    async with working(store, quick):
        await until(lambda: quick.finished)
    await paused._do(effect)
    assert (quick.finished, late.finished) == (["do:a"], [])
    assert (await states(store))["do:a"] == EffectState.DONE


async def test_who_lives_and_is_slow_keeps_the_lease(store: Store) -> None:
    async def like_a_model(effect: Effect) -> dict[str, Any]:
        await asyncio.sleep(2)
        return {}

    slow, other = Recorder(like_a_model), Recorder()
    await ask(store, "a")
    brief = replace(QUICK, lease=0.9)
    async with working(store, slow, pace=brief):
        await until(lambda: slow.began)
        async with working(store, other, pace=brief):
            await until(lambda: slow.finished)
    assert (slow.began, other.began) == (["do:a"], [])


async def test_an_edit_wanted_again_while_one_is_on_its_way_is_done_again(store: Store) -> None:
    recorder = Recorder()

    async def act(effect: Effect) -> dict[str, Any]:
        if len(recorder.began) == 1:
            for _ in range(3):
                await ask(store, "card", again=True)
        return {}

    recorder.act = act
    await ask(store, "card", again=True)
    async with working(store, recorder):
        await until(lambda: len(recorder.finished) == 2)
        await asyncio.sleep(0.2)
    assert recorder.began == ["do:card", "do:card"], "three wishes, one more edit"


async def test_a_channel_takes_a_burst_then_its_pace(store: Store) -> None:
    recorder = Recorder()
    await ask(store, *"abcdefgh")
    async with working(store, recorder, pace=replace(QUICK, post_interval=60, post_burst=4)):
        await until(lambda: len(recorder.finished) >= 4)
        await asyncio.sleep(0.3)
    assert len(recorder.finished) in (4, 5), "the burst, and no more within the minute"


async def test_a_clean_stop_leaves_nothing_leased(store: Store) -> None:
    recorder = Recorder()
    await ask(store, *(str(n) for n in range(30)))
    async with working(store, recorder):
        await until(lambda: len(recorder.began) > 3)
    async with store.reading() as tx:
        leased = await tx.all(
            select(Effect).where(col(Effect.state) == EffectState.PENDING, col(Effect.token).is_not(None))
        )
    assert list(leased) == []


async def test_effects_are_stored_in_the_order_in_which_they_are_claimed(store: Store) -> None:
    """Whoever stores several and whoever claims several take them in one order, so that neither waits for the other."""
    async with store.transaction() as tx:
        lanes = ("person:U1", "method:conversations.setTopic", "channel:C1", "method:chat.update")
        wanted = [effect("do", lane, lane=lane, priority=Priority.NORMAL, now=tx.now) for lane in lanes]
        await tx.enqueue(*wanted, again={"do"})
        place = "rowid" if tx.sqlite else "ctid"
        stored = (await tx.session.scalars(text(f"SELECT lane FROM effect ORDER BY {place}"))).all()
        decided = await tx.all(select(col(Effect.lane)).order_by(col(Effect.sequence)))
    assert list(stored) == sorted(lanes)
    assert list(decided) == list(lanes), "what was decided first is done first all the same"

"""Who is asked when, on both databases: as few messages as can be, none lost, none twice."""

import asyncio
from datetime import datetime

import pytest
from sqlalchemy import select
from sqlmodel import col

from bot.models import (
    Audience,
    Effect,
    Here,
    Incident,
    Member,
    Promise,
    PromiseKind,
    Reminder,
)
from bot.service.promises import Promises
from bot.service.reminders import remind as rightly
from bot.store import Store
from tests.builders import DANA, EVA, PRIYA, SAM, TOM
from tests.promises.evening import CHANNEL, Evening
from tests.promises.rows import MIDNIGHT, MINUTE, OPENED, a_crisis, a_promise


@pytest.fixture
async def evening(store: Store) -> Evening:
    return await Evening.begin(store)


def at(minutes: float) -> datetime:
    """Minutes from midnight, when the update is due."""
    return MIDNIGHT + minutes * MINUTE


async def test_an_update_that_nobody_gives_asks_one_after_the_other(evening: Evening) -> None:
    await evening.save(a_promise(evening.incident, owner=SAM))
    told: list[list[str]] = []
    for minute in (-30, -12, 0, 5, 15, 30):
        before = len(await evening.sent())
        await evening.at(at(minute))
        told.append(sorted((await evening.sent())[before:]))
    assert told == [[], [SAM], [CHANNEL, SAM], [PRIYA], [EVA], []]


async def test_a_reminder_says_what_is_left_and_that_a_text_is_ready(evening: Evening) -> None:
    await evening.save(a_promise(evening.incident))
    await evening.at(at(-12))
    ((_card, message),) = await evening.cards(PRIYA)
    assert message.text == "Crisis 12 needs you, Priya: get the update out by Mon 23 Nov, 00:00 CET"
    shown = await evening.reads(PRIYA)
    assert "12 minutes left. A text is ready." in shown
    assert await evening.buttons(PRIYA) == ["Read the text", "Done", "Hand over", "Extend", "Snooze"]


async def test_what_was_missed_is_called_broken_and_never_overdue(evening: Evening) -> None:
    await evening.save(a_promise(evening.incident))
    await evening.at(at(0))
    for place in (PRIYA, CHANNEL):
        shown = await evening.reads(place)
        assert "broken at" in shown
        assert "Say so openly: a text is ready." in shown
        assert "overdue" not in shown
    ((_card, line),) = await evening.cards(CHANNEL)
    assert "Owner: Priya" in str(line.blocks)
    assert "<@" not in str(line.blocks), "a line in the channel pings nobody who has a message of their own"
    assert [note.kind for note in await evening.noted("promise_missed")] == ["promise_missed"]


async def test_each_says_who_was_asked_before(evening: Evening) -> None:
    await evening.save(a_promise(evening.incident, owner=SAM))
    for minute in (-12, 0, 5, 15):
        await evening.at(at(minute))
    assert "Asked before" not in await evening.reads(SAM)
    assert "Asked before: Sam." in await evening.reads(PRIYA)
    assert "Asked before: Sam and Priya." in await evening.reads(EVA)


async def test_settled_it_says_nothing_more_of_who_was_asked_before(evening: Evening) -> None:
    promise = a_promise(evening.incident, owner=SAM)
    await evening.save(promise)
    for minute in (-12, 0, 5):
        await evening.at(at(minute))
    assert "Asked before: Sam." in await evening.reads(PRIYA)
    await evening.promises.done(promise.id, "told on the phone", by=SAM, key="done")
    assert "Kept by Sam" in await evening.reads(PRIYA)
    assert "Asked before" not in await evening.reads(PRIYA)


async def test_the_leads_own_promise_goes_to_the_stand_in_and_then_the_executive(evening: Evening) -> None:
    await evening.save(a_promise(evening.incident))
    for minute in (-12, 0, 5, 15):
        await evening.at(at(minute))
    assert [place for place in await evening.sent() if place not in (PRIYA, CHANNEL)] == [TOM, EVA]


async def test_somebody_who_cannot_come_is_asked_through_their_stand_in(evening: Evening) -> None:
    async with evening.store.transaction() as tx:
        priya = await tx.first(select(Member).where(col(Member.user) == PRIYA))
        priya.state = Here.CANNOT
    await evening.save(
        a_promise(evening.incident),
        Member.new(incident=evening.incident.id, user=TOM, stands_in_for=PRIYA, asked_at=OPENED),
    )
    for minute in (-12, 0):
        await evening.at(at(minute))
    assert await evening.sent() == [TOM, TOM, CHANNEL]
    assert "It is Priya's." in await evening.reads(TOM)


async def test_whoever_is_asked_can_see_the_crisis(evening: Evening) -> None:
    await evening.save(a_promise(evening.incident))
    for minute in (0, 5):
        await evening.at(at(minute))
    async with evening.store.reading() as tx:
        members = {row.user for row in await tx.all(select(Member))}
        invited = [row.payload["users"] for row in await tx.all(select(Effect).where(col(Effect.kind) == "invite"))]
    assert TOM in members
    assert invited == [[TOM]]


async def test_without_an_executive_the_lead_is_told(evening: Evening) -> None:
    evening.desk.roster = type(evening.desk.roster)(team=evening.desk.roster.team, roles={"lead": (PRIYA,)})
    await evening.save(a_promise(evening.incident, owner=SAM))
    for minute in (-12, 0, 5, 15):
        await evening.at(at(minute))
    assert await evening.sent() == [SAM, SAM, CHANNEL, PRIYA, PRIYA]


async def test_somebody_alone_is_asked_and_nobody_else(evening: Evening) -> None:
    evening.desk.roster = type(evening.desk.roster)(team=evening.desk.roster.team)
    await evening.save(a_promise(evening.incident))
    for minute in (-12, 0, 5, 15):
        await evening.at(at(minute))
    assert await evening.sent() == [PRIYA, PRIYA, CHANNEL, PRIYA]


async def test_two_clocks_at_once_give_one_reminder(evening: Evening) -> None:
    await evening.save(a_promise(evening.incident, owner=SAM))
    evening.now = at(-12)
    other = Store(evening.store.url, team=evening.store.team, clock=lambda: evening.now)
    second = Promises(type(evening.desk)(**{**evening.desk.__dict__, "store": other}))
    await asyncio.gather(*(promises.tick() for promises in (evening.promises, second) for _look in range(3)))
    await other.close()
    assert await evening.sent() == [SAM]


async def test_after_an_outage_each_person_hears_once_and_how_late_it_is(evening: Evening) -> None:
    await evening.save(a_promise(evening.incident, owner=SAM))
    await evening.at(at(20))
    assert sorted(await evening.sent()) == sorted([SAM, CHANNEL, PRIYA, EVA])
    assert "This message is 20 minutes late" in await evening.reads(SAM)
    assert "This message is 5 minutes late" in await evening.reads(EVA)
    await evening.at(at(40))
    assert len(await evening.sent()) == 4


async def test_a_restart_in_between_loses_nothing_and_repeats_nothing(evening: Evening) -> None:
    await evening.save(a_promise(evening.incident, owner=SAM))
    await evening.at(at(-12))
    evening.now = at(0)
    again = Store(evening.store.url, team=evening.store.team, clock=lambda: evening.now)
    await Promises(type(evening.desk)(**{**evening.desk.__dict__, "store": again})).tick()
    await again.close()
    assert await evening.sent() == [SAM, SAM, CHANNEL]


class TestTogether:
    async def test_promises_of_one_owner_within_ten_minutes_are_one_message(self, evening: Evening) -> None:
        statement = a_promise(
            evening.incident, kind=PromiseKind.STATEMENT, public=False, started_at=OPENED, due=at(-2)
        )  # its reminder would come at 23:45, the update's at 23:48
        await evening.save(a_promise(evening.incident), statement)
        for minute in range(-40, 0):
            await evening.at(at(minute))
        assert [place for place in await evening.sent() if place == PRIYA] == [PRIYA, PRIYA]
        first, second = [message for _card, message in await evening.cards(PRIYA)]
        for message in (first, second):
            assert "Statement" in str(message.blocks)
            assert "Update for the public" in str(message.blocks)
        assert "2 promises" in second.text

    async def test_the_channel_hears_of_each_when_it_is_due(self, evening: Evening) -> None:
        other = a_promise(evening.incident, kind=PromiseKind.OTHER, public=False, wording="call the carrier", due=at(5))
        await evening.save(a_promise(evening.incident), other)
        for minute in range(-12, 1):
            await evening.at(at(minute))
        assert "all the carrier" not in await evening.reads(CHANNEL)
        assert "all the carrier" in await evening.reads(PRIYA)
        await evening.at(at(5))
        assert "all the carrier" in await evening.reads(CHANNEL)
        assert (await evening.sent()).count(PRIYA) == 2

    async def test_what_falls_due_within_the_same_minute_is_one_line(self, evening: Evening) -> None:
        later = a_promise(evening.incident, owner=SAM, kind=PromiseKind.OTHER, wording="call back", due=at(0.5))
        await evening.save(a_promise(evening.incident), later)
        await evening.at(at(0))
        await evening.at(at(0.5))
        assert (await evening.sent()).count(CHANNEL) == 1
        shown = await evening.reads(CHANNEL)
        assert "all back" in shown
        assert "Owner: Sam." in shown

    async def test_who_is_told_of_one_broken_promise_hears_of_the_other_in_the_same_message(
        self, evening: Evening
    ) -> None:
        statement = a_promise(
            evening.incident, kind=PromiseKind.STATEMENT, public=False, started_at=OPENED, due=at(-1)
        )  # stand-in and executive would hear of it at 00:04 and 00:14, of the update at 00:05 and 00:15
        await evening.save(a_promise(evening.incident), statement)
        for minute in range(-1, 30):
            await evening.at(at(minute))
        sent = await evening.sent()
        assert sent.count(TOM) == sent.count(EVA) == 1
        for person in (TOM, EVA):
            read = await evening.reads(person)
            assert "Statement" in read
            assert "Update for the public" in read

    async def test_other_peoples_promises_stay_theirs(self, evening: Evening) -> None:
        await evening.save(a_promise(evening.incident), a_promise(evening.incident, owner=SAM, due=at(5)))
        await evening.at(at(-12))
        assert await evening.sent() == [PRIYA]

    async def test_another_crisis_has_its_own_message(self, evening: Evening) -> None:
        other = a_crisis(number=13, channel="C0CRISIS13")
        await evening.save(other, a_promise(evening.incident), a_promise(other))
        await evening.at(at(-12))
        assert await evening.sent() == [PRIYA, PRIYA]


async def test_a_private_crisis_tells_a_lock_screen_nothing(evening: Evening) -> None:
    secret = a_promise(evening.incident, kind=PromiseKind.OTHER, public=False, wording="tell the injured family")
    await evening.save(secret)
    for minute in (-12, 0, 5, 15):
        await evening.at(at(minute))
    texts = [message.text for _card, message in await evening.cards()]
    assert len(texts) == 5
    for text in texts:
        assert "family" not in text
        assert evening.incident.title not in text
        assert "Crisis 12" in text
        assert len(text) <= 80


async def test_an_open_one_says_what_it_is(store: Store) -> None:
    evening = await Evening.begin(store, audience=Audience.STAFF)
    await evening.save(a_promise(evening.incident, kind=PromiseKind.OTHER, public=False, wording="call the carrier"))
    await evening.at(at(-12))
    assert "call the carrier" in (await evening.sent(PRIYA))[0]


async def test_one_crisis_that_fails_does_not_hold_up_the_others(
    evening: Evening, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = a_crisis(number=13, channel="C0CRISIS13")
    await evening.save(other, a_promise(evening.incident, due=at(-1)), a_promise(other, owner=SAM))

    async def remind(desk: object, tx: object, incident: Incident, owed: list[Promise]) -> None:
        if incident.number == 12:
            raise RuntimeError("a bug")
        await rightly(desk, tx, incident, owed)  # type: ignore[arg-type]  # whatever it was handed

    monkeypatch.setattr("bot.service.promises.remind", remind)
    evening.now = at(0)
    with pytest.raises(ExceptionGroup) as trouble:
        await evening.promises.tick()
    assert evening.incident.id in str(trouble.value.exceptions[0].__notes__)
    assert SAM in await evening.sent()


async def test_the_clock_is_told_the_next_moment(evening: Evening) -> None:
    async with evening.store.reading() as tx:
        assert await evening.promises.next_due(tx) is None
    await evening.save(a_promise(evening.incident), a_promise(evening.incident, started_at=at(-20)))
    async with evening.store.reading() as tx:
        assert await evening.promises.next_due(tx) == at(-30)


async def test_before_there_is_a_channel_its_people_are_asked_all_the_same(store: Store) -> None:
    evening = await Evening.begin(store)
    async with store.transaction() as tx:
        (await tx.incident(evening.incident.id)).channel = None
    await evening.save(a_promise(evening.incident, owner=DANA))
    await evening.at(at(0))
    assert await evening.sent() == [DANA]


async def test_what_was_given_stays_on_record_and_is_not_looked_at_again(evening: Evening) -> None:
    await evening.save(a_promise(evening.incident))
    for minute in (-12, 0, 5, 15):
        await evening.at(at(minute))
    async with evening.store.reading() as tx:
        assert await evening.promises.next_due(tx) is None
        assert len(await tx.all(select(Reminder))) == 5
        assert len(await evening.sent()) == 5
    assert len(await evening.noted("promise_missed")) == 1

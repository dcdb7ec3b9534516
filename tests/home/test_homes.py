"""Whose App Home is drawn again and when, what it may show, and its pages; on both databases, without Slack."""

import itertools
import json
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, cast

import pytest
from sqlalchemy import select, update
from sqlmodel import col

from bot.answer import Repeated
from bot.models import (
    Audience,
    ChannelId,
    Effect,
    EffectState,
    Here,
    Home,
    Incident,
    Member,
    PromiseKind,
    Stage,
    UserId,
)
from bot.outbox.performers import PublishHome, World
from bot.people import People
from bot.rights import may_see, visible_to
from bot.service.promises import open_promises
from bot.store import Store
from bot.views.home import Lists
from tests.builders import DANA, LEO, NORA, PRIYA, SAM, TOM, an_incident
from tests.texts.evening import CHANNEL, Evening

URL = "https://harbour.example/"


@pytest.fixture
async def evening(store: Store) -> Evening:
    """Crisis 1 is open since 22:58; nobody has opened their App Home yet."""
    return await Evening.begin(store)


async def opens(evening: Evening, *users: UserId) -> None:
    for user in users:
        await evening.service.homes.opened(by=user, key=evening.key(), stands=False)


async def to_draw(evening: Evening) -> dict[str, int]:
    """Whose App Home waits to be drawn, and how often it was wanted."""
    homes = select(Effect).where(col(Effect.kind) == "home", col(Effect.state) == EffectState.PENDING)
    return {effect.payload["user"]: effect.generation for effect in await evening.rows(homes)}


async def all_drawn(evening: Evening) -> None:
    async with evening.store.transaction() as tx:
        done = update(Effect).values(state=EffectState.DONE, generation=1, done_at=tx.now)
        await tx.session.execute(done.execution_options(synchronize_session=False))


async def shown(evening: Evening, user: UserId) -> str:
    """Everything on somebody's App Home."""
    drawn = await evening.service.homes.drawn(user, url=URL)
    assert drawn is not None
    return json.dumps(drawn.view, ensure_ascii=False)


async def test_as_long_as_nobody_has_opened_it_nothing_is_drawn(evening: Evening) -> None:
    await evening.approve(PRIYA)
    assert await to_draw(evening) == {}


async def test_whatever_is_decided_in_a_crisis_draws_the_homes_of_its_people_once(evening: Evening) -> None:
    await opens(evening, PRIYA, DANA, LEO, NORA)
    await all_drawn(evening)
    await evening.approve(PRIYA)
    assert await to_draw(evening) == {PRIYA: 2, DANA: 2, LEO: 2}, "Nora is not in it, Sam never looked"
    await evening.tick_off(DANA, "x")
    assert await to_draw(evening) == {PRIYA: 3, DANA: 3, LEO: 3}, "one effect each, however often it is wanted"
    sequence = {effect.lane for effect in await evening.rows(select(Effect).where(col(Effect.kind) == "home"))}
    assert len(sequence) == 4, "each in a lane of its own"


async def test_nobody_who_has_left_the_company_is_drawn_for(evening: Evening) -> None:
    await opens(evening, PRIYA, LEO)
    await all_drawn(evening)
    async with evening.store.transaction() as tx:
        leo = await tx.person(LEO)
        assert leo is not None
        leo.active = False
    await evening.approve(PRIYA)
    assert await to_draw(evening) == {PRIYA: 2}
    assert await evening.service.homes.drawn(LEO, url=URL) is None


async def test_a_press_that_decides_nothing_draws_nothing(evening: Evening) -> None:
    await evening.service.members.here(evening.incident_id, by=PRIYA, key=evening.key())
    await opens(evening, PRIYA)
    await all_drawn(evening)
    await evening.service.texts.read((await evening.version()).id, by=PRIYA, key=evening.key())
    assert await to_draw(evening) == {}


async def test_who_is_offered_a_promise_sees_it_and_loses_it_when_it_is_settled(evening: Evening) -> None:
    await opens(evening, NORA)
    await all_drawn(evening)
    async with evening.store.reading() as tx:
        incident = await tx.get(Incident, evening.incident_id)
        [first, *_more] = await open_promises(tx, incident)
    await evening.service.promises.hand_over(first.id, NORA, by=PRIYA, key=evening.key())
    assert await to_draw(evening) == {NORA: 2}
    home = await shown(evening, NORA)
    assert "Take over: first public word" in home
    assert "Parcels" not in home, "she is not in it yet"
    await all_drawn(evening)
    await evening.service.promises.done(first.id, "by phone", by=PRIYA, key=evening.key())
    assert await to_draw(evening) == {NORA: 2}
    assert "Nothing is asked of you." in await shown(evening, NORA)


async def test_who_leaves_the_channel_loses_the_crisis_at_once(evening: Evening) -> None:
    await opens(evening, NORA)
    await all_drawn(evening)
    await evening.service.members.entered(ChannelId(CHANNEL), NORA, key=evening.key())
    assert await to_draw(evening) == {NORA: 2}
    assert "Parcels three weeks late" in await shown(evening, NORA)
    await all_drawn(evening)
    await evening.service.members.left(ChannelId(CHANNEL), NORA, key=evening.key())
    assert await to_draw(evening) == {NORA: 2}
    assert "Parcels" not in await shown(evening, NORA)


async def test_what_was_asked_of_somebody_who_left_the_channel_is_gone_with_it(evening: Evening) -> None:
    """Only people who were there because of the channel lose it; an unanswered question of theirs is no way back in."""
    await evening.edit(PRIYA, "Other words, by 23:58 CET.")  # a second person is asked: Tom, her stand-in
    assert await evening.asked() == {TOM}
    await opens(evening, TOM)
    assert "Read the first public word" in await shown(evening, TOM)
    async with evening.store.transaction() as tx:
        theirs = col(Member.incident) == evening.incident_id, col(Member.user) == TOM
        await tx.session.execute(update(Member).where(*theirs).values(roles=[]))
    await evening.service.members.left(ChannelId(CHANNEL), TOM, key=evening.key())
    assert "first public word" not in await shown(evening, TOM)


async def test_the_query_for_what_somebody_may_see_is_the_rule_itself(store: Store) -> None:
    evening = Evening(store, cast("Any", (await Evening.begin(store)).desk))
    async with store.transaction() as tx:
        for number, (audience, lead, by) in enumerate(
            [(a, lead, by) for a in Audience for lead in (PRIYA, None) for by in (DANA, None)], 50
        ):
            incident = an_incident(number=number, audience=audience, lead=lead, declared_by=by, stage=Stage.RESOLVED)
            tx.session.add(incident)
            await tx.session.flush()
            tx.session.add(Member.new(incident=incident.id, user=SAM, state=Here.CANNOT, asked_at=tx.now))
    async with store.reading() as tx:
        everything = await tx.all(select(Incident))
        assert len(everything) == 9
        guests = replace(evening.desk.roster, guests=frozenset({NORA, SAM}), roles={"lead": (PRIYA,)})
        for user, roster in itertools.product((DANA, PRIYA, SAM, NORA), (evening.desk.roster, guests)):
            evening.desk.roster = roster
            found = await tx.all(select(Incident).where(visible_to(evening.desk, user)))
            assert {i.id for i in found} == {i.id for i in everything if await may_see(evening.desk, tx, i, user)}
            if roster is guests and user in guests.guests:
                assert len(found) == (9 if user == SAM else 0), "a guest sees what they are in, and nothing else"


async def test_a_private_crisis_is_not_even_counted_for_somebody_outside(evening: Evening) -> None:
    await opens(evening, NORA)
    home = await shown(evening, NORA)
    assert "Nothing needs you now, Nora." in home
    assert "No crisis is open that you can see." in home
    for secret in ("Parcels", "crisis-1", "Crisis 1", "crisis 1", CHANNEL, "parcel", "first public word", " 1"):
        assert secret not in home, secret


async def test_it_speaks_the_readers_language_and_keeps_their_time(
    evening: Evening, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with evening.store.transaction() as tx:
        priya = await tx.person(PRIYA)
        assert priya is not None
        priya.locale, priya.zone = "de-DE", "America/New_York"
    seen: list[str] = []

    class German:
        def gettext(self, message: str) -> str:
            seen.append(message)
            return f"DE {message}"

        def ngettext(self, one: str, many: str, n: int) -> str:
            return self.gettext(one if n == 1 else many)

    other = German()
    catalogue = __import__("bot.i18n", fromlist=["_catalogue"])._catalogue
    monkeypatch.setattr("bot.i18n._catalogue", lambda locale: other if locale == "de_DE" else catalogue(locale))
    await opens(evening, PRIYA, DANA)
    assert "DE *Read the DE first public word*" in await shown(evening, PRIYA)
    assert "17:13 EST" in await shown(evening, PRIYA), "due at 23:13 in Berlin"
    assert "DE " not in await shown(evening, DANA)
    assert {"Asked of me", "Owed by me", "Waiting for others", "On duty", "Open crises"} <= set(seen)


async def test_a_new_language_or_zone_draws_it_again(evening: Evening) -> None:
    await opens(evening, NORA)
    await all_drawn(evening)
    people = People(evening.desk, cast("Any", None))
    nora = {"id": NORA, "profile": {"display_name": "Nora"}, "tz": "Europe/Berlin"}
    await people.changed(nora)
    assert await to_draw(evening) == {}, "a new picture is no reason"
    await people.changed(nora | {"locale": "de-DE"})
    assert await to_draw(evening) == {NORA: 2}


async def test_an_opening_that_is_told_twice_is_one(evening: Evening) -> None:
    await evening.service.homes.opened(by=NORA, key="event:1", stands=False)
    with pytest.raises(Repeated):
        await evening.service.homes.opened(by=NORA, key="event:1", stands=False)
    assert await to_draw(evening) == {NORA: 1}


async def test_pages_stay_turned_until_somebody_has_been_away_for_long(evening: Evening) -> None:
    async with evening.store.transaction() as tx:
        for number in range(100, 125):
            tx.session.add(an_incident(number=number, title=f"Crisis of day {number}", lead=NORA))
    homes = evening.service.homes
    await opens(evening, NORA)
    assert "Crisis of day 124" in await shown(evening, NORA)
    await homes.turn(Lists.CRISES, 2, by=NORA, key=evening.key())
    home = await shown(evening, NORA)
    assert "Crisis of day 104" in home
    assert "Crisis of day 105" not in home
    assert "Page 3 of 3, 25 in all." in home
    evening.now += timedelta(minutes=50)
    await opens(evening, NORA)
    assert "Crisis of day 104" in await shown(evening, NORA)
    evening.now += timedelta(minutes=61)
    await opens(evening, NORA)
    assert "Crisis of day 124" in await shown(evening, NORA)


async def test_an_answer_stands_on_top_for_a_minute(evening: Evening) -> None:
    await opens(evening, NORA)
    await evening.service.homes.told(NORA, "Thank you.")
    assert "Thank you." in await shown(evening, NORA)
    evening.now += timedelta(seconds=61)
    assert "Thank you." not in await shown(evening, NORA)


async def test_half_the_time_gone_the_owner_reads_how_much_is_left(evening: Evening) -> None:
    await opens(evening, PRIYA)
    await all_drawn(evening)
    evening.now += timedelta(minutes=7, seconds=30)  # half of the first word's quarter of an hour
    await evening.service.promises.tick()
    assert await to_draw(evening) == {PRIYA: 2}
    assert "at most 8 min left" in await shown(evening, PRIYA)
    async with evening.store.reading() as tx:
        owed = await open_promises(tx, await tx.get(Incident, evening.incident_id))
    assert owed[0].kind is PromiseKind.FIRST_WORD


async def test_a_closed_crisis_leaves_nothing_behind(evening: Evening) -> None:
    await opens(evening, PRIYA)
    await evening.service.members.here(evening.incident_id, by=LEO, key=evening.key())
    async with evening.store.transaction() as tx:
        incident = await tx.incident(evening.incident_id)
        incident.stage = Stage.CLOSED
    home = await shown(evening, PRIYA)
    assert "Nothing needs you now, Priya." in home
    assert "Parcels" not in home


@dataclass
class Calls:
    """What was published."""

    views: list[dict[str, Any]]

    async def call(self, method: str, **arguments: Any) -> dict[str, Any]:
        assert method == "views.publish"
        self.views.append(arguments)
        return {}


async def test_what_stands_there_already_is_not_sent_again_unless_a_call_went_amiss(evening: Evening) -> None:
    calls, publish = Calls([]), PublishHome()
    installed = type("Installed", (), {"url": URL})
    world = World(evening.desk, cast("Any", calls), cast("Any", installed), evening.service)

    async def performed(**fields: Any) -> int:
        [effect] = await evening.rows(select(Effect).where(col(Effect.kind) == "home"))
        for name, value in fields.items():
            setattr(effect, name, value)
        result = await publish.perform(world, effect)
        async with evening.store.transaction() as tx:
            await publish.done(world, tx, effect, result)
        return len(calls.views)

    await opens(evening, NORA)
    assert await performed() == 1
    assert await performed() == 1
    assert await performed(unknown=True) == 2, "nobody knows what stands there"
    await evening.service.homes.opened(by=NORA, key=evening.key(), stands=True)
    assert await performed() == 2
    await opens(evening, NORA)
    assert await performed() == 3, "Slack has lost it, as after a new installation"
    assert [call["user_id"] for call in calls.views] == [NORA] * 3


async def test_rows_of_a_home_are_its_persons_alone(store: Store, evening: Evening) -> None:
    await opens(evening, NORA, PRIYA)
    await evening.service.homes.turn(Lists.ASKED, 3, by=PRIYA, key=evening.key())
    homes = {row.user: row.pages for row in await evening.rows(select(Home))}
    assert homes == {NORA: {}, PRIYA: {"asked": 3}}

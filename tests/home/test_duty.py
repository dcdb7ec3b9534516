"""Off duty and back: who is asked then, what is passed on, and that somebody always stays."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlmodel import col

from bot.core.alert import on_duty
from bot.core.effects import Refused
from bot.models import Card, OffDuty, Person, UserId, new_id
from bot.service import Service
from bot.store import Store
from tests.builders import DANA, NOON, NORA, PRIYA, SAM, TEAM
from tests.signals.rows import a_desk
from tests.signals.test_signals import PARCELS, post, the_question

MINUTE = timedelta(minutes=1)


@pytest.fixture
async def service(store: Store) -> Service:
    """Dana is asked first, then Priya, then Sam, who leads."""
    store.clock = lambda: NOON
    async with store.transaction() as tx:
        for user in (DANA, PRIYA, SAM, NORA):
            tx.session.add(Person.new(team=TEAM, user=user, name=user[1:].capitalize()))
    return Service(a_desk(store))


async def dms(service: Service) -> list[str]:
    """Who was asked by DM, in order."""
    async with service.desk.store.reading() as tx:
        return [card.place for card in await tx.all(select(Card).order_by(col(Card.id))) if card.place.startswith("U")]


async def leaves(service: Service, user: UserId) -> str:
    return (await service.duty.leave(by=user, key=new_id())).text


async def comes_back(service: Service, user: UserId) -> str:
    return (await service.duty.back(by=user, key=new_id())).text


async def test_whoever_is_off_duty_is_not_asked_and_the_next_one_is(service: Service) -> None:
    assert await leaves(service, DANA) == "You are off duty. Priya is asked first from now on."
    await post(service.signals, *[PARCELS] * 3)
    alert = await the_question(service.signals)
    assert (alert.asked, alert.asked_before) == (PRIYA, [])
    assert await dms(service) == [PRIYA]
    assert await comes_back(service, DANA) == "Welcome back: you are on duty again."
    assert (await the_question(service.signals)).asked == PRIYA, "what was passed on stays where it is"


async def test_a_question_that_is_open_goes_on_to_the_next_one_at_once(service: Service) -> None:
    await post(service.signals, *[PARCELS] * 3)
    assert (await the_question(service.signals)).asked == DANA
    await leaves(service, DANA)
    alert = await the_question(service.signals)
    assert (alert.asked, alert.asked_before) == (PRIYA, [DANA])
    assert alert.decide_by == NOON + service.desk.plan.waits.decide
    assert await dms(service) == [DANA, PRIYA]


async def test_the_last_one_on_duty_stays(service: Service) -> None:
    await leaves(service, DANA)
    await leaves(service, SAM)
    with pytest.raises(Refused, match="Nobody else could be asked then"):
        await leaves(service, PRIYA)
    assert await leaves(service, DANA) == "Noted before: you are off duty."
    assert await comes_back(service, PRIYA) == "Noted before: you are on duty."


async def test_of_the_last_two_who_leave_at_once_one_stays(service: Service) -> None:
    await leaves(service, SAM)
    both = await asyncio.gather(leaves(service, DANA), leaves(service, PRIYA), return_exceptions=True)
    assert sorted(type(one).__name__ for one in both) == ["Refused", "str"]


async def test_duty_is_for_those_on_the_list(service: Service) -> None:
    with pytest.raises(Refused, match="not on the duty list"):
        await leaves(service, NORA)
    with pytest.raises(Refused, match="not on the duty list"):
        await comes_back(service, NORA)


async def test_what_slack_says_of_somebody_leaves_them_off_duty(service: Service) -> None:
    await leaves(service, DANA)
    async with service.desk.store.transaction() as tx:
        await tx.upsert([Person.new(team=TEAM, user=DANA, name="Dana L.", locale="de-DE")], "team", "user")
    async with service.desk.store.reading() as tx:
        assert [row.user for row in await tx.all(select(OffDuty))] == [DANA]


def test_where_everybody_is_off_duty_everybody_may_be_asked() -> None:
    assert on_duty([DANA, PRIYA], {DANA: NOON}) == [PRIYA]
    assert on_duty([DANA, PRIYA], {DANA: NOON, PRIYA: NOON}) == [DANA, PRIYA]

"""What follows from a post: who is asked, what joins, what is only filed. On both databases, without Slack."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlmodel import col

from bot.cards.signals import unfilled
from bot.core.effects import Refused
from bot.models import (
    Alert,
    AlertState,
    Audience,
    Card,
    Delivery,
    Effect,
    Incident,
    Member,
    Person,
    Row,
    Signal,
    Stage,
    TimelineEntry,
    new_id,
)
from bot.service.declarations import Declaration, Declarations
from bot.service.signals import Receipt, Signals, decided, waiting_alert
from bot.store import Store
from tests.builders import DANA, NOON, PRIYA, SAM, TEAM, TOM, an_incident
from tests.signals.rows import PLAN, WATCH, a_desk, a_plan, a_post, a_roster

MINUTE = timedelta(minutes=1)
PARCELS = {"text": "Where is my parcel?"}


@pytest.fixture
async def signals(store: Store) -> Signals:
    store.clock = always(NOON)
    people = [Person.new(team=TEAM, user=user, name=user[1:].capitalize()) for user in (DANA, PRIYA, SAM, TOM)]
    async with store.transaction() as tx:
        tx.session.add_all(people)
    return Signals(a_desk(store))


def always(moment: datetime) -> Callable[[], datetime]:
    return lambda: moment


async def post(signals: Signals, *posts: dict[str, Any], source: str = "mentions") -> Receipt:
    """One delivery with these posts."""

    def read(delivery: Delivery) -> Sequence[Signal]:
        own = {"delivery": delivery.id, "source": source, "received_at": delivery.received_at}
        return [a_post(**own | said) for said in posts]

    return await signals.receive(source, new_id().encode(), read)


async def rows(signals: Signals, model: type[Row]) -> Sequence[Any]:
    async with signals.desk.store.reading() as tx:
        return await tx.all(select(model))


async def cards(signals: Signals, kind: str = "alert") -> list[str]:
    """Where cards of a kind stand."""
    return sorted(card.place for card in await rows(signals, Card) if card.kind == kind)


async def the_question(signals: Signals) -> Alert:
    (alert,) = await rows(signals, Alert)
    assert isinstance(alert, Alert)
    return alert


async def declare(signals: Signals, **said: Any) -> None:
    declaration = Declaration(**{"title": "Parcels late", "situation": "late_delivery", **said})
    await Declarations(signals.desk).declare(declaration, by=DANA, key=new_id(), another=True)


async def test_enough_posts_make_one_card_and_one_dm(signals: Signals) -> None:
    await post(signals, PARCELS)
    await post(signals, PARCELS)
    assert await cards(signals) == []
    await post(signals, {**PARCELS, "channel": "Instagram", "reach": 41_000, "occurred_at": NOON - 18 * MINUTE})
    assert await cards(signals) == [WATCH, DANA]
    alert = await the_question(signals)
    assert (alert.count, alert.channels, alert.reach) == (3, ["X", "Instagram"], 41_000)
    assert (alert.asked, alert.decide_by) == (DANA, NOON + 10 * MINUTE)
    assert alert.first_mention_at == NOON - 18 * MINUTE


async def test_the_fourth_to_four_hundredth_change_the_number_and_nothing_else(signals: Signals) -> None:
    await post(signals, PARCELS, PARCELS, PARCELS)
    before = await rows(signals, Effect)
    for _ in range(3):
        await post(signals, *[PARCELS] * 100)
    for _ in range(97):
        await post(signals, PARCELS)
    assert await cards(signals) == [WATCH, DANA]
    assert (await the_question(signals)).count == 400
    kinds = sorted(effect.kind for effect in await rows(signals, Effect))
    assert kinds == ["post", "post", "refresh", "refresh"]
    assert len(before) == 2


async def test_many_at_once_make_one_question(signals: Signals) -> None:
    await asyncio.gather(*(post(signals, PARCELS) for _ in range(8)))
    assert (await the_question(signals)).count == 8
    assert await cards(signals) == [WATCH, DANA]


async def test_a_post_that_was_here_is_not_counted_again(signals: Signals) -> None:
    again = {**PARCELS, "dedupe": "id:x-1"}
    await post(signals, again, again)
    await post(signals, again)
    assert (await the_question(signals)).count == 1


async def test_rules_that_file_and_posts_without_a_rule(signals: Signals) -> None:
    signals.desk.plan = a_plan(PLAN.replace("anything: {label: Posts about us, outcome: ask}", ""))
    await post(signals, {"text": "thanks a lot"}, {"text": "hello"})
    assert sorted(str(signal.rule) for signal in await rows(signals, Signal)) == ["None", "praise"]
    assert await rows(signals, Alert) == []
    assert await rows(signals, Effect) == []


async def test_each_rule_has_its_own_question(signals: Signals) -> None:
    await post(signals, {"text": "hello"}, *[PARCELS] * 3)
    assert sorted(alert.rule for alert in await rows(signals, Alert)) == ["anything", "late_parcels"]
    assert await cards(signals) == [WATCH, WATCH, DANA, DANA]


async def test_nobody_decides_so_the_next_one_is_asked(signals: Signals) -> None:
    store = signals.desk.store
    await post(signals, *[PARCELS] * 3)
    store.clock = always(NOON + 9 * MINUTE)
    await signals.tick()
    assert await cards(signals) == [WATCH, DANA]
    async with store.reading() as tx:
        assert await signals.next_due(tx) == NOON + 10 * MINUTE
    for step, asked in enumerate((PRIYA, SAM), start=1):
        store.clock = always(NOON + step * 10 * MINUTE)
        await signals.tick()
        await signals.tick()
        assert (await the_question(signals)).asked == asked
    assert await cards(signals) == sorted([WATCH, DANA, PRIYA, SAM])
    store.clock = always(NOON + 30 * MINUTE)
    await signals.tick()
    alert = await the_question(signals)
    assert (alert.state, alert.asked, alert.asked_before) == (AlertState.ASKING, SAM, [DANA, PRIYA])
    async with store.reading() as tx:
        assert await signals.next_due(tx) is None


async def test_two_replicas_ask_the_next_one_once(signals: Signals) -> None:
    await post(signals, *[PARCELS] * 3)
    signals.desk.store.clock = always(NOON + 10 * MINUTE)
    await asyncio.gather(signals.tick(), Signals(signals.desk).tick())
    assert (await the_question(signals)).asked == PRIYA


async def test_a_rung_nobody_fills_is_skipped_and_the_lead_told_once(signals: Signals) -> None:
    signals.desk.roster = a_roster(duty=((PRIYA,),))
    await post(signals, *[PARCELS] * 3, {"text": "hello"})
    assert (await cards(signals), await cards(signals, "unfilled")) == (sorted([WATCH, WATCH, PRIYA, PRIYA]), [SAM])


async def test_the_lead_is_told_which_role_of_the_duty_list_nobody_fills(store: Store) -> None:
    plan = a_plan(PLAN.replace("duty: [", 'duty: ["role:legal", "role:lead", '))
    desk = a_desk(store, plan=plan, roster=a_roster(unknown=["duty: Slack knows nobody as gone@harbour.example."]))
    async with store.reading() as tx:
        told = await unfilled(desk, tx, Card.new(team=TEAM, kind="unfilled", subject="duty", place=SAM))
    assert told is not None
    assert told.blocks[0]["text"]["text"].endswith(
        "asked at once.\n• Legal\n• duty: Slack knows nobody as gone@harbour.example."
    )


async def test_nobody_at_all(signals: Signals) -> None:
    signals.desk.roster = a_roster(duty=(), roles={})
    await post(signals, *[PARCELS] * 3)
    assert await cards(signals) == [WATCH]


async def test_everybody_of_a_rung_is_asked_in_the_end(signals: Signals) -> None:
    signals.desk.roster = a_roster(duty=((DANA, TOM), (PRIYA,)))
    await post(signals, *[PARCELS] * 3)
    for step in range(1, 4):
        signals.desk.store.clock = always(NOON + step * 10 * MINUTE)
        await signals.tick()
    alert = await the_question(signals)
    assert [*alert.asked_before, alert.asked] == [DANA, PRIYA, SAM, TOM]


async def test_not_a_crisis_is_said_once(signals: Signals) -> None:
    await post(signals, *[PARCELS] * 3)
    alert = await the_question(signals)
    said = await signals.dismiss(alert.id, by=DANA, key="first")
    assert said.text.startswith("Noted: not a crisis.")
    with pytest.raises(Refused, match=r"Dana was first: not a crisis, said at 13:00 CET\."):
        await signals.dismiss(alert.id, by=TOM, key="second")
    with pytest.raises(Refused, match="Dana was first"):
        await signals.declaring(alert.id, by=TOM)
    signals.desk.store.clock = always(NOON + 30 * MINUTE)
    await signals.tick()
    assert await cards(signals) == [WATCH, DANA]


async def test_after_a_no_only_twice_as_many_or_an_hour_ask_again(signals: Signals) -> None:
    await post(signals, *[PARCELS] * 4)
    await signals.dismiss((await the_question(signals)).id, by=DANA, key="1")
    await post(signals, *[PARCELS] * 3)
    assert len(await cards(signals)) == 2
    await post(signals, PARCELS)
    assert len(await cards(signals)) == 4
    asked = next(alert for alert in await rows(signals, Alert) if alert.state is AlertState.ASKING)
    await signals.dismiss(asked.id, by=DANA, key="2")
    await post(signals, *[PARCELS] * 3)
    signals.desk.store.clock = always(NOON + 59 * MINUTE)
    await post(signals, PARCELS)
    assert len(await cards(signals)) == 4
    signals.desk.store.clock = always(NOON + 60 * MINUTE)
    await post(signals, PARCELS)
    assert len(await cards(signals)) == 6


async def test_a_few_posts_on_different_days_are_no_story(signals: Signals) -> None:
    for day in range(4):
        signals.desk.store.clock = always(NOON + timedelta(days=2 * day))
        await post(signals, PARCELS)
    assert await cards(signals) == []
    states = sorted(alert.state for alert in await rows(signals, Alert))
    assert states == [AlertState.ASKING, *[AlertState.FILED] * 3]


async def test_a_recovery_is_told_and_closes_nothing(signals: Signals) -> None:
    await post(signals, *[PARCELS] * 3)
    await post(signals, {**PARCELS, "recovery": True, "status": "resolved"})
    alert = await the_question(signals)
    assert (alert.state, alert.count, alert.recovered_at) == (AlertState.ASKING, 3, NOON)


async def test_a_recovery_of_what_nobody_heard_of_is_filed(signals: Signals) -> None:
    await post(signals, {"recovery": True, "status": "resolved"}, source="alarms")
    assert await rows(signals, Alert) == []
    assert await rows(signals, Incident) == []


async def test_the_card_declares_with_what_it_knows(signals: Signals) -> None:
    await post(signals, *[PARCELS] * 3)
    alert = await the_question(signals)
    form = (await signals.declaring(alert.id, by=DANA)).opens
    assert form is not None
    filled = {block["block_id"]: block["element"] for block in form["blocks"] if "element" in block}
    assert filled["title"]["initial_value"] == "Late parcels"
    assert filled["situation"]["initial_option"]["value"] == "late_delivery"
    assert alert.id in form["private_metadata"]


async def test_who_may_not_declare_hears_so_before_the_form(signals: Signals) -> None:
    signals.desk.roster = a_roster(declarers=frozenset({DANA}))
    await post(signals, *[PARCELS] * 3)
    with pytest.raises(Refused, match="Declaring is for a few people"):
        await signals.declaring((await the_question(signals)).id, by=TOM)


async def test_a_question_can_join_a_crisis(signals: Signals) -> None:
    await post(signals, *[PARCELS] * 3)
    await declare(signals)
    (crisis,) = await rows(signals, Incident)
    async with signals.desk.store.transaction() as tx:
        alert = await waiting_alert(signals.desk, tx, (await the_question(signals)).id, TOM)
        await tx.apply(await decided(signals.desk, tx, alert, crisis, TOM, state=AlertState.JOINED))
    settled = await the_question(signals)
    assert (settled.state, settled.incident, settled.decided_by) == (AlertState.JOINED, crisis.id, TOM)
    assert {signal.incident for signal in await rows(signals, Signal)} == {crisis.id}


async def test_a_declared_question_is_settled_and_its_posts_belong_to_the_crisis(signals: Signals) -> None:
    await post(signals, *[PARCELS] * 3)
    alert = await the_question(signals)
    await declare(signals, alert=alert.id)
    (crisis,) = await rows(signals, Incident)
    settled = await the_question(signals)
    assert (settled.state, settled.incident, settled.decided_by) == (AlertState.DECLARED, crisis.id, DANA)
    assert {signal.incident for signal in await rows(signals, Signal)} == {crisis.id}
    assert crisis.rule == "late_parcels"
    with pytest.raises(Refused, match=r"Dana was first: it is crisis 1 since 13:00 CET\."):
        await signals.dismiss(alert.id, by=TOM, key="late")


async def test_later_posts_join_silently(signals: Signals) -> None:
    await post(signals, *[PARCELS] * 3)
    await declare(signals, alert=(await the_question(signals)).id)
    before = sorted((card.kind, card.place) for card in await rows(signals, Card))
    await post(signals, PARCELS, PARCELS)
    (crisis,) = await rows(signals, Incident)
    assert [signal.incident for signal in await rows(signals, Signal)] == [crisis.id] * 5
    assert sorted((card.kind, card.place) for card in await rows(signals, Card)) == before
    assert len(await rows(signals, Alert)) == 1


async def test_posts_join_a_crisis_of_their_situation_where_the_plan_says_so(signals: Signals) -> None:
    await post(signals, PARCELS)
    await declare(signals)
    (crisis,) = await rows(signals, Incident)
    await post(signals, PARCELS)
    assert {signal.incident for signal in await rows(signals, Signal)} == {crisis.id}
    alert = await the_question(signals)
    assert (alert.state, alert.incident, alert.decided_by) == (AlertState.JOINED, crisis.id, None)
    assert await cards(signals) == []


async def test_nobody_else_is_asked_once_the_crisis_is_open(signals: Signals) -> None:
    await post(signals, *[PARCELS] * 3)
    await declare(signals)
    signals.desk.store.clock = always(NOON + 10 * MINUTE)
    await signals.tick()
    assert (await the_question(signals)).state is AlertState.JOINED
    assert await cards(signals) == [WATCH, DANA]


async def test_a_recovery_is_a_line_of_the_crisis(signals: Signals) -> None:
    await declare(signals)
    await post(signals, {**PARCELS, "title": "Depot back", "recovery": True, "status": "ok"})
    lines = [entry for entry in await rows(signals, TimelineEntry) if entry.kind == "source_recovered"]
    assert [line.data["titles"] for line in lines] == [["Depot back"]]
    (crisis,) = await rows(signals, Incident)
    assert crisis.stage is Stage.OPEN


async def test_a_rule_may_open_a_crisis_by_itself(signals: Signals) -> None:
    down = {"title": "Probe failed", "severity": "critical"}
    await post(signals, down, source="alarms")
    (crisis,) = await rows(signals, Incident)
    assert (crisis.title, crisis.situation, crisis.severity) == ("The shop is down", "service_outage", "high")
    assert (crisis.declared_by, crisis.rule, crisis.audience) == (None, "down", Audience.TEAM)
    assert crisis.first_seen_at == NOON
    await post(signals, down, down, source="alarms")
    assert len(await rows(signals, Incident)) == 1
    assert {signal.incident for signal in await rows(signals, Signal)} == {crisis.id}
    assert (await cards(signals), await cards(signals, "raised")) == ([], [DANA])


async def test_whoever_is_of_the_team_hears_of_it_as_one_of_the_team(signals: Signals) -> None:
    signals.desk.roster = a_roster(duty=((SAM,),))
    await post(signals, {"title": "Probe failed"}, source="alarms")
    assert SAM in {member.user for member in await rows(signals, Member)}
    assert await cards(signals, "raised") == []


async def test_two_alarms_at_once_open_one_crisis(signals: Signals) -> None:
    await asyncio.gather(*(post(signals, {"title": "Probe failed"}, source="alarms") for _ in range(5)))
    assert len(await rows(signals, Incident)) == 1


async def test_a_crisis_that_is_over_takes_no_posts(signals: Signals) -> None:
    over = an_incident(rule="late_parcels", stage=Stage.RESOLVED)
    async with signals.desk.store.transaction() as tx:
        tx.session.add(over)
    await post(signals, *[PARCELS] * 3)
    assert await cards(signals) == [WATCH, DANA]


async def test_one_question_becomes_one_crisis(signals: Signals) -> None:
    await post(signals, *[PARCELS] * 3)
    alert = await the_question(signals)
    declared = [declare(signals, alert=alert.id) for _ in range(2)]
    await asyncio.gather(*declared, return_exceptions=True)
    assert len(await rows(signals, Incident)) == 1


async def test_many_alarms_in_one_delivery(signals: Signals) -> None:
    await post(signals, *[{"text": f"parcel {n}"} for n in range(1200)])
    async with signals.desk.store.reading() as tx:
        kept = await tx.session.scalar(select(func.count()).where(col(Signal.alert).is_not(None)))
    assert kept == 1200

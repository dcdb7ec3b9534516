"""Silence is never an answer: the stand-in, then the lead, and the lead is told once when nobody is left."""

from collections.abc import Awaitable, Callable

import pytest
from sqlalchemy import select
from sqlmodel import col

from bot.core.effects import Refused
from bot.models import Here, Kind, Member, Move, Promise, TextState, TimelineEntry
from bot.service.texts import closed
from bot.store import Store
from tests.builders import DANA, INES, LEO, PRIYA, SAM, TOM
from tests.texts.evening import BERLIN, CHANNEL, Evening, buttons, harbours_people, said
from tests.texts.rows import MINUTE, OPENED


async def asking(store: Store, **fields: object) -> Evening:
    """23:09: everybody is on it, and the statement has been put to Priya and Leo."""
    evening = await Evening.begin(store, **fields)  # type: ignore[arg-type]
    incident = await evening.incident()
    for user in (PRIYA, LEO, SAM):
        await evening.service.members.here(incident.id, by=user, key=evening.key())
    await evening.approve(PRIYA)
    await evening.tick_off(DANA, "x", "instagram")
    await evening.at(OPENED + 11 * MINUTE)
    return evening


async def test_after_ten_minutes_the_stand_in_gets_the_same_dm_saying_why(store: Store) -> None:
    evening = await asking(store)
    await evening.approve(PRIYA, Kind.HOLDING_STATEMENT)
    await evening.after(9)
    assert await evening.posts(INES) == []
    await evening.after(1)
    assert await evening.posts(INES) == ["ask"]
    dm = said(await evening.card("ask", INES))
    assert "Leo hasn't answered since" in dm
    assert "23:09 CET" in dm
    assert await evening.asked(Kind.HOLDING_STATEMENT) == {LEO, INES}, "either may say yes"
    await evening.approve(INES, Kind.HOLDING_STATEMENT)
    assert (await evening.text(Kind.HOLDING_STATEMENT)).state is TextState.APPROVED
    assert buttons(await evening.card("ask", LEO)) == []


async def test_the_stand_in_can_read_and_see_the_crisis(store: Store) -> None:
    evening = await asking(store)
    await evening.after(10)
    version = (await evening.version(Kind.HOLDING_STATEMENT)).id
    answer = await evening.service.texts.read(version, by=INES, key=evening.key())
    assert buttons(answer)[-1] == "Approve"


async def test_who_stands_in_for_two_roles_is_asked_once_about_one_text(store: Store) -> None:
    stand_ins = dict(harbours_people().stand_ins) | {"legal": (TOM,)}
    evening = await asking(store, roster=harbours_people(stand_ins=stand_ins))
    await evening.after(10)
    assert await evening.posts(TOM) == ["ask"], "Priya and Leo are both silent"
    asks = [ask for ask in await evening.asks(Kind.HOLDING_STATEMENT) if ask.user == TOM]
    assert [sorted(ask.roles) for ask in asks] == [["legal", "pr"]]
    await evening.approve(TOM, Kind.HOLDING_STATEMENT)
    assert (await evening.text(Kind.HOLDING_STATEMENT)).state is TextState.APPROVED


async def test_then_the_lead_and_then_the_lead_is_told_once(store: Store) -> None:
    evening = await asking(store)
    await evening.approve(PRIYA, Kind.HOLDING_STATEMENT)
    await evening.after(10)
    before = len(await evening.posts(PRIYA))
    await evening.after(10)
    assert (await evening.posts(PRIYA))[before:] == ["ask"]
    assert "Ines hasn't answered since" in said(await evening.card("ask", PRIYA))
    await evening.after(10)
    await evening.after(10)
    assert (await evening.posts(PRIYA))[before:] == ["ask", "gap"], "told once"
    assert (await evening.incident()).gaps == ["legal"]


async def test_who_answered_is_not_replaced(store: Store) -> None:
    evening = await asking(store)
    await evening.approve(LEO, Kind.HOLDING_STATEMENT)
    await evening.approve(PRIYA, Kind.HOLDING_STATEMENT)
    await evening.after(30)
    assert await evening.posts(INES) == []
    assert await evening.posts(TOM) == []


async def test_silence_at_the_opening_is_one_dm_to_the_stand_in(store: Store) -> None:
    evening = await Evening.begin(store)
    await evening.at(OPENED + 10 * MINUTE)
    called, *news = await evening.posts(TOM)
    assert called == "member", "called and asked by the same message"
    assert news == ["gap"], "he leads now, so he hears that nobody answers for customer care"
    assert (await evening.incident()).lead == TOM
    assert await evening.asked() == {PRIYA, TOM}
    assert "Read the text" in buttons(await evening.card("member", TOM))
    await evening.approve(TOM)
    assert (await evening.text()).state is TextState.APPROVED


async def test_somebody_who_cannot_passes_the_question_on_at_once(store: Store) -> None:
    evening = await asking(store)
    await evening.service.members.cannot(evening.incident_id, by=LEO, key=evening.key())
    assert await evening.asked(Kind.HOLDING_STATEMENT) == {PRIYA, LEO, INES}
    await evening.approve(INES, Kind.HOLDING_STATEMENT)


async def test_who_stands_in_hears_it_once_with_every_text_that_waits(store: Store) -> None:
    evening = await asking(store)
    await evening.service.texts.draft_kind(evening.incident_id, Kind.APOLOGY, by=DANA, key=evening.key())
    await evening.service.members.cannot(evening.incident_id, by=LEO, key=evening.key())
    assert await evening.posts(INES) == ["member"], "called and asked by one message"
    called = await evening.card("member", INES)
    assert buttons(called).count("Read the text") == 2
    assert "Please read the apology." in said(called)


async def test_somebody_of_the_team_who_stands_in_hears_it_once_too(store: Store) -> None:
    evening = await Evening.begin(store, roster=harbours_people(stand_ins={"pr": (DANA,), "lead": (DANA,)}))
    await evening.service.texts.draft_kind(evening.incident_id, Kind.UPDATE, by=DANA, key=evening.key())
    before = len(await evening.posts(DANA))
    await evening.service.members.cannot(evening.incident_id, by=PRIYA, key=evening.key())
    assert (await evening.posts(DANA))[before:] == ["stand_in"]
    card = await evening.card("stand_in", DANA)
    assert "You lead." in said(card)
    assert buttons(card) == ["Read the text", "Read the text"]
    assert "needs you, Dana: read 2 texts by " in card.text
    await evening.approve(DANA)
    assert buttons(await evening.card("stand_in", DANA)) == ["Read the text"], "what is settled leaves the message"


async def test_somebody_who_cannot_is_not_asked_about_the_next_text(store: Store) -> None:
    evening = await Evening.begin(store)
    await evening.service.members.cannot(evening.incident_id, by=LEO, key=evening.key())
    statement = await evening.text(Kind.HOLDING_STATEMENT)
    await evening.service.texts.show(statement.id, by=PRIYA, key=evening.key())
    assert await evening.asked(Kind.HOLDING_STATEMENT) == {PRIYA, INES}


async def test_a_reply_is_watched_by_its_promise_and_not_by_silence(store: Store) -> None:
    evening = await asking(store, roster=harbours_people(stand_ins={"customer_care": (TOM,)}))
    assert await evening.asked(Kind.REPLY) == {SAM}
    await evening.after(20)
    assert await evening.asked(Kind.REPLY) == {SAM}


async def test_a_closed_crisis_reminds_nobody(store: Store) -> None:
    evening = await asking(store)
    async with store.transaction() as tx:
        await tx.apply(await closed(tx, await tx.incident(evening.incident_id)))
    await evening.after(60)
    assert await evening.posts(INES) == []
    assert (await evening.text(Kind.HOLDING_STATEMENT)).state is TextState.WITHDRAWN
    with pytest.raises(Refused, match="put away"):
        await evening.service.texts.edit_form((await evening.version(Kind.HOLDING_STATEMENT)).id, by=LEO)
    assert "was put away" in said(await evening.card("ask", LEO))
    async with store.reading() as tx:
        assert await evening.service.texts.next_due(tx) is None


OPENERS: dict[str, Callable[[Evening], Awaitable[object]]] = {
    "edit": lambda evening: _opened(evening, "edit_form"),
    "reject": lambda evening: _opened(evening, "reject_form"),
    "done": lambda evening: _form(evening, "done"),
}


async def _opened(evening: Evening, form: str) -> object:
    return await getattr(evening.service.texts, form)((await evening.version()).id, by=PRIYA)


async def _form(evening: Evening, verb: str) -> object:
    [promise] = await evening.rows(select(Promise).where(col(Promise.kind) == "first_word"))
    return await evening.service.promises.form(verb, promise.id, by=PRIYA, zone=BERLIN)


@pytest.mark.parametrize("press", OPENERS)
async def test_whoever_opens_a_form_is_on_it_and_not_replaced(store: Store, press: str) -> None:
    evening = await Evening.begin(store)
    await OPENERS[press](evening)
    [priya] = await evening.rows(select(Member).where(col(Member.user) == PRIYA))
    assert priya.state is Here.HERE
    assert priya.silent_at is None


async def test_a_gap_is_over_once_somebody_says_yes_for_that_role(store: Store) -> None:
    evening = await asking(store)
    await evening.approve(PRIYA, Kind.HOLDING_STATEMENT)
    for _step in range(3):
        await evening.after(10)
    shown = said(await evening.card("brief", CHANNEL))
    assert "No answer in time from:* Legal" in shown
    assert "Nobody yet for" not in shown, "Leo is here"
    await evening.approve(LEO, Kind.HOLDING_STATEMENT)
    assert "No answer in time" not in said(await evening.card("brief", CHANNEL))


async def test_a_gap_is_over_once_somebody_of_that_role_comes(store: Store) -> None:
    evening = await Evening.begin(store)
    await evening.after(10)
    assert "Nobody yet for:* Customer care" in said(await evening.card("brief", CHANNEL))
    await evening.service.texts.edit_form((await evening.version()).id, by=SAM)
    assert "Nobody yet for" not in said(await evening.card("brief", CHANNEL))


async def test_after_the_end_nobody_is_called_for_what_is_no_longer_owed(store: Store) -> None:
    evening = await asking(store)
    await evening.service.incidents.move(evening.incident_id, Move.RESOLVE, by=PRIYA, key=evening.key(), anyway=True)
    await evening.after(60)
    assert await evening.posts(INES) == []
    assert "gap" not in await evening.posts(PRIYA)


async def test_where_lead_and_stand_in_cannot_the_declarer_leads(store: Store) -> None:
    evening = await Evening.begin(store)
    for absent in (PRIYA, TOM):
        told = await evening.service.members.cannot(evening.incident_id, by=absent, key=evening.key())
        assert told.text == "Understood. Your stand-in is asked now."
    assert (await evening.incident()).lead == DANA
    assert "You lead" in said(await evening.card("stand_in", DANA))
    told = await evening.service.members.cannot(evening.incident_id, by=SAM, key=evening.key())
    assert "no stand-in" in told.text


async def test_a_lead_whom_nobody_follows_takes_nothing_over_from_themselves(store: Store) -> None:
    """Priya declared it, leads, and her account is closed; there is no stand-in and no executive."""
    nobody = dict(harbours_people().roles) | {"executive": (), "lead": (), "pr": ()}
    alone = harbours_people(roles=nobody, stand_ins={})
    evening = await Evening.begin(store, roster=alone, declared_by=PRIYA)
    async with store.transaction() as tx:
        (await tx.person(PRIYA)).active = False  # type: ignore[union-attr]  # she is one of the evening's people
        for member in await tx.all(select(Member).where(col(Member.user) == PRIYA)):
            member.silent_at = tx.now
    await evening.after(1)
    assert (await evening.incident()).lead == PRIYA
    kinds = [entry.kind for entry in await evening.rows(select(TimelineEntry))]
    assert "member_cannot" in kinds
    assert "promise_taken" not in kinds

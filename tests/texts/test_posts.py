"""Posting: a tick for each outlet, what the first one sets free, and words that nobody posted."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import select
from sqlmodel import col

from bot.core.effects import Refused
from bot.models import Card, Kind, Move, Promise, PromiseKind, PromiseState, Stage, Text, TextState, UserId, Version
from bot.store import Store
from tests.builders import DANA, INES, LEO, PRIYA, SAM, TOM
from tests.texts.evening import CALLS, CHANNEL, Evening, buttons, harbours_people, menu, said
from tests.texts.rows import MINUTE, OPENED


async def approved(store: Store, **fields: Any) -> Evening:
    """23:01: Priya has approved the first public word."""
    evening = await Evening.begin(store, **fields)
    evening.now = OPENED + 3 * MINUTE
    await evening.approve(PRIYA)
    return evening


async def published(store: Store) -> Evening:
    """23:04: Dana has ticked X and Instagram."""
    evening = await approved(store)
    evening.now = OPENED + 6 * MINUTE
    await evening.tick_off(DANA, "x", "instagram")
    return evening


async def promises(evening: Evening, kind: PromiseKind) -> list[Promise]:
    return list(await evening.rows(select(Promise).where(col(Promise.kind) == kind).order_by(col(Promise.due))))


async def test_the_form_is_filled_in_with_now(store: Store) -> None:
    evening = await approved(store)
    text = await evening.text()
    answer = await evening.service.texts.publish_form(text.id, by=DANA, key=evening.key())
    form = said(answer)
    assert f'"initial_date_time": {int(evening.now.timestamp())}' in form
    assert "Link on X" in form
    assert "Link on Instagram" in form
    assert buttons(answer) == ["Mark as published"]


async def test_the_first_tick_keeps_the_promise_and_begins_the_next(store: Store) -> None:
    evening = await published(store)
    [first] = await promises(evening, PromiseKind.FIRST_WORD)
    assert first.state is PromiseState.KEPT
    assert first.kept_at == OPENED + 6 * MINUTE
    [update] = await promises(evening, PromiseKind.UPDATE)
    assert update.due == OPENED + 60 * MINUTE
    assert update.public, "the text named it; nobody typed it"


async def test_the_first_tick_brings_the_brief_to_the_front_line_exactly_as_approved(store: Store) -> None:
    evening = await published(store)
    assert await evening.posts(CALLS) == ["front_line"]
    text = await evening.text()
    async with store.reading() as tx:
        brief = await tx.get(Text, str(text.brief))
        version = await tx.get(Version, str(brief.current))
    posted = await evening.card("front_line", CALLS)
    [exact] = [block["elements"][0]["elements"] for block in posted.blocks if block["type"] == "rich_text"]
    assert exact == [{"type": "text", "text": version.body}]
    assert "arcel" not in posted.text
    assert brief.state is TextState.PUBLISHED


async def test_a_brief_that_stands_in_a_channel_is_on_the_record(store: Store) -> None:
    evening = await published(store)
    async with store.transaction() as tx:
        card = await tx.first(select(Card).where(col(Card.kind) == "front_line"))
        assert card is not None
        card.sent_at = evening.now
        await evening.service.sent(tx, card)
        await evening.service.sent(tx, card)
    async with store.reading() as tx:
        brief = await tx.get(Text, str((await evening.text()).brief))
    query = select(Text).where(col(Text.id) == brief.id)
    assert await evening.rows(query)
    from bot.models import Publication

    [row] = await evening.rows(select(Publication).where(col(Publication.text) == brief.id))
    assert (row.outlet, row.by, row.version) == (CALLS, None, brief.current)


async def test_the_first_tick_gives_the_first_complainant_an_owner_and_a_time(store: Store) -> None:
    evening = await published(store)
    reply = await evening.text(Kind.REPLY)
    assert reply.state is TextState.WAITING
    assert await evening.asked(Kind.REPLY) == {SAM}
    [owed] = await promises(evening, PromiseKind.REPLY)
    assert (owed.owner, owed.due) == (SAM, OPENED + 43 * MINUTE)
    assert sorted(await evening.posts(SAM)) == ["member", "owed"], "one DM asks for the yes and says by when"
    evening.now += MINUTE
    await evening.approve(SAM, Kind.REPLY)
    assert (await evening.posts(SAM))[-1] == "publish", "whoever said yes to a reply posts it"
    await evening.tick_off(SAM, "x", kind=Kind.REPLY)
    [owed] = await promises(evening, PromiseKind.REPLY)
    assert owed.state is PromiseState.KEPT


async def test_no_further_message_in_the_crisis_channel_until_the_statement(store: Store) -> None:
    evening = await published(store)
    assert sorted(await evening.posts(CHANNEL)) == ["brief", "words"]
    await evening.at(OPENED + 11 * MINUTE)
    assert sorted(await evening.posts(CHANNEL)) == ["brief", "words", "words"]
    statement = await evening.text(Kind.HOLDING_STATEMENT)
    assert statement.state is TextState.WAITING
    assert (await evening.version(Kind.HOLDING_STATEMENT)).number == 1
    card = said(await evening.words(Kind.HOLDING_STATEMENT))
    assert "*You need not wait:*" in card
    assert await evening.asked(Kind.HOLDING_STATEMENT) == {PRIYA, LEO, INES}, "Ines stands in for Leo since 23:08"


async def test_the_statement_comes_at_half_its_window_even_if_nothing_was_posted(store: Store) -> None:
    evening = await Evening.begin(store)
    await evening.at(OPENED + 29 * MINUTE)
    assert (await evening.text(Kind.HOLDING_STATEMENT)).state is TextState.FOLDED
    await evening.at(OPENED + 30 * MINUTE)
    assert (await evening.text(Kind.HOLDING_STATEMENT)).state is TextState.WAITING
    await evening.at(OPENED + 31 * MINUTE)
    assert (await evening.posts(CHANNEL)).count("words") == 2, "once"


async def test_more_brings_the_statement_at_once(store: Store) -> None:
    evening = await published(store)
    assert "Show the statement now" in menu(await evening.words())
    statement = await evening.text(Kind.HOLDING_STATEMENT)
    await evening.service.texts.show(statement.id, by=DANA, key=evening.key())
    assert "Show the statement now" not in menu(await evening.words())
    with pytest.raises(Refused, match="It is there already"):
        await evening.service.texts.show(statement.id, by=PRIYA, key=evening.key())


async def test_after_posting_the_card_is_a_line(store: Store) -> None:
    evening = await published(store)
    card = await evening.words()
    shown = said(card)
    assert "posted on X and Instagram" in shown
    assert "Approved by Priya" in shown
    assert (await evening.version()).body not in shown
    assert "Mark as published" not in buttons(card)
    dm = await evening.card("publish", DANA)
    assert buttons(dm) == []
    assert "posted on X and Instagram" in said(dm)


async def test_late_ticks_only_add_outlets(store: Store) -> None:
    evening = await approved(store)
    await evening.tick_off(DANA, "x", link_x="https://x.example/1")
    card = await evening.words()
    assert "Not ticked yet: Instagram" in said(card)
    assert "Mark as published" in buttons(card)
    evening.now += 20 * MINUTE
    await evening.tick_off(DANA, "instagram")
    [first] = await promises(evening, PromiseKind.FIRST_WORD)
    assert first.kept_at == OPENED + 3 * MINUTE
    assert len(await promises(evening, PromiseKind.UPDATE)) == 1
    assert await evening.posts(CALLS) == ["front_line"]


async def test_a_link_may_follow_later(store: Store) -> None:
    evening = await published(store)
    assert "Add a link" in menu(await evening.words())
    version = (await evening.version()).id
    answer = await evening.service.texts.published(
        version, {"link_x": "https://x.example/1"}, by=DANA, key=evening.key()
    )
    assert answer.text == "Thank you. The link is noted."
    assert "<https://x.example/1|X>" in said(await evening.words())


@pytest.mark.parametrize(
    ("typed", "field", "sentence"),
    [
        ({}, "outlets", "tick where"),
        ({"outlets": ["x"], "at": 99_999_999_999_999}, "at", "no date"),
        ({"outlets": ["x"], "at": "31 February"}, "at", "no date"),
        ({"outlets": ["x"], "at": int((OPENED + 90 * MINUTE).timestamp())}, "at", "still to come"),
        ({"outlets": ["x"], "at": int(OPENED.timestamp())}, "at", "cannot have been posted before"),
        ({"outlets": ["x"], "link_x": "javascript:alert(1)"}, "link_x", "begins with https"),
        ({"outlets": ["x"], "link_x": "https://x.example/<!channel>"}, "link_x", "begins with https"),
        ({"outlets": ["x"], "link_instagram": "https://i.example/1"}, "link_instagram", "no tick"),
    ],
)
async def test_what_cannot_be_is_refused_at_its_field(
    store: Store, typed: dict[str, Any], field: str, sentence: str
) -> None:
    evening = await approved(store)
    version = (await evening.version()).id
    with pytest.raises(Refused, match=sentence) as no:
        await evening.service.texts.published(version, typed, by=DANA, key=evening.key())
    assert no.value.field == field
    assert (await evening.text()).state is TextState.APPROVED


async def test_posting_is_for_those_who_may(store: Store) -> None:
    evening = await approved(store)
    text = await evening.text()
    with pytest.raises(Refused, match=r"Posting is for Social media. Asked to: Dana."):
        await evening.service.texts.publish_form(text.id, by=SAM, key=evening.key())
    await evening.tick_off(PRIYA, "x")


async def test_nothing_is_ticked_before_the_yes(store: Store) -> None:
    evening = await Evening.begin(store)
    with pytest.raises(Refused, match="Only approved words"):
        await evening.tick_off(DANA, "x")


async def test_two_who_tick_at_once_make_one_publication(store: Store) -> None:
    evening = await approved(store)
    answers = await asyncio.gather(evening.tick_off(DANA, "x"), evening.tick_off(PRIYA, "x"), return_exceptions=True)
    assert sum(isinstance(answer, Refused) for answer in answers) == 1
    assert len(await evening.publications()) == 1
    assert len(await promises(evening, PromiseKind.UPDATE)) == 1


async def test_words_that_nobody_posted_are_asked_about_once(store: Store) -> None:
    evening = await approved(store)
    await evening.after(9)
    assert "unposted" not in await evening.posts(DANA)
    await evening.after(1)
    await evening.after(30)
    assert (await evening.posts(DANA)).count("unposted") == 1
    dm = await evening.card("unposted", DANA)
    assert "Words that nobody posted help no one" in said(dm)
    assert buttons(dm) == ["Mark as published"]
    await evening.tick_off(DANA, "x", "instagram")
    assert buttons(await evening.card("unposted", DANA)) == []


async def test_posted_words_are_not_asked_about(store: Store) -> None:
    evening = await published(store)
    await evening.at(OPENED + 30 * MINUTE)
    assert "unposted" not in await evening.posts(DANA)


@pytest.mark.parametrize(
    ("declared_by", "social", "asked"),
    [(TOM, (DANA, SAM), {DANA, SAM}), (DANA, (DANA, SAM), {DANA}), (TOM, (), {PRIYA})],
    ids=["all who may post", "the declarer if they may", "else the lead"],
)
async def test_who_is_asked_to_post(
    store: Store, declared_by: UserId, social: tuple[UserId, ...], asked: set[UserId]
) -> None:
    roles = dict(harbours_people().roles) | {"social": social}
    evening = await approved(store, roster=harbours_people(roles=roles), declared_by=declared_by)
    places = await evening.rows(select(Card).where(col(Card.kind) == "publish"))
    assert {card.place for card in places} == asked


async def test_a_statement_posted_keeps_its_promise_and_the_update_it_answers(store: Store) -> None:
    evening = await published(store)
    await evening.at(OPENED + 11 * MINUTE)
    await evening.approve(PRIYA, Kind.HOLDING_STATEMENT)
    await evening.approve(LEO, Kind.HOLDING_STATEMENT)
    await evening.tick_off(DANA, "instagram", kind=Kind.HOLDING_STATEMENT)
    [statement] = await promises(evening, PromiseKind.STATEMENT)
    assert statement.state is PromiseState.KEPT
    answered, following = await promises(evening, PromiseKind.UPDATE)
    assert answered.state is PromiseState.KEPT
    assert following.due == OPENED + 120 * MINUTE
    assert await evening.posts(CALLS) == ["front_line", "front_line"], "the brief follows the position"


async def test_a_brief_of_nobodys_words_goes_out_with_the_first_post(store: Store) -> None:
    evening = await Evening.begin(store)
    await evening.after(1)
    await evening.service.texts.draft(evening.incident_id, "brief", by=PRIYA, key=evening.key())
    told = await evening.approve(PRIYA, Kind.CALL_CENTRE_BRIEF)
    assert "goes out with the first post" in told.text
    assert await evening.posts(CALLS) == []
    await evening.approve(PRIYA)
    await evening.tick_off(DANA, "x")
    assert await evening.posts(CALLS) == ["front_line", "front_line"]
    assert (await evening.text(Kind.CALL_CENTRE_BRIEF)).state is TextState.PUBLISHED


async def test_an_edited_brief_is_a_text_of_its_own_and_goes_out_once_approved(store: Store) -> None:
    evening = await Evening.begin(store)
    text = await evening.text()
    async with store.reading() as tx:
        brief = await tx.get(Text, str(text.brief))
        version = await tx.get(Version, str(brief.current))
    from bot.views.text_forms import EditData

    typed = {"body": version.body + " Be kind."}
    await evening.service.texts.edit(EditData(version=version.id), typed, by=SAM, key=evening.key())
    assert (await evening.posts(CHANNEL)).count("words") == 2
    await evening.approve(PRIYA)
    await evening.tick_off(DANA, "x")
    assert await evening.posts(CALLS) == [], "nothing unapproved goes out"
    async with store.reading() as tx:
        brief = await tx.get(Text, brief.id)
    await evening.service.texts.approve(brief.current, by=PRIYA, key=evening.key())  # type: ignore[arg-type]
    assert await evening.posts(CALLS) == ["front_line"]
    assert "Be kind." in said(await evening.card("front_line", CALLS))


async def test_nothing_is_posted_in_a_closed_crisis(store: Store) -> None:
    evening = await Evening.begin(store)
    await evening.approve(PRIYA)
    await evening.service.incidents.move(evening.incident_id, Move.RESOLVE, by=PRIYA, key=evening.key(), anyway=True)
    reasons: dict[str, str] = {(await evening.text()).id: "no longer true"}
    for promise in await evening.rows(select(Promise)):
        reasons[promise.id] = "over"
    await evening.service.incidents.close(evening.incident_id, reasons, by=PRIYA, key=evening.key())
    assert (await evening.incident()).stage is Stage.CLOSED
    with pytest.raises(Refused, match="closed"):
        await evening.tick_off(DANA, "x")
    with pytest.raises(Refused, match="is over"):
        await evening.service.members.cannot(evening.incident_id, by=LEO, key=evening.key())
    with pytest.raises(Refused, match="closed meanwhile"):
        await evening.service.members.join(evening.incident_id, by=PRIYA, key=evening.key())

"""Approving: by role, this exact version, in the order people press."""

import asyncio

import pytest
from sqlalchemy import select
from sqlmodel import col

from bot.core.effects import Refused
from bot.models import Approval, Kind, Member, TextState, Version, digest
from bot.store import Store
from tests.builders import DANA, EVA, INES, LEO, NORA, PRIYA, SAM, TOM
from tests.texts.evening import CHANNEL, Evening, buttons, harbours_people, menu, said
from tests.texts.rows import MINUTE, OPENED


async def shown(store: Store, **fields: object) -> Evening:
    """The statement asks for its yes: PR (Priya) and Legal (Leo)."""
    evening = await Evening.begin(store, **fields)  # type: ignore[arg-type]
    statement = await evening.text(Kind.HOLDING_STATEMENT)
    await evening.service.texts.show(statement.id, by=PRIYA, key=evening.key())
    return evening


async def test_reading_from_the_dm_shows_everything_and_approves(store: Store) -> None:
    evening = await Evening.begin(store)
    version = await evening.version()
    answer = await evening.service.texts.read(version.id, by=PRIYA, key=evening.key())
    read = said(answer)
    for words in (
        version.body,
        "Call-centre brief",
        "One `Approve` covers both",
        "Checks: nothing found",
        "X and Instagram",
    ):
        assert words in read, words
    assert buttons(answer)[-1] == "Approve"
    async with store.reading() as tx:
        member = await tx.first(select(Member).where(col(Member.user) == PRIYA))
    assert member is not None
    assert member.state == "here", "any press but Can't counts as I'm on it"


async def test_whoever_may_not_approve_can_read_and_close(store: Store) -> None:
    evening = await Evening.begin(store)
    answer = await evening.service.texts.read((await evening.version()).id, by=SAM, key=evening.key())
    assert "Approve" not in buttons(answer)
    assert "Reject" not in buttons(answer)


async def test_a_stranger_reads_nothing(store: Store) -> None:
    evening = await Evening.begin(store)
    version = (await evening.version()).id
    for verb in (
        evening.service.texts.read(version, by=NORA, key=evening.key()),
        evening.service.texts.approve(version, by=NORA, key=evening.key()),
    ):
        with pytest.raises(Refused, match="There is no such crisis"):
            await verb
    with pytest.raises(Refused, match="There is no such crisis"):
        await evening.service.texts.edit_form(version, by=NORA)


async def test_one_yes_approves_words_and_brief_and_asks_dana_to_post(store: Store) -> None:
    evening = await Evening.begin(store)
    evening.now = OPENED + 3 * MINUTE
    answer = await evening.approve(PRIYA)
    assert answer.text == "Thank you. The first public word is approved. Asked to post it: Dana."
    text, version = await evening.text(), await evening.version()
    assert text.state is TextState.APPROVED
    async with store.reading() as tx:
        brief = await tx.get(type(text), str(text.brief))
        quoting = await tx.get(Version, str(brief.current))
        given = await tx.all(select(Approval))
    assert brief.state is TextState.APPROVED
    assert {row.sha256 for row in given} == {digest(version.body), digest(quoting.body)}
    assert (await evening.incident()).position == version.id
    assert await evening.posts(DANA) == ["publish"]
    dm = await evening.card("publish", DANA)
    assert "Approved. Please post on X and Instagram, then tick." in said(dm)
    assert buttons(dm) == ["Mark as published"]
    card = await evening.words()
    assert "*Approved by Priya, " in said(card)
    assert {"type": "rich_text_preformatted", "elements": [{"type": "text", "text": version.body}]} in [
        element for block in card.blocks for element in block.get("elements", [])
    ], "byte for byte, in a block of its own"
    assert buttons(card) == ["Mark as published"]
    assert menu(card) == ["Show the statement now", "Where it comes from", "History"]


async def test_a_repeated_press_hears_the_same_answer(store: Store) -> None:
    from bot.answer import Repeated

    evening = await Evening.begin(store)
    version = (await evening.version()).id
    first = await evening.service.texts.approve(version, by=PRIYA, key="one press")
    with pytest.raises(Repeated) as again:
        await evening.service.texts.approve(version, by=PRIYA, key="one press")
    assert again.value.answer == first
    assert len(await evening.approvals()) == 1


async def test_without_the_role_one_hears_whose_it_is(store: Store) -> None:
    evening = await Evening.begin(store)
    with pytest.raises(Refused, match=r"It needs a yes from PR. Asked: Priya."):
        await evening.approve(DANA)
    assert await evening.approvals() == []


async def test_the_statement_needs_both(store: Store) -> None:
    evening = await shown(store)
    assert await evening.asked(Kind.HOLDING_STATEMENT) == {PRIYA, LEO}
    assert sorted(await evening.posts(LEO)) == ["ask", "member"]
    answer = await evening.approve(PRIYA, Kind.HOLDING_STATEMENT)
    assert answer.text == "Thank you. A yes from Legal is missing. Asked: Leo."
    with pytest.raises(Refused, match=r"You already approved this, at 22:58 CET. It needs a yes from Legal."):
        await evening.approve(PRIYA, Kind.HOLDING_STATEMENT)
    await evening.approve(LEO, Kind.HOLDING_STATEMENT)
    assert (await evening.text(Kind.HOLDING_STATEMENT)).state is TextState.APPROVED


async def test_two_people_at_once_and_the_second_hears_who_was_first(store: Store) -> None:
    """Leo and Ines press for Legal in the same moment: one yes is stored, the other hears whose."""
    evening = await shown(store)
    await evening.at(OPENED + 10 * MINUTE)
    assert await evening.asked(Kind.HOLDING_STATEMENT) >= {LEO, INES}
    answers = await asyncio.gather(
        evening.approve(LEO, Kind.HOLDING_STATEMENT),
        evening.approve(INES, Kind.HOLDING_STATEMENT),
        return_exceptions=True,
    )
    refused = [answer for answer in answers if isinstance(answer, Refused)]
    [late] = refused
    assert "was first and said yes for Legal at 23:08 CET." in late.sentence
    assert [role for _by, role, _hash in await evening.approvals(Kind.HOLDING_STATEMENT)] == ["legal"]


async def test_an_edit_while_somebody_approves_never_lends_the_yes_to_other_words(store: Store) -> None:
    evening = await shown(store)
    old = await evening.version(Kind.HOLDING_STATEMENT)
    await asyncio.gather(
        evening.service.texts.approve(old.id, by=PRIYA, key=evening.key()),
        evening.edit(LEO, old.body + " Truly.", Kind.HOLDING_STATEMENT),
        return_exceptions=True,
    )
    new = await evening.version(Kind.HOLDING_STATEMENT)
    assert new.number == 2
    given = {(by, sha) for by, _role, sha in await evening.approvals(Kind.HOLDING_STATEMENT)}
    assert (PRIYA, new.sha256) not in given
    assert (LEO, new.sha256) in given
    assert await evening.asked(Kind.HOLDING_STATEMENT) == {PRIYA}
    assert (await evening.text(Kind.HOLDING_STATEMENT)).state is TextState.WAITING


async def test_an_older_version_is_not_approved_and_the_difference_is_shown(store: Store) -> None:
    evening = await Evening.begin(store)
    old = await evening.version()
    await evening.edit(DANA, old.body.replace("parcels that", "some parcels that"))
    answer = await evening.approve(PRIYA, version=old.id)
    assert "*Nothing was approved.*" in said(answer)
    assert "Added: *some*" in said(answer)
    assert await evening.approvals() == []
    assert buttons(answer) == ["Approve"]
    assert answer.opens
    assert answer.opens["private_metadata"] == (await evening.version()).id, "the screen carries the new version"


async def test_an_approvers_edit_is_their_yes_and_the_other_is_asked_again_with_the_difference(store: Store) -> None:
    evening = await shown(store)
    await evening.approve(PRIYA, Kind.HOLDING_STATEMENT)
    old = await evening.version(Kind.HOLDING_STATEMENT)
    before = len(await evening.posts(PRIYA))
    evening.now += 5 * MINUTE
    answer = await evening.edit(
        LEO, old.body.replace("We do not know yet", "We do not know for sure"), Kind.HOLDING_STATEMENT
    )
    assert answer.text == "Saved as version 2. It counts as your yes for Legal. Asked now: Priya."
    assert await evening.asked(Kind.HOLDING_STATEMENT) == {PRIYA}, "she alone is asked again"
    assert (await evening.posts(PRIYA))[before:] == ["ask"], "a new message asks"
    dm = said(await evening.card("ask", PRIYA))
    assert "It was changed by Leo since version 1" in dm
    assert "added: *for sure*" in dm
    assert "removed: *yet" in dm
    assert await evening.noted("version_edited")
    note = said(await evening.card("thread_note", CHANNEL))
    assert "Leo changed it (version 2)" in note
    await evening.approve(PRIYA, Kind.HOLDING_STATEMENT)
    assert (await evening.text(Kind.HOLDING_STATEMENT)).state is TextState.APPROVED, "nobody is needed a third time"


async def test_whoever_edited_last_is_never_the_only_yes_and_the_stand_in_is_asked(store: Store) -> None:
    evening = await Evening.begin(store)
    body = (await evening.version()).body
    await evening.edit(PRIYA, body + " Truly.")
    assert await evening.asked() == {TOM}
    card = said(await evening.words())
    assert "Priya changed it last, so a second person must say yes. Asked: Tom." in card
    assert "so a second person is asked: you." in said(await evening.card("ask", TOM))
    with pytest.raises(Refused, match="somebody else must say yes too"):
        await evening.approve(PRIYA)
    await evening.approve(TOM)
    assert (await evening.text()).state is TextState.APPROVED


async def test_without_a_stand_in_the_lead_is_the_second_person(store: Store) -> None:
    people = dict(harbours_people().roles) | {"pr": (SAM,)}
    evening = await Evening.begin(store, roster=harbours_people(roles=people, stand_ins={}))
    await evening.edit(SAM, (await evening.version()).body + " Truly.")
    assert await evening.asked() == {PRIYA}


async def test_without_anybody_the_channel_may_be_the_second_person(store: Store) -> None:
    people = {"lead": (PRIYA,), "pr": (PRIYA,), "legal": (LEO,), "customer_care": (SAM,), "social": ()}
    evening = await Evening.begin(store, roster=harbours_people(roles=people, stand_ins={}))
    await evening.edit(PRIYA, (await evening.version()).body + " Truly.")
    assert await evening.asks() == []
    assert "any other colleague in this channel may" in said(await evening.words())
    answer = await evening.service.texts.read((await evening.version()).id, by=SAM, key=evening.key())
    assert buttons(answer)[-1] == "Approve"
    await evening.approve(SAM)
    assert (await evening.text()).state is TextState.APPROVED


async def test_one_person_alone_is_told_to_invite_a_second_one_and_nothing_goes_out(store: Store) -> None:
    roster = harbours_people(
        roles={"lead": (), "pr": (), "legal": (), "customer_care": (), "social": ()},
        stand_ins={},
        words={"lead": frozenset({"declarer"}), "pr": frozenset({"declarer", "channel"})},
    )
    evening = await Evening.begin(store, roster=roster, declared_by=EVA, quote=False)
    await evening.edit(EVA, (await evening.version()).body + " Truly.")
    assert "Ask a second person: `/invite`. Until then nothing goes out." in said(await evening.words())
    with pytest.raises(Refused, match="Please ask a second person"):
        await evening.approve(EVA)
    await evening.service.members.entered(CHANNEL, NORA, key=evening.key())  # type: ignore[arg-type]
    await evening.approve(NORA)
    assert (await evening.text()).state is TextState.APPROVED


async def test_a_guest_in_the_channel_is_no_second_person(store: Store) -> None:
    """The card counts on colleagues, and so does the verb; a guest's edit is none either."""
    roster = harbours_people(
        roles={"lead": (), "pr": (), "legal": (), "customer_care": (), "social": ()},
        stand_ins={},
        words={"lead": frozenset({"declarer"}), "pr": frozenset({"declarer", "channel"})},
        guests=frozenset({SAM}),
    )
    evening = await Evening.begin(store, roster=roster, declared_by=EVA, quote=False)
    body = (await evening.version()).body
    await evening.edit(EVA, body + " Truly.")
    await evening.service.members.entered(CHANNEL, SAM, key=evening.key())  # type: ignore[arg-type]
    assert "Ask a second person: `/invite`. Until then nothing goes out." in said(await evening.words())
    with pytest.raises(Refused, match="second person"):
        await evening.approve(SAM)
    with pytest.raises(Refused, match="You are a guest in this workspace"):
        await evening.edit(SAM, body + " Really.")
    await evening.service.members.entered(CHANNEL, NORA, key=evening.key())  # type: ignore[arg-type]
    assert "any other colleague in this channel may" in said(await evening.words())
    await evening.approve(NORA)
    assert (await evening.text()).state is TextState.APPROVED


async def test_findings_that_block_hold_it_up_and_stand_on_the_card(store: Store) -> None:
    evening = await Evening.begin(store)
    answer = await evening.edit(PRIYA, (await evening.version()).body + " See evil.example/help")
    assert "It can't go out yet" in answer.text
    assert await evening.approvals() == []
    card = await evening.words()
    assert "*Fix first:*" in said(card)
    assert "Approve" not in buttons(card)
    assert await evening.asked() == {PRIYA}, "the yes is still hers to give, once it is fixed"
    with pytest.raises(Refused, match="Please fix this first"):
        await evening.approve(PRIYA)


async def test_reject_says_why_to_whoever_wanted_it_and_edit_stays(store: Store) -> None:
    evening = await shown(store)
    version = (await evening.version(Kind.HOLDING_STATEMENT)).id
    answer = await evening.service.texts.reject(version, "Not *all* parcels are late.", by=LEO, key=evening.key())
    assert answer.text == "Sent back. Dana is told why."
    assert await evening.asks(Kind.HOLDING_STATEMENT) == []
    card = await evening.words(Kind.HOLDING_STATEMENT)
    assert "*Sent back by Leo, " in said(card)
    assert "Not *all* parcels are late." in said(card)
    assert "*Now:* Dana edits it" in said(card)
    assert buttons(card) == ["Edit"]
    note = said(await evening.card("thread_note", CHANNEL))
    assert f"<@{DANA}>: Leo sends it back" in note
    with pytest.raises(Refused, match="sent back by Leo"):
        await evening.approve(PRIYA, Kind.HOLDING_STATEMENT)
    body = (await evening.version(Kind.HOLDING_STATEMENT)).body
    await evening.edit(DANA, body + " Truly.", Kind.HOLDING_STATEMENT)
    assert await evening.asked(Kind.HOLDING_STATEMENT) == {PRIYA, LEO}, "the new words are a new question"


async def test_a_settled_question_reads_as_a_sentence(store: Store) -> None:
    evening = await shown(store)
    await evening.at(OPENED + 10 * MINUTE)
    await evening.approve(INES, Kind.HOLDING_STATEMENT)
    dm = await evening.card("ask", LEO)
    assert "Ines approved the statement at 23:08 CET." in said(dm)
    assert buttons(dm) == []

"""What lies ready when a crisis opens, and who is asked about it."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.models import Kind, Text, TextState, Version
from bot.store import Store
from tests.builders import DANA, LEO, NORA, PRIYA, TOM
from tests.texts.evening import CHANNEL, Evening, buttons, harbours_people, said
from tests.texts.rows import MINUTE, OPENED

ALONE = harbours_people(roles={"lead": (), "pr": (), "legal": (), "customer_care": (), "social": ()}, stand_ins={})


async def test_one_text_asks_and_everything_else_is_folded(store: Store) -> None:
    evening = await Evening.begin(store)
    texts = {(text.kind, text.state) for text in await evening.rows(select(Text))}
    assert texts == {
        (Kind.FIRST_WORD, TextState.WAITING),
        (Kind.HOLDING_STATEMENT, TextState.FOLDED),
        (Kind.REPLY, TextState.FOLDED),
        (Kind.CALL_CENTRE_BRIEF, TextState.FOLDED),
    }
    first = await evening.text()
    assert first.brief is not None
    assert first.needs == ["pr"]
    assert first.outlets == ["x", "instagram"]
    assert (await evening.text(Kind.REPLY)).outlets == ["x"], "where the complaint was made"
    assert (await evening.posts(CHANNEL)).count("words") == 1


async def test_the_first_word_names_the_end_of_the_statements_window(store: Store) -> None:
    evening = await Evening.begin(store)
    version = await evening.version()
    assert version.promised_at == OPENED + timedelta(hours=1)
    assert "by 23:58 CET" in version.body
    assert version.origin == "offline"
    assert version.prompt == "fallback/en/first_word"
    statement = await evening.version(Kind.HOLDING_STATEMENT)
    assert statement.promised_at == OPENED + timedelta(hours=2), "one round of the rhythm after its own window"
    assert (await evening.text(Kind.HOLDING_STATEMENT)).show_at == OPENED + timedelta(minutes=30)


async def test_the_brief_says_what_the_words_say(store: Store) -> None:
    evening = await Evening.begin(store)
    first = await evening.text()
    async with store.reading() as tx:
        brief = await tx.get(Text, str(first.brief))
        quoting = await tx.get(Version, str(brief.current))
    assert (await evening.version()).body in quoting.body
    assert brief.outlets == ["C0CALLS"]


async def test_the_language_is_the_first_complainants_where_the_company_speaks_it(store: Store) -> None:
    evening = await Evening.begin(store, language="de-AT")
    assert (await evening.text()).language == "de"
    assert "Uhr" in (await evening.version()).body


@pytest.mark.parametrize("language", [None, "fr", "ru"])
async def test_another_language_gives_the_companys_first(store: Store, language: str | None) -> None:
    evening = await Evening.begin(store, language=language)
    assert (await evening.text()).language == "en"


async def test_without_a_complainant_there_is_no_reply(store: Store) -> None:
    evening = await Evening.begin(store, quote=False)
    kinds = {text.kind for text in await evening.rows(select(Text))}
    assert Kind.REPLY not in kinds


async def test_the_dm_that_calls_somebody_asks_them_too(store: Store) -> None:
    evening = await Evening.begin(store)
    assert await evening.asked() == {PRIYA}
    assert await evening.posts(PRIYA) == ["member"]
    assert "Read the text" in buttons(await evening.card("member", PRIYA))
    assert "Read the text" not in buttons(await evening.card("member", LEO))


async def test_a_role_nobody_fills_is_its_stand_ins_who_is_called_with_everyone_else(store: Store) -> None:
    people = dict(harbours_people().roles) | {"pr": ()}
    evening = await Evening.begin(store, roster=harbours_people(roles=people))
    assert await evening.asked() == {TOM}
    assert await evening.posts(TOM) == ["member"]
    assert "Read the text" in buttons(await evening.card("member", TOM))


async def test_a_role_without_anybody_is_the_leads(store: Store) -> None:
    people = dict(harbours_people().roles) | {"pr": ()}
    evening = await Evening.begin(store, roster=harbours_people(roles=people, stand_ins={}))
    assert await evening.asked() == {PRIYA}


async def test_a_role_open_to_the_channel_asks_nobody_and_says_so(store: Store) -> None:
    roster = harbours_people(
        roles=ALONE.roles, words={"pr": frozenset({"channel"}), "lead": frozenset({"declarer"})}, stand_ins={}
    )
    evening = await Evening.begin(store, roster=roster, declared_by=NORA)
    assert await evening.asks() == []
    card = said(await evening.words())
    assert "Any colleague in this channel may give the yes for PR." in card
    assert "Nora reads it and says yes" in card, "who leads is named where nobody else is"


async def test_the_card_shows_one_text_with_everything_one_needs_to_say_yes(store: Store) -> None:
    evening = await Evening.begin(store)
    card = await evening.words()
    shown = said(card)
    for words in (
        "*First public word* · version 1 · for X and Instagram · English",
        "characters as X counts",
        (await evening.version()).body,
        "One yes is enough.",
        "PR: asked Priya",
        "Contains a promise: the next word by",
        "owner Priya",
        "Checks: nothing found",
        "2 more texts wait for this one",
        "*Now:* Priya reads it and says yes, please by",
    ):
        assert words in shown, words
    assert buttons(card) == ["Approve", "Edit", "Reject"], "without a model nothing can be redrafted"
    assert card.text == "Crisis 1 needs a yes from Priya: read one text (first public word) by 23:13 CET"
    assert "arcel" not in card.text, "no title in a notification"


async def test_the_next_thing_due_is_the_silence_then_the_statement(store: Store) -> None:
    evening = await Evening.begin(store)
    async with store.reading() as tx:
        assert await evening.service.texts.next_due(tx) == OPENED + 10 * MINUTE
    await evening.approve(PRIYA)
    await evening.tick_off(DANA, "x")
    async with store.reading() as tx:
        assert await evening.service.texts.next_due(tx) == OPENED + 5 * MINUTE

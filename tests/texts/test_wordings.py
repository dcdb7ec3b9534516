"""Other words: edited, compared with the model's, asked for anew, and written on request."""

from typing import Any

import pytest
from sqlalchemy import select
from sqlmodel import col

from bot.answer import Answer
from bot.core.effects import Refused
from bot.drafting import Draft
from bot.llm import Model
from bot.models import Effect, Kind, Promise, PromiseKind, Text, TextState, Version, VersionId
from bot.service.texts import ready_for
from bot.store import Store
from bot.views.text_forms import EditData
from tests.builders import DANA, LEO, NORA, PRIYA, SAM
from tests.texts.evening import CHANNEL, Evening, buttons, said
from tests.texts.rows import MINUTE, OPENED

BETTER = "We are sorry that you wait. We will say here by 23:58 CET what we know."


def a_draft(text: str = BETTER) -> Draft:
    return Draft(text, "draft", "1", "practice-model", "0" * 64)


async def with_model(store: Store) -> Evening:
    """A language model is set up; nobody asks it here, its answer comes as a verb."""
    evening = await Evening.begin(store)
    evening.desk.model = Model(base_url="http://127.0.0.1:1", api_key="none", model="practice-model")
    return evening


async def proposed(evening: Evening, text: str = BETTER, **fields: Any) -> None:
    fields = {"effect": evening.key()} | fields
    await evening.service.texts.propose_version((await evening.text()).id, a_draft(text), **fields)


async def effects(evening: Evening, kind: str) -> list[Effect]:
    return list(await evening.rows(select(Effect).where(col(Effect.kind) == kind)))


# Edit


async def test_two_who_edit_at_once_lose_nothing(store: Store) -> None:
    evening = await Evening.begin(store)
    opened = await evening.version()
    await evening.edit(LEO, opened.body.replace("sorry", "very sorry"))
    answer = await evening.edit(DANA, opened.body + " Truly.", opened_on=opened.id)
    form = said(answer)
    assert "Leo changed the text while you were typing; it is version 2 now (added: *very*)" in form
    assert (opened.body + " Truly.") in form, "what was typed stays in the field"
    assert (await evening.version()).number == 2, "nothing was overwritten"
    assert answer.view
    data = EditData.of(answer.view["private_metadata"])
    assert data.version == (await evening.version()).id
    await evening.edit(DANA, opened.body + " Truly.", opened_on=data.version)
    assert (await evening.version()).number == 3


async def test_the_form_is_filled_in_with_the_newest_words(store: Store) -> None:
    evening = await Evening.begin(store)
    old = await evening.version()
    await evening.edit(DANA, old.body + " Truly.")
    answer = await evening.service.texts.edit_form(old.id, by=LEO)
    assert old.body + " Truly." in said(answer)
    assert f'"initial_date_time": {int((OPENED + 60 * MINUTE).timestamp())}' in said(answer)


@pytest.mark.parametrize(
    ("typed", "field", "sentence"),
    [
        ({"body": "   "}, "body", "no text yet"),
        ({"body": "x" * 3001}, "body", "under 3,?000 characters"),
        ({"body": "We are sorry."}, "body", "does not say when the next word comes"),
        ({"body": "We are sorry.", "next_update": 99_999_999_999_999}, "next_update", "no date"),
        ({"body": "More by 23:30.", "next_update": int((OPENED + 60 * MINUTE).timestamp())}, "next_update", "23:30"),
        ({"body": "More by 23:30.", "no_time": ["yes"]}, "no_time", "still says"),
    ],
)
async def test_what_was_typed_wrong_is_asked_at_its_field(
    store: Store, typed: dict[str, Any], field: str, sentence: str
) -> None:
    evening = await Evening.begin(store)
    data = EditData(version=(await evening.version()).id)
    with pytest.raises(Refused, match=sentence) as no:
        await evening.service.texts.edit(data, typed, by=PRIYA, key=evening.key())
    assert no.value.field == field
    assert (await evening.version()).number == 1


async def test_a_text_may_name_no_time_on_purpose(store: Store) -> None:
    evening = await Evening.begin(store)
    await evening.edit(DANA, "We are sorry.", no_time=True)
    assert (await evening.version()).promised_at is None
    assert "Contains a promise" not in said(await evening.words())


async def test_another_time_moves_the_promise_and_the_brief_with_it(store: Store) -> None:
    evening = await Evening.begin(store)
    later = OPENED + 92 * MINUTE
    body = (await evening.version()).body.replace("23:58", "00:30")
    await evening.edit(DANA, body, next_update=later)
    assert (await evening.version()).promised_at == later
    async with store.reading() as tx:
        brief = await tx.get(Text, str((await evening.text()).brief))
        quoting = await tx.get(Version, str(brief.current))
    assert body in quoting.body
    assert quoting.number == 2
    assert quoting.promised_at == later


async def test_only_the_team_changes_words(store: Store) -> None:
    evening = await Evening.begin(store)
    with pytest.raises(Refused, match="There is no such crisis"):
        await evening.edit(NORA, "We are sorry. More by 23:58.")


async def test_an_apology_takes_responsibility_only_when_a_named_human_ticks_it(store: Store) -> None:
    evening = await Evening.begin(store)
    await evening.service.texts.draft(evening.incident_id, "apology", by=DANA, key=evening.key())
    first = await evening.version(Kind.APOLOGY)
    assert not first.responsibility
    assert "our responsibility" not in first.body
    assert "We are sorry" in first.body or "we are sorry" in first.body
    claimed = first.body + " This is our responsibility."
    answer = await evening.edit(PRIYA, claimed, Kind.APOLOGY)
    assert "takes responsibility" in answer.text, "it blocks without the tick"
    await evening.edit(PRIYA, claimed, Kind.APOLOGY, responsibility=True)
    ticked = await evening.version(Kind.APOLOGY)
    assert (ticked.responsibility, ticked.edited_by) == (True, PRIYA)
    assert "It takes responsibility: somebody ticked that." in said(await evening.words(Kind.APOLOGY))


async def test_the_tick_alone_writes_the_sentences_for_it(store: Store) -> None:
    evening = await Evening.begin(store)
    await evening.service.texts.draft(evening.incident_id, "apology", by=DANA, key=evening.key())
    first = await evening.version(Kind.APOLOGY)
    await evening.edit(PRIYA, first.body, Kind.APOLOGY, responsibility=True)
    ticked = await evening.version(Kind.APOLOGY)
    assert "This is our responsibility." in ticked.body
    assert ticked.promised_at == first.promised_at


# The model's wording


async def test_without_a_model_nothing_is_asked_of_it(store: Store) -> None:
    evening = await Evening.begin(store)
    assert await effects(evening, "propose") == []
    with pytest.raises(Refused, match="No language model is set up"):
        await evening.service.texts.redraft_form((await evening.version()).id, by=PRIYA)


async def test_the_models_wording_stands_beside_and_replaces_nothing(store: Store) -> None:
    evening = await with_model(store)
    before = await evening.version()
    await proposed(evening)
    assert await evening.version() == before
    card = await evening.words()
    assert "Another wording is ready" in said(card)
    assert buttons(card) == ["Compare", "Approve", "Edit", "Redraft", "Reject"]
    answer = await evening.service.texts.compare((await evening.text()).id, by=LEO)
    shown = said(answer)
    assert before.body in shown
    assert BETTER in shown
    assert "Nearly every word is different" in shown
    assert buttons(answer) == ["Use it"]
    assert await evening.noted("wording_offered")


async def test_use_it_makes_it_current_and_asks_for_its_yes(store: Store) -> None:
    evening = await with_model(store)
    await proposed(evening)
    offered = (await evening.rows(select(Version).where(col(Version.offered))))[0]
    await evening.service.texts.use(offered.id, by=LEO, key=evening.key())
    version = await evening.version()
    assert (version.body, version.origin, version.model) == (BETTER, "model", "practice-model")
    assert (version.prompt, version.prompt_version, version.input_sha256) == ("draft", "1", "0" * 64)
    assert await evening.asked() == {PRIYA}
    assert "ask" in await evening.posts(PRIYA)
    await evening.approve(PRIYA)
    assert (await evening.text()).state is TextState.APPROVED, "nobody of ours edited it: one yes is enough"


async def test_a_yes_given_meanwhile_stands_for_the_words_it_was_given_to(store: Store) -> None:
    evening = await with_model(store)
    await proposed(evening)
    offered = (await evening.rows(select(Version).where(col(Version.offered))))[0]
    await evening.approve(PRIYA)
    with pytest.raises(Refused, match="may already be posted"):
        await evening.service.texts.use(offered.id, by=LEO, key=evening.key())
    assert (await evening.version()).number == 1


async def test_a_wish_is_told_in_the_thread_and_so_is_its_answer(store: Store) -> None:
    evening = await with_model(store)
    version = (await evening.version()).id
    answer = await evening.service.texts.redraft(version, "shorter, bitte", by=LEO, key=evening.key())
    assert answer.text.startswith("Thank you.")
    [asked] = await effects(evening, "propose")
    assert (asked.payload["wish"], asked.payload["by"]) == ("shorter, bitte", LEO)
    assert f'<@{DANA}>: Leo asked for another wording: \\"shorter, bitte\\"' in said(
        await evening.card("thread_note", CHANNEL)
    )
    brief = await evening.service.texts.brief_for((await evening.text()).id, wish="shorter, bitte")
    assert brief is not None
    assert brief.current == (await evening.version()).body
    assert "Parcels three weeks late" in brief.context
    assert brief.posts == ("Three weeks, no parcel, no answer. Is anybody there?",)
    evening.now += MINUTE
    await proposed(evening, wish="shorter, bitte", by=LEO)
    assert f"<@{LEO}>: The wording you asked for is ready" in said(await evening.card("thread_note", CHANNEL))


async def test_a_model_that_could_not_help_is_said_to_whoever_wished(store: Store) -> None:
    evening = await with_model(store)
    text = (await evening.text()).id
    await evening.service.texts.no_wording(text, by=None, effect="first")
    assert "thread_note" not in await evening.posts(CHANNEL), "nobody wished for the first one"
    await evening.service.texts.no_wording(text, by=LEO, effect="second")
    await evening.service.texts.no_wording(text, by=LEO, effect="second")
    assert (await evening.posts(CHANNEL)).count("thread_note") == 1
    assert "`Edit` always works" in said(await evening.card("thread_note", CHANNEL))


async def test_an_answer_that_arrives_twice_is_one_wording(store: Store) -> None:
    evening = await with_model(store)
    await proposed(evening, effect="the same")
    await proposed(evening, "Something else by 23:58 CET.", effect="the same")
    assert len(await evening.rows(select(Version).where(col(Version.offered)))) == 1


@pytest.mark.parametrize("text", ["", "x" * 3001])
async def test_an_answer_that_cannot_be_used_offers_nothing(store: Store, text: str) -> None:
    evening = await with_model(store)
    await proposed(evening, text)
    await proposed(evening, (await evening.version()).body)
    assert await evening.rows(select(Version).where(col(Version.offered))) == []


async def test_nobody_asks_the_model_about_words_that_are_approved(store: Store) -> None:
    evening = await with_model(store)
    await evening.approve(PRIYA)
    assert await evening.service.texts.brief_for((await evening.text()).id) is None
    await proposed(evening)
    assert await evening.rows(select(Version).where(col(Version.offered))) == []


# On request


async def draft(evening: Evening, word: str) -> Answer:
    return await evening.service.texts.draft(evening.incident_id, word, by=DANA, key=evening.key())


async def test_draft_brings_the_folded_statement(store: Store) -> None:
    evening = await Evening.begin(store)
    folded = await evening.text(Kind.HOLDING_STATEMENT)
    await draft(evening, "Statement")
    assert (await evening.text(Kind.HOLDING_STATEMENT)).id == folded.id
    assert (await evening.text(Kind.HOLDING_STATEMENT)).state is TextState.WAITING
    with pytest.raises(Refused, match="waits already"):
        await draft(evening, "statement")


@pytest.mark.parametrize(
    ("word", "kind", "asked"),
    [
        ("apology", Kind.APOLOGY, {PRIYA, LEO}),
        ("update", Kind.UPDATE, {PRIYA, LEO}),
        ("reply", Kind.REPLY, {SAM}),
        ("brief", Kind.CALL_CENTRE_BRIEF, {PRIYA}),
    ],
)
async def test_draft_writes_and_asks(store: Store, word: str, kind: Kind, asked: set[str]) -> None:
    evening = await Evening.begin(store)
    evening.now += MINUTE
    answer = await draft(evening, word)
    assert answer.text.startswith("Written:")
    text = await evening.text(kind)
    assert text.state is TextState.WAITING
    assert await evening.asked(kind) == asked
    assert buttons(await evening.words(kind)) == ["Approve", "Edit", "Reject"]


@pytest.mark.parametrize(("word", "near"), [("statment", "statement"), ("apologie", "apology"), ("updat", "update")])
async def test_an_unknown_word_gets_the_nearest(store: Store, word: str, near: str) -> None:
    evening = await Evening.begin(store)
    answer = await draft(evening, word)
    assert f"Did you mean `{near}`?" in answer.text
    assert "text.draft" in said(answer)


@pytest.mark.parametrize("word", ["", "haiku", "<!channel>", "x" * 2000])
async def test_anything_else_gets_the_choice(store: Store, word: str) -> None:
    evening = await Evening.begin(store)
    answer = await draft(evening, word)
    assert "text.draft" in said(answer)
    assert "<!channel>" not in answer.text


async def test_an_update_names_the_next_round_of_the_rhythm(store: Store) -> None:
    evening = await Evening.begin(store)
    await evening.approve(PRIYA)
    await evening.tick_off(DANA, "x")
    evening.now = OPENED + 50 * MINUTE
    await evening.service.texts.update(evening.incident_id, "", by=DANA, key=evening.key())
    version = await evening.version(Kind.UPDATE)
    assert version.promised_at == OPENED + 120 * MINUTE, "an hour after the one it answers"
    assert "00:58 CET" in version.body


async def test_an_update_in_their_own_words_is_a_persons_text(store: Store) -> None:
    evening = await Evening.begin(store)
    words = "The carrier is on strike. Next update by 00:30 CET."
    answer = await evening.service.texts.update(evening.incident_id, words, by=PRIYA, key=evening.key())
    assert "It counts as your yes for PR." in answer.text
    version = await evening.version(Kind.UPDATE)
    assert (version.body, version.edited_by) == (words, PRIYA)
    assert version.promised_at == OPENED + 92 * MINUTE
    assert await evening.asked(Kind.UPDATE) == {LEO}
    await evening.approve(LEO, Kind.UPDATE)
    assert (await evening.text(Kind.UPDATE)).state is TextState.APPROVED


async def test_words_without_a_time_are_asked_about_in_a_form_that_keeps_them(store: Store) -> None:
    evening = await Evening.begin(store)
    answer = await evening.service.texts.update(evening.incident_id, "We are on it.", by=DANA, key=evening.key())
    assert answer.opens
    assert "We are on it." in said(answer)
    assert not [t for t in await evening.rows(select(Text)) if t.kind is Kind.UPDATE], "nothing is stored yet"
    data = EditData.of(answer.opens["private_metadata"])
    with pytest.raises(Refused, match="does not say") as no:
        await evening.service.texts.write(data, {"body": "We are on it."}, by=DANA, key=evening.key())
    assert no.value.field == "body"
    typed = {"body": "We are on it.", "no_time": ["yes"]}
    await evening.service.texts.write(data, typed, by=DANA, key=evening.key())
    assert (await evening.version(Kind.UPDATE)).promised_at is None
    assert await evening.asked(Kind.UPDATE) == {PRIYA, LEO}


async def test_their_own_words_take_the_place_of_an_update_nobody_touched(store: Store) -> None:
    evening = await Evening.begin(store)
    await draft(evening, "update")
    ours = await evening.text(Kind.UPDATE)
    evening.now += MINUTE
    words = "The carrier is on strike. Next update by 00:30 CET."
    await evening.service.texts.update(evening.incident_id, words, by=DANA, key=evening.key())
    async with store.reading() as tx:
        assert (await tx.get(Text, ours.id)).state is TextState.WITHDRAWN
    assert (await evening.version(Kind.UPDATE)).body == words


async def test_an_update_is_ready_for_whoever_is_reminded(store: Store) -> None:
    evening = await Evening.begin(store)
    await evening.approve(PRIYA)
    await evening.tick_off(DANA, "x")
    [promise] = await evening.rows(select(Promise).where(col(Promise.kind) == PromiseKind.UPDATE))
    before = len(await evening.posts(PRIYA))
    async with store.transaction() as tx:
        incident = await tx.incident(evening.incident_id)
        text, decision = await ready_for(evening.desk, tx, incident, promise)
        await tx.apply(decision)
        again, nothing = await ready_for(evening.desk, tx, incident, promise)
    assert text is not None
    assert again is not None
    assert again.id == text.id
    assert nothing.add == []
    assert await evening.asked(Kind.UPDATE) == {PRIYA, LEO}
    assert (await evening.posts(PRIYA))[before:] == [], "her reminder carries the text"
    assert "ask" in await evening.posts(LEO)


async def test_a_public_time_moves_by_a_text_that_names_the_new_one(store: Store) -> None:
    evening = await Evening.begin(store)
    await evening.approve(PRIYA)
    await evening.tick_off(DANA, "x")
    [promise] = await evening.rows(select(Promise).where(col(Promise.kind) == PromiseKind.UPDATE))
    to = OPENED + 152 * MINUTE
    async with store.transaction() as tx:
        incident = await tx.incident(evening.incident_id)
        text, decision = await ready_for(evening.desk, tx, incident, promise, promised_at=to, by=PRIYA)
        await tx.apply(decision)
    assert text is not None
    version = await evening.version(Kind.UPDATE)
    assert version.promised_at == to
    assert "01:30 CET" in version.body
    assert (await evening.text(Kind.UPDATE)).keeps == promise.id


async def test_a_closed_crisis_writes_nothing_more(store: Store) -> None:
    evening = await Evening.begin(store)
    async with store.transaction() as tx:
        (await tx.incident(evening.incident_id)).stage = "closed"  # type: ignore[assignment]
    with pytest.raises(Refused, match="closed"):
        await draft(evening, "update")


async def test_an_unknown_version_is_gone(store: Store) -> None:
    evening = await Evening.begin(store)
    with pytest.raises(Refused, match="That is gone"):
        await evening.service.texts.read(VersionId("none"), by=PRIYA, key=evening.key())

"""The verbs of a false alarm and a merge, on both databases."""

import asyncio

import pytest
from sqlalchemy import select, update
from sqlmodel import col

from bot.answer import Answer
from bot.cards.records import record
from bot.core.alert import REPORT
from bot.core.effects import Refused
from bot.core.report import Reported
from bot.models import (
    Alert,
    AlertState,
    Ask,
    Audience,
    Incident,
    Member,
    Move,
    Promise,
    PromiseKind,
    PromiseState,
    Signal,
    Stage,
    Text,
    TextState,
)
from bot.service.declarations import Declaration, open_crisis
from bot.store import Store, Tx
from bot.views.record import machine, markdown
from tests.builders import DANA, EVA, LEO, NORA, PRIYA, SAM, TOM
from tests.texts.evening import CHANNEL, Evening, said


async def crises(evening: Evening) -> dict[int, Incident]:
    return {one.number: one for one in await evening.rows(select(Incident))}


async def false_alarm(evening: Evening, by: str = DANA, because: str = "a test") -> Answer:
    return await evening.service.endings.false_alarm(
        evening.incident_id, because, by=by, key=evening.key()  # type: ignore[arg-type]
    )  # fmt: skip


async def texts(evening: Evening) -> set[TextState]:
    return {text.state for text in await evening.rows(select(Text))}


async def another(evening: Evening, *, audience: Audience = Audience.TEAM, by: str = DANA) -> str:
    """Crisis 2, with a channel of its own."""
    async with evening.store.transaction() as tx:
        told = Declaration(title="Rude staff at the shop", situation="generic", audience=audience)
        incident = await open_crisis(evening.desk, tx, told, declared_by=by)  # type: ignore[arg-type]
    async with evening.store.transaction() as tx:
        await evening.service.declarations.channel_created(tx, incident.id, "C0CRISIS2", "crisis-2")
    return incident.id


async def test_a_false_alarm_stands_everybody_down_once_and_leaves_nothing_due(store: Store) -> None:
    evening = await Evening.begin(store)
    answer = await false_alarm(evening)
    assert answer.text == "Crisis 1 was a false alarm. 3 people are told and stood down."
    sent = [post for post in await evening.posts() if post.startswith("stood_down")]
    assert sorted(sent) == ["stood_down to ULEO", "stood_down to UPRIYA", "stood_down to USAM"]
    assert "Dana says “a test”" in said(await evening.card("stood_down", PRIYA))
    assert await texts(evening) == {TextState.WITHDRAWN}
    assert {promise.state for promise in await evening.rows(select(Promise))} == {PromiseState.ENDED}
    assert [ask for ask in await evening.rows(select(Ask)) if ask.settled_at is None] == []
    [alert] = await evening.rows(select(Alert))
    assert alert.state is AlertState.DISMISSED, "the same posts are not asked about at once"
    before = await evening.posts()
    await evening.after(120)
    await evening.service.promises.tick()
    assert await evening.posts() == before, "nobody hears anything more"
    brief = said(await evening.card("brief", CHANNEL))
    assert "*A false alarm*, said Dana" in brief
    assert "member.here" not in brief


async def test_the_second_hears_who_was_first_and_strangers_hear_nothing(store: Store) -> None:
    evening = await Evening.begin(store)
    with pytest.raises(Refused, match="no such crisis"):
        await false_alarm(evening, NORA)
    await false_alarm(evening)
    with pytest.raises(Refused, match="Dana was first: a false alarm"):
        await false_alarm(evening, PRIYA)


async def test_a_false_alarm_while_somebody_approves(store: Store) -> None:
    """Either comes first; then nothing is left to be posted, and the other one hears why."""
    evening = await Evening.begin(store)
    answers = await asyncio.gather(false_alarm(evening), evening.approve(PRIYA), return_exceptions=True)
    assert not isinstance(answers[0], BaseException)
    assert isinstance(answers[1], Answer | Refused)
    assert await texts(evening) == {TextState.WITHDRAWN}
    if "publish" in await evening.posts(DANA):
        assert "put away" in said(await evening.card("publish", DANA))


async def test_posted_words_want_a_word_in_public_instead(store: Store) -> None:
    evening = await Evening.begin(store)
    await evening.approve(PRIYA)
    await evening.tick_off(DANA, "x")
    for verb in (false_alarm(evening), evening.service.endings.false_alarm_form(evening.incident_id, by=DANA)):
        with pytest.raises(Refused, match="say in public that all is well"):
            await verb
    assert (await evening.incident()).stage is Stage.OPEN


async def test_it_was_one_after_all(store: Store) -> None:
    evening = await Evening.begin(store)
    await false_alarm(evening)
    await evening.after(5)
    await evening.service.incidents.move(evening.incident_id, Move.REOPEN, by=PRIYA, key=evening.key())
    owed = [p for p in await evening.rows(select(Promise)) if p.state is PromiseState.OPEN]
    assert {promise.kind for promise in owed} == {PromiseKind.FIRST_WORD, PromiseKind.STATEMENT}
    assert all(promise.started_at == evening.now for promise in owed)
    assert (await evening.text()).state is TextState.WAITING
    posts = await evening.posts()
    assert sorted(post for post in posts if post.startswith("back")) == [
        "back to UDANA",
        "back to ULEO",
        "back to USAM",
    ]
    assert posts.count("ask to UPRIYA") == 1, "who is asked to read hears of it by that"
    assert "is back" in said(await evening.card("stood_down", LEO))


async def test_two_people_merge_each_way_at_once(store: Store) -> None:
    """One of them is first, whatever they chose; the other hears where it goes on, and nobody waits for ever."""
    evening = await Evening.begin(store)
    first, second = evening.incident_id, await another(evening)
    pair = [first, second]
    merges = [
        evening.service.endings.merge(pair, second, by=PRIYA, key=evening.key()),
        evening.service.endings.merge(pair[::-1], first, by=DANA, key=evening.key()),
    ]
    async with asyncio.timeout(15):
        answers = await asyncio.gather(*merges, return_exceptions=True)
    assert sorted(type(answer).__name__ for answer in answers) == ["Answer", "Refused"]
    found = await crises(evening)
    [closed] = [one for one in found.values() if one.stage is Stage.CLOSED]
    [staying] = [one for one in found.values() if one.stage is Stage.OPEN]
    assert closed.merged_into == staying.id
    assert staying.merged_into is None
    no = next(answer for answer in answers if isinstance(answer, Refused))
    assert no.sentence == f"Crisis {closed.number} goes on in crisis {staying.number} already."


async def test_posts_promises_and_people_go_over(store: Store) -> None:
    evening = await Evening.begin(store)
    first, second = evening.incident_id, await another(evening)
    await evening.service.endings.merge([first, second], second, by=PRIYA, key=evening.key())
    [signal] = await evening.rows(select(Signal))
    assert signal.incident == second
    users = {m.user for m in await evening.rows(select(Member).where(col(Member.incident) == second))}
    assert {DANA, PRIYA, LEO, SAM} <= users
    sent = [post for post in await evening.posts() if post.startswith("came_over")]
    assert len(sent) == len(set(sent))
    owed = [p for p in await evening.rows(select(Promise)) if p.state is PromiseState.OPEN]
    assert {promise.incident for promise in owed} == {second}
    kinds = sorted(promise.kind.value for promise in owed)
    assert kinds == sorted(set(kinds)), "one window of each kind"
    text = await evening.rows(select(Text).where(col(Text.incident) == first))
    assert {one.state for one in text} == {TextState.WITHDRAWN}
    assert "Goes on in crisis 2" in said(await evening.card("brief", CHANNEL))
    assert "Crisis 1 goes on here." in said(await evening.card("brief", "C0CRISIS2"))
    with pytest.raises(Refused, match="goes on in another"):
        await evening.service.incidents.move(first, Move.REOPEN, by=PRIYA, key=evening.key())


async def test_later_posts_of_its_rule_find_the_one_that_goes_on(store: Store) -> None:
    from bot.service.signals import _crisis_for

    evening = await Evening.begin(store)
    first, second = evening.incident_id, await another(evening)

    async def found(tx: Tx) -> str | None:
        rule = next(iter(evening.desk.plan.rules.values()))
        crisis = await _crisis_for(tx, "late_parcels", rule)
        return crisis.id if crisis else None

    async with store.reading() as tx:
        assert await found(tx) == first
    await evening.service.endings.merge([first, second], second, by=PRIYA, key=evening.key())
    async with store.reading() as tx:
        assert await found(tx) == second


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("1 1", "same crisis twice"),
        ("1 99", "no crisis 99 that you can see"),
        ("1 2 3", "name two crises"),
        ("these two", "name two crises"),
    ],
)
async def test_what_cannot_be_merged_says_why(store: Store, typed: str, why: str) -> None:
    evening = await Evening.begin(store)
    await another(evening)
    with pytest.raises(Refused, match=why):
        await evening.service.endings.merge_form(typed, by=PRIYA)
    with pytest.raises(Refused, match="no crisis 1 that you can see"):
        await evening.service.endings.merge_form("1 2", by=NORA)


async def test_both_are_shown_and_the_one_with_something_posted_is_chosen(store: Store) -> None:
    evening = await Evening.begin(store)
    second = await another(evening)
    form = (await evening.service.endings.merge_form("#1 and 2", by=PRIYA)).opens
    assert form is not None
    chosen = next(block["element"] for block in form["blocks"] if block["type"] == "input")
    assert chosen["initial_option"]["value"] == evening.incident_id
    bare = (await evening.service.endings.merge_form("", by=PRIYA, here="C0CRISIS2")).opens
    assert bare is not None
    first = next(block["element"] for block in bare["blocks"] if block["type"] == "input")
    assert first["initial_option"]["value"] == second


async def test_what_colleagues_told_a_few_is_not_read_by_all_staff(store: Store) -> None:
    evening = await Evening.begin(store)
    first, second = evening.incident_id, await another(evening, audience=Audience.STAFF)
    message = Reported(words="My aunt waits, too", author="Nora", place="#shops", channel="C0SHOPS", ts="1700000000.1")
    await evening.service.reports.send(message, "Please be discreet", by=NORA, key=evening.key())
    async with store.transaction() as tx:
        await tx.session.execute(update(Signal).where(col(Signal.source) == REPORT).values(incident=first))
        tx.session.add(Member.new(id="M1", incident=second, user=EVA, roles=[], asked_at=evening.now))
    await evening.service.endings.merge([first, second], second, by=PRIYA, key=evening.key())
    async with store.reading() as tx:
        staying = await tx.get(Incident, second)
        read = {user: await record(evening.desk, tx, staying, user) for user in (LEO, EVA, TOM)}
    for user, found in read.items():
        for file in (markdown.written(found), machine.written(found)):
            assert "Three weeks, no parcel" in file, "what the public said is shown to everybody"
            assert ("reported by a colleague" in file) is (user != LEO)
            for words in ("My aunt waits", "Please be discreet", "C0SHOPS", "Nora"):
                assert (words in file) is (user == LEO), f"{words}, {user}"
    [waiting, *_] = await evening.rows(select(Text).where(col(Text.incident) == second, col(Text.answers).is_(None)))
    brief = await evening.service.texts.brief_for(waiting.id)
    assert brief is not None
    assert brief.posts == ("Three weeks, no parcel, no answer. Is anybody there?",), "drafts are read by all staff, too"
    await evening.service.reports.tick()
    decided = said(await evening.card("report_decided", NORA))
    assert "is being dealt with now" in decided, "for whoever told, it is not over"

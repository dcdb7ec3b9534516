"""The verbs of a handover, on both databases."""

import asyncio

import pytest
from sqlalchemy import select
from sqlmodel import col

from bot.answer import Answer
from bot.core.effects import Refused
from bot.models import Ask, Handover, HandoverState, Here, Kind, Member, Person, Promise, PromiseState, UserId
from bot.store import Store
from tests.builders import DANA, INES, LEO, NORA, PRIYA, SAM, TEAM, TOM
from tests.texts.evening import CHANNEL, MINUTE, Evening, buttons, harbours_people, said

GUEST = UserId("UGUEST")


async def offered(
    evening: Evening, by: UserId = PRIYA, to: UserId = TOM, words: str = "Call the carrier at eight"
) -> str:
    await evening.service.shifts.offer(evening.incident_id, to, words, by=by, key=evening.key())
    rows = await evening.rows(select(Handover).where(col(Handover.state) == HandoverState.OFFERED))
    return str(next(row.id for row in rows if row.giver == by))


async def take(evening: Evening, id: str, by: UserId = TOM) -> Answer:
    return await evening.service.shifts.take(id, by=by, key=evening.key())


async def account_closed(evening: Evening, user: UserId) -> None:
    """Slack has told of it; the roster is not looked up anew yet."""
    assert user in evening.desk.roster.active
    async with evening.store.transaction() as tx:
        (await tx.get(Person, (TEAM, user))).active = False  # type: ignore[arg-type]


async def member(evening: Evening, user: UserId) -> Member:
    found: Member = next(m for m in await evening.rows(select(Member)) if m.user == user)
    return found


async def test_until_it_is_pressed_everything_stays(store: Store) -> None:
    evening = await Evening.begin(store)
    await offered(evening)
    brief = await evening.card("shift", TOM)
    for part in ("What happened", "Parcels three weeks late", "What is out", "What we promised", "first public word by",
                 "Who is asked", "Priya: read the first public word", "What is next", "Call the carrier at eight",
                 "everything stays with Priya"):  # fmt: skip
        assert part in said(brief), part
    assert "Parcels" not in brief.text
    assert buttons(brief) == ["I have it", "Can't: send my stand-in"]
    assert (await evening.incident()).lead == PRIYA
    assert {p.owner for p in await evening.rows(select(Promise))} == {PRIYA}
    assert await evening.asked() == {PRIYA}
    assert TOM not in {m.user for m in await evening.rows(select(Member))}


async def test_asked_about_one_text_in_two_roles_is_one_text_to_read(store: Store) -> None:
    evening = await Evening.begin(store)
    [asked] = [ask for ask in await evening.rows(select(Ask)) if ask.user == PRIYA]
    async with store.transaction() as tx:
        later = {"version": asked.version, "user": PRIYA, "roles": ["legal"], "asked_at": asked.asked_at + MINUTE}
        tx.session.add(Ask.new(text=asked.text, **later))
    form = await evening.service.shifts.form(evening.incident_id, "", by=PRIYA)
    assert "1 text to read" in said(form)
    await offered(evening, DANA, SAM)
    brief = said(await evening.card("shift", SAM))
    assert brief.count("Priya: read the first public word") == 1
    id = await offered(evening)
    await take(evening, id)
    assert buttons(await evening.card("shift", TOM)) == ["Read the text"]


async def test_pressed_it_goes_over_and_the_giver_is_thanked_once(store: Store) -> None:
    evening = await Evening.begin(store)
    id = await offered(evening)
    await take(evening, id)
    assert (await evening.incident()).lead == TOM
    assert {p.owner for p in await evening.rows(select(Promise)) if p.state is PromiseState.OPEN} == {TOM}
    assert await evening.asked() == {TOM}
    assert (await member(evening, PRIYA)).state is Here.HANDED_OVER
    assert "pr" in (await member(evening, TOM)).roles
    assert (await evening.posts(PRIYA)).count("shift_given") == 1
    assert "Tom has crisis 1 since" in said(await evening.card("shift_given", PRIYA))
    has_it = await evening.card("shift", TOM)
    assert "You lead." in said(has_it)
    assert buttons(has_it) == ["Read the text"]
    await evening.approve(TOM)
    assert (await evening.approvals())[0][0] == TOM


async def test_the_giver_is_asked_nothing_more_though_the_plan_names_her(store: Store) -> None:
    evening = await Evening.begin(store)
    await take(evening, await offered(evening))
    await take(evening, await offered(evening, DANA, LEO, ""), LEO)
    before = {who: await evening.posts(who) for who in (PRIYA, DANA)}
    await evening.approve(TOM)
    assert "publish" in await evening.posts(LEO), "Leo posts in Dana's place"
    await evening.tick_off(LEO, "x")
    statement = await evening.text(Kind.HOLDING_STATEMENT)
    await evening.service.texts.show(statement.id, by=TOM, key=evening.key())
    for _hour in range(4):
        await evening.after(20)
        await evening.service.promises.tick()
    assert {who: await evening.posts(who) for who in (PRIYA, DANA)} == before
    assert TOM in await evening.asked(Kind.HOLDING_STATEMENT) or await evening.posts(TOM)


async def test_only_whoever_is_asked_and_only_once(store: Store) -> None:
    evening = await Evening.begin(store)
    id = await offered(evening)
    with pytest.raises(Refused, match="not offered to you"):
        await take(evening, id, SAM)
    with pytest.raises(Refused, match="no such crisis"):
        await take(evening, id, NORA)
    answers = await asyncio.gather(take(evening, id), take(evening, id), return_exceptions=True)
    assert sorted(type(answer).__name__ for answer in answers) == ["Answer", "Refused"]
    assert len(await evening.rows(select(Ask).where(col(Ask.settled_at).is_(None)))) == 1


async def test_after_the_giver_has_left_the_company_it_is_taken_all_the_same(store: Store) -> None:
    evening = await Evening.begin(store)
    id = await offered(evening)
    await account_closed(evening, PRIYA)
    await take(evening, id)
    assert (await evening.incident()).lead == TOM
    assert "shift_given" not in await evening.posts(PRIYA)


async def test_whoever_is_asked_and_has_left_the_company_is_not_waited_for(store: Store) -> None:
    evening = await Evening.begin(store)
    await offered(evening, DANA, LEO)
    await account_closed(evening, LEO)
    evening.now += 11 * MINUTE
    await evening.service.shifts.tick()
    assert [post for post in await evening.posts(LEO) if post.startswith("shift")] == ["shift"], "reminded of nothing"
    assert "Leo can't." in said(await evening.card("shift", INES))


async def test_a_stand_in_who_has_left_the_company_is_not_asked(store: Store) -> None:
    evening = await Evening.begin(store)
    id = await offered(evening, DANA, LEO)
    await account_closed(evening, INES)
    answer = await evening.service.shifts.cannot(id, by=LEO, key=evening.key())
    assert "You have no stand-in" in answer.text
    assert "shift" not in await evening.posts(INES)


async def test_a_second_offer_takes_the_first_ones_place(store: Store) -> None:
    evening = await Evening.begin(store)
    first = await offered(evening)
    second = await offered(evening, to=SAM)
    with pytest.raises(Refused, match="Priya needs nobody"):
        await take(evening, first)
    assert "Parcels" not in said(await evening.card("shift", TOM)), "what is not his is not shown to him any more"
    await take(evening, second, SAM)
    assert (await evening.incident()).lead == SAM


async def test_nobody_presses_so_he_is_reminded_once_and_then_the_lead_hears(store: Store) -> None:
    evening = await Evening.begin(store)
    await offered(evening, DANA, TOM)
    for minutes in (11, 11, 30, 60):
        evening.now += minutes * MINUTE
        await evening.service.shifts.tick()
    assert [p for p in await evening.posts(TOM) if p.startswith("shift")] == ["shift", "shift_waits"]
    assert (await evening.posts(PRIYA)).count("shift_untaken") == 1
    untaken = await evening.card("shift_untaken", PRIYA)
    assert "Everything stays with Dana" in said(untaken)
    assert buttons(untaken) == ["Ask somebody else"]


async def untaken(evening: Evening) -> str:
    """Dana asked Tom, who stayed silent, so Priya, who leads, has heard of it."""
    id = await offered(evening, DANA, TOM)
    for _again in range(2):
        evening.now += 11 * MINUTE
        await evening.service.shifts.tick()
    return id


async def test_the_lead_asks_somebody_else_and_the_giver_keeps_it_until_then(store: Store) -> None:
    evening = await Evening.begin(store)
    id = await untaken(evening)
    form = (await evening.service.shifts.form_instead(id, by=PRIYA)).opens
    assert form is not None
    assert form["private_metadata"] == id
    assert "Until they press `I have it`, everything stays with Dana" in str(form)
    answer = await evening.service.shifts.offer_instead(id, SAM, by=PRIYA, key=evening.key())
    assert "everything of crisis 1 stays with Dana" in answer.text
    brief = await evening.card("shift", SAM)
    assert "Sam, Dana asks you to take over crisis 1." in said(brief)
    assert "Call the carrier" not in said(brief), "Dana's words were for Tom"
    told = await evening.card("shift_untaken", PRIYA)
    assert "Crisis 1: Sam is asked now to take over from Dana." in said(told)
    assert buttons(told) == []
    assert "needs nobody" in said(await evening.card("shift", TOM))
    assert (await member(evening, DANA)).state is not Here.HANDED_OVER
    rows = await evening.rows(select(Handover).where(col(Handover.state) == HandoverState.OFFERED))
    await take(evening, rows[0].id, SAM)
    assert (await member(evening, DANA)).state is Here.HANDED_OVER
    assert "Crisis 1: Sam has taken over from Dana." in said(await evening.card("shift_untaken", PRIYA))
    with pytest.raises(Refused, match="Dana needs nobody"):
        await take(evening, id, TOM)
    assert [entry.by for entry in await evening.noted("handover_offered")] == [DANA, PRIYA], "who asked is on record"


async def test_the_lead_may_ask_the_same_one_once_more_or_take_it_themselves(store: Store) -> None:
    evening = await Evening.begin(store)
    id = await untaken(evening)
    await evening.service.shifts.offer_instead(id, TOM, by=PRIYA, key=evening.key())
    cards = await evening.posts(TOM)
    assert [card for card in cards if card.startswith("shift")] == ["shift", "shift_waits", "shift"]
    assert "you are asked once more, in a newer message" in said(await evening.card("shift", TOM, id))
    assert buttons(await evening.card("shift", TOM)) == ["I have it", "Can't: send my stand-in"]
    await evening.service.shifts.offer_instead(id, PRIYA, by=PRIYA, key=evening.key())
    [mine] = await evening.rows(select(Handover).where(col(Handover.state) == HandoverState.OFFERED))
    await take(evening, mine.id, PRIYA)
    assert "social" in (await member(evening, PRIYA)).roles


async def test_who_cannot_after_all_leaves_the_lead_with_the_button(store: Store) -> None:
    evening = await Evening.begin(store)
    id = await untaken(evening)
    evening.desk.roster = harbours_people(stand_ins={}, roles={"social": (DANA,)})
    await evening.service.shifts.cannot(id, by=TOM, key=evening.key())
    told = await evening.card("shift_untaken", PRIYA)
    assert "Tom can't take over from Dana, so everything stays with Dana" in said(told)
    assert buttons(told) == ["Ask somebody else"]
    await evening.service.shifts.offer_instead(id, SAM, by=PRIYA, key=evening.key())
    assert "Sam is asked now" in said(await evening.card("shift_untaken", PRIYA))


async def test_asking_somebody_else_is_the_leads_and_once_taken_it_is_over(store: Store) -> None:
    evening = await Evening.begin(store)
    id = await untaken(evening)
    for by, why in ((SAM, r"whoever leads crisis 1 \(Priya\)"), (NORA, "no such crisis")):
        with pytest.raises(Refused, match=why):
            await evening.service.shifts.form_instead(id, by=by)
        with pytest.raises(Refused, match=why):
            await evening.service.shifts.offer_instead(id, LEO, by=by, key=evening.key())
    with pytest.raises(Refused, match="It is Dana's"):
        await evening.service.shifts.offer_instead(id, DANA, by=PRIYA, key=evening.key())
    with pytest.raises(Refused, match="choose a colleague"):
        await evening.service.shifts.offer_instead(id, UserId("UBOT"), by=PRIYA, key=evening.key())
    await take(evening, id)
    with pytest.raises(Refused, match="Tom has taken over from Dana meanwhile"):
        await evening.service.shifts.form_instead(id, by=PRIYA)


async def test_he_cannot_so_his_stand_in_is_asked_and_the_giver_told(store: Store) -> None:
    evening = await Evening.begin(store)
    id = await offered(evening, DANA, LEO)
    answer = await evening.service.shifts.cannot(id, by=LEO, key=evening.key())
    assert answer.text == "Understood. Your stand-in is asked now."
    assert "Leo can't." in said(await evening.card("shift", "UINES"))
    assert "Ines is asked instead" in said(await evening.card("shift_declined", DANA))
    with pytest.raises(Refused, match="somebody else is asked"):
        await take(evening, id, LEO)


async def test_words_for_one_person_are_not_passed_on_to_the_stand_in(store: Store) -> None:
    evening = await Evening.begin(store)
    id = await offered(evening, DANA, LEO, "Leo, only you know that Sam is ill")
    await evening.service.shifts.cannot(id, by=LEO, key=evening.key())
    brief = await evening.card("shift", INES)
    assert "What happened" in said(brief)
    assert "ill" not in said(brief).split()
    assert {row.words for row in await evening.rows(select(Handover).where(col(Handover.to) == INES))} == {""}
    told = await evening.card("shift_declined", DANA)
    assert "Your words were for Leo alone, so Ines doesn't read them." in said(told)
    assert buttons(told) == ["Hand over"]


@pytest.mark.parametrize(("to", "why"), [(PRIYA, "That is you"), (GUEST, "choose a colleague"), (UserId("UBOT"), "choose a colleague")])  # fmt: skip
async def test_whom_it_cannot_be_handed_to(store: Store, to: UserId, why: str) -> None:
    evening = await Evening.begin(store)
    async with store.transaction() as tx:
        tx.session.add(Person.new(team=TEAM, user=GUEST, name="Gus", guest=True))
    everybody = evening.desk.roster.active | {GUEST}
    evening.desk.roster = harbours_people(active=everybody, guests=frozenset({GUEST}))
    with pytest.raises(Refused, match=why):
        await offered(evening, to=to)
    with pytest.raises(Refused, match=why):
        await evening.service.shifts.form(evening.incident_id, f"<@{to}>", by=PRIYA)
    with pytest.raises(Refused, match="no such crisis"):
        await offered(evening, by=NORA)
    assert await evening.rows(select(Handover)) == []


async def test_a_guest_whom_the_plan_names_can_have_it(store: Store) -> None:
    roles = dict(harbours_people().roles) | {"social": (DANA, GUEST)}
    people = harbours_people(active=harbours_people().active | {GUEST}, guests=frozenset({GUEST}), roles=roles)
    evening = await Evening.begin(store, roster=people)
    async with store.transaction() as tx:
        tx.session.add(Person.new(team=TEAM, user=GUEST, name="Gus", guest=True))
    form = (await evening.service.shifts.form(evening.incident_id, "@gus", by=PRIYA)).opens
    assert "Gus gets: the lead" in str(form)
    await take(evening, await offered(evening, to=GUEST), GUEST)
    assert (await evening.incident()).lead == GUEST


@pytest.mark.parametrize(("typed", "found"), [("@tom", TOM), ("Tom", TOM), ("<@UTOM|tom>", TOM), ("@nobody", None), ("", None)])  # fmt: skip
async def test_whoever_is_named_stands_in_the_form(store: Store, typed: str, found: UserId | None) -> None:
    evening = await Evening.begin(store)
    form = (await evening.service.shifts.form(evening.incident_id, typed, by=PRIYA)).opens
    assert form is not None
    picker = next(block["element"] for block in form["blocks"] if block.get("block_id") == "to")
    assert picker.get("initial_user") == found
    if found:
        assert "Tom will be able to see this crisis." in str(form)
        assert "Tom gets: the lead" in str(form)
    elif typed:
        assert "I am not sure whom" in str(form)


async def test_back_on_the_next_shift_she_leads_again_and_there_is_always_one_lead(store: Store) -> None:
    evening = await Evening.begin(store)
    await take(evening, await offered(evening))
    await take(evening, await offered(evening, TOM, PRIYA), PRIYA)
    assert (await evening.incident()).lead == PRIYA
    assert (await member(evening, PRIYA)).state is Here.HERE
    assert (await member(evening, TOM)).state is Here.HANDED_OVER
    assert await evening.asked() == {PRIYA}
    with pytest.raises(Refused, match="handed it over already"):
        await evening.service.shifts.form(evening.incident_id, "", by=TOM)
    assert "Priya" in said(await evening.card("brief", CHANNEL))

"""What people do with promises, on both databases: their answer, the rows, and what every card says afterwards."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from sqlalchemy import select
from sqlmodel import col

from bot.answer import Answer, Repeated
from bot.core.effects import Refused
from bot.models import (
    Incident,
    Kind,
    Promise,
    PromiseId,
    PromiseKind,
    PromiseState,
    Signal,
    Stage,
    Text,
    UserId,
    Version,
)
from bot.service import promises as parts
from bot.store import Store, Tx
from tests.builders import DANA, EVA, PRIYA, SAM, TEAM, TOM
from tests.promises.evening import BERLIN, CHANNEL, STRANGER, Evening, labels
from tests.promises.rows import MIDNIGHT, MINUTE, OPENED, a_delivery, a_promise, a_text

HOUR = timedelta(hours=1)
_keys = count()


def key() -> str:
    return f"press {next(_keys)}"


@pytest.fixture
async def evening(store: Store) -> Evening:
    return await Evening.begin(store)


def at(minutes: float) -> datetime:
    return MIDNIGHT + minutes * MINUTE


async def the_update(evening: Evening, **fields: object) -> PromiseId:
    """An update promised for midnight; its owner has been reminded at 23:48."""
    promise = a_promise(evening.incident, **fields)
    await evening.save(promise)
    await evening.at(at(-12))
    return promise.id


async def with_incident(evening: Evening, tx: Tx) -> Incident:
    return await tx.incident(evening.incident.id)


class TestDone:
    async def test_it_asks_how_and_is_on_record_as_kept(self, evening: Evening) -> None:
        id = await the_update(evening)
        form = await evening.promises.form("done", id, by=PRIYA, zone=BERLIN)
        assert form.opens is not None
        assert form.opens["callback_id"] == "promise.kept"
        evening.now = at(-9)
        said = await evening.promises.done(id, " told the press\nby phone ", by=PRIYA, key=key())
        assert said.text == "Thank you. It is on the record as kept."
        promise = await evening.promise(id)
        assert (promise.state, promise.kept_at, promise.settled_by) == (PromiseState.KEPT, at(-9), PRIYA)
        assert "Kept by Priya" in await evening.reads(PRIYA)
        assert "told the press by phone" in await evening.reads(PRIYA)
        assert await evening.buttons(PRIYA) == []

    async def test_without_a_line_it_is_refused_at_the_field(self, evening: Evening) -> None:
        id = await the_update(evening)
        with pytest.raises(Refused, match="one line") as refusal:
            await evening.promises.done(id, "  ", by=PRIYA, key=key())
        assert refusal.value.field == "how"

    async def test_settled_in_one_place_is_settled_in_every_place(self, evening: Evening) -> None:
        id = await the_update(evening, owner=SAM)
        await evening.at(at(0))
        await evening.at(at(5))
        evening.now = at(6)
        await evening.promises.done(id, "posted it myself", by=SAM, key=key())
        for place in (SAM, PRIYA, CHANNEL):
            shown = await evening.reads(place)
            assert "posted it myself" in shown
            assert "That was 6 minutes late." in shown
            assert await evening.buttons(place) == []

    async def test_the_second_person_hears_that_it_is_done(self, evening: Evening) -> None:
        id = await the_update(evening)
        await evening.promises.done(id, "on the phone", by=PRIYA, key=key())
        with pytest.raises(Refused, match="kept already"):
            await evening.promises.done(id, "on the phone", by=DANA, key=key())

    async def test_the_same_press_twice_gets_the_same_answer(self, evening: Evening) -> None:
        id, press = await the_update(evening), key()
        first = await evening.promises.done(id, "on the phone", by=PRIYA, key=press)
        with pytest.raises(Repeated) as again:
            await evening.promises.done(id, "on the phone", by=PRIYA, key=press)
        assert again.value.answer == first

    async def test_owner_lead_and_team_may(self, evening: Evening) -> None:
        for who in (PRIYA, SAM, DANA):
            id = await the_update(evening, owner=SAM)
            assert (await evening.promises.done(id, "done", by=who, key=key())).text

    async def test_a_stranger_may_not_and_learns_nothing(self, evening: Evening) -> None:
        id = await the_update(evening)
        for verb in ("done", "extend", "hand_over"):
            with pytest.raises(Refused, match="There is no such crisis"):
                await evening.promises.form(verb, id, by=STRANGER, zone=BERLIN)
        with pytest.raises(Refused, match="There is no such crisis"):
            await evening.promises.done(id, "done", by=STRANGER, key=key())
        assert (await evening.promise(id)).state == PromiseState.OPEN

    async def test_in_a_crisis_open_to_all_a_stranger_hears_whose_it_is(self, store: Store) -> None:
        evening = await Evening.begin(store, audience="staff")
        id = await the_update(evening)
        with pytest.raises(Refused, match="That is Priya's"):
            await evening.promises.done(id, "done", by=STRANGER, key=key())

    async def test_whoever_was_asked_about_it_may(self, evening: Evening) -> None:
        id = await the_update(evening)
        for minute in (0, 5, 15):
            await evening.at(at(minute))
        assert (await evening.promises.done(id, "called the editor", by=EVA, key=key())).text


class TestExtend:
    async def test_what_was_not_said_in_public_gets_its_new_time_at_once(self, evening: Evening) -> None:
        id = await the_update(evening, public=False)
        said = await evening.promises.extend(id, int(at(60).timestamp()), by=PRIYA, key=key(), zone=BERLIN)
        assert said.text == "Extended: it is due at Mon 23 Nov, 01:00 CET now."
        promise = await evening.promise(id)
        assert (promise.due, promise.state) == (at(60), PromiseState.OPEN)
        assert (await evening.sent()).count(PRIYA) == 1
        await evening.at(at(0))
        assert (await evening.sent()).count(CHANNEL) == 0

    async def test_what_was_said_in_public_stands_until_the_public_is_told(self, evening: Evening) -> None:
        id = await the_update(evening)
        said = await evening.promises.extend(id, int(at(60).timestamp()), by=PRIYA, key=key(), zone=BERLIN)
        assert said.view is not None
        assert labels(said.view["blocks"]) == ["Read the text"]
        assert "00:00" in str(said.view["blocks"])
        promise = await evening.promise(id)
        assert (promise.due, promise.state) == (MIDNIGHT, PromiseState.OPEN)
        version_id = next(b for b in said.view["blocks"] if b["type"] == "actions")["elements"][0]["value"]
        async with evening.store.transaction() as tx:
            version = await tx.get(Version, version_id)
            text = await tx.get(Text, version.text)
            assert (text.kind, text.keeps, version.promised_at) == (Kind.UPDATE, id, at(60))
            incident = await with_incident(evening, tx)
            await tx.apply(await parts.published(evening.desk, tx, incident, text, version, at(-5), DANA))
        moved, new = await evening.owed()
        assert (moved.state, new.state) == (PromiseState.MOVED, PromiseState.OPEN)
        assert (new.due, new.public) == (at(60), True)
        assert "Moved: the public was told" in await evening.reads(PRIYA)

    @pytest.mark.parametrize(
        ("minute", "opening"), [(-5, "We said we would be back"), (6, "You were to hear from us sooner")]
    )
    async def test_the_text_says_openly_when_it_comes_late(self, evening: Evening, minute: int, opening: str) -> None:
        id = await the_update(evening)
        evening.now = at(minute)
        await evening.promises.extend(id, int(at(60).timestamp()), by=PRIYA, key=key(), zone=BERLIN)
        async with evening.store.reading() as tx:
            text = await tx.first(select(Text).where(col(Text.keeps) == id))
            assert (await tx.get(Version, str(text.current))).body.startswith(opening)

    @pytest.mark.parametrize("public", [True, False])
    async def test_an_impossible_date_is_refused_at_its_field(self, evening: Evening, public: bool) -> None:
        id = await the_update(evening, public=public)
        impossible = {None: "choose a day", "soon": "choose a day", 10**18: "choose a day", 0: "passed", -1: "passed"}
        for seconds, sentence in impossible.items():
            with pytest.raises(Refused, match=sentence) as refusal:
                await evening.promises.extend(id, seconds, by=PRIYA, key=key(), zone=BERLIN)
            assert refusal.value.field == "time"


class TestHandOver:
    async def test_until_the_other_takes_it_the_first_owner_keeps_it_and_both_are_told(self, evening: Evening) -> None:
        id = await the_update(evening)
        said = await evening.promises.hand_over(id, TOM, by=PRIYA, key=key())
        assert said.text == "Tom is asked. Until Tom takes it, it stays with you."
        assert "Until you take it, it stays with Priya." in await evening.reads(TOM)
        assert "until Tom takes it, it stays with Priya" in await evening.reads(PRIYA)
        assert await evening.buttons(TOM) == ["Take it"]
        await evening.at(at(0))
        assert (await evening.sent()).count(PRIYA) == 2

    async def test_taken_it_is_theirs_and_so_are_the_reminders(self, evening: Evening) -> None:
        id = await the_update(evening)
        await evening.promises.hand_over(id, TOM, by=PRIYA, key=key())
        evening.now = at(-6)
        assert (await evening.promises.take(id, by=TOM, key=key())).text.startswith("Thank you. It is yours now")
        assert (await evening.promise(id)).owner == TOM
        assert await evening.buttons(TOM) == ["Read the text", "Done", "Hand over", "Extend", "Snooze"]
        assert "It is Tom's." in await evening.reads(PRIYA)
        await evening.at(at(0))
        assert (await evening.sent()).count(PRIYA) == 1
        assert (await evening.sent()).count(TOM) == 2
        assert "Owner: Tom." in await evening.reads(CHANNEL)

    async def test_offered_to_somebody_else_the_first_offer_is_gone(self, evening: Evening) -> None:
        id = await the_update(evening)
        for to in (TOM, SAM):
            await evening.promises.hand_over(id, to, by=PRIYA, key=key())
        assert await evening.buttons(TOM) == []
        with pytest.raises(Refused, match="no longer offered"):
            await evening.promises.take(id, by=TOM, key=key())
        await evening.promises.take(id, by=SAM, key=key())

    async def test_to_nobody_that_can_be_reached_it_is_refused_at_the_field(self, evening: Evening) -> None:
        id = await the_update(evening)
        for to, sentence in ((UserId("UBOT"), "Nobody can be reached"), (PRIYA, "theirs already")):
            with pytest.raises(Refused, match=sentence) as refusal:
                await evening.promises.hand_over(id, to, by=PRIYA, key=key())
            assert refusal.value.field == "to"


class TestSnooze:
    async def test_the_owner_is_asked_again_five_minutes_later_and_only_once(self, evening: Evening) -> None:
        id = await the_update(evening)
        said = await evening.promises.snooze(id, by=PRIYA, key=key(), zone=BERLIN)
        assert "23:53 CET" in said.text
        assert "Snooze" not in await evening.buttons(PRIYA)
        await evening.at(at(-7))
        assert (await evening.sent()).count(PRIYA) == 2
        assert "Snooze" not in await evening.buttons(PRIYA)
        with pytest.raises(Refused, match="once already"):
            await evening.promises.snooze(id, by=PRIYA, key=key(), zone=BERLIN)
        await evening.at(at(0))
        assert (await evening.sent()).count(PRIYA) == 3

    async def test_it_is_the_owners_to_put_off(self, evening: Evening) -> None:
        id = await the_update(evening)
        with pytest.raises(Refused, match="whoever it belongs to"):
            await evening.promises.snooze(id, by=DANA, key=key(), zone=BERLIN)


class TestAdd:
    async def add(self, evening: Evening, typed: str, *, by: UserId = SAM, zone: str = BERLIN) -> Answer:
        return await evening.promises.add(evening.incident.id, typed, by=by, key=key(), zone=zone, locale="en")

    async def test_next_update_is_an_update_that_an_update_keeps(self, evening: Evening) -> None:
        said = await self.add(evening, "next update 23:45")
        assert said.text == "Noted: update for the public by 23:45 CET. It is yours, and you are reminded before."
        (promise,) = await evening.owed()
        assert (promise.kind, promise.owner, promise.public) == (PromiseKind.UPDATE, SAM, False)
        assert promise.due == datetime(2026, 11, 22, 22, 45, tzinfo=UTC)

    async def test_anything_else_keeps_its_own_words(self, evening: Evening) -> None:
        said = await self.add(evening, "call the carrier <!channel> tomorrow 9")
        assert "call the carrier &lt;!channel&gt; by Mon 23 Nov, 09:00 CET" in said.text
        (promise,) = await evening.owed()
        assert (promise.kind, promise.wording) == (PromiseKind.OTHER, "call the carrier <!channel>")

    async def test_the_time_is_the_persons_own(self, evening: Evening) -> None:
        await self.add(evening, "next update 23:45", zone="Europe/Sofia")
        (promise,) = await evening.owed()
        assert promise.due == datetime(2026, 11, 23, 21, 45, tzinfo=UTC)  # 23:45 in Sofia has passed

    async def test_a_new_time_for_the_next_update_replaces_the_rhythm_and_no_public_time(
        self, evening: Evening
    ) -> None:
        rhythm, named = a_promise(evening.incident, public=False), a_promise(evening.incident)
        await evening.save(rhythm, named)
        await self.add(evening, "next update 00:30")
        assert (await evening.promise(rhythm.id)).state == PromiseState.MOVED
        assert (await evening.promise(named.id)).state == PromiseState.OPEN

    async def test_nonsense_gets_a_sentence_and_changes_nothing(self, evening: Evening) -> None:
        nonsense = {
            "": "say by when",
            "next update": "say by when",
            "18:00": "what is promised",
            "x" * 2000 + " tomorrow 9:00": "at most 300 characters",
            "next update yesterday 18:00": "has passed",
        }
        for typed, sentence in nonsense.items():
            with pytest.raises(Refused, match=sentence):
                await self.add(evening, typed)
        assert await evening.owed() == []

    async def test_only_the_team_promises_and_only_while_it_is_open(self, evening: Evening) -> None:
        with pytest.raises(Refused, match="no such crisis"):
            await self.add(evening, "next update 23:45", by=STRANGER)
        async with evening.store.transaction() as tx:
            (await with_incident(evening, tx)).stage = Stage.CLOSED
        with pytest.raises(Refused, match="is closed"):
            await self.add(evening, "next update 23:45")


class TestList:
    async def test_it_shows_what_is_owed_with_done_where_it_is_yours(self, evening: Evening) -> None:
        mine = a_promise(evening.incident, owner=SAM, kind=PromiseKind.OTHER, wording="call back", due=at(10))
        await evening.save(a_promise(evening.incident), mine, a_promise(evening.incident, state=PromiseState.KEPT))
        evening.now = at(-20)
        title, blocks = await evening.promises.listed(evening.incident.id, by=SAM, zone=BERLIN)
        assert title == "Promises of crisis 12"
        assert labels(blocks) == ["Done"]
        shown = str(blocks)
        assert shown.index("Update for the public") < shown.index("Call back")
        assert "20 minutes left. Owner: Priya." in shown

    async def test_nothing_owed_is_said(self, evening: Evening) -> None:
        _title, blocks = await evening.promises.listed(evening.incident.id, by=SAM, zone=BERLIN)
        assert "owes nobody anything" in str(blocks)

    async def test_strangers_see_nothing_of_a_private_crisis(self, evening: Evening) -> None:
        with pytest.raises(Refused, match="no such crisis"):
            await evening.promises.listed(evening.incident.id, by=STRANGER, zone=BERLIN)


class TestTheCrisis:
    """The parts that other verbs call in their own transactions."""

    async def states(self, evening: Evening) -> Sequence[tuple[PromiseKind, PromiseState]]:
        return [(promise.kind, promise.state) for promise in await evening.owed()]

    async def test_from_the_opening_to_the_end(self, evening: Evening) -> None:
        async with evening.store.transaction() as tx:
            incident = await with_incident(evening, tx)
            await tx.apply(await parts.begin(evening.desk, tx, incident))
        assert await self.states(evening) == [
            (PromiseKind.FIRST_WORD, PromiseState.OPEN),
            (PromiseKind.STATEMENT, PromiseState.OPEN),
        ]
        evening.now = OPENED + 6 * MINUTE
        written = a_text(evening.incident, Kind.FIRST_WORD, promised_at=MIDNIGHT)
        await evening.save(*written)
        async with evening.store.transaction() as tx:
            incident = await with_incident(evening, tx)
            await tx.apply(await parts.published(evening.desk, tx, incident, *written, evening.now, DANA))
        assert await self.states(evening) == [
            (PromiseKind.FIRST_WORD, PromiseState.KEPT),
            (PromiseKind.STATEMENT, PromiseState.OPEN),
            (PromiseKind.UPDATE, PromiseState.OPEN),
        ]
        async with evening.store.transaction() as tx:
            incident = await with_incident(evening, tx)
            incident.stage = Stage.RESOLVED
            await tx.apply(await parts.resolved(evening.desk, tx, incident))
            still = await parts.open_promises(tx, incident)
        assert [promise.kind for promise in still] == [PromiseKind.UPDATE], "it was named in public"
        async with evening.store.transaction() as tx:
            incident = await with_incident(evening, tx)
            incident.close_reasons = {still[0].id: "every parcel has come"}
            await tx.apply(await parts.closed(evening.desk, tx, incident, PRIYA))
        ended = await evening.promise(still[0].id)
        assert (ended.state, ended.how) == (PromiseState.ENDED, "every parcel has come")

    async def test_its_own_texts_are_ready_for_the_openings_promises(self, evening: Evening) -> None:
        written = a_text(evening.incident, Kind.FIRST_WORD)
        await evening.save(*written)
        async with evening.store.transaction() as tx:
            await tx.apply(await parts.begin(evening.desk, tx, await with_incident(evening, tx)))
        await evening.at(OPENED + 12 * MINUTE)
        assert "3 minutes left. A text is ready." in await evening.reads(PRIYA)
        assert "Read the text" in await evening.buttons(PRIYA)


class TestTheFirstToComplain:
    async def taken_on(self, evening: Evening, posted: datetime, **fields: object) -> Promise:
        written = a_text(evening.incident, Kind.REPLY)
        delivery = a_delivery(OPENED)
        quote = Signal.new(
            team=TEAM,
            delivery=delivery.id,
            source="mentions",
            dedupe="1",
            received_at=OPENED,
            occurred_at=posted,
            **{"author": "jo_m", "text": "Three weeks, no parcel. Is <!channel> there?", **fields},
        )
        await evening.save(delivery, quote)
        written[0].answers = quote.id
        await evening.save(*written)
        async with evening.store.transaction() as tx:
            text = await tx.get(Text, written[0].id)
            incident = await with_incident(evening, tx)
            await tx.apply(await parts.taken_on(evening.desk, tx, incident, quote=quote, text=text))
            assert text.keeps is not None
        (promise,) = await evening.owed()
        return promise

    async def test_customer_care_owes_an_answer_within_an_hour_of_the_post(self, evening: Evening) -> None:
        posted = OPENED - 17 * MINUTE
        promise = await self.taken_on(evening, posted)
        assert (promise.kind, promise.owner, promise.due) == (PromiseKind.REPLY, SAM, posted + HOUR)
        shown = await evening.reads(SAM)
        assert "First to complain: jo_m" in shown
        assert "A reply is ready." in shown
        assert "<!channel>" not in shown
        assert await evening.buttons(SAM) == ["Read the text", "Done", "Hand over"]

    async def test_an_hour_that_is_over_counts_from_now(self, evening: Evening) -> None:
        promise = await self.taken_on(evening, OPENED - 2 * HOUR)
        assert promise.due == OPENED + HOUR

    async def test_somebody_without_a_name_is_answered_too(self, evening: Evening) -> None:
        await self.taken_on(evening, OPENED, author=None)
        assert "somebody without a name" in await evening.reads(SAM)

    async def test_the_posted_reply_keeps_it(self, evening: Evening) -> None:
        promise = await self.taken_on(evening, OPENED)
        async with evening.store.transaction() as tx:
            incident = await with_incident(evening, tx)
            text = await tx.get(Text, str(promise.text))
            version = await tx.get(Version, str(text.current))
            await tx.apply(await parts.published(evening.desk, tx, incident, text, version, evening.now, SAM))
        assert (await evening.promise(promise.id)).state == PromiseState.KEPT
        assert "the reply is posted" in await evening.reads(SAM)
        assert await evening.buttons(SAM) == []

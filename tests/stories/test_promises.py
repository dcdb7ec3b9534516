"""Promises as people meet them: asked in time, kept by what is posted, moved in public, handed over, escalated."""

from dataclasses import dataclass

import pytest

from bot.practice.driver import Message, Person
from tests.stage import Stage


@dataclass
class Evening:
    """A crisis that Dana declared."""

    stage: Stage

    async def later(self, minutes: float) -> None:
        """So much later, everything that is due by then has been done."""
        await self.stage.later(minutes)

    async def reminders(self, person: Person) -> list[Message]:
        """The DMs about promises."""
        return [dm for dm in await person.dms() if "promised for" in dm.shown or "broken at" in dm.shown]

    async def brief(self) -> str:
        return (await self.stage.dana.reads("#crisis-1"))[0].shown

    async def first_word_is_out(self) -> None:
        """Priya approves, Dana posts and ticks: that keeps the first promise, and the text names the next time."""
        await self.stage.priya.presses("Approve", in_channel="#crisis-1")
        await self.stage.settle()
        await self.stage.dana.presses("Mark as published", in_channel="dm")
        form = await self.stage.dana.modal()
        assert form is not None
        outlets = next(label for label in form.labels if form.options.get(label))
        await self.stage.dana.submits({outlets: form.options[outlets]})
        await self.stage.settle()


@pytest.fixture
async def evening(stage: Stage) -> Evening:
    evening = Evening(stage)
    form = (await stage.dana.types("/crisis declare")).modal
    assert form is not None
    critical = next(label for label in form.options["How bad"] if label.startswith("Critical"))
    await stage.dana.submits({"What happened?": "Parcels three weeks late, no replies", "How bad": critical})
    await stage.settle()
    return evening


async def test_nobody_posts_a_first_word_and_one_after_the_other_is_asked(evening: Evening) -> None:
    stage = evening.stage
    await evening.later(8)
    assert await evening.reminders(stage.priya) == []
    assert "min left" in await evening.brief()
    await evening.later(4.1)
    [near] = await evening.reminders(stage.priya)
    assert "First public word promised for" in near.shown
    assert "A text is ready." in near.shown
    await evening.later(3)
    assert len(await evening.reminders(stage.priya)) == 2
    line = await stage.sam.sees("First public word: broken at", "#crisis-1")
    assert "Owner: Priya." in line.shown
    await evening.later(5)
    [for_tom] = await evening.reminders(stage.tom)
    assert "Asked before: Priya." in for_tom.shown
    await evening.later(10)
    [for_eva] = await evening.reminders(stage.eva)
    assert "Asked before: Priya and Tom." in for_eva.shown
    assert len([m for m in await stage.dana.reads("#crisis-1") if "broken at" in m.shown]) == 1
    for ping in await stage.eva.notifications():
        assert "arcel" not in ping.text


async def test_what_is_posted_keeps_it_and_the_time_it_names_is_the_next_promise(evening: Evening) -> None:
    stage = evening.stage
    await evening.first_word_is_out()
    brief = await evening.brief()
    assert "first public word on" in brief
    assert "update for the public" in brief
    listed = (await stage.priya.types("/crisis promises", "#crisis-1")).said
    assert "What crisis 1 owes" in listed
    await evening.later(20)
    assert await evening.reminders(stage.priya) == [], "the first promise is kept, and the next is not near"


async def test_done_asks_how_and_extending_a_public_time_tells_the_public_first(evening: Evening) -> None:
    stage = evening.stage
    await evening.first_word_is_out()
    await evening.later(50)
    [reminder] = await evening.reminders(stage.priya)
    assert "Statement promised for" in reminder.shown
    assert "Update for the public promised for" in reminder.shown, "two promises of one owner are one message"
    await stage.priya.presses("Done", on=reminder)
    form = await stage.priya.modal()
    assert form is not None
    said = await stage.priya.submits({"How was it kept?": "said it on the radio"})
    assert said.modal is not None
    assert "on the record as kept" in said.modal.text
    await stage.settle()
    [reminder] = await evening.reminders(stage.priya)
    assert "Kept by Priya" in reminder.shown
    assert "said it on the radio" in reminder.shown
    assert reminder.buttons.count("Done") == 1, "the other promise is still open"
    await stage.priya.closes()
    await stage.priya.chooses("More", "Extend", on=reminder)
    form = await stage.priya.modal()
    assert form is not None
    assert "So the public is told first" in form.text
    assert form.submit == "Write the text"
    answered = await stage.priya.submits()
    assert answered.modal is not None
    assert "stands" in answered.modal.text
    assert answered.modal.buttons == ["Read the text"]
    await stage.settle()
    listed = (await stage.priya.types("/crisis promises", "#crisis-1")).said
    assert "Update for the public promised for" in listed, "until it is posted, the old time stands"
    updates = [m for m in await stage.priya.reads("#crisis-1") if m.shown.startswith("Update")]
    assert ["Approve" in words.buttons for words in updates] == [False, True], "the new one takes the old one's place"


async def test_handing_over_counts_when_the_other_takes_it(evening: Evening) -> None:
    stage = evening.stage
    await evening.later(12.1)
    [reminder] = await evening.reminders(stage.priya)
    await stage.priya.presses("Hand over", on=reminder)
    said = await stage.priya.submits({"To whom?": stage.tom.id})
    assert said.modal is not None
    assert "Until Tom takes it, it stays with you." in said.modal.text
    await stage.settle()
    offer = await stage.tom.sees("asks you to take this over", "dm")
    assert offer.buttons == ["Take it"]
    said = await stage.tom.presses("Take it", on=offer)
    assert "It is yours now" in said.said
    await stage.settle()
    [reminder] = await evening.reminders(stage.priya)
    assert "It is Tom's." in reminder.shown
    assert stage.tom.id in (await stage.workspace.channel("#crisis-1")).members, "whoever owes it can see the crisis"
    await evening.later(3)
    assert len(await evening.reminders(stage.priya)) == 1
    assert "Owner: Tom." in (await stage.sam.sees("broken at", "#crisis-1")).shown


async def test_a_promise_is_added_with_words_and_a_time(evening: Evening) -> None:
    stage = evening.stage
    await stage.sam.joins("#general")
    said = await stage.sam.types("/crisis promise call the carrier in 2 hours", "#crisis-1")
    assert "Noted: call the carrier by" in said.said
    assert "It is yours" in said.said
    for nonsense in (
        "/crisis promise",
        "/crisis promise soon",
        "/crisis promise 25:61",
        "/crisis promise update 1.1.1999 8:00",
    ):
        refused = await stage.sam.types(nonsense, "#crisis-1")
        assert refused.said, nonsense
        assert "Noted" not in refused.said
    await stage.settle()
    listed = await stage.sam.types("/crisis promises", "#crisis-1")
    assert "Call the carrier promised for" in listed.said
    await evening.later(97)
    [reminder] = await evening.reminders(stage.sam)
    assert "Call the carrier promised for" in reminder.shown
    assert "carrier" not in reminder.text, "what it is about stays off the lock screen"
    said = await stage.sam.chooses("More", "Snooze", on=reminder)
    assert "reminded again at" in said.said
    await evening.later(4)
    assert len(await evening.reminders(stage.sam)) == 1
    await evening.later(1.5)
    assert len(await evening.reminders(stage.sam)) == 2

"""Second thoughts, as people meet them: a false alarm, two that are one, the end of a shift, `More`, "Which crisis?"."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime

import pytest

from bot.practice.driver import Message, Modal, Person
from tests.stage import BERLIN, staged
from tests.stories.phones import Phones

SECRET = "The depot burned down"
POST = {"external_id": "1", "author": "@jo_m", "channel": "X", "text": "My parcel has not come. Is anybody there?"}


@dataclass
class Night(Phones):
    """The stage at the end of a shift."""

    async def declared(self, title: str = "Parcels three weeks late", *, staff: bool = False, by: str = "dana") -> None:
        person = getattr(self, by)
        form = (await person.types("/crisis declare")).modal
        assert form is not None
        who = "All staff" if staff else "Only the crisis team"
        critical = next(label for label in form.options["How bad"] if label.startswith("Critical"))
        said = await person.submits({"What happened?": title, "How bad": critical, "Who can see it": who})
        if said.modal and "Declare another" in (said.modal.submit or ""):
            await person.submits()
        await self.stage.settle()
        await person.reload()

    async def brief(self, channel: str = "#crisis-1") -> Message:
        return (await self.dana.reads(channel))[0]

    async def chooses(self, person: Person, what: str, on: Message) -> Modal:
        """An entry of `More` that opens a screen."""
        await person.chooses("More", what, on=on)
        screen = await person.modal()
        assert screen is not None, what
        return screen

    async def first_word_is_out(self, channel: str = "#crisis-1") -> None:
        await self.priya.presses("Approve", in_channel=channel)
        await self.stage.settle()
        await self.dana.presses("Mark as published", in_channel="dm")
        form = await self.dana.modal()
        assert form is not None
        await self.dana.submits({"Posted on": form.options["Posted on"]})
        await self.dana.closes()
        await self.stage.settle()


@pytest.fixture
async def night(database_url: str) -> AsyncIterator[Night]:
    """It begins at 06:30, so that the shift ends at 07:00."""
    begin = datetime(2026, 11, 23, 6, 30, tzinfo=BERLIN)
    async with staged(database_url, begin=begin) as stage:
        await stage.workspace.set(pace=False)
        yield Night(stage)


async def test_a_false_alarm_stands_everybody_down_with_one_message_each(night: Night) -> None:
    for number in range(3):
        await night.stage.hook("mentions", {**POST, "external_id": f"x{number}"})
    await night.stage.settle()
    await night.dana.presses("Declare crisis", in_channel="#crisis-watch")
    await night.dana.submits({"What happened?": SECRET})
    await night.stage.settle()
    await night.dana.reload()
    await night.pings()
    await night.leo.presses("I'm on it", on=(await night.leo.dms())[-1])
    screen = await night.chooses(night.dana, "False alarm", await night.brief())
    assert "3 people are stood down, with one DM each" in screen.text
    assert "Nothing of it was said in public" in screen.text
    said = await night.dana.submits({"What was it?": "a test of our own shop"})
    assert said.modal is not None
    assert said.modal.text == "Crisis 1 was a false alarm. 3 people are told and stood down."
    assert await night.pings() == {
        name: [f"Crisis 1 was a false alarm. Thank you, {name}."] for name in ("Priya", "Leo", "Sam")
    }
    assert "Thank you, false alarm: Dana says “a test of our own shop”." in (await night.sam.dms())[-1].shown
    brief = await night.brief()
    assert "A false alarm, said Dana at 06:30" in brief.shown
    assert brief.buttons == []
    words = (await night.dana.reads("#crisis-1"))[1]
    assert words.shown == "First public word · put away with the crisis"
    for dm in await night.priya.dms():
        assert dm.buttons == [], dm.shown
    watch = "\n".join(message.shown for message in await night.dana.reads("#crisis-watch"))
    assert "Crisis 1 was a false alarm, said Dana at 06:30" in watch
    assert "depot" not in watch
    await night.stage.hook("mentions", {**POST, "external_id": "2"})
    await night.stage.later(300)
    assert await night.pings() == {}, "nobody hears anything more, and the same posts are not asked about at once"
    late = await night.priya.types("/crisis resolve", "#crisis-1")
    assert "closed" in late.said
    await night.priya.types("/crisis reopen", "#crisis-1")
    back = await night.pings()
    assert back == {
        "Priya": [back["Priya"][0]],
        **{name: [f"Crisis 1 is back, {name}: it was no false alarm"] for name in ("Dana", "Leo", "Sam")},
    }
    assert "read one text" in back["Priya"][0]
    assert "I'm on it" in (await night.brief()).buttons
    assert [call for call in await night.stage.workspace.calls() if not call.ok] == []


async def test_what_is_too_late_to_be_none_says_what_to_do_instead(night: Night) -> None:
    await night.declared()
    old = await night.brief()
    await night.first_word_is_out()
    refused = await night.dana.chooses("More", "False alarm", on=old)
    assert "Something is posted already" in refused.said
    assert "/crisis resolve" in refused.said
    await night.stage.later(40)
    labels = str((await night.brief()).blocks)
    assert "False alarm" not in labels
    assert "Hand over" in labels
    nobody = await night.nora.types("/crisis status 1")
    assert nobody.said == "There is no crisis 1 that you can see."


async def test_two_crises_become_one_and_a_public_promise_keeps_its_time(night: Night) -> None:
    await night.declared()
    await night.tom.types("/crisis declare Rude staff at the shop")
    await night.dana.types("/invite @nora", "#crisis-1")
    await night.stage.settle()
    await night.first_word_is_out()
    await night.pings()
    listed = (await night.priya.types("/crisis promises", "#crisis-1")).said
    assert "Update for the public promised for" in listed
    screen = (await night.priya.types("/crisis merge 2 1")).modal
    assert screen is not None
    assert screen.values["Which one goes on?"] == "Crisis 1: Parcels three weeks late", "something is posted there"
    said = await night.priya.submits({"Which one goes on?": "Crisis 2: Rude staff at the shop"})
    assert said.modal is not None
    assert said.modal.text.startswith("Crisis 1 goes on in crisis 2: #crisis-2")
    pings = await night.pings()
    heard = ["Crisis 1 goes on in crisis 2, Nora"]
    assert pings == {"Nora": heard}, "whoever is in both already hears nothing"
    assert night.nora.id in (await night.stage.workspace.channel("#crisis-2")).members
    brief = await night.brief("#crisis-1")
    assert "Goes on in crisis 2" in brief.shown
    assert "Please go on in #crisis-2" in brief.shown
    goes_on = await night.brief("#crisis-2")
    assert "Crisis 1 goes on here." in goes_on.shown
    assert "Parcels" not in goes_on.shown
    after = (await night.priya.types("/crisis promises", "#crisis-2")).said
    [owed] = [line for line in listed.splitlines() if line.startswith("Update for the public")]
    assert owed.split(":")[0] in after, "its time is as it was said"
    again = await night.dana.types("/crisis merge 1 2")
    assert again.said == "Crisis 1 goes on in crisis 2 already."
    status = await night.dana.types("/crisis status #1")
    assert "Goes on in crisis 2" in status.said
    assert [call for call in await night.stage.workspace.calls() if not call.ok] == []


async def test_a_private_crisis_merged_into_an_open_one_stays_private(night: Night) -> None:
    await night.declared(SECRET)
    await night.dana.types("/crisis promise call the widow in 2 hours", "#crisis-1")
    await night.declared("Slow answers", staff=True)
    open_channel = next(c.name for c in await night.stage.workspace.channels() if c.name and "slow" in c.name)
    await night.nora.joins(open_channel)
    await night.stage.settle()
    bare = (await night.dana.types("/crisis merge", open_channel)).modal
    assert bare is not None
    screen = (await night.dana.submits({"and this one": f"Crisis 1: {SECRET}"})).modal
    assert screen is not None
    assert "One of them is only for its team" in screen.text
    await night.dana.submits({"Which one goes on?": "Crisis 2: Slow answers"})
    await night.stage.settle()
    await night.nora.types("/crisis status", open_channel)
    await night.nora.types("/crisis promises", open_channel)
    await night.nora.types("/crisis team", open_channel)
    hers = await night.nora.everything()
    assert "Crisis 1 goes on here." in hers
    for leak in ("depot", "widow", "crisis-1"):
        assert leak not in hers
    await night.stage.later(115)
    assert any("call the widow" in dm.shown.lower() for dm in await night.dana.dms()), "its owner is reminded there"
    for leak in ("depot", "widow"):
        assert leak not in await night.nora.everything()


async def offered(night: Night) -> Message:
    """It is seven, Dana offers her crisis to Tom, and he alone hears of it: the brief he gets."""
    form = (await night.dana.types("/crisis handover @tom", "#crisis-1")).modal
    assert form is not None
    assert form.values["To whom?"] in (night.tom.id, "Tom")
    assert "Tom will be able to see this crisis." in form.text
    said = await night.dana.submits({"What would you do next?": "Call the carrier at eight"})
    assert said.modal is not None
    assert "Until Tom presses I have it, everything of crisis 1 stays with you." in said.modal.text
    await night.dana.reload()
    assert await night.pings() == {"Tom": ["Crisis 1 needs you, Tom: take over from Dana"]}
    brief = (await night.tom.dms())[-1]
    for part in (
        "Parcels three weeks late",
        "What is out: nothing",
        "Call the carrier by 09:53, Dana",
        "Call the carrier at eight",
        "You get: Social media",
    ):
        assert part.lower() in brief.shown.lower(), part
    assert "Talk here" not in brief.shown, "that is for the channel"
    return brief


async def taken_at_home(night: Night) -> None:
    """Both see in App Home who waits for whom; Tom has it, and nobody waits any more."""
    for person in (night.dana, night.tom):
        await person.home()
    await night.stage.settle()
    queue = await night.tom.home(opens=False)
    assert queue is not None
    assert "Relieve Dana · crisis 1" in queue.text
    waits = await night.dana.home(opens=False)
    assert waits is not None
    assert "Crisis 1: Tom has not taken over from you yet" in waits.text
    await night.tom.presses("I have it", on=queue)
    await night.stage.settle()
    for person in (night.tom, night.dana):
        home = await person.home(opens=False)
        assert home is not None
        assert "Relieve" not in home.text
        assert "has not taken over" not in home.text
    assert await night.pings() == {"Dana": ["Thank you, Dana. Tom has crisis 1 since 07:00 CET."]}


async def test_at_seven_dana_hands_over_and_hears_nothing_more(night: Night) -> None:
    await night.stage.at("06:52")
    await night.declared()
    await night.priya.presses("Approve", in_channel="#crisis-1")
    await night.dana.types("/crisis promise call the carrier in 3 hours", "#crisis-1")
    await night.stage.at("07:00")
    await night.pings()
    brief = await offered(night)
    await taken_at_home(night)
    has_it = next(dm for dm in await night.tom.dms() if dm.ts == brief.ts)
    assert "You took crisis 1 over from Dana at 07:00." in has_it.shown
    assert "Yours to keep:\n• call the carrier by 09:53\n" in has_it.shown, "it need not say that Tom's is Tom's"
    assert has_it.buttons == ["Mark as published"]
    assert night.tom.id in (await night.stage.workspace.channel("#crisis-1")).members
    assert night.dana.id in (await night.stage.workspace.channel("#crisis-1")).members, "she is still in the channel"
    assert "Tom posts it on X and Instagram" in (await night.dana.reads("#crisis-1"))[1].shown
    for minutes in (15, 30, 60, 90, 60):
        await night.stage.later(minutes)
    assert any(m.shown.startswith("Statement") for m in await night.priya.reads("#crisis-1"))
    await night.dana.reload()
    form = (await night.priya.presses("Reject", in_channel="#crisis-1")).modal
    assert form is not None
    await night.priya.submits({form.labels[0]: "warmer"})
    pings = await night.pings()
    assert "Dana" not in pings, pings.get("Dana")
    assert any("a promise" in heard for heard in pings["Tom"]), "what she owed is his"
    twice = await night.tom.presses("I have it", on=brief)
    assert "You have it already" in twice.said


async def test_who_was_relieved_in_one_crisis_keeps_what_they_owe_in_the_other(night: Night) -> None:
    """Dana handed crisis 2 to Tom and works in crisis 1; once that goes on in crisis 2, her promise is still hers."""
    await night.declared()
    await night.declared("Rude staff at the shop")
    await night.dana.types("/crisis handover @tom", "#crisis-2")
    await night.dana.submits({})
    await night.dana.reload()
    await night.stage.settle()
    await night.tom.presses("I have it", in_channel="dm")
    await night.stage.settle()
    await night.dana.types("/crisis promise call the carrier in 1 hour", "#crisis-1")
    await night.dana.types("/crisis merge 1 2")
    await night.dana.submits({"Which one goes on?": "Crisis 2: Rude staff at the shop"})
    await night.dana.reload()
    await night.stage.settle()
    await night.dana.home()
    await night.stage.settle()
    home = await night.dana.home(opens=False)
    assert home is not None
    assert "Call the carrier · crisis 2" in home.text
    await night.pings()
    await night.stage.later(49)
    pings = await night.pings()
    assert "Crisis 2 needs you, Dana: keep a promise by 07:31 CET" in pings["Dana"]
    assert not any("a promise" in heard for heard in pings["Tom"]), "it is not his"


async def test_after_a_false_alarm_that_was_none_silence_brings_the_stand_in_again(night: Night) -> None:
    await night.declared()
    await night.pings()
    await night.chooses(night.priya, "False alarm", await night.brief())
    await night.priya.submits({})
    await night.priya.reload()
    await night.stage.settle()
    await night.priya.types("/crisis reopen", "#crisis-1")
    await night.stage.settle()
    await night.pings()
    await night.stage.later(11)
    assert "Ines" in await night.pings(), "Leo was asked anew, and has not answered"


async def test_more_says_where_words_come_from_and_what_they_were(night: Night) -> None:
    await night.declared()
    words = (await night.priya.reads("#crisis-1"))[1]
    about = await night.chooses(night.priya, "Where it comes from", words)
    assert "without a language model" in about.text
    assert "Harbour" in about.text
    await night.priya.closes()
    form = (await night.dana.presses("Edit", on=words)).modal
    assert form is not None
    label = next(label for label in form.labels if label.startswith("Text"))
    await night.dana.submits({label: str(form.values[label]).replace("We are sorry", "We are very sorry")})
    await night.dana.closes()
    await night.stage.settle()
    await night.priya.presses("Approve", in_channel="#crisis-1")
    await night.stage.settle()
    past = await night.chooses(night.priya, "History", words)
    assert "First public word: 2 versions" in past.text
    assert "Since version 1, added: very" in past.text
    assert "Yes for PR: Priya" in past.text
    await night.priya.closes()
    brief = await night.brief()
    contained = await night.priya.chooses("More", "Contain: it no longer spreads", on=brief)
    assert contained.said == "Crisis 1 is contained now."
    late = await night.leo.chooses("More", "Contain: it no longer spreads", on=brief)
    assert "only an open one can be contained" in late.said
    one = await night.priya.chooses("More", "Merge with another", on=brief)
    assert "nothing to merge" in one.said


async def test_which_crisis_remembers_what_was_typed_and_takes_numbers(night: Night) -> None:
    await night.declared()
    await night.declared("Rude staff at the shop")
    asked = (await night.dana.types("/crisis promise call the carrier in 2 hours")).modal
    assert asked is not None
    assert asked.title == "Which crisis?"
    noted = await night.dana.submits({"Crisis": "Crisis 1: Parcels three weeks late"})
    assert noted.modal is not None
    assert "Noted: call the carrier by" in noted.modal.text
    await night.dana.reload()
    for typed in ("status 2", "status #2", "team 2"):
        assert "crisis 2" in (await night.dana.types(f"/crisis {typed}")).said.lower(), typed
    assert "Crisis 2" in (await night.dana.types("/crisis status 2", "#crisis-1")).said, "the number wins"
    noted = await night.dana.types("/crisis promise #2 call the shop in 2 hours", "#crisis-1")
    assert "Noted: call the shop by" in noted.said
    assert "Call the shop" in (await night.dana.types("/crisis promises 2")).said
    for typed in ("status 99", "resolve #99", "handover 99 @tom"):
        assert (await night.dana.types(f"/crisis {typed}")).said == "There is no crisis 99 that you can see.", typed
    handing = (await night.dana.types("/crisis handover @tom")).modal
    assert handing is not None
    assert handing.title == "Which crisis?"
    form = (await night.dana.submits({"Crisis": "Crisis 2: Rude staff at the shop"})).modal
    assert form is not None
    assert form.title == "Hand over"
    assert form.values["To whom?"] in (night.tom.id, "Tom")
    await night.dana.reload()
    await night.priya.types("/crisis resolve 2")
    await night.priya.submits()
    await night.stage.settle()
    await night.priya.reload()
    asked = (await night.dana.types("/crisis status")).modal
    assert asked is not None
    assert asked.values["Crisis"] == "Crisis 1: Parcels three weeks late", "the only open one is chosen already"
    assert "Crisis 2 (resolved): Rude staff at the shop" in asked.options["Crisis"]


async def test_a_card_that_talk_has_pushed_up_moves_down_when_it_is_asked_about_again(night: Night) -> None:
    await night.declared()
    await night.stage.later(4)
    for number in range(22):
        await night.sam.types(f"message {number}", "#crisis-1")
    words = (await night.priya.reads("#crisis-1"))[1]
    await night.priya.presses("Can't: send my stand-in", in_channel="dm")
    await night.stage.settle()
    channel = await night.priya.reads("#crisis-1")
    assert channel[1].ts == words.ts
    assert channel[1].shown.startswith("This text stands further down now:")
    assert channel[1].buttons == []
    assert channel[-1].shown.startswith("First public word · version 1")
    assert "Approve" in channel[-1].buttons
    await night.stage.later(6)
    again = await night.priya.reads("#crisis-1")
    assert len([m for m in again if m.shown.startswith("First public word")]) == 1, "once is enough"
    await night.tom.presses("Approve", in_channel="#crisis-1")
    await night.stage.settle()
    assert any(m.shown.startswith("Approved by Tom") for m in await night.priya.reads("#crisis-1"))

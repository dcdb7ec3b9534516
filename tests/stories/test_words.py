"""Words as people meet them: read, approved, posted; changed, compared, sent back; asked about until they are settled."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta

import pytest

from bot.practice.driver import Message, Person
from tests.model_server import ModelServer, served
from tests.stage import Stage, staged

CHANNEL = "#crisis-1"


@dataclass
class Evening:
    """A crisis that Dana declared."""

    stage: Stage

    async def declared(self) -> None:
        form = (await self.stage.dana.types("/crisis declare")).modal
        assert form is not None
        critical = next(label for label in form.options["How bad"] if label.startswith("Critical"))
        situation = "Late or failed delivery"
        await self.stage.dana.submits(
            {"What happened?": "Parcels three weeks late", "Situation": situation, "How bad": critical}
        )
        await self.stage.settle()

    async def later(self, minutes: float) -> None:
        """So much later, everything that is due by then has been done."""
        await self.stage.later(minutes)

    async def words(self, title: str = "First public word") -> Message:
        """The card of a text, as everybody sees it."""
        lines = await self.stage.dana.reads(CHANNEL)
        return [m for m in lines if title in m.shown and "Crisis 1:" not in m.shown and m.thread_ts in (None, m.ts)][-1]

    async def channel(self) -> list[Message]:
        """The bot's messages in the crisis channel, threads apart."""
        return [m for m in await self.stage.dana.reads(CHANNEL) if m.thread_ts in (None, m.ts)]

    async def approved(self) -> None:
        await self.stage.priya.presses("Read the text", in_channel="dm")
        await self.stage.priya.submits()
        await self.stage.settle()

    async def posted(self, *outlets: str) -> None:
        await self.stage.dana.presses("Mark as published", in_channel="dm")
        await self.stage.dana.submits({"Posted on": list(outlets or ("X", "Instagram"))})
        await self.stage.settle()

    async def statement(self) -> None:
        """23:09: the statement asks Priya and Leo."""
        for person in (self.stage.priya, self.stage.leo):
            await person.presses("I'm on it", in_channel="dm")
        await self.approved()
        await self.posted()
        await self.later(5.1)
        await self.stage.dana.sees("You need not wait", CHANNEL)
        await self.stage.settle()


@pytest.fixture
async def evening(stage: Stage) -> Evening:
    evening = Evening(stage)
    await evening.declared()
    return evening


async def newest(person: Person, words: str) -> Message:
    return [dm for dm in await person.dms() if words in dm.shown][-1]


async def test_two_taps_to_yes_on_the_phone(evening: Evening) -> None:
    stage = evening.stage
    form = (await stage.priya.presses("Read the text", in_channel="dm")).modal
    assert form is not None
    assert form.submit == "Approve"
    assert "You are telling us about parcels that have not arrived." in form.text
    assert "One Approve covers both" in form.text
    done = await stage.priya.submits()
    assert done.modal is not None
    assert "The first public word is approved. Asked to post it: Dana." in done.modal.text
    await stage.settle()
    card = await evening.words()
    assert card.shown.startswith("Approved by Priya")
    assert card.buttons == ["Mark as published"]
    dm = await newest(stage.dana, "Approved. Please post on X and Instagram, then tick.")
    assert dm.buttons == ["Mark as published"]
    ping = (await stage.dana.notifications())[-1]
    assert ping.text.startswith("Crisis 1 needs you, Dana: post approved words, then tick by ")


async def test_approve_on_the_card_asks_back_and_names_the_text(evening: Evening) -> None:
    said = await evening.stage.priya.presses("Approve", on=await evening.words())
    assert said.confirm is not None
    assert said.confirm.text.startswith("Version 1, ")
    assert "for X and Instagram: You are telling us" in said.confirm.text
    assert "is approved" in said.said


async def test_the_tick_brings_out_everything_that_says_the_same(evening: Evening) -> None:
    stage = evening.stage
    await evening.approved()
    await evening.posted()
    card = await evening.words()
    assert "posted on X and Instagram" in card.shown
    brief = (await evening.channel())[0]
    assert "Out so far: first public word on X and Instagram" in brief.shown
    assert "update for the public" in brief.shown
    for front in ("#call-centre", "#shops"):
        [said] = await stage.sam.reads(front)
        assert "You are telling us about parcels" in said.shown
        assert "Crisis" not in said.shown + said.text
    assert len(await evening.channel()) == 2, "edits only"
    await evening.later(5.1)
    await stage.dana.sees("You need not wait", CHANNEL)
    assert len(await evening.channel()) == 3
    statement = await evening.words("Statement")
    assert "PR: asked Priya" in statement.shown
    assert "Legal: asked Leo" in statement.shown
    assert "You need not wait" in statement.shown


async def test_the_sunday_hour_has_at_most_six_messages_in_the_channel(evening: Evening) -> None:
    await evening.statement()
    await evening.later(10)
    await evening.later(10)
    for minutes in (10, 10, 10, 5):
        await evening.later(minutes)
    assert len(await evening.channel()) <= 6


async def test_legal_changes_a_word_and_priya_alone_is_asked_again(evening: Evening) -> None:
    stage = evening.stage
    await evening.statement()
    await stage.priya.presses("Approve", on=await evening.words("Statement"))
    await stage.leo.presses("Edit", on=await evening.words("Statement"))
    form = await stage.leo.modal()
    assert form is not None
    label = next(name for name in form.labels if name.startswith("Text"))
    body = str(form.values[label])
    saved = await stage.leo.submits({label: body.replace("We do not know yet", "We do not know for certain yet")})
    assert saved.modal is not None
    assert "It counts as your yes for Legal. Asked now: Priya." in saved.modal.text
    await stage.settle()
    again = await newest(stage.priya, "It was changed by Leo since version 1")
    assert "added: for certain" in again.shown
    thread = [m for m in await stage.dana.reads(CHANNEL) if "Leo changed it (version 2)" in m.shown]
    assert len(thread) == 1
    assert thread[0].thread_ts is not None, "talk about a text belongs into its thread"
    await stage.priya.presses("Read the text", on=again)
    await stage.priya.submits()
    await stage.settle()
    assert "Approved by" in (await evening.words("Statement")).shown


async def test_a_button_of_older_words_approves_nothing_and_shows_the_difference(evening: Evening) -> None:
    stage = evening.stage
    await stage.priya.presses("Read the text", in_channel="dm")
    await stage.leo.presses("Edit", on=await evening.words())
    form = await stage.leo.modal()
    assert form is not None
    label = next(name for name in form.labels if name.startswith("Text"))
    await stage.leo.submits({label: str(form.values[label]).replace("parcels", "some parcels")})
    late = (await stage.priya.submits()).modal
    assert late is not None
    assert "Nothing was approved." in late.text
    assert "Added: some" in late.text
    assert "Edit" in (await evening.words()).buttons
    done = await stage.priya.submits()
    assert done.modal is not None
    assert "is approved" in done.modal.text


async def test_without_the_role_twice_and_two_at_once(evening: Evening) -> None:
    stage = evening.stage
    priya = stage.priya
    card = await evening.words()
    assert "It needs a yes from PR. Asked: Priya." in (await stage.sam.presses("Approve", on=card)).said
    await asyncio.gather(priya.presses("Approve", on=card), stage.sam.presses("Approve", on=card))
    lines = [line.shown for line in await priya.reads(CHANNEL)]
    assert any("is approved. Asked to post it: Dana." in line for line in lines)
    late = await priya.presses("Approve", again=True)
    assert "You already approved this, at" in late.said


async def test_two_who_edit_at_once_lose_nothing(evening: Evening) -> None:
    stage = evening.stage
    card = await evening.words()
    await stage.leo.presses("Edit", on=card)
    await stage.sam.presses("Edit", on=card)
    form = await stage.leo.modal()
    assert form is not None
    label = next(name for name in form.labels if name.startswith("Text"))
    body = str(form.values[label])
    await stage.leo.submits({label: body.replace("sorry", "very sorry")})
    mine = body.replace("the wait", "the long wait")
    late = (await stage.sam.submits({label: mine})).modal
    assert late is not None
    assert "Leo changed the text while you were typing" in late.text
    assert late.values[label] == mine
    saved = await stage.sam.submits()
    assert saved.modal is not None
    assert "Saved as version 3." in saved.modal.text


async def test_a_no_is_told_in_the_thread_and_edit_stays(evening: Evening) -> None:
    stage = evening.stage
    await evening.statement()
    await stage.leo.presses("Reject", on=await evening.words("Statement"))
    await stage.leo.submits({"What should change, and why?": "Not all parcels are late."})
    await stage.settle()
    card = await evening.words("Statement")
    assert "Sent back by Leo" in card.shown
    assert "PR: " not in card.shown, "whose yes is missing is no matter until it was edited"
    assert card.buttons == ["Edit"]
    [told] = [m for m in await stage.dana.reads(CHANNEL) if "Leo sends it back" in m.shown]
    assert told.thread_ts == card.ts
    assert any("sent back" in ping.text for ping in await stage.dana.notifications())


async def test_legal_asleep_brings_the_stand_in_who_hears_why(evening: Evening) -> None:
    stage = evening.stage
    await evening.statement()
    await evening.later(10.1)
    dm = await newest(stage.ines, "Leo hasn't answered since")
    assert dm.buttons == ["Read the text"]
    await stage.ines.presses("Read the text", on=dm)
    await stage.ines.submits()
    await stage.settle()
    settled = await newest(stage.leo, "Ines approved the statement at")
    assert settled.buttons == []


async def test_words_that_nobody_posted_are_asked_about(evening: Evening) -> None:
    stage = evening.stage
    await evening.approved()
    await evening.later(10.1)
    dm = await newest(stage.dana, "nobody has ticked it as posted")
    await stage.dana.presses("Mark as published", on=dm)
    form = await stage.dana.modal()
    assert form is not None
    tomorrow = int((stage.time() + timedelta(days=1)).timestamp())
    refused = await stage.dana.submits({"Posted on": ["X"], "When?": tomorrow})
    assert refused.modal is not None
    assert "still to come" in refused.modal.errors["When?"]


async def test_a_text_that_names_no_time_is_asked_about_at_the_field(evening: Evening) -> None:
    stage = evening.stage
    await stage.priya.presses("Edit", on=await evening.words())
    form = await stage.priya.modal()
    assert form is not None
    label = next(name for name in form.labels if name.startswith("Text"))
    asked = await stage.priya.submits({label: "We are sorry."})
    assert asked.modal is not None
    assert "does not say that the next word comes by then" in asked.modal.errors[label]
    saved = await stage.priya.submits({"No time": ["It names no time, on purpose"]})
    assert saved.modal is not None
    assert "Saved as version 2." in saved.modal.text
    await stage.settle()
    assert "so a second person must say yes. Asked: Tom." in (await evening.words()).shown


async def test_draft_and_update_write_what_is_asked_for(evening: Evening) -> None:
    stage = evening.stage
    said = await stage.dana.types("/crisis draft apologie", CHANNEL)
    assert "Did you mean `apology`?" in said.said or "Did you mean apology?" in said.said
    await stage.dana.types("/crisis draft apology", CHANNEL)
    await stage.settle()
    apology = await evening.words("Apology")
    assert "we are sorry" in apology.shown.lower()
    assert "responsibility" not in apology.shown
    await stage.priya.types("/crisis update We are on it", CHANNEL)
    form = await stage.priya.modal()
    assert form is not None
    assert "When does the next word come?" in form.text
    await stage.priya.submits({"No time": ["It names no time, on purpose"]})
    await stage.settle()
    update = await evening.words("Update")
    assert "We are on it" in update.shown
    assert "PR: yes from Priya" in update.shown


async def test_what_people_type_cannot_ping_or_format(evening: Evening) -> None:
    stage = evening.stage
    await stage.leo.presses("Reject", on=await evening.words())
    refused = await stage.leo.submits({"What should change, and why?": "No"})
    assert refused.modal is not None
    assert "It needs a yes from PR" in refused.modal.text
    before = len(await stage.nora.notifications())
    await stage.priya.presses("Reject", on=await evening.words())
    await stage.priya.submits({"What should change, and why?": "<!channel> <https://evil.example|here>"})
    await stage.settle()
    assert "<!channel> <https://evil.example|here>" in (await evening.words()).shown, "shown as it was typed"
    assert len(await stage.nora.notifications()) == before


@pytest.fixture
async def modelled(database_url: str) -> AsyncIterator[tuple[Evening, ModelServer]]:
    """The same evening with a language model that answers at once."""
    server = ModelServer()
    async with (
        served(server) as url,
        staged(database_url, openai_api_key="key", openai_base_url=url, openai_model="practice") as stage,
    ):
        evening = Evening(stage)
        await evening.declared()
        yield evening, server


async def test_the_models_wording_comes_beside_and_can_be_used(modelled: tuple[Evening, ModelServer]) -> None:
    evening, server = modelled
    stage = evening.stage
    card = await stage.dana.sees("Another wording is ready", CHANNEL)
    assert "version 1" in card.shown
    assert {"Compare", "Approve", "Edit", "Redraft", "Reject"} == set(card.buttons)
    form = (await stage.priya.presses("Compare", on=card)).modal
    assert form is not None
    assert server.text in form.text
    assert form.submit == "Use it"
    await stage.priya.submits()
    await stage.settle()
    assert "version 2" in (await evening.words()).shown


async def test_a_wish_is_answered_in_the_thread(modelled: tuple[Evening, ModelServer]) -> None:
    evening, server = modelled
    stage = evening.stage
    await stage.dana.sees("Another wording is ready", CHANNEL)
    server.text = "We are very sorry for the wait. More by midnight."
    await stage.leo.presses("Redraft", on=await evening.words())
    await stage.leo.submits({"What should be different?": "Warmer, please"})
    told = await stage.leo.sees("The wording you asked for is ready", CHANNEL)
    assert told.thread_ts is not None
    assert "Warmer, please" in str(server.asked[-1])


async def test_a_model_that_refuses_leaves_the_offline_word_and_tells_whoever_wished(
    modelled: tuple[Evening, ModelServer],
) -> None:
    evening, server = modelled
    stage = evening.stage
    await stage.dana.sees("Another wording is ready", CHANNEL)
    server.behaviour = "401"
    await stage.leo.presses("Redraft", on=await evening.words())
    await stage.leo.submits({"What should be different?": "Warmer, please"})
    told = await stage.leo.sees("gave no usable wording", CHANNEL)
    assert "Edit" in told.shown
    assert "Approve" in (await evening.words()).buttons

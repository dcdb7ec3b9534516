"""22:58 on a Sunday: the reference evening, as the people in it see it, and every time somebody's phone buzzes.

Each scene says whom it pings, with the exact words, and nobody else: that is what counts the messages.
"""

from collections.abc import AsyncIterator

import pytest
from sqlmodel import col, select

from bot.models import Text, TextState, Version
from tests.model_server import Behaviour, ModelServer, served
from tests.stage import staged
from tests.stories.phones import Pings
from tests.stories.sunday import CHANNEL, EVENING, FIRST_POST, TITLE, WATCH, Sunday, exact, fourteen_posts

__all__ = ["CHANNEL", "EVENING", "FIRST_POST", "TITLE", "WATCH", "Sunday", "fourteen_posts"]
"""The pictures begin with them too."""


@pytest.fixture
async def sunday(database_url: str) -> AsyncIterator[Sunday]:
    async with staged(database_url, begin=EVENING) as stage:
        yield Sunday(stage)


async def declared_from_the_card(sunday: Sunday) -> None:
    """22:58: one card, which is one row in two places."""
    await fourteen_posts(sunday)
    card, dm = (await sunday.dana.reads(WATCH))[-1], (await sunday.dana.dms())[-1]
    assert (
        card.shown
        == dm.shown
        == (
            "Late parcels: 14 posts like this since 22:41 · X, Instagram · largest audience 41,000\n"
            f"{FIRST_POST} (@jo_m, 22:41)\n"
            "Dana, please decide by 23:08. After that Tom is asked."
        )
    )
    assert card.buttons == dm.buttons == ["Declare crisis", "Not a crisis"]
    assert await sunday.pings() == {"Dana": ["Dana, a crisis? Please say by 23:08 CET: Late parcels"]}

    form = (await sunday.dana.presses("Declare crisis", on=card)).modal
    assert form is not None
    assert form.values["Situation"] == "Late or failed delivery"
    assert form.values["How bad"] == "Critical: many people, wide reach, right now"
    assert form.values["Who can see it"] == "Only the crisis team"
    assert "Declaring invites 4 people." in form.text
    await sunday.dana.submits({"What happened?": TITLE})
    await sunday.stage.settle()
    news = await sunday.dana.modal()
    assert news is not None
    assert news.text == "Crisis 1 is open. The first text is ready to read."
    assert news.buttons == ["Go to the channel"]
    await sunday.dana.closes()
    card, headline = await sunday.dana.reads(WATCH)
    for settled in (card, (await sunday.dana.dms())[-1]):
        assert settled.shown.endswith("Crisis 1, declared by Dana at 22:58.")
        assert settled.buttons == []
    assert headline.shown == "Crisis 1 · open · lead: Priya", "a private crisis: number, state, lead"


async def two_messages_and_one_dm_each(sunday: Sunday, *, waiting: str) -> None:
    """22:58:22: the brief and one text; one DM to each of the team, and no other ping."""
    assert await sunday.pings() == {
        "Priya": ["Crisis 1 needs you, Priya: read one text by 23:13 CET"],
        "Leo": ["Crisis 1 needs you, Leo: say whether you are on it by 23:08 CET"],
        "Sam": ["Crisis 1 needs you, Sam: say whether you are on it by 23:08 CET"],
    }
    channel = await sunday.stage.workspace.channel(CHANNEL)
    assert channel.private
    assert "arcel" not in channel.name + channel.topic + channel.purpose
    brief, words = await sunday.channel()
    assert brief.ts in channel.pins
    assert brief.shown.startswith(
        f"Crisis 1: {TITLE} · Critical · opened 22:58 · only the crisis team\n"
        "Now: Priya reads one text (first public word), please by 23:13\n"
        "Team: 1 of 4 here\n"
        "Out so far: nothing\n"
        "Next promise: first public word 23:13, Priya · statement 23:58, Priya"
    )
    assert "arcel" not in brief.text + words.text
    assert words.shown.startswith("First public word · version 1 · for X and Instagram · English · ")
    assert "One yes is enough. PR: asked Priya, 22:58" in words.shown
    assert "Contains a promise: the next word by 23:59, owner Priya" in words.shown
    assert "Checks: nothing found" in words.shown
    assert waiting in words.shown
    assert words.shown.endswith("Now: Priya reads it and says yes, please by 23:13")
    assert words.buttons == ["Approve", "Edit", "Reject"]
    called = (await sunday.priya.dms())[-1]
    assert called.shown.startswith("Priya: Crisis 1 (Late or failed delivery). You lead, and you answer for PR.")
    assert called.buttons == ["I'm on it", "Can't: send my stand-in", "Read the text", "False alarm"]


async def priya_says_yes_from_the_dm(sunday: Sunday) -> str:
    """23:01: two taps to yes; the rest follows by itself. The words that are approved."""
    await sunday.at("23:01")
    screen, answer = await sunday.reads_and_approves(sunday.priya, (await sunday.priya.dms())[-1])
    assert "It goes to X and Instagram." in screen.text
    assert "Call-centre brief for #call-centre and #shops. One Approve covers both." in screen.text
    assert answer.modal is not None
    assert "The first public word is approved. Asked to post it: Dana." in answer.modal.text
    words = (await sunday.channel())[1]
    assert words.shown.startswith("Approved by Priya, 23:01")
    assert words.shown.endswith("Now: Dana posts it on X and Instagram, then ticks, please by 23:13")
    ticket = await sunday.dm(sunday.dana, "Approved. Please post on X and Instagram, then tick.")
    assert ticket.buttons == ["Mark as published"]
    assert await sunday.pings() == {"Dana": ["Crisis 1 needs you, Dana: post approved words, then tick by 23:13 CET"]}
    body = exact(ticket)
    assert body == exact(words)
    assert body in screen.text, "what she read is what is handed over, byte for byte"
    assert "Now: Dana posts the approved text (first public word), then ticks" in (await sunday.brief()).shown
    return body


async def dana_ticks_both(sunday: Sunday, body: str, *, owed_to_jo: bool) -> None:
    """23:04: what is out, what that promises, and the same words where customers call."""
    await sunday.at("23:04")
    assert await sunday.ticks(sunday.dana, (await sunday.dana.dms())[-1]) == ["X", "Instagram"]
    brief = (await sunday.brief()).shown
    assert "Out so far: first public word on X and Instagram (23:04, 6 minutes after opening)\n" in brief
    promised = "statement 23:58, Priya · update for the public 23:59, Priya"
    jo = "reply to the first complaint 23:41, Sam · " if owed_to_jo else ""
    assert f"Next promise: {jo}{promised}" in brief, "the text promised it; nobody typed it"
    for reader, front in ((sunday.sam, "#call-centre"), (sunday.tom, "#shops")):
        [told] = await reader.reads(front)
        assert told.shown.startswith("What we say from now on · 23:04")
        assert body in told.shown, "it says the same"
        assert "risis 1" not in told.shown + told.text
    assert len(await sunday.channel()) == 2, "only edits"
    asked = {"Sam": ["Crisis 1 needs you, Sam: answer the first complaint by 23:41 CET"]} if owed_to_jo else {}
    assert await sunday.pings() == asked


async def sam_answers_the_first_to_complain(sunday: Sunday) -> None:
    """The reply was written at the opening; it needed the position first, and needs a yes of its own."""
    owed = await sunday.dm(sunday.sam, "First to complain: @jo_m, 22:41.")
    assert "Answer by 23:41 (1 hour). A reply is ready." in owed.shown
    assert owed.buttons == ["Read the text", "Done", "Hand over"]
    screen, _answer = await sunday.reads_and_approves(sunday.sam, owed)
    assert "@jo_m, thank you for telling us." in screen.text
    await sunday.ticks(sunday.sam, await sunday.dm(sunday.sam, "Please post on X, then tick."))
    assert await sunday.pings() == {"Sam": ["Crisis 1 needs you, Sam: post approved words, then tick by 23:41 CET"]}
    settled = await sunday.dm(sunday.sam, "First to complain: @jo_m, 22:41.")
    assert settled.shown.endswith("Kept at 23:04: the reply is posted.")
    assert settled.buttons == []


async def the_statement_asks(sunday: Sunday, *, legal: Pings) -> None:
    """23:09: five minutes after the first tick, a card of its own; the first one is a line by now."""
    await sunday.at("23:09")
    await sunday.priya.sees("Statement", CHANNEL)
    assert await sunday.pings() == {"Priya": ["Crisis 1 needs you, Priya: read one text by 23:58 CET"], **legal}
    first, statement = (await sunday.channel())[1:]
    assert first.shown.startswith("First public word · Approved by Priya")
    assert first.shown.endswith(" · posted on X and Instagram, 23:04")
    assert statement.shown.startswith("Statement · version 1 · for Instagram · English · ")
    assert "PR: asked Priya, 23:09 · Legal: asked Leo" in statement.shown
    assert "You need not wait: the first public word stands." in statement.shown


async def priya_says_yes_to_the_statement(sunday: Sunday) -> None:
    await sunday.at("23:12")
    said = await sunday.priya.presses("Approve", on=await sunday.card("Statement"))
    assert said.confirm is not None
    assert said.confirm.text.startswith("Version 1, ")
    assert "A yes from Legal is missing." in said.said
    assert await sunday.pings() == {}, "a confirmation is no news"


async def nobody_heard_from_leo(sunday: Sunday) -> None:
    """23:08: ten minutes of silence at the opening bring his stand-in, who hears why."""
    await sunday.at("23:08")
    called = await sunday.ines.sees("You stand in for Leo, who hasn't answered since 22:58", "dm")
    assert called.buttons == ["I'm on it", "Can't: send my stand-in"]
    assert await sunday.pings() == {"Ines": ["Crisis 1 needs you, Ines: say whether you are on it by 23:18 CET"]}
    assert sunday.ines.id in (await sunday.stage.workspace.channel(CHANNEL)).members


async def legal_changes_a_word(sunday: Sunday) -> None:
    """23:14: Ines's edit is her yes; Priya alone is asked again, with the difference in words."""
    await sunday.at("23:14")
    asked = await sunday.dm(sunday.ines, "needs your yes (Legal): the statement")
    await sunday.ines.presses("Read the text", on=asked)
    form = (await sunday.ines.presses("Edit", on=await sunday.ines.modal())).modal
    assert form is not None
    label = next(label for label in form.labels if label.startswith("Text"))
    changed = str(form.values[label]).replace("We do not know yet", "We do not know for certain yet")
    saved = await sunday.ines.submits({label: changed})
    assert saved.modal is not None
    assert "It counts as your yes for Legal. Asked now: Priya." in saved.modal.text
    assert await sunday.pings() == {
        "Priya": ["Crisis 1 needs you, Priya: read one text by 23:58 CET"],
        "Dana": ["Crisis 1: the statement was changed"],
    }
    await sunday.dm(sunday.priya, "It was changed by Ines since version 1, added: for certain")
    settled = await sunday.dm(sunday.leo, "that counts as the yes you were asked for")
    assert (
        settled.shown == "Crisis 1: Ines changed the statement at 23:14 CET; that counts as the yes you were asked for."
    )
    assert settled.buttons == []
    [note] = [line for line in await sunday.dana.reads(CHANNEL) if "Ines changed it (version 2)" in line.shown]
    assert note.thread_ts == (await sunday.card("Statement")).ts, "talk about a text belongs into its thread"


async def priya_says_yes_again(sunday: Sunday) -> None:
    """23:16: nobody is asked a third time."""
    await sunday.at("23:16")
    await sunday.reads_and_approves(sunday.priya, await sunday.dm(sunday.priya, "It was changed by Ines"))
    card = await sunday.card("Approved by Ines (23:14) and Priya (23:16) · Statement · version 2")
    assert card.buttons == ["Mark as published"]
    assert await sunday.pings() == {"Dana": ["Crisis 1 needs you, Dana: post approved words, then tick by 23:58 CET"]}


async def dana_posts_the_statement(sunday: Sunday) -> None:
    """23:20: it keeps its own promise and the update it answers, and names the next time."""
    await sunday.at("23:20")
    await sunday.ticks(sunday.dana, await sunday.dm(sunday.dana, "Approved. Please post on Instagram, then tick."))
    brief = (await sunday.brief()).shown
    assert "· reply on X (23:04) · statement on Instagram (23:20)\n" in brief
    assert "Next promise: update for the public 00:59, Priya\n" in brief
    assert await sunday.pings() == {}
    assert len(await sunday.channel()) == 3


async def the_update_is_near(sunday: Sunday) -> None:
    """Half the time gone: no message. Four fifths: one DM to the owner; whose yes is needed hears of the text."""
    await sunday.at("00:15")
    assert "Next promise: update for the public 00:59, Priya (at most 44 min left)" in (await sunday.brief()).shown
    assert await sunday.pings() == {}
    await sunday.at("00:40")
    assert await sunday.pings() == {
        "Priya": ["Crisis 1 needs you, Priya: get the update out by 00:59 CET"],
        "Leo": ["Crisis 1 needs you, Leo: read one text by 00:59 CET"],
        "Ines": ["Crisis 1 needs you, Ines: read one text by 00:59 CET"],
    }
    near = await sunday.dm(
        sunday.priya, "Update for the public promised for 00:59: at most 19 minutes left. A text is ready."
    )
    assert near.buttons == ["Read the text", "Done", "Hand over", "Extend"]


async def nobody_acts(sunday: Sunday) -> None:
    """Each step once, each to the next one, each saying who was asked before."""
    await sunday.at("00:51")
    assert await sunday.pings() == {
        "Priya": ["Crisis 1 needs you, Priya: read one text by 00:59 CET"],
        "Tom": ["Crisis 1 needs you, Tom: read one text by 00:59 CET"],
    }
    assert "hasn't answered since 00:40" in (await sunday.priya.dms())[-1].shown
    await sunday.at("00:59")
    assert await sunday.pings() == {"Priya": ["Crisis 1 needs you, Priya: get the update out, due since 00:59 CET"]}
    line = (await sunday.channel())[-1]
    broken = "Update for the public: broken at 00:59. Say so openly: a text is ready."
    assert line.shown == f"{broken} Owner: Priya."
    assert line.buttons == []
    await sunday.at("01:04")
    await sunday.tom.sees(broken, "dm")
    late = await sunday.pings()
    assert late["Tom"] == ["Crisis 1 needs you, Tom: get the update out, due since 00:59 CET"]
    assert (await sunday.dm(sunday.tom, broken)).shown.endswith("Asked before: Priya.")
    await sunday.at("01:14")
    await sunday.eva.sees(broken, "dm")
    assert await sunday.pings() == {"Eva": ["Crisis 1 needs you, Eva: get the update out, due since 00:59 CET"]}
    assert (await sunday.dm(sunday.eva, broken)).shown.endswith("Asked before: Priya and Tom.")


async def an_update_keeps_it(sunday: Sunday) -> None:
    """01:16: Priya, asked in Legal's place too, says yes for both; posted, it settles all messages about the promise."""
    await sunday.at("01:16")
    await sunday.reads_and_approves(sunday.priya, await sunday.dm(sunday.priya, "broken at 00:59"))
    for person in (sunday.leo, sunday.ines):
        settled = await sunday.dm(person, "approved the update")
        assert settled.shown == "Crisis 1: Priya approved the update at 01:16 CET."
        assert settled.buttons == []
    await sunday.ticks(
        sunday.dana, await sunday.dm(sunday.dana, "Approved. Please post on X and Instagram, then tick.")
    )
    for person in (sunday.priya, sunday.tom, sunday.eva):
        settled = await sunday.dm(person, "promised for")
        assert "Kept at 01:16: the update is posted. That was 18 minutes late." in settled.shown
        assert settled.buttons == []
    assert len(await sunday.channel()) <= 6, "in the whole evening, threads apart"


async def it_is_over(sunday: Sunday) -> None:
    """What is still promised in public is shown before it is resolved."""
    form = (await sunday.priya.types("/crisis resolve", CHANNEL)).modal
    assert form is not None
    assert "Update for the public, promised for " in form.text
    await sunday.priya.submits()
    await sunday.stage.settle()
    assert "· resolved ·" in (await sunday.brief()).shown


async def test_from_the_first_post_to_the_last_promise(sunday: Sunday) -> None:
    await declared_from_the_card(sunday)
    await two_messages_and_one_dm_each(sunday, waiting="2 more texts wait for this one")
    await nothing_leaked(sunday)
    await no_title_in_a_notification(sunday)
    body = await priya_says_yes_from_the_dm(sunday)
    await dana_ticks_both(sunday, body, owed_to_jo=True)
    await sam_answers_the_first_to_complain(sunday)
    await nobody_heard_from_leo(sunday)
    asked = "Crisis 1 needs you, {}: read one text by 23:58 CET"
    await the_statement_asks(sunday, legal={"Leo": [asked.format("Leo")], "Ines": [asked.format("Ines")]})
    await priya_says_yes_to_the_statement(sunday)
    await no_title_in_a_notification(sunday)
    await legal_changes_a_word(sunday)
    await priya_says_yes_again(sunday)
    await dana_posts_the_statement(sunday)
    await the_update_is_near(sunday)
    await nobody_acts(sunday)
    await no_title_in_a_notification(sunday)
    await an_update_keeps_it(sunday)
    await it_is_over(sunday)
    await no_title_in_a_notification(sunday)
    await nothing_leaked(sunday)


async def declared_by_command(sunday: Sunday) -> None:
    """The quick path asks nothing; its title's words say which situation it is."""
    said = await sunday.dana.types(f"/crisis declare {TITLE}")
    assert said.said == "Crisis 1 is opening. You are invited to its channel in a moment."
    await sunday.stage.settle()
    [headline] = await sunday.dana.reads(WATCH)
    assert headline.shown == "Crisis 1 · open · lead: Priya"


async def who_changed_it_last_is_never_the_only_yes(sunday: Sunday) -> None:
    """23:01: Priya changes a word; her yes alone would be nobody's, so Tom is asked, and hears why."""
    await sunday.at("23:01")
    form = (await sunday.priya.presses("Edit", on=(await sunday.channel())[1])).modal
    assert form is not None
    label = next(label for label in form.labels if label.startswith("Text"))
    changed = str(form.values[label]).replace("We are sorry", "We are very sorry")
    saved = await sunday.priya.submits({label: changed})
    assert saved.modal is not None
    assert "Saved as version 2." in saved.modal.text
    await sunday.priya.closes()
    assert await sunday.pings() == {
        "Tom": ["Crisis 1 needs you, Tom: read one text by 23:13 CET"],
        "Dana": ["Crisis 1: the first public word was changed"],
    }
    words = (await sunday.channel())[1]
    assert "Priya changed it last, so a second person must say yes. Asked: Tom." in words.shown
    late = await sunday.priya.presses("Approve", on=words)
    assert late.said == "You changed this text last, so somebody else must say yes too. Asked: Tom."
    asked = await sunday.dm(sunday.tom, "Priya changed it last and can't be the only yes")
    await sunday.reads_and_approves(sunday.tom, asked)
    assert (await sunday.channel())[1].shown.startswith("Approved by Priya (23:01) and Tom (23:01)")
    assert await sunday.pings() == {"Dana": ["Crisis 1 needs you, Dana: post approved words, then tick by 23:13 CET"]}


async def leo_fell_asleep_again(sunday: Sunday) -> None:
    """23:19: he was on it, but nobody hears from him about the statement; Ines is asked, saying why."""
    await sunday.at("23:19")
    asked = await sunday.ines.sees("Leo hasn't answered since 23:09.", "dm")
    assert asked.buttons == ["Read the text"]
    assert await sunday.pings() == {"Ines": ["Crisis 1 needs you, Ines: read one text by 23:58 CET"]}
    await sunday.at("23:22")
    await sunday.reads_and_approves(sunday.ines, asked)
    settled = await sunday.dm(sunday.leo, "approved the statement")
    assert settled.shown == "Crisis 1: Ines approved the statement at 23:22 CET."
    assert settled.buttons == []
    assert await sunday.pings() == {"Dana": ["Crisis 1 needs you, Dana: post approved words, then tick by 23:58 CET"]}


async def test_by_command_with_a_word_changed_and_legal_asleep(sunday: Sunday) -> None:
    await declared_by_command(sunday)
    await two_messages_and_one_dm_each(sunday, waiting="1 more text waits for this one")
    await sunday.leo.presses("I'm on it", on=(await sunday.leo.dms())[-1])
    await sunday.sam.presses("I'm on it", on=(await sunday.sam.dms())[-1])
    await who_changed_it_last_is_never_the_only_yes(sunday)
    await dana_ticks_both(sunday, exact((await sunday.channel())[1]), owed_to_jo=False)
    await the_statement_asks(sunday, legal={"Leo": ["Crisis 1 needs you, Leo: read one text by 23:58 CET"]})
    await priya_says_yes_to_the_statement(sunday)
    await leo_fell_asleep_again(sunday)
    await no_title_in_a_notification(sunday)
    await nothing_leaked(sunday)


async def nothing_leaked(sunday: Sunday) -> None:
    """Nora is not of the team: no surface of hers has a word of it. And Slack had nothing to refuse."""
    await sunday.nora.home()
    hers = await sunday.nora.everything()
    async with sunday.stage.app.store.reading() as tx:
        unposted = select(Version.body).join(Text, col(Text.id) == col(Version.text))
        bodies = await tx.all(unposted.where(col(Text.state) != TextState.PUBLISHED))
    assert [body for body in bodies if body in hers] == []
    assert "crisis-1" not in hers
    assert "three weeks late" not in hers, "the rule's name and the public posts stand on the watch card, no more"
    assert "No crisis is open that you can see." in (await sunday.nora.types("/crisis")).said
    assert [call for call in await sunday.stage.workspace.calls() if not call.ok] == []


async def no_title_in_a_notification(sunday: Sunday) -> None:
    for channel in await sunday.stage.workspace.channels():
        for message in (message for message in channel.messages if message.user == "bot"):
            assert "three weeks late" not in message.text, "the title of a private crisis in a notification"


async def test_the_first_text_is_on_screen_before_the_model_answers(database_url: str) -> None:
    """By the order of things, not by time: the model is asked and says nothing, and people read, approve and post."""
    server = ModelServer("held")
    async with (
        served(server) as url,
        staged(database_url, openai_api_key="key", openai_base_url=url, openai_model="practice") as stage,
    ):
        await stage.dana.types(f"/crisis declare {TITLE}")
        words = await stage.dana.sees("First public word", CHANNEL)
        await server.was_asked.wait()
        assert words.buttons == ["Approve", "Edit", "Redraft", "Reject"]
        assert "Another wording" not in (await stage.dana.sees("First public word", CHANNEL)).shown
        yes = await stage.priya.presses("Approve", on=words)
        assert "The first public word is approved. Asked to post it: Dana." in yes.said
        ticket = await stage.dana.sees("Approved. Please post on X and Instagram, then tick.", "dm")
        server.released.set()
        await stage.settle()
        assert exact(ticket) == exact((await stage.dana.reads(CHANNEL))[1]), (
            "the yes stands for the text it was given to"
        )
        assert server.text not in exact(ticket)


@pytest.mark.parametrize("behaviour", ["slow", "garbage", "broken", "429", "500", "refuses-json"])
async def test_whatever_the_model_does_the_offline_word_is_there_and_goes_out(
    database_url: str, behaviour: Behaviour
) -> None:
    """The model's answer, good or bad, comes when it comes."""
    server = ModelServer(behaviour, delay=1)
    async with (
        served(server) as url,
        staged(database_url, openai_api_key="key", openai_base_url=url, openai_model="practice") as stage,
    ):
        await stage.dana.types(f"/crisis declare {TITLE}")
        words = await stage.dana.sees("First public word", CHANNEL)
        await server.was_asked.wait()
        yes = await stage.priya.presses("Approve", on=words)
        assert "The first public word is approved. Asked to post it: Dana." in yes.said
        ticket = await stage.dana.sees("Approved. Please post on X and Instagram, then tick.", "dm")
        assert "We are sorry" in exact(ticket)
        assert server.text not in exact(ticket)
        channel = await stage.workspace.channel(CHANNEL)
        assert len([m for m in channel.messages if m.user == "bot" and m.thread_ts in (None, m.ts)]) == 2
        assert [call for call in await stage.workspace.calls() if not call.ok] == []

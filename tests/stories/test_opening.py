"""The opening as people see it: who is where, after how many calls, with how many messages."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.outbox import Pace
from bot.plan import STARTER, load_plan
from bot.practice.driver import Call, Message, Workspace, round_trips
from bot.practice.world import HARBOUR, PersonSeed, World
from tests.stage import Stage, a_plan, staged


async def crisis_channel(workspace: Workspace) -> str:
    return next(
        c.name
        for c in await workspace.channels()
        if c.name and c.name.startswith("crisis-") and c.name != "crisis-watch"
    )


async def test_the_quick_path_opens_a_private_channel_with_brief_and_one_text(stage: Stage) -> None:
    said = await stage.dana.types("/crisis declare Parcels three weeks late, no replies")
    assert "Crisis 1 is opening" in said.said
    await stage.settle()
    channel = await stage.workspace.channel("#crisis-1")
    assert channel.private, "private by birth, and no title in its name"
    brief, words = await stage.dana.reads("#crisis-1")
    assert "Crisis 1: Parcels three weeks late, no replies" in brief.shown
    assert "Now: Priya reads one text (first public word)" in brief.shown
    assert brief.ts in channel.pins
    assert "First public word" in words.shown
    assert "Approve" in words.buttons


async def test_everybody_called_gets_one_dm_and_no_other_ping(stage: Stage) -> None:
    await stage.dana.types("/crisis declare Parcels three weeks late")
    await stage.settle()
    for person in (stage.priya, stage.leo, stage.sam):
        assert len(await person.dms()) == 1, person
        assert len(await person.notifications()) == 1, person
    assert await stage.nora.dms() == []
    [dm] = await stage.priya.dms()
    assert {"I'm on it", "Can't: send my stand-in", "Read the text"} <= set(dm.buttons)
    [ping] = await stage.priya.notifications()
    assert ping.text.startswith("Crisis 1 needs you, Priya: read one text")
    assert "arcel" not in ping.text, "no title of a private crisis in a notification"


async def test_three_round_trips_and_the_declarer_in_on_the_second(stage: Stage) -> None:
    before = len(await stage.workspace.calls())
    await stage.workspace.set(latency=0.6)  # far more than our own work takes, so that a chain is one of cause
    await stage.dana.types("/crisis declare Parcels three weeks late")
    await stage.workspace.settle(quiet=1.0)
    calls = sorted((await stage.workspace.calls())[before:], key=lambda call: call.started)
    opening = [call for call in calls if call.method != "chat.update"]
    assert all(call.ok for call in calls), [call for call in calls if not call.ok]
    assert round_trips(opening) == 3, [(c.method, c.started, c.ended) for c in opening]
    assert _trip_of(next(c for c in opening if c.method == "conversations.invite"), opening) == 2
    assert {
        "conversations.create",
        "conversations.invite",
        "chat.postMessage",
        "pins.add",
        "conversations.setTopic",
    } <= {call.method for call in opening}


def _trip_of(call: Call, calls: list[Call]) -> int:
    before = [other for other in calls if other.ended <= call.started]
    return 1 + round_trips(before)


async def test_the_acknowledgement_waits_for_no_call_to_slack(stage: Stage) -> None:
    await stage.workspace.set(latency=2.0)
    before = len(await stage.workspace.calls())
    said = await stage.dana.types("/crisis declare Parcels three weeks late")
    assert "Crisis 1 is opening" in said.said
    ended = [call for call in (await stage.workspace.calls())[before:] if call.ok]
    assert ended == [], "the answer came before Slack had answered anything"
    await stage.workspace.set(latency=0.0)


async def test_the_form_turns_into_the_news_with_a_way_to_the_channel(stage: Stage) -> None:
    form = (await stage.dana.types("/crisis declare")).modal
    assert form is not None
    assert form.title == "Declare crisis"
    empty = await stage.dana.submits({"What happened?": "   "})
    assert empty.modal is not None
    assert "Please say in a few words" in empty.modal.errors["What happened?"]
    await stage.dana.submits(
        {
            "What happened?": "Parcels three weeks late",
            "Situation": "Late or failed delivery",
            "Who can see it": "All staff",
        }
    )
    await stage.settle()
    news = await stage.dana.modal()
    assert news is not None
    assert "Crisis 1 is open. The first text is ready to read." in news.text
    assert "Go to the channel" in news.buttons
    channel = await stage.workspace.channel("crisis-1-parcels-three-weeks-late")
    assert not channel.private


async def test_a_similar_crisis_is_offered_only_to_who_may_see_it(stage: Stage) -> None:
    for title in ("Parcels late", "Parcels late again"):
        form = await stage.priya.types("/crisis declare")
        assert form.modal
        answer = await stage.priya.submits({"What happened?": title, "Situation": "Late or failed delivery"})
        await stage.settle()
    assert answer.modal is not None
    assert "Crisis 1 Parcels late was opened" in answer.modal.text
    assert "Join it" in answer.modal.buttons
    await stage.nora.types("/crisis declare")
    await stage.nora.submits({"What happened?": "Where are the parcels?", "Situation": "Late or failed delivery"})
    await stage.settle()
    assert "Parcels late" not in await stage.nora.everything()
    assert "crisis-2" in [c.name for c in await stage.workspace.channels()]
    told = await stage.priya.sees("Crisis 2 may be the same as yours", "dm")
    assert "Where are the parcels" not in told.shown + told.text


async def test_a_guest_is_no_staff_until_somebody_lets_them_in(stage: Stage) -> None:
    """What all staff may read is not a guest's to read, to declare or to join; who invites them shows them the crisis."""
    gus = await stage.workspace.hire(PersonSeed("UGUS", "gus", "Gus", "gus@agency.example", guest=True))
    await stage.settle()
    await stage.app.people.refresh()
    await stage.dana.types("/crisis declare")
    form: dict[str, object] = {
        "What happened?": "Parcels late",
        "Situation": "Late or failed delivery",
        "Who can see it": "All staff",
    }
    await stage.dana.submits(form)
    await stage.settle()
    assert "Parcels late" in str([m.shown for m in (await stage.nora.types("/crisis list")).ephemeral])
    for words in ("list", "status 1", "team 1", "promises 1", "export 1", "declare Parcels late"):
        await gus.types(f"/crisis {words}")
        await stage.settle()
    assert "for colleagues to say" in await gus.everything()
    await gus.home()
    await stage.settle()
    home = await gus.home(opens=False)
    assert home is not None
    assert "Parcels late" not in home.text
    assert "Crisis 1 Parcels late" not in await gus.everything()
    assert "Join it" not in await gus.everything()
    refused = await stage.dana.types("/crisis handover <@UGUS>", "#crisis-1-parcels-late")
    assert "choose a colleague" in refused.ephemeral[-1].shown
    await stage.dana.types("/invite @gus", "#crisis-1-parcels-late")
    await stage.settle()
    listed = await gus.types("/crisis list")
    assert "Parcels late" in listed.ephemeral[-1].shown


async def test_declare_another_opens_beside_the_similar_one(stage: Stage) -> None:
    for _ in range(2):
        await stage.dana.types("/crisis declare")
        await stage.dana.submits({"What happened?": "Parcels late", "Situation": "Late or failed delivery"})
        await stage.settle()
    await stage.dana.presses("Declare another")
    await stage.settle()
    assert {"crisis-1", "crisis-2"} <= {c.name for c in await stage.workspace.channels()}


async def test_joining_brings_the_declarer_into_the_open_one(stage: Stage) -> None:
    await stage.dana.types("/crisis declare")
    await stage.dana.submits(
        {"What happened?": "Parcels late", "Situation": "Late or failed delivery", "Who can see it": "All staff"}
    )
    await stage.settle()
    await stage.nora.types("/crisis declare")
    await stage.nora.submits({"What happened?": "My parcel", "Situation": "Late or failed delivery"})
    await stage.nora.presses("Join it")
    await stage.settle()
    channel = await stage.workspace.channel("crisis-1-parcels-late")
    assert stage.nora.id in channel.members
    assert not [c for c in await stage.workspace.channels() if (c.name or "").startswith("crisis-2")]


async def test_on_it_and_cannot_settle_once_and_the_stand_in_is_called(stage: Stage) -> None:
    await stage.dana.types("/crisis declare Parcels late")
    await stage.settle()
    assert "noted" in (await stage.sam.presses("I'm on it", in_channel="dm")).said
    await stage.settle()
    [dm] = [message for message in await stage.sam.dms() if not message.ephemeral]
    assert "I'm on it" not in dm.buttons
    assert "You have been on it since" in dm.shown
    said = await stage.leo.presses("Can't: send my stand-in", in_channel="dm")
    assert "stand-in is asked" in said.said
    await stage.settle()
    [for_ines] = await stage.ines.dms()
    assert "Leo" in for_ines.shown
    assert "answer for Legal" in for_ines.shown
    assert stage.ines.id in (await stage.workspace.channel("#crisis-1")).members
    brief = (await stage.dana.reads("#crisis-1"))[0]
    assert "Team: 2 of" in brief.shown


async def test_nobody_outside_sees_anything_of_a_private_crisis(stage: Stage) -> None:
    await stage.dana.types("/crisis declare Parcels stolen by the depot manager")
    await stage.settle()
    everything = await stage.nora.everything()
    assert "stolen" not in everything
    assert "crisis-1" not in everything
    assert "No crisis is open that you can see" in (await stage.nora.types("/crisis list")).said
    assert "stolen" not in (await stage.nora.types("/crisis")).said
    headline = await stage.tom.sees("Crisis 1", "#crisis-watch")
    assert "stolen" not in headline.shown + headline.text


@asynccontextmanager
async def starting(database_url: str, *names: str) -> AsyncIterator[Stage]:
    """A workspace of these people alone, with the starter plan as it is."""
    people = tuple(p for p in HARBOUR.people if p.name.lower() in names)
    known = {*(p.id for p in people), "bot"}
    [general] = [c for c in HARBOUR.channels if c.name == "general"]
    channel = replace(general, members=tuple(m for m in general.members if m in known))
    async with staged(database_url, load_plan(STARTER, {}), world=World(people=people, channels=(channel,))) as stage:
        yield stage


async def test_the_starter_plan_works_unedited_with_one_person_alone(database_url: str) -> None:
    async with starting(database_url, "max") as stage:
        await stage.max.types("/crisis declare Parcels late")
        await stage.settle()
        brief, words = await stage.max.reads("#crisis-1")
        assert "Now: Max reads one text" in brief.shown
        said = await stage.max.presses("Approve", on=words)
        await stage.settle()
        brief, words = await in_channel(stage, "#crisis-1")
        assert "Approved by Max" in words.shown, said
        await posted(stage, "#crisis-1")
        assert len(await in_channel(stage, "#crisis-1")) == 2


async def test_the_starter_plan_works_unedited_with_two_people(database_url: str) -> None:
    """Whoever comes into the channel may give the second yes."""
    async with starting(database_url, "max", "dana") as stage:
        await stage.max.types("/crisis declare")
        await stage.max.submits({"What happened?": "Parcels late", "Who can see it": "All staff"})
        await stage.settle()
        channel = "#crisis-1-parcels-late"
        assert await stage.dana.notifications() == [], "the plan calls nobody it does not name"
        await stage.dana.joins(channel)
        await stage.settle()
        form = (await stage.max.presses("Edit", in_channel=channel)).modal
        assert form is not None
        label = next(label for label in form.labels if label.startswith("Text"))
        await stage.max.submits({label: str(form.values[label]).replace("We are sorry", "We are very sorry")})
        await stage.max.closes()
        await stage.settle()
        words = await stage.dana.sees("so a second person must say yes", channel)
        await stage.dana.presses("Approve", on=words)
        await stage.settle()
        brief, words = await in_channel(stage, channel)
        assert "Approved by Max" in words.shown
        assert "and Dana" in words.shown
        assert "Team: 2 of 2 here" in brief.shown
        await posted(stage, channel)
        assert len(await in_channel(stage, channel)) == 2


async def in_channel(stage: Stage, name: str) -> list[Message]:
    """The bot's messages there that everybody sees, threads apart."""
    messages = (await stage.workspace.channel(name)).messages
    return [message for message in messages if message.user == "bot" and message.thread_ts in (None, message.ts)]


async def posted(stage: Stage, channel: str) -> None:
    """Max, who publishes where nobody else is named, posts the first word; its own promise and the next one follow."""
    await stage.max.presses("Mark as published", in_channel="dm")
    form = await stage.max.modal()
    assert form is not None
    await stage.max.submits({"Posted on": form.options["Posted on"]})
    await stage.settle()
    [listed] = (await stage.max.types("/crisis promises", channel)).ephemeral
    assert "Update for the public" in listed.shown
    assert "First public word" not in listed.shown, "kept"


async def test_a_stand_in_who_is_in_the_team_already_hears_of_it_by_a_new_message(stage: Stage) -> None:
    await stage.dana.types("/crisis declare Parcels late")
    await stage.settle()
    before = len(await stage.priya.notifications())
    await stage.sam.presses("Can't: send my stand-in", in_channel="dm")
    await stage.settle()
    told = (await stage.priya.notifications())[before:]
    assert len(told) == 1, "an edit would have told nobody"
    assert "Customer care" in (await stage.priya.dms())[-1].shown


async def test_the_leads_stand_in_leads(stage: Stage) -> None:
    await stage.dana.types("/crisis declare Parcels late")
    await stage.settle()
    await stage.priya.presses("Can't: send my stand-in", in_channel="dm")
    await stage.settle()
    assert "Tom, leads" in (await stage.dana.types("/crisis team", "#crisis-1")).said
    assert "lead: Tom" in (await stage.workspace.channel("#crisis-1")).topic


async def test_slack_refuses_the_channel_and_nobody_is_left_without_a_word(stage: Stage) -> None:
    await stage.workspace.fault("conversations.create", "restricted_action")
    await stage.dana.types("/crisis declare Parcels late")
    await stage.settle()
    told = await stage.dana.sees("has no channel", "dm")
    assert "restricted_action" in told.shown
    called = await stage.priya.sees("You lead", "dm")
    assert "Read the text" in called.buttons, "the words can be read and approved all the same"


async def test_trouble_at_slack_delays_an_opening_and_never_ends_it(database_url: str) -> None:
    quick = Pace(look_after=0.05, poll=0.1, back_off=0.001, slowest=0.02)
    async with staged(database_url, pace=quick) as stage:
        await stage.workspace.fault("conversations.create", "500", times=15)
        await stage.dana.types("/crisis declare Parcels late")
        await stage.dana.sees("Parcels late", "#crisis-1", timeout=10)
        await stage.settle()
        assert len([c for c in await stage.workspace.channels() if (c.name or "").startswith("crisis-1")]) == 1


async def test_who_left_may_be_invited_again(stage: Stage) -> None:
    await stage.dana.types("/crisis declare")
    await stage.dana.submits(
        {"What happened?": "Parcels late", "Situation": "Late or failed delivery", "Who can see it": "All staff"}
    )
    await stage.settle()
    channel = "crisis-1-parcels-late"
    for _ in range(2):
        await stage.nora.types("/crisis declare")
        await stage.nora.submits({"What happened?": "My parcel", "Situation": "Late or failed delivery"})
        await stage.nora.presses("Join it")
        await stage.settle()
        assert stage.nora.id in (await stage.workspace.channel(channel)).members
        await stage.nora.closes()
        await stage.nora.leaves(channel)
        await stage.settle()


async def test_a_declaration_in_cyrillic_beside_a_similar_crisis_keeps_every_word(stage: Stage) -> None:
    title, context = "Посылки опаздывают на три недели", "Покупатели пишут, что никто не отвечает. " * 20
    for _ in range(2):
        await stage.dana.types("/crisis declare")
        form: dict[str, object] = {
            "What happened?": title,
            "Situation": "Late or failed delivery",
            "What else do you know?": context,
        }
        answer = await stage.dana.submits(form)
        await stage.settle()
    assert answer.modal is not None
    assert answer.modal.submit == "Declare another"
    await stage.dana.submits()
    await stage.settle()
    brief = (await stage.dana.reads("#crisis-2"))[0]
    assert title in brief.shown
    assert context.strip() in brief.shown


async def test_a_time_on_another_day_says_which_day(stage: Stage) -> None:
    await stage.dana.types("/crisis declare")
    await stage.dana.submits({"What happened?": "A late newsletter", "How bad": "Low: a few people, and no hurry"})
    await stage.settle()
    brief = (await stage.dana.reads("#crisis-1"))[0]
    promised = next(line for line in brief.shown.splitlines() if line.startswith("Next promise"))
    later = (datetime.now(ZoneInfo("Europe/Berlin")) + timedelta(days=3)).strftime("%-d")
    assert "tomorrow" in promised
    assert re.search(rf"statement .*\b{later}\b", promised)
    said = await stage.dana.types("/crisis promises", "#crisis-1")
    assert "tomorrow" in said.said


async def test_the_situation_brings_what_the_plan_says_of_it_and_keeps_what_was_chosen(database_url: str) -> None:
    plan = a_plan(
        "\nsituations:\n  generic: {who_can_see: staff}\n  data_leak: {who_can_see: team, severity: critical}\n"
    )
    async with staged(database_url, plan) as stage:
        await stage.dana.types("/crisis declare")
        await stage.dana.fills({"What happened?": "Somebody posts our customer list", "Situation": "Data leak"})
        form = await stage.dana.modal()
        assert form is not None
        assert form.values["What happened?"] == "Somebody posts our customer list"
        assert form.values["How bad"].startswith("Critical")
        assert form.values["Who can see it"] == "Only the crisis team"
        await stage.dana.fills({"How bad": form.options["How bad"][-1], "Situation": "Service outage"})
        form = await stage.dana.modal()
        assert form is not None
        assert form.values["How bad"] == form.options["How bad"][-1], "what they chose themselves stays"
        await stage.dana.submits({"Situation": "Data leak"})
        await stage.settle()
        assert [c.name for c in await stage.workspace.channels() if (c.name or "").startswith("crisis-1")] == [
            "crisis-1"
        ]

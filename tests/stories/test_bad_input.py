"""Whatever people type, press twice, press late or press without the right to: an answer, and no harm done."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from bot.models import Approval, Effect, InboundKey, Incident, Member, Promise, Publication, Text, Version
from bot.practice.driver import Outcome, Person
from handlers.incidents import ELSEWHERE
from tests.stage import Stage, a_plan, staged

POST = {"text": "Three weeks, no parcel, no answer.", "author": "@jo_m", "external_id": "x-1"}
GONE = ("That is gone. Please look at the newest message about it.", "There is no such crisis.")


@pytest.fixture
async def quick(stage: Stage) -> Stage:
    """So much is tried here that Slack would find it too much."""
    await stage.workspace.set(pace=False)
    return stage


async def count(stage: Stage, *nouns: type) -> list[int]:
    """How many rows of each there are."""
    async with stage.app.store.reading() as tx:
        return [await tx.session.scalar(select(func.count()).select_from(noun)) or 0 for noun in nouns]


async def declared(stage: Stage, title: str = "Parcels three weeks late") -> None:
    await stage.dana.types(f"/crisis declare {title}")
    await stage.settle()


async def approved(stage: Stage) -> None:
    await stage.priya.presses("Approve", in_channel="#crisis-1")
    await stage.settle()


async def crises(stage: Stage) -> list[str]:
    names = [channel.name for channel in await stage.workspace.channels()]
    return [name for name in names if name and name.startswith("crisis-") and name != "crisis-watch"]


def harmless(outcome: Outcome) -> str:
    """What was said, once it is sure that it pings nobody and turns nothing round."""
    assert outcome.error is None
    raw = json.dumps([message.blocks for message in outcome.ephemeral], ensure_ascii=False)
    assert "<!channel>" not in raw
    assert "\u202e" not in raw
    return outcome.said


# What is typed


async def test_nonsense_gets_the_nearest_word_or_the_help_and_opens_nothing(quick: Stage) -> None:
    for typed, answer in (
        ("statsu", "Did you mean /crisis status?"),
        ("RESOLV it now", "Did you mean /crisis resolve?"),
        ("blorp", "These words work:"),
        ("🔥🔥🔥", "These words work:"),
        ("<!channel> *now* `rm -rf`", "These words work:"),
        ("\u202ehsilgne", "These words work:"),
        ("x" * 3000, "That is too long for a command."),
        ("declare " + "y " * 1450, "That is too long for a command."),
        ("declare \u200b\u202e \u2066", "Please say in a few words what happened."),
    ):
        assert answer in harmless(await quick.dana.types(f"/crisis {typed}")), typed
    await quick.settle()
    assert await crises(quick) == []


async def test_nonsense_in_a_crisis_channel_says_what_it_does_not_understand(quick: Stage) -> None:
    await declared(quick)
    for typed, answer in (
        ("draft blorp", "I don't know that text"),
        ("promise 31.2. 25:61", "Please say by when"),
    ):
        assert answer in harmless(await quick.dana.types(f"/crisis {typed}", "#crisis-1")), typed
    await quick.settle()
    assert len((await quick.workspace.channel("#crisis-1")).messages) == 2


async def test_lines_emoji_and_other_directions_make_a_title_like_any_other(quick: Stage) -> None:
    await quick.dana.types("/crisis declare\nParcels 🔥\n\n\u202eare *late*\u202c ואין תשובה <!here>")
    await quick.settle()
    brief = (await quick.dana.reads("#crisis-1"))[0]
    assert "Crisis 1: Parcels 🔥 are ∗late∗ ואין תשובה <!here>" in brief.shown
    assert "<!here>" not in json.dumps(brief.blocks), "shown as it was typed, formats nothing and pings nobody"


async def test_long_words_come_in_the_form(quick: Stage) -> None:
    words = "Parcels are three weeks late and nobody answers the telephone any more. " * 5
    form = (await quick.dana.types(f"/crisis declare {words}")).modal
    assert form is not None
    title, more = (str(form.values[label]) for label in ("What happened?", "What else do you know?"))
    assert 100 < len(title) <= 200
    assert f"{title} {more}" == words.strip()
    await quick.dana.submits()
    await quick.settle()
    assert await crises(quick) == ["crisis-1"]


async def test_every_word_typed_elsewhere_asks_which_crisis_and_tells_strangers_of_none(quick: Stage) -> None:
    await declared(quick)
    await declared(quick, "Rude staff")
    for word in sorted(set(quick.app.doors.words) - ELSEWHERE):
        asked = (await quick.dana.types(f"/crisis {word}")).modal
        assert asked is not None, word
        assert asked.title == "Which crisis?"
        assert asked.options["Crisis"] == ["Crisis 2: Rude staff", "Crisis 1: Parcels three weeks late"]
        going_on = (await quick.dana.submits({"Crisis": "Crisis 1: Parcels three weeks late"})).modal
        assert going_on is not None, word
        await quick.dana.reload()
        for stranger in (quick.nora, quick.max):
            said = (await stranger.types(f"/crisis {word}")).said
            assert said == "No crisis is open that you can see. /crisis declare opens one.", word
    await quick.settle()
    for stranger in (quick.nora, quick.max):
        assert "Parcels" not in await stranger.everything()


async def test_a_command_in_a_conversation_of_two_is_answered_there(quick: Stage) -> None:
    await declared(quick)
    fields = next(one.payload for one in reversed(await quick.workspace.deliveries()) if one.kind == "command")
    direct = quick.slack.state.open_direct(quick.dana.id)
    elsewhere = {"channel_id": direct.id, "channel_name": "directmessage"}
    fields |= elsewhere | {"text": "list", "trigger_id": quick.slack.state.new_trigger(quick.dana.id)}
    sent = await quick.slack.courier.command(fields)
    assert "Parcels three weeks late" in sent.body


# What is pressed without the right to it, or is not there any more


def forged(stage: Stage, person: Person, kind: str, **more: Any) -> dict[str, Any]:
    """A press or a form as somebody's browser might send it, signed by Slack as everything is."""
    return {
        "type": kind,
        "team": {"id": "T0HARBOUR", "domain": "harbour"},
        "user": {"id": person.id, "username": person.id, "name": person.id, "team_id": "T0HARBOUR"},
        "api_app_id": "A0AMENDS",
        "token": "none",
        "trigger_id": stage.slack.state.new_trigger(person.id),
        **more,
    }


async def pressed(stage: Stage, person: Person, action: str, value: str) -> str:
    """What this person reads after pressing a button they were never shown."""
    direct = stage.slack.state.open_direct(person.id)
    stage.slack.gestures.reloads(stage.slack.state.person(person.id))
    sent = await stage.slack.courier.interaction(
        forged(
            stage,
            person,
            "block_actions",
            channel={"id": direct.id, "name": "directmessage"},
            container={"type": "message", "channel_id": direct.id, "message_ts": "1.1", "is_ephemeral": False},
            actions=[{"type": "button", "block_id": "b", "action_id": action, "action_ts": "1.1", "value": value}],
        )
    )
    assert (sent.error, sent.body) == (None, "")
    state = stage.slack.state
    async with asyncio.timeout(2):
        while True:
            beat = state.pulse.beat
            if lines := [post.text for post in state.ephemerals if post.ephemeral_for == person.id]:
                return "\n".join(lines)
            assert not state.modals.get(person.id), f"{action} opened a form"
            await state.pulse.after(beat, 1)


FILLED = {
    "reason": {"x": {"type": "plain_text_input", "value": "because"}},
    "how": {"x": {"type": "plain_text_input", "value": "by telephone"}},
    "wish": {"x": {"type": "plain_text_input", "value": "warmer"}},
    "to": {"x": {"type": "users_select", "selected_user": "UNORA"}},
    "time": {"x": {"type": "datetimepicker", "selected_date_time": 1900000000}},
}


async def sent_in(stage: Stage, person: Person, callback: str, data: str) -> str:
    """What this person reads after sending a form they were never shown."""
    view = {
        "id": f"V{callback}{data}",
        "hash": "1",
        "type": "modal",
        "callback_id": callback,
        "title": {"type": "plain_text", "text": "A form"},
        "private_metadata": data,
        "blocks": [],
        "state": {"values": FILLED},
    }
    sent = await stage.slack.courier.interaction(forged(stage, person, "view_submission", view=view))
    assert sent.error is None
    return str(sent.answer()["view"]["blocks"][0]["text"]["text"])


OF_NO_ROW = {"incident.ask", "incident.go", "duty.leave", "duty.back", "report.write"}
"""Buttons and forms that carry nothing: anybody may report what they saw, in a form that is not about any crisis."""
NOT_ABOUT_A_ROW = {
    *OF_NO_ROW,
    "incident.declare",
    "incident.declare_another",
    "incident.declare_anyway",
}
OF_A_PUBLIC_CARD = {"alert.declare", "alert.dismiss"}
"""The watch card is for everyone who reads the watch channel."""


async def test_a_stranger_with_captured_buttons_and_forms_learns_and_changes_nothing(quick: Stage) -> None:
    await quick.hook("mentions", POST)
    await quick.settle()
    await quick.dana.presses("Declare crisis", in_channel="#crisis-watch")
    await quick.dana.submits({"What happened?": "The depot burns"})
    await quick.settle()
    await approved(quick)
    async with quick.app.store.reading() as tx:
        ids = {row.id for noun in (Incident, Text, Version, Promise) for row in await tx.all(select(noun).limit(1))}
    nouns = (Approval, Member, Publication, Promise, Version, Text, Effect, InboundKey)
    before = await count(quick, *nouns)
    for action in sorted(quick.app.doors.actions - NOT_ABOUT_A_ROW - OF_A_PUBLIC_CARD):
        for id in ids:
            said = await pressed(quick, quick.nora, action, id)
            assert said in GONE, (action, said)
    for callback in sorted(quick.app.doors.views - NOT_ABOUT_A_ROW):
        for id in ids:
            said = await sent_in(quick, quick.nora, callback, id)
            assert said in GONE, (callback, said)
    await quick.settle()
    assert await count(quick, *nouns) == before
    assert "depot" not in await quick.nora.everything()


async def test_buttons_and_forms_of_rows_that_are_gone_say_so(quick: Stage) -> None:
    for action in sorted(quick.app.doors.actions - OF_NO_ROW):
        assert await pressed(quick, quick.dana, action, "no-such-row") in GONE, action
    for callback in sorted(quick.app.doors.views - OF_NO_ROW):
        assert await sent_in(quick, quick.dana, callback, "no-such-row") in GONE, callback


async def test_a_button_of_a_row_of_another_crisis_acts_on_that_crisis_alone(quick: Stage) -> None:
    """Nora belongs to crisis 2, not to crisis 1: its buttons are nothing to her wherever she presses them."""
    await declared(quick)
    await quick.nora.types("/crisis declare Rude staff")
    await quick.settle()
    async with quick.app.store.reading() as tx:
        first, second = await tx.all(select(Incident).order_by(Incident.number))  # type: ignore[arg-type]
    assert await pressed(quick, quick.nora, "member.here", first.id) == "There is no such crisis."
    assert "noted" in (await pressed(quick, quick.nora, "member.here", second.id)).lower()
    for word in ("contain", "resolve", "close", "team", "promises"):
        said = await quick.nora.types(f"/crisis {word}", "#crisis-2")
        assert "Parcels" not in said.said


# What comes twice


async def again(stage: Stage, kind: str) -> dict[str, Any]:
    """Slack brings the last delivery of this kind once more, byte for byte; the answer."""
    sent = await stage.workspace.deliveries()
    place = max(number for number, one in enumerate(sent) if one.kind == kind)
    repeated = await stage.workspace.redeliver(place)
    assert repeated.error is None
    await stage.settle()
    return {"before": sent[place].body, "after": repeated.body}


async def test_what_slack_brings_twice_is_done_once_and_answered_alike(stage: Stage) -> None:
    nouns = (Incident, Member, Approval, Version, Text, Promise, Publication, Effect)
    await declared(stage)
    rows = await count(stage, *nouns)
    answers = await again(stage, "command")
    assert answers["before"] == answers["after"]
    assert await count(stage, *nouns) == rows

    await stage.dana.types("/invite @nora", "#crisis-1")
    await stage.settle()
    rows = await count(stage, *nouns)
    await again(stage, "event")
    assert await count(stage, *nouns) == rows

    await stage.priya.presses("Approve", in_channel="#crisis-1")
    await stage.settle()
    rows = await count(stage, *nouns)
    await again(stage, "action")
    assert await count(stage, *nouns) == rows
    whispers = [m.shown for m in await stage.priya.reads("#crisis-1") if m.ephemeral]
    assert len(whispers) == 2
    assert whispers[0] == whispers[1], "the repeat hears the stored answer"

    await stage.dana.presses("Mark as published", in_channel="dm")
    await stage.dana.submits({"Posted on": ["X"]})
    await stage.settle()
    rows = await count(stage, *nouns)
    answers = await again(stage, "view_submission")
    assert answers["before"] == answers["after"]
    assert await count(stage, *nouns) == rows
    assert await crises(stage) == ["crisis-1"]


async def test_a_double_click_counts_once(stage: Stage) -> None:
    await declared(stage)
    words = (await stage.priya.reads("#crisis-1"))[1]
    twice = await asyncio.gather(*(stage.priya.presses("Approve", on=words) for _ in range(2)))
    await stage.settle()
    assert all(outcome.error is None for outcome in twice)
    said = "\n".join(m.shown for m in await stage.priya.reads("#crisis-1") if m.ephemeral)
    assert "is approved. Asked to post it: Dana." in said
    assert "You already approved this" in said
    assert await count(stage, Approval) == [2], "the text and its brief, once each"
    form = (await stage.dana.types("/crisis declare")).modal
    assert form is not None
    await stage.dana.fills({"What happened?": "Rude staff"})
    await asyncio.gather(stage.dana.submits(), stage.dana.submits())
    await stage.settle()
    assert await crises(stage) == ["crisis-1", "crisis-2"]


async def test_two_people_declare_from_one_card_at_once(stage: Stage) -> None:
    await stage.hook("mentions", POST)
    await stage.settle()
    (card,) = (await stage.workspace.channel("#crisis-watch")).messages
    await asyncio.gather(*(who.presses("Declare crisis", on=card) for who in (stage.dana, stage.tom)))
    sent = await asyncio.gather(*(who.submits({"What happened?": "Parcels"}) for who in (stage.dana, stage.tom)))
    await stage.settle()
    assert await crises(stage) == ["crisis-1"]
    said = "\n".join(outcome.modal.text for outcome in sent if outcome.modal)
    assert "was first: it is crisis 1" in said, said
    (settled, _headline) = (await stage.workspace.channel("#crisis-watch")).messages
    assert "Crisis 1, declared by" in settled.shown
    assert settled.buttons == []


async def test_two_people_declare_the_same_thing_at_once(stage: Stage) -> None:
    """Neither has seen the other's: one opens it, the other is asked whether it is the same."""
    said = await asyncio.gather(
        *(who.types("/crisis declare Parcels three weeks late") for who in (stage.dana, stage.priya))
    )
    await stage.settle()
    assert await crises(stage) == ["crisis-1"]
    assert sorted(outcome.said for outcome in said)[0].startswith("Crisis 1 Parcels three weeks late was opened"), said
    for person in (stage.leo, stage.sam):
        assert len(await person.notifications()) == 1


async def test_a_second_crisis_that_no_rule_knows_is_asked_about_too(quick: Stage) -> None:
    """Two people hardly ever find the same words for one thing."""
    await declared(quick, "A strange thing was said")
    again = await quick.dana.types("/crisis declare our manager said WHAT")
    assert again.ephemeral[-1].buttons == ["Join it", "Declare another"]
    for _click in range(2):
        await quick.dana.presses("Declare another", again.ephemeral[-1])
    await quick.settle()
    assert sorted(await crises(quick)) == ["crisis-1", "crisis-2"]


# What is not over yet


async def test_ending_a_crisis_lists_what_is_open_and_wants_reasons(stage: Stage) -> None:
    await declared(stage)
    await approved(stage)
    called = (await stage.sam.dms())[0]
    assert "Crisis 1 is contained now." in (await stage.leo.types("/crisis contain", "#crisis-1")).said
    twice = (await stage.leo.types("/crisis contain", "#crisis-1")).said
    assert "This crisis is contained; only an open one can be contained." in twice
    assert "please resolve it first" in (await stage.leo.types("/crisis close", "#crisis-1")).said

    asked = (await stage.leo.types("/crisis resolve", "#crisis-1")).modal
    assert asked is not None
    assert asked.submit == "Resolve anyway"
    for open_thing in ("First public word, promised for", "Statement, promised for", "nobody has posted it"):
        assert open_thing in asked.text
    done = (await stage.leo.submits()).modal
    assert done is not None
    assert "Crisis 1 is resolved now." in done.text
    await stage.leo.reload()
    assert "This crisis is resolved already." in (await stage.leo.types("/crisis resolve", "#crisis-1")).said

    form = (await stage.leo.types("/crisis close", "#crisis-1")).modal
    assert form is not None
    [unposted] = [label for label in form.labels if "nobody has posted it" in label]
    await stage.leo.types("/crisis promise call the carrier in 2 hours", "#crisis-1")
    blank = (await stage.leo.submits(dict.fromkeys(form.labels, "   "))).modal
    assert blank is not None
    assert len(blank.labels) == len(form.labels) + 1, "what opened meanwhile is asked about too"
    reasons: dict[str, object] = {**dict.fromkeys(blank.labels, "It is on the radio"), unposted: "  "}
    refused = (await stage.leo.submits(reasons)).modal
    assert refused is not None
    assert "Please say why this may stay open" in refused.errors[unposted]
    assert sorted(map(str, refused.values.values())) == sorted(map(str, reasons.values())), "what was typed stays"
    closed = (await stage.leo.submits({unposted: "The shop sells again"})).modal
    assert closed is not None
    assert "Crisis 1 is closed now." in closed.text
    await stage.leo.reload()
    await stage.settle()
    assert "Now: nothing is left to do\n" in (await stage.leo.reads("#crisis-1"))[0].shown
    late = await stage.sam.presses("I'm on it", on=called)
    assert late.said == "Crisis 1 is over: nobody is needed any more. Thank you."
    for word, answer in (
        ("close", "closed already"),
        ("resolve", "closed already"),
        ("draft update", "closed"),
        ("promise call back in 2 hours", "closed"),
    ):
        assert answer in (await stage.leo.types(f"/crisis {word}", "#crisis-1")).said, word
    assert "Crisis 1 is open now." in (await stage.leo.types("/crisis reopen", "#crisis-1")).said
    assert "This crisis is open already." in (await stage.leo.types("/crisis reopen", "#crisis-1")).said


async def test_a_time_that_is_over_or_never_comes_is_refused_at_its_field(quick: Stage) -> None:
    await declared(quick)
    await quick.leo.types("/crisis promise call the carrier in 2 hours", "#crisis-1")
    await quick.later(97)
    [reminder] = [dm for dm in await quick.leo.dms() if "Call the carrier" in dm.shown]
    await quick.leo.presses("Extend", on=reminder)
    for wrong, why in (
        (datetime.now(UTC) - timedelta(days=1), "has passed already"),
        (quick.time() + timedelta(minutes=2), "not later than the time it has now"),
        (datetime(2286, 11, 20, tzinfo=UTC), "more than a year away"),
    ):
        refused = (await quick.leo.submits({"New time": int(wrong.timestamp())})).modal
        assert refused is not None
        assert why in refused.errors["New time"]


# Who is not there


async def test_a_plan_of_people_who_are_not_there_starts_and_tells_the_lead(database_url: str) -> None:
    plan = a_plan()
    nobody = plan.roles["legal"].model_copy(update={"people": ("ghost@harbour.example",), "stand_ins": ()})
    plan = plan.model_copy(update={"roles": {**plan.roles, "legal": nobody}})
    async with staged(database_url, plan) as stage:
        assert any("Slack knows nobody as ghost@harbour.example" in line for line in stage.app.desk.roster.unknown)
        await declared(stage)
        told = await stage.priya.sees("Nobody answers for Legal: you decide", "dm")
        assert told.user == "bot"
        brief = (await stage.dana.reads("#crisis-1"))[0]
        assert "Nobody yet for: Legal" in brief.shown


async def test_somebody_called_leaves_the_company_and_their_stand_in_is_asked_at_once(
    quick: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.people.CALM", 0.1)
    await declared(quick)
    await quick.workspace.fault("users.list", "500")  # a look-up that fails is not the last one
    await quick.workspace.deactivate("Leo")
    for_ines = await quick.ines.sees("stand in for Leo", "dm")
    assert "Legal" in for_ines.shown
    await quick.settle()
    assert quick.ines.id in (await quick.workspace.channel("#crisis-1")).members


async def test_a_lead_who_is_on_it_leaves_the_company_and_the_crisis_has_another(
    quick: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.people.CALM", 0.1)
    await declared(quick)
    await quick.priya.presses("I'm on it", in_channel="dm")
    await quick.settle()
    await quick.workspace.deactivate("Priya")
    await quick.tom.sees("stand in for Priya", "dm")
    await quick.settle()
    assert "lead: Tom" in (await quick.workspace.channel("#crisis-1")).topic
    said = await quick.dana.types("/crisis promises", "#crisis-1")
    assert "Owner: Tom." in said.said
    assert "Priya" not in said.said
    calls = [call for call in await quick.workspace.calls("chat.postMessage") if not call.ok]
    assert calls == [], "nothing is sent to an account that is closed"


async def test_somebody_who_left_the_company_is_asked_nothing_more(quick: Stage) -> None:
    await quick.workspace.deactivate("Leo")
    await quick.app.people.refresh()
    await declared(quick)
    assert quick.leo.id not in (await quick.workspace.channel("#crisis-1")).members
    await quick.priya.sees("Nobody answers for Legal", "dm")
    assert [call for call in await quick.workspace.calls() if not call.ok] == [], "Slack never had to refuse anything"

"""A guest of the workspace whom the plan does not name: refused at every door that is for colleagues, at once and with
the name of somebody to ask; what stays open to them is reading what they were let into, and reporting."""

import json
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import pytest
from sqlalchemy import select
from sqlmodel import col

from bot.models import Alert, Handover, Incident, Promise, Row, Text
from bot.plan import parse_plan
from bot.practice.driver import Person
from bot.practice.world import HARBOUR, PersonSeed
from tests.stage import MENTIONS, PLAN, Stage, staged

GUS = PersonSeed("UGUS", "gus", "Gus Hall", "gus@agency.example", guest=True)
CHANNEL = "#crisis-1-shop-burns"
POST = {"text": "Three weeks, no parcel.", "author": "@jo_m", "external_id": "x-1"}


def invited(plan_names_gus: bool = False) -> dict[str, Any]:
    """Harbour with Gus, who is in two of its channels."""
    let_in = tuple(
        replace(one, members=(*one.members, GUS.id)) if one.name in ("general", "crisis-watch") else one
        for one in HARBOUR.channels
    )
    named = PLAN.replace(
        "social: {people: [dana@harbour.example]", f"social: {{people: [dana@harbour.example, {GUS.email}]"
    )
    plan = parse_plan(named if plan_names_gus else PLAN, environ={"MENTIONS_SECRET": MENTIONS})
    return {"plan": plan, "world": replace(HARBOUR, people=(*HARBOUR.people, GUS), channels=let_in)}


@dataclass
class Evening:
    """A crisis that Gus was let into, with a text that waits, a promise, a shift on offer, and a question."""

    stage: Stage
    gus: Person
    incident: str = ""
    version: str = ""
    text: str = ""
    promise: str = ""
    handover: str = ""
    alert: str = ""

    @classmethod
    async def begin(cls, stage: Stage) -> "Evening":
        evening = cls(stage, stage.workspace.person("Gus"))
        await stage.workspace.set(pace=False)
        await stage.dana.types("/crisis declare")
        await stage.dana.submits({"What happened?": "Shop burns", "Who can see it": "All staff"})
        await stage.settle()
        await stage.dana.types("/invite @gus", CHANNEL)
        await stage.dana.types("/crisis handover @tom", CHANNEL)
        await stage.dana.submits()
        await stage.hook("mentions", POST)
        await stage.settle()
        async with stage.app.store.reading() as tx:
            evening.incident = (await one(tx, Incident)).id
            text = await tx.first(select(Text).where(col(Text.state) == "waiting"))
            evening.text, evening.version = text.id, text.current
            evening.promise = (await one(tx, Promise)).id
            evening.handover = (await one(tx, Handover)).id
            evening.alert = (await one(tx, Alert)).id
        return evening

    async def presses(self, action: str, value: str) -> str:
        """A button of any card, in the crisis channel; what Gus reads then."""
        hands, state = self.stage.slack.gestures, self.stage.slack.state
        gus, channel = state.person(GUS.id), await self.stage.workspace.channel(CHANNEL)
        ts = channel.messages[0].ts
        sent = await self.stage.slack.courier.interaction(
            {
                **hands._common("block_actions", gus),
                "container": {"type": "message", "message_ts": ts, "channel_id": channel.id, "is_ephemeral": False},
                "trigger_id": state.new_trigger(gus.id),
                "channel": {"id": channel.id, "name": channel.name},
                "state": {"values": {}},
                "response_url": self.stage.slack.settings.public_url + state.new_response_url(gus.id, channel.id, ts),
                "actions": [{"type": "button", "action_id": action, "block_id": "b", "value": value}],
            }
        )
        assert sent.error is None
        return await self._said()

    async def sends(self, form: str, private: str, fields: Mapping[str, str]) -> str:
        """A form, as if Gus had it open."""
        hands, state = self.stage.slack.gestures, self.stage.slack.state
        inputs = [{"type": "input", "block_id": name} for name in fields]
        values = {name: {"typed": {"type": "plain_text_input", "value": said}} for name, said in fields.items()}
        view = {
            "id": f"V{form}",
            "hash": "1",
            "type": "modal",
            "callback_id": form,
            "private_metadata": private,
            "title": {"type": "plain_text", "text": "Amends"},
            "blocks": inputs,
            "state": {"values": values},
        }
        gus = state.person(GUS.id)
        said = {**hands._common("view_submission", gus), "trigger_id": state.new_trigger(gus.id), "view": view}
        sent = await self.stage.slack.courier.interaction({**said, "response_urls": []})
        assert sent.error is None
        return json.dumps(sent.answer(), ensure_ascii=False) + await self._said()

    async def types(self, word: str, more: str = "") -> str:
        said = await self.gus.types(f"/crisis {word} {more}".strip(), CHANNEL)
        return said.said + (said.modal.text + str(said.modal.labels) if said.modal else "")

    async def _said(self) -> str:
        await self.stage.settle()
        modal, lines = await self.gus.modal(), [one for one in await self.gus.reads(CHANNEL) if one.ephemeral]
        await self.gus.reload()
        return "\n".join([*(one.shown or one.text for one in lines), str(modal or "")])

    async def rows(self) -> dict[str, list[str]]:
        """Everything that is stored, without what only says that somebody pressed or looked."""
        tables = {name: table for name, table in Row.metadata.tables.items() if name not in ("inbound_key", "home")}
        async with self.stage.app.store.reading() as tx:
            found = {name: (await tx.session.execute(select(table))).all() for name, table in tables.items()}
        effects = found.pop("effect")
        kept = {name: sorted(map(str, rows)) for name, rows in found.items() if name not in ("lane", "counter")}
        return kept | {"effect": sorted(str(row.id) for row in effects if row.kind != "publish_home")}


async def one(tx: Any, noun: type[Any]) -> Any:
    found = await tx.first(select(noun).order_by(noun.id))
    assert found is not None, noun
    return found


@pytest.fixture
async def evening(database_url: str) -> AsyncIterator[Evening]:
    async with staged(database_url, **invited()) as stage:
        yield await Evening.begin(stage)


Value = Callable[[Evening], str]
REPORT = "that is open to you"
DECIDES = ("whether this is a crisis is for colleagues to say. Please ask", "Dana, who is on duty", REPORT)
TEAM = ("You are a guest in this workspace: you can read along in crisis 1, but this is for our crisis team.", "Priya")
ENDS = ("That is for whoever leads crisis 1 (Priya)",)
LEADS = ("That is for whoever leads crisis 1 (Priya).",)
ASKED = ("It needs a yes from PR. Asked: Priya.",)
OTHERS = ("This is not offered to you.",)
OWNED = ("That is Priya's. They, the lead and the crisis team can act on it.",)
POSTS = ("Posting is for", "Dana")
LISTED = ("You are not on the duty list of our plan",)


def _declaration(_evening: Evening) -> str:
    return json.dumps({"title": "Where is it?", "audience": "staff"})


BUTTONS: dict[str, list[tuple[Value, tuple[str, ...]]]] = {
    "alert.declare": [(lambda e: e.alert, DECIDES)],
    "alert.dismiss": [(lambda e: e.alert, DECIDES)],
    "incident.ask": [(lambda _e: "-", DECIDES)],
    "incident.declare_anyway": [(_declaration, DECIDES)],
    "incident.join": [(lambda e: json.dumps({"incident": e.incident, "alert": e.alert}), DECIDES)],
    "incident.false_alarm": [(lambda e: e.incident, ENDS)],
    "incident.more": [
        (lambda e: f"false_alarm:{e.incident}", ENDS),
        (lambda e: f"handover:{e.incident}", TEAM),
        (lambda e: f"resolve:{e.incident}", TEAM),
        (lambda e: f"contain:{e.incident}", TEAM),
        (lambda e: f"merge:{e.incident}", ("Only one crisis is open that you can see",)),
    ],
    "text.draft": [(lambda e: f"{e.incident}:apology", TEAM)],
    "text.more": [(lambda e: f"show:{e.text}", TEAM), (lambda e: f"publish:{e.text}", POSTS)],
    "text.publish": [(lambda e: e.text, POSTS)],
    "version.approve": [(lambda e: e.version, ASKED)],
    "version.reject": [(lambda e: e.version, TEAM)],
    "version.edit": [(lambda e: e.version, TEAM)],
    "brief.edit": [(lambda e: e.version, TEAM)],
    "version.redraft": [(lambda e: e.version, TEAM)],
    "promise.done": [(lambda e: e.promise, OWNED)],
    "promise.extend": [(lambda e: e.promise, OWNED)],
    "promise.hand_over": [(lambda e: e.promise, OWNED)],
    "promise.more": [(lambda e: f"snooze:{e.promise}", OWNED), (lambda e: f"hand_over:{e.promise}", OWNED)],
    "promise.take": [(lambda e: e.promise, OWNED)],
    "shift.form": [(lambda e: e.incident, TEAM)],
    "shift.instead": [(lambda e: e.handover, LEADS)],
    "shift.take": [(lambda e: e.handover, OTHERS)],
    "shift.cannot": [(lambda e: e.handover, OTHERS)],
    "duty.leave": [(lambda _e: "-", LISTED)],
    "duty.back": [(lambda _e: "-", LISTED)],
}
"""Each button, what it carries, and what a guest reads who presses it."""

OPEN_BUTTONS = {
    "incident.go": "a link",
    "incident.situation": "draws a form anew that only colleagues can open",
    "home.back": "turns a page",
    "home.forward": "turns a page",
    "timeline.earlier": "reads",
    "timeline.later": "reads",
    "text.read": "reads",
    "version.compare": "reads",
    "member.here": "says something of themselves",
    "member.cannot": "says something of themselves",
}

FORMS: dict[str, tuple[Value, dict[str, str], tuple[str, ...]]] = {
    "incident.declare": (lambda _e: "{}", {"title": "Where is it?"}, DECIDES),
    "incident.declare_another": (_declaration, {}, DECIDES),
    "incident.close": (lambda e: e.incident, {}, TEAM),
    "incident.resolve": (lambda e: e.incident, {}, TEAM),
    "incident.false_alarm": (lambda e: e.incident, {"because": "no"}, ENDS),
    "incident.merge": (lambda e: json.dumps({"pair": [e.incident, "x"]}), {"goes_on": "x"}, ("no such crisis",)),
    "promise.kept": (lambda e: e.promise, {"how": "somehow"}, OWNED),
    "promise.move": (lambda e: e.promise, {"time": "4000000000"}, OWNED),
    "promise.offer": (lambda e: e.promise, {"to": "UNORA"}, OWNED),
    "shift.offer": (lambda e: e.incident, {"to": "UNORA"}, TEAM),
    "shift.instead": (lambda e: e.handover, {"to": "UNORA"}, LEADS),
    "text.published": (lambda e: e.version, {}, POSTS),
    "text.write": (lambda e: json.dumps({"incident": e.incident, "kind": "update"}), {"body": "Hello."}, TEAM),
    "version.approve": (lambda e: e.version, {}, ASKED),
    "version.edit": (lambda e: json.dumps({"version": e.version}), {"body": "Hello."}, TEAM),
    "version.redraft": (lambda e: e.version, {"wish": "shorter"}, TEAM),
    "version.reject": (lambda e: e.version, {"reason": "no"}, TEAM),
    "version.use": (lambda e: e.version, {}, TEAM),
}

OPEN_FORMS = {
    "incident.which": "hands on to a word, which refuses by itself",
    "incident.merge_pick": "reads",
    "report.send": "reporting is open to everybody",
    "report.write": "reporting is open to everybody",
}

WORDS: dict[str, tuple[str, tuple[str, ...]]] = {
    "declare": ("", DECIDES),
    "draft": ("apology", TEAM),
    "update": ("We look into it.", TEAM),
    "promise": ("next update in 2 hours", TEAM),
    "handover": ("@nora", TEAM),
    "contain": ("", TEAM),
    "resolve": ("", TEAM),
    "close": ("", TEAM),
    "reopen": ("", TEAM),
    "export": ("", TEAM),
    "merge": ("", ("Only one crisis is open that you can see",)),
}

OPEN_WORDS = {"", "status", "list", "team", "promises", "help", "report"}


async def test_every_door_has_an_answer_for_guests(evening: Evening) -> None:
    """A new button, form or word has to say here what it is to a guest."""
    doors = evening.stage.app.doors
    assert doors.actions == set(BUTTONS) | set(OPEN_BUTTONS)
    assert doors.views == set(FORMS) | set(OPEN_FORMS)
    assert set(doors.words) == set(WORDS) | OPEN_WORDS
    assert not set(BUTTONS) & set(OPEN_BUTTONS)
    assert doors.shortcuts == {"message.report"}, "reporting is open to everybody"


async def test_no_button_form_or_word_of_colleagues_does_anything_for_a_guest(evening: Evening) -> None:
    before, wrong = await evening.rows(), []
    asked: list[tuple[str, tuple[str, ...], str]] = []
    for action, presses in BUTTONS.items():
        for value, expected in presses:
            asked.append((f"button {action}", expected, await evening.presses(action, value(evening))))
    for form, (value, fields, expected) in FORMS.items():
        asked.append((f"form {form}", expected, await evening.sends(form, value(evening), fields)))
    for word, (more, expected) in WORDS.items():
        asked.append((f"word {word}", expected, await evening.types(word, more)))
    for door, expected, said in asked:
        wrong += [f"{door} does not say {part!r}: {said}" for part in expected if part not in said]
    assert wrong == [], "\n".join(wrong)
    await evening.stage.settle()
    assert await evening.rows() == before


async def test_declaring_is_refused_before_anything_is_typed(evening: Evening) -> None:
    said = await evening.gus.types("/crisis declare", "#general")
    assert said.modal is None
    assert "Please ask Dana, who is on duty, or write it down with /crisis report" in said.said
    bare = await evening.gus.types("/crisis", "#general")
    assert "Declare crisis" not in bare.ephemeral[-1].buttons
    assert "/crisis report" in bare.said
    card = (await evening.gus.reads("#crisis-watch"))[-1]
    pressed = await evening.gus.presses("Declare crisis", on=card)
    assert pressed.modal is None
    assert "for colleagues to say" in pressed.said
    pressed = await evening.gus.presses("Not a crisis", on=card)
    assert "for colleagues to say" in pressed.said
    [still] = [one for one in await evening.gus.reads("#crisis-watch") if one.ts == card.ts]
    assert still.blocks == card.blocks, "it is still to be decided"
    await evening.gus.home()
    await evening.stage.settle()
    home = await evening.gus.home(opens=False)
    assert home is not None
    assert "Declare crisis" not in home.buttons


async def test_what_is_left_to_a_guest_is_reading_and_reporting(evening: Evening) -> None:
    gus = evening.gus
    for word in ("status", "team", "promises", "list"):
        assert "risis 1" in (await gus.types(f"/crisis {word}", CHANNEL)).said, word
    assert "Thank you, Gus." in (await gus.types("/crisis report The shop next door burns", "#general")).said
    stood = await evening.presses("text.read", evening.version)
    assert "First public word" in stood
    assert "'Approve'" not in stood


async def test_a_guest_whom_the_plan_names_is_a_colleague(database_url: str) -> None:
    async with staged(database_url, **invited(plan_names_gus=True)) as stage:
        gus = stage.workspace.person("Gus")
        form = (await gus.types("/crisis declare", "#general")).modal
        assert form is not None
        await gus.submits({"What happened?": "Parcels late"})
        await stage.settle()
        assert (await gus.sees("Crisis 1", "#crisis-1")).channel
        edited = await gus.presses("Edit", on=await gus.sees("First public word", "#crisis-1"))
        assert edited.modal is not None
        assert edited.modal.title == "Edit first public word"

"""Silence is never an answer: whoever presses whatever is in sight sees that it counted, was too late, or isn't theirs.

At several moments of an evening everybody presses everything they see, also from screens that are no longer true, in
menus, in answers only they see, in App Home, and in what those presses open. (That buttons of rows that are gone are
answered, all of them, is in test_bad_input.)
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pytest

from bot.practice.driver import Message, Modal, Outcome, Person
from tests.stage import BERLIN, Stage, staged

EVENING = datetime(2026, 11, 22, 22, 58, tzinfo=BERLIN)
CHANNEL = "#crisis-1"
ELSEWHERE = {
    "incident.go": "a link: the browser follows it",
    "home.back": "needs more crises than a page holds: test_home",
    "home.forward": "the same",
    "timeline.earlier": "needs a longer timeline than a page holds: test_records",
    "timeline.later": "the same",
    "version.compare": "needs a language model: test_words",
    "version.redraft": "the same",
}
"""Actions whose press is answered in another story."""


@dataclass
class Presser:
    """Somebody who presses everything, and what stayed silent."""

    stage: Stage
    silent: list[str] = field(default_factory=list)
    pressed: set[str] = field(default_factory=set)
    """The actions that were pressed, and answered or found silent."""
    presses: int = 0

    async def everything(self, person: Person, old: list[Message] | None = None) -> None:
        """Each button and menu of what this person sees now, in App Home too, and of what they had on an older screen."""
        for message in [*await self.in_sight(person), *(old or [])]:
            await self.all_of(person, message)
        await person.home()
        await self.stage.settle()
        home = await person.home(opens=False)
        assert home is not None
        await self.all_of(person, home)

    async def in_sight(self, person: Person) -> list[Message]:
        channels = ("#crisis-watch", CHANNEL, "dm")
        seen = [message for channel in channels for message in await self._reads(person, channel)]
        return [message for message in seen if message.controls]

    async def _reads(self, person: Person, channel: str) -> list[Message]:
        known = {one["id"]: one["name"] or "dm" for one in await person._ask("channels")}
        there = channel.removeprefix("#") in {*known, *known.values()}
        return await person.reads(channel) if there else []

    async def answers(self, person: Person, typed: str, channel: str) -> None:
        """What only this person sees, in answer to what they typed; it is gone with the press, so it is typed again."""
        line = (await person.types(typed, channel)).ephemeral[-1]
        assert line.controls, "nothing to press"
        for place, control in enumerate(line.controls):
            if control["drawn"]["action_id"] not in ELSEWHERE:
                line = (await person.types(typed, channel)).ephemeral[-1]
                option = next(iter(control["options"]), None)
                await self.one(person, line, line.controls[place], option)

    async def all_of(self, person: Person, surface: Message | Modal) -> None:
        for control in surface.controls:
            action = control["drawn"]["action_id"]
            if control["type"] == "button" and action not in ELSEWHERE:
                await self.one(person, surface, control, None)
            elif control["type"] == "overflow":
                for option in control["options"]:
                    await self.one(person, surface, control, option)

    async def one(self, person: Person, surface: Message | Modal, control: dict[str, Any], option: str | None) -> None:
        """A press and what came of it; what it opens has buttons of its own, each of which is pressed once."""
        label, action = control["labels"][-1], control["drawn"]["action_id"]
        label = "More" if control["type"] == "overflow" else label
        self.presses += 1
        self.pressed.add(action)
        outcome = await self._touch(person, surface, label, option)
        await self.stage.settle()
        if not await self._answered(person, outcome, surface):
            self.silent.append(f"{person.id} presses {label} {option or ''} ({action}) on: {_words(surface)[:80]}")
        inside = [one for one in outcome.modal.controls if one["type"] == "button"] if outcome.modal else []
        await person.reload()
        for inner in inside:
            if (name := inner["drawn"]["action_id"]) not in {*self.pressed, *ELSEWHERE}:
                opened = (await self._touch(person, surface, label, option)).modal
                assert opened is not None
                self.pressed.add(name)
                told = await person.presses(inner["labels"][0])
                await self.stage.settle()
                if not await self._answered(person, told, opened):
                    self.silent.append(f"{person.id} presses {inner['labels'][0]} in: {opened.title}")
                await person.reload()

    async def _touch(self, person: Person, surface: Message | Modal, label: str, option: str | None) -> Outcome:
        if option is None:
            return await person.presses(label, on=surface)
        return await person.chooses(label, option, on=surface)

    async def _answered(self, person: Person, outcome: Outcome, before: Message | Modal) -> bool:
        assert outcome.error is None, outcome.error
        if outcome.said or outcome.modal:
            return True
        drawn: Message | Modal | None
        if isinstance(before, Modal):
            drawn = await person.home(opens=False)
        else:
            drawn = next((one for one in await self._reads(person, before.channel) if one.ts == before.ts), None)
        return drawn is not None and drawn.blocks != before.blocks


def _words(surface: Message | Modal) -> str:
    return surface.shown if isinstance(surface, Message) else surface.text


@pytest.fixture
async def presser(database_url: str) -> AsyncIterator[Presser]:
    async with staged(database_url, begin=EVENING) as stage:
        await stage.workspace.set(pace=False)
        yield Presser(stage)


async def test_every_press_is_answered(presser: Presser) -> None:
    stage = presser.stage
    await before_there_is_a_crisis(presser)
    await stage.dana.types("/crisis declare Parcels three weeks late", "#general")
    await stage.settle()
    await something_like_it_is_open(presser)
    await stage.dana.types("/invite @nora", CHANNEL)
    await stage.settle()
    at_first = [message for message in await stage.priya.reads(CHANNEL) if message.buttons]
    await presser.answers(stage.dana, "/crisis draft", CHANNEL)
    for person in (stage.nora, stage.leo, stage.priya):
        await presser.everything(person)
    await the_shift_changes_hands(presser)
    await nobody_takes_the_shift(presser)
    await stage.later(6)
    await something_is_promised(presser)
    for person in (stage.dana, stage.ines, stage.priya):
        await presser.everything(person, at_first)
    await stage.priya.types("/crisis resolve", CHANNEL)
    if await stage.priya.modal():
        await stage.priya.submits()
    await stage.settle()
    for person in (stage.nora, stage.dana):
        await presser.everything(person, at_first)
    assert presser.presses > 100
    assert presser.silent == []
    assert stage.app.doors.actions - presser.pressed == set(ELSEWHERE), "every action is pressed, here or elsewhere"


async def before_there_is_a_crisis(presser: Presser) -> None:
    """A question on the watch card; App Home; the bare command; the form, whose situation is another one."""
    stage = presser.stage
    post = {"external_id": "1", "author": "@jo_m", "text": "My parcel has not come.", "reach": 9000}
    await stage.hook("mentions", post)
    await stage.settle()
    await presser.everything(stage.tom)
    await presser.answers(stage.tom, "/crisis", "#general")
    form = (await stage.dana.types("/crisis declare", "#general")).modal
    assert form is not None
    other = next(one for one in form.options["Situation"] if one != form.values["Situation"])
    await stage.dana.chooses("Situation", other)
    presser.pressed.add("incident.situation")
    await stage.settle()
    drawn = await stage.dana.modal()
    assert drawn is not None
    assert drawn.blocks != form.blocks, "what the plan offers for it stands there now"
    await stage.dana.reload()


async def something_like_it_is_open(presser: Presser) -> None:
    await presser.answers(presser.stage.dana, "/crisis declare Parcels three weeks late", "#general")


async def the_shift_changes_hands(presser: Presser) -> None:
    """Dana offers, Tom can't and nobody stands in for him; then he can."""
    stage = presser.stage
    for _round in ("he can't", "he can"):
        form = (await stage.dana.types("/crisis handover @tom", CHANNEL)).modal
        assert form is not None
        await stage.dana.submits()
        await stage.settle()
        await stage.dana.reload()
        label = "Can't: send my stand-in" if _round == "he can't" else "I have it"
        [offer] = [one for one in await stage.tom.dms() if label in one.buttons and "take over" in one.text]
        control = next(one for one in offer.controls if one["labels"][0] == label)
        await presser.one(stage.tom, offer, control, None)
        if _round == "he can't":
            await presser.everything(stage.dana)


async def nobody_takes_the_shift(presser: Presser) -> None:
    """Sam asks Eva, who sleeps; Tom, who leads by now, hears of it."""
    stage = presser.stage
    await stage.sam.types("/crisis handover @eva", CHANNEL)
    await stage.sam.submits()
    await stage.later(11)
    await stage.later(11)
    [told] = [one for one in await stage.tom.dms() if "Ask somebody else" in one.buttons]
    await presser.all_of(stage.tom, told)


async def something_is_promised(presser: Presser) -> None:
    """Sam promises something and is reminded; he hands it to Leo, who takes it."""
    stage = presser.stage
    await stage.sam.types("/crisis promise call the carrier in 1 hour", CHANNEL)
    await stage.later(54)
    await presser.everything(stage.sam)
    reminder = next(one for one in reversed(await stage.sam.dms()) if "Hand over" in one.buttons)
    await stage.sam.presses("Hand over", on=reminder)
    await stage.sam.submits({"To whom?": "Leo"})
    await stage.settle()
    await stage.sam.reload()
    offer = next(one for one in await stage.leo.dms() if "Take it" in one.buttons)
    await presser.all_of(stage.leo, offer)

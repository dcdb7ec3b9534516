"""Silence is never an answer: whoever presses whatever is in sight sees that it counted, was too late, or isn't theirs.

At four moments of an evening everybody presses everything they see, also from screens that are no longer true.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime

import pytest

from bot.practice.driver import Message, Outcome, Person
from tests.stage import BERLIN, Stage, staged

EVENING = datetime(2026, 11, 22, 22, 58, tzinfo=BERLIN)
CHANNEL = "#crisis-1"
LEFT_ALONE = ("Go to the channel",)
"""A link: the browser follows it."""


@dataclass
class Presser:
    """Somebody who presses everything, and what stayed silent."""

    stage: Stage
    silent: list[str] = field(default_factory=list)
    pressed: int = 0

    async def everything(self, person: Person, old: list[Message]) -> None:
        """Each button of what this person sees now, and of what they had on an older screen."""
        for message in [*await self.in_sight(person), *old]:
            for label in message.buttons:
                if label not in LEFT_ALONE:
                    await self.one(person, label, message)

    async def in_sight(self, person: Person) -> list[Message]:
        channels = ("#crisis-watch", CHANNEL, "dm")
        seen = [message for channel in channels for message in await self._reads(person, channel)]
        return [message for message in seen if message.buttons]

    async def _reads(self, person: Person, channel: str) -> list[Message]:
        known = {one["name"] or "dm" for one in await person._ask("channels")}
        return await person.reads(channel) if channel.removeprefix("#") in known else []

    async def one(self, person: Person, label: str, message: Message) -> None:
        self.pressed += 1
        outcome = await person.presses(label, on=message)
        await self.stage.settle()
        if not self._answered(outcome, message, await self._reads(person, message.channel)):
            self.silent.append(f"{person.id} presses {label} on: {message.shown[:80]}")
        await person.reload()

    def _answered(self, outcome: Outcome, before: Message, after: list[Message]) -> bool:
        assert outcome.error is None, outcome.error
        drawn = next((message for message in after if message.ts == before.ts), None)
        changed = drawn is not None and drawn.blocks != before.blocks
        return bool(outcome.said or outcome.modal or changed)


@pytest.fixture
async def presser(database_url: str) -> AsyncIterator[Presser]:
    async with staged(database_url, begin=EVENING) as stage:
        await stage.workspace.set(pace=False)
        yield Presser(stage)


async def test_every_press_is_answered(presser: Presser) -> None:
    stage = presser.stage
    await stage.hook(
        "mentions", {"external_id": "1", "author": "@jo_m", "text": "My parcel has not come.", "reach": 9000}
    )
    await stage.settle()
    await presser.everything(stage.tom, [])
    await stage.dana.types("/crisis declare Parcels three weeks late", "#general")
    await stage.settle()
    await stage.dana.types("/invite @nora", CHANNEL)
    await stage.settle()
    at_first = [message for message in await stage.priya.reads(CHANNEL) if message.buttons]
    for person in (stage.nora, stage.leo, stage.priya):
        await presser.everything(person, [])
    await stage.later(6)
    for person in (stage.dana, stage.ines, stage.priya):
        await presser.everything(person, at_first)
    await stage.priya.types("/crisis resolve", CHANNEL)
    if await stage.priya.modal():
        await stage.priya.submits()
    await stage.settle()
    for person in (stage.nora, stage.dana):
        await presser.everything(person, at_first)
    assert presser.pressed > 40
    assert presser.silent == []

"""Sunday, 22:58, at Harbour: the hour, the posts and the people that several stories and the pictures begin with."""

from dataclasses import dataclass
from datetime import datetime

from bot.practice.driver import Message, Modal, Outcome, Person
from tests.stage import BERLIN
from tests.stories.phones import Phones

EVENING = datetime(2026, 11, 22, 22, 58, tzinfo=BERLIN)
WATCH, CHANNEL = "#crisis-watch", "#crisis-1"
TITLE = "Parcels three weeks late, no replies"
FIRST_POST = "Three weeks, no parcel, no answer. Is anybody there?"


@dataclass
class Sunday(Phones):
    """The stage at that hour."""

    async def at(self, clock: str) -> None:
        await self.stage.at(clock)

    async def brief(self) -> Message:
        return (await self.dana.reads(CHANNEL))[0]

    async def channel(self) -> list[Message]:
        """The bot's messages in the crisis channel, threads apart."""
        said = await self.dana.reads(CHANNEL)
        return [m for m in said if m.user == "bot" and m.thread_ts in (None, m.ts) and not m.ephemeral]

    async def card(self, begins: str) -> Message:
        """The newest card in the crisis channel that begins so."""
        return [message for message in await self.channel() if message.shown.startswith(begins)][-1]

    async def dm(self, person: Person, words: str) -> Message:
        """The newest DM with these words."""
        return [message for message in await person.dms() if words in message.shown][-1]

    async def reads_and_approves(self, person: Person, on: Message) -> tuple[Modal, Outcome]:
        """Two taps: the screen with the exact text, and the answer to `Approve`."""
        screen = (await person.presses("Read the text", on=on)).modal
        assert screen is not None
        assert screen.submit == "Approve"
        answer = await person.submits()
        await person.closes()
        await self.stage.settle()
        return screen, answer

    async def ticks(self, person: Person, on: Message) -> list[str]:
        """`Mark as published`: all outlets ticked, the links left for later."""
        form = (await person.presses("Mark as published", on=on)).modal
        assert form is not None
        outlets = form.options["Posted on"]
        await person.submits({"Posted on": outlets})
        await person.closes()
        await self.stage.settle()
        return outlets


async def fourteen_posts(sunday: Sunday) -> None:
    for minute in range(14):
        first = minute == 0
        post = {
            "external_id": f"x-{minute}",
            "author": "@jo_m" if first else f"@someone_{minute}",
            "reach": 41_000 if first else 300,
            "channel": "X" if minute % 2 == 0 else "Instagram",
            "text": FIRST_POST if first else "My parcel has not come either.",
            "occurred_at": f"2026-11-22T21:{41 + minute}:00Z",
        }
        status, _answer = await sunday.stage.hook("mentions", post)
        assert status == 202
    await sunday.stage.settle()


def exact(message: Message) -> str:
    """The words that stand alone in a block of their own."""
    [block] = [block for block in message.blocks if block["type"] == "rich_text"]
    return str(block["elements"][0]["elements"][0]["text"])

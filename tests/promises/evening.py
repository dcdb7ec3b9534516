"""A Sunday evening with its own clock: crisis 12 of Harbour, whose people are reminded of what they owe."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlmodel import col

from bot.cards import promises as cards
from bot.desk import Desk
from bot.models import (
    Card,
    ChannelId,
    Effect,
    Incident,
    Member,
    Person,
    Promise,
    Row,
    TimelineEntry,
    UserId,
)
from bot.prompts import Prompts
from bot.roster import Roster
from bot.service.promises import Promises
from bot.store import Store
from bot.views.blocks import Message
from tests.builders import DANA, EVA, INES, LEO, PRIYA, SAM, TEAM, TOM
from tests.promises.rows import OPENED, PLAN, a_crisis

CHANNEL = ChannelId("C0CRISIS12")
BERLIN = "Europe/Berlin"
STRANGER = UserId("USTRANGER")
NAMES = {
    DANA: "Dana",
    PRIYA: "Priya",
    LEO: "Leo",
    INES: "Ines",
    SAM: "Sam",
    TOM: "Tom",
    EVA: "Eva",
    STRANGER: "Vera",
}
CALLED = (DANA, PRIYA, LEO, SAM)


PROMPTS = Prompts()


def harbours_people() -> Roster:
    return Roster(
        team=TEAM,
        roles={
            "lead": (PRIYA,),
            "pr": (PRIYA,),
            "legal": (LEO,),
            "customer_care": (SAM,),
            "social": (DANA,),
            "executive": (EVA,),
        },
        stand_ins={"lead": (TOM,), "pr": (TOM,), "legal": (INES,)},
        active=frozenset(NAMES),
    )


@dataclass
class Evening:
    """The bot at a desk, and what it has sent so far."""

    store: Store
    desk: Desk
    incident: Incident
    now: datetime = OPENED

    @classmethod
    async def begin(cls, store: Store, **fields: Any) -> "Evening":
        incident = a_crisis(channel=CHANNEL, channel_name="crisis-12", **fields)
        desk = Desk(store=store, plan=PLAN, roster=harbours_people(), prompts=PROMPTS)
        evening = cls(store=store, desk=desk, incident=incident)
        store.clock = lambda: evening.now
        people = [Person.new(team=TEAM, user=user, name=name, zone=BERLIN) for user, name in NAMES.items()]
        await evening.save(incident, *people)
        await evening.save(*(Member.new(incident=incident.id, user=user, asked_at=OPENED) for user in CALLED))
        return evening

    @property
    def promises(self) -> Promises:
        return Promises(self.desk)

    async def save(self, *rows: Row) -> None:
        async with self.store.transaction() as tx:
            for row in rows:
                tx.session.add(row)
                await tx.session.flush()

    async def at(self, moment: datetime) -> None:
        """The clock strikes: whatever is due by then happens."""
        self.now = moment
        await self.promises.tick()

    async def promise(self, id: str) -> Promise:
        async with self.store.reading() as tx:
            return await tx.get(Promise, id)

    async def owed(self) -> Sequence[Promise]:
        async with self.store.reading() as tx:
            rows: Sequence[Promise] = await tx.all(select(Promise).order_by(col(Promise.due)))
            return rows

    async def sent(self, to: str | None = None) -> list[str]:
        """Where messages went so far, in order; or the messages to one place."""
        return [message.text if to else card.place for card, message in await self.cards(to)]

    async def cards(self, to: str | None = None) -> list[tuple[Card, Message]]:
        """The cards about promises in one place (or everywhere), as they look now. (Texts have cards of their own.)"""
        async with self.store.reading() as tx:
            found: list[tuple[Card, Message]] = []
            ours = select(Card).where(col(Card.kind).in_(cards.CARDS))
            posted = ours.join(Effect, col(Effect.key) == "post:" + col(Card.id)).order_by(col(Effect.sequence))
            for card in await tx.all(posted):
                message = await cards.CARDS[card.kind](self.desk, tx, card)
                if message is not None and to in (None, card.place):
                    found.append((card, message))
            return found

    async def reads(self, place: str) -> str:
        """Everything that stands in a DM or in the channel."""
        return "\n".join(said(message) for _card, message in await self.cards(place))

    async def buttons(self, place: str) -> list[str]:
        return [label for _card, message in await self.cards(place) for label in labels(message.blocks)]

    async def noted(self, kind: str) -> Sequence[TimelineEntry]:
        async with self.store.reading() as tx:
            rows: Sequence[TimelineEntry] = await tx.all(select(TimelineEntry).where(col(TimelineEntry.kind) == kind))
            return rows


def said(message: Message) -> str:
    return json.dumps([message.text, message.blocks], ensure_ascii=False)


def labels(blocks: Sequence[dict[str, Any]]) -> list[str]:
    """What can be pressed."""
    elements = [
        element
        for block in blocks
        for element in [*block.get("elements", ()), block.get("accessory") or {}]
        if element.get("type") in ("button", "overflow")
    ]
    return [
        *(element["text"]["text"] for element in elements if element["type"] == "button"),
        *(
            option["text"]["text"]
            for element in elements
            if element["type"] == "overflow"
            for option in element["options"]
        ),
    ]

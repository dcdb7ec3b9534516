"""A Sunday evening with its own clock: a crisis of Harbour has just opened, and its texts are on the desk."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlmodel import col

from bot.answer import Answer
from bot.cards import draw
from bot.desk import Desk
from bot.models import (
    Approval,
    Ask,
    Audience,
    Card,
    Delivery,
    Effect,
    Incident,
    Kind,
    Person,
    Publication,
    Signal,
    Text,
    TimelineEntry,
    UserId,
    Version,
    new_id,
)
from bot.plan import Plan, parse_plan
from bot.prompts import Prompts
from bot.roster import Roster
from bot.service import Service
from bot.service.declarations import Declaration, open_crisis
from bot.store import Store
from bot.views.blocks import Message
from bot.views.text_forms import EditData
from tests.builders import DANA, EVA, INES, LEO, NORA, PRIYA, SAM, TEAM, TOM
from tests.texts.rows import OPENED

CHANNEL = "C0CRISIS1"
CALLS = "C0CALLS"
MINUTE = timedelta(minutes=1)
BERLIN = "Europe/Berlin"
NAMES: Mapping[UserId, str] = {
    DANA: "Dana",
    PRIYA: "Priya",
    LEO: "Leo",
    INES: "Ines",
    SAM: "Sam",
    TOM: "Tom",
    EVA: "Eva",
    NORA: "Nora",
}
PROMPTS = Prompts()
PLAN = """
version: 1
company: {name: Harbour, link: https://harbour.example/help, contact: care@harbour.example, languages: [en, de]}
zone: Europe/Berlin
front_line: ["#call-centre"]
roles:
  lead: {people: [priya@harbour.example]}
  pr: {people: [priya@harbour.example]}
  legal: {people: [leo@harbour.example]}
  customer_care: {people: [sam@harbour.example]}
  social: {people: [dana@harbour.example]}
"""
HARBOUR = parse_plan(PLAN)


def harbours_people(**fields: Any) -> Roster:
    known: dict[str, Any] = {
        "team": TEAM,
        "roles": {
            "lead": (PRIYA,),
            "pr": (PRIYA,),
            "legal": (LEO,),
            "customer_care": (SAM,),
            "social": (DANA,),
            "executive": (EVA,),
        },
        "stand_ins": {"lead": (TOM,), "pr": (TOM,), "legal": (INES,)},
        "channels": {"#call-centre": CALLS},
        "active": frozenset(NAMES),
    }
    return Roster(**known | fields)


class Evening:
    """The bot at a desk. `now` is the time of day; people act by their ids."""

    def __init__(self, store: Store, desk: Desk) -> None:
        self.store = store
        self.desk = desk
        self.service = Service(desk)
        self.now = OPENED
        self._presses = 0
        store.clock = lambda: self.now

    @classmethod
    async def begin(
        cls,
        store: Store,
        *,
        quote: bool = True,
        language: str | None = None,
        roster: Roster | None = None,
        plan: Plan | None = None,
        declared_by: UserId = DANA,
        severity: str = "critical",
    ) -> "Evening":
        """Opened at 22:58 by Dana, its channel there; `quote`: somebody complained at 22:41."""
        desk = Desk(
            store=store,
            plan=plan or HARBOUR,
            roster=roster or harbours_people(),
            prompts=PROMPTS,
        )
        evening = cls(store, desk)
        async with store.transaction() as tx:
            for user, name in NAMES.items():
                tx.session.add(Person.new(team=TEAM, user=user, name=name, zone=BERLIN))
            alert = await evening._alert(tx, language) if quote else ""
            said = Declaration(
                title="Parcels three weeks late",
                situation="late_delivery",
                severity=severity,
                audience=Audience.TEAM,
                alert=alert,
            )
            incident = await open_crisis(desk, tx, said, declared_by=declared_by)
        async with store.transaction() as tx:
            await evening.service.declarations.channel_created(tx, incident.id, CHANNEL, "crisis-1")
        evening.incident_id = incident.id
        return evening

    incident_id: str

    async def _alert(self, tx: Any, language: str | None) -> str:
        from bot.models import Alert

        delivery = Delivery.new(
            id=new_id(), team=TEAM, source="mentions", dedupe="1", sha256="1", body=b"{}", received_at=OPENED
        )
        alert = Alert.new(id=new_id(), team=TEAM, rule="late_parcels", first_seen_at=OPENED)
        signal = Signal.new(
            id=new_id(), team=TEAM, source="mentions", dedupe="1", delivery=delivery.id, alert=alert.id, author="jo_m",
            text="Three weeks, no parcel, no answer. Is anybody there?", channel="X", language=language,
            occurred_at=OPENED - 17 * MINUTE, received_at=OPENED,
        )  # fmt: skip
        for row in (delivery, alert, signal):
            tx.session.add(row)
            await tx.session.flush()
        alert.quote = signal.id
        return alert.id

    def key(self) -> str:
        self._presses += 1
        return f"press:{self._presses}"

    async def at(self, moment: datetime) -> None:
        """The clock strikes: whatever is due by then happens, first with the words, then with the people."""
        self.now = moment
        for _again in range(3):
            await self.service.texts.tick()
            await self.service.members.tick()

    async def after(self, minutes: float) -> None:
        await self.at(self.now + minutes * MINUTE)

    async def incident(self) -> Incident:
        async with self.store.reading() as tx:
            return await tx.get(Incident, self.incident_id)

    async def text(self, kind: Kind = Kind.FIRST_WORD) -> Text:
        """The newest text of this kind."""
        async with self.store.reading() as tx:
            found = await tx.first(select(Text).where(col(Text.kind) == kind).order_by(col(Text.created_at).desc()))
            assert isinstance(found, Text), kind
            return found

    async def version(self, kind: Kind = Kind.FIRST_WORD) -> Version:
        """The current wording of the newest text of this kind."""
        text = await self.text(kind)
        async with self.store.reading() as tx:
            return await tx.get(Version, str(text.current))

    async def rows(self, query: Any) -> Sequence[Any]:
        async with self.store.reading() as tx:
            return await tx.all(query)

    async def asks(self, kind: Kind = Kind.FIRST_WORD, *, opened: bool = True) -> list[Ask]:
        """Who is asked about the newest text of this kind, in order; only those nobody has settled."""
        text = await self.text(kind)
        asks = await self.rows(select(Ask).where(col(Ask.text) == text.id).order_by(col(Ask.asked_at)))
        return [ask for ask in asks if not opened or ask.settled_at is None]

    async def asked(self, kind: Kind = Kind.FIRST_WORD) -> set[UserId]:
        return {ask.user for ask in await self.asks(kind)}

    async def approvals(self, kind: Kind = Kind.FIRST_WORD) -> list[tuple[UserId, str, str]]:
        """Who, for which role, with which hash: of every version of the newest text of this kind."""
        text = await self.text(kind)
        query = select(Approval).join(Version, col(Version.id) == col(Approval.version))
        rows = await self.rows(query.where(col(Version.text) == text.id).order_by(col(Approval.at)))
        return [(row.by, row.role, row.sha256) for row in rows]

    async def approve(self, by: UserId, kind: Kind = Kind.FIRST_WORD, *, version: str | None = None) -> Answer:
        current = (await self.version(kind)).id
        return await self.service.texts.approve(version or current, by=by, key=self.key())  # type: ignore[arg-type]

    async def edit(
        self,
        by: UserId,
        body: str,
        kind: Kind = Kind.FIRST_WORD,
        *,
        opened_on: str | None = None,
        next_update: datetime | None = None,
        **boxes: bool,
    ) -> Answer:
        """Saved as the form was filled in: the time stays, unless `next_update` or a box says otherwise."""
        current = await self.version(kind)
        time = next_update or current.promised_at
        typed: dict[str, Any] = {"body": body, "next_update": int(time.timestamp()) if time else None}
        typed |= {name: ["yes"] if ticked else [] for name, ticked in boxes.items()}
        data = EditData(version=opened_on or current.id)
        return await self.service.texts.edit(data, typed, by=by, key=self.key())

    async def tick_off(self, by: UserId, *outlets: str, kind: Kind = Kind.FIRST_WORD, **more: Any) -> Answer:
        """`Mark as published`, now."""
        version = (await self.version(kind)).id
        typed = {"outlets": list(outlets), "at": int(self.now.timestamp()), **more}
        return await self.service.texts.published(version, typed, by=by, key=self.key())

    async def publications(self, kind: Kind = Kind.FIRST_WORD) -> list[Publication]:
        text = await self.text(kind)
        return list(await self.rows(select(Publication).where(col(Publication.text) == text.id)))

    async def posts(self, place: str | None = None) -> list[str]:
        """The kinds of the messages sent so far to one place, in order; or everywhere, as "kind to place"."""
        query = select(Card).join(Effect, col(Effect.key) == "post:" + col(Card.id)).order_by(col(Effect.sequence))
        cards = await self.rows(query)
        return [card.kind if place else f"{card.kind} to {card.place}" for card in cards if place in (None, card.place)]

    async def card(self, kind: str, place: str, subject: str | None = None) -> Message:
        """The newest card of this kind in one place, as it looks now."""
        query = select(Card).join(Effect, col(Effect.key) == "post:" + col(Card.id)).order_by(col(Effect.sequence))
        async with self.store.reading() as tx:
            cards = [c for c in await tx.all(query) if c.kind == kind and c.place == place]
            found = [c for c in cards if subject in (None, c.subject)]
            assert found, f"no {kind} in {place}"
            message = await draw(self.desk, tx, found[-1])
            assert message is not None
            return message

    async def words(self, kind: Kind = Kind.FIRST_WORD) -> Message:
        """The words card of the newest text of this kind."""
        return await self.card("words", CHANNEL, (await self.text(kind)).id)

    async def noted(self, kind: str) -> Sequence[TimelineEntry]:
        rows: Sequence[TimelineEntry] = await self.rows(select(TimelineEntry).where(col(TimelineEntry.kind) == kind))
        return rows


def said(message: Message | Answer) -> str:
    """Everything somebody reads on it, and its buttons."""
    blocks = message.blocks if isinstance(message, Message) else (message.view or message.opens or message.blocks)
    return json.dumps([message.text, blocks], ensure_ascii=False)


def menu(message: Message) -> list[str]:
    """What `More` offers."""
    elements = [element for block in message.blocks for element in block.get("elements", ())]
    menus = [element["options"] for element in elements if element.get("type") == "overflow"]
    return [option["text"]["text"] for options in menus for option in options]


def buttons(message: Message | Answer) -> list[str]:
    """What can be pressed, by label, in order; the form's own button last."""
    view = None if isinstance(message, Message) else message.view or message.opens
    blocks = view["blocks"] if view else message.blocks
    elements = [element for block in blocks for element in [*block.get("elements", ()), block.get("accessory") or {}]]
    labels = [element["text"]["text"] for element in elements if element.get("type") == "button"]
    if view and view.get("submit"):
        labels.append(view["submit"]["text"])
    return labels

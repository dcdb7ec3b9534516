"""Reminders, what is owed to the first to complain, and hand-overs: from ids to rows to the view."""

from collections.abc import Iterable, Sequence

from sqlalchemy import select
from sqlmodel import col

from bot.cards.incidents import names
from bot.cards.readers import goes_to_person
from bot.core.promise import KEPT_BY
from bot.desk import Desk
from bot.models import (
    Card,
    Incident,
    Kind,
    Promise,
    Reminder,
    Signal,
    Text,
    TextState,
    TimelineEntry,
    UserId,
)
from bot.rights import may_see
from bot.store import Tx
from bot.views import promise as views
from bot.views.blocks import Message
from bot.views.promise import Owed, Seen

OPENED_WITH = {KEPT_BY[kind]: kind for kind in (Kind.FIRST_WORD, Kind.HOLDING_STATEMENT)}
"""The opening's promises are kept by the texts it wrote, which were not there yet when the promises were made."""


async def owed(tx: Tx, promises: Iterable[Promise]) -> list[Owed]:
    """Promises with their texts, soonest first."""
    found = []
    for promise in sorted(promises, key=lambda p: p.due):
        text = await text_of(tx, promise)
        quote = await tx.one(Signal, text.answers) if text else None
        found.append(Owed(promise=promise, text=text, quote=quote))
    return found


async def text_of(tx: Tx, promise: Promise) -> Text | None:
    """The text that keeps this promise, or kept it."""
    if promise.text:
        return await tx.one(Text, promise.text)
    if promise.kind not in OPENED_WITH:
        return None
    ours = (col(Text.incident) == promise.incident, col(Text.kind) == OPENED_WITH[promise.kind])
    query = (
        select(Text)
        .where(*ours, col(Text.state) != TextState.WITHDRAWN)
        .order_by(col(Text.created_at).desc(), col(Text.id).desc())
    )
    found = await tx.first(query)
    return found if isinstance(found, Text) else None


async def seen_by(
    tx: Tx, incident: Incident, reader: UserId | None, owed: Sequence[Owed], *also: str | None, zone: str | None = None
) -> Seen:
    """How these promises look to one person, or to the channel."""
    people: set[str | None] = {reader, incident.lead, *also}
    for one in owed:
        people |= {one.promise.owner, one.promise.offered_to, one.promise.settled_by}
    if zone is None:
        person = await tx.person(reader)
        zone = person.zone if person and person.zone else incident.zone
    return Seen(incident=incident, zone=zone, now=tx.now, reader=reader, names=await names(tx, people))


async def reminder(desk: Desk, tx: Tx, card: Card) -> Message | None:
    row = await tx.get(Reminder, card.subject)
    incident = await tx.get(Incident, row.incident)
    if row.to is not None and not await may_see(desk, tx, incident, row.to):
        return None
    about = await owed(tx, await tx.all(select(Promise).where(col(Promise.id).in_(row.promises))))
    return views.reminder(row, about, await seen_by(tx, incident, row.to, about, *row.asked_before))


async def first_complaint(desk: Desk, tx: Tx, card: Card) -> Message | None:
    promise = await tx.get(Promise, card.subject)
    incident = await tx.get(Incident, promise.incident)
    reader = _reader(card)
    if reader is not None and not await may_see(desk, tx, incident, reader):
        return None
    about = await owed(tx, [promise])
    return views.first_complaint(about[0], await seen_by(tx, incident, reader, about))


async def handover(desk: Desk, tx: Tx, card: Card) -> Message | None:
    entry = await tx.get(TimelineEntry, card.subject)
    promise = await tx.get(Promise, entry.data["promise"])
    incident = await tx.get(Incident, promise.incident)
    about = await owed(tx, [promise])
    return views.handover(about[0], entry, await seen_by(tx, incident, _reader(card), about, entry.by))


def _reader(card: Card) -> UserId | None:
    return UserId(card.place) if goes_to_person(card.place) else None


CARDS = {"reminder": reminder, "owed": first_complaint, "handover": handover}

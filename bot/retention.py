"""Forgetting in time: rows that hold strangers' words, or that nobody needs any more, go when the plan says so."""

from collections import Counter
from datetime import datetime, time, timedelta
from typing import Any, cast
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Delete, Update, and_, delete, exists, or_, select, true, update
from sqlmodel import col

from bot.answer import Repeated
from bot.i18n import _
from bot.models import (
    Alert,
    AlertState,
    Delivery,
    Effect,
    EffectState,
    InboundKey,
    Incident,
    Report,
    Row,
    Signal,
    Stage,
)
from bot.plan import Plan
from bot.plan.model import Retention as Windows
from bot.store import Store, Tx

HOUR = time(3)
"""When it happens, in the plan's zone."""
BATCH = 500
"""Rows of a kind in one transaction, so that nobody waits long for the writer."""


class Retention:
    """The nightly job: due once a day, done by whichever process claims the day first."""

    def __init__(self, store: Store, plan: Plan) -> None:
        self.store = store
        self.plan = plan
        self._claimed: datetime | None = None
        """A night that we know somebody has claimed."""

    async def next_due(self, tx: Tx) -> datetime | None:
        """Tonight, or at once where the last night was missed."""
        last, coming = _nights(tx.now, self.plan.zone)
        if self._claimed != last and await tx.one(InboundKey, _key(last)):
            self._claimed = last
        return coming if self._claimed == last else last

    async def tick(self) -> None:
        """Claims the night in a transaction of its own; what a broken-off night leaves over, the next one removes."""
        async with self.store.reading() as tx:
            last, _coming = _nights(tx.now, self.plan.zone)
        try:
            async with self.store.transaction(_key(last)):
                pass  # the claim is the row itself
        except Repeated:
            return
        await purge(self.store, self.plan)


def _nights(now: datetime, zone: str) -> tuple[datetime, datetime]:
    """The last time it was due, and the next."""
    here = now.astimezone(ZoneInfo(zone))
    today = datetime.combine(here.date(), HOUR, ZoneInfo(zone))
    day = timedelta(days=1)
    return (today, today + day) if today <= here else (today - day, today)


def _key(night: datetime) -> str:
    return f"purge:{night.date().isoformat()}"


async def purge(store: Store, plan: Plan) -> dict[str, int]:
    """Removes everything older than the plan keeps it, a batch of each kind at a time; how many rows of each it was."""
    removed: Counter[str] = Counter()
    while True:
        async with store.transaction() as tx:
            batch = {
                name: cast("int", cast("Any", await tx.session.execute(statement)).rowcount)
                for name, statement in _statements(plan.retention, tx.now)
            }
        removed.update(batch)
        if max(batch.values()) < BATCH:
            return dict(removed)


def _statements(keep: Windows, now: datetime) -> list[tuple[str, Delete | Update]]:
    """What goes, in the order that leaves no row pointing at nothing."""
    reported = exists().where(col(Report.signal) == col(Signal.id))
    has_signals = exists().where(col(Signal.delivery) == col(Delivery.id))
    old = col(Delivery.received_at) < now - keep.deliveries
    refused = and_(col(Delivery.refused).is_not(None), col(Delivery.received_at) < now - keep.refused)
    answered = col(InboundKey.at) < now - keep.inbound_keys
    sent = and_(col(Effect.state) != EffectState.PENDING, col(Effect.created_at) < now - keep.effects)
    return [
        # Who reported a post, and what they added, goes with it.
        (_("reports"), _removed(Report, col(Report.id), _of_forgettable(now - keep.signals))),
        (_("signals"), _removed(Signal, col(Signal.id), and_(_forgettable(now - keep.signals), ~reported))),
        (_("deliveries"), _removed(Delivery, col(Delivery.id), and_(or_(old, refused), ~has_signals))),
        # A post made of it is kept longer, so the row stays; what was sent, byte for byte, does not.
        (_("bodies of deliveries"), _emptied(and_(old, has_signals, col(Delivery.body) != b""))),
        (_("answered presses"), _removed(InboundKey, col(InboundKey.key), answered)),
        (_("records of what was sent"), _removed(Effect, col(Effect.id), sent)),
    ]


def _of_forgettable(before: datetime) -> ColumnElement[bool]:
    """What belongs to such a post."""
    return col(Report.signal).in_(select(col(Signal.id)).where(_forgettable(before), _unheld(Signal)))


def _forgettable(before: datetime) -> ColumnElement[bool]:
    """Posts and alarms that neither an open crisis nor an open question needs."""
    needed = exists().where(
        col(Incident.id) == col(Signal.incident), or_(col(Incident.stage) != Stage.CLOSED, ~_unheld(Incident))
    )
    asked = exists().where(col(Alert.id) == col(Signal.alert), col(Alert.state) == AlertState.ASKING)
    return and_(col(Signal.received_at) < before, ~needed, ~asked)


def _unheld(model: type[Row]) -> ColumnElement[bool]:
    """Rows that no legal hold keeps, where rows of this kind can be held."""
    held = getattr(model, "legal_hold", None)
    return true() if held is None else col(held).is_not(True)


def _removed(model: type[Row], key: Any, goes: ColumnElement[bool]) -> Delete:
    return delete(model).where(key.in_(select(key).where(goes, _unheld(model)).limit(BATCH)))


def _emptied(goes: ColumnElement[bool]) -> Update:
    some = select(col(Delivery.id)).where(goes, _unheld(Delivery)).limit(BATCH)
    return update(Delivery).where(col(Delivery.id).in_(some)).values(body=b"")

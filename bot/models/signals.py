"""What comes from outside: deliveries, posts, the question on a watch card, colleagues' reports."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, UniqueConstraint

from bot.models import columns
from bot.models.columns import Row
from bot.models.ids import AlertId, ChannelId, DeliveryId, IncidentId, SignalId, TeamId, UserId
from bot.models.states import AlertState


class Delivery(Row, table=True):
    """What a source sent, byte for byte, stored before it was acknowledged."""

    __table_args__ = (
        UniqueConstraint("team", "source", "dedupe"),
        Index(None, "team", "source", "sha256", "received_at"),
    )

    id: DeliveryId = columns.id()
    team: TeamId = columns.text()
    source: str
    dedupe: str
    """`id:` + the sender's delivery id, else `body:` + hash + the time it was first seen."""
    sha256: str
    body: bytes
    content_type: str | None = None
    received_at: datetime = columns.time(index=True)
    refused: str | None = columns.long(default=None)
    """Why it could not be read (422); kept for inspection."""


class Signal(Row, table=True):
    """What we made of a delivery: one post, alert or recovery."""

    __table_args__ = (UniqueConstraint("team", "source", "dedupe"),)

    id: SignalId = columns.id()
    team: TeamId = columns.text()
    source: str
    dedupe: str
    """External id or fingerprint + status + start; with none of these the delivery and its place in it."""
    delivery: DeliveryId = columns.ref("delivery")
    rule: str | None = None
    alert: AlertId | None = columns.ref("alert", optional=True)
    incident: IncidentId | None = columns.ref("incident", optional=True)
    title: str = columns.long(default="")
    text: str = columns.long(default="")
    author: str | None = None
    reach: int | None = None
    url: str | None = columns.long(default=None)
    channel: str | None = None
    """Where it was said: "X", "Instagram" …"""
    language: str | None = None
    severity: str | None = None
    status: str | None = None
    recovery: bool = False
    occurred_at: datetime | None = columns.time(default=None)
    received_at: datetime = columns.time(index=True)
    fields: dict[str, Any] = columns.json(dict)
    """Keys we do not know, kept."""


class Alert(Row, table=True):
    """The question on a watch card: is this a crisis? Signals of one rule share it."""

    __table_args__ = (UniqueConstraint("team", "open_key"),)

    id: AlertId = columns.id()
    team: TeamId = columns.text()
    rule: str
    open_key: str | None = None
    """The rule while the question is open, so that a rule never has two; empty afterwards."""
    state: AlertState = columns.enum(AlertState, default=AlertState.ASKING)
    count: int = 0
    channels: list[str] = columns.json(list)
    reach: int | None = None
    """The largest audience among the posts."""
    quote: SignalId | None = columns.text(default=None)
    """The first post: it is shown on the card."""
    first_mention_at: datetime | None = columns.time(default=None)
    first_seen_at: datetime = columns.time()
    recovered_at: datetime | None = columns.time(default=None)
    rung: int = 0
    """How far the question has climbed in the plan's `duty`."""
    asked: UserId | None = columns.text(default=None)
    asked_before: list[str] = columns.json(list)
    decide_by: datetime | None = columns.time(default=None, index=True)
    """When the next one is asked; empty once decided or when nobody is left."""
    incident: IncidentId | None = columns.text(default=None)
    decided_by: UserId | None = columns.text(default=None)
    decided_at: datetime | None = columns.time(default=None)


class Report(Row, table=True):
    """A colleague pointed the crisis team at a message; they hear what came of it. One row for each who did."""

    __table_args__ = (UniqueConstraint("signal", "by"),)

    id: str = columns.id()
    team: TeamId = columns.text()
    signal: SignalId = columns.ref("signal")
    """What was reported: of the same message there is one, however many report it."""
    by: UserId = columns.text(index=True)
    channel: ChannelId | None = columns.text(default=None)
    """Where the message stands; nowhere, when it was typed after `/crisis report`."""
    ts: str | None = None
    note: str = columns.long(default="")
    at: datetime = columns.time()
    told_at: datetime | None = columns.time(default=None)
    """When they were told what was decided."""
    answered_at: datetime | None = columns.time(default=None, index=True)
    """When they were told the public answer, or that there is none: from then on nothing is owed to them."""

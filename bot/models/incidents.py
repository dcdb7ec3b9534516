"""A crisis, who is called to it, and what happened in it."""

from datetime import datetime
from typing import Any

from sqlalchemy import String, UniqueConstraint
from sqlmodel import Field

from bot.models import columns
from bot.models.columns import Row
from bot.models.ids import ChannelId, HandoverId, IncidentId, MemberId, TeamId, UserId, VersionId
from bot.models.states import Audience, HandoverState, Here, Move, Stage


class Counter(Row, table=True):
    """The last number given out, by name ("incident")."""

    team: TeamId = Field(primary_key=True, sa_type=String)
    name: str = Field(primary_key=True)
    value: int


class Incident(Row, table=True):
    """A crisis: one number, one channel, one lifecycle."""

    __table_args__ = (UniqueConstraint("team", "number"),)

    id: IncidentId = columns.id()
    team: TeamId = columns.text()
    number: int
    title: str = columns.long()
    context: str = columns.long(default="")
    """What the declarer typed beyond the title: background for people and model, never a fact."""
    situation: str
    severity: str
    audience: Audience = columns.enum(Audience)
    stage: Stage = columns.enum(Stage, default=Stage.OPEN, index=True)
    rule: str | None = Field(default=None, index=True)
    """The rule of the plan that raised it."""
    declared_by: UserId | None = columns.text(default=None)
    """Nobody, when a rule with the outcome `raise` opened it."""
    lead: UserId | None = columns.text(default=None)
    zone: str
    opened_at: datetime = columns.time()
    first_mention_at: datetime | None = columns.time(default=None)
    """When the first post was written."""
    first_seen_at: datetime | None = columns.time(default=None)
    """When we received it."""
    contained_at: datetime | None = columns.time(default=None)
    resolved_at: datetime | None = columns.time(default=None)
    closed_at: datetime | None = columns.time(default=None)
    close_reasons: dict[str, str] = columns.json(dict)
    """What was still open when it was closed, and why: row id -> reason."""
    closed_as: Move | None = columns.enum(Move, default=None, nullable=True)
    """How it was closed: put away, a false alarm, or merged into another."""
    closed_by: UserId | None = columns.text(default=None)
    closed_because: str | None = columns.long(default=None)
    """One line of whoever called it a false alarm."""
    merged_into: IncidentId | None = columns.text(default=None, index=True)
    """The crisis in which this one goes on."""
    channel: ChannelId | None = columns.text(default=None, index=True)
    channel_name: str | None = None
    position: VersionId | None = columns.text(default=None)
    """The latest approved public text; everything else says the same."""
    gaps: list[str] = columns.json(list)
    """Roles nobody fills, of which the lead has been told."""
    view: str | None = None
    """The modal it was declared in: it turns into the news once there is a channel."""


class Member(Row, table=True):
    """Somebody called into a crisis."""

    __table_args__ = (UniqueConstraint("incident", "user"),)

    id: MemberId = columns.id()
    incident: IncidentId = columns.ref("incident")
    user: UserId = columns.text()
    roles: list[str] = columns.json(list)
    stands_in_for: UserId | None = columns.text(default=None)
    state: Here = columns.enum(Here, default=Here.ASKED)
    asked_at: datetime = columns.time()
    answered_at: datetime | None = columns.time(default=None)
    silent_at: datetime | None = columns.time(default=None, index=True)
    """When silence brings the stand-in; empty once they answered or the stand-in was asked."""


class Handover(Row, table=True):
    """Somebody ends their shift: another is asked to take everything of theirs in one crisis."""

    id: HandoverId = columns.id()
    incident: IncidentId = columns.ref("incident")
    giver: UserId = columns.text()
    to: UserId = columns.text()
    instead_of: UserId | None = columns.text(default=None)
    """Who was asked first and can't."""
    words: str = columns.long(default="")
    """What the giver would do next."""
    state: HandoverState = columns.enum(HandoverState, default=HandoverState.OFFERED)
    asked_at: datetime = columns.time()
    settled_at: datetime | None = columns.time(default=None)
    step: int = 0
    """How often somebody was told that nobody has taken it yet."""
    next_at: datetime | None = columns.time(default=None, index=True)
    """When the next one is told; empty once it is settled, or when all were told."""
    roles: list[str] = columns.json(list)
    """What went over with it."""
    promises: list[str] = columns.json(list)
    led: bool = False


class TimelineEntry(Row, table=True):
    """One thing that happened; `kind` is in the past tense ("version_approved")."""

    id: str = columns.id()
    incident: IncidentId = columns.ref("incident")
    at: datetime = columns.time()
    kind: str
    by: UserId | None = columns.text(default=None)
    data: dict[str, Any] = columns.json(dict)


class PinnedMessage(Row, table=True):
    """A message that somebody put on the timeline with a pushpin."""

    __table_args__ = (UniqueConstraint("incident", "ts"),)

    id: str = columns.id()
    incident: IncidentId = columns.ref("incident")
    channel: ChannelId = columns.text()
    ts: str
    author: str = ""
    """A person's id, or the name of an app."""
    words: str = columns.long(default="")
    """As they stood when it was pinned."""
    said_at: datetime = columns.time()
    link: str = columns.long(default="")
    edited: bool = False
    """It had been changed before it was pinned."""
    read_at: datetime | None = columns.time(default=None)
    """When its words were fetched; empty until then."""
    gone: bool = False
    """It was deleted before its words could be fetched."""
    pinned_by: UserId = columns.text()
    """Who was the first to put a pushpin on it; the first one again, after it was taken off."""
    touched_by: UserId = columns.text()
    """Who put a pushpin on it last, or took one off."""
    touched_at: datetime = columns.time()
    entry: str | None = columns.text(default=None)
    """Its line of the timeline, once there is one."""
    off_by: UserId | None = columns.text(default=None)
    off_at: datetime | None = columns.time(default=None)
    """When the last pushpin was taken off."""

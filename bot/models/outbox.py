"""What is to be done in the world, what stands there, and what has been answered."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Index, UniqueConstraint
from sqlmodel import Field

from bot.models import columns
from bot.models.columns import Row
from bot.models.ids import CardId, ChannelId, EffectId, IncidentId, TeamId
from bot.models.states import EffectState


class Card(Row, table=True):
    """A message of ours in Slack: state is edited in place, so we keep where it is."""

    __table_args__ = (UniqueConstraint("kind", "subject", "place"),)

    id: CardId = columns.id()
    team: TeamId = columns.text()
    kind: str
    """Which view draws it; see `bot/cards`."""
    subject: str = Field(index=True)
    """The row it shows."""
    place: ChannelId = columns.text()
    """Where it was meant for: a channel, or a person for their DM."""
    thread: CardId | None = columns.text(default=None)
    """The card in whose thread it stands."""
    channel: ChannelId | None = columns.text(default=None)
    ts: str | None = None
    sent_at: datetime | None = columns.time(default=None)


class Lane(Row, table=True):
    """Order and pace of one Slack channel, or of one method."""

    name: str = Field(primary_key=True)
    not_before: datetime = columns.time()
    """Nothing of this lane starts earlier."""
    held_by: str | None = None
    """The token of the effect in flight: a channel never has two."""
    held_until: datetime | None = columns.time(default=None)


class Effect(Row, table=True):
    """Something that must happen in the world because of a decision; done by the outbox after the commit."""

    __table_args__ = (Index("ix_effect_waiting", "state", "not_before"),)

    id: EffectId = columns.id()
    key: str = Field(unique=True)
    """`kind:subject:occasion`: the same decision twice is one effect."""
    kind: str
    incident: IncidentId | None = columns.text(default=None, index=True)
    lane: str = Field(index=True)
    priority: int
    """Lower goes first within a lane."""
    sequence: int = Field(sa_type=BigInteger)
    """Order within a priority: microseconds of the decision, then its place in it."""
    generation: int = 1
    """Raised when a pending or running refresh is wanted again; done only if it has not changed since the claim."""
    payload: dict[str, Any] = columns.json(dict)
    state: EffectState = columns.enum(EffectState, default=EffectState.PENDING)
    not_before: datetime = columns.time()
    token: str | None = None
    """Fencing: only the claimer that wrote it may complete the effect."""
    leased_until: datetime | None = columns.time(default=None)
    attempts: int = 0
    first_attempt_at: datetime | None = columns.time(default=None)
    unknown: bool = False
    """An earlier attempt may have taken effect: look before repeating."""
    error: str | None = columns.long(default=None)
    created_at: datetime = columns.time()
    done_at: datetime | None = columns.time(default=None)


class InboundKey(Row, table=True):
    """A press, command or event that was already answered, with the answer."""

    key: str = Field(primary_key=True)
    at: datetime = columns.time(index=True)
    answer: dict[str, Any] = columns.json(dict)

"""What a decision may ask for, and how it says no.

A decision function is handed rows and `now`, changes those rows, and returns a `Decision`: new rows, and what has to
happen in the world because of them. Nothing here touches the world; the outbox does, after the commit.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum
from typing import Any

from bot.models import ChannelId, IncidentId, Row, TextId, TimelineEntry, UserId


class Refused(Exception):
    """The rules say no. The sentence is shown to the person who asked; `field` names the modal's field it is about."""

    def __init__(self, sentence: str, *, field: str | None = None) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.field = field


class Later(Exception):
    """Slack or the model is unwell: try again, not before `after` seconds where they said so."""

    def __init__(self, why: str, *, after: float | None = None, unknown: bool = False) -> None:
        super().__init__(why)
        self.after = after
        self.unknown = unknown
        """The call may have taken effect all the same: look before repeating."""


class NotYet(Later):
    """Only this effect waits, for something of our own; nothing is wrong with its lane."""


class Priority(IntEnum):
    """Who goes first in a lane."""

    DUTY = 0
    """Somebody must act by a time: an approval asked, a broken promise. Or need not any more: what is settled in one
    place is settled in all of them at once."""
    OPENING = 10
    NORMAL = 20
    EDIT = 30
    COUNT = 40
    """A number that grows: it may wait a little, so that a storm leaves room for everything else."""


@dataclass(frozen=True, kw_only=True)
class CreateChannel:
    """The channel of a crisis; its result is the verb `channel_created`."""

    incident: IncidentId


@dataclass(frozen=True, kw_only=True)
class Invite:
    """Brings people into the crisis channel in one call; who is already there stays."""

    incident: IncidentId
    users: Sequence[UserId]


@dataclass(frozen=True, kw_only=True)
class SetTopic:
    incident: IncidentId


@dataclass(frozen=True, kw_only=True)
class Show:
    """This card stands in this place (a channel, or a person's DM) and is current. A new card is a message, a known one an edit."""

    kind: str
    subject: str
    place: ChannelId | UserId
    incident: IncidentId | None = None
    priority: Priority = Priority.NORMAL
    under: tuple[str, str] | None = None
    """The (kind, subject) of the card in the same place in whose thread it stands."""
    pin: bool = False


@dataclass(frozen=True, kw_only=True)
class BringDown:
    """A card of the crisis channel is to be looked at again: where talk has pushed it up, it stands at the bottom anew,
    and a line with a link stays behind. Looked at once for each `occasion`."""

    kind: str
    subject: str
    place: ChannelId
    occasion: str
    incident: IncidentId


@dataclass(frozen=True, kw_only=True)
class Refresh:
    """Every card that shows one of these rows is drawn again, wherever it stands."""

    subjects: Sequence[str]
    priority: Priority = Priority.EDIT


@dataclass(frozen=True, kw_only=True)
class UpdateView:
    """An open modal turns into the news of its crisis. Tried once: a modal that was closed is no loss."""

    incident: IncidentId
    view: str


@dataclass(frozen=True, kw_only=True)
class Propose:
    """The model is asked for a wording; its answer comes back as the verb `propose_version`."""

    incident: IncidentId
    text: TextId
    wish: str | None = None
    by: UserId | None = None
    occasion: str = "first"


@dataclass(frozen=True, kw_only=True)
class RefreshHomes:
    """These people's App Homes are drawn again, where they have one. Whom a card or a crisis concerns need not be named."""

    people: Sequence[UserId]


@dataclass(frozen=True, kw_only=True)
class ReadPinned:
    """The message under a pushpin is looked at: its words, and whether the pushpin is still there."""

    incident: IncidentId
    pinned: str


@dataclass(frozen=True, kw_only=True)
class Receipt:
    """A tick on a message that is on the timeline; none on one that was taken off."""

    incident: IncidentId
    pinned: str


@dataclass(frozen=True, kw_only=True)
class Export:
    """The record of a crisis as files in somebody's DM, drawn when it is sent. The name is how it is found again."""

    incident: IncidentId
    to: UserId
    name: str


Wish = (
    CreateChannel
    | Invite
    | SetTopic
    | Show
    | BringDown
    | Refresh
    | UpdateView
    | Propose
    | RefreshHomes
    | ReadPinned
    | Receipt
    | Export
)


@dataclass
class Decision:
    """New rows, and what has to happen in the world."""

    add: list[Row] = field(default_factory=list)
    do: list[Wish] = field(default_factory=list)

    def __add__(self, other: "Decision") -> "Decision":
        return Decision(add=[*self.add, *other.add], do=[*self.do, *other.do])


def noted(incident: IncidentId, kind: str, *, now: datetime, by: UserId | None = None, **data: Any) -> TimelineEntry:
    """A line of the timeline, which writes itself."""
    return TimelineEntry.new(incident=incident, kind=kind, at=now, by=by, data=data)

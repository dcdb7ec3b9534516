"""The nouns: SQLModel rows with their ids and enums. One class for a noun, nowhere a twin.

Rules for every row: ids are text UUIDs made before the insert; every time is aware UTC; a JSON column is replaced
whole, never changed in place (a changed list inside is silently not saved); a list that grows is a table. Rows are
made with `Row.new(...)`, which refuses unknown and invalid fields. Root rows carry `team`, the Slack workspace.
"""

from datetime import UTC, datetime
from enum import StrEnum
from hashlib import sha256
from typing import Any, ClassVar, NewType, Self

from sqlalchemy import JSON, BigInteger, DateTime, Dialect, Enum, Index, String, UniqueConstraint, false
from sqlalchemy import Text as LongText
from sqlalchemy.types import TypeDecorator, TypeEngine
from sqlmodel import Field, MetaData, SQLModel
from uuid_utils import uuid7

IncidentId = NewType("IncidentId", str)
MemberId = NewType("MemberId", str)
TextId = NewType("TextId", str)
VersionId = NewType("VersionId", str)
PromiseId = NewType("PromiseId", str)
AlertId = NewType("AlertId", str)
SignalId = NewType("SignalId", str)
DeliveryId = NewType("DeliveryId", str)
CardId = NewType("CardId", str)
HandoverId = NewType("HandoverId", str)
EffectId = NewType("EffectId", str)
TeamId = NewType("TeamId", str)
"""A Slack workspace."""
UserId = NewType("UserId", str)
"""A Slack person."""
ChannelId = NewType("ChannelId", str)
"""A Slack channel; where a message goes it may also be a person's id, which means their DM with the bot."""
Role = NewType("Role", str)
"""A role's key in the plan: "lead", "pr", "legal" …"""


class Stage(StrEnum):
    """Where a crisis is in its life."""

    OPEN = "open"
    CONTAINED = "contained"
    RESOLVED = "resolved"
    CLOSED = "closed"


LIVE = (Stage.OPEN, Stage.CONTAINED)
"""Somebody still works on a crisis in these."""


class Move(StrEnum):
    """What moves a crisis from one stage to another."""

    CONTAIN = "contain"
    RESOLVE = "resolve"
    CLOSE = "close"
    FALSE_ALARM = "false_alarm"
    MERGE = "merge"
    REOPEN = "reopen"


class Audience(StrEnum):
    """Who can see a crisis; decided before its channel exists."""

    TEAM = "team"
    STAFF = "staff"


class Here(StrEnum):
    """Whether somebody who was called has come."""

    ASKED = "asked"
    HERE = "here"
    CANNOT = "cannot"
    SILENT = "silent"
    HANDED_OVER = "handed_over"
    """Somebody else has taken over what was theirs; they are asked nothing more."""
    LEFT = "left"
    """The same, and they have left the channel: they see nothing of the crisis any more."""


RELIEVED = (Here.HANDED_OVER, Here.LEFT)
AWAY = (Here.CANNOT, *RELIEVED)
"""Nobody asks these people for anything; whoever took their place is asked."""


class Kind(StrEnum):
    """What a text is for."""

    FIRST_WORD = "first_word"
    HOLDING_STATEMENT = "holding_statement"
    APOLOGY = "apology"
    UPDATE = "update"
    REPLY = "reply"
    CALL_CENTRE_BRIEF = "call_centre_brief"


class TextState(StrEnum):
    """A text's life. FOLDED: written, but it must say the same as the position, so it waits for that."""

    FOLDED = "folded"
    WAITING = "waiting"
    APPROVED = "approved"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"


class PromiseKind(StrEnum):
    """Which rule keeps a promise: the first public word, a statement, an update, a reply, or a press of `Done`."""

    FIRST_WORD = "first_word"
    STATEMENT = "statement"
    UPDATE = "update"
    REPLY = "reply"
    OTHER = "other"


class PromiseState(StrEnum):
    """OPEN until kept, moved by a public text (a new promise replaces it), or ended with the crisis."""

    OPEN = "open"
    KEPT = "kept"
    MOVED = "moved"
    ENDED = "ended"
    BROKEN = "broken"
    """Closed although nobody kept it; an open promise past its time is late, not yet closed."""


class HandoverState(StrEnum):
    """OFFERED until somebody presses `I have it`; until then everything stays with the giver."""

    OFFERED = "offered"
    TAKEN = "taken"
    DECLINED = "declined"
    REPLACED = "replaced"
    """The giver chose somebody else, or what was to be handed over is over."""


class AlertState(StrEnum):
    """What became of the question on a watch card."""

    ASKING = "asking"
    DECLARED = "declared"
    JOINED = "joined"
    DISMISSED = "dismissed"
    FILED = "filed"


class EffectState(StrEnum):
    PENDING = "pending"
    DONE = "done"
    PARKED = "parked"


class UtcDateTime(TypeDecorator[datetime]):
    """An aware time, stored as UTC: PostgreSQL keeps the zone, SQLite does not."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone cannot be stored")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
metadata = MetaData(naming_convention=NAMING)


def new_id() -> str:
    """A UUID of version 7: later ones sort behind earlier ones, so that ordering by id is the order of making."""
    return str(uuid7())


def digest(text: str) -> str:
    """What approvals bind to: the SHA-256 of the exact text."""
    return sha256(text.encode()).hexdigest()


def _id() -> Any:
    return Field(default_factory=new_id, primary_key=True, sa_type=String)


def _ref(table: str, *, optional: bool = False) -> Any:
    """A foreign key; SQLModel reads its type from here, because a NewType is not one."""
    default: dict[str, Any] = {"default": None} if optional else {}
    return Field(foreign_key=f"{table}.id", index=True, nullable=optional, sa_type=String, **default)


def _text(**options: Any) -> Any:
    return Field(sa_type=String, **options)


def _long(**options: Any) -> Any:
    return Field(sa_type=LongText, **options)


def _time(**options: Any) -> Any:
    return Field(sa_type=UtcDateTime, **options)


def _json(factory: type) -> Any:
    return Field(default_factory=factory, sa_type=JSON, nullable=False)


def _stored(values: type[StrEnum]) -> TypeEngine[Any]:
    """An enum stored by value, without a database type of its own (adding a value needs no migration)."""
    return Enum(
        values, native_enum=False, create_constraint=False, length=32, values_callable=lambda e: [m.value for m in e]
    )


def _enum(values: type[StrEnum], **options: Any) -> Any:
    return Field(sa_type=_stored(values), **options)


class Row(SQLModel):
    """What all rows share."""

    metadata: ClassVar[MetaData] = metadata

    @classmethod
    def new(cls, **fields: Any) -> Self:
        """A valid row, or ValueError / TypeError: SQLModel itself would swallow a misspelt or invalid field."""
        if unknown := fields.keys() - cls.model_fields.keys():
            raise TypeError(f"{cls.__name__} has no {', '.join(sorted(unknown))}")
        return cls.model_validate(fields)


class Counter(Row, table=True):
    """The last number given out, by name ("incident")."""

    team: TeamId = Field(primary_key=True, sa_type=String)
    name: str = Field(primary_key=True)
    value: int


class Person(Row, table=True):
    """What we know of somebody from Slack; refreshed at start and on `user_change`."""

    team: TeamId = Field(primary_key=True, sa_type=String)
    user: UserId = Field(primary_key=True, sa_type=String)
    name: str
    email: str | None = None
    locale: str | None = None
    zone: str | None = None
    admin: bool = False
    active: bool = True
    guest: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    """Somebody from outside: they are asked to take nothing over."""


class OffDuty(Row, table=True):
    """Somebody on the plan's duty list who is not to be asked now; the row goes when they are back."""

    team: TeamId = Field(primary_key=True, sa_type=String)
    user: UserId = Field(primary_key=True, sa_type=String)
    since: datetime = _time()


class Home(Row, table=True):
    """Somebody's App Home, once they have opened it: from then on it is drawn again whenever something in it changes."""

    team: TeamId = Field(primary_key=True, sa_type=String)
    user: UserId = Field(primary_key=True, sa_type=String)
    opened_at: datetime = _time()
    pages: dict[str, int] = _json(dict)
    """How far they have turned each of its lists."""
    said: str = _long(default="")
    """What came of their last press in it: it stands on top for a moment."""
    said_at: datetime | None = _time(default=None)
    shown: str | None = None
    """The hash of what was published last: the same again needs no call."""


class Incident(Row, table=True):
    """A crisis: one number, one channel, one lifecycle."""

    __table_args__ = (UniqueConstraint("team", "number"),)

    id: IncidentId = _id()
    team: TeamId = _text()
    number: int
    title: str = _long()
    context: str = _long(default="")
    """What the declarer typed beyond the title: background for people and model, never a fact."""
    situation: str
    severity: str
    audience: Audience = _enum(Audience)
    stage: Stage = _enum(Stage, default=Stage.OPEN, index=True)
    rule: str | None = Field(default=None, index=True)
    """The rule of the plan that raised it."""
    declared_by: UserId | None = _text(default=None)
    """Nobody, when a rule with the outcome `raise` opened it."""
    lead: UserId | None = _text(default=None)
    zone: str
    opened_at: datetime = _time()
    first_mention_at: datetime | None = _time(default=None)
    """When the first post was written."""
    first_seen_at: datetime | None = _time(default=None)
    """When we received it."""
    contained_at: datetime | None = _time(default=None)
    resolved_at: datetime | None = _time(default=None)
    closed_at: datetime | None = _time(default=None)
    close_reasons: dict[str, str] = _json(dict)
    """What was still open when it was closed, and why: row id -> reason."""
    closed_as: Move | None = _enum(Move, default=None, nullable=True)
    """How it was closed: put away, a false alarm, or merged into another."""
    closed_by: UserId | None = _text(default=None)
    closed_because: str | None = _long(default=None)
    """One line of whoever called it a false alarm."""
    merged_into: IncidentId | None = _text(default=None, index=True)
    """The crisis in which this one goes on."""
    channel: ChannelId | None = _text(default=None, index=True)
    channel_name: str | None = None
    position: VersionId | None = _text(default=None)
    """The latest approved public text; everything else says the same."""
    gaps: list[str] = _json(list)
    """Roles nobody fills, of which the lead has been told."""
    view: str | None = None
    """The modal it was declared in: it turns into the news once there is a channel."""


class Member(Row, table=True):
    """Somebody called into a crisis."""

    __table_args__ = (UniqueConstraint("incident", "user"),)

    id: MemberId = _id()
    incident: IncidentId = _ref("incident")
    user: UserId = _text()
    roles: list[str] = _json(list)
    stands_in_for: UserId | None = _text(default=None)
    state: Here = _enum(Here, default=Here.ASKED)
    asked_at: datetime = _time()
    answered_at: datetime | None = _time(default=None)
    silent_at: datetime | None = _time(default=None, index=True)
    """When silence brings the stand-in; empty once they answered or the stand-in was asked."""


class TimelineEntry(Row, table=True):
    """One thing that happened; `kind` is in the past tense ("version_approved")."""

    id: str = _id()
    incident: IncidentId = _ref("incident")
    at: datetime = _time()
    kind: str
    by: UserId | None = _text(default=None)
    data: dict[str, Any] = _json(dict)


class Delivery(Row, table=True):
    """What a source sent, byte for byte, stored before it was acknowledged."""

    __table_args__ = (
        UniqueConstraint("team", "source", "dedupe"),
        Index(None, "team", "source", "sha256", "received_at"),
    )

    id: DeliveryId = _id()
    team: TeamId = _text()
    source: str
    dedupe: str
    """`id:` + the sender's delivery id, else `body:` + hash + the time it was first seen."""
    sha256: str
    body: bytes
    content_type: str | None = None
    received_at: datetime = _time(index=True)
    refused: str | None = _long(default=None)
    """Why it could not be read (422); kept for inspection."""


class Signal(Row, table=True):
    """What we made of a delivery: one post, alert or recovery."""

    __table_args__ = (UniqueConstraint("team", "source", "dedupe"),)

    id: SignalId = _id()
    team: TeamId = _text()
    source: str
    dedupe: str
    """External id or fingerprint + status + start; with none of these the delivery and its place in it."""
    delivery: DeliveryId = _ref("delivery")
    rule: str | None = None
    alert: AlertId | None = _ref("alert", optional=True)
    incident: IncidentId | None = _ref("incident", optional=True)
    title: str = _long(default="")
    text: str = _long(default="")
    author: str | None = None
    reach: int | None = None
    url: str | None = _long(default=None)
    channel: str | None = None
    """Where it was said: "X", "Instagram" …"""
    language: str | None = None
    severity: str | None = None
    status: str | None = None
    recovery: bool = False
    occurred_at: datetime | None = _time(default=None)
    received_at: datetime = _time(index=True)
    fields: dict[str, Any] = _json(dict)
    """Keys we do not know, kept."""


class Alert(Row, table=True):
    """The question on a watch card: is this a crisis? Signals of one rule share it."""

    __table_args__ = (UniqueConstraint("team", "open_key"),)

    id: AlertId = _id()
    team: TeamId = _text()
    rule: str
    open_key: str | None = None
    """The rule while the question is open, so that a rule never has two; empty afterwards."""
    state: AlertState = _enum(AlertState, default=AlertState.ASKING)
    count: int = 0
    channels: list[str] = _json(list)
    reach: int | None = None
    """The largest audience among the posts."""
    quote: SignalId | None = _text(default=None)
    """The first post: it is shown on the card."""
    first_mention_at: datetime | None = _time(default=None)
    first_seen_at: datetime = _time()
    recovered_at: datetime | None = _time(default=None)
    rung: int = 0
    """How far the question has climbed in the plan's `duty`."""
    asked: UserId | None = _text(default=None)
    asked_before: list[str] = _json(list)
    decide_by: datetime | None = _time(default=None, index=True)
    """When the next one is asked; empty once decided or when nobody is left."""
    incident: IncidentId | None = _text(default=None)
    decided_by: UserId | None = _text(default=None)
    decided_at: datetime | None = _time(default=None)


class Report(Row, table=True):
    """A colleague pointed the crisis team at a message; they hear what came of it. One row for each who did."""

    __table_args__ = (UniqueConstraint("signal", "by"),)

    id: str = _id()
    team: TeamId = _text()
    signal: SignalId = _ref("signal")
    """What was reported: of the same message there is one, however many report it."""
    by: UserId = _text(index=True)
    channel: ChannelId | None = _text(default=None)
    """Where the message stands; nowhere, when it was typed after `/crisis report`."""
    ts: str | None = None
    note: str = _long(default="")
    at: datetime = _time()
    told_at: datetime | None = _time(default=None)
    """When they were told what was decided."""
    answered_at: datetime | None = _time(default=None, index=True)
    """When they were told the public answer, or that there is none: from then on nothing is owed to them."""


class PinnedMessage(Row, table=True):
    """A message that somebody put on the timeline with a pushpin."""

    __table_args__ = (UniqueConstraint("incident", "ts"),)

    id: str = _id()
    incident: IncidentId = _ref("incident")
    channel: ChannelId = _text()
    ts: str
    author: str = ""
    """A person's id, or the name of an app."""
    words: str = _long(default="")
    """As they stood when it was pinned."""
    said_at: datetime = _time()
    link: str = _long(default="")
    edited: bool = False
    """It had been changed before it was pinned."""
    read_at: datetime | None = _time(default=None)
    """When its words were fetched; empty until then."""
    gone: bool = False
    """It was deleted before its words could be fetched."""
    pinned_by: UserId = _text()
    """Who was the first to put a pushpin on it; the first one again, after it was taken off."""
    touched_by: UserId = _text()
    """Who put a pushpin on it last, or took one off."""
    touched_at: datetime = _time()
    entry: str | None = _text(default=None)
    """Its line of the timeline, once there is one."""
    off_by: UserId | None = _text(default=None)
    off_at: datetime | None = _time(default=None)
    """When the last pushpin was taken off."""


class Text(Row, table=True):
    """Words for outside, of any kind; its immutable states are Versions."""

    id: TextId = _id()
    incident: IncidentId = _ref("incident")
    kind: Kind = _enum(Kind)
    language: str
    outlets: list[str] = _json(list)
    """Keys of the plan's outlets where it will be posted; for a brief the front-line channels."""
    needs: list[str] = _json(list)
    """Roles whose yes it needs, from the plan when it was made."""
    state: TextState = _enum(TextState, default=TextState.FOLDED)
    current: VersionId | None = _text(default=None)
    asked_by: UserId | None = _text(default=None)
    """Who wanted it; Reject, Edit and Redraft tell them. Nobody, when the opening made it."""
    brief: TextId | None = _text(default=None)
    """The call-centre brief that says the same and is approved with it."""
    answers: SignalId | None = _text(default=None)
    """The post a reply answers."""
    keeps: PromiseId | None = _text(default=None)
    """A promise it was made for: the reply owed, the update that moves a time."""
    show_at: datetime | None = _time(default=None, index=True)
    """When a folded text asks for its yes by itself (the statement, five minutes after the first word)."""
    unposted_at: datetime | None = _time(default=None, index=True)
    """When whoever may publish is reminded that approved words help nobody until they are posted."""
    created_at: datetime = _time()
    approved_at: datetime | None = _time(default=None)
    published_at: datetime | None = _time(default=None)
    """The time given for the first outlet."""


class Version(Row, table=True):
    """One exact wording. It never changes: buttons carry it and approvals bind to its hash."""

    __table_args__ = (UniqueConstraint("text", "number"),)

    id: VersionId = _id()
    text: TextId = _ref("text")
    number: int
    body: str = _long()
    sha256: str
    origin: str
    """"offline", "model", or "person"."""
    edited_by: UserId | None = _text(default=None)
    prompt: str | None = None
    prompt_version: str | None = None
    model: str | None = None
    input_sha256: str | None = None
    wish: str | None = _long(default=None)
    promised_at: datetime | None = _time(default=None)
    """When the text says the next word comes; the text prints it."""
    responsibility: bool = False
    """A named human ticked "We take responsibility"."""
    offered: bool = False
    """A second wording that waits beside the current one (`Compare`, `Use it`)."""
    created_at: datetime = _time()


class Ask(Row, table=True):
    """Somebody asked for a role's yes to one version of a text: one DM, and the stand-in after silence.

    A new version is a new question: an edited message would tell nobody.
    """

    id: str = _id()
    text: TextId = _ref("text")
    user: UserId = _text()
    roles: list[str] = _json(list)
    version: VersionId = _text()
    instead_of: UserId | None = _text(default=None)
    asked_at: datetime = _time()
    silent_at: datetime | None = _time(default=None, index=True)
    """When silence brings the stand-in; empty once it is settled."""
    settled_at: datetime | None = _time(default=None)


class Approval(Row, table=True):
    """One role's yes to exactly one version. A second person's yes is a second row of the role."""

    __table_args__ = (UniqueConstraint("version", "role", "by"),)

    id: str = _id()
    version: VersionId = _ref("version")
    role: str
    by: UserId = _text()
    at: datetime = _time()
    sha256: str
    seen: list[str] = _json(list)
    """The sentences of the findings that were on the screen."""


class Publication(Row, table=True):
    """An outlet where an approved version was posted: when, by whom, where to find it."""

    __table_args__ = (UniqueConstraint("text", "outlet"),)

    id: str = _id()
    text: TextId = _ref("text")
    version: VersionId = _ref("version")
    outlet: str
    at: datetime = _time()
    by: UserId | None = _text(default=None)
    """Nobody, where the bot itself posted (front-line channels)."""
    link: str | None = _long(default=None)


class Promise(Row, table=True):
    """Something owed by a time: a row with a due time, never a timer in memory."""

    id: PromiseId = _id()
    incident: IncidentId = _ref("incident")
    kind: PromiseKind = _enum(PromiseKind)
    wording: str = _long(default="")
    """What was promised, in the words of whoever added it; empty for the kinds that name themselves."""
    public: bool = False
    """Said in public, so it cannot be moved silently."""
    owner: UserId | None = _text(default=None)
    offered_to: UserId | None = _text(default=None)
    """Whom the owner wants to hand it to; until `Take it` the owner keeps it."""
    text: TextId | None = _text(default=None)
    """The text ready to keep it."""
    made_in: VersionId | None = _text(default=None)
    """The published version that names the time."""
    started_at: datetime = _time()
    due: datetime = _time()
    state: PromiseState = _enum(PromiseState, default=PromiseState.OPEN)
    step: int = 0
    """How far its reminders have come; see `core/promise.py`."""
    next_at: datetime | None = _time(default=None, index=True)
    """When the next reminder is earned; empty once settled or when all were given."""
    snoozed: bool = False
    kept_at: datetime | None = _time(default=None)
    settled_by: UserId | None = _text(default=None)
    how: str | None = _long(default=None)


class Reminder(Row, table=True):
    """One message about promises that are near or past their time; several of one owner share it."""

    id: str = _id()
    incident: IncidentId = _ref("incident")
    to: UserId | None = _text(default=None)
    """Nobody: the line in the channel."""
    step: int
    promises: list[str] = _json(list)
    asked_before: list[str] = _json(list)
    earned_at: datetime = _time()
    """The time it was due; sent later, it says how late it is."""
    made_at: datetime = _time()


class Handover(Row, table=True):
    """Somebody ends their shift: another is asked to take everything of theirs in one crisis."""

    id: HandoverId = _id()
    incident: IncidentId = _ref("incident")
    giver: UserId = _text()
    to: UserId = _text()
    instead_of: UserId | None = _text(default=None)
    """Who was asked first and can't."""
    words: str = _long(default="")
    """What the giver would do next."""
    state: HandoverState = _enum(HandoverState, default=HandoverState.OFFERED)
    asked_at: datetime = _time()
    settled_at: datetime | None = _time(default=None)
    step: int = 0
    """How often somebody was told that nobody has taken it yet."""
    next_at: datetime | None = _time(default=None, index=True)
    """When the next one is told; empty once it is settled, or when all were told."""
    roles: list[str] = _json(list)
    """What went over with it."""
    promises: list[str] = _json(list)
    led: bool = False


class Card(Row, table=True):
    """A message of ours in Slack: state is edited in place, so we keep where it is."""

    __table_args__ = (UniqueConstraint("kind", "subject", "place"),)

    id: CardId = _id()
    team: TeamId = _text()
    kind: str
    """Which view draws it; see `bot/cards`."""
    subject: str = Field(index=True)
    """The row it shows."""
    place: ChannelId = _text()
    """Where it was meant for: a channel, or a person for their DM."""
    thread: CardId | None = _text(default=None)
    """The card in whose thread it stands."""
    channel: ChannelId | None = _text(default=None)
    ts: str | None = None
    sent_at: datetime | None = _time(default=None)


class Lane(Row, table=True):
    """Order and pace of one Slack channel, or of one method."""

    name: str = Field(primary_key=True)
    not_before: datetime = _time()
    """Nothing of this lane starts earlier."""
    held_by: str | None = None
    """The token of the effect in flight: a channel never has two."""
    held_until: datetime | None = _time(default=None)


class Effect(Row, table=True):
    """Something that must happen in the world because of a decision; done by the outbox after the commit."""

    __table_args__ = (Index("ix_effect_waiting", "state", "not_before"),)

    id: EffectId = _id()
    key: str = Field(unique=True)
    """`kind:subject:occasion`: the same decision twice is one effect."""
    kind: str
    incident: IncidentId | None = _text(default=None, index=True)
    lane: str = Field(index=True)
    priority: int
    """Lower goes first within a lane."""
    sequence: int = Field(sa_type=BigInteger)
    """Order within a priority: microseconds of the decision, then its place in it."""
    generation: int = 1
    """Raised when a pending or running refresh is wanted again; done only if it has not changed since the claim."""
    payload: dict[str, Any] = _json(dict)
    state: EffectState = _enum(EffectState, default=EffectState.PENDING)
    not_before: datetime = _time()
    token: str | None = None
    """Fencing: only the claimer that wrote it may complete the effect."""
    leased_until: datetime | None = _time(default=None)
    attempts: int = 0
    first_attempt_at: datetime | None = _time(default=None)
    unknown: bool = False
    """An earlier attempt may have taken effect: look before repeating."""
    error: str | None = _long(default=None)
    created_at: datetime = _time()
    done_at: datetime | None = _time(default=None)


class InboundKey(Row, table=True):
    """A press, command or event that was already answered, with the answer."""

    key: str = Field(primary_key=True)
    at: datetime = _time(index=True)
    answer: dict[str, Any] = _json(dict)

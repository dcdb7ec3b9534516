"""Words for the public: their versions, who is asked, who said yes, where they are out."""

from datetime import datetime

from sqlalchemy import UniqueConstraint

from bot.models import columns
from bot.models.columns import Row
from bot.models.ids import IncidentId, PromiseId, SignalId, TextId, UserId, VersionId
from bot.models.states import Kind, TextState


class Text(Row, table=True):
    """Words for outside, of any kind; its immutable states are Versions."""

    id: TextId = columns.id()
    incident: IncidentId = columns.ref("incident")
    kind: Kind = columns.enum(Kind)
    language: str
    outlets: list[str] = columns.json(list)
    """Keys of the plan's outlets where it will be posted; for a brief the front-line channels."""
    needs: list[str] = columns.json(list)
    """Roles whose yes it needs, from the plan when it was made."""
    state: TextState = columns.enum(TextState, default=TextState.FOLDED)
    current: VersionId | None = columns.text(default=None)
    asked_by: UserId | None = columns.text(default=None)
    """Who wanted it; Reject, Edit and Redraft tell them. Nobody, when the opening made it."""
    brief: TextId | None = columns.text(default=None)
    """The call-centre brief that says the same and is approved with it."""
    answers: SignalId | None = columns.text(default=None)
    """The post a reply answers."""
    keeps: PromiseId | None = columns.text(default=None)
    """A promise it was made for: the reply owed, the update that moves a time."""
    show_at: datetime | None = columns.time(default=None, index=True)
    """When a folded text asks for its yes by itself (the statement, five minutes after the first word)."""
    unposted_at: datetime | None = columns.time(default=None, index=True)
    """When whoever may publish is reminded that approved words help nobody until they are posted."""
    created_at: datetime = columns.time()
    approved_at: datetime | None = columns.time(default=None)
    published_at: datetime | None = columns.time(default=None)
    """The time given for the first outlet."""


class Version(Row, table=True):
    """One exact wording. It never changes: buttons carry it and approvals bind to its hash."""

    __table_args__ = (UniqueConstraint("text", "number"),)

    id: VersionId = columns.id()
    text: TextId = columns.ref("text")
    number: int
    body: str = columns.long()
    sha256: str
    origin: str
    """"offline", "model", or "person"."""
    edited_by: UserId | None = columns.text(default=None)
    prompt: str | None = None
    prompt_version: str | None = None
    model: str | None = None
    input_sha256: str | None = None
    wish: str | None = columns.long(default=None)
    promised_at: datetime | None = columns.time(default=None)
    """When the text says the next word comes; the text prints it."""
    responsibility: bool = False
    """A named human ticked "We take responsibility"."""
    offered: bool = False
    """A second wording that waits beside the current one (`Compare`, `Use it`)."""
    created_at: datetime = columns.time()


class Ask(Row, table=True):
    """Somebody asked for a role's yes to one version of a text: one DM, and the stand-in after silence.

    A new version is a new question: an edited message would tell nobody.
    """

    id: str = columns.id()
    text: TextId = columns.ref("text")
    user: UserId = columns.text()
    roles: list[str] = columns.json(list)
    version: VersionId = columns.text()
    instead_of: UserId | None = columns.text(default=None)
    asked_at: datetime = columns.time()
    silent_at: datetime | None = columns.time(default=None, index=True)
    """When silence brings the stand-in; empty once it is settled."""
    settled_at: datetime | None = columns.time(default=None)


class Approval(Row, table=True):
    """One role's yes to exactly one version. A second person's yes is a second row of the role."""

    __table_args__ = (UniqueConstraint("version", "role", "by"),)

    id: str = columns.id()
    version: VersionId = columns.ref("version")
    role: str
    by: UserId = columns.text()
    at: datetime = columns.time()
    sha256: str
    seen: list[str] = columns.json(list)
    """The sentences of the findings that were on the screen."""


class Publication(Row, table=True):
    """An outlet where an approved version was posted: when, by whom, where to find it."""

    __table_args__ = (UniqueConstraint("text", "outlet"),)

    id: str = columns.id()
    text: TextId = columns.ref("text")
    version: VersionId = columns.ref("version")
    outlet: str
    at: datetime = columns.time()
    by: UserId | None = columns.text(default=None)
    """Nobody, where the bot itself posted (front-line channels)."""
    link: str | None = columns.long(default=None)

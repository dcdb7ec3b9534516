"""What we owe, and who was reminded of it."""

from datetime import datetime

from bot.models import columns
from bot.models.columns import Row
from bot.models.ids import IncidentId, PromiseId, TextId, UserId, VersionId
from bot.models.states import PromiseKind, PromiseState


class Promise(Row, table=True):
    """Something owed by a time: a row with a due time, never a timer in memory."""

    id: PromiseId = columns.id()
    incident: IncidentId = columns.ref("incident")
    kind: PromiseKind = columns.enum(PromiseKind)
    wording: str = columns.long(default="")
    """What was promised, in the words of whoever added it; empty for the kinds that name themselves."""
    public: bool = False
    """Said in public, so it cannot be moved silently."""
    owner: UserId | None = columns.text(default=None)
    offered_to: UserId | None = columns.text(default=None)
    """Whom the owner wants to hand it to; until `Take it` the owner keeps it."""
    text: TextId | None = columns.text(default=None)
    """The text ready to keep it."""
    made_in: VersionId | None = columns.text(default=None)
    """The published version that names the time."""
    started_at: datetime = columns.time()
    due: datetime = columns.time()
    state: PromiseState = columns.enum(PromiseState, default=PromiseState.OPEN)
    step: int = 0
    """How far its reminders have come; see `core/promise.py`."""
    next_at: datetime | None = columns.time(default=None, index=True)
    """When the next reminder is earned; empty once settled or when all were given."""
    snoozed: bool = False
    kept_at: datetime | None = columns.time(default=None)
    settled_by: UserId | None = columns.text(default=None)
    how: str | None = columns.long(default=None)


class Reminder(Row, table=True):
    """One message about promises that are near or past their time; several of one owner share it."""

    id: str = columns.id()
    incident: IncidentId = columns.ref("incident")
    to: UserId | None = columns.text(default=None)
    """Nobody: the line in the channel."""
    step: int
    promises: list[str] = columns.json(list)
    asked_before: list[str] = columns.json(list)
    earned_at: datetime = columns.time()
    """The time it was due; sent later, it says how late it is."""
    made_at: datetime = columns.time()

"""Where things are in their lives, and of what kind they are."""

from enum import StrEnum


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

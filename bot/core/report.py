"""What a colleague reports: one message, or a few words of their own."""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from json import dumps

from bot.core.alert import folded
from bot.models import AlertState, Stage

CARRIED = 2_800
"""Bytes of a modal's private data that a report takes; Slack allows 3,000 characters."""
MOST = 10
"""Reports of one person within `WHILE`: more are no help to anybody."""
WHILE = timedelta(minutes=10)
PRIVATE_TO = "private_to"
"""Under this a reported message keeps the private crisis it came from, once that goes on in one all staff may read."""


@dataclass(frozen=True, kw_only=True)
class Reported:
    """A message as it was when somebody chose it; it travels with the form."""

    words: str
    author: str = ""
    place: str = ""
    """Where it stands, in words: "#shops", "a private channel"."""
    channel: str = ""
    ts: str = ""
    thread: str = ""

    def stored(self) -> str:
        """For the form to carry; what does not fit into it is left out at the end."""
        fields = asdict(self)
        while len(said := dumps(fields, ensure_ascii=False)) > CARRIED:
            fields["words"] = fields["words"][: len(fields["words"]) - max(1, len(said) - CARRIED)]
        return said

    def dedupe(self, now: datetime) -> str:
        """The same message is one, whoever reports it; the same words of one day are, too."""
        if self.ts:
            return f"message:{self.channel}:{self.ts}"
        return f"words:{now.date()}:{sha256(folded(self.words).encode()).hexdigest()}"


class Outcome(StrEnum):
    """What came of a report so far."""

    ASKED = "asked"
    """Somebody is deciding."""
    DISMISSED = "dismissed"
    WORKED_ON = "worked_on"
    ANSWERED = "answered"
    """The public has an answer."""
    OVER = "over"
    """The crisis ended, and the public has none."""


def outcome(alert: AlertState | None, stage: Stage | None, *, answered: bool) -> Outcome:
    """`stage` is that of the crisis it belongs to, `alert` the state of the question about it."""
    if stage is not None:
        if answered:
            return Outcome.ANSWERED
        return Outcome.OVER if stage in (Stage.RESOLVED, Stage.CLOSED) else Outcome.WORKED_ON
    return Outcome.DISMISSED if alert in (AlertState.DISMISSED, AlertState.FILED) else Outcome.ASKED

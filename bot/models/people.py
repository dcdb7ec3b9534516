"""People, and what they see at home."""

from datetime import datetime

from sqlalchemy import String, false
from sqlmodel import Field

from bot.models import columns
from bot.models.columns import Row
from bot.models.ids import TeamId, UserId


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
    since: datetime = columns.time()


class Home(Row, table=True):
    """Somebody's App Home, once they have opened it: from then on it is drawn again whenever something in it changes."""

    team: TeamId = Field(primary_key=True, sa_type=String)
    user: UserId = Field(primary_key=True, sa_type=String)
    opened_at: datetime = columns.time()
    pages: dict[str, int] = columns.json(dict)
    """How far they have turned each of its lists."""
    said: str = columns.long(default="")
    """What came of their last press in it: it stands on top for a moment."""
    said_at: datetime | None = columns.time(default=None)
    shown: str | None = None
    """The hash of what was published last: the same again needs no call."""

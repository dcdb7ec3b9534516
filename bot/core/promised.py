"""The time a text promises: a field of its version, which the text itself must print, and nothing else."""

from dataclasses import dataclass
from datetime import datetime

from bot.core.effects import Refused
from bot.core.said_times import named_times
from bot.core.wording import time_phrase
from bot.i18n import _, clock_there
from bot.models import Kind

PUBLIC = frozenset({Kind.FIRST_WORD, Kind.HOLDING_STATEMENT, Kind.APOLOGY, Kind.UPDATE})
"""What is said to everyone. The latest approved of these is the position, and each may say when the next word comes."""


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where and when a text is read: what its times mean depends on it."""

    zone: str
    language: str
    now: datetime


def promised_in(body: str, chosen: datetime | None, *, no_time: bool, place: Place) -> datetime | None:
    """When the text says the next word comes. The text and the field "Next update by" must say the same.

    `no_time`: somebody said that naming none is on purpose. Refused, at the field it is about, where they differ.
    """
    named = named_times(body, place.zone, place.language, place.now)
    promised = [time for time in named if time.by and time.at > place.now]
    if no_time:
        if promised:
            raise Refused(_('The text still says "{words}".', words=promised[0].words), field="no_time")
        return None
    if chosen is None:
        if promised:
            raise Refused(
                _('The text says "{words}". Please choose the same time here.', words=promised[0].words),
                field="next_update",
            )
        raise Refused(
            _("The text does not say when the next word comes. Please name a time, or say that it is on purpose."),
            field="body",
        )
    if chosen <= place.now:
        raise Refused(_("That time has passed. Please choose a later one."), field="next_update")
    chosen = chosen.replace(second=0, microsecond=0)
    if any(time.at == chosen for time in named):
        return chosen
    if promised:
        raise Refused(
            _(
                'The text says "{words}", and here it is {time}. Please make them the same.',
                words=promised[0].words,
                time=clock_there(chosen, place.zone, now=place.now),
            ),
            field="next_update",
        )
    raise Refused(
        _(
            'The text does not say that the next word comes by then. Please write it in, as in "{phrase}".',
            phrase=time_phrase(chosen, place.zone, place.language, place.now),
        ),
        field="body",
    )


def read_from(body: str, place: Place) -> datetime | None:
    """The one time a text promises, where somebody typed it without filling in a field; None where it names none.

    Two different ones are asked about: we cannot know which is meant.
    """
    times = {time.at: time for time in named_times(body, place.zone, place.language, place.now)}
    promised = [time for time in times.values() if time.by and time.at > place.now]
    return promised[0].at if len(promised) == 1 else None

"""For whom a card is drawn: one person in their DM, or everybody in a channel."""

from bot.desk import Desk
from bot.i18n import locale_of
from bot.models import UserId
from bot.store import Tx


def goes_to_person(place: str) -> bool:
    """Slack's ids of people begin with U or W; a message sent to one lands in their DM with the bot."""
    return place.startswith(("U", "W"))


async def reader_of(desk: Desk, tx: Tx, place: str | None) -> tuple[str, str | None]:
    """The locale, and the zone of one person's own clock, in which this is read: a person's, or the plan's in a channel."""
    person = await tx.person(UserId(place)) if place and goes_to_person(place) else None
    if person is None:
        return desk.plan.language, None
    return locale_of(person.locale, desk.plan.language), person.zone

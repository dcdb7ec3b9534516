"""From a card's ids to what stands on the screen: load the rows, call the view. Drawn at the moment it is sent."""

from collections.abc import Awaitable, Callable

from bot.desk import Desk
from bot.i18n import locale_of, reading
from bot.models import Card, UserId
from bot.store import Tx
from bot.views.blocks import Message

Draw = Callable[[Desk, Tx, Card], Awaitable[Message | None]]
"""None: the row is gone or there is nothing to show any more."""


def goes_to_person(place: str) -> bool:
    """Slack's ids of people begin with U or W; a message sent to one lands in their DM with the bot."""
    return place.startswith(("U", "W"))


async def reader_of(desk: Desk, tx: Tx, place: str | None) -> tuple[str, str | None]:
    """The locale, and the zone of one person's own clock, in which this is read: a person's, or the plan's in a channel."""
    person = await tx.person(UserId(place)) if place and goes_to_person(place) else None
    if person is None:
        return desk.plan.language, None
    return locale_of(person.locale, desk.plan.language), person.zone


async def draw(desk: Desk, tx: Tx, card: Card) -> Message | None:
    """The card as it is now: in a DM in that person's language and on their clock, in a channel in the plan's."""
    locale, zone = await reader_of(desk, tx, card.place)
    with reading(locale, tx.now, zone=zone):
        return await _kinds()[card.kind](desk, tx, card)


def _kinds() -> dict[str, Draw]:
    from bot.cards import (  # each imports `goes_to_person` from here
        endings,
        incidents,
        promises,
        records,
        reports,
        shifts,
        signals,
        texts,
    )

    nouns = (incidents, texts, promises, signals, endings, shifts, reports, records)
    return {kind: show for noun in nouns for kind, show in noun.CARDS.items()}

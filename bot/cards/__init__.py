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


async def draw(desk: Desk, tx: Tx, card: Card) -> Message | None:
    """The card as it is now: in a DM in that person's language, in a channel in the plan's."""
    locale: str = desk.plan.language
    if goes_to_person(card.place) and (person := await tx.person(UserId(card.place))):
        locale = locale_of(person.locale, desk.plan.language)
    with reading(locale, tx.now):
        return await _kinds()[card.kind](desk, tx, card)


def _kinds() -> dict[str, Draw]:
    from bot.cards import incidents, promises, reports, signals, texts  # each imports `goes_to_person` from here

    return {**incidents.CARDS, **texts.CARDS, **promises.CARDS, **signals.CARDS, **reports.CARDS}

"""From a card's ids to what stands on the screen: load the rows, call the view. Drawn at the moment it is sent."""

from collections.abc import Awaitable, Callable

from bot.cards import endings, incidents, promises, records, reports, shifts, signals, texts
from bot.cards.readers import reader_of
from bot.desk import Desk
from bot.i18n import reading
from bot.models import Card
from bot.store import Tx
from bot.views.blocks import Message

Draw = Callable[[Desk, Tx, Card], Awaitable[Message | None]]
"""None: the row is gone or there is nothing to show any more."""
NOUNS = (incidents, texts, promises, signals, endings, shifts, reports, records)
KINDS: dict[str, Draw] = {kind: show for noun in NOUNS for kind, show in noun.CARDS.items()}


async def draw(desk: Desk, tx: Tx, card: Card) -> Message | None:
    """The card as it is now: in a DM in that person's language and on their clock, in a channel in the plan's."""
    locale, zone = await reader_of(desk, tx, card.place)
    with reading(locale, tx.now, zone=zone):
        return await KINDS[card.kind](desk, tx, card)

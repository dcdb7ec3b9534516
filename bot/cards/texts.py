"""The words card, the DMs that ask for a yes or for a post, the notes in its thread, and the brief at the front line."""

from bot.cards.incidents import absentee
from bot.cards.sheets import sheet, surroundings
from bot.core.difference import difference
from bot.core.sheet import Sheet
from bot.desk import Desk
from bot.models import Ask, Card, Here, Incident, Text, TimelineEntry, UserId, Version
from bot.store import Tx
from bot.views import text as views
from bot.views import text_messages as messages
from bot.views.blocks import Message


async def _sheet_of(desk: Desk, tx: Tx, text_id: str) -> Sheet:
    text = await tx.get(Text, text_id)
    return await sheet(desk, tx, await tx.get(Incident, text.incident), text)


async def words(desk: Desk, tx: Tx, card: Card) -> Message | None:
    lying = await _sheet_of(desk, tx, card.subject)
    return views.words_card(lying, await surroundings(desk, tx, lying), desk.plan, now=tx.now)


async def ask(desk: Desk, tx: Tx, card: Card) -> Message | None:
    row = await tx.get(Ask, card.subject)
    lying = await _sheet_of(desk, tx, row.text)
    before = await _known_before(tx, row, lying)
    waited = [a.asked_at for a in lying.asks if a.user == row.instead_of and set(a.roles) & set(row.roles)]
    absent = await absentee(tx, lying.incident.id, row.instead_of)
    return messages.ask(
        row,
        lying,
        await surroundings(desk, tx, lying),
        desk.plan,
        before=before,
        what=difference(before.body, lying.version.body) if before else None,
        waited_since=max(waited, default=None),
        cannot=absent is not None and absent.state is Here.CANNOT,
        now=tx.now,
    )


async def _known_before(tx: Tx, row: Ask, lying: Sheet) -> Version | None:
    """The version this person was asked about the last time before this one."""
    earlier = [a for a in lying.asks if a.user == row.user and a.asked_at < row.asked_at and a.version != row.version]
    return await tx.one(Version, earlier[-1].version) if earlier else None


async def publish(desk: Desk, tx: Tx, card: Card) -> Message | None:
    lying = await _sheet_of(desk, tx, card.subject)
    around = await surroundings(desk, tx, lying)
    return messages.publish(lying, around, desk.plan, reader=UserId(card.place), now=tx.now)


async def unposted(desk: Desk, tx: Tx, card: Card) -> Message | None:
    lying = await _sheet_of(desk, tx, card.subject)
    around = await surroundings(desk, tx, lying)
    return messages.unposted(lying, around, desk.plan, reader=UserId(card.place), now=tx.now)


async def thread_note(desk: Desk, tx: Tx, card: Card) -> Message | None:
    """What happened to a text, told in the thread of its card."""
    entry = await tx.get(TimelineEntry, card.subject)
    lying = await _sheet_of(desk, tx, entry.data["text"])
    asker = (await surroundings(desk, tx, lying)).asker
    match entry.kind:
        case "text_rejected":
            return messages.rejected_note(entry, lying, asker)
        case "redraft_wished":
            return messages.wished_note(entry, lying, asker)
        case "version_edited":
            before = await tx.get(Version, entry.data["before"])
            after = await tx.get(Version, entry.data["version"])
            what = difference(before.body, after.body)
            return messages.edited_note(entry, lying, after, what, asker)
        case "wording_used":
            return messages.used_note(entry, lying, await tx.get(Version, entry.data["version"]))
        case _other:
            return messages.wording_note(entry, lying)


async def front_line(desk: Desk, tx: Tx, card: Card) -> Message | None:
    """Exactly the approved version whose id the card carries."""
    version = await tx.get(Version, card.subject)
    text = await tx.get(Text, version.text)
    return messages.front_line(version, await tx.get(Incident, text.incident), at=text.published_at or tx.now)


CARDS = {
    "words": words,
    "ask": ask,
    "publish": publish,
    "unposted": unposted,
    "thread_note": thread_note,
    "front_line": front_line,
}

"""What is kept and given back: messages put on the timeline by a pushpin, the timeline itself, and the file of it all."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select
from sqlmodel import col

from bot.answer import Answer
from bot.cards.incidents import names
from bot.cards.readers import reader_of
from bot.cards.records import record, story
from bot.core.effects import Decision, Export, ReadPinned, Receipt, Refused, noted
from bot.core.slack_words import PERSON, as_read, link_to
from bot.core.untrusted import plain
from bot.desk import Desk
from bot.i18n import SOURCE, _, reading
from bot.models import ChannelId, Incident, PinnedMessage, UserId
from bot.rights import incident_of, may_see, refuse_guest_in
from bot.store import Tx
from bot.views import record as views
from bot.views.blocks import Block
from bot.views.record import machine, markdown
from bot.views.timeline import page, recent

PUSHPIN = "pushpin"


class Records:
    """The verbs of the record."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    async def pushpin(self, channel: ChannelId, ts: str, *, by: UserId, key: str) -> None:
        """A pushpin was put on a message of a crisis channel, or taken off. Whether one is there now is asked of the
        message itself: events may come late, twice, or in the wrong order."""
        async with self.desk.store.reading() as tx:
            if await incident_of(tx, channel) is None:
                return  # a pushpin somewhere else in the workspace
        async with self.desk.store.transaction(key) as tx:
            found = await incident_of(tx, channel)
            if found is None:
                return
            incident = await tx.incident(found.id)
            if not await may_see(self.desk, tx, incident, by):
                return
            row = PinnedMessage.new(
                incident=incident.id,
                channel=channel,
                ts=ts,
                said_at=datetime.fromtimestamp(float(ts), UTC),
                pinned_by=by,
                touched_by=by,
                touched_at=tx.now,
            )
            await tx.insert_or_ignore(row, "incident", "ts")
            pinned = await self._row(tx, incident, ts)
            pinned.touched_by, pinned.touched_at = by, tx.now
            await tx.apply(Decision(do=[ReadPinned(incident=incident.id, pinned=pinned.id)]))

    async def _row(self, tx: Tx, incident: Incident, ts: str) -> PinnedMessage:
        ours = (col(PinnedMessage.incident) == incident.id, col(PinnedMessage.ts) == ts)
        return (await tx.session.scalars(select(PinnedMessage).where(*ours))).one()

    async def message_read(self, tx: Tx, crisis: str, id: str, message: dict[str, Any] | None, *, us: UserId) -> None:
        """What stands under the pushpin: the message comes onto the timeline, stays, or is taken off.

        Its words are kept as they stood when it was pinned, whatever becomes of the message.
        """
        incident = await tx.incident(crisis)
        pinned = await tx.get(PinnedMessage, id)
        if message is None:
            if pinned.read_at is None:
                pinned.gone, pinned.read_at = True, tx.now
                await tx.apply(self._on(incident, pinned))
            return
        if pinned.read_at is None:
            await self._keep(tx, pinned, message, us)
        reaction = next((one for one in message.get("reactions") or [] if one["name"] == PUSHPIN), None)
        if reaction is not None and pinned.entry is not None and pinned.off_at is None:
            return  # one more pushpin on what is on the timeline: its receipt stands there, or is on its way
        if reaction is not None:
            if pinned.entry is None or pinned.off_at is not None:
                pinned.pinned_by = UserId(next(iter(reaction.get("users") or []), pinned.touched_by))
            decision = self._on(incident, pinned)
        elif pinned.off_at is None:
            pinned.off_by, pinned.off_at = pinned.touched_by, pinned.touched_at
            if pinned.entry is None:
                return  # taken off before anybody read it: it never had a receipt
            entry = noted(incident.id, "message_unpinned", now=tx.now, by=pinned.touched_by, pinned=pinned.id)
            decision = Decision(add=[entry])
        else:
            return
        decision.do.append(Receipt(incident=incident.id, pinned=pinned.id))
        await tx.apply(decision)

    def _on(self, incident: Incident, pinned: PinnedMessage) -> Decision:
        """On the timeline, where it was said; put there by whoever was first."""
        pinned.off_by = pinned.off_at = None
        if pinned.entry is not None:
            return Decision()
        entry = noted(incident.id, "message_pinned", now=pinned.said_at, by=pinned.pinned_by, pinned=pinned.id)
        pinned.entry = entry.id
        return Decision(add=[entry])

    async def _keep(self, tx: Tx, pinned: PinnedMessage, message: dict[str, Any], us: UserId) -> None:
        text, author = str(message.get("text") or ""), str(message.get("user") or "")
        known = await names(tx, [author, *PERSON.findall(text)])
        named = str(message.get("username") or (message.get("bot_profile") or {}).get("name") or author)
        words = [plain(as_read(text, known)), *(str(file.get("name") or "") for file in message.get("files") or [])]
        pinned.author = author if author in known else "Amends" if author == us else named
        pinned.words = "\n".join(filter(None, words))
        pinned.edited = bool(message.get("edited")) and author != us
        thread = str(message.get("thread_ts") or "")
        pinned.link = link_to(self.desk.workspace, pinned.channel, pinned.ts, thread)
        pinned.read_at = tx.now

    async def recent(self, id: str, *, by: UserId) -> list[Block]:
        """The end of the timeline, for `/crisis status`."""
        async with self.desk.store.reading() as tx:
            return recent(await story(self.desk, tx, await self._seen(tx, id, by)))

    async def page(self, id: str, before: int, *, by: UserId) -> Block:
        """An earlier or later part of it."""
        async with self.desk.store.reading() as tx:
            return page(await story(self.desk, tx, await self._seen(tx, id, by)), before)

    async def export(self, id: str, *, by: UserId, key: str) -> Answer:
        """`/crisis export`: both files go to whoever asks, by DM."""
        async with self.desk.store.transaction(key) as tx:
            incident = await self._seen(tx, id, by)
            await refuse_guest_in(self.desk, tx, incident, by)
            name = views.file_name(incident, tx.now)
            await tx.apply(Decision(do=[Export(incident=incident.id, to=by, name=name)]))
            return tx.answer(
                _("The record of crisis {number} is on its way to you, in your DM with me.", number=incident.number)
            )

    async def files(self, id: str, name: str, *, to: UserId) -> views.Exported | None:
        """The files as they are now, in the reader's language; nothing for somebody who may not see them any more."""
        async with self.desk.store.reading() as tx:
            incident = await tx.get(Incident, id)
            if not await may_see(self.desk, tx, incident, to):
                return None
            locale, zone = await reader_of(self.desk, tx, to)
            everything = await record(self.desk, tx, incident, to)
        with reading(SOURCE, everything.now):
            json = machine.written(everything)
        with reading(locale, everything.now, zone=zone):
            return views.exported(markdown.written(everything), json, incident, name)

    async def _seen(self, tx: Tx, id: str, by: UserId) -> Incident:
        incident = await tx.get(Incident, id)
        if not await may_see(self.desk, tx, incident, by):
            raise Refused(_("There is no such crisis."))
        return incident

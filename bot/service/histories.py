"""Looking back at a text: where its words come from, and all it has been."""

from sqlalchemy import select
from sqlmodel import col

from bot.answer import Answer
from bot.cards.incidents import names
from bot.cards.sheets import sheet, surroundings
from bot.core.effects import Refused
from bot.core.sheet import Sheet
from bot.desk import Desk
from bot.i18n import _
from bot.models import Approval, Incident, Text, TextId, TimelineEntry, UserId, Version, VersionId
from bot.rights import may_see
from bot.service.table import crisis_of, text_of
from bot.store import Tx
from bot.views import text_history as views
from bot.views.text_history import Past


class Histories:
    """The verbs of looking back. They change nothing."""

    desk: Desk

    async def about(self, version: VersionId, *, by: UserId) -> Answer:
        """`Where it comes from`, of the words as they are now."""
        async with self.desk.store.reading() as tx:
            lying = await self._seen(tx, await text_of(tx, version), by)
            around = await surroundings(self.desk, tx, lying)
            return Answer(opens=views.about(await self._past(tx, lying), around, self.desk.plan))

    async def history(self, id: TextId, *, by: UserId) -> Answer:
        """`History`: every version with what changed, and whose yes or no it has."""
        async with self.desk.store.reading() as tx:
            return Answer(opens=views.history(await self._past(tx, await self._seen(tx, id, by)), self.desk.plan))

    async def _seen(self, tx: Tx, id: TextId, by: UserId) -> Sheet:
        incident = await tx.get(Incident, await crisis_of(tx, id))
        if not await may_see(self.desk, tx, incident, by):
            raise Refused(_("There is no such crisis."))
        return await sheet(self.desk, tx, incident, await tx.get(Text, id))

    async def _past(self, tx: Tx, lying: Sheet) -> Past:
        mine = select(Version).where(col(Version.text) == lying.text.id).order_by(col(Version.number))
        versions = await tx.all(mine)
        ids = [version.id for version in versions]
        yes = select(Approval).where(col(Approval.version).in_(ids)).order_by(col(Approval.at), col(Approval.id))
        approvals = await tx.all(yes)
        kinds = ("text_rejected", "version_edited")
        told = (col(TimelineEntry.incident) == lying.incident.id, col(TimelineEntry.kind).in_(kinds))
        entries = await tx.all(select(TimelineEntry).where(*told).order_by(col(TimelineEntry.at)))
        people = {v.edited_by for v in versions} | {a.by for a in approvals} | {e.by for e in entries}
        return Past(
            sheet=lying,
            versions=versions,
            approvals=approvals,
            sent_back={str(e.data.get("version")): e for e in entries if e.kind == "text_rejected"},
            edited_from={str(e.data["version"]): str(e.data["before"]) for e in entries if e.kind == "version_edited"},
            names=await names(tx, people),
        )

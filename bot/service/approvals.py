"""Reading a text and saying yes or no to exactly the words that were read."""

from sqlalchemy import select
from sqlmodel import col

from bot.answer import Answer
from bot.cards.sheets import sheet, surroundings
from bot.core import text as core
from bot.core.difference import difference
from bot.core.effects import Decision, Priority, Refresh, Refused, Show
from bot.core.sheet import Sheet, standing
from bot.desk import Desk
from bot.i18n import _, listing
from bot.models import Approval, Card, Incident, Kind, Member, TextState, TimelineEntry, UserId, Version, VersionId
from bot.rights import came, filled, refuse_strangers
from bot.service.asking import second_person
from bot.service.posts import approved, may_post
from bot.service.table import approver, on_the_table, text_of
from bot.store import Tx
from bot.views import text_forms as forms
from bot.views.blocks import escape
from bot.views.words import kind_label


async def after_yes(desk: Desk, tx: Tx, before: Sheet) -> Sheet:
    """What follows from a yes: it may be posted, or somebody else must say yes too. Returns the text as it is now."""
    lying = await sheet(desk, tx, before.incident, before.text)
    if lying.text.state is TextState.APPROVED:
        await tx.apply(await approved(desk, tx, lying))
    elif standing(lying.text, lying.version, lying.approvals).second_missing and not lying.open_asks:
        await tx.apply(await second_person(desk, tx, lying.incident, lying.text, lying.version))
    await tx.apply(await members_refreshed(tx, lying))
    return lying


async def members_refreshed(tx: Tx, lying: Sheet) -> Decision:
    """The DMs that called those who are or were asked, or had them stand in: they show `Read the text` only while it
    is wanted."""
    asked = sorted({ask.user for ask in lying.asks})
    called = select(col(Member.id)).where(col(Member.incident) == lying.incident.id, col(Member.user).in_(asked))
    stood_in = select(col(TimelineEntry.id)).where(
        col(TimelineEntry.incident) == lying.incident.id,
        col(TimelineEntry.kind) == "stand_in_asked",
        col(TimelineEntry.by).in_(asked),
    )
    subjects = [*await tx.all(called), *await tx.all(stood_in)]
    return Decision(do=[Refresh(subjects=subjects, priority=Priority.DUTY)])


async def note(tx: Tx, incident: Incident, text: str, entry: TimelineEntry) -> Decision:
    """A line in the thread of the text's card; one without a card is talked about under the brief of the crisis."""
    if incident.channel is None:
        return Decision()
    card = await tx.first(select(Card).where(col(Card.kind) == "words", col(Card.subject) == text))
    above = ("words", text) if card is not None else ("brief", str(incident.id))
    show = Show(kind="thread_note", subject=entry.id, place=incident.channel, incident=incident.id, under=above)
    return Decision(do=[show])


class Approvals:
    """The verbs of reading, approving and rejecting."""

    desk: Desk

    async def read(self, version: VersionId, *, by: UserId, key: str) -> Answer:
        """`Read the text`: one screen with everything; the newest words, whatever the button was drawn with."""
        async with self.desk.store.transaction(key) as tx:
            lying = await on_the_table(self.desk, tx, await text_of(tx, version), by)
            await tx.apply(await came(tx, lying.incident, by))
            view = forms.read(
                lying,
                await surroundings(self.desk, tx, lying),
                self.desk.plan,
                may_approve=await self._may_approve(tx, lying, by),
                may_post=await may_post(self.desk, tx, lying, by),
                now=tx.now,
            )
            return tx.answer(Answer(opens=view))

    async def _may_approve(self, tx: Tx, lying: Sheet, user: UserId) -> bool:
        """Whether a yes of this person would count now."""
        who = await approver(self.desk, tx, lying, user)
        so_far = standing(lying.text, lying.version, lying.approvals)
        if set(who.roles) & set(so_far.missing):
            return True
        other = lying.version.edited_by != user
        return so_far.second_missing and other and (who.second or bool(set(who.roles) & set(lying.text.needs)))

    async def approve(self, version: VersionId, *, by: UserId, key: str) -> Answer:
        """A yes to exactly this version. If it is no longer the current one, the difference is shown instead."""
        async with self.desk.store.transaction(key) as tx:
            lying = await on_the_table(self.desk, tx, await text_of(tx, version), by)
            await tx.apply(await came(tx, lying.incident, by))
            if version != lying.version.id and lying.text.state is TextState.WAITING:
                return tx.answer(Answer(opens=await self._changed(tx, lying, version, by)))
            who = await approver(self.desk, tx, lying, by)
            yes = core.approve(lying, version, by=who, plan=self.desk.plan, now=tx.now)
            filled(lying.incident, [row.role for row in yes.add if isinstance(row, Approval)])
            await tx.apply(yes)
            after = await after_yes(self.desk, tx, lying)
            return tx.answer(await self._thanks(tx, await sheet(self.desk, tx, after.incident, after.text)))

    async def _changed(self, tx: Tx, lying: Sheet, version: VersionId, by: UserId) -> dict[str, object]:
        read = await tx.get(Version, version)
        what = difference(read.body, lying.version.body)
        may_approve = await self._may_approve(tx, lying, by)
        return forms.changed(lying, read, what, self.desk.plan, may_approve=may_approve)

    async def _thanks(self, tx: Tx, lying: Sheet) -> str:
        """What the yes brought about: it may go out, or whose yes is missing still."""
        plan = self.desk.plan
        if lying.text.kind is Kind.CALL_CENTRE_BRIEF and lying.text.state is TextState.APPROVED:
            return _("Thank you. The brief is approved. It goes out with the first post in public.")
        if lying.text.kind is Kind.CALL_CENTRE_BRIEF and lying.text.state is TextState.PUBLISHED:
            return _("Thank you. The brief is approved and on its way to the front line.")
        if lying.text.state is TextState.APPROVED:
            posters = (await surroundings(self.desk, tx, lying)).posters
            who = listing([escape(lying.name(user)) for user in posters])
            kind = kind_label(lying.text.kind)
            if not who:
                return _("Thank you. The {kind} is approved and may be posted.", kind=kind)
            return _("Thank you. The {kind} is approved. Asked to post it: {who}.", kind=kind, who=who)
        so_far = standing(lying.text, lying.version, lying.approvals)
        people = listing(list(dict.fromkeys(escape(lying.name(ask.user)) for ask in lying.open_asks)))
        if so_far.second_missing:
            if people:
                return _("Thank you. A second person must say yes too. Asked: {people}.", people=people)
            return _("Thank you. A second person must say yes too; you can invite one with `/invite`.")
        roles = escape(listing([plan.role_label(role) for role in so_far.missing]))
        if people:
            return _("Thank you. A yes from {roles} is missing. Asked: {people}.", roles=roles, people=people)
        return _("Thank you. A yes from {roles} is missing.", roles=roles)

    async def reject_form(self, version: VersionId, *, by: UserId) -> Answer:
        """`Reject` asks why."""
        async with self.desk.store.transaction() as tx:
            lying = await on_the_table(self.desk, tx, await text_of(tx, version), by)
            await refuse_strangers(self.desk, tx, lying.incident, by)
            await tx.apply(await came(tx, lying.incident, by))
            if lying.text.state is not TextState.WAITING:
                raise Refused(_("This text does not wait for a yes any more."))
            return Answer(opens=forms.reject(lying))

    async def reject(self, version: VersionId, reason: str, *, by: UserId, key: str) -> Answer:
        """No, and why: the card says so, and whoever wanted the text is told in its thread."""
        async with self.desk.store.transaction(key) as tx:
            lying = await on_the_table(self.desk, tx, await text_of(tx, version), by)
            await refuse_strangers(self.desk, tx, lying.incident, by)
            who = await approver(self.desk, tx, lying, by)
            entry = core.send_back(lying, version, reason, by=who, plan=self.desk.plan, now=tx.now)
            subjects = [lying.text.id, lying.incident.id, *(ask.id for ask in lying.asks)]
            await tx.apply(Decision(add=[entry], do=[Refresh(subjects=subjects, priority=Priority.DUTY)]))
            await tx.apply(await note(tx, lying.incident, lying.text.id, entry))
            await tx.apply(await members_refreshed(tx, lying) + await came(tx, lying.incident, by))
            asker = (await surroundings(self.desk, tx, lying)).asker
            if asker is None or asker == by:
                return tx.answer(
                    _("Sent back. Your reason stands on the card; `Edit` is open to everyone in the team.")
                )
            return tx.answer(_("Sent back. {name} is told why.", name=escape(lying.name(asker))))

"""The people of a crisis: who comes, who cannot, who stands in for whom, and who comes and goes by Slack's own ways."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlmodel import col

from bot.answer import Answer
from bot.cards.incidents import names
from bot.core import incident as core
from bot.core.effects import Decision, Invite, Refresh, RefreshHomes, Refused, Show, noted
from bot.core.shift import over
from bot.desk import Desk
from bot.i18n import _
from bot.models import (
    AWAY,
    LIVE,
    RELIEVED,
    AlertState,
    ChannelId,
    Handover,
    HandoverState,
    Here,
    Incident,
    Member,
    MemberId,
    Stage,
    TimelineEntry,
    UserId,
    new_id,
)
from bot.rights import filled, incident_of, member_of, members_of, refuse_guest, seen
from bot.service import promises, signals, texts
from bot.service.turns import in_turn
from bot.store import Tx

_COMING = select(func.min(Member.silent_at)).where(col(Member.silent_at).is_not(None))
"""When the next silence of somebody called ends."""


async def stand_in(desk: Desk, tx: Tx, incident: Incident, absent: Member) -> Decision:
    """Somebody comes in another's place: the stand-in, else the lead; where nobody is left the lead is told once."""
    waits = tx.now + desk.plan.waits.stand_in
    besides = {m.user for m in await members_of(tx, incident) if m.state in (*AWAY, Here.SILENT)}
    who = _in_place_of(desk, incident, absent, besides | {absent.user})
    if who is None and absent.user == incident.lead:  # somebody always leads
        others = (incident.declared_by, *desk.roster.holders(desk.plan.executive, declarer=incident.declared_by))
        who = next((user for user in others if user and user not in besides | {absent.user}), None)
    if who is None or (who == incident.lead and set(absent.roles) <= set(_roles(await member_of(tx, incident, who)))):
        return await tell_lead(tx, incident, absent.roles)
    known = await member_of(tx, incident, who)
    decision = core.stand_in_called(incident, absent, who, known, now=tx.now, silent_at=waits)
    if incident.channel and known is None:
        decision.do.append(Invite(incident=incident.id, users=[who]))
    return decision + await texts.stand_in_asked(desk, tx, incident, absent.user, who)


def _in_place_of(desk: Desk, incident: Incident, absent: Member, besides: set[UserId]) -> UserId | None:
    """Who the plan says; of somebody who has left the company it knows only the roles they had here."""
    of = [absent.user] if absent.user in desk.roster.active else absent.roles
    found = (desk.roster.stand_in_for(who, besides=besides, declarer=incident.declared_by) for who in of)
    return next((user for user in found if user is not None), None)


def _refuse_when_over(incident: Incident) -> None:
    """A press that comes too late says so."""
    if incident.stage not in LIVE:
        raise Refused(_("Crisis {number} is over: nobody is needed any more. Thank you.", number=incident.number))


def _roles(member: Member | None) -> list[str]:
    return member.roles if member else []


async def silence_starts(desk: Desk, tx: Tx, incident: Incident) -> None:
    """From now on whoever is called with a role and does not answer is stood in for."""
    for member in await members_of(tx, incident):
        if member.state is Here.ASKED and member.roles:
            member.silent_at = tx.now + desk.plan.waits.stand_in


async def offered_by(tx: Tx, incident: Incident, giver: UserId) -> Sequence[Handover]:
    """The shifts somebody offers in this crisis, that nobody has taken."""
    theirs = (col(Handover.incident) == incident.id, col(Handover.giver) == giver)
    query = select(Handover).where(*theirs, col(Handover.state) == HandoverState.OFFERED)
    rows: Sequence[Handover] = await tx.all(query)
    return rows


async def tell_lead(tx: Tx, incident: Incident, roles: list[str]) -> Decision:
    """A role nobody answers for: the lead hears it once."""
    new = [role for role in roles if role not in incident.gaps and role != "lead"]
    incident.gaps = [*incident.gaps, *new]
    if not new:
        return Decision(do=[Refresh(subjects=[incident.id])])
    return gap_told(incident, new, tx.now)


def gap_told(incident: Incident, roles: list[str], now: datetime, *, told: bool = False) -> Decision:
    """The lead hears of it, unless they are `told` by another message of the same moment."""
    entry = noted(incident.id, "gap_found", now=now, roles=roles)
    do: list[Show | Refresh] = [Refresh(subjects=[incident.id])]
    if incident.lead and not told:
        do.append(Show(kind="gap", subject=entry.id, place=incident.lead, incident=incident.id))
    return Decision(add=[entry], do=list(do))


class Members:
    """The verbs of those who are called, and of those who come of themselves."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    async def join(self, id: str, *, by: UserId, key: str, alert: str = "") -> Answer:
        """Into the channel of a crisis that is open already; the question of the watch card is answered with it."""
        async with self.desk.store.transaction(key) as tx:
            if alert:
                await refuse_guest(self.desk, tx, by)
            asked = await signals.waiting_alert(self.desk, tx, alert, by) if alert else None
            incident = await seen(self.desk, tx, id, by)
            if incident.stage is Stage.CLOSED:
                raise Refused(_("Crisis {number} is closed meanwhile. Please declare another.", number=incident.number))
            if asked is not None:
                await tx.apply(await signals.decided(self.desk, tx, asked, incident, by, state=AlertState.JOINED))
            if await member_of(tx, incident, by) is None:
                await tx.apply(self._joined(incident, by, tx.now))
            if incident.channel:
                await tx.apply(Decision(do=[Invite(incident=incident.id, users=[by])]))
                return tx.answer(
                    _("You are in crisis {number}: <#{channel}>.", number=incident.number, channel=incident.channel)
                )
            return tx.answer(_("You are in crisis {number}; its channel is opening.", number=incident.number))

    async def here(self, id: str, *, by: UserId, key: str) -> Answer:
        """`I'm on it`."""
        async with self.desk.store.transaction(key) as tx:
            incident = await seen(self.desk, tx, id, by)
            member = await member_of(tx, incident, by)
            _refuse_when_over(incident)
            if member is None:
                await tx.apply(self._joined(incident, by, tx.now))
                return tx.answer(_("Thank you, noted: you are on it."))
            if member.state is Here.HERE:
                return tx.answer(_("Noted before: you are on it. Thank you."))
            filled(incident, member.roles)
            await tx.apply(core.came(member, now=tx.now))
            return tx.answer(_("Thank you, noted: you are on it."))

    async def cannot(self, id: str, *, by: UserId, key: str) -> Answer:
        """`Can't: send my stand-in`."""
        async with self.desk.store.transaction(key) as tx:
            incident = await seen(self.desk, tx, id, by)
            member = await member_of(tx, incident, by)
            if member is None:
                raise Refused(_("You weren't called for this crisis."))
            _refuse_when_over(incident)
            await tx.apply(core.cannot_come(member, now=tx.now))
            lead = incident.lead
            called = await stand_in(self.desk, tx, incident, member)
            await tx.apply(called)
            asked = [row for row in called.add if isinstance(row, TimelineEntry) and row.kind == "stand_in_asked"]
            if asked and lead and asked[0].by == lead:
                name = (await names(tx, [lead])).get(lead, lead)
                return tx.answer(_("Understood. It falls to {name}, who leads and is told now.", name=name))
            if asked:
                return tx.answer(_("Understood. Your stand-in is asked now."))
            if incident.lead == by:
                return tx.answer(_("Understood, but nobody is left to ask, so you still lead. Please call somebody."))
            return tx.answer(_("Understood. You have no stand-in, so the lead hears of it and decides."))

    async def entered(self, channel: ChannelId, user: UserId, *, key: str) -> None:
        """Somebody came into a crisis channel by Slack's own ways: they may see it, and hold what the channel holds."""
        async with self.desk.store.transaction(key) as tx:
            incident = await self._of(tx, channel)
            if incident is None:
                return
            member = await member_of(tx, incident, user)
            if member is None and user in self.desk.roster.active:
                await tx.apply(self._joined(incident, user, tx.now))
            elif member is not None and member.state is Here.LEFT:
                member.state = Here.HANDED_OVER

    async def _of(self, tx: Tx, channel: ChannelId) -> Incident | None:
        """The crisis whose channel this is, locked."""
        found = await incident_of(tx, channel)
        return await tx.incident(found.id) if found else None

    async def left(self, channel: ChannelId, user: UserId, *, key: str) -> None:
        """Somebody left the channel: who was only there because of it sees nothing of the crisis any more."""
        async with self.desk.store.transaction(key) as tx:
            incident = await self._of(tx, channel)
            if incident is None:
                return
            member = await member_of(tx, incident, user)
            if member is None or member.roles or user in (incident.declared_by, incident.lead):
                return
            if member.state in RELIEVED:
                member.state = Here.LEFT  # who took their place is still known by it
            else:
                await tx.session.delete(member)
            gone = Decision(do=[Refresh(subjects=[incident.id]), RefreshHomes(people=[user])])
            for handover in await offered_by(tx, incident, user):
                gone += over(handover, HandoverState.REPLACED, now=tx.now)
                gone.do.append(RefreshHomes(people=[handover.to]))
            await tx.apply(gone + await promises.owner_left(tx, incident, user))

    def _joined(self, incident: Incident, user: UserId, now: datetime) -> Decision:
        member = Member.new(
            id=MemberId(new_id()), incident=incident.id, user=user, state=Here.HERE, asked_at=now, answered_at=now
        )
        return Decision(
            add=[member, noted(incident.id, "member_joined", now=now, by=user)], do=[Refresh(subjects=[incident.id])]
        )

    async def next_due(self, tx: Tx) -> datetime | None:
        """When the next silence ends."""
        return await tx.earliest(_COMING)

    async def tick(self) -> None:
        """Silence of those called brings their stand-ins."""
        async with self.desk.store.reading() as tx:
            due = await tx.all(
                select(Member).where(col(Member.silent_at) <= tx.now).order_by(col(Member.silent_at), col(Member.id))
            )
        await in_turn("members", (("the silence of a member", self._silent, member.id) for member in due))

    async def _silent(self, id: MemberId) -> None:
        async with self.desk.store.transaction() as tx:
            member = await tx.get(Member, id)
            incident = await tx.incident(member.incident)
            await tx.session.refresh(member)  # as it is now that the incident is locked
            if member.silent_at is None or member.silent_at > tx.now:
                return
            member.silent_at = None
            if member.state not in (Here.ASKED, Here.HERE) or incident.stage not in LIVE:
                return
            person = await tx.person(member.user)
            if person is not None and not person.active:
                await self._left_the_company(tx, incident, member)
            elif member.state is Here.ASKED:
                member.state = Here.SILENT
                await tx.apply(await stand_in(self.desk, tx, incident, member))
                await tx.apply(Decision(do=[Refresh(subjects=[member.id])]))

    async def _left_the_company(self, tx: Tx, incident: Incident, member: Member) -> None:
        """Their stand-in comes in their place, and whoever leads sees to what they owed."""
        await tx.apply(core.cannot_come(member, now=tx.now))
        await tx.apply(await stand_in(self.desk, tx, incident, member))
        await tx.apply(await promises.owner_left(tx, incident, member.user))

"""Who belongs to a crisis, what they may see, do and hold there. Checked at every door, and before news is drawn for somebody.

A guest of the workspace whom the plan does not name is no colleague. What is open to all of us is closed to them: they
say nothing about whether something is a crisis, and of one they were let into they see what its channel sees, say that
they are on it, and put messages on its timeline. Words, promises, its course and its record are the team's. Reporting
something is open to everybody.
"""

from collections.abc import Collection

from sqlalchemy import ColumnElement, or_, select
from sqlmodel import col

from bot.core import incident as core
from bot.core.effects import Decision, Refused
from bot.desk import Desk
from bot.duty import ladder
from bot.i18n import _
from bot.models import Audience, Here, Incident, Member, Role, UserId
from bot.store import Tx
from bot.views.blocks import escape


async def members_of(tx: Tx, incident: Incident) -> list[Member]:
    return list(
        await tx.all(
            select(Member).where(col(Member.incident) == incident.id).order_by(col(Member.asked_at), col(Member.id))
        )
    )


async def member_of(tx: Tx, incident: Incident, user: UserId) -> Member | None:
    query = select(Member).where(col(Member.incident) == incident.id, col(Member.user) == user)
    found = await tx.first(query)
    return found if isinstance(found, Member) else None


async def rights(desk: Desk, tx: Tx, incident: Incident, user: UserId) -> frozenset[Role]:
    """The roles somebody holds in this crisis: the plan's, those they stand in for, and those open to its channel."""
    member = await member_of(tx, incident, user)
    here = member is not None and member.state is not Here.LEFT
    held = desk.roster.roles_of(user, declarer=incident.declared_by, in_channel=here)
    if member is not None:
        held |= frozenset(member.roles)
    if user == incident.lead:
        held |= {"lead"}
    return frozenset(Role(role) for role in held)


async def may_see(desk: Desk, tx: Tx, incident: Incident, user: UserId) -> bool:
    """All staff may see a crisis that is open to them; a private one only who is in it. So may a guest: who is in it."""
    if incident.audience is Audience.STAFF and not desk.roster.outsider(user):
        return True
    if user in (incident.declared_by, incident.lead):
        return True
    member = await member_of(tx, incident, user)
    return member is not None and member.state is not Here.LEFT


def visible_to(desk: Desk, user: UserId) -> ColumnElement[bool]:
    """The same as `may_see`, for finding all crises somebody may see."""
    theirs = select(col(Member.incident)).where(col(Member.user) == user, col(Member.state) != Here.LEFT)
    in_it = or_(
        col(Incident.lead) == user,
        col(Incident.declared_by) == user,
        col(Incident.id).in_(theirs),
    )
    return in_it if desk.roster.outsider(user) else or_(col(Incident.audience) == Audience.STAFF, in_it)


def belongs(desk: Desk, incident: Incident, user: UserId, member: Member | None) -> bool:
    """Who may change what a crisis says, promises and does: whoever is in it; a guest only with a role in it."""
    if user in (incident.lead, incident.declared_by):
        return True
    return member is not None and (bool(member.roles) or not desk.roster.outsider(user))


async def on_the_team(desk: Desk, tx: Tx, incident: Incident, user: UserId) -> bool:
    return belongs(desk, incident, user, await member_of(tx, incident, user))


async def refuse_strangers(desk: Desk, tx: Tx, incident: Incident, user: UserId) -> None:
    """What is the team's to do; whoever else may see a crisis reads."""
    await refuse_guest_in(desk, tx, incident, user)
    if not await on_the_team(desk, tx, incident, user):
        raise Refused(_("That is for the crisis team. You can join its channel first."))


async def refuse_guest_in(desk: Desk, tx: Tx, incident: Incident, user: UserId) -> None:
    """What staff may do who see a crisis, and a guest in its channel may not."""
    if not desk.roster.outsider(user) or await on_the_team(desk, tx, incident, user):
        return
    lead = await tx.person(incident.lead)
    raise Refused(
        _(
            "You are a guest in this workspace: you can read along in crisis {number}, but this is for our crisis team. Please ask {name}.",
            number=incident.number,
            name=escape(lead.name) if lead else _("its lead"),
        )
    )


async def refuse_guest(desk: Desk, tx: Tx, user: UserId) -> None:
    """Whether something is a crisis is for colleagues to say; whom a guest tells instead."""
    if desk.roster.outsider(user):
        raise Refused(
            _(
                "You are a guest in this workspace, and whether this is a crisis is for colleagues to say. Please ask {who}, or write it down with `{command} report`: that is open to you.",
                who=await _on_duty(desk, tx),
                command=desk.plan.command,
            )
        )


async def refuse_unless_may_declare(desk: Desk, tx: Tx, user: UserId) -> None:
    """At once, before anybody types anything into a form."""
    if desk.roster.may_declare(user):
        return
    await refuse_guest(desk, tx, user)
    raise Refused(_("Declaring is for a few people in our plan. Please ask {who}.", who=await _on_duty(desk, tx)))


async def _on_duty(desk: Desk, tx: Tx) -> str:
    """The one who is asked first now, by name."""
    first = await tx.person(next(iter(await ladder(desk, tx)), None))
    return _("{name}, who is on duty", name=escape(first.name)) if first else _("whoever is on duty")


async def seen(desk: Desk, tx: Tx, id: str, user: UserId) -> Incident:
    """The incident, locked; somebody who may not see it hears the same as if there were none."""
    incident = await tx.incident(id)
    if not await may_see(desk, tx, incident, user):
        raise Refused(_("There is no such crisis."))
    return incident


async def numbered(desk: Desk, tx: Tx, number: int, by: UserId) -> Incident:
    """The crisis of this number; somebody who may not see it hears the same as if there were none."""
    ours = select(Incident).where(col(Incident.team) == tx.team, col(Incident.number) == number)
    found = await tx.first(ours)
    if not isinstance(found, Incident) or not await may_see(desk, tx, found, by):
        raise Refused(_("There is no crisis {number} that you can see.", number=number))
    return found


async def incident_of(tx: Tx, channel: str | None) -> Incident | None:
    """The crisis whose channel this is."""
    if not channel:
        return None
    found = await tx.first(select(Incident).where(col(Incident.team) == tx.team, col(Incident.channel) == channel))
    return found if isinstance(found, Incident) else None


async def came(tx: Tx, incident: Incident, user: UserId) -> Decision:
    """Any press but `Can't` counts as `I'm on it`; part of other verbs."""
    member = await member_of(tx, incident, user)
    if member is None or member.state not in (Here.ASKED, Here.SILENT):
        return Decision()
    filled(incident, member.roles)
    return core.came(member, now=tx.now)


def filled(incident: Incident, roles: Collection[str]) -> None:
    """Somebody answers for these roles now; a gap in them is over."""
    incident.gaps = [role for role in incident.gaps if role not in roles]

"""The brief, the headline, the DM that calls somebody, and what the lead is told."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import func, select
from sqlmodel import col

from bot.core import posting
from bot.core.ending import may_be_false_alarm
from bot.core.incident import Scene
from bot.core.promise import wanted_by
from bot.desk import Desk
from bot.i18n import listing
from bot.models import (
    Approval,
    Ask,
    Card,
    Incident,
    IncidentId,
    Member,
    Person,
    Promise,
    PromiseState,
    Publication,
    Signal,
    Text,
    TextState,
    TimelineEntry,
    UserId,
    Version,
)
from bot.store import Tx
from bot.views import incident as views
from bot.views import team
from bot.views.blocks import Message
from bot.views.text import size


async def scene(desk: Desk, tx: Tx, incident: Incident) -> Scene:
    """Everything the brief and the status show."""
    members = await tx.all(
        select(Member).where(col(Member.incident) == incident.id).order_by(col(Member.asked_at), col(Member.id))
    )
    texts = await tx.all(
        select(Text).where(col(Text.incident) == incident.id).order_by(col(Text.created_at), col(Text.id))
    )
    ids = [text.id for text in texts]
    versions = await tx.all(select(Version).where(col(Version.id).in_([t.current for t in texts if t.current])))
    asks = await tx.all(
        select(Ask)
        .where(col(Ask.text).in_(ids), col(Ask.settled_at).is_(None))
        .order_by(col(Ask.asked_at), col(Ask.id))
    )
    yeses = select(Approval).where(col(Approval.version).in_([version.id for version in versions]))
    approvals = await tx.all(yeses.order_by(col(Approval.at), col(Approval.id)))
    posters = {
        text.id: posting.posters(
            desk.plan, desk.roster, incident, text, members, [yes for yes in approvals if yes.version == text.current]
        )
        for text in texts
        if text.state is TextState.APPROVED
    }
    publications = await tx.all(select(Publication).where(col(Publication.text).in_(ids)))
    promises = await tx.all(
        select(Promise)
        .where(col(Promise.incident) == incident.id, col(Promise.state) == PromiseState.OPEN)
        .order_by(col(Promise.due), col(Promise.id))
    )
    posts = await tx.session.scalar(select(func.count()).select_from(Signal).where(col(Signal.incident) == incident.id))
    people = {incident.lead, incident.declared_by, incident.closed_by}
    people |= (
        {m.user for m in members}
        | {a.user for a in asks}
        | {p.owner for p in promises}
        | {user for who in posters.values() for user in who}
    )
    return Scene(
        incident=incident,
        members=members,
        texts=texts,
        versions={version.text: version for version in versions},
        asks=asks,
        posters=posters,
        publications=publications,
        promises=promises,
        names=await names(tx, people),
        posts=posts or 0,
        goes_on_in=await tx.one(Incident, incident.merged_into),
        merged_here=await tx.all(
            select(col(Incident.number)).where(col(Incident.merged_into) == incident.id).order_by(col(Incident.number))
        ),
    )


async def names(tx: Tx, people: Iterable[str | None]) -> dict[str, str]:
    """How people are called, by id; who is unknown keeps the id."""
    wanted = [user for user in people if user]
    known = await tx.all(select(Person).where(col(Person.team) == tx.team, col(Person.user).in_(wanted)))
    return {person.user: person.name for person in known}


async def brief(desk: Desk, tx: Tx, card: Card) -> Message | None:
    incident = await tx.get(Incident, card.subject)
    return views.brief(await scene(desk, tx, incident), desk.plan, now=tx.now)


async def headline(desk: Desk, tx: Tx, card: Card) -> Message | None:
    incident = await tx.get(Incident, card.subject)
    return views.headline(await scene(desk, tx, incident), desk.plan)


async def member(desk: Desk, tx: Tx, card: Card) -> Message | None:
    row = await tx.get(Member, card.subject)
    incident = await tx.get(Incident, row.incident)
    texts = await _texts_to_read(tx, incident, row.user, row.asked_at)
    to_read = texts[0] if texts else None
    version = await tx.one(Version, to_read.current) if to_read else None
    publications = await tx.all(
        select(Publication).join(Text, col(Text.id) == col(Publication.text)).where(col(Text.incident) == incident.id)
    )
    ends = row.user in (incident.lead, incident.declared_by)
    return team.called(
        row,
        incident,
        desk.plan,
        await names(tx, [row.user, row.stands_in_for]),
        to_read=to_read,
        further=texts[1:],
        size=size(to_read, version, desk.plan) if to_read and version else "",
        by=await _wanted(tx, incident, to_read) if to_read else None,
        absent=await absentee(tx, row.incident, row.stands_in_for),
        false_alarm=ends and may_be_false_alarm(incident, publications, now=tx.now),
        refused=await _refused(tx, incident) if ends else None,
    )


async def _refused(tx: Tx, incident: Incident) -> str | None:
    """Why Slack did not open its channel."""
    ours = select(TimelineEntry).where(col(TimelineEntry.incident) == incident.id)
    entry = await tx.first(ours.where(col(TimelineEntry.kind) == "channel_refused")) if not incident.channel else None
    return str(entry.data["why"]) if entry is not None else None


async def absentee(tx: Tx, incident: IncidentId, user: UserId | None) -> Member | None:
    """The one in whose place somebody else is asked, if they were called at all."""
    if user is None:
        return None
    found = await tx.first(select(Member).where(col(Member.incident) == incident, col(Member.user) == user))
    return found if isinstance(found, Member) else None


async def _texts_to_read(tx: Tx, incident: Incident, user: UserId | None, asked_at: datetime) -> list[Text]:
    """The texts this person was asked about when they were called: the same DM asks for their yes."""
    query = (
        select(Text)
        .join(Ask, col(Ask.text) == col(Text.id))
        .where(
            col(Text.incident) == incident.id,
            col(Text.state) == TextState.WAITING,
            col(Ask.user) == user,
            col(Ask.asked_at) == asked_at,
            col(Ask.settled_at).is_(None),
        )
    )
    return list(await tx.all(query.order_by(col(Text.created_at), col(Text.id))))


async def _wanted(tx: Tx, incident: Incident, text: Text) -> datetime | None:
    """By when a text is to be read; a time that is over is no answer to that."""
    promises = await tx.all(
        select(Promise)
        .where(col(Promise.incident) == incident.id, col(Promise.state) == PromiseState.OPEN)
        .order_by(col(Promise.due), col(Promise.id))
    )
    by = wanted_by(text, promises)
    return by if by is not None and by > tx.now else None


async def gap(desk: Desk, tx: Tx, card: Card) -> Message | None:
    entry = await tx.get(TimelineEntry, card.subject)
    incident = await tx.get(Incident, entry.incident)
    roles = [desk.plan.role_label(role) for role in entry.data.get("roles", [])]
    return team.gap(incident, desk.plan, await names(tx, [incident.lead]), listing(roles))


async def may_be_same(desk: Desk, tx: Tx, card: Card) -> Message | None:
    entry = await tx.get(TimelineEntry, card.subject)
    incident = await tx.get(Incident, entry.incident)
    other = await tx.get(Incident, entry.data["other"])
    return team.may_be_same(incident, other)


async def stand_in(desk: Desk, tx: Tx, card: Card) -> Message | None:
    entry = await tx.get(TimelineEntry, card.subject)
    incident = await tx.get(Incident, entry.incident)
    to_read = await _texts_to_read(tx, incident, entry.by, entry.at)
    wanted = [by for text in to_read if (by := await _wanted(tx, incident, text))]
    called = await names(tx, [entry.by, entry.data["instead_of"]])
    return team.stands_in(entry, incident, desk.plan, called, to_read=to_read, by=min(wanted, default=None))


async def no_channel(desk: Desk, tx: Tx, card: Card) -> Message | None:
    entry = await tx.get(TimelineEntry, card.subject)
    called = await names(tx, [card.place])
    return team.no_channel(entry, await tx.get(Incident, entry.incident), called.get(card.place, ""))


CARDS = {
    "brief": brief,
    "headline": headline,
    "member": member,
    "stand_in": stand_in,
    "gap": gap,
    "no_channel": no_channel,
    "may_be_same": may_be_same,
}

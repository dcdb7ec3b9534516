"""A text as it lies on the desk, from the rows: what its cards, its screens and the decisions about it all look at."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlmodel import col

from bot.cards.incidents import names
from bot.core.checked import findings_in
from bot.core.guard import Finding
from bot.core.posting import posters
from bot.core.promise import wanted_by
from bot.core.promised import PUBLIC
from bot.core.sheet import Sheet, Surroundings
from bot.core.shift import successor
from bot.desk import Desk
from bot.models import (
    AWAY,
    Approval,
    Ask,
    Here,
    Incident,
    Kind,
    Member,
    Promise,
    PromiseState,
    Publication,
    Signal,
    Text,
    TextState,
    TimelineEntry,
    Version,
)
from bot.rights import belongs
from bot.store import Tx


async def sheet(desk: Desk, tx: Tx, incident: Incident, text: Text) -> Sheet:
    """Everything about one text that has a version."""
    versions = await tx.all(select(Version).where(col(Version.text) == text.id).order_by(col(Version.number)))
    current = next(version for version in versions if version.id == text.current)
    offered = [version for version in versions if version.offered]
    approvals = await tx.all(select(Approval).where(col(Approval.version) == current.id).order_by(col(Approval.at)))
    asks = await tx.all(select(Ask).where(col(Ask.text) == text.id).order_by(col(Ask.asked_at)))
    publications = await tx.all(select(Publication).where(col(Publication.text) == text.id))
    sent_back = await _sent_back(tx, incident, current)
    brief = await tx.one(Text, text.brief)
    people = {current.edited_by, incident.lead, incident.declared_by, text.asked_by}
    people |= {member.user for member in await _members(tx, incident)}
    people |= {a.by for a in approvals} | {p.by for p in publications} | {sent_back.by if sent_back else None}
    for ask in asks:
        people |= {ask.user, ask.instead_of}
    return Sheet(
        incident=incident,
        text=text,
        version=current,
        approvals=approvals,
        asks=asks,
        sent_back=sent_back,
        offered=offered[-1] if offered else None,
        brief=brief,
        brief_version=await tx.one(Version, brief.current) if brief else None,
        publications=sorted(publications, key=lambda p: p.at),
        findings=await findings(desk, tx, incident, text, current),
        names=await names(tx, people),
    )


async def findings(desk: Desk, tx: Tx, incident: Incident, text: Text, version: Version) -> tuple[Finding, ...]:
    """What the guards find in a version, in the reader's language."""
    return findings_in(
        desk.plan,
        incident,
        text,
        version.body,
        promised_at=version.promised_at,
        responsibility=version.responsibility,
        answers=await tx.one(Signal, text.answers),
        now=tx.now,
    )


async def _sent_back(tx: Tx, incident: Incident, version: Version) -> TimelineEntry | None:
    """The entry that says who rejected this version, and why."""
    rejected = (col(TimelineEntry.incident) == incident.id, col(TimelineEntry.kind) == "text_rejected")
    entries = await tx.all(
        select(TimelineEntry).where(*rejected).order_by(col(TimelineEntry.at).desc(), col(TimelineEntry.id).desc())
    )
    return next((entry for entry in entries if entry.data.get("version") == version.id), None)


async def surroundings(desk: Desk, tx: Tx, lying: Sheet) -> Surroundings:
    """By when it is wanted, who may help, what waits for it."""
    incident, text = lying.incident, lying.text
    promises = await tx.all(
        select(Promise)
        .where(col(Promise.incident) == incident.id, col(Promise.state) == PromiseState.OPEN)
        .order_by(col(Promise.due), col(Promise.id))
    )
    members = await _members(tx, incident)
    folded = await _folded(tx, incident) if text.kind in PUBLIC else []
    waits = len([other for other in folded if other.kind is Kind.REPLY]) + int(lying.covers_brief)
    due = wanted_by(text, promises)
    return Surroundings(
        due=due,
        late=due is not None and due < tx.now,
        promise_owner=lying.name(incident.lead) if incident.lead else None,
        open_roles=frozenset(role for role in text.needs if desk.roster.open_to_channel(role)),
        others_here=any(
            m.state not in AWAY and m.user != lying.version.edited_by and belongs(desk, incident, m.user, m)
            for m in members
        ),
        folded=waits,
        statement=next((other for other in folded if other.kind is Kind.HOLDING_STATEMENT), None),
        here=frozenset(member.user for member in members if member.state is Here.HERE),
        posters=posters(desk.plan, desk.roster, incident, text, members, lying.approvals),
        stands=text.kind is Kind.HOLDING_STATEMENT and incident.position is not None,
        model=desk.model is not None,
        front_line=desk.plan.front_line,
        asker=successor(text.asked_by or incident.declared_by or incident.lead, members, incident.lead),
    )


async def _members(tx: Tx, incident: Incident) -> Sequence[Member]:
    ours = select(Member).where(col(Member.incident) == incident.id)
    return await tx.all(ours.order_by(col(Member.asked_at), col(Member.id)))


async def _folded(tx: Tx, incident: Incident) -> Sequence[Text]:
    return await tx.all(select(Text).where(col(Text.incident) == incident.id, col(Text.state) == TextState.FOLDED))

"""From a crisis's id to its timeline and its whole record."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import select
from sqlmodel import col

from bot.cards.incidents import names
from bot.core.alert import REPORT
from bot.core.report import PRIVATE_TO
from bot.core.untrusted import shown
from bot.desk import Desk
from bot.models import (
    Approval,
    Audience,
    Card,
    Effect,
    Incident,
    Member,
    PinnedMessage,
    Promise,
    Publication,
    Report,
    Signal,
    Text,
    TimelineEntry,
    UserId,
    Version,
)
from bot.rights import may_see, on_the_team
from bot.store import Tx
from bot.views import record as views
from bot.views.blocks import Message, moment
from bot.views.happened import Story
from bot.views.record import Record
from bot.views.record.quoting import safe, stamp

PEOPLE = ("instead_of", "to", "before", "owner", "giver")
"""Where an entry carries a person."""


async def story(desk: Desk, tx: Tx, incident: Incident) -> Story:
    """The timeline as Slack shows it."""

    def time(at: datetime) -> str:
        return moment(at, incident.zone)

    return await _story(desk, tx, incident, time=time, words=shown)


async def _story(
    desk: Desk, tx: Tx, incident: Incident, *, time: Callable[[datetime], str], words: Callable[[str, int], str]
) -> Story:
    ours = select(TimelineEntry).where(col(TimelineEntry.incident) == incident.id)
    entries = await tx.all(ours.order_by(col(TimelineEntry.at), col(TimelineEntry.id)))
    texts = await tx.all(select(Text).where(col(Text.incident) == incident.id))
    promises = await tx.all(select(Promise).where(col(Promise.incident) == incident.id))
    pinned = await tx.all(select(PinnedMessage).where(col(PinnedMessage.incident) == incident.id))
    people = {entry.by for entry in entries} | {user for row in pinned for user in (row.author, row.pinned_by)}
    people |= {str(entry.data[name]) for entry in entries for name in PEOPLE if entry.data.get(name)}
    other = await tx.one(Incident, incident.merged_into)
    return Story(
        incident=incident,
        goes_on_in=other.number if other else None,
        plan=desk.plan,
        time=time,
        words=words,
        entries=entries,
        names=await names(tx, people),
        texts={text.id: text for text in texts},
        promises={promise.id: promise for promise in promises},
        pinned={row.id: row for row in pinned},
    )


async def _unshown(desk: Desk, tx: Tx, incident: Incident, posts: Sequence[Signal], reader: UserId) -> frozenset[str]:
    """Which posts are colleagues' words, and not for this reader: all staff may read it, but they told its team."""
    if incident.audience is not Audience.STAFF:
        return frozenset()
    inside = await on_the_team(desk, tx, incident, reader)
    hidden = set()
    for post in posts:
        if post.source != REPORT:
            continue
        sees = inside
        if PRIVATE_TO in post.fields:
            before = await tx.one(Incident, post.fields[PRIVATE_TO])
            sees = before is not None and await may_see(desk, tx, before, reader)
        if not sees:
            hidden.add(post.id)
    return frozenset(hidden)


async def record(desk: Desk, tx: Tx, incident: Incident, reader: UserId) -> Record:
    """Everything this reader may see, for a file."""

    def time(at: datetime) -> str:
        return stamp(at, incident.zone)

    told = await _story(desk, tx, incident, time=time, words=safe)
    members = await tx.all(
        select(Member).where(col(Member.incident) == incident.id).order_by(col(Member.asked_at), col(Member.id))
    )
    texts = sorted(told.texts.values(), key=lambda text: (text.created_at, text.id))
    versions = await tx.all(
        select(Version).where(col(Version.text).in_([text.id for text in texts])).order_by(col(Version.number))
    )
    of_versions = col(Approval.version).in_([version.id for version in versions])
    approvals = await tx.all(select(Approval).where(of_versions).order_by(col(Approval.at), col(Approval.id)))
    publications = await tx.all(select(Publication).where(col(Publication.text).in_([text.id for text in texts])))
    posts = await tx.all(
        select(Signal).where(col(Signal.incident) == incident.id).order_by(col(Signal.received_at), col(Signal.id))
    )
    of_posts = select(Report).join(Signal, col(Signal.id) == col(Report.signal))
    reports = await tx.all(of_posts.where(col(Signal.incident) == incident.id).order_by(col(Report.at), col(Report.id)))
    unshown = await _unshown(desk, tx, incident, posts, reader)
    reports = [report for report in reports if report.signal not in unshown]
    people = {member.user for member in members} | {report.by for report in reports}
    people |= {member.stands_in_for for member in members}
    people |= {yes.by for yes in approvals} | {tick.by for tick in publications} | {v.edited_by for v in versions}
    people |= {user for promise in told.promises.values() for user in (promise.owner, promise.settled_by)}
    people |= {incident.declared_by, incident.lead} | {
        user for row in told.pinned.values() for user in (row.pinned_by, row.off_by)
    }
    return Record(
        story=replace(told, names={**told.names, **await names(tx, people)}),
        now=tx.now,
        members=members,
        texts=texts,
        versions=versions,
        approvals=approvals,
        publications=publications,
        promises=sorted(told.promises.values(), key=lambda promise: (promise.due, promise.id)),
        posts=posts,
        reports=reports,
        unshown=unshown,
        channels={id: entry for entry, id in desk.roster.channels.items()},
        pinned=sorted(told.pinned.values(), key=lambda row: row.ts),
    )


async def no_export(desk: Desk, tx: Tx, card: Card) -> Message | None:
    effect = await tx.get(Effect, card.subject)
    return views.no_export(await tx.get(Incident, str(effect.incident)), effect.error or "", desk.plan.command)


CARDS = {"no_export": no_export}

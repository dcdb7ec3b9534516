"""When approved words count as said in public: a tick for each outlet, and the time it was posted there."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from bot.core.effects import Decision, Priority, Refresh, Refused, noted
from bot.core.sheet import Sheet, here_first
from bot.core.shift import successor
from bot.i18n import _
from bot.models import (
    AWAY,
    Approval,
    Here,
    Incident,
    Kind,
    Member,
    Publication,
    Text,
    TextState,
    UserId,
    VersionId,
    new_id,
)
from bot.plan import Plan
from bot.roster import Roster

A_MINUTE = timedelta(minutes=1)
"""Slack's pickers know no seconds, so a given time may seem this much off."""


def publish(
    sheet: Sheet,
    version: VersionId,
    ticked: Mapping[str, str | None],
    *,
    at: datetime,
    by: UserId,
    now: datetime,
) -> tuple[list[Publication], Decision]:
    """It stands there in public: outlet -> link, if known. The first tick is what keeps a promise; late ones only add.

    An outlet that was ticked before may get its link now.
    """
    text = sheet.text
    if text.state not in (TextState.APPROVED, TextState.PUBLISHED) or version != text.current:
        raise Refused(_("Only approved words may be posted. This text is waiting for its yes."))
    known = {publication.outlet: publication for publication in sheet.publications}
    new = [outlet for outlet in text.outlets if outlet in ticked and outlet not in known]
    linked = [known[outlet] for outlet, link in ticked.items() if outlet in known and link and not known[outlet].link]
    if not new and not linked:
        left = [outlet for outlet in text.outlets if outlet not in known]
        field = "outlets" if left or not known else f"link_{next(iter(known))}"
        raise Refused(_("Please tick where it is posted."), field=field)
    said_at = _posted_at(sheet, at, now=now) if new else now
    for publication in linked:
        publication.link = ticked[publication.outlet]
    rows = [
        Publication.new(id=new_id(), text=text.id, version=version, outlet=o, at=said_at, by=by, link=ticked[o])
        for o in new
    ]
    if rows and text.published_at is None:
        text.state, text.published_at, text.unposted_at = TextState.PUBLISHED, said_at, None
    entry = noted(
        sheet.incident.id,
        "text_published" if rows else "links_added",
        now=now,
        by=by,
        text=text.id,
        version=version,
        outlets=new or [publication.outlet for publication in linked],
        at=said_at.isoformat(),
    )
    return rows, Decision(
        add=[*rows, entry], do=[Refresh(subjects=[text.id, sheet.incident.id], priority=Priority.DUTY)]
    )


def _posted_at(sheet: Sheet, at: datetime, *, now: datetime) -> datetime:
    """When it was posted, in seconds: after the yes, and not in the future."""
    approved = sheet.text.approved_at or sheet.text.created_at
    if at > now + A_MINUTE:
        raise Refused(_("That time is still to come. When was it posted?"), field="at")
    if at < approved.replace(second=0, microsecond=0):
        time = sheet.clock(approved, now)
        raise Refused(_("It was approved at {time}, so it cannot have been posted before.", time=time), field="at")
    return min(max(at, approved), now)


def posters(
    plan: Plan, roster: Roster, incident: Incident, text: Text, members: Sequence[Member], approvals: Sequence[Approval]
) -> tuple[UserId, ...]:
    """Who is asked to post it: the declarer if they may, else all who may, whoever is here first, else the lead; a reply, whoever
    approved it."""
    away = {member.user for member in members if member.state in AWAY}
    if text.kind is Kind.REPLY and approvals and (user := successor(approvals[-1].by, members, incident.lead)):
        return (user,)
    publishers = set(plan.publishers)
    declarer = incident.declared_by
    if declarer is not None and declarer not in away:
        held = roster.roles_of(declarer, declarer=declarer, in_channel=True)
        if publishers & held:
            return (declarer,)
    able = [member.user for member in members if publishers & set(member.roles)]
    able += [user for role in plan.publishers for user in roster.holders(role, declarer=declarer)]
    here = {member.user for member in members if member.state is Here.HERE}
    found = here_first((user for user in able if user not in away), here)
    return found or ((incident.lead,) if incident.lead else ())

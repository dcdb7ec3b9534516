"""Second thoughts about a whole crisis: it was a false alarm, or it is the same one as another."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.core import promise as promises
from bot.core.effects import Decision, Refused, noted
from bot.core.incident import move, stage_label
from bot.i18n import _
from bot.models import (
    AWAY,
    LIVE,
    RELIEVED,
    Audience,
    Here,
    Incident,
    Member,
    MemberId,
    Move,
    Promise,
    PromiseKind,
    Publication,
    UserId,
    new_id,
)

FALSE_ALARM_WITHIN = timedelta(minutes=30)
"""Afterwards too much has been set in motion to call it nothing; then a crisis is resolved."""
WINDOWS = (PromiseKind.FIRST_WORD, PromiseKind.STATEMENT, PromiseKind.UPDATE)
"""Kinds that the plan promises by itself."""


def may_be_false_alarm(incident: Incident, publications: Collection[Publication], *, now: datetime) -> bool:
    """Whether `False alarm` is offered: early, and while nobody outside has read a word of ours."""
    return incident.stage in LIVE and now - incident.opened_at < FALSE_ALARM_WITHIN and not publications


def false_alarm(
    incident: Incident, publications: Collection[Publication], because: str, *, by: UserId, now: datetime
) -> Decision:
    """It was nothing. What was said in public cannot be unsaid, so that wants a word in public, and `resolve`."""
    if incident.stage in LIVE and publications:
        raise Refused(
            _(
                "Something is posted already, and people may wait for what it says. Please say in public that all is "
                "well (`/crisis update`), then type `/crisis resolve`. Nothing was changed."
            )
        )
    if incident.stage in LIVE and now - incident.opened_at >= FALSE_ALARM_WITHIN:
        raise Refused(
            _(
                "This crisis has been open for more than 30 minutes, so it is ended with `/crisis resolve`: it shows "
                "what is still open first. Nothing was changed."
            )
        )
    decision = move(incident, Move.FALSE_ALARM, by=by, now=now)
    incident.closed_because = because or None
    return decision


def ends_with_false_alarm(promise: Promise) -> bool:
    """What was said in public stays until it is kept or openly settled."""
    return not promise.public


def to_stand_down(members: Sequence[Member], *, by: UserId) -> list[UserId]:
    """Whoever is or may still be at work for it, but for the one who says that nobody need be."""
    return [m.user for m in members if m.state in (Here.ASKED, Here.HERE, Here.SILENT) and m.user != by]


def which_goes_on(first: Incident, second: Incident, posted: Collection[str]) -> Incident:
    """The one with something posted, for people read there; else the older one."""
    older, younger = sorted((first, second), key=lambda incident: incident.number)
    return younger if younger.id in posted and older.id not in posted else older


def refuse_unless_two(closing: Incident, staying: Incident) -> None:
    """Two open crises, not the same one twice."""
    if closing.id == staying.id:
        raise Refused(_("That is the same crisis twice. Please name two."))
    for incident in (closing, staying):
        if incident.stage not in LIVE:
            raise Refused(
                _(
                    "Crisis {number} is {stage}; only open ones can be merged. Nothing was changed.",
                    number=incident.number,
                    stage=stage_label(incident.stage),
                )
            )


@dataclass
class Sorted:
    """What becomes of the promises of a crisis that goes on in another."""

    going: list[Promise] = field(default_factory=list)
    """To the crisis that goes on, with their time and owner."""
    ended: list[Promise] = field(default_factory=list)
    """The plan's own, of which one of the two crises has one too that is as strict."""
    staying: list[Promise] = field(default_factory=list)
    """Words typed in a private crisis do not go where all staff read; their owners keep them where they are."""


def sort_promises(
    closing: Incident,
    staying: Incident,
    theirs: Sequence[Promise],
    ours: Sequence[Promise],
    kept: Collection[PromiseKind],
) -> Sorted:
    """`theirs` are owed by the one that closes, `ours` by the one that goes on, which has `kept` those kinds before.

    Of the plan's own windows the stricter one counts. A time said in public counts in any case.
    """
    found = Sorted()
    secret = closing.audience is Audience.TEAM and staying.audience is Audience.STAFF
    for promise in theirs:
        window = promise.kind in WINDOWS and not promise.public and not promise.wording
        alike = [other for other in ours if other.kind == promise.kind]
        if secret and promise.wording:
            found.staying.append(promise)
        elif window and (_is_kept(promise, kept) or any(other.due <= promise.due for other in alike)):
            found.ended.append(promise)
        else:
            found.going.append(promise)
            found.ended += [other for other in alike if window and not other.public]
    return found


def _is_kept(promise: Promise, kept: Collection[PromiseKind]) -> bool:
    """Said once is said; an update is owed again and again."""
    return promise.kind in kept and promise.kind is not PromiseKind.UPDATE


def merged(closing: Incident, staying: Incident, promises_: Sorted, *, by: UserId, now: datetime) -> Decision:
    """One goes on, the other closes and points to it. Neither's words stand in the other's record: only numbers."""
    refuse_unless_two(closing, staying)
    decision = move(closing, Move.MERGE, by=by, now=now)
    closing.merged_into = staying.id
    decision.add.append(
        noted(staying.id, "crisis_merged_here", now=now, by=by, other=closing.id, number=closing.number)
    )
    for promise in promises_.ended:
        decision += promises.end(promise, by=by, now=now)
    for promise in promises_.going:
        promise.incident = staying.id
        promise.text = None  # it was of the other crisis; one that keeps it is written in this one
        promise.owner = promise.owner or staying.lead
    for name in ("first_mention_at", "first_seen_at"):
        known = [at for at in (getattr(staying, name), getattr(closing, name)) if at is not None]
        setattr(staying, name, min(known, default=None))
    return decision


def comes_over(
    member: Member, staying: Incident, known: Member | None, *, waits: timedelta, now: datetime
) -> Member | None:
    """Somebody of the crisis that closes belongs to the one that goes on; a new row, if they did not before.

    They keep their roles but for the lead's: somebody leads already.
    """
    roles = [role for role in member.roles if role != "lead"]
    state = Here.ASKED if member.state is Here.SILENT else member.state
    if known is not None:
        known.roles = list(dict.fromkeys([*known.roles, *roles]))
        if known.state in RELIEVED and state not in AWAY:  # out of this one, and needed again for the other's sake
            known.state, known.answered_at = state, member.answered_at
            known.silent_at = now + waits if state is Here.ASKED and roles else None
        return None
    return Member.new(
        id=MemberId(new_id()),
        incident=staying.id,
        user=member.user,
        roles=roles,
        stands_in_for=member.stands_in_for,
        state=state,
        asked_at=now,
        answered_at=member.answered_at,
        silent_at=now + waits if state is Here.ASKED and roles else None,
    )

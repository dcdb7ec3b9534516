"""The end of a shift: what is somebody's in a crisis goes to another, once that one says `I have it`."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.core.effects import Decision, Priority, Refresh, Refused, SetTopic, Show, noted
from bot.i18n import _
from bot.models import (
    AWAY,
    Ask,
    Handover,
    HandoverId,
    HandoverState,
    Here,
    Incident,
    Member,
    MemberId,
    Promise,
    Stage,
    UserId,
    new_id,
)

REMIND, LEAD = 1, 2
"""Who is told that nobody has taken it: whoever was asked, then the lead."""


def offered(
    incident: Incident,
    giver: UserId,
    to: UserId,
    before: Sequence[Handover],
    *,
    words: str,
    wait: timedelta,
    now: datetime,
    instead_of: UserId | None = None,
    by: UserId | None = None,
) -> Decision:
    """Somebody is asked to take over; an offer that is still open gives way. Until it is taken nothing changes hands.

    `by` is whoever asks where that is not the giver.
    """
    if incident.stage is Stage.CLOSED:
        raise Refused(_("Crisis {number} is closed, so there is nothing to hand over.", number=incident.number))
    decision = Decision()
    for earlier in before:
        decision += over(earlier, HandoverState.REPLACED, now=now)
    handover = Handover.new(
        id=HandoverId(new_id()),
        incident=incident.id,
        giver=giver,
        to=to,
        instead_of=instead_of,
        words=words,
        asked_at=now,
        next_at=now + wait,
    )
    entry = noted(incident.id, "handover_offered", now=now, by=by or giver, to=to, handover=handover.id)
    card = Show(kind="shift", subject=handover.id, place=to, incident=incident.id, priority=Priority.DUTY)
    return decision + Decision(add=[handover, entry], do=[card])


def over(handover: Handover, state: HandoverState, *, now: datetime) -> Decision:
    """It is no longer open: its message says what became of it."""
    handover.state, handover.settled_at, handover.next_at = state, now, None
    return Decision(do=[Refresh(subjects=[handover.id], priority=Priority.DUTY)])


def refuse_unless_open(handover: Handover, incident: Incident, giver: str, *, by: UserId) -> None:
    """Only whoever is asked, once, and while it is wanted."""
    if handover.to != by:
        raise Refused(_("This is not offered to you."))
    match handover.state:
        case HandoverState.TAKEN:
            raise Refused(_("You have it already. Thank you."))
        case HandoverState.DECLINED:
            raise Refused(_("You said that you can't, so somebody else is asked."))
        case HandoverState.REPLACED:
            raise Refused(_("{name} needs nobody to take over any more. Thank you all the same.", name=giver))
        case _:
            pass
    if incident.stage is Stage.CLOSED:
        raise Refused(_("Crisis {number} is closed, so there is nothing to hand over.", number=incident.number))


def refuse_unless_untaken(handover: Handover, giver: str, to: str) -> None:
    """Somebody else can be asked as long as the giver still has it."""
    if handover.state is HandoverState.TAKEN:
        raise Refused(_("{to} has taken over from {name} meanwhile.", to=to, name=giver))


def taken(
    handover: Handover,
    incident: Incident,
    giver: Member | None,
    receiver: Member | None,
    *,
    roles: Sequence[str],
    promises: Sequence[Promise],
    asks: Sequence[Ask],
    theirs: Sequence[Ask],
    wait: timedelta,
    now: datetime,
) -> Decision:
    """`I have it`: lead, roles, promises and open questions change hands in one moment.

    `asks` are the giver's that nobody has settled, `theirs` those of whoever takes over.
    """
    led = incident.lead == handover.giver
    decision = over(handover, HandoverState.TAKEN, now=now)
    handover.led, handover.roles, handover.promises = led, list(roles), [promise.id for promise in promises]
    if led:
        incident.lead = handover.to
        decision.do.append(SetTopic(incident=incident.id))
    decision += _members(handover, incident, giver, receiver, roles, now=now)
    for promise in promises:
        promise.owner, promise.offered_to = handover.to, None
    decision += _asks(handover, asks, theirs, wait=wait, now=now)
    decision.add.append(
        noted(
            incident.id,
            "handover_taken",
            now=now,
            by=handover.to,
            giver=handover.giver,
            handover=handover.id,
            led=led,
            roles=list(roles),
            promises=[promise.id for promise in promises],
        )
    )
    return decision


def _members(
    handover: Handover,
    incident: Incident,
    giver: Member | None,
    receiver: Member | None,
    roles: Sequence[str],
    *,
    now: datetime,
) -> Decision:
    """One of them is here, the other is asked nothing more."""
    decision = Decision()
    sees = giver is not None or handover.led or handover.giver == incident.declared_by
    if giver is None:
        giver = Member.new(id=MemberId(new_id()), incident=incident.id, user=handover.giver, asked_at=now)
        decision.add.append(giver)
    giver.state, giver.roles, giver.answered_at, giver.silent_at = Here.HANDED_OVER, [], now, None
    if not sees:
        giver.state = Here.LEFT  # who has left does not get it back by handing it over
    if receiver is None:
        receiver = Member.new(id=MemberId(new_id()), incident=incident.id, user=handover.to, asked_at=now)
        decision.add.append(receiver)
    receiver.roles = list(dict.fromkeys([*receiver.roles, *roles]))
    if receiver.stands_in_for in (None, handover.to):
        receiver.stands_in_for = handover.giver
    receiver.state, receiver.answered_at, receiver.silent_at = Here.HERE, now, None
    incident.gaps = [role for role in incident.gaps if role not in roles]
    decision.do.append(Refresh(subjects=[giver.id, receiver.id, incident.id], priority=Priority.DUTY))
    return decision


def _asks(
    handover: Handover, asks: Sequence[Ask], theirs: Sequence[Ask], *, wait: timedelta, now: datetime
) -> Decision:
    """What the giver was asked is asked of the other; the message they have pressed shows it."""
    decision = Decision()
    known = {ask.text: ask for ask in theirs}
    for ask in asks:
        ask.settled_at, ask.silent_at = now, None
        if (other := known.get(ask.text)) is not None:
            other.roles = list(dict.fromkeys([*other.roles, *ask.roles]))
        else:
            decision.add.append(
                Ask.new(
                    id=new_id(),
                    text=ask.text,
                    user=handover.to,
                    roles=list(ask.roles),
                    version=ask.version,
                    instead_of=handover.giver,
                    asked_at=now,
                    silent_at=now + wait,
                )
            )
        decision.do.append(Refresh(subjects=[ask.id, ask.text], priority=Priority.DUTY))
    return decision


def successor(user: UserId | None, members: Sequence[Member], lead: UserId | None) -> UserId | None:
    """Whoever is asked now for what was this person's: they themselves, whoever took their place, else the lead."""
    away = {member.user for member in members if member.state in AWAY}
    instead = {m.stands_in_for: m.user for m in members if m.stands_in_for and m.state not in AWAY}
    further = {m.stands_in_for: m.user for m in members if m.stands_in_for}
    seen: set[UserId | None] = set()
    while user in away and user not in seen:
        seen.add(user)
        user = instead.get(user) or further.get(user)
    return user if user is not None and user not in away else lead

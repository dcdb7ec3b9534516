"""A promise's life and its clock: what keeps, moves and ends it, and the one step of the ladder it has earned by now.

The ladder: half the time gone (cards change, nobody is asked), four fifths (its owner), due (its owner, and a line
in the channel), then stand-in and lead, then the executive. A step is a number in the promise's row and `next_at`
says when the next one is earned, so there is no timer to lose: whoever looks finds the same. Looked at late, only the
highest step counts, and everyone who should have heard on the way hears once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum

from bot.core.effects import Decision, Priority, Refresh, Refused, Show, noted
from bot.i18n import _
from bot.models import (
    AWAY,
    LIVE,
    Incident,
    Kind,
    Member,
    Promise,
    PromiseKind,
    PromiseState,
    Text,
    TextId,
    UserId,
    Version,
)
from bot.plan import SeverityPlan, Waits

LEAST = timedelta(seconds=60)
"""A new time lies at least this far ahead: nobody can act on less."""
MOST = timedelta(days=366)
"""And at most this far: a year mistyped would keep the promise from ever being due."""


class Step(IntEnum):
    """How far a promise's reminders have come (`Promise.step`)."""

    MADE = 0
    HALF = 1
    """Half the time gone: cards show the time left."""
    NEAR = 2
    """Four fifths gone: the owner is asked."""
    TOLD = 3
    """The owner heard of the due time ahead of it, in one message with another promise; time alone never earns it."""
    DUE = 4
    """The owner, and one line in the channel."""
    LATE = 5
    """Stand-in and lead."""
    LAST = 6
    """The executive."""


LADDER = (Step.HALF, Step.NEAR, Step.DUE, Step.LATE, Step.LAST)
"""The steps that time earns, in order."""


class Hearer(StrEnum):
    """Whom a step is for."""

    OWNER = "owner"
    CHANNEL = "channel"
    SECOND = "second"
    """Stand-in and lead."""
    EXECUTIVE = "executive"


HEARERS: Mapping[Step, tuple[Hearer, ...]] = {
    Step.HALF: (),
    Step.NEAR: (Hearer.OWNER,),
    Step.DUE: (Hearer.OWNER, Hearer.CHANNEL),
    Step.LATE: (Hearer.SECOND,),
    Step.LAST: (Hearer.EXECUTIVE,),
}


@dataclass(frozen=True)
class Earned:
    """The one step a promise has earned, who hears of it, and since when each of them should have known."""

    step: Step
    hearers: Mapping[Hearer, datetime]


KEPT_BY = {
    Kind.FIRST_WORD: PromiseKind.FIRST_WORD,
    Kind.HOLDING_STATEMENT: PromiseKind.STATEMENT,
    Kind.UPDATE: PromiseKind.UPDATE,
}
"""Which promise any text of a kind keeps; a reply keeps the one it was written for."""


def wanted_by(text: Text, promises: Sequence[Promise]) -> datetime | None:
    """By when a text is wanted: when the promise ends that it was written for, else the one its kind keeps."""
    own = [promise.due for promise in promises if promise.id == text.keeps or promise.text == text.id]
    alike = [promise.due for promise in promises if promise.kind == KEPT_BY.get(text.kind)]
    return next(iter([*own, *alike]), None)


def asked_for(promise: Promise, incident: Incident, members: Sequence[Member]) -> UserId | None:
    """Who sees to it: its owner; whoever stands in for an owner who is away; the lead where nobody owns it."""
    absent = {member.user for member in members if member.state in AWAY}
    instead: dict[UserId | None, UserId] = {
        member.stands_in_for: member.user for member in members if member.stands_in_for in absent
    }
    owner, seen = promise.owner, {promise.owner}
    while (other := instead.get(owner)) is not None and other not in seen:
        owner = other
        seen.add(owner)
    return owner or incident.lead


def earned_at(promise: Promise, step: Step, waits: Waits) -> datetime:
    """When time earns this step."""
    window = max(promise.due - promise.started_at, timedelta(0))
    match step:
        case Step.HALF:
            return promise.due - window / 2
        case Step.NEAR:
            return promise.due - window / 5
        case Step.LATE:
            return promise.due + waits.overdue_first
        case Step.LAST:
            return promise.due + waits.overdue_second
        case _:
            return promise.due


def next_earned(promise: Promise, waits: Waits) -> datetime | None:
    """When the next step is earned; None once all were given."""
    return next((earned_at(promise, step, waits) for step in LADDER if step > promise.step), None)


def tick(promise: Promise, now: datetime, waits: Waits) -> Earned | None:
    """The one step this promise has earned by now, taken: it is never earned again."""
    if promise.state != PromiseState.OPEN or promise.next_at is None or now < promise.next_at:
        return None
    before = Step(promise.step)
    passed = [step for step in LADDER if step > before and earned_at(promise, step, waits) <= now]
    if not passed:  # the owner put the last reminder off until now (or the plan's waits have become longer)
        again = Earned(before, {Hearer.OWNER: promise.next_at}) if promise.snoozed else None
        promise.next_at = next_earned(promise, waits)
        return again
    promise.step = passed[-1]
    promise.snoozed = False
    promise.next_at = next_earned(promise, waits)
    hearers = {hearer: earned_at(promise, step, waits) for step in passed for hearer in HEARERS[step]}
    if before == Step.TOLD:
        hearers.pop(Hearer.OWNER, None)
    return Earned(promise.step, hearers)


def bring_forward(promise: Promise, now: datetime, waits: Waits) -> bool:
    """Whether the owner's next reminder comes so soon that it is given now, in one message with another promise's."""
    if promise.state != PromiseState.OPEN or promise.step > Step.NEAR:
        return False
    asked = promise.step == Step.NEAR
    if earned_at(promise, Step.DUE if asked else Step.NEAR, waits) > now + waits.together:
        return False
    promise.step = Step.TOLD if asked else Step.NEAR
    promise.snoozed = False
    promise.next_at = next_earned(promise, waits)
    return True


def bring_up(promise: Promise, step: Step, now: datetime, waits: Waits) -> bool:
    """Whether this step of an overdue promise, earned so soon, is given now, in one message with another promise's."""
    if promise.state != PromiseState.OPEN or promise.step != step - 1 or now < promise.due:
        return False
    if earned_at(promise, step, waits) > now + waits.together:
        return False
    promise.step = step
    promise.next_at = next_earned(promise, waits)
    return True


def late_by(promise: Promise, now: datetime) -> timedelta | None:
    """How late it is (or was kept); None while it is in time."""
    late = (promise.kept_at or now) - promise.due
    return late if late > timedelta(0) and promise.state != PromiseState.MOVED else None


def made(
    incident: Incident,
    kind: PromiseKind,
    *,
    started_at: datetime,
    due: datetime,
    now: datetime,
    waits: Waits,
    owner: UserId | None,
    by: UserId | None = None,
    wording: str = "",
    text: TextId | None = None,
    said_in: Version | None = None,
) -> tuple[Promise, Decision]:
    """A new promise. With `said_in` it is public: that version names its time."""
    promise = Promise.new(
        incident=incident.id,
        kind=kind,
        wording=wording,
        public=said_in is not None,
        owner=owner,
        text=text,
        made_in=said_in.id if said_in else None,
        started_at=started_at,
        due=due,
    )
    promise.next_at = next_earned(promise, waits)
    told = noted(
        incident.id,
        "promise_made",
        now=now,
        by=by,
        promise=promise.id,
        promise_kind=kind.value,
        due=due.isoformat(),
        public=promise.public,
        owner=owner,
    )
    return promise, Decision(add=[promise, told], do=[Refresh(subjects=[incident.id])])


def opened(
    incident: Incident,
    *,
    windows: SeverityPlan,
    from_first_mention: bool,
    owner: UserId | None,
    waits: Waits,
    since: datetime | None = None,
) -> Decision:
    """The two promises a crisis begins with. A window that was used up before the opening counts from the opening.

    `since`: it begins a second time, after a false alarm that was none.
    """
    decision = Decision()
    opened_at = since or incident.opened_at
    mentioned = incident.first_mention_at if from_first_mention else None
    for kind, window in ((PromiseKind.FIRST_WORD, windows.first_word), (PromiseKind.STATEMENT, windows.statement)):
        start = mentioned if mentioned and mentioned + window > opened_at else opened_at
        _promise, more = made(
            incident,
            kind,
            started_at=start,
            due=start + window,
            now=opened_at,
            waits=waits,
            owner=owner,
            by=incident.declared_by,
        )
        decision += more
    return decision


ANSWERS: Mapping[Kind, frozenset[PromiseKind]] = {
    Kind.FIRST_WORD: frozenset({PromiseKind.FIRST_WORD}),
    Kind.HOLDING_STATEMENT: frozenset({PromiseKind.FIRST_WORD, PromiseKind.STATEMENT, PromiseKind.UPDATE}),
    Kind.APOLOGY: frozenset({PromiseKind.FIRST_WORD, PromiseKind.UPDATE}),
    Kind.UPDATE: frozenset({PromiseKind.FIRST_WORD, PromiseKind.UPDATE}),
}
"""Which promises a public text keeps, by its kind. Whatever is said in public is a public word, and anything said
after the first word answers "we will tell you more by midnight"; only a statement is the statement."""


def published(
    incident: Incident,
    open_promises: Sequence[Promise],
    text: Text,
    version: Version,
    *,
    at: datetime,
    by: UserId | None,
    now: datetime,
    update_every: timedelta,
    owner: UserId | None,
    waits: Waits,
) -> Decision:
    """What a text keeps, moves and starts at its first outlet, posted at `at`.

    It keeps what it answers, also late. An update made to move a promise moves it; after its time it is the open word
    that it was broken. Then the next promise starts: the time the text names, said in public; else, where an update
    was promised or given, the rhythm of the plan, as long as the crisis is not over.
    """
    decision = Decision()
    answered = [promise for promise in open_promises if _answers(text, promise)]
    for promise in answered:
        if promise.id == text.keeps and text.kind == Kind.UPDATE:
            promise.text = text.id
            decision += replaced(promise, at=at, by=by, now=now)
        else:
            decision += keep(promise, at=at, by=by, now=now, text=text.id)
    if text.kind not in ANSWERS:
        return decision
    goes_on = text.kind == Kind.UPDATE or any(promise.kind == PromiseKind.UPDATE for promise in answered)
    due = version.promised_at
    if due is None and goes_on and incident.stage in LIVE:
        due = (at if at + update_every > now else now) + update_every
    if due is not None:
        _promise, more = made(
            incident,
            PromiseKind.UPDATE,
            started_at=min(at, due),
            due=due,
            now=now,
            waits=waits,
            owner=owner,
            by=by,
            said_in=version if version.promised_at else None,
        )
        decision += more
    return decision


def _answers(text: Text, promise: Promise) -> bool:
    if text.kind == Kind.REPLY:
        return promise.kind == PromiseKind.REPLY and (promise.id == text.keeps or promise.text == text.id)
    return promise.kind in ANSWERS.get(text.kind, frozenset())


def replaced(promise: Promise, *, at: datetime, by: UserId | None, now: datetime) -> Decision:
    """Another time was named instead: before the old one that moves it, after it breaks it, and openly so."""
    if at <= promise.due:
        return _settle(promise, PromiseState.MOVED, "promise_moved", by=by, now=now)
    return _settle(promise, PromiseState.BROKEN, "promise_broken", by=by, now=now)


def keep(
    promise: Promise,
    *,
    at: datetime,
    by: UserId | None,
    now: datetime,
    text: TextId | None = None,
    how: str | None = None,
) -> Decision:
    """Kept at `at`; that it was late is said, not hidden."""
    if promise.state != PromiseState.OPEN:
        raise Refused(settled_sentence(promise))
    promise.kept_at = at
    promise.how = how
    promise.text = text or promise.text
    late = late_by(promise, now)
    seconds = int(late.total_seconds()) if late else 0
    return _settle(promise, PromiseState.KEPT, "promise_kept", by=by, now=now, late_by=seconds, how=how)


def end(promise: Promise, *, by: UserId | None, now: datetime, reason: str | None = None) -> Decision:
    """It ends with the crisis: before its time nothing was owed yet, after it the promise was broken."""
    promise.how = reason
    if now <= promise.due:
        return _settle(promise, PromiseState.ENDED, "promise_ended", by=by, now=now, reason=reason)
    return _settle(promise, PromiseState.BROKEN, "promise_broken", by=by, now=now, reason=reason)


def ends_with_rhythm(promise: Promise) -> bool:
    """Whether a resolved crisis owes it no more: the plan's own promises. A time named in public stays owed, and so do
    a reply and whatever somebody added by hand."""
    ours = (PromiseKind.FIRST_WORD, PromiseKind.STATEMENT, PromiseKind.UPDATE)
    return promise.kind in ours and not promise.public


def extend(promise: Promise, to: datetime, *, by: UserId, now: datetime, waits: Waits) -> Decision:
    """Another time for what was not said in public; its reminders begin anew."""
    later(promise, to, now=now)
    if promise.public:
        raise Refused(_("This time was said in public, so the public hears of the new one first."))
    before = promise.due
    promise.started_at = now
    promise.due = to
    promise.step = Step.MADE
    promise.snoozed = False
    promise.next_at = next_earned(promise, waits)
    told = noted(
        promise.incident,
        "promise_extended",
        now=now,
        by=by,
        promise=promise.id,
        before=before.isoformat(),
        due=to.isoformat(),
    )
    return Decision(add=[told])


def later(promise: Promise, to: datetime, *, now: datetime) -> None:
    """Refuses a new time that is none."""
    if promise.state != PromiseState.OPEN:
        raise Refused(settled_sentence(promise))
    if promise.kind == PromiseKind.REPLY:
        raise Refused(_("An answer to a person cannot be put off. Hand it over, or answer now."))
    if to < now + LEAST:
        raise Refused(_("That time has passed already. Please choose a later one."), field="time")
    if to <= promise.due:
        raise Refused(_("That is not later than the time it has now."), field="time")
    if to > now + MOST:
        raise Refused(_("That is more than a year away. Please choose an earlier time."), field="time")


def offer(promise: Promise, to: UserId, *, by: UserId, now: datetime) -> Decision:
    """Somebody is asked to take it over; until they do, it stays whose it is."""
    if promise.state != PromiseState.OPEN:
        raise Refused(settled_sentence(promise))
    if to == promise.owner:
        raise Refused(_("It is theirs already."), field="to")
    promise.offered_to = to
    entry = noted(promise.incident, "promise_offered", now=now, by=by, promise=promise.id, to=to)
    card = Show(
        kind="handover", subject=entry.id, place=to, incident=promise.incident, priority=Priority.DUTY
    )  # of the offer, not of the promise: whoever is asked a second time gets a second message
    return Decision(add=[entry], do=[card])


def take(promise: Promise, *, by: UserId, now: datetime) -> Decision:
    """It is theirs from now on."""
    if promise.state != PromiseState.OPEN:
        raise Refused(settled_sentence(promise))
    if promise.owner == by:
        raise Refused(_("It is yours already."))
    if promise.offered_to != by:
        raise Refused(_("This is no longer offered to you. Thank you all the same."))
    before, promise.owner, promise.offered_to = promise.owner, by, None
    return Decision(add=[noted(promise.incident, "promise_taken", now=now, by=by, promise=promise.id, before=before)])


def snooze(promise: Promise, *, by: UserId, now: datetime, waits: Waits) -> Decision:
    """The owner is asked again a little later, once; what is due is not put off."""
    if promise.state != PromiseState.OPEN:
        raise Refused(settled_sentence(promise))
    if promise.owner != by:
        raise Refused(_("Only whoever it belongs to can put the reminder off."))
    if promise.snoozed:
        raise Refused(_("You have put this reminder off once already."))
    if not may_snooze(promise, now):
        raise Refused(_("It is due: this reminder cannot be put off any more."))
    promise.snoozed = True
    promise.next_at = min(now + waits.snooze, promise.due)
    return Decision()


def may_snooze(promise: Promise, now: datetime) -> bool:
    """Offered once, while there is time left."""
    return promise.step == Step.NEAR and not promise.snoozed and now < promise.due


def settled_sentence(promise: Promise) -> str:
    """What a button says that came too late."""
    match promise.state:
        case PromiseState.KEPT:
            return _("This promise has been kept already.")
        case PromiseState.MOVED:
            return _("This promise has another time now, said in public.")
        case PromiseState.BROKEN:
            return _("This promise was broken, and that is on the record.")
        case _:
            return _("This promise ended with the crisis.")


def _settle(
    promise: Promise, state: PromiseState, kind: str, *, by: UserId | None, now: datetime, **data: object
) -> Decision:
    promise.state = state
    promise.settled_by = by
    promise.offered_to = None
    promise.next_at = None
    promise.snoozed = False
    return Decision(add=[noted(promise.incident, kind, now=now, by=by, promise=promise.id, **data)])

"""Asking in time: what the promises of one crisis have earned by now, as few messages as can be."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlmodel import col

from bot.cards.promises import text_of
from bot.core import promise as core
from bot.core.effects import Decision, Invite, Priority, Refresh, Show, Wish, noted
from bot.core.promise import Hearer, Step
from bot.desk import Desk
from bot.models import (
    AWAY,
    Here,
    Incident,
    IncidentId,
    Member,
    MemberId,
    Promise,
    PromiseKind,
    Reminder,
    TimelineEntry,
    UserId,
    new_id,
)
from bot.plan import Waits
from bot.rights import member_of, members_of
from bot.service import texts
from bot.service.asking import bring_down
from bot.store import Tx

SAME_MINUTE = timedelta(minutes=1)
"""What falls due within it is one line in the channel."""


@dataclass
class Message:
    """What one person (or the channel) is to hear in this minute."""

    promises: list[Promise] = field(default_factory=list)
    step: Step = Step.MADE
    earned_at: datetime | None = None
    """Since when they should know; empty while everything in it is ahead of its time."""

    def about(self, promise: Promise, step: Step, since: datetime | None) -> None:
        if promise not in self.promises:
            self.promises.append(promise)
        self.step = max(self.step, step)
        self.earned_at = min((t for t in (self.earned_at, since) if t is not None), default=None)


async def remind(desk: Desk, tx: Tx, incident: Incident, promises: Sequence[Promise]) -> None:
    """Everyone hears once what these open promises have earned by now; the incident is locked by the caller."""
    waits = desk.plan.waits
    earned = [(promise, step) for promise in promises if (step := core.tick(promise, tx.now, waits))]
    if not earned:
        return
    messages: dict[UserId | None, Message] = {}
    people = People(desk, incident, await members_of(tx, incident))
    for promise, step in earned:
        for hearer, since in step.hearers.items():
            for user in people.who(promise, hearer):
                messages.setdefault(user, Message()).about(promise, step.step, since)
    _bring_forward(promises, messages, people, now=tx.now, waits=waits)
    for rung, hearer in ((Step.LATE, Hearer.SECOND), (Step.LAST, Hearer.EXECUTIVE)):
        if any(hearer in step.hearers for _promise, step in earned):
            _bring_up(promises, messages, people, rung, hearer, now=tx.now, waits=waits)
    spoken_of = list({promise.id: promise for message in messages.values() for promise in message.promises}.values())
    await _texts_ready(desk, tx, incident, spoken_of)
    decision = Decision(do=[Refresh(subjects=await cards_of(tx, incident, [promise for promise, _step in earned]))])
    decision += _missed(earned, now=tx.now)
    if messages:
        decision.do += await _cards_in_sight(tx, incident, spoken_of)
    before = await _reminders(tx, incident)
    for user, message in messages.items():
        decision += await _told(tx, incident, user, message, before)
    await tx.apply(decision)


class People:
    """Who is asked, in one crisis."""

    def __init__(self, desk: Desk, incident: Incident, members: Sequence[Member]) -> None:
        self.roster = desk.roster
        self.executive = desk.plan.executive
        self.incident = incident
        self.members = members
        self.absent = {member.user for member in members if member.state in AWAY}

    def asked_for(self, promise: Promise) -> UserId | None:
        """Its owner, or whoever sees to it in their place."""
        return core.asked_for(promise, self.incident, self.members)

    def who(self, promise: Promise, hearer: Hearer) -> list[UserId | None]:
        """The people of one step, nobody twice; the channel is None. A rung that nobody fills is the lead's."""
        owner, lead, declarer = self.asked_for(promise), self.incident.lead, self.incident.declared_by
        match hearer:
            case Hearer.OWNER:
                return [owner] if owner else []
            case Hearer.CHANNEL:
                return [None] if self.incident.channel else []
            case Hearer.SECOND:
                besides = {*self.absent, *([owner] if owner else [])}
                second = self.roster.stand_in_for(owner or "lead", besides=besides, declarer=declarer)
                return [user for user in dict.fromkeys((second, lead)) if user and user != owner]
            case Hearer.EXECUTIVE:
                executives = self.roster.holders(self.executive, declarer=declarer)
                able = [user for user in executives if user != owner and user not in self.absent]
                return [*able] or ([lead] if lead else [])


def _bring_forward(
    promises: Sequence[Promise],
    messages: Mapping[UserId | None, Message],
    people: People,
    *,
    now: datetime,
    waits: Waits,
) -> None:
    """Whoever is asked about one of their promises now hears of the next ones in the same message."""
    for promise in promises:
        asked = people.asked_for(promise)
        message = messages.get(asked) if asked else None
        if message is None or promise in message.promises:
            continue
        theirs = any(people.asked_for(other) == asked for other in message.promises)
        if theirs and core.bring_forward(promise, now, waits):
            message.about(promise, Step.NEAR, None)


def _bring_up(
    promises: Sequence[Promise],
    messages: Mapping[UserId | None, Message],
    people: People,
    rung: Step,
    hearer: Hearer,
    *,
    now: datetime,
    waits: Waits,
) -> None:
    """Stand-in, lead and executive, told of one broken promise, hear of the others that are broken in the same message."""
    for promise in promises:
        who = people.who(promise, hearer)
        spoken_to = who and all(user in messages and promise not in messages[user].promises for user in who)
        if spoken_to and core.bring_up(promise, rung, now, waits):
            for user in who:
                messages[user].about(promise, rung, None)


async def _texts_ready(desk: Desk, tx: Tx, incident: Incident, promises: Iterable[Promise]) -> None:
    """Whoever is reminded of an update finds its text written."""
    for promise in promises:
        if promise.kind == PromiseKind.UPDATE:
            text, decision = await texts.ready_for(desk, tx, incident, promise)
            await tx.apply(decision)
            promise.text = text.id if text else promise.text


async def _cards_in_sight(tx: Tx, incident: Incident, promises: Iterable[Promise]) -> list[Wish]:
    """Whoever is reminded finds the card of its text where the talk is."""
    wishes: list[Wish] = []
    for promise in promises:
        text = await text_of(tx, promise)
        if text is not None:
            wishes += bring_down(incident, text, f"{promise.id}:{promise.step}")
    return wishes


def _missed(earned: Iterable[tuple[Promise, core.Earned]], *, now: datetime) -> Decision:
    """The record of what was not kept in time."""
    return Decision(
        add=[
            noted(promise.incident, "promise_missed", now=now, promise=promise.id, due=promise.due.isoformat())
            for promise, step in earned
            if Hearer.CHANNEL in step.hearers
        ]
    )


async def _told(
    tx: Tx, incident: Incident, user: UserId | None, message: Message, before: Sequence[Reminder]
) -> Decision:
    """One new message to one person or the channel; it says who was asked before."""
    if user is None and (line := _line_of_this_minute(before, now=tx.now)):
        line.promises = [*line.promises, *(promise.id for promise in message.promises)]
        return Decision(do=[Refresh(subjects=[line.id], priority=Priority.DUTY)])
    about = {promise.id for promise in message.promises}
    asked = [row.to for row in before if row.to and row.to != user and about & set(row.promises)]
    row = Reminder.new(
        incident=incident.id,
        to=user,
        step=int(message.step),
        promises=[promise.id for promise in message.promises],
        asked_before=list(dict.fromkeys(asked)) if user else [],
        earned_at=message.earned_at or tx.now,
        made_at=tx.now,
    )
    place = user or incident.channel
    assert place is not None, "the channel is only told where there is one"
    decision = await brought_in(tx, incident, user) if user else Decision()
    card = Show(kind="reminder", subject=row.id, place=place, incident=incident.id, priority=Priority.DUTY)
    return decision + Decision(add=[row], do=[card])


def _line_of_this_minute(before: Sequence[Reminder], *, now: datetime) -> Reminder | None:
    return next((row for row in reversed(before) if row.to is None and now - row.made_at < SAME_MINUTE), None)


async def brought_in(tx: Tx, incident: Incident, user: UserId, *, here: bool = False) -> Decision:
    """Whoever is asked to act in a crisis can see it: they come into the team and its channel, without a role."""
    if user in (incident.lead, incident.declared_by) or await member_of(tx, incident, user) is not None:
        return Decision()
    member = Member.new(
        id=MemberId(new_id()),
        incident=incident.id,
        user=user,
        state=Here.HERE if here else Here.ASKED,
        asked_at=tx.now,
        answered_at=tx.now if here else None,
    )
    decision = Decision(add=[member], do=[Refresh(subjects=[incident.id])])
    if incident.channel:
        decision.do.append(Invite(incident=incident.id, users=[user]))
    return decision


async def cards_of(tx: Tx, incident: Incident, promises: Sequence[Promise]) -> list[str]:
    """The subjects of every card that shows one of these promises: brief, reminders, hand-overs."""
    ids = {promise.id for promise in promises}
    family = await merged_into(tx, incident.id)
    ours = col(TimelineEntry.incident).in_(family)
    offers = await tx.all(select(TimelineEntry).where(ours, col(TimelineEntry.kind) == "promise_offered"))
    reminders = await tx.all(select(Reminder).where(col(Reminder.incident).in_(family)).order_by(col(Reminder.id)))
    return [
        incident.id,
        *sorted(ids),
        *(row.id for row in reminders if ids & set(row.promises)),
        *(entry.id for entry in offers if entry.data["promise"] in ids),
    ]


async def merged_into(tx: Tx, incident: IncidentId) -> list[IncidentId]:
    """The crisis, and those that go on in it: what was promised in them is owed here."""
    family = [incident]
    while more := await tx.all(
        select(col(Incident.id)).where(col(Incident.merged_into).in_(family), col(Incident.id).not_in(family))
    ):
        family += more
    return family


async def _reminders(tx: Tx, incident: Incident) -> Sequence[Reminder]:
    return await tx.all(
        select(Reminder).where(col(Reminder.incident) == incident.id).order_by(col(Reminder.made_at), col(Reminder.id))
    )

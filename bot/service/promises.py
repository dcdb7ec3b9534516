"""What is owed: made at the opening and by published texts, kept, moved, handed over, and asked for in time."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import bindparam, select
from sqlmodel import col

from bot.answer import Answer
from bot.cards import promises as cards
from bot.core import promise as core
from bot.core.effects import Decision, Priority, Refresh, Refused, Show, noted
from bot.core.shift import successor
from bot.core.times import said_time
from bot.desk import Desk
from bot.i18n import _, clock_text
from bot.models import (
    Incident,
    IncidentId,
    Promise,
    PromiseId,
    PromiseKind,
    PromiseState,
    Reminder,
    Signal,
    Stage,
    Text,
    TimelineEntry,
    UserId,
    Version,
)
from bot.rights import came, may_see, members_of, on_the_team, refuse_strangers, seen
from bot.service import texts
from bot.service.reminders import brought_in, cards_of, merged_into, remind
from bot.service.turns import in_turn
from bot.store import Tx
from bot.views import promise as views
from bot.views.blocks import Block, escape
from bot.views.promise import Owed, Seen
from bot.views.words import promise_label

_NEXT_UPDATE = re.compile(
    r"(?:the\s+)?(?:next\s+)?(?:public\s+)?update|(?:das\s+)?(?:nächste[sn]?\s+)?update"
    r"|(?:la\s+)?(?:próxima|siguiente)\s+(?:actualización|noticia)|actualización"
    r"|(?:следующ(?:ее|ие)\s+)?(?:обновление|новости)|(?:следващ[аи]т?[ае]?\s+)?(?:новини|новина|актуализация)",
    re.IGNORECASE,
)
"""How people say that the public hears of us again."""
LONGEST = 300
"""Characters of what was promised."""
_REMINDED = (
    select(Promise)
    .join(Incident, col(Incident.id) == col(Promise.incident))
    .where(col(Promise.next_at).is_not(None), col(Incident.team) == bindparam("ours"))
    .order_by(col(Promise.next_at), col(Promise.id))
)
"""Promises whose next reminder has a time, the first one first."""
_COMING = _REMINDED.with_only_columns(col(Promise.next_at)).limit(1)
_DUE = _REMINDED.with_only_columns(col(Promise.incident)).where(col(Promise.next_at) <= bindparam("now"))


def speaker(desk: Desk, incident: Incident) -> UserId | None:
    """Who owes what the company says in public: the lead, else whoever holds PR."""
    return incident.lead or next(iter(desk.roster.holders("pr", declarer=incident.declared_by)), None)


async def open_promises(tx: Tx, incident: Incident) -> list[Promise]:
    """What is still owed, soonest first."""
    ours = (col(Promise.incident) == incident.id, col(Promise.state) == PromiseState.OPEN)
    return list(await tx.all(select(Promise).where(*ours).order_by(col(Promise.due), col(Promise.id))))


async def begin(desk: Desk, tx: Tx, incident: Incident, *, since: datetime | None = None) -> Decision:
    """The opening's two promises: first public word, and statement. They count from the opening, or `since`."""
    return core.opened(
        incident,
        since=since,
        windows=desk.plan.severity(incident.severity),
        from_first_mention=desk.plan.promise_from == "first_mention",
        owner=speaker(desk, incident),
        waits=desk.plan.waits,
    )


async def published(
    desk: Desk, tx: Tx, incident: Incident, text: Text, version: Version, at: datetime, by: UserId | None
) -> Decision:
    """What a text keeps, moves and starts when its first outlet is ticked; `at` is when it was posted there."""
    owed = await open_promises(tx, incident)
    decision = core.published(
        incident,
        owed,
        text,
        version,
        at=at,
        by=by,
        now=tx.now,
        update_every=desk.plan.severity(incident.severity).update_every,
        owner=speaker(desk, incident),
        waits=desk.plan.waits,
    )
    return decision + await _shown(tx, incident, [promise for promise in owed if promise.state != PromiseState.OPEN])


async def resolved(desk: Desk, tx: Tx, incident: Incident) -> Decision:
    """The rhythm ends with the crisis; a time named in public, a reply and what people added by hand stay owed."""
    over = [promise for promise in await open_promises(tx, incident) if core.ends_with_rhythm(promise)]
    decision = Decision()
    for promise in over:
        decision += core.end(promise, by=None, now=tx.now)
    return decision + await _shown(tx, incident, over)


async def reopened(desk: Desk, tx: Tx, incident: Incident) -> Decision:
    """It is back: the public hears of us again within the rhythm of the plan, unless a time is owed already."""
    owed = [promise for promise in await open_promises(tx, incident) if promise.kind is PromiseKind.UPDATE]
    if owed:
        return Decision()
    every = desk.plan.severity(incident.severity).update_every
    _promise, decision = core.made(
        incident,
        PromiseKind.UPDATE,
        started_at=tx.now,
        due=tx.now + every,
        now=tx.now,
        waits=desk.plan.waits,
        owner=incident.lead,
    )
    return decision


async def closed(desk: Desk, tx: Tx, incident: Incident, by: UserId) -> Decision:
    """Nothing is owed by a closed crisis; each promise keeps the reason that was given for it."""
    over = await open_promises(tx, incident)
    decision = Decision()
    for promise in over:
        decision += core.end(promise, by=by, now=tx.now, reason=incident.close_reasons.get(promise.id))
    return decision + await _shown(tx, incident, over)


async def taken_on(desk: Desk, tx: Tx, incident: Incident, *, quote: Signal, text: Text) -> Decision:
    """The first to complain is owed an answer: by customer care, as soon as the plan says we answer.

    That counts from the post, or from now if it is over already.
    """
    within = desk.plan.answer_within
    posted = quote.occurred_at or quote.received_at
    start = posted if tx.now < posted + within else tx.now
    carers = desk.roster.holders("customer_care", declarer=incident.declared_by)
    promise, decision = core.made(
        incident,
        PromiseKind.REPLY,
        started_at=start,
        due=start + within,
        now=tx.now,
        waits=desk.plan.waits,
        owner=successor(next(iter(carers), incident.lead), await members_of(tx, incident), incident.lead),
        text=text.id,
    )
    text.keeps = promise.id
    if promise.owner:
        decision += await brought_in(tx, incident, promise.owner)
        decision.do.append(
            Show(kind="owed", subject=promise.id, place=promise.owner, incident=incident.id, priority=Priority.DUTY)
        )
    return decision


async def _shown(tx: Tx, incident: Incident, promises: Sequence[Promise]) -> Decision:
    """Every card that shows these promises is drawn again."""
    if not promises:
        return Decision()
    return Decision(do=[Refresh(subjects=await cards_of(tx, incident, promises), priority=Priority.DUTY)])


def _picked(seconds: object) -> datetime:
    """What somebody picked in a form: seconds since 1970."""
    try:
        return datetime.fromtimestamp(int(str(seconds)), UTC)
    except (ValueError, OverflowError, OSError):
        raise Refused(_("Please choose a day and a time."), field="time") from None


async def owner_left(tx: Tx, incident: Incident, user: UserId) -> Decision:
    """Whoever left the channel of their own accord, or the company, is not asked for what they owed: the lead sees to it."""
    if user == incident.lead:
        return Decision()  # nobody is left to lead in their place
    owed = [promise for promise in await open_promises(tx, incident) if promise.owner == user]
    decision = Decision()
    for promise in owed:
        promise.owner, promise.offered_to = incident.lead, None
        entry = noted(incident.id, "promise_taken", now=tx.now, by=incident.lead, promise=promise.id, before=user)
        decision.add.append(entry)
    if owed:
        decision.do.append(Refresh(subjects=await cards_of(tx, incident, owed)))
    return decision


class Promises:
    """The verbs of a promise."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    async def add(self, id: str, typed: str, *, by: UserId, key: str, zone: str, locale: str) -> Answer:
        """`/crisis promise next update 18:00`: whoever says it owes it."""
        async with self.desk.store.transaction(key) as tx:
            incident = await seen(self.desk, tx, id, by)
            await refuse_strangers(self.desk, tx, incident, by)
            if incident.stage is Stage.CLOSED:
                raise Refused(_("This crisis is closed. Reopen it to promise something in it."))
            said = said_time(typed, now=tx.now, zone=zone, locale=locale)
            if not said.rest:
                raise Refused(_("Please say what is promised by then, as in “next update 18:00”."))
            if len(said.rest) > LONGEST:
                raise Refused(_("Please say in at most {n} characters what is promised.", n=LONGEST))
            update = _NEXT_UPDATE.fullmatch(said.rest) is not None
            replaced = await self._other_rhythm(tx, incident) if update else []
            decision = Decision()
            for other in replaced:
                decision += core.replaced(other, at=tx.now, by=by, now=tx.now)
            promise, made = core.made(
                incident,
                PromiseKind.UPDATE if update else PromiseKind.OTHER,
                started_at=tx.now,
                due=said.at,
                now=tx.now,
                waits=self.desk.plan.waits,
                owner=by,
                by=by,
                wording="" if update else said.rest,
            )
            await tx.apply(decision + made + await _shown(tx, incident, replaced) + await came(tx, incident, by))
            return tx.answer(
                _(
                    "Noted: {what} by {time}. It is yours, and you are reminded before.",
                    what=escape(promise_label(promise)),
                    time=clock_text(promise.due, zone, now=tx.now),
                )
            )

    async def _other_rhythm(self, tx: Tx, incident: Incident) -> list[Promise]:
        """Updates nobody was promised in public: a new time for the next update takes their place."""
        owed = await open_promises(tx, incident)
        return [promise for promise in owed if promise.kind == PromiseKind.UPDATE and not promise.public]

    async def listed(self, id: str, *, by: UserId, zone: str) -> tuple[str, list[Block]]:
        """`/crisis promises`: what is owed, for one reader."""
        async with self.desk.store.reading() as tx:
            incident = await tx.get(Incident, id)
            if not await may_see(self.desk, tx, incident, by):
                raise Refused(_("There is no such crisis."))
            owed = await cards.owed(tx, await open_promises(tx, incident))
            title = _("Promises of crisis {number}", number=incident.number)
            return title, views.listed(owed, await cards.seen_by(tx, incident, by, owed, zone=zone))

    async def form(self, verb: str, id: PromiseId, *, by: UserId, zone: str) -> Answer:
        """The form behind `Done`, `Extend` and `Hand over`."""
        forms = {"done": views.done_modal, "extend": views.extend_modal, "hand_over": views.offer_modal}
        async with self.desk.store.transaction() as tx:
            incident, promise = await self._locked(tx, id)
            await self._refuse_strangers(tx, incident, promise, by)
            await tx.apply(await came(tx, incident, by))
            if promise.state != PromiseState.OPEN:
                raise Refused(core.settled_sentence(promise))
            owed, look = await self._look(tx, incident, promise, by, zone)
            return Answer(opens=forms[verb](owed, look))

    async def done(self, id: PromiseId, how: str, *, by: UserId, key: str) -> Answer:
        """Kept in a way we can't see: how, in one line."""
        said = " ".join(how.split())
        if not said:
            raise Refused(_("Please say in one line how it was kept."), field="how")
        async with self.desk.store.transaction(key) as tx:
            incident, promise = await self._theirs(tx, id, by)
            await tx.apply(core.keep(promise, at=tx.now, by=by, now=tx.now, how=said[:LONGEST]))
            await tx.apply(await _shown(tx, incident, [promise]) + await came(tx, incident, by))
            return tx.answer(_("Thank you. It is on the record as kept."))

    async def extend(self, id: PromiseId, seconds: object, *, by: UserId, key: str, zone: str) -> Answer:
        """Another time. What was said in public moves only when the public is told: a text for that opens."""
        to = _picked(seconds)
        async with self.desk.store.transaction(key) as tx:
            incident, promise = await self._theirs(tx, id, by)
            core.later(promise, to, now=tx.now)
            await tx.apply(await came(tx, incident, by))
            if promise.public:
                text, decision = await texts.ready_for(self.desk, tx, incident, promise, promised_at=to, by=by)
                await tx.apply(decision)
                if text is None:
                    raise Refused(_("No text could be written for it. `draft update` writes one by hand."))
                promise.text = text.id
                await tx.apply(await _shown(tx, incident, [promise]))
                _owed, look = await self._look(tx, incident, promise, by, zone)
                return tx.answer(Answer(view=views.public_first(text, promise, to, look)))
            await tx.apply(core.extend(promise, to, by=by, now=tx.now, waits=self.desk.plan.waits))
            await tx.apply(await _shown(tx, incident, [promise]))
            return tx.answer(_("Extended: it is due at {time} now.", time=clock_text(to, zone, now=tx.now)))

    async def hand_over(self, id: PromiseId, to: UserId, *, by: UserId, key: str) -> Answer:
        """Somebody else is asked; it counts when they take it."""
        async with self.desk.store.transaction(key) as tx:
            incident, promise = await self._theirs(tx, id, by)
            person = await tx.person(to)
            roster = self.desk.roster
            if person is None or not person.active or to not in roster.active or roster.outsider(to):
                raise Refused(_("Nobody can be reached there. Please choose a colleague."), field="to")
            await tx.apply(core.offer(promise, to, by=by, now=tx.now) + await came(tx, incident, by))
            await tx.apply(await _shown(tx, incident, [promise]))
            if promise.owner == by:
                said = _("{name} is asked. Until {name} takes it, it stays with you.", name=person.name)
            else:
                owner = await self._name(tx, promise.owner)
                said = _(
                    "{name} is asked. Until {name} takes it, it stays with {owner}.", name=person.name, owner=owner
                )
            return tx.answer(said)

    async def take(self, id: PromiseId, *, by: UserId, key: str) -> Answer:
        """`Take it`: only whoever it was offered to."""
        async with self.desk.store.transaction(key) as tx:
            incident, promise = await self._locked(tx, id)
            if not await self._was_offered(tx, promise, by):
                await self._refuse_strangers(tx, incident, promise, by)
            await tx.apply(core.take(promise, by=by, now=tx.now))
            await tx.apply(await brought_in(tx, incident, by, here=True) + await came(tx, incident, by))
            await tx.apply(await _shown(tx, incident, [promise]))
            return tx.answer(_("Thank you. It is yours now, and you are reminded before it is due."))

    async def snooze(self, id: PromiseId, *, by: UserId, key: str, zone: str) -> Answer:
        """The owner is asked again a little later, once."""
        async with self.desk.store.transaction(key) as tx:
            incident, promise = await self._theirs(tx, id, by)
            await tx.apply(core.snooze(promise, by=by, now=tx.now, waits=self.desk.plan.waits))
            await tx.apply(await _shown(tx, incident, [promise]) + await came(tx, incident, by))
            at = clock_text(promise.next_at or promise.due, zone, now=tx.now)
            return tx.answer(_("You are reminded again at {time}. It is still due at the same time.", time=at))

    async def next_due(self, tx: Tx) -> datetime | None:
        """When the next reminder is earned."""
        return await tx.earliest(_COMING, {"ours": tx.team})

    async def tick(self) -> None:
        """Reminds of everything due by now, crisis by crisis; one that fails does not hold up the others."""
        async with self.desk.store.reading() as tx:
            due = await tx.session.scalars(_DUE, {"ours": tx.team, "now": tx.now})
            crises = list(dict.fromkeys(due.all()))
        await in_turn("reminders", (("the promises of a crisis", self._remind, crisis) for crisis in crises))

    async def _remind(self, crisis: IncidentId) -> None:
        async with self.desk.store.transaction() as tx:
            incident = await tx.incident(crisis)  # whoever was faster has left nothing to do
            await remind(self.desk, tx, incident, await open_promises(tx, incident))

    async def _locked(self, tx: Tx, id: PromiseId) -> tuple[Incident, Promise]:
        """The promise as it is under its crisis's lock."""
        crisis = await tx.session.scalar(select(col(Promise.incident)).where(col(Promise.id) == id))
        incident = await tx.incident(crisis or "")
        return incident, await tx.get(Promise, id)

    async def _theirs(self, tx: Tx, id: PromiseId, by: UserId) -> tuple[Incident, Promise]:
        """The promise, for somebody who may act on it."""
        incident, promise = await self._locked(tx, id)
        await self._refuse_strangers(tx, incident, promise, by)
        return incident, promise

    async def _was_offered(self, tx: Tx, promise: Promise, user: UserId) -> bool:
        """Whether they were ever asked to take it: then they know of it, and hear what became of it."""
        ours = col(TimelineEntry.incident).in_(await merged_into(tx, promise.incident))
        offers = await tx.all(select(TimelineEntry).where(ours, col(TimelineEntry.kind) == "promise_offered"))
        return any((entry.data["promise"], entry.data["to"]) == (promise.id, user) for entry in offers)

    async def _refuse_strangers(self, tx: Tx, incident: Incident, promise: Promise, by: UserId) -> None:
        """It belongs to its owner; the lead, those called and those who were asked about it may act on it, too."""
        if by == promise.owner or await on_the_team(self.desk, tx, incident, by):
            return
        asked = select(Reminder).where(col(Reminder.incident) == incident.id, col(Reminder.to) == by)
        if any(promise.id in row.promises for row in await tx.all(asked)):
            return
        if not await may_see(self.desk, tx, incident, by):
            raise Refused(_("There is no such crisis."))
        name = await self._name(tx, promise.owner)
        raise Refused(_("That is {name}'s. They, the lead and the crisis team can act on it.", name=name))

    async def _name(self, tx: Tx, user: UserId | None) -> str:
        person = await tx.person(user)
        return person.name if person else _("nobody")

    async def _look(self, tx: Tx, incident: Incident, promise: Promise, by: UserId, zone: str) -> tuple[Owed, Seen]:
        owed = await cards.owed(tx, [promise])
        return owed[0], await cards.seen_by(tx, incident, by, owed, zone=zone)

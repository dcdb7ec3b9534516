"""It was a false alarm, or the same crisis as another: one press that ends it for everybody, each told once."""

import re
from collections.abc import Sequence

from sqlalchemy import select, update
from sqlmodel import col

from bot.answer import Answer
from bot.cards.incidents import names, scene
from bot.core import ending as core
from bot.core import promise as promise_core
from bot.core import text as text_core
from bot.core.alert import REPORT
from bot.core.effects import Decision, Invite, Priority, Refresh, Refused, Show
from bot.core.incident import stage_label
from bot.core.report import PRIVATE_TO
from bot.core.shift import over
from bot.desk import Desk
from bot.i18n import _, clock_text
from bot.models import (
    AWAY,
    LIVE,
    Alert,
    AlertState,
    Ask,
    Audience,
    Handover,
    HandoverState,
    Here,
    Incident,
    Member,
    Move,
    Promise,
    PromiseKind,
    PromiseState,
    Publication,
    Reminder,
    Signal,
    Text,
    TimelineEntry,
    UserId,
)
from bot.rights import may_see, member_of, members_of, numbered, rights, seen
from bot.service import promises
from bot.service.reminders import brought_in, cards_of
from bot.store import Tx
from bot.views import ending as views

_NUMBERS = re.compile(r"#?(\d{1,9})")
_BETWEEN = re.compile(r"[\s,;+&]|\b(?:and|with|into|und|mit|in)\b", re.IGNORECASE)


async def may_end(desk: Desk, tx: Tx, incident: Incident, user: UserId) -> bool:
    """Whoever leads, whoever declared it, and those of its team whose yes the plan asks for."""
    if user in (incident.lead, incident.declared_by):
        return True
    if await member_of(tx, incident, user) is None:
        return False
    approving = {"lead", *(role for roles in desk.plan.approvals.values() for role in roles)}
    return bool(approving & await rights(desk, tx, incident, user))


async def refuse_unless_may_end(desk: Desk, tx: Tx, incident: Incident, user: UserId) -> None:
    if await may_end(desk, tx, incident, user):
        return
    known = await names(tx, [incident.lead])
    raise Refused(
        _(
            "That is for whoever leads crisis {number} ({name}), declared it, or approves its texts. Please ask them.",
            number=incident.number,
            name=known.get(incident.lead or "", _("nobody")),
        )
    )


async def texts_withdrawn(tx: Tx, incident: Incident) -> Decision:
    """What nobody has posted is not to be posted any more; what was approved stays on the record as approved."""
    decision = Decision()
    for text in await tx.all(select(Text).where(col(Text.incident) == incident.id)):
        asks = await tx.all(select(Ask).where(col(Ask.text) == text.id))
        decision += text_core.put_away(text, asks, now=tx.now, unposted=True)
    return decision


async def handovers_over(tx: Tx, incident: Incident) -> Decision:
    """Nobody is asked any longer to take a shift over in it."""
    open_ones = (col(Handover.incident) == incident.id, col(Handover.state) == HandoverState.OFFERED)
    decision = Decision()
    for handover in await tx.all(select(Handover).where(*open_ones)):
        decision += over(handover, HandoverState.REPLACED, now=tx.now)
    return decision


class Endings:
    """The verbs of a false alarm and of a merge."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    async def false_alarm_form(self, id: str, *, by: UserId) -> Answer:
        """`False alarm` asks once: whom it stands down, and what happens to promises."""
        async with self.desk.store.transaction() as tx:
            incident = await seen(self.desk, tx, id, by)
            await refuse_unless_may_end(self.desk, tx, incident, by)
            await self._refuse_if_over(tx, incident)
            now = await scene(self.desk, tx, incident)
            if not core.may_be_false_alarm(incident, now.publications, now=tx.now):
                core.false_alarm(incident, now.publications, "", by=by, now=tx.now)  # says why not
            people = core.to_stand_down(now.members, by=by)
            return Answer(opens=views.false_alarm_modal(now, people, self.desk.plan))

    async def false_alarm(self, id: str, because: str, *, by: UserId, key: str) -> Answer:
        """Everybody is stood down with one DM each; the record stays."""
        said = " ".join(because.split())[: views.REASON]
        async with self.desk.store.transaction(key) as tx:
            incident = await seen(self.desk, tx, id, by)
            await refuse_unless_may_end(self.desk, tx, incident, by)
            await self._refuse_if_over(tx, incident)
            published = await self._published(tx, incident)
            decision = core.false_alarm(incident, published, said, by=by, now=tx.now)
            entry = next(row for row in decision.add if isinstance(row, TimelineEntry))
            entry.data = {"because": said} if said else {}
            members = await members_of(tx, incident)
            told = core.to_stand_down(members, by=by)
            for member in members:
                member.silent_at = None
            for promise in await promises.open_promises(tx, incident):
                if core.ends_with_false_alarm(promise):
                    decision += promise_core.end(promise, by=by, now=tx.now)
                    decision.do.append(Refresh(subjects=await cards_of(tx, incident, [promise])))
            decision += await texts_withdrawn(tx, incident) + await handovers_over(tx, incident)
            decision.do += [
                Show(kind="stood_down", subject=entry.id, place=user, incident=incident.id) for user in told
            ]
            decision.do.append(
                Refresh(subjects=[incident.id, *(member.id for member in members)], priority=Priority.DUTY)
            )
            await tx.apply(decision)
            await tx.apply(await self._alerts(tx, incident, AlertState.DISMISSED, by))
            return tx.answer(views.thanks(incident, len(told)))

    async def _alerts(self, tx: Tx, incident: Incident, state: AlertState, by: UserId | None) -> Decision:
        """The watch card says it too; its answer keeps the same posts from being asked about at once."""
        mine = select(Alert).where(col(Alert.incident) == incident.id).order_by(col(Alert.id)).with_for_update()
        found: Sequence[Alert] = await tx.all(mine)
        for alert in found:
            alert.state, alert.decided_by, alert.decided_at = state, by, tx.now
        return Decision(do=[Refresh(subjects=[alert.id for alert in found], priority=Priority.DUTY)])

    async def _refuse_if_over(self, tx: Tx, incident: Incident) -> None:
        """Two people at once: the second hears who was first."""
        if incident.stage in LIVE:
            return
        first = (await names(tx, [incident.closed_by])).get(incident.closed_by or "")
        other = await tx.one(Incident, incident.merged_into)
        if other is not None:
            raise Refused(
                _("Crisis {number} goes on in crisis {other} already.", number=incident.number, other=other.number)
            )
        if incident.closed_as is Move.FALSE_ALARM and first:
            at = clock_text(incident.closed_at or tx.now, incident.zone, now=tx.now)
            raise Refused(_("{name} was first: a false alarm, said at {time}. Thank you.", name=first, time=at))
        raise Refused(
            _(
                "Crisis {number} is {stage} already. Nothing was changed.",
                number=incident.number,
                stage=stage_label(incident.stage),
            )
        )

    async def _published(self, tx: Tx, incident: Incident) -> Sequence[Publication]:
        ours = select(Publication).join(Text, col(Text.id) == col(Publication.text))
        rows: Sequence[Publication] = await tx.all(ours.where(col(Text.incident) == incident.id))
        return rows

    # Merging

    async def merge_form(self, typed: str, *, by: UserId, here: str | None = None) -> Answer:
        """Two numbers show both crises and ask which one goes on; fewer ask for the rest. `here`: its channel, or its row."""
        rest = _BETWEEN.sub(" ", _NUMBERS.sub(" ", typed)).strip()
        numbers = [int(number) for number in dict.fromkeys(_NUMBERS.findall(typed))]
        if rest or len(numbers) > 2:
            raise Refused(_("Please name two crises by their numbers, as in `merge 12 13`."))
        async with self.desk.store.reading() as tx:
            choices = await self._open_ones(tx, by)
            chosen = [await numbered(self.desk, tx, number, by) for number in numbers]
            if len(_NUMBERS.findall(typed)) > 1 and len(numbers) == 1:
                raise Refused(_("That is the same crisis twice. Please name two."))
            if len(chosen) < 2 and here:
                around = await tx.first(
                    select(Incident).where(
                        col(Incident.team) == tx.team, (col(Incident.channel) == here) | (col(Incident.id) == here)
                    )
                )
                new = isinstance(around, Incident) and around.id not in [one.id for one in chosen]
                if isinstance(around, Incident) and new and await may_see(self.desk, tx, around, by):
                    chosen.insert(0, around)
            if len(chosen) >= 2:
                return Answer(opens=await self._both(tx, chosen[0], chosen[1], by))
            if not choices:
                return Answer(text=_("No crisis is open that you can see."))
            if len(choices) < 2:
                return Answer(text=_("Only one crisis is open that you can see, so there is nothing to merge."))
            first = chosen[0] if chosen else None
            other = next((one for one in choices if first and len(choices) == 2 and one.id != first.id), None)
            return Answer(opens=views.merge_pick(choices, first, other))

    async def merge_both(self, first: str, second: str, *, by: UserId) -> Answer:
        """Both are chosen: what will happen, and which one goes on."""
        async with self.desk.store.reading() as tx:
            one, two = await tx.get(Incident, first), await tx.get(Incident, second)
            for incident in (one, two):
                if not await may_see(self.desk, tx, incident, by):
                    raise Refused(_("There is no such crisis."))
            if one.id == two.id:
                raise Refused(_("That is the same crisis twice. Please name two."), field="second")
            return Answer(view=await self._both(tx, one, two, by))

    async def _both(self, tx: Tx, one: Incident, two: Incident, by: UserId) -> dict[str, object]:
        for incident in (one, two):
            await self._refuse_if_over(tx, incident)
        core.refuse_unless_two(one, two)
        for incident in (one, two):
            await refuse_unless_may_end(self.desk, tx, incident, by)
        scenes = [await scene(self.desk, tx, one), await scene(self.desk, tx, two)]
        posted = [now.incident.id for now in scenes if now.publications]
        return views.merge_modal(scenes, core.which_goes_on(one, two, posted), self.desk.plan)

    async def _open_ones(self, tx: Tx, by: UserId) -> list[Incident]:
        live = select(Incident).where(col(Incident.team) == tx.team, col(Incident.stage).in_(LIVE))
        found = await tx.all(live.order_by(col(Incident.number).desc()).limit(200))
        return [one for one in found if await may_see(self.desk, tx, one, by)]

    async def merge(self, pair: Sequence[str], goes_on: str, *, by: UserId, key: str) -> Answer:
        """One goes on; the other points to it. Both are locked in one order, whoever asks for which."""
        if goes_on not in pair or len(set(pair)) != 2:
            raise Refused(_("Please choose which of the two goes on."), field="goes_on")
        async with self.desk.store.transaction(key) as tx:
            locked = {id: await tx.incident(id) for id in sorted(pair)}
            for incident in locked.values():
                if not await may_see(self.desk, tx, incident, by):
                    raise Refused(_("There is no such crisis."))
            for incident in locked.values():
                await self._refuse_if_over(tx, incident)
                await refuse_unless_may_end(self.desk, tx, incident, by)
            staying = locked[goes_on]
            closing = next(incident for id, incident in locked.items() if id != goes_on)
            await self._merged(tx, closing, staying, by)
            return tx.answer(views.merged_answer(closing, staying))

    async def _merged(self, tx: Tx, closing: Incident, staying: Incident, by: UserId) -> None:
        owed = await promises.open_promises(tx, closing)
        ours = await promises.open_promises(tx, staying)
        kept = select(col(Promise.kind)).where(
            col(Promise.incident) == staying.id, col(Promise.state) == PromiseState.KEPT
        )
        kinds = {PromiseKind(kind) for kind in await tx.all(kept)}
        becomes = core.sort_promises(closing, staying, owed, ours, kinds)
        cards = await cards_of(tx, closing, owed)
        decision = await texts_withdrawn(tx, closing) + await handovers_over(tx, closing)
        decision = core.merged(closing, staying, becomes, by=by, now=tx.now) + decision
        await self._reminders_go(tx, closing, staying, becomes.going)
        posts = update(Signal).where(col(Signal.incident) == closing.id).values(incident=staying.id)
        if closing.audience is Audience.TEAM and staying.audience is Audience.STAFF:
            await self._reports_stay_private(tx, closing)
        await tx.session.execute(posts.execution_options(synchronize_session=False))
        members = await members_of(tx, closing)
        decision += await self._members(tx, closing, staying, members, becomes.going, by)
        mine = await tx.all(select(col(Alert.id)).where(col(Alert.incident) == closing.id))
        subjects = [closing.id, staying.id, *cards, *(m.id for m in members), *mine]
        decision.do.append(Refresh(subjects=list(dict.fromkeys(subjects)), priority=Priority.DUTY))
        await tx.apply(decision)

    async def _reports_stay_private(self, tx: Tx, closing: Incident) -> None:
        """Colleagues spoke to a few people: their words are not shown to all staff, though they hear how it goes on."""
        theirs = (col(Signal.incident) == closing.id, col(Signal.source) == REPORT)
        for signal in await tx.all(select(Signal).where(*theirs)):
            signal.fields = {PRIVATE_TO: closing.id, **signal.fields}
        await tx.session.flush()

    async def _reminders_go(self, tx: Tx, closing: Incident, staying: Incident, going: Sequence[Promise]) -> None:
        """What was asked about a promise stays asked about it."""
        ids = {promise.id for promise in going}
        for row in await tx.all(select(Reminder).where(col(Reminder.incident) == closing.id)):
            if row.to is not None and set(row.promises) <= ids:
                row.incident = staying.id

    async def _members(
        self,
        tx: Tx,
        closing: Incident,
        staying: Incident,
        members: Sequence[Member],
        going: Sequence[Promise],
        by: UserId,
    ) -> Decision:
        """Its people belong to the one that goes on; who was not in that one hears of it, once.

        Out of a crisis that all staff may read only those with a part in it come into a private one.
        """
        part = {closing.lead, closing.declared_by, by, *(promise.owner for promise in going)}
        narrower = closing.audience is Audience.STAFF and staying.audience is Audience.TEAM
        decision, invited = Decision(), []
        entry = TimelineEntry.new(
            incident=staying.id,
            kind="people_came_over",
            at=tx.now,
            by=by,
            data={"other": closing.id, "number": closing.number},
        )
        for member in members:
            member.silent_at = None
            if narrower and not member.roles and member.user not in part:
                continue
            known = await member_of(tx, staying, member.user)
            knew = known is not None and known.state is not Here.LEFT
            new = core.comes_over(member, staying, known, waits=self.desk.plan.waits.stand_in, now=tx.now)
            if new is not None:
                decision.add.append(new)
            row = new or known
            if row is None or knew or row.state in AWAY:
                continue
            invited.append(member.user)
            if member.user != by:
                decision.do.append(Show(kind="came_over", subject=row.id, place=member.user, incident=staying.id))
        for promise in going:
            owner = promise.owner
            known_here = owner is None or any(owner == member.user for member in members)
            if not known_here and owner and await member_of(tx, staying, owner) is None:
                decision += await brought_in(tx, staying, owner)
        if invited:
            entry.data = {**entry.data, "users": list(invited)}
            decision.add.append(entry)
        if invited and staying.channel:
            decision.do.insert(0, Invite(incident=staying.id, users=invited))
        return decision

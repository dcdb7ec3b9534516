"""Handing a shift over: offered, reminded of, taken or not; one person has it at any time."""

import re
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlmodel import col

from bot.answer import Answer
from bot.cards.incidents import names
from bot.core import shift as core
from bot.core.effects import Decision, Invite, Priority, Refresh, Refused, Show
from bot.desk import Desk
from bot.i18n import _
from bot.models import (
    AWAY,
    RELIEVED,
    Ask,
    Handover,
    HandoverId,
    HandoverState,
    Incident,
    Person,
    Promise,
    Stage,
    Text,
    TextState,
    UserId,
)
from bot.rights import came, may_see, member_of, members_of, refuse_strangers, seen
from bot.service import promises
from bot.service.members import offered_by
from bot.service.reminders import cards_of
from bot.service.turns import in_turn
from bot.store import Tx
from bot.views import shift as views

_COMING = select(func.min(Handover.next_at)).where(col(Handover.next_at).is_not(None))
_MENTION = re.compile(r"<@([UW][A-Z0-9]+)(?:\|[^>]*)?>")


class Shifts:
    """The verbs of a handover."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    async def form(self, id: str, typed: str, *, by: UserId) -> Answer:
        """`handover @tom`: to whom, and what she would do next; filled in with whoever was named."""
        async with self.desk.store.transaction() as tx:
            incident = await self._giving(tx, id, by)
            found = await self._named(tx, typed) if typed else []
            to = found[0] if len(found) == 1 else None
            if to is not None:
                await self._fit(tx, to, by)
            lets_in = to is not None and not await may_see(self.desk, tx, incident, to)
            about = views.Going(
                leads=incident.lead == by,
                roles=await self._roles(tx, incident, by),
                promises=len(await self._promises(tx, incident, by)),
                texts=len({ask.text for ask in await self._asks(tx, incident, by)}),
            )
            called = await names(tx, [to])
            return Answer(
                opens=views.form(
                    incident,
                    about,
                    self.desk.plan,
                    to=to,
                    name=called.get(to or "", ""),
                    lets_in=lets_in,
                    unclear=typed if typed and to is None else "",
                )
            )

    async def _named(self, tx: Tx, typed: str) -> list[UserId]:
        """Whom `@tom` may mean: Slack hands names over as they were typed."""
        if mentioned := _MENTION.search(typed):
            return [UserId(mentioned.group(1))]
        wanted = " ".join(typed.replace("@", " ").split()).casefold()
        roster = self.desk.roster
        everyone = select(Person).where(col(Person.team) == tx.team, col(Person.active)).order_by(col(Person.user))
        people = [p for p in await tx.all(everyone) if p.user in roster.active and not roster.outsider(p.user)]
        exact = [p.user for p in people if wanted in (p.name.casefold(), (p.email or "").split("@")[0].casefold())]
        return exact or [p.user for p in people if wanted and wanted in p.name.casefold().split()]

    async def _giving(self, tx: Tx, id: str, by: UserId) -> Incident:
        """The crisis, for somebody of its team who has anything to give."""
        incident = await seen(self.desk, tx, id, by)
        await refuse_strangers(self.desk, tx, incident, by)
        if incident.stage is Stage.CLOSED:
            raise Refused(_("Crisis {number} is closed, so there is nothing to hand over.", number=incident.number))
        member = await member_of(tx, incident, by)
        if member is not None and member.state in RELIEVED:
            raise Refused(
                _("You have handed it over already, and are asked nothing more. `I'm on it` brings you back.")
            )
        return incident

    async def _roles(self, tx: Tx, incident: Incident, user: UserId) -> list[str]:
        """What somebody answers for in this crisis: as they were called, and as the plan names them."""
        member = await member_of(tx, incident, user)
        named = self.desk.roster.roles_of(user, declarer=incident.declared_by)
        held = [*(member.roles if member else []), *(role for role in self.desk.plan.roles if role in named)]
        return [role for role in dict.fromkeys(held) if role != "lead" or incident.lead == user]

    async def _promises(self, tx: Tx, incident: Incident, user: UserId) -> list[Promise]:
        return [promise for promise in await promises.open_promises(tx, incident) if promise.owner == user]

    async def _asks(self, tx: Tx, incident: Incident, user: UserId) -> Sequence[Ask]:
        """The questions that nobody has settled."""
        ours = (col(Text.incident) == incident.id, col(Text.state) == TextState.WAITING)
        query = select(Ask).join(Text, col(Text.id) == col(Ask.text))
        mine = (col(Ask.user) == user, col(Ask.settled_at).is_(None))
        rows: Sequence[Ask] = await tx.all(query.where(*ours, *mine).order_by(col(Ask.asked_at), col(Ask.id)))
        return rows

    async def offer(self, id: str, to: UserId, words: str, *, by: UserId, key: str) -> Answer:
        """Somebody is asked; until they press, everything stays where it is, and both are told so."""
        said = words.strip()
        if len(said) > views.WORDS:
            raise Refused(_("Please keep it under {n} characters.", n=views.WORDS), field="words")
        async with self.desk.store.transaction(key) as tx:
            incident = await self._giving(tx, id, by)
            person = await self._fit(tx, to, by)
            lets_in = not await may_see(self.desk, tx, incident, to)
            before = await offered_by(tx, incident, by)
            wait = self.desk.plan.waits.stand_in
            decision = await came(tx, incident, by)
            await tx.apply(decision + core.offered(incident, by, to, before, words=said, wait=wait, now=tx.now))
            return tx.answer(views.asked(person.name, incident, lets_in=lets_in))

    async def form_instead(self, id: str, *, by: UserId) -> Answer:
        """`Ask somebody else`: nobody has taken a shift over, and the lead sees to it that somebody does."""
        async with self.desk.store.transaction() as tx:
            incident, handover = await self._seen_to(tx, id, by)
            await tx.apply(await came(tx, incident, by))
            return Answer(opens=views.form_instead(incident, handover, await self._called(tx, handover)))

    async def offer_instead(self, id: str, to: UserId, *, by: UserId, key: str) -> Answer:
        """Another is asked, or the same one anew; the giver keeps everything until somebody presses."""
        async with self.desk.store.transaction(key) as tx:
            incident, handover = await self._seen_to(tx, id, by)
            giver, called = handover.giver, await self._called(tx, handover)
            if to == giver:
                raise Refused(_("It is {name}'s. Please choose somebody else.", name=called[giver]), field="to")
            person = await self._colleague(tx, to)
            lets_in = not await may_see(self.desk, tx, incident, to)
            before, wait = await offered_by(tx, incident, giver), self.desk.plan.waits.stand_in
            decision = await came(tx, incident, by)
            decision += core.offered(incident, giver, to, before, words="", wait=wait, now=tx.now, by=by)
            decision.do.append(Refresh(subjects=[handover.id], priority=Priority.DUTY))
            await tx.apply(decision)
            return tx.answer(views.asked(person.name, incident, lets_in=lets_in, giver=called[giver]))

    async def _seen_to(self, tx: Tx, id: str, by: UserId) -> tuple[Incident, Handover]:
        """A shift that nobody has taken, for whoever leads, or whose it is."""
        incident, handover = await self._locked(tx, id)
        called = await self._called(tx, handover, incident.lead)
        if by not in (incident.lead, handover.giver):
            if not await may_see(self.desk, tx, incident, by):
                raise Refused(_("There is no such crisis."))
            lead = called.get(incident.lead or "", _("nobody"))
            raise Refused(_("That is for whoever leads crisis {number} ({name}).", number=incident.number, name=lead))
        core.refuse_unless_untaken(handover, called[handover.giver], called[handover.to])
        if incident.stage is Stage.CLOSED:
            raise Refused(_("Crisis {number} is closed, so there is nothing to hand over.", number=incident.number))
        return incident, handover

    async def _called(self, tx: Tx, handover: Handover, *others: UserId | None) -> dict[str, str]:
        people = [handover.giver, handover.to, *others]
        return {user: user for user in people if user} | await names(tx, people)

    async def _fit(self, tx: Tx, to: UserId, by: UserId) -> Person:
        """Somebody of ours who can be reached."""
        if to == by:
            raise Refused(_("That is you. Please choose somebody else."), field="to")
        return await self._colleague(tx, to)

    async def _colleague(self, tx: Tx, to: UserId) -> Person:
        person = await self._reachable(tx, to)
        if person is None or to not in self.desk.roster.active or self.desk.roster.outsider(to):
            raise Refused(_("Nobody of the company can be reached there. Please choose a colleague."), field="to")
        return person

    async def _reachable(self, tx: Tx, user: UserId) -> Person | None:
        """Whoever has an account now. Their row knows at once when Slack closes it; the roster is looked up anew only
        once it is calm."""
        person = await tx.person(user)
        return person if person is not None and person.active else None

    async def _locked(self, tx: Tx, id: str) -> tuple[Incident, Handover]:
        crisis = await tx.session.scalar(select(col(Handover.incident)).where(col(Handover.id) == id))
        if crisis is None:
            raise Refused(_("That is gone. Please look at the newest message about it."))
        incident = await tx.incident(crisis)
        return incident, await tx.get(Handover, id)

    async def _theirs(self, tx: Tx, id: str, by: UserId) -> tuple[Incident, Handover]:
        """The offer, for whoever it was made to; to others it does not exist."""
        incident, handover = await self._locked(tx, id)
        if handover.to != by and not await may_see(self.desk, tx, incident, by):
            raise Refused(_("There is no such crisis."))
        called = await names(tx, [handover.giver])
        core.refuse_unless_open(handover, incident, called.get(handover.giver, _("somebody")), by=by)
        return incident, handover

    async def take(self, id: str, *, by: UserId, key: str) -> Answer:
        """`I have it`."""
        async with self.desk.store.transaction(key) as tx:
            incident, handover = await self._theirs(tx, id, by)
            giver = handover.giver
            owed = await self._promises(tx, incident, giver)
            newly = await member_of(tx, incident, by) is None
            decision = core.taken(
                handover,
                incident,
                await member_of(tx, incident, giver),
                await member_of(tx, incident, by),
                roles=await self._roles(tx, incident, giver),
                promises=owed,
                asks=await self._asks(tx, incident, giver),
                theirs=await self._asks(tx, incident, by),
                wait=self.desk.plan.waits.stand_in,
                now=tx.now,
            )
            decision.do.append(Refresh(subjects=await cards_of(tx, incident, owed)))
            for other in await self._offers_to(tx, incident, giver):
                decision += core.over(other, HandoverState.REPLACED, now=tx.now)
            earlier = (col(Handover.incident) == incident.id, col(Handover.giver) == giver)
            decision.do.append(Refresh(subjects=await tx.all(select(col(Handover.id)).where(*earlier))))
            for text in await tx.all(select(Text).where(col(Text.incident) == incident.id)):
                decision.do.append(Refresh(subjects=[text.id]))
            if newly and incident.channel:
                decision.do.append(Invite(incident=incident.id, users=[by]))
            if await self._reachable(tx, giver) is not None:
                decision.do.append(Show(kind="shift_given", subject=handover.id, place=giver, incident=incident.id))
            await tx.apply(decision)
            called = await names(tx, [giver])
            return tx.answer(
                _(
                    "Thank you. You have crisis {number} now, and {name} is told. What waits for you stands above.",
                    number=incident.number,
                    name=called.get(giver, _("somebody")),
                )
            )

    async def _offers_to(self, tx: Tx, incident: Incident, user: UserId) -> Sequence[Handover]:
        """What the giver was asked to take over themselves: they are asked nothing more."""
        open_ones = (col(Handover.incident) == incident.id, col(Handover.state) == HandoverState.OFFERED)
        rows: Sequence[Handover] = await tx.all(select(Handover).where(*open_ones, col(Handover.to) == user))
        return rows

    async def cannot(self, id: str, *, by: UserId, key: str) -> Answer:
        """`Can't: send my stand-in`: the next one is asked; the giver keeps everything and is told."""
        async with self.desk.store.transaction(key) as tx:
            incident, handover = await self._theirs(tx, id, by)
            next_one = await self._passed_on(tx, incident, handover)
            if next_one is None:
                return tx.answer(_("Understood. You have no stand-in, so whoever asked you hears of it."))
            return tx.answer(_("Understood. Your stand-in is asked now."))

    async def _passed_on(self, tx: Tx, incident: Incident, handover: Handover) -> UserId | None:
        """Somebody can't: their stand-in is asked, and the giver hears who has it now."""
        decision = core.over(handover, HandoverState.DECLINED, now=tx.now)
        asked = select(Handover).where(col(Handover.incident) == incident.id, col(Handover.giver) == handover.giver)
        since = [row for row in await tx.all(asked) if row.state is HandoverState.DECLINED]
        away = {m.user for m in await members_of(tx, incident) if m.state in AWAY}
        besides = {handover.giver, handover.to, *(row.to for row in since), *away}
        who = self.desk.roster.stand_in_for(handover.to, besides=besides, declarer=incident.declared_by)
        if who is not None and await self._reachable(tx, who) is None:
            who = None
        if who is not None:
            wait = self.desk.plan.waits.stand_in
            giver = handover.giver  # her words were for one person, and are not passed on
            decision += core.offered(incident, giver, who, [], words="", wait=wait, instead_of=handover.to, now=tx.now)
        handover.step = core.LEAD
        decision.do.append(
            Show(
                kind="shift_declined",
                subject=handover.id,
                place=handover.giver,
                incident=incident.id,
                priority=Priority.DUTY,
            )
        )
        await tx.apply(decision)
        return who

    async def next_due(self, tx: Tx) -> datetime | None:
        """When the next one is told that nobody has taken over."""
        return await tx.earliest(_COMING)

    async def tick(self) -> None:
        """Nobody has pressed: whoever is asked hears it once more, then the lead."""
        async with self.desk.store.reading() as tx:
            due = await tx.all(
                select(col(Handover.id)).where(col(Handover.next_at) <= tx.now).order_by(col(Handover.next_at))
            )
        await in_turn("handovers", (("a handover nobody has taken", self._remind, id) for id in due))

    async def _remind(self, id: HandoverId) -> None:
        async with self.desk.store.transaction() as tx:
            incident, handover = await self._locked(tx, id)
            if handover.next_at is None or handover.next_at > tx.now or handover.state is not HandoverState.OFFERED:
                return
            if incident.stage is Stage.CLOSED:
                await tx.apply(core.over(handover, HandoverState.REPLACED, now=tx.now))
                return
            if await self._reachable(tx, handover.to) is None:
                await self._passed_on(tx, incident, handover)
                return
            handover.step += 1
            first = handover.step == core.REMIND
            handover.next_at = tx.now + self.desk.plan.waits.stand_in if first else None
            kind, place = ("shift_waits", handover.to) if first else ("shift_untaken", incident.lead or handover.giver)
            show = Show(kind=kind, subject=id, place=place, incident=incident.id, priority=Priority.DUTY)
            await tx.apply(Decision(do=[show]))

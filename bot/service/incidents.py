"""Declaring, opening, calling the team, and the moves of a crisis's life."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from json import dumps

from sqlalchemy import func, select
from sqlmodel import col

from bot.answer import Answer
from bot.cards.incidents import names, scene
from bot.core import incident as core
from bot.core.alert import REPORT, folded, says
from bot.core.effects import (
    Decision,
    Invite,
    Priority,
    Refresh,
    RefreshHomes,
    Refused,
    SetTopic,
    Show,
    UpdateView,
    noted,
)
from bot.core.ending import to_stand_down
from bot.core.incident import Scene
from bot.core.untrusted import plain
from bot.desk import Desk
from bot.i18n import _, clock_text
from bot.models import (
    AWAY,
    LIVE,
    RELIEVED,
    Alert,
    AlertState,
    Ask,
    Audience,
    ChannelId,
    Here,
    Incident,
    IncidentId,
    Member,
    MemberId,
    Move,
    Signal,
    Stage,
    TimelineEntry,
    UserId,
    new_id,
)
from bot.rights import (
    came,
    filled,
    incident_of,
    may_see,
    member_of,
    members_of,
    numbered,
    refuse_guest,
    refuse_strangers,
    refuse_unless_may_declare,
    seen,
)
from bot.service import promises, signals, texts
from bot.service.turns import in_turn
from bot.store import Tx
from bot.views import commands, declaring
from bot.views.words import TITLE, kind_label, promise_label

CARRIED = 2_900
"""Characters of a form that a modal can carry on to its next question."""
_COMING = select(func.min(Member.silent_at)).where(col(Member.silent_at).is_not(None))
"""When the next silence of somebody called ends."""


@dataclass(frozen=True, kw_only=True)
class Declaration:
    """What somebody says when they declare a crisis."""

    title: str
    situation: str | None = None
    severity: str | None = None
    audience: Audience | None = None
    context: str = ""
    alert: str = ""
    """The watch card it was pressed on."""

    def checked(self) -> "Declaration":
        """With a title that says something, or Refused."""
        title = " ".join(plain(self.title).split())
        if not title:
            raise Refused(_("Please say in a few words what happened."), field="title")
        if len(title) > TITLE:
            raise Refused(_("Please keep the first line under 200 characters; the rest fits below."), field="title")
        if len(self.stored()) > CARRIED:
            raise Refused(
                _("That is a little long. Please shorten it; more can be said in the channel."), field="context"
            )
        return replace(self, title=title)

    def stored(self) -> str:
        """For a button or a modal that asks back: as it was typed, in any script, within Slack's 3,000 characters."""
        return dumps(self.__dict__, ensure_ascii=False)


async def open_crisis(
    desk: Desk,
    tx: Tx,
    said: Declaration,
    *,
    declared_by: UserId | None,
    view: str | None = None,
    rule: str | None = None,
) -> Incident:
    """Everything an opening needs, in the caller's transaction: rows at once, Slack afterwards."""
    plan = desk.plan
    alert = await tx.one(Alert, said.alert)
    rule = rule or (alert.rule if alert else None)
    of_rule = plan.rules.get(rule or "")
    situation = said.situation or (of_rule.situation if of_rule and of_rule.situation else "generic")
    settings = plan.situation(situation)
    holders = {role: desk.roster.holders(role, declarer=declared_by) for role in plan.roles}
    lead = next(iter(holders.get("lead", ())), None) or declared_by or next(iter(desk.roster.on_duty(0) or ()), None)
    incident = Incident.new(
        id=IncidentId(new_id()),
        team=tx.team,
        number=await tx.next_number("incident"),
        title=said.title,
        context=said.context.strip(),
        situation=situation,
        severity=said.severity or (of_rule.severity if of_rule and of_rule.severity else settings.severity),
        audience=said.audience or settings.who_can_see,
        rule=rule,
        declared_by=declared_by,
        lead=lead,
        zone=plan.zone,
        opened_at=tx.now,
        first_mention_at=alert.first_mention_at if alert else None,
        first_seen_at=alert.first_seen_at if alert else None,
        view=view,
        gaps=core.gaps(plan, situation, holders, {role for role in plan.roles if desk.roster.open_to_channel(role)}),
    )
    tx.session.add(incident)
    await tx.session.flush()
    called = core.called_to(plan, situation, holders, declared_by=declared_by)
    if lead is not None:
        called.setdefault(lead, [])
        if "lead" not in called[lead]:
            called[lead] = ["lead", *called[lead]]
    await tx.apply(core.opened(incident, called, now=tx.now))
    await _silence_starts(desk, tx, incident)
    await tx.apply(await promises.begin(desk, tx, incident))
    quote = await tx.one(Signal, alert.quote) if alert else None
    if quote is not None and quote.source == REPORT:
        quote = None  # a colleague's message, not a customer's: there is nobody to answer
    prepared = await texts.prepare(desk, tx, incident, quote=quote)
    await tx.apply(prepared.decision)
    if alert is not None:
        await tx.apply(await signals.decided(desk, tx, alert, incident, declared_by))
    return incident


async def _silence_starts(desk: Desk, tx: Tx, incident: Incident) -> None:
    for member in await members_of(tx, incident):
        if member.state is Here.ASKED and member.roles:
            member.silent_at = tx.now + desk.plan.waits.stand_in


async def stand_in(desk: Desk, tx: Tx, incident: Incident, absent: Member) -> Decision:
    """Somebody comes in another's place: the stand-in, else the lead; where nobody is left the lead is told once."""
    waits = tx.now + desk.plan.waits.stand_in
    besides = {m.user for m in await members_of(tx, incident) if m.state in (*AWAY, Here.SILENT)}
    who = _in_place_of(desk, incident, absent, besides | {absent.user})
    if who is None and absent.user == incident.lead:  # somebody always leads
        others = (incident.declared_by, *desk.roster.holders(desk.plan.executive, declarer=incident.declared_by))
        who = next((user for user in others if user and user not in besides | {absent.user}), None)
    if who is None or (who == incident.lead and set(absent.roles) <= set(_roles(await member_of(tx, incident, who)))):
        return await tell_lead(tx, incident, absent.roles)
    known = await member_of(tx, incident, who)
    decision = core.stand_in_called(incident, absent, who, known, now=tx.now, silent_at=waits)
    if incident.channel and known is None:
        decision.do.append(Invite(incident=incident.id, users=[who]))
    return decision + await texts.stand_in_asked(desk, tx, incident, absent.user, who)


def _in_place_of(desk: Desk, incident: Incident, absent: Member, besides: set[UserId]) -> UserId | None:
    """Who the plan says; of somebody who has left the company it knows only the roles they had here."""
    of = [absent.user] if absent.user in desk.roster.active else absent.roles
    found = (desk.roster.stand_in_for(who, besides=besides, declarer=incident.declared_by) for who in of)
    return next((user for user in found if user is not None), None)


def _refuse_when_over(incident: Incident) -> None:
    """A press that comes too late says so."""
    if incident.stage not in LIVE:
        raise Refused(_("Crisis {number} is over: nobody is needed any more. Thank you.", number=incident.number))


def _roles(member: Member | None) -> list[str]:
    return member.roles if member else []


async def tell_lead(tx: Tx, incident: Incident, roles: list[str]) -> Decision:
    """A role nobody answers for: the lead hears it once."""
    new = [role for role in roles if role not in incident.gaps and role != "lead"]
    incident.gaps = [*incident.gaps, *new]
    if not new:
        return Decision(do=[Refresh(subjects=[incident.id])])
    return gap_told(incident, new, tx.now)


def gap_told(incident: Incident, roles: list[str], now: datetime, *, told: bool = False) -> Decision:
    """The lead hears of it, unless they are `told` by another message of the same moment."""
    entry = noted(incident.id, "gap_found", now=now, roles=roles)
    do: list[Show | Refresh] = [Refresh(subjects=[incident.id])]
    if incident.lead and not told:
        do.append(Show(kind="gap", subject=entry.id, place=incident.lead, incident=incident.id))
    return Decision(add=[entry], do=list(do))


class Incidents:
    """The verbs of a crisis."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    async def form(self, *, by: UserId, title: str = "", more: str = "") -> Answer:
        """The form, filled in with what was typed; whoever may not declare hears so before they type anything."""
        async with self.desk.store.reading() as tx:
            await refuse_unless_may_declare(self.desk, tx, by)
        plan = self.desk.plan
        situation = "generic" if "generic" in plan.situations else next(iter(plan.situations))
        people = await self.called_people(situation, by)
        return Answer(opens=declaring.declare_modal(plan, title=title, more=more, people=people))

    async def declare(
        self, said: Declaration, *, by: UserId, key: str, view: str | None = None, another: bool = False
    ) -> Answer:
        """A crisis is declared. Beside a similar open one the declarer is asked first, where they may see it."""
        async with self.desk.store.transaction(key) as tx:
            await refuse_unless_may_declare(self.desk, tx, by)
            said = self._guessed(said.checked())
            alert = await signals.waiting_alert(self.desk, tx, said.alert, by) if said.alert else None
            await tx.in_line("incident")  # of two who declare at once, the second one sees the first one's crisis
            alike = await self._similar(tx, said, alert)
            visible = [i for i in alike if await may_see(self.desk, tx, i, by)]
            if visible and not another:
                return tx.answer(await self._ask_whether_same(tx, visible[0], said, in_modal=view is not None))
            incident = await open_crisis(self.desk, tx, said, declared_by=by, view=view)
            for other in alike:
                if other not in visible and other.lead:
                    entry = noted(other.id, "similar_declared", now=tx.now, other=incident.id)
                    card = Show(kind="may_be_same", subject=entry.id, place=other.lead, incident=other.id)
                    await tx.apply(Decision(add=[entry], do=[card]))
            return tx.answer(declaring.opening(incident))

    def _guessed(self, said: Declaration) -> Declaration:
        """The quick path asks nothing, so the plan's rules say which situation the title's words belong to."""
        if said.situation is not None or said.alert:
            return said
        for rule in self.desk.plan.rules.values():
            if rule.words and says(folded(said.title), rule.words):
                return replace(said, situation=rule.situation, severity=said.severity or rule.severity)
        return said

    async def _similar(self, tx: Tx, said: Declaration, alert: Alert | None) -> list[Incident]:
        rule = alert.rule if alert else None
        of_rule = self.desk.plan.rules.get(rule or "")
        situation = said.situation or (of_rule.situation if of_rule and of_rule.situation else "generic")
        live = await tx.all(
            select(Incident)
            .where(col(Incident.team) == tx.team, col(Incident.stage).in_(LIVE))
            .order_by(col(Incident.opened_at).desc())
        )
        within = self.desk.plan.waits.similar
        return [i for i in live if core.similar(i, rule=rule, situation=situation, now=tx.now, within=within)]

    async def _ask_whether_same(self, tx: Tx, found: Incident, said: Declaration, *, in_modal: bool) -> Answer:
        by = (await names(tx, [found.declared_by])).get(found.declared_by or "", _("our plan"))
        if in_modal:
            return Answer(view=declaring.similar_modal(found, said.stored(), by=by, alert=said.alert, now=tx.now))
        lines = declaring.similar_lines(found, said.stored(), by=by, now=tx.now)
        return Answer(text=_("Something like it is open already."), blocks=tuple(lines))

    async def join(self, id: str, *, by: UserId, key: str, alert: str = "") -> Answer:
        """Into the channel of a crisis that is open already; the question of the watch card is answered with it."""
        async with self.desk.store.transaction(key) as tx:
            if alert:
                await refuse_guest(self.desk, tx, by)
            asked = await signals.waiting_alert(self.desk, tx, alert, by) if alert else None
            incident = await seen(self.desk, tx, id, by)
            if incident.stage is Stage.CLOSED:
                raise Refused(_("Crisis {number} is closed meanwhile. Please declare another.", number=incident.number))
            if asked is not None:
                await tx.apply(await signals.decided(self.desk, tx, asked, incident, by, state=AlertState.JOINED))
            if await member_of(tx, incident, by) is None:
                await tx.apply(self._joined(incident, by, tx.now))
            if incident.channel:
                await tx.apply(Decision(do=[Invite(incident=incident.id, users=[by])]))
                return tx.answer(
                    _("You are in crisis {number}: <#{channel}>.", number=incident.number, channel=incident.channel)
                )
            return tx.answer(_("You are in crisis {number}; its channel is opening.", number=incident.number))

    def _joined(self, incident: Incident, user: UserId, now: datetime) -> Decision:
        member = Member.new(
            id=MemberId(new_id()), incident=incident.id, user=user, state=Here.HERE, asked_at=now, answered_at=now
        )
        return Decision(
            add=[member, noted(incident.id, "member_joined", now=now, by=user)], do=[Refresh(subjects=[incident.id])]
        )

    async def entered(self, channel: ChannelId, user: UserId, *, key: str) -> None:
        """Somebody came into a crisis channel by Slack's own ways: they may see it, and hold what the channel holds."""
        async with self.desk.store.transaction(key) as tx:
            found = await incident_of(tx, channel)
            if found is None:
                return
            incident = await tx.incident(found.id)
            member = await member_of(tx, incident, user)
            if member is None and user in self.desk.roster.active:
                await tx.apply(self._joined(incident, user, tx.now))
            elif member is not None and member.state is Here.LEFT:
                member.state = Here.HANDED_OVER

    async def left(self, channel: ChannelId, user: UserId, *, key: str) -> None:
        """Somebody left the channel: who was only there because of it sees nothing of the crisis any more."""
        async with self.desk.store.transaction(key) as tx:
            found = await incident_of(tx, channel)
            if found is None:
                return
            incident = await tx.incident(found.id)
            member = await member_of(tx, incident, user)
            if member is None or member.roles or user in (incident.declared_by, incident.lead):
                return
            if member.state in RELIEVED:
                member.state = Here.LEFT  # who took their place is still known by it
            else:
                await tx.session.delete(member)
            gone = Decision(do=[Refresh(subjects=[incident.id]), RefreshHomes(people=[user])])
            await tx.apply(gone + await promises.owner_left(tx, incident, user))

    async def channel_created(self, tx: Tx, id: IncidentId, channel: str, name: str) -> None:
        """The channel is there: everybody in, brief and first text into it, one DM to each."""
        incident = await tx.incident(id)
        core.channel_made(incident, ChannelId(channel), name)
        team = await members_of(tx, incident)
        place = ChannelId(channel)
        do = Decision(
            do=[
                Invite(incident=id, users=[member.user for member in team]),
                Show(kind="brief", subject=id, place=place, incident=id, pin=True, priority=Priority.OPENING),
                SetTopic(incident=id),
            ]
        )
        if incident.view:
            do.do.append(UpdateView(incident=id, view=incident.view))
        do.do += await texts.cards_at_opening(tx, incident)
        called = await self._called(tx, incident)
        do.do += called
        if watch := self.desk.roster.channel(self.desk.plan.watch_channel):
            do.do.append(Show(kind="headline", subject=id, place=watch, incident=id))
        if incident.gaps:
            told = incident.lead in {show.place for show in called}  # the DM that calls the lead says so
            do += gap_told(incident, incident.gaps, tx.now, told=told)
        do.do.append(Refresh(subjects=[id]))
        await tx.apply(do)

    async def channel_refused(self, tx: Tx, id: IncidentId, why: str) -> None:
        """Slack will not open the channel: the team is called all the same, and who can mend it hears the reason."""
        incident = await tx.incident(id)
        entry = noted(id, "channel_refused", now=tx.now, why=why)
        do = Decision(add=[entry])
        called = await self._called(tx, incident)
        do.do += called
        for user in dict.fromkeys(user for user in (incident.declared_by, incident.lead) if user):
            if user not in {show.place for show in called}:  # else the DM that calls them says it
                do.do.append(Show(kind="no_channel", subject=entry.id, place=user, incident=id))
        await tx.apply(do)

    async def _called(self, tx: Tx, incident: Incident) -> list[Show]:
        """One DM to each of the team; whoever declared it has nothing to hear."""
        return [
            Show(kind="member", subject=member.id, place=member.user, incident=incident.id)
            for member in await members_of(tx, incident)
            if member.user != incident.declared_by or await self._is_asked(tx, incident, member)
        ]

    async def _is_asked(self, tx: Tx, incident: Incident, member: Member) -> bool:
        """Whoever declared it has seen it; they get the DM only if a text waits for them."""
        ids = [text.id for text in await texts.waiting(tx, incident)]
        found = await tx.first(
            select(Ask).where(col(Ask.text).in_(ids), col(Ask.user) == member.user, col(Ask.settled_at).is_(None))
        )
        return found is not None

    async def here(self, id: str, *, by: UserId, key: str) -> Answer:
        """`I'm on it`."""
        async with self.desk.store.transaction(key) as tx:
            incident = await seen(self.desk, tx, id, by)
            member = await member_of(tx, incident, by)
            _refuse_when_over(incident)
            if member is None:
                await tx.apply(self._joined(incident, by, tx.now))
                return tx.answer(_("Thank you, noted: you are on it."))
            if member.state is Here.HERE:
                return tx.answer(_("Noted before: you are on it. Thank you."))
            filled(incident, member.roles)
            await tx.apply(core.came(member, now=tx.now))
            return tx.answer(_("Thank you, noted: you are on it."))

    async def cannot(self, id: str, *, by: UserId, key: str) -> Answer:
        """`Can't: send my stand-in`."""
        async with self.desk.store.transaction(key) as tx:
            incident = await seen(self.desk, tx, id, by)
            member = await member_of(tx, incident, by)
            if member is None:
                raise Refused(_("You weren't called for this crisis."))
            _refuse_when_over(incident)
            await tx.apply(core.cannot_come(member, now=tx.now))
            called = await stand_in(self.desk, tx, incident, member)
            await tx.apply(called)
            if any(isinstance(row, TimelineEntry) and row.kind == "stand_in_asked" for row in called.add):
                return tx.answer(_("Understood. Your stand-in is asked now."))
            if incident.lead == by:
                return tx.answer(_("Understood, but nobody is left to ask, so you still lead. Please call somebody."))
            return tx.answer(_("Understood. You have no stand-in, so the lead hears of it and decides."))

    async def move(self, id: str, what: Move, *, by: UserId, key: str, anyway: bool = False) -> Answer:
        """`contain`, `resolve`, `reopen`. With things still open `resolve` shows them first and wants one more press."""
        async with self.desk.store.transaction(key) as tx:
            incident = await self._led(tx, id, by)
            was_none = incident.closed_as is Move.FALSE_ALARM
            asks_first = what is Move.RESOLVE and not anyway and incident.stage in LIVE
            if asks_first and (lines := list((await self._still_open(tx, incident)).values())):
                return tx.answer(Answer(opens=commands.open_things_modal(incident, self.desk.plan, lines)))
            await tx.apply(await came(tx, incident, by) + core.move(incident, what, by=by, now=tx.now))
            if what is Move.RESOLVE:
                await tx.apply(await promises.resolved(self.desk, tx, incident))
            if what is Move.REOPEN and was_none:
                await self._after_all(tx, incident, by)
            elif what is Move.REOPEN:
                await tx.apply(await promises.reopened(self.desk, tx, incident))
            await self._redraw_team(tx, incident)
            return tx.answer(self._moved(incident))

    async def _after_all(self, tx: Tx, incident: Incident, by: UserId) -> None:
        """It was no false alarm: what our plan promises counts from now, the first word asks anew, and everybody who
        was stood down is told, once."""
        await tx.apply(await promises.begin(self.desk, tx, incident, since=tx.now))
        words = await texts.begun_again(self.desk, tx, incident)
        await tx.apply(words)
        asked = {row.user for row in words.add if isinstance(row, Ask)}
        entry = noted(incident.id, "team_called_back", now=tx.now, by=by)
        back = [user for user in to_stand_down(await members_of(tx, incident), by=by) if user not in asked]
        show = [Show(kind="back", subject=entry.id, place=user, incident=incident.id) for user in back]
        alerts = await tx.all(select(Alert).where(col(Alert.incident) == incident.id))
        for alert in alerts:
            alert.state, alert.decided_by, alert.decided_at = AlertState.JOINED, None, tx.now
        stood_down = await tx.all(
            select(col(TimelineEntry.id)).where(
                col(TimelineEntry.incident) == incident.id, col(TimelineEntry.kind) == "crisis_false_alarm"
            )
        )
        redrawn = Refresh(subjects=[*stood_down, *(alert.id for alert in alerts)])
        await tx.apply(Decision(add=[entry], do=[*show, redrawn]))

    async def close(self, id: str, reasons: Mapping[str, str], *, by: UserId, key: str) -> Answer:
        """Put away, once everything still open has a reason; what opened meanwhile is asked about too."""
        async with self.desk.store.transaction(key) as tx:
            incident = await self._led(tx, id, by)
            open_things = await self._still_open(tx, incident) if incident.stage is Stage.RESOLVED else {}
            if not open_things.keys() <= reasons.keys():
                return tx.answer(Answer(opens=commands.close_modal(incident, open_things, reasons)))
            await tx.apply(core.close(incident, open_things, reasons, by=by, now=tx.now))
            await tx.apply(await promises.closed(self.desk, tx, incident, by))
            await tx.apply(await texts.closed(tx, incident))
            await self._redraw_team(tx, incident)
            return tx.answer(self._moved(incident))

    async def _redraw_team(self, tx: Tx, incident: Incident) -> None:
        """What a call asked for is over, or counts again: its buttons say so."""
        members = [member.id for member in await members_of(tx, incident)]
        await tx.apply(Decision(do=[Refresh(subjects=members, priority=Priority.DUTY)]))

    async def _led(self, tx: Tx, id: str, by: UserId) -> Incident:
        """The incident, for somebody called to it: they may move it along."""
        incident = await seen(self.desk, tx, id, by)
        await refuse_strangers(self.desk, tx, incident, by)
        return incident

    def _moved(self, incident: Incident) -> str:
        return _("Crisis {number} is {stage} now.", number=incident.number, stage=core.stage_label(incident.stage))

    async def _still_open(self, tx: Tx, incident: Incident) -> dict[str, str]:
        """What somebody still waits for: row id -> what it is."""
        found: dict[str, str] = {}
        for promise in await promises.open_promises(tx, incident):
            due = clock_text(promise.due, incident.zone, now=tx.now)
            what = promise_label(promise)
            found[promise.id] = _("{what}, promised for {time}", what=what[:1].upper() + what[1:], time=due)
        for text in await texts.open_texts(tx, incident):
            kind = kind_label(text.kind)
            found[text.id] = _("{kind}: approved, but nobody has posted it", kind=kind[:1].upper() + kind[1:])
        return found

    async def scene(self, id: str, *, by: UserId) -> tuple[Scene, datetime]:
        """Where we are, for somebody who may see it; and the time it was read."""
        async with self.desk.store.reading() as tx:
            incident = await tx.get(Incident, id)
            if not await may_see(self.desk, tx, incident, by):
                raise Refused(_("There is no such crisis."))
            return await scene(self.desk, tx, incident), tx.now

    async def visible(self, *, by: UserId, ended: bool = False) -> tuple[list[Incident], dict[str, str]]:
        """Crises this person may see, newest first, and the names of their leads. `ended`: resolved and closed ones too."""
        stages = tuple(Stage) if ended else LIVE
        async with self.desk.store.reading() as tx:
            query = select(Incident).where(col(Incident.team) == tx.team, col(Incident.stage).in_(stages))
            found = [
                i
                for i in await tx.all(query.order_by(col(Incident.number).desc()).limit(200))
                if await may_see(self.desk, tx, i, by)
            ]
            return found, await names(tx, [i.lead for i in found])

    async def numbered(self, number: int, *, by: UserId) -> Incident:
        """The crisis of this number, for somebody who may see it."""
        async with self.desk.store.reading() as tx:
            return await numbered(self.desk, tx, number, by)

    async def here_in(self, channel: str | None, *, by: UserId) -> Incident | None:
        """The crisis whose channel this is, for somebody who may see it."""
        async with self.desk.store.reading() as tx:
            incident = await incident_of(tx, channel)
            return incident if incident and await may_see(self.desk, tx, incident, by) else None

    async def called_people(self, situation: str, declarer: UserId) -> int:
        """How many people declaring invites."""
        holders = {role: self.desk.roster.holders(role, declarer=declarer) for role in self.desk.plan.roles}
        return len(core.called_to(self.desk.plan, situation, holders, declared_by=declarer))

    async def holds(self, channel: str) -> bool:
        """Whether a crisis has this channel already."""
        async with self.desk.store.reading() as tx:
            return await incident_of(tx, channel) is not None

    async def next_due(self, tx: Tx) -> datetime | None:
        """When the next silence ends."""
        coming = await tx.session.scalar(_COMING)
        return coming if isinstance(coming, datetime) else None

    async def tick(self) -> None:
        """Silence of those called brings their stand-ins."""
        async with self.desk.store.reading() as tx:
            due = await tx.all(
                select(Member).where(col(Member.silent_at) <= tx.now).order_by(col(Member.silent_at), col(Member.id))
            )
        await in_turn("incidents", (("the silence of a member", self._silent, member.id) for member in due))

    async def _silent(self, id: MemberId) -> None:
        async with self.desk.store.transaction() as tx:
            member = await tx.get(Member, id)
            incident = await tx.incident(member.incident)
            await tx.session.refresh(member)  # as it is now that the incident is locked
            if member.silent_at is None or member.silent_at > tx.now:
                return
            member.silent_at = None
            if member.state is not Here.ASKED or incident.stage not in LIVE:
                return
            member.state = Here.SILENT
            await tx.apply(await stand_in(self.desk, tx, incident, member))
            await tx.apply(Decision(do=[Refresh(subjects=[member.id])]))

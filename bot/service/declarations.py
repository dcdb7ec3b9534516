"""Declaring a crisis, and opening it: rows at once, its channel and the calls afterwards."""

from dataclasses import dataclass, replace
from json import dumps

from sqlalchemy import select
from sqlmodel import col

from bot.answer import Answer
from bot.cards.incidents import names
from bot.core import incident as core
from bot.core.alert import REPORT, folded, says
from bot.core.effects import Decision, Invite, Priority, Refresh, Refused, SetTopic, Show, UpdateView, noted
from bot.core.untrusted import plain
from bot.desk import Desk
from bot.i18n import _
from bot.models import LIVE, Alert, Ask, Audience, ChannelId, Incident, IncidentId, Member, Signal, UserId, new_id
from bot.rights import incident_of, may_see, members_of, refuse_unless_may_declare
from bot.service import members, promises, signals, texts
from bot.store import Tx
from bot.views import declaring
from bot.views.blocks import CARRIED
from bot.views.words import TITLE


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
    await members.silence_starts(desk, tx, incident)
    await tx.apply(await promises.begin(desk, tx, incident))
    quote = await tx.one(Signal, alert.quote) if alert else None
    if quote is not None and quote.source == REPORT:
        quote = None  # a colleague's message, not a customer's: there is nobody to answer
    prepared = await texts.prepare(desk, tx, incident, quote=quote)
    await tx.apply(prepared.decision)
    if alert is not None:
        await tx.apply(await signals.decided(desk, tx, alert, incident, declared_by))
    return incident


def called_people(desk: Desk, situation: str, declarer: UserId) -> int:
    """How many people declaring invites."""
    holders = {role: desk.roster.holders(role, declarer=declarer) for role in desk.plan.roles}
    return len(core.called_to(desk.plan, situation, holders, declared_by=declarer))


class Declarations:
    """The verbs of whoever declares, and what follows when Slack has made the channel."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    async def form(self, *, by: UserId, title: str = "", more: str = "") -> Answer:
        """The form, filled in with what was typed; whoever may not declare hears so before they type anything."""
        async with self.desk.store.reading() as tx:
            await refuse_unless_may_declare(self.desk, tx, by)
        plan = self.desk.plan
        situation = "generic" if "generic" in plan.situations else next(iter(plan.situations))
        people = called_people(self.desk, situation, by)
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
            do += members.gap_told(incident, incident.gaps, tx.now, told=told)
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

    async def holds(self, channel: str) -> bool:
        """Whether a crisis has this channel already."""
        async with self.desk.store.reading() as tx:
            return await incident_of(tx, channel) is not None

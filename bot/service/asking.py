"""Who is asked for a yes, who is asked again, and who comes next when somebody is silent."""

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import select
from sqlmodel import col

from bot.core import text as core
from bot.core.effects import BringDown, Decision, Invite, Priority, Refresh, Show, Wish, noted
from bot.core.sheet import Standing, standing
from bot.desk import Desk
from bot.models import AWAY, Approval, Ask, Incident, Member, MemberId, Text, TextState, UserId, Version, new_id
from bot.rights import member_of, members_of
from bot.service import members
from bot.store import Tx

People = Mapping[str, Sequence[UserId]]
"""Role -> who is to be asked for its yes."""


async def ask_for_yes(
    desk: Desk,
    tx: Tx,
    incident: Incident,
    text: Text,
    version: Version,
    roles: Sequence[str],
    *,
    rather: People | None = None,
    told: Collection[UserId | None] = (),
    at_opening: bool = False,
) -> Decision:
    """Everyone whose yes is wanted is asked, each by one DM. `rather`: those who knew the text before.

    `told`: people who hear of it by another message of the same moment, which has `Read the text` on it; at the
    opening that is everyone, by the DM that calls them.
    """
    members = await members_of(tx, incident)
    whom: dict[UserId, list[str]] = {}
    for role in roles:
        people = (rather or {}).get(role) or people_for(desk, incident, members, role)
        for user in people:
            whom.setdefault(user, []).append(role)
    asks = core.asked(text, version, whom, silent_at=tx.now + desk.plan.waits.stand_in, now=tx.now)
    decision = Decision(add=list(asks))
    for ask in asks:
        decision += await _comes(tx, incident, ask.user, ask.roles, None)
        if not at_opening and ask is asks[0]:
            decision.do += bring_down(incident, text, ask.id)
        if not at_opening and ask.user not in told:
            decision.do.append(show_ask(ask, incident))
    return decision


def people_for(desk: Desk, incident: Incident, members: Sequence[Member], role: str) -> list[UserId]:
    """Who gives a role's yes in this crisis: its people who can, whoever stands in for them here, else the next one.

    Nobody, where the plan leaves the role to the channel.
    """
    cannot = {member.user for member in members if member.state in AWAY}
    people = [u for u in desk.roster.holders(role, declarer=incident.declared_by) if u not in cannot]
    people += [m.user for m in members if m.stands_in_for and role in m.roles and m.user not in cannot]
    if people or desk.roster.open_to_channel(role):
        return list(dict.fromkeys(people))
    next_one = desk.roster.stand_in_for(role, besides=cannot, declarer=incident.declared_by) or incident.lead
    return [next_one] if next_one is not None and next_one not in cannot else []


async def second_person(desk: Desk, tx: Tx, incident: Incident, text: Text, version: Version) -> Decision:
    """Whoever edited last is never the only yes: another of the role's people, its stand-in, else the lead is asked.

    Where there is none of them, anyone in the channel may; the card says so.
    """
    editor = version.edited_by
    assert editor is not None
    members = await members_of(tx, incident)
    besides = {editor, *(member.user for member in members if member.state in AWAY)}
    for role in text.needs:
        others = [user for user in people_for(desk, incident, members, role) if user not in besides]
        who = next(iter(others), None) or desk.roster.stand_in_for(role, besides=besides, declarer=incident.declared_by)
        if who is None and incident.lead not in besides:
            who = incident.lead
        if who is not None:
            return await _asked_instead(desk, tx, incident, text, version, who, [role], instead_of=editor)
    return Decision()


async def asks_on(
    desk: Desk,
    tx: Tx,
    incident: Incident,
    text: Text,
    version: Version,
    approvals: Sequence[Approval],
    *,
    rather: People | None = None,
) -> Decision:
    """After a new wording, or a yes to one: whoever is still needed is asked, unless they are asked already."""
    so_far = standing(text, version, approvals)
    if so_far.second_missing:
        return await second_person(desk, tx, incident, text, version)
    return await ask_for_yes(desk, tx, incident, text, version, so_far.missing, rather=rather)


async def stand_in_asked(desk: Desk, tx: Tx, incident: Incident, absent: UserId, who: UserId) -> Decision:
    """Somebody can't, or never answered: what they were asked is asked of their stand-in, and either may say yes.

    One event, one DM: the one that calls the stand-in has all of these texts on it.
    """
    decision = Decision()
    for text in await waiting(tx, incident):
        asks = await _asks_of(tx, text)
        theirs = [ask for ask in asks if ask.user == absent and ask.settled_at is None]
        known = {role for ask in asks if ask.user == who for role in ask.roles}
        roles = [role for ask in theirs for role in ask.roles if role not in known]
        for ask in theirs:
            ask.silent_at = None
        if not roles or text.current is None:
            continue
        version = await tx.get(Version, text.current)
        silent_at = tx.now + desk.plan.waits.stand_in
        new = core.asked(text, version, {who: roles}, silent_at=silent_at, instead_of=absent, now=tx.now)
        decision.add += new
        decision.do.append(Refresh(subjects=[text.id, incident.id]))
        decision.do += bring_down(incident, text, new[0].id)
    return decision


async def silence(desk: Desk, tx: Tx, incident: Incident, ask: Ask) -> Decision:
    """Nobody answered in time: the role's stand-in is asked, then the lead; the lead is told once when nobody is left."""
    ask.silent_at = None
    text = await tx.get(Text, ask.text)
    if ask.settled_at is not None or text.state is not TextState.WAITING or ask.version != text.current:
        return Decision()
    version = await tx.get(Version, ask.version)
    approvals = await tx.all(select(Approval).where(col(Approval.version) == version.id))
    roles = _still_wanted(standing(text, version, approvals), ask.roles)
    if not roles:
        return Decision()
    asked = {other.user for other in await _asks_of(tx, text) if set(other.roles) & set(roles)}
    cannot = {member.user for member in await members_of(tx, incident) if member.state in AWAY}
    besides = asked | cannot | ({version.edited_by} if version.edited_by else set())
    who = desk.roster.stand_in_for(roles[0], besides=besides, declarer=incident.declared_by)
    if who is None and incident.lead not in besides:
        who = incident.lead
    if who is None and incident.lead in asked and ask.user != incident.lead:  # the lead has this question already
        return Decision()
    if who is None:
        return await members.tell_lead(tx, incident, list(roles))
    return await _asked_instead(desk, tx, incident, text, version, who, roles, instead_of=ask.user)


def _still_wanted(so_far: Standing, roles: Collection[str]) -> list[str]:
    """Of the roles somebody was asked for, those whose yes is still missing."""
    return list(roles) if so_far.second_missing else [role for role in roles if role in so_far.missing]


async def _asked_instead(
    desk: Desk,
    tx: Tx,
    incident: Incident,
    text: Text,
    version: Version,
    who: UserId,
    roles: Sequence[str],
    *,
    instead_of: UserId,
) -> Decision:
    silent_at = tx.now + desk.plan.waits.stand_in
    entry = noted(
        incident.id, "yes_asked_instead", now=tx.now, by=who, instead_of=instead_of, text=text.id, roles=list(roles)
    )
    for other in await _asks_of(tx, text):
        if other.user == who and other.settled_at is None and other.silent_at:  # one text is one question
            other.roles = list(dict.fromkeys([*other.roles, *roles]))
            return Decision(add=[entry], do=[Refresh(subjects=[other.id, text.id, incident.id])])
    asks = core.asked(text, version, {who: roles}, silent_at=silent_at, instead_of=instead_of, now=tx.now)
    second = instead_of == version.edited_by  # they help with this text; the editor goes on answering for the role
    decision = await _comes(tx, incident, who, roles, None if second else instead_of)
    decision.add += [*asks, entry]
    decision.do += [*(show_ask(ask, incident) for ask in asks), Refresh(subjects=[text.id, incident.id])]
    decision.do += bring_down(incident, text, entry.id)
    return decision


async def _comes(tx: Tx, incident: Incident, who: UserId, roles: Sequence[str], instead_of: UserId | None) -> Decision:
    """Whoever is asked belongs to the crisis from now on: they may read everything and come into its channel."""
    if await member_of(tx, incident, who) is not None:
        return Decision()
    member = Member.new(
        id=MemberId(new_id()),
        incident=incident.id,
        user=who,
        roles=list(roles),
        stands_in_for=instead_of,
        asked_at=tx.now,
    )
    decision = Decision(add=[member], do=[Refresh(subjects=[incident.id])])
    if incident.channel:
        decision.do.append(Invite(incident=incident.id, users=[who]))
    return decision


def show_ask(ask: Ask, incident: Incident) -> Show:
    return Show(kind="ask", subject=ask.id, place=ask.user, incident=incident.id, priority=Priority.DUTY)


def show_words(incident: Incident, text: Text, *, priority: Priority = Priority.DUTY) -> list[Wish]:
    """The text's card in the crisis channel; where there is no channel yet, its opening brings the card."""
    if incident.channel is None:
        return []
    return [Show(kind="words", subject=text.id, place=incident.channel, incident=incident.id, priority=priority)]


def bring_down(incident: Incident, text: Text, occasion: str) -> list[Wish]:
    """Somebody is asked to look at this text again: its card is not to be searched for."""
    if incident.channel is None or text.state is not TextState.WAITING:
        return []
    return [BringDown(kind="words", subject=text.id, place=incident.channel, occasion=occasion, incident=incident.id)]


async def waiting(tx: Tx, incident: Incident) -> list[Text]:
    """Texts that wait for a yes, oldest first."""
    ours = (col(Text.incident) == incident.id, col(Text.state) == TextState.WAITING)
    return list(await tx.all(select(Text).where(*ours).order_by(col(Text.created_at), col(Text.id))))


async def _asks_of(tx: Tx, text: Text) -> Sequence[Ask]:
    """Who is asked about its current version, settled or not."""
    return await tx.all(select(Ask).where(col(Ask.text) == text.id, col(Ask.version) == text.current))

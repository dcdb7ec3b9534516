"""What one person of the team hears by DM: that they are called, whom they stand in for, that a role is empty."""

from collections.abc import Sequence
from datetime import datetime

from bot.core.incident import state_label
from bot.i18n import _, clock_text, listing, ngettext
from bot.models import LIVE, RELIEVED, Here, Incident, Member, Stage, Text, TimelineEntry
from bot.plan import Plan
from bot.views import buttons
from bot.views.blocks import (
    Block,
    Element,
    Message,
    actions,
    button,
    context,
    escape,
    section,
    when,
)
from bot.views.incident import Named
from bot.views.words import kind_label, number


def called(
    member: Member,
    incident: Incident,
    plan: Plan,
    names: Named,
    *,
    to_read: Text | None,
    further: Sequence[Text] = (),
    size: str,
    by: datetime | None,
    absent: Member | None = None,
    false_alarm: bool = False,
    refused: str | None = None,
) -> Message:
    """The one DM to somebody who is called: why, as what, and their one first thing.

    `by` is when the text is wanted; who is called in the place of `absent` may have `further` texts to read. `refused`
    is why there is no channel, for those who can see to that.
    """
    said = [called_line(member, incident, plan, names, absent)]
    first = next(
        (plan.roles[r].first_thing for r in member.roles if r in plan.roles and plan.roles[r].first_thing), None
    )
    if to_read is not None:
        if by:
            time = when(by, incident.zone)
            said.append(_("First thing: read one text of {size}, please by {time}.", size=size, time=time))
        else:
            said.append(_("First thing: read one text of {size}.", size=size))
    elif first:
        said.append(_("First thing: {thing}", thing=escape(first)))
    blocks: list[Block] = [section(" ".join(said)), *(read_line(text, incident) for text in further)]
    blocks += _for_the_lead(member, incident, plan, refused)
    small = [_("The talk is in <#{channel}>.", channel=incident.channel)] if incident.channel else []
    if waits := _answer_by(member, incident):
        small.append(_("Please answer by {time}; after that somebody else is asked.", time=when(waits, incident.zone)))
    elif member.state is Here.SILENT and incident.stage in LIVE:
        small.append(_("There was no answer, so somebody else is asked too."))
    if small:
        blocks.append(context(" ".join(small)))
    blocks.append(answer_line(member, incident, to_read, false_alarm=false_alarm))
    return Message(called_text(member, incident, names, to_read=to_read, by=by), blocks)


def _for_the_lead(member: Member, incident: Incident, plan: Plan, refused: str | None) -> list[Block]:
    """What is amiss with the crisis from the start: said where the lead is called, for one event is one message."""
    blocks = [section(_no_channel_line(incident, refused))] if refused and incident.stage in LIVE else []
    if incident.gaps and member.user == incident.lead and incident.stage in LIVE:
        roles = escape(listing([plan.role_label(role) for role in incident.gaps]))
        said = _("Nobody answers for *{roles}*: you decide in their place, or invite somebody.", roles=roles)
        blocks.append(section(said))
    return blocks


def _answer_by(member: Member, incident: Incident) -> datetime | None:
    """Until when we wait for an answer; None once there is one, or when nobody waits."""
    waiting = member.state is Here.ASKED and incident.stage in LIVE
    return member.silent_at if waiting else None


def called_text(member: Member, incident: Incident, names: Named, *, to_read: Text | None, by: datetime | None) -> str:
    """What a phone shows: who, what, by when; and what became of it once nothing is wanted any more."""
    name, crisis = names.get(member.user, member.user), number(incident)
    if incident.stage in (Stage.RESOLVED, Stage.CLOSED):
        return _("{crisis} is {stage}. Thank you, {name}.", crisis=crisis, stage=state_label(incident), name=name)
    if member.state in RELIEVED:
        return _("{crisis}: you have handed it over, {name}. Thank you.", crisis=crisis, name=name)
    if member.state is Here.CANNOT:
        return _("{crisis}: your stand-in is asked, {name}.", crisis=crisis, name=name)
    if to_read is not None:
        text = _("{crisis} needs you, {name}: read one text", crisis=crisis, name=name)
    elif member.state is Here.HERE:
        return _("{crisis}: you are on it, {name}. Thank you.", crisis=crisis, name=name)
    else:
        text = _("{crisis} needs you, {name}: say whether you are on it", crisis=crisis, name=name)
    by = by or _answer_by(member, incident)
    return _("{text} by {time}", text=text, time=clock_text(by, incident.zone)) if by else text


def called_line(member: Member, incident: Incident, plan: Plan, names: Named, absent: Member | None) -> str:
    """What it is about in a few words, and as what they are called."""
    situation = plan.situation(incident.situation).label if incident.situation != "generic" else _("people are upset")
    return _(
        "{name}: *Crisis {number}* ({situation}). {part}",
        name=escape(names.get(member.user, member.user)),
        number=incident.number,
        situation=escape(situation),
        part=_part(member, incident, plan, names, absent),
    )


def _part(member: Member, incident: Incident, plan: Plan, names: Named, absent: Member | None) -> str:
    """You lead; you answer for Legal; you stand in for Leo, and why."""
    leads = member.user == incident.lead
    roles = escape(listing([plan.role_label(role) for role in member.roles if role != "lead"]))
    if member.stands_in_for:
        said = {"name": escape(names.get(member.stands_in_for, member.stands_in_for)), "roles": roles}
        if not roles:
            return _("You stand in for {name}.", **said)
        if absent is not None and absent.state is Here.CANNOT:
            return _("You stand in for {name}, who can't, and answer for {roles}.", **said)
        if absent is not None:
            time = when(absent.asked_at, incident.zone)
            return _(
                "You stand in for {name}, who hasn't answered since {time}, and answer for {roles}.", time=time, **said
            )
        return _("You stand in for {name} ({roles}).", **said)
    if leads:
        return _("You lead, and you answer for {roles}.", roles=roles) if roles else _("You lead.")
    return _("You answer for {roles}.", roles=roles) if roles else _("You are in its channel.")


def answer_line(member: Member, incident: Incident, to_read: Text | None, *, false_alarm: bool = False) -> Block:
    """Buttons while they count; afterwards a sentence. `false_alarm`: they may call it one, and it is not too late."""
    if incident.stage in (Stage.RESOLVED, Stage.CLOSED):
        return context(_("This crisis is {stage}. Thank you.", stage=state_label(incident)))
    if member.state in RELIEVED:
        time = when(member.answered_at or member.asked_at, incident.zone)
        return context(_("You have handed it over, since {time}. Thank you.", time=time))
    if member.state is Here.CANNOT:
        return context(
            _(
                "You said at {time} that you can't. Somebody else sees to it.",
                time=when(member.answered_at or member.asked_at, incident.zone),
            )
        )
    elements: list[Element] = []
    if member.state is not Here.HERE:
        elements += [buttons.on_it(incident), buttons.cannot_come(incident)]
    if to_read is not None and to_read.current:
        elements.append(buttons.read_text(to_read.current, buttons.of_crisis(to_read.kind, incident), primary=True))
    if elements and false_alarm:
        elements.append(
            button(
                _("False alarm"),
                "incident.false_alarm",
                incident.id,
                accessible=_("False alarm, crisis {number}", number=incident.number),
            )
        )
    if elements:
        return actions(*elements)
    return context(
        _("You have been on it since {time}.", time=when(member.answered_at or member.asked_at, incident.zone))
    )


def gap(incident: Incident, plan: Plan, names: Named, who: str) -> Message:
    """To the lead, once: a role nobody fills, or nobody answered for."""
    said = _(
        "{name}: nobody answers for *{roles}* in crisis {number}. You decide in their place, or invite somebody to its channel.",
        name=escape(names.get(incident.lead or "", "")),
        roles=escape(who),
        number=incident.number,
    )
    text = _(
        "{crisis} needs you, {name}: decide in place of {roles}, nobody answers for it",
        crisis=number(incident),
        name=names.get(incident.lead or "", ""),
        roles=who,
    )
    return Message(text, [section(said)])


def read_line(text: Text, incident: Incident, due: str = "") -> Block:
    """A text that waits, with its button; `due` is a sentence that says by when."""
    said = " ".join(filter(None, (_("Please read the {kind}.", kind=kind_label(text.kind)), due)))
    return section(said, buttons.read_text(text.current, buttons.of_crisis(text.kind, incident)))


def stands_in(
    entry: TimelineEntry,
    incident: Incident,
    plan: Plan,
    names: Named,
    *,
    to_read: Sequence[Text] = (),
    by: datetime | None = None,
) -> Message:
    """To somebody in the team already: one more duty, why, and the texts that waited for the one who is absent.

    `by` is when the first of them is wanted.
    """
    user = entry.by or ""
    roles = listing([plan.role_label(role) for role in entry.data["roles"]]) if entry.data["roles"] else _("the crisis")
    absent = names.get(entry.data["instead_of"], "")
    said = _(
        "{name}: in crisis {number} you stand in for {absent} now ({roles}).",
        name=escape(names.get(user, user)),
        number=incident.number,
        absent=escape(absent),
        roles=escape(roles),
    )
    if incident.lead == user:
        said += " " + _("You lead.")
    named = {"crisis": number(incident), "name": names.get(user, "")}
    text = _("{crisis} needs you, {name}: stand in for {absent}", absent=absent, **named)
    if to_read:
        text = ngettext(
            "{crisis} needs you, {name}: read {n} text", "{crisis} needs you, {name}: read {n} texts",
            len(to_read), **named,
        )  # fmt: skip
    if to_read and by is not None:
        said += " " + _("Please by {time}.", time=when(by, incident.zone))
        text = _("{text} by {time}", text=text, time=clock_text(by, incident.zone))
    blocks = [section(said), *(read_line(one, incident) for one in to_read)]
    return Message(text, [*blocks, *_channel_line(incident)])


def no_channel(entry: TimelineEntry, incident: Incident, name: str) -> Message:
    """To whoever declared it and to the lead: why there is no channel, and what to do."""
    said = _no_channel_line(incident, str(entry.data["why"]))
    text = _("{crisis} needs you, {name}: ask an admin, it has no channel", crisis=number(incident), name=name)
    return Message(text, [section(said)])


def _no_channel_line(incident: Incident, why: str) -> str:
    return _(
        "*Crisis {number} has no channel:* Slack refuses ({why}). Everybody called has a DM, and the texts can be read there. "
        "Please ask an admin of the workspace to let this app create channels, then declare it again.",
        number=incident.number,
        why=escape(why),
    )


def _channel_line(incident: Incident) -> list[Block]:
    return [context(_("The talk is in <#{channel}>.", channel=incident.channel))] if incident.channel else []


def may_be_same(incident: Incident, other: Incident) -> Message:
    """To the lead of a private crisis beside which a similar one was declared."""
    said = _(
        "Crisis {other} may be the same as yours, crisis {number}. It was opened at {time}.",
        other=other.number,
        number=incident.number,
        time=when(other.opened_at, incident.zone),
    )
    return Message(_("Crisis {other} may be the same as yours.", other=other.number), [section(said)])

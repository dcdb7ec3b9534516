"""The brief, the headline, the DM that calls somebody, and the screens of declaring, resolving and closing."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from json import dumps

from bot.core.ending import may_be_false_alarm
from bot.core.incident import Scene, Step, next_step, stage_label, state_label
from bot.core.untrusted import shown as typed
from bot.i18n import _, clock_text, duration, listing, ngettext
from bot.models import LIVE, RELIEVED, Audience, Here, Incident, Kind, Member, Publication, Stage, Text, TimelineEntry
from bot.plan import Plan
from bot.views import buttons
from bot.views.blocks import (
    Block,
    Element,
    Message,
    actions,
    button,
    context,
    divider,
    escape,
    input_,
    link_button,
    modal,
    more,
    option,
    section,
    select,
    text_input,
    when,
)
from bot.views.ending import merged_here, over_lines, over_text
from bot.views.words import TITLE, audience_label, kind_label, number, promise_label, promise_short, title

Named = Mapping[str, str]

MORE = 2000
"""Characters of what else is known when it is declared."""


def brief(scene: Scene, plan: Plan, *, now: datetime) -> Message:
    """Pinned at the top of the crisis channel and edited in place for ever after."""
    incident = scene.incident
    if over := over_text(scene):
        return Message(over, [section(headline_line(incident, plan)), *over_lines(scene, plan, now=now)])
    said = now_line(scene, plan, now=now)
    facts = [
        _("*Now:* {step}", step=said),
        _("*Team:* {state}", state=team_line(scene)),
        _("*Out so far:* {outlets}", outlets=out_line(scene, plan)),
    ]
    if promised := promises_line(scene, now=now):
        facts.append(_("*Next promise:* {promises}", promises=promised))
    if gap := gap_line(scene, plan):
        facts.append(gap)
    blocks: list[Block] = [section(headline_line(incident, plan)), section("\n".join(facts))]
    if incident.context:
        blocks.append(
            context(_("Said when it was declared, not confirmed: {context}", context=escape(incident.context)))
        )
    since = since_lines(scene, plan) or [_("Talk here; this message always shows where we are.")]
    blocks.append(context(" ".join(since)))
    if incident.stage in LIVE:
        blocks.append(
            actions(
                buttons.on_it(incident),
                more("incident.more", menu(scene, now=now)),
            )
        )
    return Message(notification(scene, plan), blocks)


def menu(scene: Scene, *, now: datetime) -> list[tuple[str, str]]:
    """`More` of the brief, the most urgent first: Slack shows five. Each names the crisis it was drawn for."""
    incident = scene.incident
    options = []
    if may_be_false_alarm(incident, scene.publications, now=now):
        options.append((_("False alarm"), "false_alarm"))
    options += [(_("Hand over"), "handover"), (_("Merge with another"), "merge"), (_("Resolve"), "resolve")]
    if incident.stage is Stage.OPEN:
        options.append((_("Contain: it no longer spreads"), "contain"))
    return [(label, f"{verb}:{incident.id}") for label, verb in options]


def headline_line(incident: Incident, plan: Plan) -> str:
    parts = [
        f"*{title(incident)}*",
        plan.severity(incident.severity).label,
        _("opened {time}", time=when(incident.opened_at, incident.zone)),
        audience_label(incident.audience),
    ]
    if incident.stage is not Stage.OPEN:
        parts.insert(1, f"*{state_label(incident)}*")
    return " · ".join(parts)


def since_lines(scene: Scene, plan: Plan) -> list[str]:
    """Since when people have been waiting: first post, first seen here, opened."""
    incident = scene.incident
    lines = []
    if incident.first_mention_at:
        lines.append(_("People have been waiting since {time}.", time=when(incident.first_mention_at, incident.zone)))
        if plan.promise_from == "first_mention" and window_used_up(incident, plan):
            lines.append(_("What we promise for a first word was over by then, so it counts from the opening."))
    if scene.posts:
        lines.append(ngettext("{n} post belongs to it.", "{n} posts belong to it.", scene.posts))
    if here := merged_here(scene):
        lines.append(here)
    return lines


def window_used_up(incident: Incident, plan: Plan) -> bool:
    """Whether the first word was due, counted from the first post, before anybody declared the crisis."""
    waited = incident.opened_at - (incident.first_mention_at or incident.opened_at)
    return waited >= plan.severity(incident.severity).first_word


def now_line(scene: Scene, plan: Plan, *, now: datetime) -> str:
    """One person, one verb, one time."""
    step = next_step(scene)
    said = duty_line(step, escape(doer(step, scene)))
    if step.by is None:
        return said
    time = when(step.by, scene.incident.zone)
    if step.by < now:
        return _("{duty}, late since {time}", duty=said, time=time)
    return _("{duty}, please by {time}", duty=said, time=time)


def doer(step: Step, scene: Scene) -> str:
    """The one person who is named; the others who may do it stand on the text's own card."""
    return scene.name(step.first) if step.first else _("whoever leads")


def duty_line(step: Step, who: str) -> str:
    match step.duty:
        case "read" if step.text is not None:
            return _("{who} reads one text ({kind})", who=who, kind=kind_label(step.text.kind))
        case "post" if step.text is not None:
            kind = kind_label(step.text.kind)
            return _("{who} posts the approved text ({kind}), then ticks", who=who, kind=kind)
        case "keep" if step.promise is not None:
            return _("{who} sees to: {promise}", who=who, promise=escape(promise_label(step.promise)))
        case "done":
            return _("{who} closes it; nothing else is left to do", who=who)
        case "nothing":
            return _("nothing is left to do")
        case _other:
            return _("{who} decides what comes next", who=who)


def team_line(scene: Scene) -> str:
    if not scene.members:
        return _("nobody was called")
    here = [member for member in scene.members if member.state is Here.HERE]
    team = [member for member in scene.members if member.state not in RELIEVED]
    return _("{here} of {all} here", here=len(here), all=len(team))


def out_line(scene: Scene, plan: Plan) -> str:
    """What is out, where, since when; the first one with the minutes it took."""
    said: list[str] = []
    zone = scene.incident.zone
    ticked = [
        (sorted((p for p in scene.publications if p.text == text.id), key=_ticked_at), text) for text in scene.texts
    ]
    out = [(ticks, text) for ticks, text in ticked if ticks and text.kind is not Kind.CALL_CENTRE_BRIEF]
    for ticks, text in sorted(out, key=lambda one: _ticked_at(one[0][0])):
        kind = kind_label(text.kind)
        where = escape(listing([plan.outlets[t.outlet].label if t.outlet in plan.outlets else t.outlet for t in ticks]))
        time = when(ticks[0].at, zone)
        if said:
            said.append(_("{kind} on {where} ({time})", kind=kind, where=where, time=time))
        else:
            took = took_line(ticks[0].at - scene.incident.opened_at)
            said.append(_("{kind} on {where} ({time}, {after})", kind=kind, where=where, time=time, after=took))
    return " · ".join(said) if said else _("nothing")


def _ticked_at(publication: Publication) -> datetime:
    return publication.at


def took_line(since_opening: timedelta) -> str:
    """How long people waited for the first word after the opening."""
    minutes = int(since_opening.total_seconds() // 60)
    if minutes < 1:
        return _("less than a minute after opening")
    if minutes >= 60:
        return _("{time} after opening", time=duration(minutes * 60))
    return ngettext("{n} minute after opening", "{n} minutes after opening", minutes)


def promises_line(scene: Scene, *, now: datetime) -> str:
    return " · ".join(promise_short(p, scene.name(p.owner), scene.incident.zone, now=now) for p in scene.promises[:4])


def gap_line(scene: Scene, plan: Plan) -> str:
    if not scene.incident.gaps:
        return ""
    roles = listing([plan.role_label(role) for role in scene.incident.gaps])
    return _("*Nobody yet for:* {roles}. The lead decides in their place.", roles=escape(roles))


def notification(scene: Scene, plan: Plan) -> str:
    """What a phone shows of the brief: no title of a private crisis."""
    incident = scene.incident
    name = title(incident) if incident.audience is Audience.STAFF else number(incident)
    step = next_step(scene)
    duty = duty_line(step, doer(step, scene))
    if step.by is None:
        return _("{crisis}. Now: {duty}.", crisis=name, duty=duty)
    return _("{crisis}. Now: {duty} by {time}.", crisis=name, duty=duty, time=clock_text(step.by, incident.zone))


def headline(scene: Scene, plan: Plan) -> Message:
    """In the watch channel: of a private crisis only number, state and lead."""
    incident = scene.incident
    name = title(incident) if incident.audience is Audience.STAFF else number(incident)
    if over := over_text(scene):
        return Message(over, [section(over)])
    parts = [f"*{name}*", stage_label(incident.stage)]
    if incident.lead:
        parts.append(_("lead: {name}", name=escape(scene.name(incident.lead))))
    if incident.audience is Audience.STAFF and incident.channel:
        parts.append(f"<#{incident.channel}>")
    said = " · ".join(parts)
    return Message(f"{number(incident)}: {stage_label(incident.stage)}", [section(said)])


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
    blocks: list[Block] = [section(" ".join(said)), *(_read_line(text, incident) for text in further)]
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
                "You can't, since {time}. Your stand-in is asked.",
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
    return context(_("You are on it since {time}.", time=when(member.answered_at or member.asked_at, incident.zone)))


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


def _read_line(text: Text, incident: Incident) -> Block:
    """One of several texts, with its button."""
    kind = kind_label(text.kind)
    return section(
        _("Please read the {kind}.", kind=kind), buttons.read_text(text.current, buttons.of_crisis(text.kind, incident))
    )


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
    blocks = [section(said), *(_read_line(one, incident) for one in to_read)]
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


def declare_modal(
    plan: Plan,
    *,
    title: str = "",
    more: str = "",
    situation: str | None = None,
    severity: str | None = None,
    audience: Audience | None = None,
    alert: str = "",
    people: int | None = None,
) -> Block:
    """One screen, all filled in, only the first line required. What the plan offers for a situation travels with it."""
    chosen = situation or ("generic" if "generic" in plan.situations else next(iter(plan.situations)))
    settings = plan.situation(chosen)
    offered = {"severity": severity or settings.severity, "audience": audience or settings.who_can_see}
    how_bad = [
        option(
            f"{s.label}: {s.description}" if s.description else s.label,
            key,
        )
        for key, s in plan.severities.items()
    ]
    who = [option(_("Only the crisis team"), Audience.TEAM), option(_("All staff"), Audience.STAFF)]
    blocks = [
        input_(
            _("What happened?"),
            text_input("title", title, placeholder=_("Parcels three weeks late, no replies"), most=TITLE),
            "title",
        ),
        input_(
            _("Situation"),
            select("incident.situation", [option(s.label, key) for key, s in plan.situations.items()], chosen),
            "situation",
            tells=True,
        ),
        input_(_("How bad"), select("severity", how_bad, offered["severity"]), "severity", drawn_for=chosen),
        input_(_("Who can see it"), select("audience", who, offered["audience"]), "audience", drawn_for=chosen),
        input_(
            _("What else do you know?"),
            text_input("context", more, multiline=True, most=MORE),
            "context",
            optional=True,
            hint=_("For the team. Nothing of it counts as confirmed, so no text will claim it."),
        ),
    ]
    if people:
        blocks.append(context(ngettext("Declaring invites {n} person.", "Declaring invites {n} people.", people)))
    return modal(
        _("Declare crisis"),
        blocks,
        callback="incident.declare",
        submit=_("Declare crisis"),
        close=_("Cancel"),
        data=dumps({"alert": alert, "offered": offered}),
    )


def similar_modal(found: Incident, typed: str, *, by: str, alert: str, now: datetime) -> Block:
    """Something like it is open already: join, or declare another. `typed` carries the form."""
    return modal(
        _("Declare crisis"),
        [
            section(similar_line(found, by, now=now)),
            actions(buttons.join(dumps({"incident": found.id, "alert": alert}), found)),
        ],
        callback="incident.declare_another",
        submit=_("Declare another"),
        close=_("Cancel"),
        data=typed,
    )


def similar_lines(found: Incident, typed: str, *, by: str, now: datetime) -> list[Block]:
    """The same question in the channel, after the quick path."""
    return [
        section(similar_line(found, by, now=now)),
        actions(
            buttons.join(dumps({"incident": found.id}), found),
            button(
                _("Declare another"),
                "incident.declare_anyway",
                typed,
                accessible=_("Declare another crisis beside crisis {number}", number=found.number),
            ),
        ),
    ]


def similar_line(found: Incident, by: str, *, now: datetime) -> str:
    ago = max(60.0, (now - found.opened_at).total_seconds())
    return _(
        "Crisis {number} *{title}* was opened {time} ago by {name}.",
        number=found.number,
        title=typed(found.title, TITLE),
        time=duration(ago),
        name=escape(by),
    )


def opened(incident: Incident, *, url: str) -> Block:
    """What the declare modal turns into once there is a channel."""
    return modal(
        _("Declare crisis"),
        [
            section(_("Crisis {number} is open. The first text is ready to read.", number=incident.number)),
            actions(link_button(_("Go to the channel"), url, "incident.go")),
        ],
        close=_("Close"),
    )


def opening(incident: Incident) -> str:
    return _("Crisis {number} is opening. You are invited to its channel in a moment.", number=incident.number)


def status_blocks(scene: Scene, plan: Plan, *, now: datetime) -> list[Block]:
    """`/crisis status`: the brief, for one reader."""
    said = brief(scene, plan, now=now)
    return [block for block in said.blocks if block["type"] != "actions"]


def team_blocks(scene: Scene, plan: Plan) -> list[Block]:
    """`/crisis team`: who is called as what, and who is here."""
    lines = [team_member_line(member, scene, plan) for member in scene.members]
    blocks = [
        section(_("*Team of crisis {number}*", number=scene.incident.number)),
        section("\n".join(lines) or _("Nobody was called.")),
    ]
    if line := gap_line(scene, plan):
        blocks.append(section(line))
    return blocks


def team_member_line(member: Member, scene: Scene, plan: Plan) -> str:
    held = [plan.role_label(role) for role in member.roles if role != "lead"]
    roles = listing(held) if held else _("in the channel")
    state = {
        Here.HERE: _("is here"),
        Here.ASKED: _("asked at {time}", time=when(member.asked_at, scene.incident.zone)),
        Here.CANNOT: _("can't"),
        Here.SILENT: _("hasn't answered"),
        Here.HANDED_OVER: _("has handed over"),
        Here.LEFT: _("has handed over"),
    }[member.state]
    lead = _(", leads") if member.user == scene.incident.lead else ""
    return f"• *{escape(scene.name(member.user))}*{lead}: {escape(roles)} · {state}"


def list_blocks(incidents: Sequence[Incident], plan: Plan, names: Named) -> list[Block]:
    """`/crisis list`: what is open and visible to this person."""
    if not incidents:
        return [section(_("No crisis is open that you can see."))]
    lines = []
    for incident in incidents:
        parts = [f"*{title(incident)}*", stage_label(incident.stage), plan.severity(incident.severity).label]
        if incident.lead:
            parts.append(_("lead: {name}", name=escape(names.get(incident.lead, incident.lead))))
        if incident.channel:
            parts.append(f"<#{incident.channel}>")
        lines.append("• " + " · ".join(parts))
    return [section("\n".join(lines))]


def bare_blocks(
    incidents: Sequence[Incident], plan: Plan, names: Named, help_lines: Sequence[Block], *, may_declare: bool
) -> list[Block]:
    """Bare `/crisis` outside a crisis channel: declare, what is open, then the help."""
    return [
        *([actions(buttons.declare())] if may_declare else []),
        *list_blocks(incidents, plan, names),
        divider(),
        *help_lines,
    ]


def help_blocks(command: str, words: Sequence[str]) -> list[Block]:
    """The words that work, with what they do."""
    said = {
        "declare": _("say that it is a crisis; with a title at once, without one in a form"),
        "report": _("something people should look at, in your words; anybody may"),
        "status": _("where we are, and what happened so far"),
        "list": _("crises that are open"),
        "team": _("who is called, and who is here"),
        "draft": _("a new text: statement, apology, update, reply, brief"),
        "update": _("an update for the public, in your words or ours"),
        "promise": _("add a promise: next update 18:00"),
        "promises": _("what we owe, and until when"),
        "handover": _("the end of your shift: handover @tom"),
        "merge": _("two crises are one: merge 12 13"),
        "contain": _("it no longer spreads"),
        "resolve": _("it is over; what was promised in public still counts"),
        "close": _("put it away"),
        "reopen": _("it is back"),
        "export": _("everything on record as a file, sent to you alone"),
        "help": _("this list"),
    }
    lines = [f"`{command} {word}`  {said[word]}" for word in said if word in words]
    return [section("\n".join(lines))]


def open_things_modal(incident: Incident, plan: Plan, lines: Sequence[str]) -> Block:
    """`resolve` with promises open or approved texts unposted: shown, and one more press goes on."""
    return modal(
        _("Resolve crisis {number}", number=incident.number),
        [
            section(_("Still open:") + "\n" + "\n".join(f"• {escape(line)}" for line in lines)),
            context(
                _(
                    "Updates that nobody announced end now. A time already named in public stays until it is kept, publicly moved, or openly broken."
                )
            ),
        ],
        callback="incident.resolve",
        submit=_("Resolve anyway"),
        close=_("Not yet"),
        data=incident.id,
    )


def close_modal(incident: Incident, still_open: Mapping[str, str], reasons: Mapping[str, str]) -> Block:
    """`close` wants a reason for each thing that is still open; those given before stand there."""
    fields = [
        input_(what, text_input("reason", reasons.get(id, ""), most=300), id, hint=_("Why may this stay open?"))
        for id, what in still_open.items()
    ]
    return modal(
        _("Close crisis {number}", number=incident.number),
        [section(_("This is still open. Please say why each may stay so.")), *fields],
        callback="incident.close",
        submit=_("Close the crisis"),
        close=_("Not yet"),
        data=incident.id,
    )


def which_modal(incidents: Sequence[Incident], word: str, rest: str) -> Block:
    """A command typed elsewhere asks which crisis it is about."""
    options = [option(_which(one), one.id) for one in incidents[:100]]
    open_ones = [one for one in incidents if one.stage in LIVE] or incidents
    return modal(
        _("Which crisis?"),
        [
            input_(
                _("Crisis"), select("incident", options, open_ones[0].id if len(open_ones) == 1 else None), "incident"
            )
        ],
        callback="incident.which",
        submit=_("Go on"),
        close=_("Cancel"),
        data=dumps({"word": word, "rest": rest}, ensure_ascii=False),
    )


def _which(incident: Incident) -> str:
    """In a list of crises: of those that are over it says so."""
    name = f"{number(incident)}: {incident.title}"
    over = incident.stage in (Stage.RESOLVED, Stage.CLOSED)
    return f"{number(incident)} ({state_label(incident)}): {incident.title}" if over else name


def your_step(step: Step, reader: str, plan: Plan, *, live: bool) -> list[Block]:
    """Your own next step, with its button; nothing where it isn't yours."""
    if reader not in step.who or not live:
        return []
    if step.duty == "read" and step.text is not None and step.text.current:
        kind = kind_label(step.text.kind)
        what, way = (
            _("Your next step: read the {kind}.", kind=kind),
            buttons.read_text(step.text.current, kind, primary=True),
        )
    elif step.duty == "post" and step.text is not None:
        kind = kind_label(step.text.kind)
        what = _("Your next step: post the {kind}, then tick.", kind=kind)
        way = buttons.publish(step.text.id, kind, primary=True)
    elif step.duty == "keep" and step.promise is not None:
        promise = promise_label(step.promise)
        what = _("Your next step: {promise}.", promise=escape(promise))
        way = buttons.kept(step.promise.id, promise, primary=True)
    else:
        return [section(_("Your next step: decide what comes next."))]
    return [section(what), actions(way)]


def shown(title: str, blocks: Sequence[Block]) -> Block:
    """A modal to read."""
    return modal(title, blocks, close=_("Close"))

"""A crisis as its channel sees it: the brief, the headline elsewhere, and what stands in their notifications."""

from collections.abc import Mapping
from datetime import datetime

from bot.core.ending import may_be_false_alarm
from bot.core.incident import Scene, Step, next_step, stage_label, state_label
from bot.i18n import _, clock_text, duration, listing, minutes_shown, ngettext
from bot.models import LIVE, RELIEVED, Audience, Here, Incident, Kind, Publication, Stage
from bot.plan import Plan
from bot.views import buttons
from bot.views.blocks import (
    Block,
    Message,
    actions,
    context,
    escape,
    more,
    section,
    when,
)
from bot.views.ending import merged_here, over_lines, over_text
from bot.views.words import audience_label, kind_label, number, promise_label, promise_short, title

Named = Mapping[str, str]


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
        first = when(incident.first_mention_at, incident.zone)
        waiting = _("People have been waiting since {time}.", time=first)
        lines.append(_("The first post came at {time}.", time=first) if scene.publications else waiting)
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
            took = took_line(scene.incident.opened_at, ticks[0].at)
            said.append(_("{kind} on {where} ({time}, {after})", kind=kind, where=where, time=time, after=took))
    return " · ".join(said) if said else _("nothing")


def _ticked_at(publication: Publication) -> datetime:
    return publication.at


def took_line(opened: datetime, at: datetime) -> str:
    """How long people waited for the first word after the opening."""
    minutes = minutes_shown(opened, at)
    if minutes < 1:
        return _("less than a minute after opening")
    if minutes >= 60:
        return _("{time} after opening", time=duration(minutes * 60))
    return ngettext("{n} minute after opening", "{n} minutes after opening", minutes)


def promises_line(scene: Scene, *, now: datetime) -> str:
    return " · ".join(promise_short(p, scene.name(p.owner), scene.incident.zone, now=now) for p in scene.promises[:4])


def gap_line(scene: Scene, plan: Plan) -> str:
    """Roles for which the lead decides: nobody fills them, or somebody does and has not answered in time."""
    there = {role for member in scene.members if member.state is Here.HERE for role in member.roles}
    silent = [plan.role_label(role) for role in scene.incident.gaps if role in there]
    empty = [plan.role_label(role) for role in scene.incident.gaps if role not in there]
    said = []
    if empty:
        said.append(_("*Nobody yet for:* {roles}.", roles=escape(listing(empty))))
    if silent:
        said.append(_("*No answer in time from:* {roles}.", roles=escape(listing(silent))))
    return " ".join([*said, _("The lead decides in their place.")]) if said else ""


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

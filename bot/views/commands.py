"""What `/crisis` answers: where we are, who is here, which crises there are, which words; and the forms it opens."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from json import dumps

from bot.core.incident import Scene, Step, stage_label, state_label
from bot.i18n import _, listing
from bot.models import LIVE, Here, Incident, Member, Stage
from bot.plan import Plan
from bot.views import buttons
from bot.views.blocks import (
    Block,
    actions,
    context,
    divider,
    escape,
    input_,
    modal,
    option,
    section,
    select,
    text_input,
    when,
)
from bot.views.incident import Named, brief, gap_line
from bot.views.words import kind_label, number, promise_label, title


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

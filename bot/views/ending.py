"""A false alarm, and two crises that are one: the screens that ask, the DMs that tell, and what their cards say then."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from json import dumps

from bot.core.ending import ends_with_false_alarm
from bot.core.incident import Scene, ready_to_post, stage_label
from bot.i18n import _, clock_text, listing, ngettext
from bot.models import Audience, Incident, Member, Move, Text, TimelineEntry, UserId
from bot.plan import Plan
from bot.views.blocks import Block, Message, context, escape, input_, modal, option, section, select, text_input, when
from bot.views.words import audience_label, kind_label, number, title

Named = Mapping[str, str]

REASON = 300
"""Characters of the line that says why it was none."""


def false_alarm_modal(scene: Scene, people: Sequence[UserId], plan: Plan) -> Block:
    """Asks once: whom it stands down, and what happens to what was promised and written."""
    incident = scene.incident
    who = listing([escape(scene.name(user)) for user in people])
    lines = [
        ngettext(
            "{n} person is stood down, with one DM: {who}.", "{n} people are stood down, with one DM each: {who}.",
            len(people), who=who,
        )
        if people
        else _("Nobody else is at work for it."),
        _("Nothing is posted, so no text goes out any more, and nobody is asked or phoned."),
    ]  # fmt: skip
    if any(ends_with_false_alarm(promise) for promise in scene.promises):
        lines.append(_("What our plan or somebody here promised ends now. Nothing of it was said in public."))
    if any(not ends_with_false_alarm(promise) for promise in scene.promises):
        lines.append(_("What was said in public stays owed until it is kept or openly settled."))
    blocks = [section(_("*Was crisis {number} a false alarm?*", number=incident.number)), section("\n".join(lines))]
    if approved := [text for text in scene.texts if ready_to_post(text)]:
        kinds = listing([kind_label(text.kind) for text in approved])
        blocks.append(
            section(
                _(
                    ":warning: *Approved and not ticked:* {kinds}. If somebody has posted it already, please tick that first.",
                    kinds=kinds,
                )
            )
        )
    blocks += [
        input_(
            _("What was it?"),
            text_input("because", placeholder=_("The posts were a test of our own shop"), most=REASON),
            "because",
            optional=True,
            hint=_("One line for everybody who was called."),
        ),
        context(
            _(
                "The record stays. If it was a crisis after all, `{command} reopen` brings it back.",
                command=plan.command,
            )
        ),
    ]
    return modal(
        _("False alarm"),
        blocks,
        callback="incident.false_alarm",
        submit=_("False alarm"),
        close=_("Not yet"),
        data=incident.id,
    )


def thanks(incident: Incident, people: int) -> str:
    said = _("Crisis {number} was a false alarm.", number=incident.number)
    if not people:
        return said
    told = ngettext("{n} person is told and stood down.", "{n} people are told and stood down.", people)
    return f"{said} {told}"


def stood_down(
    entry: TimelineEntry, incident: Incident, names: Named, reader: str, unposted: Sequence[Text]
) -> Message:
    """The one DM to everybody who was called. `unposted`: approved words that they may have been about to post."""
    text = _(
        "Crisis {number} was a false alarm. Thank you, {name}.", number=incident.number, name=names.get(reader, "")
    )
    if incident.closed_as is not Move.FALSE_ALARM:
        back = _("It was called a false alarm, and is back since then.")
        return Message(f"{number(incident)}: {back}", [section(f"*{number(incident)}:* {back}")])
    by = escape(names.get(entry.by or "", _("somebody")))
    because = str(entry.data.get("because") or "")
    said = [
        _("Thank you, false alarm: {name} says “{reason}”.", name=by, reason=escape(because))
        if because
        else _("Thank you, false alarm, says {name}.", name=by),
        _("Nothing is left to do for crisis {number}.", number=incident.number),
    ]
    blocks = [section(" ".join(said))]
    if unposted:
        kinds = listing([kind_label(one.kind) for one in unposted])
        blocks.append(section(_("*Please don't post* the text that was approved ({kinds}).", kinds=kinds)))
    return Message(text, blocks)


def back(incident: Incident, names: Named, reader: str, by: str | None) -> Message:
    """To everybody who was stood down: it was one after all."""
    text = _("{crisis} is back, {name}: it was no false alarm", crisis=number(incident), name=names.get(reader, ""))
    said = _(
        "{name}, crisis {number} is back: {by} says that it was no false alarm.",
        name=escape(names.get(reader, "")),
        number=incident.number,
        by=escape(names.get(by or "", _("somebody"))),
    )
    blocks = [section(said)]
    if incident.channel:
        blocks.append(context(_("The talk is in <#{channel}>.", channel=incident.channel)))
    return Message(text, blocks)


def over_lines(scene: Scene, plan: Plan, *, now: datetime) -> list[Block]:
    """What the brief says of a crisis that was none, or that goes on elsewhere; nothing of the other but its number."""
    incident = scene.incident
    by = escape(scene.name(incident.closed_by))
    time = when(incident.closed_at or now, incident.zone, now=now)
    if incident.closed_as is Move.FALSE_ALARM:
        said = _("*A false alarm*, said {name} at {time}.", name=by, time=time)
        if incident.closed_because:
            said += " " + _("“{words}”", words=escape(incident.closed_because))
        again = _("Everybody was stood down. If it was a crisis after all: `{command} reopen`", command=plan.command)
        return [section(said), context(again)]
    other = scene.goes_on_in
    if incident.closed_as is not Move.MERGE or other is None:
        return []
    said = _("*Goes on in crisis {number}* since {time}, said {name}.", number=other.number, time=time, name=by)
    if other.channel and (other.audience is Audience.STAFF or incident.audience is Audience.TEAM):
        said += " " + _("Please go on in <#{channel}>.", channel=other.channel)
    blocks = [section(said)]
    if scene.promises:
        left = ngettext(
            "{n} promise stays here, with whoever made it.", "{n} promises stay here, with whoever made them.",
            len(scene.promises),
        )  # fmt: skip
        blocks.append(context(left))
    return blocks


def over_text(scene: Scene) -> str | None:
    """The same for a notification and for whoever only hears it."""
    incident = scene.incident
    if incident.closed_as is Move.FALSE_ALARM:
        return _("Crisis {number} was a false alarm. Nothing is left to do.", number=incident.number)
    if incident.closed_as is Move.MERGE and scene.goes_on_in is not None:
        return _("Crisis {number} goes on in crisis {other}.", number=incident.number, other=scene.goes_on_in.number)
    return None


def merged_here(scene: Scene) -> str | None:
    """On the brief of the one that goes on: only the number of the other, for not everybody may know what it was."""
    if not scene.merged_here:
        return None
    numbers = listing([str(one) for one in scene.merged_here])
    return ngettext(
        "Crisis {numbers} goes on here.", "Crises {numbers} go on here.", len(scene.merged_here), numbers=numbers
    )


def _name(incident: Incident) -> str:
    """For somebody who may see it."""
    return f"{number(incident)}: {incident.title}"


def merge_pick(choices: Sequence[Incident], first: Incident | None, second: Incident | None) -> Block:
    """Which two are one?"""
    options = [option(_name(one), one.id) for one in choices[:100]]
    return modal(
        _("Merge crises"),
        [
            section(_("Which two crises are the same one?")),
            input_(_("This crisis"), select("first", options, first.id if first else None), "first"),
            input_(_("and this one"), select("second", options, second.id if second else None), "second"),
        ],
        callback="incident.merge_pick",
        submit=_("Go on"),
        close=_("Cancel"),
    )


def merge_modal(scenes: Sequence[Scene], preselected: Incident, plan: Plan) -> Block:
    """Both, which one goes on, and what that does."""
    blocks: list[Block] = [section(_in_short(scene, plan)) for scene in scenes]
    options = [option(_name(scene.incident), scene.incident.id) for scene in scenes]
    blocks += [
        input_(_("Which one goes on?"), select("goes_on", options, preselected.id), "goes_on"),
        section(
            "\n".join(
                f"• {line}"
                for line in (
                    _("The other one is closed, and its cards point to the one that goes on."),
                    _("Its posts go over, and so does what it promised in public, with its time and its owner."),
                    _("Its people come into the channel of the one that goes on; who was not there is told once."),
                    _("Its texts that nobody has posted are put away. What was posted stays on the record."),
                    _("Where both crises owe the same by our plan, the earlier time counts."),
                )
            )
        ),
    ]
    if len({scene.incident.audience for scene in scenes}) > 1:
        blocks.append(
            context(
                _(
                    "One of them is only for its team. Its words stay in its channel; in the other one stands nothing but its number. "
                    "Into the private one come only those with a part in the other."
                )
            )
        )
    if waiting := [scene for scene in scenes if any(ready_to_post(text) for text in scene.texts)]:
        numbers = listing([str(scene.incident.number) for scene in waiting])
        blocks.append(
            context(
                _(
                    ":warning: Crisis {numbers} has approved words that nobody has ticked. If they are posted already, please tick that first.",
                    numbers=numbers,
                )
            )
        )
    return modal(
        _("Merge crises"),
        blocks,
        callback="incident.merge",
        submit=_("Merge"),
        close=_("Cancel"),
        data=dumps({"pair": [scene.incident.id for scene in scenes]}),
    )


def _in_short(scene: Scene, plan: Plan) -> str:
    incident = scene.incident
    team = len(scene.members)
    parts = [
        f"*{title(incident)}*",
        stage_label(incident.stage),
        plan.severity(incident.severity).label,
        audience_label(incident.audience),
        ngettext("{n} person", "{n} people", team),
        _("something is posted") if scene.publications else _("nothing is posted"),
    ]
    if scene.promises:
        parts.append(ngettext("{n} promise", "{n} promises", len(scene.promises)))
    return " · ".join(parts)


def merged_answer(closing: Incident, staying: Incident) -> str:
    said = {"number": closing.number, "other": staying.number}
    if staying.channel:
        return _("Crisis {number} goes on in crisis {other}: <#{channel}>.", channel=staying.channel, **said)
    return _("Crisis {number} goes on in crisis {other}.", **said)


def came_over(
    member: Member, incident: Incident, closed: Sequence[int], plan: Plan, names: Named, answer: Block, *, now: datetime
) -> Message:
    """To somebody of the one that closed, who was not in the one that goes on: the numbers, the channel, their part."""
    name = names.get(member.user, "")
    numbers = listing([str(one) for one in closed])
    text = _("Crisis {closed} goes on in crisis {number}, {name}", closed=numbers, number=incident.number, name=name)
    said = _(
        "{name}, crisis {closed} goes on in crisis {number}.", name=escape(name), closed=numbers, number=incident.number
    )
    if incident.channel:
        said += " " + _("Please go on in <#{channel}>.", channel=incident.channel)
    if member.roles:
        roles = listing([plan.role_label(role) for role in member.roles])
        said += " " + _("You answer for {roles}.", roles=escape(roles))
    blocks: list[Block] = [section(said)]
    if member.silent_at:
        text = _(
            "{text}: say whether you are on it by {time}",
            text=text,
            time=clock_text(member.silent_at, incident.zone, now=now),
        )
    blocks.append(answer)
    return Message(text, blocks)

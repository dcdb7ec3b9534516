"""The end of a shift on screen: the form, the private brief for whoever takes over, the thanks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from bot.core.incident import Scene
from bot.core.promise import wanted_by
from bot.core.untrusted import shown as typed
from bot.i18n import _, clock_text, listing, ngettext
from bot.models import (
    Ask,
    Audience,
    Handover,
    HandoverState,
    Here,
    Incident,
    Member,
    Promise,
    Stage,
    Text,
    TextState,
)
from bot.plan import Plan
from bot.views import buttons
from bot.views.blocks import (
    Block,
    Message,
    actions,
    button,
    context,
    divider,
    escape,
    input_,
    modal,
    person_select,
    section,
    text_input,
    when,
)
from bot.views.incident import headline_line, now_line, out_line, since_lines
from bot.views.team import read_line
from bot.views.words import kind_label, promise_label

WORDS = 1500
"""Characters of what the giver would do next."""
LINES = 8
"""Promises and questions of each kind that the brief names one by one."""


@dataclass(frozen=True, kw_only=True)
class Going:
    """What changes hands."""

    leads: bool = False
    roles: Sequence[str] = ()
    promises: int = 0
    texts: int = 0


@dataclass(frozen=True, kw_only=True)
class Shift:
    """A handover and everything around it, read in one go."""

    handover: Handover
    scene: Scene
    going: Going
    newer: Handover | None = None
    """Somebody was asked since, by the giver or the lead, and is still asked or has it."""
    to_post: Sequence[Text] = ()
    """Approved texts that whoever takes over posts."""
    names: Mapping[str, str] = field(default_factory=dict)
    now: datetime
    zone: str

    def name(self, user: str | None) -> str:
        return self.names.get(user or "", user or _("nobody"))

    @property
    def giver(self) -> str:
        return escape(self.name(self.handover.giver))

    @property
    def to(self) -> str:
        return escape(self.name(self.handover.to))


def going_line(going: Going, plan: Plan, *, to: str | None) -> str:
    """What somebody gets (`to`, else the reader): the lead, roles, promises, texts to read."""
    parts = []
    if going.leads:
        parts.append(_("the lead"))
    parts += [escape(plan.role_label(role)) for role in going.roles if role != "lead"]
    if going.promises:
        parts.append(ngettext("{n} promise", "{n} promises", going.promises))
    if going.texts:
        parts.append(ngettext("{n} text to read", "{n} texts to read", going.texts))
    if to is None:
        return _("You get: {what}.", what=listing(parts))
    if not parts:
        return _("{name} gets your place in the team.", name=to)
    return _("{name} gets: {what}.", name=to, what=listing(parts))


def form(
    incident: Incident, going: Going, plan: Plan, *, to: str | None, name: str, lets_in: bool, unclear: str
) -> Block:
    """To whom, and what she would do next."""
    who = escape(name) if name else _("Whoever you choose")
    lines = [
        going_line(going, plan, to=who),
        _("The bot writes them a brief from what it knows. Until they press `I have it`, everything stays yours."),
    ]
    if lets_in:
        lines.append(_("*{name} will be able to see this crisis.*", name=who))
    elif incident.audience is Audience.TEAM and not name:
        lines.append(_("Whoever you choose will be able to see this crisis."))
    blocks: list[Block] = [section("\n".join(lines))]
    if unclear:
        said = _("I am not sure whom “{typed}” means. Please choose.", typed=typed(unclear, 60))
        blocks.insert(0, section(said))
    blocks += [
        input_(_("To whom?"), person_select("to", to), "to"),
        input_(
            _("What would you do next?"),
            text_input("words", multiline=True, most=WORDS, placeholder=_("Call the carrier at eight, then the shops")),
            "words",
            optional=True,
            hint=_("In your words. Only they read it."),
        ),
    ]
    return modal(
        _("Hand over"), blocks, callback="shift.offer", submit=_("Hand over"), close=_("Cancel"), data=incident.id
    )


def form_instead(incident: Incident, handover: Handover, names: Mapping[str, str]) -> Block:
    """The lead's: to whom else. What the giver wrote was for one person, so it is not asked for anew."""
    giver, to = escape(names[handover.giver]), escape(names[handover.to])
    lines = [
        _("Whoever you choose gets what is {name}'s in this crisis, and a brief from the bot.", name=giver),
        _(
            "Until they press `I have it`, everything stays with {name}. You may also ask {to} once more.",
            name=giver,
            to=to,
        ),
    ]
    if incident.audience is Audience.TEAM:
        lines.append(_("Whoever you choose will be able to see this crisis."))
    return modal(
        _("Ask somebody else"),
        [section("\n".join(lines)), input_(_("To whom?"), person_select("to", None), "to")],
        callback="shift.instead",
        submit=_("Ask"),
        close=_("Cancel"),
        data=handover.id,
    )


def asked(name: str, incident: Incident, *, lets_in: bool, giver: str | None = None) -> str:
    """`giver`: whose shift it is, where that is not the reader."""
    said = (
        _(
            "{name} is asked, with a brief. Until {name} presses `I have it`, everything of crisis {number} stays with {giver}.",
            name=escape(name),
            number=incident.number,
            giver=escape(giver),
        )
        if giver
        else _(
            "{name} is asked, with a brief. Until {name} presses `I have it`, everything of crisis {number} stays with you.",
            name=escape(name),
            number=incident.number,
        )
    )
    if lets_in:
        said += " " + _("{name} will be able to see this crisis.", name=escape(name))
    return said


def still_to_take(shift: Shift, plan: Plan) -> Message:
    """The reminder: the brief stands above it."""
    if shift.handover.state is HandoverState.TAKEN:
        said = _("Crisis {number}: you have it, {name}.", number=shift.scene.incident.number, name=shift.to)
        return Message(said, [section(said)])
    return to_take(shift, plan, again=True)


def to_take(shift: Shift, plan: Plan, *, again: bool = False) -> Message:
    """To whoever is asked: what happened, what is out, what we promised, who is asked, what is next, her words."""
    match shift.handover.state:
        case HandoverState.OFFERED if shift.scene.incident.stage is not Stage.CLOSED:
            return _offered(shift, plan, again=again)
        case HandoverState.TAKEN:
            return _has_it(shift, plan)
        case _:
            return _settled(shift)


def _settled(shift: Shift) -> Message:
    """A sentence, and nothing of the crisis: it is not theirs to know any more."""
    number = shift.scene.incident.number
    match shift.handover.state:
        case HandoverState.REPLACED if shift.newer and shift.newer.to == shift.handover.to:
            said = _("Crisis {number}: you are asked once more, in a newer message.", number=number)
        case HandoverState.DECLINED:
            said = _("Crisis {number}: you can't take over from {name}, noted.", number=number, name=shift.giver)
        case _:
            said = _("Crisis {number}: {name} needs nobody to take over any more.", number=number, name=shift.giver)
    return Message(said, [section(said)])


def _offered(shift: Shift, plan: Plan, *, again: bool) -> Message:
    handover, incident = shift.handover, shift.scene.incident
    number, name = incident.number, shift.name(handover.to)
    text = _(
        "Crisis {number} needs you, {name}: take over from {giver}",
        number=number,
        name=name,
        giver=shift.name(handover.giver),
    )
    said = _("{name}, {giver} asks you to take over crisis {number}.", name=shift.to, giver=shift.giver, number=number)
    if again:
        said = _(
            "{name}, {giver} has waited since {time}: please say whether you take over crisis {number}.",
            name=shift.to,
            giver=shift.giver,
            time=when(handover.asked_at, shift.zone, now=shift.now),
            number=number,
        )
    if handover.instead_of:
        said += " " + _("{name} can't.", name=escape(shift.name(handover.instead_of)))
    ways = actions(buttons.have_it(handover.id, number), buttons.cannot_take(handover.id, number))
    stays = context(_("Until you press `I have it`, everything stays with {name}.", name=shift.giver))
    if again:
        return Message(text, [section(said), stays, ways])
    return Message(text, [section(said), *brief(shift, plan), stays, ways])


def brief(shift: Shift, plan: Plan) -> list[Block]:
    """Written by the bot, from what is stored."""
    scene, incident = shift.scene, shift.scene.incident
    happened = [headline_line(incident, plan), " ".join(since_lines(scene, plan))]
    if incident.context:
        happened.append(_("Said when it was declared, not confirmed: {context}", context=escape(incident.context)))
    parts = [
        _("*What happened:* {what}", what="\n".join(filter(None, happened))),
        _("*What is out:* {outlets}", outlets=out_line(scene, plan)),
        _("*What we promised:* {promises}", promises=_promised(shift)),
        _("*Who is asked:* {people}", people=_asked(shift)),
        _("*What is next:* {step}", step=now_line(scene, plan, now=shift.now)),
        going_line(shift.going, plan, to=None) if shift.going.leads or shift.going.roles else "",
    ]
    blocks = [divider(), section("\n".join(part for part in parts if part))]
    return [*blocks, *_would_do_next(shift), divider()]


def _would_do_next(shift: Shift) -> list[Block]:
    """What the giver wrote, if they did."""
    if not shift.handover.words:
        return []
    quoted = "\n".join(f"> {line}" for line in escape(shift.handover.words).splitlines())
    return [section(_("*{name} would do next:*", name=shift.giver) + f"\n{quoted}")]


def _promised(shift: Shift) -> str:
    lines = [_promise(shift, promise) for promise in shift.scene.promises[:LINES]]
    return "".join(f"\n• {line}" for line in lines) if lines else _("nothing that is still open")


def _promise(shift: Shift, promise: Promise, *, to_owner: bool = False) -> str:
    time = when(promise.due, shift.zone, now=shift.now)
    said = _("{what} by {time}", what=escape(promise_label(promise)), time=time)
    if not to_owner:
        said = _("{promise}, {name}", promise=said, name=escape(shift.name(promise.owner)))
    if promise.due <= shift.now:
        said = _("{promise} (late)", promise=said)
    return _("{promise}, said in public", promise=said) if promise.public else said


def _asked(shift: Shift) -> str:
    texts = {text.id: text for text in shift.scene.texts if text.state is TextState.WAITING}
    others = [ask for ask in shift.scene.asks if ask.text in texts and ask.user != shift.handover.to]
    lines = [_ask(shift, ask, texts[ask.text]) for ask in _once(others)]
    silent = [m for m in shift.scene.members if m.state in (Here.ASKED, Here.SILENT) and m.user != shift.handover.to]
    lines += [_called(shift, member) for member in silent]
    return "".join(f"\n• {line}" for line in lines[:LINES]) if lines else _("nobody waits for an answer")


def _once(asks: Sequence[Ask]) -> list[Ask]:
    """Somebody asked about one text in several roles reads it once: since the first time."""
    first: dict[tuple[str, str], Ask] = {}
    for ask in asks:
        first.setdefault((ask.user, ask.text), ask)
    return list(first.values())


def _ask(shift: Shift, ask: Ask, text: Text) -> str:
    return _(
        "{name}: read the {kind}, since {time}",
        name=escape(shift.name(ask.user)),
        kind=kind_label(text.kind),
        time=when(ask.asked_at, shift.zone, now=shift.now),
    )


def _called(shift: Shift, member: Member) -> str:
    return _(
        "{name}: called, no answer since {time}",
        name=escape(shift.name(member.user)),
        time=when(member.asked_at, shift.zone, now=shift.now),
    )


def _has_it(shift: Shift, plan: Plan) -> Message:
    """What was the giver's and waits now for whoever has it; each with its button."""
    handover, scene = shift.handover, shift.scene
    number = scene.incident.number
    time = when(handover.settled_at or shift.now, shift.zone, now=shift.now)
    said = _("You took crisis {number} over from {name} at {time}.", number=number, time=time, name=shift.giver)
    if handover.led:
        said += " " + _("You lead.")
    if roles := [plan.role_label(role) for role in handover.roles if role != "lead"]:
        said += " " + _("You answer for {roles}.", roles=escape(listing(roles)))
    blocks: list[Block] = [section(said), *_would_do_next(shift), *_waiting(shift)]
    if owed := [p for p in scene.promises if p.owner == handover.to][:LINES]:
        blocks.append(
            section(_("*Yours to keep:*") + "".join(f"\n• {_promise(shift, one, to_owner=True)}" for one in owed))
        )
    if scene.incident.channel:
        blocks.append(context(_("The talk is in <#{channel}>.", channel=scene.incident.channel)))
    return Message(_("Crisis {number}: you have it, {name}.", number=number, name=shift.name(handover.to)), blocks)


def _waiting(shift: Shift) -> list[Block]:
    """Texts to read and to post, each with its button."""
    to, incident = shift.handover.to, shift.scene.incident
    texts = {text.id: text for text in shift.scene.texts if text.state is TextState.WAITING and text.current}
    blocks = []
    for ask in _once([ask for ask in shift.scene.asks if ask.user == to and ask.text in texts])[:LINES]:
        text = texts[ask.text]
        blocks.append(read_line(text, incident, _due(shift, text)))
    for text in shift.to_post[:LINES]:
        kind = kind_label(text.kind)
        post = buttons.publish(text.id, kind)
        said = _("The {kind} is approved. Please post it, then tick.", kind=kind)
        blocks.append(section(f"{said} {_due(shift, text)}".rstrip(), post))
    return blocks


def _due(shift: Shift, text: Text) -> str:
    """By when a text is wanted, as a sentence more; nothing where nobody waits for it."""
    due = wanted_by(text, shift.scene.promises)
    if due is None:
        return ""
    time = when(due, shift.zone, now=shift.now)
    return _("It was due at {time}.", time=time) if due <= shift.now else _("It is due at {time}.", time=time)


def given(shift: Shift) -> Message:
    """The giver is thanked, and hears nothing more."""
    number = shift.scene.incident.number
    time = shift.handover.settled_at or shift.now
    text = _(
        "Thank you, {name}. {to} has crisis {number} since {time}.",
        name=shift.name(shift.handover.giver),
        to=shift.name(shift.handover.to),
        number=number,
        time=clock_text(time, shift.zone, now=shift.now),
    )
    said = _(
        "Thank you, {name}. {to} has crisis {number} since {time}. You are asked nothing more. Take care.",
        name=shift.giver,
        to=shift.to,
        number=number,
        time=when(time, shift.zone, now=shift.now),
    )
    return Message(text, [section(said)])


def declined(shift: Shift, other: str | None, plan: Plan) -> Message:
    """To the giver: whoever was asked can't, and who is asked instead. Everything is still theirs."""
    number, name = shift.scene.incident.number, shift.giver
    if other:
        said = _(
            "{name}, {to} can't take over crisis {number}. {other} is asked instead.",
            name=name,
            to=shift.to,
            number=number,
            other=escape(other),
        )
    else:
        said = _(
            "{name}, {to} can't take over crisis {number}, and nobody stands in. Please choose somebody else.",
            name=name,
            to=shift.to,
            number=number,
        )
    unread = other is not None and bool(shift.handover.words)
    if other and unread:
        said += " " + _(
            "Your words were for {to} alone, so {other} doesn't read them. Hand over once more to write to {other}.",
            to=shift.to,
            other=escape(other),
        )
    blocks = [section(said), context(_("Until somebody has it, everything stays with you."))]
    who = {"number": number, "to": shift.name(shift.handover.to), "name": shift.name(shift.handover.giver)}
    text = _("Crisis {number}: {to} can't take over from you, {name}", **who)
    if (other is None or unread) and shift.scene.incident.stage is not Stage.CLOSED:
        blocks.append(actions(_hand_over(shift)))
        if other is None:
            text = _("Crisis {number} needs you, {name}: find somebody else, {to} can't take over", **who)
    return Message(text, blocks)


def untaken(shift: Shift, reader: str, plan: Plan) -> Message:
    """To the lead, once: nobody has taken over, so the giver still has everything."""
    number, handover = shift.scene.incident.number, shift.handover
    if handover.state is HandoverState.TAKEN:
        said = _("Crisis {number}: {to} has taken over from {name}.", number=number, to=shift.to, name=shift.giver)
        return Message(said, [section(said)])
    if handover.state is not HandoverState.OFFERED:
        return _seen_to(shift)
    since = when(handover.asked_at, shift.zone, now=shift.now)
    giver = reader == handover.giver
    said = (
        _(
            "{to} hasn't taken crisis {number} over, asked since {time}. Everything is still yours.",
            to=shift.to,
            number=number,
            time=since,
        )
        if giver
        else _(
            "{to} hasn't taken crisis {number} over from {name}, asked since {time}. Everything stays with {name}: please find somebody.",
            to=shift.to,
            number=number,
            name=shift.giver,
            time=since,
        )
    )
    text = _(
        "Crisis {number} needs you, {name}: find somebody else, {to} hasn't taken over",
        number=number,
        name=shift.name(reader),
        to=shift.name(handover.to),
    )
    return Message(text, [section(said), actions(_hand_over(shift) if giver else _ask_another(shift))])


def _seen_to(shift: Shift) -> Message:
    """To the lead: what became of an offer that nobody took."""
    number = shift.scene.incident.number
    closed = shift.scene.incident.stage is Stage.CLOSED
    if shift.newer is not None:
        other = escape(shift.name(shift.newer.to))
        if shift.newer.state is HandoverState.TAKEN:
            said = _("Crisis {number}: {to} has taken over from {name}.", number=number, to=other, name=shift.giver)
        else:
            said = _(
                "Crisis {number}: {other} is asked now to take over from {name}.",
                number=number,
                other=other,
                name=shift.giver,
            )
        return Message(said, [section(said)])
    if shift.handover.state is HandoverState.DECLINED and not closed:
        said = _(
            "Crisis {number}: {to} can't take over from {name}, so everything stays with {name}. Please find somebody.",
            number=number,
            to=shift.to,
            name=shift.giver,
        )
        return Message(said, [section(said), actions(_ask_another(shift))])
    said = _("Crisis {number}: {name} needs nobody to take over any more.", number=number, name=shift.giver)
    return Message(said, [section(said)])


def _ask_another(shift: Shift) -> dict[str, object]:
    """The lead's way out: the same one once more, somebody else, or they themselves."""
    return button(
        _("Ask somebody else"),
        "shift.instead",
        shift.handover.id,
        accessible=_(
            "Ask somebody else to take crisis {number} over from {name}",
            number=shift.scene.incident.number,
            name=shift.name(shift.handover.giver),
        ),
    )


def _hand_over(shift: Shift) -> dict[str, object]:
    incident = shift.scene.incident
    return button(
        _("Hand over"),
        "shift.form",
        incident.id,
        accessible=_("Hand over crisis {number} to somebody else", number=incident.number),
    )

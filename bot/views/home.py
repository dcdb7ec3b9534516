"""App Home: what is asked of one person, what they owe, whom they wait for, who is on duty, and their crises."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TypeVar

from bot.core.agenda import Agenda, Item, Page, Verb
from bot.core.incident import Scene, stage_label
from bot.i18n import _, listing, ngettext
from bot.models import Handover, Here, Incident, Member, Promise, Text, TextState, UserId
from bot.plan import Plan
from bot.views import buttons
from bot.views import promise as promises
from bot.views.blocks import (
    Block,
    Element,
    actions,
    button,
    context,
    divider,
    escape,
    header,
    link_button,
    section,
    when,
)
from bot.views.promise import Owed, Seen
from bot.views.text import named
from bot.views.words import at_most_left, kind_label, promise_label, title

T = TypeVar("T")


class Lists(StrEnum):
    """The lists one can turn the pages of."""

    ASKED = "asked"
    OWED = "owed"
    WAITING = "waiting"
    CRISES = "crises"


@dataclass(frozen=True, kw_only=True)
class Screen:
    """Everything one person's App Home shows, read in one go."""

    reader: UserId
    zone: str
    now: datetime
    names: Mapping[str, str]
    todo: Agenda
    """Everything, for the greeting."""
    asked: Page[Item]
    owed: Page[Item]
    texts: Sequence[Text | None] = ()
    """The text that keeps each of these promises."""
    waiting: Page[Item]
    crises: Page[Scene]
    rules: Mapping[str, str] = field(default_factory=dict)
    """How the plan calls the rules that are asked about."""
    duty: Sequence[UserId] = ()
    """The plan's list, in its order."""
    off: Mapping[UserId, datetime] = field(default_factory=dict)
    """Who is off duty, and since when."""
    may_declare: bool = True
    said: str = ""
    """What came of the last press."""
    said_at: datetime | None = None
    url: str = ""
    """Where the workspace is."""

    def name(self, user: str | None) -> str:
        return escape(self.names.get(user or "", user or _("nobody")))

    def people(self, users: Sequence[UserId]) -> str:
        return listing([self.name(user) for user in users])

    def time(self, at: datetime) -> str:
        return when(at, self.zone, now=self.now)


def home(screen: Screen, plan: Plan) -> Block:
    """The whole tab, most urgent first. It names only what this person may see, and counts nothing else."""
    blocks = [section(greeting(screen))]
    if screen.said and screen.said_at:
        blocks.append(section(_("{time}: {sentence}", time=screen.time(screen.said_at), sentence=screen.said)))
    if screen.may_declare:
        blocks.append(actions(buttons.declare()))
    blocks += _part(_("Asked of me"), _asked(screen, plan), Lists.ASKED, screen.asked, _("Nothing is asked of you."))
    blocks += _part(_("Owed by me"), _owed(screen), Lists.OWED, screen.owed, _("You owe nobody anything."))
    others = [section(waiting_line(item, screen, plan)) for item in screen.waiting.rows]
    nobody = _("You are waiting for nobody.")
    blocks += _part(_("Waiting for others"), others, Lists.WAITING, screen.waiting, nobody)
    blocks += [divider(), header(_("On duty")), *duty_blocks(screen)]
    crises = [_crisis(scene, screen, plan) for scene in screen.crises.rows]
    blocks += _part(_("Open crises"), crises, Lists.CRISES, screen.crises, _("No crisis is open that you can see."))
    return {"type": "home", "blocks": blocks}


def greeting(screen: Screen) -> str:
    """Where they stand, in words."""
    asked, owed, name = screen.todo.asked, screen.todo.owed, screen.name(screen.reader)
    if not asked and not owed:
        return _("*Nothing needs you now, {name}.*", name=name)
    if not asked:
        said, due = _("*Nothing is asked of you, {name}.*", name=name), owed[0].by or screen.now
        if due <= screen.now:
            return _("{news} But what you owe is late since {time}.", news=said, time=screen.time(due))
        return _("{news} What you owe next is due at {time}.", news=said, time=screen.time(due))
    said = ngettext(
        "*One thing is asked of you, {name}.*", "*{n} things are asked of you, {name}.*", len(asked), name=name
    )
    first = asked[0].by
    if first is None:
        return said
    time = screen.time(first)
    if len(asked) == 1:
        late = _("{news} It was wanted by {time}.", news=said, time=time)
        return late if first <= screen.now else _("{news} Please by {time}.", news=said, time=time)
    if first <= screen.now:
        return _("{news} The first was wanted by {time}.", news=said, time=time)
    return _("{news} The first by {time}.", news=said, time=time)


def _part(name: str, rows: Sequence[Block], which: Lists, page: Page[T], empty: str) -> list[Block]:
    """A list under its heading; an empty one says so, a long one has pages."""
    if not page.rows:
        return [divider(), header(name), context(empty)]
    return [divider(), header(name), *rows, *_turning(name, which, page)]


def _turning(name: str, which: Lists, page: Page[T]) -> list[Block]:
    if page.pages == 1:
        return []
    elements: list[Element] = []
    if page.before is not None:
        back = _("Back in: {list}", list=name)
        elements.append(button(_("Back"), "home.back", f"{which}:{page.before}", accessible=back))
    if page.after is not None:
        more = _("Show more of: {list}", list=name)
        elements.append(button(_("Show more"), "home.forward", f"{which}:{page.after}", accessible=more))
    place = _("Page {number} of {pages}, {all} in all.", number=page.number + 1, pages=page.pages, all=page.all)
    return [context(place), actions(*elements)]


def _row(*parts: str, elements: Sequence[Element]) -> list[Block]:
    """What, in which crisis, by when; and what to press."""
    said = " · ".join(part for part in parts if part)
    if len(elements) == 1 and elements[0]["type"] == "button":
        return [section(said, elements[0])]
    return [section(said), actions(*elements)]


def _crisis_number(incident: Incident | None) -> str:
    return _("crisis {number}", number=incident.number) if incident else ""


def _by(at: datetime | None, screen: Screen) -> str:
    if at is None:
        return ""
    if at <= screen.now:
        return _("late since {time}", time=screen.time(at))
    return _("please by {time}", time=screen.time(at))


def _asked(screen: Screen, plan: Plan) -> list[Block]:
    return [block for item in screen.asked.rows for block in _asked_row(item, screen, plan)]


def _asked_row(item: Item, screen: Screen, plan: Plan) -> list[Block]:
    match item:
        case Item(verb=Verb.DECIDE):
            return _decide(item, screen)
        case Item(verb=Verb.COME, member=Member() as member, incident=Incident() as incident):
            return _come(item, member, incident, screen, plan)
        case Item(verb=Verb.TAKE, promise=Promise() as promise, incident=Incident() as incident):
            return _take(item, promise, incident, screen)
        case Item(handover=Handover() as handover, incident=Incident() as incident):
            return _relieve(handover, incident, screen)
        case Item(verb=Verb.POST, text=Text() as text):
            return _post(item, text, screen, plan)
        case Item(text=Text() as text):
            duty = _("*Read the {kind}*", kind=kind_label(text.kind))
            parts = (duty, _crisis_number(item.incident), _by(item.by, screen))
            return _row(*parts, elements=[_read(text, item.incident, primary=True)])
    return []


def _decide(item: Item, screen: Screen) -> list[Block]:
    assert item.alert is not None
    label = escape(screen.rules.get(item.alert.rule, item.alert.rule))
    said = _("*{label}: is it a crisis?*", label=label)
    on = _("{name} is asked now", name=screen.name(item.alert.asked)) if item.alert.asked != screen.reader else ""
    declare = _("Declare crisis: {label}", label=label)
    dismiss = _("Not a crisis: {label}", label=label)
    return _row(
        said,
        on or _by(item.by, screen),
        elements=[
            button(_("Declare crisis"), "alert.declare", item.alert.id, style="primary", accessible=declare),
            button(_("Not a crisis"), "alert.dismiss", item.alert.id, accessible=dismiss),
        ],
    )


def _come(item: Item, member: Member, incident: Incident, screen: Screen, plan: Plan) -> list[Block]:
    said = _("*Say whether you are on it*")
    silent = member.state is Here.SILENT
    return _row(
        said,
        _crisis_number(incident),
        _part_in(incident, member, screen, plan),
        _("somebody else is asked too") if silent else _by(item.by, screen),
        elements=[buttons.on_it(incident, primary=True), buttons.cannot_come(incident)],
    )


def _take(item: Item, promise: Promise, incident: Incident, screen: Screen) -> list[Block]:
    what = promise_label(promise)
    return _row(
        _("*Take over: {what}*", what=escape(what)),
        _crisis_number(incident),
        _("it is {name}'s until then", name=screen.name(promise.owner)) if promise.owner else "",
        _due(promise, screen),
        elements=[buttons.take_promise(promise.id, what)],
    )


def _relieve(handover: Handover, incident: Incident, screen: Screen) -> list[Block]:
    return _row(
        _("*Relieve {name}*", name=screen.name(handover.giver)),
        _crisis_number(incident),
        _("the brief is in your messages"),
        elements=[
            buttons.have_it(handover.id, incident.number),
            buttons.cannot_take(handover.id, incident.number),
        ],
    )


def _post(item: Item, text: Text, screen: Screen, plan: Plan) -> list[Block]:
    kind = kind_label(text.kind)
    outlets = named(item.outlets, plan)
    if text.state is TextState.PUBLISHED:
        said = _("*Post the {kind} on {outlets}, too, then tick*", kind=kind, outlets=outlets)
    elif outlets:
        said = _("*Post the {kind} on {outlets}, then tick*", kind=kind, outlets=outlets)
    else:
        said = _("*Post the {kind}, then tick*", kind=kind)
    published = buttons.publish(text.id, buttons.of_crisis(text.kind, item.incident), primary=True)
    parts = (said, _crisis_number(item.incident), _by(item.by, screen))
    return _row(*parts, elements=[published, _read(text, item.incident)])


def _read(text: Text, incident: Incident | None, *, primary: bool = False) -> Element:
    return buttons.read_text(text.current, buttons.of_crisis(text.kind, incident), primary=primary)


def _owed(screen: Screen) -> list[Block]:
    found: list[Block] = []
    for item, text in zip(screen.owed.rows, screen.texts, strict=True):
        if item.promise is not None and item.incident is not None:
            found += _owed_row(item.promise, item.incident, text, screen)
    return found


def _owed_row(promise: Promise, incident: Incident, text: Text | None, screen: Screen) -> list[Block]:
    seen = Seen(incident=incident, zone=screen.zone, now=screen.now, reader=screen.reader, names=screen.names)
    parts = [f"*{promises.what(promise)}*", _crisis_number(incident), _due(promise, screen)]
    if promise.owner is not None and promise.owner != screen.reader:
        parts.append(_("you see to it for {name}", name=screen.name(promise.owner)))
    if promise.offered_to:
        parts.append(promises.offered(promise, seen))
    return _row(*parts, elements=promises.buttons(Owed(promise=promise, text=text), seen, alone=False))


def _due(promise: Promise, screen: Screen) -> str:
    """By when, and from half the time on how much is left. "At most" stays true until it is drawn again: at the latest
    when the next reminder is earned."""
    time = screen.time(promise.due)
    left = promise.due - screen.now
    if left.total_seconds() <= 0:
        late = _("broken at {time}: please say so openly", time=time)
        return late if promise.public else _("late since {time}", time=time)
    if left * 2 > promise.due - promise.started_at:
        return _("by {time}", time=time)
    return _("by {time}, {left}", time=time, left=at_most_left(left))


def waiting_line(item: Item, screen: Screen, plan: Plan) -> str:
    """Who has what, by when."""
    who, n = screen.people(item.who), len(item.who)
    by = _by(item.by, screen)
    crisis = item.incident.number if item.incident else ""
    match item:
        case Item(verb=Verb.COME):
            said = ngettext(
                "Crisis {number}: {who} has not said yet whether they are on it",
                "Crisis {number}: {who} have not said yet whether they are on it",
                n,
                number=crisis,
                who=who,
            )
        case Item(verb=Verb.RELIEVE):
            said = _("Crisis {number}: {who} has not taken over from you yet", number=crisis, who=who)
        case Item(verb=Verb.READ, text=Text() as text):
            kind = kind_label(text.kind)
            said = ngettext(
                "Crisis {number}: {who} reads the {kind}",
                "Crisis {number}: {who} read the {kind}",
                n,
                number=crisis,
                who=who,
                kind=kind,
            )
        case Item(verb=Verb.POST, text=Text(state=TextState.PUBLISHED) as text):
            said = ngettext(
                "Crisis {number}: {who} posts the {kind} on {outlets}, too",
                "Crisis {number}: {who} post the {kind} on {outlets}, too",
                n,
                number=crisis,
                who=who,
                kind=kind_label(text.kind),
                outlets=named(item.outlets, plan),
            )
        case Item(verb=Verb.POST, text=Text() as text):
            kind = kind_label(text.kind)
            said = ngettext(
                "Crisis {number}: {who} posts the {kind}",
                "Crisis {number}: {who} post the {kind}",
                n,
                number=crisis,
                who=who,
                kind=kind,
            )
        case _other:
            what = escape(promise_label(item.promise)) if item.promise else ""
            by = _due(item.promise, screen) if item.promise else by
            said = _("Crisis {number}: {who} sees to: {what}", number=crisis, who=who, what=what)
    return _("{row}, {time}", row=said, time=by) if by else said


def duty_blocks(screen: Screen) -> list[Block]:
    """Who is asked first, who after that; whoever is on the list can leave it for a while."""
    on = [user for user in screen.duty if user not in screen.off] or list(screen.duty)
    me = screen.reader
    if not on:
        return [context(_("Our plan's duty list names nobody. Whoever sees a question on a watch card decides."))]
    first = _("you") if on[0] == me else screen.name(on[0])
    said = [_("Asked first: *{name}*.", name=first)]
    if len(on) > 1:
        rest = listing([_("you") if user == me else screen.name(user) for user in on[1:]])
        said.append(_("After that: {names}.", names=rest))
    if away := [user for user in screen.duty if user in screen.off and user != me]:
        said.append(_("Off duty: {names}.", names=screen.people(away)))
    if me not in screen.duty:
        return [section(" ".join(said))]
    if me in screen.off:
        said.append(_("You are off duty since {time}.", time=screen.time(screen.off[me])))
        back = _("I'm back on duty: put me on the duty list again")
        return [section(" ".join(said), button(_("I'm back on duty"), "duty.back", "-", accessible=back))]
    leave = _("I'm off duty: take me off the duty list for now")
    return [section(" ".join(said), button(_("I'm off duty"), "duty.leave", "-", accessible=leave))]


def is_theirs(scene: Scene, user: UserId) -> bool:
    """Whether they are in it, and not only among all staff who may read it."""
    involved = (scene.incident.lead, scene.incident.declared_by, *(member.user for member in scene.members))
    return user in involved


def _crisis(scene: Scene, screen: Screen, plan: Plan) -> Block:
    incident = scene.incident
    member = next((member for member in scene.members if member.user == screen.reader), None)
    parts = [
        f"*{title(incident)}*",
        stage_label(incident.stage),
        _part_in(incident, member, screen, plan) or _("open to all staff"),
    ]
    if incident.lead and incident.lead != screen.reader:
        parts.append(_("lead: {name}", name=screen.name(incident.lead)))
    if incident.channel is None:
        return section(" · ".join(parts))
    go = _("Go to the channel of crisis {number}", number=incident.number)
    url = f"{screen.url}archives/{incident.channel}"
    return section(" · ".join(parts), link_button(_("Go to the channel"), url, "incident.go", accessible=go))


def _part_in(incident: Incident, member: Member | None, screen: Screen, plan: Plan) -> str:
    """What somebody is in a crisis."""
    leads = incident.lead == screen.reader
    held = [role for role in (member.roles if member else []) if role != "lead"]
    roles = escape(listing([plan.role_label(role) for role in held]))
    if leads:
        return _("you lead, and answer for {roles}", roles=roles) if roles else _("you lead")
    if roles:
        return _("you answer for {roles}", roles=roles)
    if incident.declared_by == screen.reader:
        return _("you declared it")
    return _("you are in its channel") if member else ""

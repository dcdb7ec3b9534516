"""Promises on screen: the reminder, what is owed to the first to complain, the hand-over, and the list."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import ceil

from bot.core.promise import LEAST, late_by, may_snooze
from bot.core.untrusted import shown
from bot.core.wording import next_promise_time
from bot.i18n import _, clock_text, duration, listing, minutes_shown, ngettext
from bot.models import (
    Audience,
    Incident,
    Promise,
    PromiseKind,
    PromiseState,
    Reminder,
    Signal,
    Text,
    TextState,
    TimelineEntry,
    UserId,
)
from bot.views import buttons as shared
from bot.views.blocks import (
    Block,
    Element,
    Message,
    actions,
    button,
    context,
    cut,
    datetime_picker,
    divider,
    escape,
    input_,
    modal,
    more,
    person_select,
    section,
    text_input,
    when,
)
from bot.views.words import capital, foreign, kind_label, promise_label
from bot.views.words import number as crisis

IN_SHORT = 18
"""Characters of what somebody typed that leave room in a notification for who and by when."""
TO_READ = (TextState.FOLDED, TextState.WAITING, TextState.APPROVED)
"""A text in these states can still keep a promise."""


@dataclass(frozen=True, kw_only=True)
class Owed:
    """A promise, with the text that may keep it (or has)."""

    promise: Promise
    text: Text | None = None
    quote: Signal | None = None
    """The post a reply answers."""


@dataclass(frozen=True, kw_only=True)
class Seen:
    """Who looks, where and when. `zone` is the reader's where it is one person's DM, else the crisis's."""

    incident: Incident
    zone: str
    now: datetime
    reader: UserId | None = None
    """Nobody: the crisis channel."""
    names: Mapping[str, str] = field(default_factory=dict)

    def name(self, user: str | None) -> str:
        return self.names.get(user or "", user or _("nobody"))

    def time(self, at: datetime) -> str:
        return when(at, self.zone, now=self.now)

    def clock(self, at: datetime) -> str:
        return clock_text(at, self.zone, now=self.now)


def reminder(row: Reminder, owed: Sequence[Owed], seen: Seen) -> Message:
    """One message about promises near or past their time: to one person with buttons, to the channel as a line each."""
    if seen.reader is None:
        return Message(channel_text(owed, seen), [section("\n".join(channel_line(one, seen) for one in owed))])
    blocks: list[Block] = []
    for one in owed:
        if blocks:
            blocks.append(divider())
        blocks += promise_blocks(one, seen, alone=len(owed) == 1)
    still_open = any(one.promise.state == PromiseState.OPEN for one in owed)
    if still_open:
        blocks.append(context(*small_print(row, seen)))
    return Message(notification(owed, seen), blocks)


def promise_blocks(owed: Owed, seen: Seen, *, alone: bool) -> list[Block]:
    """What is owed and what can be done about it; once it is settled, a sentence: who, when."""
    promise = owed.promise
    if promise.state != PromiseState.OPEN:
        return [section(f"{heading(owed, seen)}\n{settled(owed, seen)}")]
    said = [state(owed, seen)]
    if promise.owner != seen.reader:
        said.append(_("It is {name}'s.", name=escape(seen.name(promise.owner))) if promise.owner else nobodys())
    if promise.offered_to:
        said.append(offered(promise, seen))
    return [section("\n".join(said)), actions(*buttons(owed, seen, alone=alone))]


def heading(owed: Owed, seen: Seen) -> str:
    return _("*{what}*, promised for {time}.", what=what(owed.promise), time=seen.time(owed.promise.due))


def what(promise: Promise) -> str:
    """What was promised, as a sentence begins."""
    return escape(capital(promise_label(promise)))


def nobodys() -> str:
    return _("It is nobody's yet.")


def state(owed: Owed, seen: Seen) -> str:
    """What is promised, how much time is left, or since when it is broken; and that there is a text."""
    promise, text = owed.promise, owed.text
    name, due = what(promise), seen.time(promise.due)
    if promise.due > seen.now:
        left = duration(60 * ceil((promise.due - seen.now) / timedelta(minutes=1)))  # true until it is drawn again
        said = _("*{what}* promised for {time}: at most {left} left.", what=name, time=due, left=left)
        return joined(said, readiness(text))
    said = _("*{what}*: broken at {time}.", what=name, time=due)
    if promise.public and text is not None and text.state in (TextState.FOLDED, TextState.WAITING):
        return joined(said, _("Say so openly: a text is ready."))
    return joined(said, readiness(text))


def joined(*sentences: str) -> str:
    return " ".join(sentence for sentence in sentences if sentence)


def readiness(text: Text | None) -> str:
    if text is None or text.state not in TO_READ:
        return ""
    if text.state == TextState.APPROVED:
        return _("Its text is approved: please have it posted and ticked.")
    return _("A text is ready.")


def settled(owed: Owed, seen: Seen) -> str:
    """The sentence that takes the buttons' place."""
    promise = owed.promise
    match promise.state:
        case PromiseState.KEPT:
            return kept(owed, seen)
        case PromiseState.MOVED if promise.public:
            return _("Moved: the public was told of another time before it passed.")
        case PromiseState.MOVED:
            return _("Another time was set instead.")
        case PromiseState.BROKEN if promise.how:
            return _("Broken at {time}. {why}", time=seen.time(promise.due), why=escape(promise.how))
        case PromiseState.BROKEN if promise.public:
            return _("Broken at {time}, and the public was told so.", time=seen.time(promise.due))
        case PromiseState.BROKEN:
            return _("Broken at {time}.", time=seen.time(promise.due))
        case _other if promise.how:
            return _("It ended with the crisis: {why}", why=escape(promise.how))
        case _other:
            return _("It ended with the crisis.")


def kept(owed: Owed, seen: Seen) -> str:
    promise = owed.promise
    at = seen.time(promise.kept_at or promise.due)
    name = escape(seen.name(promise.settled_by)) if promise.settled_by else ""
    if promise.how:
        said = _("Kept by {name} at {time}: {how}", name=name, time=at, how=escape(promise.how))
    elif owed.text is not None:
        said = _("Kept at {time}: the {kind} is posted.", time=at, kind=kind_label(owed.text.kind))
    else:
        said = _("Kept at {time}.", time=at)
    late = late_by(promise, seen.now)
    if late is None or late < LEAST:
        return said
    return joined(said, _("That was {time} late.", time=duration(late.total_seconds())))


def offered(promise: Promise, seen: Seen) -> str:
    return _(
        "Offered to {name}; until {name} takes it, it stays with {owner}.",
        name=escape(seen.name(promise.offered_to)),
        owner=escape(seen.name(promise.owner)),
    )


def buttons(owed: Owed, seen: Seen, *, alone: bool) -> list[Element]:
    """At most four and `More`; beside other promises two and `More`."""
    promise = owed.promise
    name = promise_label(promise)
    elements: list[Element] = []
    if owed.text is not None and owed.text.current and owed.text.state in TO_READ:
        elements.append(shared.read_text(owed.text.current, name, primary=alone))
    elements.append(shared.kept(promise.id, name))
    menu: list[tuple[str, str]] = []
    if alone:
        hand_over = _("Hand over: {what}", what=name)
        elements.append(button(_("Hand over"), "promise.hand_over", promise.id, accessible=hand_over))
    else:
        menu.append((_("Hand over"), f"hand_over:{promise.id}"))
    if promise.kind != PromiseKind.REPLY and alone:
        extend = _("Extend the time of: {what}", what=name)
        elements.append(button(_("Extend"), "promise.extend", promise.id, accessible=extend))
    elif promise.kind != PromiseKind.REPLY:
        menu.append((_("Extend"), f"extend:{promise.id}"))
    if promise.owner == seen.reader and may_snooze(promise, seen.now):
        menu.append((_("Snooze"), f"snooze:{promise.id}"))
    if menu:
        elements.append(more("promise.more", menu))
    return elements


def small_print(row: Reminder, seen: Seen) -> list[str]:
    """Which crisis it is and where the talk is, who was asked before, and how late this comes where we were away."""
    lines = [crisis(seen.incident) + "."]
    if seen.incident.channel:
        lines[0] += " " + _("The talk is in <#{channel}>.", channel=seen.incident.channel)
    if row.asked_before:
        lines.append(_("Asked before: {names}.", names=escape(listing([seen.name(user) for user in row.asked_before]))))
    if row.made_at - row.earned_at >= LEAST:
        lines.append(
            _(
                "This message is {time} late: it could not be sent at {due}.",
                time=duration(60 * minutes_shown(row.earned_at, row.made_at)),
                due=seen.time(row.earned_at),
            )
        )
    return lines


def notification(owed: Sequence[Owed], seen: Seen) -> str:
    """What a phone shows: who, what, by when; never what a private crisis is about."""
    still = [one.promise for one in owed if one.promise.state == PromiseState.OPEN]
    number, name = seen.incident.number, seen.name(seen.reader)
    if not still:
        return _("Crisis {number}: settled. Thank you, {name}.", number=number, name=name)
    first = min(still, key=lambda promise: promise.due)
    if len(still) > 1 and first.due <= seen.now:
        return ngettext(
            "Crisis {number} needs you, {name}: keep {n} promise, due since {time}",
            "Crisis {number} needs you, {name}: keep {n} promises, due since {time}",
            len(still),
            number=number,
            name=name,
            time=seen.clock(first.due),
        )
    if len(still) > 1:
        return ngettext(
            "Crisis {number} needs you, {name}: keep {n} promise by {time}",
            "Crisis {number} needs you, {name}: keep {n} promises, the first by {time}",
            len(still),
            number=number,
            name=name,
            time=seen.clock(first.due),
        )
    said = {"number": number, "name": name, "duty": duty(first, seen.incident), "time": seen.clock(first.due)}
    if first.due <= seen.now:
        return _("Crisis {number} needs you, {name}: {duty}, due since {time}", **said)
    return _("Crisis {number} needs you, {name}: {duty} by {time}", **said)


def duty(promise: Promise, incident: Incident) -> str:
    """What is to be done for it, for a notification, where little is shown: the verb comes first."""
    match promise.kind:
        case _any if promise.wording:
            if incident.audience is Audience.TEAM:
                return _("keep a promise")
            return _("keep “{what}”", what=cut(promise.wording, IN_SHORT))
        case PromiseKind.FIRST_WORD:
            return _("get the first word out")
        case PromiseKind.STATEMENT:
            return _("get the statement out")
        case PromiseKind.UPDATE:
            return _("get the update out")
        case PromiseKind.REPLY:
            return _("answer the first complaint")
        case PromiseKind.OTHER:
            return _("keep a promise")


def discreet(promise: Promise, incident: Incident) -> str:
    """What was promised, for a notification: what somebody typed about a private crisis is not shown on a lock screen."""
    if promise.wording and incident.audience is Audience.TEAM:
        return _("a promise")
    return cut(promise_label(promise), IN_SHORT)


def channel_line(owed: Owed, seen: Seen) -> str:
    """One line in the crisis channel. It names the owner and notifies nobody: they have a message of their own."""
    promise = owed.promise
    if promise.state != PromiseState.OPEN:
        return joined(heading(owed, seen), settled(owed, seen))
    return joined(state(owed, seen), owned(promise, seen))


def owned(promise: Promise, seen: Seen) -> str:
    return _("Owner: {name}.", name=escape(seen.name(promise.owner)))


def channel_text(owed: Sequence[Owed], seen: Seen) -> str:
    late = [one.promise for one in owed if one.promise.state == PromiseState.OPEN]
    if not late:
        return _("Crisis {number}: what was late is settled.", number=seen.incident.number)
    return _(
        "Crisis {number}: {what} was due at {time}, {name}",
        number=seen.incident.number,
        what=discreet(late[0], seen.incident),
        time=seen.clock(late[0].due),
        name=seen.name(late[0].owner),
    )


def first_complaint(owed: Owed, seen: Seen) -> Message:
    """To whoever owes the first complainant an answer."""
    promise, quote = owed.promise, owed.quote
    handle = shown(quote.author) if quote and quote.author else _("somebody without a name")
    posted = seen.time((quote.occurred_at or quote.received_at) if quote else promise.started_at)
    who = ", ".join(part for part in (handle, posted, foreign(quote) if quote else None) if part)
    said = _("*First to complain: {who}.*", who=who)
    if quote and (body := quote.text or quote.title):
        said += f"\n> {shown(body)}"
    if promise.state != PromiseState.OPEN:
        return Message(notification([owed], seen), [section(said), section(settled(owed, seen))])
    within = duration((promise.due - promise.started_at).total_seconds())
    answer = _("Answer by {time} ({within}).", time=seen.time(promise.due), within=within)
    if promise.due <= seen.now:
        answer = _("The time for an answer ended at {time}.", time=seen.time(promise.due))
    lines = [said, joined(answer, _("A reply is ready.") if readiness(owed.text) else "")]
    if promise.owner != seen.reader:
        lines.append(_("It is {name}'s.", name=escape(seen.name(promise.owner))))
    if promise.offered_to:
        lines.append(offered(promise, seen))
    return Message(
        notification([owed], seen),
        [section("\n".join(lines)), actions(*buttons(owed, seen, alone=True))],
    )


def handover(owed: Owed, entry: TimelineEntry, seen: Seen) -> Message:
    """To somebody who is asked to take a promise over; once it is theirs, the promise itself with its buttons."""
    promise = owed.promise
    by = escape(seen.name(entry.by))
    if promise.owner == seen.reader:
        return Message(notification([owed], seen), promise_blocks(owed, seen, alone=True))
    if promise.state != PromiseState.OPEN or promise.offered_to != seen.reader:
        # Whoever did not take it may not see the crisis: its words leave their DM, and what came of it never enters.
        news = _("This is settled. Thank you.")
        if promise.state == PromiseState.OPEN:
            news = _("It is no longer offered to you: {name} has it.", name=escape(seen.name(promise.owner)))
        return Message(_("Crisis {number}: settled.", number=seen.incident.number), [section(news)])
    said = [_("{name} asks you to take this over:", name=by), state(owed, seen)]
    said.append(_("Until you take it, it stays with {owner}.", owner=escape(seen.name(promise.owner))))
    take = shared.take_promise(promise.id, promise_label(promise))
    text = _(
        "Crisis {number} needs you, {name}: take over {what} by {time}?",
        number=seen.incident.number,
        name=seen.name(seen.reader),
        what=discreet(promise, seen.incident),
        time=seen.clock(promise.due),
    )
    return Message(text, [section("\n".join(said)), actions(take)])


def listed(owed: Sequence[Owed], seen: Seen) -> list[Block]:
    """`/crisis promises`: what is owed, soonest first, with `Done` where it is yours."""
    number = seen.incident.number
    if not owed:
        return [section(_("Crisis {number} owes nobody anything now.", number=number))]
    blocks: list[Block] = [section(_("*What crisis {number} owes*", number=number))]
    for one in owed[:40]:
        promise = one.promise
        line = joined(state(one, seen), owned(promise, seen))
        if promise.offered_to:
            line += f"\n{offered(promise, seen)}"
        done = None
        if promise.owner == seen.reader:
            done = shared.kept(promise.id, promise_label(promise))
        blocks.append(section(line, done))
    return blocks


def done_modal(owed: Owed, seen: Seen) -> Block:
    """`Done` is for what we can't see, so it asks for one line: how."""
    return modal(
        _("Done"),
        [
            section(heading(owed, seen)),
            input_(_("How was it kept?"), text_input("how", most=300), "how", hint=_("One line, for the record.")),
        ],
        callback="promise.kept",
        submit=_("Done"),
        close=_("Cancel"),
        data=owed.promise.id,
    )


def extend_modal(owed: Owed, seen: Seen) -> Block:
    """A new time; on what was said in public the public hears of it first."""
    promise = owed.promise
    proposed = next_promise_time(max(promise.due, seen.now), timedelta(minutes=30))
    blocks = [
        section(heading(owed, seen)),
        input_(_("New time"), datetime_picker("time", proposed), "time"),
    ]
    if promise.public:
        blocks.append(
            context(
                _(
                    "This was said in public, and moving it silently is breaking it. So the public is told first: "
                    "an update with the new time is written for you, and {time} stands until it is posted.",
                    time=seen.time(promise.due),
                )
            )
        )
    return modal(
        _("Extend"),
        blocks,
        callback="promise.move",
        submit=_("Write the text") if promise.public else _("Extend"),
        close=_("Cancel"),
        data=promise.id,
    )


def offer_modal(owed: Owed, seen: Seen) -> Block:
    return modal(
        _("Hand over"),
        [
            section(heading(owed, seen)),
            input_(_("To whom?"), person_select("to"), "to"),
            context(
                _(
                    "It counts once they press `Take it`. Until then it stays with {name}.",
                    name=escape(seen.name(owed.promise.owner)),
                )
            ),
        ],
        callback="promise.offer",
        submit=_("Hand over"),
        close=_("Cancel"),
        data=owed.promise.id,
    )


def public_first(text: Text, promise: Promise, to: datetime, seen: Seen) -> Block:
    """What the `Extend` form turns into on a public promise: the text that tells the public first."""
    said = _(
        "An update that names {new} is ready to read. Until it is posted, {old} stands.",
        new=seen.time(to),
        old=seen.time(promise.due),
    )
    blocks = [section(said)]
    if text.current:
        blocks.append(actions(shared.read_text(text.current, kind_label(text.kind), primary=True)))
    return modal(_("Extend"), blocks, close=_("Close"))

"""What people are told about a text: asked for a yes, asked to post, told in the thread, told at the front line."""

from datetime import datetime

from bot.core.difference import Difference
from bot.core.sheet import Sheet, Surroundings
from bot.i18n import _, clock_text, listing
from bot.models import Ask, Incident, TextState, TimelineEntry, UserId, Version
from bot.plan import Plan
from bot.views.blocks import Block, Message, actions, context, cut, escape, preformatted, section, when
from bot.views.text import (
    by_when,
    crisis_needs,
    difference_line,
    notice,
    posted_line,
    publish_button,
    read_button,
    size,
    unticked,
    where,
)
from bot.views.words import capital, kind_label


def ask(
    row: Ask,
    sheet: Sheet,
    around: Surroundings,
    plan: Plan,
    *,
    before: Version | None,
    what: Difference | None,
    waited_since: datetime | None,
    cannot: bool = False,
    now: datetime,
) -> Message:
    """The DM to somebody whose yes is wanted; once that is settled it is a sentence: who, when.

    `before` is the version they knew, `what` the words that changed since. The one in whose place they are asked
    has not answered since `waited_since`, or said that they `cannot`.
    """
    name = sheet.name(row.user)
    text = crisis_needs(sheet.incident, name, _("read one text"), around.due, now=now)
    if row.settled_at is not None:
        said = settled(row, sheet, now=now)
        return Message(said, [section(_("Crisis {number}: {news}", number=sheet.incident.number, news=said))])
    roles = listing([plan.role_label(role) for role in row.roles])
    duty = _(
        "{name}, crisis {number} needs your yes ({roles}): the {kind}, {size}, for {outlets}.",
        name=escape(name),
        number=sheet.incident.number,
        roles=escape(roles),
        kind=kind_label(sheet.text.kind),
        size=size(sheet.text, sheet.version, plan),
        outlets=where(sheet.text, plan) or _("the team"),
    )
    if around.due is not None:
        duty = _("{duty} Please by {time}.", duty=duty, time=when(around.due, sheet.incident.zone, now=now))
    blocks: list[Block] = [section(duty)]
    if reason := why_you(row, sheet, waited_since=waited_since, cannot=cannot):
        blocks.append(context(reason))
    if before is not None and what is not None:
        blocks.append(section(changed_line(sheet, before, what)))
    blocks.append(actions(read_button(sheet, primary=True)))
    return Message(text, blocks)


def changed_line(sheet: Sheet, before: Version, what: Difference) -> str:
    """Why they are asked again, with the difference in words."""
    return _(
        "It was changed by {editor} since version {number}, {difference}",
        editor=escape(sheet.name(sheet.version.edited_by)) if sheet.version.edited_by else _("the team"),
        number=before.number,
        difference=difference_line(what),
    )


def why_you(row: Ask, sheet: Sheet, *, waited_since: datetime | None, cannot: bool) -> str | None:
    """Somebody who is asked in another's place hears why."""
    if row.instead_of is None:
        return None
    absent = escape(sheet.name(row.instead_of))
    if row.instead_of == sheet.version.edited_by:
        return _("{name} changed it last and can't be the only yes, so a second person is asked: you.", name=absent)
    if cannot:
        return _("{name} can't, so you are asked in their place.", name=absent)
    if waited_since is None:
        return _("You are asked in {name}'s place.", name=absent)
    return _("{name} hasn't answered since {time}.", name=absent, time=when(waited_since, sheet.incident.zone))


def settled(row: Ask, sheet: Sheet, *, now: datetime) -> str:
    """What became of a question, for the one it was put to."""
    mine = [approval for approval in sheet.approvals if approval.by == row.user]
    for_me = mine or [approval for approval in sheet.approvals if approval.role in row.roles]
    if row.version != sheet.version.id and for_me and for_me[0].by == sheet.version.edited_by:
        return _edited_and_said_yes(row, sheet, for_me[0].at, now=now)
    if row.version != sheet.version.id:
        return _(
            "Version {number} of the {kind} took the place of the one you were asked about.",
            number=sheet.version.number,
            kind=kind_label(sheet.text.kind),
        )
    if sheet.text.state is TextState.WITHDRAWN:
        return _("The {kind} was put away. Nothing is left to do.", kind=kind_label(sheet.text.kind))
    if sheet.sent_back is not None:
        return _(
            "{name} sent the {kind} back at {time}.",
            name=escape(sheet.name(sheet.sent_back.by)),
            kind=kind_label(sheet.text.kind),
            time=clock_text(sheet.sent_back.at, sheet.incident.zone, now=now),
        )
    if not for_me:
        return _("This is settled. Thank you.")
    time = clock_text(for_me[-1].at, sheet.incident.zone, now=now)
    if mine:
        return _("You approved the {kind} at {time}. Thank you.", kind=kind_label(sheet.text.kind), time=time)
    return _(
        "{name} approved the {kind} at {time}.",
        name=escape(sheet.name(for_me[-1].by)),
        kind=kind_label(sheet.text.kind),
        time=time,
    )


def _edited_and_said_yes(row: Ask, sheet: Sheet, at: datetime, *, now: datetime) -> str:
    """An approver's edit is their yes to the new version, so nothing more is wanted for their roles."""
    said = {"kind": kind_label(sheet.text.kind), "time": clock_text(at, sheet.incident.zone, now=now)}
    if row.user == sheet.version.edited_by:
        return _("You changed the {kind} at {time}; that counts as your yes. Thank you.", **said)
    editor = escape(sheet.name(sheet.version.edited_by))
    return _("{name} changed the {kind} at {time}; that counts as the yes you were asked for.", name=editor, **said)


def publish(sheet: Sheet, around: Surroundings, plan: Plan, *, reader: UserId, now: datetime) -> Message:
    """To whoever may post: the approved words, ready to copy."""
    if done := _posted(sheet, plan) or _others(sheet, around, reader):
        return Message(notice(sheet, Surroundings(), now=now), [section(done)])
    outlets = where(sheet.text, plan)
    said = _("Approved. Please post on {outlets}, then tick.", outlets=outlets)
    title = by_when(_("*{kind}, crisis {number}*", **_named(sheet)), sheet, around)
    duty = _("post approved words, then tick")
    text = crisis_needs(sheet.incident, sheet.name(reader), duty, around.due, now=now)
    return Message(
        text, [section(f"{title}\n{said}"), preformatted(sheet.version.body), actions(publish_button(sheet))]
    )


def unposted(sheet: Sheet, around: Surroundings, plan: Plan, *, reader: UserId, now: datetime) -> Message:
    """Approved words that nobody posted help no one."""
    if done := _posted(sheet, plan) or _others(sheet, around, reader):
        return Message(notice(sheet, Surroundings(), now=now), [section(done)])
    approved = sheet.text.approved_at or now
    said = _(
        "{name}, the {kind} of crisis {number} was approved at {time}, and nobody has ticked it as posted."
        " Words that nobody posted help no one: please post on {outlets}, then tick.",
        name=escape(sheet.name(reader)),
        kind=kind_label(sheet.text.kind),
        number=sheet.incident.number,
        time=when(approved, sheet.incident.zone),
        outlets=where(sheet.text, plan),
    )
    duty = _("post approved words, then tick")
    text = crisis_needs(sheet.incident, sheet.name(reader), duty, around.due, now=now)
    return Message(text, [section(said), preformatted(sheet.version.body), actions(publish_button(sheet))])


def _others(sheet: Sheet, around: Surroundings, reader: UserId) -> str | None:
    """Somebody else is asked to post it by now: whoever handed over has nothing left to press."""
    if reader in around.posters or not around.posters or sheet.text.state is not TextState.APPROVED:
        return None
    who = listing([escape(sheet.name(user)) for user in around.posters])
    return _("{kind}, crisis {number}: {name} posts it now. Thank you.", name=who, **_named(sheet))


def _posted(sheet: Sheet, plan: Plan) -> str | None:
    """The sentence that takes the place of the buttons; None while there is something to post."""
    if sheet.text.state is TextState.WITHDRAWN:
        return _("{kind}, crisis {number}: put away. Nothing is left to do.", **_named(sheet))
    if not sheet.publications or unticked(sheet):
        return None
    by = listing(list(dict.fromkeys(escape(sheet.name(p.by)) for p in sheet.publications if p.by)))
    return _(
        "{kind}, crisis {number}: {posted} ({people}). Thank you.",
        **_named(sheet),
        posted=posted_line(sheet, plan),
        people=by,
    )


def _named(sheet: Sheet) -> dict[str, str]:
    return {"kind": capital(kind_label(sheet.text.kind)), "number": str(sheet.incident.number)}


def rejected_note(entry: TimelineEntry, sheet: Sheet, asker: UserId | None) -> Message:
    """In the thread: what is wanted, told to whoever wanted the text."""
    said = _(
        '{name} sends it back: "{reason}"',
        name=escape(sheet.name(entry.by)),
        reason=escape(cut(str(entry.data["reason"]), 2000)),
    )
    news = _("the {kind} was sent back", kind=kind_label(sheet.text.kind))
    return _to(asker, said, _news(sheet, news))


def edited_note(entry: TimelineEntry, sheet: Sheet, after: Version, what: Difference, asker: UserId | None) -> Message:
    """In the thread: what changed, in words. The thread is the history of the text."""
    said = _(
        "{name} changed it (version {number}), {difference}",
        name=escape(sheet.name(entry.by)),
        number=after.number,
        difference=difference_line(what),
    )
    news = _("the {kind} was changed", kind=kind_label(sheet.text.kind))
    return _to(asker if asker != entry.by else None, said, _news(sheet, news))


def used_note(entry: TimelineEntry, sheet: Sheet, after: Version) -> Message:
    said = _(
        "{name} took the other wording (version {number}).", name=escape(sheet.name(entry.by)), number=after.number
    )
    return Message(said, [section(said)])


def wished_note(entry: TimelineEntry, sheet: Sheet, asker: UserId | None) -> Message:
    """In the thread: somebody wants other words, and what kind."""
    said = _(
        '{name} asked for another wording: "{wish}"',
        name=escape(sheet.name(entry.by)),
        wish=escape(cut(str(entry.data["wish"]), 2000)),
    )
    news = _("another wording is wanted ({kind})", kind=kind_label(sheet.text.kind))
    return _to(asker if asker != entry.by else None, said, _news(sheet, news))


def wording_note(entry: TimelineEntry, sheet: Sheet) -> Message:
    """In the thread, to whoever wished: it is there, or it could not be had."""
    if entry.kind == "wording_offered":
        said = _("The wording you asked for is ready: press `Compare` on the card.")
    else:
        said = _("The language model gave no usable wording this time. `Edit` always works.")
    return _to(UserId(entry.by) if entry.by else None, said, said)


def _news(sheet: Sheet, news: str) -> str:
    """What a phone shows of a line in a thread."""
    return _("Crisis {number}: {news}", number=sheet.incident.number, news=news)


def _to(user: UserId | None, said: str, text: str) -> Message:
    """A line in a thread; the mention is what tells the person."""
    line = f"<@{user}>: {said}" if user else said
    return Message(text, [section(line)])


def front_line(version: Version, incident: Incident, *, at: datetime) -> Message:
    """To the people who talk with customers: exactly the approved brief, and nothing of the crisis itself."""
    title = _("*What we say from now on* · {time}", time=when(at, incident.zone))
    words = {"type": "rich_text_section", "elements": [{"type": "text", "text": version.body}]}
    exact: Block = {"type": "rich_text", "elements": [words]}
    return Message(
        _("New words for talking with customers"),
        [
            section(title),
            exact,
            context(_("It takes the place of every earlier brief. Please pass it on to your shift.")),
        ],
    )

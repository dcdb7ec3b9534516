"""The words card: one text, whose yes it has and lacks, and what comes next."""

from collections.abc import Sequence
from datetime import datetime

from bot.core.checked import places
from bot.core.difference import Difference
from bot.core.guard import Finding, length_for
from bot.core.sheet import Sheet, Surroundings, here_first, standing
from bot.i18n import _, clock_text, language_name, listing, ngettext
from bot.models import Incident, Kind, Text, TextState, UserId, Version
from bot.plan import Plan
from bot.views import buttons
from bot.views.blocks import (
    Block,
    Element,
    Message,
    actions,
    button,
    confirm,
    context,
    cut,
    escape,
    more,
    preformatted,
    section,
    when,
)
from bot.views.words import capital, kind_label

ON_A_CARD = 2800
"""Characters; a longer text is read, and approved, on a screen of its own."""
IN_WORDS = 600
"""Characters of a difference that a message shows."""


def words_card(sheet: Sheet, around: Surroundings, plan: Plan, *, now: datetime) -> Message:
    """The card in the crisis channel, whatever has become of the text by now."""
    match sheet.text.state:
        case TextState.APPROVED:
            blocks = _approved(sheet, around, plan, now=now)
        case TextState.PUBLISHED:
            blocks = _published(sheet, around, plan, now=now)
        case TextState.WITHDRAWN:
            blocks = [section(_("*{kind}* · put away with the crisis", kind=_kind(sheet.text)))]
        case _waiting:
            blocks = _waiting_card(sheet, around, plan, now=now)
    return Message(notice(sheet, around, now=now), blocks)


def moved_down(url: str) -> Message:
    """What stays where a card stood."""
    said = _("This text stands further down now: <{url}|go there>", url=url)
    return Message(_("This text stands further down now."), [context(said)])


def notice(sheet: Sheet, around: Surroundings, *, now: datetime) -> str:
    """What a phone shows: who, what, by when, and never a title."""
    crisis, kind = sheet.incident.number, kind_label(sheet.text.kind)
    match sheet.text.state:
        case TextState.APPROVED:
            return _("Crisis {number}: {kind} is approved and ready to post", number=crisis, kind=kind)
        case TextState.PUBLISHED:
            return _("Crisis {number}: {kind} is posted", number=crisis, kind=kind)
        case TextState.WITHDRAWN:
            return _("Crisis {number}: {kind} was put away", number=crisis, kind=kind)
        case _waiting:
            who = _first_asked(sheet, around)
            said = (
                _("Crisis {number} needs a yes from {who}: read one text ({kind})", number=crisis, who=who, kind=kind)
                if who
                else _("Crisis {number} needs a yes: read one text ({kind})", number=crisis, kind=kind)
            )
            if around.due is None:
                return said
            return _("{text} by {time}", text=said, time=clock_text(around.due, sheet.incident.zone, now=now))


def size(text: Text, version: Version, plan: Plan) -> str:
    """How long it is, as its strictest outlet counts."""
    outlets = places(plan, text.outlets)
    as_x = next((place for place in outlets if place.counts == "x"), None)
    if as_x is not None and text.kind is not Kind.CALL_CENTRE_BRIEF:
        n = length_for(as_x, version.body)
        return ngettext("{n} character as X counts", "{n} characters as X counts", n)
    return ngettext("{n} character", "{n} characters", len(version.body))


def where(text: Text, plan: Plan) -> str:
    """The outlets by name; a brief goes to channels."""
    if text.kind is Kind.CALL_CENTRE_BRIEF:
        return listing([f"<#{channel}>" for channel in text.outlets])
    return named(text.outlets, plan)


def named(outlets: Sequence[str], plan: Plan) -> str:
    """X and Instagram"""
    return escape(listing([place.label for place in places(plan, outlets)]))


def facts_line(sheet: Sheet, plan: Plan) -> str:
    """*First public word* · version 1 · for X and Instagram · English · 190 characters as X counts"""
    text, version = sheet.text, sheet.version
    parts = [f"*{_kind(text)}*", _("version {number}", number=version.number)]
    if text.outlets:
        parts.append(_("for {outlets}", outlets=where(text, plan)))
    parts += [language_name(text.language), size(text, version, plan)]
    return " · ".join(parts)


def quoted(text: str) -> Block:
    """The exact text, set apart. Nothing in it is markup: what people read is what goes out."""
    element = {"type": "text", "text": text}
    return {"type": "rich_text", "elements": [{"type": "rich_text_quote", "elements": [element]}]}


def checks_line(findings: Sequence[Finding]) -> str:
    if not findings:
        return _("Checks: nothing found")
    lines = [
        _("*Fix first:* {finding}", finding=escape(finding.sentence))
        if finding.blocks
        else _("Please look: {finding}", finding=escape(finding.sentence))
        for finding in findings
    ]
    return cut("\n".join(f"• {line}" for line in lines), 2900)


def promise_line(sheet: Sheet, around: Surroundings, *, now: datetime) -> str | None:
    """What the text promises, and who sees to it."""
    promised = sheet.version.promised_at
    if promised is None:
        return None
    time = when(promised, sheet.incident.zone, now=now)
    if around.promise_owner is None:
        return _("Contains a promise: the next word by {time}", time=time)
    return _("Contains a promise: the next word by {time}, owner {name}", time=time, name=escape(around.promise_owner))


def responsibility_line(version: Version) -> str | None:
    return _("It takes responsibility: somebody ticked that.") if version.responsibility else None


def yes_line(sheet: Sheet, plan: Plan) -> str:
    """Whose yes is there, and whose is missing: PR: Priya, 23:01 · Legal: asked Leo, 23:09"""
    so_far = standing(sheet.text, sheet.version, sheet.approvals)
    parts = []
    for role in sheet.text.needs:
        label = escape(plan.role_label(role))
        if yes := so_far.given.get(role):
            parts.append(_("{role}: yes from {who}", role=label, who=_when_each(sheet, [(yes.by, yes.at)])))
            continue
        asked = [(ask.user, ask.asked_at) for ask in sheet.open_asks if role in ask.roles]
        parts.append(
            _("{role}: asked {people}", role=label, people=_when_each(sheet, asked))
            if asked
            else _("{role}: open", role=label)
        )
    one = len(sheet.text.needs) == 1
    begin = _("One yes is enough.") if one and not so_far.given else ""
    return " ".join(part for part in (begin, " · ".join(parts)) if part)


def anyone_line(sheet: Sheet, around: Surroundings, plan: Plan) -> str | None:
    """A role that the plan leaves to the channel: said, so that nobody waits for somebody."""
    so_far = standing(sheet.text, sheet.version, sheet.approvals)
    roles = [plan.role_label(role) for role in so_far.missing if role in around.open_roles]
    if not roles:
        return None
    return _("Any colleague in this channel may give the yes for {roles}.", roles=escape(listing(roles)))


def second_line(sheet: Sheet, around: Surroundings) -> str | None:
    """Whoever edited last is never the only yes; who the other one is."""
    so_far = standing(sheet.text, sheet.version, sheet.approvals)
    if not so_far.second_missing:
        return None
    editor = escape(sheet.name(sheet.version.edited_by))
    if who := _asked_names(sheet):
        return _(
            "{editor} changed it last, so a second person must say yes. Asked: {who}.", editor=editor, who=escape(who)
        )
    if around.others_here:
        return _(
            "{editor} changed it last, so a second person must say yes: any other colleague in this channel may.",
            editor=editor,
        )
    return _(
        "{editor} changed it last, and nobody else is here. Ask a second person: `/invite`. Until then nothing goes out.",
        editor=editor,
    )


def verdict_lines(sheet: Sheet, around: Surroundings, plan: Plan) -> list[str | None]:
    """Whose yes is there and whose is missing; of a text that was sent back only who did so, and why."""
    if sheet.sent_back is not None:
        return [sent_back_line(sheet)]
    return [second_line(sheet, around), yes_line(sheet, plan), anyone_line(sheet, around, plan)]


def sent_back_line(sheet: Sheet) -> str | None:
    if sheet.sent_back is None:
        return None
    return _(
        "*Sent back by {name}, {time}:* {reason}",
        name=escape(sheet.name(sheet.sent_back.by)),
        time=when(sheet.sent_back.at, sheet.incident.zone),
        reason=escape(cut(str(sheet.sent_back.data["reason"]), 1000)),
    )


def difference_line(what: Difference) -> str:
    """In words: added: *some*; removed: *all*."""
    if what.rewritten:
        return _("nearly every word is different")
    parts = []
    if what.added:
        parts.append(_("added: {words}", words=_runs(what.added)))
    if what.removed:
        parts.append(_("removed: {words}", words=_runs(what.removed)))
    return "; ".join(parts) or _("no word is different, only the blanks between them")


def _runs(runs: Sequence[str]) -> str:
    return listing([f"*{escape(cut(run, IN_WORDS))}*" for run in runs[:12]])


def brief_lines(sheet: Sheet, around: Surroundings) -> list[Block]:
    """The call-centre brief under the words it belongs to."""
    if sheet.brief is None or sheet.brief_version is None:
        return []
    to = listing([escape(entry) for entry in around.front_line])
    title = _("*Call-centre brief* for {channels}", channels=to) if to else _("*Call-centre brief*")
    match sheet.brief.state:
        case TextState.FOLDED:
            title = _("{brief}. One `Approve` covers both.", brief=title)
        case TextState.WAITING:
            title = _("{brief}. It was changed, so it is approved by itself.", brief=title)
        case TextState.APPROVED:
            title = _("{brief}. Approved; it goes out with the first post in public.", brief=title)
        case _other:
            title = _("{brief}. Approved.", brief=title)
    return [section(title), quoted(sheet.brief_version.body)]


def _waiting_card(sheet: Sheet, around: Surroundings, plan: Plan, *, now: datetime) -> list[Block]:
    fits = len(sheet.version.body) <= ON_A_CARD
    blocks = [section(facts_line(sheet, plan))]
    blocks.append(
        quoted(sheet.version.body)
        if fits
        else section(_("It is too long for a card. Please press `Read the text`; it is approved there."))
    )
    lines = [
        *verdict_lines(sheet, around, plan),
        promise_line(sheet, around, now=now),
        responsibility_line(sheet.version),
        checks_line(sheet.findings),
    ]
    blocks.append(section("\n".join(line for line in lines if line)))
    if around.folded:
        blocks.append(
            context(ngettext("{n} more text waits for this one", "{n} more texts wait for this one", around.folded))
        )
    if around.stands:
        blocks.append(context(_("*You need not wait:* the first public word stands.")))
    if sheet.offered is not None:
        blocks.append(section(_("Another wording is ready"), _compare_button(sheet)))
    blocks.append(section(_("*Now:* {step}", step=_now(sheet, around, plan))))
    blocks.append(actions(*_waiting_buttons(sheet, around, plan, fits=fits)))
    return blocks


def _waiting_buttons(sheet: Sheet, around: Surroundings, plan: Plan, *, fits: bool) -> list[Element]:
    """Approve only where it would be taken, and only with the text in sight."""
    version = sheet.version
    elements: list[Element] = []
    if not fits:
        elements.append(read_button(sheet, primary=True))
    elif sheet.sent_back is None and not sheet.blocking:
        elements.append(
            button(
                _("Approve"),
                "version.approve",
                version.id,
                style="primary",
                ask=_confirm(sheet, plan),
                accessible=_named(sheet, _("Approve {kind}, version {number}")),
            )
        )
    elements.append(edit_button(sheet))
    if around.model:
        elements.append(
            button(
                _("Redraft"),
                "version.redraft",
                version.id,
                accessible=_named(sheet, _("Redraft {kind}, version {number}")),
            )
        )
    if sheet.sent_back is None:
        elements.append(reject_button(sheet))
    return [*elements, *_more(sheet, around)]


def read_button(sheet: Sheet, *, primary: bool = False) -> Element:
    about = _named(sheet, _("{kind}, version {number}"))
    return buttons.read_text(sheet.version.id, about, primary=primary)


def edit_button(sheet: Sheet) -> Element:
    return button(
        _("Edit"), "version.edit", sheet.version.id, accessible=_named(sheet, _("Edit {kind}, version {number}"))
    )


def reject_button(sheet: Sheet) -> Element:
    return button(
        _("Reject"), "version.reject", sheet.version.id, accessible=_named(sheet, _("Reject {kind}, version {number}"))
    )


def publish_button(sheet: Sheet, *, primary: bool = True) -> Element:
    return buttons.publish(sheet.text.id, kind_label(sheet.text.kind), primary=primary)


def _compare_button(sheet: Sheet) -> Element:
    return button(
        _("Compare"),
        "version.compare",
        sheet.text.id,
        accessible=_named(sheet, _("Compare both wordings of the {kind}")),
    )


def _named(sheet: Sheet, label: str) -> str:
    """A button's label for a screen reader: it names its object."""
    return label.format(kind=kind_label(sheet.text.kind), number=sheet.version.number)


def _confirm(sheet: Sheet, plan: Plan) -> Element:
    """Slack's box holds 300 characters: it can name a text, never show one; the text is in sight above it."""
    said = _(
        "Version {number}, {size}, for {outlets}: {text}",
        number=sheet.version.number,
        size=size(sheet.text, sheet.version, plan),
        outlets=listing([place.label for place in places(plan, sheet.text.outlets)]),
        text=" ".join(sheet.version.body.split()),
    )
    return confirm(_("Approve this text?"), said, _("Approve"), _("Not yet"))


def _now(sheet: Sheet, around: Surroundings, plan: Plan) -> str:
    """One person, one verb, one time."""
    return by_when(_step(sheet, around, plan), sheet, around)


def by_when(duty: str, sheet: Sheet, around: Surroundings) -> str:
    """With the time at which it is wanted, where there is one."""
    if around.due is None:
        return duty
    time = when(around.due, sheet.incident.zone)
    if around.late:
        return _("{duty}, late since {time}", duty=duty, time=time)
    return _("{duty}, please by {time}", duty=duty, time=time)


def _step(sheet: Sheet, around: Surroundings, plan: Plan) -> str:
    """The first to act is named; who else was asked, or that anyone may, stands in the lines above."""
    if sheet.sent_back is not None or sheet.blocking:
        return _("{name} edits it", name=escape(sheet.name(around.asker)))
    if who := _first_asked(sheet, around):
        return _("{who} reads it and says yes", who=escape(who))
    lead = sheet.incident.lead
    anyone = anyone_line(sheet, around, plan) or (around.others_here and second_line(sheet, around))
    if anyone and lead is not None and lead != sheet.version.edited_by:
        return _("{who} reads it and says yes", who=escape(sheet.name(lead)))
    return _("{name} finds somebody who may say yes", name=escape(sheet.name(lead)))


def _first_asked(sheet: Sheet, around: Surroundings) -> str:
    """Whose yes is expected first."""
    asked = here_first((ask.user for ask in sheet.open_asks), around.here)
    return sheet.name(asked[0]) if asked else ""


def _asked_names(sheet: Sheet) -> str:
    return listing([sheet.name(user) for user in dict.fromkeys(ask.user for ask in sheet.open_asks)])


def _when_each(sheet: Sheet, people: Sequence[tuple[UserId, datetime]]) -> str:
    """Priya, 23:01; of several: Ines (23:22) and Priya (23:24)"""
    named = [(escape(sheet.name(user)), when(at, sheet.incident.zone)) for user, at in people]
    if len(named) == 1:
        return _("{name}, {time}", name=named[0][0], time=named[0][1])
    return listing([_("{name} ({time})", name=name, time=time) for name, time in named])


def approved_by(sheet: Sheet) -> str:
    """Approved by Priya, 23:01; by several: Approved by Ines (23:22) and Priya (23:24)"""
    last = {approval.by: approval.at for approval in sheet.approvals}
    return _("Approved by {people}", people=_when_each(sheet, list(last.items())))


def _approved(sheet: Sheet, around: Surroundings, plan: Plan, *, now: datetime) -> list[Block]:
    """The plain text stands alone, byte for byte, ready to copy."""
    parts = [f"*{approved_by(sheet)}*", _kind(sheet.text), _("version {number}", number=sheet.version.number)]
    blocks = [section(" · ".join(parts)), preformatted(sheet.version.body)]
    if line := promise_line(sheet, around, now=now):
        blocks.append(context(line))
    if sheet.text.kind is Kind.CALL_CENTRE_BRIEF:
        return [*blocks, context(_("It goes out with the first post in public."))]
    blocks += _posting(sheet, around, where(sheet.text, plan), wanted=True)
    blocks.append(actions(publish_button(sheet), *_more(sheet, around)))
    return blocks


def _posting(sheet: Sheet, around: Surroundings, outlets: str, *, wanted: bool) -> list[Block]:
    """Who posts it there, and who may too; by when, while it is `wanted` for a promise."""
    people: list[UserId | None] = [*around.posters]
    first, *others = people or [sheet.incident.lead]
    blocks: list[Block] = []
    if others:
        names = listing([escape(sheet.name(user)) for user in others])
        blocks.append(context(_("Asked to post it too: {names}", names=names)))
    step = _("{name} posts it on {outlets}, then ticks", name=escape(sheet.name(first)), outlets=outlets)
    return [*blocks, section(_("*Now:* {step}", step=by_when(step, sheet, around) if wanted else step))]


def _published(sheet: Sheet, around: Surroundings, plan: Plan, *, now: datetime) -> list[Block]:
    """Shrunk to a line: approved, posted, where."""
    parts = [f"*{_kind(sheet.text)}*", approved_by(sheet), posted_line(sheet, plan)]
    blocks = [section(" · ".join(part for part in parts if part), read_button(sheet))]
    elements: list[Element] = []
    if left := unticked(sheet):
        labels = escape(listing([place.label for place in places(plan, left)]))
        blocks.append(context(_("Not ticked yet: {outlets}", outlets=labels)))
        blocks += _posting(sheet, around, labels, wanted=False)
        elements.append(publish_button(sheet, primary=False))
    elements += _more(sheet, around)
    if elements:
        blocks.append(actions(*elements))
    return blocks


def unticked(sheet: Sheet) -> list[str]:
    """Outlets where it is not known to stand yet; a brief is posted by us."""
    ticked = {publication.outlet for publication in sheet.publications}
    if sheet.text.kind is Kind.CALL_CENTRE_BRIEF:
        return []
    return [outlet for outlet in sheet.text.outlets if outlet not in ticked]


def posted_line(sheet: Sheet, plan: Plan) -> str:
    """posted on X and Instagram, 23:04"""
    if not sheet.publications:
        return ""
    places_ = listing([_linked(p.outlet, p.link, sheet.text, plan) for p in sheet.publications])
    return _(
        "posted on {outlets}, {time}",
        outlets=places_,
        time=when(min(p.at for p in sheet.publications), sheet.incident.zone),
    )


def _linked(outlet: str, link: str | None, text: Text, plan: Plan) -> str:
    if text.kind is Kind.CALL_CENTRE_BRIEF:
        return f"<#{outlet}>"
    label = escape(places(plan, [outlet])[0].label)
    return f"<{escape(link).replace('|', '%7C')}|{label}>" if link else label


def _more(sheet: Sheet, around: Surroundings) -> list[Element]:
    """`More`: where the words come from, what was changed, and what else can be done with them now."""
    options = []
    if around.statement is not None and around.statement.id != sheet.text.id:
        options.append((_("Show the statement now"), f"show:{around.statement.id}"))
    if any(publication.link is None for publication in sheet.publications) and not unticked(sheet):
        options.append((_("Add a link"), f"publish:{sheet.text.id}"))
    options.append((_("Where it comes from"), f"about:{sheet.version.id}"))
    options.append((_("History"), f"history:{sheet.text.id}"))
    return [more("text.more", options)]


def _kind(text: Text) -> str:
    return capital(kind_label(text.kind))


def crisis_needs(incident: Incident, name: str, duty: str, by: datetime | None, *, now: datetime) -> str:
    """A DM's notification: Crisis 12 needs you, Priya: read one text by 23:13"""
    said = _("Crisis {number} needs you, {name}: {duty}", number=incident.number, name=name, duty=duty)
    return _("{text} by {time}", text=said, time=clock_text(by, incident.zone, now=now)) if by else said

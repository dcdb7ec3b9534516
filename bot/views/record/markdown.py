"""The record to read: in the asker's language, and it reads well as plain text."""

from collections.abc import Sequence
from datetime import datetime

from bot.core.incident import stage_label
from bot.i18n import _, listing, number
from bot.models import Here, Promise, PromiseState, Text, TextState
from bot.views.happened import sentence, shown_entries
from bot.views.record import Record
from bot.views.record.quoting import code, fence, safe, stamp
from bot.views.words import audience_label, capital, foreign, kind_label, promise_label

POSTS = 2_000
"""Posts that the Markdown lists; the JSON has all."""


def written(record: Record) -> str:
    """The whole record, to read."""
    parts = [_head(record), _people(record), _words(record), _promises(record), _timeline(record)]
    parts += [_posts(record), _pinned(record)]
    return "\n\n".join("\n".join(part).rstrip() for part in parts if part) + "\n"


def _heading(words: str) -> str:
    return f"## {words}"


def _at(record: Record, at: datetime) -> str:
    return stamp(at, record.incident.zone)


def _head(record: Record) -> list[str]:
    incident, plan = record.incident, record.story.plan
    facts = [
        (_("Severity"), safe(plan.severity(incident.severity).label)),
        (_("Situation"), safe(plan.situation(incident.situation).label)),
        (_("Stage"), stage_label(incident.stage)),
        (_("Who can see it"), audience_label(incident.audience)),
        (_("Opened"), _at(record, incident.opened_at)),
    ]
    moments = (
        (_("First post"), incident.first_mention_at),
        (_("Contained"), incident.contained_at),
        (_("Resolved"), incident.resolved_at),
        (_("Closed"), incident.closed_at),
    )
    facts += [(label, _at(record, moment)) for label, moment in moments if moment]
    people = ((_("Declared by"), incident.declared_by), (_("Lead"), incident.lead))
    facts += [(label, safe(record.name(user))) for label, user in people if user]
    if incident.channel_name:
        facts.append((_("Channel"), code(f"#{incident.channel_name}")))
    facts.append((_("This file was made"), _at(record, record.now)))
    lines = ["# " + _("Crisis {number}: {title}", number=incident.number, title=safe(incident.title)), ""]
    lines += [f"- **{label}:** {value}" for label, value in facts]
    if incident.context:
        lines += ["", _("Said when it was declared, not confirmed:"), "", fence(incident.context)]
    if incident.close_reasons:
        lines += ["", _("Still open when it was closed, and why:"), ""]
        lines += [f"- {safe(what)}: {safe(reason)}" for what, reason in record.closed_with()]
    return lines


def _people(record: Record) -> list[str]:
    lines = [_heading(_("People")), ""]
    for member in record.members:
        roles = listing([record.story.plan.role_label(role) for role in member.roles]) or _("in the channel")
        said = f"- **{safe(record.name(member.user))}**: {safe(roles)}, {_here(member.state)}"
        if member.stands_in_for:
            said += ", " + _("stands in for {name}", name=safe(record.name(member.stands_in_for)))
        lines.append(said)
    return lines if record.members else [*lines, _("Nobody was called.")]


def _here(state: Here) -> str:
    match state:
        case Here.ASKED:
            return _("was asked")
        case Here.HERE:
            return _("came")
        case Here.CANNOT:
            return _("could not come")
        case Here.SILENT:
            return _("did not answer")
        case Here.HANDED_OVER | Here.LEFT:
            return _("handed over")


def _words(record: Record) -> list[str]:
    out = [text for text in record.texts if record.posted(text)]
    ready = [text for text in record.texts if text.state is TextState.APPROVED and not record.posted(text)]
    lines = [_heading(_("What went out")), ""]
    lines += _each(record, out) if out else [_("Nothing was posted.")]
    if ready:
        lines += ["", _heading(_("Approved, not posted")), "", *_each(record, ready)]
    return lines


def _each(record: Record, texts: Sequence[Text]) -> list[str]:
    lines: list[str] = []
    for text in sorted(texts, key=lambda t: (t.published_at or t.created_at, t.id)):
        posted = record.posted(text)
        version = record.version(posted[0].version if posted else text.current)
        if version is None:
            continue
        kind = kind_label(text.kind)
        heading = _("{kind}, version {number}", kind=capital(kind), number=version.number)
        lines += [*([""] if lines else []), f"### {heading}", "", fence(version.body), ""]
        lines.append(f"- SHA-256: {code(version.sha256)}")
        for yes in record.yeses(version):
            role = record.story.plan.role_label(yes.role)
            who = safe(record.name(yes.by))
            time = _at(record, yes.at)
            lines.append("- " + _("Approved for {role} by {name}: {time}", role=safe(role), name=who, time=time))
        for tick in posted:
            where = safe(record.outlet(tick.outlet))
            said = "- " + _("Posted on {outlet}: {time}", outlet=where, time=_at(record, tick.at))
            said += f", {safe(record.name(tick.by))}" if tick.by else ""
            lines.append(said + (f", {code(tick.link)}" if tick.link else ""))
    return lines


def _promises(record: Record) -> list[str]:
    lines = [_heading(_("Promises")), ""]
    for promise in record.promises:
        what, due = safe(promise_label(promise)), _at(record, promise.due)
        parts = [_("**{promise}**, due {time}: {state}", promise=what, time=due, state=_state(record, promise))]
        if promise.owner:
            parts.append(_("owner: {name}", name=safe(record.name(promise.owner))))
        if promise.how:
            parts.append(f"“{safe(promise.how)}”")
        lines.append("- " + " · ".join(parts))
    return lines if record.promises else [*lines, _("None.")]


def _state(record: Record, promise: Promise) -> str:
    match promise.state:
        case PromiseState.OPEN:
            return _("still open")
        case PromiseState.KEPT:
            at = promise.kept_at or promise.due
            time = _at(record, at)
            return _("kept late, {time}", time=time) if at > promise.due else _("kept, {time}", time=time)
        case PromiseState.MOVED:
            return _("another time was said in public")
        case PromiseState.ENDED:
            return _("ended with the crisis, before it was due")
        case PromiseState.BROKEN:
            return _("broken")


def _timeline(record: Record) -> list[str]:
    """All of it. Messages are quoted whole further down."""
    lines = [f"- {_at(record, e.at)}  {sentence(record.story, e)}" for e in shown_entries(record.story)]
    return [_heading(_("Timeline")), "", *lines]


def _posts(record: Record) -> list[str]:
    lines = [_heading(_("Posts that belong to it")), ""]
    for post in record.posts[:POSTS]:
        if post.id in record.unshown:
            lines += [f"- {_at(record, post.received_at)} · {_('reported by a colleague')}", ""]
            continue
        where = [safe(part, 80) for part in (post.author, post.channel) if part]
        if post.reach:
            where.append(_("audience {n}", n=number(post.reach)))
        if language := foreign(post):
            where.append(language)
        if post.url:
            where.append(code(post.url))
        said = "\n".join(part for part in (post.title, post.text) if part)
        head = " · ".join([_at(record, post.occurred_at or post.received_at), *where])
        lines += [f"- {head}", "", fence(said), ""]
        for report in record.reporters(post):
            name, time = safe(record.name(report.by)), _at(record, report.at)
            said = _("Reported by {name}: {time}", name=name, time=time)
            lines += [f"  {said} “{safe(report.note)}”" if report.note else f"  {said}", ""]
    if len(record.posts) > POSTS:
        lines.append(_("{n} more stand in the JSON file.", n=number(len(record.posts) - POSTS)))
    return lines if record.posts else [*lines, _("None.")]


def _pinned(record: Record) -> list[str]:
    lines = [_heading(_("Messages put on the timeline")), ""]
    for pinned in record.pinned:
        by = _("put here by {name}", name=safe(record.name(pinned.pinned_by)))
        head = [_at(record, pinned.said_at), safe(record.name(pinned.author) or _("somebody")), by]
        if language := record.story.foreign(pinned):
            head.append(language)
        if pinned.off_at:
            name, time = safe(record.name(pinned.off_by)), _at(record, pinned.off_at)
            head.append(_("taken off by {name}: {time}", name=name, time=time))
        if pinned.edited:
            head.append(_("changed before it was put here"))
        if pinned.link:
            head.append(code(pinned.link))
        body = [_("It was deleted before it could be read.")] if pinned.gone else [fence(pinned.words)]
        lines += [f"- {' · '.join(head)}", "", *body, ""]
    return lines if record.pinned else [*lines, _("None.")]

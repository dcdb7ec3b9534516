"""The record of a crisis as a file: Markdown for people, JSON for machines.

The Markdown is in the asker's language and reads well as plain text; whatever somebody wrote stands in a fence or is
escaped, so that it cannot pretend to be part of the record. The JSON is described in `docs/export.schema.json`.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from json import dumps
from typing import Any
from zoneinfo import ZoneInfo

from bot.core.incident import stage_label
from bot.core.untrusted import plain
from bot.i18n import _, listing, number
from bot.models import (
    Approval,
    Here,
    Incident,
    Member,
    PinnedMessage,
    Promise,
    PromiseState,
    Publication,
    Report,
    Signal,
    Text,
    TextState,
    TimelineEntry,
    Version,
)
from bot.views.blocks import Message, cut, escape, section
from bot.views.happened import Story, sentence, shown_entries
from bot.views.words import audience_label, capital, foreign, kind_label, promise_label

FORMAT = "amends.crisis"
VERSION = 1
"""Raised when a key changes its meaning or goes; new keys may come at any time."""
POSTS = 2_000
"""Posts that the Markdown lists; the JSON has all."""


@dataclass(frozen=True, kw_only=True)
class Record:
    """Everything on record about a crisis, read in one go."""

    story: Story
    now: datetime
    members: Sequence[Member] = ()
    texts: Sequence[Text] = ()
    versions: Sequence[Version] = ()
    approvals: Sequence[Approval] = ()
    publications: Sequence[Publication] = ()
    promises: Sequence[Promise] = ()
    posts: Sequence[Signal] = ()
    reports: Sequence[Report] = ()
    """Which colleagues reported some of them."""
    unshown: Collection[str] = frozenset()
    """Posts of which the reader learns only that a colleague reported them."""
    channels: Mapping[str, str] = field(default_factory=dict)
    """Names of the front-line channels, by id."""
    pinned: Sequence[PinnedMessage] = ()

    @property
    def incident(self) -> Incident:
        return self.story.incident

    def name(self, user: str | None) -> str:
        return self.story.names.get(user or "", user or "")

    def version(self, id: str | None) -> Version | None:
        return next((version for version in self.versions if version.id == id), None)

    def posted(self, text: Text) -> list[Publication]:
        return sorted((p for p in self.publications if p.text == text.id), key=lambda p: (p.at, p.outlet))

    def yeses(self, version: Version) -> list[Approval]:
        return [approval for approval in self.approvals if approval.version == version.id]

    def reporters(self, post: Signal) -> list[Report]:
        return [report for report in self.reports if report.signal == post.id]

    def outlet(self, key: str) -> str:
        """Where words were posted: an outlet of the plan, or a front-line channel."""
        known = self.story.plan.outlets
        return known[key].label if key in known else self.channels.get(key, key)


@dataclass(frozen=True)
class ExportedFile:
    name: str
    title: str
    content: bytes


@dataclass(frozen=True)
class Exported:
    """What is sent: the files, and the line above them."""

    comment: str
    files: Sequence[ExportedFile] = field(default_factory=tuple)


def exported(markdown: str, json: str, incident: Incident, name: str) -> Exported:
    comment = _(
        "Here is the record of crisis {number}: to read (Markdown) and for machines (JSON). "
        "It holds what people wrote and who did what, so please share it with care.",
        number=incident.number,
    )
    files = (
        ExportedFile(f"{name}.md", _("Crisis {number}, to read", number=incident.number), markdown.encode()),
        ExportedFile(f"{name}.json", _("Crisis {number}, for machines", number=incident.number), json.encode()),
    )
    return Exported(comment, files)


def no_export(incident: Incident, why: str) -> Message:
    """To whoever asked: the files do not come, and who can mend it."""
    said = _(
        "Slack refuses the files of crisis {number} ({why}). Whoever runs me may have to install the app again from its "
        "manifest; then please type `export` once more.",
        number=incident.number,
        why=escape(why),
    )
    text = _("The files of crisis {number} could not be sent.", number=incident.number)
    return Message(text, [section(said)])


def file_name(incident: Incident, now: datetime) -> str:
    """Number and moment, and no title: names of files are shown in notifications."""
    return f"crisis-{incident.number}-{now:%Y%m%d-%H%M%S}"


# Making words harmless in Markdown

_MARKS = re.compile(r"([\\`*_\[\]<>|~&#])")


def safe(words: str, limit: int = 0) -> str:
    """Somebody's words on one line of Markdown: they cannot format, link or begin anything."""
    line = " ".join(plain(words).split())
    if limit and len(line) > limit:
        line = line[: limit - 1].rstrip() + "…"
    return _MARKS.sub(r"\\\1", line)


def fence(words: str) -> str:
    """Somebody's words, line by line as they wrote them, between marks longer than any of theirs."""
    said = plain(words)  # first: what is taken out may have kept marks apart
    marks = "`" * max(3, 1 + max((len(run) for run in re.findall(r"`+", said)), default=0))
    return f"{marks}text\n{said}\n{marks}"


def code(words: str) -> str:
    """An address or a hash as it is."""
    line = " ".join(plain(words).split())
    marks = "`" * (1 + max((len(run) for run in re.findall(r"`+", line)), default=0))
    pad = " " if line.startswith("`") or line.endswith("`") else ""
    return f"{marks}{pad}{line}{pad}{marks}"


def stamp(at: datetime, zone: str) -> str:
    """In UTC, and in the zone of the crisis; the day there only where it is another one."""
    there = at.astimezone(ZoneInfo(zone))
    day = f"{there:%Y-%m-%d} " if there.date() != at.date() else ""
    return f"{at:%Y-%m-%d %H:%M:%S} UTC ({day}{there:%H:%M} {there.tzname()})"


# Markdown


def markdown(record: Record) -> str:
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
        lines += [f"- {safe(what)}: {safe(reason)}" for what, reason in _closed_with(record)]
    return lines


def _closed_with(record: Record) -> Iterator[tuple[str, str]]:
    known: dict[str, str] = {text.id: kind_label(text.kind) for text in record.texts}
    known |= {promise.id: promise_label(promise) for promise in record.promises}
    for id, reason in record.incident.close_reasons.items():
        yield known.get(id, id), reason


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


# JSON


def json(record: Record) -> str:
    """The whole record for machines; keys are English and stay. Words stand in it as they are: nothing reads them as
    markup."""
    record = replace(record, story=replace(record.story, words=_as_said))
    said: dict[str, Any] = {
        "format": FORMAT,
        "version": VERSION,
        "exported_at": _iso(record.now),
        "crisis": _crisis(record),
        "people": [_member(record, member) for member in record.members],
        "texts": [_text(record, text) for text in record.texts],
        "promises": [_promise(record, promise) for promise in record.promises],
        "timeline": [_entry(record, entry) for entry in shown_entries(record.story)],
        "posts": [_post(record, post) for post in record.posts],
        "pinned": [_message(record, pinned) for pinned in record.pinned],
    }
    return dumps(said, ensure_ascii=False, indent=2) + "\n"


def _as_said(words: str, limit: int) -> str:
    return cut(" ".join(plain(words).split()), limit)


def _iso(at: datetime | None) -> str | None:
    return at.isoformat().replace("+00:00", "Z") if at else None


def _person(record: Record, user: str | None) -> Mapping[str, str] | None:
    return {"id": user, "name": record.name(user)} if user else None


def _crisis(record: Record) -> Mapping[str, Any]:
    incident = record.incident
    channel = {"id": incident.channel, "name": incident.channel_name} if incident.channel else None
    return {
        "number": incident.number,
        "title": incident.title,
        "context": incident.context,
        "situation": incident.situation,
        "severity": incident.severity,
        "stage": incident.stage.value,
        "closed_as": incident.closed_as.value if incident.closed_as else None,
        "merged_into": record.story.goes_on_in,
        "audience": incident.audience.value,
        "zone": incident.zone,
        "channel": channel,
        "declared_by": _person(record, incident.declared_by),
        "lead": _person(record, incident.lead),
        "first_mention_at": _iso(incident.first_mention_at),
        "first_seen_at": _iso(incident.first_seen_at),
        "opened_at": _iso(incident.opened_at),
        "contained_at": _iso(incident.contained_at),
        "resolved_at": _iso(incident.resolved_at),
        "closed_at": _iso(incident.closed_at),
        "closed_with": [{"what": what, "why": why} for what, why in _closed_with(record)],
    }


def _member(record: Record, member: Member) -> Mapping[str, Any]:
    return {
        "person": _person(record, member.user),
        "roles": list(member.roles),
        "state": member.state.value,
        "stands_in_for": _person(record, member.stands_in_for),
        "asked_at": _iso(member.asked_at),
        "answered_at": _iso(member.answered_at),
    }


def _text(record: Record, text: Text) -> Mapping[str, Any]:
    numbers: dict[str, int] = {version.id: version.number for version in record.versions}
    versions = [version for version in record.versions if version.text == text.id]
    return {
        "id": text.id,
        "kind": text.kind.value,
        "language": text.language,
        "state": text.state.value,
        "needs": list(text.needs),
        "current": numbers.get(text.current or ""),
        "created_at": _iso(text.created_at),
        "approved_at": _iso(text.approved_at),
        "published_at": _iso(text.published_at),
        "versions": [_version(record, version) for version in versions],
        "posted": [
            {
                "outlet": tick.outlet,
                "name": record.outlet(tick.outlet),
                "version": numbers[tick.version],
                "at": _iso(tick.at),
                "by": _person(record, tick.by),
                "link": tick.link,
            }
            for tick in record.posted(text)
        ],
    }


def _version(record: Record, version: Version) -> Mapping[str, Any]:
    return {
        "number": version.number,
        "body": version.body,
        "sha256": version.sha256,
        "origin": version.origin,
        "edited_by": _person(record, version.edited_by),
        "prompt": version.prompt,
        "prompt_version": version.prompt_version,
        "model": version.model,
        "created_at": _iso(version.created_at),
        "approvals": [
            {"role": yes.role, "by": _person(record, yes.by), "at": _iso(yes.at), "sha256": yes.sha256}
            for yes in record.yeses(version)
        ],
    }


def _promise(record: Record, promise: Promise) -> Mapping[str, Any]:
    return {
        "kind": promise.kind.value,
        "wording": promise.wording,
        "public": promise.public,
        "owner": _person(record, promise.owner),
        "started_at": _iso(promise.started_at),
        "due": _iso(promise.due),
        "state": promise.state.value,
        "kept_at": _iso(promise.kept_at),
        "settled_by": _person(record, promise.settled_by),
        "how": promise.how,
    }


def _entry(record: Record, entry: TimelineEntry) -> Mapping[str, Any]:
    said = sentence(record.story, entry)
    return {"at": _iso(entry.at), "kind": entry.kind, "by": _person(record, entry.by), "said": said}


def _post(record: Record, post: Signal) -> Mapping[str, Any]:
    if post.id in record.unshown:
        post = Signal.new(
            id=post.id,
            team=post.team,
            source=post.source,
            dedupe=post.dedupe,
            delivery=post.delivery,
            text=_("reported by a colleague"),
            received_at=post.received_at,
        )
    return {
        "source": post.source,
        "author": post.author,
        "channel": post.channel,
        "title": post.title,
        "text": post.text,
        "url": post.url,
        "reach": post.reach,
        "language": post.language,
        "recovery": post.recovery,
        "occurred_at": _iso(post.occurred_at),
        "received_at": _iso(post.received_at),
        "reported_by": [
            {"person": _person(record, report.by), "note": report.note, "at": _iso(report.at)}
            for report in record.reporters(post)
        ],
    }


def _message(record: Record, pinned: PinnedMessage) -> Mapping[str, Any]:
    return {
        "said_at": _iso(pinned.said_at),
        "author": _person(record, pinned.author or None),
        "words": pinned.words,
        "link": pinned.link,
        "edited": pinned.edited,
        "deleted": pinned.gone,
        "pinned_by": _person(record, pinned.pinned_by),
        "taken_off_by": _person(record, pinned.off_by),
        "taken_off_at": _iso(pinned.off_at),
    }

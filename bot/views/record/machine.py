"""The record for machines, as `docs/export.schema.json` describes it."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from json import dumps
from typing import Any

from bot.core.untrusted import plain
from bot.i18n import _
from bot.models import Member, PinnedMessage, Promise, Signal, Text, TimelineEntry, Version
from bot.views.blocks import cut
from bot.views.happened import sentence, shown_entries
from bot.views.record import Record

FORMAT = "amends.crisis"
VERSION = 1
"""Raised when a key changes its meaning or goes; new keys may come at any time."""


def written(record: Record) -> str:
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
        "closed_with": [{"what": what, "why": why} for what, why in record.closed_with()],
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

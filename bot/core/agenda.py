"""What one person has to do, and whom they wait for, across all crises they may see: the rows of their App Home."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Generic, TypeVar

from bot.core.incident import Scene, ready_to_post
from bot.core.promise import asked_for, wanted_by
from bot.models import LIVE, Alert, Handover, Here, Incident, Kind, Member, Promise, Text, TextState, UserId

T = TypeVar("T")

NEVER = datetime.max.replace(tzinfo=UTC)
"""What has no time comes last."""


class Verb(StrEnum):
    """What somebody is to do."""

    DECIDE = "decide"
    """Whether posts are a crisis."""
    COME = "come"
    """Say whether they are on it."""
    READ = "read"
    POST = "post"
    TAKE = "take"
    """Take a promise over."""
    RELIEVE = "relieve"
    """Take over somebody's whole part in a crisis, at the end of their shift."""
    KEEP = "keep"


@dataclass(frozen=True, kw_only=True)
class Item:
    """One row: one verb, what it is about, by when; of a row that others have, who they are."""

    verb: Verb
    by: datetime | None = None
    incident: Incident | None = None
    alert: Alert | None = None
    member: Member | None = None
    text: Text | None = None
    outlets: tuple[str, ...] = ()
    """Of a text to post: where."""
    promise: Promise | None = None
    handover: Handover | None = None
    who: tuple[UserId, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Agenda:
    """Each list by time, the soonest first."""

    asked: Sequence[Item] = ()
    owed: Sequence[Item] = ()
    waiting: Sequence[Item] = ()


@dataclass(frozen=True)
class Page(Generic[T]):
    """A part of a longer list."""

    rows: Sequence[T]
    number: int
    pages: int
    all: int

    @property
    def before(self) -> int | None:
        return self.number - 1 if self.number > 0 else None

    @property
    def after(self) -> int | None:
        return self.number + 1 if self.number + 1 < self.pages else None


def page_of(rows: Sequence[T], number: int, size: int) -> Page[T]:
    """This page of it; the last one, where the list has become shorter meanwhile."""
    pages = max(1, -(-len(rows) // size))
    number = min(max(number, 0), pages - 1)
    return Page(rows[number * size : (number + 1) * size], number, pages, len(rows))


def agenda(
    user: UserId,
    scenes: Iterable[Scene],
    *,
    alerts: Iterable[Alert] = (),
    offered: Mapping[str, tuple[Incident, Promise]] | None = None,
    handovers: Iterable[tuple[Incident, Handover]] = (),
) -> Agenda:
    """Everything in order. `scenes` are crises this person may see, `alerts` the open questions that were put to them,
    `offered` the promises and `handovers` the shifts somebody wants them to take over, whether or not they are in that
    crisis yet; also shifts of their own that nobody has taken."""
    asked = [Item(verb=Verb.DECIDE, by=alert.decide_by, alert=alert) for alert in alerts]
    asked += [
        Item(verb=Verb.TAKE, by=promise.due, incident=incident, promise=promise)
        for incident, promise in (offered or {}).values()
    ]
    owed: list[Item] = []
    waiting: list[Item] = []
    for incident, handover in handovers:
        item = Item(verb=Verb.RELIEVE, incident=incident, handover=handover, who=(handover.to,))
        (asked if handover.to == user else waiting).append(item)
    for scene in scenes:
        asked += _asked(user, scene)
        owed += _owed(user, scene)
        waiting += _waiting(user, scene)
    return Agenda(asked=_by_time(asked), owed=_by_time(owed), waiting=_by_time(waiting))


def _asked(user: UserId, scene: Scene) -> list[Item]:
    incident = scene.incident
    found = [
        Item(verb=Verb.COME, by=member.silent_at, incident=incident, member=member)
        for member in _not_answered(scene)
        if member.user == user
    ]
    for text in scene.texts:
        if text.state is TextState.WAITING and user in _readers(scene, text):
            found.append(_about(Verb.READ, scene, text))
        if (post := _to_post(scene, text)) and user in scene.posters.get(text.id, ()):
            found.append(post)
    return found


def _to_post(scene: Scene, text: Text) -> Item | None:
    """The row of a text that somebody is to post: everywhere, or where it does not stand yet."""
    if ready_to_post(text):
        return replace(_about(Verb.POST, scene, text), outlets=tuple(text.outlets))
    left = _left(scene, text)
    return Item(verb=Verb.POST, incident=scene.incident, text=text, outlets=left) if left else None


def _left(scene: Scene, text: Text) -> tuple[str, ...]:
    """Of words that are out already: where they are still to be posted. An outlet that has newer words by now needs
    these no more; only a reply is not made old by them."""
    if text.state is not TextState.PUBLISHED or text.kind is Kind.CALL_CENTRE_BRIEF or scene.incident.stage not in LIVE:
        return ()
    counts = {text.id}
    if text.kind is not Kind.REPLY and text.published_at is not None:
        counts |= {
            other.id
            for other in scene.texts
            if other.kind is not Kind.REPLY and other.published_at and other.published_at > text.published_at
        }
    there = {publication.outlet for publication in scene.publications if publication.text in counts}
    return tuple(outlet for outlet in text.outlets if outlet not in there)


def _owed(user: UserId, scene: Scene) -> list[Item]:
    return [
        Item(verb=Verb.KEEP, by=promise.due, incident=scene.incident, promise=promise)
        for promise in scene.promises
        if asked_for(promise, scene.incident, scene.members) == user
    ]


def _waiting(user: UserId, scene: Scene) -> list[Item]:
    """What others have that this person asked for; whoever leads waits for everything in their crisis."""
    leads = scene.incident.lead == user
    found: list[Item] = []
    for text in scene.texts:
        if not leads and user != (text.asked_by or scene.incident.declared_by):
            continue
        if text.state is TextState.WAITING and (others := _others(user, _readers(scene, text))):
            found.append(_about(Verb.READ, scene, text, who=others))
        posters = scene.posters.get(text.id, ())
        if (post := _to_post(scene, text)) and user not in posters and (others := _others(user, posters)):
            found.append(replace(post, who=others))
    if not leads:
        return found
    words = {item.text.id: item.text.keeps for item in found if item.text}
    for promise in scene.promises:
        owner = asked_for(promise, scene.incident, scene.members)
        told = promise.text in words or promise.id in words.values()  # its text says who has it
        if owner is not None and owner != user and not told:
            found.append(Item(verb=Verb.KEEP, by=promise.due, incident=scene.incident, promise=promise, who=(owner,)))
    silent = [member for member in _not_answered(scene) if member.user != user]
    if silent:
        who = tuple(member.user for member in silent)
        found.append(Item(verb=Verb.COME, by=_first(m.silent_at for m in silent), incident=scene.incident, who=who))
    return found


def _not_answered(scene: Scene) -> list[Member]:
    """Who was called for something and has not said whether they come, while that is still wanted."""
    if scene.incident.stage not in LIVE:
        return []
    unanswered = (Here.ASKED, Here.SILENT)
    return [m for m in scene.members if m.state in unanswered and (m.roles or m.stands_in_for)]


def _readers(scene: Scene, text: Text) -> list[UserId]:
    """Whose yes to the words as they are now is asked for."""
    asks = [ask for ask in scene.asks if ask.text == text.id and ask.version == text.current]
    return list(dict.fromkeys(ask.user for ask in asks if ask.settled_at is None))


def _about(verb: Verb, scene: Scene, text: Text, *, who: tuple[UserId, ...] = ()) -> Item:
    by = wanted_by(text, scene.promises)
    return Item(verb=verb, by=by, incident=scene.incident, text=text, who=who)


def _others(user: UserId, people: Iterable[UserId]) -> tuple[UserId, ...]:
    return tuple(other for other in people if other != user)


def _first(times: Iterable[datetime | None]) -> datetime | None:
    return min((time for time in times if time is not None), default=None)


def _by_time(items: Iterable[Item]) -> list[Item]:
    return sorted(items, key=lambda item: (item.by or NEVER, item.incident.number if item.incident else 0))

"""What a story put before people, and what the bot knew about it when the story ended."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import select

from bot.app import App
from bot.i18n import locale_of
from bot.models import Alert, Card, Effect, Incident, Person, Row, Signal
from bot.plan import Plan
from bot.practice.courier import Sent
from bot.practice.web_api import Call

JSON = dict[str, Any]
AnyRow = TypeVar("AnyRow", bound=Row)

SHOWN = ("chat.postMessage", "chat.update", "chat.postEphemeral", "views.open", "views.push", "views.update")
TOKEN = re.compile(r"<!date\^(\d+)\^[^|>]*\|([^>]*)>")
"""A time as Slack is told it, with its plain words."""


@dataclass(frozen=True)
class Screen:
    """Something that stood before people: a message, an ephemeral line, a modal."""

    how: str
    channel: str
    text: str | None
    """Of a message: what its notification says."""
    blocks: Sequence[JSON]
    in_thread: bool = False
    labels: Sequence[str] = ()
    """Of a form: its title and what closes it; and what was wrong with it."""
    effect: str | None = None
    """Of a new message: what it was sent for."""
    ts: str | None = None
    """Of an edit: which message."""

    @property
    def new(self) -> bool:
        """Slack tells people of new messages, and of nothing else."""
        return self.how == "chat.postMessage"

    @property
    def message(self) -> bool:
        return self.how in ("chat.postMessage", "chat.update")

    @property
    def buttons(self) -> list[JSON]:
        """What asks for a press; a link asks for nothing."""
        return [one for one in elements(self.blocks) if one["type"] == "button" and not one.get("url")]


@dataclass(frozen=True)
class Known:
    """Whose card was whose, which crisis is private, who reads what."""

    plan: Plan
    team: str
    effects: Mapping[str, Effect] = field(default_factory=dict)
    cards: Mapping[str, Card] = field(default_factory=dict)
    standing: Mapping[tuple[str | None, str | None], Card] = field(default_factory=dict)
    """By where a card stands in the end: channel and ts."""
    incidents: Mapping[str, Incident] = field(default_factory=dict)
    alerts: Mapping[str, Alert] = field(default_factory=dict)
    signals: Mapping[str, Signal] = field(default_factory=dict)
    people: Mapping[str, Person] = field(default_factory=dict)

    @classmethod
    async def by(cls, app: App) -> "Known":
        async with app.store.reading() as tx:
            cards = {row.id: row for row in await tx.all(select(Card))}
            return cls(
                plan=app.plan,
                team=app.installed.team,
                effects={row.id: row for row in await tx.all(select(Effect))},
                cards=cards,
                standing={(card.channel, card.ts): card for card in cards.values() if card.ts},
                incidents={row.id: row for row in await tx.all(select(Incident))},
                alerts={row.id: row for row in await tx.all(select(Alert))},
                signals={row.id: row for row in await tx.all(select(Signal))},
                people={row.user: row for row in await tx.all(select(Person))},
            )

    def sent_for(self, screen: Screen) -> Effect | None:
        return self.effects.get(screen.effect or "")

    def card(self, screen: Screen) -> Card | None:
        """Which card of ours a message shows."""
        if (effect := self.sent_for(screen)) is not None:
            return self.cards.get(str(effect.payload.get("card")))
        return self.standing.get((screen.channel, screen.ts)) if screen.ts else None

    def decided_at(self, screen: Screen) -> datetime | None:
        """When it was decided that this be told, by the story's clock."""
        effect = self.sent_for(screen)
        return effect.created_at if effect else None

    def locale(self, place: str) -> str:
        """In which locale whoever reads there reads us."""
        person = self.people.get(place)
        return locale_of(person.locale if person else None, self.plan.language)

    def names(self) -> list[str]:
        return [person.name for person in self.people.values()]


def goes_to_person(place: str) -> bool:
    return place.startswith(("U", "W", "D"))


def screens(calls: Sequence[Call], sent: Sequence[Sent]) -> Iterator[Screen]:
    """What the bot showed, by its own calls and in its acknowledgements."""
    for call in calls:
        arguments = call.arguments
        if call.method in SHOWN or call.method == "views.publish":
            view = _read(arguments.get("view")) or {}
            yield Screen(
                how=call.method,
                channel=str(arguments.get("channel", "")),
                text=arguments.get("text"),
                blocks=_read((view or arguments).get("blocks")) or [],
                in_thread=bool(arguments.get("thread_ts")),
                labels=_labels(view),
                effect=((_read(arguments.get("metadata")) or {}).get("event_payload") or {}).get("effect"),
                ts=arguments.get("ts"),
            )
        if call.method == "files.completeUploadExternal":
            yield Screen(call.method, str(arguments.get("channel_id", "")), arguments.get("initial_comment"), [])
    for one in sent:
        if one.acknowledged and one.answer_type == "application/json" and isinstance(said := one.answer(), dict):
            view = said.get("view") or {}
            blocks = view.get("blocks") or said.get("blocks") or []
            labels = [*_labels(view), *(said.get("errors") or {}).values()]
            yield Screen(f"answer to a {one.kind}", "", said.get("text"), blocks, labels=labels)


def _labels(view: JSON) -> list[str]:
    return [view[part]["text"] for part in ("title", "submit", "close") if view.get(part)]


def _read(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) else value


def elements(blocks: Iterable[JSON]) -> Iterator[JSON]:
    """Everything that can be pressed or chosen, in its order."""
    from bot.practice.blocks import elements_of

    for block in blocks:
        yield from (element for _place, element in elements_of(block))


def said_by_us(blocks: Any) -> Iterator[str]:
    """Our own words: neither quotes of strangers nor the exact texts, which stand in boxes of their own."""
    if isinstance(blocks, list | tuple):
        for one in blocks:
            yield from said_by_us(one)
    elif isinstance(blocks, dict) and blocks.get("type") != "rich_text":
        if blocks.get("type") in ("mrkdwn", "plain_text"):
            yield "\n".join(line for line in str(blocks["text"]).splitlines() if not line.startswith(("&gt;", ">")))
        else:
            yield from said_by_us([value for value in blocks.values() if isinstance(value, list | dict)])

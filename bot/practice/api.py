"""What every Web API method shares: its arguments, its channel, the bot's rights there."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from bot.practice.nouns import JSON, Account, Channel, Post
from bot.practice.refusal import SlackRefusal
from bot.practice.scopes import SCOPES, needed_in
from bot.practice.settings import PracticeSettings
from bot.practice.state import BOT_USER, State


def missing_scope(needed: frozenset[str], held: frozenset[str]) -> SlackRefusal:
    """The refusal that names what would have been enough."""
    return SlackRefusal("missing_scope", extra={"needed": ",".join(sorted(needed)), "provided": ",".join(sorted(held))})


class Arguments:
    """What the bot sent, from a form, a query or JSON: in forms, structures are JSON in a string and lists have commas."""

    def __init__(self, sent: Mapping[str, Any]) -> None:
        self.sent = dict(sent)

    def text(self, name: str) -> str | None:
        """A string, or None when it was left out."""
        value = self.sent.get(name)
        return None if value is None else str(value)

    def needed(self, name: str, error: str = "invalid_arguments") -> str:
        """A string that must be there and not empty."""
        if not (value := self.text(name)):
            raise SlackRefusal(error, f"[ERROR] missing required field: {name}")
        return value

    def flag(self, name: str, default: bool = False) -> bool:
        """A boolean in any of the ways in which it can be sent."""
        value = self.sent.get(name)
        return default if value is None else str(value).lower() in ("1", "true")

    def number(self, name: str, default: int) -> int:
        """A whole number."""
        try:
            return int(self.sent.get(name) or default)
        except ValueError:
            raise SlackRefusal("invalid_arguments", f"[ERROR] must provide a number: {name}") from None

    def many(self, name: str) -> list[str]:
        """A list, from an array or from words with commas."""
        value = self.sent.get(name) or []
        parts = value if isinstance(value, list) else str(value).split(",")
        return [str(part).strip() for part in parts if str(part).strip()]

    def structure(self, name: str, error: str) -> Any:
        """An object or array; None when it was left out; `error` when it is no JSON."""
        value = self.sent.get(name)
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value) if value else None
        except ValueError:
            raise SlackRefusal(error) from None


@dataclass
class Desk:
    """One call of the bot: the workspace, its settings, and which method it is."""

    state: State
    settings: PracticeSettings
    method: str

    def channel(self, named: str, *, member: bool = True) -> Channel:
        """The conversation the bot means, if it may see it; `member` asks that it is in it."""
        channel = self.state.channels.get(named)
        if channel is None or (channel.private and BOT_USER not in channel.members):
            raise SlackRefusal("channel_not_found")
        self.scope_for(channel.kind)
        if member and BOT_USER not in channel.members:
            raise SlackRefusal("not_in_channel")
        return channel

    def scope_for(self, kind: str) -> None:
        """Refuse when the token may not do this in that kind of conversation."""
        needed = needed_in(self.method, kind)
        if SCOPES[self.method] and not needed & self.settings.scopes:
            raise missing_scope(needed, self.settings.scopes)

    def person(self, named: str) -> Account:
        """Somebody by id."""
        if named not in self.state.people:
            raise SlackRefusal("user_not_found")
        return self.state.people[named]

    def post(self, channel: Channel, ts: str | None) -> Post:
        """A message in this channel."""
        if not ts or ts not in channel.posts:
            raise SlackRefusal("message_not_found")
        return channel.posts[ts]


Method: TypeAlias = Callable[[Desk, Arguments], JSON]
METHODS: dict[str, Method] = {}


def method(name: str) -> Callable[[Method], Method]:
    """Register what answers `POST /api/NAME`; it returns the answer without `ok`."""

    def register(answer: Method) -> Method:
        METHODS[name] = answer
        return answer

    return register


def page(things: list[Any], args: Arguments, *, default: int, most: int) -> tuple[list[Any], str]:
    """One page of a list, and the cursor of the next ("" at the end)."""
    limit = args.number("limit", default)
    if not 1 <= limit <= most:
        raise SlackRefusal("invalid_limit")
    cursor = args.text("cursor") or "next:0"
    start = cursor.removeprefix("next:")
    if not cursor.startswith("next:") or not start.isdigit():
        raise SlackRefusal("invalid_cursor")
    end = int(start) + limit
    return things[int(start) : end], f"next:{end}" if end < len(things) else ""

"""One browser window: who looks, at what, with which panels open. All of it stands in the address, so it can be shared."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self
from urllib.parse import urlencode

from bot.practice.nouns import Account, Channel
from bot.practice.state import State

APP = "dm"
"""How an address names the conversation with the app."""
PANELS = ("behind", "try")
THEMES = ("light", "dark")


@dataclass(frozen=True)
class Window:
    """`/?as=dana&in=crisis-1&thread=TS`; also `home=1`, `phone=1`, `behind=1`, `try=1`, `theme=dark`."""

    person: str
    """A user id."""
    place: str
    """A channel id; empty for the app's home."""
    thread: str | None = None
    home: bool = False
    panel: str | None = None
    phone: bool = False
    inner: bool = False
    """This is what stands inside the phone's frame."""
    theme: str | None = None

    @classmethod
    def of(cls, query: Mapping[str, str], state: State) -> Self:
        """What an address means; whatever it does not say, or says of things that are not there, is the usual."""
        account = _person(state, query.get("as", ""))
        home = query.get("home") == "1"
        channel = None if home else _channel(state, account, query.get("in", ""))
        return cls(
            person=account.id,
            place=channel.id if channel else "",
            thread=query.get("thread") or None if channel else None,
            home=home or channel is None,
            panel=next((panel for panel in PANELS if query.get(panel) == "1"), None),
            phone=query.get("phone") == "1",
            inner=query.get("inner") == "1",
            theme=theme if (theme := query.get("theme", "")) in THEMES else None,
        )

    def url(self, state: State, **changes: Any) -> str:
        """The address of this window, or of one that differs from it."""
        return "/?" + self.query(state, **changes)

    def query(self, state: State, **changes: Any) -> str:
        return urlencode(replace(self, **changes).said(state))

    def said(self, state: State) -> dict[str, str]:
        """What the address says, name by name."""
        said: dict[str, str] = {"as": state.people[self.person].name}
        if self.home:
            said["home"] = "1"
        elif channel := state.channels.get(self.place):
            said["in"] = name_of(channel)
            if self.thread:
                said["thread"] = self.thread
        if self.panel:
            said[self.panel] = "1"
        said |= {flag: "1" for flag in ("phone", "inner") if getattr(self, flag)}
        if self.theme:
            said["theme"] = self.theme
        return said


def name_of(channel: Channel) -> str:
    """How an address names a channel."""
    return {"im": APP, "mpim": channel.id}.get(channel.kind, channel.name)


def _person(state: State, name: str) -> Account:
    there = [one for one in state.people.values() if not one.is_bot]
    return next((one for one in there if name in (one.name, one.id)), there[0])


def _channel(state: State, account: Account, name: str) -> Channel | None:
    """The channel meant, if this person may read it; else the first of theirs where something was said."""
    if name == APP:
        return state.open_direct(account.id)
    meant = state.channels.get(name) or state.channel_named(name)
    if meant is not None and state.may_read(meant, account.id):
        return meant
    own = [one for one in state.channels.values() if account.id in one.members and not one.archived]
    return next(
        (one for one in own if one.name and any(not post.subtype for post in one.posts.values())), None
    ) or next(iter(own), None)

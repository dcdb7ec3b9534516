"""What a workspace consists of. Times are Slack's: `ts` strings in channels, epoch seconds elsewhere."""

from dataclasses import dataclass, field
from typing import Any, TypeAlias

JSON: TypeAlias = dict[str, Any]


@dataclass
class Account:
    """A person, or the bot's user."""

    id: str
    name: str
    real_name: str
    email: str
    tz: str
    locale: str
    admin: bool = False
    deleted: bool = False
    guest: bool = False
    title: str = ""
    is_bot: bool = False
    updated: int = 0

    @property
    def shown_as(self) -> str:
        """The display name: what a mention reads like, without Slack's `@`."""
        return self.real_name.split()[0]


@dataclass
class Post:
    """A message. `revisions` are its earlier blocks: a person whose screen is stale can still press what stood there."""

    ts: str
    channel: str
    author: str
    text: str
    blocks: list[JSON] = field(default_factory=list)
    metadata: JSON | None = None
    thread_ts: str | None = None
    subtype: str | None = None
    edited: str | None = None
    ephemeral_for: str | None = None
    reactions: dict[str, list[str]] = field(default_factory=dict)
    revisions: list[list[JSON]] = field(default_factory=list)
    files: list[JSON] = field(default_factory=list)  # id, name, title, mimetype, size, url_private


@dataclass
class Words:
    """A topic or a purpose."""

    value: str = ""
    creator: str = ""
    last_set: int = 0


@dataclass
class Channel:
    """A conversation. `kind` is Slack's: "channel" (public), "group" (private), "im" or "mpim"."""

    id: str
    name: str
    kind: str
    creator: str
    created: int
    members: list[str]
    topic: Words = field(default_factory=Words)
    purpose: Words = field(default_factory=Words)
    archived: bool = False
    previous_names: list[str] = field(default_factory=list)
    posts: dict[str, Post] = field(default_factory=dict)  # by ts, oldest first
    pins: dict[str, JSON] = field(default_factory=dict)  # by the ts of what is pinned
    bookmarks: dict[str, JSON] = field(default_factory=dict)  # by id

    @property
    def private(self) -> bool:
        return self.kind != "channel"

    def thread(self, parent: str) -> list[Post]:
        """The replies below a message, oldest first."""
        return [post for post in self.posts.values() if post.thread_ts == parent and post.ts != parent]


@dataclass
class File:
    """Something the bot uploads: announced, then sent, then shared."""

    id: str
    name: str
    length: int
    token: str  # of the address it is sent to
    title: str = ""
    content: bytes | None = None
    shared: bool = False


@dataclass
class Group:
    """A user group."""

    id: str
    handle: str
    members: list[str]


@dataclass
class View:
    """A modal or home as one person has it open. `values` is its state by block and action, `errors` by block.

    `revisions` are its earlier blocks: a person whose screen is stale can still press what stood there.
    """

    id: str
    root_id: str
    previous_id: str | None
    person: str
    body: JSON
    hash: str
    values: dict[str, dict[str, JSON]]
    errors: dict[str, str] = field(default_factory=dict)
    revisions: list[list[JSON]] = field(default_factory=list)

    @property
    def kind(self) -> str:
        return str(self.body["type"])

    @property
    def blocks(self) -> list[JSON]:
        blocks: list[JSON] = self.body["blocks"]
        return blocks


@dataclass
class Trigger:
    """The right to open one view for this person, for three seconds."""

    person: str
    born: float
    view: str | None = None  # pressed inside this view
    used: bool = False


@dataclass
class ResponseUrl:
    """The right to answer five times within thirty minutes."""

    person: str
    channel: str
    born: float
    message: str | None = None  # the ts of the message whose button was pressed
    uses: int = 0


@dataclass(frozen=True)
class Notice:
    """What made somebody's phone buzz, and the words on its screen."""

    person: str
    channel: str
    ts: str
    text: str
    reason: str  # "dm", "mention" or "thread"

"""What stands on one window's screen, part by part: each part is a piece of HTML that is sent again when it changed."""

from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import urlencode, urlsplit
from zlib import crc32
from zoneinfo import ZoneInfo

from markupsafe import Markup

from bot.practice import mrkdwn
from bot.practice.forms import values_of
from bot.practice.gestures import Gestures
from bot.practice.nouns import JSON, Account, Channel, Post, View
from bot.practice.page import markup
from bot.practice.page.markup import Eyes
from bot.practice.page.reads import Reads
from bot.practice.page.scenes import Scenes
from bot.practice.page.surface import TEMPLATES, Surface
from bot.practice.page.window import Window
from bot.practice.page.wire import Row, Wire
from bot.practice.settings import PracticeSettings
from bot.practice.state import BOT_USER, State

TOGETHER = 5 * 60
"""Seconds within which messages of one author stand together."""
HUES = 8
KEPT = 5000
"""Messages and requests, as drawn for one window, that are kept."""
JOINED = ("channel_join", "group_join", "channel_leave", "group_leave")

Items = list[tuple[str, str]]
"""A list's items by key, in their order."""


@dataclass(frozen=True)
class Workspace:
    """All that a screen is drawn from."""

    state: State
    settings: PracticeSettings
    gestures: Gestures
    reads: Reads
    wire: Wire
    scenes: Scenes
    drawn: dict[Hashable, str] = field(default_factory=dict)
    """What was drawn before, by all that it depends on: a change draws what changed, for however many windows."""

    def kept(self, key: Hashable, draw: Callable[[], str]) -> str:
        """The same as last time, or drawn now."""
        if len(self.drawn) > KEPT:
            self.drawn.clear()
        if key not in self.drawn:
            self.drawn[key] = draw()
        return self.drawn[key]


def initials(name: str) -> str:
    """One or two letters for a face."""
    return "".join(word[0] for word in name.split()[:2]).upper()


def hue(who: str) -> int:
    """Which of the page's colours somebody has."""
    return crc32(who.encode()) % HUES


class Screen:
    """One window as it is now."""

    def __init__(self, workspace: Workspace, window: Window, left_off: str = "") -> None:
        self.workspace, self.window, self.state = workspace, window, workspace.state
        self.left_off = left_off
        """The last message that was read here before this window opened: the line "New" stands behind it."""
        self.me = self.state.people[window.person]
        self.channel = self.state.channels.get(window.place)
        self.zone = ZoneInfo(self.me.tz)
        self.eyes = Eyes(
            reader=self.state.reader(self.me.id),
            person=self.me.id,
            groups=frozenset(one.id for one in self.state.groups.values() if self.me.id in one.members),
            place=self._place,
            host=f"{self.state.world.team_name.lower()}.slack.example",
        )
        self._people = sorted(
            ((one.id, one.real_name) for one in self.state.people.values() if not one.is_bot and not one.deleted),
            key=lambda one: one[1],
        )
        self._channels = sorted(
            ((one.id, f"#{one.name}") for one in self.state.channels.values() if one.name and self._readable(one)),
            key=lambda one: one[1],
        )

    # Where things are

    def url(self, **changes: Any) -> str:
        return self.window.url(self.state, **changes)

    def _place(self, channel: str, ts: str | None) -> str:
        where = self.url(place=channel, thread=None, home=False)
        if not ts:
            return where
        post = self.state.find(channel, ts)
        if post and post.thread_ts and post.thread_ts != ts:
            where = self.url(place=channel, thread=post.thread_ts, home=False)
        return f"{where}#m-{ts}"

    def _readable(self, channel: Channel) -> bool:
        return self.state.may_read(channel, self.me.id)

    def title_of(self, channel: Channel) -> str:
        """What a conversation is called on the screen."""
        if channel.kind == "im":
            return "Amends"
        if channel.kind == "mpim":
            others = [self.state.people[one].shown_as for one in channel.members if one not in (self.me.id, BOT_USER)]
            return ", ".join(["Amends", *others])
        return channel.name

    # The whole

    def page(self) -> str:
        """The page as it is loaded; afterwards only what changes is sent."""
        return self.draw("page.html", parts=self.parts(), lists=self.lists())

    def draw(self, template: str, **more: Any) -> str:
        """A template with everything it may ask for."""
        return TEMPLATES.get_template(template).render(
            screen=self, window=self.window, me=self.me, channel=self.channel, settings=self.workspace.settings, **more
        )

    def parts(self) -> dict[str, Markup]:
        """Each part of the screen by the id of its place on the page."""
        names = ["called"]
        if not self.window.phone:  # the phone in its frame is a page of its own
            names += ["side", "state", "head", "foot", "modals", *(["home"] if self.window.home else [])]
            names += ["thread-head", "thread-foot"] if self.thread else []
        if self.window.panel == "try":
            names.append("try")
        return {name: Markup(self.draw(f"{name}.html")) for name in names}  # noqa: S704 - drawn with autoescape

    def lists(self) -> dict[str, Items]:
        """The lists of the screen, item by item."""
        lists: dict[str, Items] = {}
        channel = None if self.window.phone else self.channel
        if channel:
            lists["messages"] = self._items([post for post in self._posts() if not self._is_reply(post)])
        if channel and (parent := self.thread):
            lists["replies"] = self._items([parent, *(post for post in self._posts() if self._in_thread(post))], "t-")
        if self.window.panel == "behind":
            rows = self.workspace.wire.rows(self.me.tz)
            lists["requests"] = [(row.key, self._request(row)) for row in rows]
        return lists

    def _request(self, row: Row) -> str:
        return self.workspace.kept(row, lambda: self.draw("request.html", row=row))

    def calls(self) -> list[tuple[str, str]]:
        """What called for this person outside of what they are looking at: an id, and the sentence to say."""
        if self.window.phone:
            return []
        return [
            (notice.ts, f"{self.title_of(self.state.channels[notice.channel])}: {notice.text}")
            for notice in self.state.notices
            if notice.person == self.me.id and notice.channel != self.window.place
        ]

    # Messages

    @property
    def thread(self) -> Post | None:
        """The message whose replies are open."""
        return self.channel.posts.get(self.window.thread) if self.channel and self.window.thread else None

    def _posts(self) -> list[Post]:
        return self.state.visible(self.channel, self.me.id) if self.channel else []

    def _is_reply(self, post: Post) -> bool:
        return post.thread_ts is not None and post.thread_ts != post.ts

    def _in_thread(self, post: Post) -> bool:
        return post.thread_ts == self.window.thread and post.ts != self.window.thread

    def _items(self, posts: list[Post], prefix: str = "") -> Items:
        items: Items = []
        before: Post | None = None
        day: date | None = None
        waiting = not prefix and bool(self.left_off)
        for post in posts:
            at = self.at(post.ts)
            if at.date() != day and not prefix:
                day, before = at.date(), None
                items.append((f"day-{day}", self.draw("day.html", words=self._day_words(at), key=f"day-{day}")))
            if waiting and post.ts > self.left_off and post.author != self.me.id and not post.subtype:
                waiting, before = False, None
                items.append(("new", self.draw("new.html")))
            items.append((f"{prefix}m-{post.ts}", self._message(post, before, prefix)))
            before = post
        return items

    def _day_words(self, at: datetime) -> str:
        token = f"!date^{int(at.timestamp())}^{{day_divider_pretty}}|{at:%d %B}"
        words = mrkdwn.date_words(token, self.eyes.reader)
        return words[:1].upper() + words[1:]

    def _message(self, post: Post, before: Post | None, prefix: str) -> str:
        together = (
            before is not None
            and (before.author, before.subtype, before.ephemeral_for) == (post.author, post.subtype, post.ephemeral_for)
            and float(post.ts) - float(before.ts) < TOGETHER
        )
        replies = [] if prefix else (self.channel.thread(post.ts) if self.channel else [])
        pinned = bool(self.channel and post.ts in self.channel.pins)
        touched = self.workspace.gestures.touched.get((self.me.id, post.ts))
        depends_on = (
            (self.window, prefix, post.ts, post.edited, together, pinned, tuple(reply.ts for reply in replies)),
            (repr(post.reactions), repr(touched), repr(post.files)),
            (len(self.eyes.reader.channels), datetime.fromtimestamp(self.state.clock(), self.zone).date()),
        )
        return self.workspace.kept(depends_on, lambda: self._drawn(post, prefix, together, pinned, replies))

    def _drawn(self, post: Post, prefix: str, together: bool, pinned: bool, replies: list[Post]) -> str:
        name = "Amends" if post.author == BOT_USER else self.eyes.reader.people.get(post.author, post.author)
        return self.draw(
            "message.html",
            post=post,
            key=f"{prefix}m-{post.ts}",
            name=name,
            is_app=post.author == BOT_USER,
            together=together,
            surface=self.surface(post, prefix) if post.blocks else None,
            text=self._text_of(post),
            said=f"{name}: {mrkdwn.plain(post.text, self.eyes.reader) or mrkdwn.shown(post.blocks, self.eyes.reader)}",
            reactions=list(self._reactions(post)),
            replies=replies,
            pinned=pinned,
            files=[{**one, "address": self._address(one)} for one in post.files],
            thread_url=self.url(thread=post.thread_ts or post.ts),
        )

    def _address(self, file: JSON) -> str:
        """Where this window's person gets a file; only from here."""
        url = urlsplit(str(file.get("url_private") or ""))
        return f"{url.path}?{urlencode({'as': self.me.name})}" if url.path.startswith("/files-pri/") else ""

    def _text_of(self, post: Post) -> Markup:
        if post.subtype in JOINED:
            return markup.html(post.text.removeprefix(f"<@{post.author}> "), self.eyes)
        return markup.html(post.text, self.eyes)

    def _reactions(self, post: Post) -> Iterator[JSON]:
        for name, users in post.reactions.items():
            yield {
                "name": name,
                "sign": markup.with_emoji(f":{name}:"),
                "count": len(users),
                "own": self.me.id in users,
                "who": ", ".join(self._name(user) for user in users),
            }

    def _name(self, user: str) -> str:
        return "You" if user == self.me.id else self.eyes.reader.people.get(user, user)

    def surface(self, post: Post, prefix: str = "") -> Surface:
        """The blocks of a message."""
        touched = self.workspace.gestures.touched.get((self.me.id, post.ts))
        return self._surface(
            f"{prefix}m-{post.ts}",
            {"channel": post.channel, "ts": post.ts},
            post.blocks,
            values=values_of(post.blocks, touched),
        )

    def view_surface(self, view: View) -> Surface:
        """The blocks of a modal or of the home."""
        level = 3 if view.kind == "modal" else 2
        place = {"view": view.id}
        return self._surface(view.id, place, view.blocks, values=view.values, errors=view.errors, level=level)

    def _surface(self, key: str, place: JSON, blocks: list[JSON], **more: Any) -> Surface:
        return Surface(key, place, blocks, self.eyes, self._people, self._channels, **more)

    def bare(self, text: JSON | None) -> str:
        return markup.bare(text, self.eyes)

    # Times

    def at(self, ts: str) -> datetime:
        return datetime.fromtimestamp(float(ts), UTC).astimezone(self.zone)

    def clock(self, ts: str) -> str:
        return mrkdwn.date_words(f"!date^{int(float(ts))}^{{time}}|", self.eyes.reader)

    def long_time(self, ts: str) -> str:
        return mrkdwn.date_words(f"!date^{int(float(ts))}^{{date_long}}, {{time_secs}}|", self.eyes.reader)

    # Round about

    @property
    def modals(self) -> list[View]:
        return self.state.modals.get(self.me.id) or []

    @property
    def home(self) -> View | None:
        return self.state.homes.get(self.me.id)

    @property
    def bot_is_away(self) -> bool:
        return self.workspace.wire.bot_is_away()

    @property
    def scenes(self) -> Scenes:
        return self.workspace.scenes

    def own_channels(self) -> list[Channel]:
        """The channels this person is in, by name."""
        return self._sorted(lambda one: self.me.id in one.members and one.kind in ("channel", "group"))

    def other_channels(self) -> list[Channel]:
        """Public channels they could look into."""
        return self._sorted(lambda one: self.me.id not in one.members and one.kind == "channel" and self._readable(one))

    def group_talks(self) -> list[Channel]:
        """Conversations with the app and others."""
        return self._sorted(lambda one: one.kind == "mpim" and self.me.id in one.members)

    def _sorted(self, wanted: Any) -> list[Channel]:
        there = [
            one for one in self.state.channels.values() if wanted(one) and (not one.archived or one is self.channel)
        ]
        return sorted(there, key=lambda one: one.name)

    def unread(self, channel: Channel | None) -> Any:
        return self.workspace.reads.unread(self.state, self.me.id, channel) if channel else None

    @property
    def direct(self) -> Channel | None:
        return self.state.direct(self.me.id)

    def people(self) -> list[JSON]:
        """Everybody one can be, and how often each was called without having looked."""
        return [self._as(account) for account in self.state.people.values() if not account.is_bot]

    def _as(self, account: Account) -> JSON:
        calls, where = self.workspace.reads.calls(self.state, account.id)
        return {
            "account": account,
            "calls": calls,
            "url": self.url(**self.looking_as(account, where)),
            "initials": initials(account.real_name),
            "hue": hue(account.id),
        }

    def looking_as(self, account: Account, where: str) -> JSON:
        """The changes that turn this window into somebody else's: where they were called, else where it is now."""
        channel = self.state.channels.get(where or self.window.place)
        if channel is not None and channel.kind == "im":
            channel = self.state.open_direct(account.id)
        there = channel.id if channel and self.state.may_read(channel, account.id) else ""
        return {"person": account.id, "place": there, "thread": None, "home": channel is None}

    def face(self, user: str) -> JSON:
        account = self.state.people.get(user)
        return {"initials": initials(account.real_name if account else "?"), "hue": hue(user), "app": user == BOT_USER}

    def names(self, members: list[str]) -> list[Account]:
        return [self.state.people[one] for one in members if one in self.state.people]

    def pins(self) -> list[JSON]:
        """What is pinned, the latest first: a line of it and where it stands."""
        channel = self.channel
        if channel is None:
            return []
        pinned = [channel.posts[ts] for ts in reversed(channel.pins) if ts in channel.posts]
        return [
            {
                "ts": post.ts,
                "url": self._place(channel.id, post.ts),
                "words": mrkdwn.plain(post.text, self.eyes.reader)[:140] or "A message",
                "who": "Amends" if post.author == BOT_USER else self._name(post.author),
            }
            for post in pinned
        ]

    def bookmarks(self) -> list[JSON]:
        """The links below the channel's name."""
        marks = self.channel.bookmarks.values() if self.channel else ()
        return [
            {
                "id": mark["id"],
                "title": mark["title"],
                "url": markup.link_target(mark["link"], self.eyes),
                "sign": markup.with_emoji(str(mark.get("emoji") or "")),
                "host": urlsplit(mark["link"]).hostname,
            }
            for mark in marks
        ]

    def words_of_command(self) -> list[str]:
        """What may follow the command, from its usage hint."""
        return [word for part in self.workspace.settings.usage_hint.split("|") if (word := part.strip())]

    def shortcuts(self) -> list[JSON]:
        """The message shortcuts that the app brought along."""
        return [one for one in getattr(self.workspace.settings, "shortcuts", []) if one.get("type") == "message"]

    def may_write(self) -> bool:
        """Whether this person can send something here."""
        channel = self.channel
        if channel is None or channel.archived or self.me.deleted or self.me.id not in channel.members:
            return False
        return not (channel.kind == "im" and self.workspace.settings.dm_read_only)

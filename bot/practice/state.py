"""The workspace itself: what has happened in it, and the few ways in which that changes. It knows no HTTP."""

import asyncio
import dataclasses
import secrets
from collections.abc import Callable, Sequence
from typing import Any

from bot.practice import mrkdwn
from bot.practice.forms import values_of, with_ids
from bot.practice.nouns import JSON, Account, Channel, File, Group, Notice, Post, ResponseUrl, Trigger, View, Words
from bot.practice.refusal import SlackRefusal
from bot.practice.world import BOT, World

BOT_USER = "U0AMENDS"
BOT_ID = "B0AMENDS"
APP_ID = "A0AMENDS"
TRIGGER_SECONDS = 3.0


class Pulse:
    """Beats whenever something happened, so that watchers wait instead of asking again and again."""

    def __init__(self) -> None:
        self.beat = 0
        self.over = False
        self._next = asyncio.Event()

    def tick(self) -> None:
        self.beat += 1
        self._next.set()
        self._next = asyncio.Event()

    def stop(self) -> None:
        """The last beat: whoever watches goes home, so that a server can end."""
        self.over = True
        self.tick()

    async def after(self, beat: int, seconds: float) -> int:
        """Wait until there was a beat after this one, or the time is up; the current beat."""
        try:
            async with asyncio.timeout(seconds):
                while self.beat <= beat:
                    await self._next.wait()
        except TimeoutError:
            pass
        return self.beat


def _new_id(letter: str) -> str:
    return letter + secrets.token_hex(5).upper()


class State:
    """People, channels, messages, open views, and the short-lived rights Slack hands out with an interaction."""

    def __init__(self, world: World, clock: Callable[[], float]) -> None:
        self.world = world
        self.clock = clock
        self.pulse = Pulse()
        self.people = {seed.id: Account(**dataclasses.asdict(seed)) for seed in world.people}
        self.people[BOT_USER] = Account(BOT_USER, "amends", "Amends", "", "UTC", "en-GB", is_bot=True)
        self.groups = {seed.id: Group(seed.id, seed.handle, list(seed.members)) for seed in world.groups}
        self.channels: dict[str, Channel] = {}
        for seed in world.channels:
            members = [BOT_USER if member == BOT else member for member in seed.members]
            kind = "group" if seed.private else "channel"
            self.channels[seed.id] = Channel(seed.id, seed.name, kind, "UMAX", int(clock()), members)
        self.ephemerals: list[Post] = []
        self.modals: dict[str, list[View]] = {}  # by person, the topmost last
        self.homes: dict[str, View] = {}
        self.triggers: dict[str, Trigger] = {}
        self.response_urls: dict[str, ResponseUrl] = {}
        self.tickets: set[str] = set()  # each lets one connection of the app in
        self.notices: list[Notice] = []
        self.files: dict[str, File] = {}
        self.happened: Callable[[str, JSON], None] = lambda _name, _event: None  # the deliveries listen here
        self._last_ts = 0

    # Time and names

    def next_ts(self) -> str:
        """A message timestamp: microseconds, never the same twice."""
        self._last_ts = max(self._last_ts + 1, int(self.clock() * 1_000_000))
        return f"{self._last_ts // 1_000_000}.{self._last_ts % 1_000_000:06d}"

    def find_person(self, name: str) -> Account | None:
        """By id, user name or display name."""
        return next((one for one in self.people.values() if name in (one.id, one.name, one.shown_as)), None)

    def person(self, name: str) -> Account:
        """The same, for somebody who must be there."""
        if (account := self.find_person(name)) is None:
            raise KeyError(f"Nobody is called {name}")
        return account

    def channel_named(self, name: str) -> Channel | None:
        """A public or private channel by `name` or `#name`, archived ones too: they keep their names."""
        wanted = name.removeprefix("#")
        return next(
            (one for one in self.channels.values() if one.name == wanted and one.kind in ("channel", "group")), None
        )

    def reader(self, person: str | None) -> mrkdwn.Reader:
        """How this person reads; None is an observer in UTC."""
        account = self.people.get(person or "")
        hidden = {
            one.id for one in self.channels.values() if one.private and person is not None and person not in one.members
        }
        return mrkdwn.Reader(
            tz=account.tz if account else "UTC",
            locale=account.locale if account else "en-GB",
            now=self.clock(),
            people={one.id: one.shown_as for one in self.people.values()},
            channels={one.id: one.name for one in self.channels.values() if one.id not in hidden},
            groups={one.id: one.handle for one in self.groups.values()},
        )

    # Conversations

    def add_channel(self, name: str, kind: str, creator: str, members: Sequence[str]) -> Channel:
        prefix = {"im": "D", "mpim": "G"}.get(kind, "C")
        channel = Channel(_new_id(prefix), name, kind, creator, int(self.clock()), list(members))
        self.channels[channel.id] = channel
        self.pulse.tick()
        return channel

    def direct(self, *people: str) -> Channel | None:
        """The bot's conversation with exactly these people, if they ever had one."""
        wanted = {BOT_USER, *people}
        return next(
            (one for one in self.channels.values() if one.kind in ("im", "mpim") and set(one.members) == wanted), None
        )

    def open_direct(self, *people: str) -> Channel:
        """The bot's conversation with these people, made when it is not there yet."""
        kind = "im" if len(people) == 1 else "mpim"
        name = "" if kind == "im" else "mpdm-" + "--".join(self.people[person].name for person in people) + "-1"
        return self.direct(*people) or self.add_channel(name, kind, BOT_USER, [BOT_USER, *people])

    def join(self, channel: Channel, person: str, inviter: str | None) -> None:
        """Put somebody in; Slack says so in the channel and tells the app."""
        channel.members.append(person)
        self.note(
            channel,
            "channel_join" if not channel.private else "group_join",
            person,
            f"<@{person}> has joined the channel",
        )
        event: JSON = {"user": person, "channel": channel.id, "channel_type": "G" if channel.private else "C"}
        event |= {"team": self.world.team, **({"inviter": inviter} if inviter else {})}
        self.happened("member_joined_channel", event)

    def leave(self, channel: Channel, person: str) -> None:
        """Somebody goes."""
        channel.members.remove(person)
        self.note(channel, "channel_leave", person, f"<@{person}> has left the channel")
        event: JSON = {"user": person, "channel": channel.id, "channel_type": "G" if channel.private else "C"}
        self.happened("member_left_channel", event | {"team": self.world.team})

    def note(self, channel: Channel, subtype: str, author: str, text: str) -> None:
        """One of the lines Slack itself writes into a channel: who joined, the new topic."""
        post = Post(self.next_ts(), channel.id, author, text, subtype=subtype)
        channel.posts[post.ts] = post
        self._tell(channel, self._message_event(channel, post) | {"subtype": subtype})
        self.pulse.tick()

    def set_words(self, channel: Channel, which: str, value: str, author: str) -> None:
        """A new topic or purpose, and the line that says so."""
        setattr(channel, which, Words(value, author, int(self.clock())))
        self.note(
            channel, f"{'group' if channel.private else 'channel'}_{which}", author, f"set the channel {which}: {value}"
        )

    # Messages

    def post(self, channel: Channel, author: str, text: str, blocks: Sequence[JSON] = (), **more: Any) -> Post:
        """A new message in a channel; whoever it concerns is notified, and the app hears of it."""
        post = Post(self.next_ts(), channel.id, author, text, with_ids(blocks), **more)
        channel.posts[post.ts] = post
        self._notify(channel, post)
        self._tell(channel, self._message_event(channel, post))
        if author != BOT_USER and BOT_USER in mrkdwn.mentions(text):
            self.happened("app_mention", self._message_event(channel, post))
        self.pulse.tick()
        return post

    def whisper(
        self, channel: str, person: str, text: str, blocks: Sequence[JSON] = (), thread_ts: str | None = None
    ) -> Post:
        """A line only this person sees, until they reload."""
        post = Post(
            self.next_ts(), channel, BOT_USER, text, with_ids(blocks), thread_ts=thread_ts, ephemeral_for=person
        )
        self.ephemerals.append(post)
        self.pulse.tick()
        return post

    def edit(self, post: Post, text: str | None, blocks: Sequence[JSON] | None, metadata: JSON | None) -> None:
        """Change a message in place. None keeps what was there, as Slack does; nobody is notified."""
        post.revisions.append(post.blocks)
        post.text = post.text if text is None else text
        post.blocks = post.blocks if blocks is None else with_ids(blocks)
        post.metadata = post.metadata if metadata is None else metadata
        post.edited = self.next_ts()
        if not post.ephemeral_for:
            channel = self.channels[post.channel]
            event = {"subtype": "message_changed", "hidden": True, "message": self._message_event(channel, post)}
            self._tell(channel, event | {"channel": channel.id, "channel_type": channel.kind, "ts": post.edited})
        self.pulse.tick()

    def delete(self, channel: Channel, post: Post) -> None:
        """Take a message away, and its pin."""
        del channel.posts[post.ts]
        channel.pins.pop(post.ts, None)
        event: JSON = {"subtype": "message_deleted", "hidden": True, "deleted_ts": post.ts, "channel": channel.id}
        self._tell(channel, event | {"channel_type": channel.kind, "ts": self.next_ts()})
        self.pulse.tick()

    def react(self, post: Post, person: str, name: str) -> None:
        """An emoji of theirs on a message; the app hears of its own ones too."""
        post.reactions.setdefault(name, []).append(person)
        self._reacted("reaction_added", post, person, name)

    def unreact(self, post: Post, person: str, name: str) -> None:
        """It is taken off again."""
        post.reactions[name].remove(person)
        if not post.reactions[name]:
            del post.reactions[name]
        self._reacted("reaction_removed", post, person, name)

    def _reacted(self, event: str, post: Post, person: str, name: str) -> None:
        item = {"type": "message", "channel": post.channel, "ts": post.ts}
        self.happened(event, {"user": person, "reaction": name, "item_user": post.author, "item": item})
        self.pulse.tick()

    def _tell(self, channel: Channel, event: JSON) -> None:
        """A message event, under the name one subscribes to for this kind of channel."""
        kind = {"channel": "channels", "group": "groups"}.get(channel.kind, channel.kind)
        self.happened(f"message.{kind}", event)

    def find(self, channel: str, ts: str) -> Post | None:
        """A message or an ephemeral line."""
        place = self.channels.get(channel)
        if place and ts in place.posts:
            return place.posts[ts]
        return next((post for post in self.ephemerals if (post.channel, post.ts) == (channel, ts)), None)

    def visible(self, channel: Channel, person: str | None) -> list[Post]:
        """What this person sees there, oldest first; None sees every message and no ephemeral line."""
        whispers = [post for post in self.ephemerals if post.channel == channel.id and post.ephemeral_for == person]
        return sorted([*channel.posts.values(), *whispers], key=lambda post: post.ts)

    def may_read(self, channel: Channel, person: str) -> bool:
        """Members read; anybody but a guest reads a public channel."""
        return person in channel.members or (not channel.private and not self.people[person].guest)

    def _message_event(self, channel: Channel, post: Post) -> JSON:
        kind = channel.kind
        event: JSON = {
            "channel": channel.id,
            "user": post.author,
            "text": post.text,
            "ts": post.ts,
            "channel_type": kind,
        }
        event |= {"team": self.world.team, "blocks": post.blocks, "event_ts": post.ts}
        if post.author == BOT_USER:
            event["bot_id"] = BOT_ID
        if post.thread_ts:
            event["thread_ts"] = post.thread_ts
        return event

    def _notify(self, channel: Channel, post: Post) -> None:
        # Whether mentions in `text` still ping when there are blocks is unverified: we count both, to be safe.
        pinged = mrkdwn.mentions(post.text) | mrkdwn.block_mentions(post.blocks)
        for group in self.groups.values():
            if f"!subteam^{group.id}" in pinged:
                pinged.update(group.members)
        everyone = bool(pinged & {"!channel", "!here", "!everyone"})
        parent = channel.posts.get(post.thread_ts or "")
        followers = {reply.author for reply in channel.thread(parent.ts)} | {parent.author} if parent else set()
        for person in channel.members:
            if person in (post.author, BOT_USER):
                continue
            reason = "dm" if channel.kind in ("im", "mpim") else "mention" if everyone or person in pinged else None
            reason = reason or ("thread" if person in followers else None)
            if reason:
                words = mrkdwn.plain(post.text, self.reader(person)) or mrkdwn.shown(post.blocks, self.reader(person))
                self.notices.append(Notice(person, channel.id, post.ts, words, reason))

    # Views

    def new_trigger(self, person: str, view: str | None = None) -> str:
        trigger = f"{len(self.triggers) + 1}.{int(self.clock())}.{secrets.token_hex(16)}"
        self.triggers[trigger] = Trigger(person, self.clock(), view)
        return trigger

    def use_trigger(self, trigger_id: str) -> Trigger:
        """Exchange a trigger: once, and within three seconds."""
        trigger = self.triggers.get(trigger_id)
        if trigger is None:
            raise SlackRefusal("invalid_trigger_id")
        if trigger.used:
            raise SlackRefusal("exchanged_trigger_id")
        if self.clock() - trigger.born > TRIGGER_SECONDS:
            raise SlackRefusal("expired_trigger_id")
        trigger.used = True
        return trigger

    def new_view(self, person: str, body: JSON, under: View | None = None) -> View:
        """A view as Slack keeps it, with ids; `under` is the one it is pushed on."""
        view_id = _new_id("V")
        body = {**body, "blocks": with_ids(body["blocks"])}
        root = under.root_id if under else view_id
        values = values_of(body["blocks"])
        return View(view_id, root, under.id if under else None, person, body, self._hash(), values)

    def change_view(self, view: View, body: JSON) -> None:
        """Replace what a view shows; what was typed stays where block and action are the same."""
        view.revisions.append(view.blocks)
        view.body = {**body, "blocks": with_ids(body["blocks"])}
        view.values = values_of(view.blocks, view.values)
        view.errors = {}
        view.hash = self._hash()
        self.pulse.tick()

    def view(self, view_id: str | None, external_id: str | None = None) -> View | None:
        """An open modal or a published home, by its id or the app's own."""
        for view in [*(view for stack in self.modals.values() for view in stack), *self.homes.values()]:
            if view.id == view_id or (external_id and view.body.get("external_id") == external_id):
                return view
        return None

    def _hash(self) -> str:
        return f"{self.next_ts()}.{secrets.token_hex(4)}"

    # Answers by URL

    def new_response_url(self, person: str, channel: str, message: str | None = None) -> str:
        """The path at which the bot may answer this interaction."""
        token = secrets.token_urlsafe(18)
        self.response_urls[token] = ResponseUrl(person, channel, self.clock(), message)
        return f"/response/{token}"

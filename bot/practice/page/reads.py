"""How far each person has read, which is what makes a channel bold and puts a number beside it."""

from dataclasses import dataclass, field

from bot.practice.nouns import Channel
from bot.practice.state import State


@dataclass
class Unread:
    """What waits in a channel: whether there is anything, and how much of it called for this person."""

    anything: bool
    calls: int


@dataclass
class Reads:
    """The last message each person has had before their eyes, by channel."""

    upto: dict[tuple[str, str], str] = field(default_factory=dict)

    def mark(self, person: str, channel: str, ts: str) -> bool:
        """Everything up to this message was read; whether that is news."""
        news = ts > self.upto.get((person, channel), "")
        if news:
            self.upto[person, channel] = ts
        return news

    def left_off(self, state: State, person: str, channel: Channel) -> str:
        """The last message they read there, where something has come since; empty where nothing has, or all is new."""
        return self.upto.get((person, channel.id), "") if self.unread(state, person, channel).anything else ""

    def unread(self, state: State, person: str, channel: Channel) -> Unread:
        """What this person has not seen there."""
        since = self.upto.get((person, channel.id), "")
        calls = sum(
            1
            for notice in state.notices
            if (notice.person, notice.channel) == (person, channel.id) and notice.ts > since
        )
        posts = (post for post in reversed(channel.posts.values()) if not post.subtype and post.author != person)
        newest = next(posts, None)
        return Unread(newest is not None and newest.ts > since, calls)

    def calls(self, state: State, person: str) -> tuple[int, str]:
        """How often this person was called and has not looked yet, and the channel of the latest call."""
        fresh = [
            notice
            for notice in state.notices
            if notice.person == person
            and notice.ts > self.upto.get((person, notice.channel), "")
            and notice.ts in state.channels[notice.channel].posts
        ]
        return len(fresh), fresh[-1].channel if fresh else ""

"""Slack's rate limits: a token bucket for each method, and one for posts in each channel.

A bucket is a dozen lines, so we keep our own: the libraries at hand either wait (and we must refuse) or cannot say
after how many seconds the next call would pass, which is what `Retry-After` tells.
"""

import math
from collections.abc import Callable

POSTS_BURST = 5  # one a second a channel "with short bursts": Slack names no number

# Calls a minute, by method; what is not named is tier 3.
_TIER_1, _TIER_2, _TIER_3, _TIER_4 = 1, 20, 50, 100
PER_MINUTE: dict[str, int] = {
    "apps.connections.open": _TIER_1,
    "auth.test": 200,
    "chat.getPermalink": 200,
    "chat.postEphemeral": _TIER_4,
    "chat.postMessage": 300,  # a workspace-wide ceiling of "several hundred"; the channel's pace comes on top
    "conversations.members": _TIER_4,
    "users.info": _TIER_4,
    **dict.fromkeys(
        [
            "bookmarks.add",
            "bookmarks.edit",
            "bookmarks.remove",
            "conversations.archive",
            "conversations.create",
            "conversations.list",
            "conversations.rename",
            "conversations.setPurpose",
            "conversations.setTopic",
            "pins.add",
            "pins.list",
            "pins.remove",
            "reactions.remove",
            "usergroups.list",
            "usergroups.users.list",
            "users.list",
        ],
        _TIER_2,
    ),
    **dict.fromkeys(["files.completeUploadExternal", "files.getUploadURLExternal"], _TIER_4),
    **dict.fromkeys(["views.open", "views.publish", "views.push", "views.update"], _TIER_4),
}
BURST = {"apps.connections.open": 10}  # all an app may have open, at once; Slack names no number
NARROW = {"conversations.history": 1, "conversations.replies": 1}  # distributed apps outside the Marketplace


class Bucket:
    """So many at once, then so many a second."""

    def __init__(self, burst: float, per_second: float, now: float) -> None:
        self._burst, self._rate = burst, per_second
        self._left, self._at = burst, now

    def take(self, now: float) -> float:
        """Take one: 0.0 when it was there, else the seconds until there is one."""
        self._left = min(self._burst, self._left + max(0.0, now - self._at) * self._rate)
        self._at = now
        if self._left >= 1:
            self._left -= 1
            return 0.0
        return (1 - self._left) / self._rate


class Pace:
    """All buckets of one workspace."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._buckets: dict[str, Bucket] = {}

    def wait(self, method: str, channel: str | None, *, distributed: bool) -> int:
        """0 when the call may pass, else whole seconds for `Retry-After`."""
        narrow = NARROW.get(method) if distributed else None
        minute = narrow or PER_MINUTE.get(method, _TIER_3)
        seconds = self._take(method, BURST.get(method, minute), minute / 60)
        if not seconds and channel and method == "chat.postMessage":
            seconds = self._take(f"{method} {channel}", POSTS_BURST, 1.0)
        return math.ceil(seconds)

    def _take(self, name: str, burst: float, per_second: float) -> float:
        now = self._clock()
        return self._buckets.setdefault(name, Bucket(burst, per_second, now)).take(now)

"""How one practice workspace behaves; what a story may turn while it runs is in `adjust`."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from bot.practice.scopes import ALL_SCOPES

DEFAULT_EVENTS = frozenset({"member_joined_channel", "user_change", "app_uninstalled", "tokens_revoked"})


@dataclass
class PracticeSettings:
    """The app's configuration as Slack would hold it, and the workspace's manners. All durations are seconds."""

    bot_url: str
    signing_secret: str
    bot_token: str = "xoxb-practice"  # noqa: S105 - opens nothing but this stand-in
    command: str = "/crisis"
    scopes: frozenset[str] = ALL_SCOPES
    latency: float = 0.0  # added to every Web API answer
    pace: bool = True  # refuse with 429 what Slack would
    distributed: bool = False  # commercial apps outside the Marketplace: history is far narrower
    clock: Callable[[], float] = time.time
    events: frozenset[str] = DEFAULT_EVENTS  # what the app is subscribed to
    deadline: float = 3.0  # to acknowledge anything Slack sends
    retry_delays: tuple[float, ...] = (0.0, 60.0, 300.0)  # an event is sent again after these
    public_url: str = ""  # how this workspace is reached: filled in by whoever starts the server

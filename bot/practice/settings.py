"""How one practice workspace behaves, and how the app is set up in it."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bot.practice.scopes import ALL_SCOPES

DEFAULT_EVENTS = frozenset({"member_joined_channel", "user_change", "app_uninstalled", "tokens_revoked"})


@dataclass
class PracticeSettings:
    """The app's configuration as Slack would hold it, and the workspace's manners. All durations are seconds."""

    bot_url: str = ""
    signing_secret: str = ""
    bot_token: str = "xoxb-practice"  # noqa: S105 - opens nothing but this stand-in
    socket_mode: bool = False  # everything goes over connections that the app opens, nothing to `bot_url`
    app_token: str = "xapp-practice"  # noqa: S105 - the same
    app_scopes: frozenset[str] = frozenset({"connections:write"})  # of the app-level token
    command: str = "/crisis"
    command_description: str = ""
    usage_hint: str = ""  # what Slack suggests behind the command
    scopes: frozenset[str] = ALL_SCOPES
    latency: float = 0.0  # added to every Web API answer
    pace: bool = True  # refuse with 429 what Slack would
    distributed: bool = False  # commercial apps outside the Marketplace: history is far narrower
    clock: Callable[[], float] = time.time
    events: frozenset[str] = DEFAULT_EVENTS  # what the app is subscribed to
    shortcuts: tuple[dict[str, str], ...] = ()  # in the menu of messages: name, callback_id, description
    escape: bool = False  # commands arrive with `<@U…|name>` for `@name` (the manifest's should_escape)
    home: bool = True  # the app has a Home tab (the manifest's home_tab_enabled)
    dm_read_only: bool = False  # people cannot write to the bot (the manifest's messages_tab_read_only_enabled)
    deadline: float = 3.0  # to acknowledge anything Slack sends
    retry_delays: tuple[float, ...] = (0.0, 60.0, 300.0)  # an event is sent again after these
    connection_seconds: float = 3600.0  # a connection gets old and is to be replaced
    grace: float = 10.0  # from the word that it is to be replaced until it is closed
    public_url: str = ""  # how this workspace is reached: filled in by whoever starts the server
    scene_url: str = ""  # where whoever started it offers scenes: sample posts, a bot that dies, a model that is away


def installed_as(manifest: dict[str, Any]) -> dict[str, Any]:
    """What an app created from this manifest has: settings by name, to hand to `PracticeSettings`."""
    features = manifest.get("features", {})
    commands = features.get("slash_commands") or [{}]
    app_home = features.get("app_home", {})
    return {
        "scopes": frozenset(manifest.get("oauth_config", {}).get("scopes", {}).get("bot", [])),
        "events": frozenset(manifest.get("settings", {}).get("event_subscriptions", {}).get("bot_events", [])),
        "command": commands[0].get("command", ""),
        "command_description": commands[0].get("description", ""),
        "usage_hint": commands[0].get("usage_hint", ""),
        "socket_mode": manifest.get("settings", {}).get("socket_mode_enabled", False),
        "shortcuts": tuple(one for one in features.get("shortcuts", []) if one.get("type") == "message"),
        "escape": commands[0].get("should_escape", False),
        "home": app_home.get("home_tab_enabled", False),
        "dm_read_only": app_home.get("messages_tab_read_only_enabled", False),
    }

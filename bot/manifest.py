"""The Slack app as a manifest: exactly the scopes, events and commands that the code has."""

from typing import Any

from bot.i18n import _
from bot.plan.model import Plan

SCOPES = {
    "commands": "the slash command",
    "chat:write": "cards, DMs, and edits of both",
    "chat:write.public": "the watch channel and front-line channels, without being invited to public ones",
    "channels:manage": "creating a crisis channel that all staff may read, its topic, its people",
    "groups:write": "the same for a private one",
    "channels:read": "finding the plan's channels by name; who came into a crisis channel",
    "groups:read": "the same for private ones",
    "channels:history": "after an unknown outcome: looking whether our message is there, before repeating it",
    "groups:history": "the same in private ones",
    "im:history": "the same in DMs",
    "im:write": "opening a DM, to look there",
    "pins:write": "pinning the brief",
    "reactions:read": "a pushpin puts a message on the timeline",
    "reactions:write": "the tick that says it is there",
    "files:write": "the record of a crisis as a file, for whoever asks for it",
    "users:read": "names, languages, time zones and who is an admin",
    "users:read.email": "finding the plan's people by their address",
    "usergroups:read": "finding the plan's people by their group",
}
"""Each bot scope, and the feature that needs it."""

EVENTS = {
    "app_home_opened": "somebody looks at their queue, so it is drawn",
    "member_joined_channel": "who has come into a crisis channel",
    "member_left_channel": "who has gone",
    "user_change": "somebody in the plan was deactivated, or reads another language now",
    "team_join": "somebody the plan names is in the workspace now",
    "subteam_updated": "a user group in the plan has other members",
    "reaction_added": "somebody puts a message on the timeline",
    "reaction_removed": "or takes it off again",
}
"""Each bot event, and what we do with it."""

SHORTCUTS = ("message.report",)
"""Entries in the menu of every message."""

SLACK_PATH = "/slack/events"


def manifest(public_url: str | None, plan: Plan) -> dict[str, Any]:
    """What to paste into "Create an app from a manifest"; `public_url` is where Slack reaches us, by HTTPS.

    Without it the app uses Socket Mode, which has no addresses.
    """
    address = public_url.rstrip("/") + SLACK_PATH if public_url else None
    at = {"request_url": address} if address else {}
    return {
        "_metadata": {"major_version": 1},
        "display_information": {
            "name": "Amends",
            "description": _("The right people, decent words and kept promises when customers are upset in public."),
            "background_color": "#1f3a4d",
        },
        "features": {
            "app_home": {
                "home_tab_enabled": True,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": True,
            },
            "bot_user": {"display_name": "Amends", "always_online": True},
            "slash_commands": [
                {
                    "command": plan.command,
                    **({"url": address} if address else {}),
                    "description": _("Declare a crisis, or see where it stands and what is yours"),
                    "usage_hint": _("declare parcels three weeks late | status | help"),
                    "should_escape": False,
                }
            ],
            "shortcuts": [
                {
                    "name": _("Report to crisis team"),
                    "type": "message",
                    "callback_id": "message.report",
                    "description": _("Somebody should look at this; you hear what came of it"),
                }
            ],
        },
        "oauth_config": {"scopes": {"bot": list(SCOPES)}},
        "settings": {
            "event_subscriptions": {**at, "bot_events": list(EVENTS)},
            "interactivity": {"is_enabled": True, **at},
            "org_deploy_enabled": False,
            "socket_mode_enabled": address is None,
            "token_rotation_enabled": False,
        },
    }

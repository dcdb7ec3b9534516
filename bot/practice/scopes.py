"""What a bot token must hold for each Web API method and each event.

A value is a set of alternatives: holding any one of them is enough. Which of them a call really needs can depend on the
channel (public, private, direct); `needed_in` says that.
"""

_READ = frozenset({"channels:read", "groups:read", "im:read", "mpim:read"})
_HISTORY = frozenset({"channels:history", "groups:history", "im:history", "mpim:history"})
_MANAGE = frozenset({"channels:manage", "groups:write", "im:write", "mpim:write"})
_TOPIC = _MANAGE | {"channels:write.topic", "groups:write.topic", "im:write.topic", "mpim:write.topic"}

SCOPES: dict[str, frozenset[str]] = {
    "apps.connections.open": frozenset(),  # an app-level token's scope, not one of the bot's
    "auth.test": frozenset(),
    "bookmarks.add": frozenset({"bookmarks:write"}),
    "bookmarks.edit": frozenset({"bookmarks:write"}),
    "bookmarks.list": frozenset({"bookmarks:read"}),
    "bookmarks.remove": frozenset({"bookmarks:write"}),
    "chat.delete": frozenset({"chat:write"}),
    "chat.getPermalink": frozenset(),
    "chat.postEphemeral": frozenset({"chat:write"}),
    "chat.postMessage": frozenset({"chat:write"}),
    "chat.update": frozenset({"chat:write"}),
    "conversations.archive": _MANAGE,
    "conversations.create": frozenset({"channels:manage", "groups:write"}),
    "conversations.history": _HISTORY,
    "conversations.info": _READ,
    "conversations.invite": _MANAGE | {"channels:write.invites", "groups:write.invites"},
    "conversations.join": frozenset({"channels:join"}),
    "conversations.list": _READ,
    "conversations.members": _READ,
    "conversations.open": frozenset({"im:write", "mpim:write"}),
    "conversations.rename": _MANAGE,
    "conversations.replies": _HISTORY,
    "conversations.setPurpose": _TOPIC,
    "conversations.setTopic": _TOPIC,
    "files.completeUploadExternal": frozenset({"files:write"}),
    "files.getUploadURLExternal": frozenset({"files:write"}),
    "pins.add": frozenset({"pins:write"}),
    "pins.list": frozenset({"pins:read"}),
    "pins.remove": frozenset({"pins:write"}),
    "reactions.add": frozenset({"reactions:write"}),
    "reactions.remove": frozenset({"reactions:write"}),
    "usergroups.list": frozenset({"usergroups:read"}),
    "usergroups.users.list": frozenset({"usergroups:read"}),
    "users.conversations": _READ,
    "users.info": frozenset({"users:read"}),
    "users.list": frozenset({"users:read"}),
    "users.lookupByEmail": frozenset({"users:read.email"}),
    "views.open": frozenset(),
    "views.publish": frozenset(),
    "views.push": frozenset(),
    "views.update": frozenset(),
}

# These read methods "do not currently accept application/json": a JSON body is not refused, it is not read at all, and
# the call is answered as if nothing had been sent. (Slack's method pages; the list is HubSpot/slack-client's.)
FORM_ONLY = frozenset(
    {
        "chat.getPermalink",
        "conversations.history",
        "conversations.info",
        "conversations.list",
        "conversations.members",
        "conversations.replies",
        "pins.list",
        "usergroups.list",
        "usergroups.users.list",
        "users.conversations",
        "users.info",
        "users.list",
        "users.lookupByEmail",
    }
)

EVENT_SCOPES: dict[str, frozenset[str]] = {
    "app_home_opened": frozenset(),
    "app_mention": frozenset({"app_mentions:read"}),
    "app_uninstalled": frozenset(),
    "member_joined_channel": frozenset({"channels:read", "groups:read"}),
    "member_left_channel": frozenset({"channels:read", "groups:read"}),
    "message.channels": frozenset({"channels:history"}),
    "message.groups": frozenset({"groups:history"}),
    "message.im": frozenset({"im:history"}),
    "message.mpim": frozenset({"mpim:history"}),
    "reaction_added": frozenset({"reactions:read"}),
    "reaction_removed": frozenset({"reactions:read"}),
    "subteam_updated": frozenset({"usergroups:read"}),
    "team_join": frozenset({"users:read"}),
    "tokens_revoked": frozenset(),
    "user_change": frozenset({"users:read"}),
}

# Not needed by a method above, yet a scope in its own right.
OTHER_SCOPES = frozenset({"commands", "chat:write.public"})

ALL_SCOPES: frozenset[str] = frozenset().union(*SCOPES.values(), *EVENT_SCOPES.values(), OTHER_SCOPES)

_PREFIXES = {"channel": "channels:", "group": "groups:", "im": "im:", "mpim": "mpim:"}


def needed_in(method: str, kind: str) -> frozenset[str]:
    """The scopes that allow `method` in a conversation of this kind: "channel" (public), "group" (private), "im", "mpim"."""
    alternatives = SCOPES[method]
    if not any(scope.startswith(prefix) for scope in alternatives for prefix in _PREFIXES.values()):
        return alternatives
    return frozenset(scope for scope in alternatives if scope.startswith(_PREFIXES[kind]))

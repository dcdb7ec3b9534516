"""Our nouns in the JSON that Slack's API and payloads have."""

from bot.practice.nouns import JSON, Account, Channel, Group, Post, View
from bot.practice.state import APP_ID, BOT_ID, BOT_USER, State


def user_json(state: State, account: Account, *, with_email: bool, with_locale: bool = False) -> JSON:
    """A user object; the address only for a token that may read it."""
    profile: JSON = {
        "real_name": account.real_name,
        "real_name_normalized": account.real_name,
        "display_name": account.shown_as,
        "display_name_normalized": account.shown_as,
        "first_name": account.shown_as,
        "last_name": " ".join(account.real_name.split()[1:]),
        "team": state.world.team,
    }
    if with_email and account.email:
        profile["email"] = account.email
    user: JSON = {
        "id": account.id,
        "team_id": state.world.team,
        "name": account.name,
        "deleted": account.deleted,
        "profile": profile,
        "is_bot": account.is_bot,
        "is_app_user": False,
        "updated": account.updated,
    }
    if account.deleted:
        return user
    user |= {
        "real_name": account.real_name,
        "tz": account.tz,
        "is_admin": account.admin,
        "is_owner": False,
        "is_primary_owner": False,
        "is_restricted": account.guest,
        "is_ultra_restricted": False,
    }
    return user | ({"locale": account.locale} if with_locale else {})


def group_json(state: State, group: Group, *, with_users: bool) -> JSON:
    """A user group."""
    return {
        "id": group.id,
        "team_id": state.world.team,
        "name": group.handle,
        "handle": group.handle,
        "description": "",
        "is_usergroup": True,
        "date_delete": 0,
        "user_count": len(group.members),
        **({"users": list(group.members)} if with_users else {}),
    }


def channel_json(state: State, channel: Channel) -> JSON:
    """A conversation object as the bot gets it."""
    common: JSON = {
        "id": channel.id,
        "created": channel.created,
        "is_archived": channel.archived,
        "is_org_shared": False,
    }
    if channel.kind == "im":
        other = next(person for person in channel.members if person != BOT_USER)
        return {**common, "is_im": True, "user": other, "is_user_deleted": state.people[other].deleted, "priority": 0}
    return {
        **common,
        "name": channel.name,
        "name_normalized": channel.name,
        "is_channel": channel.kind in ("channel", "group"),
        "is_group": False,
        "is_im": False,
        "is_mpim": channel.kind == "mpim",
        "is_private": channel.private,
        "is_general": channel.name == "general",
        "is_member": BOT_USER in channel.members,
        "is_shared": False,
        "is_ext_shared": False,
        "creator": channel.creator,
        "context_team_id": state.world.team,
        "topic": vars(channel.topic).copy(),
        "purpose": vars(channel.purpose).copy(),
        "previous_names": list(channel.previous_names),
    }


def message_json(state: State, channel: Channel | None, post: Post, *, with_metadata: bool = False) -> JSON:
    """A message object; `channel` lets it say how many replies it has."""
    message: JSON = {"type": "message", "user": post.author, "text": post.text, "ts": post.ts, "team": state.world.team}
    if post.subtype:
        message["subtype"] = post.subtype
    if post.author == BOT_USER and not post.subtype:
        message |= {"bot_id": BOT_ID, "app_id": APP_ID}
    if post.blocks:
        message["blocks"] = post.blocks
    if post.edited:
        message["edited"] = {"user": post.author if post.author != BOT_USER else BOT_ID, "ts": post.edited}
    if post.files:
        message |= {"files": post.files, "upload": False}
    if with_metadata and post.metadata:
        message["metadata"] = post.metadata
    if post.reactions:
        message["reactions"] = [
            {"name": name, "users": users, "count": len(users)} for name, users in post.reactions.items()
        ]
    replies = channel.thread(post.ts) if channel else []
    if post.thread_ts or replies:
        message["thread_ts"] = post.thread_ts or post.ts
    if replies:
        message |= {"reply_count": len(replies), "latest_reply": replies[-1].ts}
        message["reply_users"] = sorted({reply.author for reply in replies})
    return message


def view_json(state: State, view: View) -> JSON:
    """A view object as it is in API answers and payloads."""
    empty: JSON = {
        "private_metadata": "",
        "callback_id": "",
        "external_id": "",
        "title": None,
        "submit": None,
        "close": None,
    }
    return {
        **empty,
        "clear_on_close": False,
        "notify_on_close": False,
        **view.body,
        "id": view.id,
        "team_id": state.world.team,
        "state": {"values": view.values},
        "hash": view.hash,
        "root_view_id": view.root_id,
        "previous_view_id": view.previous_id,
        "app_id": APP_ID,
        "bot_id": BOT_ID,
        "app_installed_team_id": state.world.team,
    }

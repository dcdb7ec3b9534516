"""conversations.*: making channels, getting people in, reading what was said."""

import re

from bot.practice.api import Arguments, Desk, method, page
from bot.practice.nouns import JSON, Channel, Post
from bot.practice.payloads import channel_json, message_json
from bot.practice.refusal import SlackRefusal
from bot.practice.state import BOT_USER

MOST_TOPIC = 250
MOST_INVITED = 1000


def _checked_name(desk: Desk, name: str, renamed: Channel | None = None) -> str:
    if not name:
        raise SlackRefusal("invalid_name_required")
    if len(name) > 80:
        raise SlackRefusal("invalid_name_maxlength")
    if not re.search(r"\w", name.replace("_", "")):
        raise SlackRefusal("invalid_name_punctuation")
    if name != name.lower() or not re.fullmatch(r"[\w-]+", name):
        raise SlackRefusal("invalid_name_specials")
    holder = desk.state.channel_named(name)
    if holder is not None and holder is not renamed:
        raise SlackRefusal("name_taken")
    return name


def _room(desk: Desk, args: Arguments, *, member: bool = True) -> Channel:
    """A channel, not a direct conversation, that is still in use."""
    channel = desk.channel(args.needed("channel", "channel_not_found"), member=member)
    if channel.kind in ("im", "mpim"):
        raise SlackRefusal("method_not_supported_for_channel_type")
    if channel.archived:
        raise SlackRefusal("is_archived")
    return channel


@method("conversations.create")
def create(desk: Desk, args: Arguments) -> JSON:
    kind = "group" if args.flag("is_private") else "channel"
    desk.scope_for(kind)
    name = _checked_name(desk, args.text("name") or "")
    return {"channel": channel_json(desk.state, desk.state.add_channel(name, kind, BOT_USER, [BOT_USER]))}


def _why_not_invited(desk: Desk, channel: Channel, person: str) -> str | None:
    account = desk.state.people.get(person)
    if account is None:
        return "user_not_found"
    if person == BOT_USER:
        return "cant_invite_self"
    if account.deleted:
        return "cant_invite"
    return "already_in_channel" if person in channel.members else None


@method("conversations.invite")
def invite(desk: Desk, args: Arguments) -> JSON:
    """Without `force` one bad name keeps everybody out; with it the good ones come in and the bad ones are named."""
    channel = _room(desk, args)
    people = args.many("users")
    if not people:
        raise SlackRefusal("no_user")
    if len(people) > MOST_INVITED:
        raise SlackRefusal("too_many_users")
    reasons = {person: _why_not_invited(desk, channel, person) for person in people}
    errors: list[JSON] = [
        {"user": person, "ok": False, "error": reason} for person, reason in reasons.items() if reason
    ]
    welcome = [person for person, reason in reasons.items() if not reason]
    if errors and not (args.flag("force") and welcome):
        raise SlackRefusal(errors[0]["error"], extra={"errors": errors})
    for person in welcome:
        desk.state.join(channel, person, BOT_USER)
    return {"channel": channel_json(desk.state, channel), **({"errors": errors} if errors else {})}


@method("conversations.join")
def join(desk: Desk, args: Arguments) -> JSON:
    channel = _room(desk, args, member=False)
    if channel.private:
        raise SlackRefusal("method_not_supported_for_channel_type")
    if BOT_USER in channel.members:
        return {"channel": channel_json(desk.state, channel), "warning": "already_in_channel"}
    desk.state.join(channel, BOT_USER, None)
    return {"channel": channel_json(desk.state, channel)}


@method("conversations.setTopic")
def set_topic(desk: Desk, args: Arguments) -> JSON:
    return _set_words(desk, args, "topic")


@method("conversations.setPurpose")
def set_purpose(desk: Desk, args: Arguments) -> JSON:
    return _set_words(desk, args, "purpose")


def _set_words(desk: Desk, args: Arguments, which: str) -> JSON:
    channel = _room(desk, args)
    value = args.text(which) or ""
    if len(value) > MOST_TOPIC:
        raise SlackRefusal("too_long")
    desk.state.set_words(channel, which, value, BOT_USER)
    return {"channel": channel_json(desk.state, channel)}


@method("conversations.rename")
def rename(desk: Desk, args: Arguments) -> JSON:
    channel = _room(desk, args)
    if channel.creator != BOT_USER:
        raise SlackRefusal("not_authorized")
    name = _checked_name(desk, args.text("name") or "", channel)
    channel.previous_names.append(channel.name)
    channel.name = name
    desk.state.note(channel, "channel_name", BOT_USER, f"has renamed the channel to {name}")
    return {"channel": channel_json(desk.state, channel)}


@method("conversations.archive")
def archive(desk: Desk, args: Arguments) -> JSON:
    """Archiving puts the bot out: afterwards it can neither read nor write there."""
    channel = desk.channel(args.needed("channel", "channel_not_found"))
    if channel.archived:
        raise SlackRefusal("already_archived")
    if channel.name == "general":
        raise SlackRefusal("cant_archive_general")
    if channel.kind in ("im", "mpim"):
        raise SlackRefusal("method_not_supported_for_channel_type")
    desk.state.note(channel, "channel_archive", BOT_USER, "archived the channel")
    channel.archived = True
    channel.members.remove(BOT_USER)
    return {}


@method("conversations.info")
def info(desk: Desk, args: Arguments) -> JSON:
    channel = desk.channel(args.needed("channel", "channel_not_found"), member=False)
    members = {"num_members": len(channel.members)} if args.flag("include_num_members") else {}
    return {"channel": {**channel_json(desk.state, channel), **members}}


@method("conversations.members")
def members(desk: Desk, args: Arguments) -> JSON:
    channel = desk.channel(args.needed("channel", "channel_not_found"), member=False)
    some, cursor = page(channel.members, args, default=100, most=1000)
    return {"members": some, "response_metadata": {"next_cursor": cursor}}


def _of_types(desk: Desk, args: Arguments) -> list[Channel]:
    kinds = {"public_channel": "channel", "private_channel": "group", "im": "im", "mpim": "mpim"}
    wanted = args.many("types") or ["public_channel"]
    if unknown := [name for name in wanted if name not in kinds]:
        raise SlackRefusal("invalid_types", f"[ERROR] unknown type: {unknown[0]}")
    for name in wanted:
        desk.scope_for(kinds[name])
    allowed = {kinds[name] for name in wanted}
    archived = not args.flag("exclude_archived")
    return [one for one in desk.state.channels.values() if one.kind in allowed and (archived or not one.archived)]


@method("conversations.list")
def list_channels(desk: Desk, args: Arguments) -> JSON:
    seen = [one for one in _of_types(desk, args) if not one.private or BOT_USER in one.members]
    some, cursor = page(seen, args, default=100, most=1000)
    return {"channels": [channel_json(desk.state, one) for one in some], "response_metadata": {"next_cursor": cursor}}


@method("users.conversations")
def conversations_of(desk: Desk, args: Arguments) -> JSON:
    person = desk.person(args.text("user") or BOT_USER).id
    seen = [one for one in _of_types(desk, args) if person in one.members]
    seen = [one for one in seen if not one.private or BOT_USER in one.members]
    some, cursor = page(seen, args, default=100, most=1000)
    return {"channels": [channel_json(desk.state, one) for one in some], "response_metadata": {"next_cursor": cursor}}


@method("conversations.open")
def open_direct(desk: Desk, args: Arguments) -> JSON:
    people = args.many("users")
    if named := args.text("channel"):
        channel = desk.channel(named)
        return {"channel": channel_json(desk.state, channel), "no_op": True, "already_open": True}
    if not people:
        raise SlackRefusal("users_list_not_supplied")
    if len(people) > 8:
        raise SlackRefusal("too_many_users")
    desk.scope_for("im" if len(people) == 1 else "mpim")
    for person in people:
        if desk.person(person).deleted:
            raise SlackRefusal("user_disabled")
        if desk.person(person).is_bot:
            raise SlackRefusal("cannot_dm_bot")
    before = desk.state.direct(*people)
    channel = desk.state.open_direct(*people)
    whole = channel_json(desk.state, channel) if args.flag("return_im") else {"id": channel.id}
    return {"channel": whole, **({"no_op": True, "already_open": True} if before else {})}


def _between(posts: list[Post], args: Arguments) -> list[Post]:
    """Oldest first, within `oldest` and `latest`; the ends count only when `inclusive`."""
    oldest, latest = args.text("oldest") or "0", args.text("latest") or "99999999999"
    try:
        low, high = float(oldest), float(latest)
    except ValueError:
        raise SlackRefusal("invalid_ts_oldest" if "oldest" in args.sent else "invalid_ts_latest") from None
    if args.flag("inclusive"):
        return [post for post in posts if low <= float(post.ts) <= high]
    return [post for post in posts if low < float(post.ts) < high]


def _limit(desk: Desk) -> int:
    return 15 if desk.settings.distributed else 999


@method("conversations.history")
def history(desk: Desk, args: Arguments) -> JSON:
    """Newest first, without replies."""
    channel = desk.channel(args.needed("channel", "channel_not_found"))
    top = [post for post in channel.posts.values() if post.thread_ts in (None, post.ts)]
    posts = list(reversed(_between(top, args)))
    most = _limit(desk)
    args.sent["limit"] = min(args.number("limit", 100), most)
    some, cursor = page(posts, args, default=100, most=999)
    told = args.flag("include_all_metadata")
    return {
        "messages": [message_json(desk.state, channel, post, with_metadata=told) for post in some],
        "has_more": bool(cursor),
        "pin_count": len(channel.pins),
        "response_metadata": {"next_cursor": cursor},
    }


@method("conversations.replies")
def replies(desk: Desk, args: Arguments) -> JSON:
    """The parent first, then its replies, oldest first."""
    channel = desk.channel(args.needed("channel", "channel_not_found"))
    post = channel.posts.get(args.needed("ts", "thread_not_found"))
    if post is None:
        raise SlackRefusal("thread_not_found")
    parent = channel.posts[post.thread_ts or post.ts]
    posts = [parent, *_between(channel.thread(parent.ts), args)]
    args.sent["limit"] = min(args.number("limit", 100), _limit(desk))
    some, cursor = page(posts, args, default=100, most=1000)
    told = args.flag("include_all_metadata")
    return {
        "messages": [message_json(desk.state, channel, one, with_metadata=told) for one in some],
        "has_more": bool(cursor),
        "response_metadata": {"next_cursor": cursor},
    }

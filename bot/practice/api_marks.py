"""pins.*, bookmarks.*, reactions.*: what is stuck onto messages and channels."""

import re
import secrets

from bot.practice.api import Arguments, Desk, method
from bot.practice.nouns import JSON, Channel, Post
from bot.practice.payloads import message_json
from bot.practice.refusal import SlackRefusal
from bot.practice.state import BOT_USER

MOST_PINS = MOST_BOOKMARKS = 100
MOST_EMOJI = 50


def _channel(desk: Desk, args: Arguments, name: str = "channel") -> Channel:
    channel = desk.channel(args.needed(name, "channel_not_found"))
    if channel.archived:
        raise SlackRefusal("is_archived")
    return channel


def _marked(desk: Desk, args: Arguments) -> tuple[Channel, Post]:
    channel = _channel(desk, args)
    return channel, desk.post(channel, args.needed("timestamp", "no_item_specified"))


@method("pins.add")
def add_pin(desk: Desk, args: Arguments) -> JSON:
    channel, post = _marked(desk, args)
    if post.ts in channel.pins:
        raise SlackRefusal("already_pinned")
    if len(channel.pins) >= MOST_PINS:
        raise SlackRefusal("too_many_pins")
    channel.pins[post.ts] = {"created": int(desk.state.clock()), "created_by": BOT_USER}
    desk.state.pulse.tick()
    return {}


@method("pins.remove")
def remove_pin(desk: Desk, args: Arguments) -> JSON:
    channel, post = _marked(desk, args)
    if channel.pins.pop(post.ts, None) is None:
        raise SlackRefusal("no_pin")
    desk.state.pulse.tick()
    return {}


@method("pins.list")
def list_pins(desk: Desk, args: Arguments) -> JSON:
    channel = desk.channel(args.needed("channel", "channel_not_found"))
    items = [
        {
            "type": "message",
            "channel": channel.id,
            "message": message_json(desk.state, channel, channel.posts[ts]),
            **pin,
        }
        for ts, pin in reversed(channel.pins.items())
    ]
    return {"items": items}


@method("bookmarks.add")
def add_bookmark(desk: Desk, args: Arguments) -> JSON:
    channel = _channel(desk, args, "channel_id")
    title, link = args.needed("title"), args.text("link") or ""
    if args.needed("type") != "link":
        raise SlackRefusal("invalid_bookmark_type")
    if not re.match(r"https?://\S+$", link):
        raise SlackRefusal("invalid_link")
    if len(channel.bookmarks) >= MOST_BOOKMARKS:
        raise SlackRefusal("too_many_bookmarks")
    bookmark: JSON = {"id": f"Bk{secrets.token_hex(4).upper()}", "channel_id": channel.id, "title": title, "link": link}
    bookmark |= {"emoji": args.text("emoji"), "type": "link", "date_created": int(desk.state.clock())}
    channel.bookmarks[bookmark["id"]] = bookmark
    desk.state.pulse.tick()
    return {"bookmark": bookmark}


def _bookmark(channel: Channel, args: Arguments) -> JSON:
    bookmark = channel.bookmarks.get(args.needed("bookmark_id"))
    if bookmark is None:
        raise SlackRefusal("bookmark_not_found")
    return bookmark


@method("bookmarks.edit")
def edit_bookmark(desk: Desk, args: Arguments) -> JSON:
    channel = _channel(desk, args, "channel_id")
    bookmark = _bookmark(channel, args)
    link = args.text("link")
    if link is not None and not re.match(r"https?://\S+$", link):
        raise SlackRefusal("invalid_link")
    changes = {name: args.text(name) for name in ("title", "link", "emoji") if args.text(name) is not None}
    bookmark.update(changes)
    desk.state.pulse.tick()
    return {"bookmark": bookmark}


@method("bookmarks.remove")
def remove_bookmark(desk: Desk, args: Arguments) -> JSON:
    channel = _channel(desk, args, "channel_id")
    del channel.bookmarks[_bookmark(channel, args)["id"]]
    desk.state.pulse.tick()
    return {}


@method("bookmarks.list")
def list_bookmarks(desk: Desk, args: Arguments) -> JSON:
    channel = desk.channel(args.needed("channel_id", "channel_not_found"))
    return {"bookmarks": list(channel.bookmarks.values())}


@method("reactions.add")
def add_reaction(desk: Desk, args: Arguments) -> JSON:
    _, post = _marked(desk, args)
    name = args.needed("name", "invalid_name")
    if not re.fullmatch(r"[a-z0-9_+'-]+(::skin-tone-[2-6])?", name):
        raise SlackRefusal("invalid_name")
    if BOT_USER in post.reactions.get(name, []):
        raise SlackRefusal("already_reacted")
    if name not in post.reactions and len(post.reactions) >= MOST_EMOJI:
        raise SlackRefusal("too_many_emoji")
    desk.state.react(post, BOT_USER, name)
    return {}


@method("reactions.remove")
def remove_reaction(desk: Desk, args: Arguments) -> JSON:
    _, post = _marked(desk, args)
    name = args.needed("name", "invalid_name")
    if BOT_USER not in post.reactions.get(name, []):
        raise SlackRefusal("no_reaction")
    desk.state.unreact(post, BOT_USER, name)
    return {}

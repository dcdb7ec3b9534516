"""chat.*: posting, editing, deleting, whispering."""

from typing import Any

from bot.practice.api import Arguments, Desk, method
from bot.practice.blocks import check_message_blocks
from bot.practice.nouns import JSON, Channel, Post
from bot.practice.payloads import message_json
from bot.practice.refusal import UNVERIFIED, SlackRefusal
from bot.practice.state import BOT_USER

MOST_POST, MOST_UPDATE = 40_000, 4_000


def _blocks(args: Arguments) -> list[JSON] | None:
    blocks: list[JSON] | None = args.structure("blocks", "invalid_blocks_format")
    if blocks is not None:
        check_message_blocks(blocks)
    return blocks


def _metadata(args: Arguments) -> JSON | None:
    metadata = args.structure("metadata", "invalid_metadata_format")
    if metadata is None:
        return None
    if not isinstance(metadata, dict) or not isinstance(metadata.get("event_type"), str):
        raise SlackRefusal("invalid_metadata_format")
    if not isinstance(metadata.get("event_payload"), dict):
        raise SlackRefusal("invalid_metadata_format")
    return metadata


def _words(args: Arguments, blocks: list[JSON] | None, most: int) -> str:
    if args.structure("attachments", "invalid_attachments"):
        raise SlackRefusal("invalid_attachments", f"{UNVERIFIED}: the practice workspace knows no attachments")
    text = args.text("text") or ""
    if not text and not blocks:
        raise SlackRefusal("no_text")
    if len(text) > most:
        raise SlackRefusal("msg_too_long")
    return text


def _destination(desk: Desk, named: str) -> Channel:
    """Where a post goes: a channel id, a person's id (their DM with the bot), or the name of a public channel."""
    if named in desk.state.people:
        person = desk.state.people[named]
        if person.deleted:
            raise SlackRefusal("user_disabled")
        if person.is_bot:
            raise SlackRefusal("cannot_dm_bot")
        return desk.state.open_direct(named)
    by_name = desk.state.channel_named(named) if not named.startswith(("C", "D", "G")) else None
    channel = desk.channel(by_name.id if by_name and not by_name.private else named, member=False)
    if channel.archived:
        raise SlackRefusal("is_archived")
    if BOT_USER not in channel.members and "chat:write.public" not in desk.settings.scopes:
        raise SlackRefusal("not_in_channel")
    return channel


def _thread(channel: Channel, args: Arguments) -> str | None:
    parent = args.text("thread_ts")
    if parent and (parent not in channel.posts or channel.posts[parent].thread_ts not in (None, parent)):
        raise SlackRefusal("thread_not_found", UNVERIFIED)  # Slack may post it as a thread nobody finds
    return parent


@method("chat.postMessage")
def post_message(desk: Desk, args: Arguments) -> JSON:
    blocks = _blocks(args)
    text = _words(args, blocks, MOST_POST)
    metadata = _metadata(args)
    channel = _destination(desk, args.needed("channel", "channel_not_found"))
    thread = _thread(channel, args)
    post = desk.state.post(channel, BOT_USER, text, blocks or [], metadata=metadata, thread_ts=thread)
    return {
        "channel": channel.id,
        "ts": post.ts,
        "message": message_json(desk.state, channel, post, with_metadata=True),
    }


@method("chat.postEphemeral")
def post_ephemeral(desk: Desk, args: Arguments) -> JSON:
    blocks = _blocks(args)
    text = _words(args, blocks, MOST_POST)
    channel = desk.channel(args.needed("channel", "channel_not_found"))
    person = args.needed("user", "user_not_found")
    if person not in desk.state.people or person not in channel.members:
        raise SlackRefusal("user_not_in_channel")
    if channel.archived:
        raise SlackRefusal("is_archived")
    post = desk.state.whisper(channel.id, person, text, blocks or [], _thread(channel, args))
    return {"message_ts": post.ts}


def _own(desk: Desk, args: Arguments, refused: str) -> tuple[Channel, Post]:
    """A message the bot wrote itself; an ephemeral line is none, it can only be answered by its response_url."""
    channel = desk.channel(args.needed("channel", "channel_not_found"), member=False)
    post = desk.post(channel, args.needed("ts", "message_not_found"))
    if post.author != BOT_USER or post.subtype:
        raise SlackRefusal(refused)
    return channel, post


@method("chat.update")
def update(desk: Desk, args: Arguments) -> JSON:
    blocks = _blocks(args)
    text: str | None = args.text("text")
    if blocks != []:  # an empty list takes the blocks away; that alone is no text
        _words(args, blocks, MOST_UPDATE)
    metadata: Any = _metadata(args)
    channel, post = _own(desk, args, "cant_update_message")
    if channel.archived:
        raise SlackRefusal("is_archived")
    if blocks == [] and not (text or post.text):
        raise SlackRefusal("no_text")
    desk.state.edit(post, text, blocks, metadata)
    return {"channel": channel.id, "ts": post.ts, "text": post.text, "message": message_json(desk.state, channel, post)}


@method("chat.delete")
def delete(desk: Desk, args: Arguments) -> JSON:
    channel, post = _own(desk, args, "cant_delete_message")
    desk.state.delete(channel, post)
    return {"channel": channel.id, "ts": post.ts}


@method("chat.getPermalink")
def permalink(desk: Desk, args: Arguments) -> JSON:
    channel = desk.channel(args.needed("channel", "channel_not_found"), member=False)
    post = desk.post(channel, args.needed("message_ts", "message_not_found"))
    address = f"https://{desk.state.world.team_name.lower()}.slack.example/archives/{channel.id}"
    thread = f"?thread_ts={post.thread_ts}&cid={channel.id}" if post.thread_ts else ""
    return {"channel": channel.id, "permalink": f"{address}/p{post.ts.replace('.', '')}{thread}"}

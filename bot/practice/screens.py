"""What stands on a person's screen, as JSON for the driver and, later, for the page."""

from collections.abc import Sequence
from typing import Any

from bot.practice import mrkdwn
from bot.practice.blocks import elements_of
from bot.practice.forms import options_of, stateful
from bot.practice.nouns import JSON, Channel, Post, View
from bot.practice.state import BOT_USER, State
from bot.practice.world import BOT

_ELEMENT_IDS = ("text", "placeholder")


def _labels(block: JSON, element: JSON, reader: mrkdwn.Reader) -> list[str]:
    """The names under which a person finds an element: its own words first, then those it stands beside."""
    names = [mrkdwn.words_of(element[name], reader) for name in _ELEMENT_IDS if element.get(name)]
    if element["type"] == "overflow":
        names.append("More")  # Slack draws three dots
    if element.get("accessibility_label"):
        names.append(element["accessibility_label"])
    if element["type"] != "button":
        names += mrkdwn.block_words(block, reader)[:1]
    return names or [element["type"]]


def controls(blocks: Sequence[JSON], reader: mrkdwn.Reader) -> list[JSON]:
    """Everything in these blocks that can be pressed or chosen from, in reading order."""
    found: list[JSON] = []
    for block in blocks:
        for _place, element in elements_of(block):
            if element["type"] == "image":
                continue
            confirm = element.get("confirm")
            found.append(
                {
                    "labels": _labels(block, element, reader),
                    "type": element["type"],
                    "block_id": block["block_id"],
                    "options": [mrkdwn.words_of(option["text"], reader) for option in options_of(element)],
                    "confirm": confirm
                    and {part: mrkdwn.words_of(confirm[part], reader) for part in ("title", "text", "confirm", "deny")},
                    "drawn": element,
                }
            )
    return found


def author_name(user: str) -> str:
    """The bot is "bot" for everybody who looks on."""
    return BOT if user == BOT_USER else user


def message_screen(state: State, post: Post, person: str | None) -> JSON:
    """One message as this person reads it."""
    reader = state.reader(person)
    return {
        "ts": post.ts,
        "channel": post.channel,
        "user": author_name(post.author),
        "text": post.text,
        "shown": mrkdwn.shown(post.blocks, reader) if post.blocks else mrkdwn.plain(post.text, reader),
        "controls": controls(post.blocks, reader),
        "metadata": post.metadata,
        "thread_ts": post.thread_ts,
        "edited": post.edited is not None,
        "ephemeral": post.ephemeral_for is not None,
        "blocks": post.blocks,
        "subtype": post.subtype,
        "reactions": {name: [author_name(user) for user in users] for name, users in post.reactions.items()},
        "files": post.files,
    }


def _held(state: JSON, reader: mrkdwn.Reader) -> Any:
    """The value of an input in the words a person sees."""
    key, value = next((key, value) for key, value in state.items() if key != "type")
    if key == "selected_option":
        return mrkdwn.words_of(value["text"], reader) if value else None
    if key == "selected_options":
        return [mrkdwn.words_of(option["text"], reader) for option in value]
    if key == "selected_user":
        return reader.people.get(value, value)
    if key == "selected_users":
        return [reader.people.get(one, one) for one in value]
    return value


def view_screen(state: State, view: View | None) -> JSON | None:
    """A modal or home as its person sees it."""
    if view is None:
        return None
    reader = state.reader(view.person)
    fields = []
    for block, element in stateful(view.blocks):
        names = mrkdwn.block_words(block, reader) if block["type"] == "input" else _labels(block, element, reader)
        fields.append(
            {
                "label": names[0],
                "place": [block["block_id"], element["action_id"]],
                "input": block["type"] == "input",
                "type": element["type"],
                "value": _held(view.values[block["block_id"]][element["action_id"]], reader),
                "error": view.errors.get(block["block_id"]),
                "optional": bool(block.get("optional")),
                "options": [mrkdwn.words_of(option["text"], reader) for option in options_of(element)],
            }
        )
    words_of = {part: (view.body.get(part) or {}).get("text") for part in ("title", "submit", "close")}
    return {
        "id": view.id,
        "hash": view.hash,
        "title": words_of["title"] or "",
        "submit": words_of["submit"],
        "close": words_of["close"] or "Cancel",
        "text": mrkdwn.shown(view.blocks, reader),
        "fields": fields,
        "controls": controls(view.blocks, reader),
        "callback_id": view.body.get("callback_id", ""),
        "blocks": view.blocks,
    }


def channel_screen(state: State, channel: Channel) -> JSON:
    """A channel as somebody sees it who sees everything."""
    return {
        "id": channel.id,
        "name": channel.name,
        "kind": channel.kind,
        "private": channel.private,
        "archived": channel.archived,
        "members": [author_name(member) for member in channel.members],
        "topic": channel.topic.value,
        "purpose": channel.purpose.value,
        "pins": list(channel.pins),
        "bookmarks": list(channel.bookmarks.values()),
        "messages": [message_screen(state, post, None) for post in channel.posts.values()],
    }

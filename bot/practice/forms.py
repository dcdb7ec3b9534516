"""What an interactive element holds: its value at first, after somebody typed or chose, and on the way to the bot."""

import datetime
import json
import re
import secrets
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bot.practice.blocks import elements_of
from bot.practice.nouns import JSON

# element type -> (the key of its value in a state, the key of what it is prefilled with)
_HOLDS: dict[str, tuple[str, str]] = {
    "plain_text_input": ("value", "initial_value"),
    "email_text_input": ("value", "initial_value"),
    "url_text_input": ("value", "initial_value"),
    "number_input": ("value", "initial_value"),
    "static_select": ("selected_option", "initial_option"),
    "radio_buttons": ("selected_option", "initial_option"),
    "multi_static_select": ("selected_options", "initial_options"),
    "checkboxes": ("selected_options", "initial_options"),
    "users_select": ("selected_user", "initial_user"),
    "multi_users_select": ("selected_users", "initial_users"),
    "channels_select": ("selected_channel", "initial_channel"),
    "multi_channels_select": ("selected_channels", "initial_channels"),
    "conversations_select": ("selected_conversation", "initial_conversation"),
    "datepicker": ("selected_date", "initial_date"),
    "timepicker": ("selected_time", "initial_time"),
    "datetimepicker": ("selected_date_time", "initial_date_time"),
}

REQUIRED = "Please complete this required field."


class NoSuchOption(Exception):
    """There is no such thing to choose or to type here."""


def with_ids(blocks: Sequence[JSON]) -> list[JSON]:
    """A copy in which every block and interactive element has an id, and every text object its defaults, as Slack does."""
    copy: list[JSON] = json.loads(json.dumps(blocks))
    for block in copy:
        block.setdefault("block_id", secrets.token_urlsafe(4))
        for _place, element in elements_of(block):
            if element["type"] != "image":
                element.setdefault("action_id", secrets.token_urlsafe(4))
        _fill_text_objects(block)
    return copy


def escaped(words: str) -> str:
    """Slack keeps and hands out plain text with its three characters escaped (bolt-python #513)."""
    words = re.sub(r"&(?!(?:amp|lt|gt);)", "&amp;", words)
    return words.replace("<", "&lt;").replace(">", "&gt;")


def _fill_text_objects(value: Any) -> None:
    if isinstance(value, dict):
        if value.get("type") == "plain_text":
            value.setdefault("emoji", True)
            value["text"] = escaped(value["text"])
        elif value.get("type") == "mrkdwn":
            value.setdefault("verbatim", False)
        for held in value.values():
            _fill_text_objects(held)
    elif isinstance(value, list):
        for held in value:
            _fill_text_objects(held)


def stateful(blocks: Sequence[JSON]) -> Iterator[tuple[JSON, JSON]]:
    """Each block and element that appears in a view's or message's `state.values`."""
    for block in blocks:
        for _place, element in elements_of(block):
            if element["type"] in _HOLDS:
                yield block, element


def initial(element: JSON) -> JSON:
    """The state of an element nobody has touched."""
    key, prefilled = _HOLDS[element["type"]]
    nothing: Any = [] if key.endswith("s") else None
    return {"type": element["type"], key: element.get(prefilled, nothing)}


def values_of(
    blocks: Sequence[JSON], kept: Mapping[str, Mapping[str, JSON]] | None = None
) -> dict[str, dict[str, JSON]]:
    """The state of these blocks; what was typed into the same block and action of the same type is `kept`."""
    values: dict[str, dict[str, JSON]] = {}
    for block, element in stateful(blocks):
        block_id, action_id = block["block_id"], element["action_id"]
        old = (kept or {}).get(block_id, {}).get(action_id)
        same = old is not None and old["type"] == element["type"]
        values.setdefault(block_id, {})[action_id] = dict(old) if old and same else initial(element)
    return values


def options_of(element: JSON) -> list[JSON]:
    """Everything one could choose, groups flattened."""
    groups = element.get("option_groups") or []
    return [*(element.get("options") or []), *(option for group in groups for option in group["options"])]


def _option(element: JSON, wanted: str) -> JSON:
    for option in options_of(element):
        if wanted in (option["text"]["text"], option["value"]):
            return option
    there = ", ".join(option["text"]["text"] for option in options_of(element))
    raise NoSuchOption(f"There is no option {wanted!r} here, only: {there}")


def filled(element: JSON, value: Any) -> JSON:
    """The state of an element after somebody typed or chose `value`: text, the text of an option, or a list of those."""
    kind = element["type"]
    if kind not in _HOLDS:
        raise NoSuchOption(f"Nothing can be typed into a {kind}")
    key, _prefilled = _HOLDS[kind]
    held: Any = value
    if value is None or value == "":
        held = [] if key.endswith("s") else None
    elif key == "selected_option":
        held = _option(element, str(value))
    elif key == "selected_options":
        held = [_option(element, str(one)) for one in value]
    elif kind == "datepicker":
        held = _by_picker(datetime.date.fromisoformat, str(value), "date").isoformat()
    elif kind == "timepicker":
        held = _by_picker(datetime.time.fromisoformat, str(value), "time").strftime("%H:%M")
    elif kind == "datetimepicker":
        held = int(value.timestamp()) if isinstance(value, datetime.datetime) else int(value)
    elif key == "value":
        held = str(value)
    return {"type": kind, key: held}


def _by_picker(parse: Any, value: str, what: str) -> Any:
    try:
        return parse(value)
    except ValueError:
        raise NoSuchOption(f"Slack's {what} picker does not offer {value!r}") from None


def complaint(block: JSON, state: JSON) -> str | None:
    """Why Slack's client would not even send this input, or None."""
    element = block["element"]
    key, _prefilled = _HOLDS[element["type"]]
    held = state.get(key)
    if held in (None, "", []):
        return None if block.get("optional") else REQUIRED
    if key != "value":
        return None
    if len(held) < element.get("min_length", 0):
        return f"Please use at least {element['min_length']} characters."
    if len(held) > element.get("max_length", 3000):
        return f"Please use at most {element.get('max_length', 3000)} characters."
    if element["type"] == "email_text_input" and not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", held):
        return "Please enter a valid email address."
    if element["type"] == "url_text_input" and not re.match(r"https?://\S+", held):
        return "Please enter a valid URL."
    if element["type"] == "number_input" and not re.fullmatch(r"-?\d+(\.\d+)?", held):
        return "Please enter a number."
    return None

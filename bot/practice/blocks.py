"""Block Kit as Slack accepts it: which fields a block has, how long they may be, what must not occur twice."""

import datetime
import json
from collections.abc import Iterator, Sequence
from typing import Any, TypeAlias

from bot.practice.refusal import SlackRefusal, wrong_blocks
from bot.practice.rules import (
    Problems,
    Rule,
    anything,
    boolean,
    items,
    number,
    one_of,
    parsed,
    shape,
    string,
    tagged,
    url,
)

JSON: TypeAlias = dict[str, Any]

MOST_TEXT_IN_BLOCKS = 13_200  # undocumented; bolt-js #2509 and #2867 measured it
MOST_VIEW_BYTES = 250_000


def _plain(limit: int) -> Rule:
    return tagged({"plain_text": shape({"type!": anything, "text!": string(limit), "emoji": boolean})})


def _text(limit: int) -> Rule:
    mrkdwn = shape({"type!": anything, "text!": string(limit), "verbatim": boolean})
    plain = shape({"type!": anything, "text!": string(limit), "emoji": boolean})
    return tagged({"mrkdwn": mrkdwn, "plain_text": plain})


_CONFIRM = shape(
    {
        "title!": _plain(100),
        "text!": _text(300),
        "confirm!": _plain(30),
        "deny!": _plain(30),
        "style": one_of("primary", "danger"),
    }
)
_OPTION = shape({"text!": _plain(75), "value!": string(150), "description": _plain(75), "url": url(3000)})
_ROW_OPTION = shape({"text!": _text(75), "value!": string(150), "description": _text(75)})  # radios and checkboxes
_GROUP = shape({"label!": _plain(75), "options!": items(_OPTION, most=100)})
_DISPATCH = shape({"trigger_actions_on": items(one_of("on_enter_pressed", "on_character_entered"), most=2)})
_DATE = parsed(datetime.date.fromisoformat, "a date: YYYY-MM-DD")
_TIME = parsed(lambda value: datetime.datetime.strptime(value, "%H:%M"), "a time: HH:mm")  # noqa: DTZ007 - only its form
_TYPED = {"initial_value": string(3000, empty=True), "placeholder": _plain(150), "dispatch_action_config": _DISPATCH}
_SELECT = {"placeholder": _plain(150)}
_STATIC = {"options": items(_OPTION, most=100), "option_groups": items(_GROUP, most=100), **_SELECT}
_MANY = {"max_selected_items": number}
_PEOPLE_FILTER = {"filter": anything, "default_to_current_conversation": boolean, "response_url_enabled": boolean}


def _element(fields: dict[str, Rule]) -> Rule:
    return shape({"type!": anything, "action_id": string(255), "confirm": _CONFIRM, "focus_on_load": boolean, **fields})


ELEMENTS: dict[str, Rule] = {
    "button": _element(
        {
            "text!": _plain(75),
            "value": string(2000, empty=True),
            "url": url(3000),
            "style": one_of("primary", "danger"),
            "accessibility_label": string(75),
        }
    ),
    "overflow": _element({"options!": items(_OPTION, most=5)}),
    "static_select": _element({**_STATIC, "initial_option": _OPTION}),
    "multi_static_select": _element({**_STATIC, **_MANY, "initial_options": items(_OPTION, most=100)}),
    "users_select": _element({**_SELECT, "initial_user": string(255)}),
    "multi_users_select": _element({**_SELECT, **_MANY, "initial_users": items(string(255), most=100)}),
    "channels_select": _element({**_SELECT, "initial_channel": string(255), "response_url_enabled": boolean}),
    "multi_channels_select": _element({**_SELECT, **_MANY, "initial_channels": items(string(255), most=100)}),
    "conversations_select": _element({**_SELECT, **_PEOPLE_FILTER, "initial_conversation": string(255)}),
    "checkboxes": _element({"options!": items(_ROW_OPTION, most=10), "initial_options": items(_ROW_OPTION, most=10)}),
    "radio_buttons": _element({"options!": items(_ROW_OPTION, most=10), "initial_option": _ROW_OPTION}),
    "datepicker": _element({"initial_date": _DATE, "placeholder": _plain(150)}),
    "timepicker": _element({"initial_time": _TIME, "placeholder": _plain(150), "timezone": string(255)}),
    "datetimepicker": _element({"initial_date_time": number}),
    "plain_text_input": _element({**_TYPED, "multiline": boolean, "min_length": number, "max_length": number}),
    "email_text_input": _element(_TYPED),
    "url_text_input": _element(_TYPED),
    "number_input": _element(
        {**_TYPED, "is_decimal_allowed!": boolean, "min_value": string(255), "max_value": string(255)}
    ),
    "image": shape({"type!": anything, "image_url!": url(3000), "alt_text!": string(2000)}),
}

_SELECTS = tuple(kind for kind in ELEMENTS if kind.endswith("_select"))
_PICKERS = ("datepicker", "timepicker", "checkboxes", "radio_buttons")
IN_ACCESSORY = ("button", "overflow", "image", *_SELECTS, *_PICKERS)
IN_ACTIONS = ("button", "overflow", "datetimepicker", *_SELECTS, *_PICKERS)
IN_INPUT = (*_SELECTS, *_PICKERS, "datetimepicker", *(kind for kind in ELEMENTS if kind.endswith("_input")))


def _block(fields: dict[str, Rule]) -> Rule:
    return shape({"type!": anything, "block_id": string(255), **fields})


_PIECES = {"image": ELEMENTS["image"], "mrkdwn": _text(3000), "plain_text": _text(3000)}

BLOCKS: dict[str, Rule] = {
    "section": _block(
        {
            "text": _text(3000),
            "fields": items(_text(2000), most=10),
            "accessory": tagged(ELEMENTS, IN_ACCESSORY),
            "expand": boolean,
        }
    ),
    "header": _block({"text!": _plain(150)}),
    "divider": _block({}),
    "context": _block({"elements!": items(tagged(_PIECES), most=10)}),
    "actions": _block({"elements!": items(tagged(ELEMENTS, IN_ACTIONS), most=25)}),
    "input": _block(
        {
            "label!": _plain(2000),
            "element!": tagged(ELEMENTS, IN_INPUT),
            "hint": _plain(2000),
            "optional": boolean,
            "dispatch_action": boolean,
        }
    ),
    "image": _block({"image_url!": url(3000), "alt_text!": string(2000), "title": _plain(2000)}),
    "markdown": _block({"text!": string(12_000)}),
    "rich_text": _block({"elements!": items(anything, most=1000)}),  # unverified: we do not look into it
}
IN_MESSAGE = tuple(BLOCKS)
IN_VIEW = tuple(kind for kind in BLOCKS if kind != "markdown")

_VIEW = {
    "type!": one_of("modal", "home"),
    "blocks!": anything,  # looked into by _check
    "private_metadata": string(3000, empty=True),
    "callback_id": string(255, empty=True),
    "external_id": string(255, empty=True),
}
_MODAL = shape(
    {
        **_VIEW,
        "title!": _plain(24),
        "submit": _plain(24),
        "close": _plain(24),
        "clear_on_close": boolean,
        "notify_on_close": boolean,
        "submit_disabled": boolean,
    }
)
_HOME = shape({**_VIEW, "clear_on_close": boolean, "notify_on_close": boolean})


def elements_of(block: JSON) -> list[tuple[str, JSON]]:
    """The interactive elements of one block, each with its place inside it."""
    match block.get("type"):
        case "section" if isinstance(block.get("accessory"), dict):
            return [("accessory", block["accessory"])]
        case "actions":
            return [(f"elements/{place}", element) for place, element in enumerate(block["elements"])]
        case "input":
            return [("element", block["element"])]
    return []


def texts_of(value: Any) -> Iterator[str]:
    """Every string that stands under a `text` key, however deep."""
    if isinstance(value, dict):
        for name, held in value.items():
            if name == "text" and isinstance(held, str):
                yield held
            else:
                yield from texts_of(held)
    elif isinstance(value, list):
        for held in value:
            yield from texts_of(held)


def _between_fields(problems: Problems, block: JSON, at: str) -> None:
    """What the fields of a well-formed block owe each other."""
    if block["type"] == "section" and "text" not in block and "fields" not in block:
        problems.add("missing required field: text", at)
    seen: set[str] = set()
    for place, element in elements_of(block):
        where = f"{at}/{place}"
        if (action := element.get("action_id")) in seen:
            problems.add(f'`action_id` "{action}" already exists for another element', f"{where}/action_id")
        elif action:
            seen.add(action)
        _chosen_beforehand(problems, element, where)


def _chosen_beforehand(problems: Problems, element: JSON, at: str) -> None:
    """What is preselected must be among the options, which must exist and differ in value."""
    if not element["type"].endswith(("static_select", "checkboxes", "radio_buttons", "overflow")):
        return
    groups = element.get("option_groups") or []
    options = [*(element.get("options") or []), *(option for group in groups for option in group["options"])]
    if not options:
        problems.add("missing required field: options", at)
    beforehand = [element["initial_option"]] if element.get("initial_option") else element.get("initial_options") or []
    if any(option not in options for option in beforehand):
        problems.add("initial option must be one of the options", at)
    if len({option["value"] for option in options}) < len(options):
        problems.add("option values must be unique (unverified)", f"{at}/options")


def _unique_blocks(problems: Problems, blocks: Sequence[JSON], at: str) -> None:
    seen: set[str] = set()
    for place, block in enumerate(blocks):
        if (name := block.get("block_id")) in seen:
            problems.add(f'`block_id` "{name}" already exists for another block', f"{at}/{place}/block_id")
        elif name:
            seen.add(name)


def _check(problems: Problems, blocks: Any, at: str, allowed: Sequence[str], most: int) -> None:
    items(tagged(BLOCKS, allowed), least=0, most=most)(problems, blocks, at)
    if problems.sentences:
        return
    _unique_blocks(problems, blocks, at)
    for place, block in enumerate(blocks):
        _between_fields(problems, block, f"{at}/{place}")


def check_message_blocks(blocks: Any) -> None:
    """Refuse the blocks of a message that Slack would refuse."""
    if not isinstance(blocks, list):
        raise SlackRefusal("invalid_blocks_format")
    problems = Problems()
    _check(problems, blocks, "/blocks", IN_MESSAGE, 50)
    if problems.sentences:
        raise wrong_blocks("invalid_blocks", problems.sentences)
    if sum(map(len, texts_of(blocks))) > MOST_TEXT_IN_BLOCKS:
        raise SlackRefusal("msg_blocks_too_long")


def check_view(view: Any, *, kind: str | None = None) -> None:
    """Refuse a modal or home that Slack would refuse; `kind` is the type it must have."""
    problems = Problems()
    if not isinstance(view, dict):
        raise SlackRefusal("invalid_arguments", "[ERROR] must provide an object [json-pointer:/view]")
    if len(json.dumps(view)) > MOST_VIEW_BYTES:
        raise SlackRefusal("view_too_large")
    tagged({"modal": _MODAL, "home": _HOME}, [kind] if kind else None)(problems, view, "/view")
    if not problems.sentences:
        _check(problems, view["blocks"], "/view/blocks", IN_VIEW, 100)
    if not problems.sentences and view["type"] == "modal" and "submit" not in view:
        for place, block in enumerate(view["blocks"]):
            if block["type"] == "input":
                problems.add("must define `submit` to use an `input` block in modals", f"/view/blocks/{place}/input")
    if problems.sentences:
        raise wrong_blocks("invalid_arguments", problems.sentences)

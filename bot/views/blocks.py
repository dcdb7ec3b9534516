"""Small builders of Block Kit. Views compose these; nobody nests dicts by hand.

Limits are Slack's (docs.slack.dev, Block Kit reference). Text for people to read is cut here rather than refused there.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bot.i18n import clock_text, day_text, read_at

Block = dict[str, Any]
Element = dict[str, Any]

SECTION = 3000
CARRIED = 2900
"""Characters of its private data that a modal carries on to the next question, with room for what we add."""
BUTTON = 75
CONFIRM = 300
MODAL_TITLE = 24
FIRST_LINE = 150


@dataclass(frozen=True)
class Message:
    """What is posted: `text` is what notifications and screen readers get, the blocks are what people look at."""

    text: str
    blocks: list[Block] = field(default_factory=list)

    def __post_init__(self) -> None:
        # Whatever words ended up in it, a notification calls nobody but its reader.
        object.__setattr__(self, "text", _CALLS_ALL.sub("&lt;!", self.text))


_CALLS_ALL = re.compile(r"<!(?!date\^)")


def escape(text: str) -> str:
    """Our own people's words, shown as they typed them: no markup, no mention."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def cut(text: str, limit: int) -> str:
    """At most `limit` characters; what is missing is said by an ellipsis."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def when(at: datetime, zone: str, *, now: datetime | None = None) -> str:
    """A time as each reader's own clock shows it; where Slack cannot, in plain words with the zone."""
    now = now or read_at()
    plain = clock_text(at, zone, now=now)
    form = "{time}" if now is None or abs((at - now).total_seconds()) < 12 * 3600 else "{date_short_pretty} {time}"
    return f"<!date^{int(at.timestamp())}^{form}|{escape(plain)}>"


def moment(at: datetime, zone: str) -> str:
    """A time with its day, as each reader's own clock shows them; for what may be read much later."""
    plain = f"{day_text(at, zone)}, {clock_text(at, zone, now=at)}"
    return f"<!date^{int(at.timestamp())}^{{date_short_pretty}} {{time}}|{escape(plain)}>"


def person(user: str) -> str:
    """A name that notifies nobody when it stands in an edit or outside the crisis channel's new posts."""
    return f"<@{user}>"


def plain(text: str, limit: int = BUTTON) -> Element:
    return {"type": "plain_text", "text": cut(text, limit), "emoji": True}


def mrkdwn(text: str) -> Element:
    return {"type": "mrkdwn", "text": cut(text, SECTION)}


def section(text: str, accessory: Element | None = None) -> Block:
    block: Block = {"type": "section", "text": mrkdwn(text)}
    if accessory is not None:
        block["accessory"] = accessory
    return block


def header(text: str) -> Block:
    return {"type": "header", "text": plain(text, FIRST_LINE)}


def divider() -> Block:
    return {"type": "divider"}


def context(*lines: str) -> Block:
    """Small print, at most ten lines."""
    return {"type": "context", "elements": [mrkdwn(line) for line in lines[:10]]}


def preformatted(text: str, block_id: str | None = None) -> Block:
    """The exact text in a box of its own, byte for byte, ready to copy."""
    block: Block = {
        "type": "rich_text",
        "elements": [{"type": "rich_text_preformatted", "elements": [{"type": "text", "text": text}]}],
    }
    if block_id:
        block["block_id"] = block_id
    return block


def confirm(title: str, text: str, yes: str, no: str, *, danger: bool = False) -> Element:
    said: Element = {
        "title": plain(title, 100),
        "text": plain(text, CONFIRM),
        "confirm": plain(yes, 30),
        "deny": plain(no, 30),
    }
    if danger:
        said["style"] = "danger"
    return said


def button(
    label: str,
    action: str,
    value: str,
    *,
    style: str | None = None,
    ask: Element | None = None,
    accessible: str | None = None,
) -> Element:
    """`action` is `noun.verb`; `value` names the row it was drawn with; `accessible` names its object to a screen reader."""
    element: Element = {"type": "button", "text": plain(label), "action_id": action, "value": value}
    if style:
        element["style"] = style
    if ask:
        element["confirm"] = ask
    if accessible:
        element["accessibility_label"] = cut(accessible, BUTTON)
    return element


def link_button(label: str, url: str, action: str, *, accessible: str | None = None) -> Element:
    element: Element = {"type": "button", "text": plain(label), "action_id": action, "url": url}
    if accessible:
        element["accessibility_label"] = cut(accessible, BUTTON)
    return element


def more(action: str, options: Sequence[tuple[str, str]]) -> Element:
    """The `More` menu: (label, value); at most five. Slack lets it carry no accessibility label."""
    return {"type": "overflow", "action_id": action, "options": [option(label, value) for label, value in options[:5]]}


def actions(*elements: Element, block_id: str | None = None) -> Block:
    block: Block = {"type": "actions", "elements": list(elements)}
    if block_id:
        block["block_id"] = block_id
    return block


def option(label: str, value: str, description: str | None = None) -> Element:
    said: Element = {"text": plain(label), "value": value}
    if description:
        said["description"] = plain(description)
    return said


def select(
    action: str, options: Sequence[Element], initial: str | None = None, placeholder: str | None = None
) -> Element:
    element: Element = {"type": "static_select", "action_id": action, "options": list(options)}
    chosen = next((o for o in options if o["value"] == initial), None)
    if chosen:
        element["initial_option"] = chosen
    if placeholder:
        element["placeholder"] = plain(placeholder, 150)
    return element


def checkboxes(action: str, options: Sequence[Element], initial: Sequence[str] = ()) -> Element:
    element: Element = {"type": "checkboxes", "action_id": action, "options": list(options)}
    if chosen := [o for o in options if o["value"] in initial]:
        element["initial_options"] = chosen
    return element


def text_input(
    action: str, initial: str = "", *, multiline: bool = False, placeholder: str | None = None, most: int | None = None
) -> Element:
    element: Element = {"type": "plain_text_input", "action_id": action, "multiline": multiline}
    if initial:
        element["initial_value"] = cut(initial, SECTION)
    if placeholder:
        element["placeholder"] = plain(placeholder, 150)
    if most:
        element["max_length"] = most
    return element


def datetime_picker(action: str, initial: datetime | None = None) -> Element:
    element: Element = {"type": "datetimepicker", "action_id": action}
    if initial is not None:
        element["initial_date_time"] = int(initial.timestamp())
    return element


def person_select(action: str, initial: str | None = None) -> Element:
    element: Element = {"type": "users_select", "action_id": action}
    if initial:
        element["initial_user"] = initial
    return element


def input_(
    label: str,
    element: Element,
    name: str,
    *,
    optional: bool = False,
    hint: str | None = None,
    drawn_for: str = "",
    tells: bool = False,
) -> Block:
    """A field of a modal. `name` is its block id: errors and typed values are found under it.

    Slack keeps what stands in a block it knows, so one that is to be filled in anew says what it was `drawn_for`.
    With `tells` we hear of a choice at once, not with the submission.
    """
    block: Block = {
        "type": "input",
        "block_id": f"{name}:{drawn_for}" if drawn_for else name,
        "label": plain(label, 2000),
        "element": element,
        "optional": optional,
    }
    if tells:
        block["dispatch_action"] = True
    if hint:
        block["hint"] = plain(hint, 2000)
    return block


def modal(
    title: str,
    blocks: Sequence[Block],
    *,
    callback: str = "nothing",
    submit: str | None = None,
    close: str | None = None,
    data: str = "",
) -> Block:
    """A modal. `callback` is `noun.verb` like an action; `data` travels with it (3,000 characters)."""
    view: Block = {
        "type": "modal",
        "callback_id": callback,
        "title": plain(title, MODAL_TITLE),
        "blocks": list(blocks)[:100],
        "private_metadata": data,
    }
    if submit:
        view["submit"] = plain(submit, 24)
    if close:
        view["close"] = plain(close, 24)
    return view

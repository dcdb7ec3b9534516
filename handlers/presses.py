"""What somebody did, read from what Slack sends, whichever door it came through."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from json import dumps, loads
from typing import Any

from bot.core.effects import Refused
from bot.i18n import _
from bot.models import ChannelId, TeamId, UserId

Body = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Press:
    """What somebody did, in our words, whichever door it came through."""

    door: str
    """"command", "action", "view", "shortcut" or "event"."""
    user: UserId
    team: TeamId
    key: str
    """The same press again (Slack repeats, people double-click) has the same key."""
    value: str = ""
    """The button's value, the chosen option, or a modal's private data."""
    text: str = ""
    """The rest of a command after its word."""
    channel: ChannelId | None = None
    message_ts: str | None = None
    trigger: str | None = None
    view_id: str | None = None
    view_hash: str | None = None
    modal: bool = False
    """Pressed inside a modal, so the answer stays in it."""
    home: bool = False
    """Pressed in App Home."""
    values: Mapping[str, Any] = field(default_factory=dict)
    """A modal's fields by name, each as a plain value: str, list of str, int (seconds since 1970) or None."""
    body: Body = field(default_factory=dict)
    locale: str = "en"
    """In which we answer: the person's where we have its language, else the plan's."""
    typed_in: str = "en"
    """In which the person types: theirs, also where we have no sentences in it."""
    zone: str = "UTC"


def _plain(element: Mapping[str, Any]) -> Any:
    """The one value in an element's state, whatever kind of element it is."""
    for name in ("value", "selected_user", "selected_date", "selected_time", "selected_date_time", "selected_channel"):
        if element.get(name) is not None:
            return element[name]
    if element.get("selected_option"):
        return element["selected_option"]["value"]
    if "selected_options" in element:
        return [chosen["value"] for chosen in element["selected_options"]]
    return None


def _fields(view: Mapping[str, Any]) -> dict[str, Any]:
    values: Mapping[str, Mapping[str, Any]] = view.get("state", {}).get("values", {})
    return {
        block.partition(":")[0]: _plain(element) for block, elements in values.items() for element in elements.values()
    }


def read_command(body: Body) -> Press:
    return Press(
        door="command",
        user=UserId(body["user_id"]),
        team=TeamId(body["team_id"]),
        key=f"command:{body['trigger_id']}",
        text=body.get("text", "").strip(),
        channel=ChannelId(body["channel_id"]),
        trigger=body["trigger_id"],
        body=body,
    )


def read_action(body: Body) -> Press:
    action = body["actions"][0]
    view = body.get("view") or {}
    chosen = action.get("selected_option") or {}
    return Press(
        door="action",
        user=UserId(body["user"]["id"]),
        team=TeamId(body["team"]["id"]),
        key=f"action:{body['user']['id']}:{action['action_id']}:{body['trigger_id']}",
        value=action.get("value") or chosen.get("value") or action.get("selected_user") or "",
        channel=ChannelId(body["channel"]["id"]) if body.get("channel") else None,
        message_ts=(body.get("message") or {}).get("ts"),
        trigger=body.get("trigger_id"),
        view_id=view.get("id"),
        view_hash=view.get("hash"),
        modal=view.get("type") == "modal",
        home=view.get("type") == "home",
        values=_fields(view),
        body=body,
    )


def read_submission(body: Body) -> Press:
    view = body["view"]
    values = _fields(view)
    typed = sha256(dumps(values, sort_keys=True).encode()).hexdigest()[:16]
    return Press(
        door="view",
        user=UserId(body["user"]["id"]),
        team=TeamId(body["team"]["id"]),
        key=f"view:{view['id']}:{view.get('hash', '')}:{typed}",
        value=view.get("private_metadata", ""),
        trigger=body.get("trigger_id"),
        view_id=view["id"],
        view_hash=view.get("hash"),
        modal=True,
        values=values,
        body=body,
    )


def read_shortcut(body: Body) -> Press:
    """An entry of a message's menu; the message itself is in the body."""
    return Press(
        door="shortcut",
        user=UserId(body["user"]["id"]),
        team=TeamId(body["team"]["id"]),
        key=f"shortcut:{body['user']['id']}:{body['trigger_id']}",
        value=body["callback_id"],
        channel=ChannelId(body["channel"]["id"]),
        message_ts=body["message_ts"],
        trigger=body["trigger_id"],
        body=body,
    )


def read_event(body: Body) -> Press:
    event = body["event"]
    who = event.get("user")
    return Press(
        door="event",
        user=UserId(who["id"] if isinstance(who, dict) else who or ""),
        team=TeamId(body.get("team_id", "")),
        key=f"event:{body['event_id']}",
        channel=ChannelId(event["channel"]) if isinstance(event.get("channel"), str) else None,
        body=body,
    )


def gone() -> Refused:
    """What was pressed is older than what we know now."""
    return Refused(_("That is gone. Please look at the newest message about it."))


def carried(press: Press) -> dict[str, Any]:
    """What a button or form carries besides an id; one drawn by another version may carry something else."""
    try:
        found = loads(press.value)
    except ValueError:
        raise gone() from None
    if not isinstance(found, dict):
        raise gone()
    return found

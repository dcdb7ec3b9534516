"""What a driver gets to see: messages, modals, notifications, and what went over the wire."""

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Self
from urllib.parse import parse_qsl

from bot.practice.nouns import JSON


class NoSuchButton(AssertionError):
    """There is nothing of that name to press; the message lists what there is."""


class NotVisible(AssertionError):
    """This person cannot see that."""


class Unreachable(AssertionError):
    """Slack's screen would not have let anybody do this."""


@dataclass
class Message:
    """A message as one person reads it."""

    ts: str
    channel: str
    user: str  # "bot" or a person's id
    text: str  # the `text` field, as sent: what notifications and screen readers get
    shown: str  # all words of its blocks, a line each, as this person reads them
    buttons: list[str]
    metadata: JSON | None
    thread_ts: str | None
    edited: bool
    ephemeral: bool
    blocks: list[JSON]
    subtype: str | None = None  # set on the lines Slack itself writes: who joined, the new topic
    reactions: dict[str, list[str]] = field(default_factory=dict)
    files: list[JSON] = field(default_factory=list)
    controls: list[JSON] = field(default_factory=list, repr=False)

    @classmethod
    def of(cls, sent: JSON) -> Self:
        return cls(buttons=_button_labels(sent["controls"]), **sent)


@dataclass
class Modal:
    """The modal in front of somebody. Labels are those of its inputs; `values` and `errors` are by label."""

    id: str
    title: str
    text: str
    labels: list[str]
    values: dict[str, Any]
    errors: dict[str, str]
    buttons: list[str]
    submit: str | None
    close: str
    options: dict[str, list[str]]
    callback_id: str
    blocks: list[JSON]
    places: dict[str, list[str]] = field(repr=False, default_factory=dict)  # of the inputs: block and action
    controls: list[JSON] = field(repr=False, default_factory=list)

    def tells(self, label: str) -> bool:
        """Whether the app hears of a choice in this input at once."""
        block_id = self.places[label][0]
        return any(block.get("dispatch_action") for block in self.blocks if block["block_id"] == block_id)

    @classmethod
    def of(cls, sent: JSON) -> Self:
        fields = sent["fields"]
        return cls(
            id=sent["id"],
            title=sent["title"],
            text=sent["text"],
            labels=[one["label"] for one in fields if one["input"]],
            values={one["label"]: one["value"] for one in fields},
            errors={one["label"]: one["error"] for one in fields if one["error"]},
            buttons=_button_labels(sent["controls"]),
            submit=sent["submit"],
            close=sent["close"],
            options={one["label"]: one["options"] for one in fields if one["options"]},
            callback_id=sent["callback_id"],
            blocks=sent["blocks"],
            places={one["label"]: one["place"] for one in fields if one["input"]},
            controls=sent["controls"],
        )


@dataclass
class Confirm:
    """The question Slack asks before a button counts."""

    title: str
    text: str
    confirm: str
    deny: str


@dataclass
class Outcome:
    """What came of a gesture, as far as it could be seen at once."""

    ok: bool
    ack_ms: float | None  # until the bot acknowledged; None when Slack asked nobody
    ephemeral: list[Message]
    modal: Modal | None
    error: str | None  # the sentence Slack shows
    confirm: Confirm | None = None
    url: str | None = None  # what a link button opened

    @classmethod
    def of(cls, sent: JSON, confirm: JSON | None = None) -> Self:
        return cls(
            ok=sent["ok"],
            ack_ms=None if sent["ack"] is None else sent["ack"] * 1000,
            ephemeral=[Message.of(one) for one in sent["ephemeral"]],
            modal=Modal.of(sent["modal"]) if sent["modal"] else None,
            error=sent["error"],
            confirm=Confirm(**confirm) if confirm else None,
            url=sent["url"],
        )

    @property
    def said(self) -> str:
        """All that was whispered in answer."""
        return "\n".join(message.shown for message in self.ephemeral)


@dataclass
class Notification:
    """What made a phone buzz: its words, where, and why ("dm", "mention" or "thread")."""

    person: str
    channel: str
    ts: str
    text: str
    reason: str


@dataclass
class ChannelState:
    """A channel as somebody sees it who sees everything; Slack's own lines are in `system`, not in `messages`."""

    id: str
    name: str
    kind: str
    private: bool
    archived: bool
    members: list[str]
    topic: str
    purpose: str
    pins: list[str]
    bookmarks: list[JSON]
    messages: list[Message]
    system: list[Message]

    @classmethod
    def of(cls, sent: JSON) -> Self:
        everything = [Message.of(one) for one in sent.pop("messages")]
        return cls(
            messages=[one for one in everything if one.subtype is None],
            system=[one for one in everything if one.subtype is not None],
            **sent,
        )


@dataclass
class Call:
    """One Web API call of the bot; times are monotonic seconds of the workspace."""

    method: str
    arguments: JSON
    ok: bool
    error: str | None
    started: float
    ended: float
    status: int
    why: list[str] = field(default_factory=list)


@dataclass
class Sent:
    """One delivery to the bot: `ack` in seconds, `body` its answer, `retry` which repetition it is (0: the first)."""

    kind: str
    raw: bytes
    content_type: str
    started: float
    retry: int
    status: int | None
    ack: float
    body: str
    answer_type: str
    error: str | None

    @classmethod
    def of(cls, sent: JSON) -> Self:
        return cls(**{**sent, "raw": base64.b64decode(sent["raw"])})

    @property
    def payload(self) -> JSON:
        """What was said: an event's envelope, an interaction, or the fields of a command."""
        if self.content_type == "application/json":
            return dict(json.loads(self.raw))
        fields = dict(parse_qsl(self.raw.decode(), keep_blank_values=True))
        return dict(json.loads(fields["payload"])) if "payload" in fields else fields


def _button_labels(controls: Sequence[JSON]) -> list[str]:
    return [one["labels"][0] for one in controls if one["type"] == "button"]


def round_trips(calls: Sequence[Call]) -> int:
    """The longest chain of calls in which each began after the one before had ended: what somebody had to wait for."""
    longest: dict[int, int] = {}
    ordered = sorted(calls, key=lambda call: call.started)
    for place, call in enumerate(ordered):
        before = (longest[earlier] for earlier in range(place) if ordered[earlier].ended <= call.started)
        longest[place] = 1 + max(before, default=0)
    return max(longest.values(), default=0)

"""Behind the scenes: what Slack sent, how fast the bot acknowledged it, which calls it made, and what was refused."""

import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

from bot.practice.carriers import JSON_TYPE, Sent
from bot.practice.courier import Courier
from bot.practice.nouns import JSON
from bot.practice.settings import PracticeSettings
from bot.practice.web_api import Call, WebApi

ROWS = 120
SLOW, LATE = 0.5, 3.0
"""Seconds: our own promise for an acknowledgement, and Slack's deadline."""
HIDDEN = "(not shown)"
SECRET_KEYS = {"token", "trigger_id", "response_url", "authorization", "upload_url", "client_secret"}
_SECRETS = re.compile(r"\b(?:xox[a-z]?|xapp|xoxe\.xox[a-z])-[\w.-]+|/response/[\w-]+")

KINDS = {
    "command": "command",
    "action": "press",
    "view_submission": "modal sent",
    "view_closed": "modal closed",
    "message_action": "message shortcut",
    "shortcut": "shortcut",
    "event": "event",
}


@dataclass(frozen=True)
class Row:
    """One request, in either direction."""

    key: str
    direction: str  # "in": to the bot; "out": the bot's call
    at: str
    what: str
    about: str
    ms: int
    speed: str  # "", "slow" or "late"
    answer: str
    refused: str
    detail: str


def shown(value: Any) -> Any:
    """The same without whatever opens doors: tokens, triggers, answer addresses."""
    if isinstance(value, dict):
        return {name: HIDDEN if name.lower() in SECRET_KEYS and held else shown(held) for name, held in value.items()}
    if isinstance(value, list | tuple):
        return [shown(held) for held in value]
    return _SECRETS.sub(HIDDEN, value) if isinstance(value, str) else value


def payload_of(sent: Sent) -> JSON:
    """What was said: an event's envelope, an interaction, or the fields of a command."""
    if sent.content_type == JSON_TYPE:
        said = dict(json.loads(sent.raw))
        return dict(said["payload"]) if "envelope_id" in said else said
    fields = dict(parse_qsl(sent.raw.decode(), keep_blank_values=True))
    return dict(json.loads(fields["payload"])) if "payload" in fields else dict(fields)


class Wire:
    """The record of one workspace, told newest first."""

    def __init__(self, settings: PracticeSettings, courier: Courier, web_api: WebApi, names: Mapping[str, str]) -> None:
        self.settings, self.courier, self.web_api, self.names = settings, courier, web_api, names
        self._rows: dict[tuple[str, int, str], Row] = {}

    def rows(self, tz: str) -> list[Row]:
        """The latest requests, newest first."""
        told = [(sent.started, self._kept("in", index, sent, tz)) for index, sent in self._last(self.courier.sent)]
        told += [(call.started, self._kept("out", index, call, tz)) for index, call in self._last(self.web_api.calls)]
        return [row for _started, row in sorted(told, key=lambda one: one[0], reverse=True)[:ROWS]]

    def detail(self, direction: str, index: int) -> str | None:
        """All that was said, as JSON to read."""
        if direction == "in" and 0 <= index < len(self.courier.sent):
            sent = self.courier.sent[index]
            try:
                answer: Any = sent.answer()
            except ValueError:
                answer = sent.body
            told: JSON = {"sent": payload_of(sent), "answer": {"status": sent.status, "body": answer}}
        elif direction == "out" and 0 <= index < len(self.web_api.calls):
            call = self.web_api.calls[index]
            told = {"call": call.method, "arguments": self._read(call.arguments)}
            told["answer"] = {"ok": call.ok, "status": call.status, "error": call.error, "why": list(call.why)}
        else:
            return None
        return json.dumps(shown(told), indent=2, ensure_ascii=False)

    def bot_is_away(self) -> bool:
        """The last thing said to the bot found nobody there, and it has not been heard since."""
        if not self.courier.sent:
            return False
        last = self.courier.sent[-1]
        heard = self.web_api.calls[-1].started if self.web_api.calls else 0.0
        return last.error == "connection_failed" and heard < last.started

    def _kept(self, direction: str, index: int, told: Any, tz: str) -> Row:
        """What is on record does not change any more, so it is read once."""
        key = (direction, index, tz)
        if key not in self._rows:
            self._rows[key] = (self._sent if direction == "in" else self._call)(index, told, tz)
        return self._rows[key]

    def _last(self, told: list[Any]) -> list[tuple[int, Any]]:
        first = max(0, len(told) - ROWS)
        return list(enumerate(told[first:], start=first))

    def _read(self, arguments: JSON) -> JSON:
        """Structures that travelled as JSON in a string, unpacked."""
        read = dict(arguments)
        for name in ("blocks", "view", "metadata", "attachments", "users"):
            if isinstance(read.get(name), str):
                try:
                    read[name] = json.loads(read[name])
                except ValueError:
                    continue
        return read

    def _clock(self, started: float, tz: str) -> str:
        at = self.settings.clock() - (time.monotonic() - started)
        return f"{datetime.fromtimestamp(at, ZoneInfo(tz)):%H:%M:%S}"

    def _sent(self, index: int, sent: Sent, tz: str) -> Row:
        speed = "late" if sent.ack > LATE or sent.error == "operation_timeout" else "slow" if sent.ack > SLOW else ""
        repeat = f" (repeat {sent.retry})" if sent.retry else ""
        return Row(
            key=f"in-{index}",
            direction="in",
            at=self._clock(sent.started, tz),
            what=KINDS.get(sent.kind, sent.kind) + repeat,
            about=self._about(sent),
            ms=round(sent.ack * 1000),
            speed=speed,
            answer="" if sent.error else "acknowledged",
            refused=f"{sent.error}{f', status {sent.status}' if sent.status else ''}" if sent.error else "",
            detail=f"/behind/in/{index}",
        )

    def _about(self, sent: Sent) -> str:
        said = payload_of(sent)
        who = self.names.get((said.get("user") or {}).get("id", "") if sent.kind != "event" else "", "")
        match sent.kind:
            case "command":
                return f"{self.names.get(said.get('user_id', ''), '')}: {said.get('command')} {said.get('text', '')}".strip()
            case "action":
                action = said["actions"][0]
                label = (action.get("text") or (action.get("selected_option") or {}).get("text") or {}).get("text", "")
                return f"{who}: {label or action['type'].replace('_', ' ')} · {action['action_id']}"
            case "view_submission" | "view_closed":
                view = said["view"]
                return f"{who}: {(view.get('title') or {}).get('text', '')} · {view.get('callback_id', '')}"
            case "event":
                return str(said["event"]["type"])
            case _:
                return f"{who}: {said.get('callback_id', '')}"

    def _call(self, index: int, call: Call, tz: str) -> Row:
        why = ": " + "; ".join(call.why) if call.why else ""
        cut = {"reset": "the line was cut", "timeout": "no answer"}.get(call.error or "", "")
        return Row(
            key=f"out-{index}",
            direction="out",
            at=self._clock(call.started, tz),
            what=call.method,
            about=self._where(call.arguments),
            ms=round((call.ended - call.started) * 1000),
            speed="",
            answer="ok" if call.ok else "",
            refused=""
            if call.ok
            else f"{cut or call.error}{f', status {call.status}' if call.status != 200 else ''}{why}",
            detail=f"/behind/out/{index}",
        )

    def _where(self, arguments: JSON) -> str:
        """Whom or what the call was about, in names."""
        for name in ("channel", "channel_id", "user_id", "user", "users", "name", "email"):
            if value := arguments.get(name):
                said = str(value)
                return ", ".join(self.names.get(one, one) for one in said.split(",")[:6])
        return ""

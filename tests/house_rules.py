"""The storyboard's rules that hold for everything people ever see, looked for in all that a story sent to Slack.

Every story ends with this look: a card that breaks a rule fails whichever story first shows it.
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from bot.practice.blocks import elements_of
from bot.practice.courier import Sent
from bot.practice.web_api import Call

JSON = dict[str, Any]

NEVER_SAID = re.compile(
    r"\b(incidents?|signals?|postures?|draft state|SLAs?|breach(?:es|ed)?|effects?|escalation policy|webhooks?)\b",
    re.IGNORECASE,
)
"""Rule 5: words of ours that nobody in a crisis should have to learn."""
ZONELESS = re.compile(r"\b\d\d:\d\d\b(?! [A-Z]{3,5}\b)")
"""A time of day without its zone: Slack turns date tokens into each reader's own time, but not in plain text."""
BUTTONS = 4
"""Rule 4: at most so many in the row of one thing, and `More`."""
RED = ("version.approve", "text.publish", "incident.false_alarm", "incident.merge", "incident.declare")
"""Rule 4: what goes out or can't be undone."""
SHOWN = ("chat.postMessage", "chat.update", "chat.postEphemeral", "views.open", "views.push", "views.update")


@dataclass(frozen=True)
class Screen:
    """Something that stood before people: a message, an ephemeral line, a modal."""

    how: str
    channel: str
    text: str | None
    """Of a message: what its notification says."""
    blocks: Sequence[JSON]
    in_thread: bool = False
    labels: Sequence[str] = ()
    """Of a form: its title and what closes it; and what was wrong with it."""


def screens(calls: Sequence[Call], sent: Sequence[Sent]) -> Iterator[Screen]:
    """What the bot showed, by its own calls and in its acknowledgements."""
    for call in calls:
        if call.method in SHOWN or call.method == "views.publish":
            view = _read(call.arguments.get("view")) or {}
            blocks = _read((view or call.arguments).get("blocks")) or []
            where, in_thread = str(call.arguments.get("channel", "")), bool(call.arguments.get("thread_ts"))
            yield Screen(call.method, where, call.arguments.get("text"), blocks, in_thread, _labels(view))
    for one in sent:
        if one.acknowledged and one.answer_type == "application/json" and isinstance(said := one.answer(), dict):
            view = said.get("view") or {}
            blocks = view.get("blocks") or said.get("blocks") or []
            labels = [*_labels(view), *(said.get("errors") or {}).values()]
            yield Screen(f"answer to a {one.kind}", "", said.get("text"), blocks, labels=labels)


def _labels(view: JSON) -> list[str]:
    return [view[part]["text"] for part in ("title", "submit", "close") if view.get(part)]


def _read(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) else value


def broken(calls: Sequence[Call], sent: Sequence[Sent]) -> list[str]:
    """A sentence for each rule that something on a screen breaks."""
    return list(dict.fromkeys(sentence for screen in screens(calls, sent) for sentence in _looked_at(screen)))


def _looked_at(screen: Screen) -> Iterator[str]:
    yield from _words(screen)
    if screen.how in ("chat.postMessage", "chat.update") and (found := ZONELESS.search(screen.text or "")):
        yield f"{screen.how}: {found.group()} without its zone in the notification: {screen.text}"
    yield from _buttons(screen)
    if screen.how == "chat.postMessage":
        yield from _pings(screen)
    if screen.how.startswith("chat.") and not (screen.text or "").strip():
        yield f"{screen.how}: a message without words for notification and screen reader"


def _words(screen: Screen) -> Iterator[str]:
    for said in (screen.text or "", *_said_by_us(screen.blocks)):
        if found := NEVER_SAID.search(said):
            yield f'{screen.how} says "{found.group()}": {said[:120]}'


def _said_by_us(blocks: Any) -> Iterator[str]:
    """Our own words: neither quotes of strangers nor the exact texts, which stand in boxes of their own."""
    if isinstance(blocks, list):
        for one in blocks:
            yield from _said_by_us(one)
    elif isinstance(blocks, dict) and blocks.get("type") != "rich_text":
        if blocks.get("type") in ("mrkdwn", "plain_text"):
            yield "\n".join(line for line in str(blocks["text"]).splitlines() if not line.startswith(("&gt;", ">")))
        else:
            yield from _said_by_us([value for value in blocks.values() if isinstance(value, list | dict)])


def _buttons(screen: Screen) -> Iterator[str]:
    rows = [block for block in screen.blocks if block["type"] == "actions"]
    for row in rows:
        buttons = [one for one in row["elements"] if one["type"] == "button"]
        labels = [one["text"]["text"] for one in buttons]
        if len(buttons) > BUTTONS or len(row["elements"]) > BUTTONS + 1:
            yield f"{screen.how}: more than four buttons in a row: {labels}"
        if sum(one.get("style") == "primary" for one in buttons) > 1:
            yield f"{screen.how}: more than one green button: {labels}"
    for block in screen.blocks:
        for _place, element in elements_of(block):
            if element["type"] != "button" or element.get("url"):
                continue
            label = element["text"]["text"]
            if len(element.get("accessibility_label", "")) <= len(label):
                yield f"{screen.how}: the button {label!r} ({element['action_id']}) does not name its object"
            if element.get("style") == "danger" and element["action_id"] not in RED:
                yield f"{screen.how}: the button {label!r} is red"


def _pings(screen: Screen) -> Iterator[str]:
    """Rule 2: whoever is asked is asked by a DM; a new message in a channel mentions nobody."""
    if screen.channel.startswith(("U", "W", "D")):
        return
    said = json.dumps([screen.text, *screen.blocks], ensure_ascii=False)
    called = set(re.findall(r"<(@[UW]\w+|!(?:channel|here|everyone|subteam\^\w+))[|>]", said))
    one_told = (
        screen.in_thread and len(called) == 1
    )  # who asked for a text is told in the thread of its card, and only there
    if called and not one_told:
        found = ", ".join(sorted(called))
        yield f"a new message in a channel calls {found}: {(screen.text or '')[:120]}"

"""Rules 5 and 8: the words on screen, and that words say what emoji and pictures only repeat."""

import re
from collections.abc import Iterator
from typing import Any

from tests.house_rules.seen import JSON, Screen, elements, said_by_us

NEVER_SAID = re.compile(
    r"\b(incidents?|signal(?:e|en|s)?|postures?|draft state|SLAs?|breach(?:es|ed)?|effects?|escalation policy|webhooks?)\b",
    re.IGNORECASE,
)
"""Rule 5: words of ours that nobody in a crisis should have to learn."""
ZONELESS = re.compile(r"\b\d\d:\d\d\b(?! [A-Z]{3,5}\b)")
"""A time of day without its zone: Slack turns date tokens into each reader's own time, but not in plain text."""
SIGNS = re.compile(r":[a-z0-9_+-]+:|[\u2190-\u2bff\U0001f000-\U0001faff\ufe0f]")
"""Emoji, by name or as they are, and other signs that stand for words."""
WORD = re.compile(r"[^\W\d_]{2}")


def looked_at(screen: Screen) -> Iterator[str]:
    yield from _forbidden(screen)
    if screen.message and (found := ZONELESS.search(screen.text or "")):
        yield f"{screen.how}: {found.group()} without its zone in the notification: {screen.text}"
    if screen.how.startswith("chat.") and not (screen.text or "").strip():
        yield f"{screen.how}: a message without words for notification and screen reader"
    yield from _signs(screen)
    yield from _pictures(screen)


def _forbidden(screen: Screen) -> Iterator[str]:
    for said in (screen.text or "", *screen.labels, *said_by_us(screen.blocks)):
        if found := NEVER_SAID.search(said):
            yield f'{screen.how} says "{found.group()}": {said[:120]}'


def _signs(screen: Screen) -> Iterator[str]:
    """Rule 8: state is a word before it is an emoji. Each line says in words what it says; a label is words alone."""
    for said in (screen.text or "", *said_by_us(screen.blocks)):
        for line in said.splitlines():
            if SIGNS.search(line) and not WORD.search(SIGNS.sub("", line)):
                yield f"{screen.how}: a line that only a sign says: {line[:120]}"
    for element in elements(screen.blocks):
        for label in (element.get("text"), *(one["text"] for one in element.get("options", []))):
            if label and SIGNS.search(label["text"]):
                yield f"{screen.how}: a sign in the label {label['text']!r}"


def _pictures(screen: Screen) -> Iterator[str]:
    """Rule 8: a picture's words carry its figures."""
    for picture in _images(list(screen.blocks)):
        alt = str(picture.get("alt_text") or "")
        if len(alt) < 20 or not re.search(r"\d", alt):
            yield f"{screen.how}: a picture whose alt text has no figures: {alt!r}"


def _images(value: Any) -> Iterator[JSON]:
    if isinstance(value, list):
        for one in value:
            yield from _images(one)
    elif isinstance(value, dict):
        if value.get("type") == "image":
            yield value
        yield from _images(list(value.values()))

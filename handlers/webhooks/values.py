"""What single values of strangers' JSON mean to us. Nothing in here trusts what it is given."""

import json
import math
import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from bot.i18n import _
from bot.service.signals import Unreadable

Json = dict[str, Any]

DEEPEST = 64
"""Levels of nesting; nobody's alarm needs more."""
LARGEST_AUDIENCE = 2_000_000_000
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
"""What is older was not a time at all: 0, or how Go writes "none" (the year 1)."""
SHORT = 200
"""Characters of a name, a channel, a status."""

RECOVERED = {"resolved", "recovered", "recovery", "up", "ok", "normal", "cleared"}
"""How sources say that it is over."""

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
"""PostgreSQL stores no NUL, and half of a surrogate pair is no character."""
_UNFILLED = re.compile(
    r"""\{\{[^{}]*\}\} | \{%[^{}]*%\} | \$\{[^{}]*\} | \{[\w.]+\} | <<[^<>]*>> | \[\[[^\[\]]*\]\]
        | \$[A-Z0-9]+(?:_[A-Z0-9]+)+ | \$[A-Z0-9_]+\$ | %[A-Za-z_.]+% | \*[a-z]+(?:[A-Z][a-z]*)+\*""",
    re.VERBOSE,
)
"""A blank of the sender's own template that it did not fill: {{title}}, ${title}, $EVENT_TITLE, *monitorName* …"""
_EPOCH_UNITS = ((1e11, 1), (1e14, 1e3), (1e17, 1e6), (1e20, 1e9))
"""Below the first number it counts in the second's parts of a second: whole, thousandths, millionths …"""


def document(body: bytes) -> Any:
    """The JSON of a body, with everything in it storable. Raises Unreadable with what is wrong and where."""
    try:
        return _storable(json.loads(body, parse_constant=_no_number), DEEPEST)
    except UnicodeDecodeError as error:
        raise Unreadable(_("This is not JSON: byte {place} is not UTF-8.", place=error.start + 1)) from error
    except json.JSONDecodeError as error:
        raise Unreadable(
            _(
                "This is not JSON: {why} (line {line}, column {column}).",
                why=error.msg,
                line=error.lineno,
                column=error.colno,
            )
        ) from error
    except RecursionError as error:
        raise Unreadable(_("This is nested too deeply: at most {n} levels.", n=DEEPEST)) from error
    except ValueError as error:
        raise Unreadable(_("A number in this JSON is too long.")) from error


def _no_number(word: str) -> None:
    raise Unreadable(_("This is not JSON: {word} is not a number there.", word=word))


def _storable(value: Any, levels: int) -> Any:
    if levels < 0:
        raise RecursionError
    match value:
        case str():
            return _UNSTORABLE.sub("\ufffd", value)
        case dict():
            return {_UNSTORABLE.sub("\ufffd", key): _storable(inner, levels - 1) for key, inner in value.items()}
        case list():
            return [_storable(inner, levels - 1) for inner in value]
        case float() if not math.isfinite(value):
            return str(value)  # 1e999 is JSON, but no number of ours
        case _:
            return value


def at(path: str, payload: Any) -> Any:
    """What stands at a dotted path ("event.data.title", "items.0.text"), or None."""
    if isinstance(payload, dict) and path in payload:
        return payload[path]  # a key may have dots of its own
    value = payload
    for step in path.split("."):
        if isinstance(value, dict):
            value = value.get(step)
        elif isinstance(value, list) and step.isascii() and step.isdigit() and int(step) < len(value):
            value = value[int(step)]
        else:
            return None
    return value


def what(value: Any) -> str:
    """What kind of thing this is, for a sentence."""
    match value:
        case dict():
            return _("an object")
        case list():
            return _("a list")
        case str():
            return _("text")
        case bool():
            return _("true or false")
        case int() | float():
            return _("a number")
        case _:
            return _("nothing")


def unfilled(value: Any) -> bool:
    """A placeholder that the sender's template left as it was."""
    return isinstance(value, str) and _UNFILLED.fullmatch(value.strip()) is not None


def words(value: Any, most: int | None = None) -> str | None:
    """Words: "" where there are none, None where it is something else."""
    match value:
        case None:
            return ""
        case str() if not unfilled(value):
            return value.strip()[:most]
        case bool():
            return None
        case int() | float():
            return str(value)[:most]
        case _:
            return None


def audience(value: Any) -> int | None:
    """How many people can see it, where that is a number at all."""
    match value:
        case str() if re.fullmatch(r"\s*[0-9]{1,10}\s*", value):
            number = int(value)
        case bool():
            return None
        case int():
            number = value
        case float() if value.is_integer():
            number = int(value)
        case _:
            return None
    return number if 0 <= number <= LARGEST_AUDIENCE else None


def moment(value: Any) -> datetime | None:
    """A time as senders write it: ISO, as in e-mails, or seconds (or smaller parts) since 1970. Without a zone it is UTC."""
    try:
        match value:
            case bool():
                return None
            case int() | float():
                found = _since_1970(float(value))
            case str() if re.fullmatch(r"\s*[0-9]{9,20}(\.[0-9]+)?\s*", value):
                found = _since_1970(float(value))
            case str():
                found = _written(value.strip())
            case _:
                return None
        aware = found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return aware if aware >= EARLIEST else None


def _since_1970(number: float) -> datetime:
    for below, parts in _EPOCH_UNITS:
        if abs(number) < below:
            return datetime.fromtimestamp(number / parts, UTC)
    raise ValueError("not a time")


def _written(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return parsedate_to_datetime(text)

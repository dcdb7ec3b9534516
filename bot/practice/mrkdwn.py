"""What a person reads: Slack's markup turned into plain words, in that person's zone and names."""

import datetime
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date

from bot.practice.nouns import JSON


@dataclass(frozen=True)
class Reader:
    """Whose eyes: the zone and locale for times, and the names behind ids. `now` is epoch seconds."""

    tz: str = "UTC"
    locale: str = "en-GB"
    now: float = 0.0
    people: Mapping[str, str] = field(default_factory=dict)
    channels: Mapping[str, str] = field(default_factory=dict)
    groups: Mapping[str, str] = field(default_factory=dict)


ANGLE = re.compile(r"<([^<>\n]+)>")
CODE = re.compile(r"```(.+?)```|`([^`\n]+)`", re.DOTALL)
EMPHASIS = re.compile(r"(?<![\w*_~])([*_~])(?=\S)(?!\1)([^\n]*?\S)\1(?![\w*_~])")
_QUOTE = re.compile(r"^(?:&gt;|>)(?:&gt;&gt;|>>)? ?", re.MULTILINE)
_PLACEHOLDER = re.compile(r"\{(\w+)\}")


def unescape(words: str) -> str:
    """Slack escapes these three characters and no others."""
    return words.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _ordinal(day: int) -> str:
    suffix = "th" if 10 <= day % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")
    return f"{day}{suffix}"


_NEAR = {"en": {0: "today", -1: "yesterday", 1: "tomorrow"}, "de": {0: "heute", -1: "gestern", 1: "morgen"}}
"""Slack writes days in the reader's own language; we know two."""


def _dates(day: datetime.date, language: str) -> tuple[str, str, str]:
    """A day as Slack writes it: plainly, short, and with its weekday."""
    if language == "en":
        date = f"{day:%B} {_ordinal(day.day)}, {day.year}"
        return date, f"{day:%b} {day.day}, {day.year}", f"{day:%A}, {date}"
    plain, short, long = (format_date(day, form, locale=language) for form in ("long", "medium", "full"))
    return plain, short, long


def _date_parts(moment: datetime.datetime, reader: Reader) -> dict[str, str]:
    day = moment.date()
    today = datetime.datetime.fromtimestamp(reader.now, ZoneInfo(reader.tz)).date()
    spoken = reader.locale.partition("-")[0]
    language = spoken if spoken in _NEAR else "en"
    date, short, long = _dates(day, language)
    near = _NEAR[language].get((day - today).days)
    twelve = reader.locale == "en-US"  # a person's 12/24 hours follow their locale unless they chose otherwise
    clock = moment.strftime("%I:%M %p").lstrip("0") if twelve else moment.strftime("%H:%M")
    seconds = moment.strftime("%I:%M:%S %p").lstrip("0") if twelve else moment.strftime("%H:%M:%S")
    away = round((moment.timestamp() - reader.now) / 60)
    return {
        "date_num": f"{day}",
        "date": date,
        "date_short": short,
        "date_long": long,
        "date_pretty": near or date,
        "date_short_pretty": near or short,
        "date_long_pretty": near or long,
        "day_divider_pretty": near or long,
        "time": clock,
        "time_secs": seconds,
        "ago": f"{-away} minutes ago" if away <= 0 else f"in {away} minutes",
    }


def date_words(inside: str, reader: Reader) -> str:
    """`!date^epoch^format^link|fallback` in the reader's zone; the fallback where Slack would show it."""
    token, _bar, fallback = inside.partition("|")
    pieces = token.split("^")
    try:
        moment = datetime.datetime.fromtimestamp(int(pieces[1]), ZoneInfo(reader.tz))
        pattern = pieces[2]
    except (IndexError, ValueError, OverflowError, OSError):
        return fallback
    parts = _date_parts(moment, reader)
    if any(name not in parts for name in _PLACEHOLDER.findall(pattern)):
        return fallback
    return _PLACEHOLDER.sub(lambda found: parts[found.group(1)], pattern)


def _angle(inside: str, reader: Reader) -> str:
    target, _bar, label = inside.partition("|")
    if inside.startswith("!date^"):
        return date_words(inside, reader)
    if inside.startswith("@"):
        return reader.people.get(target[1:], label or target)
    if inside.startswith("#"):
        return "#" + reader.channels.get(target[1:], label or "private channel")
    if inside.startswith("!subteam^"):
        return "@" + reader.groups.get(target.removeprefix("!subteam^"), label.lstrip("@") or target)
    if inside.startswith("!"):
        return "@" + target[1:]
    return label or target.removeprefix("mailto:")


def plain(text: str, reader: Reader) -> str:
    """mrkdwn as it reads: no markers, no angle brackets; what stands in code stays as it was typed."""
    kept: list[str] = []
    text = text.replace("\x00", "")  # marks what is kept aside

    def keep(words: str) -> str:
        kept.append(words)
        return f"\x00{len(kept) - 1}\x00"

    text = CODE.sub(lambda found: keep(found.group(1) or found.group(2)), text)
    text = _QUOTE.sub("", text)
    text = ANGLE.sub(lambda found: keep(_angle(found.group(1), reader)), text)
    before = None
    while before != text:
        before, text = text, EMPHASIS.sub(r"\2", text)
    while "\x00" in text:
        text = re.sub("\x00(\\d+)\x00", lambda found: kept[int(found.group(1))], text)
    return unescape(text)


def mentions(text: str) -> set[str]:
    """Whom these words ping: user ids, `!channel`, `!here`, `!everyone`, `!subteam^ID`."""
    targets = (inside.partition("|")[0] for inside in ANGLE.findall(text))
    return {
        target.removeprefix("@") for target in targets if re.match(r"@|!channel|!here|!everyone|!subteam\^", target)
    }


def words_of(text: JSON, reader: Reader) -> str:
    """One text object; plain text knows no markup, only the three escapes."""
    return plain(text["text"], reader) if text["type"] == "mrkdwn" else unescape(text["text"])


def _rich(value: Any, reader: Reader) -> str:
    """A rich_text block, which is what Slack's composer makes."""
    if isinstance(value, list):
        return "".join(_rich(held, reader) for held in value)
    match value.get("type"):
        case "text" | "emoji":
            return str(value.get("text") or f":{value.get('name')}:")
        case "link":
            return str(value.get("text") or value["url"])
        case "user":
            return reader.people.get(value["user_id"], value["user_id"])
        case "channel":
            return "#" + reader.channels.get(value["channel_id"], "private channel")
        case "broadcast":
            return f"@{value['range']}"
        case "rich_text_list":
            return "".join(_rich(held, reader) + "\n" for held in value["elements"])
    return _rich(value.get("elements", []), reader)


def block_words(block: JSON, reader: Reader) -> list[str]:
    """The lines a person reads in one block; the labels of its buttons are not among them."""
    match block["type"]:
        case "section":
            pieces = [block["text"]] if block.get("text") else []
            return [words_of(piece, reader) for piece in [*pieces, *(block.get("fields") or [])]]
        case "header":
            return [words_of(block["text"], reader)]
        case "context":
            pieces = block["elements"]
            return [" ".join(one["alt_text"] if one["type"] == "image" else words_of(one, reader) for one in pieces)]
        case "image":
            return [*([words_of(block["title"], reader)] if block.get("title") else []), block["alt_text"]]
        case "markdown":
            return [unescape(block["text"])]
        case "rich_text":
            return [_rich(block, reader)]
        case "input":
            hint = [words_of(block["hint"], reader)] if block.get("hint") else []
            return [words_of(block["label"], reader), *hint]
    return []


def shown(blocks: Sequence[JSON], reader: Reader) -> str:
    """All the words in these blocks, a line each."""
    return "\n".join(line for block in blocks for line in block_words(block, reader))


def block_mentions(blocks: Sequence[JSON]) -> set[str]:
    """Whom the mrkdwn in these blocks pings; plain text pings nobody."""
    found: set[str] = set()

    def look(value: Any) -> None:
        if isinstance(value, dict):
            if value.get("type") == "mrkdwn":
                found.update(mentions(value["text"]))
            elif value.get("type") == "user":
                found.add(value["user_id"])
            elif value.get("type") == "broadcast":
                found.add(f"!{value['range']}")
            else:
                look(list(value.values()))
        elif isinstance(value, list):
            for held in value:
                look(held)

    look(list(blocks))
    return found

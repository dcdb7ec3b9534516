"""Somebody's words in Markdown, harmless: in a fence or escaped, they cannot pretend to be part of the record."""

import re
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.core.untrusted import plain

_MARKS = re.compile(r"([\\`*_\[\]<>|~&#])")


def safe(words: str, limit: int = 0) -> str:
    """Somebody's words on one line of Markdown: they cannot format, link or begin anything."""
    line = " ".join(plain(words).split())
    if limit and len(line) > limit:
        line = line[: limit - 1].rstrip() + "…"
    return _MARKS.sub(r"\\\1", line)


def fence(words: str) -> str:
    """Somebody's words, line by line as they wrote them, between marks longer than any of theirs."""
    said = plain(words)  # first: what is taken out may have kept marks apart
    marks = "`" * max(3, 1 + max((len(run) for run in re.findall(r"`+", said)), default=0))
    return f"{marks}text\n{said}\n{marks}"


def code(words: str) -> str:
    """An address or a hash as it is."""
    line = " ".join(plain(words).split())
    marks = "`" * (1 + max((len(run) for run in re.findall(r"`+", line)), default=0))
    pad = " " if line.startswith("`") or line.endswith("`") else ""
    return f"{marks}{pad}{line}{pad}{marks}"


def stamp(at: datetime, zone: str) -> str:
    """In UTC, and in the zone of the crisis; the day there only where it is another one."""
    there = at.astimezone(ZoneInfo(zone))
    day = f"{there:%Y-%m-%d} " if there.date() != at.date() else ""
    return f"{at:%Y-%m-%d %H:%M:%S} UTC ({day}{there:%H:%M} {there.tzname()})"

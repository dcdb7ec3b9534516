"""Composing a text from sentences: what may be filled in, and how a promised time is put into words. No model, no I/O."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from string import Formatter
from zoneinfo import ZoneInfo

from babel.dates import format_date

from bot.core import said_times
from bot.core.untrusted import plain
from bot.i18n import zone_label

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Blanks:
    """What may be filled in. None means unknown: the sentence that needs it is left out whole."""

    company: str | None = None
    link: str | None = None
    """Where people find help, as the text prints it: harbour.example/help."""
    contact: str | None = None
    """How to reach the company otherwise: an address or a number."""
    next_update: datetime | None = None
    """When the text says the next word comes; aware UTC."""
    zone: str
    """The IANA zone in which the text prints times."""
    now: datetime
    handle: str | None = None
    """Whom a reply addresses; chosen by a stranger, so only a plain handle is used."""
    statement: str | None = None
    """The approved position, which the call-centre brief quotes."""
    responsibility: bool = False
    """A named human ticked "We take responsibility"."""
    late: bool = False
    """A time that was promised in public has passed, and nothing was said."""


def next_promise_time(base: datetime, after: timedelta = timedelta(0)) -> datetime:
    """The first full minute that is not before `base + after` and at least 60 seconds after `base`."""
    earliest = base + max(after, MINUTE)
    whole = earliest.replace(second=0, microsecond=0)
    return whole if whole == earliest else whole + MINUTE


def time_phrase(at: datetime, zone: str, language: str, now: datetime) -> str:
    """The promised time as it follows the language's "by" (by, bis, a más tardar, до): "23:58 CET", "midnight CET".

    Another day comes with weekday and date. Whatever this prints, `times_in` reads back as the same time.
    """
    there = at.astimezone(ZoneInfo(zone))
    today = now.astimezone(ZoneInfo(zone)).date()
    named = zone_name(there, zone, language)
    form = _PHRASES.get(language, _PHRASES["en"])
    if (there.hour, there.minute) == (0, 0) and now < at <= now + DAY:
        return form.midnight.format(zone=named)
    clock = form.one_oclock if there.hour == 1 and form.one_oclock else form.clock
    said = clock.format(clock=f"{there:%H:%M}", zone=named)
    if there.date() == today:
        return said
    return form.day.format(said=said, day=format_date(there.date(), form.date, locale=language))


@dataclass(frozen=True)
class _Phrase:
    """How a language writes a time after its "by"; `one_oclock` where the article changes with the hour."""

    clock: str
    midnight: str
    day: str
    date: str
    one_oclock: str | None = None


_PHRASES = {
    "en": _Phrase("{clock} {zone}", "midnight {zone}", "{said} on {day}", "EEEE, d MMMM"),
    "de": _Phrase("{clock} Uhr ({zone})", "Mitternacht ({zone})", "{day}, {said}", "EEEE, d. MMMM"),
    "es": _Phrase(
        "a las {clock} ({zone})",
        "a medianoche ({zone})",
        "el {day} {said}",
        "EEEE d 'de' MMMM",
        one_oclock="a la {clock} ({zone})",
    ),
    "ru": _Phrase("{clock} ({zone})", "полуночи ({zone})", "{said} {day}", "d MMMM (EEEE)"),
    "bg": _Phrase("{clock} ч. ({zone})", "полунощ ({zone})", "{said} на {day}", "d MMMM (EEEE)"),
}

_SPOKEN_ZONES = {("ru", "Europe/Moscow"): "мск", ("bg", "Europe/Sofia"): "българско време"}
"""Where people at home call their own time by a name that neither Babel nor the zone database knows."""


def zone_name(there: datetime, zone: str, language: str) -> str:
    """As the public reads it, in the language of the text."""
    spoken = _SPOKEN_ZONES.get((language, zone))
    return spoken or zone_label(there, "en_GB" if language == "en" else language)


def times_in(text: str, zone: str, language: str, now: datetime) -> list[datetime]:
    """Every clock time the text names, as aware UTC, in the order of the text."""
    return [named.at for named in said_times.named_times(text, zone, language, now)]


def addressed(handle: str | None) -> str | None:
    """The handle with its @, or None where a stranger's name is anything but a plain handle."""
    bare = plain(handle or "").strip().removeprefix("@")
    return f"@{bare}" if re.fullmatch(r"[A-Za-z0-9](?:[\w.-]{0,48}\w)?|\w", bare, re.ASCII) else None


def values_of(blanks: Blanks, language: str) -> dict[str, str | None]:
    """The blanks by the names that the texts use."""
    today = blanks.now.astimezone(ZoneInfo(blanks.zone)).date()
    time = time_phrase(blanks.next_update, blanks.zone, language, blanks.now) if blanks.next_update else None
    return {
        "company": blanks.company,
        "link": blanks.link,
        "contact": blanks.contact,
        "time": time,
        "date": format_date(today, "long", locale="en_GB" if language == "en" else language),
        "handle": addressed(blanks.handle),
        "statement": blanks.statement,
    }


NAMES = ("company", "link", "contact", "time", "date", "handle", "statement")
"""The blanks a sentence may hold; a situation's own sentences come beside them under their own names."""


def blanks_in(sentence: str) -> list[str]:
    """The names of the blanks in a sentence."""
    return [name for _literal, name, _spec, _conversion in Formatter().parse(sentence) if name is not None]


def filled(sentence: str, values: Mapping[str, str | None]) -> str | None:
    """The sentence with its blanks filled in, or None when one of them is unknown."""
    known = {name: value for name in blanks_in(sentence) if (value := values[name])}
    return sentence.format(**known) if len(known) == len(set(blanks_in(sentence))) else None


@dataclass(frozen=True)
class Sentence:
    """A place in a text: the first of these wordings whose blanks are all known."""

    wordings: tuple[str, ...]
    responsible: bool = False
    """Said only when a named human takes responsibility."""
    late: str | None = None
    """Said instead once a time that was promised in public has passed."""


def written(
    paragraphs: Iterable[Sequence[Sentence]],
    own: Mapping[str, str | None],
    values: Mapping[str, str | None],
    *,
    responsibility: bool,
    late: bool = False,
) -> str:
    """The text: every sentence that can be said, in its order; `own` are the situation's sentences, by name."""
    known = {**values, **{name: filled(s, values) if s else None for name, s in own.items()}}
    said = []
    for paragraph in paragraphs:
        wanted = [sentence for sentence in paragraph if responsibility or not sentence.responsible]
        line = " ".join(s for sentence in wanted if (s := _first(sentence, known, late=late)))
        if line:
            said.append(line)
    return "\n\n".join(said)


def _first(sentence: Sentence, known: Mapping[str, str | None], *, late: bool) -> str | None:
    wordings = (sentence.late,) if late and sentence.late else sentence.wordings
    return next((said for wording in wordings if (said := filled(wording, known))), None)

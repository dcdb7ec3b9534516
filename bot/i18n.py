"""Every sentence people see, in the reader's language: gettext catalogues through Babel, English the source."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime, timedelta
from functools import cache
from io import BytesIO
from pathlib import Path
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_skeleton, format_time, get_timezone_name
from babel.lists import format_list
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal
from babel.support import NullTranslations, Translations
from babel.units import format_unit

LOCALES = Path(__file__).parent / "locale"
"""Catalogues as translators write them: `LANGUAGE/LC_MESSAGES/amends.po`. They are read once, on first use."""
SOURCE = "en"
"""The language the sentences are written in."""

_reader: ContextVar[str] = ContextVar("reader", default=SOURCE)
_read_at: ContextVar[datetime | None] = ContextVar("read_at", default=None)
_read_in: ContextVar[str | None] = ContextVar("read_in", default=None)


def catalogue_of(language: str) -> Path:
    """Where the sentences of a language are."""
    return LOCALES / language / "LC_MESSAGES" / "amends.po"


@cache
def _catalogue(locale: str) -> NullTranslations:
    path = catalogue_of(_language(locale))
    if not path.exists():
        return NullTranslations()
    compiled = BytesIO()
    with path.open("rb") as written:
        write_mo(compiled, read_po(written))
    compiled.seek(0)
    return Translations(compiled)


def _language(locale: str) -> str:
    return locale.split("_")[0]


def languages() -> tuple[str, ...]:
    """Those we have our sentences in."""
    return SOURCE, *sorted(path.parent.parent.name for path in LOCALES.glob("*/LC_MESSAGES/amends.po"))


@cache
def spoken(locale: str) -> bool:
    """Whether we have our sentences in the language of this locale."""
    return _language(locale) in languages()


@cache
def known(slack_locale: str | None) -> str | None:
    """The Babel name of a locale as Slack writes it ("en-GB" is "en_GB"); None where Babel knows none such."""
    try:
        return str(Locale.parse((slack_locale or "").replace("-", "_")))
    except (ValueError, UnknownLocaleError):
        return None


def locale_of(slack_locale: str | None, fallback: str = SOURCE) -> str:
    """In which locale somebody reads us: their own where we have its language, else the fallback, else English.

    Sentences, numbers and dates go together: an English sentence never has German numbers in it.
    """
    candidates = (known(slack_locale), known(fallback))
    return next((found for found in candidates if found and spoken(found)), SOURCE)


@contextmanager
def reading(locale: str, at: datetime | None = None, *, zone: str | None = None) -> Iterator[None]:
    """Everything said inside is for a reader of this locale, who reads it at this time: other days are named.

    `zone` is that of one person's own clock; a channel has none.
    """
    who, when, where = _reader.set(locale_of(locale)), _read_at.set(at), _read_in.set(zone)
    try:
        yield
    finally:
        _reader.reset(who)
        _read_at.reset(when)
        _read_in.reset(where)


def read_at() -> datetime | None:
    """When what is being said now is read, where that is known."""
    return _read_at.get()


def reader() -> str:
    """The locale of whoever reads what is being said now."""
    return _reader.get()


def _(message: str, /, **fields: object) -> str:
    """The message in the reader's language, with its named fields filled in."""
    return marked(message, **fields)


def N_(message: str, /) -> str:
    """Marks a sentence for the translators that is said later, by `marked`."""
    return message


def marked(message: str, /, **fields: object) -> str:
    """As `_`, for a sentence that stands elsewhere under `N_`."""
    said = str(_catalogue(reader()).gettext(message))
    return said.format(**fields) if fields else said


def ngettext(one: str, many: str, n: int, /, **fields: object) -> str:
    """As `_`, in the plural form that `n` asks for; `n` itself is the field {n}, written as the reader writes numbers."""
    said = str(_catalogue(reader()).ngettext(one, many, n))
    return said.format(n=number(n), **fields)


def number(n: int) -> str:
    """41000 as the reader writes it: 41,000."""
    return format_decimal(n, locale=reader())


def language_name(language: str) -> str:
    """German, for "de"."""
    return str(Locale.parse(reader()).languages.get(language, language))


def named_language(tag: str | None) -> str | None:
    """The language of a tag as others write it ("de-AT", "pt_BR" and "DE" are "de", "pt" and "de"); None where the
    reader's words have no name for it."""
    language = _language((tag or "").strip().replace("-", "_")).lower()
    return language if language in Locale.parse(reader()).languages else None


def reads(language: str) -> bool:
    """Whether that is the language of whoever reads what is being said now."""
    return language == _language(reader())


def listing(items: list[str] | tuple[str, ...]) -> str:
    """ "Priya, Leo and Ines"."""
    return format_list(list(items), locale=reader())


def clock_text(at: datetime, zone: str, *, now: datetime | None = None) -> str:
    """The time of day on the reader's own clock, or in this zone where a channel reads it; its zone in plain words."""
    return clock_there(at, _read_in.get() or zone, now=now)


def clock_there(at: datetime, zone: str, *, now: datetime | None = None) -> str:
    """The time of day in this zone, whoever reads it; with the day where it is another one than `now`'s."""
    now = now or read_at()
    there = ZoneInfo(zone)
    at_there = at.astimezone(there)
    time = format_time(at_there.timetz(), "HH:mm", tzinfo=there, locale=reader())
    said = f"{time} {zone_label(at_there, _dated())}"
    if now is not None and at_there.date() != now.astimezone(there).date():
        return f"{format_skeleton('MMMEd', at_there.date(), locale=_dated())}, {said}"
    return said


def day_text(at: datetime, zone: str) -> str:
    """A date in words: 22 November 2026."""
    return format_date(at.astimezone(ZoneInfo(_read_in.get() or zone)).date(), "long", locale=_dated())


def _dated() -> str:
    """The locale of dates. English of no country in particular puts the day first."""
    return "en_GB" if reader() == SOURCE else reader()


def zone_label(there: datetime, locale: str) -> str:
    """The short name by which readers know the zone: MEZ to Germans, CET to most, UTC+3 where there is no name."""
    for name in (get_timezone_name(there, width="short", locale=locale), there.tzname() or ""):
        if re.fullmatch(r"[A-Z]{2,5}", name):
            return name
    minutes = int((there.utcoffset() or timedelta(0)).total_seconds()) // 60
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{'-' if minutes < 0 else '+'}{hours}" + (f":{rest:02}" if rest else "")


def minutes_shown(start: datetime, end: datetime) -> int:
    """Whole minutes between two moments, as whoever reads both on a clock counts them: 22:58:40 to 23:04:10 are 6."""
    return (int(end.timestamp()) // 60) - (int(start.timestamp()) // 60)


def duration(seconds: float) -> str:
    """A length of time in the reader's words, in the one or two units that matter: "12 minutes", "1 hour 45 minutes"."""
    if seconds < 59.5:
        return format_unit(round(seconds), "second", "long", locale=reader())
    minutes = round(seconds / 60)
    parts = ((minutes // 1440, "day"), (minutes % 1440 // 60, "hour"), (minutes % 60, "minute"))
    said = [format_unit(count, unit, "long", locale=reader()) for count, unit in parts if count]
    return " ".join(said[:2])

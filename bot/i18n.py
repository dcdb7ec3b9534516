"""Every sentence people see, in the reader's language: gettext catalogues through Babel, English the source."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_datetime, format_time
from babel.lists import format_list
from babel.numbers import format_decimal
from babel.support import NullTranslations, Translations
from babel.units import format_unit

LOCALES = Path(__file__).parent / "locale"
"""Compiled catalogues live in `LOCALE/LC_MESSAGES/amends.mo`."""

_reader: ContextVar[str] = ContextVar("reader", default="en")
_read_at: ContextVar[datetime | None] = ContextVar("read_at", default=None)


@cache
def _catalogue(locale: str) -> NullTranslations:
    return Translations.load(LOCALES, [locale, locale.split("_")[0]], "amends")


def locale_of(slack_locale: str | None, fallback: str = "en") -> str:
    """The Babel name of a locale as Slack writes it ("en-GB"), or the fallback where Babel knows none such."""
    for candidate in (slack_locale or "", fallback):
        try:
            return str(Locale.parse(candidate.replace("-", "_")))
        except (ValueError, UnknownLocaleError):
            continue
    return "en"


@contextmanager
def reading(locale: str, at: datetime | None = None) -> Iterator[None]:
    """Everything said inside is for a reader of this locale, who reads it at this time: other days are named."""
    who, when = _reader.set(locale_of(locale)), _read_at.set(at)
    try:
        yield
    finally:
        _reader.reset(who)
        _read_at.reset(when)


def read_at() -> datetime | None:
    """When what is being said now is read, where that is known."""
    return _read_at.get()


def reader() -> str:
    """The locale of whoever reads what is being said now."""
    return _reader.get()


def _(message: str, /, **fields: object) -> str:
    """The message in the reader's language, with its named fields filled in."""
    said = str(_catalogue(reader()).gettext(message))
    return said.format(**fields) if fields else said


def ngettext(one: str, many: str, n: int, /, **fields: object) -> str:
    """As `_`, in the plural form that `n` asks for; `n` itself is the field {n}, written as the reader writes numbers."""
    said = str(_catalogue(reader()).ngettext(one, many, n))
    return said.format(n=number(n), **fields)


def number(n: int) -> str:
    """41000 as the reader writes it: 41,000."""
    return format_decimal(n, locale=reader())


def listing(items: list[str] | tuple[str, ...]) -> str:
    """ "Priya, Leo and Ines"."""
    return format_list(list(items), locale=reader())


def clock_text(at: datetime, zone: str, *, now: datetime | None = None) -> str:
    """The time of day with its zone in plain words; with the day where it is another one than `now`'s."""
    now = now or read_at()
    there = ZoneInfo(zone)
    at_there = at.astimezone(there)
    time = format_time(at_there.timetz(), "HH:mm", tzinfo=there, locale=reader())
    said = f"{time} {at_there.tzname()}"
    if now is not None and at_there.date() != now.astimezone(there).date():
        return f"{format_date(at_there.date(), 'EEE d MMM', locale=reader())}, {said}"
    return said


def day_text(at: datetime, zone: str) -> str:
    """A date in words: 22 November 2026."""
    return format_datetime(at, "d MMMM y", tzinfo=ZoneInfo(zone), locale=reader())


def duration(seconds: float) -> str:
    """A length of time in the reader's words, in the one or two units that matter: "12 minutes", "1 hour 45 minutes"."""
    if seconds < 59.5:
        return format_unit(round(seconds), "second", "long", locale=reader())
    minutes = round(seconds / 60)
    parts = ((minutes // 1440, "day"), (minutes % 1440 // 60, "hour"), (minutes % 60, "minute"))
    said = [format_unit(count, unit, "long", locale=reader()) for count, unit in parts if count]
    return " ".join(said[:2])

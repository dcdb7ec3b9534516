"""Every sentence people see, in the reader's language: gettext catalogues through Babel, English the source."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_datetime, format_time, format_timedelta
from babel.lists import format_list
from babel.numbers import format_decimal
from babel.support import NullTranslations, Translations

LOCALES = Path(__file__).parent / "locale"
"""Compiled catalogues live in `LOCALE/LC_MESSAGES/amends.mo`."""

_reader: ContextVar[str] = ContextVar("reader", default="en")


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
def reading(locale: str) -> Iterator[None]:
    """Everything said inside is for a reader of this locale."""
    token = _reader.set(locale_of(locale))
    try:
        yield
    finally:
        _reader.reset(token)


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
    """A length of time in the reader's words: "12 minutes"."""
    return format_timedelta(timedelta(seconds=seconds), threshold=1.5, locale=reader())

"""When somebody means: "next update 18:00", "in 2 hours", "tomorrow 9", read in that person's zone and language.

dateparser knows the words of 200 languages; what it gets wrong for promises is settled here: an hour without minutes
("tomorrow 9"), a day without any time of day, a wall clock that was set forward or back, a length of time across it.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from enum import Enum, auto
from zoneinfo import ZoneInfo

from dateparser.data.languages_info import language_order
from dateparser.date import DateDataParser

from bot.core.effects import Refused
from bot.core.said_times import MIDNIGHT, NOON, TODAY, TOMORROW, zone_named
from bot.i18n import _, clock_text, day_text

MINUTE = timedelta(minutes=1)
LEAST = MINUTE
MOST = timedelta(days=90)
"""Nobody in a crisis promises anything for later than this; a date that far away is one read wrongly."""

WORDS = 6
"""A time is said in at most so many words, at the end of the line or at its beginning."""
LETTERS = 60
"""Longer than any time anybody writes; parsing more only costs time."""


def _any(table: dict[str, str]) -> str:
    return "|".join(table.values())


_MEANS = (
    (rf"\b(?:24:00|(?:a\s+|la\s+)?(?:{_any(MIDNIGHT)}))\b", "midnight"),
    (rf"\b(?:{_any(NOON)})\b", "noon"),
    (rf"(?<!\w)(?:{_any(TODAY)})(?!\w)", "today"),
    (rf"(?<!\w)(?:{_any(TOMORROW)})(?!\w)", "tomorrow"),
    (
        r"(?<!\w)(?:half\s+an\s+hour|einer\s+halben\s+stunde|halbe\s+stunde|media\s+hora|полчаса|половин\s+час)(?!\w)",
        "30 min",
    ),
    (r"(?<!\w)(?:a\s+)?quarter\s+of\s+an\s+hour(?!\w)|(?<!\w)(?:einer\s+)?viertelstunde(?!\w)", "15 min"),
    (r"(?<=:\d\d)\s?(?:uhr|hrs|h|ч\.?)(?!\w)", ""),
    (r"(?<![\w:.])(\d{1,2})\s?(?:uhr|o['’]clock)(?!\w)", r"\1:00"),
    (r"(?<!\w)(?:в|до|к)\s+(\d{1,2})\s?(?:ч\.?|час|часа|часов|часам)(?!\w)", r"\1:00"),
    (r"(?<!\w)(?:at|um|a\s+las?|las?|в)\s+(\d{1,2})(?![\w:.]|\s?[ap]\.?m)", r"\1:00"),
    (r"(?<!\w)(?:at|by|um|bis|gegen|hasta|antes\s+de|a\s+las?|las?|в|до|к|към)\s+(?=\d{1,2}[:.]\d\d)", ""),
)
"""Said in many ways, meant once: what dateparser is handed instead."""
_NORMAL = [(re.compile(said, re.IGNORECASE), meant) for said, meant in _MEANS]
_HOUR_AT_THE_END = re.compile(r"(?P<day>.*[^\W\d])\s+(?P<hour>[01]?\d|2[0-3])$")
_MORE_THAN_A_NUMBER = re.compile(r"[^\W\d]{3}|\d[-/.:]?[^\W\d]|\d[-/.:]\d|\d\s?[ap]\.?m\b")
"""dateparser takes "18" for a day and "we" for Wednesday."""
_CLOCK = re.compile(r"\d[:.]\d\d|\d\s?[ap]\.?m\b|noon|midnight", re.IGNORECASE)
_BARE_CLOCK = re.compile(r"\d{1,2}[:.]\d\d(?:\s?[ap]\.?m\.?)?|\d{1,2}\s?[ap]\.?m\.?|noon|midnight", re.IGNORECASE)
_LEFT_OVER = re.compile(r"\d{1,4}[./-]\d{1,2}(?:[./-](?:\d{1,4})?)?")
"""A date beside the time that was not understood: without it another day would be promised."""
_ZONE = re.compile(
    r"\s(?:(?:utc|gmt)(?P<sign>[+-])(?P<hours>1[0-4]|0?\d)(?::(?P<minutes>[0-5]\d))?|(?P<name>[a-zа-я]{3,4}))$",
    re.IGNORECASE,
)
_CUES = r"by|at|until|till|before|for|bis|um|gegen|vor|hasta|antes\s+de|a\s+las?|para|до|к|в|към"
_TRAILING = re.compile(rf"(?:^|\s+)(?:{_CUES})$|[\s:,–—-]+$", re.IGNORECASE)


@dataclass(frozen=True)
class Said:
    """A time that somebody typed, and the words around it."""

    at: datetime
    """Aware UTC, a full minute."""
    rest: str
    """What is to be done by then; empty where only a time was typed."""


class _Unread(Enum):
    """Why a phrase is no time."""

    NO_TIME = auto()
    DAY_ALONE = auto()


def said_time(typed: str, *, now: datetime, zone: str, locale: str = "en") -> Said:
    """The time at the end (or the beginning) of what somebody typed. Refuses, with a sentence, what is none."""
    words = typed.split()
    day_alone = False
    for taken in range(min(WORDS, len(words)), 0, -1):
        for phrase, rest, beside in (
            (words[-taken:], words[:-taken], words[-taken - 1 : -taken]),
            (words[:taken], words[taken:], words[taken : taken + 1]),
        ):
            try:
                read = _read(" ".join(phrase), now=now, home=ZoneInfo(zone), locale=locale)
            except OverflowError:  # a year beyond the calendar
                continue
            if isinstance(read, datetime):
                if beside and _LEFT_OVER.fullmatch(beside[0]):
                    raise Refused(_("I don't know the day {words}. Please look at it once more.", words=beside[0]))
                return Said(_sensible(read, now=now, zone=zone), _TRAILING.sub("", " ".join(rest)).strip())
            day_alone = day_alone or read is _Unread.DAY_ALONE
    if day_alone:
        raise Refused(_("Please say a time of day as well, as in “tomorrow 9:00”."))
    raise Refused(_("Please say by when, as in “next update 18:00”, “in 2 hours” or “tomorrow 9:00”."))


def _read(phrase: str, *, now: datetime, home: ZoneInfo, locale: str) -> datetime | _Unread:
    """The moment a phrase means, if all of it is a time."""
    if len(phrase) > LETTERS:
        return _Unread.NO_TIME
    for said, meant in _NORMAL:
        phrase = said.sub(meant, phrase)
    phrase, zone = _zoned(phrase.strip(), home, now)
    here = now.astimezone(zone).replace(tzinfo=None)
    named, period = _parsed(phrase, here, locale)
    if named is None or not _MORE_THAN_A_NUMBER.search(phrase):
        return _Unread.NO_TIME
    if period != "time":
        return _Unread.DAY_ALONE if period in ("day", "week") else _Unread.NO_TIME
    if not re.search(r"\d|noon|midnight|\s", phrase):
        return _Unread.NO_TIME  # "now" is no promise
    if named.tzinfo is not None:  # a zone that dateparser knows and we don't: then it counts from UTC
        named, _period = _parsed(phrase, now.astimezone(UTC).replace(tzinfo=None), locale)
        return named.astimezone(UTC) if named is not None and named.tzinfo is not None else _Unread.NO_TIME
    if not _CLOCK.search(phrase):
        elapsed: timedelta = named - here
        return now + elapsed  # a length of time: elapsed, whatever the clocks on the wall do
    if _BARE_CLOCK.fullmatch(phrase):  # its day is ours to say: dateparser takes the wrong month on a month's last day
        named = datetime.combine(here.date(), named.time())
        if _on_the_wall(named, zone, now) <= now:
            named += timedelta(days=1)
    return _on_the_wall(named, zone, now)


def _parsed(phrase: str, here: datetime, locale: str) -> tuple[datetime | None, str]:
    """What dateparser makes of it, and how exact that is ("time", "day", "month" …). "tomorrow 9" is 9:00."""
    parser = DateDataParser(
        languages=[known for known in dict.fromkeys((locale.split("_")[0], "en")) if known in language_order],
        use_given_order=True,
        settings={
            "PREFER_DATES_FROM": "future",
            "RELATIVE_BASE": here,
            "RETURN_TIME_AS_PERIOD": True,
            "DATE_ORDER": "MDY" if locale in ("en", "en_US") else "DMY",
        },
    )
    if (bare := _HOUR_AT_THE_END.fullmatch(phrase)) and parser.get_date_data(bare["day"]).period == "day":
        phrase = f"{bare['day']} {bare['hour']}:00"
    found = parser.get_date_data(phrase)
    return found.date_obj, found.period


def _zoned(phrase: str, home: ZoneInfo, now: datetime) -> tuple[str, tzinfo]:
    """The phrase without the zone it names, and that zone."""
    match = _ZONE.search(phrase)
    if match is None:
        return phrase, home
    bare = phrase[: match.start()]
    if match["sign"]:
        away = timedelta(hours=int(match["hours"]), minutes=int(match["minutes"] or 0))
        return bare, timezone(-away if match["sign"] == "-" else away)
    named = zone_named(match["name"], home, now.year)
    return (bare, named[0]) if named else (phrase, home)


def _on_the_wall(wall: datetime, zone: tzinfo, now: datetime) -> datetime:
    """When the clock on the wall shows this. Of an hour that comes twice, the first that is still ahead; one that is
    left out in spring is as much later as the clock jumps."""
    first, second = (wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    return second if first <= now < second else first


def _sensible(at: datetime, *, now: datetime, zone: str) -> datetime:
    whole = at.astimezone(UTC).replace(second=0, microsecond=0)
    at = whole if whole == at else whole + MINUTE
    if at < now + LEAST:
        raise Refused(_("{time} has passed, or is less than a minute away.", time=clock_text(at, zone, now=now)))
    if at > now + MOST:
        raise Refused(_("That would be on {day}. Please choose a time within 90 days.", day=day_text(at, zone)))
    return at

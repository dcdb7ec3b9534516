"""Reading the clock times a text names, in five languages: "by 23:58 CET", "bis Mitternacht", "до 18 часов".

A small grammar of our own: it must see what `time_phrase` prints and what people usually type, and must not take a
price, a score or "within 24 hours" for a time of day.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from functools import cache
from zoneinfo import ZoneInfo

from babel import Locale

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Named:
    """A clock time that a text names, with the words that name it."""

    at: datetime
    words: str
    since: bool
    """It says since when, not by when ("since 18:00")."""
    by: bool
    """It says by when or at what time, as promises do ("by 18:00")."""


MIDNIGHT = {
    "en": r"midnight",
    "de": r"mitternacht",
    "es": r"media\s?noche",
    "ru": r"полу?ноч[ьи]",
    "bg": r"полунощ",
}
NOON = {
    "en": r"noon|midday",
    "de": r"mittag|mittags",
    "es": r"mediodía|mediodia",
    "ru": r"полдень|полудня|полудню",
    "bg": r"обяд",
}
SINCE = {
    "en": r"since|from|after|past",
    "de": r"seit|ab|nach|von",
    "es": r"desde|después\s+de|tras|de",
    "ru": r"со|с|после|от",
    "bg": r"от|след|откакто",
}
BY = {
    "en": r"by|until|till|before|at|latest|later\s+than",
    "de": r"bis|um|gegen|vor|spätestens",
    "es": r"a|hasta|antes\s+de|sobre",
    "ru": r"до|к|в|позднее|позже",
    "bg": r"до|към|в|преди|късно",
}
ARTICLES = r"(?:(?:the|las|la|el|about|around|etwa|ca\.|circa|около)\s+)?"
TODAY = {
    "en": r"today|tonight|this\s+evening",
    "de": r"heute(?:\s+(?:früh|abend|nacht|mittag|morgen))?",
    "es": r"hoy|esta\s+(?:noche|tarde|mañana)",
    "ru": r"сегодня",
    "bg": r"днес|довечера|тази\s+вечер",
}
TOMORROW = {
    "en": r"tomorrow",
    "de": r"morgen(?:\s+(?:früh|abend|mittag))?",
    "es": r"(?<!la\s)(?<!esta\s)mañana",
    "ru": r"завтра",
    "bg": r"утре",
}
INFLECTED_WEEKDAYS = {"ru": {"среду": 2, "пятницу": 4, "субботу": 5, "понедельника": 0, "вторника": 1, "четверга": 3}}

ZONES = {
    "utc": 0, "gmt": 0, "wet": 0, "bst": 60, "west": 60, "cet": 60, "mez": 60, "cest": 120, "mesz": 120, "eet": 120,
    "oez": 120, "eest": 180, "oesz": 180, "msk": 180, "мск": 180, "est": -300, "edt": -240, "cdt": -300, "mst": -420,
    "mdt": -360, "pst": -480, "pdt": -420,
}  # fmt: skip
"""Minutes east of UTC. CST is left out: it names three zones."""

_CLOCK = re.compile(
    r"""
    (?<![\w:.,/+-]) (?P<hour>[01]?\d|2[0-4])
    (?:
        : (?P<minute>[0-5]\d) (?!\d|:\d\d|\.\d) (?:\s?(?P<half>[ap]\.?\s?m\b\.?))? (?:\s?(?:uhr|hrs|h|ч)\b\.?)?
      | \. (?P<dotted>[0-5]\d) (?:\s?(?P<dotted_half>[ap]\.?\s?m\b\.?) | \s?(?:uhr|hrs|h|ч)\b\.?)
      | \s?(?P<whole_half>[ap]\.?\s?m\b\.?)
      | \s?(?:uhr\b|o['’]clock\b)
      | (?P<whole>) \s(?:h|ч|часа|часов|часам)\b\.?
      | (?= \s(?:de\sla\s(?:mañana|tarde|noche|madrugada)|вечера|утра|дня|ночи|вечерта|сутринта|следобед)\b )
    )
    (?P<late> \s(?:de\sla\s(?:tarde|noche)|вечера|дня|вечерта|следобед|abends|nachmittags)\b )?
    """,
    re.VERBOSE | re.IGNORECASE,
)
_DOTTED = re.compile(r"(?<=\blas\s)(?P<hour>[01]?\d|2[0-4])\.(?P<minute>[0-5]\d)(?!\.?\d)", re.IGNORECASE)
_ZONE = re.compile(
    r"\s?\(?(?P<name>(?:utc|gmt)(?P<sign>[+\-−])(?P<hours>1[0-4]|0?\d)\b(?::(?P<minutes>\d\d))?|[a-zа-я]{3,4})\b\)?",
    re.IGNORECASE,
)
_GAP = re.compile(r"[^\d.!?\n]{0,24}")
"""What may stand between a time and its day: a few words, no number, no end of a sentence."""


def named_times(text: str, zone: str, language: str, now: datetime) -> list[Named]:
    """Every clock time the text names. One without a day is the next such time after `now` (the last one, after
    "since"); without a zone it is meant in `zone`."""
    reader = _Reader(text, ZoneInfo(zone), _languages(language), now)
    return [reader.named(mark) for mark in reader.marks()]


def _languages(language: str) -> tuple[str, ...]:
    """The language of the text, and English, which slips into every text."""
    return (language, "en") if language in MIDNIGHT and language != "en" else ("en",)


@dataclass(frozen=True)
class _Mark:
    """Where the text names a time of day. 24:00 and midnight belong to the day before, as people say them."""

    start: int
    end: int
    hour: int
    minute: int
    spoken_midnight: bool = False


class _Reader:
    """One text being read."""

    def __init__(self, text: str, zone: ZoneInfo, languages: tuple[str, ...], now: datetime) -> None:
        self.text = text
        self.zone = zone
        self.languages = languages
        self.now = now
        self.here = now.astimezone(zone)
        self.days = _days(text, languages, self.here)

    def marks(self) -> list[_Mark]:
        found = [mark for match in _CLOCK.finditer(self.text) if (mark := self._clock(match))]
        found += [_Mark(m.start(), m.end(), int(m["hour"]) % 24, int(m["minute"])) for m in _DOTTED.finditer(self.text)]
        found += [_Mark(m.start(), m.end(), 0, 0, True) for m in self._words(MIDNIGHT)]
        found += [_Mark(m.start(), m.end(), 12, 0) for m in self._words(NOON) if self._cued(BY, m.start())]
        apart: list[_Mark] = []
        for mark in sorted(found, key=lambda mark: mark.start):  # "12:00 noon" is one time
            if not apart or mark.start > apart[-1].end + 1:
                apart.append(mark)
        return apart

    def named(self, mark: _Mark) -> Named:
        zone, away, end = self._zone_after(mark)
        by = self._cued(BY, mark.start)
        since = not by and self._cued(SINCE, mark.start)  # "antes de" ends in the "de" that would mean "from"
        day = self._day_near(mark, end)
        return Named(
            at=self._moment(mark, zone, away, day, since=since).astimezone(UTC),
            words=self.text[mark.start : end].strip(),
            since=since,
            by=by,
        )

    def _clock(self, match: re.Match[str]) -> _Mark | None:
        hour, minute = int(match["hour"]), int(match["minute"] or match["dotted"] or 0)
        if half := (match["half"] or match["dotted_half"] or match["whole_half"]):
            if not 1 <= hour <= 12:
                return None
            hour = hour % 12 + (12 if half.lower().startswith("p") else 0)
        if match["late"] and hour < 12:  # 6 in the evening
            hour += 12
        # "18 часов" is a time of day only after "by" or "at", and 24 of them are always a length of time.
        if match["whole"] is not None and (hour == 24 or not self._cued(BY, match.start())):
            return None
        if hour == 24 and minute:
            return None
        return _Mark(match.start(), match.end(), hour % 24, minute, spoken_midnight=hour == 24)

    def _words(self, table: dict[str, str]) -> list[re.Match[str]]:
        either = "|".join(table[language] for language in self.languages)
        return list(re.finditer(rf"\b(?:{either})\b", self.text, re.IGNORECASE))

    def _cued(self, table: dict[str, str], start: int) -> bool:
        """Whether one of these words stands right before the time."""
        either = "|".join(table[language] for language in self.languages)
        before = self.text[max(0, start - 40) : start]
        return re.search(rf"(?<!\w)(?:{either})\s+{ARTICLES}$", before, re.IGNORECASE) is not None

    def _zone_after(self, mark: _Mark) -> tuple[tzinfo, timedelta | None, int]:
        """The zone named behind the time with how far its name says it is, and where the time ends with it."""
        match = _ZONE.match(self.text, mark.end)
        if not match:
            return self.zone, None, mark.end
        if match["hours"]:
            away = timedelta(hours=int(match["hours"]), minutes=int(match["minutes"] or 0))
            return timezone(-away if match["sign"] != "+" else away), None, match.end()
        if (found := zone_named(match["name"], self.zone, self.here.year)) is None:
            return self.zone, None, mark.end
        return *found, match.end()

    def _day_near(self, mark: _Mark, end: int) -> date | None:
        """The day named beside the time, in the same sentence: behind it first, then before it."""
        for start, _stop, day in self.days:
            if start >= end and _GAP.fullmatch(self.text, end, start):
                return day
        for _start, stop, day in reversed(self.days):
            if stop <= mark.start and _GAP.fullmatch(self.text, stop, mark.start):
                return day
        return None

    def _moment(self, mark: _Mark, zone: tzinfo, away: timedelta | None, day: date | None, *, since: bool) -> datetime:
        clock = time(mark.hour, mark.minute)
        if day is not None:
            return self._shown(day + DAY if mark.spoken_midnight else day, clock, zone, away)
        there = self.now.astimezone(zone)
        moment = self._shown(there.date(), clock, zone, away)
        if since:
            return moment if moment <= there else self._shown(there.date() - DAY, clock, zone, away)
        ahead = moment.astimezone(UTC) >= self.now.replace(second=0, microsecond=0)
        return moment if ahead else self._shown(there.date() + DAY, clock, zone, away)

    def _shown(self, day: date, clock: time, zone: tzinfo, away: timedelta | None) -> datetime:
        """When the clock on the wall shows this. In autumn an hour comes twice: the zone's name says which one is meant,
        else it is the first that is still ahead."""
        first, second = (datetime.combine(day, clock, zone).replace(fold=fold) for fold in (0, 1))
        if first.utcoffset() == second.utcoffset():
            return first
        meant = second.utcoffset() == away if away is not None else first.astimezone(UTC) < self.now
        return second if meant else first


def zone_named(name: str, home: tzinfo, year: int) -> tuple[tzinfo, timedelta] | None:
    """The zone of this name, and how far east of UTC the name says it is.

    A name or a distance that home has at some time of the year means the clock at home: people say CET in summer, too,
    and PST in Manila is not the Pacific's.
    """
    seasons = [datetime(year, month, 1, tzinfo=home) for month in (1, 7)]
    for season in seasons:
        if (season.tzname() or "").lower() == name.lower():
            return home, season.utcoffset() or timedelta(0)
    if (minutes := ZONES.get(name.lower())) is None:
        return None
    away = timedelta(minutes=minutes)
    return (home if away in {season.utcoffset() for season in seasons} else timezone(away)), away


def _days(text: str, languages: tuple[str, ...], here: datetime) -> list[tuple[int, int, date]]:
    """The days the text names, with where they stand, in the order of the text; a date swallows its weekday."""
    found = []
    for language in languages:
        pattern, months, weekdays = _calendar(language)
        named = ((match, _day(match, months, weekdays, here.date())) for match in pattern.finditer(text))
        found += [(match.start(), match.end(), day) for match, day in named if day]
    return sorted(found)


def _day(match: re.Match[str], months: dict[str, int], weekdays: dict[str, int], today: date) -> date | None:
    if match["today"]:
        return today
    if match["tomorrow"]:
        return today + DAY
    if name := match["weekday"]:
        return today + timedelta(days=(weekdays[name.lower()] - today.weekday()) % 7)
    day = int(match["day"] or match["day_behind"] or match["day_number"])
    named = match["month"] or match["month_before"]
    month = months[named.lower()] if named else int(match["month_number"])
    near = [_date(year, month, day) for year in (today.year - 1, today.year, today.year + 1)]
    # No year is said: the nearest such day.
    return min((d for d in near if d), key=lambda d: abs(d - today), default=None)


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


@cache
def _calendar(language: str) -> tuple[re.Pattern[str], dict[str, int], dict[str, int]]:
    """How a language names days: one pattern, and its months and weekdays by name."""
    locale = Locale(language)
    months = {
        locale.months[context][width][n].lower(): n
        for context in ("format", "stand-alone")
        for width in ("wide", "abbreviated")
        for n in range(1, 13)
    }
    weekdays = {locale.days["format"]["wide"][n].lower(): n for n in range(7)} | INFLECTED_WEEKDAYS.get(language, {})
    month = "|".join(sorted(map(re.escape, months), key=len, reverse=True))
    weekday = "|".join(sorted(map(re.escape, weekdays), key=len, reverse=True))
    written_date = rf"""
        (?P<day>[0-3]?\d)(?:st|nd|rd|th)?\.?\s(?:de\s|of\s)?(?P<month>{month})(?!\w)
      | (?P<month_before>{month})\s(?P<day_behind>[0-3]?\d)(?:st|nd|rd|th)?(?![\d:])
      | (?P<day_number>[0-3]?\d)\.(?P<month_number>0?[1-9]|1[0-2])(?:\.(?:20\d\d)?(?!\d)|(?![\d.]))
    """
    pattern = rf"""
        (?<!\w)(?:
            (?P<today>{TODAY[language]})(?!\w)
          | (?P<tomorrow>{TOMORROW[language]})(?!\w)
          | (?:(?:{weekday}),?\s(?:the\s|den\s|dem\s|el\s)?)?(?:{written_date})
          | (?P<weekday>{weekday})(?!\w)
        )
    """
    return re.compile(pattern.replace("\\ ", "[ ]"), re.VERBOSE | re.IGNORECASE), months, weekdays

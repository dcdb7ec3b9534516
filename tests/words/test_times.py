"""Promised times in words: what is printed can be read back, and what is no time of day is not taken for one."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.said_times import named_times
from bot.core.wording import next_promise_time, time_phrase, times_in
from bot.prompts import LANGUAGES

BERLIN = "Europe/Berlin"
NOW = datetime(2026, 11, 22, 21, 58, 20, tzinfo=UTC)
"""Sunday, 22:58:20 in Berlin."""


def berlin(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=ZoneInfo(BERLIN)).astimezone(UTC)


@pytest.mark.parametrize(
    ("language", "zone", "at", "phrase"),
    [
        ("en", BERLIN, berlin(22, 23, 58), "23:58 CET"),
        ("en", BERLIN, berlin(23, 0), "midnight CET"),
        ("en", BERLIN, berlin(23, 9), "09:00 CET on Monday, 23 November"),
        ("en", BERLIN, berlin(24, 0), "00:00 CET on Tuesday, 24 November"),
        ("de", BERLIN, berlin(22, 23, 58), "23:58 Uhr (MEZ)"),
        ("de", BERLIN, berlin(23, 0), "Mitternacht (MEZ)"),
        ("de", BERLIN, berlin(23, 9), "Montag, 23. November, 09:00 Uhr (MEZ)"),
        ("es", "Europe/Madrid", berlin(22, 23, 58), "a las 23:58 (CET)"),
        ("es", "Europe/Madrid", berlin(23, 1, 30), "el lunes 23 de noviembre a la 01:30 (CET)"),
        ("es", "Europe/Madrid", berlin(23, 0), "a medianoche (CET)"),
        ("ru", "Europe/Moscow", berlin(23, 9), "11:00 (мск)"),
        ("ru", BERLIN, berlin(23, 0), "полуночи (CET)"),
        ("ru", BERLIN, berlin(23, 9), "09:00 (CET) 23 ноября (понедельник)"),
        ("bg", "Europe/Sofia", berlin(22, 23, 30), "00:30 ч. (българско време) на 23 ноември (понеделник)"),
        ("bg", "Europe/Sofia", berlin(22, 23), "полунощ (българско време)"),
        ("bg", "Europe/Athens", berlin(23, 9), "10:00 ч. (EET) на 23 ноември (понеделник)"),
        ("en", "Asia/Kolkata", berlin(22, 23, 58), "04:28 IST"),
        ("en", "America/Sao_Paulo", berlin(22, 23, 58), "19:58 UTC-3"),
        ("de", "Asia/Tehran", berlin(22, 23, 58), "02:28 Uhr (UTC+3:30)"),
        ("fr", BERLIN, berlin(22, 23, 58), "23:58 CET"),
    ],
)
def test_a_time_in_words(language: str, zone: str, at: datetime, phrase: str) -> None:
    assert time_phrase(at, zone, language, NOW) == phrase


@pytest.mark.parametrize("language", LANGUAGES)
def test_midnight_is_read_back(language: str) -> None:
    phrase = time_phrase(berlin(23, 0), BERLIN, language, NOW)
    assert times_in(f"… {phrase}.", BERLIN, language, NOW) == [berlin(23, 0)]


@given(
    language=st.sampled_from(LANGUAGES),
    zone=st.sampled_from(
        [BERLIN, "Europe/London", "Europe/Sofia", "Europe/Moscow", "America/New_York", "Asia/Kolkata"]
    ),
    seconds=st.integers(0, 2 * 365 * 24 * 60 * 60),
    minutes=st.integers(1, 5 * 24 * 60),
)
def test_what_is_printed_is_read_back(language: str, zone: str, seconds: int, minutes: int) -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    at = (now + timedelta(minutes=minutes)).replace(second=0, microsecond=0)
    there = at.astimezone(ZoneInfo(zone))
    if there.replace(fold=1).utcoffset() != there.replace(fold=0).utcoffset():
        return  # the hour that the clocks go through twice
    text = f"… {time_phrase(at, zone, language, now)}."
    assert times_in(text, zone, language, now) == [at], text


@pytest.mark.parametrize(
    ("language", "text", "times"),
    [
        ("en", "More by 6 pm.", [berlin(23, 18)]),
        ("en", "More by 11:30 p.m. tonight.", [berlin(22, 23, 30)]),
        ("en", "More at noon tomorrow.", [berlin(23, 12)]),
        ("en", "We will be back by midnight.", [berlin(23, 0)]),
        ("en", "Next update by 23:30 UTC.", [berlin(23, 0, 30)]),
        ("en", "By 10 o'clock on Tuesday we know more.", [berlin(24, 10)]),
        ("en", "Back on November 24, 18:00.", [berlin(24, 18)]),
        ("en", "By 18:00 on the 24th of November.", [berlin(24, 18)]),
        ("de", "Mehr bis 18 Uhr.", [berlin(23, 18)]),
        ("de", "Mehr bis 18.30 Uhr.", [berlin(23, 18, 30)]),
        ("de", "Bis morgen um 9:00 Uhr wissen wir mehr.", [berlin(23, 9)]),
        ("de", "Am Dienstag um 8 Uhr melden wir uns.", [berlin(24, 8)]),
        ("de", "Wir melden uns bis 24.11. um 8:00.", [berlin(24, 8)]),
        ("de", "Bis 6 Uhr abends.", [berlin(23, 18)]),
        ("es", "A más tardar a las 18.00.", [berlin(23, 18)]),
        ("es", "Antes de las 18 h.", [berlin(23, 18)]),
        ("es", "Mañana a las 6 de la tarde.", [berlin(23, 18)]),
        ("es", "A mediodía les contamos más.", [berlin(23, 12)]),
        ("ru", "Расскажем до 18 часов.", [berlin(23, 18)]),
        ("ru", "Завтра в 6 вечера.", [berlin(23, 18)]),
        ("ru", "До полуночи по Москве.", [berlin(23, 0)]),
        ("ru", "Во вторник, 24 ноября, в 8:00.", [berlin(24, 8)]),
        ("bg", "До 18 ч. ще кажем повече.", [berlin(23, 18)]),
        ("bg", "Утре в 6 вечерта.", [berlin(23, 18)]),
        ("bg", "Най-късно до 18:30 ч. на 24 ноември.", [berlin(24, 18, 30)]),
    ],
)
def test_times_that_people_type(language: str, text: str, times: list[datetime]) -> None:
    assert times_in(text, BERLIN, language, NOW) == times


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "Orders of 18.50 or more; answer within 24 hours, 24/7, ratio 3:2, version 2.10, on 12.11.2026."),
        ("en", "We may 5 times, order 1234, harbour.example:8080."),
        ("de", "Innerhalb von 24 Stunden, für 18,50 Euro, am 22.11.2026, Seite 12."),
        ("es", "En 24 h, por 18,50 euros, el 22/11/2026, por la mañana."),
        ("ru", "В течение 24 часов, за 18,50, через 3 часа, 22.11.2026."),
        ("bg", "В рамките на 24 часа, за 18,50 лв., след 3 часа, 22.11.2026 г."),
    ],
)
def test_what_is_no_time_of_day(language: str, text: str) -> None:
    assert times_in(text, BERLIN, language, NOW) == []


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "Our site has been slow since 18:00."),
        ("de", "Seit 18 Uhr ist die Seite langsam."),
        ("es", "Desde las 18:00 la página va lenta."),
        ("ru", "Сайт работает медленно с 18:00."),
        ("bg", "Сайтът е бавен от 18:00."),
    ],
)
def test_since_when_is_not_by_when(language: str, text: str) -> None:
    (named,) = named_times(text, BERLIN, language, NOW)
    assert named.since
    assert not named.by
    assert named.at == berlin(22, 18)


def test_cet_in_summer_is_the_clock_on_the_wall() -> None:
    july = datetime(2026, 7, 1, 12, 0, tzinfo=UTC)
    assert times_in("by 18:00 CET", BERLIN, "en", july) == [datetime(2026, 7, 1, 16, 0, tzinfo=UTC)]


def test_a_promise_is_a_full_minute_and_at_least_a_minute_away() -> None:
    at = datetime(2026, 11, 22, 22, 58, 20, tzinfo=UTC)
    assert next_promise_time(at) == datetime(2026, 11, 22, 23, 0, tzinfo=UTC)
    assert next_promise_time(at.replace(second=0)) == datetime(2026, 11, 22, 22, 59, tzinfo=UTC)
    assert next_promise_time(at, timedelta(hours=1)) == datetime(2026, 11, 22, 23, 59, tzinfo=UTC)
    assert next_promise_time(at, timedelta(seconds=5)) == datetime(2026, 11, 22, 23, 0, tzinfo=UTC)


@pytest.mark.parametrize("text", ["by 18:00 UTC+25", "22:00 GMT/24:00 MSK", "by 18:00 UTC-0500"])
def test_a_zone_that_is_none_is_read_without_it(text: str) -> None:
    assert times_in(text, BERLIN, "en", datetime(2026, 7, 1, 12, 0, tzinfo=UTC))


@pytest.mark.parametrize(
    ("zone", "now", "due"),
    [
        (BERLIN, datetime(2026, 10, 25, 0, 20, tzinfo=UTC), timedelta(hours=1)),  # 02:20 CEST; 02:20 comes again as CET
        (BERLIN, datetime(2026, 10, 24, 21, 30, tzinfo=UTC), timedelta(hours=3)),
        ("America/New_York", datetime(2026, 11, 1, 5, 20, tzinfo=UTC), timedelta(hours=1)),
        ("Europe/London", datetime(2026, 10, 25, 0, 20, tzinfo=UTC), timedelta(hours=1)),
        ("Asia/Manila", datetime(2026, 11, 22, 16, 46, tzinfo=UTC), timedelta(hours=1)),
    ],
)
@pytest.mark.parametrize("language", ["en", "de", "es", "ru", "bg"])
def test_what_is_printed_is_read_back_also_in_an_hour_that_comes_twice(
    zone: str, now: datetime, due: timedelta, language: str
) -> None:
    at = next_promise_time(now, due)
    assert times_in(f"{time_phrase(at, zone, language, now)}.", zone, language, now) == [at]

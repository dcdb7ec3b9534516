"""What people type as a time, read in their zone. It is Monday, 23 November 2026, 17:00 in Berlin unless said."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.effects import Refused
from bot.core.times import said_time

NOW = datetime(2026, 11, 23, 16, 0, 30, tzinfo=UTC)
BERLIN = "Europe/Berlin"


def berlin(day: int, hour: int, minute: int = 0, *, month: int = 11) -> datetime:
    return datetime(2026, month, day, hour - 1, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("typed", "at", "rest"),
    [
        ("next update 18:00", berlin(23, 18), "next update"),
        ("next update by 18:00", berlin(23, 18), "next update"),
        ("next update until 18:00 CET", berlin(23, 18), "next update"),
        ("18:00 next update", berlin(23, 18), "next update"),
        ("next update at 6 pm", berlin(23, 18), "next update"),
        ("18:00", berlin(23, 18), ""),
        ("next update 9:00", berlin(24, 9), "next update"),
        ("call the carrier back tomorrow 9", berlin(24, 9), "call the carrier back"),
        ("call the carrier back tomorrow at 9", berlin(24, 9), "call the carrier back"),
        ("tomorrow 9am tell the shops", berlin(24, 9), "tell the shops"),
        ("call 5 shops friday 9:00", berlin(27, 9), "call 5 shops"),
        ("call 5 shops friday 9", berlin(27, 9), "call 5 shops"),
        ("ring Leo tonight 23:15", berlin(23, 23, 15), "ring Leo"),
        ("next update midnight", datetime(2026, 11, 23, 23, 0, tzinfo=UTC), "next update"),
        ("next update by 24:00", datetime(2026, 11, 23, 23, 0, tzinfo=UTC), "next update"),
        ("list of orders noon", berlin(24, 12), "list of orders"),
        ("answer the ministry 24 nov 18:00", berlin(24, 18), "answer the ministry"),
        ("answer the ministry 2026-11-25 18:00", berlin(25, 18), "answer the ministry"),
        ("answer the ministry: 25/11/2026 18:00", berlin(25, 18), "answer the ministry"),
        ("next update 18:00 UTC", datetime(2026, 11, 23, 18, 0, tzinfo=UTC), "next update"),
        ("next update 15:30 UTC", datetime(2026, 11, 24, 15, 30, tzinfo=UTC), "next update"),
        ("next update 18:00 UTC+3", datetime(2026, 11, 24, 15, 0, tzinfo=UTC), "next update"),
        ("next update 18:00 EST", datetime(2026, 11, 23, 23, 0, tzinfo=UTC), "next update"),
        ("next update 18:00 JST", datetime(2026, 11, 24, 9, 0, tzinfo=UTC), "next update"),
        ("next update 2:00 JST", datetime(2026, 11, 23, 17, 0, tzinfo=UTC), "next update"),
    ],
)
def test_a_time_of_day_is_the_next_such_time_where_the_person_is(typed: str, at: datetime, rest: str) -> None:
    said = said_time(typed, now=NOW, zone=BERLIN)
    assert (said.at, said.rest) == (at, rest)


@pytest.mark.parametrize(
    ("typed", "locale", "at"),
    [
        ("nächstes Update 18:00 Uhr", "de", berlin(23, 18)),
        ("nächstes Update um 18 Uhr", "de_DE", berlin(23, 18)),
        ("Spediteur anrufen morgen früh um 9 Uhr", "de", berlin(24, 9)),
        ("Spediteur anrufen heute Abend 20:00", "de", berlin(23, 20)),
        ("Bericht 01.12. 18:00", "de", berlin(1, 18, month=12)),
        ("Update Mitternacht", "de", datetime(2026, 11, 23, 23, 0, tzinfo=UTC)),
        ("Update in 2 Stunden", "de", berlin(23, 19, 1)),
        ("próxima noticia hoy a las 18", "es", berlin(23, 18)),
        ("próxima noticia mañana a las 9:00", "es", berlin(24, 9)),
        ("новости завтра в 9", "ru", berlin(24, 9)),
        ("новости через 2 часа", "ru", berlin(23, 19, 1)),
        ("новини утре в 9:00", "bg", berlin(24, 9)),
        ("report 12/01/2026 18:00", "en_US", berlin(1, 18, month=12)),
        ("report 01/12/2026 18:00", "en_GB", berlin(1, 18, month=12)),
    ],
)
def test_in_the_persons_language(typed: str, locale: str, at: datetime) -> None:
    assert said_time(typed, now=NOW, zone=BERLIN, locale=locale).at == at


@pytest.mark.parametrize(
    ("typed", "away"),
    [("in 2 hours", timedelta(hours=2)), ("in 90 minutes", timedelta(minutes=90)), ("2h", timedelta(hours=2))],
)
def test_a_length_of_time_ends_on_a_full_minute(typed: str, away: timedelta) -> None:
    assert said_time(f"next update {typed}", now=NOW, zone=BERLIN).at == NOW + away + timedelta(seconds=30)


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("", "say by when"),
        ("next update", "say by when"),
        ("next update soon", "say by when"),
        ("call 5 shops", "say by when"),
        ("we may", "say by when"),
        ("next update 25:00", "say by when"),
        ("next update tomorrow", "time of day"),
        ("next update friday", "time of day"),
        ("next update 24 november", "time of day"),
        ("next update yesterday 18:00", "has passed"),
        ("next update 2 hours ago", "has passed"),
        ("next update in 20 seconds", "less than a minute"),
        ("next update 2019-01-01 18:00", "has passed"),
        ("next update 22 november 18:00", "22 November 2027"),
        ("next update in 4000 hours", "within 90 days"),
        ("x" * 3000, "say by when"),
        ("18 " * 1000, "say by when|90 days"),
    ],
)
def test_what_is_no_time_is_refused_with_what_to_do(typed: str, sentence: str) -> None:
    with pytest.raises(Refused, match=sentence):
        said_time(typed, now=NOW, zone=BERLIN)


def test_eighteen_hundred_is_eighteen_hundred_on_either_side_of_a_change_of_clocks() -> None:
    friday = datetime(2026, 3, 27, 20, 0, tzinfo=UTC)
    assert said_time("saturday 18:00", now=friday, zone=BERLIN).at == datetime(2026, 3, 28, 17, 0, tzinfo=UTC)
    assert said_time("sunday 18:00", now=friday, zone=BERLIN).at == datetime(2026, 3, 29, 16, 0, tzinfo=UTC)
    autumn = datetime(2026, 10, 24, 20, 0, tzinfo=UTC)
    assert said_time("tomorrow 18:00", now=autumn, zone=BERLIN).at == datetime(2026, 10, 25, 17, 0, tzinfo=UTC)


def test_a_length_of_time_is_elapsed_time_while_the_clocks_change() -> None:
    before = datetime(2026, 3, 29, 0, 30, tzinfo=UTC)  # 01:30, half an hour before the clocks go forward
    assert said_time("in 2 hours", now=before, zone=BERLIN).at == before + timedelta(hours=2)


def test_an_hour_left_out_and_an_hour_that_comes_twice() -> None:
    spring = datetime(2026, 3, 29, 0, 30, tzinfo=UTC)
    assert said_time("2:30", now=spring, zone=BERLIN).at == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)  # 03:30 summer
    autumn = datetime(2026, 10, 25, 0, 0, tzinfo=UTC)  # 02:00 summer time
    assert said_time("2:30", now=autumn, zone=BERLIN).at == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


def test_people_who_say_cet_in_summer_mean_their_own_clock() -> None:
    july = datetime(2026, 7, 1, 12, 0, tzinfo=UTC)
    assert said_time("18:00 CET", now=july, zone=BERLIN).at == datetime(2026, 7, 1, 16, 0, tzinfo=UTC)


PIECES = st.sampled_from(
    [
        *("18:00", "25:99", "9", "99999999999", "tomorrow", "in", "hours", "2h", "-3", "am", "UTC+99", "UTC-12:59"),
        *("31.02.", "0000-00-00", "<!channel>", "\u202e", "٣:٠٠", "noon", "24:00", "1e400 days", "ago", "year 0"),
        *("99999 years", "/", "now", "CET", "JST", "0UT0HOUR"),
    ]
)
LINES = st.one_of(st.text(max_size=80), st.lists(PIECES, max_size=7).map(" ".join))


@given(LINES, st.sampled_from(["en", "de_DE", "zh_TW", "xx"]))
def test_whatever_is_typed_the_answer_is_a_time_ahead_or_a_sentence(typed: str, locale: str) -> None:
    try:
        said = said_time(typed, now=NOW, zone=BERLIN, locale=locale)
    except Refused:
        return
    assert NOW < said.at <= NOW + timedelta(days=91)
    assert (said.at.second, said.at.microsecond) == (0, 0)


@pytest.mark.parametrize(
    "day", [datetime(2026, 11, 30, tzinfo=UTC), datetime(2026, 12, 31, tzinfo=UTC), datetime(2027, 2, 28, tzinfo=UTC)]
)
@pytest.mark.parametrize(
    ("typed", "hours"), [("00:30", 2.5), ("midnight", 2), ("24:00", 2), ("at 9:00", 11), ("9 am", 11), ("23:30", 1.5)]
)
def test_on_the_last_day_of_a_month_too(day: datetime, typed: str, hours: float) -> None:
    """22:00 in Berlin."""
    now = day + timedelta(hours=21)
    assert said_time(f"next update {typed}", now=now, zone=BERLIN).at == now + timedelta(hours=hours)


@pytest.mark.parametrize(
    ("typed", "locale", "minutes"),
    [
        ("next update in half an hour", "en", 30),
        ("call in a quarter of an hour", "en", 15),
        ("nächstes Update in einer halben Stunde", "de", 30),
        ("llamar en media hora", "es", 30),
        ("позвонить через полчаса", "ru", 30),
        ("обаждане след половин час", "bg", 30),
    ],
)
def test_half_and_quarter_hours(typed: str, locale: str, minutes: int) -> None:
    at = said_time(typed, now=NOW, zone=BERLIN, locale=locale).at
    assert timedelta(0) <= at - (NOW + timedelta(minutes=minutes)) < timedelta(minutes=1)


@pytest.mark.parametrize("typed", ["call 31.11. 18:00", "call 30.02. 18:00", "call 2026-11-31 18:00", "31/11 18:00"])
def test_a_day_that_is_none_is_not_left_out(typed: str) -> None:
    with pytest.raises(Refused, match="the day"):
        said_time(typed, now=NOW, zone=BERLIN)


@pytest.mark.parametrize("typed", ["3.5 million letters: next update 18:00", "18:00 answer 24/7 line 2.0"])
def test_a_number_elsewhere_is_no_day(typed: str) -> None:
    assert said_time(typed, now=NOW, zone=BERLIN).at == berlin(23, 18)


def test_a_year_beyond_the_calendar_is_no_time() -> None:
    with pytest.raises(Refused):
        said_time("call 00:00 0001-01-01", now=NOW, zone=BERLIN)

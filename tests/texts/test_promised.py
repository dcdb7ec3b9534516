"""The text and the field "Next update by" say the same time, or one of them is asked about."""

from datetime import timedelta

import pytest

from bot.core.effects import Refused
from bot.core.promised import Place, promised_in, read_from
from tests.texts.rows import MIDNIGHT, NOW

HERE = Place(zone="Europe/Berlin", language="en", now=NOW)


@pytest.mark.parametrize(
    "body",
    [
        "We will tell you more by midnight CET.",
        "Next update by 00:00.",
        "The shop closed at 18:00 today. Next update by midnight.",
    ],
)
def test_a_text_that_names_its_time_promises_it(body: str) -> None:
    assert promised_in(body, MIDNIGHT, no_time=False, place=HERE) == MIDNIGHT


def test_a_text_in_another_language_names_its_time_too() -> None:
    there = Place(zone="Europe/Berlin", language="de", now=NOW)
    assert promised_in("Wir melden uns bis Mitternacht (MEZ).", MIDNIGHT, no_time=False, place=there) == MIDNIGHT


@pytest.mark.parametrize(
    ("body", "chosen", "no_time", "field", "sentence"),
    [
        ("We are sorry.", MIDNIGHT, False, "body", "does not say that the next word comes by then"),
        ("We are sorry.", None, False, "body", "does not say when the next word comes"),
        ("More by 23:30.", MIDNIGHT, False, "next_update", 'The text says "23:30"'),
        ("More by 23:30.", None, False, "next_update", "choose the same time here"),
        ("More by 23:30.", None, True, "no_time", "still says"),
        ("More by 22:00.", NOW - timedelta(hours=1), False, "next_update", "has passed"),
    ],
)
def test_where_they_differ_it_is_asked_at_the_field(
    body: str, chosen: object, no_time: bool, field: str, sentence: str
) -> None:
    with pytest.raises(Refused, match=sentence) as no:
        promised_in(body, chosen, no_time=no_time, place=HERE)  # type: ignore[arg-type]  # a table of mixed rows
    assert no.value.field == field


def test_naming_no_time_can_be_on_purpose() -> None:
    assert promised_in("We are sorry.", None, no_time=True, place=HERE) is None
    assert promised_in("We are sorry.", MIDNIGHT, no_time=True, place=HERE) is None, "the field was filled in before"


def test_seconds_do_not_make_a_time_another_one() -> None:
    assert promised_in("More by midnight.", MIDNIGHT + timedelta(seconds=40), no_time=False, place=HERE) == MIDNIGHT


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("We are sorry. Next update by 00:00.", MIDNIGHT),
        ("We are sorry.", None),
        ("By 23:30 we know more, by 00:00 you will.", None),
    ],
)
def test_the_one_time_in_typed_words_is_the_promise(body: str, found: object) -> None:
    assert read_from(body, HERE) == found

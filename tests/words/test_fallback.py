"""Every offline text, in every language, with every subset of what may be unknown: nothing in it may block."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import product
from typing import Literal

import pytest

from bot.core.guard import Reading, check, length_for
from bot.core.wording import Blanks, times_in
from bot.models import Kind
from bot.prompts import LANGUAGES, SITUATIONS, Prompts

NOW = datetime(2026, 9, 29, 19, 58, 20, tzinfo=UTC)
TONIGHT = datetime(2026, 9, 29, 20, 58, tzinfo=UTC)
TOMORROW = datetime(2026, 9, 30, 10, 58, tzinfo=UTC)
"""A Wednesday in September: the longest names that a day can have."""
ZONES = {
    "en": "Europe/London",
    "de": "Europe/Berlin",
    "es": "Europe/Madrid",
    "ru": "Europe/Moscow",
    "bg": "Europe/Sofia",
}
LINK = "harbour.example/help"
CONTACT = "care@harbour.example"
SHORT = {Kind.FIRST_WORD, Kind.UPDATE, Kind.REPLY}
"""The kinds that go out on X."""


@dataclass(frozen=True)
class AnOutlet:
    """As the plan has them."""

    name: str
    label: str
    limit: int
    counts: Literal["x", "characters"]


X = AnOutlet("x", "X", 280, "x")
PROMPTS = Prompts()


def a_reading(text: str, kind: str, language: str, blanks: Blanks) -> Reading:
    return Reading(
        text=text,
        kind=kind,
        language=language,
        outlets=(X,) if kind in SHORT else (),
        links=(LINK,),
        contacts=(CONTACT,),
        responsibility=blanks.responsibility,
        promised_at=blanks.next_update,
        zone=blanks.zone,
        now=blanks.now,
        names=("@jo_m",),
    )


def all_blanks(language: str, situation: str) -> Iterator[Blanks]:
    """Every subset of what may be unknown."""
    quoted = PROMPTS.compose("first_word", situation, language, Blanks(zone=ZONES[language], now=NOW)).text
    for company, link, contact, due, handle, statement, responsibility in product(
        ("Harbour", None),
        (LINK, None),
        (CONTACT, None),
        (TOMORROW, None),
        ("jo_m", None),
        (quoted, None),
        (True, False),
    ):
        yield Blanks(
            company=company,
            link=link,
            contact=contact,
            next_update=due,
            zone=ZONES[language],
            now=NOW,
            handle=handle,
            statement=statement,
            responsibility=responsibility,
        )


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", Kind)
def test_no_offline_text_is_held_back_by_a_guard(kind: Kind, language: str) -> None:
    composed = {
        (PROMPTS.compose(kind, situation, language, blanks).text, blanks.next_update, blanks.responsibility): blanks
        for situation in SITUATIONS
        for known in all_blanks(language, situation)
        for blanks in ((known, replace(known, late=True)) if kind is Kind.UPDATE and not known.handle else (known,))
    }
    for (text, due, _responsibility), blanks in composed.items():
        found = check(a_reading(text, kind, language, blanks))
        assert not [finding for finding in found if finding.check != "no_time"], text
        assert text == text.strip()
        assert not re.search(r"  |\n\n\n|[{}\[\]]", text), text
        assert times_in(text, blanks.zone, language, NOW) == ([due] if due and kind != Kind.REPLY else []), text


@pytest.mark.parametrize("language", LANGUAGES)
def test_first_words_are_short(language: str) -> None:
    for situation in SITUATIONS:
        blanks = Blanks(link=LINK, next_update=TONIGHT, zone=ZONES[language], now=NOW)
        text = PROMPTS.compose("first_word", situation, language, blanks).text
        assert length_for(X, text) <= 265, text


@pytest.mark.parametrize("language", LANGUAGES)
def test_statements_stay_under_a_hundred_and_twenty_words(language: str) -> None:
    for situation in SITUATIONS:
        blanks = Blanks(
            company="Harbour", link=LINK, contact=CONTACT, next_update=TOMORROW, zone=ZONES[language], now=NOW
        )
        text = PROMPTS.compose("holding_statement", situation, language, blanks).text
        assert len(text.split()) < 120, text

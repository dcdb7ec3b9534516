"""What a phone shows of a promise, in its first 80 characters: who, what to do, by when."""

from datetime import timedelta

import pytest

from bot.i18n import languages, reading
from bot.models import Audience, PromiseKind
from bot.views.promise import Owed, Seen, notification
from tests.builders import PRIYA, an_incident
from tests.promises.rows import MIDNIGHT, MINUTE, a_promise

ZONE = "Europe/Berlin"
GLANCE = 80


@pytest.mark.parametrize("late", [-12, 5])
@pytest.mark.parametrize("kind", list(PromiseKind))
@pytest.mark.parametrize("language", languages())
def test_the_time_is_within_the_first_80_characters(language: str, kind: PromiseKind, late: int) -> None:
    incident = an_incident(audience=Audience.STAFF)
    promise = a_promise(incident, kind=kind, due=MIDNIGHT - timedelta(hours=1))
    if kind is PromiseKind.OTHER:
        promise.wording = "call the carrier, the shops and everybody else who may know more about it"
    now = promise.due + late * MINUTE
    seen = Seen(incident=incident, zone=ZONE, now=now, reader=PRIYA, names={PRIYA: "Priya"})
    with reading(language, now, zone=ZONE):
        one, two = notification([Owed(promise=promise)], seen), notification([Owed(promise=promise)] * 2, seen)
    for said in (one, two):
        assert "Priya" in said[:GLANCE]
        assert "23:00" in said[:GLANCE], said


@pytest.mark.parametrize(
    ("kind", "wording", "audience", "said"),
    [
        (PromiseKind.FIRST_WORD, "", Audience.TEAM, "get the first word out"),
        (PromiseKind.STATEMENT, "", Audience.TEAM, "get the statement out"),
        (PromiseKind.UPDATE, "", Audience.TEAM, "get the update out"),
        (PromiseKind.REPLY, "", Audience.TEAM, "answer the first complaint"),
        (PromiseKind.OTHER, "call the widow", Audience.TEAM, "keep a promise"),
        (PromiseKind.OTHER, "call the carrier", Audience.STAFF, "keep “call the carrier”"),
    ],
)
def test_it_says_what_to_do(kind: PromiseKind, wording: str, audience: Audience, said: str) -> None:
    incident = an_incident(audience=audience)
    promise = a_promise(incident, kind=kind, wording=wording)
    now = MIDNIGHT - 12 * MINUTE
    seen = Seen(incident=incident, zone=ZONE, now=now, reader=PRIYA, names={PRIYA: "Priya"})
    with reading("en", zone=ZONE):
        text = notification([Owed(promise=promise)], seen)
    assert text.startswith(f"Crisis 12 needs you, Priya: {said} by ")

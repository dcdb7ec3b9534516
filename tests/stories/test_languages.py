"""Each person in their own language, channels in the plan's, the public in the company's: one crisis, four languages."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime

import pytest

from bot.practice.payloads import user_json
from bot.practice.world import HARBOUR, World
from tests.stage import BERLIN, Stage, a_plan, staged

EVENING = datetime(2026, 11, 22, 22, 58, tzinfo=BERLIN)
WATCH, CHANNEL = "#crisis-watch", "#crisis-1"
SPEAKS = {"priya": "en-GB", "sam": "fi-FI"}
"""Everybody else has Slack in German. Nobody has written our sentences in Finnish."""
LIVES = {"leo": "Asia/Tokyo"}


def _world() -> World:
    people = (
        replace(one, locale=SPEAKS.get(one.name, "de-DE"), tz=LIVES.get(one.name, one.tz)) for one in HARBOUR.people
    )
    return replace(HARBOUR, people=tuple(people))


@pytest.fixture
async def german(database_url: str) -> AsyncIterator[Stage]:
    """The plan speaks German; the company's public reads English first."""
    async with staged(database_url, a_plan("language: de\n"), world=_world(), begin=EVENING) as stage:
        yield stage


async def test_everybody_reads_their_own_language(german: Stage) -> None:
    await a_question_on_the_watch_card(german)
    await the_channel_reads_german(german)
    await each_dm_is_its_readers(german)
    await yes_in_english_news_in_german(german)
    await times_are_typed_in_ones_own_words(german)
    await a_repeat_gets_the_same_words(german)
    await slack_may_leave_the_locale_out(german)


async def a_question_on_the_watch_card(german: Stage) -> None:
    post = {"external_id": "1", "author": "@jo_m", "reach": 41_000, "channel": "X", "text": "No parcel!"}
    await german.hook("mentions", post | {"occurred_at": "2026-11-22T21:41:00Z"})
    await german.settle()
    card = (await german.dana.reads(WATCH))[-1]
    assert card.shown == (
        "Late parcels: ein Beitrag seit 22:41 · X · größte Reichweite 41.000\n"
        "No parcel! (@jo_m, 22:41)\n"
        "Dana, bitte entscheide bis 23:08. Danach ist Tom dran."
    )
    form = (await german.dana.presses("Krise ausrufen", on=card)).modal
    assert form is not None
    assert (form.title, form.submit, form.close) == ("Krise ausrufen", "Krise ausrufen", "Abbrechen")
    assert form.labels == ["Was ist passiert?", "Lage", "Wie schlimm", "Für wen sichtbar", "Was weißt du außerdem?"]
    assert form.values["Wie schlimm"] == "Kritisch: viele Menschen, große Reichweite, jetzt gerade"
    assert "Damit lädst du 4 Personen ein." in form.text
    await german.dana.submits({"Was ist passiert?": "Pakete drei Wochen zu spät"})
    await german.settle()
    news = await german.dana.modal()
    assert news is not None
    assert news.text == "Krise 1 ist offen. Der erste Text liegt zum Lesen bereit."
    await german.dana.closes()
    assert (await german.dana.reads(WATCH))[0].shown.endswith("Krise 1, ausgerufen von Dana (22:58).")


async def the_channel_reads_german(german: Stage) -> None:
    brief, words = (await german.dana.reads(CHANNEL))[:2]
    assert brief.shown.startswith(
        "Krise 1: Pakete drei Wochen zu spät · Kritisch · eröffnet 22:58 · nur das Krisenteam\n"
        "Jetzt: Priya liest einen Text (erstes öffentliches Wort), bitte bis 23:13\n"
        "Team: 1 von 4 da\n"
        "Bisher veröffentlicht: nichts\n"
        "Nächste Zusage: erstes öffentliches Wort 23:13, Priya · Stellungnahme 23:58, Priya"
    )
    assert (await german.workspace.channel(CHANNEL)).topic == "Kritisch · offen · Leitung: Priya"
    assert words.buttons == ["Freigeben", "Bearbeiten", "Ablehnen"]
    assert words.shown.startswith("Erstes öffentliches Wort · Version 1 · für X und Instagram · Englisch · ")
    assert "You are telling us about parcels" in words.shown, "what the public reads is the company's choice"
    assert "Eine Freigabe genügt. PR: gefragt Priya, 22:58" in words.shown
    assert words.shown.endswith("Jetzt: Priya liest den Text und gibt ihn frei, bitte bis 23:13")
    assert (
        words.text
        == "Krise 1 braucht die Freigabe von Priya: einen Text lesen (erstes öffentliches Wort), bis 23:13 MEZ"
    )


async def each_dm_is_its_readers(german: Stage) -> None:
    """In their language, on their clock."""
    pings = {name: (await german.workspace.person(name).notifications())[-1].text for name in ("Priya", "Leo", "Sam")}
    assert pings == {
        "Priya": "Crisis 1 needs you, Priya: read one text by 23:13 CET",
        "Leo": "Krise 1 braucht dich, Leo: Sag, ob du dran bist, bis 07:08 JST",
        "Sam": "Krise 1 braucht dich, Sam: Sag, ob du dran bist, bis 23:08 MEZ",
    }
    owed = [dm for dm in await german.sam.dms() if "Erste Beschwerde" in dm.shown]
    assert owed == [], "nothing is owed before the position is public"
    leo = (await german.leo.dms())[-1]
    assert leo.buttons == ["Ich bin dran", "Kann nicht: Vertretung fragen"]
    assert leo.shown.startswith("Leo: Krise 1 (Verspätete oder ausgefallene Lieferung). Du bist zuständig für: Recht.")
    said = await german.leo.presses("Ich bin dran", on=leo)
    assert said.said == "Danke, notiert: Du bist dran."


async def yes_in_english_news_in_german(german: Stage) -> None:
    screen = (await german.priya.presses("Read the text", in_channel="dm")).modal
    assert screen is not None
    assert (screen.title, screen.submit) == ("Read the text", "Approve")
    answer = await german.priya.submits()
    assert answer.modal is not None
    assert answer.modal.text == "Thank you. The first public word is approved. Asked to post it: Dana."
    await german.settle()
    words = (await german.dana.reads(CHANNEL))[1]
    assert words.shown.startswith("Freigegeben von Priya, 22:58 · Erstes öffentliches Wort · Version 1")
    form = (await german.dana.presses("Veröffentlichung abhaken", in_channel="dm")).modal
    assert form is not None
    assert form.title == form.submit == "Veröffentlichung abhaken", "nothing is cut off"
    nothing = await german.dana.submits({"Veröffentlicht auf": []})
    assert nothing.modal is not None
    assert list(nothing.modal.errors.values()) == ["Bitte hake ab, wo er veröffentlicht ist."]
    done = await german.dana.submits({"Veröffentlicht auf": ["X", "Instagram"]})
    assert done.modal is not None
    assert done.modal.text.startswith("Danke, notiert: erstes öffentliches Wort, auf X und Instagram seit 22:5")
    await german.dana.closes()
    await german.settle()
    [told] = await german.sam.reads("#call-centre")
    assert told.shown.startswith("Was wir ab jetzt sagen · 22:5")
    owed = [dm for dm in await german.sam.dms() if "Erste Beschwerde: @jo_m, 22:41." in dm.shown][-1]
    assert "Antwort bis 23:41 (Frist: 1 Stunde). Eine Antwort liegt bereit." in owed.shown
    assert owed.buttons == ["Text lesen", "Erledigt", "Übergeben"]


async def times_are_typed_in_ones_own_words(german: Stage) -> None:
    """Also by somebody whose language we cannot answer in; the answer says the time on their own clock."""
    said = await german.leo.types("/crisis promise Spedition anrufen morgen um 9 Uhr", CHANNEL)
    assert said.said.startswith("Notiert: Spedition anrufen, bis Di., 24. Nov., 09:00 JST.")
    said = await german.sam.types("/crisis promise kuljetus huomenna 9:00", CHANNEL)
    assert said.said.startswith("Notiert: kuljetus, bis Mo., 23. Nov., 09:00 MEZ.")
    said = await german.priya.types("/crisis promise call the carrier tomorrow 9:00", CHANNEL)
    assert said.said.startswith("Noted: call the carrier by Mon 23 Nov, 09:00 CET.")


async def a_repeat_gets_the_same_words(german: Stage) -> None:
    await german.leo.types("/crisis promise Lager fragen 8:00", CHANNEL)
    assert "Notiert: Lager fragen" in (await german.workspace.redeliver()).body


async def slack_may_leave_the_locale_out(german: Stage) -> None:
    """The news that somebody changed need not name their language: it is as it was."""
    state = german.slack.state
    state.happened("user_change", {"user": user_json(state, state.people["UPRIYA"], with_email=True)})
    await german.settle()
    said = await german.priya.types("/crisis promises", CHANNEL)
    assert said.said.startswith("What crisis 1 owes")
    assert (await german.leo.types("/crisis promises", CHANNEL)).said.startswith("Was in Krise 1 zugesagt ist")

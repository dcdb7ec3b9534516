"""App Home as it is drawn: in words, within Slack's limits, with names for every ear."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.core.agenda import Agenda, Item, Verb
from bot.core.incident import Scene
from bot.i18n import reading
from bot.models import Audience, Here, Kind, TextState
from bot.practice.blocks import check_view, elements_of
from bot.views.home import Screen, greeting, home
from tests.builders import DANA, LEO, NORA, PRIYA, SAM, TOM
from tests.home.rows import MINUTE, NAMES, a_crisis, a_screen, called, of, owed, question, words
from tests.texts.rows import NOW, PLAN

Json = dict[str, Any]


def drawn(screen: Screen) -> Json:
    with reading("en", screen.now):
        view = home(screen, PLAN)
    check_view(view, kind="home")
    return view


def lines(screen: Screen) -> list[str]:
    """Every section, context and heading, Slack's time tokens as their plain words."""
    found = []
    for block in drawn(screen)["blocks"]:
        texts = block["elements"] if block["type"] == "context" else [block["text"]] if "text" in block else []
        found += [re.sub(r"<!date\^\d+\^[^|]*\|([^>]*) CET>", r"\1", text["text"]) for text in texts]
    return found


def pressable(view: Json) -> Iterator[Json]:
    for block in view["blocks"]:
        for _place, element in elements_of(block):
            yield element


def labels(screen: Screen) -> list[str]:
    return [element["text"]["text"] for element in pressable(drawn(screen)) if element["type"] == "button"]


def test_with_nothing_to_do_every_part_says_so_kindly() -> None:
    assert lines(a_screen(NORA)) == [
        "*Nothing needs you now, Nora.*",
        "Asked of me",
        "Nothing is asked of you.",
        "Owed by me",
        "You owe nobody anything.",
        "Waiting for others",
        "You are waiting for nobody.",
        "On duty",
        "Asked first: *Dana*. After that: Tom and Priya.",
        "Open crises",
        "No crisis is open that you can see.",
    ]
    assert labels(a_screen(NORA)) == ["Declare crisis"]
    assert labels(a_screen(NORA, may_declare=False)) == []


def everything() -> Screen:
    """Priya at 23:01: one of each row."""
    crisis, other = a_crisis(12), a_crisis(13, lead=DANA, audience=Audience.STAFF, title="A rude reply")
    first, asks = words(crisis, Kind.FIRST_WORD, PRIYA, LEO)
    post, _none = words(crisis, Kind.UPDATE, state=TextState.APPROVED)
    team = [
        called(crisis, PRIYA, "lead", "pr", state=Here.ASKED, silent_at=NOW + 7 * MINUTE),
        called(crisis, LEO, "legal", state=Here.ASKED, silent_at=NOW + 7 * MINUTE),
    ]
    scene = Scene(
        crisis, team, [first, post], asks=asks, posters={post.id: (PRIYA,)},
        promises=[owed(crisis, PRIYA, 12, kind="first_word", public=False), owed(crisis, PRIYA, 57), owed(crisis, SAM, 40)],
    )  # fmt: skip
    offer = owed(other, SAM, 20, offered_to=PRIYA, kind="other", wording="Call the carrier")
    todo = of(PRIYA, scene, alerts=[question(PRIYA)], offered={offer.id: (other, offer)})
    return a_screen(PRIYA, todo, scenes=[scene, Scene(other)], off={TOM: NOW})


def test_each_row_says_what_in_which_crisis_and_by_when() -> None:
    assert lines(everything()) == [
        "*5 things are asked of you, Priya.* The first by 23:08.",
        "Asked of me",
        "*Late parcels: is it a crisis?* · please by 23:08",
        "*Say whether you are on it* · crisis 12 · you lead, and answer for PR · please by 23:08",
        "*Read the first public word* · crisis 12 · please by 23:13",
        "*Take over: Call the carrier* · crisis 13 · it is Sam's until then · by 23:21, at most 20 min left",
        "*Post the update on X, then tick* · crisis 12 · please by 23:58",
        "Owed by me",
        "*First public word* · crisis 12 · by 23:13, at most 12 min left",
        "*Update for the public* · crisis 12 · by 23:58",
        "Waiting for others",
        "Crisis 12: Leo has not said yet whether they are on it, please by 23:08",
        "Crisis 12: Leo reads the first public word, please by 23:13",
        "Crisis 12: Sam sees to: update for the public, by 23:41",
        "On duty",
        "Asked first: *Dana*. After that: you. Off duty: Tom.",
        "Open crises",
        "*Crisis 12: Parcels three weeks late* · open · you lead, and answer for PR",
        "*Crisis 13: A rude reply* · open · open to all staff · lead: Dana",
    ]


def test_whoever_no_longer_leads_is_not_said_to() -> None:
    """Tom stands in for the lead; what Priya was called as is her role, and no longer the lead."""
    crisis = a_crisis(lead=TOM)
    scene = Scene(incident=crisis, members=[called(crisis, PRIYA, "lead", "pr")])
    assert "*Crisis 12: Parcels three weeks late* · open · you answer for PR · lead: Tom" in lines(
        a_screen(scenes=[scene])
    )


def test_the_buttons_are_those_of_the_dm_and_a_screen_reader_hears_what_each_is_about() -> None:
    view = drawn(everything())
    heard = {
        (element["text"]["text"], element["action_id"]): element.get("accessibility_label")
        for element in pressable(view)
        if element["type"] == "button"
    }
    assert heard == {
        ("Declare crisis", "incident.ask"): "Declare crisis, a new one",
        ("Declare crisis", "alert.declare"): "Declare crisis: Late parcels",
        ("Not a crisis", "alert.dismiss"): "Not a crisis: Late parcels",
        ("I'm on it", "member.here"): "I'm on it, crisis 12",
        ("Can't: send my stand-in", "member.cannot"): "Can't: send my stand-in, crisis 12",
        ("Read the text", "text.read"): "Read the text: update, crisis 12",
        ("Take it", "promise.take"): "Take it: Call the carrier",
        ("Mark as published", "text.publish"): "Mark as published: update, crisis 12",
        ("Done", "promise.done"): "Done: update for the public",
        ("I'm off duty", "duty.leave"): "I'm off duty: take me off the duty list for now",
        ("Go to the channel", "incident.go"): "Go to the channel of crisis 13",
    }
    rows = [sum(e.get("style") == "primary" for _p, e in elements_of(block)) for block in view["blocks"]]
    assert max(rows) == 1, "one of a row's buttons is green"


def at(minutes: float, *, started: datetime = NOW - 40 * MINUTE, public: bool = True) -> str:
    """What the row of one promise says, due so many minutes from now."""
    crisis = a_crisis()
    promise = owed(crisis, PRIYA, 0, due=NOW + minutes * MINUTE, started_at=started, public=public)
    todo = Agenda(owed=[Item(verb=Verb.KEEP, by=promise.due, incident=crisis, promise=promise)])
    return lines(a_screen(PRIYA, todo))[4].removeprefix("*Update for the public* · crisis 12 · ")


def test_what_is_said_of_the_time_stays_true_until_it_is_drawn_again() -> None:
    assert at(50) == "by 23:51", "half of it is not gone yet"
    assert at(28) == "by 23:29, at most 28 min left"
    assert at(27.2) == "by 23:28, at most 28 min left", "rounded up: never less than there is"
    assert at(0.3) == "by 23:01, at most 1 min left"
    assert at(119, started=NOW - timedelta(days=1)) == "by 01:00, at most 1 hour 59 minutes left".replace(
        "01:00", "Mon 23 Nov, 01:00"
    )
    assert at(-5) == "broken at 22:56: please say so openly"
    assert at(-5, public=False) == "late since 22:56"


@pytest.mark.parametrize(
    ("asked", "owed_in", "sentence"),
    [
        ([7], [], "*One thing is asked of you, Priya.* Please by 23:08."),
        ([7, 12], [3], "*2 things are asked of you, Priya.* The first by 23:08."),
        ([-2, 12], [], "*2 things are asked of you, Priya.* The first was wanted by 22:59."),
        ([-2], [], "*One thing is asked of you, Priya.* It was wanted by 22:59."),
        ([None], [], "*One thing is asked of you, Priya.*"),
        ([], [12], "*Nothing is asked of you, Priya.* What you owe next is due at 23:13."),
        ([], [-1], "*Nothing is asked of you, Priya.* But what you owe is late since 23:00."),
    ],
)
def test_the_first_line_says_where_they_stand(asked: list[int | None], owed_in: list[int], sentence: str) -> None:
    def items(minutes: list[int | None]) -> list[Item]:
        return [Item(verb=Verb.DECIDE, by=None if m is None else NOW + m * MINUTE) for m in minutes]

    screen = a_screen(todo=Agenda(asked=items(asked), owed=items([*owed_in])))
    with reading("en", NOW):
        assert re.sub(r"<[^|]*\|([^>]*) CET>", r"\1", greeting(screen)) == sentence


@pytest.mark.parametrize(
    ("reader", "off", "sentence", "button"),
    [
        (DANA, {}, "Asked first: *you*. After that: Tom and Priya.", "I'm off duty"),
        (PRIYA, {DANA: NOW}, "Asked first: *Tom*. After that: you. Off duty: Dana.", "I'm off duty"),
        (DANA, {DANA: NOW}, "Asked first: *Tom*. After that: Priya. You are off duty since 23:01.", "I'm back on duty"),
        (NORA, {}, "Asked first: *Dana*. After that: Tom and Priya.", None),
    ],
)
def test_who_is_on_duty(reader: Any, off: Any, sentence: str, button: str | None) -> None:
    screen = a_screen(reader, off=off)
    assert lines(screen)[8] == sentence
    assert [label for label in labels(screen) if label != "Declare crisis"] == ([button] if button else [])


def test_a_question_that_went_on_to_the_next_one_says_who_has_it() -> None:
    todo = Agenda(asked=[Item(verb=Verb.DECIDE, by=NOW, alert=question(TOM, DANA))])
    assert "*Late parcels: is it a crisis?* · Tom is asked now" in lines(a_screen(DANA, todo))


def test_what_came_of_the_last_press_stands_on_top() -> None:
    assert lines(a_screen(said="Thank you, noted: you are on it.", said_at=NOW))[:2] == [
        "*Nothing needs you now, Priya.*",
        "23:01: Thank you, noted: you are on it.",
    ]


def sixty() -> tuple[Agenda, list[Scene]]:
    """Sixty crises with long words, each asking for everything."""
    scenes, offered = [], {}
    for number in range(1, 61):
        crisis = a_crisis(number, title="Züge & <Busse> " * 13)
        texts, asks = [], []
        for kind in (Kind.FIRST_WORD, Kind.HOLDING_STATEMENT):
            text, some = words(crisis, kind, PRIYA, LEO, SAM, TOM)
            texts.append(text)
            asks += some
        team = [called(crisis, user, "legal", state=Here.SILENT) for user in (PRIYA, LEO, SAM, TOM)]
        promises = [owed(crisis, PRIYA, number, kind="other", wording="W&" * 150), owed(crisis, SAM, number + 100)]
        scenes.append(Scene(crisis, team, texts, asks=asks, promises=promises))
        offer = owed(crisis, SAM, 200 + number, offered_to=PRIYA, kind="other", wording="<" * 300)
        offered[offer.id] = (crisis, offer)
    return of(PRIYA, *scenes, alerts=[question(PRIYA)], offered=offered), scenes


@pytest.mark.parametrize("page", [0, 5, 99])
def test_somebody_with_sixty_of_everything_gets_a_home_that_slack_takes(page: int) -> None:
    todo, scenes = sixty()
    assert len(todo.asked) == 241
    screen = a_screen(PRIYA, todo, page=page, scenes=scenes, said="a" * 1000, said_at=NOW)
    view = drawn(screen)
    assert len(view["blocks"]) <= 100
    assert len(json.dumps(view)) < 250_000
    turned = [e["value"] for e in pressable(view) if e["action_id"].startswith("home.")]
    expected = {
        0: ["asked:1", "owed:1", "waiting:1", "crises:1"],
        5: ["asked:4", "asked:6", "owed:4", "waiting:4", "waiting:6", "crises:4"],
        99: ["asked:23", "owed:4", "waiting:22", "crises:4"],
    }
    assert turned == expected[page]
    assert "Page 1 of 25, 241 in all." in lines(screen) or page


class Wordy:
    """A language in which everything takes twice as many characters as German does."""

    def gettext(self, message: str) -> str:
        return f"{message} " + "Ü" * (len(message) + 60)

    def ngettext(self, one: str, many: str, n: int) -> str:
        return self.gettext(one if n == 1 else many)


def test_a_language_with_long_words_fits_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.i18n._catalogue", lambda _locale: Wordy())
    todo, scenes = sixty()
    screen = a_screen(PRIYA, todo, scenes=scenes, names=dict.fromkeys(NAMES, "Maximiliane-Theodora" * 4))
    view = drawn(screen)
    assert [e for e in pressable(view) if e.get("accessibility_label") == ""] == []
    with reading("de", NOW):
        check_view(home(replace(everything(), off={}), PLAN), kind="home")

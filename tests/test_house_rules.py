"""The look that every story ends with finds what it is there to find: each rule, broken once on purpose."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest

from bot.models import Alert, Audience, Card, Effect, Person, Signal
from bot.plan import load_plan
from bot.practice.server import PracticeSlack
from bot.practice.web_api import Call
from bot.views.blocks import Block, actions, button, context, divider, more, section, when
from tests.builders import DANA, PRIYA, TEAM, an_incident
from tests.house_rules import Known, broken

NOW = datetime(2026, 11, 22, 21, 58, tzinfo=UTC)
DUE = NOW + timedelta(minutes=15)
WATCH, CHANNEL = "CWATCH", "CCRISIS"
SECRET = "The depot burned down"
GERMAN = "ULEO"


class Story:
    """What the bot sent, and the rows it came from."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.effects: dict[str, Effect] = {}
        self.cards: dict[str, Card] = {}
        self.incident = an_incident(title=SECRET, audience=Audience.TEAM, channel=CHANNEL, lead=PRIYA)
        self.alert = Alert.new(id="alert", team=TEAM, rule="parcels", first_seen_at=NOW, quote="post")
        self.post = Signal.new(
            id="post", team=TEAM, source="mentions", dedupe="1", delivery="d", language="de-AT", received_at=NOW
        )

    def posts(
        self, kind: str, place: str, text: str, *blocks: Block, thread: bool = False, at: datetime = NOW
    ) -> "Story":
        name = f"e{len(self.calls)}"
        self.cards[name] = Card.new(id=name, team=TEAM, kind=kind, subject="alert", place=place)
        self.effects[name] = Effect.new(
            id=name, key=name, kind="post", lane=place, priority=0, sequence=0, payload={"card": name},
            not_before=at, created_at=at,
        )  # fmt: skip
        sent: dict[str, Any] = {"channel": place, "text": text, "blocks": list(blocks)}
        sent["metadata"] = {"event_type": "e", "event_payload": {"effect": name}}
        return self.calling("chat.postMessage", **sent, **({"thread_ts": "1.0"} if thread else {}))

    def calling(self, method: str, **arguments: Any) -> "Story":
        self.calls.append(Call(method=method, arguments=arguments, started=0, ok=True))
        return self

    def broken(self) -> list[str]:
        people = {
            user: Person.new(team=TEAM, user=user, name=name, locale=locale)
            for user, name, locale in ((DANA, "Dana", "en-GB"), (PRIYA, "Priya", "en-GB"), (GERMAN, "Leo", "de-DE"))
        }
        known = Known(
            plan=load_plan(None, {}), team=TEAM, effects=self.effects, cards=self.cards, people=people,
            incidents={self.incident.id: self.incident}, alerts={"alert": self.alert},
            signals={"post": self.post},
        )  # fmt: skip
        channels = {WATCH: SimpleNamespace(kind="channel"), CHANNEL: SimpleNamespace(kind="group")}
        slack = SimpleNamespace(
            web_api=SimpleNamespace(calls=self.calls),
            courier=SimpleNamespace(sent=[]),
            state=SimpleNamespace(channels=channels),
        )
        return broken(cast("PracticeSlack", slack), known)


def press(label: str = "Read the text", action: str = "text.read", value: str = "v1", **more: Any) -> dict[str, Any]:
    return button(label, action, value, accessible=f"{label}: first public word", **more)


TIME = when(DUE, "Europe/Berlin", now=NOW)
ASKED = "Crisis 12 needs you, Priya: read one text by 23:13 CET"
NOWLINE = section(f"*Now:* Priya reads it and says yes, please by {TIME}")


def asks(text: str = ASKED, *blocks: Block, place: str = PRIYA) -> Story:
    return Story().posts("ask", place, text, *(blocks or (section(f"Please by {TIME}."), actions(press()))))


def test_a_message_as_it_should_be_breaks_nothing() -> None:
    story = asks().posts(
        "brief", CHANNEL, "Crisis 12. Now: Priya reads it.", NOWLINE, actions(press(action="member.here"))
    )
    assert story.broken() == []


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("Crisis 12 needs a yes: read one text by 23:13 CET", "does not say who"),
        ("Crisis 12 needs you, Priya: first public word by 23:13 CET", "does not say what to do"),
        ("Crisis 12 needs you, Priya: read one text", "does not say by when"),
        (f"Crisis 12 needs you, Priya: read {'x' * 60} by 23:13 CET", "does not say by when"),
        (f"Crisis 12 needs you, Priya: read “{SECRET}” by 23:13 CET", "what a private crisis is about"),
        ("Crisis 12 needs you, Priya: read one text by 23:13", "without its zone"),
        ("Incident 12 needs you, Priya: read one text by 23:13 CET", 'says "Incident"'),
    ],
)
def test_what_a_phone_shows(text: str, why: str) -> None:
    assert any(why in sentence for sentence in asks(text).broken())


def test_what_a_phone_shows_in_german() -> None:
    assert asks("Krise 12 braucht dich, Leo: einen Text lesen, bis 23:13 MEZ", place=GERMAN).broken() == []
    verbless = asks("Krise 12 braucht dich, Leo: erstes öffentliches Wort, bis 23:13 MEZ", place=GERMAN)
    assert any("does not say what to do" in sentence for sentence in verbless.broken())


def test_one_event_is_one_message_for_a_person() -> None:
    twice = asks().posts("reminder", PRIYA, ASKED, section("And this."), actions(press(value="v2")))
    assert any("2 messages to UPRIYA for one event" in sentence for sentence in twice.broken())
    later = asks().posts("ask", PRIYA, ASKED, section("Again."), actions(press()), at=NOW + timedelta(seconds=30))
    assert any("asked twice in a minute" in sentence for sentence in later.broken())
    called = asks().posts("thread_note", CHANNEL, "Crisis 12: changed", section(f"<@{PRIYA}>: changed"), thread=True)
    assert any("2 messages to UPRIYA for one event" in sentence for sentence in called.broken())


def test_a_channel_mentions_nobody() -> None:
    said = Story().posts("brief", CHANNEL, "Crisis 12", section(f"<@{PRIYA}>, please read"))
    assert any("calls @UPRIYA" in sentence for sentence in said.broken())


@pytest.mark.parametrize(
    ("story", "why"),
    [
        (Story().posts("member", CHANNEL, "Leo is here", section("Leo is here")), "not for the crisis channel (member)"),
        (Story().posts("reminder", CHANNEL, "Crisis 12", section(f"At most 5 minutes, by {TIME}")), "before its time"),
        (
            Story().posts("thread_note", CHANNEL, "Changed", section("Changed"), actions(press()), thread=True),
            "something to press in a thread",
        ),
        (
            Story().posts("thread_note", CHANNEL, "Changed", section("Please type `/crisis draft`"), thread=True),
            "a command in a thread",
        ),
        (Story().posts("ask", PRIYA, "Crisis 12: settled.", section("It is settled.")), "news in a DM"),
    ],
)  # fmt: skip
def test_where_things_go(story: Story, why: str) -> None:
    assert any(why in sentence for sentence in story.broken())


@pytest.mark.parametrize(
    ("blocks", "why"),
    [
        ([actions(*(press(value=str(n)) for n in range(5)))], "more than four buttons"),
        ([actions(*(press(value=str(n)) for n in range(3))), actions(*(press(value=str(n)) for n in range(3)))], "more than four"),
        (
            [section("a", press(style="primary")), divider(), actions(press(value="v2", style="primary"), more("m.m", []))],
            "more than one green",
        ),
        ([actions(button("Read", "text.read", "v1"))], "does not name its object"),
        ([actions(press(style="danger"))], "is red"),
        ([section(":white_check_mark:")], "a line that only a sign says"),
        ([actions(press(":white_check_mark: Read"))], "a sign in the label"),
        ([{"type": "image", "image_url": "x", "alt_text": "a chart"}], "alt text has no figures"),
    ],
)  # fmt: skip
def test_what_stands_on_a_screen(blocks: list[Block], why: str) -> None:
    assert any(why in sentence for sentence in asks(ASKED, *blocks).broken())


@pytest.mark.parametrize(
    ("blocks", "why"),
    [
        ([context("nothing")], "0 lines of what to do now"),
        ([section("*Now:* Priya / Dana read it")], "names several"),
        ([section("*Now:* Priya and Dana read it")], "names several"),
        ([section("*Now:* anyone here reads it")], "nobody's name"),
        ([section(f"*Now:* Priya reads it by {TIME} or by {TIME}")], "several times"),
    ],
)
def test_every_card_ends_in_now(blocks: list[Block], why: str) -> None:
    card = Story().posts("words", CHANNEL, "Crisis 12", *blocks, actions(press("Edit", "version.edit")))
    assert any(why in sentence for sentence in card.broken())


def test_the_question_asks_one_person_and_names_the_language_of_its_quote() -> None:
    asks_one = section("Dana, please decide by then. After that Priya is asked."), actions(press("D", "alert.declare"))
    fine = Story().posts("alert", WATCH, "Dana, a crisis?", section("Late\n> Kein Paket (@jo, in German)"), *asks_one)
    assert fine.broken() == []
    bare = Story().posts("alert", WATCH, "Dana, a crisis?", section("Late\n> Kein Paket (@jo)"), *asks_one)
    assert any("language (German) is not named" in sentence for sentence in bare.broken())
    two = section("Dana and Priya, please decide."), actions(press("D", "alert.declare"))
    said = Story().posts("alert", WATCH, "A crisis?", section("Late\n> Kein Paket (@jo, in German)"), *two)
    assert any("0 lines of what to do now" in sentence for sentence in said.broken())


@pytest.mark.parametrize(
    ("story", "why"),
    [
        (Story().calling("conversations.create", name="crisis-12-depot", is_private=True), "is called crisis-12-depot"),
        (Story().calling("conversations.setTopic", channel=CHANNEL, topic=f"{SECRET} · open"), "setTopic names"),
        (Story().posts("headline", WATCH, "Crisis 12: open", section(f"Crisis 12: {SECRET}")), "a public channel reads"),
        (Story().posts("headline", WATCH, "Crisis 12: open", section(f"In <#{CHANNEL}>")), "of the channel of crisis 12"),
    ],
)  # fmt: skip
def test_a_private_crisis_is_a_number(story: Story, why: str) -> None:
    assert any(why in sentence for sentence in story.broken())

"""What markup reads like, whom it pings, and how long a chain of calls is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.practice.api import METHODS
from bot.practice.mrkdwn import Reader, block_mentions, mentions, plain, shown
from bot.practice.scopes import ALL_SCOPES, FORM_ONLY, SCOPES, needed_in
from bot.practice.seen import Call, round_trips
from bot.practice.server import PracticeSlack
from bot.practice.settings import installed_as
from tests.practice.kit import actions, button, field, section
from tests.practice.kit import plain as plain_text

NOON = 1_795_953_600  # Sunday 29 November 2026, 12:00 UTC
EVA = Reader(
    tz="Europe/Berlin", now=NOON, people={"UDANA": "Dana"}, channels={"C1": "shops"}, groups={"S1": "crisis-team"}
)


@pytest.mark.parametrize(
    ("markup", "words"),
    [
        ("*bold* _sloped_ ~struck~", "bold sloped struck"),
        ("*Crisis 12: _late_ parcels*", "Crisis 12: late parcels"),
        ("2 * 3 * 4 and snake_case_name", "2 * 3 * 4 and snake_case_name"),
        ("> quoted\n&gt; too\nplain", "quoted\ntoo\nplain"),
        ("`*code*` and ```_block_```", "*code* and _block_"),
        ("&lt;b&gt; &amp; &copy;", "<b> & &copy;"),
        ("<@UDANA> and <@UNOBODY>", "Dana and @UNOBODY"),
        ("<#C1> <#C2> <#C2|old>", "#shops #private channel #old"),
        ("<!channel> <!here> <!subteam^S1>", "@channel @here @crisis-team"),
        ("<https://a.example|our page> <https://b.example>", "our page https://b.example"),
        ("<mailto:a@b.example|write>", "write"),
        (f"by <!date^{NOON}^{{time}}|12:00 UTC>", "by 13:00"),
        (f"<!date^{NOON}^{{date_num}} {{time_secs}}|x>", "2026-11-29 13:00:00"),
        (f"<!date^{NOON}^{{date_pretty}} at {{time}}|x>", "today at 13:00"),
        (f"<!date^{NOON + 86400}^{{date_short_pretty}}|x>", "tomorrow"),
        (f"<!date^{NOON + 864000}^{{date_long}}|x>", "Wednesday, December 9th, 2026"),
        (f"<!date^{NOON}^{{nonsense}}|the fallback>", "the fallback"),
        ("<!date^soon^{time}|the fallback>", "the fallback"),
        ("**two stars**", "**two stars**"),
    ],
)
def test_markup_reads_as_in_slack(markup: str, words: str) -> None:
    assert plain(markup, EVA) == words


def test_each_locale_has_its_clock() -> None:
    token = f"<!date^{NOON}^{{time}}|x>"
    assert plain(token, Reader(tz="America/New_York", locale="en-US", now=NOON)) == "7:00 AM"
    assert plain(token, Reader(tz="Asia/Tokyo", locale="ja-JP", now=NOON)) == "21:00"


@pytest.mark.parametrize(
    ("days", "form", "words"),
    [
        (-1, "date_short_pretty", "gestern"),
        (0, "date_pretty", "heute"),
        (1, "date_long_pretty", "morgen"),
        (10, "date_short_pretty", "09.12.2026"),
        (10, "date_long", "Mittwoch, 9. Dezember 2026"),
    ],
)
def test_days_are_written_in_the_readers_language(days: int, form: str, words: str) -> None:
    reader = Reader(tz="Europe/Berlin", locale="de-DE", now=NOON)
    assert plain(f"<!date^{NOON + days * 86400}^{{{form}}}|x>", reader) == words


def test_blocks_read_line_by_line_without_their_buttons() -> None:
    blocks = [
        {"type": "header", "text": plain_text("*Not bold* here")},
        section("*Team*: <@UDANA>", fields=[{"type": "plain_text", "text": "a &amp; b"}]),
        {"type": "divider"},
        {"type": "context", "elements": [{"type": "mrkdwn", "text": "one"}, plain_text("two")]},
        {"type": "image", "image_url": "https://a.example/x.png", "alt_text": "7 minutes", "title": plain_text("First word")},
        actions(button("Approve", "a.b")),
        field("When", "w", hint=plain_text("In your time")),
    ]  # fmt: skip
    assert shown(blocks, EVA).splitlines() == [
        "*Not bold* here",
        "Team: Dana",
        "a & b",
        "one two",
        "First word",
        "7 minutes",
        "When",
        "In your time",
    ]


def test_only_live_markup_pings() -> None:
    assert mentions("<@UDANA> &lt;!channel&gt; <!here> <!subteam^S1|@team> <https://x.example> <#C1>") == {
        "UDANA",
        "!here",
        "!subteam^S1",
    }
    assert block_mentions([section("<!channel>"), {"type": "header", "text": plain_text("<!everyone>")}]) == {
        "!channel"
    }


@given(st.text() | st.text(alphabet="<>!^|&*_~`@#{}date0123456789\x00 "))
def test_no_text_is_too_odd_to_read(text: str) -> None:
    plain(text, EVA)
    mentions(text)


@given(st.text(alphabet=st.characters(exclude_characters="<>&*_~`\x00", exclude_categories=["Cs"])))
def test_words_without_markup_stay_as_they_are(text: str) -> None:
    assert plain(text, EVA) == text


def call(started: float, ended: float) -> Call:
    return Call("m", {}, True, None, started, ended, 200)


@pytest.mark.parametrize(
    ("calls", "length"),
    [
        ([], 0),
        ([call(0, 1)], 1),
        ([call(0, 1), call(0.5, 2)], 1),
        ([call(0, 1), call(1, 2), call(1.1, 2.5), call(2, 3)], 3),
        ([call(0, 5), call(1, 2), call(2, 3), call(3, 4)], 3),
    ],
)
def test_round_trips_are_the_longest_chain(calls: list[Call], length: int) -> None:
    assert round_trips(list(reversed(calls))) == length


def test_every_method_has_its_scopes() -> None:
    assert PracticeSlack.__doc__  # importing the server registers the methods
    assert set(METHODS) == set(SCOPES)
    assert set(SCOPES) > FORM_ONLY
    assert needed_in("conversations.history", "im") == {"im:history"}
    assert needed_in("pins.add", "group") == {"pins:write"}
    assert "chat:write.public" in ALL_SCOPES


def test_an_app_is_installed_as_its_manifest_says() -> None:
    told = installed_as(
        {
            "features": {
                "slash_commands": [
                    {"command": "/krise", "should_escape": True, "description": "d", "usage_hint": "a | b"}
                ],
                "app_home": {"home_tab_enabled": True, "messages_tab_read_only_enabled": True},
                "shortcuts": [
                    {"type": "global", "callback_id": "a.b"},
                    {"type": "message", "callback_id": "message.report"},
                ],
            },
            "oauth_config": {"scopes": {"bot": ["commands"]}},
            "settings": {"event_subscriptions": {"bot_events": ["user_change"]}, "socket_mode_enabled": True},
        }
    )
    assert told == {
        "scopes": frozenset({"commands"}),
        "events": frozenset({"user_change"}),
        "command": "/krise",
        "command_description": "d",
        "usage_hint": "a | b",
        "socket_mode": True,
        "escape": True,
        "home": True,
        "dm_read_only": True,
        "shortcuts": ({"type": "message", "callback_id": "message.report"},),
    }

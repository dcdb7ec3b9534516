"""Block Kit as HTML: every block and element that the workspace accepts, and nothing that a stranger could slip in."""

import html
import json
import re
from html.parser import HTMLParser
from typing import Any

import pytest

from bot.practice.blocks import BLOCKS, ELEMENTS, IN_ACCESSORY, IN_ACTIONS, IN_INPUT, check_message_blocks, check_view
from bot.practice.forms import values_of, with_ids
from bot.practice.mrkdwn import Reader
from bot.practice.page import markup
from bot.practice.page.markup import Eyes, safe_url
from bot.practice.page.surface import Surface
from tests.practice.kit import button, field, modal, options, plain, section

JSON = dict[str, Any]
NOON = 1_795_953_600  # Sunday 29 November 2026, 12:00 UTC
HOSTILE = '<script>alert(1)</script>"onload=x '

EYES = Eyes(
    reader=Reader(
        tz="Europe/Berlin",
        now=NOON,
        people={"UDANA": "Dana", "UEVA": "Eva"},
        channels={"C1": "shops"},
        groups={"S1": "crisis-team"},
    ),
    person="UDANA",
    groups=frozenset({"S1"}),
    place=lambda channel, ts: f"/?in={channel}#{ts or ''}",
    host="harbour.slack.example",
)
PEOPLE = [("UDANA", "Dana Lind"), ("UEVA", "Eva Brandt")]
CHANNELS = [("C1", "#shops"), ("C2", "#general")]


class Reading(HTMLParser):
    """The tags of a piece of HTML, which must close all it opens."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in ("br", "hr", "img", "input"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attrs for name, attrs in self.tags if name == tag]


def read(drawn: str) -> Reading:
    reading = Reading()
    reading.feed(drawn)
    assert reading.open == []
    return reading


def drawn(*blocks: JSON, **more: Any) -> str:
    """These blocks of a message or view, as HTML."""
    with_all = with_ids(blocks)
    surface = Surface(
        "m-1", {"channel": "C1", "ts": "1"}, with_all, EYES, PEOPLE, CHANNELS, **{"values": values_of(with_all), **more}
    )
    return str(surface.drawn())


def seen(text: str) -> str:
    return str(markup.html(text, EYES))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("*bold* _sloped_ ~struck~ `code`", "<strong>bold</strong> <em>sloped</em> <s>struck</s> <code>code</code>"),
        ("*Crisis 12: _late_ parcels*", "<strong>Crisis 12: <em>late</em> parcels</strong>"),
        ("2 * 3 * 4 and snake_case_name", "2 * 3 * 4 and snake_case_name"),
        ("one\ntwo", "one<br>two"),
        ("&gt; quoted\n> too\nplain", "<blockquote>quoted<br>too</blockquote>plain"),
        (">>> all\nof it", "<blockquote>all<br>of it</blockquote>"),
        ("```a <b>\n*c*```", "<pre>a &lt;b&gt;\n*c*</pre>"),
        ("&lt;b&gt; &amp; <", "&lt;b&gt; &amp; &lt;"),
        (":pushpin: :no_such_thing:", "📌 :no_such_thing:"),
        ("<@UDANA>, <@UEVA>", '<span class="mention own">@Dana</span>, <span class="mention">@Eva</span>'),
        ("<#C1>", '<a class="mention" href="/?in=C1#">#shops</a>'),
        ("<#C9>", '<span class="mention">#private channel</span>'),
        (
            "<!subteam^S1> <!here>",
            '<span class="mention own">@crisis-team</span> <span class="mention own">@here</span>',
        ),
        (f"by <!date^{NOON}^{{time}}|12:00 UTC>", 'by <time datetime="2026-11-29T12:00:00+00:00">13:00</time>'),
        (f"<!date^{NOON}^{{nonsense}}|then>", '<time datetime="2026-11-29T12:00:00+00:00">then</time>'),
        (
            "<https://a.example/?b=1&amp;c|*our* page>",
            '<a href="https://a.example/?b=1&amp;c" target="_blank" rel="noopener noreferrer">*our* page</a>',
        ),
        (
            "<https://harbour.slack.example/archives/C1/p1795953600000001|there>",
            '<a href="/?in=C1#1795953600.000001">there</a>',
        ),
        ("<javascript:alert(1)|press me>", "press me"),
        ("<data:text/html,x|press me>", "press me"),
    ],
)
def test_markup_becomes_html(text: str, expected: str) -> None:
    assert seen(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        HOSTILE,
        f"*{HOSTILE}*",
        f"`{HOSTILE}`",
        f"```{HOSTILE}```",
        f"> {HOSTILE}",
        f"<https://a.example/{HOSTILE}|{HOSTILE}>",
        f"<@{HOSTILE}>",
        f"<#C9|{HOSTILE}>",
        f"<!date^{NOON}^{{time}}{HOSTILE}|{HOSTILE}>",
        '<https://a.example/"onmouseover="x|y>',
        "\x000\x00 *a*",
        "\x007\x00",
        "<javascript&#58;alert(1)|x>",
        "<JaVaScRiPt:alert(1)|x>",
        "<java\tscript:alert(1)|x>",
        "<//evil.example|x>",
    ],
)
def test_nothing_in_markup_becomes_code(text: str) -> None:
    reading = read(seen(text))
    assert {tag for tag, _attrs in reading.tags} <= {
        "strong",
        "em",
        "s",
        "code",
        "pre",
        "blockquote",
        "a",
        "br",
        "span",
        "time",
    }
    for tag, attrs in reading.tags:
        assert not [name for name in attrs if name.startswith("on")], (tag, attrs)
    for link in reading.all("a"):
        assert str(link["href"]).startswith(("https://a.example", "/?in=")), link


@pytest.mark.parametrize(
    "address", ["javascript:x", " javascript:x", "java\nscript:x", "data:,x", "//evil", "vbscript:x", "x", "http://["]
)
def test_addresses_that_lead_nowhere_safe_are_none(address: str) -> None:
    assert safe_url(address) is None


# Each element as the workspace accepts it, and what must be in its HTML.
CHOICES = options("Late", "Broken")
CASES: dict[str, tuple[JSON, str]] = {
    "button": (button("Approve", "a", style="primary", accessibility_label="Approve version 1"), 'aria-label="Approve version 1"'),
    "overflow": ({"type": "overflow", "action_id": "a", "options": CHOICES}, 'role="menuitem"'),
    "static_select": ({"type": "static_select", "action_id": "a", "options": CHOICES, "initial_option": CHOICES[1]}, '<option value="broken" selected>Broken</option>'),
    "multi_static_select": ({"type": "multi_static_select", "action_id": "a", "options": CHOICES, "initial_options": CHOICES[:1], "max_selected_items": 1}, 'value="late" checked'),
    "users_select": ({"type": "users_select", "action_id": "a", "initial_user": "UEVA"}, '<option value="UEVA" selected>Eva Brandt</option>'),
    "multi_users_select": ({"type": "multi_users_select", "action_id": "a", "initial_users": ["UEVA"]}, 'value="UEVA" checked'),
    "channels_select": ({"type": "channels_select", "action_id": "a", "initial_channel": "C1"}, '<option value="C1" selected>#shops</option>'),
    "multi_channels_select": ({"type": "multi_channels_select", "action_id": "a"}, 'value="C2"'),
    "conversations_select": ({"type": "conversations_select", "action_id": "a"}, '<optgroup label="People">'),
    "checkboxes": ({"type": "checkboxes", "action_id": "a", "options": CHOICES, "initial_options": CHOICES[:1]}, 'type="checkbox"'),
    "radio_buttons": ({"type": "radio_buttons", "action_id": "a", "options": CHOICES, "initial_option": CHOICES[0]}, 'type="radio"'),
    "datepicker": ({"type": "datepicker", "action_id": "a", "initial_date": "2026-11-29"}, 'type="date" value="2026-11-29"'),
    "timepicker": ({"type": "timepicker", "action_id": "a", "initial_time": "23:58"}, 'type="time" value="23:58"'),
    "datetimepicker": ({"type": "datetimepicker", "action_id": "a", "initial_date_time": NOON}, 'value="2026-11-29T13:00"'),
    "plain_text_input": ({"type": "plain_text_input", "action_id": "a", "multiline": True, "initial_value": "a\n<b>", "max_length": 200}, "a\n&lt;b&gt;</textarea>"),
    "email_text_input": ({"type": "email_text_input", "action_id": "a", "placeholder": plain("who@where")}, 'placeholder="who@where"'),
    "url_text_input": ({"type": "url_text_input", "action_id": "a", "initial_value": "https://a.example"}, 'value="https://a.example"'),
    "number_input": ({"type": "number_input", "action_id": "a", "is_decimal_allowed": False, "initial_value": "7"}, 'inputmode="numeric"'),
    "image": ({"type": "image", "image_url": "https://a.example/x.png", "alt_text": 'A "chart"'}, 'alt="A &#34;chart&#34;"'),
}  # fmt: skip


def test_every_element_that_slack_takes_is_drawn() -> None:
    assert set(CASES) == set(ELEMENTS)


@pytest.mark.parametrize("kind", sorted(ELEMENTS))
def test_an_element_wherever_it_may_stand(kind: str) -> None:
    element, expected = CASES[kind]
    if kind in IN_ACCESSORY:
        block = section("Beside it", accessory=element)
        check_message_blocks([block])
        assert expected in drawn(block)
        read(drawn(block))
    if kind in IN_ACTIONS:
        check_message_blocks([{"type": "actions", "elements": [element]}])
        assert expected in drawn({"type": "actions", "elements": [element]})
    if kind in IN_INPUT:
        block = field("What happened?", "what", element, hint=plain("In a line"), optional=True)
        check_view(modal(block))
        out = drawn(block, errors={"what": "Not <this>"})
        read(out)
        assert expected in out
        assert "What happened?" in out
        assert "In a line" in out
        assert "(optional)" in out
        assert "Not &lt;this&gt;" in out
        assert 'aria-invalid="true"' in out


BLOCK_CASES: dict[str, tuple[JSON, str]] = {
    "section": (section("*a*", fields=[plain("b & c"), {"type": "mrkdwn", "text": "_d_"}]), "<div>b &amp; c</div><div><em>d</em></div>"),
    "header": ({"type": "header", "text": plain("*Not bold*")}, '<h2 class="b-header">*Not bold*</h2>'),
    "divider": ({"type": "divider"}, "<hr"),
    "context": ({"type": "context", "elements": [{"type": "mrkdwn", "text": "small"}, CASES["image"][0]]}, "<span>small</span>"),
    "actions": ({"type": "actions", "elements": [button("Go", "a")]}, ">Go</button>"),
    "input": (field("A line", "what"), "<label for="),
    "image": ({"type": "image", "image_url": "https://a.example/x.png", "alt_text": "x", "title": plain("A title")}, "<figcaption>A title</figcaption>"),
    "markdown": ({"type": "markdown", "text": "# Title\n**bold** [a](https://a.example) <script>"}, "<strong>Title</strong><br><strong>bold</strong>"),
    "rich_text": ({"type": "rich_text", "elements": [{"type": "rich_text_preformatted", "elements": [{"type": "text", "text": "<exact> *words*"}]}]}, "&lt;exact&gt; *words*</pre>"),
}  # fmt: skip


def test_every_block_that_slack_takes_is_drawn() -> None:
    assert set(BLOCK_CASES) == set(BLOCKS)


@pytest.mark.parametrize("kind", sorted(BLOCKS))
def test_a_block(kind: str) -> None:
    block, expected = BLOCK_CASES[kind]
    assert expected in drawn(block)
    read(drawn(block))
    assert "<script" not in drawn(block)


def test_rich_text_has_styles_lists_quotes_and_mentions() -> None:
    def styled(text: str, **style: bool) -> JSON:
        return {"type": "text", "text": text, "style": style}

    line = {
        "type": "rich_text_section",
        "elements": [styled("a", bold=True, italic=True), styled("b", strike=True), styled("c", code=True),
                     {"type": "user", "user_id": "UDANA"}, {"type": "emoji", "name": "tada"},
                     {"type": "link", "url": "javascript:x", "text": "no"}, {"type": "link", "url": "https://a.example"}],
    }  # fmt: skip
    listed = {"type": "rich_text_list", "style": "ordered", "indent": 1, "elements": [line]}
    quote = {"type": "rich_text_quote", "elements": [styled(HOSTILE)]}
    out = drawn({"type": "rich_text", "elements": [line, listed, quote]})
    assert "<em><strong>a</strong></em><s>b</s><code>c</code>" in out
    assert '<span class="mention own">@Dana</span>🎉no<a href="https://a.example"' in out
    assert '<ol class="indent-1"><li>' in out
    assert "<blockquote>&lt;script&gt;" in out


@pytest.mark.parametrize("kind", sorted(ELEMENTS))
def test_hostile_words_in_an_element_stay_words(kind: str) -> None:
    def poisoned(value: Any, name: str = "") -> Any:
        if isinstance(value, dict):
            return {key: poisoned(held, key) for key, held in value.items()}
        if isinstance(value, list):
            return [poisoned(held) for held in value]
        return f"{value}{HOSTILE}" if name in ("text", "value", "alt_text", "accessibility_label", "placeholder") and isinstance(value, str) else value  # fmt: skip

    element = poisoned(CASES[kind][0])
    block = field(HOSTILE, "what", element) if kind in IN_INPUT else section(HOSTILE, accessory=element)
    reading = read(drawn(block, errors={"what": HOSTILE}))
    assert not [tag for tag, _attrs in reading.tags if tag == "script"]
    assert not [name for _tag, attrs in reading.tags for name in attrs if name.startswith("on")]


def test_a_button_sends_itself_as_it_was_drawn() -> None:
    out = drawn({"type": "actions", "block_id": "b", "elements": [button('It\'s "on" <me>', "a", "v")]})
    found = re.search(r'data-act="([^"]+)"', out)
    assert found
    act = json.loads(html.unescape(found[1]))
    assert act["block_id"] == "b"
    assert (act["drawn"]["action_id"], act["drawn"]["value"]) == ("a", "v")


def test_a_confirm_dialogue_asks_in_its_own_words() -> None:
    ask = {
        "title": plain("Sure?"),
        "text": plain("It goes out."),
        "confirm": plain("Yes"),
        "deny": plain("No"),
        "style": "danger",
    }
    out = drawn({"type": "actions", "elements": [button("Release", "a", confirm=ask)]})
    dialog = read(out).all("dialog")[0]
    assert f'data-confirm="{dialog["id"]}"' in out
    assert 'class="button danger" data-yes>Yes<' in out
    assert "It goes out." in out


def test_a_link_button_is_a_link_unless_its_address_is_no_address() -> None:
    good = drawn({"type": "actions", "elements": [button("Go", "a", url="https://a.example")]})
    assert read(good).all("a")[0]["href"] == "https://a.example"
    bad = drawn({"type": "actions", "elements": [button("Go", "a", url="javascript://alert(1)")]})
    assert read(bad).all("a") == []
    assert ">Go</button>" in bad


def test_a_picture_that_is_none_is_its_words() -> None:
    out = drawn({"type": "image", "image_url": "javascript://x", "alt_text": "14 posts in ten minutes"})
    assert read(out).all("img") == []
    assert "14 posts in ten minutes" in out


def test_the_ids_are_unique_and_a_button_keeps_its_own_when_the_blocks_around_it_change() -> None:
    one = {"type": "actions", "elements": [button("A", "text.approve"), button("B", "text.approve")]}
    ids = [str(attrs["id"]) for attrs in read(drawn(one)).all("button")]
    assert len(set(ids)) == 2
    assert ids == [str(attrs["id"]) for attrs in read(drawn(section("new above"), one)).all("button")]


def test_groups_and_what_was_typed_are_shown() -> None:
    group = {"label": plain("Soon"), "options": options("Today")}
    choice = field("When", "when", {"type": "static_select", "option_groups": [group]})
    assert '<optgroup label="Soon"><option value="today">Today</option></optgroup>' in drawn(choice)
    typed = field("What", "what")
    held = {"what": {"held": {"type": "plain_text_input", "value": 'half a "sentence"'}}}
    assert 'value="half a &#34;sentence&#34;"' in drawn(typed, values=held)

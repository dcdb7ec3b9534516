"""Strangers' text is data: it cannot ping, hide, format itself, leave its fence or carry personal data to a model."""

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.untrusted import fenced, hidden, masked, names_of, plain, shown


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("Where is it? <!channel>", "Where is it? &lt;!channel&gt;"),
        ("<@U012AB3CD> help", "&lt;@U012AB3CD&gt; help"),
        ("<https://evil.com|harbour.example>", "&lt;https://evil.com|harbour.example&gt;"),
        ("Tom & Jerry &lt;!here&gt;", "Tom &amp; Jerry &amp;lt;!here&amp;gt;"),
        ("*bold* _it_ ~no~ `code`", "∗bold∗ ˍitˍ ∼no∼ ˋcodeˋ"),
        ("@jo_m and snake_case", "@jo_m and snake_case"),
        ("first\nsecond\r\n\n> third\u2028fourth", "first second &gt; third fourth"),
        ("so\u202erry \u200bnow\u2069", "sorry now"),
        ("fine 👩‍👩‍👧 ❤️", "fine 👩‍👩‍👧 ❤️"),
        ("", ""),
    ],
)
def test_a_strangers_text_is_shown_as_text(text: str, seen: str) -> None:
    assert shown(text) == seen


def test_a_long_text_is_cut_before_it_is_escaped() -> None:
    assert shown("<" * 400, 10) == "&lt;" * 9 + "…"


@given(st.text())
def test_nothing_shown_is_control_or_hidden(text: str) -> None:
    seen = shown(text)
    assert not re.search(r"[<>*~`\n]", seen)
    assert not hidden(seen)
    assert not re.search(r"&(?!amp;|lt;|gt;)", seen)


@given(st.text())
def test_plain_text_can_be_stored_and_stays_as_it_is(text: str) -> None:
    once = plain(text)
    once.encode()
    assert plain(once) == once
    assert not any(unicodedata.category(char) in {"Cs"} or char == "\x00" for char in once)


def test_hidden_characters_have_names() -> None:
    assert names_of(hidden("a\u202eb\u200bc\u202e")) == ["right-to-left override", "zero width space"]


def test_a_lone_surrogate_from_json_does_no_harm() -> None:
    assert plain("a\ud800b") == "ab"
    assert "ab" in fenced("a\ud800b")


@given(st.text())
def test_no_text_leaves_its_fence(text: str) -> None:
    first, *inside, last = fenced(text).split("\n")
    mark = first.removeprefix("[data ").removesuffix("]")
    assert last == f"[end of data {mark}]"
    assert all(line.startswith("| ") for line in inside)


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("mail me: jo@mail.example", "mail me: [e-mail address]"),
        ("call 0151 23456789 or +359 88 812 3456", "call [phone number] or [phone number]"),
        ("IBAN DE89 3704 0044 0532 0130 00!", "IBAN [account number]!"),
        ("order no. 4711-0815", "order no. [order number]"),
        ("@jo_m is angry", "[account name] is angry"),
        ("three weeks, no parcel", "three weeks, no parcel"),
    ],
)
def test_personal_data_is_masked(text: str, seen: str) -> None:
    assert masked(text) == seen

"""Block Kit's limits: for each, one thing that passes and the sentence about the next."""

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.practice.blocks import check_message_blocks, check_view
from bot.practice.refusal import SlackRefusal
from tests.practice.kit import actions, button, field, modal, options, plain, section

JSON = dict[str, Any]


def select(*labels: str, **more: Any) -> JSON:
    return {"type": "static_select", "action_id": "a", "options": options(*labels), **more}


def header(length: int) -> JSON:
    return {"type": "header", "text": plain("x" * length)}


def context(count: int) -> JSON:
    return {"type": "context", "elements": [{"type": "mrkdwn", "text": "x"}] * count}


def fields(count: int, length: int = 1) -> JSON:
    return {"type": "section", "fields": [{"type": "mrkdwn", "text": "x" * length}] * count}


def buttons(count: int) -> JSON:
    return actions(*(button("x", f"a.{number}") for number in range(count)))


def overflow(count: int) -> JSON:
    return section("x", accessory={"type": "overflow", "action_id": "a", "options": options(*map(str, range(count)))})


def boxes(count: int) -> JSON:
    return actions({"type": "checkboxes", "action_id": "a", "options": options(*map(str, range(count)))})


def confirmed(text: str) -> JSON:
    confirm = {"title": plain("Sure?"), "text": plain(text), "confirm": plain("Yes"), "deny": plain("No")}
    return actions(button("x", "a", confirm=confirm))


@pytest.mark.parametrize(
    ("good", "bad", "sentence"),
    [
        (
            section("x" * 3000),
            section("x" * 3001),
            "must be less than 3001 characters [json-pointer:/blocks/0/text/text]",
        ),
        (section("x"), section(""), "must be more than 0 characters [json-pointer:/blocks/0/text/text]"),
        (section("x"), {"type": "section"}, "missing required field: text [json-pointer:/blocks/0]"),
        (section("x"), {"type": "sextion"}, "unsupported type: sextion [json-pointer:/blocks/0/type]"),
        (section("x"), section("x", colour="red"), "invalid additional property: colour [json-pointer:/blocks/0]"),
        (section("x"), {"text": plain("x")}, "missing required field: type [json-pointer:/blocks/0]"),
        (fields(10), fields(11), "no more than 10 items allowed [json-pointer:/blocks/0/fields]"),
        (fields(1, 2000), fields(1, 2001), "must be less than 2001 characters [json-pointer:/blocks/0/fields/0/text]"),
        (header(150), header(151), "must be less than 151 characters [json-pointer:/blocks/0/text/text]"),
        (context(10), context(11), "no more than 10 items allowed [json-pointer:/blocks/0/elements]"),
        (context(1), context(0), "must provide at least 1 items [json-pointer:/blocks/0/elements]"),
        (buttons(25), buttons(26), "no more than 25 items allowed [json-pointer:/blocks/0/elements]"),
        (overflow(5), overflow(6), "no more than 5 items allowed [json-pointer:/blocks/0/accessory/options]"),
        (boxes(10), boxes(11), "no more than 10 items allowed [json-pointer:/blocks/0/elements/0/options]"),
        (
            actions(button("x" * 75, "a")),
            actions(button("x" * 76, "a")),
            "must be less than 76 characters [json-pointer:/blocks/0/elements/0/text/text]",
        ),
        (
            actions(button("x", "a", "v" * 2000)),
            actions(button("x", "a", "v" * 2001)),
            "must be less than 2001 characters [json-pointer:/blocks/0/elements/0/value]",
        ),
        (
            actions(button("x", "a" * 255)),
            actions(button("x", "a" * 256)),
            "must be less than 256 characters [json-pointer:/blocks/0/elements/0/action_id]",
        ),
        (
            actions(button("x", "a", style="danger")),
            actions(button("x", "a", style="green")),
            "must be one of: primary, danger [json-pointer:/blocks/0/elements/0/style]",
        ),
        (
            actions(button("x", "a", url="https://harbour.example")),
            actions(button("x", "a", url="harbour")),
            "must be a valid URL [json-pointer:/blocks/0/elements/0/url]",
        ),
        (
            confirmed("x" * 300),
            confirmed("x" * 301),
            "must be less than 301 characters [json-pointer:/blocks/0/elements/0/confirm/text/text]",
        ),
        (
            actions(button("x", "a"), button("x", "b")),
            actions(button("x", "a"), button("x", "a")),
            '`action_id` "a" already exists for another element [json-pointer:/blocks/0/elements/1/action_id]',
        ),
        (
            actions(select("A")),
            actions(select()),
            "must provide at least 1 items [json-pointer:/blocks/0/elements/0/options]",
        ),
        (
            actions(select("A", initial_option=options("A")[0])),
            actions(select("A", initial_option=options("B")[0])),
            "initial option must be one of the options [json-pointer:/blocks/0/elements/0]",
        ),
        (
            actions({"type": "datepicker", "action_id": "a", "initial_date": "2026-11-22"}),
            actions({"type": "datepicker", "action_id": "a", "initial_date": "2026-02-31"}),
            "must be a date: YYYY-MM-DD [json-pointer:/blocks/0/elements/0/initial_date]",
        ),
        (
            section("x", accessory=button("x", "a")),
            section("x", accessory={"type": "plain_text_input", "action_id": "a"}),
            "unsupported type: plain_text_input [json-pointer:/blocks/0/accessory/type]",
        ),
        (
            {"type": "markdown", "text": "x" * 12_000},
            {"type": "markdown", "text": "x" * 12_001},
            "must be less than 12001 characters [json-pointer:/blocks/0/text]",
        ),
    ],
)
def test_message_blocks(good: JSON, bad: JSON, sentence: str) -> None:
    check_message_blocks([good])
    with pytest.raises(SlackRefusal) as caught:
        check_message_blocks([bad])
    assert caught.value.error == "invalid_blocks"
    assert sentence in caught.value.extra["errors"]
    assert f"[ERROR] {sentence}" in caught.value.messages


def test_fifty_blocks_a_message_and_each_id_once() -> None:
    check_message_blocks([section("x", f"b{number}") for number in range(50)])
    with pytest.raises(SlackRefusal, match="no more than 50 items"):
        check_message_blocks([section("x")] * 51)
    with pytest.raises(SlackRefusal, match='`block_id` "b" already exists'):
        check_message_blocks([section("x", "b"), section("y", "b")])


def test_all_text_of_a_message_together() -> None:
    check_message_blocks([section("x" * 2600)] * 5)
    with pytest.raises(SlackRefusal) as caught:
        check_message_blocks([section("x" * 2700)] * 5)
    assert caught.value.error == "msg_blocks_too_long"


@pytest.mark.parametrize(
    ("view", "sentence"),
    [
        (modal(section("x"), title="x" * 25), "must be less than 25 characters [json-pointer:/view/title/text]"),
        (modal(section("x"), submit="x" * 25), "must be less than 25 characters [json-pointer:/view/submit/text]"),
        (
            modal(section("x"), private_metadata="x" * 3001),
            "must be less than 3001 characters [json-pointer:/view/private_metadata]",
        ),
        (modal(section("x"), callback_id="x" * 256), "must be less than 256 characters [json-pointer:/view/callback_id]"),
        (
            modal(section("x"), field("What", "what"), submit=None),
            "must define `submit` to use an `input` block in modals [json-pointer:/view/blocks/1/input]",
        ),
        (modal(*[section("x")] * 101), "no more than 100 items allowed [json-pointer:/view/blocks]"),
        (modal({"type": "markdown", "text": "x"}), "unsupported type: markdown [json-pointer:/view/blocks/0/type]"),
        ({"type": "modal", "blocks": []}, "missing required field: title [json-pointer:/view]"),
        ({"type": "popup"}, "unsupported type: popup [json-pointer:/view/type]"),
        ({"type": "home", "blocks": [], "title": plain("x")}, "invalid additional property: title [json-pointer:/view]"),
        (modal(section("x", "b"), section("y", "b")), '`block_id` "b" already exists for another block [json-pointer:/view/blocks/1/block_id]'),
        (
            modal(field("x" * 2001, "b")),
            "must be less than 2001 characters [json-pointer:/view/blocks/0/label/text]",
        ),
    ],
)  # fmt: skip
def test_views(view: JSON, sentence: str) -> None:
    with pytest.raises(SlackRefusal) as caught:
        check_view(view)
    assert caught.value.error == "invalid_arguments"
    assert sentence in caught.value.extra["errors"]


def test_a_view_of_more_than_250_kilobytes() -> None:
    with pytest.raises(SlackRefusal) as caught:
        check_view(modal(*[section("x" * 3000)] * 100))
    assert caught.value.error == "view_too_large"


WORDS = st.sampled_from(["section", "actions", "button", "plain_text", "mrkdwn", "modal", "static_select", "x", "a"])
KEYS = st.sampled_from(["type", "text", "elements", "accessory", "element", "options", "blocks", "title", "value"])
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | WORDS,
    lambda held: st.lists(held, max_size=3) | st.dictionaries(KEYS, held, max_size=5),
    max_leaves=20,
)


@given(ANY_JSON)
def test_no_payload_is_too_odd_to_refuse(payload: Any) -> None:
    for check in (check_message_blocks, check_view):
        with suppress(SlackRefusal):
            check(payload)


def test_good_views_pass() -> None:
    check_view(modal(section("x"), field("What", "what"), notify_on_close=True, close=plain("Cancel")))
    check_view({"type": "home", "blocks": [section("x")]}, kind="home")

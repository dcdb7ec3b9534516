"""What single values mean, however strangely they are written."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.service.signals import Unreadable
from handlers.webhooks.values import at, audience, document, moment, unfilled, words

HALF_PAST = datetime(2026, 11, 22, 21, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "written",
    [
        "2026-11-22T21:30:00Z",
        "2026-11-22T22:30:00+01:00",
        "2026-11-22T21:30",
        "2026-11-22 21:30:00",
        " 2026-11-22T21:30:00.000000000Z ",
        "Sun, 22 Nov 2026 22:30:00 +0100",
        "Sun Nov 22 21:30:00 +0000 2026",
        1795383000,
        1795383000.0,
        "1795383000",
        1795383000000,
        "1795383000000",
        1795383000000000,
        1795383000000000000,
    ],
)
def test_a_time_however_it_is_written(written: Any) -> None:
    assert moment(written) == HALF_PAST


@pytest.mark.parametrize(
    "written",
    [
        None,
        "",
        "soon",
        "yesterday",
        True,
        0,
        -1,
        "0",
        10**30,
        1e400,
        float("nan"),
        [],
        {},
        "2026-11-22T25:00",
        "0001-01-01T00:00:00Z",
    ],
)
def test_what_is_no_time(written: Any) -> None:
    assert moment(written) is None


@pytest.mark.parametrize(
    ("written", "read"),
    [(0, 0), (41_000, 41_000), ("41000", 41_000), (" 7 ", 7), (1200.0, 1200), (2_000_000_000, 2_000_000_000)],
)
def test_an_audience(written: Any, read: int) -> None:
    assert audience(written) == read


@pytest.mark.parametrize("written", [None, -1, 1.5, 10**12, 1e400, "41k", "12,5", "٣", "9" * 4000, True, [], {}])
def test_what_is_no_audience(written: Any) -> None:
    assert audience(written) is None


@pytest.mark.parametrize(
    ("written", "read"),
    [(None, ""), ("", ""), (" hello ", "hello"), (7, "7"), (True, None), ([], None), ({}, None), ("{{title}}", None)],
)
def test_words(written: Any, read: str | None) -> None:
    assert words(written) == read


@pytest.mark.parametrize(
    "written",
    [
        "{{title}}",
        "{{ alert.title }}",
        "${TITLE}",
        "{title}",
        "$EVENT_TITLE",
        "$TITLE$",
        "%title%",
        "*monitorFriendlyName*",
        "<<text>>",
        "[[text]]",
        "{% title %}",
    ],
)
def test_a_blank_nobody_filled(written: str) -> None:
    assert unfilled(written)


@pytest.mark.parametrize("written", ["*sad*", "$HRBR", "100%", "<3", "a {{title}} b", "", 5, None])
def test_words_that_only_look_like_a_blank(written: Any) -> None:
    assert not unfilled(written)


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("a", {"b": [{"c": 1}]}),
        ("a.b.0.c", 1),
        ("a.b.1.c", None),
        ("a.x.y", None),
        ("d.e", 2),
        ("a.b.c", None),
        ("", None),
    ],
)
def test_a_dotted_path(path: str, found: Any) -> None:
    assert at(path, {"a": {"b": [{"c": 1}]}, "d.e": 2}) == found


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b"", "not JSON"),
        (b'{"text": "half', r"not JSON: .* \(line 1, column 10\)"),
        (b"text=hello", "not JSON"),
        (b'{"text": "\xff"}', "byte 11 is not UTF-8"),
        (b'{"reach": NaN}', "NaN is not a number"),
        (b'{"reach": -Infinity}', "-Infinity"),
        (b'{"reach": ' + b"9" * 5000 + b"}", "too long"),
        (b"[" * 100_000, "nested too deeply"),
        (b"[" * 70 + b"]" * 70, "nested too deeply"),
    ],
)
def test_a_body_that_is_no_document(body: bytes, sentence: str) -> None:
    with pytest.raises(Unreadable, match=sentence):
        document(body)


def test_everything_in_a_document_can_be_stored() -> None:
    assert document(rb'{"a\u0000": "b\u0000c\ud800", "n": 1e999}') == {"a\ufffd": "b\ufffdc\ufffd", "n": "inf"}


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_any_bytes_are_a_document_or_refused(body: bytes) -> None:
    try:
        document(body)
    except Unreadable:
        return  # anything else would be a bug


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@given(anything)
def test_no_value_surprises_us(value: Any) -> None:
    moment(value), audience(value), words(value), unfilled(value)


@given(st.text(alphabet="0123456789 :-+TZ.,abcdefgJanSuMoFri", max_size=30))
def test_no_date_surprises_us(text: str) -> None:
    moment(text)

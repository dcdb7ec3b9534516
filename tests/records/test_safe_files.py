"""Whatever somebody wrote cannot break out of the file, and a message reads as people read it."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.alert import rule_for_report
from bot.core.report import CARRIED, Outcome, Reported, outcome
from bot.core.slack_words import as_read, link_to
from bot.models import AlertState, Signal, Stage
from bot.plan import parse_plan
from bot.views.record.quoting import code, fence, safe, stamp
from tests.builders import NOON, TEAM


@given(st.text())
def test_a_fence_ends_where_we_end_it(words: str) -> None:
    first, *inside, last = fence(words).split("\n")
    assert first == last + "text"
    assert all(not line.strip().startswith(last) for line in inside)


@given(st.text())
def test_safe_words_are_one_line_without_marks(words: str) -> None:
    said = safe(words)
    assert "\n" not in said
    unescaped = said.replace("\\\\", "")
    for at, char in enumerate(unescaped):
        if char in "`*_[]<>|~&#":
            assert unescaped[at - 1] == "\\"


def test_links_stand_as_code_and_cannot_leave_it() -> None:
    assert code("https://x.example/a_b") == "`https://x.example/a_b`"
    assert code("a`b\n# c") == "``a`b # c``"


def test_a_time_stands_in_both_zones_and_names_another_day() -> None:
    assert stamp(datetime(2026, 11, 22, 21, 58, tzinfo=UTC), "Europe/Berlin") == "2026-11-22 21:58:00 UTC (22:58 CET)"
    late = datetime(2026, 11, 22, 23, 30, tzinfo=UTC)
    assert stamp(late, "Europe/Berlin") == "2026-11-22 23:30:00 UTC (2026-11-23 00:30 CET)"


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("<@U1> look", "@Priya look"),
        ("<@U9|zoe> and <@U8>", "@zoe and @U8"),
        ("<#C1|shops>, <!here>, <!subteam^S1|@crisis-team>", "#shops, @here, @crisis-team"),
        ("<https://a.example|https://a.example> <https://evil.example|bank.example>",
         "https://a.example bank.example (https://evil.example)"),
        ("<mailto:a@b.example|a@b.example>", "a@b.example"),
        ("<!date^1^{time}|noon>", "noon"),
        ("1 &lt; 2 &amp;&amp; &lt;!channel&gt;", "1 < 2 && <!channel>"),
    ],
)  # fmt: skip
def test_slacks_markup_is_read_as_people_read_it(written: str, read: str) -> None:
    assert as_read(written, {"U1": "Priya"}) == read


def test_a_link_leads_into_the_thread() -> None:
    base = "https://harbour.slack.com/"
    assert link_to(base, "C1", "1.5") == "https://harbour.slack.com/archives/C1/p15"
    assert link_to(base, "C1", "2.5", "1.5").endswith("/p25?thread_ts=1.5&cid=C1")


@pytest.mark.parametrize("words", ["x" * 40_000, '"\\\n' * 5_000, "щ" * 9_000])
def test_however_long_a_message_is_the_form_can_carry_it(words: str) -> None:
    said = Reported(words=words, channel="C1", ts="1.5", author="Zoë").stored()
    assert len(said) <= CARRIED
    assert words.startswith(Reported(**json.loads(said)).words)


def test_the_same_message_and_the_same_words_of_a_day_are_one() -> None:
    assert Reported(words="a", channel="C1", ts="1.5").dedupe(NOON) == Reported(
        words="b", channel="C1", ts="1.5"
    ).dedupe(NOON)
    assert Reported(words="A  b").dedupe(NOON) == Reported(words="a b").dedupe(NOON)
    assert Reported(words="a b").dedupe(NOON) != Reported(words="a c").dedupe(NOON)


@pytest.mark.parametrize(
    ("alert", "stage", "answered", "came"),
    [
        (AlertState.ASKING, None, False, Outcome.ASKED),
        (AlertState.DISMISSED, None, False, Outcome.DISMISSED),
        (AlertState.DECLARED, Stage.OPEN, False, Outcome.WORKED_ON),
        (None, Stage.CONTAINED, False, Outcome.WORKED_ON),
        (None, Stage.OPEN, True, Outcome.ANSWERED),
        (AlertState.DECLARED, Stage.CLOSED, True, Outcome.ANSWERED),
        (AlertState.DECLARED, Stage.RESOLVED, False, Outcome.OVER),
    ],
)
def test_what_came_of_it(alert: AlertState | None, stage: Stage | None, answered: bool, came: Outcome) -> None:
    assert outcome(alert, stage, answered=answered) is came


def test_a_report_belongs_to_the_rule_whose_words_it_has_wherever_it_was_said() -> None:
    plan = parse_plan(
        """
rules:
  parcels: {sources: [], words: [parcel], channels: [X], min_reach: 500, outcome: ask, situation: late_delivery}
  anything: {outcome: ask, situation: generic}
"""
    )
    said = Signal.new(team=TEAM, source="report", dedupe="1", delivery="d", text="My Parcels!", received_at=NOON)
    assert rule_for_report(said, plan.rules) == "parcels"
    said.text = "The coffee machine"
    assert rule_for_report(said, plan.rules) is None, "a rule without words is for its sources"

"""The question on a watch card: counting, asking, climbing, settling."""

from datetime import timedelta

import pytest

from bot.core import alert as core
from bot.core.effects import Refresh, Refused, Show
from bot.models import AlertState, ChannelId
from tests.builders import DANA, NOON, PRIYA, SAM, an_incident
from tests.signals.rows import WATCH, a_post, a_question, a_rule

LADDER = [DANA, PRIYA, SAM]
WAIT = timedelta(minutes=10)
MINUTE = timedelta(minutes=1)


def test_posts_of_a_rule_are_counted_together() -> None:
    alert = a_question()
    posts = [
        a_post(occurred_at=NOON - MINUTE, reach=120),
        a_post(channel="Instagram", occurred_at=NOON - 20 * MINUTE, reach=41_000),
        a_post(channel="X", reach=None),
    ]
    core.count_in(alert, posts, now=NOON)
    assert (alert.count, alert.channels, alert.reach) == (3, ["X", "Instagram"], 41_000)
    assert alert.first_mention_at == NOON - 20 * MINUTE
    assert alert.quote == posts[0].id
    assert {post.alert for post in posts} == {alert.id}


def test_a_recovery_is_not_one_more_post() -> None:
    alert = a_question()
    core.count_in(alert, [a_post(), a_post(recovery=True, status="resolved")], now=NOON)
    assert (alert.count, alert.recovered_at) == (1, NOON)
    core.count_in(alert, [a_post()], now=NOON + MINUTE)
    assert (alert.count, alert.recovered_at) == (2, None)


def test_nobody_is_asked_before_there_are_enough() -> None:
    rule = a_rule(ask_after=3)
    assert not core.enough(a_question(count=2), rule, [], quiet=timedelta(hours=1), now=NOON)
    assert core.enough(a_question(count=3), rule, [], quiet=timedelta(hours=1), now=NOON)
    assert not core.enough(a_question(count=4, rung=1), rule, [], quiet=timedelta(hours=1), now=NOON), "once is enough"


def test_after_not_a_crisis_the_number_must_double_or_an_hour_pass() -> None:
    rule = a_rule(ask_after=3)
    no = a_question(count=14, state=AlertState.DISMISSED, decided_at=NOON)
    assert not core.enough(a_question(count=13), rule, [no], quiet=timedelta(hours=1), now=NOON + MINUTE)
    assert core.enough(a_question(count=14), rule, [no], quiet=timedelta(hours=1), now=NOON + MINUTE)
    assert core.enough(a_question(count=3), rule, [no], quiet=timedelta(hours=1), now=NOON + timedelta(hours=1))


def test_each_no_within_the_hour_makes_the_next_question_rarer() -> None:
    noes = [a_question(count=1, state=AlertState.DISMISSED, decided_at=NOON + n * MINUTE) for n in range(4)]
    assert not core.enough(a_question(count=3), a_rule(), noes, quiet=timedelta(hours=1), now=NOON + 5 * MINUTE)
    assert core.enough(a_question(count=4), a_rule(), noes, quiet=timedelta(hours=1), now=NOON + 5 * MINUTE)


def test_too_few_posts_are_forgotten_after_a_day() -> None:
    alert = a_question(count=2)
    assert not core.forgotten(alert, after=timedelta(days=1), now=NOON + timedelta(hours=23))
    assert core.forgotten(alert, after=timedelta(days=1), now=NOON + timedelta(hours=25))
    alert.rung = 1
    assert not core.forgotten(alert, after=timedelta(days=1), now=NOON + timedelta(days=30)), (
        "what was asked stays open"
    )


def test_asking_shows_one_card_and_writes_to_one_person() -> None:
    alert = a_question(count=3)
    decision = core.ask(alert, LADDER, watch=ChannelId(WATCH), wait=WAIT, now=NOON)
    assert [wish.place for wish in decision.do if isinstance(wish, Show)] == [DANA, WATCH]
    assert (alert.asked, alert.decide_by, alert.rung) == (DANA, NOON + WAIT, 1)


def test_without_a_watch_channel_the_dm_asks() -> None:
    decision = core.ask(a_question(), LADDER, watch=None, wait=WAIT, now=NOON)
    assert [wish.place for wish in decision.do if isinstance(wish, Show)] == [DANA]


def test_the_question_climbs_and_ends_with_nobody_left() -> None:
    alert = a_question()
    core.ask(alert, LADDER, watch=None, wait=WAIT, now=NOON)
    for place, before in ((PRIYA, [DANA]), (SAM, [DANA, PRIYA])):
        decision = core.climb(alert, LADDER, wait=WAIT, now=NOON + WAIT)
        assert [wish.place for wish in decision.do if isinstance(wish, Show)] == [place]
        assert (alert.asked, alert.asked_before) == (place, before)
        assert isinstance(decision.do[0], Refresh), "the older cards are drawn again before the new one is there"
    decision = core.climb(alert, LADDER, wait=WAIT, now=NOON + 3 * WAIT)
    assert decision.do == [Refresh(subjects=[alert.id])]
    assert (alert.asked, alert.decide_by, alert.state) == (SAM, None, AlertState.ASKING)


def test_with_nobody_on_duty_the_card_stands_alone() -> None:
    alert = a_question()
    decision = core.ask(alert, [], watch=ChannelId(WATCH), wait=WAIT, now=NOON)
    assert [wish.place for wish in decision.do if isinstance(wish, Show)] == [WATCH]
    assert (alert.asked, alert.decide_by) == (None, None)
    assert (alert.state, alert.rung) == (AlertState.ASKING, 1)


def test_whoever_was_asked_is_not_asked_again() -> None:
    alert = a_question(asked=PRIYA, asked_before=[DANA], rung=2)
    assert core.next_asked(alert, [DANA, PRIYA, DANA, SAM]) == SAM
    assert core.next_asked(alert, [DANA, PRIYA]) is None


def test_a_settled_question_frees_its_rule() -> None:
    alert, crisis = a_question(rung=1, asked=DANA, decide_by=NOON), an_incident()
    core.settle(alert, AlertState.DECLARED, by=DANA, incident=crisis, now=NOON)
    assert (alert.open_key, alert.decide_by, alert.incident, alert.decided_by) == (None, None, crisis.id, DANA)


@pytest.mark.parametrize(
    ("state", "first", "sentence"),
    [
        (AlertState.DISMISSED, "Dana", "Dana was first: not a crisis, said at 12:00 CET."),
        (AlertState.DECLARED, "Dana", "Dana was first: it is crisis 12 since 12:00 CET."),
        (AlertState.JOINED, None, "This belongs to a crisis that is open already."),
        (AlertState.FILED, None, "These were too few to ask about, so they were filed at 12:00 CET."),
    ],
)
def test_the_second_person_hears_who_was_first(state: AlertState, first: str | None, sentence: str) -> None:
    with pytest.raises(Refused, match=sentence):
        core.must_be_open(a_question(state=state), an_incident(), first, "12:00 CET")


def test_an_open_question_may_be_answered() -> None:
    core.must_be_open(a_question(), None, None, "")

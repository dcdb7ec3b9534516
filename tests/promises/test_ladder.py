"""One promise's clock: which step is earned when, and that none is earned twice."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.effects import Refused
from bot.core.promise import LADDER, Hearer, Step, bring_forward, earned_at, snooze, tick
from bot.models import Promise, PromiseState
from tests.builders import DANA, PRIYA
from tests.promises.rows import MIDNIGHT, MINUTE, WAITS, a_promise


def at(minutes: float) -> datetime:
    """Minutes before (negative) or after midnight, when the update is due."""
    return MIDNIGHT + minutes * MINUTE


@pytest.mark.parametrize(
    ("minutes", "step", "hearers"),
    [
        (-30, Step.HALF, set()),
        (-12, Step.NEAR, {Hearer.OWNER}),
        (0, Step.DUE, {Hearer.OWNER, Hearer.CHANNEL}),
        (5, Step.LATE, {Hearer.SECOND}),
        (15, Step.LAST, {Hearer.EXECUTIVE}),
    ],
)
def test_each_step_comes_at_its_time_and_is_for_its_people(minutes: float, step: Step, hearers: set[Hearer]) -> None:
    promise = a_promise(step=step - 1 if step not in (Step.DUE,) else Step.NEAR)
    promise.next_at = at(minutes)
    assert tick(promise, at(minutes) - timedelta(seconds=1), WAITS) is None
    earned = tick(promise, at(minutes), WAITS)
    assert earned is not None
    assert earned.step == promise.step == step
    assert set(earned.hearers) == hearers
    assert tick(promise, at(minutes), WAITS) is None


def test_the_whole_evening_of_one_promise_that_nobody_keeps() -> None:
    promise = a_promise()
    steps = [earned.step for minute in range(-60, 60) if (earned := tick(promise, at(minute), WAITS))]
    assert steps == list(LADDER)
    assert promise.next_at is None


def test_after_an_outage_only_the_highest_step_counts_and_everybody_hears_once() -> None:
    promise = a_promise()
    earned = tick(promise, at(20), WAITS)
    assert earned is not None
    assert earned.step == Step.LAST
    assert earned.hearers == {
        Hearer.OWNER: at(0),
        Hearer.CHANNEL: at(0),
        Hearer.SECOND: at(5),
        Hearer.EXECUTIVE: at(15),
    }
    assert tick(promise, at(40), WAITS) is None


def test_whoever_was_asked_in_time_is_not_asked_again_after_an_outage_before_its_due_time() -> None:
    promise = a_promise()
    earned = tick(promise, at(-5), WAITS)
    assert earned is not None
    assert (earned.step, earned.hearers) == (Step.NEAR, {Hearer.OWNER: at(-12)})


@pytest.mark.parametrize("state", [state for state in PromiseState if state != PromiseState.OPEN])
def test_a_settled_promise_earns_nothing(state: PromiseState) -> None:
    assert tick(a_promise(state=state), at(20), WAITS) is None


def test_a_longer_wait_in_a_new_plan_only_moves_the_next_step() -> None:
    promise = a_promise(step=Step.DUE, next_at=at(5))
    patient = WAITS.model_copy(update={"overdue_first": timedelta(minutes=10)})
    assert tick(promise, at(5), patient) is None
    assert promise.next_at == at(10)


class TestTogether:
    """Promises of one owner whose reminders lie within ten minutes share one message."""

    def test_a_reminder_that_is_near_is_brought_forward(self) -> None:
        promise = a_promise(step=Step.HALF, next_at=at(-12))
        assert bring_forward(promise, at(-22), WAITS)
        assert (promise.step, promise.next_at) == (Step.NEAR, at(0))
        assert tick(promise, at(-12), WAITS) is None

    def test_one_that_is_farther_away_is_not(self) -> None:
        promise = a_promise(step=Step.HALF, next_at=at(-12))
        assert not bring_forward(promise, at(-22) - MINUTE, WAITS)
        assert promise.step == Step.HALF

    def test_whoever_heard_of_the_due_time_ahead_is_not_asked_again_then_but_the_channel_is_told(self) -> None:
        promise = a_promise(step=Step.NEAR, next_at=at(0))
        assert bring_forward(promise, at(-8), WAITS)
        earned = tick(promise, at(0), WAITS)
        assert earned is not None
        assert set(earned.hearers) == {Hearer.CHANNEL}

    @pytest.mark.parametrize("step", [Step.TOLD, Step.DUE, Step.LATE, Step.LAST])
    def test_what_the_owner_knows_already_is_not_brought_forward(self, step: Step) -> None:
        assert not bring_forward(a_promise(step=step, next_at=at(0)), at(0), WAITS)


class TestSnooze:
    def test_the_owner_is_asked_again_five_minutes_later_once(self) -> None:
        promise = a_promise(step=Step.NEAR, next_at=at(0))
        snooze(promise, by=PRIYA, now=at(-12), waits=WAITS)
        assert tick(promise, at(-8), WAITS) is None
        earned = tick(promise, at(-7), WAITS)
        assert earned is not None
        assert (earned.step, earned.hearers) == (Step.NEAR, {Hearer.OWNER: at(-7)})
        assert promise.next_at == at(0)
        with pytest.raises(Refused, match="once already"):
            snooze(promise, by=PRIYA, now=at(-6), waits=WAITS)

    def test_what_is_due_comes_in_time_all_the_same(self) -> None:
        promise = a_promise(step=Step.NEAR, next_at=at(0))
        snooze(promise, by=PRIYA, now=at(-2), waits=WAITS)
        earned = tick(promise, at(0), WAITS)
        assert earned is not None
        assert earned.step == Step.DUE

    def test_only_the_owner_and_only_before_it_is_due(self) -> None:
        with pytest.raises(Refused, match="whoever it belongs to"):
            snooze(a_promise(step=Step.NEAR), by=DANA, now=at(-5), waits=WAITS)
        with pytest.raises(Refused, match="cannot be put off"):
            snooze(a_promise(step=Step.DUE), by=PRIYA, now=at(1), waits=WAITS)


@given(
    window=st.timedeltas(min_value=timedelta(seconds=10), max_value=timedelta(days=3)),
    looks=st.lists(st.floats(min_value=0, max_value=1.5), min_size=1, max_size=40),
)
def test_whenever_we_look_each_step_comes_at_most_once_in_order_and_never_early(
    window: timedelta, looks: list[float]
) -> None:
    promise = a_promise(started_at=MIDNIGHT - window)
    given_at: dict[Step, datetime] = {}
    heard: dict[tuple[Hearer, Step], int] = {}
    for moment in sorted(MIDNIGHT - window + (window + WAITS.overdue_second) * look for look in looks):
        before = promise.step
        earned = tick(promise, moment, WAITS)
        assert tick(promise, moment, WAITS) is None
        if earned is None:
            assert not _earned_unheard(promise, moment)
            continue
        assert earned.step > before
        assert earned.step not in given_at
        assert earned_at(promise, earned.step, WAITS) <= moment
        assert all(since <= moment for since in earned.hearers.values())
        given_at[earned.step] = moment
        for hearer in earned.hearers:
            heard[hearer, earned.step] = heard.get((hearer, earned.step), 0) + 1
    assert set(heard.values()) <= {1}
    assert list(given_at) == sorted(given_at)


@given(look=st.floats(min_value=0, max_value=10), step=st.sampled_from([Step.MADE, Step.HALF, Step.NEAR, Step.TOLD]))
def test_after_any_outage_there_is_exactly_one_step_to_take(look: float, step: Step) -> None:
    promise = a_promise(step=step)
    promise.next_at = next(earned_at(promise, s, WAITS) for s in LADDER if s > step)
    moment = promise.started_at + (promise.due - promise.started_at) * look
    taken = [earned for _look in range(3) if (earned := tick(promise, moment, WAITS))]
    highest = max((s for s in LADDER if s > step and earned_at(promise, s, WAITS) <= moment), default=None)
    assert [earned.step for earned in taken] == ([highest] if highest else [])


def _earned_unheard(promise: Promise, moment: datetime) -> bool:
    return any(step > promise.step and earned_at(promise, step, WAITS) <= moment for step in LADDER)

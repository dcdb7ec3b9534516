"""What starts a promise, keeps it, moves it and ends it."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import pytest

from bot.core import promise as core
from bot.core.effects import Decision, Refused, Show
from bot.core.promise import Step
from bot.models import (
    Incident,
    Kind,
    Promise,
    PromiseId,
    PromiseKind,
    PromiseState,
    Stage,
    Text,
    TimelineEntry,
    Version,
)
from tests.builders import DANA, PRIYA, SAM, TOM
from tests.promises.rows import MIDNIGHT, MINUTE, OPENED, PLAN, WAITS, a_crisis, a_promise, a_text

HOUR = timedelta(hours=1)
CRITICAL = PLAN.severity("critical")


def promises_in(decision: Decision) -> list[Promise]:
    return [row for row in decision.add if isinstance(row, Promise)]


def notes_in(decision: Decision) -> list[TimelineEntry]:
    return [row for row in decision.add if isinstance(row, TimelineEntry)]


def publish(
    incident: Incident,
    owed: Sequence[Promise],
    written: tuple[Text, Version],
    at: datetime,
    *,
    now: datetime | None = None,
) -> list[Promise]:
    """The promises that the text started."""
    decision = core.published(
        incident, owed, *written, at=at, by=DANA, now=now or at, update_every=HOUR, owner=PRIYA, waits=WAITS
    )
    return promises_in(decision)


class TestOpening:
    def opened(self, *, from_first_mention: bool = False, **fields: object) -> dict[PromiseKind, Promise]:
        incident = a_crisis(**fields)
        decision = core.opened(
            incident, windows=CRITICAL, from_first_mention=from_first_mention, owner=PRIYA, waits=WAITS
        )
        return {promise.kind: promise for promise in promises_in(decision)}

    def test_two_promises_count_from_the_opening(self) -> None:
        made = self.opened()
        assert made[PromiseKind.FIRST_WORD].due == OPENED + 15 * MINUTE
        assert made[PromiseKind.STATEMENT].due == OPENED + HOUR
        assert {promise.owner for promise in made.values()} == {PRIYA}
        assert not any(promise.public for promise in made.values())
        assert made[PromiseKind.STATEMENT].next_at == OPENED + HOUR / 2

    def test_or_from_the_first_mention_if_the_plan_says_so(self) -> None:
        made = self.opened(from_first_mention=True, first_mention_at=OPENED - 10 * MINUTE)
        assert made[PromiseKind.FIRST_WORD].due == OPENED + 5 * MINUTE
        assert made[PromiseKind.STATEMENT].due == OPENED + 50 * MINUTE

    def test_a_window_used_up_before_the_opening_counts_from_the_opening(self) -> None:
        made = self.opened(from_first_mention=True, first_mention_at=OPENED - 15 * MINUTE)
        assert made[PromiseKind.FIRST_WORD].started_at == OPENED
        assert made[PromiseKind.FIRST_WORD].due == OPENED + 15 * MINUTE
        assert made[PromiseKind.STATEMENT].due == OPENED + 45 * MINUTE

    def test_the_first_mention_changes_nothing_where_the_plan_counts_from_the_opening(self) -> None:
        assert self.opened(first_mention_at=OPENED - 10 * MINUTE)[PromiseKind.FIRST_WORD].started_at == OPENED


KEEPS = {
    Kind.FIRST_WORD: {PromiseKind.FIRST_WORD},
    Kind.HOLDING_STATEMENT: {PromiseKind.FIRST_WORD, PromiseKind.STATEMENT, PromiseKind.UPDATE},
    Kind.APOLOGY: {PromiseKind.FIRST_WORD, PromiseKind.UPDATE},
    Kind.UPDATE: {PromiseKind.FIRST_WORD, PromiseKind.UPDATE},
    Kind.REPLY: set(),
    Kind.CALL_CENTRE_BRIEF: set(),
}


class TestPublished:
    @pytest.mark.parametrize("kind", list(Kind))
    def test_each_kind_of_text_keeps_what_it_answers(self, kind: Kind) -> None:
        incident = a_crisis()
        owed = [a_promise(incident, kind=promise_kind) for promise_kind in PromiseKind]
        publish(incident, owed, a_text(incident, kind), MIDNIGHT - 5 * MINUTE)
        assert {promise.kind for promise in owed if promise.state == PromiseState.KEPT} == KEEPS[kind]
        assert all(promise.next_at is None for promise in owed if promise.state == PromiseState.KEPT)

    def test_a_time_that_the_text_names_is_a_promise_said_in_public(self) -> None:
        incident = a_crisis()
        text, version = a_text(incident, Kind.FIRST_WORD, promised_at=MIDNIGHT)
        (update,) = publish(incident, [], (text, version), OPENED + 6 * MINUTE)
        assert (update.kind, update.public, update.due) == (PromiseKind.UPDATE, True, MIDNIGHT)
        assert (update.owner, update.made_in) == (PRIYA, version.id)
        assert update.started_at == OPENED + 6 * MINUTE

    def test_a_first_word_without_a_time_starts_nothing(self) -> None:
        incident = a_crisis()
        assert publish(incident, [], a_text(incident, Kind.FIRST_WORD), OPENED) == []

    def test_an_update_without_a_time_starts_the_rhythm(self) -> None:
        incident = a_crisis()
        (update,) = publish(incident, [a_promise(incident)], a_text(incident, Kind.UPDATE), MIDNIGHT)
        assert (update.due, update.public) == (MIDNIGHT + HOUR, False)

    @pytest.mark.parametrize("kind", [Kind.HOLDING_STATEMENT, Kind.APOLOGY])
    def test_what_answers_a_promised_update_carries_the_rhythm_on(self, kind: Kind) -> None:
        incident = a_crisis()
        assert len(publish(incident, [a_promise(incident)], a_text(incident, kind), MIDNIGHT)) == 1
        assert publish(incident, [], a_text(incident, kind), MIDNIGHT) == []

    def test_after_the_crisis_only_a_time_named_in_public_starts_another(self) -> None:
        incident = a_crisis(stage=Stage.RESOLVED)
        assert publish(incident, [a_promise(incident)], a_text(incident, Kind.UPDATE), MIDNIGHT) == []
        named = a_text(incident, Kind.UPDATE, promised_at=MIDNIGHT + HOUR)
        assert len(publish(incident, [a_promise(incident)], named, MIDNIGHT)) == 1

    def test_it_is_kept_at_the_time_given_also_when_that_was_late(self) -> None:
        incident = a_crisis()
        promise = a_promise(incident)
        text, version = a_text(incident, Kind.UPDATE)
        decision = core.published(
            incident,
            [promise],
            text,
            version,
            at=MIDNIGHT + 7 * MINUTE,
            by=DANA,
            now=MIDNIGHT + 20 * MINUTE,
            update_every=HOUR,
            owner=PRIYA,
            waits=WAITS,
        )
        assert (promise.state, promise.kept_at, promise.text) == (PromiseState.KEPT, MIDNIGHT + 7 * MINUTE, text.id)
        kept = next(note for note in notes_in(decision) if note.kind == "promise_kept")
        assert kept.data["late_by"] == 7 * 60

    def test_a_tick_given_late_keeps_it_in_time_all_the_same(self) -> None:
        incident = a_crisis()
        promise = a_promise(incident, step=Step.DUE)
        publish(incident, [promise], a_text(incident, Kind.UPDATE), MIDNIGHT - MINUTE, now=MIDNIGHT + 10 * MINUTE)
        assert core.late_by(promise, MIDNIGHT + 10 * MINUTE) is None

    def test_a_rhythm_used_up_by_a_late_tick_counts_from_now(self) -> None:
        incident = a_crisis()
        now = MIDNIGHT + 3 * HOUR
        (update,) = publish(incident, [], a_text(incident, Kind.UPDATE), MIDNIGHT, now=now)
        assert update.due == now + HOUR

    def test_a_reply_keeps_its_own_promise_only(self) -> None:
        incident = a_crisis()
        mine, other = (a_promise(incident, kind=PromiseKind.REPLY) for _n in range(2))
        reply = a_text(incident, Kind.REPLY, keeps=mine.id)
        assert publish(incident, [mine, other], reply, MIDNIGHT) == []
        assert (mine.state, other.state) == (PromiseState.KEPT, PromiseState.OPEN)


class TestMovingInPublic:
    def test_the_text_made_for_it_moves_it_and_starts_the_next(self) -> None:
        incident = a_crisis()
        promise = a_promise(incident)
        moving = a_text(incident, Kind.UPDATE, promised_at=MIDNIGHT + HOUR, keeps=promise.id)
        (update,) = publish(incident, [promise], moving, MIDNIGHT - 10 * MINUTE)
        assert (promise.state, promise.next_at) == (PromiseState.MOVED, None)
        assert (update.due, update.public) == (MIDNIGHT + HOUR, True)

    def test_after_its_time_it_is_the_open_word_that_it_was_broken(self) -> None:
        incident = a_crisis()
        promise = a_promise(incident)
        moving = a_text(incident, Kind.UPDATE, promised_at=MIDNIGHT + HOUR, keeps=promise.id)
        publish(incident, [promise], moving, MIDNIGHT + MINUTE)
        assert promise.state == PromiseState.BROKEN

    def test_silently_it_does_not_move(self) -> None:
        with pytest.raises(Refused, match="said in public"):
            core.extend(a_promise(), MIDNIGHT + HOUR, by=PRIYA, now=OPENED, waits=WAITS)


class TestExtend:
    def test_what_was_not_said_in_public_gets_another_time_and_its_reminders_begin_anew(self) -> None:
        promise = a_promise(public=False, step=Step.DUE)
        core.extend(promise, MIDNIGHT + HOUR, by=PRIYA, now=MIDNIGHT + 2 * MINUTE, waits=WAITS)
        assert (promise.due, promise.step) == (MIDNIGHT + HOUR, Step.MADE)
        assert promise.next_at == MIDNIGHT + 31 * MINUTE

    @pytest.mark.parametrize(
        ("to", "sentence"),
        [(OPENED, "passed already"), (MIDNIGHT - MINUTE, "not later"), (MIDNIGHT, "not later")],
    )
    def test_an_impossible_time_is_refused_at_its_field(self, to: datetime, sentence: str) -> None:
        promise = a_promise(public=False)
        with pytest.raises(Refused, match=sentence) as refusal:
            core.extend(promise, to, by=PRIYA, now=OPENED + 10 * MINUTE, waits=WAITS)
        assert refusal.value.field == "time"
        assert promise.due == MIDNIGHT

    def test_an_answer_to_a_person_is_not_put_off(self) -> None:
        promise = a_promise(public=False, kind=PromiseKind.REPLY)
        with pytest.raises(Refused, match="cannot be put off"):
            core.extend(promise, MIDNIGHT + HOUR, by=SAM, now=OPENED, waits=WAITS)


class TestHandOver:
    def test_until_the_other_takes_it_the_first_owner_keeps_it(self) -> None:
        promise = a_promise()
        decision = core.offer(promise, TOM, by=PRIYA, now=MIDNIGHT)
        assert (promise.owner, promise.offered_to) == (PRIYA, TOM)
        assert [wish.place for wish in decision.do if isinstance(wish, Show)] == [TOM]
        core.take(promise, by=TOM, now=MIDNIGHT)
        assert (promise.owner, promise.offered_to) == (TOM, None)

    def test_a_second_offer_to_the_same_person_is_a_second_message(self) -> None:
        promise = a_promise()
        cards = [core.offer(promise, TOM, by=PRIYA, now=MIDNIGHT).do[0] for _n in range(2)]
        assert len({card.subject for card in cards if isinstance(card, Show)}) == 2

    def test_only_whoever_it_was_offered_to_can_take_it(self) -> None:
        promise = a_promise(offered_to=TOM)
        with pytest.raises(Refused, match="no longer offered"):
            core.take(promise, by=SAM, now=MIDNIGHT)
        with pytest.raises(Refused, match="yours already"):
            core.take(promise, by=PRIYA, now=MIDNIGHT)

    def test_it_is_not_offered_to_its_owner(self) -> None:
        with pytest.raises(Refused, match="theirs already"):
            core.offer(a_promise(), PRIYA, by=DANA, now=MIDNIGHT)


class TestEnding:
    @pytest.mark.parametrize(
        ("kind", "public", "ends"),
        [
            (PromiseKind.FIRST_WORD, False, True),
            (PromiseKind.STATEMENT, False, True),
            (PromiseKind.UPDATE, False, True),
            (PromiseKind.UPDATE, True, False),
            (PromiseKind.REPLY, False, False),
            (PromiseKind.OTHER, False, False),
        ],
    )
    def test_resolving_ends_the_rhythm_and_nothing_that_was_said_to_anybody(
        self, kind: PromiseKind, public: bool, ends: bool
    ) -> None:
        assert core.ends_with_rhythm(a_promise(kind=kind, public=public)) is ends

    def test_before_its_time_it_ends_and_after_it_it_was_broken(self) -> None:
        early, late = a_promise(), a_promise()
        core.end(early, by=PRIYA, now=MIDNIGHT - MINUTE, reason="all parcels came")
        core.end(late, by=PRIYA, now=MIDNIGHT + MINUTE, reason="nobody was there")
        assert (early.state, late.state) == (PromiseState.ENDED, PromiseState.BROKEN)
        assert late.how == "nobody was there"

    @pytest.mark.parametrize("state", [state for state in PromiseState if state != PromiseState.OPEN])
    def test_what_is_settled_stays_so_and_says_what_it_is(self, state: PromiseState) -> None:
        promise = a_promise(id=PromiseId("P"), state=state)
        before = promise.model_dump()
        moves: list[Callable[[], object]] = [
            lambda: core.keep(promise, at=MIDNIGHT, by=PRIYA, now=MIDNIGHT, how="posted by hand"),
            lambda: core.extend(promise, MIDNIGHT + HOUR, by=PRIYA, now=OPENED, waits=WAITS),
            lambda: core.offer(promise, TOM, by=PRIYA, now=MIDNIGHT),
            lambda: core.take(promise, by=TOM, now=MIDNIGHT),
            lambda: core.snooze(promise, by=PRIYA, now=OPENED, waits=WAITS),
        ]
        for move in moves:
            with pytest.raises(Refused, match=r"[Tt]his promise"):
                move()
        assert promise.model_dump() == before

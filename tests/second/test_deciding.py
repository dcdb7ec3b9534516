"""What is decided about a false alarm, a merge and a handover: tables and sentences."""

from datetime import timedelta

import pytest

from bot.core import ending, shift
from bot.core.effects import Refused
from bot.models import (
    Audience,
    Handover,
    HandoverId,
    HandoverState,
    Here,
    Incident,
    Member,
    Move,
    PromiseKind,
    PromiseState,
    Publication,
    Stage,
    UserId,
    new_id,
)
from tests.builders import DANA, EVA, LEO, NOON, PRIYA, SAM, TOM, an_incident
from tests.promises.rows import a_promise

MINUTE = timedelta(minutes=1)


def a_crisis(number: int = 12, **fields: object) -> Incident:
    return an_incident(number=number, id=f"crisis-{number}", **fields)


def posted() -> Publication:
    return Publication.new(id=new_id(), text="t", version="v", outlet="x", at=NOON, by=DANA)


def member(user: UserId, state: Here = Here.HERE, **fields: object) -> Member:
    return Member.new(id=new_id(), incident="crisis-12", user=user, state=state, asked_at=NOON, **fields)


# False alarm


def test_in_the_first_half_hour_it_may_be_none() -> None:
    crisis = a_crisis()
    decision = ending.false_alarm(crisis, [], "a test of our own shop", by=DANA, now=NOON + 29 * MINUTE)
    assert (crisis.stage, crisis.closed_as, crisis.closed_by) == (Stage.CLOSED, Move.FALSE_ALARM, DANA)
    assert crisis.closed_because == "a test of our own shop"
    assert [row.kind for row in decision.add] == ["crisis_false_alarm"]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("minutes", "out", "why"),
    [
        (30, False, "more than 30 minutes.*resolve"),
        (5, True, "posted already.*say in public"),
    ],
)
def test_too_late_or_said_in_public_it_is_refused_and_nothing_changes(minutes: int, out: bool, why: str) -> None:
    crisis = a_crisis()
    with pytest.raises(Refused, match=why):
        ending.false_alarm(crisis, [posted()] if out else [], "", by=DANA, now=NOON + minutes * MINUTE)
    assert (crisis.stage, crisis.closed_as) == (Stage.OPEN, None)
    assert not ending.may_be_false_alarm(crisis, [posted()] if out else [], now=NOON + minutes * MINUTE)


def test_those_at_work_are_stood_down_and_nobody_else() -> None:
    team = [member(PRIYA), member(LEO, Here.ASKED), member(SAM, Here.SILENT), member(EVA, Here.CANNOT)]
    team += [member(TOM, Here.HANDED_OVER), member(DANA)]
    assert ending.to_stand_down(team, by=DANA) == [PRIYA, LEO, SAM]


def test_a_public_promise_outlives_a_false_alarm() -> None:
    assert ending.ends_with_false_alarm(a_promise(public=False))
    assert not ending.ends_with_false_alarm(a_promise(public=True))


def test_it_can_be_reopened_and_forgets_how_it_was_closed() -> None:
    crisis = a_crisis()
    ending.false_alarm(crisis, [], "no", by=DANA, now=NOON)
    from bot.core.incident import move

    move(crisis, Move.REOPEN, by=PRIYA, now=NOON + MINUTE)
    assert crisis.stage is Stage.OPEN
    assert (crisis.closed_as, crisis.closed_by, crisis.closed_because, crisis.closed_at) == (None, None, None, None)


# Merge


def test_the_one_with_something_posted_goes_on_else_the_older() -> None:
    old, new = a_crisis(12), a_crisis(13)
    assert ending.which_goes_on(new, old, []) is old
    assert ending.which_goes_on(old, new, [new.id]) is new
    assert ending.which_goes_on(old, new, [old.id, new.id]) is old


@pytest.mark.parametrize("stage", [Stage.RESOLVED, Stage.CLOSED])
def test_only_two_open_ones_are_merged(stage: Stage) -> None:
    old, new = a_crisis(12), a_crisis(13, stage=stage)
    for closing, staying in ((old, new), (new, old)):
        with pytest.raises(Refused, match="only open ones"):
            ending.refuse_unless_two(closing, staying)
    with pytest.raises(Refused, match="same crisis twice"):
        ending.refuse_unless_two(old, old)


FIRST, STATEMENT, UPDATE, OTHER = PromiseKind.FIRST_WORD, PromiseKind.STATEMENT, PromiseKind.UPDATE, PromiseKind.OTHER


@pytest.mark.parametrize(
    ("theirs", "ours", "kept", "goes"),
    [
        # a window of the plan: the stricter one counts
        ({"kind": FIRST, "public": False, "due": NOON + 20 * MINUTE}, {"kind": FIRST, "due": NOON + 10 * MINUTE}, (), "ended"),
        ({"kind": FIRST, "public": False, "due": NOON + 10 * MINUTE}, {"kind": FIRST, "due": NOON + 20 * MINUTE}, (), "going"),
        ({"kind": FIRST, "public": False, "due": NOON + 10 * MINUTE}, None, (FIRST,), "ended"),
        ({"kind": STATEMENT, "public": False, "due": NOON + 10 * MINUTE}, None, (FIRST,), "going"),
        ({"kind": UPDATE, "public": False, "due": NOON + 10 * MINUTE}, None, (UPDATE,), "going"),
        # what was said in public counts in any case
        ({"kind": UPDATE, "public": True, "due": NOON + 20 * MINUTE}, {"kind": UPDATE, "due": NOON + 10 * MINUTE}, (), "going"),
        ({"kind": OTHER, "public": False, "wording": "call them"}, None, (), "going"),
    ],
)  # fmt: skip
def test_what_becomes_of_promises(
    theirs: dict[str, object], ours: dict[str, object] | None, kept: tuple[PromiseKind, ...], goes: str
) -> None:
    closing, staying = a_crisis(13), a_crisis(12)
    promise = a_promise(closing, **theirs)
    own = [a_promise(staying, public=False, **ours)] if ours else []
    found = ending.sort_promises(closing, staying, [promise], own, kept)
    assert promise in getattr(found, goes)
    assert (own[0] in found.ended if own else False) == (goes == "going" and not promise.public and bool(own))


def test_words_typed_in_a_private_crisis_stay_where_they_are() -> None:
    private, staff = a_crisis(13), a_crisis(12, audience=Audience.STAFF)
    secret = a_promise(private, kind=OTHER, public=False, wording="call the family")
    public = a_promise(private, kind=UPDATE)
    found = ending.sort_promises(private, staff, [secret, public], [], ())
    assert (found.staying, found.going) == ([secret], [public])
    assert ending.sort_promises(staff, private, [secret], [], ()).going == [secret]


def test_merging_keeps_times_and_owners_and_names_no_title() -> None:
    closing, staying = a_crisis(13, title="Secret", first_mention_at=NOON - 9 * MINUTE), a_crisis(12)
    promise = a_promise(closing, owner=SAM)
    due = promise.due
    decision = ending.merged(closing, staying, ending.Sorted(going=[promise]), by=DANA, now=NOON)
    assert (promise.incident, promise.owner, promise.due, promise.state) == (staying.id, SAM, due, PromiseState.OPEN)
    assert (closing.merged_into, closing.closed_as, staying.stage) == (staying.id, Move.MERGE, Stage.OPEN)
    assert staying.first_mention_at == NOON - 9 * MINUTE
    assert "Secret" not in str([row.model_dump() for row in decision.add])


def test_the_lead_of_the_one_that_closes_does_not_lead_the_other() -> None:
    staying = a_crisis(12)
    new = ending.comes_over(member(TOM, roles=["lead", "pr"]), staying, None, waits=10 * MINUTE, now=NOON)
    assert new is not None
    assert (new.roles, new.state, new.incident) == (["pr"], Here.HERE, staying.id)
    known = member(SAM, roles=["customer_care"])
    assert ending.comes_over(member(SAM, roles=["legal"]), staying, known, waits=10 * MINUTE, now=NOON) is None
    assert known.roles == ["customer_care", "legal"]


# Handover


def a_handover(**fields: object) -> Handover:
    return Handover.new(
        **{
            "id": HandoverId("h"), "incident": "crisis-12", "giver": PRIYA, "to": TOM, "asked_at": NOON,
            "next_at": NOON + 10 * MINUTE, **fields,
        }
    )  # fmt: skip


def test_taking_moves_lead_roles_and_promises_in_one_moment() -> None:
    crisis, handover, giver = a_crisis(), a_handover(), member(PRIYA, roles=["lead", "pr"])
    promise = a_promise(crisis, owner=PRIYA)
    decision = shift.taken(
        handover, crisis, giver, None, roles=["lead", "pr"], promises=[promise], asks=[], theirs=[],
        wait=10 * MINUTE, now=NOON,
    )  # fmt: skip
    new = next(row for row in decision.add if isinstance(row, Member))
    assert (crisis.lead, promise.owner, new.user, new.roles, new.state) == (TOM, TOM, TOM, ["lead", "pr"], Here.HERE)
    assert (giver.state, giver.roles, handover.state, handover.next_at) == (
        Here.HANDED_OVER,
        [],
        HandoverState.TAKEN,
        None,
    )


@pytest.mark.parametrize(
    ("fields", "by", "why"),
    [
        ({}, SAM, "not offered to you"),
        ({"state": HandoverState.TAKEN}, TOM, "have it already"),
        ({"state": HandoverState.DECLINED}, TOM, "somebody else is asked"),
        ({"state": HandoverState.REPLACED}, TOM, "Priya needs nobody"),
    ],
)
def test_only_whoever_is_asked_may_take_it_and_once(fields: dict[str, object], by: UserId, why: str) -> None:
    with pytest.raises(Refused, match=why):
        shift.refuse_unless_open(a_handover(**fields), a_crisis(), "Priya", by=by)


def test_who_took_over_from_whom_is_found_through_all_shifts() -> None:
    team = [
        member(DANA, Here.HANDED_OVER),
        member(TOM, Here.HANDED_OVER, stands_in_for=DANA),
        member(EVA, stands_in_for=TOM),
        member(LEO, Here.CANNOT),
    ]
    assert shift.successor(DANA, team, PRIYA) == EVA
    assert shift.successor(LEO, team, PRIYA) == PRIYA, "where nobody took their place, the lead"
    assert shift.successor(SAM, team, PRIYA) == SAM
    back = [member(DANA, stands_in_for=TOM), member(TOM, Here.HANDED_OVER, stands_in_for=DANA)]
    assert shift.successor(TOM, back, PRIYA) == DANA, "back on the next shift"

"""Whose yes a text needs and has, and what an edit, another wording or a no do to it."""

import re
from collections.abc import Sequence
from dataclasses import replace

import pytest

from bot.core import text as core
from bot.core.effects import Priority, Refresh, Refused, noted
from bot.core.guard import Finding
from bot.core.sheet import Approver, Sheet, Wording, standing
from bot.models import Approval, Kind, TextState, TimelineEntry, UserId, Version, VersionId, digest
from tests.builders import DANA, INES, LEO, PRIYA, SAM, TOM
from tests.texts.rows import MIDNIGHT, NOW, PLAN, WORDS, a_sheet, a_version, a_yes, an_ask, holding

LINK = Finding("link", "Please take out the link.", blocks=True)
HINT = Finding("hollow", "It reads as an excuse.", blocks=False)


def approve(sheet: Sheet, by: Approver, version: VersionId | None = None) -> list[Approval]:
    decision = core.approve(sheet, version or sheet.version.id, by=by, plan=PLAN, now=NOW)
    return [row for row in decision.add if isinstance(row, Approval)]


def edit(sheet: Sheet, by: Approver, body: str, findings: Sequence[Finding] = ()) -> tuple[Version, list[Approval]]:
    wording = Wording(body=body, promised_at=MIDNIGHT)
    version, decision = core.edit(sheet, wording, number=sheet.version.number + 1, by=by, findings=findings, now=NOW)
    return version, [row for row in decision.add if isinstance(row, Approval)]


def state(sheet: Sheet) -> TextState:
    return sheet.text.state


def refused(sheet: Sheet, by: Approver, sentence: str, version: VersionId | None = None) -> None:
    before = (sheet.text.model_dump(), [ask.model_dump() for ask in sheet.asks])
    with pytest.raises(Refused, match=re.escape(sentence)):
        approve(sheet, by, version)
    assert before == (sheet.text.model_dump(), [ask.model_dump() for ask in sheet.asks]), "a refusal changes nothing"


def test_one_yes_is_enough_for_a_text_nobody_has_edited() -> None:
    sheet = a_sheet(asked=[PRIYA])
    [yes] = approve(sheet, holding(PRIYA, "pr", "lead"))
    assert (yes.role, yes.by, yes.sha256) == ("pr", PRIYA, digest(WORDS))
    assert state(sheet) is TextState.APPROVED
    assert sheet.text.approved_at == NOW
    assert sheet.incident.position == sheet.version.id
    assert sheet.asks[0].settled_at == NOW
    assert sheet.asks[0].silent_at is None


def test_the_findings_on_the_screen_are_on_the_record() -> None:
    [yes] = approve(a_sheet(findings=[HINT]), holding(PRIYA, "pr"))
    assert yes.seen == ["It reads as an excuse."]


def test_one_press_gives_the_yes_of_every_role_a_person_holds() -> None:
    sheet = a_sheet(needs=["pr", "legal"])
    given = approve(sheet, holding(PRIYA, "pr", "legal"))
    assert [yes.role for yes in given] == ["pr", "legal"]
    assert state(sheet) is TextState.APPROVED


def test_the_last_yes_that_is_needed_sets_it_free() -> None:
    sheet = a_sheet(needs=["pr", "legal"], asked=[PRIYA, LEO])
    sheet.asks[0].roles, sheet.asks[1].roles = ["pr"], ["legal"]
    first = approve(sheet, holding(PRIYA, "pr"))
    assert state(sheet) is TextState.WAITING
    assert [ask.settled_at for ask in sheet.asks] == [NOW, None]
    assert sheet.incident.position is None
    approve(replace(sheet, approvals=first), holding(LEO, "legal"))
    assert state(sheet) is TextState.APPROVED


def test_either_of_two_may_say_yes_for_a_role_and_the_other_is_asked_no_longer() -> None:
    sheet = a_sheet(needs=["pr", "legal"])
    asks = [an_ask(sheet.text, user, ["legal"]) for user in (LEO, INES)]
    approve(replace(sheet, asks=asks), holding(INES, "legal"))
    assert [ask.settled_at for ask in asks] == [NOW, NOW]


def test_one_approve_covers_the_folded_brief_with_both_hashes_on_the_record() -> None:
    sheet = a_sheet(brief=True)
    given = approve(sheet, holding(PRIYA, "pr"))
    assert sheet.brief is not None
    assert sheet.brief_version is not None
    assert {yes.sha256 for yes in given} == {sheet.version.sha256, sheet.brief_version.sha256}
    assert sheet.brief.state is TextState.APPROVED
    assert sheet.incident.position == sheet.version.id, "the brief is not the position"


def test_an_edited_brief_is_approved_by_itself() -> None:
    sheet = a_sheet(brief=True)
    assert sheet.brief
    sheet.brief.state = TextState.WAITING
    assert [yes.version for yes in approve(sheet, holding(PRIYA, "pr"))] == [sheet.version.id]
    assert sheet.brief.state is TextState.WAITING


@pytest.mark.parametrize("kind", [Kind.REPLY, Kind.CALL_CENTRE_BRIEF])
def test_what_is_not_said_to_everyone_is_not_the_position(kind: Kind) -> None:
    sheet = a_sheet(kind=kind, needs=["customer_care"])
    approve(sheet, holding(SAM, "customer_care"))
    assert state(sheet) is TextState.APPROVED
    assert sheet.incident.position is None


def test_an_older_version_cannot_be_approved() -> None:
    refused(a_sheet(), holding(PRIYA, "pr"), "has changed since", VersionId("older"))


def test_without_the_role_one_hears_whose_it_is() -> None:
    refused(a_sheet(needs=["legal"], asked=[LEO]), holding(DANA, "social"), "It needs a yes from Legal. Asked: Leo.")
    refused(a_sheet(needs=["legal"]), holding(DANA), "It needs a yes from Legal.")


def test_twice_is_once() -> None:
    refused(
        a_sheet(needs=["pr", "legal"], approvals=[(PRIYA, "pr")], asked=[LEO]),
        holding(PRIYA, "pr"),
        "You already approved this, at 23:01 CET. It needs a yes from Legal. Asked: Leo.",
    )
    done = a_sheet(approvals=[(PRIYA, "pr")], state=TextState.APPROVED)
    refused(done, holding(PRIYA, "pr"), "You already approved this, at 23:01 CET.")


def test_the_second_of_two_hears_who_was_first() -> None:
    sheet = a_sheet(needs=["pr", "legal"], approvals=[(INES, "legal")], asked=[PRIYA])
    refused(sheet, holding(LEO, "legal"), "Ines was first and said yes for Legal at 23:01 CET.")
    done = a_sheet(approvals=[(PRIYA, "pr")], state=TextState.APPROVED)
    refused(done, holding(TOM, "pr"), "Priya was first and approved this at 23:01 CET.")


def test_what_blocks_must_be_fixed_first() -> None:
    refused(a_sheet(findings=[LINK]), holding(PRIYA, "pr"), "Please fix this first: Please take out the link.")


def test_a_text_that_was_put_away_asks_for_nothing() -> None:
    refused(a_sheet(state=TextState.WITHDRAWN), holding(PRIYA, "pr"), "put away")


def test_a_text_that_was_sent_back_must_be_edited_first() -> None:
    sheet = a_sheet()
    no = noted(sheet.incident.id, "text_rejected", now=NOW, by=LEO, reason="Not *all* parcels.")
    refused(replace(sheet, sent_back=no), holding(PRIYA, "pr"), "sent back by Leo at 23:01 CET")


def test_an_approvers_edit_is_their_yes_and_voids_the_others() -> None:
    sheet = a_sheet(needs=["pr", "legal"], approvals=[(PRIYA, "pr")], asked=[LEO])
    version, given = edit(sheet, holding(INES, "legal"), WORDS.replace("sorry", "very sorry"))
    assert (version.number, version.edited_by, version.origin) == (2, INES, "person")
    assert sheet.text.current == version.id
    assert [(yes.by, yes.role) for yes in given] == [(INES, "legal")]
    assert standing(sheet.text, version, given).missing == ("pr",)
    assert sheet.asks[0].settled_at == NOW, "nobody is asked about the old words"


def test_who_said_yes_is_the_one_to_ask_again() -> None:
    sheet = a_sheet(needs=["pr", "legal"], approvals=[(PRIYA, "pr")])
    asks = [an_ask(sheet.text, LEO, ["legal"])]
    assert core.asked_before(replace(sheet, asks=asks)) == {"pr": [PRIYA], "legal": [LEO]}


def test_whoever_edited_last_is_never_the_only_yes() -> None:
    sheet = a_sheet()
    version, given = edit(sheet, holding(PRIYA, "pr"), WORDS + " Really.")
    assert state(sheet) is TextState.WAITING
    now = replace(sheet, version=version, approvals=given)
    assert standing(sheet.text, version, given).second_missing
    refused(now, holding(PRIYA, "pr"), "somebody else must say yes too")
    refused(now, holding(SAM, "customer_care"), "Please ask a second person: `/invite`")
    [second] = approve(now, holding(TOM, "pr"))
    assert (second.role, second.by) == ("pr", TOM)
    assert state(sheet) is TextState.APPROVED


def test_anyone_may_be_the_second_person_where_nobody_else_is_asked() -> None:
    sheet = a_sheet(version={"edited_by": PRIYA, "origin": "person"}, approvals=[(PRIYA, "pr")])
    [second] = approve(sheet, holding(SAM, second=True))
    assert (second.role, second.by) == ("pr", SAM)
    assert state(sheet) is TextState.APPROVED


def test_an_edit_by_somebody_without_a_role_leaves_every_yes_to_the_others() -> None:
    sheet = a_sheet()
    version, given = edit(sheet, holding(DANA, "social"), WORDS + " Really.")
    assert given == []
    approve(replace(sheet, version=version), holding(PRIYA, "pr"))
    assert state(sheet) is TextState.APPROVED


def test_words_that_cannot_go_out_carry_nobodys_yes() -> None:
    sheet = a_sheet()
    _version, given = edit(sheet, holding(PRIYA, "pr"), WORDS + " evil.example", findings=[LINK])
    assert given == []


def test_an_edit_without_a_change_is_none() -> None:
    with pytest.raises(Refused, match="Nothing has changed yet"):
        edit(a_sheet(), holding(PRIYA, "pr"), WORDS)


@pytest.mark.parametrize("state", [TextState.APPROVED, TextState.PUBLISHED])
def test_approved_words_stay_as_they_are(state: TextState) -> None:
    sheet = a_sheet(state=state, approvals=[(PRIYA, "pr")], approved_at=NOW)
    with pytest.raises(Refused, match="may already be posted"):
        edit(sheet, holding(LEO, "legal"), "Other words by midnight.")


def test_words_written_by_hand_carry_their_authors_yes() -> None:
    sheet = a_sheet(needs=["pr", "legal"], version={"edited_by": PRIYA, "origin": "person"})
    decision = core.authored(sheet, by=holding(PRIYA, "pr"), now=NOW)
    assert [row.role for row in decision.add if isinstance(row, Approval)] == ["pr"]
    assert core.authored(replace(sheet, findings=[LINK]), by=holding(PRIYA, "pr"), now=NOW).add == []


def an_offer(sheet: Sheet) -> Version:
    return a_version(sheet.text, 2, "Other words by midnight.", origin="model", offered=True)


def test_the_other_wording_becomes_current_and_needs_its_own_yes() -> None:
    sheet = a_sheet(needs=["pr", "legal"], approvals=[(PRIYA, "pr")], asked=[LEO])
    offered = an_offer(sheet)
    core.use(sheet, offered, by=DANA, now=NOW)
    assert sheet.text.current == offered.id
    assert not offered.offered
    assert standing(sheet.text, offered, sheet.approvals).missing == ("pr", "legal")
    assert sheet.asks[0].settled_at == NOW


def test_a_wording_is_used_once_and_never_after_the_yes() -> None:
    sheet = a_sheet()
    offered = an_offer(sheet)
    offered.offered = False
    with pytest.raises(Refused, match="not on offer any more"):
        core.use(sheet, offered, by=DANA, now=NOW)
    approved = a_sheet(state=TextState.APPROVED, approvals=[(PRIYA, "pr")])
    with pytest.raises(Refused, match="may already be posted"):
        core.use(approved, an_offer(approved), by=DANA, now=NOW)


def test_the_models_own_words_need_no_second_person() -> None:
    sheet = a_sheet(version={"origin": "model"})
    approve(sheet, holding(PRIYA, "pr"))
    assert state(sheet) is TextState.APPROVED


@pytest.mark.parametrize("by", [holding(LEO, "legal"), holding(PRIYA, leads=True)])
def test_a_no_says_why_and_asks_nobody_any_longer(by: Approver) -> None:
    sheet = a_sheet(needs=["legal"], asked=[LEO])
    entry = core.send_back(sheet, sheet.version.id, " Not all parcels. ", by=by, plan=PLAN, now=NOW)
    assert isinstance(entry, TimelineEntry)
    assert (entry.kind, entry.by, entry.data["reason"]) == ("text_rejected", by.user, "Not all parcels.")
    assert sheet.asks[0].settled_at == NOW
    assert state(sheet) is TextState.WAITING, "it may be edited"


@pytest.mark.parametrize(
    ("by", "reason", "sentence"),
    [
        (holding(DANA, "social"), "No.", "needs a yes from Legal"),
        (holding(LEO, "legal"), "  ", "what should change"),
    ],
)
def test_a_no_is_refused_without_a_role_or_a_reason(by: Approver, reason: str, sentence: str) -> None:
    sheet = a_sheet(needs=["legal"])
    with pytest.raises(Refused, match=sentence):
        core.send_back(sheet, sheet.version.id, reason, by=by, plan=PLAN, now=NOW)


def test_a_closed_crisis_asks_for_nothing_more() -> None:
    sheet = a_sheet(asked=[PRIYA], show_at=NOW)
    decision = core.put_away(sheet.text, sheet.asks, now=NOW)
    assert state(sheet) is TextState.WITHDRAWN
    assert sheet.text.show_at is None
    assert sheet.asks[0].settled_at == NOW
    assert decision.do == [Refresh(subjects=[sheet.text.id, sheet.asks[0].id], priority=Priority.DUTY)]


def test_a_posted_text_stays_posted_when_the_crisis_closes() -> None:
    sheet = a_sheet(state=TextState.PUBLISHED)
    core.put_away(sheet.text, [], now=NOW)
    assert state(sheet) is TextState.PUBLISHED


def test_only_the_yes_to_the_current_words_counts() -> None:
    sheet = a_sheet()
    other = a_version(sheet.text, 2, "Other words.")
    assert standing(sheet.text, other, [a_yes(sheet.version, UserId("UPRIYA"), "pr")]).missing == ("pr",)

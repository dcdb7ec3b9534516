"""What the views draw is what Slack takes, however long the words and however many the outlets."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from bot.core.difference import difference
from bot.core.effects import noted
from bot.core.guard import Finding
from bot.core.sheet import Sheet, Surroundings
from bot.i18n import _, reading
from bot.models import Ask, Kind, TextState, TimelineEntry
from bot.plan import parse_plan
from bot.practice.blocks import check_message_blocks, check_view, texts_of
from bot.views import text as cards
from bot.views import text_forms as forms
from bot.views import text_messages as messages
from bot.views.blocks import Block, Message
from bot.views.text_forms import EditData, Typed
from tests.builders import DANA, INES, LEO, PRIYA
from tests.texts.evening import buttons
from tests.texts.rows import MIDNIGHT, NOW, WORDS, a_sheet, a_tick, a_version

OUTLETS = {f"outlet_{n}": f"Outlet number {n} with a long name" for n in range(14)}
PLAN = parse_plan(
    "outlets:\n" + "".join(f"  {key}: {{label: {label}}}\n" for key, label in OUTLETS.items()), environ={}
)
NASTY = "<!channel> *bold* _it_ `code` <https://evil.example|click> & \u202e :tada: @here\n\n> quote\n"
LONG = (NASTY * 60)[:3000]
FINDINGS = tuple(Finding(f"check{n}", f"Please take out “{NASTY * 3}”.", blocks=n % 2 == 0) for n in range(12))
NAMES: dict[str, str] = dict.fromkeys((DANA, PRIYA, LEO, INES), "A. Very-Long & <Name> " * 4)
AROUND = Surroundings(
    due=MIDNIGHT,
    promise_owner="Priya",
    open_roles={"pr"},
    folded=2,
    statement=a_sheet(kind=Kind.HOLDING_STATEMENT).text,
    posters=(DANA,),
    stands=True,
    model=True,
    front_line=("#call-centre", "#shops"),
    asker=DANA,
)


def full(state: TextState = TextState.WAITING, body: str = LONG, **fields: Any) -> Sheet:
    """Everything at once that a text can have."""
    sheet = a_sheet(
        needs=["pr", "legal"],
        asked=[PRIYA, LEO],
        approvals=[(INES, "legal")],
        findings=FINDINGS,
        brief=True,
        state=state,
        version={"body": body, "responsibility": True},
        outlets=list(OUTLETS),
        approved_at=NOW,
        **fields,
    )
    offered = a_version(sheet.text, 2, body[::-1], origin="model", model="m" * 200, wish="w" * 900, offered=True)
    ticks = [a_tick(sheet.text, sheet.version, outlet) for outlet in list(OUTLETS)[:7]]
    published = ticks if state is TextState.PUBLISHED else []
    return replace(sheet, offered=offered, publications=published, names=NAMES)


def sent_back(sheet: Sheet) -> Sheet:
    entry = noted(sheet.incident.id, "text_rejected", now=NOW, by=LEO, text=sheet.text.id, reason=LONG)
    return replace(sheet, sent_back=entry)


@pytest.mark.parametrize("state", list(TextState))
@pytest.mark.parametrize("body", [WORDS, LONG[:2800], LONG], ids=["short", "a card's worth", "too long for a card"])
@pytest.mark.parametrize("back", [False, True], ids=["asked", "sent back"])
@pytest.mark.parametrize("locale", ["en", "de"])
def test_every_card_is_one_slack_takes(state: TextState, body: str, back: bool, locale: str) -> None:
    sheet = full(state, body)
    with reading(locale):
        card = cards.words_card(sent_back(sheet) if back else sheet, AROUND, PLAN, now=NOW)
        beside = (_("Compare"), _("Show the statement now"))
    check_message_blocks(card.blocks)
    assert "arcel" not in card.text, "no title in a notification"
    assert len([label for label in buttons(card) if label not in beside]) <= 4


def a_row(sheet: Sheet, **fields: Any) -> Ask:
    return Ask.new(text=sheet.text.id, user=LEO, roles=["legal"], version=sheet.version.id, asked_at=NOW, **fields)


def an_entry(sheet: Sheet, kind: str, **data: Any) -> TimelineEntry:
    return noted(sheet.incident.id, kind, now=NOW, by=LEO, text=sheet.text.id, reason=LONG, wish=LONG, **data)


def every_message(sheet: Sheet) -> list[Message]:
    what = difference(WORDS * 50, LONG)
    old = a_version(sheet.text, 1, WORDS)
    asked: Any = {"before": old, "what": what, "waited_since": NOW, "now": NOW}
    return [
        messages.ask(a_row(sheet, instead_of=INES), sheet, AROUND, PLAN, **asked),
        messages.ask(a_row(sheet, settled_at=NOW), sheet, AROUND, PLAN, **asked),
        messages.publish(sheet, AROUND, PLAN, reader=DANA, now=NOW),
        messages.unposted(sheet, AROUND, PLAN, reader=DANA, now=NOW),
        messages.rejected_note(an_entry(sheet, "text_rejected"), sheet, DANA),
        messages.wished_note(an_entry(sheet, "redraft_wished"), sheet, DANA),
        messages.edited_note(an_entry(sheet, "version_edited"), sheet, old, what, DANA),
        messages.used_note(an_entry(sheet, "wording_used"), sheet, old),
        messages.wording_note(an_entry(sheet, "wording_offered"), sheet),
        messages.wording_note(an_entry(sheet, "wording_missing"), sheet),
        messages.front_line(sheet.version, sheet.incident, at=NOW),
    ]


@pytest.mark.parametrize("state", list(TextState))
@pytest.mark.parametrize("locale", ["en", "de"])
def test_every_message_is_one_slack_takes(state: TextState, locale: str) -> None:
    with reading(locale):
        said = every_message(full(state))
    for message in said:
        check_message_blocks(message.blocks)
        assert "arcel" not in message.text
        assert message.text


def every_form(sheet: Sheet) -> list[Block]:
    what = difference(WORDS * 50, LONG)
    assert sheet.offered is not None
    new = EditData(incident="x" * 36, kind="apology")
    typed = Typed(body=LONG, next_update=MIDNIGHT, no_time=True, responsibility=True)
    return [
        forms.read(sheet, AROUND, PLAN, may_approve=True, may_post=True, now=NOW),
        forms.read(sent_back(sheet), AROUND, PLAN, may_approve=False, may_post=False, now=NOW),
        forms.changed(sheet, sheet.version, what, PLAN, may_approve=True),
        forms.compare(sheet, sheet.offered, what, FINDINGS),
        *(forms.edit(kind, "en", typed, EditData(version="v"), about=forms.newer(sheet, what)) for kind in Kind),
        *(forms.edit(kind, "de", typed, new) for kind in Kind),
        forms.redraft(sheet),
        forms.reject(sheet),
        forms.publish(sheet, PLAN, now=NOW),
    ]


@pytest.mark.parametrize("state", list(TextState))
@pytest.mark.parametrize("locale", ["en", "de"])
def test_every_form_is_one_slack_takes(state: TextState, locale: str) -> None:
    with reading(locale):
        views = every_form(full(state))
    for view in views:
        check_view(view, kind="modal")


def test_a_text_too_long_for_a_card_is_approved_on_its_own_screen() -> None:
    sheet = a_sheet(version={"body": LONG})
    card = cards.words_card(sheet, Surroundings(), PLAN, now=NOW)
    assert buttons(card) == ["Read the text", "Edit", "Reject"]
    assert LONG not in list(texts_of(card.blocks))
    view = forms.read(sheet, Surroundings(), PLAN, may_approve=True, may_post=False, now=NOW)
    assert view["submit"]["text"] == "Approve"
    assert LONG in list(texts_of(view["blocks"]))


def test_the_confirm_box_names_the_text_and_shows_none() -> None:
    card = cards.words_card(a_sheet(), Surroundings(), PLAN, now=NOW)
    [approve] = [e for b in card.blocks for e in b.get("elements", []) if e.get("action_id") == "version.approve"]
    assert approve["confirm"]["text"]["text"].startswith(
        "Version 1, 60 characters as X counts, for X and Instagram: We"
    )
    assert approve["accessibility_label"] == "Approve first public word, version 1"
    assert approve["value"] == "first_word-v1", "it carries the version it was drawn with"


def marked_up(part: Any) -> Iterator[str]:
    """Every text that Slack reads as markup, however deep."""
    match part:
        case {"type": "mrkdwn", "text": str(words)}:
            yield words
        case dict():
            yield from (words for inner in part.values() for words in marked_up(inner))
        case list():
            yield from (words for inner in part for words in marked_up(inner))


def test_the_exact_text_is_never_markup() -> None:
    """Whatever stands in a text is shown as it is: in a rich text element, where nothing is markup."""
    sheet = a_sheet(version={"body": NASTY}, state=TextState.APPROVED, approvals=[(PRIYA, "pr")])
    for card in (
        cards.words_card(a_sheet(version={"body": NASTY}), Surroundings(), PLAN, now=NOW),
        cards.words_card(sheet, Surroundings(), PLAN, now=NOW),
        messages.front_line(sheet.version, sheet.incident, at=NOW),
    ):
        inside = [
            e for b in card.blocks if b["type"] == "rich_text" for part in b["elements"] for e in part["elements"]
        ]
        assert inside == [{"type": "text", "text": NASTY}]
        assert not [words for block in card.blocks for words in marked_up(block) if "<!channel>" in words]


def test_more_than_ten_outlets_are_boxes_in_several_fields() -> None:
    view = forms.publish(full(TextState.APPROVED), PLAN, now=NOW)
    names = [block["block_id"] for block in view["blocks"] if block.get("element", {}).get("type") == "checkboxes"]
    assert names == ["outlets", "outlets_10"]


def test_whatever_words_end_up_in_a_notification_it_calls_nobody_else() -> None:
    at = "<!date^1^{time}|18:00>"
    assert (
        Message(f"<!channel> <!here|x> <!subteam^S1> {at}").text == f"&lt;!channel> &lt;!here|x> &lt;!subteam^S1> {at}"
    )

"""*Now* names one person, the first to act: who is on it already, then who was asked first; the others stand above."""

from dataclasses import replace

import pytest

from bot.core.incident import Scene, next_step
from bot.core.sheet import Surroundings, here_first
from bot.models import Here, Member, MemberId, TextState, UserId
from bot.views import incident as brief
from bot.views import text as cards
from tests.builders import DANA, INES, LEO, NORA, PRIYA, TOM
from tests.texts.evening import said
from tests.texts.rows import NAMES, NOW, OPENED, PLAN, a_sheet


def here(user: UserId, state: Here = Here.HERE) -> Member:
    return Member.new(id=MemberId(user), incident="crisis", user=user, roles=[], state=state, asked_at=OPENED)


@pytest.mark.parametrize(
    ("on_it", "order"), [((), (LEO, INES)), ((INES,), (INES, LEO)), ((LEO, INES), (LEO, INES)), ((TOM,), (LEO, INES))]
)
def test_who_is_expected_to_act_first(on_it: tuple[UserId, ...], order: tuple[UserId, ...]) -> None:
    assert here_first([LEO, INES, LEO], on_it) == order


def test_brief_and_card_name_the_same_one() -> None:
    sheet = a_sheet(asked=(LEO, INES))
    scene = Scene(
        incident=sheet.incident, texts=[sheet.text], asks=sheet.asks, names=NAMES,
        members=[here(LEO, Here.ASKED), here(INES)],
    )  # fmt: skip
    assert next_step(scene).who == (INES, LEO), "both may"
    assert brief.now_line(scene, PLAN, now=NOW) == "Ines reads one text (first public word)"
    card = cards.words_card(sheet, Surroundings(here={INES}), PLAN, now=NOW)
    assert "*Now:* Ines reads it and says yes" in said(card)
    assert card.text == "Crisis 12 needs a yes from Ines: read one text (first public word)"
    assert "asked Leo" in said(card), "who else was asked stands on the card"


def test_one_posts_it_and_the_card_says_who_may_too() -> None:
    sheet = a_sheet(approvals=[(PRIYA, "pr")], state=TextState.APPROVED)
    card = said(cards.words_card(sheet, Surroundings(posters=(DANA, TOM)), PLAN, now=NOW))
    assert "Asked to post it too: Tom" in card
    assert "*Now:* Dana posts it on X and Instagram, then ticks" in card


def test_what_is_posted_in_one_place_only_says_who_posts_the_rest() -> None:
    sheet = a_sheet(approvals=[(PRIYA, "pr")], ticked=["x"], state=TextState.PUBLISHED)
    card = said(cards.words_card(sheet, Surroundings(posters=(DANA,)), PLAN, now=NOW))
    assert "*Now:* Dana posts it on Instagram, then ticks" in card


def test_where_nobody_is_named_the_lead_is() -> None:
    open_to_all = Surroundings(open_roles={"pr"})
    card = said(cards.words_card(a_sheet(), open_to_all, PLAN, now=NOW))
    assert "Any colleague in this channel may give the yes for PR." in card
    assert "*Now:* Priya reads it and says yes" in card
    edited = a_sheet(version={"edited_by": PRIYA}, approvals=[(PRIYA, "pr")])
    assert "*Now:* Priya finds somebody who may say yes" in said(cards.words_card(edited, open_to_all, PLAN, now=NOW))
    assert next_step(replace(Scene(incident=edited.incident), names=NAMES)).who == (PRIYA,)
    assert NORA not in NAMES

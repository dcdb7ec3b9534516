"""A tick for each outlet: where it stands, since when, and where to find it."""

from datetime import timedelta

import pytest

from bot.core import posting
from bot.core.effects import Refused
from bot.core.sheet import Sheet
from bot.models import TextState, VersionId
from tests.builders import DANA
from tests.texts.rows import MINUTE, NOW, a_sheet

APPROVED_AT = NOW + timedelta(seconds=40)
LATER = NOW + 3 * MINUTE


def approved(**fields: object) -> Sheet:
    return a_sheet(**{"state": TextState.APPROVED, "approved_at": APPROVED_AT, "unposted_at": LATER} | fields)  # type: ignore[arg-type]


def test_the_first_tick_says_since_when_it_is_public() -> None:
    sheet = approved()
    rows, decision = posting.publish(
        sheet, sheet.version.id, {"x": "https://x.example/1", "instagram": None}, at=LATER, by=DANA, now=LATER
    )
    assert [(row.outlet, row.link, row.at, row.by) for row in rows] == [
        ("x", "https://x.example/1", LATER, DANA),
        ("instagram", None, LATER, DANA),
    ]
    assert sheet.text.state is TextState.PUBLISHED
    assert sheet.text.published_at == LATER
    assert sheet.text.unposted_at is None
    assert decision.add[:-1] == rows


def test_late_ticks_only_add_outlets() -> None:
    sheet = approved(state=TextState.PUBLISHED, published_at=NOW + MINUTE, ticked=["x"])
    [row], _decision = posting.publish(sheet, sheet.version.id, {"instagram": None}, at=LATER, by=DANA, now=LATER)
    assert row.outlet == "instagram"
    assert sheet.text.published_at == NOW + MINUTE


def test_a_link_may_follow_later() -> None:
    sheet = approved(state=TextState.PUBLISHED, published_at=LATER, ticked=["x"])
    rows, _decision = posting.publish(
        sheet, sheet.version.id, {"x": "https://x.example/1"}, at=LATER, by=DANA, now=LATER
    )
    assert rows == []
    assert sheet.publications[0].link == "https://x.example/1"


@pytest.mark.parametrize(
    ("minutes", "sentence"),
    [(-2, "cannot have been posted before"), (30, "still to come")],
)
def test_an_impossible_time_is_refused_at_its_field(minutes: int, sentence: str) -> None:
    sheet = approved()
    with pytest.raises(Refused, match=sentence) as no:
        posting.publish(sheet, sheet.version.id, {"x": None}, at=NOW + minutes * MINUTE, by=DANA, now=LATER)
    assert no.value.field == "at"
    assert sheet.text.state is TextState.APPROVED


def test_a_picker_knows_no_seconds() -> None:
    sheet = approved()
    [row], _decision = posting.publish(sheet, sheet.version.id, {"x": None}, at=NOW, by=DANA, now=LATER)
    assert row.at == APPROVED_AT, "the minute of the yes means after the yes"


def test_nothing_ticked_is_asked_about() -> None:
    sheet = approved()
    with pytest.raises(Refused, match="tick where") as no:
        posting.publish(sheet, sheet.version.id, {}, at=LATER, by=DANA, now=LATER)
    assert no.value.field == "outlets"


def test_where_only_links_are_missing_the_question_is_at_a_link() -> None:
    sheet = approved(state=TextState.PUBLISHED, published_at=LATER, ticked=["x", "instagram"])
    with pytest.raises(Refused) as no:
        posting.publish(sheet, sheet.version.id, {}, at=LATER, by=DANA, now=LATER)
    assert no.value.field == "link_x"


@pytest.mark.parametrize("state", [TextState.FOLDED, TextState.WAITING, TextState.WITHDRAWN])
def test_only_approved_words_may_be_posted(state: TextState) -> None:
    sheet = approved(state=state)
    with pytest.raises(Refused, match="Only approved words"):
        posting.publish(sheet, sheet.version.id, {"x": None}, at=LATER, by=DANA, now=LATER)


def test_only_the_approved_version_may_be_posted() -> None:
    sheet = approved()
    with pytest.raises(Refused, match="Only approved words"):
        posting.publish(sheet, VersionId("another"), {"x": None}, at=LATER, by=DANA, now=LATER)

"""A stranger's words stay as they are; their language stands beside them for whoever reads another one."""

import pytest

from bot.core.report import Outcome, Reported
from bot.i18n import reading
from bot.models import PinnedMessage, Report, Signal, TimelineEntry
from bot.plan import load_plan
from bot.views import promise as promises
from bot.views import report as reports
from bot.views.happened import Story, sentence
from bot.views.record import Record
from bot.views.record.markdown import written as read_record
from bot.views.record.quoting import safe
from tests.builders import DANA, NOON, an_incident
from tests.promises.rows import a_promise
from tests.signals.rows import a_post

GERMAN = "Seit drei Wochen kein Paket, keine Antwort. Ist da jemand?"
BESIDE = [("en", "in German", True), ("de", "auf Deutsch", False)]
"""Reader, what may stand there, and whether it does."""


def a_german_post() -> Signal:
    return a_post(text=GERMAN, language="de")


@pytest.mark.parametrize(("reader", "named", "does"), BESIDE)
def test_the_first_complaint(reader: str, named: str, does: bool) -> None:
    incident = an_incident()
    seen = promises.Seen(incident=incident, zone="Europe/Berlin", now=NOON, reader=DANA, names={DANA: "Dana"})
    with reading(reader):
        said = str(
            promises.first_complaint(promises.Owed(promise=a_promise(incident), quote=a_german_post()), seen).blocks
        )
    assert f"> {GERMAN}" in said
    assert (f", {named}.*" in said) is does


@pytest.mark.parametrize(("reader", "named", "does"), BESIDE)
def test_a_report_in_the_form_and_in_the_answer(reader: str, named: str, does: bool) -> None:
    told = reports.Told(name="Nora", zone="Europe/Berlin", outcome=Outcome.DISMISSED, signal=a_german_post())
    with reading(reader):
        form = str(reports.form(Reported(words=GERMAN, author="jo_m"), at="22:41"))
        answer = str(reports.decided(told, Report()).blocks)
    for said in (form, answer):
        assert GERMAN in said
        assert (f" · {named}" in said) is does


@pytest.mark.parametrize(("reader", "named", "does"), BESIDE)
def test_record_and_timeline(reader: str, named: str, does: bool) -> None:
    incident = an_incident()
    ours, strangers = (
        PinnedMessage.new(
            id=author, incident=incident.id, channel="C1", ts="1.0", author=author, words=GERMAN, said_at=NOON,
            pinned_by=DANA, touched_by=DANA, touched_at=NOON,
        )
        for author in (DANA, "jo_m")
    )  # fmt: skip
    story = Story(
        incident=incident, plan=load_plan(None, {}), time=str, words=safe, names={DANA: "Dana"},
        pinned={ours.id: ours, strangers.id: strangers},
    )  # fmt: skip
    entries = [
        TimelineEntry.new(incident=incident.id, kind="message_pinned", at=NOON, by=DANA, data={"pinned": pinned})
        for pinned in (DANA, "jo_m")
    ]
    with reading(reader):
        of_ours, of_theirs = (sentence(story, entry) for entry in entries)
        file = read_record(Record(story=story, now=NOON, posts=[a_german_post()], pinned=[strangers]))
    assert named not in of_ours, "a colleague needs no label"
    assert (f"jo\\_m, {named}: “" in of_theirs.replace("„", "“")) is does
    assert file.count(f" · {named}") == (2 if does else 0)
    assert file.count(GERMAN) == 2

"""Reported by a colleague: what she sends, what she hears, and what became of it."""

from tests.screens.shoot import Shoot
from tests.stories.test_reports import MENU

WATCH = "#crisis-watch"


async def told(shoot: Shoot) -> None:
    """One report that is nothing, one that becomes a crisis, one that is over without a public word."""
    shoot.chapter("Reported by a colleague")
    await that_was_nothing(shoot)
    await that_was_something(shoot)
    await that_ended_quietly(shoot)


async def that_was_nothing(shoot: Shoot) -> None:
    await shoot.tom.types("A customer says that our new kettle caught fire, and she is filming", "#shops")
    seen = (await shoot.tom.reads("#shops"))[-1]
    await shoot.nora.shortcuts(MENU, on=seen)
    await shoot.nora.fills({"Anything we should know?": "She is in our shop in Leipzig"})
    await shoot.modal("report", "What to do instead of replying", shoot.nora)
    await shoot.nora.submits()
    await shoot.form("report-thanks", "Thanks, and who decides by when", shoot.nora)
    await shoot.nora.shortcuts(MENU, on=seen)
    await shoot.nora.submits()
    await shoot.form("report-again", "The same message once more", shoot.nora)
    await shoot.settled()
    [card] = await shoot.dana.reads(WATCH)
    await shoot.message("reported", "A report asks whoever is on duty", shoot.dana, card)
    said = await shoot.dana.presses("Not a crisis", on=card)
    await shoot.answer("not-a-crisis-answer", "What the press says", shoot.dana, said)
    await shoot.settled()
    await shoot.message("not-a-crisis", "Not a crisis: who said so, and when", shoot.dana, card)
    late = await shoot.tom.presses("Declare crisis", on=card)
    await shoot.answer("not-a-crisis-late", "Somebody a moment later hears who was first", shoot.tom, late)
    await shoot.in_dm("report-outcome", "And later, what came of it", shoot.nora)


async def that_was_something(shoot: Shoot) -> None:
    await shoot.nora.types("/crisis report", "#general")
    await shoot.nora.fills({"What did you see or hear?": "Two customers in our shop show a burnt kettle"})
    await shoot.modal("report-words", "Without a message: what somebody saw or heard", shoot.nora)
    await shoot.nora.submits()
    await shoot.nora.closes()
    await shoot.settled()
    await shoot.dana.presses("Declare crisis", in_channel=WATCH)
    await shoot.modal("declare-report", "Declared from a report: its words are proposed as the first line", shoot.dana)
    await shoot.dana.submits({"What happened?": "Kettles catch fire"})
    await shoot.settled()
    await shoot.dana.reload()
    await shoot.in_dm("report-dealt-with", "Somebody outside hears that it is dealt with, and no more", shoot.nora)
    await shoot.approved()
    await shoot.posted("X", X="https://x.com/harbour/1")
    await shoot.in_dm("report-answer", "And the answer, as soon as there is one for the public", shoot.nora)
    said = await shoot.nora.types("/crisis report Two customers in our shop show a burnt kettle", "#general")
    await shoot.answer("report-answered", "Reported once more: where the answer stands", shoot.nora, said)


async def that_ended_quietly(shoot: Shoot) -> None:
    await shoot.eva.types("/crisis report A newspaper asks about our chairman's holiday", "#general")
    await shoot.settled()
    await shoot.dana.presses("Declare crisis", in_channel=WATCH)
    await shoot.dana.submits({"What happened?": "A question about a holiday"})
    said = await shoot.dana.modal()
    if said is not None and said.submit == "Declare another":
        await shoot.dana.submits()
    await shoot.settled()
    await shoot.dana.reload()
    await shoot.priya.types("/crisis resolve", "#crisis-2")
    await shoot.priya.submits()
    await shoot.settled()
    await shoot.in_dm("report-over", "Over, and no public answer was needed", shoot.eva)

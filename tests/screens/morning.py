"""Second thoughts on the morning after: a false alarm that was none, two crises that are one, a press too late."""

from tests.screens.shoot import Shoot
from tests.stories.test_sunday import CHANNEL


async def told(shoot: Shoot) -> None:
    """06:30 to 07:00."""
    await shoot.stage.workspace.set(pace=False)
    await a_false_alarm(shoot)
    await two_are_one(shoot)
    await too_late(shoot)
    await the_lead_cannot(shoot)


async def a_false_alarm(shoot: Shoot) -> None:
    shoot.chapter("Second thoughts")
    await shoot.declared("Our shop shows prices of 0 euros")
    said = await shoot.leo.presses("I'm on it", on=await shoot.dm(shoot.leo))
    await shoot.answer("on-it", "What `I'm on it` says", shoot.leo, said)
    await shoot.settled()
    await shoot.in_dm("called-here", "And the DM afterwards", shoot.leo)
    said = await shoot.sam.presses("Can't: send my stand-in", on=await shoot.dm(shoot.sam))
    await shoot.answer("cannot", "What `Can't: send my stand-in` says", shoot.sam, said)
    await shoot.settled()
    await shoot.in_dm("called-cannot", "And the DM afterwards", shoot.sam)
    await shoot.in_dm(
        "stands-in", "Nobody stands in for Sam, so the lead hears that it is hers", shoot.priya, "stand in"
    )
    brief = await shoot.brief()
    await shoot.dana.chooses("More", "False alarm", on=brief)
    await shoot.dana.fills({"What was it?": "a test of our own shop"})
    await shoot.modal("false-alarm", "A false alarm says whom it stands down, before it does", shoot.dana)
    await shoot.dana.submits()
    await shoot.form("false-alarm-done", "And what it did", shoot.dana)
    await shoot.settled()
    await shoot.message("false-alarm-brief", "The brief, afterwards", shoot.dana, await shoot.brief())
    await shoot.in_dm("false-alarm-dm", "One message each", shoot.leo)
    await shoot.in_dm("called-over", "The DM that called somebody, once it is over", shoot.priya, "Crisis 1 (")
    put_away = (await shoot.dana.reads(CHANNEL))[1]
    await shoot.message("put-away", "Its text is put away", shoot.dana, put_away)
    await shoot.priya.types("/crisis reopen", CHANNEL)
    await shoot.settled()
    await shoot.in_dm(
        "back", "It was one after all: everybody who was stood down is called back", shoot.leo, "is back:"
    )
    contained = await shoot.priya.chooses("More", "Contain: it no longer spreads", on=await shoot.brief())
    await shoot.answer("contained-answer", "Contained", shoot.priya, contained)
    await shoot.settled()
    await shoot.message("contained", "The brief of a crisis that no longer spreads", shoot.priya, await shoot.brief())


async def two_are_one(shoot: Shoot) -> None:
    await shoot.declared("Parcels three weeks late, no replies", situation="Late or failed delivery")
    await shoot.declared(
        "Parcels are late in the north, too", situation="Late or failed delivery", similar="similar-form"
    )
    await shoot.dana.types("/invite @nora", "#crisis-3")
    await shoot.settled()
    await shoot.priya.types("/crisis merge", "#crisis-2")
    await shoot.form("merge-pick", "Which two crises are the same one?", shoot.priya)
    await shoot.priya.types("/crisis merge 2 3", "#general")
    await shoot.modal("merge", "Two crises that are one: which goes on?", shoot.priya)
    await shoot.priya.submits({"Which one goes on?": "Crisis 2: Parcels three weeks late, no replies"})
    await shoot.form("merge-done", "What came along", shoot.priya)
    await shoot.settled()
    closed = (await shoot.priya.reads("#crisis-3"))[0]
    await shoot.message("merged", "The one that ended points to the one that goes on", shoot.priya, closed)
    goes_on = (await shoot.priya.reads("#crisis-2"))[0]
    await shoot.message(
        "goes-on-here", "The one that goes on names the other by its number alone", shoot.priya, goes_on
    )
    await shoot.in_dm("came-over", "Whoever was only in the other one is told where to go on", shoot.nora)


async def too_late(shoot: Shoot) -> None:
    called = await shoot.dm(shoot.leo, "Crisis 2")
    await shoot.priya.types("/crisis resolve", "#crisis-2")
    await shoot.priya.submits()
    await shoot.priya.closes()
    await shoot.priya.types("/crisis close", "#crisis-2")
    form = await shoot.priya.modal()
    if form is not None:
        await shoot.priya.submits(dict.fromkeys(form.labels, "Told to each of them by mail"))
        await shoot.priya.closes()
    await shoot.settled()
    late = await shoot.leo.presses("I'm on it", on=called)
    await shoot.answer("closed-late", "A press on a crisis that is closed by now", shoot.leo, late)
    await shoot.message("brief-closed", "The brief of a closed crisis", shoot.priya, await shoot.brief("#crisis-2"))
    said = await shoot.priya.types("/crisis status 2", "#general")
    await shoot.answer("status-closed", "What is on record of it", shoot.priya, said)


async def the_lead_cannot(shoot: Shoot) -> None:
    await shoot.declared("A lorry of ours lost its load")
    await shoot.dana.types("/invite @tom", "#crisis-4")
    await shoot.settled()
    await shoot.priya.presses("Can't: send my stand-in", on=await shoot.dm(shoot.priya, "Crisis 4"))
    await shoot.settled()
    await shoot.in_dm(
        "stands-in-leads", "Whoever stands in for the lead gets what waits in the same message", shoot.tom, "stand in"
    )

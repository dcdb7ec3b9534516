"""The morning after: a false alarm, two crises that are one, and the end of a shift."""

from tests.screens.camera import Camera
from tests.screens.shoot import Shoot
from tests.stage import Stage
from tests.stories.test_sunday import CHANNEL


async def told(stage: Stage, camera: Camera) -> None:
    """06:30 to 07:00."""
    shoot = Shoot(stage, camera)
    await stage.workspace.set(pace=False)
    await a_report(shoot)
    await a_false_alarm(shoot)
    await two_are_one(shoot)
    await the_end_of_a_shift(shoot)


async def a_report(shoot: Shoot) -> None:
    shoot.camera.chapter = "Reported by a colleague"
    await shoot.tom.types("A customer says that our new kettle caught fire, and she is filming", "#shops")
    seen = (await shoot.tom.reads("#shops"))[-1]
    await shoot.nora.shortcuts("Report to crisis team", on=seen)
    await shoot.nora.fills({"Anything we should know?": "She is in our shop in Leipzig"})
    await shoot.camera.modal("report", "What to do instead of replying", shoot.nora)
    await shoot.nora.submits()
    await shoot.form("report-thanks", "Thanks, and who decides by when", shoot.nora)
    await shoot.settled()
    [card] = await shoot.dana.reads("#crisis-watch")
    await shoot.camera.message("reported", "A report asks whoever is on duty", shoot.dana, card)
    await shoot.dana.presses("Not a crisis", on=card)
    await shoot.settled()
    await shoot.in_dm("report-outcome", "And later, what came of it", shoot.nora)


async def declared(shoot: Shoot, title: str) -> None:
    form = (await shoot.dana.types("/crisis declare")).modal
    assert form is not None
    critical = next(label for label in form.options["How bad"] if label.startswith("Critical"))
    said = await shoot.dana.submits({"What happened?": title, "How bad": critical})
    if said.modal and "Declare another" in (said.modal.submit or ""):
        await shoot.camera.modal("similar-form", "Something like it is open already, asked in the form", shoot.dana)
        await shoot.dana.submits()
    await shoot.settled()
    await shoot.dana.reload()


async def a_false_alarm(shoot: Shoot) -> None:
    shoot.camera.chapter = "Second thoughts"
    await declared(shoot, "Our shop shows prices of 0 euros")
    brief = (await shoot.dana.reads(CHANNEL))[0]
    await shoot.dana.chooses("More", "False alarm", on=brief)
    await shoot.dana.fills({"What was it?": "a test of our own shop"})
    await shoot.camera.modal("false-alarm", "A false alarm says whom it stands down, before it does", shoot.dana)
    await shoot.dana.submits()
    await shoot.form("false-alarm-done", "And what it did", shoot.dana)
    await shoot.settled()
    await shoot.camera.message(
        "false-alarm-brief", "The brief, afterwards", shoot.dana, (await shoot.dana.reads(CHANNEL))[0]
    )
    await shoot.in_dm("false-alarm-dm", "One message each", shoot.sam)


async def two_are_one(shoot: Shoot) -> None:
    await declared(shoot, "Parcels three weeks late, no replies")
    await declared(shoot, "Parcels are late in the north, too")
    await shoot.priya.types("/crisis merge 2 3", "#general")
    await shoot.camera.modal("merge", "Two crises that are one: which goes on?", shoot.priya)
    await shoot.priya.submits()
    await shoot.form("merge-done", "What came along", shoot.priya)
    await shoot.settled()
    await shoot.camera.message(
        "merged",
        "The one that ended points to the one that goes on",
        shoot.priya,
        (await shoot.priya.reads("#crisis-3"))[0],
    )


async def the_end_of_a_shift(shoot: Shoot) -> None:
    await shoot.at("07:00")
    await shoot.priya.types("/crisis handover @tom", "#crisis-2")
    await shoot.priya.fills({"What would you do next?": "Call logistics at eight, then the update."})
    await shoot.camera.modal("handover", "The end of a shift", shoot.priya)
    await shoot.priya.submits()
    await shoot.form("handover-asked", "Nothing moves until it is taken", shoot.priya)
    await shoot.settled()
    await shoot.in_dm("handover-brief", "A private brief, written from what is known", shoot.tom)
    await shoot.tom.presses("I have it", on=await shoot.last_dm(shoot.tom))
    await shoot.settled()
    await shoot.in_dm("handover-taken", "Tom has it", shoot.tom)
    await shoot.in_dm("handover-thanks", "Priya is thanked, and hears nothing more", shoot.priya)

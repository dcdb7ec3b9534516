"""Where something is missing: a role nobody fills, a duty list of nobody, a channel or files that Slack refuses."""

from bot.plan import Plan
from tests.screens.shoot import Shoot
from tests.stage import a_plan
from tests.stories.test_signals import MORE, POST

WATCH = "#crisis-watch"


def plan() -> Plan:
    """Nobody answers for Legal, Nora is first on a duty list that names somebody who is not here."""
    harbour = a_plan(MORE)
    nobody = harbour.roles["legal"].model_copy(update={"people": ("ghost@harbour.example",), "stand_ins": ()})
    duty = ("nora@harbour.example", "role:legal", "gone@harbour.example", "tom@harbour.example", "role:lead")
    return harbour.model_copy(update={"roles": {**harbour.roles, "legal": nobody}, "duty": duty})


async def told(shoot: Shoot) -> None:
    """What people read when not everything is there."""
    await shoot.stage.workspace.set(pace=False)
    await nobody_decides(shoot)
    await by_itself(shoot)
    await a_gap(shoot)
    await beside_it(shoot)
    await refused(shoot)
    await off_duty(shoot)
    await many(shoot)


async def nobody_decides(shoot: Shoot) -> None:
    shoot.chapter("Where something is missing")
    await shoot.stage.hook("mentions", {**POST, "external_id": "p1"})
    await shoot.settled()
    await shoot.in_dm(
        "unfilled", "The plan's duty list names somebody who is not here: the lead hears it once", shoot.priya
    )
    for clock in ("23:09", "23:20", "23:31"):
        await shoot.at(clock)
    [card] = await shoot.dana.reads(WATCH)
    await shoot.message("nobody-decided", "Nobody has decided, and nobody is left to ask", shoot.dana, card)
    await shoot.stage.hook("mentions", {**POST, "external_id": "p1", "status": "resolved"})
    await shoot.settled()
    await shoot.message("recovered", "The source says that it is over", shoot.dana, card)
    await shoot.tom.presses("Not a crisis", on=card)
    await shoot.settled()


async def by_itself(shoot: Shoot) -> None:
    await shoot.stage.hook("mentions", {**POST, "external_id": "o1", "text": "Outage! Nothing works."})
    await shoot.settled()
    await shoot.in_dm("raised", "The plan opened a crisis by itself: whoever is on duty hears of it", shoot.nora)


async def a_gap(shoot: Shoot) -> None:
    await shoot.in_dm("gap", "Nobody answers for Legal: the lead hears it with the call", shoot.priya, "Nobody answers")
    await shoot.message(
        "gap-brief",
        "And the brief shows who decides in their place",
        shoot.priya,
        (await shoot.priya.reads("#crisis-1"))[0],
    )


async def beside_it(shoot: Shoot) -> None:
    await shoot.declared("The web shop shows an error", by=shoot.nora, severity="Low", situation="Service outage")
    await shoot.in_dm(
        "may-be-same", "The lead of a private crisis hears of one that may be the same", shoot.priya, "may be the same"
    )
    await shoot.message(
        "brief-low",
        "Low: what is promised lies days ahead, so its times name the day",
        shoot.priya,
        (await shoot.priya.reads("#crisis-2"))[0],
    )


async def refused(shoot: Shoot) -> None:
    await shoot.stage.workspace.fault("conversations.create", "restricted_action")
    await shoot.dana.types("/crisis declare A rude reply from our account")
    asked = [line for line in await shoot.dana.reads("#general") if "Declare another" in line.buttons]
    if asked:
        await shoot.dana.presses("Declare another", on=asked[-1])
    await shoot.settled()
    await shoot.in_dm(
        "no-channel", "Slack refuses the channel: whoever declared it is told what to do", shoot.dana, "has no channel"
    )
    await shoot.stage.workspace.fault("files.getUploadURLExternal", "missing_scope")
    await shoot.priya.types("/crisis export 1", "#general")
    await shoot.settled()
    await shoot.in_dm("no-export", "Slack refuses the files: who can mend it", shoot.priya, "refuses the files")


async def off_duty(shoot: Shoot) -> None:
    await shoot.tom.home()
    await shoot.settled()
    await shoot.tom.presses("I'm off duty", on=await shoot.tom.home(opens=False))
    await shoot.settled()
    await shoot.camera.home("home-off-duty", "Off duty, and who is asked first instead", shoot.tom)


async def many(shoot: Shoot) -> None:
    for number in range(9):
        await shoot.eva.types(f"/crisis declare Question {number + 1} of the press")
        asked = [line for line in await shoot.eva.reads("#general") if "Declare another" in line.buttons]
        if asked:
            await shoot.eva.presses("Declare another", on=asked[-1])
        await shoot.settled()
    await shoot.priya.home()
    await shoot.settled()
    await shoot.priya.presses("Show more", on=await shoot.priya.home(opens=False))
    await shoot.settled()
    await shoot.camera.home("home-second-page", "A long list has pages", shoot.priya)
    said = await shoot.priya.types("/crisis list", "#general")
    await shoot.answer("list-long", "A dozen open crises", shoot.priya, said)

"""The end of a shift: asked, reminded, declined, left lying, taken."""

from tests.screens.shoot import Shoot
from tests.stories.test_sunday import CHANNEL

NEXT = "Call logistics at eight, then the update."


async def told(shoot: Shoot) -> None:
    """06:50 to a little after half past seven."""
    shoot.chapter("The end of a shift")
    await shoot.declared("Parcels three weeks late, no replies", situation="Late or failed delivery")
    await shoot.approved()
    await shoot.dana.types("/crisis promise call the carrier in 3 hours", CHANNEL)
    await to_whom(shoot)
    await somebody_cannot(shoot)
    await nobody_answers(shoot)
    await taken(shoot)


async def to_whom(shoot: Shoot) -> None:
    await shoot.at("07:00")
    await shoot.priya.types("/crisis handover tomas", CHANNEL)
    await shoot.form("handover-unclear", "A name that nobody has: the form asks", shoot.priya)
    await shoot.priya.types("/crisis handover", CHANNEL)
    await shoot.priya.submits({"To whom?": shoot.priya.id})
    await shoot.form("handover-error", "What is wrong stands at its field", shoot.priya)


async def somebody_cannot(shoot: Shoot) -> None:
    await shoot.leo.types("/crisis handover @eva", CHANNEL)
    await shoot.leo.submits({"What would you do next?": "Ask the insurer"})
    await shoot.leo.closes()
    await shoot.settled()
    asked = await shoot.dm(shoot.eva)
    await shoot.eva.presses("Can't: send my stand-in", on=asked)
    await shoot.settled()
    await shoot.message(
        "handover-cannot", "Whoever can't has said so, and keeps nothing of it", shoot.eva, await shoot.dm(shoot.eva)
    )
    await shoot.in_dm(
        "handover-declined", "The giver hears who can't, and who is asked instead", shoot.leo, "can't take over"
    )


async def nobody_answers(shoot: Shoot) -> None:
    await shoot.dana.types("/crisis handover @tom", CHANNEL)
    await shoot.dana.fills({"What would you do next?": NEXT})
    await shoot.modal("handover", "The end of a shift", shoot.dana)
    await shoot.dana.submits()
    await shoot.form("handover-asked", "Nothing moves until it is taken", shoot.dana)
    await shoot.settled()
    await shoot.in_dm("handover-brief", "A private brief, written from what is known", shoot.tom)
    await shoot.home("home-relieve", "The same in App Home", shoot.tom)
    await shoot.home("home-untaken", "Whoever waits sees for whom", shoot.dana)
    await shoot.at("07:11")
    await shoot.in_dm("handover-reminder", "Ten minutes later: one reminder", shoot.tom, "has waited since")
    for clock in ("07:21", "07:31"):
        await shoot.at(clock)
    await shoot.in_dm("handover-untaken", "Nobody has taken over, so the lead hears of it", shoot.priya, "hasn't taken")
    untaken = await shoot.dm(shoot.priya, "hasn't taken")
    await shoot.priya.presses("Ask somebody else", on=untaken)
    await shoot.modal("handover-instead", "To whom else: the lead asks, whoever's shift it is", shoot.priya)
    await shoot.priya.submits({"To whom?": shoot.tom.id})
    await shoot.form("handover-instead-asked", "And what follows from it", shoot.priya)
    await shoot.settled()
    now = next(dm for dm in await shoot.priya.dms() if dm.ts == untaken.ts)
    await shoot.message("handover-seen-to", "What she was told has become what she did about it", shoot.priya, now)


async def taken(shoot: Shoot) -> None:
    brief = await shoot.dm(shoot.tom, "asks you to take over")
    said = await shoot.tom.presses("I have it", on=brief)
    await shoot.answer("handover-press", "What the press says", shoot.tom, said)
    await shoot.settled()
    has_it = next(dm for dm in await shoot.tom.dms() if dm.ts == brief.ts)
    await shoot.message("handover-taken", "Tom has it: what waits for him now, with its buttons", shoot.tom, has_it)
    await shoot.in_dm("handover-thanks", "Dana is thanked, and hears nothing more", shoot.dana)
    await shoot.in_dm("handover-settled", "And the lead sees that it is settled", shoot.priya, "has taken over")

"""What was promised: added, handed over, kept late, moved in public, owed by several reminders at once."""

from tests.screens.shoot import Shoot
from tests.stories.test_sunday import CHANNEL


async def told(shoot: Shoot) -> None:
    """An evening on which the first word is late."""
    shoot.chapter("Promises change hands")
    await shoot.declared("Parcels three weeks late, no replies", situation="Late or failed delivery")
    await added(shoot)
    await handed_over(shoot)
    await kept_late(shoot)
    await two_at_once(shoot)
    await moved_in_public(shoot)


async def added(shoot: Shoot) -> None:
    said = await shoot.sam.types("/crisis promise call the carrier in 2 hours", CHANNEL)
    await shoot.answer("promise-added", "A promise, in words, with a time", shoot.sam, said)
    said = await shoot.sam.types("/crisis promise soon", CHANNEL)
    await shoot.answer("promise-no-time", "A time that is none", shoot.sam, said)


async def handed_over(shoot: Shoot) -> None:
    await shoot.at("23:10")
    near = await shoot.dm(shoot.priya, "promised for")
    await shoot.message(
        "near-first-word", "Near its time: the first word, which nobody has posted yet", shoot.priya, near
    )
    await shoot.priya.presses("Hand over", on=near)
    await shoot.priya.submits({"To whom?": shoot.nora.id})
    await shoot.form("promise-offered", "It counts once the other takes it", shoot.priya)
    await shoot.settled()
    await shoot.in_dm("take-it", "Somebody is asked to take a promise over", shoot.nora)
    await shoot.home("home-take", "The same in App Home", shoot.nora)
    await shoot.in_dm(
        "near-offered", "Until then it stays with its owner, who can see so", shoot.priya, "Offered to Nora"
    )
    await shoot.priya.presses("Hand over", on=await shoot.dm(shoot.priya, "Offered to Nora"))
    await shoot.priya.submits({"To whom?": shoot.tom.id})
    await shoot.priya.closes()
    await shoot.settled()
    await shoot.in_dm("take-it-gone", "Offered to somebody else instead: nothing of it is left", shoot.nora)
    said = await shoot.tom.presses("Take it", on=await shoot.dm(shoot.tom, "take this over"))
    await shoot.answer("taken-answer", "What a press on `Take it` says", shoot.tom, said)
    await shoot.settled()
    await shoot.in_dm("taken", "And it is his, with everything he can do about it", shoot.tom, "First public word")
    await shoot.in_dm("near-taken", "Whose it was sees whose it is", shoot.priya, "It is Tom's")


async def kept_late(shoot: Shoot) -> None:
    await shoot.at("23:14")
    await shoot.in_channel("first-word-broken", "Broken: said openly in the channel", "First public word: broken")
    await shoot.in_dm("broken-owner", "Its owner hears it first", shoot.tom, "broken at")
    await shoot.approved()
    await shoot.posted()
    await shoot.in_channel("kept-late-line", "Kept, late: the same line says so", "First public word, promised for")
    await shoot.in_dm("kept-late", "And so does the reminder; there is nothing left to press", shoot.tom, "late")


async def two_at_once(shoot: Shoot) -> None:
    await shoot.at("23:20")
    await shoot.priya.types("/crisis promise call the shops 23:59", CHANNEL)
    for clock in ("23:35", "23:47", "23:52"):
        await shoot.at(clock)
    both = await shoot.dm(shoot.priya, "Call the shops promised for")
    await shoot.message("two-promises", "Two promises within ten minutes are one message", shoot.priya, both)
    await shoot.home("home-two-owed", "Half the time gone: how much is left", shoot.priya)
    said = await shoot.priya.chooses("More", "Snooze", on=both)
    await shoot.answer("snoozed", "Asked again in five minutes, once", shoot.priya, said)
    await shoot.priya.presses("Done: call the shops", on=both)
    await shoot.priya.submits({"How was it kept?": "Told all of them by phone"})
    await shoot.form("done-answer", "On the record as kept", shoot.priya)
    await shoot.settled()
    await shoot.in_dm("two-one-kept", "One of the two is kept", shoot.priya, "Told all of them by phone")


async def moved_in_public(shoot: Shoot) -> None:
    reminder = await shoot.dm(shoot.tom, "Update for the public promised for")
    await shoot.message("near-update", "Said in public, and near its time", shoot.tom, reminder)
    await shoot.tom.presses("Extend", on=reminder)
    await shoot.tom.submits()
    await shoot.form("extend-public", "What was said in public moves when the public is told", shoot.tom)
    await shoot.settled()
    said = await shoot.priya.types("/crisis promises", CHANNEL)
    await shoot.answer("promises-late", "All that is owed, soonest first", shoot.priya, said)
    said = await shoot.priya.types("/crisis team", CHANNEL)
    await shoot.answer("team-late", "Who is here after an hour", shoot.priya, said)

"""A text in many hands: refused, changed while somebody reads it, sent back, worded anew, written by hand."""

from bot.practice.driver import Message
from tests.screens.shoot import Shoot
from tests.stories.test_sunday import CHANNEL

WISHED = "We are very sorry for the wait. You hear from us again here by 23:59 CET."
NO_TIME: dict[str, object] = {"No time": ["It names no time, on purpose"]}


async def told(shoot: Shoot) -> None:
    """One crisis, whose texts meet everything that can happen to one."""
    await shoot.declared("Parcels three weeks late, no replies", situation="Late or failed delivery")
    await whose_yes_it_needs(shoot)
    await changed_meanwhile(shoot)
    await a_second_person(shoot)
    await sent_back(shoot)
    await another_wording(shoot)
    await posted_by_and_by(shoot)
    await by_hand(shoot)
    await pushed_up(shoot)


async def words(shoot: Shoot) -> Message:
    return await shoot.sunday.card("First public word")


async def note_in(shoot: Shoot, card: Message, words: str) -> Message:
    """A line in the thread of a card."""
    lines = [line for line in await shoot.dana.reads(CHANNEL) if line.thread_ts == card.ts]
    found = [line for line in lines if words in line.shown]
    assert found, f"No line says {words!r}, only: {[line.shown for line in lines]}"
    return found[-1]


async def whose_yes_it_needs(shoot: Shoot) -> None:
    shoot.chapter("A text in many hands")
    said = await shoot.sam.presses("Approve", on=await words(shoot))
    await shoot.answer("not-yours", "Somebody whose yes it does not need hears whose it does", shoot.sam, said)


async def changed_meanwhile(shoot: Shoot) -> None:
    await shoot.priya.presses("Read the text", in_channel="dm")
    await shoot.edits(shoot.leo, await words(shoot), "parcels", "some parcels")
    await shoot.leo.closes()
    await shoot.priya.submits()
    await shoot.form("text-changed", "A yes to words that were changed meanwhile is none, and says so", shoot.priya)
    await shoot.settled()
    await shoot.leo.presses("Edit", on=await words(shoot))
    form = (await shoot.sam.presses("Edit", on=await words(shoot))).modal
    assert form is not None
    label = next(label for label in form.labels if label.startswith("Text"))
    body = str(form.values[label])
    await shoot.leo.submits({label: body.replace("sorry", "very sorry")})
    await shoot.leo.closes()
    await shoot.sam.submits({label: body.replace("some parcels", "parcels of yours")})
    await shoot.modal("edit-newer", "Two who edit at once lose nothing", shoot.sam)
    await shoot.sam.submits()
    await shoot.sam.closes()
    await shoot.settled()


async def a_second_person(shoot: Shoot) -> None:
    await shoot.priya.presses("Edit", on=await words(shoot))
    form = await shoot.priya.modal()
    assert form is not None
    label = next(label for label in form.labels if label.startswith("Text"))
    body = str(form.values[label])
    await shoot.priya.submits({label: "We are sorry."})
    await shoot.modal("edit-error", "A promise that the text does not make stands at the field", shoot.priya)
    await shoot.priya.submits({label: body + " Dear [name], write to https://parcels.example"})
    await shoot.priya.closes()
    await shoot.settled()
    await shoot.message(
        "blocked", "What the checks found comes first; nobody can approve it", shoot.priya, await words(shoot)
    )
    await shoot.priya.presses("Edit", on=await words(shoot))
    await shoot.priya.submits({label: body.replace("very sorry", "sorry")})
    await shoot.priya.closes()
    await shoot.settled()
    await shoot.message("second-person", "Whoever edited last is never the only yes", shoot.priya, await words(shoot))
    await shoot.in_dm("second-asked", "So a second person is asked, and hears why", shoot.tom)


async def sent_back(shoot: Shoot) -> None:
    await shoot.priya.presses("Reject", on=await words(shoot))
    await shoot.priya.submits({"What should change, and why?": "Not all parcels are late. Please say some."})
    await shoot.priya.closes()
    await shoot.settled()
    await shoot.message("sent-back", "Sent back, with the reason", shoot.dana, await words(shoot))
    await shoot.in_dm("asked-sent-back", "Whoever was asked sees that it is settled", shoot.tom)
    await shoot.edits(shoot.dana, await words(shoot), "parcels of yours", "some of your parcels")
    await shoot.dana.closes()
    await shoot.settled()


async def another_wording(shoot: Shoot) -> None:
    shoot.model.text = WISHED
    await shoot.leo.presses("Redraft", on=await words(shoot))
    await shoot.leo.submits({"What should be different?": "Warmer, please"})
    await shoot.leo.closes()
    await shoot.leo.sees("The wording you asked for is ready", CHANNEL)
    await shoot.settled()
    await shoot.priya.presses("Compare", on=await words(shoot))
    await shoot.form("compare-wish", "The wording somebody wished for, beside the current one", shoot.priya)
    await shoot.priya.presses("Compare", on=await words(shoot))
    await shoot.priya.submits()
    await shoot.form("wording-used", "It has taken the other one's place, and needs its own yes", shoot.priya)
    await shoot.settled()
    shoot.model.behaviour = "401"
    await shoot.leo.presses("Redraft", on=await words(shoot))
    await shoot.leo.submits({"What should be different?": "Shorter"})
    await shoot.form("redraft-asked", "What follows from a wish", shoot.leo)
    await shoot.leo.sees("gave no usable wording", CHANNEL)
    await shoot.settled()
    card = await words(shoot)
    await shoot.camera.screen(
        "thread-of-a-text",
        "Its thread: changed, sent back, wished for, used, and the model away",
        shoot.leo,
        CHANNEL,
        thread=card.ts,
    )
    for note, caption in (
        ("changed it (version 3)", "In the thread: what was changed, in words"),
        ("sends it back", "In the thread: what is wanted, told to whoever wanted the text"),
        ("asked for another wording", "In the thread: a wish"),
        ("is ready: press", "In the thread: the wording somebody wished for"),
        ("took the other wording", "In the thread: it was taken"),
        ("gave no usable wording", "In the thread: the model is away, and editing always works"),
    ):
        line = await note_in(shoot, card, note)
        name = "note-" + note.partition(" ")[0]
        await shoot.message(name, caption, shoot.dana, line, thread=True)
    await shoot.priya.chooses("More", "History", on=card)
    await shoot.form("history-long", "A text's whole past", shoot.priya)


async def posted_by_and_by(shoot: Shoot) -> None:
    approvable = await words(shoot)
    await shoot.priya.presses("Approve", on=approvable)
    await shoot.settled()
    await shoot.posted("X")
    await shoot.in_channel("posted-partly", "Ticked on X, not yet on Instagram", "First public word")
    await shoot.dana.presses("Mark as published", on=await words(shoot))
    await shoot.dana.submits({"Posted on": ["Instagram"]})
    await shoot.dana.closes()
    await shoot.settled()
    await shoot.in_channel("words-posted", "Posted: the card has shrunk to a line", "First public word")
    await shoot.dana.chooses("More", "Add a link", on=await words(shoot))
    await shoot.form("add-link", "The link may follow later", shoot.dana)
    late = await shoot.priya.presses("Approve", on=approvable)
    await shoot.answer("approve-late", "A press that comes too late says what became of it", shoot.priya, late)


async def by_hand(shoot: Shoot) -> None:
    shoot.chapter("Written by hand")
    said = await shoot.dana.types("/crisis draft apologie", CHANNEL)
    await shoot.answer("draft-mistyped", "A kind of text that was mistyped", shoot.dana, said)
    await shoot.dana.types("/crisis draft apology", CHANNEL)
    await shoot.settled()
    await shoot.in_channel("apology", "An apology, ready to read", "Apology")
    await shoot.leo.presses("Edit", on=await shoot.sunday.card("Apology"))
    await shoot.form("edit-apology", "Whether it takes responsibility is ticked by somebody", shoot.leo)
    await shoot.priya.types("/crisis update We have found the lorry in Leipzig and unload it tonight.", CHANNEL)
    await shoot.modal("write", "An update in somebody's own words: when does the next word come?", shoot.priya)
    await shoot.priya.submits(NO_TIME)
    await shoot.form("write-asked", "What follows from it", shoot.priya)
    await shoot.settled()
    await shoot.in_channel("update", "Whose words they are, and whose yes is missing", "Update")


async def pushed_up(shoot: Shoot) -> None:
    card = await shoot.sunday.card("Apology")
    for number in range(22):
        await shoot.sam.types(f"Shop {number + 1} has called, too.", CHANNEL)
    await shoot.stage.later(11)
    moved = next(line for line in await shoot.dana.reads(CHANNEL) if line.ts == card.ts)
    await shoot.message("moved-down", "A card that talk has pushed up leaves a line where it stood", shoot.dana, moved)

"""The storyboard's Sunday, walked through once for its pictures: every screen in the order in which people see it."""

from tests.screens.commands import asked_by_command, kept_on_record
from tests.screens.shoot import Shoot
from tests.stories.test_sunday import CHANNEL, TITLE, WATCH, fourteen_posts


async def told(shoot: Shoot) -> None:
    """From the first post to the end of the crisis."""
    shoot.model.behaviour = "held"  # the first minute does not wait for it
    await a_question(shoot)
    await declared(shoot)
    await opened(shoot)
    await the_first_word(shoot)
    await what_is_owed(shoot)
    await the_statement(shoot)
    await a_promise(shoot)
    await asked_by_command(shoot)
    await kept_on_record(shoot)
    await over(shoot)
    await behind_the_scenes(shoot)


async def a_question(shoot: Shoot) -> None:
    shoot.chapter("Is it a crisis?")
    await fourteen_posts(shoot.sunday)
    [card] = await shoot.dana.reads(WATCH)
    await shoot.camera.message("watch-card", "Fourteen posts are one card, and it asks one person", shoot.dana, card)
    await shoot.in_dm("watch-dm", "The same question as a DM: pressing either settles both", shoot.dana)
    await shoot.home("home-on-duty", "App Home of whoever is on duty: the question waits there, too", shoot.dana)
    await shoot.camera.screen("watch-channel", "The channel where it all begins", shoot.dana, WATCH)


async def declared(shoot: Shoot) -> None:
    shoot.chapter("Declaring")
    [card] = await shoot.dana.reads(WATCH)
    await shoot.dana.presses("Declare crisis", on=card)
    await shoot.camera.modal("declare-form", "One screen, filled in; only the first line is required", shoot.dana)
    await shoot.dana.submits({"What happened?": "  "})
    await shoot.camera.modal(
        "declare-error", "What is wrong stands at its field, and nothing typed is lost", shoot.dana
    )
    await shoot.dana.submits({"What happened?": TITLE})
    await shoot.stage.workspace.settle()  # the bot itself still waits for the model
    await shoot.form("declare-opened", "The form itself turns into the news", shoot.dana)
    card = (await shoot.dana.reads(WATCH))[0]
    await shoot.camera.message("watch-settled", "The question becomes a sentence: who, when", shoot.dana, card)
    headline = (await shoot.dana.reads(WATCH))[1]
    await shoot.camera.message("headline", "Of a private crisis: its number, its state, its lead", shoot.dana, headline)


async def opened(shoot: Shoot) -> None:
    shoot.chapter("The first minute")
    await shoot.camera.screen(
        "channel", "Two messages at the opening: where we are, and what to read", shoot.priya, CHANNEL
    )
    await shoot.camera.message(
        "brief", "The brief: pinned, and edited in place for ever after", shoot.priya, await shoot.sunday.brief()
    )
    await shoot.in_channel("words-card", "One text, not three", "First public word")
    await shoot.in_dm("called", "The DM to the lead: one first thing", shoot.priya)
    await shoot.in_dm("called-role", "The DM to somebody who answers for a role", shoot.sam)
    shoot.model.released.set()
    await shoot.dana.sees("Another wording is ready", CHANNEL)
    await shoot.settled()
    await shoot.in_channel("words-compare-line", "Another wording came; it replaces nothing", "First public word")
    await shoot.home("home-asked", "App Home of the lead: what is asked of her, and what she owes", shoot.priya)
    await shoot.home("home-waiting", "Whoever waits for others sees for whom, and until when", shoot.dana)
    await shoot.home("home-outside", "App Home of somebody outside: not even a number", shoot.nora)
    await shoot.priya.presses("Compare", on=await shoot.sunday.card("First public word"))
    await shoot.form("compare", "Both wordings side by side, with their differences in words", shoot.priya)


async def the_first_word(shoot: Shoot) -> None:
    shoot.chapter("The first public word")
    await shoot.at("23:01")
    called = (await shoot.priya.dms())[-1]
    await shoot.camera.screen("called-phone", "Priya's phone, 23:01", shoot.priya, "#dm")
    await shoot.priya.presses("Read the text", on=called)
    await shoot.camera.modal("read", "One screen: the exact text, its promise, its checks, where it goes", shoot.priya)
    await shoot.priya.submits()
    await shoot.form("approved-answer", "After the second tap: what follows", shoot.priya)
    await shoot.settled()
    await shoot.in_channel("words-approved", "Approved, ready to copy", "Approved by Priya")
    ticket = await shoot.sunday.dm(shoot.dana, "Approved. Please post")
    await shoot.camera.message("post-it", "Dana is asked to post it", shoot.dana, ticket)
    await shoot.at("23:04")
    form = (await shoot.dana.presses("Mark as published", on=ticket)).modal
    assert form is not None
    await shoot.dana.fills({"Posted on": form.options["Posted on"]})
    await shoot.camera.modal("post-form", "A tick and a link for each outlet", shoot.dana)
    await shoot.dana.submits()
    await shoot.form("post-answer", "And it is on the record", shoot.dana)
    await shoot.settled()
    await shoot.in_dm("posted", "What was asked becomes a sentence", shoot.dana, "posted on")
    await shoot.camera.message(
        "brief-out", "What is out, and what it promised; nobody typed it", shoot.dana, await shoot.sunday.brief()
    )
    [front] = await shoot.sam.reads("#call-centre")
    await shoot.camera.message(
        "front-line", "The same words where customers call, in the same minute", shoot.sam, front
    )


async def what_is_owed(shoot: Shoot) -> None:
    shoot.chapter("The first to complain")
    owed = await shoot.sunday.dm(shoot.sam, "First to complain")
    await shoot.camera.message("owed", "Sam owes the first to complain an answer", shoot.sam, owed)
    await shoot.home("home-owed", "The same promise in App Home", shoot.sam)
    await shoot.sam.presses("Read the text", on=owed)
    await shoot.form("read-reply", "A reply to a person always needs its own yes", shoot.sam)
    await shoot.sam.presses("Hand over", on=owed)
    await shoot.form("hand-over-promise", "Handing a promise over", shoot.sam)
    await shoot.sam.presses("Done", on=owed)
    await shoot.form("done", "What the bot can't see is told in one line", shoot.sam)


async def the_statement(shoot: Shoot) -> None:
    shoot.chapter("The statement, and Legal asleep")
    await shoot.at("23:09")
    await shoot.in_dm("stand-in-called", "Ten minutes of silence bring the stand-in, who hears why", shoot.ines)
    await shoot.at("23:10")
    await shoot.settled()
    await shoot.in_channel("statement", "Five minutes later: the statement, which needs PR and Legal", "Statement")
    await shoot.at("23:12")
    await shoot.priya.presses("Approve", on=await shoot.sunday.card("Statement"))
    await shoot.at("23:14")
    await shoot.settled()
    asked = await shoot.dm(shoot.ines)
    await shoot.ines.presses("Read the text", on=asked)
    form = (await shoot.ines.presses("Edit", on=await shoot.ines.modal())).modal
    assert form is not None
    await shoot.camera.modal("edit", "Her edit is her yes", shoot.ines)
    label = next(label for label in form.labels if label.startswith("Text"))
    await shoot.ines.submits(
        {label: str(form.values[label]).replace("We do not know yet", "We do not know for certain yet")}
    )
    await shoot.form("edit-saved", "What follows from an edit", shoot.ines)
    await shoot.settled()
    await shoot.in_dm(
        "asked-again", "Priya alone is asked again, with the difference in words", shoot.priya, "It was changed by Ines"
    )
    await shoot.in_dm(
        "asked-settled", "Leo, who was asked too, sees what became of it", shoot.leo, "that counts as the yes"
    )
    card = await shoot.sunday.card("Statement")
    await shoot.camera.message("thread", "Talk about a text belongs in its thread", shoot.dana, card)
    await shoot.camera.screen("thread-open", "The thread beside the channel", shoot.dana, CHANNEL, thread=card.ts)
    await shoot.priya.chooses("More", "History", on=card)
    await shoot.form("history", "Every version, with its differences, and who said yes or no", shoot.priya)
    await shoot.priya.chooses("More", "Where it comes from", on=card)
    await shoot.form("provenance", "Where the words come from", shoot.priya)
    await shoot.leo.presses("Redraft", on=card)
    await shoot.form("redraft", "A wish for another wording", shoot.leo)
    await shoot.leo.presses("Reject", on=card)
    await shoot.form("reject", "A no says what should change", shoot.leo)
    await shoot.at("23:16")
    again = await shoot.sunday.dm(shoot.priya, "It was changed by Ines")
    await shoot.sunday.reads_and_approves(shoot.priya, again)
    await shoot.in_channel("statement-approved", "Two named people said yes to exactly these words", "Approved by Ines")
    await shoot.at("23:26")
    await shoot.in_dm("unposted", "Approved words that nobody posted help no one", shoot.dana, "nobody has ticked it")
    await shoot.sunday.ticks(shoot.dana, await shoot.sunday.dm(shoot.dana, "nobody has ticked it"))


async def a_promise(shoot: Shoot) -> None:
    shoot.chapter("A promise, and its reminders")
    for clock in ("23:50", "00:30", "00:40", "00:45", "00:55"):
        await shoot.at(clock)
    near = await shoot.sunday.dm(shoot.priya, "promised for")
    await shoot.camera.message("reminder", "Near its time: one DM, to the owner only", shoot.priya, near)
    await shoot.priya.presses("Extend", on=near)
    await shoot.form("extend", "What was said in public is not moved in silence", shoot.priya)
    for clock in ("01:05", "01:10", "01:20", "01:30"):
        await shoot.at(clock)
    await shoot.in_channel(
        "broken", "A promise not kept is one line, with a text ready", "Update for the public: broken"
    )
    await shoot.in_dm(
        "gap-later", "Nobody has answered for a role: the lead hears it, once", shoot.priya, "nobody answers"
    )
    await shoot.in_dm("broken-executive", "The executive hears who was asked before", shoot.eva, "broken")


async def over(shoot: Shoot) -> None:
    shoot.chapter("The end")
    await shoot.priya.types("/crisis resolve", CHANNEL)
    await shoot.camera.modal("resolve", "What is still promised is shown before it is resolved", shoot.priya)
    await shoot.priya.submits()
    await shoot.settled()
    await shoot.priya.types("/crisis close", CHANNEL)
    await shoot.form("close", "What stays open needs a reason", shoot.priya)
    await shoot.camera.message("brief-resolved", "The brief, resolved", shoot.priya, await shoot.sunday.brief())
    await shoot.home("home-resolved", "Resolved: what was promised in public is still owed", shoot.priya)


async def behind_the_scenes(shoot: Shoot) -> None:
    shoot.chapter("The practice workspace")
    await shoot.camera.screen(
        "behind", "What went over the wire, and how fast it was answered", shoot.dana, CHANNEL, behind="1"
    )
    await shoot.camera.screen("try", "Things to try", shoot.dana, CHANNEL, **{"try": "1"})
    await shoot.camera.screen("handset", "As a phone shows it", shoot.priya, "#dm", phone="1")

"""A shop employee sees something: whom she tells, what she hears, and what she never gets to see."""

from bot.core.report import Reported
from bot.models import UserId
from bot.practice.driver import Message, Outcome, Person
from tests.stage import Stage

WATCH = "#crisis-watch"
MENU = "Report to crisis team"
FLAMES = "A customer says our new kettle caught fire, <!channel> and is *filming*"


async def said(stage: Stage, words: str = FLAMES, channel: str = "#shops") -> Message:
    """Tom writes something in his shops' channel, where Nora reads along."""
    await stage.tom.types(words, channel)
    return (await stage.tom.reads(channel))[-1]


async def reported(person: Person, message: Message, note: str = "") -> Outcome:
    form = (await person.shortcuts(MENU, on=message)).modal
    assert form is not None
    assert form.title == MENU
    return await person.submits({"Anything we should know?": note} if note else None)


async def cards(stage: Stage) -> list[Message]:
    return (await stage.workspace.channel(WATCH)).messages


async def posted(stage: Stage, link: str | None = None) -> None:
    """Priya approves the first public word, and Dana ticks X."""
    await stage.priya.presses("Approve", in_channel="#crisis-1")
    await stage.settle()
    await stage.dana.presses("Mark as published", in_channel="dm")
    modal = await stage.dana.modal()
    assert modal is not None
    outlets = next(label for label in modal.labels if modal.options.get(label))
    links = next(label for label in modal.labels if "X" in label and label != outlets)
    await stage.dana.submits({outlets: ["X"], **({links: link} if link else {})})
    await stage.settle()


async def test_nora_reports_and_hears_what_came_of_it_and_nothing_else(stage: Stage) -> None:
    message = await said(stage)
    form = (await stage.nora.shortcuts(MENU, on=message)).modal
    assert form is not None
    assert "our new kettle caught fire, <!channel> and is ∗filming∗" in form.text
    assert "Tom · #shops" in form.text
    assert "Please don't answer it yourself and don't delete it." in form.text
    thanks = await stage.nora.submits({"Anything we should know?": "She has <https://evil.example|a link>"})
    assert thanks.modal is not None
    assert "Thank you, Nora. Dana is on duty and decides by" in thanks.modal.text
    await stage.settle()

    (card,) = await cards(stage)
    (dm,) = await stage.dana.dms()
    for one in (card, dm):
        assert "Reported by Nora: one post since" in one.shown
        assert "our new kettle caught fire" in one.shown
        assert "Nora adds: She has <https://evil.example|a link>" in one.shown
        assert one.buttons == ["Declare crisis", "Not a crisis"]
        assert "<!channel>" not in str(one.blocks)
    assert len(await stage.dana.notifications()) == 1
    assert await stage.tom.notifications() == []

    form = (await stage.dana.presses("Declare crisis", on=dm)).modal
    assert form is not None
    await stage.dana.submits({"What happened?": "Kettles on fire in Leipzig"})
    await stage.settle()
    (told,) = await stage.nora.dms()
    assert "what you reported is being dealt with now" in told.shown
    assert "Please still don't answer it yourself." in told.shown
    assert len(await stage.nora.notifications()) == 1

    await posted(stage, "https://x.com/harbour/1")
    answer = (await stage.nora.dms())[-1]
    assert "The answer is out (first public word, since" in answer.shown
    assert "X (open post on x.com)" in answer.shown
    assert "Please point people there" in answer.shown
    assert len(await stage.nora.dms()) == len(await stage.nora.notifications()) == 2
    await stage.dana.types("/crisis resolve", "#crisis-1")
    await stage.later(1)
    assert len(await stage.nora.dms()) == 2, "she was told the answer; that it is over is no news for her"

    everything = await stage.nora.everything()
    for private in ("Leipzig", "crisis-1", "Something else"):
        assert private not in everything
    for dm in await stage.nora.dms():  # the public watch card gives the number; what she is told gives not even that
        assert "crisis 1" not in f"{dm.text} {dm.shown}".lower()
        assert "Dana" not in dm.shown
    assert [one for one in await stage.dana.dms() if "you reported" in one.shown] == []


async def test_two_report_the_same_message_and_both_hear_that_it_is_none(stage: Stage) -> None:
    message = await said(stage, "The coffee machine is broken")
    await reported(stage.nora, message)
    again = await reported(stage.nora, message)
    assert again.modal is not None
    assert "You reported this before, Nora." in again.modal.text
    await reported(stage.eva, message)
    await stage.settle()
    (card,) = await cards(stage)
    assert "Reported by Nora and Eva: one post since" in card.shown
    assert len(await stage.dana.notifications()) == 1
    await stage.dana.presses("Not a crisis", on=card)
    await stage.settle()
    for person, name in ((stage.nora, "Nora"), (stage.eva, "Eva")):
        (told,) = await person.dms()
        assert f"Thank you, {name}. Whoever is on duty looked at what you reported" in told.shown
        assert "You reported: The coffee machine is broken" in told.shown
    late = await reported(stage.sam, await said_again(stage))
    assert late.modal is not None
    assert "It was looked at before, and it doesn't need the crisis team." in late.modal.text
    assert len(await cards(stage)) == 1


async def said_again(stage: Stage) -> Message:
    return (await stage.tom.reads("#shops"))[-1]


async def test_words_of_a_rule_join_its_card_and_later_its_crisis_silently(stage: Stage) -> None:
    await stage.hook("mentions", {"text": "Where is my parcel?", "author": "jo", "channel": "X", "external_id": "1"})
    await stage.settle()
    hint = await stage.nora.types("/crisis report Three people in my shop wait for a parcel", "#general")
    assert "Thank you, Nora. Dana is on duty and decides by" in hint.said
    await stage.settle()
    (card,) = await cards(stage)
    assert "Late parcels: 2 posts like this" in card.shown
    assert "Reported by Nora" in card.shown
    assert len(await stage.dana.notifications()) == 1
    await stage.dana.presses("Declare crisis", on=card)
    await stage.dana.submits({"What happened?": "The drivers quit"})
    await stage.settle()
    pinged = len(await stage.dana.notifications())
    later = await stage.eva.types("/crisis report One more parcel", "#general")
    assert "Thank you, Eva. It is being looked at already." in later.said
    await stage.settle()
    assert len(await stage.dana.notifications()) == pinged
    assert "3 posts belong to it" in (await stage.dana.reads("#crisis-1"))[0].shown
    assert await stage.eva.dms() == []
    inside = await stage.sam.types("/crisis report My parcels again", "#general")
    assert "It belongs to Crisis 1: The drivers quit, declared by Dana." in inside.said
    await stage.dana.types("/crisis resolve", "#crisis-1")
    await stage.dana.submits()
    await stage.settle()
    assert "what you reported is over, and no public answer was needed" in (await stage.nora.dms())[-1].shown
    assert len(await stage.nora.dms()) == 2
    assert len(await stage.eva.dms()) == 1
    assert [one for one in await stage.sam.dms() if "reported" in one.shown] == []
    for outside, heard in ((stage.nora, hint.said), (stage.eva, later.said)):
        assert "drivers" not in await outside.everything()
        told = [heard, *(f"{dm.text} {dm.shown}" for dm in await outside.dms())]
        assert not [words for words in told if "crisis 1" in words.lower() or "declared" in words]


async def test_where_the_bot_is_not_and_without_a_message_it_works_too(stage: Stage) -> None:
    shops = stage.slack.state.channels["C0SHOPS"]
    shops.kind = "group"
    shops.members.remove("U0AMENDS")
    thanks = await reported(stage.tom, await said(stage, "Somebody is filming in our shop"))
    assert thanks.modal is not None
    assert "Thank you, Tom." in thanks.modal.text
    await stage.settle()
    (card,) = await cards(stage)
    assert "a private channel" in card.shown
    assert "#shops" not in card.shown
    form = (await stage.nora.types("/crisis report", "#general")).modal
    assert form is not None
    empty = await stage.nora.submits()
    assert not empty.ok
    sent = await stage.nora.submits({"What did you see or hear?": "A customer shouts about our prices"})
    assert sent.modal is not None
    assert "Thank you, Nora." in sent.modal.text
    await stage.settle()
    assert len(await cards(stage)) == 2


async def test_who_reports_again_and_again_is_asked_to_wait(stage: Stage) -> None:
    for number in range(10):
        await stage.nora.types(f"/crisis report parcel {number}", "#general")
    refused = await stage.nora.types("/crisis report parcel 11", "#general")
    assert "please wait a little" in refused.said


async def opened(stage: Stage, *, staff: bool = False) -> None:
    await stage.dana.types("/crisis declare")
    who = "All staff" if staff else "Only the crisis team"
    await stage.dana.submits({"What happened?": "Kettles on fire", "Who can see it": who})
    await stage.settle()


async def test_what_is_said_in_a_crisis_stays_there(stage: Stage) -> None:
    await opened(stage)
    await stage.sam.types("The supplier knew of it since May", "#crisis-1")
    message = (await stage.leo.reads("#crisis-1"))[-1]
    answer = (await stage.leo.shortcuts(MENU, on=message)).modal
    assert answer is not None
    assert "This belongs to crisis 1 already; put a :pushpin: on it to keep it." in answer.text
    assert answer.labels == []
    await stage.settle()
    assert "supplier" not in str(await cards(stage))
    assert "supplier" not in await stage.nora.everything()


async def test_a_form_opened_before_the_channel_was_a_crisis_stores_nothing(stage: Stage) -> None:
    await opened(stage)
    channel = (await stage.dana.reads("#crisis-1"))[0].channel
    carried = Reported(words="The supplier knew", author="Sam", place="a private channel", channel=channel, ts="1.0")
    reports = stage.app.service.reports
    inside = await reports.send(carried, by=UserId(stage.leo.id), key="one")
    outside = await reports.send(carried, by=UserId(stage.nora.id), key="two")
    assert "belongs to crisis 1 already" in str(inside.text)
    assert outside.text == (
        "Thank you, Nora. It is being looked at already. Please don't answer it yourself and don't delete it."
    )
    await stage.settle()
    assert "supplier" not in str(await cards(stage))


async def test_what_the_bot_said_needs_no_report(stage: Stage) -> None:
    await reported(stage.nora, await said(stage))
    await stage.settle()
    (dm,) = await stage.dana.dms()
    (card,) = await cards(stage)
    for message in (dm, card):
        answer = (await stage.dana.shortcuts(MENU, on=message)).modal
        assert answer is not None
        assert "This comes from Amends itself, so there is nothing to report." in answer.text
        assert answer.labels == []
    await stage.settle()
    assert len(await cards(stage)) == 1


async def test_all_staff_read_what_the_public_said_and_not_what_colleagues_said(stage: Stage) -> None:
    await reported(stage.nora, await said(stage), "Jo from the till filmed it")
    await stage.settle()
    (card,) = await cards(stage)
    await stage.dana.presses("Declare crisis", on=card)
    await stage.dana.submits({"What happened?": "Kettles", "Who can see it": "All staff"})
    await stage.settle()
    inside, outside = [await files(stage, person) for person in (stage.dana, stage.max)]
    for file in inside:
        for words in ("caught fire", "Jo from the till", "Nora", "/archives/"):
            assert words in file
    for file in outside:
        assert "reported by a colleague" in file
        for words in ("caught fire", "Jo from the till", "Nora", "/archives/"):
            assert words not in file


async def files(stage: Stage, person: Person) -> list[str]:
    await person.types("/crisis export 1", "#general")
    await stage.settle()
    return [(await person.file(file["id"])).decode() for file in (await person.dms())[-1].files]

"""App Home as people use it: a queue that can be worked from alone, and that is right whatever was pressed elsewhere."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from bot.models import Audience
from bot.practice.driver import Modal, Outcome, Person
from tests.builders import NORA, an_incident
from tests.stage import Stage, staged
from tests.stories.sunday import EVENING, FIRST_POST, TITLE


@pytest.fixture
async def sunday(database_url: str) -> AsyncIterator[Stage]:
    """22:58 on the Sunday."""
    async with staged(database_url, begin=EVENING) as up:
        yield up


async def opened(stage: Stage, person: Person) -> Modal:
    """Somebody looks at their App Home."""
    await person.home()
    return await standing(stage, person)


async def standing(stage: Stage, person: Person) -> Modal:
    """What stands on the screen of somebody who has it open; nobody has opened it again."""
    await stage.settle()
    home = await person.home(opens=False)
    assert home is not None
    return home


async def published(stage: Stage) -> int:
    return len(await stage.workspace.calls("views.publish"))


async def a_post(stage: Stage) -> None:
    post = {"external_id": "x-1", "author": "@jo_m", "text": FIRST_POST, "occurred_at": "2026-11-22T21:41:00Z"}
    status, _answer = await stage.hook("mentions", post)
    assert status == 202
    await stage.settle()


async def declared(stage: Stage, label: str, person: Person, on: Modal) -> Outcome:
    form = (await person.presses(label, on=on)).modal
    assert form is not None
    assert form.title == "Declare crisis"
    said = await person.submits({"What happened?": TITLE})
    await person.closes()
    await stage.settle()
    return said


async def dana_declares(sunday: Stage) -> None:
    """A card asks her; it is answered on her home, and settled in her DM."""
    dana = sunday.dana
    await a_post(sunday)
    home = await standing(sunday, dana)
    assert home.text.startswith("One thing is asked of you, Dana. Please by 23:08.")
    assert "Late parcels: is it a crisis? · please by 23:08" in home.text
    await declared(sunday, "Declare crisis: Late parcels", dana, home)
    assert (await dana.dms())[-1].shown.endswith("Crisis 1, declared by Dana at 22:58."), "the DM is settled too"
    home = await standing(sunday, dana)
    assert "is it a crisis?" not in home.text
    assert "Crisis 1: Priya reads the first public word, please by 23:13" in home.text
    assert f"Crisis 1: {TITLE} · open · you answer for Social media · lead: Priya" in home.text


async def priya_comes_and_says_yes(sunday: Stage) -> None:
    """She is called, reads the first public word and approves it: two presses."""
    dana, priya = sunday.dana, sunday.priya
    home = await standing(sunday, priya)
    assert home.text.startswith("2 things are asked of you, Priya. The first by 23:08.")
    said = await priya.presses("I'm on it", on=home)
    assert said.modal is None, "what was done stands on top, with nothing to close"
    home = await standing(sunday, priya)
    assert "22:58: Thank you, noted: you are on it." in home.text
    assert (
        "You have been on it since" in (await priya.dms())[-1].shown
        or "I'm on it" not in (await priya.dms())[-1].buttons
    )
    screen = (await priya.presses("Read the text: first public word, crisis 1", on=home)).modal
    assert screen is not None
    assert screen.submit == "Approve"
    await sunday.at("23:01")
    await priya.submits()
    await priya.closes()
    home = await standing(sunday, priya)
    assert home.text.startswith("Nothing is asked of you, Priya. What you owe next is due at 23:13.")
    assert "Crisis 1: Dana posts the first public word, please by 23:13" in home.text
    words = (await dana.reads("#crisis-1"))[1]
    assert words.shown.startswith("Approved by Priya, 23:01"), "the card changed with it"


async def dana_ticks_what_she_has_posted(sunday: Stage) -> None:
    """One outlet at a time, and nothing needs her any more."""
    dana, priya, sam = sunday.dana, sunday.priya, sunday.sam
    home = await standing(sunday, dana)
    assert "Post the first public word on X and Instagram, then tick · crisis 1 · please by 23:13" in home.text
    form = (await dana.presses("Mark as published", on=home)).modal
    assert form is not None
    await sunday.at("23:04")
    assert form.options["Posted on"] == ["X", "Instagram"]
    await dana.submits({"Posted on": ["X"]})
    await dana.closes()
    home = await standing(sunday, dana)
    assert "Post the first public word on Instagram, too, then tick · crisis 1" in home.text
    assert "Crisis 1: Dana posts the first public word on Instagram, too" in (await standing(sunday, priya)).text
    await dana.presses("Mark as published", on=home)
    await dana.submits({"Posted on": ["Instagram"]})
    await dana.closes()
    assert "Nothing needs you now, Dana." in (await standing(sunday, dana)).text
    assert "Reply to the first complaint · crisis 1 · by 23:41" in (await standing(sunday, sam)).text


async def sam_takes_a_promise(sunday: Stage) -> None:
    """Offered on one home, taken on another, and it counts down there."""
    priya, sam = sunday.priya, sunday.sam
    home = await standing(sunday, priya)
    assert "Update for the public · crisis 1 · by 23:59" in home.text, "the text promised it"
    form = (await priya.chooses("More", "Hand over", on=home)).modal
    assert form is not None
    await priya.submits({form.labels[0]: "Sam"})
    await priya.closes()
    assert "Offered to Sam; until Sam takes it, it stays with Priya." in (await standing(sunday, priya)).text
    home = await standing(sunday, sam)
    assert "Take over: statement · crisis 1 · it is Priya's until then · by 23:58" in home.text
    await sam.presses("Take it", on=home)
    home = await standing(sunday, sam)
    assert "23:04: Thank you. It is yours now, and you are reminded before it is due." in home.text
    assert "Statement · crisis 1 · by 23:58" in home.text
    assert "Crisis 1: Sam sees to: statement, by 23:58" in (await standing(sunday, priya)).text
    await sunday.at("23:31")
    assert "Statement · crisis 1 · by 23:58, at most 27 min left" in (await standing(sunday, sam)).text


async def test_an_evening_from_app_home_alone(sunday: Stage) -> None:
    """Nobody opens a channel or a DM."""
    for person in (sunday.dana, sunday.priya, sunday.sam):
        assert "Nothing is asked of you." in (await opened(sunday, person)).text
    await dana_declares(sunday)
    await priya_comes_and_says_yes(sunday)
    await dana_ticks_what_she_has_posted(sunday)
    await sam_takes_a_promise(sunday)


async def test_what_is_settled_elsewhere_is_settled_here_and_who_is_late_hears_who_was_first(sunday: Stage) -> None:
    dana, priya, tom = sunday.dana, sunday.priya, sunday.tom
    await a_post(sunday)
    stale = await opened(sunday, dana)
    await sunday.at("23:08")
    on_tom = await opened(sunday, tom)
    assert "Late parcels: is it a crisis? · please by 23:18" in on_tom.text
    assert "Late parcels: is it a crisis? · Tom is asked now" in (await standing(sunday, dana)).text
    await tom.presses("Not a crisis", in_channel="dm")
    for person in (tom, dana):
        assert "is it a crisis?" not in (await standing(sunday, person)).text, "pressed in the DM, gone here"
    late = await dana.presses("Not a crisis: Late parcels", on=stale)
    assert late.modal is not None
    assert "Tom was first: not a crisis, said at 23:08 CET." in late.modal.text
    await dana.closes()

    await declared(sunday, "Declare crisis", dana, await standing(sunday, dana))
    stale = await opened(sunday, priya)
    assert "Read the first public word · crisis 1" in stale.text
    before = await published(sunday)
    await priya.presses("Approve", in_channel="#crisis-1")
    home = await standing(sunday, priya)
    assert "Read the first public word" not in home.text
    assert await published(sunday) - before <= 3, "Priya's and Dana's once each, and once more for Priya's being there"
    late = await priya.presses("I'm on it", on=stale)
    assert late.modal is None
    assert "Noted before: you are on it. Thank you." in (await standing(sunday, priya)).text


async def test_a_private_crisis_is_seen_by_who_is_in_it_and_by_nobody_else(sunday: Stage) -> None:
    nora = sunday.nora
    await opened(sunday, nora)
    before = await published(sunday)
    await sunday.dana.types(f"/crisis declare {TITLE}")
    await sunday.settle()
    assert await published(sunday) == before, "what does not concern her is no news"
    quiet = (await opened(sunday, nora)).text
    assert "No crisis is open that you can see." in quiet
    assert not any(character.isdigit() for character in quiet), "not even a number"
    assert "arcel" not in await nora.everything()

    await sunday.dana.types("/invite @nora", "#crisis-1")
    home = await standing(sunday, nora)
    assert f"Crisis 1: {TITLE} · open · you are in its channel · lead: Priya" in home.text
    assert (await nora.presses("Go to the channel", on=home)).url == "https://harbour.slack.example/archives/" + (
        (await sunday.workspace.channel("#crisis-1")).id
    )
    await nora.leaves("#crisis-1")
    assert (await standing(sunday, nora)).text == quiet
    assert (await opened(sunday, nora)).text == quiet


async def test_off_duty_the_question_goes_to_the_next_one_and_the_last_one_stays(sunday: Stage) -> None:
    dana, tom, priya = sunday.dana, sunday.tom, sunday.priya
    await a_post(sunday)
    for person in (dana, tom, priya):
        await opened(sunday, person)
    home = await standing(sunday, dana)
    assert "Asked first: you. After that: Tom and Priya." in home.text
    await dana.presses("I'm off duty", on=home)
    home = await standing(sunday, dana)
    assert "22:58: You are off duty. Tom is asked first from now on." in home.text
    assert "is it a crisis?" not in home.text
    assert home.buttons[-1] == "I'm back on duty"
    assert "Late parcels: is it a crisis? · please by 23:08" in (await standing(sunday, tom)).text
    assert [n.text for n in await tom.notifications()] == ["Tom, a crisis? Please say by 23:08 CET: Late parcels"]
    (card,) = await dana.reads("#crisis-watch")
    assert "Tom, please decide by 23:08. Asked before: Dana. After that Priya is asked." in card.shown
    await tom.presses("I'm off duty", on=await standing(sunday, tom))
    assert "Asked first: you. Off duty: Dana and Tom." in (await standing(sunday, priya)).text
    no = await priya.presses("I'm off duty", on=await standing(sunday, priya))
    assert no.modal is not None
    assert "Nobody else could be asked then, so you stay on duty." in no.modal.text
    await priya.closes()
    await dana.presses("I'm back on duty", on=await standing(sunday, dana))
    assert "Asked first: Dana. After that: you. Off duty: Tom." in (await standing(sunday, priya)).text


async def test_one_opening_is_one_publish_and_a_home_that_is_the_same_is_none(sunday: Stage) -> None:
    nora = sunday.nora
    await opened(sunday, nora)
    assert await published(sunday) == 1
    await sunday.workspace.redeliver()
    await asyncio.gather(*(nora.home() for _ in range(3)))
    await sunday.settle()
    assert await published(sunday) == 1
    await sunday.workspace.fault("views.publish", "429", retry_after=1)
    await sunday.workspace.fault("views.publish", "reset", after_effect=True)
    await sunday.dana.types("/crisis declare")
    await sunday.dana.submits({"What happened?": "A rude reply", "Who can see it": "All staff"})
    await sunday.settle()
    await nora.home()
    async with asyncio.timeout(5):
        while "A rude reply" not in (await standing(sunday, nora)).text:  # noqa: ASYNC110 - Slack said to wait
            await asyncio.sleep(0.05)
    calls = await sunday.workspace.calls("views.publish")
    assert [call.error for call in calls if call.arguments["user_id"] == nora.id][:2] == [None, "ratelimited"]


async def test_twenty_five_open_crises_are_pages_that_stay_turned(sunday: Stage) -> None:
    nora = sunday.nora
    async with sunday.app.store.transaction() as tx:
        for number in range(101, 126):
            tx.session.add(an_incident(number=number, title="Theirs", audience=Audience.TEAM))
            tx.session.add(an_incident(number=number + 100, title="Hers", lead=NORA, declared_by=NORA))
    home = await opened(sunday, nora)
    assert [n for n in range(201, 226) if f"Crisis {n}:" in home.text] == [*range(216, 226)]
    assert "Page 1 of 3, 25 in all." in home.text
    assert "Theirs" not in home.text
    for expected in (range(206, 216), range(201, 206)):
        await nora.presses("Show more", on=await standing(sunday, nora))
        home = await standing(sunday, nora)
        assert [n for n in range(201, 226) if f"Crisis {n}:" in home.text] == [*expected]
    assert [button for button in home.buttons if button in ("Back", "Show more")] == ["Back"]
    assert (await opened(sunday, nora)).text == home.text

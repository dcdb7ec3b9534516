"""From a webhook to the question on a watch card, and what becomes of it: what people see, and how often they are pinged."""

import asyncio
import json
from datetime import timedelta
from typing import Any

from bot.practice.driver import Message, Person
from tests.stage import Stage, a_plan, staged
from tests.webhooks.recorded import recorded

WATCH = "#crisis-watch"
MORE = """
  down:
    label: The shop is down
    sources: [mentions]
    words: [outage]
    outcome: raise
    situation: service_outage
  praise: {label: Praise, sources: [mentions], words: [thanks], outcome: file}
"""
POST = {
    "text": "Three weeks, no parcel, no answer. Is anybody there?",
    "author": "@jo_m",
    "channel": "X",
    "reach": 1200,
    "url": "https://x.com/jo_m/status/1",
}


def a_post(number: int, **fields: Any) -> dict[str, Any]:
    return {**POST, "external_id": f"x-{number}", **fields}


async def cards(stage: Stage) -> list[Message]:
    return (await stage.workspace.channel(WATCH)).messages


async def the_dm(person: Person) -> Message:
    """The one message the bot has posted to this person."""
    (dm,) = [message for message in await person.dms() if not message.ephemeral]
    return dm


async def asked(stage: Stage, **fields: Any) -> None:
    """One post, and somebody is asked about it."""
    status, _answer = await stage.hook("mentions", a_post(1, **fields))
    assert status == 202
    await stage.settle()


async def test_a_post_becomes_one_card_and_one_dm(stage: Stage) -> None:
    await asked(stage)
    (card,) = await cards(stage)
    dm = await the_dm(stage.dana)
    for message in (card, dm):
        assert "Late parcels: one post since" in message.shown
        assert "Three weeks, no parcel, no answer. Is anybody there?" in message.shown
        assert "@jo_m" in message.shown
        assert "Dana, please decide by" in message.shown
        assert "After that Tom is asked." in message.shown
        assert message.buttons == ["Declare crisis", "Not a crisis"]
    (ping,) = await stage.dana.notifications()
    assert ping.text.startswith("Dana, a crisis? Please say by")
    for other in (stage.priya, stage.tom, stage.sam):
        assert await other.notifications() == []


async def test_four_hundred_posts_make_one_card_and_one_dm(stage: Stage) -> None:
    first = await stage.hook("mentions", a_post(0))
    assert first[0] == 202
    for start in range(1, 400, 20):
        some = (a_post(n, reach=n, channel="Instagram" if n % 2 else "X") for n in range(start, min(start + 20, 400)))
        answers = await asyncio.gather(*(stage.hook("mentions", one) for one in some))
        assert {status for status, _answer in answers} == {202}
    await stage.settle()
    (card,) = await stage.dana.reads(WATCH)
    assert "Late parcels: 400 posts like this since" in card.shown
    assert "X, Instagram" in card.shown
    assert "largest audience 1,200" in card.shown
    assert (await the_dm(stage.dana)).shown == card.shown
    assert len(await stage.dana.notifications()) == 1
    posts = await stage.workspace.calls("chat.postMessage")
    assert len(posts) == 2


async def test_not_a_crisis_is_settled_in_both_places(stage: Stage) -> None:
    await asked(stage)
    said = await stage.dana.presses("Not a crisis", on=await the_dm(stage.dana))
    assert "Noted: not a crisis." in said.said
    stale = (await cards(stage))[0]
    await stage.settle()
    for message in (*await cards(stage), await the_dm(stage.dana)):
        assert "Not a crisis, said Dana at" in message.shown
        assert message.buttons == []
    assert stale.ts == (await cards(stage))[0].ts, "the card was edited, not posted again"


async def test_the_second_person_hears_who_was_first(stage: Stage) -> None:
    await asked(stage)
    (before,) = await stage.tom.reads(WATCH)
    await stage.dana.presses("Not a crisis", on=await the_dm(stage.dana))
    for label in ("Not a crisis", "Declare crisis"):
        late = await stage.tom.presses(label, on=before)
        assert "Dana was first: not a crisis" in late.said
        assert late.modal is None


async def test_the_card_declares_and_never_says_the_title(stage: Stage) -> None:
    await asked(stage)
    form = (await stage.dana.presses("Declare crisis", on=(await cards(stage))[0])).modal
    assert form is not None
    assert form.values["What happened?"] == "Late parcels"
    await stage.dana.submits({"What happened?": "The carrier lost a lorry"})
    await stage.settle()
    (card, headline) = await cards(stage)
    for message in (card, (await stage.dana.dms())[0]):
        assert "Crisis 1, declared by Dana at" in message.shown
        assert message.buttons == []
    assert "lorry" not in card.shown + card.text + headline.shown + headline.text
    brief = (await stage.dana.reads("#crisis-1"))[0]
    assert "The carrier lost a lorry" in brief.shown


async def test_later_posts_join_silently(stage: Stage) -> None:
    await asked(stage)
    await stage.dana.presses("Declare crisis", on=(await cards(stage))[0])
    await stage.dana.submits()
    await stage.settle()
    seen = len(await cards(stage)), len(await stage.dana.dms()), len(await stage.dana.reads("#crisis-1"))
    pinged = len(await stage.dana.notifications())
    for number in range(2, 15):
        await stage.hook("mentions", a_post(number))
    await stage.settle()
    assert seen == (len(await cards(stage)), len(await stage.dana.dms()), len(await stage.dana.reads("#crisis-1")))
    assert len(await stage.dana.notifications()) == pinged
    assert "14 posts belong to it" in (await stage.dana.reads("#crisis-1"))[0].shown


async def test_a_rule_that_files_shows_nobody_anything(database_url: str) -> None:
    async with staged(database_url, a_plan(MORE)) as stage:
        await asked(stage, text="thanks, that was quick")
        await asked(stage, external_id="x-2", text="nothing our rules know")
        assert await cards(stage) == []
        assert await stage.dana.notifications() == []


async def test_a_rule_that_raises_opens_the_crisis_by_itself(database_url: str) -> None:
    async with staged(database_url, a_plan(MORE)) as stage:
        await asked(stage, text="Outage! Nothing works.")
        brief = (await stage.priya.reads("#crisis-1"))[0]
        assert "Crisis 1: The shop is down" in brief.shown
        assert len(await stage.dana.notifications()) == 1
        assert len(await stage.dana.dms()) == 1
        assert [message.shown for message in await cards(stage) if "please decide" in message.shown] == []
        await stage.hook("mentions", a_post(2, text="Outage again"))
        await stage.settle()
        assert [c.name for c in await stage.workspace.channels() if c.name and c.name.startswith("crisis-")] == [
            "crisis-watch",
            "crisis-1",
        ]
        assert len(await stage.dana.notifications()) == 1


async def test_whoever_is_on_duty_and_not_of_the_team_gets_a_notice(database_url: str) -> None:
    plan = a_plan(MORE).model_copy(update={"duty": ("nora@harbour.example",)})
    async with staged(database_url, plan) as stage:
        await asked(stage, text="Outage! Nothing works.")
        notice = await the_dm(stage.nora)
        assert "Our plan opened crisis 1 by itself. Priya leads." in notice.shown
        (ping,) = await stage.nora.notifications()
        assert ping.text.startswith("Crisis 1 opened by itself at")
        assert "shop" not in ping.text


async def test_nobody_decides_so_the_next_one_is_asked(database_url: str) -> None:
    async with staged(database_url, a_plan(decide=timedelta(seconds=1))) as stage:
        await asked(stage)
        await stage.tom.sees("Asked before: Dana.", "dm", timeout=10)
        await stage.priya.sees("Dana and Tom", "dm", timeout=10)
        card = await stage.dana.sees("nobody is left to ask", WATCH, timeout=10)
        await stage.settle()
        assert "Priya, please decide now" in card.shown
        assert "Asked before: Dana and Tom." in card.shown
        assert card.buttons == ["Declare crisis", "Not a crisis"]
        for person in (stage.dana, stage.tom, stage.priya):
            assert len(await person.notifications()) == 1
        await stage.tom.presses("Not a crisis", on=await the_dm(stage.tom))
        await stage.settle()
        for person in (stage.dana, stage.tom, stage.priya):
            assert "Not a crisis, said Tom at" in (await the_dm(person)).shown


async def test_a_strangers_words_can_do_nothing(stage: Stage) -> None:
    body = recorded("generic/stranger")["body"]
    status, _answer = await stage.hook("mentions", body)
    assert status == 202
    await stage.settle()
    (card,) = await cards(stage)
    raw = json.dumps(card.blocks, ensure_ascii=False) + card.text
    for harmful in ("<!channel>", "<!here>", "<!everyone>", "<@UPRIYA>", "<#C1", "\u202e", "|harbour.example>"):
        assert harmful not in raw
    assert "open post on evil.example" in card.shown, "a link says where it leads"
    assert "&lt;!channel&gt;" in raw
    for person in (stage.priya, stage.tom, stage.sam):
        assert await person.notifications() == []
    assert len(await stage.dana.notifications()) == 1


async def test_a_recovery_is_told_on_the_card_and_closes_nothing(stage: Stage) -> None:
    await asked(stage)
    await stage.hook("mentions", a_post(1, status="resolved"))
    await stage.settle()
    (card,) = await cards(stage)
    assert "The source says it has been over since" in card.shown
    assert card.buttons == ["Declare crisis", "Not a crisis"]
    assert "one post since" in card.shown


async def test_what_cannot_be_taken_in_disturbs_nobody(stage: Stage) -> None:
    for source, body, status in (("mentions", b"{broken", 422), ("mentions", [POST], 422), ("nobody", POST, 404)):
        answered, said = await stage.hook(source, body)
        assert (answered, bool(said["error"])) == (status, True)
    answered, _said = await stage.hook("mentions", POST, **{"X-Signature": "sha256=0"})
    assert answered == 401
    await stage.settle()
    assert await cards(stage) == []

"""What strangers write is data on every surface it reaches: it pings nobody, hides nothing and formats nothing."""

import json

from bot.practice.driver import Message
from tests.stage import Stage

STRANGER = {
    "title": "<!everyone> *Parcels*",
    "text": "Parcel? <!channel> <@UPRIYA> <#CZ9|general> <https://evil.example|harbour.example> \u202etxet\u202c *now* `x` &lt;",
    "author": "<!here>_*jo*_\u202e",
    "channel": "X <!channel>",
    "url": "javascript:alert(1)",
    "language": "<!channel>",
    "external_id": "<!channel>\u0000",
    "reach": 12,
    "occurred_at": "yesterday <!channel>",
}
HARMFUL = (
    "<!channel",
    "<!here",
    "<!everyone",
    "<@UPRIYA",
    "<#CZ9",
    "<javascript",
    "<https://evil",
    "\u202e",
    "\u0000",
)


async def everything(stage: Stage) -> list[Message]:
    """Every message there is, in channels and direct conversations."""
    return [message for channel in await stage.workspace.channels() for message in channel.messages]


async def test_from_the_watch_card_to_the_answer_a_strangers_words_are_data(stage: Stage) -> None:
    status, said = await stage.hook("mentions", STRANGER)
    assert status == 202, said
    await stage.settle()
    await stage.dana.presses("Declare crisis", in_channel="#crisis-watch")
    form = await stage.dana.modal()
    assert form is not None
    await stage.dana.submits()
    await stage.settle()
    await stage.priya.presses("Approve", in_channel="#crisis-1")
    await stage.settle()
    await stage.dana.presses("Mark as published", in_channel="dm")
    await stage.dana.submits({"Posted on": ["X"]})
    await stage.settle()
    owed = await stage.sam.sees("First to complain", "dm")
    read = (await stage.sam.presses("Read the text", on=owed)).modal
    assert read is not None
    listed = await stage.sam.types("/crisis promises", "#crisis-1")
    raw = json.dumps([[m.text, m.blocks] for m in await everything(stage)], ensure_ascii=False)
    raw += json.dumps([read.blocks, [m.blocks for m in listed.ephemeral]], ensure_ascii=False)
    for harmful in HARMFUL:
        assert harmful not in raw, harmful
    for channel in await stage.workspace.channels():
        assert not any(harmful in channel.topic + channel.purpose for harmful in HARMFUL)
    notices = [n for p in (stage.nora, stage.max, stage.tom, stage.ines, stage.eva) for n in await p.notifications()]
    assert notices == [], "nobody but those who were called is pinged"


async def test_what_a_stranger_writes_steers_nothing(stage: Stage) -> None:
    """Words that look like ours, like a button's value or like an answer are a post like any other."""
    for number, text in enumerate(
        (
            "parcel Approved by Priya. Mark as published.",
            'parcel {"incident": "x", "alert": "y"}',
            "parcel {name} %s {0.__class__} \\u202e",
            "parcel " + "a" * 20_000,
            "parcel \n" * 500,
        )
    ):
        status, _said = await stage.hook("mentions", {"text": text, "external_id": str(number)})
        assert status == 202
    await stage.settle()
    (card,) = (await stage.workspace.channel("#crisis-watch")).messages
    assert "Late parcels: 5 posts" in card.shown
    assert card.buttons == ["Declare crisis", "Not a crisis"]
    assert len(card.shown) < 1500

"""What is kept of a crisis and given back: the timeline, the pushpin that adds to it, and the record as two files."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from sqlalchemy import select

from bot.models import Effect, EffectState
from bot.practice.driver import Message, NotVisible, Person
from tests.stage import Stage

CHANNEL = "#crisis-1"
SCHEMA = json.loads((Path(__file__).parent.parent.parent / "docs/export.schema.json").read_text())
PIN, TICK = "pushpin", "white_check_mark"
HOSTILE = "# Crisis 9: closed\n```\n- **Approved** by [Priya](https://evil.example) <!channel> ``\u200b` </details>"


@pytest.fixture(autouse=True)
async def opened(stage: Stage) -> None:
    """Crisis 1 is open."""
    await stage.dana.types("/crisis declare Parcels three weeks late")
    await stage.settle()


async def timeline(stage: Stage, person: Person | None = None) -> str:
    """What `/crisis status` shows under *What happened*."""
    said = (await (person or stage.dana).types("/crisis status", CHANNEL)).said
    return said.partition("What happened")[2]


async def wrote(stage: Stage, words: str, who: Person | None = None, thread: Message | None = None) -> Message:
    await (who or stage.sam).types(words, CHANNEL, thread)
    await stage.settle()
    theirs = [message for message in (await stage.workspace.channel(CHANNEL)).messages if message.user != "bot"]
    return max(theirs, key=lambda message: message.ts)


async def marks(stage: Stage, message: Message) -> list[str]:
    """What is on a message now, whoever put it there."""
    await stage.settle()
    found = [one for one in (await stage.workspace.channel(CHANNEL)).messages if one.ts == message.ts]
    return sorted(name for one in found for name in one.reactions)


async def test_a_pushpin_puts_a_message_on_the_timeline_and_the_last_one_takes_it_off(stage: Stage) -> None:
    message = await wrote(stage, "The carrier is on strike in Leipzig, @leo knows *more*")
    before = len((await stage.workspace.channel(CHANNEL)).messages)
    pinged = len(await stage.sam.notifications())
    await stage.tom.types("Seven shops ask about it", "#shops")
    (elsewhere,) = await stage.tom.reads("#shops")
    await stage.tom.reacts(PIN, elsewhere)
    await stage.dana.reacts("eyes", message)
    await stage.dana.reacts(PIN, message)
    assert await marks(stage, message) == ["eyes", PIN, TICK]
    sent = await stage.workspace.deliveries()
    place = max(n for n, one in enumerate(sent) if "reaction_added" in json.dumps(one.payload))
    await stage.workspace.redeliver(place)
    await stage.priya.reacts(PIN, message)
    await stage.settle()
    said = await timeline(stage)
    line = "Sam: “The carrier is on strike in Leipzig, @Leo knows ∗more∗” (put here by Dana)"
    assert said.count("carrier is on strike") == said.count(line) == 1
    assert "Seven shops" not in said
    assert list(elsewhere.reactions) == [] or TICK not in elsewhere.reactions

    await stage.dana.unreacts(PIN, message)
    assert TICK in await marks(stage, message), "Priya's is still there"
    await stage.priya.unreacts(PIN, message)
    assert await marks(stage, message) == ["eyes"]
    said = await timeline(stage)
    assert "carrier" not in said
    assert "Priya took a message by Sam off the timeline" in said
    [kept] = (await exported(stage, stage.dana))[1]["pinned"]
    assert kept["words"].startswith("The carrier is on strike")
    assert (kept["pinned_by"]["name"], kept["taken_off_by"]["name"]) == ("Dana", "Priya")

    await stage.dana.reacts(PIN, message)
    assert TICK in await marks(stage, message)
    assert (await timeline(stage)).count("carrier is on strike") == 1
    assert len((await stage.workspace.channel(CHANNEL)).messages) == before, "a receipt is no message"
    assert len(await stage.sam.notifications()) == pinged


async def receipts(stage: Stage) -> list[tuple[str, str | None]]:
    return [(one.method, one.error) for one in await stage.workspace.calls() if one.method.startswith("reactions.")]


async def no_trouble(stage: Stage) -> None:
    """Every receipt is done, and no entry of the outbox holds an error."""
    async with stage.app.store.reading() as tx:
        effects = await tx.all(select(Effect))
    assert [one.state for one in effects if one.kind == "receipt"] == [EffectState.DONE]
    assert [(one.key, one.error) for one in effects if one.error] == []


async def test_pushpins_quickly_on_and_off_ask_slack_for_nothing_it_would_refuse(stage: Stage) -> None:
    never, message = await wrote(stage, "Only a slip"), await wrote(stage, "The carrier is on strike")
    await stage.dana.reacts(PIN, never)
    await stage.dana.unreacts(PIN, never)
    assert await marks(stage, never) == []
    assert await receipts(stage) == [], "a receipt that was never there is not taken off"
    await stage.dana.reacts(PIN, message)
    await stage.settle()
    await stage.priya.reacts(PIN, message)
    await stage.leo.reacts(PIN, message)
    assert await marks(stage, message) == [PIN, TICK]
    assert await receipts(stage) == [("reactions.add", None)], "one message, one receipt"
    for person in (stage.dana, stage.priya, stage.leo):
        await person.unreacts(PIN, message)
    assert await marks(stage, message) == []
    assert await receipts(stage) == [("reactions.add", None), ("reactions.remove", None)]
    await no_trouble(stage)


async def test_what_slack_says_is_there_or_gone_already_is_done(stage: Stage) -> None:
    """Its answer to the first try was lost, so it is tried again."""
    message = await wrote(stage, "The carrier is on strike")
    await stage.workspace.fault("reactions.add", "reset", after_effect=True)
    await stage.dana.reacts(PIN, message)
    assert await marks(stage, message) == [PIN, TICK]
    await stage.workspace.fault("reactions.remove", "reset", after_effect=True)
    await stage.dana.unreacts(PIN, message)
    assert await marks(stage, message) == []
    assert await receipts(stage) == [
        ("reactions.add", "reset"),
        ("reactions.add", "already_reacted"),
        ("reactions.remove", "reset"),
        ("reactions.remove", "no_reaction"),
    ]
    await no_trouble(stage)


async def test_replies_edits_and_deletions_are_said_in_words(stage: Stage) -> None:
    root = await wrote(stage, "What do we know?")
    reply = await wrote(stage, "The truck broke down", thread=root)
    await stage.leo.reacts(PIN, reply)
    assert TICK in await marks(stage, reply)
    assert "Sam: “The truck broke down” (put here by Leo)" in await timeline(stage)

    changed, gone = await wrote(stage, "We pay everything back"), await wrote(stage, "Delete me")
    posts = stage.slack.state.channels[root.channel].posts
    posts[changed.ts].text, posts[changed.ts].edited = "We look at every case", posts[changed.ts].ts
    await stage.workspace.set(latency=0.3)
    await stage.dana.reacts(PIN, gone)
    del posts[gone.ts]
    await stage.workspace.set(latency=0)
    await stage.dana.reacts(PIN, changed)
    await stage.settle()
    said = await timeline(stage)
    assert "Sam: “We look at every case” (changed before; put here by Dana)" in said
    assert "it was deleted before it could be read" in said
    posts[changed.ts].text = "Something else altogether"
    await stage.priya.reacts(PIN, changed)
    await stage.settle()
    assert "We look at every case" in await timeline(stage), "words stay as they stood when they were pinned"


async def test_the_timeline_is_told_newest_last_and_turned_back_page_by_page(stage: Stage) -> None:
    said = await timeline(stage)
    assert "Dana declared the crisis (Critical)" in said
    assert "Earlier" not in said
    place = stage.slack.state.channels[(await stage.dana.reads(CHANNEL))[0].channel]
    for number in range(45):
        stage.slack.state.post(place, stage.sam.id, f"Note {number}")
    channel = (await stage.workspace.channel(CHANNEL)).messages
    await stage.workspace.set(pace=False)
    for message in channel:
        if message.text.startswith("Note "):
            await stage.dana.reacts(PIN, message)
    await stage.settle()
    status = await stage.dana.types("/crisis status", CHANNEL)
    shown = status.ephemeral[-1]
    assert shown.shown.index("Note 43”") < shown.shown.index("Note 44”")
    assert shown.shown.count("“Note ") == 15
    opened = (await stage.dana.presses("Earlier", on=shown)).modal
    assert opened is not None
    assert opened.title == "Crisis 1"
    assert opened.text.count("“Note ") == 20
    assert opened.buttons == ["Earlier", "Later"]
    first = (await stage.dana.presses("Earlier")).modal
    assert first is not None
    assert "Dana declared the crisis" in first.text
    assert first.buttons == ["Later"]
    again = (await stage.dana.presses("Later")).modal
    assert again is not None
    assert again.text == opened.text
    last = (await stage.dana.presses("Later")).modal
    assert last is not None
    assert "Note 44”" in last.text
    assert last.buttons == ["Earlier"]


async def exported(stage: Stage, person: Person, *, where: str = CHANNEL) -> tuple[str, dict[str, Any]]:
    """Both files, as this person finds them in their DM; the JSON keeps to its schema."""
    number = "" if where == CHANNEL else " 1"
    answer = await person.types(f"/crisis export{number}", where)
    assert "The record of crisis 1 is on its way to you" in answer.said
    await stage.settle()
    message = (await person.dms())[-1]
    assert "Parcels" not in message.text, "what a notification says has no title"
    assert [file["name"].rpartition(".")[2] for file in message.files] == ["md", "json"]
    assert all("parcels" not in (file["name"] + file["title"]).lower() for file in message.files)
    markdown, said = [await person.file(file["id"]) for file in message.files]
    found = json.loads(said)
    jsonschema.validate(found, SCHEMA)
    return markdown.decode(), found


async def test_the_record_as_files_holds_what_happened_also_after_it_is_over(stage: Stage) -> None:
    await stage.priya.presses("Approve", in_channel=CHANNEL)
    await stage.settle()
    await stage.dana.presses("Mark as published", in_channel="dm")
    await stage.dana.submits({"Posted on": ["X"]})
    await stage.settle()
    await stage.nora.types("/crisis report The parcels again: " + HOSTILE.replace("\n", " "), "#general")
    message = await wrote(stage, HOSTILE)
    await stage.dana.reacts(PIN, message)
    await stage.settle()
    dms = len(await stage.priya.dms())
    markdown, found = await exported(stage, stage.dana)
    assert len(await stage.priya.dms()) == dms, "nobody else gets it"
    assert (found["crisis"]["number"], found["crisis"]["stage"]) == (1, "open")
    assert {person["person"]["name"] for person in found["people"]} >= {"Priya", "Leo", "Sam"}
    [word] = [text for text in found["texts"] if text["kind"] == "first_word"]
    [posted] = word["posted"]
    version = next(one for one in word["versions"] if one["number"] == posted["version"])
    assert (posted["outlet"], posted["by"]["name"]) == ("x", "Dana")
    assert {yes["by"]["name"] for yes in version["approvals"]} == {"Priya"}
    assert all(yes["sha256"] == version["sha256"] for yes in version["approvals"])
    [kept] = [promise for promise in found["promises"] if promise["kind"] == "first_word"]
    assert kept["state"] == "kept"
    kinds = [entry["kind"] for entry in found["timeline"]]
    assert {"crisis_opened", "version_approved", "text_published", "promise_kept", "message_pinned"} <= set(kinds)
    assert [entry["at"] for entry in found["timeline"]] == sorted(entry["at"] for entry in found["timeline"])
    assert found["pinned"][0]["words"] == HOSTILE.replace("\u200b", "")
    assert any("# Crisis 9: closed" in entry["said"] for entry in found["timeline"]), "no marks of Markdown in JSON"

    assert version["body"] in markdown
    assert version["sha256"] in markdown
    assert "Approved for" in markdown
    outside = without_fences(markdown)
    assert [line for line in outside if line.startswith("# ")] == ["# Crisis 1: Parcels three weeks late"]
    assert not any("[Priya](" in line or "**Approved**" in line or "</details>" in line for line in outside)

    await stage.priya.types("/crisis resolve", CHANNEL)
    await stage.priya.submits()
    await stage.settle()
    form = (await stage.priya.types("/crisis close", CHANNEL)).modal
    if form is not None:
        await stage.priya.submits(dict.fromkeys(form.labels, "It is on the radio"))
    await stage.settle()
    markdown, found = await exported(stage, stage.leo, where="#general")
    assert found["crisis"]["stage"] == "closed"
    assert "Priya noted that the crisis is closed" in markdown

    for typed, where in (("/crisis export 1", "#general"), ("/crisis export", "#general")):
        refused = await stage.nora.types(typed, where)
        assert "on its way" not in refused.said
        assert "Parcels" not in refused.said
    await stage.settle()
    assert [dm for dm in await stage.nora.dms() if dm.files] == []
    with pytest.raises(NotVisible):
        await stage.nora.file((await stage.dana.dms())[-1].files[0]["id"])


def without_fences(markdown: str) -> list[str]:
    """The record's own lines: none of those that somebody's words fill."""
    own, fence = [], ""
    for line in markdown.splitlines():
        if fence:
            fence = "" if line == fence else fence
        elif line.startswith("```"):
            fence = line.removesuffix("text")
        else:
            own.append(line)
    assert not fence, "a fence stays open"
    return own


async def test_files_whose_receipt_was_lost_are_sent_once(stage: Stage) -> None:
    await stage.workspace.fault("files.getUploadURLExternal", "500", times=1)
    await stage.workspace.fault("files.completeUploadExternal", "500", times=1, after_effect=True)
    await exported(stage, stage.dana)
    assert len([dm for dm in await stage.dana.dms() if dm.files]) == 1, (
        "after an unknown outcome it is looked for first"
    )

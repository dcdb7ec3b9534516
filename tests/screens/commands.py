"""What people type, and what is kept on record."""

from tests.screens.shoot import Shoot
from tests.stories.test_sunday import CHANNEL


async def asked_by_command(shoot: Shoot) -> None:
    shoot.chapter("Asked by command")
    for words, caption in (
        ("", "Bare: where we are, your next step, and the words you can use"),
        ("status", "Status"),
        ("team", "Who is called, who is here"),
        ("promises", "What we owe, and until when"),
        ("list", "The crises you may see"),
        ("decl", "A word that was mistyped"),
    ):
        said = await shoot.priya.types(f"/crisis {words}".strip(), CHANNEL)
        await shoot.camera.message(f"command-{words or 'bare'}", caption, shoot.priya, said.ephemeral[-1])
    elsewhere = await shoot.priya.types("/crisis", "#general")
    await shoot.camera.message("command-elsewhere", "Bare, anywhere else", shoot.priya, elsewhere.ephemeral[-1])
    outside = await shoot.nora.types("/crisis", "#general")
    await shoot.camera.message("command-outside", "Somebody who is not of the team", shoot.nora, outside.ephemeral[-1])
    await shoot.priya.types("/crisis status", "#general")
    await shoot.form("which", "A command typed in the wrong place asks instead of failing", shoot.priya)
    await shoot.priya.types("/crisis status", "#general")
    await shoot.priya.submits({"Crisis": "Crisis 1: Parcels three weeks late, no replies"})
    await shoot.form("which-answered", "And answers in the same form", shoot.priya)
    said = await shoot.priya.types("/crisis draft", CHANNEL)
    await shoot.camera.message("draft", "A new text", shoot.priya, said.ephemeral[-1])
    await shoot.dana.types("/crisis declare more parcels are late", "#general")
    asked = (await shoot.dana.reads("#general"))[-1]
    await shoot.camera.message("similar", "Something like it is open already", shoot.dana, asked)


async def kept_on_record(shoot: Shoot) -> None:
    shoot.chapter("On the record")
    await shoot.sam.types("Logistics says: strike in Leipzig since 30 October", CHANNEL)
    said = (await shoot.sam.reads(CHANNEL))[-1]
    await shoot.priya.reacts("pushpin", said)
    await shoot.settled()
    kept = (await shoot.sam.reads(CHANNEL))[-1]
    await shoot.camera.message(
        "pushpin", "A pushpin puts a message on the timeline; the tick is the receipt", shoot.priya, kept
    )
    status = await shoot.priya.types("/crisis status", CHANNEL)
    await shoot.camera.message("timeline", "Where we are, and all that happened", shoot.priya, status.ephemeral[-1])
    await shoot.priya.types("/crisis export", CHANNEL)
    await shoot.settled()
    files = next(message for message in reversed(await shoot.priya.dms()) if message.files)
    await shoot.camera.message("export", "The record as files, for whoever asked", shoot.priya, files)
    await shoot.priya.presses("Earlier", on=status.ephemeral[-1])
    await shoot.modal("timeline-earlier", "The lines before, page by page", shoot.priya)
    await shoot.priya.closes()

"""The first minute in German: channels in the plan's language, everybody in their own."""

from dataclasses import replace

from bot.practice.world import HARBOUR
from tests.screens.camera import Camera
from tests.screens.shoot import Shoot
from tests.stage import Stage
from tests.stories.test_sunday import CHANNEL, fourteen_posts

WORLD = replace(HARBOUR, people=tuple(replace(one, locale="de-DE") for one in HARBOUR.people))


async def told(stage: Stage, camera: Camera) -> None:
    """From the question to the first yes."""
    shoot = Shoot(stage, camera)
    shoot.camera.chapter = "In German"
    await fourteen_posts(shoot.sunday)
    card = (await shoot.dana.reads("#crisis-watch"))[0]
    await shoot.camera.message("de-watch-card", "Ist es eine Krise?", shoot.dana, card)
    await shoot.dana.presses("Krise ausrufen", on=card)
    await shoot.camera.modal("de-declare", "Krise ausrufen", shoot.dana)
    await shoot.dana.submits({"Was ist passiert?": "Pakete drei Wochen zu spät, keine Antworten"})
    await shoot.settled()
    await shoot.dana.reload()
    await shoot.camera.screen("de-channel", "Der Kanal", shoot.priya, CHANNEL)
    await shoot.in_dm("de-called", "Die Nachricht an die Leitung", shoot.priya)
    await shoot.priya.presses("Text lesen", on=await shoot.last_dm(shoot.priya))
    await shoot.form("de-read", "Der Text zum Lesen und Freigeben", shoot.priya)
    await shoot.home("de-home", "App Home", shoot.priya)
    said = await shoot.priya.types("/crisis", CHANNEL)
    await shoot.camera.message("de-bare", "Wo wir stehen, und was zu tippen ist", shoot.priya, said.ephemeral[-1])

"""An evening with a camera in it."""

from bot.practice.driver import Message, Person
from tests.screens.camera import Camera
from tests.stage import Stage
from tests.stories.test_sunday import Sunday


class Shoot:
    """The stage as its story and its pictures need it."""

    def __init__(self, stage: Stage, camera: Camera) -> None:
        self.stage = stage
        self.sunday = Sunday(stage)
        self.camera = camera

    def __getattr__(self, name: str) -> Person:
        """`shoot.dana` is Dana."""
        if name.startswith("_"):
            raise AttributeError(name)
        return self.stage.workspace.person(name.capitalize())

    async def at(self, clock: str) -> None:
        await self.stage.at(clock)

    async def settled(self) -> None:
        await self.stage.settle()

    async def last_dm(self, person: Person) -> Message:
        return (await person.dms())[-1]

    async def form(self, name: str, caption: str, who: Person) -> None:
        """The open form, which is then put away."""
        await self.camera.modal(name, caption, who)
        while await who.modal() is not None:
            await who.closes()

    async def home(self, name: str, caption: str, who: Person) -> None:
        """Somebody opens their App Home."""
        await who.home()
        await self.settled()
        await self.camera.home(name, caption, who)

    async def in_channel(self, name: str, caption: str, begins: str, who: Person | None = None) -> None:
        await self.camera.message(name, caption, who or self.dana, await self.sunday.card(begins))

    async def in_dm(self, name: str, caption: str, who: Person, words: str = "") -> None:
        await self.camera.message(name, caption, who, await self.sunday.dm(who, words))

"""A story with a camera in it."""

from collections.abc import Mapping

from bot.practice.driver import Message, Modal, Outcome, Person
from tests.model_server import ModelServer
from tests.screens.camera import Camera
from tests.stage import Stage
from tests.stories.test_sunday import CHANNEL, Sunday


class Shoot:
    """The stage as its story and its pictures need it."""

    def __init__(self, stage: Stage, camera: Camera, model: ModelServer) -> None:
        self.stage = stage
        self.sunday = Sunday(stage)
        self.camera = camera
        self.model = model

    def __getattr__(self, name: str) -> Person:
        """`shoot.dana` is Dana."""
        if name.startswith("_"):
            raise AttributeError(name)
        return self.stage.workspace.person(name.capitalize())

    def chapter(self, title: str) -> None:
        self.camera.chapter = title

    async def at(self, clock: str) -> None:
        await self.stage.at(clock)

    async def settled(self) -> None:
        await self.stage.settle()

    # What people do

    async def declared(
        self, title: str, *, by: Person | None = None, severity: str = "Critical", similar: str = "", **fields: object
    ) -> Modal:
        """A crisis by the form, beside a `similar` one (a picture's name) where there is one; what the form became."""
        who = by or self.dana
        form = (await who.types("/crisis declare")).modal
        assert form is not None
        how_bad = next(label for label in form.options["How bad"] if label.startswith(severity))
        said = await who.submits({"What happened?": title, "How bad": how_bad, **_labelled(fields)})
        if said.modal and said.modal.submit == "Declare another":
            if similar:
                await self.modal(similar, "Something like it is open already, asked in the form", who)
            await who.submits()
        await self.settled()
        news = await who.modal()
        assert news is not None
        await who.reload()
        return news

    async def approved(self, channel: str = CHANNEL) -> None:
        """Priya says yes to the first public word."""
        await self.priya.presses("Approve", in_channel=channel)
        await self.settled()

    async def posted(self, *outlets: str, **links: str) -> None:
        """Dana ticks where it stands, with a link to it where she has one."""
        form = (await self.dana.presses("Mark as published", in_channel="dm")).modal
        assert form is not None
        linked = {f"Link on {outlet}": link for outlet, link in links.items()}
        await self.dana.submits({"Posted on": list(outlets) or form.options["Posted on"], **linked})
        await self.dana.closes()
        await self.settled()

    async def edits(self, who: Person, card: Message, old: str, new: str) -> None:
        """Somebody changes some words; the answer stands before them."""
        form = (await who.presses("Edit", on=card)).modal
        assert form is not None
        label = next(label for label in form.labels if label.startswith("Text"))
        body = str(form.values[label])
        assert old in body, f"There is no {old!r} in {body!r}"
        await who.submits({label: body.replace(old, new)})

    # What is pictured

    async def message(self, name: str, caption: str, who: Person, message: Message, *, thread: bool = False) -> None:
        await self.camera.message(name, caption, who, message, thread=thread)

    async def modal(self, name: str, caption: str, who: Person) -> None:
        """The open form, which stays."""
        await self.camera.modal(name, caption, who)

    async def form(self, name: str, caption: str, who: Person) -> None:
        """The open form, which is then put away."""
        await self.camera.modal(name, caption, who)
        while await who.modal() is not None:
            await who.closes()

    async def answer(self, name: str, caption: str, who: Person, said: Outcome) -> None:
        """What was whispered in answer to what somebody pressed or typed."""
        await self.camera.message(name, caption, who, said.ephemeral[-1])

    async def home(self, name: str, caption: str, who: Person) -> None:
        """Somebody opens their App Home."""
        await who.home()
        await self.settled()
        await self.camera.home(name, caption, who)

    async def in_channel(self, name: str, caption: str, begins: str, who: Person | None = None) -> None:
        await self.camera.message(name, caption, who or self.dana, await self.sunday.card(begins))

    async def in_dm(self, name: str, caption: str, who: Person, words: str = "") -> None:
        """The newest DM with these words."""
        await self.camera.message(name, caption, who, await self.dm(who, words))

    # What is there

    async def dm(self, person: Person, words: str = "") -> Message:
        """The newest DM with these words; what was whispered there is none."""
        found = [dm for dm in await person.dms() if words in dm.shown and not dm.ephemeral]
        assert found, f"{person} has no DM with {words!r}: {[dm.shown for dm in await person.dms()]}"
        return found[-1]

    async def brief(self, channel: str = CHANNEL) -> Message:
        return (await self.dana.reads(channel))[0]


def _labelled(fields: Mapping[str, object]) -> dict[str, object]:
    """Fields of the form by shorter names."""
    labels = {"sees": "Who can see it", "situation": "Situation", "more": "What else do you know?"}
    return {labels[name]: value for name, value in fields.items()}

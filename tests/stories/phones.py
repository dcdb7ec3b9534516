"""A stage on which somebody counts whose phone buzzes: what stories about the bot's manners begin with."""

from dataclasses import dataclass, field

from bot.practice.driver import Person
from tests.stage import Stage

CAST = ("Dana", "Priya", "Leo", "Ines", "Sam", "Tom", "Eva", "Nora", "Max")

Pings = dict[str, list[str]]


@dataclass
class Phones:
    """The stage, and what has buzzed so far."""

    stage: Stage
    heard: dict[str, int] = field(default_factory=dict)

    def __getattr__(self, name: str) -> Person:
        """`phones.dana` is Dana."""
        if name.startswith("_"):
            raise AttributeError(name)
        return self.stage.workspace.person(name.capitalize())

    async def pings(self) -> Pings:
        """What has buzzed since the last time we looked: person -> what their phone shows."""
        await self.stage.settle()
        new: Pings = {}
        for name in CAST:
            notices = await self.stage.workspace.person(name).notifications()
            if fresh := [notice.text for notice in notices[self.heard.get(name, 0) :]]:
                new[name] = fresh
            self.heard[name] = len(notices)
        return new

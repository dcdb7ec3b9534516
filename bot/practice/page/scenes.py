"""The panel "Try": faults that the workspace makes itself, and scenes that whoever started it offers."""

import asyncio
from dataclasses import asdict, dataclass
from typing import Any

import aiohttp

from bot.practice.control import HEADER
from bot.practice.nouns import JSON
from bot.practice.settings import PracticeSettings
from bot.practice.web_api import Fault, WebApi

SLOW = 2.0


@dataclass(frozen=True)
class Scene:
    """A button: what it says, what it will do, and beside which others it stands."""

    key: str
    label: str
    help: str
    group: str
    lasts: bool = False
    """It goes on until it is pressed again."""


SLACK = "Slack has trouble"
OURS = (
    Scene("slack-429", "Slack answers 429 once", "The bot's next call is told to come back in two seconds.", SLACK),
    Scene(
        "slack-500", "Slack answers 500 once", "The bot's next call fails, and nobody says whether it was done.", SLACK
    ),
    Scene(
        "slack-slow",
        "Slack is slow (2 s)",
        "Each of the bot's calls takes two seconds. Press again to end it.",
        SLACK,
        lasts=True,
    ),
)


class Scenes:
    """What can be tried, and the doing of it."""

    def __init__(self, settings: PracticeSettings, web_api: WebApi) -> None:
        self.settings, self.web_api = settings, web_api
        self.others: list[Scene] = []
        self.said: list[tuple[int, str]] = []
        """What happened, the latest first, each with its number."""
        self._on: set[str] = set()

    def groups(self) -> dict[str, list[Scene]]:
        """All scenes, under the words they stand beneath."""
        groups: dict[str, list[Scene]] = {}
        for scene in (*self.others, *OURS):
            groups.setdefault(scene.group, []).append(scene)
        return groups

    def is_on(self, key: str) -> bool:
        """Whether this is one that goes on until it is pressed again, and does."""
        return key in self._on or (key == "slack-slow" and self.settings.latency >= SLOW)

    async def learn(self) -> None:
        """Ask whoever started us what they offer; nobody is fine too."""
        if self.settings.scene_url and not self.others:
            offered = await self._ask("GET", None)
            self.others = [Scene(**one) for one in offered] if isinstance(offered, list) else []

    async def play(self, key: str) -> str:
        """Do it; a sentence on what happened."""
        match key:
            case "slack-429":
                self.web_api.fails("*", Fault("429"))
                said = "The next call of the bot gets 429 with Retry-After: 2."
            case "slack-500":
                self.web_api.fails("*", Fault("500"))
                said = "The next call of the bot gets 500."
            case "slack-slow":
                self.settings.latency = 0.0 if self.is_on(key) else SLOW
                said = "Each call takes two seconds now." if self.is_on(key) else "Slack is as fast as before."
            case _:
                answer = await self._ask("POST", {"do": key})
                said = str(answer)
                if isinstance(answer, dict):
                    said, self._on = str(answer.get("said", "")), set(answer.get("on", []))
        self.said = [(len(self.said) + 1, said), *self.said][:20]
        return said

    async def _ask(self, verb: str, body: JSON | None) -> Any:
        if not self.settings.scene_url:
            return "Nobody offers that here."
        try:
            async with (
                aiohttp.ClientSession(headers={HEADER: "page"}) as session,
                asyncio.timeout(60),
                session.request(verb, self.settings.scene_url, json=body) as answer,
            ):
                return await answer.json()
        except (aiohttp.ClientError, TimeoutError, ValueError):
            return "Whoever started this workspace does not answer."


def offered(scenes: list[Scene]) -> list[JSON]:
    """The list as it travels."""
    return [asdict(scene) for scene in scenes]

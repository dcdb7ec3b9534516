"""`python -m tests.screens`: all pictures into build/screens, with an index page; `--only words` for some of them."""

import argparse
import asyncio
import shutil
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import product
from pathlib import Path
from typing import Any

from bot.plan import Plan
from bot.practice.world import HARBOUR, World
from bot.schema import upgrade
from tests.browser.installed import chromium
from tests.model_server import ModelServer, served
from tests.screens import evening, gaps, german, morning, promises, reports, shifts, words
from tests.screens.album import bound
from tests.screens.camera import THEMES, Camera, browsing, camera
from tests.screens.inventory import Inventory
from tests.screens.shoot import Shoot
from tests.stage import Stage, a_plan, staged
from tests.stories.test_sunday import EVENING

STRIP = ("watch-card", "read", "asked-again", "front-line", "reminder", "handover-brief")
"""What the README shows, as a phone does."""
PICTURES = Path(__file__).parent.parent.parent / "docs" / "pictures"
WORDING = (
    "Parcels of yours are late, some by weeks, and you got no answer from us. That is not good enough, and we are sorry. "
    "We are finding out what happened. Help for your order: https://harbour.example/help"
)


@dataclass(frozen=True, kw_only=True)
class Story:
    """One walk through the product, on a workspace and a database of its own."""

    told: Callable[[Shoot], Awaitable[None]]
    begin: datetime = EVENING
    model: bool = False
    """With a language model that answers well."""
    plan: Plan | None = None
    world: World = HARBOUR


MORNING = EVENING + timedelta(hours=7, minutes=32)
STORIES = {
    "evening": Story(told=evening.told, model=True),
    "words": Story(told=words.told, model=True),
    "promises": Story(told=promises.told),
    "reports": Story(told=reports.told, begin=MORNING),
    "morning": Story(told=morning.told, begin=MORNING),
    "shifts": Story(told=shifts.told, begin=MORNING + timedelta(minutes=20)),
    "gaps": Story(told=gaps.told, plan=gaps.plan()),
    "german": Story(told=german.told, plan=a_plan("language: de\n"), world=german.WORLD),
}
AT_ONCE = 2
"""Stories that are told side by side: each waits for its people as much as it computes."""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What was asked for on the command line."""

    folder: Path
    only: str = ""
    story: str = ""

    @property
    def everything(self) -> bool:
        return not (self.only or self.story)


async def _shoot(asked: Asked, empty: Path) -> list[str]:
    """The pictures, and what is wrong with them. Each story begins with a copy of the `empty` database."""
    inventory, turn = Inventory(), asyncio.Semaphore(AT_ONCE)
    inventory.watch()
    async with browsing() as browser:

        async def tell(name: str, story: Story) -> Camera:
            database = empty.with_name(f"{name}.db")
            shutil.copy(empty, database)
            async with turn, _staged(story, database) as (stage, model):
                lens = await camera(browser, asked.folder, inventory, only=asked.only)
                lens.address = stage.workspace.base_url
                await story.told(Shoot(stage, lens, model))
                return lens

        async with asyncio.TaskGroup() as group:
            chosen = {name: story for name, story in STORIES.items() if asked.story in (name, "")}
            telling = [group.create_task(tell(name, story)) for name, story in chosen.items()]
    lenses = [task.result() for task in telling]
    print(f"Look at {bound([shot for lens in lenses for shot in lens.shots], asked.folder)}")
    wrong = [fault for lens in lenses for fault in lens.faults]
    return [*wrong, *(f"No picture of bot.views.{one}" for one in inventory.unseen())] if asked.everything else wrong


@asynccontextmanager
async def _staged(story: Story, database: Path) -> AsyncIterator[tuple[Stage, ModelServer]]:
    async with AsyncExitStack() as stack:
        model = ModelServer("good", text=WORDING)
        options: dict[str, Any] = {}
        if story.model:
            address = await stack.enter_async_context(served(model))
            options = {"openai_api_key": "key", "openai_base_url": address, "openai_model": "gpt-5-mini"}
        url = f"sqlite+aiosqlite:///{database}"
        stage = staged(url, story.plan, world=story.world, begin=story.begin, **options)
        yield await stack.enter_async_context(stage), model


def main() -> None:
    said = argparse.ArgumentParser(description=__doc__)
    said.add_argument("--folder", type=Path, default=Path("build/screens"))
    said.add_argument("--only", default="", help="take pictures of the screens with this in their name")
    said.add_argument("--story", default="", choices=["", *STORIES], help="tell this story alone")
    said.add_argument("--strip", action="store_true", help="the README's pictures (docs/pictures) are made anew, too")
    typed = said.parse_args()
    if chromium() is None:
        print("No pictures: there is no Chromium here (`apt-get install chromium`, or say CHROMIUM=/where/it/is).")
        return
    asked = Asked(folder=typed.folder, only=typed.only, story=typed.story)
    if asked.everything:
        shutil.rmtree(asked.folder, ignore_errors=True)
    asked.folder.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="amends-screens-") as place:
        empty = Path(place) / "empty.db"
        upgrade(f"sqlite+aiosqlite:///{empty}")
        wrong = asyncio.run(_shoot(asked, empty))
    print(f"That took {time.monotonic() - began:.0f} seconds.")
    if typed.strip:
        PICTURES.mkdir(exist_ok=True)
        for name, theme in product(STRIP, THEMES):
            shutil.copy(asked.folder / f"{name}-phone-{theme}.png", PICTURES / f"{name}-{theme}.png")
    if wrong:
        sys.exit("\n".join(["", *wrong]))


if __name__ == "__main__":
    main()

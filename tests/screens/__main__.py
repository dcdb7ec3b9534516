"""`python -m tests.screens`: all pictures into build/screens, with an index page; `--only words` for some of them."""

import argparse
import asyncio
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime, timedelta
from itertools import product
from pathlib import Path
from typing import Any

from bot.schema import upgrade
from tests.browser.installed import chromium
from tests.model_server import ModelServer, served
from tests.screens import evening, german, morning
from tests.screens.album import bound
from tests.screens.camera import THEMES, Camera, camera
from tests.stage import Stage, a_plan, staged
from tests.stories.test_sunday import EVENING

STRIP = ("watch-card", "read", "asked-again", "front-line", "reminder", "handover-brief")
"""What the README shows, as a phone does."""
PICTURES = Path(__file__).parent.parent.parent / "docs" / "pictures"
WORDING = (
    "Parcels of yours are late, some by weeks, and you got no answer from us. That is not good enough, and we are sorry. "
    "We are finding out what happened. Help for your order: https://harbour.example/help"
)


Told = Callable[[Stage, Camera], Awaitable[None]]
STORIES: list[tuple[Told, dict[str, Any]]] = [
    (evening.told, {"begin": EVENING, "model": True}),
    (morning.told, {"begin": EVENING + timedelta(hours=7, minutes=32)}),
    (german.told, {"begin": EVENING, "plan": a_plan("language: de\n"), "world": german.WORLD}),
]
"""Each on a workspace and a database of its own."""


async def _shoot(folder: Path, only: str) -> Path:
    async with camera(folder, only=only) as lens:
        for told, options in STORIES:
            async with _stage(**options) as stage:
                lens.address = stage.workspace.base_url
                await told(stage, lens)
        return bound(lens.shots, folder)


@asynccontextmanager
async def _stage(*, begin: datetime, model: bool = False, **options: Any) -> AsyncIterator[Stage]:
    async with AsyncExitStack() as stack:
        place = stack.enter_context(tempfile.TemporaryDirectory(prefix="amends-screens-"))
        url = f"sqlite+aiosqlite:///{place}/amends.db"
        await asyncio.to_thread(upgrade, url)
        if model:
            address = await stack.enter_async_context(served(ModelServer("good", text=WORDING)))
            options |= {"openai_api_key": "key", "openai_base_url": address, "openai_model": "practice"}
        yield await stack.enter_async_context(staged(url, begin=begin, **options))


def main() -> None:
    said = argparse.ArgumentParser(description=__doc__)
    said.add_argument("--folder", type=Path, default=Path("build/screens"))
    said.add_argument("--only", default="", help="take pictures of the screens with this in their name")
    said.add_argument("--strip", action="store_true", help="the README's pictures (docs/pictures) are made anew, too")
    asked = said.parse_args()
    if chromium() is None:
        sys.exit("There is no browser here: install chromium (Debian's will do), or set CHROMIUM to one.")
    if not asked.only:
        shutil.rmtree(asked.folder, ignore_errors=True)
    asked.folder.mkdir(parents=True, exist_ok=True)
    print(f"Look at {asyncio.run(_shoot(asked.folder, asked.only))}")
    if asked.strip:
        PICTURES.mkdir(exist_ok=True)
        for name, theme in product(STRIP, THEMES):
            shutil.copy(asked.folder / f"{name}-phone-{theme}.png", PICTURES / f"{name}-{theme}.png")


if __name__ == "__main__":
    main()

"""A camera before the practice workspace's page: each screen on a desktop and on a phone, in light and in dark."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from urllib.parse import urlencode

from playwright.async_api import Browser, Locator, Page, async_playwright

from bot.practice.driver import Message, Person
from tests.browser.installed import chromium

DEVICES = {"desktop": (1280, 860), "phone": (390, 844)}
"""Width and height of the window."""
TALL = 1700
"""Height of the window for a picture of one thing, so that the longest card is whole."""
THEMES = ("light", "dark")
FORM = "dialog[open]"


@dataclass(frozen=True)
class Shot:
    """One screen: what it shows, and its pictures by device and theme."""

    name: str
    caption: str
    chapter: str
    pictures: dict[tuple[str, str], Path]


@dataclass
class Camera:
    """Takes pictures of what people see, wherever they look."""

    folder: Path
    windows: dict[tuple[str, str], Page]
    only: str = ""
    address: str = ""
    """Of the workspace that is looked at."""
    chapter: str = ""
    shots: list[Shot] = field(default_factory=list)

    async def message(self, name: str, caption: str, who: Person, message: Message, *, thread: bool = False) -> None:
        """One message as this person sees it; with `thread` together with its replies."""
        within = "#replies " if thread else ""
        query = {"as": who.id, "in": message.channel if message.channel[0] != "D" else "dm"}
        if thread:
            query["thread"] = message.thread_ts or message.ts
        await self._take(name, caption, query, f'{within}[data-ts="{message.ts}"]')

    async def modal(self, name: str, caption: str, who: Person) -> None:
        """The form that stands open before this person."""
        await self._take(name, caption, {"as": who.id, "in": "general"}, FORM)

    async def home(self, name: str, caption: str, who: Person) -> None:
        """Their App Home."""
        await self._take(name, caption, {"as": who.id, "home": "1"}, "#home")

    async def screen(self, name: str, caption: str, who: Person, where: str, **more: str) -> None:
        """The whole window."""
        place = {"in": where.removeprefix("#")} if where != "home" else {"home": "1"}
        await self._take(name, caption, {"as": who.id, **place, **more}, None)

    async def _take(self, name: str, caption: str, query: dict[str, str], what: str | None) -> None:
        if self.only and self.only not in name:
            return
        pictures = {kind: self.folder / f"{name}-{'-'.join(kind)}.png" for kind in self.windows}
        await asyncio.gather(*(self._picture(kind, query, what, path) for kind, path in pictures.items()))
        self.shots.append(Shot(name, caption, self.chapter, pictures))

    async def _picture(self, kind: tuple[str, str], query: dict[str, str], what: str | None, path: Path) -> None:
        device, theme = kind
        page = self.windows[kind]
        width, height = DEVICES[device]
        await page.set_viewport_size({"width": width, "height": height if what in (None, FORM) else TALL})
        there = {**query, "theme": theme, **({"inner": "1"} if device == "phone" else {})}
        await page.goto(f"{self.address}/?{urlencode(there)}")
        await page.wait_for_selector("html[data-live]", state="attached")
        if what is None:
            await page.screenshot(path=path)
            return
        seen: Locator = page.locator(what).last
        await seen.wait_for()
        await seen.screenshot(path=path)


@asynccontextmanager
async def camera(folder: Path, *, only: str = "") -> AsyncIterator[Camera]:
    """A camera with one window for each kind of picture."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox", "--lang=en-GB"])
        windows = {kind: await _window(browser, kind[0]) for kind in _kinds()}
        yield Camera(folder, windows, only)
        await browser.close()


def _kinds() -> Iterator[tuple[str, str]]:
    return product(DEVICES, THEMES)


async def _window(browser: Browser, device: str) -> Page:
    width, height = DEVICES[device]
    page = await browser.new_page(
        viewport={"width": width, "height": height},
        device_scale_factor=2 if device == "phone" else 1,
        reduced_motion="reduce",
        locale="en-GB",
        timezone_id="Europe/Berlin",
    )
    page.set_default_timeout(10_000)
    return page

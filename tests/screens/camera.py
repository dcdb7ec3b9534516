"""A camera before the practice workspace's page: each screen on a desktop and on a phone, in light and in dark.

Whatever is pictured is also looked at by axe, and must not be wider than its window.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlencode

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, FloatRect, Page, async_playwright

from bot.practice.driver import Message, Person
from tests.browser.installed import chromium
from tests.screens.inventory import Inventory

Theme = Literal["light", "dark"]

DEVICES = {"desktop": (1280, 860), "phone": (390, 844)}
"""Width and height of the window."""
SCALES: dict[str, Literal["css", "device"]] = {"desktop": "css", "phone": "device"}
"""A phone's pictures have two dots for each of the page's."""
TALL, TALLEST = 1700, 4200
"""Height of the window for a picture of one thing, so that the longest card, or App Home, is whole."""
THEMES: tuple[Theme, Theme] = ("light", "dark")
FORM, HOME = "dialog[open]", "#home .blocks"
ROOM = 16
"""What a picture shows around the rows of App Home, on each side."""
LOOKED_AT = {("desktop", "light"), ("phone", "dark")}
"""What axe sees of each picture: both devices and both themes, at half the price of all four."""


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
    page: Page
    inventory: Inventory
    only: str = ""
    address: str = ""
    """Of the workspace that is looked at."""
    chapter: str = ""
    shots: list[Shot] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    """What axe found, and what does not fit its window."""

    async def message(self, name: str, caption: str, who: Person, message: Message, *, thread: bool = False) -> None:
        """One message as this person sees it; with `thread` together with its replies."""
        within = "#replies " if thread else ""
        query = {"as": who.id, "in": message.channel if message.channel[0] != "D" else "dm"}
        if thread:
            query["thread"] = message.thread_ts or message.ts
        await self._take(name, caption, query, f'{within}[data-ts="{message.ts}"]')
        standing = [one for one in await who.reads(query["in"]) if one.ts == message.ts]
        self.inventory.pictured(block for one in standing for block in one.blocks)

    async def modal(self, name: str, caption: str, who: Person) -> None:
        """The form that stands open before this person."""
        view = await who.modal()
        assert view is not None, f"{name}: nothing stands open before {who}"
        await self._take(name, caption, {"as": who.id, "in": "general"}, FORM)
        self.inventory.pictured(view.blocks, title=view.title)

    async def home(self, name: str, caption: str, who: Person) -> None:
        """Their App Home."""
        await self._take(name, caption, {"as": who.id, "home": "1"}, HOME)
        view = await who.home(opens=False)
        assert view is not None, f"{name}: {who} has no App Home"
        self.inventory.pictured(view.blocks)

    async def screen(self, name: str, caption: str, who: Person, where: str, **more: str) -> None:
        """The whole window."""
        place = {"in": where.removeprefix("#")} if where != "home" else {"home": "1"}
        await self._take(name, caption, {"as": who.id, **place, **more}, None)

    async def _take(self, name: str, caption: str, query: dict[str, str], what: str | None) -> None:
        if self.only and self.only not in name:
            return
        assert all(shot.name != name for shot in self.shots), f"There are two pictures called {name}"
        shot = Shot(
            name,
            caption,
            self.chapter,
            {kind: self.folder / f"{name}-{'-'.join(kind)}.png" for kind in product(DEVICES, THEMES)},
        )
        for device in DEVICES:
            if device == "desktop" or what is None:  # one thing is the same in a narrow window, a whole screen is not
                await self._looks(device, query, what)
            await self._pictures(device, what, shot)
        self.shots.append(shot)

    async def _looks(self, device: str, query: dict[str, str], what: str | None) -> None:
        """Go there, and wait until it can be seen."""
        await self._sized(device, what)
        there = {**query, **({"inner": "1"} if device == "phone" else {})}
        await self.page.goto(f"{self.address}/?{urlencode(there)}", wait_until="commit")
        await self.page.wait_for_selector("html[data-live]", state="attached")
        await self.page.locator(what or "body").last.wait_for()

    async def _sized(self, device: str, what: str | None) -> None:
        width, height = DEVICES[device]
        if what not in (None, FORM):
            height = TALLEST if what == HOME else TALL
        await self.page.set_viewport_size({"width": width, "height": height})

    async def _pictures(self, device: str, what: str | None, shot: Shot) -> None:
        """Both themes."""
        await self._sized(device, what)
        for theme in THEMES:
            path = shot.pictures[device, theme]
            await self.page.emulate_media(color_scheme=theme)
            await self._picture(what, path, SCALES[device])
            if (device, theme) in LOOKED_AT:
                self.faults += [f"{path.stem}: {fault}" for fault in await _faults(self.page, what)]

    async def _picture(self, what: str | None, path: Path, scale: Literal["css", "device"]) -> None:
        if what is None:
            await self.page.screenshot(path=path, scale=scale)
            return
        seen = self.page.locator(what).last
        if what != HOME:
            await seen.screenshot(path=path, scale=scale)
            return
        rows = await seen.bounding_box()
        assert rows is not None
        clip: FloatRect = {
            "x": max(rows["x"] - ROOM, 0),
            "y": max(rows["y"] - ROOM, 0),
            "width": rows["width"] + 2 * ROOM,
            "height": rows["height"] + 2 * ROOM,
        }
        await self.page.screenshot(path=path, scale=scale, clip=clip)


async def _faults(page: Page, what: str | None) -> list[str]:
    """What is wrong with what is in sight, for every eye and ear."""
    found = []
    axe = Axe("") if await page.evaluate("'axe' in window") else Axe()
    options: dict[str, Any] = {"resultTypes": ["violations"]}
    for one in (await axe.run(page, what, options)).response["violations"]:
        nodes = "; ".join(
            f"{node['html'][:160]} ({node['any'][:1] and node['any'][0]['message']})" for node in one["nodes"][:3]
        )
        found.append(f"{one['id']}: {nodes}")
    if await page.evaluate("document.documentElement.scrollWidth > innerWidth"):
        found.append("it is wider than its window")
    return found


@asynccontextmanager
async def browsing() -> AsyncIterator[Browser]:
    """One browser for all cameras."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox", "--lang=en-GB"])
        yield browser
        await browser.close()


async def camera(browser: Browser, folder: Path, inventory: Inventory, *, only: str = "") -> Camera:
    """A camera with a window of its own."""
    page = await browser.new_page(
        device_scale_factor=2, reduced_motion="reduce", locale="en-GB", timezone_id="Europe/Berlin"
    )
    page.set_default_timeout(10_000)
    return Camera(folder, page, inventory, only)

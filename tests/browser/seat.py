"""Somebody before the page: what they do with it and what they see. Only the page is used, never the control API."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from playwright.async_api import Locator, Page, expect


@dataclass
class Seat:
    """One window of one browser."""

    page: Page
    address: str
    answered: Callable[[], Awaitable[None]]
    """Until the bot has done all that it was asked."""

    async def opens(self, query: str) -> None:
        """Go to an address of the page, and wait until it is live."""
        await self.page.goto(f"{self.address}/?{query}")
        await self.live()

    async def settle(self) -> None:
        """Until the page has said all that was pressed, and the bot has done it."""
        await expect(self.page.locator("[data-busy]")).to_have_count(0)
        await self.answered()

    async def live(self) -> None:
        await self.page.wait_for_selector("html[data-live]", state="attached")

    async def becomes(self, name: str) -> None:
        """Be somebody else, by the list of people."""
        option = self.page.locator("#to option", has_text=name).first
        label = await option.inner_text()
        async with self.page.expect_navigation():
            await self.page.select_option("#to", label=label)
        await self.live()

    async def goes(self, place: str) -> None:
        """Go to a channel, or to "Amends", by the list at the side."""
        link = self.page.locator(
            "#side .place", has=self.page.locator(".name", has_text=re.compile(f"^{re.escape(place)}$"))
        )
        async with self.page.expect_navigation():
            await link.click()
        await self.live()

    def button(self, label: str) -> Locator:
        """The newest button with these words in sight."""
        return (
            self.page.locator(".messages .button", has_text=re.compile(f"^{re.escape(label)}$"))
            .filter(visible=True)
            .last
        )

    async def presses(self, label: str) -> None:
        await self.button(label).click()

    async def modal(self, title: str = "") -> Locator:
        """The modal in front, once it is there."""
        dialog = self.page.locator("dialog.modal[open]").last
        await expect(dialog).to_be_visible()
        if title:
            await expect(dialog.locator("h2")).to_have_text(title)
        return dialog

    async def submits(self) -> None:
        await (await self.modal()).locator("button[type=submit]").click()

    async def closes(self) -> None:
        """Whatever is open, until nothing is."""
        dialogs = self.page.locator("dialog.modal")
        while await dialogs.count():
            count = await dialogs.count()
            await dialogs.last.locator(".foot [data-close]").click()
            await expect(dialogs).to_have_count(count - 1)

    async def sees(self, words: str, where: str = "#messages") -> None:
        await expect(self.page.locator(where)).to_contain_text(words)

    # By keyboard alone: whatever a method below does, it does with keys

    async def key(self, *keys: str) -> None:
        for key in keys:
            await self.page.keyboard.press(key)

    async def writes(self, words: str) -> None:
        """Type into what has the focus."""
        await self.page.keyboard.type(words)

    async def enters(self) -> None:
        """Enter, on what leads to another page."""
        async with self.page.expect_navigation():
            await self.key("Enter")
        await self.live()

    async def focused(self) -> str:
        """The name of what has the focus, as a screen reader says it."""
        focus = self.page.locator(":focus")
        if not await focus.count():
            return ""
        named = re.match(r"""- '?(?:\w+|text:) "((?:[^"\\]|\\.)*)\"""", await focus.aria_snapshot())
        return named[1].replace('\\"', '"').replace("''", "'") if named else ""

    async def _shown(self) -> str:
        """The words in sight on what has the focus."""
        return str(await self.page.evaluate("() => document.activeElement?.innerText ?? ''")).strip()

    async def tabs_to(self, words: str, *, back: bool = False, most: int = 80) -> None:
        """Tab until what is called this, or shows this, has the focus."""
        met: list[str] = []
        for _step in range(most):
            met.append(await self.focused())
            if words in (met[-1], await self._shown()):
                return
            await self.key("Shift+Tab" if back else "Tab")
        raise AssertionError(f"{words!r} is not reached by {most} tabs, only: {', '.join(dict.fromkeys(met))}")

    async def steps_to(self, part: str) -> None:
        """Go from part to part of the screen until the focus is there."""
        for _step in range(10):
            if await self.page.evaluate("part => !!document.activeElement?.closest(part)", part):
                return
            await self.key("F6")
        raise AssertionError(f"F6 does not lead to {part}")

    async def turns_into(self, name: str) -> None:
        """Be somebody else, where they were called."""
        await self.steps_to("#side-box")
        await self.tabs_to("You are", back=True)
        await self.writes(name)
        await self.enters()

    async def turns_to(self, place: str) -> None:
        """Go to a channel, or to "Amends"."""
        await self.steps_to("#side-box")
        await self.tabs_to("You are", back=True)
        while True:
            await self.key("Tab")
            if (await self.focused()).startswith(place):
                break
        await self.enters()

    async def finds(self, label: str) -> None:
        """Walk up from the newest message to one that offers this, and into it until the focus is on it."""
        await self.steps_to("#messages:focus")
        await self.key("End")
        offered = self.page.locator(":focus").get_by_text(label, exact=True)
        for _step in range(60):
            if await offered.count():
                return await self.tabs_to(label, most=20)
            await self.key("ArrowUp")
        raise AssertionError(f"no message offers {label!r}")

    async def strikes(self, label: str) -> None:
        """Press the newest button with these words."""
        await self.finds(label)
        await self.key("Enter")

    async def sends(self, label: str) -> None:
        """In the modal in front: go to what sends it, and press that."""
        await self.tabs_to(label)
        await self.key("Enter")
        await self.settle()

    async def escapes(self) -> None:
        """Close what is open, one after the other."""
        dialogs = self.page.locator("dialog.modal")
        while count := await dialogs.count():
            await self.key("Escape")
            await expect(dialogs).to_have_count(count - 1)

    async def ticks_all(self) -> None:
        """Tick every box of the modal in front."""
        boxes = (await self.modal()).locator("input[type=checkbox]")
        for box in await boxes.all():
            while not await box.evaluate("box => box === document.activeElement"):
                await self.key("Tab")
            await self.key("Space")
            await expect(box).to_be_checked()

    async def picks(self, entry: str) -> None:
        """From the menu that is open: down to this entry, and press it."""
        for _step in range(12):
            if await self.focused() == entry or (await self._shown()).startswith(entry):
                return await self.key("Enter")
            await self.key("ArrowDown")
        raise AssertionError(f"the menu has no {entry!r}")

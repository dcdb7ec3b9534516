"""Somebody before the page: what they do with it and what they see. Only the page is used, never the control API."""

import re
from dataclasses import dataclass

from playwright.async_api import Locator, Page, expect

from tests.stage import Stage


@dataclass
class Seat:
    """One window of one browser."""

    page: Page
    stage: Stage

    async def opens(self, query: str) -> None:
        """Go to an address of the page, and wait until it is live."""
        await self.page.goto(f"{self.stage.workspace.base_url}/?{query}")
        await self.live()

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
        return self.page.locator(".messages .button", has_text=re.compile(f"^{re.escape(label)}$")).last

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
            await dialogs.last.locator("footer [data-close]").click()
            await expect(dialogs).to_have_count(count - 1)

    async def sees(self, words: str, where: str = "#messages") -> None:
        await expect(self.page.locator(where)).to_contain_text(words)

    # By keyboard alone

    async def tabs_to(self, selector: str, *, back: bool = False, most: int = 80) -> None:
        """Tab until the focus is on what this selector finds."""
        for _step in range(most):
            if await self.page.evaluate("wanted => document.activeElement?.matches(wanted) ?? false", selector):
                return
            await self.page.keyboard.press("Shift+Tab" if back else "Tab")
        raise AssertionError(f"{selector} is not reached by {most} tabs")

    async def focused(self) -> str:
        """The words of what has the focus."""
        script = "() => document.activeElement?.getAttribute('aria-label') || document.activeElement?.textContent || ''"
        return str(await self.page.evaluate(script)).strip()

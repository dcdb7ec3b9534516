"""A real browser for the practice workspace's page, one for the session, and the real bot behind it."""

import re
import shutil
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Protocol

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Route, async_playwright

from tests.browser import installed
from tests.browser.seat import Seat
from tests.conftest import KeptEngines
from tests.stage import Stage, staged


@pytest.fixture(scope="session")
def chromium() -> str:
    """Where the browser is."""
    found = installed.chromium()
    if not found:
        pytest.skip("no Chromium here: `apt-get install chromium`, or say CHROMIUM=/where/it/is")
    return found


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser(chromium: str) -> AsyncIterator[Browser]:
    """One browser for all tests."""
    async with async_playwright() as playwright:
        launched = await playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield launched
        await launched.close()


class Sits(Protocol):
    """How a test gets a seat: in a fresh browser, before a screen of this size."""

    def __call__(self, *, phone: bool = False) -> AbstractAsyncContextManager[Seat]: ...


@pytest_asyncio.fixture(loop_scope="session")
async def stage(
    sqlite_template: Path, tmp_path: Path, kept_engines: KeptEngines, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Stage]:
    """Workspace and bot, on a database of their own."""
    monkeypatch.setattr("bot.store.engines", kept_engines)
    shutil.copy(sqlite_template, tmp_path / "amends.db")
    async with staged(f"sqlite+aiosqlite:///{tmp_path / 'amends.db'}") as up:
        yield up
        await up.settle()  # the page shows things before the bot has finished all it does
    await kept_engines.returned(keep="")


async def a_picture(route: Route) -> None:
    """What stands for every picture out there."""
    await route.fulfill(content_type="image/svg+xml", body='<svg xmlns="http://www.w3.org/2000/svg"/>')


@pytest_asyncio.fixture(loop_scope="session")
async def sits(browser: Browser, stage: Stage) -> AsyncIterator[Sits]:
    """Seats before the page; a script's mistake or a refused file fails the test."""
    mistakes: list[str] = []

    @asynccontextmanager
    async def sit(*, phone: bool = False) -> AsyncIterator[Seat]:
        size = {"width": 390, "height": 844} if phone else {"width": 1440, "height": 900}
        context = await browser.new_context(viewport=size, reduced_motion="reduce")  # type: ignore[arg-type]
        await context.route(re.compile("^https:"), a_picture)  # nothing leaves this machine
        page = await context.new_page()
        page.set_default_timeout(10_000)
        page.on("pageerror", lambda error: mistakes.append(str(error)))
        page.on("console", lambda line: mistakes.append(line.text) if line.type == "error" else None)
        yield Seat(page, stage)
        await context.close()

    yield sit
    assert mistakes == []

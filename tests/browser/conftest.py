"""A real browser for the practice workspace's page, one for the session, and the real bot behind it."""

import re
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any, Protocol

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Route, async_playwright

from bot.practice.backstage import Backstage
from bot.practice.model import PracticeModel
from bot.practice.serving import serving
from tests.browser import installed
from tests.browser.seat import Seat
from tests.conftest import KeptEngines
from tests.practice.conftest import Practice, practice, switches
from tests.stage import MENTIONS, Stage, staged


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


__all__ = ["practice", "switches"]  # fixtures of the neighbours


class Sits(Protocol):
    """How a test gets a seat: in a fresh browser, before a screen of this size."""

    def __call__(self, *, phone: bool = False, **more: Any) -> AbstractAsyncContextManager[Seat]: ...


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


@pytest_asyncio.fixture(loop_scope="session")
async def backstage(stage: Stage, tmp_path: Path) -> AsyncIterator[Backstage]:
    """What the panel "Try" offers beside Slack's own troubles: the demo's, for this bot."""
    behind = Backstage(stage.url, {}, tmp_path, PracticeModel(), secret=MENTIONS)
    async with serving(behind.app()) as address:
        stage.slack.settings.scene_url = f"{address}/"
        yield behind


async def a_picture(route: Route) -> None:
    """What stands for every picture out there."""
    await route.fulfill(content_type="image/svg+xml", body='<svg xmlns="http://www.w3.org/2000/svg"/>')


class Opens(Protocol):
    """A seat before the page of whatever workspace."""

    def __call__(
        self, address: str, settle: Callable[[], Awaitable[None]], *, phone: bool = False, **more: Any
    ) -> AbstractAsyncContextManager[Seat]: ...


@pytest_asyncio.fixture(loop_scope="session")
async def seated(browser: Browser) -> AsyncIterator[Opens]:
    """Seats; a script's mistake or a refused file fails the test."""
    mistakes: list[str] = []

    @asynccontextmanager
    async def sit(
        address: str, settle: Callable[[], Awaitable[None]], *, phone: bool = False, **more: Any
    ) -> AsyncIterator[Seat]:
        size = {"width": 390, "height": 844} if phone else {"width": 1440, "height": 900}
        context = await browser.new_context(**{"viewport": size, "reduced_motion": "reduce", **more})
        await context.route(re.compile("^https:"), a_picture)  # nothing leaves this machine
        page = await context.new_page()
        page.set_default_timeout(10_000)
        page.on("pageerror", lambda error: mistakes.append(str(error)))
        page.on("console", lambda line: mistakes.append(line.text) if line.type == "error" else None)
        try:
            yield Seat(page, address, settle)
        finally:
            await context.close()

    yield sit
    assert mistakes == []


@pytest.fixture
def sits(seated: Opens, stage: Stage) -> Sits:
    """Seats in the workspace that the real bot works in."""
    return partial(seated, stage.workspace.base_url, stage.settle)


@pytest.fixture
def tries(seated: Opens, practice: Practice) -> Sits:
    """Seats in a workspace whose bot says what the test wants."""
    return partial(seated, practice.address, partial(practice.ws.settle, quiet=0.05))

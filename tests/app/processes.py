"""The bot as somebody else starts it: a process of its own, with an environment of its own."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bot.manifest import manifest
from bot.practice.driver import Workspace
from bot.practice.server import PracticeSlack
from bot.practice.serving import workspace_serving
from bot.practice.settings import PracticeSettings, installed_as
from bot.practice.world import HARBOUR
from tests.stage import MENTIONS, PLAN, SECRET, Via, a_plan

ROOT = Path(__file__).parent.parent.parent
TOKEN = "xoxb-practice-0815-very-secret"
APP_TOKEN = "xapp-practice-4711-very-secret"
SECRETS = (TOKEN, SECRET, MENTIONS, APP_TOKEN)
"""What no output may ever hold."""


@dataclass
class Ended:
    """A process that is over."""

    code: int
    out: str
    err: str

    @property
    def said(self) -> str:
        return self.out + self.err

    def sentences(self) -> list[str]:
        """What it said, a line each; a mistake is one of them, never a traceback."""
        assert "Traceback" not in self.said, self.said
        return self.said.splitlines()


def environment(settings: Mapping[str, str]) -> dict[str, str]:
    """Nothing of this machine's environment but what Python needs."""
    return {"PATH": os.environ.get("PATH", ""), "PYTHONPATH": str(ROOT), **settings}


async def amends(folder: Path, words: str, **settings: str) -> Ended:
    """`amends WORDS` in this folder, run to its end."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", *words.split()),
        cwd=folder,
        env=environment(settings),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(30):
            out, err = await process.communicate()
    except BaseException:
        process.kill()
        raise
    assert process.returncode is not None
    ended = Ended(process.returncode, out.decode(), err.decode())
    assert not [secret for secret in SECRETS if secret in ended.said], "a secret was printed"
    return ended


@dataclass
class Running:
    """A bot that listens."""

    process: asyncio.subprocess.Process
    url: str
    lines: list[str]
    _reading: "asyncio.Task[None]" = field(repr=False)

    def signal(self, number: int) -> None:
        self.process.send_signal(number)

    async def ended(self, within: float) -> int:
        """Its exit code, once it has left; everything it said is in `lines` then."""
        async with asyncio.timeout(within):
            code = await self.process.wait()
            await self._reading
        return code


@dataclass
class Office:
    """A workspace that stays up while bots come and go, the settings they start with, and a folder."""

    slack: PracticeSlack
    workspace: Workspace
    settings: dict[str, str]
    folder: Path

    async def amends(self, words: str, **more: str) -> Ended:
        return await amends(self.folder, words, **{**self.settings, **more})

    async def started(self, **more: str) -> asyncio.subprocess.Process:
        """A bot on its way up; without words it serves."""
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot"),
            cwd=self.folder,
            env=environment({**self.settings, **more}),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )

    @asynccontextmanager
    async def bot(self, **more: str) -> AsyncIterator[Running]:
        """A bot that serves, and receives what Slack sends; killed at the end if it is still there."""
        process = await self.started(**more)
        try:
            lines: list[str] = []
            url = await self._address(process, lines)
            self.slack.settings.bot_url = f"{url}/slack/events"
            yield Running(process, url, lines, asyncio.create_task(self._read(process, lines)))
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
            assert not [line for line in lines if any(secret in line for secret in SECRETS)], "a secret was printed"

    async def _address(self, process: asyncio.subprocess.Process, lines: list[str]) -> str:
        assert process.stdout is not None
        async with asyncio.timeout(30):
            while line := (await process.stdout.readline()).decode().rstrip():
                lines.append(line)
                if "listening on " in line:
                    return line.partition("listening on ")[2].split('"')[0]
        raise AssertionError("it did not come up:\n" + "\n".join(lines))

    async def _read(self, process: asyncio.subprocess.Process, lines: list[str]) -> None:
        assert process.stdout is not None
        while line := await process.stdout.readline():
            lines.append(line.decode().rstrip())


def _prepared(folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    (folder / "plan.yaml").write_text(PLAN)


@asynccontextmanager
async def office(folder: Path, database_url: str | None = None, *, via: Via = "http") -> AsyncIterator[Office]:
    """Harbour's workspace with the app installed, and settings for bots that belong to it."""
    await asyncio.to_thread(_prepared, folder)
    installed = installed_as(manifest("https://amends.example" if via == "http" else None, a_plan()))
    manners = PracticeSettings(signing_secret=SECRET, bot_token=TOKEN, app_token=APP_TOKEN, **installed)
    slack = PracticeSlack(HARBOUR, manners)
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(workspace_serving(slack))
        settings = {
            "SLACK_BOT_TOKEN": TOKEN,
            **({"SLACK_SIGNING_SECRET": SECRET} if via == "http" else {"SLACK_APP_TOKEN": APP_TOKEN}),
            "SLACK_API_URL": f"{url}/api/",
            "MENTIONS_SECRET": MENTIONS,
            "DATABASE_URL": database_url or "sqlite:///amends.db",
            "PORT": "0",
        }
        yield Office(slack, await stack.enter_async_context(Workspace(url)), settings, folder)

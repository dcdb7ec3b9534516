"""`amends demo`: the storyboard's Sunday evening, played by people of the practice workspace with the real bot.

Two processes as in life, speaking Slack's protocol over HTTP; short windows come from the demo's plan, never from a
bent clock. With `once` the demo checks its own outcome against what the workspace shows.
"""

import asyncio
import contextlib
import hmac
import json
import os
import socket
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

import aiohttp
from rich.console import Console
from rich.markup import escape
from rich.panel import Panel

from bot.manifest import manifest
from bot.plan import parse_plan
from bot.practice.driver import Message, Outcome, Person, Workspace

HERE = Path(__file__).parent
PLAN = HERE / "demo.plan.yaml"
SECRET = "demo-mentions-secret"  # noqa: S105 - opens nothing but the demo on this machine
SIGNING = "demo-signing-secret"
PORT = 3000
"""The README's curl line names it; a free one is taken when it is in use."""
SHOWN = 4
"""Lines of a message told in the terminal."""

POSTS = [
    ("jo_m", 41_000, "X", "Three weeks, no parcel, no answer. Is anybody there?"),
    ("lena.k", 320, "Instagram", "My parcel was due on the 1st. Your hotline hangs up on me."),
    ("taxi_tom", 1_250, "X", "Is there a parcel strike nobody tells us about?"),
    ("mrs_green", 75, "Instagram", "My son's birthday present is in a parcel somewhere. Please, just an answer."),
    ("the_real_ana", 2_300, "X", "Ordered on Monday three weeks ago. Parcel still \"being prepared\"."),
]


@dataclass
class Story:
    """The evening as it is told: who sees what, where, and how long it took."""

    workspace: Workspace
    bot_url: str
    console: Console
    began: float = field(default_factory=time.monotonic)
    checks: list[tuple[str, bool]] = field(default_factory=list)
    cards: dict[str, Message] = field(default_factory=dict)

    def person(self, name: str) -> Person:
        return self.workspace.person(name)

    def clock(self) -> str:
        return f"[dim]{time.monotonic() - self.began:5.1f} s[/]"

    def scene(self, title: str) -> None:
        self.console.print(f"\n[bold]{title}[/]")

    def tell(self, who: str, where: str, what: str) -> None:
        self.console.print(f"{self.clock()}  [cyan]{who:<6}[/] [magenta]{escape(where):<16}[/] {what}")

    def sees(self, who: str, where: str, message: Message) -> None:
        lines = [line for line in message.shown.splitlines() if line.strip()]
        for number, line in enumerate(lines[:SHOWN]):
            self.tell(who if number == 0 else "", where if number == 0 else "", escape(line[:150]))
        if message.buttons:
            self.tell("", "", " ".join(f"[reverse] {escape(label)} [/]" for label in message.buttons))

    def presses(self, who: str, label: str, outcome: Outcome) -> None:
        ack = "" if outcome.ack_ms is None else f" [dim](acknowledged after {outcome.ack_ms:.0f} ms)[/]"
        self.tell(who, "", f"presses [bold]{escape(label)}[/]{ack}")
        if outcome.said:
            self.tell(who, "only you see this", escape(outcome.said.splitlines()[0]))

    def check(self, what: str, holds: bool) -> None:
        self.checks.append((what, holds))
        self.console.print(f"{self.clock()}  {'[green]✓[/]' if holds else '[red]✗[/]'} {what}")

    @property
    def failed(self) -> list[str]:
        return [what for what, holds in self.checks if not holds]


async def play(*, once: bool) -> int:
    """Plays the evening; stays up afterwards unless `once`. The exit code: 0 when everything held."""
    console = Console(highlight=False)
    console.print(
        Panel(
            "Harbour sells things by post. It is Sunday evening, and parcels are late.\n"
            "The people are Dana (on duty), Priya (leads), Leo (Legal), Sam (customer care) and Tom (shops).\n"
            "Slack is a practice workspace on this machine; the bot is the real one. Nothing leaves this machine.",
            title="Amends: a Sunday evening",
        )
    )
    with tempfile.TemporaryDirectory(prefix="amends-demo-") as folder:
        async with _two_processes(Path(folder), console) as (bot_url, workspace_url), Workspace(workspace_url) as workspace:
            story = Story(workspace, bot_url, console)
            try:
                await _evening(story)
            except (AssertionError, KeyError) as broken:
                story.check(f"the evening went on as it should: {escape(str(broken))}", False)
            await _outcome(story)
            if not once:
                await _stay(story)
    if story.failed:
        console.print(f"\n[red]{len(story.failed)} of {len(story.checks)} checks failed.[/]")
        return 1
    console.print(f"\n[green]All {len(story.checks)} checks held.[/]")
    return 0


@asynccontextmanager
async def _two_processes(folder: Path, console: Console) -> AsyncIterator[tuple[str, str]]:
    """The practice workspace and the bot, each a process of its own, stopped as a platform would stop them."""
    port = _free_port(PORT)
    bot_url = f"http://127.0.0.1:{port}"
    installed = folder / "manifest.json"
    plan = parse_plan(PLAN.read_text(), {"MENTIONS_SECRET": SECRET})
    installed.write_text(json.dumps(manifest("https://amends.example", plan)))
    workspace, line = await _started(
        ["-m", "bot.practice", "--bot-url", f"{bot_url}/slack/events", "--signing-secret", SIGNING, "--manifest", str(installed)],
        "practice workspace on",
        {},
        folder,
    )
    workspace_url = line.rsplit(" ", 1)[-1]
    try:
        settings = {
            "SLACK_BOT_TOKEN": "xoxb-practice",
            "SLACK_SIGNING_SECRET": SIGNING,
            "SLACK_API_URL": f"{workspace_url}/api/",
            "DATABASE_URL": f"sqlite:///{folder / 'amends.db'}",
            "CRISIS_PLAN": str(PLAN),
            "MENTIONS_SECRET": SECRET,
            "HOST": "127.0.0.1",
            "PORT": str(port),
            "LOG_LEVEL": "info",
        }
        began = time.monotonic()
        bot, _line = await _started(["-m", "bot", "serve"], "listening on", settings, folder)
        console.print(f"[dim]practice workspace {workspace_url} · bot {bot_url}, ready after {time.monotonic() - began:.1f} s[/]")
        try:
            yield bot_url, workspace_url
        finally:
            await _stopped(bot)
    finally:
        await _stopped(workspace)


def _free_port(wanted: int) -> int:
    for port in (wanted, 0):
        with contextlib.closing(socket.socket()) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise RuntimeError("no port is free")


KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "VIRTUAL_ENV", "SSL_CERT_FILE")
"""What the processes see of your environment: nothing of it may reach the demo, least of all a real token."""


async def _started(
    words: Sequence[str], ready: str, settings: dict[str, str], folder: Path
) -> tuple[asyncio.subprocess.Process, str]:
    """A process of ours, once it has printed that it is ready."""
    environment = {name: os.environ[name] for name in KEPT if name in os.environ}
    root = HERE.parent.parent
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *words,
        cwd=folder,
        env={**environment, "PYTHONPATH": str(root), "PYTHONUNBUFFERED": "1", **settings},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    assert process.stdout is not None
    said: list[str] = []
    async with asyncio.timeout(60):
        while line := (await process.stdout.readline()).decode():
            said.append(line)
            if ready in line:
                _drain(process.stdout)
                return process, line.strip()
    raise RuntimeError("it did not start:\n" + "".join(said))


_draining: set[asyncio.Task[None]] = set()


def _drain(stream: asyncio.StreamReader) -> None:
    """Goes on reading, so that the process never waits for us; warnings of the bot are shown."""

    async def read() -> None:
        while line := (await stream.readline()).decode():
            if " WARNING " in line or " ERROR " in line or "Traceback" in line:
                sys.stderr.write(line)

    task = asyncio.get_running_loop().create_task(read())
    _draining.add(task)
    task.add_done_callback(_draining.discard)


async def _stopped(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.terminate()
        try:
            async with asyncio.timeout(12):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()


async def send(bot_url: str, body: dict[str, Any]) -> int:
    """A webhook as a monitoring tool sends it, signed."""
    raw = json.dumps(body).encode()
    signature = "sha256=" + hmac.new(SECRET.encode(), raw, sha256).hexdigest()
    headers = {"Content-Type": "application/json", "X-Signature": signature}
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{bot_url}/webhooks/mentions", data=raw, headers=headers) as answer,
    ):
        return answer.status

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
    ("the_real_ana", 2_300, "X", 'Ordered on Monday three weeks ago. Parcel still "being prepared".'),
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
        async with (
            _two_processes(Path(folder), console) as (bot_url, workspace_url),
            Workspace(workspace_url) as workspace,
        ):
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
    plan = parse_plan(PLAN.read_text(), environ={"MENTIONS_SECRET": SECRET})
    installed.write_text(json.dumps(manifest("https://amends.example", plan)))
    workspace, line = await _started(
        [
            "-m",
            "bot.practice",
            "--bot-url",
            f"{bot_url}/slack/events",
            "--signing-secret",
            SIGNING,
            "--manifest",
            str(installed),
        ],
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
        console.print(
            f"[dim]practice workspace {workspace_url} · bot {bot_url}, ready after {time.monotonic() - began:.1f} s[/]"
        )
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


async def _evening(story: Story) -> None:
    """From the first post to the kept promise."""
    channel = await _declared(story)
    await _first_word(story, channel)
    await _statement(story, channel)
    await _update(story, channel)
    await _over(story, channel)


async def _declared(story: Story) -> str:
    dana, workspace = story.person("Dana"), story.workspace
    story.scene("22:58, Sunday. Somebody's parcel has not come.")
    for author, reach, where, text in POSTS[:3]:
        status = await send(story.bot_url, {"text": text, "author": author, "reach": reach, "channel": where})
        story.tell("web", where, f"@{author}: {escape(text)} [dim](webhook answered {status})[/]")
    asked = await dana.sees("Declare crisis", "#crisis-watch", timeout=15)
    story.sees("Dana", "#crisis-watch", asked)
    in_dm = await dana.sees("Declare crisis", "dm", timeout=15)
    story.check("Dana is asked in #crisis-watch and by one DM", bool(in_dm) and len(await dana.dms()) == 1)
    for author, reach, where, text in POSTS[3:]:
        await send(story.bot_url, {"text": text, "author": author, "reach": reach, "channel": where})
    await workspace.settle()
    story.check("More posts change the number on the card and nothing else", len(await dana.dms()) == 1)

    story.presses("Dana", "Declare crisis", await dana.presses("Declare crisis", on=asked))
    modal = await _modal(dana)
    story.tell(
        "Dana", "a form", f"{escape(modal.title)}: " + escape(" · ".join(str(v) for v in modal.values.values() if v))
    )
    pressed = time.monotonic()
    story.presses(
        "Dana",
        "Declare crisis (the form)",
        await dana.submits({"What happened?": "Parcels three weeks late, no replies"}),
    )
    opened = await _until(lambda: _crisis_channel(workspace), "a crisis channel")
    await story.person("Priya").sees("Crisis", f"#{opened}", timeout=10)
    story.tell("Slack", f"#{opened}", f"is there, with its team, after {(time.monotonic() - pressed) * 1000:.0f} ms")
    brief = await dana.sees("Now:", f"#{opened}", timeout=10)
    story.sees("Dana", f"#{opened}", brief)
    return opened


async def _first_word(story: Story, channel: str) -> None:
    dana, priya = story.person("Dana"), story.person("Priya")
    story.scene("The first public word: one text, one person, two taps")
    called = await priya.sees("you are", "dm", timeout=10)
    story.sees("Priya", "DM", called)
    story.presses("Priya", "Read the text", await priya.presses("Read the text", on=called))
    modal = await _modal(priya)
    story.tell("Priya", "a screen", escape(" ".join(modal.text.split())[:300]))
    story.presses("Priya", "Approve", await priya.submits())
    ticket = await dana.sees("Approved", "dm", timeout=10)
    story.sees("Dana", "DM", ticket)
    await _publish(story, dana, ticket)
    for front in ("#call-centre", "#shops"):
        told = (
            await dana.sees("", front, timeout=10)
            if front == "#call-centre"
            else await story.person("Tom").sees("", front, timeout=10)
        )
        story.sees("staff", front, told)
    brief = await dana.sees("Out so far", f"#{channel}", timeout=10)
    story.sees("Dana", f"#{channel}", brief)


async def _publish(story: Story, who: Person, ticket: Message) -> None:
    story.presses("Dana", "Mark as published", await who.presses("Mark as published", on=ticket))
    modal = await _modal(who)
    outlets = next(label for label in modal.labels if modal.options.get(label))
    story.presses("Dana", "X and Instagram, posted", await who.submits({outlets: modal.options[outlets]}))
    await story.workspace.settle()


async def _statement(story: Story, channel: str) -> None:
    priya, leo, dana = story.person("Priya"), story.person("Leo"), story.person("Dana")
    story.scene("Ten seconds later the statement asks for its yes: PR and Legal")
    card = await priya.sees("Statement", f"#{channel}", timeout=40)
    story.sees("Priya", f"#{channel}", card)
    for person, name in ((priya, "Priya"), (leo, "Leo")):
        asked = await person.sees("statement", "dm", timeout=15)
        story.presses(name, "Read the text", await person.presses("Read the text", on=asked))
        await _modal(person)
        story.presses(name, "Approve", await person.submits())
    ticket = await _newest(dana, "Mark as published", 10)
    await _publish(story, dana, ticket)


async def _update(story: Story, channel: str) -> None:
    priya, leo, dana = story.person("Priya"), story.person("Leo"), story.person("Dana")
    story.scene(
        "Nobody typed it: the time named in the text became a promise, and its reminder comes before it expires"
    )
    reminder = await _newest(priya, "Done", 150)
    story.sees("Priya", "DM", reminder)
    story.presses("Priya", "Read the text", await priya.presses("Read the text", on=reminder))
    await _modal(priya)
    story.presses("Priya", "Approve", await priya.submits())
    asked = await _newest(leo, "Read the text", 15)
    story.presses("Leo", "Read the text", await leo.presses("Read the text", on=asked))
    await _modal(leo)
    story.presses("Leo", "Approve", await leo.submits())
    ticket = await _newest(dana, "Mark as published", 10)
    await _publish(story, dana, ticket)


async def _over(story: Story, channel: str) -> None:
    priya = story.person("Priya")
    story.scene("The parcels are on their way. It is over.")
    said = await priya.types("/crisis resolve", f"#{channel}")
    story.presses("Priya", "/crisis resolve", said)
    if await priya.modal():
        modal = await _modal(priya)
        story.tell("Priya", "a screen", escape(" ".join(modal.text.split())[:300]))
        story.presses("Priya", "Resolve anyway", await priya.submits())
    brief = await priya.sees("resolved", f"#{channel}", timeout=10)
    story.sees("Priya", f"#{channel}", brief)


async def _outcome(story: Story) -> None:
    """Against what the workspace shows, not against what we believe."""
    story.scene("What is there now")
    workspace = story.workspace
    await workspace.settle()
    channels = [
        c for c in await workspace.channels() if c.name and c.name.startswith("crisis-") and c.name != "crisis-watch"
    ]
    story.check("One crisis channel, private", len(channels) == 1 and channels[0].private)
    calls = await workspace.calls()
    refused = [f"{c.method}: {c.error}" for c in calls if not c.ok]
    story.check(f"{len(calls)} calls, none refused {refused[:3] or ''}", not refused)
    slow = [d for d in await workspace.deliveries() if d.ack is None or d.ack > 0.5]
    story.check("Every press was acknowledged within half a second", not slow)


async def _stay(story: Story) -> None:
    """The workspace is the visitor's now: what happens is told as it happens."""
    story.console.print(
        Panel(
            f"The bot listens on {story.bot_url}. Raise another from a second terminal (three posts make a question):\n\n"
            + escape(curl(story.bot_url))
            + "\n\nCtrl-C ends it.",
            title="Now it is yours",
        )
    )
    seen: set[tuple[str, str, str]] = set()
    people = [story.person(name) for name in ("Dana", "Priya", "Leo", "Sam", "Tom")]
    beat = -1
    first = True
    with contextlib.suppress(asyncio.CancelledError, KeyboardInterrupt):
        while True:
            for person in people:
                for message in await person.dms():
                    key = (person.id, message.ts, message.shown)
                    if key not in seen and not first:
                        story.sees(person.id.removeprefix("U").capitalize(), "DM", message)
                    seen.add(key)
            first = False
            beat = await story.workspace.changed(beat, 30)


def curl(bot_url: str) -> str:
    """The README's lines, for this bot's address."""
    return "\n".join(
        [
            """BODY='{"text": "My parcel is three weeks late!", "author": "zoe", "channel": "X", "reach": 9000}'""",
            f"""SIG=$(printf %s "$BODY" | openssl dgst -sha256 -hmac {SECRET} -r | cut -d' ' -f1)""",
            f"""curl -d "$BODY" -H "X-Signature: sha256=$SIG" {bot_url}/webhooks/mentions""",
        ]
    )


async def _modal(person: Person) -> Any:
    """The modal that opens for somebody, a moment after the press."""
    for _attempt in range(100):
        if modal := await person.modal():
            return modal
        await asyncio.sleep(0.05)
    raise AssertionError(f"{person.id} waits for a screen that does not open")


async def _newest(person: Person, label: str, patience: float) -> Message:
    """The newest DM that has this button."""
    end = time.monotonic() + patience
    while time.monotonic() < end:
        found = [message for message in await person.dms() if label in message.buttons]
        if found:
            return found[-1]
        await asyncio.sleep(0.2)
    raise AssertionError(f"{person.id} waits for a message with {label}")


async def _crisis_channel(workspace: Workspace) -> str | None:
    names = [
        c.name
        for c in await workspace.channels()
        if c.name and c.name.startswith("crisis-") and c.name != "crisis-watch"
    ]
    return names[-1] if names else None


async def _until(look: Any, what: str) -> str:
    for _attempt in range(200):
        if found := await look():
            return str(found)
        await asyncio.sleep(0.05)
    raise AssertionError(f"nobody sees {what}")

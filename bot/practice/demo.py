"""`amends demo`: the storyboard's Sunday evening, played by people of the practice workspace with the real bot.

Two processes as in life, speaking Slack's protocol over HTTP or Socket Mode; short windows come from the demo's plan, never from a
bent clock. It can be watched, and taken part in, on the workspace's page. With `once` the demo checks its own outcome
against what the workspace shows.
"""

import asyncio
import contextlib
import json
import os
import signal
import sys
import tempfile
import webbrowser
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from secrets import token_hex, token_urlsafe

from rich.console import Console
from rich.markup import escape
from rich.panel import Panel

from bot.manifest import manifest
from bot.plan import parse_plan
from bot.practice.backstage import ALERTS, SECRET, Backstage
from bot.practice.driver import Workspace
from bot.practice.evening import Story, evening, outcome
from bot.practice.model import NAME, PracticeModel
from bot.practice.processes import free_port, started, stopped
from bot.practice.serving import serving

HERE = Path(__file__).parent
PLAN = HERE / "demo.plan.yaml"
PORT = 3000
"""The README's curl line names it; a free one is taken when it is in use."""
PAGE = 3001
"""Where the workspace's page is; likewise."""


async def play(*, once: bool, socket_mode: bool = False) -> int:
    """Plays the evening; stays up afterwards unless `once`. The exit code: 0 when everything held.

    However it is asked to leave, it takes both processes along.
    """
    if (ours := asyncio.current_task()) is not None:
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ours.cancel)
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = 120
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
            _two_processes(Path(folder), console, socket_mode) as (bot_url, workspace_url),
            Workspace(workspace_url) as workspace,
        ):
            page = f"{workspace_url}/?as=dana&in=crisis-watch"
            if not once:
                _opened(page, console)
            story = Story(workspace, bot_url, console)
            try:
                await evening(story)
            except (AssertionError, KeyError) as broken:
                story.check(f"the evening went on as it should: {escape(str(broken))}", False)
            await outcome(story)
            if not once:
                await _stay(story, page)
    if story.failed:
        console.print(f"\n[red]{len(story.failed)} of {len(story.checks)} checks failed.[/]")
        return 1
    console.print(f"\n[green]All {len(story.checks)} checks held.[/]")
    return 0


@asynccontextmanager
async def _two_processes(folder: Path, console: Console, socket_mode: bool) -> AsyncIterator[tuple[str, str]]:
    """The practice workspace and the bot, each a process of its own, stopped as a platform would stop them."""
    port = free_port(PORT)
    bot_url = f"http://127.0.0.1:{port}"
    installed = folder / "manifest.json"
    token, app_token, signing = f"xoxb-{token_urlsafe()}", f"xapp-{token_urlsafe()}", token_hex(16)
    secrets = {"MENTIONS_SECRET": SECRET, "MONITORING_SECRET": ALERTS}
    plan = parse_plan(PLAN.read_text(), environ=secrets)
    installed.write_text(json.dumps(manifest("https://amends.example", plan)))
    settings: dict[str, str] = {}
    backstage = Backstage(bot_url, settings, folder, PracticeModel())
    async with serving(backstage.model.app()) as model_url, serving(backstage.app()) as scene_url:
        words = ["-m", "bot.practice", "--port", str(free_port(PAGE)), "--bot-url", f"{bot_url}/slack/events"]
        words += ["--token", token, "--signing-secret", signing]
        words += ["--manifest", str(installed), "--scene-url", f"{scene_url}/"]
        words += ["--app-token", app_token] if socket_mode else []
        workspace, line = await started(words, "practice workspace on", {}, folder)
        workspace_url = line.rsplit(" ", 1)[-1]
        try:
            settings |= secrets
            settings |= {
                "SLACK_BOT_TOKEN": token,
                **({"SLACK_APP_TOKEN": app_token} if socket_mode else {"SLACK_SIGNING_SECRET": signing}),
                "SLACK_API_URL": f"{workspace_url}/api/",
                "DATABASE_URL": f"sqlite:///{folder / 'amends.db'}",
                "CRISIS_PLAN": str(PLAN),
                "OPENAI_BASE_URL": f"{model_url}/v1",
                "OPENAI_MODEL": NAME,
                "HOST": "127.0.0.1",
                "PORT": str(port),
                "LOG_LEVEL": "info",
            }
            took = await backstage.start()
            console.print(f"[dim]practice workspace {workspace_url} · bot {bot_url}, ready after {took:.1f} s[/]")
            try:
                yield bot_url, workspace_url
            finally:
                await backstage.stop()
        finally:
            await stopped(workspace)


def _opened(address: str, console: Console) -> None:
    """Says where the page is; opens it where somebody sits before a screen."""
    console.print(Panel(f"[bold]{address}[/]", title="Watch it, and take part, in your browser"))
    screen = sys.platform in ("darwin", "win32") or os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    if console.is_terminal and screen and not os.environ.get("CI"):
        with contextlib.suppress(webbrowser.Error):
            webbrowser.open(address)


async def _stay(story: Story, page: str) -> None:
    """The workspace is the visitor's now: what happens is told as it happens."""
    story.console.print(
        Panel(
            f"The workspace is yours: [bold]{page}[/]\n"
            "Be anybody, press anything; the panel “Try” sends posts and makes trouble.\n\n"
            f"The bot listens on {story.bot_url}. Raise another crisis from a second terminal:\n\n"
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
                for message in [m for m in await person.dms() if not m.ephemeral]:
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
            """BODY='{"text": "My new kettle caught fire.", "author": "zoe", "channel": "X", "reach": 9000}'""",
            f"""SIG=$(printf %s "$BODY" | openssl dgst -sha256 -hmac {SECRET} -r | cut -d' ' -f1)""",
            f"""curl -d "$BODY" -H "X-Signature: sha256=$SIG" {bot_url}/webhooks/mentions""",
        ]
    )

"""`python -m bot.practice`: the workspace Harbour as a process of its own, on 127.0.0.1 only."""

import asyncio
import json
import signal
from pathlib import Path

import click

from bot.practice.server import PracticeSlack
from bot.practice.serving import workspace_serving
from bot.practice.settings import PracticeSettings, installed_as
from bot.practice.world import HARBOUR


@click.command()
@click.option("--port", default=0, help="0 takes a free one.")
@click.option("--bot-url", default="", help="Where the bot listens: …/slack/events. Not needed with --app-token.")
@click.option("--signing-secret", default="", help="The same.")
@click.option("--app-token", help="Socket Mode, and the app-level token to accept (xapp-…).")
@click.option("--token", default="xoxb-practice", show_default=True, help="The bot token to accept.")
@click.option(
    "--manifest", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="How the app is installed (JSON)."
)
@click.option("--scene-url", default="", help="Where whoever starts this offers scenes for the page's panel “Try”.")
def main(
    port: int,
    bot_url: str,
    signing_secret: str,
    app_token: str | None,
    token: str,
    manifest: Path | None,
    scene_url: str,
) -> None:
    """Serve until SIGTERM."""
    if not app_token and not (bot_url and signing_secret):
        raise click.UsageError("Say --bot-url and --signing-secret (HTTP), or --app-token (Socket Mode).")
    installed = installed_as(json.loads(manifest.read_text())) if manifest else {}
    if app_token:
        installed |= {"socket_mode": True, "app_token": app_token}
    settings = PracticeSettings(bot_url, signing_secret, bot_token=token, scene_url=scene_url, **installed)
    asyncio.run(_serve(PracticeSlack(HARBOUR, settings), port))


async def _serve(slack: PracticeSlack, port: int) -> None:
    stop = asyncio.Event()
    for asked_to_stop in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(asked_to_stop, stop.set)
    async with workspace_serving(slack, port) as address:
        click.echo(f"practice workspace on {address}")
        await stop.wait()


if __name__ == "__main__":
    main()

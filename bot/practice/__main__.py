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
@click.option("--bot-url", required=True, help="Where the bot listens: …/slack/events.")
@click.option("--signing-secret", required=True)
@click.option("--token", default="xoxb-practice", show_default=True, help="The bot token to accept.")
@click.option(
    "--manifest", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="How the app is installed (JSON)."
)
@click.option("--scene-url", default="", help="Where whoever starts this offers scenes for the page's panel “Try”.")
def main(port: int, bot_url: str, signing_secret: str, token: str, manifest: Path | None, scene_url: str) -> None:
    """Serve until SIGTERM."""
    installed = installed_as(json.loads(manifest.read_text())) if manifest else {}
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

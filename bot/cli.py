"""amends demo | serve | migrate | check | manifest | plan | purge. Without a word it serves."""

import asyncio
import json
import logging
import os
import signal
import sys
from collections.abc import Callable, Coroutine
from functools import wraps
from pathlib import Path
from typing import Any

import click

from bot.config import Wrong, environment, load
from bot.i18n import _
from bot.store import Unavailable

Run = Callable[..., Any]


def _one_sentence(command: Run) -> Run:
    """A mistake in the settings is a sentence on standard error and exit 1, never a traceback."""

    @wraps(command)
    def run(*args: Any, **kwargs: Any) -> Any:
        try:
            return command(*args, **kwargs)
        except Wrong as wrong:
            sentences = wrong.sentences
        except Unavailable as away:
            sentences = (_("The database cannot be used ({why}): is DATABASE_URL right, and does it run?", why=away),)
        for sentence in sentences:
            click.echo(sentence, err=True)
        sys.exit(1)

    return run


@click.group(invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="amends")
@click.pass_context
def main(context: click.Context) -> None:
    """Crisis communications in Slack. Without a word: serve."""
    if context.invoked_subcommand is None:
        context.invoke(serve)


@main.command()
@_one_sentence
def serve() -> None:
    """Run the bot: Slack, webhooks, reminders."""
    from bot.plan import load_plan

    settings = load()
    the_plan = load_plan(settings.crisis_plan, environment())
    from bot import serving  # a mistake in settings or plan is said before everything is loaded
    from bot.logs import configure

    configure(settings)
    _wait_for(
        serving.serve(settings, the_plan, announce=lambda url: logging.getLogger("bot").info("listening on %s", url))
    )


@main.command()
@_one_sentence
def migrate() -> None:
    """Bring the database's tables to this version."""
    from bot.schema import alone, upgrade

    settings = load(for_serving=False)
    with alone(settings.database_url):
        ours = upgrade(settings.database_url)
    click.echo(
        _("The tables are at this version.") if ours else _("The tables are of a later version; they stay as they are.")
    )


@main.command()
@_one_sentence
def check() -> None:
    """Look at settings, plan, database, Slack and model; one line each, with what to do."""
    from bot.checking import check_all

    if not _wait_for(check_all()):
        sys.exit(1)


@main.command()
@click.option("--url", help="The public address of the bot; PUBLIC_URL otherwise.")
@click.option(
    "--socket", is_flag=True, help="For Socket Mode, which needs no address; also when SLACK_APP_TOKEN is set."
)
@_one_sentence
def manifest(url: str | None, socket: bool) -> None:
    """Print the Slack app's manifest: exactly what the code uses."""
    if url and socket:
        raise Wrong(_("Say --url or --socket: in Socket Mode Slack needs no address."))
    from bot.manifest import manifest as made
    from bot.plan import load_plan

    settings = load({**os.environ, "PUBLIC_URL": url} if url else None, for_serving=False)
    plan = load_plan(settings.crisis_plan, environment())
    by_socket = socket or (settings.slack_app_token is not None and not url)
    if not settings.public_url and not by_socket:
        raise Wrong(
            _(
                "Say where Slack reaches the bot: `amends manifest --url https://…`, or set PUBLIC_URL. Without an address: `amends manifest --socket`."
            )
        )
    click.echo(json.dumps(made(None if by_socket else settings.public_url, plan), indent=2, ensure_ascii=False))


@main.group()
def plan() -> None:
    """The crisis plan."""


@plan.command("check")
@click.argument("file", required=False, type=click.Path(path_type=Path))
@_one_sentence
def plan_check(file: Path | None) -> None:
    """Check a plan; every mistake with its place."""
    from bot.plan import load_plan

    settings = load(for_serving=False)
    load_plan(file or settings.crisis_plan, environment())
    click.echo(_("The plan is fine."))


@main.command()
@_one_sentence
def purge() -> None:
    """Remove what is older than the plan keeps it; the nightly job, now."""
    from bot.models import TeamId
    from bot.plan import load_plan
    from bot.retention import purge as forget
    from bot.schema import behind, too_old
    from bot.store import Store

    settings = load(for_serving=False)
    the_plan = load_plan(settings.crisis_plan, environment())

    async def run() -> dict[str, int]:
        store = Store(settings.database_url, team=TeamId(""))
        try:
            if await behind(store):
                raise too_old()
            return await forget(store, the_plan)
        finally:
            await store.close()

    for what, number in _wait_for(run()).items():
        click.echo(_("{what}: {number} removed", what=what, number=number))


@main.command()
@click.option("--once", is_flag=True, help="Play, check the outcome against what the workspace shows, and leave.")
@click.option("--socket", is_flag=True, help="Over Socket Mode instead of HTTP.")
@_one_sentence
def demo(once: bool, socket: bool) -> None:
    """A Sunday evening on this machine: practice workspace, real bot, no account."""
    from bot.practice.demo import play

    try:
        sys.exit(_wait_for(play(once=once, socket_mode=socket)))
    except asyncio.CancelledError:  # by SIGTERM, before the evening was over
        sys.exit(128 + signal.SIGTERM)


def _wait_for(work: Coroutine[Any, Any, Any]) -> Any:
    """Runs it; uvloop where it is there, for the server's sake."""
    try:
        import uvloop
    except ImportError:
        return asyncio.run(work)
    return uvloop.run(work)

"""`amends check`: settings, plan, database, Slack and model; one line each, and what to do."""

import os
from collections.abc import AsyncIterator
from pathlib import Path

import click
from sqlalchemy import make_url

from bot.config import Settings, Wrong, environment, look
from bot.core.effects import Later
from bot.i18n import _, listing, ngettext
from bot.llm import Model
from bot.manifest import SCOPES
from bot.models import TeamId
from bot.plan import Plan, load_plan
from bot.roster import resolve
from bot.schema import behind
from bot.slack import Installed, Slack, SlackDirectory, SlackRefused
from bot.store import Store, Unavailable

Line = tuple[bool | None, str]
"""Whether it is fine (None: it could not be looked at), and the sentence."""
MARKS = {True: "ok   ", False: "MEND ", None: "?    "}


async def check_all() -> bool:
    """Prints a line for each; whether everything is fine. It looks on whatever it finds, and changes nothing."""
    fine = True
    async for good, sentence in _lines():
        click.echo(f"{MARKS[good]}{sentence}")
        fine = fine and good is not False
    return fine


async def _lines() -> AsyncIterator[Line]:
    try:
        looked = look()
    except Wrong as unreadable:
        for sentence in unreadable.sentences:
            yield False, sentence
        return
    settings = looked.settings
    for sentence in looked.mistakes:
        yield False, sentence
    if not looked.mistakes:
        yield True, _("Settings: complete.")
    plan: Plan | None = None
    if "CRISIS_PLAN" not in looked.wrong:
        try:
            plan = load_plan(settings.crisis_plan, environment())
        except Wrong as wrong:
            for sentence in wrong.sentences:
                yield False, sentence
    if plan is not None:
        yield True, _("Plan: {parts}.", parts=_parts(plan))
        for name in plan.asleep:
            yield True, _("Plan: the source {name} sleeps until its secret is set.", name=name)
    if "DATABASE_URL" not in looked.wrong:
        yield await _database(settings)
    if hindered := sorted({"SLACK_BOT_TOKEN", "SLACK_API_URL"} & looked.wrong):
        yield None, _("Slack: not looked at, for that needs {names}.", names=listing(hindered))
    else:
        async for line in _slack(settings, plan):
            yield line
    if settings.slack_app_token is not None and "SLACK_API_URL" not in looked.wrong:
        yield await _socket_mode(settings.slack_app_token.get_secret_value(), settings.slack_api_url)
    if not {"OPENAI_BASE_URL", "OPENAI_MODEL"} & looked.wrong:
        yield await _model(settings)


def _parts(plan: Plan) -> str:
    return listing(
        [
            ngettext("{n} situation", "{n} situations", len(plan.situations)),
            ngettext("{n} role", "{n} roles", len(plan.roles)),
            ngettext("{n} source", "{n} sources", len(plan.sources)),
        ]
    )


async def _database(settings: Settings) -> Line:
    if (file := _to_be_made(settings.database_url)) is not None:
        if os.access(file.parent, os.W_OK | os.X_OK):
            return True, _("Database: {file} is not there yet; it is made when the bot starts.", file=file)
        return False, _("Database: {file} cannot be made there; may its folder be written?", file=file)
    store = Store(settings.database_url, team=TeamId(""))
    try:
        old = await behind(store)
    except Unavailable as away:
        return False, _("Database: cannot be used ({why}); is DATABASE_URL right, and does it run?", why=away)
    finally:
        await store.close()
    if not old:
        return True, _("Database: reachable, its tables are current.")
    if store.sqlite:
        return True, _("Database: its tables are made or brought up to date when the bot starts.")
    return False, _("Database: its tables are older than this version; run `amends migrate`.")


def _to_be_made(url: str) -> Path | None:
    """The SQLite file that is not there; connecting would make it."""
    address = make_url(url)
    file = Path(address.database) if address.drivername.startswith("sqlite") and address.database else None
    return file if file is not None and not file.exists() else None


async def _slack(settings: Settings, plan: Plan | None) -> AsyncIterator[Line]:
    slack = Slack(settings.slack_bot_token.get_secret_value(), settings.slack_api_url)
    await slack.open()
    try:
        installed = await slack.installed()
        yield True, _("Slack: installed in {workspace}.", workspace=installed.team_name)
        yield _scopes(installed)
        if plan is None:
            yield None, _("People and channels: not looked at, for that needs a plan.")
            return
        roster = await resolve(plan, SlackDirectory(slack, installed.team), team=installed.team)
        for sentence in roster.unknown:
            yield False, _("Plan: {sentence}", sentence=sentence)
        if not roster.unknown:
            yield True, _("People and channels of the plan: all found.")
    except SlackRefused as no:
        yield (
            False,
            _("Slack: refused ({why}); install the app again from `amends manifest` and copy its bot token.", why=no),
        )
    except Later as later:
        yield (
            False,
            _("Slack: cannot be reached ({why}); is SLACK_API_URL right, and is there a way out to it?", why=later),
        )
    finally:
        await slack.close()


async def _socket_mode(app_token: str, api_url: str) -> Line:
    slack = Slack(app_token, api_url)
    await slack.open()
    try:
        await slack.call("apps.connections.open")  # and not further: a press could come to us, and be lost
    except SlackRefused as no:
        return (
            False,
            _(
                "Socket Mode: Slack refuses SLACK_APP_TOKEN ({why}); turn Socket Mode on, and make an app-level token with the scope connections:write (Basic Information page).",
                why=no.error,
            ),
        )
    except Later as later:
        return False, _("Socket Mode: cannot be looked at ({why}); is there a way out to Slack?", why=later)
    finally:
        await slack.close()
    return True, _("Socket Mode: the app token opens connections; Slack needs no address.")


def _scopes(installed: Installed) -> Line:
    missing = sorted(set(SCOPES) - installed.scopes)
    if missing:
        return (
            False,
            _(
                "Slack: the token lacks {scopes}; update the app from `amends manifest`, install again.",
                scopes=", ".join(missing),
            ),
        )
    return True, _("Slack: the token has every scope.")


async def _model(settings: Settings) -> Line:
    if not settings.has_model:
        return True, _("Model: none set; the offline texts are all there is, and they suffice.")
    key = settings.openai_api_key.get_secret_value() if settings.openai_api_key else "none"
    model = Model(
        base_url=settings.openai_base_url, api_key=key, model=settings.openai_model or "gpt-5-mini", timeout=10
    )
    try:
        known = await model.known()
    except Later as later:
        return False, _("Model: {why} The offline texts are there all the same.", why=later)
    finally:
        await model.aclose()
    if not known:
        return (
            False,
            _("Model: the server answers, but does not list {model}; is OPENAI_MODEL right?", model=model.model),
        )
    return True, _("Model: the server answers and has {model}.", model=model.model)

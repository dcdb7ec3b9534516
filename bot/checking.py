"""`amends check`: settings, plan, database, Slack and model; one line each, and what to do."""

from collections.abc import AsyncIterator

import click

from bot.config import Settings, Wrong, environment, load
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

Line = tuple[bool, str]
"""Whether it is fine, and the sentence."""


async def check_all() -> bool:
    """Prints a line for each; whether everything is fine."""
    fine = True
    async for good, sentence in _lines():
        click.echo(f"{'ok   ' if good else 'MEND '}{sentence}")
        fine = fine and good
    return fine


async def _lines() -> AsyncIterator[Line]:
    try:
        settings = load()
    except Wrong as wrong:
        for sentence in wrong.sentences:
            yield False, sentence
        return
    yield True, _("Settings: complete.")
    try:
        plan = load_plan(settings.crisis_plan, environment())
    except Wrong as wrong:
        for sentence in wrong.sentences:
            yield False, sentence
        return
    yield True, _("Plan: {parts}.", parts=_parts(plan))
    for name in plan.asleep:
        yield True, _("Plan: the source {name} sleeps until its secret is set.", name=name)
    yield await _database(settings)
    async for line in _slack(settings, plan):
        yield line
    if settings.slack_app_token is not None:
        yield await _socket_mode(settings.slack_app_token.get_secret_value(), settings.slack_api_url)
    yield await _model(settings, plan)


def _parts(plan: Plan) -> str:
    return listing(
        [
            ngettext("{n} situation", "{n} situations", len(plan.situations)),
            ngettext("{n} role", "{n} roles", len(plan.roles)),
            ngettext("{n} source", "{n} sources", len(plan.sources)),
        ]
    )


async def _database(settings: Settings) -> Line:
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


async def _slack(settings: Settings, plan: Plan) -> AsyncIterator[Line]:
    slack = Slack(settings.slack_bot_token.get_secret_value(), settings.slack_api_url)
    await slack.open()
    try:
        installed = await slack.installed()
        yield True, _("Slack: installed in {workspace}.", workspace=installed.team_name)
        yield _scopes(installed)
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


async def _model(settings: Settings, plan: Plan) -> Line:
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

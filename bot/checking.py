"""`amends check`: settings, plan, database, Slack and model; one line each, and what to do."""

from collections.abc import AsyncIterator

import click

from bot.config import Settings, Wrong, environment, load
from bot.core.effects import Later
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
    yield True, "Settings: complete."
    try:
        plan = load_plan(settings.crisis_plan, environment())
    except Wrong as wrong:
        for sentence in wrong.sentences:
            yield False, sentence
        return
    yield True, f"Plan: {len(plan.situations)} situations, {len(plan.roles)} roles, {len(plan.sources)} sources."
    for name in plan.asleep:
        yield True, f"Plan: the source {name} sleeps until its secret is set."
    yield await _database(settings)
    async for line in _slack(settings, plan):
        yield line
    yield await _model(settings, plan)


async def _database(settings: Settings) -> Line:
    store = Store(settings.database_url, team=TeamId(""))
    try:
        old = await behind(store)
    except Unavailable as away:
        return False, f"Database: cannot be used ({away}); is DATABASE_URL right, and does it run?"
    finally:
        await store.close()
    if not old:
        return True, "Database: reachable, its tables are current."
    if store.sqlite:
        return True, "Database: its tables are made or brought up to date when the bot starts."
    return False, "Database: its tables are older than this version; run `amends migrate`."


async def _slack(settings: Settings, plan: Plan) -> AsyncIterator[Line]:
    slack = Slack(settings.slack_bot_token.get_secret_value(), settings.slack_api_url)
    await slack.open()
    try:
        installed = await slack.installed()
        yield True, f"Slack: installed in {installed.team_name}."
        yield _scopes(installed)
        roster = await resolve(plan, SlackDirectory(slack, installed.team), team=installed.team)
        for sentence in roster.unknown:
            yield False, f"Plan: {sentence}"
        if not roster.unknown:
            yield True, "People and channels of the plan: all found."
    except SlackRefused as no:
        yield False, f"Slack: refused ({no}); install the app again from `amends manifest` and copy its bot token."
    except Later as later:
        yield False, f"Slack: cannot be reached ({later}); is SLACK_API_URL right, and is there a way out to it?"
    finally:
        await slack.close()


def _scopes(installed: Installed) -> Line:
    missing = sorted(set(SCOPES) - installed.scopes)
    if missing:
        return (
            False,
            f"Slack: the token lacks {', '.join(missing)}; update the app from `amends manifest`, install again.",
        )
    return True, "Slack: the token has every scope."


async def _model(settings: Settings, plan: Plan) -> Line:
    if not settings.has_model:
        return True, "Model: none set; the offline texts are all there is, and they suffice."
    key = settings.openai_api_key.get_secret_value() if settings.openai_api_key else "none"
    model = Model(
        base_url=settings.openai_base_url, api_key=key, model=settings.openai_model or "gpt-5-mini", timeout=10
    )
    try:
        known = await model.known()
    except Later as later:
        return False, f"Model: {later} The offline texts are there all the same."
    finally:
        await model.aclose()
    if not known:
        return False, f"Model: the server answers, but does not list {model.model}; is OPENAI_MODEL right?"
    return True, f"Model: the server answers and has {model.model}."

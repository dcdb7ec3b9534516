"""What a verb needs beside its rows: the plan, the people, the prompts, the database."""

from dataclasses import dataclass

from bot.llm import Model
from bot.models import UserId
from bot.plan import Plan
from bot.prompts import Prompts
from bot.roster import Roster
from bot.store import Store


@dataclass
class Desk:
    """One for the process. `plan` and `roster` are replaced when they change; everything else stays."""

    store: Store
    plan: Plan
    roster: Roster
    prompts: Prompts
    model: Model | None = None
    workspace: str = ""
    """Slack's address of this workspace, as `auth.test` gives it: links to messages begin with it."""
    us: UserId | None = None
    """Who the bot is there."""

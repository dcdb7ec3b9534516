"""The bot's verbs: load, decide, save, in one transaction each."""

from sqlalchemy import select
from sqlmodel import col

from bot.desk import Desk
from bot.models import Card, Effect, EffectState
from bot.service.declarations import Declarations
from bot.service.duty import Duty
from bot.service.endings import Endings
from bot.service.homes import Homes
from bot.service.incidents import Incidents
from bot.service.members import Members
from bot.service.promises import Promises
from bot.service.records import Records
from bot.service.reports import Reports
from bot.service.shifts import Shifts
from bot.service.signals import Signals
from bot.service.texts import Texts
from bot.store import Tx


class Service:
    """All verbs, by noun."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.declarations = Declarations(desk)
        self.incidents = Incidents(desk)
        self.members = Members(desk)
        self.texts = Texts(desk)
        self.promises = Promises(desk)
        self.signals = Signals(desk)
        self.duty = Duty(desk)
        self.homes = Homes(desk)
        self.endings = Endings(desk)
        self.shifts = Shifts(desk)
        self.reports = Reports(desk)
        self.records = Records(desk)

    async def is_parked(self, tx: Tx, key: str) -> bool:
        """Whether this effect was given up, so that nobody waits for it."""
        state = await tx.session.scalar(select(col(Effect.state)).where(col(Effect.key) == key))
        return state == EffectState.PARKED

    async def sent(self, tx: Tx, card: Card) -> None:
        """A card stands in Slack now; the nouns that wait for that hear of it."""
        await self.texts.sent(tx, card)

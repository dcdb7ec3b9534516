"""Who is on duty: the plan's list, without those who say that they are off."""

from sqlalchemy import select
from sqlmodel import col

from bot.answer import Answer
from bot.cards.incidents import names
from bot.core import alert as core
from bot.core.effects import Decision, Refresh, RefreshHomes, Refused
from bot.desk import Desk
from bot.duty import duty_list, ladder, off_duty
from bot.i18n import _
from bot.models import Alert, AlertState, OffDuty, UserId
from bot.service.signals import locked
from bot.store import Tx
from bot.views.blocks import escape


class Duty:
    """The two verbs of whoever is on the plan's duty list."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    async def leave(self, *, by: UserId, key: str) -> Answer:
        """`I'm off duty`: what they are asked now, and everything that comes, goes to the next one. Somebody stays."""
        async with self.desk.store.transaction(key) as tx:
            await tx.in_line("duty")  # of the last two who leave at once, one stays
            self._on_the_list(by)
            if by in await off_duty(tx):
                return tx.answer(_("Noted before: you are off duty."))
            others = [user for user in await ladder(self.desk, tx) if user != by]
            if not others:
                raise Refused(
                    _("Nobody else could be asked then, so you stay on duty. Please find somebody to come back first.")
                )
            tx.session.add(OffDuty.new(team=tx.team, user=by, since=tx.now))
            await tx.session.flush()
            await self._pass_on(tx, by)
            called = await names(tx, others[:1])
            name = escape(called.get(others[0], others[0]))
            return tx.answer(_("You are off duty. {name} is asked first from now on.", name=name))

    async def back(self, *, by: UserId, key: str) -> Answer:
        """`I'm back on duty`: at their place in the list again. What was passed on stays where it is."""
        async with self.desk.store.transaction(key) as tx:
            await tx.in_line("duty")
            self._on_the_list(by)
            row = await tx.session.get(OffDuty, (tx.team, by))
            if row is None:
                return tx.answer(_("Noted before: you are on duty."))
            await tx.session.delete(row)
            await tx.session.flush()
            await tx.apply(await self._told(tx))
            return tx.answer(_("Welcome back: you are on duty again."))

    def _on_the_list(self, user: UserId) -> None:
        if user not in duty_list(self.desk):
            raise Refused(_("You are not on the duty list of our plan, so nobody asks you first."))

    async def _pass_on(self, tx: Tx, user: UserId) -> None:
        """Open questions to somebody who leaves go to the next one at once; one that nobody else can take stays."""
        remaining = await ladder(self.desk, tx)
        theirs = select(col(Alert.id)).where(
            col(Alert.team) == tx.team, col(Alert.state) == AlertState.ASKING, col(Alert.asked) == user
        )
        for id in await tx.all(theirs.order_by(col(Alert.id))):
            alert = await locked(tx, id)
            if alert.state is AlertState.ASKING and alert.asked == user and core.next_asked(alert, remaining):
                await tx.apply(core.climb(alert, remaining, wait=self.desk.plan.waits.decide, now=tx.now))
        await tx.apply(await self._told(tx))

    async def _told(self, tx: Tx) -> Decision:
        """Everything that says who is asked, and who is asked next, is drawn again."""
        asking = (col(Alert.team) == tx.team, col(Alert.state) == AlertState.ASKING)
        open_ones = await tx.all(select(col(Alert.id)).where(*asking).order_by(col(Alert.id)))
        return Decision(do=[Refresh(subjects=open_ones), RefreshHomes(people=duty_list(self.desk))])

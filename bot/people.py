"""Keeping the roster and what we know of people current: at start and when Slack tells of a change."""

import asyncio
import logging
from typing import Any

from sqlalchemy import or_, select, update
from sqlmodel import col

from bot.core.effects import Decision, Later, RefreshHomes
from bot.desk import Desk
from bot.models import LIVE, Here, Incident, Member, Person, UserId
from bot.roster import resolve
from bot.slack import Slack, SlackDirectory, SlackRefused, person_row
from bot.store import Unavailable

log = logging.getLogger(__name__)

CALM = 5.0
"""Seconds we wait for further changes before everything is looked up anew: they come in bunches."""


class People:
    """Looks everyone up through the one door to Slack; never while a crisis opens."""

    def __init__(self, desk: Desk, slack: Slack) -> None:
        self.desk = desk
        self.slack = slack
        self._again: asyncio.Task[None] | None = None
        self._wanted = False

    async def refresh(self) -> None:
        """Everyone and every channel the plan speaks of. Raises Later or SlackRefused."""
        directory = _Remembering(SlackDirectory(self.slack, self.desk.store.team))
        roster = await resolve(self.desk.plan, directory, team=self.desk.store.team)
        rows = [person_row(self.desk.store.team, member) for member in directory.members if not member.get("is_bot")]
        async with self.desk.store.transaction() as tx:
            await tx.upsert(rows, "team", "user")
        gone = self.desk.roster.active - roster.active
        self.desk.roster = roster
        if gone:
            await self._called_in_vain(gone)
        for sentence in roster.unknown:
            log.warning("plan: %s", sentence)

    async def changed(self, member: dict[str, Any]) -> None:
        """Slack says that somebody changed: what we know of them is replaced.

        The roster is looked up anew only where that can matter; most changes are a new status or picture.
        """
        if member.get("is_bot"):
            return
        row = person_row(self.desk.store.team, member)
        async with self.desk.store.transaction() as tx:
            known = await tx.person(row.user)
            if known is not None and row.locale is None:  # Slack promises the locale only to those who ask for it
                row.locale = known.locale
            await tx.upsert([row], "team", "user")
            if known is None or (known.name, known.locale, known.zone) != (row.name, row.locale, row.zone):
                await tx.apply(Decision(do=[RefreshHomes(people=[row.user])]))
        if known is None or _standing(known) != _standing(row):
            self.soon()

    async def _called_in_vain(self, gone: frozenset[UserId]) -> None:
        """Whoever is called, or on it, and has left the company will not answer: their silence ends now."""
        async with self.desk.store.transaction() as tx:
            live = select(col(Incident.id)).where(col(Incident.team) == tx.team, col(Incident.stage).in_(LIVE))
            waited_for = or_(col(Member.silent_at) > tx.now, col(Member.state) == Here.HERE)
            theirs = (col(Member.user).in_(gone), col(Member.incident).in_(live), waited_for)
            ends = update(Member).where(*theirs).values(silent_at=tx.now)
            await tx.session.execute(ends.execution_options(synchronize_session=False))

    def soon(self) -> None:
        """Looks everything up once it is calm; several calls are one look-up."""
        self._wanted = True
        if self._again is None or self._again.done():
            self._again = asyncio.get_running_loop().create_task(self._calmly())

    async def _calmly(self) -> None:
        while self._wanted:
            await asyncio.sleep(CALM)
            self._wanted = False  # what changes from here on is looked up once more
            try:
                await self.refresh()
            except (Later, Unavailable) as trouble:
                log.warning("the roster stays as it was for now: %s", trouble)
                self._wanted = True
            except SlackRefused as no:
                log.warning("the roster stays as it was: %s", no)

    async def stop(self) -> None:
        if self._again is not None:
            self._again.cancel()
            await asyncio.gather(self._again, return_exceptions=True)


def _standing(person: Person) -> tuple[str | None, bool, bool, bool]:
    """What the roster is made of."""
    return person.email, person.active, person.admin, person.guest


class _Remembering:
    """A directory that keeps the list of people it handed out, so that it is fetched once."""

    def __init__(self, directory: SlackDirectory) -> None:
        self._directory = directory
        self.members: list[dict[str, Any]] = []

    async def people(self) -> list[dict[str, Any]]:
        self.members = await self._directory.people()
        return self.members

    async def by_email(self, email: str) -> str | None:
        return await self._directory.by_email(email)

    async def group_members(self, handle_or_id: str) -> list[str]:
        return await self._directory.group_members(handle_or_id)

    async def channel_id(self, name: str) -> str | None:
        return await self._directory.channel_id(name)

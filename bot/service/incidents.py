"""The moves of a crisis's life, and who may look at it."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select
from sqlmodel import col

from bot.answer import Answer
from bot.cards.incidents import names, scene
from bot.core import incident as core
from bot.core.effects import Decision, Priority, Refresh, Refused, Show, noted
from bot.core.ending import to_stand_down
from bot.core.incident import Scene
from bot.desk import Desk
from bot.i18n import _, clock_text
from bot.models import LIVE, Alert, AlertState, Ask, Incident, Move, Stage, TimelineEntry, UserId
from bot.rights import came, incident_of, may_see, members_of, numbered, refuse_strangers, seen
from bot.service import members, promises, texts
from bot.store import Tx
from bot.views import commands
from bot.views.words import kind_label, promise_label


class Incidents:
    """The verbs of a crisis."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    async def move(self, id: str, what: Move, *, by: UserId, key: str, anyway: bool = False) -> Answer:
        """`contain`, `resolve`, `reopen`. With things still open `resolve` shows them first and wants one more press."""
        async with self.desk.store.transaction(key) as tx:
            incident = await self._led(tx, id, by)
            was_none = incident.closed_as is Move.FALSE_ALARM
            asks_first = what is Move.RESOLVE and not anyway and incident.stage in LIVE
            if asks_first and (lines := list((await self._still_open(tx, incident)).values())):
                return tx.answer(Answer(opens=commands.open_things_modal(incident, self.desk.plan, lines)))
            await tx.apply(await came(tx, incident, by) + core.move(incident, what, by=by, now=tx.now))
            if what is Move.RESOLVE:
                await tx.apply(await promises.resolved(self.desk, tx, incident))
            if what is Move.REOPEN and was_none:
                await self._after_all(tx, incident, by)
            elif what is Move.REOPEN:
                await tx.apply(await promises.reopened(self.desk, tx, incident))
            await self._redraw_team(tx, incident)
            return tx.answer(self._moved(incident))

    async def _after_all(self, tx: Tx, incident: Incident, by: UserId) -> None:
        """It was no false alarm: what our plan promises counts from now, the first word asks anew, and everybody who
        was stood down is told, once."""
        await tx.apply(await promises.begin(self.desk, tx, incident, since=tx.now))
        await members.silence_starts(self.desk, tx, incident)
        words = await texts.begun_again(self.desk, tx, incident)
        await tx.apply(words)
        asked = {row.user for row in words.add if isinstance(row, Ask)}
        entry = noted(incident.id, "team_called_back", now=tx.now, by=by)
        back = [user for user in to_stand_down(await members_of(tx, incident), by=by) if user not in asked]
        show = [Show(kind="back", subject=entry.id, place=user, incident=incident.id) for user in back]
        alerts = await tx.all(select(Alert).where(col(Alert.incident) == incident.id))
        for alert in alerts:
            alert.state, alert.decided_by, alert.decided_at = AlertState.JOINED, None, tx.now
        stood_down = await tx.all(
            select(col(TimelineEntry.id)).where(
                col(TimelineEntry.incident) == incident.id, col(TimelineEntry.kind) == "crisis_false_alarm"
            )
        )
        redrawn = Refresh(subjects=[*stood_down, *(alert.id for alert in alerts)])
        await tx.apply(Decision(add=[entry], do=[*show, redrawn]))

    async def close(self, id: str, reasons: Mapping[str, str], *, by: UserId, key: str) -> Answer:
        """Put away, once everything still open has a reason; what opened meanwhile is asked about too."""
        async with self.desk.store.transaction(key) as tx:
            incident = await self._led(tx, id, by)
            open_things = await self._still_open(tx, incident) if incident.stage is Stage.RESOLVED else {}
            if not open_things.keys() <= reasons.keys():
                return tx.answer(Answer(opens=commands.close_modal(incident, open_things, reasons)))
            await tx.apply(core.close(incident, open_things, reasons, by=by, now=tx.now))
            await tx.apply(await promises.closed(self.desk, tx, incident, by))
            await tx.apply(await texts.closed(tx, incident))
            await self._redraw_team(tx, incident)
            return tx.answer(self._moved(incident))

    async def _redraw_team(self, tx: Tx, incident: Incident) -> None:
        """What a call asked for is over, or counts again: its buttons say so."""
        members = [member.id for member in await members_of(tx, incident)]
        await tx.apply(Decision(do=[Refresh(subjects=members, priority=Priority.DUTY)]))

    async def _led(self, tx: Tx, id: str, by: UserId) -> Incident:
        """The incident, for somebody called to it: they may move it along."""
        incident = await seen(self.desk, tx, id, by)
        await refuse_strangers(self.desk, tx, incident, by)
        return incident

    def _moved(self, incident: Incident) -> str:
        return _("Crisis {number} is {stage} now.", number=incident.number, stage=core.stage_label(incident.stage))

    async def _still_open(self, tx: Tx, incident: Incident) -> dict[str, str]:
        """What somebody still waits for: row id -> what it is."""
        found: dict[str, str] = {}
        for promise in await promises.open_promises(tx, incident):
            due = clock_text(promise.due, incident.zone, now=tx.now)
            what = promise_label(promise)
            found[promise.id] = _("{what}, promised for {time}", what=what[:1].upper() + what[1:], time=due)
        for text in await texts.open_texts(tx, incident):
            kind = kind_label(text.kind)
            found[text.id] = _("{kind}: approved, but nobody has posted it", kind=kind[:1].upper() + kind[1:])
        return found

    async def scene(self, id: str, *, by: UserId) -> tuple[Scene, datetime]:
        """Where we are, for somebody who may see it; and the time it was read."""
        async with self.desk.store.reading() as tx:
            incident = await tx.get(Incident, id)
            if not await may_see(self.desk, tx, incident, by):
                raise Refused(_("There is no such crisis."))
            return await scene(self.desk, tx, incident), tx.now

    async def visible(self, *, by: UserId, ended: bool = False) -> tuple[list[Incident], dict[str, str]]:
        """Crises this person may see, newest first, and the names of their leads. `ended`: resolved and closed ones too."""
        stages = tuple(Stage) if ended else LIVE
        async with self.desk.store.reading() as tx:
            query = select(Incident).where(col(Incident.team) == tx.team, col(Incident.stage).in_(stages))
            found = [
                i
                for i in await tx.all(query.order_by(col(Incident.number).desc()).limit(200))
                if await may_see(self.desk, tx, i, by)
            ]
            return found, await names(tx, [i.lead for i in found])

    async def numbered(self, number: int, *, by: UserId) -> Incident:
        """The crisis of this number, for somebody who may see it."""
        async with self.desk.store.reading() as tx:
            return await numbered(self.desk, tx, number, by)

    async def here_in(self, channel: str | None, *, by: UserId) -> Incident | None:
        """The crisis whose channel this is, for somebody who may see it."""
        async with self.desk.store.reading() as tx:
            incident = await incident_of(tx, channel)
            return incident if incident and await may_see(self.desk, tx, incident, by) else None

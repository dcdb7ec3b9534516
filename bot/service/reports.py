"""A colleague reports a message: it is taken in like a post from outside, and they hear what came of it."""

from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256
from json import dumps
from typing import Any

from sqlalchemy import and_, exists, func, or_, select
from sqlmodel import col

from bot.answer import Answer
from bot.cards.incidents import names
from bot.cards.reports import told
from bot.core.alert import REPORT
from bot.core.effects import Decision, Priority, Refresh, Refused, Show
from bot.core.promised import PUBLIC
from bot.core.report import MOST, WHILE, Outcome, Reported
from bot.core.slack_words import PERSON, as_read, link_to
from bot.core.untrusted import plain
from bot.desk import Desk
from bot.i18n import _, reading
from bot.models import (
    Alert,
    AlertState,
    Delivery,
    DeliveryId,
    Incident,
    Report,
    Signal,
    SignalId,
    Stage,
    Text,
    UserId,
    new_id,
)
from bot.rights import incident_of, may_see, member_of
from bot.service import signals
from bot.service.turns import in_turn
from bot.store import Tx
from bot.views import report as views
from bot.views.blocks import when

_DECIDED = or_(col(Signal.incident).is_not(None), col(Alert.state).in_((AlertState.DISMISSED, AlertState.FILED)))
_SAID = exists().where(
    col(Text.incident) == col(Signal.incident), col(Text.kind).in_(PUBLIC), col(Text.published_at).is_not(None)
)
_ENDED = col(Incident.stage).in_((Stage.RESOLVED, Stage.CLOSED))
_OWED = (
    select(col(Report.id))
    .join(Signal, col(Signal.id) == col(Report.signal))
    .outerjoin(Alert, col(Alert.id) == col(Signal.alert))
    .outerjoin(Incident, col(Incident.id) == col(Signal.incident))
    .where(
        col(Report.answered_at).is_(None),
        or_(and_(col(Report.told_at).is_(None), _DECIDED), _SAID, _ENDED),
    )
    .order_by(col(Report.at), col(Report.id))
)
"""Reports whose reporter is owed a word: it was decided, the public has an answer, or it is over."""


class Reports:
    """The verbs of reporting. Nobody else calls them: what somebody is owed is read from the rows."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    async def form(self, message: Mapping[str, Any], channel: str, place: str, *, by: UserId, zone: str) -> Answer:
        """`Report to crisis team` in the menu of a message: a small form, filled in."""
        async with self.desk.store.reading() as tx:
            text = str(message.get("text") or "")
            author = str(message.get("user") or "")
            if (known_here := await self._not_news(tx, channel, author, by)) is not None:
                return Answer(opens=views.thanks_view(known_here))
            known = await names(tx, [author, *PERSON.findall(text)])
            now = tx.now
        ts = str(message["ts"])
        reported = Reported(
            words=plain(as_read(text, known)) or _files(message),
            author=known.get(author) or str(message.get("username") or ""),
            place=place,
            channel=channel,
            ts=ts,
            thread=str(message.get("thread_ts") or ""),
        )
        return Answer(opens=views.form(reported, at=when(_said_at(ts), zone, now=now)))

    async def send(self, reported: Reported, note: str = "", *, by: UserId, key: str) -> Answer:
        """It is reported: somebody is asked, and the reporter thanked."""
        if not reported.words.strip() and not reported.ts:
            raise Refused(_("Please say in a few words what you saw or heard."), field="words")
        async with self.desk.store.transaction(key) as tx:
            if (known_here := await self._not_news(tx, reported.channel, "", by)) is not None:
                return tx.answer(Answer(text=known_here, view=views.thanks_view(known_here)))
            await self._refuse_floods(tx, by)
            signal = await self._taken_in(tx, reported, note, by)
            row = Report.new(
                team=tx.team,
                signal=signal.id,
                by=by,
                channel=reported.channel or None,
                ts=reported.ts or None,
                note=plain(note).strip(),
                at=tx.now,
            )
            new = await tx.insert_or_ignore(row, "signal", "by")
            if new and signal.alert is not None:  # the card names who reported it
                await tx.apply(Decision(do=[Refresh(subjects=[signal.alert], priority=Priority.COUNT)]))
            report = (await tx.session.scalars(select(Report).where(_of(signal, by)))).one()
            said = await told(self.desk, tx, report, sees=await self._sees(tx, signal, by))
            if new and said.outcome is not Outcome.ASKED:
                report.told_at = tx.now
                if said.outcome is not Outcome.WORKED_ON:
                    report.answered_at = tx.now
            sentence = views.thanks(said, again=not new, now=tx.now)
            return tx.answer(Answer(text=sentence, view=views.thanks_view(sentence)))

    async def _not_news(self, tx: Tx, channel: str, author: str, by: UserId) -> str | None:
        """What is answered where a message stands in a crisis's channel, or is the bot's own: those words stay there."""
        incident = await incident_of(tx, channel)
        if incident is not None:
            name = (await names(tx, [by])).get(by, by)
            sees = await may_see(self.desk, tx, incident, by)
            return views.known_here(incident.number if sees else None, name)
        if author and author == self.desk.us:  # in a DM with the bot nobody else writes
            return views.from_us()
        return None

    async def _sees(self, tx: Tx, signal: Signal, by: UserId) -> bool:
        incident = await tx.one(Incident, signal.incident)
        return incident is not None and await may_see(self.desk, tx, incident, by)

    async def _refuse_floods(self, tx: Tx, by: UserId) -> None:
        lately = (col(Report.by) == by, col(Report.at) > tx.now - WHILE)
        sent = await tx.session.scalar(select(func.count()).select_from(Report).where(*lately))
        if (sent or 0) >= MOST:
            raise Refused(
                _("Thank you. We have your last {n} reports and look at them now; please wait a little.", n=MOST)
            )

    async def _taken_in(self, tx: Tx, reported: Reported, note: str, by: UserId) -> Signal:
        """The one row of this message, as it is now; the first report of it asks somebody."""
        dedupe = reported.dedupe(tx.now)
        ours = (col(Signal.team) == tx.team, col(Signal.source) == REPORT, col(Signal.dedupe) == dedupe)
        body = dumps({"by": by, "note": note, "said": reported.stored()}, ensure_ascii=False).encode()
        delivery = Delivery.new(
            id=DeliveryId(new_id()),
            team=tx.team,
            source=REPORT,
            dedupe=f"id:{dedupe}",
            sha256=sha256(body).hexdigest(),
            body=body,
            content_type="application/json",
            received_at=tx.now,
        )
        if not await tx.insert_or_ignore(delivery, "team", "source", "dedupe"):
            same = (
                col(Delivery.team) == tx.team,
                col(Delivery.source) == REPORT,
                col(Delivery.dedupe) == delivery.dedupe,
            )
            delivery = (await tx.session.scalars(select(Delivery).where(*same))).one()
        if await tx.first(select(Signal).where(*ours)) is None:
            await signals.reported(self.desk, tx, self._signal(reported, dedupe, delivery, tx.now, tx.team))
        found = await tx.session.scalars(select(Signal).where(*ours).execution_options(populate_existing=True))
        return found.one()

    def _signal(self, reported: Reported, dedupe: str, delivery: Delivery, now: datetime, team: str) -> Signal:
        return Signal.new(
            id=SignalId(new_id()),
            team=team,
            source=REPORT,
            dedupe=dedupe,
            delivery=delivery.id,
            text=plain(reported.words).strip(),
            author=reported.author or None,
            channel=reported.place or None,
            url=link_to(self.desk.workspace, reported.channel, reported.ts, reported.thread) if reported.ts else None,
            occurred_at=_said_at(reported.ts) if reported.ts else None,
            received_at=now,
        )

    def place_of(self, name: str) -> str:
        """Where a message stands, in the words of those who read the card. Only an open channel has a name."""
        with reading(self.desk.plan.language):
            if name == "directmessage":
                return _("a direct message")
            if name == "privategroup":
                return _("a private channel")
            if name.startswith("mpdm-"):
                return _("a group conversation")
            return f"#{name}"

    async def next_due(self, tx: Tx) -> datetime | None:
        """Now, where somebody is owed a word."""
        return tx.now if await tx.first(_OWED) is not None else None

    async def tick(self) -> None:
        """Tells everybody what came of it."""
        async with self.desk.store.reading() as tx:
            owed = await tx.all(_OWED)
        await in_turn("reports", (("what came of a report", self._tell, id) for id in owed))

    async def _tell(self, id: str) -> None:
        async with self.desk.store.transaction() as tx:
            crisis = await tx.session.scalar(
                select(col(Signal.incident))
                .join(Report, col(Report.signal) == col(Signal.id))
                .where(col(Report.id) == id)
            )
            incident = await tx.incident(crisis) if crisis else None
            locked = select(Report).where(col(Report.id) == id).with_for_update()
            report = (await tx.session.scalars(locked.execution_options(populate_existing=True))).one()
            said = await told(self.desk, tx, report, sees=False)
            if report.answered_at is not None or said.outcome is Outcome.ASKED:
                return
            knows = await self._knows(tx, report, said, incident)
            if said.outcome in (Outcome.ANSWERED, Outcome.OVER):
                kind, report.answered_at = "report_answer", tx.now
                report.told_at = report.told_at or tx.now
            else:
                if report.told_at is not None:
                    return
                kind, report.told_at = "report_decided", tx.now
                report.answered_at = tx.now if said.outcome is Outcome.DISMISSED else None
            if not knows:
                about = incident.id if incident else None
                await tx.apply(Decision(do=[Show(kind=kind, subject=report.id, place=report.by, incident=about)]))

    async def _knows(self, tx: Tx, report: Report, said: views.Told, incident: Incident | None) -> bool:
        """Whoever decided it, or was called into it, heard it by other ways."""
        if incident is not None:
            return await member_of(tx, incident, report.by) is not None or report.by == incident.lead
        return said.alert is not None and said.alert.decided_by == report.by


def _of(signal: Signal, by: UserId) -> Any:
    return and_(col(Report.signal) == signal.id, col(Report.by) == by)


def _said_at(ts: str) -> datetime:
    """Slack's timestamps are seconds since 1970."""
    return datetime.fromtimestamp(float(ts), UTC)


def _files(message: Mapping[str, Any]) -> str:
    """What a message without words carries."""
    return ", ".join(str(file.get("name")) for file in message.get("files") or [] if file.get("name"))

"""What a reporter hears: from a report's id to the message, with nothing in it that they may not see."""

from sqlalchemy import select
from sqlmodel import col

from bot.cards.incidents import names
from bot.core.promised import PUBLIC
from bot.core.report import outcome
from bot.desk import Desk
from bot.models import Alert, Card, Incident, Publication, Report, Signal, Text, Version
from bot.rights import may_see
from bot.store import Tx
from bot.views import report as views
from bot.views.blocks import Message


async def public_answer(tx: Tx, incident: Incident) -> Text | None:
    """The newest words that stand in public."""
    ours = (col(Text.incident) == incident.id, col(Text.kind).in_(PUBLIC), col(Text.published_at).is_not(None))
    found = await tx.first(select(Text).where(*ours).order_by(col(Text.published_at).desc(), col(Text.id).desc()))
    return found if isinstance(found, Text) else None


async def told(desk: Desk, tx: Tx, report: Report, *, sees: bool) -> views.Told:
    """What came of it so far. `sees`: they may see the crisis it belongs to."""
    signal = await tx.get(Signal, report.signal)
    alert, incident = await tx.one(Alert, signal.alert), await tx.one(Incident, signal.incident)
    text = await public_answer(tx, incident) if incident else None
    came = outcome(alert.state if alert else None, incident.stage if incident else None, answered=text is not None)
    called = await names(tx, [report.by, alert.asked if alert else None, incident.declared_by if incident else None])
    person = await tx.person(report.by)
    places = await tx.all(select(Publication).where(col(Publication.text) == text.id)) if text else []
    version = await tx.one(Version, places[0].version) if places else None
    outlets = desk.plan.outlets
    return views.Told(
        name=called.get(report.by, report.by),
        zone=(person.zone if person else None) or desk.plan.zone,
        outcome=came,
        signal=signal,
        alert=alert,
        asked=called.get(alert.asked or "", "") if alert else "",
        incident=incident if sees else None,
        declared_by=called.get(incident.declared_by or "", "") if incident and sees else "",
        kind=text.kind if text else None,
        words=version.body if version else "",
        outlets=tuple((outlets[p.outlet].label if p.outlet in outlets else p.outlet, p) for p in places),
    )


async def _told(desk: Desk, tx: Tx, card: Card) -> tuple[Report, views.Told]:
    report = await tx.get(Report, card.subject)
    signal = await tx.get(Signal, report.signal)
    incident = await tx.one(Incident, signal.incident)
    sees = incident is not None and await may_see(desk, tx, incident, report.by)
    return report, await told(desk, tx, report, sees=sees)


async def decided(desk: Desk, tx: Tx, card: Card) -> Message | None:
    report, said = await _told(desk, tx, card)
    return views.decided(said, report)


async def answer(desk: Desk, tx: Tx, card: Card) -> Message | None:
    report, said = await _told(desk, tx, card)
    return views.answer(said, report, now=tx.now)


CARDS = {"report_decided": decided, "report_answer": answer}

"""From a question's or a crisis's id to the card that shows it."""

from sqlalchemy import select
from sqlmodel import col

from bot.cards.incidents import names
from bot.cards.readers import goes_to_person
from bot.core.alert import REPORT, is_own_card, next_asked
from bot.core.untrusted import plain
from bot.desk import Desk
from bot.duty import ladder
from bot.models import Alert, Card, Incident, Report, Signal, UserId
from bot.store import Tx
from bot.views import alert as views
from bot.views.blocks import Message, cut

TITLE = 80
"""Characters of a reported message that a form proposes as a crisis's first line."""


def label(desk: Desk, rule: str) -> str:
    """A rule's name in the reader's language, even of a rule the plan no longer has."""
    known = desk.plan.rules.get(rule)
    return known.label if known else rule.replace("_", " ").capitalize()


async def report_words(tx: Tx, row: Alert) -> str | None:
    """What a message says that was reported by itself, short enough for a title."""
    if not is_own_card(row.rule):
        return None
    quote = await tx.one(Signal, row.quote)
    return cut(" ".join(plain(quote.text).split()), TITLE) if quote else None


async def reports_on(tx: Tx, row: Alert) -> list[Report]:
    """Who reported what this question is about, the first one first."""
    query = select(Report).join(Signal, col(Signal.id) == col(Report.signal))
    ours = query.where(col(Signal.alert) == row.id, col(Signal.source) == REPORT)
    return list(await tx.all(ours.order_by(col(Report.at), col(Report.id)).limit(views.REPORTERS)))


async def _zone(desk: Desk, tx: Tx, card: Card) -> str:
    person = await tx.person(UserId(card.place)) if goes_to_person(card.place) else None
    return (person.zone if person else None) or desk.plan.zone


async def _question(desk: Desk, tx: Tx, row: Alert, zone: str) -> views.Question:
    comes = next_asked(row, await ladder(desk, tx))
    incident = await tx.one(Incident, row.incident)
    goes_on = await tx.one(Incident, incident.merged_into) if incident is not None else None
    reports = await reports_on(tx, row)
    called = await names(tx, [report.by for report in reports])
    said = views.reported_by([called.get(report.by, report.by) for report in reports])
    own = is_own_card(row.rule)
    return views.Question(
        alert=row,
        label=said if own else label(desk, row.rule),
        reported="" if own else said,
        notes=[(called.get(report.by, report.by), report.note) for report in reports if report.note],
        zone=zone,
        quote=await tx.one(Signal, row.quote),
        incident=incident,
        goes_on_in=goes_on.number if goes_on is not None else None,
        next_asked=comes,
        names=await names(tx, [row.asked, row.decided_by, comes, *row.asked_before]),
    )


async def alert(desk: Desk, tx: Tx, card: Card) -> Message | None:
    """The same in the watch channel and in every DM: one row, settled everywhere at once."""
    row = await tx.get(Alert, card.subject)
    return views.card(await _question(desk, tx, row, await _zone(desk, tx, card)), now=tx.now)


async def raised(desk: Desk, tx: Tx, card: Card) -> Message | None:
    incident = await tx.get(Incident, card.subject)
    zone = await _zone(desk, tx, card)
    row = await tx.first(select(Alert).where(col(Alert.incident) == incident.id))
    lead = await tx.person(incident.lead)
    question = await _question(desk, tx, row, zone) if row else None
    return views.raised(incident, question, lead.name if lead else None, zone=zone, now=tx.now)


async def unfilled(desk: Desk, tx: Tx, card: Card) -> Message | None:
    roster, plan = desk.roster, desk.plan
    roles = [word.removeprefix("role:") for word in plan.duty]
    roles = [plan.role_label(role) for role in roles if role in plan.roles and not roster.holders(role)]
    return views.unfilled([*roles, *(sentence for sentence in roster.unknown if sentence.startswith("duty:"))])


CARDS = {"alert": alert, "raised": raised, "unfilled": unfilled}

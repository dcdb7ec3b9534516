"""What people are told when a crisis was none, came back, or goes on in another."""

from sqlalchemy import select
from sqlmodel import col

from bot.cards.incidents import names
from bot.desk import Desk
from bot.models import Card, Incident, Kind, Member, Text, TextState, TimelineEntry
from bot.store import Tx
from bot.views import ending as views
from bot.views.blocks import Message
from bot.views.team import answer_line


async def stood_down(desk: Desk, tx: Tx, card: Card) -> Message | None:
    entry = await tx.get(TimelineEntry, card.subject)
    incident = await tx.get(Incident, entry.incident)
    withdrawn = (col(Text.incident) == incident.id, col(Text.state) == TextState.WITHDRAWN)
    ready = await tx.all(
        select(Text).where(*withdrawn, col(Text.approved_at).is_not(None), col(Text.kind) != Kind.CALL_CENTRE_BRIEF)
    )
    return views.stood_down(entry, incident, await names(tx, [card.place, entry.by]), card.place, ready)


async def back(desk: Desk, tx: Tx, card: Card) -> Message | None:
    entry = await tx.get(TimelineEntry, card.subject)
    incident = await tx.get(Incident, entry.incident)
    return views.back(incident, await names(tx, [card.place, entry.by]), card.place, entry.by)


async def came_over(desk: Desk, tx: Tx, card: Card) -> Message | None:
    member = await tx.get(Member, card.subject)
    incident = await tx.get(Incident, member.incident)
    closed = await tx.all(
        select(col(Incident.number)).where(col(Incident.merged_into) == incident.id).order_by(col(Incident.number))
    )
    called = await names(tx, [member.user])
    answer = answer_line(member, incident, None)
    return views.came_over(member, incident, closed, desk.plan, called, answer, now=tx.now)


CARDS = {"stood_down": stood_down, "back": back, "came_over": came_over}

"""The private brief of a handover, its reminder, and what the giver and the lead hear of it."""

from sqlalchemy import select
from sqlmodel import col

from bot.cards.incidents import names, scene
from bot.desk import Desk
from bot.models import Card, Handover, HandoverState, Incident, Kind, TextState, UserId
from bot.store import Tx
from bot.views import shift as views
from bot.views.blocks import Message


async def shift(desk: Desk, tx: Tx, card: Card) -> views.Shift:
    """Everything a card of a handover shows, as it is now."""
    handover = await tx.get(Handover, card.subject)
    incident = await tx.get(Incident, handover.incident)
    now = await scene(desk, tx, incident)
    giver = next((member for member in now.members if member.user == handover.giver), None)
    held = desk.roster.roles_of(handover.giver, declarer=incident.declared_by)
    roles = [*(giver.roles if giver else []), *(role for role in desk.plan.roles if role in held)]
    going = views.Going(
        leads=incident.lead == handover.giver,
        roles=[role for role in dict.fromkeys(roles) if role != "lead"],
        promises=len([p for p in now.promises if p.owner == handover.giver]),
        texts=len({ask.text for ask in now.asks if ask.user == handover.giver}),
    )
    newer = await _newer(tx, handover)
    people = {handover.giver, handover.to, handover.instead_of, newer.to if newer else None, UserId(card.place)}
    people |= {m.user for m in now.members} | {a.user for a in now.asks} | {p.owner for p in now.promises}
    person = await tx.person(UserId(card.place))
    return views.Shift(
        handover=handover,
        newer=newer,
        scene=now,
        going=going,
        to_post=[
            text
            for text in now.texts
            if text.state is TextState.APPROVED
            and text.kind is not Kind.CALL_CENTRE_BRIEF
            and handover.to in now.posters.get(text.id, ())
        ],
        names=await names(tx, people),
        now=tx.now,
        zone=(person.zone if person else None) or incident.zone,
    )


async def _newer(tx: Tx, handover: Handover) -> Handover | None:
    """Who was asked since, and is still asked or has it."""
    ours = (col(Handover.incident) == handover.incident, col(Handover.giver) == handover.giver)
    since = (col(Handover.asked_at) >= handover.asked_at, col(Handover.id) != handover.id)
    counts = col(Handover.state).in_((HandoverState.OFFERED, HandoverState.TAKEN))
    found = await tx.first(
        select(Handover).where(*ours, *since, counts).order_by(col(Handover.asked_at).desc(), col(Handover.id).desc())
    )
    return found if isinstance(found, Handover) else None


async def to_take(desk: Desk, tx: Tx, card: Card) -> Message | None:
    return views.to_take(await shift(desk, tx, card), desk.plan)


async def waits(desk: Desk, tx: Tx, card: Card) -> Message | None:
    return views.still_to_take(await shift(desk, tx, card), desk.plan)


async def given(desk: Desk, tx: Tx, card: Card) -> Message | None:
    return views.given(await shift(desk, tx, card))


async def declined(desk: Desk, tx: Tx, card: Card) -> Message | None:
    seen = await shift(desk, tx, card)
    instead = (col(Handover.incident) == seen.handover.incident, col(Handover.instead_of) == seen.handover.to)
    later = select(Handover).where(*instead, col(Handover.giver) == seen.handover.giver)
    next_one = await tx.first(later.order_by(col(Handover.asked_at).desc()))
    called = await names(tx, [next_one.to]) if isinstance(next_one, Handover) else {}
    return views.declined(seen, next(iter(called.values()), None), desk.plan)


async def untaken(desk: Desk, tx: Tx, card: Card) -> Message | None:
    return views.untaken(await shift(desk, tx, card), card.place, desk.plan)


CARDS = {
    "shift": to_take,
    "shift_waits": waits,
    "shift_given": given,
    "shift_declined": declined,
    "shift_untaken": untaken,
}

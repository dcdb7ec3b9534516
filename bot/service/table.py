"""A text on the table: found by its version, its crisis locked, and who may do what with it."""

from sqlalchemy import select
from sqlmodel import col

from bot.cards.sheets import sheet
from bot.core.effects import Refused
from bot.core.sheet import Approver, Sheet
from bot.desk import Desk
from bot.i18n import _
from bot.models import IncidentId, Text, TextId, UserId, Version, VersionId
from bot.rights import on_the_team, rights, seen
from bot.store import Tx


async def text_of(tx: Tx, version: VersionId) -> TextId:
    """The text this wording belongs to. Only its id: rows are read once the lock is ours."""
    found = await tx.session.scalar(select(col(Version.text)).where(col(Version.id) == version))
    if found is None:
        raise Refused(_("That is gone. Please look at the newest message about it."))
    return found


async def on_the_table(desk: Desk, tx: Tx, id: TextId | str, by: UserId) -> Sheet:
    """Everything about a text, under its crisis's lock, for somebody who may see it.

    The lock comes first: what is read before it may be old by the time it is ours.
    """
    incident = await seen(desk, tx, await crisis_of(tx, id), by)
    return await sheet(desk, tx, incident, await tx.get(Text, id))


async def crisis_of(tx: Tx, id: TextId | str) -> IncidentId:
    crisis = await tx.session.scalar(select(col(Text.incident)).where(col(Text.id) == id))
    if crisis is None:
        raise Refused(_("That is gone. Please look at the newest message about it."))
    return crisis


async def approver(desk: Desk, tx: Tx, lying: Sheet, user: UserId) -> Approver:
    """Whose yes this person may give: of the roles they hold, and of those they are asked for in somebody's place."""
    held: set[str] = set(await rights(desk, tx, lying.incident, user))
    held |= {role for ask in lying.open_asks if ask.user == user for role in ask.roles}
    leads = user == lying.incident.lead
    here = await on_the_team(desk, tx, lying.incident, user)
    return Approver(
        user=user,
        roles=frozenset(held),
        second=leads or (here and not lying.open_asks) or any(ask.user == user for ask in lying.open_asks),
        leads=leads,
    )

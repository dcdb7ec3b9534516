"""Who is asked first when something comes in: the plan's duty list, without those who are off duty."""

from datetime import datetime

from sqlalchemy import select
from sqlmodel import col

from bot.core.alert import on_duty
from bot.desk import Desk
from bot.models import OffDuty, UserId
from bot.store import Tx


async def ladder(desk: Desk, tx: Tx) -> list[UserId]:
    """Who is asked, one after the other, now: without those who are off duty."""
    return on_duty(duty_list(desk), await off_duty(tx))


def duty_list(desk: Desk) -> list[UserId]:
    """The plan's order: the first of each rung of `duty`, the lead, then whoever else is on a rung."""
    rungs = desk.roster.duty
    first = [rung[0] for rung in rungs]
    lead = desk.roster.holders("lead")[:1]
    others = [user for rung in rungs for user in rung[1:]]
    return list(dict.fromkeys([*first, *lead, *others]))


async def off_duty(tx: Tx) -> dict[UserId, datetime]:
    """Who said that they are off duty, and since when."""
    rows = await tx.all(select(OffDuty).where(col(OffDuty.team) == tx.team))
    return {row.user: row.since for row in rows}

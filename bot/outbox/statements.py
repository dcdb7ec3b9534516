"""What the outbox asks of its rows and changes in them. Each statement is built once: building costs more than running.

An update names what it expects to find; that it found nothing means that another replica was faster. Parameters: the
times `now`, `until` (of a lease) and `earliest` (the lane's next start), `which` effect or lane, its `generation_seen`,
and as `fence` the token of whoever has them in hand.
"""

from typing import Any

from sqlalchemy import String, and_, bindparam, func, null, or_, select, update
from sqlmodel import col

from bot.models import Effect, EffectState, Lane, UtcDateTime

_NOW = bindparam("now", type_=UtcDateTime())
_UNTIL = bindparam("until", type_=UtcDateTime())
_EARLIEST = bindparam("earliest", type_=UtcDateTime())
_WHICH = bindparam("which", type_=String())
_FENCE = bindparam("fence", type_=String())

_PENDING = col(Effect.state) == EffectState.PENDING
_UNLEASED = or_(col(Effect.leased_until).is_(None), col(Effect.leased_until) <= _NOW)
_UNHELD = or_(col(Lane.held_until).is_(None), col(Lane.held_until) <= _NOW)
_LANE_IS_FREE = and_(col(Lane.not_before) <= _NOW, _UNHELD)
_ITS_LANE = col(Lane.name) == col(Effect.lane)
_OUR_LANE = and_(col(Lane.name) == _WHICH, col(Lane.held_by) == _FENCE)
_OUR_EFFECT = and_(col(Effect.id) == _WHICH, col(Effect.token) == _FENCE)

_BY_ROWS = {"synchronize_session": False}
"""Rows are changed in the database alone; nobody holds them in a session."""

HEADS = (
    select(Effect, Lane)
    .outerjoin(Lane, _ITS_LANE)
    .where(_PENDING, col(Effect.not_before) <= _NOW, _UNLEASED, or_(col(Lane.name).is_(None), _LANE_IS_FREE))
    .order_by(col(Effect.priority), col(Effect.sequence))
    .limit(400)
)
"""What is due and free, by priority, then in the order of deciding; with its lane, once there is one."""

COMING = select(
    select(func.min(Lane.not_before))
    .select_from(Effect)
    .outerjoin(Lane, _ITS_LANE)
    .where(_PENDING, col(Lane.not_before) > _NOW)
    .scalar_subquery(),
    select(func.min(Effect.not_before)).where(_PENDING, col(Effect.not_before) > _NOW).scalar_subquery(),
)
"""When the next lane and the next effect are due."""

TAKE_LANE = (
    update(Lane)
    .where(col(Lane.name) == _WHICH, _LANE_IS_FREE)
    .values(held_by=_FENCE, held_until=_UNTIL, not_before=_EARLIEST)
    .execution_options(**_BY_ROWS)
)

TAKE = (
    update(Effect)
    .where(col(Effect.id) == _WHICH, _PENDING, _UNLEASED)
    .values(
        token=_FENCE,
        leased_until=_UNTIL,
        attempts=Effect.attempts + 1,
        first_attempt_at=func.coalesce(col(Effect.first_attempt_at), _NOW),
        unknown=or_(col(Effect.unknown), col(Effect.leased_until).is_not(None)),
    )
    .returning(Effect)
    .execution_options(populate_existing=True, **_BY_ROWS)
)
"""A lease that ran out belonged to somebody who died in the middle: what became of it is unknown."""

FREE_LANE = update(Lane).where(_OUR_LANE).values(held_by=null(), held_until=null()).execution_options(**_BY_ROWS)
FREE_LANE_LATER = FREE_LANE.values(not_before=_EARLIEST)

FINISH = (
    update(Effect)
    .where(_OUR_EFFECT, col(Effect.generation) == bindparam("generation_seen"))
    .values(state=EffectState.DONE, done_at=_NOW, error=null(), unknown=False, token=null(), leased_until=null())
    .execution_options(**_BY_ROWS)
)
"""Nothing is found, too, when it was wanted again meanwhile."""


def leaving(**changes: Any) -> Any:
    """Ends our lease on an effect that is not finished."""
    return (
        update(Effect).where(_OUR_EFFECT).values(token=None, leased_until=None, **changes).execution_options(**_BY_ROWS)
    )


_OURS = bindparam("fences", expanding=True, type_=String())
RENEW = (
    # Lanes before effects, as everywhere: two transactions in one order never block each other.
    update(Lane).where(col(Lane.held_by).in_(_OURS)).values(held_until=_UNTIL).execution_options(**_BY_ROWS),
    update(Effect).where(col(Effect.token).in_(_OURS)).values(leased_until=_UNTIL).execution_options(**_BY_ROWS),
)

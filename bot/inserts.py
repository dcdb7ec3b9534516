"""INSERT … ON CONFLICT in the words of SQLite and of PostgreSQL, each built once: building costs more than running."""

from functools import cache
from typing import Any

from sqlalchemy import bindparam, case
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import SQLModel

from bot.core.effects import Priority
from bot.models import Counter, Effect


def _insert(model: type[SQLModel], *, in_sqlite: bool) -> Any:
    table = model.__table__  # type: ignore[attr-defined]
    return sqlite.insert(table) if in_sqlite else postgresql.insert(table)


@cache
def ignoring(model: type[SQLModel], *unique: str, in_sqlite: bool) -> Any:
    """A row that is there already stays as it is."""
    return _insert(model, in_sqlite=in_sqlite).on_conflict_do_nothing(index_elements=list(unique))


@cache
def replacing(model: type[SQLModel], *unique: str, in_sqlite: bool) -> Any:
    """A row that is there already gets the values of the new one."""
    insert = _insert(model, in_sqlite=in_sqlite)
    changed = {column.name: column for column in insert.excluded if column.name not in unique}
    return insert.on_conflict_do_update(index_elements=list(unique), set_=changed)


@cache
def counting(*, by: int, in_sqlite: bool) -> Any:
    """The number of a series, raised by so much; the row is held until the commit, so whoever counts too waits."""
    insert = _insert(Counter, in_sqlite=in_sqlite)
    value = insert.table.c.value
    raised = insert.on_conflict_do_update(index_elements=["team", "name"], set_={"value": value + by})
    return raised.returning(value)


@cache
def waking(*, in_sqlite: bool) -> Any:
    """An effect that is there is wanted once more: a pending one keeps the better priority, a finished one is due again.

    A number that only grows is not shown at once: of what was done after `shown_lately`, not before `shown_again`.
    """
    insert = _insert(Effect, in_sqlite=in_sqlite)
    there, wanted = insert.table.c, insert.excluded
    pending = there.state == "pending"
    lately = there.done_at > bindparam("shown_lately", type_=there.done_at.type)
    again = bindparam("shown_again", type_=there.not_before.type)
    calmly = case((pending, there.not_before), (lately, again), else_=wanted.not_before)
    return insert.on_conflict_do_update(
        index_elements=["key"],
        set_={
            "generation": there.generation + 1,
            "state": "pending",
            "not_before": case((wanted.priority >= int(Priority.COUNT), calmly), else_=wanted.not_before),
            "priority": case((pending & (there.priority < wanted.priority), there.priority), else_=wanted.priority),
            "payload": wanted.payload,
            "attempts": 0,
        },
    )

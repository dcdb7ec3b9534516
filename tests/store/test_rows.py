"""Every model goes into the database and comes back as it was."""

import enum
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, get_args

import pytest
from pydantic import ValidationError
from sqlalchemy import Boolean, Integer, LargeBinary
from sqlalchemy.exc import StatementError

from bot import models
from bot.models import Incident, Row, UtcDateTime
from bot.store import Store
from tests.builders import NOON, an_incident

MODELS = sorted(
    (m for m in vars(models).values() if isinstance(m, type) and issubclass(m, Row) and hasattr(m, "__table__")),
    key=lambda m: m.__name__,
)
ODD = "Zoë says “Привет” 🦊\n\u200bto <!channel>"


def a_value(column: Any, parents: dict[str, str]) -> Any:
    """Something for a column that is easy to lose: other zones, microseconds, scripts, nested JSON."""
    if column.foreign_keys:
        return parents[next(iter(column.foreign_keys)).column.table.name]
    if isinstance(column.type, UtcDateTime):
        return datetime(2026, 10, 25, 2, 30, 0, 123456, tzinfo=timezone(timedelta(hours=2)))
    if hasattr(column.type, "enum_class") and column.type.enum_class:
        return list(column.type.enum_class)[-1]
    if isinstance(column.type, Boolean):
        return True
    if isinstance(column.type, Integer):
        return 2**40 if column.name == "sequence" else 41_000
    if isinstance(column.type, LargeBinary):
        return b"\x00\xff{"
    return f"{ODD} {column.name}"


def filled(model: type[Row], parents: dict[str, str]) -> dict[str, Any]:
    table = model.__table__  # type: ignore[attr-defined]
    values = {c.name: a_value(c, parents) for c in table.columns}
    for name, field in model.model_fields.items():
        kind = getattr(field.annotation, "__origin__", field.annotation)
        if kind is list:
            values[name] = [ODD, "b"]
        elif kind is dict:
            plain = {str: ODD, int: 41_000}
            values[name] = {"a": plain.get(get_args(field.annotation)[1], [1, {"b": ODD}])}
    return values


@pytest.mark.parametrize("model", MODELS, ids=lambda m: m.__name__)
async def test_round_trip(store: Store, model: type[Row]) -> None:
    parents: dict[str, str] = {}
    async with store.transaction() as tx:
        for parent in (t for t in models.metadata.sorted_tables if t.name != model.__table__.name):  # type: ignore[attr-defined]
            parent_model = next(m for m in MODELS if m.__table__ is parent)
            values = filled(parent_model, parents)
            if "id" in values:
                parents[parent.name] = values["id"]
            tx.session.add(parent_model.new(**values))
            await tx.session.flush()
            if all(f.column.table.name in parents for c in model.__table__.columns for f in c.foreign_keys):  # type: ignore[attr-defined]
                break
        values = filled(model, parents)
        row = model.new(**values)
        tx.session.add(row)
        await tx.session.commit()
    key = tuple(getattr(row, c.name) for c in model.__table__.primary_key)  # type: ignore[attr-defined]
    async with store.reading() as tx:
        back = await tx.session.get(model, key)
        assert back is not None
        assert back is not row
        assert back.model_dump() == row.model_dump()
        for name, value in back.model_dump().items():
            if isinstance(value, datetime):
                assert value.utcoffset() == timedelta(0), name
            if isinstance(values[name], enum.Enum):
                assert type(getattr(back, name)) is type(values[name])


def test_unknown_and_invalid_fields_are_refused() -> None:
    with pytest.raises(TypeError, match="has no titel"):
        an_incident(titel="misspelt")
    with pytest.raises(ValidationError):
        an_incident(stage="exploded")
    with pytest.raises(ValidationError):
        Incident.new(title="half of it is missing")


async def test_a_time_without_a_zone_is_refused(store: Store) -> None:
    incident = an_incident()
    incident.opened_at = NOON.replace(tzinfo=None)
    async with store.transaction() as tx:
        tx.session.add(incident)
        with pytest.raises(StatementError, match="without a zone"):
            await tx.session.flush()
        await tx.session.rollback()


def test_times_are_utc_wherever_they_come_from() -> None:
    assert an_incident().opened_at.tzinfo is UTC

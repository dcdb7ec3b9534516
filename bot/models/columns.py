"""How the fields of a row are stored, and what all rows share."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, ClassVar, Self

from sqlalchemy import JSON, DateTime, Dialect, Enum, String
from sqlalchemy import Text as LongText
from sqlalchemy.types import TypeDecorator, TypeEngine
from sqlmodel import Field, MetaData, SQLModel

from bot.models.ids import new_id

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
metadata = MetaData(naming_convention=NAMING)


class UtcDateTime(TypeDecorator[datetime]):
    """An aware time, stored as UTC: PostgreSQL keeps the zone, SQLite does not."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone cannot be stored")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Row(SQLModel):
    """What all rows share."""

    metadata: ClassVar[MetaData] = metadata

    @classmethod
    def new(cls, **fields: Any) -> Self:
        """A valid row, or ValueError / TypeError: SQLModel itself would swallow a misspelt or invalid field."""
        if unknown := fields.keys() - cls.model_fields.keys():
            raise TypeError(f"{cls.__name__} has no {', '.join(sorted(unknown))}")
        return cls.model_validate(fields)


def id() -> Any:
    return Field(default_factory=new_id, primary_key=True, sa_type=String)


def ref(table: str, *, optional: bool = False) -> Any:
    """A foreign key; SQLModel reads its type from here, because a NewType is not one."""
    default: dict[str, Any] = {"default": None} if optional else {}
    return Field(foreign_key=f"{table}.id", index=True, nullable=optional, sa_type=String, **default)


def text(**options: Any) -> Any:
    return Field(sa_type=String, **options)


def long(**options: Any) -> Any:
    return Field(sa_type=LongText, **options)


def time(**options: Any) -> Any:
    return Field(sa_type=UtcDateTime, **options)


def json(factory: type) -> Any:
    return Field(default_factory=factory, sa_type=JSON, nullable=False)


def stored(values: type[StrEnum]) -> TypeEngine[Any]:
    """An enum stored by value, without a database type of its own (adding a value needs no migration)."""
    return Enum(
        values, native_enum=False, create_constraint=False, length=32, values_callable=lambda e: [m.value for m in e]
    )


def enum(values: type[StrEnum], **options: Any) -> Any:
    return Field(sa_type=stored(values), **options)

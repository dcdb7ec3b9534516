"""Engine, session, transaction, and the queries more than one verb needs.

SQLite: one write connection per process, so that waiting is fair, begun with BEGIN IMMEDIATE; a second engine reads
with `query_only`. PostgreSQL: a small pool. `tx.now` is the database's clock on PostgreSQL and this process's on
SQLite, unless a test brings its own.
"""

from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar, cast

from sqlalchemy import case, event, func, select, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DatabaseError, DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine
from sqlmodel import SQLModel, col

from bot.answer import Answer, Repeated
from bot.core.effects import (
    CreateChannel,
    Decision,
    Invite,
    Priority,
    Propose,
    Refresh,
    Refused,
    SetTopic,
    Show,
    UpdateView,
    Wish,
)
from bot.i18n import _
from bot.models import (
    Card,
    CardId,
    Counter,
    Effect,
    InboundKey,
    Incident,
    IncidentId,
    Person,
    Row,
    TeamId,
    UserId,
    metadata,
    new_id,
)

R = TypeVar("R", bound=Row)

COUNTED_EVERY = timedelta(seconds=2)
"""How often a card is drawn again for a number alone: Slack allows about fifty edits a minute, and others need some."""
WAIT_FOR_WRITER = 10
"""Seconds a writer waits for another process on SQLite, or for a connection of the pool."""
WAIT_FOR_SERVER = 5
"""Seconds until PostgreSQL must have taken a connection."""
WAIT_FOR_ANSWER = 30
"""Seconds for one statement: a server that went silent must not hold our presses for ever."""
AWAY = ("08", "28", "3D", "40", "53", "57", "58", "25006")
"""PostgreSQL's codes that begin so: no connection, no such user or database, a deadlock, no room, shutting down or
starting up, a disk that fails, a server that only reads."""


class Unavailable(Exception):
    """The database cannot be reached or written right now; nothing was stored."""


@contextmanager
def reached() -> Iterator[None]:
    """Whatever keeps us from the database is one kind of trouble, with one line that says why."""
    try:
        yield
    except (OSError, PoolTimeout, DBAPIError) as trouble:
        if not _keeps_away(trouble):
            raise
        cause = trouble.orig if isinstance(trouble, DBAPIError) and trouble.orig is not None else trouble
        why = str(cause).splitlines() or [type(cause).__name__]
        raise Unavailable(why[0]) from trouble


def _keeps_away(trouble: OSError | PoolTimeout | DBAPIError) -> bool:
    """Whether it is the database's trouble, or a mistake of ours, which must be seen."""
    if not isinstance(trouble, DBAPIError) or isinstance(trouble, OperationalError | InterfaceError):
        return True
    code = str(getattr(trouble.orig, "sqlstate", None) or "")
    broken_file = type(trouble) is DatabaseError and not code  # SQLite's word for a file that is none of its own
    return trouble.connection_invalidated or broken_file or code.startswith(AWAY)


def _is_sqlite(engine: AsyncEngine) -> bool:
    return engine.dialect.name == "sqlite"


def _sqlite_engine(url: str, *, read_only: bool) -> AsyncEngine:
    """One connection that writes, or a few that only read. The driver must not begin by itself: it would not say IMMEDIATE."""
    engine = create_async_engine(
        url,
        pool_size=4 if read_only else 1,
        max_overflow=0,
        pool_timeout=WAIT_FOR_WRITER,
        connect_args={"isolation_level": None, "timeout": WAIT_FOR_WRITER},
        hide_parameters=True,
    )

    @event.listens_for(engine.sync_engine, "connect")
    def settle(connection: Any, _record: object) -> None:
        cursor = connection.cursor()
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            f"query_only={'ON' if read_only else 'OFF'}",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def begin(connection: Any) -> None:
        connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")

    return engine


def _parents_first(rows: Iterable[Row]) -> list[list[Row]]:
    """Grouped by table, in the order foreign keys want: without relationships the session does not know it."""
    by_table: dict[str, list[Row]] = {}
    for row in rows:
        by_table.setdefault(str(row.__tablename__), []).append(row)
    return [by_table[table.name] for table in metadata.sorted_tables if table.name in by_table]


@dataclass
class Tx:
    """One transaction: rows, `now`, and the effects decided on."""

    session: AsyncSession
    now: datetime
    team: TeamId
    sqlite: bool
    key: InboundKey | None = None
    decided: bool = False
    """Whether effects were added, so that the outbox is woken after the commit."""
    _order: int = field(default=0)

    async def one(self, model: type[R], id: str | None) -> R | None:
        return await self.session.get(model, id) if id else None

    async def get(self, model: type[R], id: str) -> R:
        """The row, or a refusal: a button can be older than what it was drawn for."""
        if (row := await self.session.get(model, id)) is None:
            raise Refused(_("That is gone. Please look at the newest message about it."))
        return row

    async def all(self, query: Any) -> Sequence[Any]:
        return (await self.session.scalars(query)).all()

    async def first(self, query: Any) -> Any:
        return (await self.session.scalars(query.limit(1))).first()

    async def incident(self, id: IncidentId | str) -> Incident:
        """The incident's row, locked until the commit: every verb takes this one lock first."""
        query = select(Incident).where(col(Incident.id) == id, col(Incident.team) == self.team)
        locked = query.with_for_update(key_share=True).execution_options(populate_existing=True)
        if (incident := (await self.session.scalars(locked)).first()) is None:
            raise Refused(_("There is no such crisis."))
        return incident

    async def person(self, user: UserId | str | None) -> Person | None:
        return await self.session.get(Person, (self.team, user)) if user else None

    async def next_number(self, name: str) -> int:
        """The next number of a series; the counter's row orders those who ask at once."""
        statement = self._insert(Counter).values(team=self.team, name=name, value=1)
        statement = statement.on_conflict_do_update(
            index_elements=["team", "name"],
            set_={"value": Counter.__table__.c.value + 1},  # type: ignore[attr-defined]
        )
        return cast("int", (await self.session.execute(statement.returning(Counter.__table__.c.value))).scalar_one())  # type: ignore[attr-defined]

    async def apply(self, decision: Decision) -> None:
        """Stores the rows and writes the effects into the outbox."""
        for rows in _parents_first(decision.add):
            self.session.add_all(rows)
            await self.session.flush()
        for wish in decision.do:
            await self._enqueue(wish)

    def answer(self, said: Answer | str) -> Answer:
        """What the person hears; kept under the inbound key, so that a repeat hears the same."""
        answer = said if isinstance(said, Answer) else Answer(text=said)
        if self.key is not None:
            self.key.answer = answer.stored()
        return answer

    async def _enqueue(self, wish: Wish) -> None:
        match wish:
            case CreateChannel(incident=incident):
                await self._effect(
                    "create_channel",
                    incident,
                    lane="method:conversations.create",
                    priority=Priority.OPENING,
                    incident=incident,
                )
            case Invite(incident=incident, users=users):
                occasion = f"{int(self.now.timestamp() * 1_000_000)}.{self._order}"  # who left may be invited again
                await self._effect(
                    "invite",
                    incident,
                    occasion,
                    lane="method:conversations.invite",
                    priority=Priority.OPENING,
                    incident=incident,
                    users=list(users),
                )
            case SetTopic(incident=incident):
                await self._effect(
                    "topic",
                    incident,
                    lane="method:conversations.setTopic",
                    priority=Priority.NORMAL,
                    incident=incident,
                    again=True,
                )
            case UpdateView(incident=incident, view=view):
                await self._effect(
                    "update_view",
                    view,
                    lane="method:views.update",
                    priority=Priority.OPENING,
                    incident=incident,
                    view=view,
                )
            case Propose(incident=incident, text=subject, occasion=occasion):
                await self._effect(
                    "propose",
                    subject,
                    occasion,
                    lane=f"model:{incident}",
                    priority=Priority.NORMAL,
                    incident=incident,
                    text=subject,
                    wish=wish.wish,
                    by=wish.by,
                )
            case Show():
                await self._show(wish)
            case Refresh(subjects=subjects, priority=priority):
                for card in await self.all(select(Card).where(col(Card.subject).in_(subjects)).order_by(col(Card.id))):
                    await self._redraw(card, priority, None)

    async def _show(self, wish: Show) -> None:
        """A card that is not there yet is posted; one that is there is drawn again."""
        known = await self.first(
            select(Card).where(
                col(Card.kind) == wish.kind, col(Card.subject) == wish.subject, col(Card.place) == wish.place
            )
        )
        if known is not None:
            await self._redraw(known, wish.priority, wish.incident)
            return
        above = None
        if wish.under:
            kind, subject = wish.under
            above = await self.first(
                select(Card).where(col(Card.kind) == kind, col(Card.subject) == subject, col(Card.place) == wish.place)
            )
        card = Card.new(
            id=CardId(new_id()),
            team=self.team,
            kind=wish.kind,
            subject=wish.subject,
            place=wish.place,
            thread=above.id if above else None,
        )
        self.session.add(card)
        await self.session.flush()
        await self._effect(
            "post",
            card.id,
            lane=f"channel:{card.place}",
            priority=wish.priority,
            incident=wish.incident,
            card=card.id,
            pin=wish.pin,
        )

    async def _redraw(self, card: Card, priority: Priority, incident: IncidentId | None) -> None:
        await self._effect(
            "refresh",
            card.id,
            lane="method:chat.update",
            priority=priority,
            incident=incident,
            card=card.id,
            again=True,
        )

    async def effect(
        self, kind: str, subject: str, occasion: str = "", *, lane: str, priority: Priority, **payload: Any
    ) -> None:
        """An effect that only the outbox's own follow-ups ask for (pin)."""
        await self._effect(kind, subject, occasion, lane=lane, priority=priority, **payload)

    async def _effect(
        self,
        kind: str,
        subject: str,
        occasion: str = "",
        *,
        lane: str,
        priority: Priority,
        incident: IncidentId | None = None,
        again: bool = False,
        **payload: Any,
    ) -> None:
        """Insert or ignore by key; with `again`, a repeat raises the generation, so that edits coalesce and none is lost."""
        self._order += 1
        self.decided = True
        row = Effect.new(
            key=":".join(part for part in (kind, subject, occasion) if part),
            kind=kind,
            incident=incident,
            lane=lane,
            priority=int(priority),
            sequence=int(self.now.timestamp() * 1_000_000) * 1000 + self._order,
            payload=payload,
            not_before=self.now,
            created_at=self.now,
        )
        table = Effect.__table__  # type: ignore[attr-defined]
        insert = self._insert(Effect).values(**row.model_dump())
        if again:
            pending = table.c.state == "pending"
            statement = insert.on_conflict_do_update(
                index_elements=["key"],
                set_={
                    "generation": table.c.generation + 1,
                    "state": "pending",
                    "not_before": self._calmly(table, priority),
                    "priority": case(
                        (pending & (table.c.priority < int(priority)), table.c.priority), else_=int(priority)
                    ),
                    "payload": insert.excluded.payload,
                    "attempts": 0,
                },
            )
        else:
            statement = insert.on_conflict_do_nothing(index_elements=["key"])
        await self.session.execute(statement)

    def _calmly(self, table: Any, priority: Priority) -> Any:
        """At once; but a number that only grows is not shown more often than every two seconds."""
        if priority < Priority.COUNT:
            return self.now
        lately = table.c.done_at > self.now - COUNTED_EVERY
        waits = (table.c.state == "pending", table.c.not_before)
        return case(waits, (lately, self.now + COUNTED_EVERY), else_=self.now)

    def _insert(self, model: type[SQLModel]) -> Any:
        """INSERT … ON CONFLICT in the words of this database."""
        table = model.__table__  # type: ignore[attr-defined]
        return sqlite.insert(table) if self.sqlite else postgresql.insert(table)

    async def insert_or_ignore(self, row: Row, *unique: str) -> bool:
        """Whether the row is new; one that is there already stays as it is."""
        statement = (
            self._insert(type(row)).values(**row.model_dump()).on_conflict_do_nothing(index_elements=list(unique))
        )
        return bool(cast("Any", await self.session.execute(statement)).rowcount)

    async def upsert(self, row: Row, *unique: str) -> None:
        """The row as it is now, whether or not one was there."""
        values = row.model_dump()
        statement = self._insert(type(row)).values(**values)
        changed = {name: statement.excluded[name] for name in values if name not in unique}
        await self.session.execute(statement.on_conflict_do_update(index_elements=list(unique), set_=changed))


class Store:
    """The database. `transaction` for verbs, `reading` for looking."""

    def __init__(self, url: str, *, team: TeamId, clock: Callable[[], datetime] | None = None) -> None:
        self.url = url
        self.team = team
        self.clock = clock
        self.committed: list[Callable[[], None]] = []
        """Called after a commit that decided on effects: the outbox listens here."""
        self.sqlite = url.startswith("sqlite")
        if self.sqlite:
            self.writing = _sqlite_engine(url, read_only=False)
            self.looking = _sqlite_engine(url, read_only=True)
        else:
            self.writing = self.looking = create_async_engine(
                url,
                pool_size=10,
                max_overflow=0,
                pool_timeout=WAIT_FOR_WRITER,
                pool_pre_ping=True,
                connect_args={"timeout": WAIT_FOR_SERVER, "command_timeout": WAIT_FOR_ANSWER},
                hide_parameters=True,
            )

    async def close(self) -> None:
        await self.writing.dispose()
        if self.looking is not self.writing:
            await self.looking.dispose()

    @asynccontextmanager
    async def transaction(self, key: str | None = None) -> AsyncIterator[Tx]:
        """Everything or nothing. With an inbound key: `Repeated`, carrying the stored answer, when it was answered before."""
        tx: Tx | None = None
        async with self._session(self.writing) as session:
            tx = Tx(session=session, now=await self._now(session), team=self.team, sqlite=self.sqlite)
            if key is not None:
                await self._first_time(tx, key)
            yield tx
            await session.commit()
        if tx.decided:
            for wake in self.committed:
                wake()

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Tx]:
        """For looking only."""
        async with self._session(self.looking) as session:
            yield Tx(session=session, now=await self._now(session), team=self.team, sqlite=self.sqlite)

    async def _first_time(self, tx: Tx, key: str) -> None:
        row = InboundKey.new(key=key, at=tx.now)
        if not await tx.insert_or_ignore(row, "key"):
            stored = await tx.get(InboundKey, key)
            raise Repeated(Answer.of(stored.answer))
        tx.key = await tx.get(InboundKey, key)

    async def _now(self, session: AsyncSession) -> datetime:
        if self.clock is not None:
            return self.clock()
        if self.sqlite:
            return datetime.now(UTC)
        return cast("datetime", (await session.execute(select(func.clock_timestamp()))).scalar_one()).astimezone(UTC)

    @asynccontextmanager
    async def _session(self, engine: AsyncEngine) -> AsyncIterator[AsyncSession]:
        with reached():
            async with AsyncSession(engine, expire_on_commit=False) as session:
                yield session

    async def ping(self) -> None:
        """Raises Unavailable when nothing can be written now; stores nothing."""
        async with self._session(self.writing) as session:
            await session.execute(text("SELECT 1"))

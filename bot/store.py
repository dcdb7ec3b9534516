"""Engine, session, transaction, and the queries more than one verb needs.

SQLite: one write connection per process, so that waiting is fair, begun with BEGIN IMMEDIATE; a second engine reads
with `query_only`. PostgreSQL: a small pool. `tx.now` is the database's clock on PostgreSQL and this process's on
SQLite, unless a test brings its own.
"""

from collections.abc import AsyncIterator, Callable, Container, Iterable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar, cast

from sqlalchemy import BindParameter, and_, bindparam, event, func, or_, select, text, update
from sqlalchemy.exc import DatabaseError, DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine
from sqlmodel import col

from bot import inserts
from bot.answer import Answer, Repeated
from bot.core.effects import Decision, Priority, Refresh, Refused
from bot.core.queued import DRAWN_AGAIN, Queue, concerned, home_effect, subjects_of
from bot.i18n import _
from bot.models import (
    Card,
    Counter,
    Effect,
    Home,
    InboundKey,
    Incident,
    IncidentId,
    Member,
    Person,
    Row,
    TeamId,
    UserId,
    metadata,
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


_CLOCK = select(func.clock_timestamp())
_ANSWERED = (
    update(InboundKey)
    .where(col(InboundKey.key) == bindparam("of"))
    .values(answer=bindparam("said"))
    .execution_options(synchronize_session=False)
)
_CONCERNED: BindParameter[Sequence[str]] = bindparam("concerned", expanding=True)
_HOMES = (
    select(col(Home.user))
    .join(Person, and_(col(Person.team) == col(Home.team), col(Person.user) == col(Home.user)))
    .where(
        col(Home.team) == bindparam("ours"),
        col(Person.active).is_(True),
        or_(
            col(Home.user).in_(_CONCERNED),
            col(Home.user).in_(select(col(Member.user)).where(col(Member.incident).in_(_CONCERNED))),
        ),
    )
    .order_by(col(Home.user))
)
"""Whose App Home may show something of what was decided: of those who have opened it once and can still be reached."""


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


def engines(url: str) -> tuple[AsyncEngine, AsyncEngine]:
    """One that writes and one that looks; on PostgreSQL they are the same."""
    if url.startswith("sqlite"):
        return _sqlite_engine(url, read_only=False), _sqlite_engine(url, read_only=True)
    engine = create_async_engine(
        url,
        pool_size=10,
        max_overflow=0,
        pool_timeout=WAIT_FOR_WRITER,
        pool_pre_ping=True,
        connect_args={"timeout": WAIT_FOR_SERVER, "command_timeout": WAIT_FOR_ANSWER},
        hide_parameters=True,
    )
    return engine, engine


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
    said: Answer | None = None
    """What the person hears; kept under the inbound key, so that a repeat hears the same."""
    decided: bool = False
    """Whether effects were added, so that the outbox is woken after the commit."""
    concerned: set[str] = field(default_factory=set)
    """Ids of what was decided about: people, crises and other rows."""
    pressing: int = Priority.EDIT
    """How pressing the most pressing part of it is: App Homes are drawn again no later than cards."""
    _enqueued: int = field(default=0)

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

    async def earliest(self, query: Any, values: Mapping[str, Any] | None = None) -> datetime | None:
        """The first of the moments that the query finds, in UTC; None where it finds none."""
        rows = (await self.session.execute(query, values or {})).all()
        return min((moment for row in rows for moment in row if isinstance(moment, datetime)), default=None)

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
        return await self._counted(name, by=1)

    async def in_line(self, series: str) -> None:
        """Waits for whoever counts in this series now, and holds it until the commit: what is read next is up to date."""
        await self._counted(series, by=0)

    async def _counted(self, name: str, by: int) -> int:
        row = Counter.new(team=self.team, name=name, value=by)
        counting = inserts.counting(by=by, in_sqlite=self.sqlite)
        return cast("int", (await self.session.execute(counting, row.model_dump())).scalar_one())

    async def apply(self, decision: Decision) -> None:
        """Stores the rows and writes the effects into the outbox: a few statements, however much was decided."""
        for rows in _parents_first(decision.add):
            self.session.add_all(rows)
            await self.session.flush()
        if not decision.do:
            return
        known: Sequence[Card] = ()
        if subjects := subjects_of(decision.do):
            cards = select(Card).where(col(Card.team) == self.team, col(Card.subject).in_(subjects))
            known = await self.all(cards.order_by(col(Card.id)))
        self.concerned |= concerned(decision.do, known)
        self.pressing = min([self.pressing, *(wish.priority for wish in decision.do if isinstance(wish, Refresh))])
        queue = Queue(decision.do, known, team=self.team, now=self.now)
        self.session.add_all(queue.new)
        await self.session.flush()
        await self.enqueue(*queue.effects)

    async def enqueue(self, *effects: Effect, again: Container[str] = DRAWN_AGAIN) -> None:
        """Insert or ignore by key; of the kinds in `again` a repeat raises the generation, so that edits coalesce."""
        self.decided = self.decided or bool(effects)
        first = int(self.now.timestamp() * 1_000_000) * 1000 + self._enqueued
        self._enqueued += len(effects)
        for place, effect in enumerate(effects, 1):
            effect.sequence = first + place
        # Stored in the order of lanes, in which they are claimed too: so the two never wait for each other.
        effects = tuple(sorted(effects, key=lambda effect: (effect.lane, effect.key)))
        raised = {"shown_lately": self.now - COUNTED_EVERY, "shown_again": self.now + COUNTED_EVERY}
        for statement, more, is_again in (
            (inserts.ignoring(Effect, "key", in_sqlite=self.sqlite), {}, False),
            (inserts.waking(in_sqlite=self.sqlite), raised, True),
        ):
            if rows := [effect.model_dump() | more for effect in effects if (effect.kind in again) is is_again]:
                await self.session.execute(statement, rows)

    async def refresh_homes(self) -> None:
        """Whoever is concerned by what was decided finds their App Home as it is now: one statement, where nobody has one."""
        if not self.concerned:
            return
        asked = {"ours": self.team, "concerned": sorted(self.concerned)}
        users = (await self.session.scalars(_HOMES, asked)).all()
        homes = [home_effect(self.team, user, priority=Priority(self.pressing), now=self.now) for user in users]
        if homes:
            await self.enqueue(*homes)

    def answer(self, said: Answer | str) -> Answer:
        """What the person hears."""
        self.said = said if isinstance(said, Answer) else Answer(text=said)
        return self.said

    async def insert_or_ignore(self, row: Row, *unique: str) -> bool:
        """Whether the row is new; one that is there already stays as it is."""
        ignoring = inserts.ignoring(type(row), *unique, in_sqlite=self.sqlite)
        return bool(cast("Any", await self.session.execute(ignoring, row.model_dump())).rowcount)

    async def upsert(self, rows: Sequence[Row], *unique: str) -> None:
        """Rows of one kind as they are now, whether or not they were there."""
        if rows:
            replacing = inserts.replacing(type(rows[0]), *unique, in_sqlite=self.sqlite)
            await self.session.execute(replacing, [row.model_dump() for row in rows])


class Store:
    """The database. `transaction` for verbs, `reading` for looking."""

    def __init__(self, url: str, *, team: TeamId, clock: Callable[[], datetime] | None = None) -> None:
        self.url = url
        self.team = team
        self.clock = clock
        self.committed: list[Callable[[], None]] = []
        """Called after a commit that decided on effects: the outbox listens here."""
        self.writing, self.looking = engines(url)
        self.sqlite = _is_sqlite(self.writing)

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
            await tx.refresh_homes()
            if key is not None and tx.said is not None:
                await session.execute(_ANSWERED, {"of": key, "said": tx.said.stored()})
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

    def here(self) -> datetime:
        """What time it is by this process's clock: for what is only said. What is decided goes by `tx.now`."""
        return self.clock() if self.clock is not None else datetime.now(UTC)

    async def _now(self, session: AsyncSession) -> datetime:
        if self.clock is not None or self.sqlite:
            return self.here()
        return cast("datetime", (await session.execute(_CLOCK)).scalar_one()).astimezone(UTC)

    @asynccontextmanager
    async def _session(self, engine: AsyncEngine) -> AsyncIterator[AsyncSession]:
        with reached():
            async with AsyncSession(engine, expire_on_commit=False) as session:
                yield session

    async def ping(self) -> None:
        """Raises Unavailable when nothing can be written now; stores nothing."""
        async with self._session(self.writing) as session:
            await session.execute(text("SELECT 1"))

"""Wakes us when something is due, and remembers nothing: what is due stands in rows, and verbs take it from there.

APScheduler runs in memory, with one job. At each look every ticker says when it has something due next; whoever is due
works; then the job is set to the next such moment. A commit of this process that decided something wakes it at once (`poke`), one in another
process is noticed at the safety interval.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Protocol

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot.store import Store, Tx, Unavailable

log = logging.getLogger(__name__)

SAFETY = 2.0
"""Seconds until we look again, whatever happens: another process may have stored something due earlier."""
BREATH = 0.1
"""Seconds between two looks, so that a flood of commits does not keep us looking."""
LOOK = "look"


class Ticker(Protocol):
    """Something that has moments when it must act."""

    async def next_due(self, tx: Tx) -> datetime | None:
        """When it wants to act next; a moment that has passed means now. One cheap query."""

    async def tick(self) -> None:
        """Does everything due now. Safe when another process does the same."""


class Clock:
    """One for the process."""

    def __init__(self, store: Store, tickers: Sequence[Ticker]) -> None:
        """The tickers in order of importance: the first ones act first."""
        self.store = store
        self.tickers = tickers
        self.scheduler = AsyncIOScheduler(timezone=UTC)
        self.troubles: dict[int, str] = {}
        """What failed and has been logged, so that it is logged once and not at every look."""
        self._looking: asyncio.Task[None] | None = None
        self._poked = False
        self._stopped = False

    def start(self) -> None:
        """From now on moments are noticed, the first ones at once."""
        self.scheduler.start()
        self.store.committed.append(self.poke)
        self._look_in(0)

    async def stop(self) -> None:
        """Starts nothing new and waits for what is in hand."""
        if self._stopped:
            return
        self._stopped = True
        if self.poke in self.store.committed:
            self.store.committed.remove(self.poke)
        if self._looking is not None:
            await asyncio.wait({self._looking})  # shutting down first would cancel it half-way
        if self.scheduler.running:
            self.scheduler.shutdown(wait=False)

    def poke(self) -> None:
        """Something was committed: what is due next may have changed."""
        if self._looking is not None:
            self._poked = True
        elif not self._stopped:
            self._look_in(BREATH)

    def _look_in(self, seconds: float) -> None:
        """Sets the one job; an earlier moment that is set already stays."""
        at = datetime.now(UTC) + timedelta(seconds=seconds)
        job = self.scheduler.get_job(LOOK)
        if job is not None and job.next_run_time is not None and job.next_run_time <= at:
            return
        self.scheduler.add_job(
            self._look,
            "date",
            run_date=at,
            id=LOOK,
            replace_existing=True,
            misfire_grace_time=None,
            coalesce=True,
            max_instances=1,
        )

    async def _look(self) -> None:
        self._looking = asyncio.current_task()
        self._poked = False
        wait = SAFETY
        try:
            wait = await self.look()
        finally:
            self._looking = None
            if not self._stopped:
                self._look_in(BREATH if self._poked else wait)

    async def look(self) -> float:
        """Lets everyone act who is due; the seconds until the next look."""
        failed: set[int] = set()
        waits = await self._waits(failed)
        for place, ticker in enumerate(self.tickers):
            if place in failed or waits.get(place, SAFETY) > 0:
                continue
            async with self._surviving(failed, place):
                await ticker.tick()
            waits = await self._waits(failed)  # what one did, the next may have waited for
        for place in range(len(self.tickers)):
            if place not in failed:
                self.troubles.pop(place, None)
        return max(BREATH, min([SAFETY, *(left for place, left in waits.items() if place not in failed)]))

    async def _waits(self, failed: set[int]) -> dict[int, float]:
        """Seconds until each is due by the store's clock, those that have something.

        In one transaction, for we look after every commit. Whoever fails may have spoilt it: the others get a new one.
        """
        waits: dict[int, float] = {}
        places = iter([place for place in range(len(self.tickers)) if place not in failed])
        spoilt = True
        while spoilt:
            spoilt = False
            async with self._surviving(failed, *range(len(self.tickers))), self.store.reading() as tx:
                for place in places:
                    async with self._surviving(failed, place):
                        if (due := await self.tickers[place].next_due(tx)) is not None:
                            waits[place] = (due - tx.now).total_seconds()
                    if spoilt := place in failed:
                        break
        return waits

    @asynccontextmanager
    async def _surviving(self, failed: set[int], *places: int) -> AsyncIterator[None]:
        """One noun's fault must not silence the others: it is logged, and tried again at the next look."""
        try:
            yield
        except Unavailable as away:
            what, bug = f"the database is away ({away})", None
        except Exception as fault:  # noqa: BLE001 - the edge
            what, bug = repr(fault), fault
        else:
            return
        for place in places:
            self._trouble(place, what, bug)
        failed.update(places)

    def _trouble(self, place: int, what: str, bug: Exception | None) -> None:
        if self.troubles.get(place) != what:
            self.troubles[place] = what
            log.error("%s could not act in time: %s", type(self.tickers[place]).__name__, what, exc_info=bug)

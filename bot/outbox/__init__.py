"""Does what was decided, after the commit, until it is done.

Effects are rows. A worker claims the head of each free lane with a lease and a fencing token, performs it through the
one door to Slack or to the model, and stores the result in the transaction that marks it done. Whoever finds an
expired lease goes on where the other stopped; whether the effect took place is then unknown, so it looks first.
"""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from bot.core.effects import Later, NotYet, Priority
from bot.models import Effect, EffectState, Lane, new_id
from bot.outbox import statements
from bot.outbox.performers import PERFORMERS, Performer, World
from bot.slack import SlackRefused
from bot.store import Store, Tx, Unavailable

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Pace:
    """How the outbox paces itself. Times in seconds; tests shorten them."""

    lease: float = 15
    look_after: float = 1.0
    """After an unknown outcome: how long until Slack's history shows what there is."""
    poll: float = 1.0
    """Safety interval, for effects another replica decided on."""
    at_once: int = 24
    """Effects in flight in this process."""
    kept_free: int = 6
    """Of these, for duties and openings: however much else is under way, and however slow Slack is, they begin at once."""
    back_off: float = 0.5
    slowest: float = 60
    post_interval: float = 1.0
    post_burst: int = 4
    """A channel takes a short burst, then one post a second."""


class Outbox:
    """One worker of this process; several replicas' workers are welcome."""

    def __init__(
        self, store: Store, world: World, pace: Pace | None = None, performers: Mapping[str, Performer] = PERFORMERS
    ) -> None:
        self.store = store
        self.world = world
        self.performers = performers
        self.pace = pace or Pace()
        self._wake = asyncio.Event()
        self._running: set[asyncio.Task[None]] = set()
        self._leased: set[str] = set()
        """Fencing tokens of what is in hand."""
        self._loop: asyncio.Task[None] | None = None
        self._renewing: asyncio.Task[None] | None = None
        self._stopping = False
        store.committed.append(self._wake.set)

    def start(self) -> None:
        loop = asyncio.get_running_loop()
        self._loop = loop.create_task(self._work(), name="outbox")
        self._renewing = loop.create_task(self._renew(), name="outbox leases")

    async def stop(self, patience: float = 5.0) -> None:
        """Claims nothing more and waits for what is in hand; what does not end in time is left to its lease."""
        self._stopping = True
        self._wake.set()
        if self._loop is not None:
            await self._loop
        if self._running:
            await asyncio.wait(self._running, timeout=patience)
        left = [*self._running, *([self._renewing] if self._renewing else [])]
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)

    async def _work(self) -> None:
        while not self._stopping:
            self._wake.clear()
            try:
                claimed, nap = await self._claim(self.pace.at_once - self.in_hand, kept=self.pace.kept_free)
            except Unavailable as away:
                log.warning("the outbox waits for the database: %s", away)
                claimed, nap = [], self.pace.poll
            except Exception:
                log.exception("the outbox stumbled; it goes on")
                claimed, nap = [], self.pace.poll
            for effect in claimed:
                task = asyncio.get_running_loop().create_task(self._do(effect), name=effect.key)
                self._running.add(task)
                task.add_done_callback(self._finished)
            if nap:
                await self._sleep(nap)

    async def _renew(self) -> None:
        """A lease is short so that a death costs little; whoever lives and is slow (a model) keeps theirs."""
        while True:
            await asyncio.sleep(self.pace.lease / 3)
            if not (tokens := list(self._leased)):
                continue
            try:
                await self._extend(tokens)
            except Unavailable as away:
                log.warning("leases could not be renewed: %s", away)
            except Exception:
                log.exception("leases could not be renewed; the next try comes in time")

    async def _extend(self, tokens: Sequence[str]) -> None:
        async with self.store.transaction() as tx:
            until = tx.now + timedelta(seconds=self.pace.lease)
            for renew in statements.RENEW:
                await tx.session.execute(renew, {"fences": tokens, "until": until})

    @property
    def in_hand(self) -> int:
        """Effects that this process is busy with now."""
        return len(self._running)

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        self._wake.set()

    async def _sleep(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._wake.wait()
        except TimeoutError:
            return

    async def _claim(self, most: int, kept: int = 0) -> tuple[list[Effect], float]:
        """The heads of free lanes, leased to us; or how long to nap. `kept` of our places are for what is pressing.
        Two replicas that reach for one lane: the update decides."""
        if most <= 0:
            return [], self.pace.poll
        async with self.store.transaction() as tx:
            until = tx.now + timedelta(seconds=self.pace.lease)
            claimed: list[Effect] = []
            # In one order, so that two replicas never wait for each other.
            for effect, lane in sorted(await self._heads(tx, most, kept), key=lambda head: head[0].lane):
                token = new_id()
                if await self._take_lane(tx, lane or await self._new_lane(tx, effect.lane), token, until):
                    claimed += await self._take(tx, effect, token, until)
            return claimed, 0.0 if claimed else await self._nap(tx)

    async def _nap(self, tx: Tx) -> float:
        """Seconds until the next effect or lane is due, at most the safety interval."""
        coming = await tx.earliest(statements.COMING, {"now": tx.now})
        wait = (coming - tx.now).total_seconds() if coming else self.pace.poll
        return min(self.pace.poll, max(0.01, wait))

    async def _heads(self, tx: Tx, most: int, kept: int) -> Sequence[tuple[Effect, Lane | None]]:
        """The first of each lane that is free and due."""
        heads: dict[str, tuple[Effect, Lane | None]] = {}
        for effect, lane in await tx.session.execute(statements.HEADS, {"now": tx.now}):
            heads.setdefault(effect.lane, (effect, lane))
        pressing = sum(effect.priority <= Priority.OPENING for effect, _lane in heads.values())
        return list(heads.values())[: min(most, max(pressing, most - kept))]

    async def _new_lane(self, tx: Tx, name: str) -> Lane:
        lane = Lane.new(name=name, not_before=tx.now - timedelta(days=1))
        new = await tx.insert_or_ignore(lane, "name")
        return lane if new else await tx.get(Lane, name)

    async def _take_lane(self, tx: Tx, lane: Lane, token: str, until: datetime) -> bool:
        """Ours until then, unless another replica was faster."""
        interval, burst = self._rhythm(lane.name)
        earliest = max(lane.not_before, tx.now - timedelta(seconds=interval * burst)) + timedelta(seconds=interval)
        values = {"which": lane.name, "fence": token, "until": until, "earliest": earliest}
        return await _changed(tx, statements.TAKE_LANE, now=tx.now, **values)

    def _rhythm(self, lane: str) -> tuple[float, int]:
        """Seconds between two effects of a lane, and how many may come at once."""
        return (self.pace.post_interval, self.pace.post_burst) if lane.startswith("channel:") else (0.0, 1)

    async def _take(self, tx: Tx, effect: Effect, token: str, until: datetime) -> Sequence[Effect]:
        """The effect as it is now that it is ours; nothing if another replica was faster."""
        values = {"which": effect.id, "fence": token, "until": until, "now": tx.now}
        return (await tx.session.scalars(statements.TAKE, values)).all()

    async def _do(self, effect: Effect) -> None:
        """One attempt, and what follows from how it went."""
        assert effect.token is not None
        self._leased.add(effect.token)
        try:
            await self._attempt(effect)
        finally:
            self._leased.discard(effect.token)

    async def _attempt(self, effect: Effect) -> None:
        performer = self.performers[effect.kind]
        try:
            result = await performer.perform(self.world, effect)
        except Later as later:
            await self._again(effect, later)
        except SlackRefused as no:
            await self._refused(effect, no)
        except Unavailable as away:
            log.warning("%s waits for the database: %s", effect.key, away)
        except Exception as bug:
            log.exception("%s could not be done", effect.key)
            await self._park(effect, f"{type(bug).__name__}: {bug}")
        else:
            await self._done(effect, result)

    async def _done(self, effect: Effect, result: dict[str, Any]) -> None:
        """The result and its follow-ups, in the transaction that marks it done; a lost lease stores nothing."""
        try:
            async with self.store.transaction() as tx:
                if await self._mark_done(tx, effect):
                    await self.performers[effect.kind].done(self.world, tx, effect, result)
        except Unavailable as away:
            log.warning("%s was done, but not stored: %s", effect.key, away)
        except Exception as bug:
            log.exception("%s was done, but what follows from it failed", effect.key)
            await self._park(effect, f"{type(bug).__name__}: {bug}")

    async def _mark_done(self, tx: Tx, effect: Effect) -> bool:
        """Whether it was still ours. A refresh wanted again meanwhile stays pending."""
        await self._free_lane(tx, effect)
        ours = {"which": effect.id, "fence": effect.token}
        if await _changed(tx, statements.FINISH, now=tx.now, generation_seen=effect.generation, **ours):
            return True
        return await _changed(tx, statements.leaving(unknown=False), **ours)

    async def _leave(self, tx: Tx, effect: Effect, *, free_at: datetime | None = None, **changes: Any) -> bool:
        """Ends the lease, if it is still ours, with these changes; the lane may start again then."""
        await self._free_lane(tx, effect, free_at)
        return await _changed(tx, statements.leaving(**changes), which=effect.id, fence=effect.token)

    async def _free_lane(self, tx: Tx, effect: Effect, free_at: datetime | None = None) -> None:
        held = {"which": effect.lane, "fence": effect.token}
        if free_at is None:
            await tx.session.execute(statements.FREE_LANE, held)
        else:
            await tx.session.execute(statements.FREE_LANE_LATER, {"earliest": free_at, **held})

    async def _again(self, effect: Effect, later: Later) -> None:
        """Waits as told, or twice as long as last time, for as long as it takes. A channel's posts keep their order."""
        performer = self.performers[effect.kind]
        if performer.once:
            await self._park(effect, str(later), given_up=True)
            return
        wait = (
            later.after
            if later.after is not None
            else min(self.pace.slowest, self.pace.back_off * 2 ** min(effect.attempts, 10))
        )
        if later.unknown:
            wait = max(wait, self.pace.look_after)
        log.info("%s again in %.1f s: %s", effect.key, wait, later)
        try:
            async with self.store.transaction() as tx:
                at = tx.now + timedelta(seconds=wait)
                in_order = effect.lane.startswith("channel:") and not isinstance(later, NotYet)
                whole_lane = later.after is not None or in_order
                unknown = effect.unknown or later.unknown
                free_at = at if whole_lane else None
                await self._leave(tx, effect, free_at=free_at, not_before=at, error=str(later), unknown=unknown)
        except Unavailable as away:
            log.warning("%s waits for the database: %s", effect.key, away)

    async def _refused(self, effect: Effect, no: SlackRefused) -> None:
        """Slack would say no again, so it is parked; what is already as it should be counts as done."""
        if no.error in self.performers[effect.kind].tolerated:
            await self._done(effect, {})
        else:
            await self._park(effect, str(no))

    async def _park(self, effect: Effect, why: str, *, given_up: bool = False) -> None:
        """Out of the way of the others, with the reason; `given_up` was only worth something at its time."""
        (log.info if given_up else log.error)("%s is parked: %s", effect.key, why)
        try:
            async with self.store.transaction() as tx:
                if await self._leave(tx, effect, state=EffectState.PARKED, error=why) and not given_up:
                    await self.performers[effect.kind].parked(self.world, tx, effect, why)
        except Unavailable as away:
            log.warning("%s could not be parked: %s", effect.key, away)


async def _changed(tx: Tx, statement: Any, **parameters: Any) -> bool:
    """Whether the compare-and-set found what it expected."""
    return bool(cast("Any", await tx.session.execute(statement, parameters)).rowcount)

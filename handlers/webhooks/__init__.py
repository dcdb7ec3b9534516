"""`POST /webhooks/{source}`: one route for every source of the plan.

A delivery is proved on its raw bytes, then read, kept with everything that follows from it, and only then
acknowledged. What the answers mean is in docs/webhooks.md.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.i18n import _
from bot.models import Delivery, Signal
from bot.plan import SourcePlan, StandardWebhooks
from bot.service.signals import Signals, Unreadable
from bot.store import Unavailable
from handlers.webhooks import alertmanager, generic, standard_webhooks
from handlers.webhooks.auth import Unproved, verify
from handlers.webhooks.values import at, document, words

log = logging.getLogger(__name__)

FORMATS: dict[str, Callable[[Any, SourcePlan, Delivery], list[Signal]]] = {
    "generic": generic.read,
    "alertmanager": alertmanager.read,
    "standard-webhooks": standard_webhooks.read,
}
"""A new format is one file with a `read`, and one line here."""


@dataclass(frozen=True)
class Limits:
    """What one process takes in. Sizes in bytes, times in seconds."""

    body: int = 1024 * 1024
    slowest: float = 30
    """For a body to arrive."""
    at_once: int = 4
    """Deliveries at the database; what people press must find a place between them."""
    in_hand: int = 200
    """Deliveries waiting for their turn; the next one is asked to come again."""
    come_again: int = 5
    """Seconds a sender is asked to wait."""


class TooLarge(Exception):
    """More bytes than a delivery may have."""


class TooSlow(Exception):
    """The body did not arrive in time."""


class Flooded(Exception):
    """More deliveries in hand than we can answer quickly."""


@dataclass
class Letter:
    """One delivery on its way in, proved but not yet read."""

    source: SourcePlan
    headers: Mapping[str, str]
    body: bytes

    def sender_id(self) -> str | None:
        """The sender's id of this delivery, where the plan or the standard says it is."""
        place = self.source.delivery_id
        if place is None and isinstance(self.source.auth, StandardWebhooks):
            place = f"header:{standard_webhooks.ID_HEADER}"
        if place is None:
            return None
        if place.startswith("header:"):
            return self.headers.get(place.removeprefix("header:").strip().lower()) or None
        try:
            return words(at(place, document(self.body))) or None
        except Unreadable:
            return None  # `read` says so where the answer is made

    def read(self, delivery: Delivery) -> Sequence[Signal]:
        """The posts and alarms in it, or Unreadable."""
        return FORMATS[self.source.format](document(self.body), self.source, delivery)


@dataclass
class Entrance:
    """How many may be inside at once."""

    limits: Limits
    _inside: int = 0
    _turns: asyncio.Semaphore = field(init=False)

    def __post_init__(self) -> None:
        self._turns = asyncio.Semaphore(self.limits.at_once)

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        if self._inside >= self.limits.in_hand:
            raise Flooded
        self._inside += 1
        try:
            async with self._turns:
                yield
        finally:
            self._inside -= 1


def _now() -> datetime:
    return datetime.now(UTC)


def routes(signals: Signals, *, limits: Limits | None = None, clock: Callable[[], datetime] = _now) -> list[Route]:
    """The route for all sources. `clock` is what timestamps of signatures are compared with."""
    limits = limits or Limits()
    entrance = Entrance(limits)

    async def receive(request: Request) -> Response:
        name = request.path_params["source"]
        source = signals.desk.plan.sources.get(name)
        if source is None:
            return _error(404, _("No source of this name is set up here."))
        try:
            body = await _body(request, limits)
            verify(source, request.headers, body, now=clock())
            async with entrance.turn():
                return await _take_in(signals, name, Letter(source, request.headers, body))
        except TooLarge:
            return _error(413, _("At most {n} bytes.", n=limits.body), Connection="close")
        except TooSlow:
            return _error(408, _("The body did not arrive in time."), Connection="close")
        except Unproved as no:
            log.info("a delivery to %s was not proved: %s", name, no)
            return _error(401, str(no))
        except Flooded:
            return _error(429, _("Too much at once."), **{"Retry-After": str(limits.come_again)})
        except Unavailable as away:
            log.warning("a delivery to %s could not be kept: %s", name, away)
            return _error(503, _("It cannot be kept right now."), **{"Retry-After": str(limits.come_again)})
        except ClientDisconnect:
            return Response(status_code=400)  # nobody is there to read it

    return [Route("/webhooks/{source}", receive, methods=["POST"])]


async def _body(request: Request, limits: Limits) -> bytes:
    """The raw bytes; refused as soon as they are too many, before they are held."""
    announced = request.headers.get("content-length", "")
    if announced.isdigit() and int(announced) > limits.body:
        raise TooLarge
    body = bytearray()
    try:
        async with asyncio.timeout(limits.slowest):
            async for chunk in request.stream():
                body += chunk
                if len(body) > limits.body:
                    raise TooLarge
    except TimeoutError as late:
        raise TooSlow from late
    return bytes(body)


async def _take_in(signals: Signals, name: str, letter: Letter) -> Response:
    receipt = await signals.receive(
        name,
        letter.body,
        letter.read,
        sender_id=letter.sender_id(),
        content_type=letter.headers.get("content-type"),
    )
    if receipt.refused is not None:
        log.info("a delivery to %s could not be read: %s", name, receipt.refused)
        return JSONResponse({"delivery": receipt.delivery, "error": receipt.refused}, status_code=422)
    return JSONResponse({"delivery": receipt.delivery}, status_code=202 if receipt.new else 200)


def _error(status: int, sentence: str, **headers: str) -> JSONResponse:
    return JSONResponse({"error": sentence}, status_code=status, headers=headers)

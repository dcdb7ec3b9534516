"""`POST /webhooks/{source}` over real HTTP: every answer a sender can get."""

import asyncio
import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import pytest
from sqlalchemy import func, select
from starlette.applications import Starlette

from bot.models import Delivery, Signal
from bot.practice.serving import serving
from bot.service.signals import Signals
from bot.store import Store
from handlers.webhooks import Limits, routes
from tests.builders import NOON, TEAM
from tests.signals.rows import PLAN, SECRETS, a_desk, a_plan
from tests.webhooks.recorded import raw, recorded

MEGABYTE = 1024 * 1024


@dataclass
class Sender:
    """Sends as a source does, with the right signature unless told otherwise."""

    url: str
    session: aiohttp.ClientSession
    said: list[dict[str, Any]] = field(default_factory=list)
    retry_after: str | None = None

    async def post(self, source: str, body: Any, headers: dict[str, str] | None = None, *, sign: bool = True) -> int:
        """The status; the answer's JSON is the last of `said`."""
        headers = headers or {}
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        if sign and source == "mentions":
            signature = hmac.new(SECRETS["MENTIONS_SECRET"].encode(), data, hashlib.sha256).hexdigest()
            headers = {"X-Signature": f"sha256={signature}", **headers}
        elif sign and source == "alarms":
            headers = {"Authorization": f"Bearer {SECRETS['ALARM_TOKEN']}", **headers}
        async with self.session.post(f"{self.url}/webhooks/{source}", data=BytesIO(data), headers=headers) as answer:
            self.said.append(await answer.json())
            self.retry_after = answer.headers.get("Retry-After")
            return answer.status


@asynccontextmanager
async def a_door(store: Store, plan: str = PLAN, **limits: Any) -> AsyncIterator[Sender]:
    signals = Signals(a_desk(store, plan=a_plan(plan)))
    app = Starlette(routes=routes(signals, limits=Limits(**limits)))
    async with serving(app) as url, aiohttp.ClientSession() as session:
        yield Sender(url, session)


@pytest.fixture
async def door(store: Store) -> AsyncIterator[Sender]:
    async with a_door(store) as sender:
        yield sender


def always(moment: datetime) -> Callable[[], datetime]:
    return lambda: moment


async def count(store: Store, model: type[Delivery | Signal]) -> int:
    async with store.reading() as tx:
        return await tx.session.scalar(select(func.count()).select_from(model)) or 0


async def test_a_new_delivery_is_kept_and_then_acknowledged(door: Sender, store: Store) -> None:
    body = raw("generic/post")
    assert await door.post("mentions", body, {"Content-Type": "application/json"}) == 202
    async with store.reading() as tx:
        (kept,) = await tx.all(select(Delivery))
        (post,) = await tx.all(select(Signal))
    assert door.said == [{"delivery": kept.id}]
    assert (kept.body, kept.source, kept.content_type) == (body, "mentions", "application/json")
    assert (post.delivery, post.author, post.reach) == (kept.id, "@jo_m", 41_000)


async def test_a_signature_grows_stale(store: Store) -> None:
    """By this route's own clock, over real HTTP."""
    stamped = (
        '  stamped:\n    auth: {type: hmac, secret: "${MENTIONS_SECRET}", header: X-Sign, prefix: "v0=",'
        ' template: "v0:{timestamp}:{body}", timestamp_header: X-Time}\n  alarms:\n'
    )
    body = b'{"text": "Where is my parcel?"}'
    statuses = []
    async with a_door(store, PLAN.replace("  alarms:\n", stamped)) as door:
        for late in (0, 600):
            sent = str(int(time.time()) - late)
            proof = f"v0:{sent}:".encode() + body
            signature = hmac.new(SECRETS["MENTIONS_SECRET"].encode(), proof, hashlib.sha256).hexdigest()
            statuses.append(await door.post("stamped", body, {"X-Time": sent, "X-Sign": f"v0={signature}"}))
    assert statuses == [202, 401]
    assert await count(store, Delivery) == 1


async def test_a_repeat_gets_the_same_answer_and_changes_nothing(door: Sender, store: Store) -> None:
    assert [await door.post("mentions", {"text": "a"}) for _ in range(3)] == [202, 200, 200]
    assert door.said[0] == door.said[1] == door.said[2]
    assert await count(store, Signal) == 1


async def test_the_same_body_a_minute_later_is_a_repeat_and_a_day_later_news(door: Sender, store: Store) -> None:
    statuses = []
    for later in (timedelta(0), timedelta(minutes=1), timedelta(minutes=9), timedelta(minutes=11), timedelta(days=1)):
        store.clock = always(NOON + later)
        statuses.append(await door.post("mentions", {"text": "Where is my parcel?"}))
    assert statuses == [202, 200, 200, 202, 202]
    assert await count(store, Signal) == 3


async def test_the_same_body_many_times_at_once_is_one(door: Sender, store: Store) -> None:
    statuses = await asyncio.gather(*(door.post("mentions", {"text": "a"}) for _ in range(12)))
    assert sorted(statuses) == [200] * 11 + [202]
    assert await count(store, Delivery) == 1


async def test_the_senders_id_makes_it_the_same_whatever_is_in_it(door: Sender, store: Store) -> None:
    body = recorded("pagerduty/incident")
    signature = body["headers"]["X-PagerDuty-Signature"]
    sent = raw("pagerduty/incident")
    first = await door.post("pager", sent, {"X-PagerDuty-Signature": signature})
    store.clock = always(NOON + timedelta(days=400))
    again = await door.post("pager", sent, {"X-PagerDuty-Signature": signature})
    assert (first, again) == (202, 200)
    async with store.reading() as tx:
        (kept,) = await tx.all(select(Delivery))
    assert kept.dedupe == "id:5ac64822-4adc-4fda-ade0-410becf0de4f"


async def test_the_senders_id_in_a_header(store: Store) -> None:
    plan = PLAN.replace("  alarms:\n", "  alarms:\n    delivery_id: header:X-Delivery\n")
    body = recorded("alertmanager/firing")["body"]
    async with a_door(store, plan) as door:
        assert await door.post("alarms", body, {"X-Delivery": "7"}) == 202
        assert await door.post("alarms", {**body, "receiver": "other"}, {"X-Delivery": "7"}) == 200
        assert await door.post("alarms", body, {"X-Delivery": "x" * 5000}) == 202
        assert await door.post("alarms", body, {"X-Delivery": "x" * 5000}) == 200


async def test_one_alarm_in_two_deliveries_is_one(door: Sender, store: Store) -> None:
    body = recorded("alertmanager/firing")["body"]
    assert await door.post("alarms", body) == 202
    assert await door.post("alarms", {**body, "truncatedAlerts": 1}) == 202
    assert (await count(store, Delivery), await count(store, Signal)) == (2, 1)


async def test_an_unknown_source(door: Sender) -> None:
    for source in ("nobody", "mentions%20", "MENTIONS", "x" * 2000):
        assert await door.post(source, {"text": "a"}) == 404


async def test_a_source_whose_secret_is_not_set_is_unknown(store: Store) -> None:
    plan = PLAN.replace("rules:", '  later: {optional: true, auth: {type: bearer, secret: "${LATER}"}}\nrules:')
    async with a_door(store, plan) as door:
        assert await door.post("later", {"text": "a"}, {"Authorization": "Bearer "}) == 404


async def test_a_wrong_signature_is_refused_before_anything_is_kept(
    door: Sender, store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("DEBUG", logger="handlers"):
        assert await door.post("mentions", {"text": "a"}, sign=False) == 401
        for signature in ("", "sha256=", "sha256=" + "0" * 64, SECRETS["MENTIONS_SECRET"]):
            assert await door.post("mentions", {"text": "a"}, {"X-Signature": signature}, sign=False) == 401
    assert await count(store, Delivery) == 0
    assert SECRETS["MENTIONS_SECRET"] not in caplog.text + str(door.said)


async def test_a_proof_comes_before_reading(door: Sender, store: Store) -> None:
    assert await door.post("mentions", b"{broken", sign=False) == 401
    assert await count(store, Delivery) == 0


UNREADABLE = [
    ("mentions", b'{"text": "half', "This is not JSON"),
    ("mentions", b"", "This is not JSON"),
    ("mentions", [{"text": "a"}], "An object is due at the top, not a list"),
    ("mentions", {"author": "@jo_m"}, "One of title, text and url is needed"),
    ("mentions", {"text": "{{message}}"}, "placeholder"),
    ("alarms", {"alerts": {}}, "alerts must be a list"),
    ("alarms", [], "An object is due"),
]


async def test_what_cannot_be_read_is_kept_with_the_reason(door: Sender, store: Store) -> None:
    for source, body, reason in UNREADABLE:
        assert await door.post(source, body) == 422
        said = door.said[-1]
        assert reason in said["error"]
        async with store.reading() as tx:
            kept = await tx.get(Delivery, said["delivery"])
        assert kept.refused == said["error"]
        assert kept.body == (body if isinstance(body, bytes) else json.dumps(body).encode())
        assert await door.post(source, body) == 422, "a repeat is no better"
    assert (await count(store, Delivery), await count(store, Signal)) == (len(UNREADABLE), 0)


async def test_what_could_not_be_read_may_come_again_corrected(store: Store) -> None:
    plan = PLAN.replace("  alarms:\n", "  alarms:\n    delivery_id: header:X-Delivery\n")
    async with a_door(store, plan) as door:
        assert await door.post("alarms", {"alerts": None}, {"X-Delivery": "7"}) == 422
        assert await door.post("alarms", recorded("alertmanager/firing")["body"], {"X-Delivery": "7"}) == 202
    async with store.reading() as tx:
        (kept,) = await tx.all(select(Delivery))
    assert kept.refused is None
    assert await count(store, Signal) == 1


async def test_a_body_up_to_the_limit(door: Sender) -> None:
    empty = json.dumps({"text": ""}).encode()
    assert await door.post("mentions", {"text": "a" * (MEGABYTE - len(empty))}) == 202
    assert await door.post("mentions", {"text": "a" * (MEGABYTE - len(empty) + 1)}) == 413


async def test_ten_megabytes_are_not_taken_in(door: Sender, store: Store) -> None:
    """Without Content-Length: the answer comes while the sender is still sending."""
    address = urlsplit(door.url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    writer.write(b"POST /webhooks/mentions HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n")
    chunk = b"10000\r\n" + b"a" * 0x10000 + b"\r\n"
    sent = 0
    answer = asyncio.ensure_future(reader.readline())
    while not answer.done() and sent < 10 * MEGABYTE:
        try:
            writer.write(chunk)
            await writer.drain()
        except ConnectionError:
            break
        sent += 0x10000
        await asyncio.sleep(0.001)
    assert (await answer).startswith(b"HTTP/1.1 413")
    assert sent < 5 * MEGABYTE
    writer.close()
    assert await count(store, Delivery) == 0


async def test_a_body_that_trickles(store: Store) -> None:
    async with a_door(store, slowest=0.05) as door:
        address = urlsplit(door.url)
        reader, writer = await asyncio.open_connection(address.hostname, address.port)
        writer.write(b"POST /webhooks/mentions HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{")
        assert (await reader.readline()).startswith(b"HTTP/1.1 408")
        writer.close()


async def test_only_post(door: Sender) -> None:
    async with door.session.get(f"{door.url}/webhooks/mentions") as answer:
        assert answer.status == 405


async def test_a_flood_is_asked_to_come_again(store: Store) -> None:
    async with a_door(store, at_once=1, in_hand=2) as door:
        statuses = await asyncio.gather(*(door.post("mentions", {"text": f"{n}"}) for n in range(30)))
        assert set(statuses) == {202, 429}
        assert await count(store, Delivery) == statuses.count(202)
        assert await door.post("mentions", {"text": "later"}) == 202


@pytest.mark.parametrize("url", ["sqlite+aiosqlite:////nowhere/at/all.db", "postgresql+asyncpg://a@127.0.0.1:1/b"])
async def test_without_a_database_the_sender_is_asked_to_come_again(url: str) -> None:
    lost = Store(url, team=TEAM)
    async with a_door(lost) as door:
        assert await door.post("mentions", {"text": "a"}) == 503
        assert door.retry_after == "5"
        assert door.said == [{"error": "It cannot be kept right now."}]
    await lost.close()

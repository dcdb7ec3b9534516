"""Database or Slack away for a while: what people and senders hear meanwhile, and that it goes on by itself."""

import asyncio
import hmac
import shutil
from collections.abc import AsyncIterator
from hashlib import sha256
from pathlib import Path

import aiohttp
import pytest

from bot.outbox import Pace
from bot.store import engines
from tests.app.absence import Absence, Database, reachable
from tests.stage import MENTIONS, Stage, staged

PACE = Pace(lease=3, look_after=0.1, poll=0.2, back_off=0.1)
"""As always, but a lease that nobody could give back ends sooner, and the next try comes sooner."""


@pytest.fixture
async def database(database_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Database]:
    """Its patience is shortened to a second, for which it needs engines of its own."""
    monkeypatch.setattr("bot.store.engines", engines)
    for patience in ("WAIT_FOR_WRITER", "WAIT_FOR_SERVER", "WAIT_FOR_ANSWER"):
        monkeypatch.setattr(f"bot.store.{patience}", 1)
    async with reachable(database_url) as there:
        yield there


async def ready(stage: Stage) -> int:
    async with aiohttp.ClientSession() as session, session.get(f"{stage.url}/readyz") as answer:
        return answer.status


async def complete(stage: Stage, *, within: float = 15) -> None:
    """One crisis, opened as it should be, with everything in it once."""
    await stage.dana.sees("First public word", "#crisis-1", timeout=within)
    for person in (stage.priya, stage.leo, stage.sam):
        await person.sees("Crisis 1", "dm", timeout=within)
    await stage.tom.sees("Crisis 1", "#crisis-watch", timeout=within)
    await stage.settle()
    channel = await stage.workspace.channel("#crisis-1")
    assert [message.shown[:8] for message in channel.messages] == ["Crisis 1", "First pu"]
    assert channel.pins == [channel.messages[0].ts]
    assert "lead: Priya" in channel.topic
    assert {p.id for p in (stage.dana, stage.priya, stage.leo, stage.sam)} <= set(channel.members)
    for person in (stage.priya, stage.leo, stage.sam):
        assert len([m for m in await person.dms() if not m.ephemeral]) == 1, person
    assert len([c for c in await stage.workspace.channels() if (c.name or "").startswith("crisis-1")]) == 1
    assert len([m for m in await stage.tom.reads("#crisis-watch") if "Crisis 1" in m.shown]) == 1


WAYS = pytest.mark.parametrize(
    ("database_kind", "how"),
    [("sqlite", "locked"), ("postgresql", "gone"), ("postgresql", "silent")],
    indirect=["database_kind"],
)
"""Each kind of database has its own ways of being away."""


@WAYS
async def test_a_database_that_is_away_is_said_everywhere_and_comes_back_by_itself(
    database: Database, how: Absence
) -> None:
    post = {"text": "Where is my parcel?", "author": "@jo_m", "external_id": "x-1"}
    async with staged(database.url, pace=PACE) as stage:
        assert await ready(stage) == 200
        await stage.workspace.set(latency=0.4)
        await stage.dana.types("/crisis declare The depot burns")
        await asyncio.sleep(0.6)  # the opening is under way
        async with database.away(how):
            assert await ready(stage) == 503
            kept, said = await asyncio.gather(
                stage.hook("mentions", post), stage.dana.types("/crisis declare Parcels late")
            )
            assert kept[0] == 503
            assert "cannot be kept right now" in kept[1]["error"]
            assert "database" in said.said
            assert said.error is None
            await asyncio.sleep(1)
        await stage.workspace.set(latency=0.0)
        await complete(stage)
        assert await ready(stage) == 200
        assert (await stage.hook("mentions", post))[0] == 202
        await stage.settle()
        assert "Late parcels: one post" in (await stage.dana.sees("Late parcels", "#crisis-watch")).shown


@WAYS
async def test_a_sender_is_told_when_to_come_again(database: Database, how: Absence) -> None:
    async with staged(database.url, pace=PACE) as stage, database.away(how), aiohttp.ClientSession() as session:
        async with session.post(f"{stage.url}/webhooks/mentions", data=b"{}") as answer:
            assert answer.status == 401, "who sent it is asked first"
        signature = "sha256=" + hmac.new(MENTIONS.encode(), b"{}", sha256).hexdigest()
        signed = {"X-Signature": signature}
        async with session.post(f"{stage.url}/webhooks/mentions", data=b"{}", headers=signed) as answer:
            assert answer.status == 503
            assert int(answer.headers["Retry-After"]) > 0


@pytest.fixture
async def stage(sqlite_template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Stage]:
    """Slack's troubles are the same on both databases."""
    monkeypatch.setattr("bot.slack.TIMEOUT", 1)
    shutil.copy(sqlite_template, tmp_path / "amends.db")
    async with staged(f"sqlite+aiosqlite:///{tmp_path / 'amends.db'}", pace=PACE) as up:
        yield up


FAULTS = {
    "errors": [
        ("conversations.create", "500", 2, False),
        ("conversations.invite", "500", 2, False),
        ("chat.postMessage", "500", 4, False),
        ("pins.add", "internal_error", 1, True),
        ("conversations.setTopic", "500", 1, False),
    ],
    "lost answers": [
        ("conversations.create", "reset", 1, True),
        ("conversations.invite", "reset", 1, True),
        ("chat.postMessage", "reset", 4, True),
        ("pins.add", "reset", 1, True),
    ],
    "silence": [
        ("conversations.create", "timeout", 1, True),
        ("chat.postMessage", "timeout", 2, True),
        ("chat.postMessage", "timeout", 1, False),
    ],
    "floods": [
        ("conversations.create", "429", 1, False),
        ("chat.postMessage", "429", 2, False),
        ("chat.update", "429", 2, False),
        ("conversations.invite", "reset", 1, False),
    ],
}


@pytest.mark.parametrize("faults", list(FAULTS.values()), ids=list(FAULTS))
async def test_slack_in_trouble_loses_nothing_and_doubles_nothing(
    stage: Stage, faults: list[tuple[str, str, int, bool]]
) -> None:
    for method, kind, times, after_effect in faults:
        await stage.workspace.fault(method, kind, times=times, retry_after=1, after_effect=after_effect)
    said = await stage.dana.types("/crisis declare Parcels late")
    assert "Crisis 1 is opening" in said.said, "the answer does not wait for Slack"
    await complete(stage)


async def test_slack_gone_altogether_and_back(stage: Stage) -> None:
    await stage.workspace.fault("*", "500", times=40)
    await stage.dana.types("/crisis declare Parcels late")
    await asyncio.sleep(1)
    assert await ready(stage) == 200, "Slack's absence is not ours"
    assert (await stage.hook("mentions", {"text": "Where is my parcel?", "external_id": "1"}))[0] == 202
    stage.slack.web_api.faults.clear()
    await complete(stage)

"""Slack over connections of ours: nothing is lost when they are replaced or break, and nobody presses in vain."""

import asyncio
import shutil
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import aiohttp
import pytest

from bot.practice.driver import Outcome
from tests.app.absence import locked
from tests.stage import Stage, staged

OPENS = "apps.connections.open"


@pytest.fixture
async def stage(sqlite_template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Stage]:
    """The socket is the same on both databases. A connection that lived for a second is no sign of trouble here."""
    monkeypatch.setattr("bot.socket_mode.STEADY", 0)
    shutil.copy(sqlite_template, tmp_path / "amends.db")
    async with staged(f"sqlite+aiosqlite:///{tmp_path / 'amends.db'}", via="socket") as up:
        yield up


def counted(outcomes: list[Outcome]) -> None:
    """Everybody was answered, and in time."""
    assert [one.error for one in outcomes if one.error] == []
    assert [one.ack_ms for one in outcomes if one.ack_ms is None or one.ack_ms > 1500] == []


async def reconnected(stage: Stage, opened: int) -> None:
    """The bot has asked for so many connections by now, and two are open."""
    beat = 0
    async with asyncio.timeout(10):
        while len(await stage.workspace.calls(OPENS)) < opened or await stage.workspace.sockets() != 2:
            beat = await stage.workspace.changed(beat, 1)


async def logged(caplog: pytest.LogCaptureFixture, words: str) -> None:
    """The bot has said so by now."""
    async with asyncio.timeout(5):
        while words not in caplog.text:  # noqa: ASYNC110 - a log tells nobody that it grew
            await asyncio.sleep(0.02)


async def team_with(stage: Stage, name: str) -> bool:
    """Whether `/crisis team` names somebody before long."""
    for _ in range(60):
        if name in (await stage.dana.types("/crisis team", "#crisis-1")).said:
            return True
        await asyncio.sleep(0.1)
    return False


async def crises(stage: Stage) -> list[str]:
    return [c.name for c in await stage.workspace.channels() if (c.name or "").startswith("crisis-") and c.private]


async def test_there_are_two_connections_and_no_address(stage: Stage) -> None:
    assert await stage.workspace.sockets() == 2, "open when the bot has started"
    async with aiohttp.ClientSession() as session:
        async with session.post(f"{stage.url}/slack/events", data=b"payload=%7B%7D") as answer:
            assert answer.status == 404
        async with session.get(f"{stage.url}/readyz") as answer:
            said = await answer.json()
    assert said == {"ready": True, "database": "ok", "slack": "Harbour", "socket": "2 of 2 connections"}


async def test_what_comes_twice_is_done_once_and_answered_alike(stage: Stage) -> None:
    """An acknowledgement that was lost with its connection: Slack cannot know that we have heard it."""
    await stage.dana.types("/crisis declare Parcels late")
    await stage.settle()
    [first] = [one for one in await stage.workspace.deliveries() if one.kind == "command"]
    again = await stage.workspace.redeliver(0)
    assert again.kind == "command"
    assert again.body == first.body
    await stage.settle()
    assert await crises(stage) == ["crisis-1"]


async def test_nothing_is_lost_while_slack_replaces_every_connection(stage: Stage) -> None:
    """Somebody presses at the moment of each refresh, and while the old connections are closed."""
    await stage.workspace.set(grace=0.3)
    declared, _ = await asyncio.gather(
        stage.dana.types("/crisis declare Parcels late"), stage.workspace.refresh(everyone=True)
    )
    outcomes = [declared]
    for number, reason in enumerate(("refresh_requested", "warning", "refresh_requested"), start=1):
        at_once = await asyncio.gather(
            stage.workspace.refresh(everyone=number < 3, reason=reason),
            *(person.types("/crisis list") for person in (stage.dana, stage.sam, stage.leo)),
        )
        outcomes += [one for one in at_once if one is not None]
        until = time.monotonic() + 0.5
        while time.monotonic() < until:
            outcomes.append(await stage.sam.types("/crisis list"))
    counted(outcomes)
    await reconnected(stage, 9)
    await stage.settle()
    assert await crises(stage) == ["crisis-1"]
    assert [one.error for one in await stage.workspace.deliveries()] == [None] * len(await stage.workspace.deliveries())


async def test_a_press_right_after_one_connection_broke_is_answered(stage: Stage) -> None:
    await stage.dana.types("/crisis declare Parcels late")
    await stage.settle()
    await stage.workspace.cut()
    words = await stage.priya.presses("Approve", in_channel="#crisis-1")
    counted([words])
    assert "approved" in words.said
    await reconnected(stage, 3)


async def test_a_command_whose_acknowledgement_is_lost_is_done_once_and_answered_all_the_same(stage: Stage) -> None:
    """Dana reads Slack's own error, for Slack has heard nothing; and below it what came of her command."""
    await stage.workspace.set(deadline=0.5)
    await stage.workspace.cut_when_heard()
    declared = await stage.dana.types("/crisis declare Parcels late")
    assert declared.error == '/crisis failed with the error "operation_timeout"'
    said = await stage.dana.sees("Crisis 1 is opening")
    assert said.ephemeral
    assert "Crisis 1 is opening" not in await stage.sam.everything()
    await stage.settle()
    assert await crises(stage) == ["crisis-1"]
    [only] = [one for one in await stage.workspace.deliveries() if one.kind == "command"]
    assert only.body == "", "nothing was acknowledged"
    assert len([one for one in await stage.dana.reads("#general") if "is opening" in one.shown]) == 1
    await reconnected(stage, 3)
    counted([await stage.dana.types("/crisis list")])


async def test_with_both_connections_gone_each_answer_finds_its_way(stage: Stage) -> None:
    await stage.workspace.set(deadline=0.5)
    await stage.workspace.cut_when_heard(2)
    both = await asyncio.gather(stage.dana.types("/crisis help"), stage.sam.types("/crisis list"))
    assert [one.error for one in both] == ['/crisis failed with the error "operation_timeout"'] * 2
    assert (await stage.dana.sees("/crisis declare")).ephemeral
    assert (await stage.sam.sees("No crisis is open")).ephemeral


async def test_a_form_whose_acknowledgement_is_lost_turns_into_what_came_of_it(stage: Stage) -> None:
    await stage.workspace.set(deadline=0.5)
    await stage.sam.types("/crisis report")
    await stage.workspace.cut_when_heard()
    sent = await stage.sam.submits({"What did you see or hear?": "Kettles on fire"})
    assert "operation_timeout" in (sent.error or "")
    await stage.settle()
    now = await stage.sam.modal()
    assert now is not None
    assert "Thank you" in now.text
    assert now.submit is None, "there is nothing left to send"
    assert len([one for one in await stage.tom.reads("#crisis-watch") if "Kettles" in one.shown]) == 1


async def test_a_form_whose_error_is_lost_stands_open_and_hears_it_the_next_time(stage: Stage) -> None:
    await stage.workspace.set(deadline=0.5)
    await stage.dana.types("/crisis declare")
    await stage.workspace.cut_when_heard()
    lost = await stage.dana.submits({"What happened?": "   "})
    assert "operation_timeout" in (lost.error or "")
    assert lost.modal is not None
    assert (lost.modal.values["What happened?"], lost.modal.errors) == ("   ", {})
    again = await stage.dana.submits()
    assert again.modal is not None
    assert "Please say in a few words" in again.modal.errors["What happened?"]
    assert await crises(stage) == []


async def test_a_press_whose_acknowledgement_is_lost_counts_and_is_answered(stage: Stage) -> None:
    """Its answer never rode on the acknowledgement, so nothing needs another way."""
    await stage.dana.types("/crisis declare Parcels late")
    await stage.settle()
    await stage.workspace.set(deadline=0.5)
    await stage.workspace.cut_when_heard()
    words = await stage.priya.presses("Approve", in_channel="#crisis-1")
    assert "operation_timeout" in (words.error or "")
    assert "approved" in words.said
    await stage.settle()
    assert [one.shown.count("approved") for one in await stage.priya.reads("#crisis-1") if one.ephemeral] == [1]


async def test_both_broken_and_slack_away_people_see_slacks_own_error_until_we_are_back(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    await stage.workspace.set(retry_delays=(0.5, 3.0))
    await stage.dana.types("/crisis declare Parcels late")
    await stage.settle()
    before = len(await stage.workspace.calls(OPENS))
    await stage.workspace.fault(OPENS, "500", times=4)
    await stage.workspace.cut(everyone=True)
    pressed = await stage.dana.types("/crisis declare Shop burns")
    assert pressed.error == '/crisis failed with the error "dispatch_failed"'
    await stage.dana.types("/invite @nora", "#crisis-1")
    async with aiohttp.ClientSession() as session, session.get(f"{stage.url}/readyz") as answer:
        assert answer.status == 200, "Slack's absence is not ours"
        assert (await answer.json())["socket"] == "0 of 2 connections"
    await reconnected(stage, before + 6)
    assert len(await stage.workspace.calls(OPENS)) == before + 6, "four that failed, two that worked, and no hot loop"
    counted([await stage.dana.types("/crisis list")])
    log = [record.getMessage() for record in caplog.records if record.name == "bot.socket_mode"]
    assert len([line for line in log if "Slack cannot reach us" in line]) == 1, log
    assert len([line for line in log if "reaches us again" in line]) == 1, log
    assert await team_with(stage, "Nora"), "the event came again"
    assert await crises(stage) == ["crisis-1"], "what was pressed in vain was not done later either"


async def test_a_line_that_died_silently_is_noticed_by_its_pings(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.slack.HEARTBEAT", 0.2)
    await stage.workspace.set(grace=0.1)
    await stage.workspace.refresh(everyone=True)  # the new ones ping so often
    await reconnected(stage, 4)
    await stage.workspace.cut(silently=True)
    await stage.workspace.sockets(3)  # Slack has not noticed
    assert len(await stage.workspace.calls(OPENS)) == 5


async def test_a_slow_database_holds_up_nobody_elses_acknowledgement(
    sqlite_template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On one and the same connection."""
    monkeypatch.setattr("bot.socket_mode.CONNECTIONS", 1)
    shutil.copy(sqlite_template, tmp_path / "amends.db")
    async with staged(f"sqlite+aiosqlite:///{tmp_path / 'amends.db'}", via="socket") as stage:
        assert await stage.workspace.sockets() == 1
        async with locked(stage.app.store.url):
            slow = asyncio.create_task(stage.dana.types("/crisis declare Parcels late"))
            await asyncio.sleep(0.1)
            quick = [await person.types("/crisis list") for person in (stage.sam, stage.leo, stage.priya)]
            counted(quick)
            assert not slow.done()
            said = await slow
        assert "My database is slow right now" in said.said
        await stage.dana.sees("Crisis 1 is opening")


async def test_more_processes_than_slack_allows_wait_their_turn(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    await stage.workspace.set(pace=False)
    async with aiohttp.ClientSession() as session, AsyncExitStack() as others:
        app = stage.app.socket
        assert app is not None
        for _ in range(8):
            address = (await app.slack.call(OPENS))["url"]
            await others.enter_async_context(session.ws_connect(address))
        await stage.workspace.sockets(10)
        await stage.workspace.refresh()  # the new one would be the eleventh
        await stage.sam.types("/crisis list")
        await logged(caplog, "too_many_websockets: Slack allows one app ten connections")
    await logged(caplog, "Slack reaches us again")


async def test_socket_mode_turned_off_and_a_token_revoked_are_said_once(
    stage: Stage, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.socket_mode.REFUSED", 0.1)
    await stage.workspace.set(socket_mode=False)
    await asyncio.sleep(1)
    log = [record.getMessage() for record in caplog.records if record.name == "bot.socket_mode"]
    assert [line.partition(" ")[0] for line in log] == ["Socket", "Slack"], log
    assert "turned off" in log[0]
    assert "see SLACK_APP_TOKEN and Socket Mode" in log[1]
    await stage.workspace.set(socket_mode=True)
    await stage.workspace.sockets(2)
    counted([await stage.dana.types("/crisis list")])
    caplog.clear()
    await stage.workspace.set(app_token="xapp-another")
    await stage.workspace.cut(everyone=True)
    await asyncio.sleep(0.5)
    assert caplog.text.count("invalid_auth") == 1
    assert "xapp-" not in caplog.text


async def test_what_is_not_an_envelope_disturbs_nothing(stage: Stage) -> None:
    for line in list(stage.slack.courier.sockets.connections):
        for words in (
            "",
            "{",
            "[]",
            "null",
            '{"type": "new"}',
            '{"type": "interactive", "envelope_id": "1", "payload": []}',
        ):
            await line.socket.send_text(words)
        await line.socket.send_bytes(b"\xff")
    counted([await stage.dana.types("/crisis list") for _ in range(2)])
    assert await stage.workspace.sockets() == 2


async def test_leaving_it_acknowledges_what_is_in_hand(stage: Stage) -> None:
    async with locked(stage.app.store.url):
        typed = asyncio.create_task(stage.dana.types("/crisis declare Parcels late"))
        await asyncio.sleep(0.2)
        leaving = asyncio.create_task(stage.app.leave())
        await asyncio.sleep(0.2)
        assert not leaving.done()
    said = await typed
    assert said.error is None
    assert "Crisis 1 is opening" in said.said
    await leaving
    assert await stage.workspace.sockets(0) == 0

"""Stopped, killed, started again: real processes, real signals, and nothing lost or said twice."""

import asyncio
import json
import re
import signal
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import aiohttp
import pytest

from bot.practice.driver import Message, Person
from tests.app.absence import locked
from tests.app.processes import Office, Running, environment, office

TEAM = ("Priya", "Leo", "Sam")


async def until(up: Office, holds: Callable[[Office], Awaitable[bool]], within: float) -> None:
    """Looks again whenever something happened in the workspace."""
    beat = 0
    async with asyncio.timeout(within):
        while not await holds(up):
            beat = await up.workspace.changed(beat, 1)


async def opened(up: Office) -> None:
    """The crisis is there as it should be, and everything is there once."""
    workspace = up.workspace

    async def complete(_up: Office) -> bool:
        names = [c.name for c in await workspace.channels()]
        if "crisis-1" not in names:
            return False
        dms = [await posted(workspace.person(name)) for name in TEAM]
        return len((await workspace.channel("crisis-1")).messages) >= 2 and all(dms)

    await until(up, complete, 30)
    await workspace.settle(quiet=1)
    channel = await workspace.channel("crisis-1")
    brief, words = channel.messages
    assert "Crisis 1: Parcels late" in brief.shown
    assert "First public word" in words.shown
    assert channel.pins == [brief.ts]
    assert {workspace.person(name).id for name in ("Dana", *TEAM)} <= set(channel.members)
    assert [c.name for c in await workspace.channels() if "crisis-" in (c.name or "")] == ["crisis-watch", "crisis-1"]
    for name in TEAM:
        assert len(await posted(workspace.person(name))) == 1, name
    headlines = (await workspace.channel("crisis-watch")).messages
    assert len(headlines) == 1


async def posted(person: Person) -> list[Message]:
    return [message for message in await person.dms() if not message.ephemeral]


async def declared(up: Office) -> None:
    said = await up.workspace.person("Dana").types("/crisis declare Parcels late")
    assert "Crisis 1 is opening" in said.said


async def ready(bot: Running) -> tuple[int, str]:
    async with aiohttp.ClientSession() as session, session.get(f"{bot.url}/readyz") as answer:
        return answer.status, await answer.text()


async def test_stopped_it_finishes_what_is_in_hand_and_another_goes_on(tmp_path: Path) -> None:
    """With a log of JSON lines, in which no secret stands."""
    async with office(tmp_path) as up:
        async with up.bot(LOG_FORMAT="json", LOG_LEVEL="debug") as bot:
            assert await ready(bot) == (200, '{"ready":true,"database":"ok","slack":"Harbour"}')
            await up.workspace.set(latency=0.3)
            await declared(up)
            bot.signal(signal.SIGTERM)
            assert await bot.ended(within=9) == 0
            for line in bot.lines:
                assert {"at", "level", "logger", "message"} <= set(json.loads(line)), line
        await up.workspace.set(latency=0.0)
        async with up.bot() as bot:
            await opened(up)
            bot.signal(signal.SIGINT)
            assert await bot.ended(within=9) == 0


async def test_stopped_while_slack_hangs_it_leaves_in_time(tmp_path: Path) -> None:
    async with office(tmp_path) as up, up.bot() as bot:
        await up.workspace.set(latency=20)
        await declared(up)
        began = time.monotonic()
        bot.signal(signal.SIGTERM)
        await asyncio.sleep(0.3)
        status, said = await ready(bot)
        assert (status, json.loads(said)["ready"]) == (503, False)
        assert await bot.ended(within=10) == 0
        assert time.monotonic() - began < 9.5
        assert not [line for line in bot.lines if "Traceback" in line or "ERROR" in line], bot.lines


async def test_asked_to_stop_while_it_waits_for_slack_it_stops(tmp_path: Path) -> None:
    async with office(tmp_path) as up:
        await up.workspace.fault("auth.test", "500", times=1000)
        process = await up.started()
        assert process.stdout is not None
        assert b"waiting for Slack" in await process.stdout.readline()
        process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(9):
            assert await process.wait() == 0


async def test_over_the_socket_it_is_there_when_it_says_so_and_answers_before_it_leaves(tmp_path: Path) -> None:
    async with office(tmp_path, via="socket") as up:
        await up.workspace.fault("apps.connections.open", "500", times=2)
        async with up.bot(LOG_LEVEL="debug") as bot:
            assert "waiting for Slack" in "\n".join(bot.lines)
            assert await up.workspace.sockets() == 2
            said = {"ready": True, "database": "ok", "slack": "Harbour", "socket": "2 of 2 connections"}
            assert await ready(bot) == (200, json.dumps(said, separators=(",", ":")))
            async with locked(f"sqlite:///{tmp_path / 'amends.db'}"):
                in_hand = asyncio.create_task(up.workspace.person("Dana").types("/crisis declare Parcels late"))
                await asyncio.sleep(0.3)
                bot.signal(signal.SIGTERM)
                await asyncio.sleep(0.5)
                assert not in_hand.done()
            answered = await in_hand
            assert answered.error is None
            assert "Crisis 1 is opening" in answered.said
            assert await bot.ended(within=9) == 0
            assert await up.workspace.sockets() == 0
            assert not [line for line in bot.lines if "Traceback" in line or "ERROR" in line], bot.lines
        async with up.bot():
            await opened(up)


async def test_asked_to_stop_while_it_waits_for_a_connection_it_stops(tmp_path: Path) -> None:
    async with office(tmp_path, via="socket") as up:
        await up.workspace.fault("apps.connections.open", "500", times=1000)
        process = await up.started()
        assert process.stdout is not None
        assert b"waiting for Slack" in await process.stdout.readline()
        process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(9):
            assert await process.wait() == 0


async def _killed(folder: Path, point: Callable[[Office], Awaitable[bool]]) -> None:
    async with office(folder) as up:
        async with up.bot() as bot:
            await up.workspace.set(latency=0.4)
            await declared(up)
            await until(up, point, 10)
            bot.signal(signal.SIGKILL)
            assert await bot.ended(within=5) == -signal.SIGKILL
        await up.workspace.set(latency=0.0)
        async with up.bot():
            await opened(up)


async def test_killed_in_the_middle_of_an_opening_it_goes_on_where_it_was(tmp_path: Path) -> None:
    """Killed while the channel is being made, and when the first words stand in it."""

    async def channel_in_flight(up: Office) -> bool:
        return up.slack.web_api.in_flight > 0

    async def first_words(up: Office) -> bool:
        return len(await up.workspace.calls("chat.postMessage")) > 0

    await asyncio.gather(_killed(tmp_path / "one", channel_in_flight), _killed(tmp_path / "two", first_words))


async def test_the_demo_takes_its_processes_along(tmp_path: Path) -> None:
    """Ctrl-C reaches all three by itself; a signal to the demo alone does not."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "demo"),
        cwd=tmp_path,
        env=environment({"HOME": str(tmp_path)}),
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(30):
            while "ready after" not in (line := (await process.stdout.readline()).decode()):
                assert line, "it ended by itself"
            process.terminate()
            await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()  # or the event loop could not be closed
    assert process.returncode not in (0, None)
    ports = [int(port) for port in re.findall(r"http://127\.0\.0\.1:(\d+)", line)]
    assert len(ports) == 2
    for port in ports:
        with pytest.raises(OSError, match="Connect"):
            await asyncio.open_connection("127.0.0.1", port)

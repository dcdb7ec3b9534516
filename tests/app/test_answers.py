"""Words to the address that Slack gave for answering: what could not leave us leaves later, and nothing is said twice."""

import asyncio
import socket
from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from bot.slack import Slack


@pytest.fixture
async def slack() -> AsyncIterator[Slack]:
    door = Slack("xoxb-practice", "http://127.0.0.1:1/api/")
    await door.open()
    yield door
    await door.close()


async def listening(port: int, *statuses: int) -> tuple[web.AppRunner, list[str]]:
    """A server there, which answers so, one after the other; and what it got."""
    got: list[str] = []
    coming = iter(statuses)

    async def answer(request: web.Request) -> web.Response:
        got.append((await request.json())["text"])
        if (status := next(coming)) == 0:  # the answer is lost, and with it whether it was done
            assert request.transport is not None
            request.transport.abort()
        return web.Response(status=status or 200)

    app = web.Application()
    app.router.add_post("/", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    return runner, got


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


async def everything_said(slack: Slack) -> None:
    async with asyncio.timeout(5):
        await asyncio.gather(*slack._soon)


async def test_what_could_not_leave_us_leaves_when_the_network_is_back(
    slack: Slack, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The network that cut a connection is often our own, and then this way is cut too."""
    monkeypatch.setattr("bot.slack.ONCE_MORE", (0.05,) * 20)
    port = free_port()
    slack.soon_to(f"http://127.0.0.1:{port}/", text="Crisis 1 is opening.")
    await asyncio.sleep(0.1)
    runner, got = await listening(port, 200)
    await everything_said(slack)
    await runner.cleanup()
    assert got == ["Crisis 1 is opening."]
    assert "did not arrive" not in caplog.text


@pytest.mark.parametrize(("status", "why"), [(404, "HTTP 404"), (500, "HTTP 500"), (0, "ServerDisconnectedError")])
async def test_what_has_left_us_is_never_said_twice(
    slack: Slack, status: int, why: str, caplog: pytest.LogCaptureFixture
) -> None:
    port = free_port()
    runner, got = await listening(port, status, 200)
    slack.soon_to(f"http://127.0.0.1:{port}/", text="Crisis 1 is opening.")
    await everything_said(slack)
    await runner.cleanup()
    assert len(got) == 1
    assert f"an answer did not arrive: {why}" in caplog.text


async def test_a_network_that_stays_away_is_given_up_and_logged(
    slack: Slack, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("bot.slack.ONCE_MORE", (0.0, 0.0))
    slack.soon_to(f"http://127.0.0.1:{free_port()}/", text="Crisis 1 is opening.")
    await everything_said(slack)
    assert caplog.text.count("an answer did not arrive: ClientConnectorError") == 1

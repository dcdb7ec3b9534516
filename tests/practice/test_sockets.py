"""Socket Mode as Slack speaks it: with slack_sdk's own client, and word by word on bare connections."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from slack_sdk.errors import SlackApiError
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.web.async_client import AsyncWebClient

from tests.practice.conftest import Practice
from tests.practice.kit import actions, button, field, modal

pytestmark = pytest.mark.asyncio(loop_scope="session")

JSON = dict[str, Any]


@dataclass
class Bare:
    """One connection, and nothing that anybody does by itself."""

    socket: aiohttp.ClientWebSocketResponse

    async def hears(self) -> JSON:
        async with asyncio.timeout(2):
            said: JSON = await self.socket.receive_json()
            return said

    async def acknowledges(self, envelope: JSON, payload: JSON | None = None) -> None:
        await self.socket.send_json(
            {"envelope_id": envelope["envelope_id"], **({"payload": payload} if payload else {})}
        )

    async def is_over(self) -> bool:
        async with asyncio.timeout(2):
            return (await self.socket.receive()).type in (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED)


class App:
    """The app's side: its token, and connections."""

    def __init__(self, practice: Practice, session: aiohttp.ClientSession) -> None:
        self.practice, self.session = practice, session
        token = practice.slack.settings.app_token
        self.client = AsyncWebClient(token, base_url=f"{practice.address}/api/", retry_handlers=[])
        self.stack = AsyncExitStack()

    async def address(self) -> str:
        return str((await self.client.apps_connections_open(app_token=self.client.token or ""))["url"])

    async def connection(self) -> Bare:
        return Bare(await self.stack.enter_async_context(self.session.ws_connect(await self.address())))

    async def greeted(self) -> Bare:
        bare = await self.connection()
        assert (await bare.hears())["type"] == "hello"
        return bare


@pytest_asyncio.fixture(loop_scope="session")
async def app(practice: Practice) -> AsyncIterator[App]:
    practice.slack.settings.socket_mode = True
    async with aiohttp.ClientSession() as session:
        made = App(practice, session)
        async with made.stack:
            yield made


async def refused(client: AsyncWebClient, method: str, **more: Any) -> str:
    with pytest.raises(SlackApiError) as no:
        await client.api_call(method, **more)
    return str(no.value.response["error"])


async def test_an_address_is_given_for_the_app_token_alone_and_lets_one_in(practice: Practice, app: App) -> None:
    url = await app.address()
    assert url.startswith(practice.address.replace("http", "ws") + "/link/?ticket=")
    assert "app_id=A0AMENDS" in url
    async with app.session.ws_connect(url) as socket:
        hello = await socket.receive_json()
        assert hello == {
            "type": "hello",
            "num_connections": 1,
            "debug_info": {"host": "applink-practice", "build_number": 1, "approximate_connection_time": 3600},
            "connection_info": {"app_id": "A0AMENDS"},
        }
    with pytest.raises(aiohttp.WSServerHandshakeError, match="403"):
        await app.session.ws_connect(url)
    with pytest.raises(aiohttp.WSServerHandshakeError, match="403"):
        await app.session.ws_connect(url.partition("?")[0])
    opens = "apps.connections.open"
    assert await refused(practice.client, opens) == "not_allowed_token_type"
    assert await refused(app.client, "auth.test") == "not_allowed_token_type"
    nobody = AsyncWebClient(base_url=f"{practice.address}/api/", retry_handlers=[])
    assert await refused(nobody, opens, data={"token": app.client.token}) == "not_authed", (
        "in the header, or not at all"
    )
    assert await refused(app.client, opens, http_verb="GET") == "insecure_request"
    assert await refused(AsyncWebClient("xapp-old", base_url=f"{practice.address}/api/"), opens) == "invalid_auth"
    practice.slack.settings.app_scopes = frozenset()
    assert await refused(app.client, opens) == "missing_scope"
    practice.slack.settings.socket_mode = False
    practice.slack.settings.app_scopes = frozenset({"connections:write"})
    assert await refused(app.client, opens) == "access_denied"


async def test_addresses_are_not_given_in_a_hot_loop(practice: Practice, app: App) -> None:
    for _ in range(10):
        await app.address()
    assert await refused(app.client, "apps.connections.open") == "ratelimited"
    practice.clock.now += 60
    await app.address()


async def test_the_eleventh_connection_is_one_too_many(practice: Practice, app: App) -> None:
    ten = [await app.greeted() for _ in range(10)]
    practice.clock.now += 60
    eleventh = await app.connection()
    said = await eleventh.hears()
    assert (said["type"], said["reason"]) == ("disconnect", "too_many_websockets")
    assert await eleventh.is_over()
    await ten[0].socket.close()
    assert await practice.ws.sockets(9) == 9
    practice.clock.now += 60
    await app.greeted()


async def test_a_command_goes_to_any_one_of_them_and_its_answer_rides_on_the_acknowledgement(
    practice: Practice, app: App
) -> None:
    first, second = await app.greeted(), await app.greeted()
    said = []
    for _ in range(2):
        typed = asyncio.create_task(practice.ws.person("Dana").types("/crisis status"))
        reached = {asyncio.create_task(one.hears()): one for one in (first, second)}
        done, left = await asyncio.wait(reached, return_when=asyncio.FIRST_COMPLETED)
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
        [got] = done
        envelope = got.result()
        assert (envelope["type"], envelope["accepts_response_payload"]) == ("slash_commands", True)
        assert envelope["payload"]["text"] == "status"
        assert set(envelope) == {"envelope_id", "payload", "type", "accepts_response_payload"}
        by_the_other = first if reached[got] is second else second
        await by_the_other.acknowledges(envelope, {"text": "from elsewhere"})
        await reached[got].acknowledges(envelope, {"text": "Nothing is open."})
        said.append((reached[got], (await typed).said))
    assert [words for _line, words in said] == ["Nothing is open."] * 2
    assert said[0][0] is not said[1][0], "in turn, so that whoever relies on one of them is found out"
    assert practice.bot.got == [], "nothing goes to the address any more"
    [sent, _] = await practice.ws.deliveries()
    assert sent.payload["command"] == "/crisis"
    assert (sent.kind, sent.status, sent.error) == ("command", None, None)


async def test_forms_are_answered_on_the_acknowledgement_too(practice: Practice, app: App) -> None:
    practice.slack.settings.socket_mode = False
    await practice.opened(modal(field("What?", "what")))
    practice.slack.settings.socket_mode = True
    line, dana = await app.greeted(), practice.ws.person("Dana")
    submits = asyncio.create_task(dana.submits({"What?": "parcels"}))
    envelope = await line.hears()
    assert (envelope["type"], envelope["accepts_response_payload"]) == ("interactive", True)
    assert envelope["payload"]["type"] == "view_submission"
    await line.acknowledges(envelope, {"response_action": "errors", "errors": {"what": "Too short"}})
    shown = (await submits).modal
    assert shown is not None
    assert shown.errors == {"What?": "Too short"}


async def test_what_nobody_acknowledges_is_an_error_on_the_persons_screen(practice: Practice, app: App) -> None:
    await practice.client.chat_postMessage(channel="C0WATCH", text="Decide", blocks=[actions(button("Yes", "a.yes"))])
    dana = practice.ws.person("Dana")
    nobody = await dana.types("/crisis")
    assert nobody.error == '/crisis failed with the error "dispatch_failed"'
    line = await app.greeted()
    await practice.ws.set(deadline=0.05)
    silence = await dana.types("/crisis")
    assert silence.error == '/crisis failed with the error "operation_timeout"'
    pressed = await dana.presses("Yes")
    assert "operation_timeout" in (pressed.error or "")
    await line.acknowledges(await line.hears(), {"text": "too late"})
    await line.acknowledges(await line.hears())
    await practice.ws.settle(0.1)
    assert [sent.retry for sent in await practice.ws.deliveries()] == [0, 0, 0], "what people do never comes again"


async def test_an_unacknowledged_event_comes_again_until_it_is_acknowledged(practice: Practice, app: App) -> None:
    await practice.ws.set(retry_delays=[0, 0, 0], deadline=0.05)
    line = await app.greeted()
    await practice.ws.deactivate("Leo")
    first, second, third = await line.hears(), await line.hears(), await line.hears()
    await line.acknowledges(third)
    assert {one["type"] for one in (first, second, third)} == {"events_api"}
    assert [one["retry_attempt"] for one in (first, second, third)] == [0, 1, 2]
    assert [one["retry_reason"] for one in (first, second, third)] == ["", "timeout", "timeout"]
    assert len({one["payload"]["event_id"] for one in (first, second, third)}) == 1
    assert len({one["envelope_id"] for one in (first, second, third)}) == 3
    await practice.ws.settle(0.1)
    assert [sent.error for sent in await practice.ws.deliveries()] == ["operation_timeout", "operation_timeout", None]


@pytest.mark.parametrize("reason", ["refresh_requested", "warning"])
async def test_a_connection_that_is_to_be_replaced_works_until_slack_hangs_up(
    practice: Practice, app: App, reason: str
) -> None:
    await practice.ws.set(grace=0.15)
    line = await app.greeted()
    await practice.ws.refresh(reason=reason)
    assert await line.hears() == {"type": "disconnect", "reason": reason, "debug_info": {"host": "applink-practice"}}
    typed = asyncio.create_task(practice.ws.person("Dana").types("/crisis"))
    await line.acknowledges(await line.hears(), {"text": "still here"})
    assert (await typed).said == "still here"
    assert await line.is_over()
    assert await practice.ws.sockets() == 0


async def test_an_old_connection_is_to_be_replaced_by_itself(practice: Practice, app: App) -> None:
    await practice.ws.set(connection_seconds=0.05, grace=0.0)
    line = await app.greeted()
    assert (await line.hears())["reason"] == "warning"
    assert await line.is_over()


async def test_lines_are_cut_and_socket_mode_is_turned_off(practice: Practice, app: App) -> None:
    first, second = await app.greeted(), await app.greeted()
    await practice.ws.cut()
    assert (await first.socket.receive()).type in (aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.ERROR)
    assert first.socket.close_code == 1006, "nobody said goodbye"
    assert await practice.ws.sockets() == 1
    await practice.ws.set(socket_mode=False)
    assert (await second.hears())["reason"] == "link_disabled"
    assert await second.is_over()
    await practice.ws.person("Dana").types("/crisis")
    assert practice.bot.last("command")["command"] == "/crisis", "now it goes to the address again"


@asynccontextmanager
async def with_slacks_client(app: App) -> AsyncIterator[SocketModeClient]:
    client = SocketModeClient(app_token=app.client.token or "", web_client=app.client, ping_interval=0.2)

    async def answer(client: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
        response = SocketModeResponse(envelope_id=request.envelope_id, payload={"text": json.dumps(request.type)})
        await client.send_socket_mode_response(response)

    client.socket_mode_request_listeners.append(answer)
    await client.connect()  # type: ignore[no-untyped-call]
    try:
        yield client
    finally:
        await client.close()  # type: ignore[no-untyped-call]


async def test_slacks_own_client_works_through_a_refresh_and_a_cut(practice: Practice, app: App) -> None:
    async with with_slacks_client(app):
        await practice.ws.sockets(1)
        dana = practice.ws.person("Dana")
        assert (await dana.types("/crisis")).said == '"slash_commands"'
        for trouble in (practice.ws.refresh, practice.ws.cut):
            [old] = practice.slack.courier.sockets.connections
            await trouble()
            beat = 0
            async with asyncio.timeout(5):
                while practice.slack.courier.sockets.connections in ([], [old]):
                    beat = await practice.ws.changed(beat, 1)
            assert (await dana.types("/crisis")).said == '"slash_commands"'

"""Socket Mode: the connections that the bot opens to us, and envelopes that go to any one of them.

Sources: Slack's page on Socket Mode, the envelopes recorded in the SDKs' tests, and their issues on
`too_many_websockets`. What a connection may still expect after a `disconnect` is written nowhere: here it stays in use
until it is closed, ten seconds later at the latest.
"""

import asyncio
import contextlib
import json
import secrets
from dataclasses import dataclass, field
from typing import Any

from starlette.websockets import WebSocket, WebSocketDisconnect

from bot.practice.api import Arguments, Desk, method
from bot.practice.carriers import JSON_TYPE, Sent
from bot.practice.nouns import JSON
from bot.practice.refusal import UNVERIFIED, SlackRefusal
from bot.practice.settings import PracticeSettings
from bot.practice.state import APP_ID, State

MOST = 10
"""Open connections of one app, all its tokens and processes together."""
LINK = "/link/"
HOST = "applink-practice"
_TYPES = {"command": "slash_commands", "event": "events_api"}


@method("apps.connections.open")
def open_connection(desk: Desk, _args: Arguments) -> JSON:
    """An address with a ticket that lets one connection in."""
    if "connections:write" not in desk.settings.app_scopes:
        raise SlackRefusal("missing_scope", extra={"needed": "connections:write", "provided": ""})
    if not desk.settings.socket_mode:
        raise SlackRefusal("access_denied", f"{UNVERIFIED} (Socket Mode is off)")
    ticket = secrets.token_urlsafe(12)
    desk.state.tickets.add(ticket)
    address = desk.settings.public_url.replace("http", "ws", 1)
    return {"url": f"{address}{LINK}?ticket={ticket}&app_id={APP_ID}"}


@dataclass(eq=False)
class Connection:
    """One of the bot's sockets."""

    socket: WebSocket
    waiting: dict[str, asyncio.Future[JSON]] = field(default_factory=dict)
    """Envelopes that are not acknowledged yet."""
    frozen: bool = False

    async def say(self, message: JSON) -> None:
        """Nobody hears it when the line has gone dead."""
        if self.frozen:
            return
        with contextlib.suppress(RuntimeError, WebSocketDisconnect):
            await self.socket.send_text(json.dumps(message))

    async def until_closed(self) -> None:
        """Takes acknowledgements in. One for an envelope that was not sent here, or came too late, counts for nothing."""
        while True:
            try:
                said = json.loads(await self.socket.receive_text())
            except ValueError:
                continue
            envelope = said.get("envelope_id") if isinstance(said, dict) else None
            waiting = self.waiting.pop(str(envelope), None)
            if waiting is not None and not waiting.done():
                waiting.set_result(said)

    @property
    def transport(self) -> Any:
        """ASGI has no word for a cut line, so we ask uvicorn's own object."""
        receive = self.socket._receive
        transport = getattr(getattr(receive, "__self__", None), "transport", None)
        if transport is None:
            raise RuntimeError("Only uvicorn's connections can be cut")
        return transport


class BySocket:
    """Every open connection of the app, and envelopes for any one of them."""

    def __init__(self, state: State, settings: PracticeSettings) -> None:
        self.state, self.settings = state, settings
        self.connections: list[Connection] = []
        self.cut_when_heard = 0
        """So many of the next envelopes arrive, and their connections break before anything comes back."""
        self._turn = 0
        self._tasks: set[asyncio.Task[None]] = set()

    async def serve(self, socket: WebSocket) -> None:
        """One connection, from its ticket to its end."""
        ticket = socket.query_params.get("ticket", "")
        if ticket not in self.state.tickets:
            await socket.close()  # before it was accepted: HTTP 403
            return
        self.state.tickets.discard(ticket)
        await socket.accept()
        connection = Connection(socket)
        if len(self.connections) >= MOST:
            await connection.say({"type": "disconnect", "reason": "too_many_websockets", "debug_info": {"host": HOST}})
            await socket.close()
            return
        self.connections.append(connection)
        self.state.pulse.tick()
        await connection.say(
            {
                "type": "hello",
                "num_connections": len(self.connections),
                "debug_info": {
                    "host": HOST,
                    "build_number": 1,
                    "approximate_connection_time": int(self.settings.connection_seconds),
                },
                "connection_info": {"app_id": APP_ID},
            }
        )
        ageing = self._soon(self._until_old(connection))
        try:
            await connection.until_closed()
        except WebSocketDisconnect:
            pass
        finally:
            ageing.cancel()
            self._forget(connection)

    def _forget(self, connection: Connection) -> None:
        if connection in self.connections:
            self.connections.remove(connection)
            self.state.pulse.tick()

    def _soon(self, work: Any) -> asyncio.Task[None]:
        task: asyncio.Task[None] = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _until_old(self, connection: Connection) -> None:
        await asyncio.sleep(self.settings.connection_seconds)
        await self.refresh([connection], "warning")

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for connection in list(self.connections):
            await self._close(connection)

    # Carrying

    def packed(self, _kind: str, said: JSON) -> tuple[bytes, str]:
        return json.dumps(said).encode(), JSON_TYPE

    async def carry(self, sent: Sent, reason: str | None) -> None:
        """To whichever connection has its turn; whoever gets it answers on the same one."""
        if not self.connections:
            sent.error = "dispatch_failed"
            return
        self._turn += 1
        connection = self.connections[self._turn % len(self.connections)]
        envelope_id = secrets.token_hex(8)
        envelope = {
            "envelope_id": envelope_id,
            "payload": json.loads(sent.raw),
            "type": _TYPES.get(sent.kind, "interactive"),
            "accepts_response_payload": sent.kind in ("command", "view_submission", "block_suggestion"),
        }
        if sent.kind == "event":
            envelope |= {"retry_attempt": sent.retry, "retry_reason": reason or ""}
        acknowledged: asyncio.Future[JSON] = asyncio.get_running_loop().create_future()
        connection.waiting[envelope_id] = acknowledged
        try:
            async with asyncio.timeout(self.settings.deadline):
                await connection.say(envelope)
                if self.cut_when_heard:
                    self.cut_when_heard -= 1
                    self.cut([connection])
                payload = (await acknowledged).get("payload")
        except TimeoutError:
            sent.error = "operation_timeout"
            return
        finally:
            connection.waiting.pop(envelope_id, None)
        if payload is not None:
            sent.body, sent.answer_type = json.dumps(payload), JSON_TYPE

    def reason(self, error: str | None) -> str:
        return "timeout"  # the only one that the SDKs' tests have recorded

    # What Slack does to connections, and what happens to them

    async def refresh(self, connections: list[Connection], reason: str) -> None:
        """Ask the bot to come anew; the connection stays in use until it is closed, by the bot or after the grace."""
        for connection in connections:
            await connection.say({"type": "disconnect", "reason": reason, "debug_info": {"host": HOST}})
            self._soon(self._after_the_grace(connection))

    async def _after_the_grace(self, connection: Connection) -> None:
        await asyncio.sleep(self.settings.grace)
        self._forget(connection)  # nothing more goes to it
        while connection.waiting:  # noqa: ASYNC110 - each of them has its deadline
            await asyncio.sleep(0.02)
        await self._close(connection)

    async def _close(self, connection: Connection) -> None:
        self._forget(connection)
        with contextlib.suppress(RuntimeError, WebSocketDisconnect):
            await connection.socket.close()

    def cut(self, connections: list[Connection]) -> None:
        """The line is gone, without a word."""
        for connection in connections:
            self._forget(connection)
            connection.transport.abort()

    def freeze(self, connections: list[Connection]) -> None:
        """The line looks open from both ends and carries nothing any more: a firewall has forgotten it."""
        for connection in connections:
            connection.frozen = True
            connection.transport.pause_reading()

    async def turned_off(self) -> None:
        """Socket Mode is off for this app."""
        for connection in list(self.connections):
            await connection.say({"type": "disconnect", "reason": "link_disabled", "debug_info": {"host": HOST}})
            await self._close(connection)

"""Socket Mode: what people do comes over connections that we open, so nobody needs to reach us.

There are two at a time, each kept for itself: when one breaks, the other is there. When Slack wants one replaced, the
new one is open before the old one closes, and the old one is answered on until Slack hangs up. slack_sdk's own client
closes first, acknowledges on whichever connection is the current one, and leaves nothing in between to wait with
(docs/decisions/0005).
"""

import asyncio
import logging
from collections.abc import Callable
from json import dumps, loads
from typing import Any

import aiohttp
from slack_bolt.adapter.socket_mode.async_internals import run_async_bolt_app
from slack_bolt.async_app import AsyncApp
from slack_bolt.response import BoltResponse
from slack_sdk.socket_mode.request import SocketModeRequest

from bot.core.effects import Later
from bot.slack import Slack, SlackRefused

log = logging.getLogger(__name__)

Instead = Callable[[dict[str, Any], dict[str, Any]], None]
"""Takes what Slack sent and what the acknowledgement would have said, and says it by another way."""

CONNECTIONS = 2
"""For each process. Slack allows ten an app, and for a moment each may be two."""
PAUSES = (0.0, 0.2, 1.0, 2.0, 5.0, 10.0, 30.0)
"""Seconds before the next try, by how often it went wrong in a row."""
STEADY = 10.0
"""Seconds after which a connection has held; whatever happens to it then is a new trouble, not the old one."""
REFUSED = 30.0
"""Seconds before we ask again where Slack has said no: somebody has to mend something first."""
HELLO = 10.0
"""Seconds until Slack has greeted us."""
OLD = 30.0
"""Seconds until we close a connection that has been replaced; Slack does it after about ten."""
IN_HAND = 2.5
"""Seconds for listeners in hand when we leave: they answer within two."""


class Line:
    """One connection, from Slack's greeting to its end."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse, bolt: AsyncApp, instead: Instead) -> None:
        self.socket = socket
        self.bolt = bolt
        self.instead = instead
        self.used_up = asyncio.Event()
        """Slack wants it replaced, or it is gone."""
        self.why = "lost"
        self.began = asyncio.get_running_loop().time()
        self._in_hand: set[asyncio.Task[None]] = set()

    @property
    def held(self) -> bool:
        return asyncio.get_running_loop().time() - self.began >= STEADY

    async def listen(self) -> None:
        """Until it is closed. Every envelope has a task: no acknowledgement waits for somebody else's listener."""
        try:
            async for message in self.socket:
                if message.type == aiohttp.WSMsgType.TEXT:
                    self._heard(message.data)
        finally:
            self.used_up.set()

    def _heard(self, words: str) -> None:
        said = _read(words)
        if said.get("type") == "disconnect":
            self.why = str(said.get("reason"))
            self.used_up.set()
        elif (envelope := _envelope(said)) is not None:
            task = asyncio.get_running_loop().create_task(self._answer(envelope))
            self._in_hand.add(task)
            task.add_done_callback(self._in_hand.discard)

    async def _answer(self, envelope: SocketModeRequest) -> None:
        """Acknowledges with what the listener says, where it was asked.

        An event that is not acknowledged comes again. What somebody did does not, and it is done by now: they read
        Slack's own error, and what we have to say reaches them by another way.
        """
        try:
            response = await run_async_bolt_app(self.bolt, envelope)
        except Exception:
            log.exception("an envelope could not be answered")
            return
        if response.status != 200:
            return
        said = _said(response)
        try:
            await self.socket.send_str(
                dumps({"envelope_id": envelope.envelope_id, **({"payload": said} if said else {})})
            )
        except (aiohttp.ClientError, ConnectionError):
            log.warning("an acknowledgement did not arrive: the connection was lost meanwhile")
            if said:
                self.instead(envelope.payload, said)

    async def leave(self, within: float) -> None:
        """Closes it once everything in hand is acknowledged."""
        loop = asyncio.get_running_loop()
        end = loop.time() + within
        while self._in_hand and (left := end - loop.time()) > 0:
            await asyncio.wait(self._in_hand, timeout=left)
        await self.socket.close()


def _read(words: str) -> dict[str, Any]:
    try:
        said = loads(words)
    except ValueError:
        said = None
    if not isinstance(said, dict):
        log.warning("something on the socket is not what Slack sends")
        return {}
    return said


def _envelope(said: dict[str, Any]) -> SocketModeRequest | None:
    return SocketModeRequest.from_dict(said) if isinstance(said.get("payload"), dict) else None


def _said(response: BoltResponse) -> dict[str, Any]:
    """What the acknowledgement carries: a command's answer, what a form turns into; mostly nothing."""
    if not response.body:
        return {}
    is_json = response.first_headers().get("content-type", "").startswith("application/json")
    said: dict[str, Any] = loads(response.body) if is_json else {"text": response.body}
    return said


class SocketMode:
    """The connections of this process, kept for as long as it runs."""

    def __init__(self, slack: Slack, bolt: AsyncApp, instead: Instead) -> None:
        self.slack = slack
        """With the app-level token, which opens connections and nothing else."""
        self.bolt = bolt
        self.instead = instead
        self._lines: dict[Line, asyncio.Task[None]] = {}
        self._keepers: set[asyncio.Task[None]] = set()
        self._said: set[str] = set()
        """Troubles of this outage that the log has already."""

    @property
    def state(self) -> str:
        """How it is, for whoever looks."""
        there = sum(not line.used_up.is_set() for line in self._lines)
        return f"{there} of {CONNECTIONS} connections"

    async def start(self) -> None:
        """From here on Slack reaches us. Raises Later or SlackRefused where it does not; then it may be called again."""
        tries = await asyncio.gather(*(self._opened() for _ in range(CONNECTIONS)), return_exceptions=True)
        lines = [one if isinstance(one, Line) else None for one in tries]
        if not any(lines):
            raise next(one for one in tries if isinstance(one, BaseException))
        for line in lines:
            keeper = asyncio.get_running_loop().create_task(self._keep(line))
            self._keepers.add(keeper)

    async def leave(self) -> None:
        """Opens nothing more, acknowledges what is in hand, and closes."""
        for keeper in self._keepers:
            keeper.cancel()
        await asyncio.gather(*self._keepers, return_exceptions=True)
        await asyncio.gather(*(line.leave(IN_HAND) for line in self._lines))
        await asyncio.gather(*self._lines.values(), return_exceptions=True)
        await self.slack.close()

    async def _keep(self, line: Line | None) -> None:
        """One connection after the other; when one is used up, the next is opened at once, and then with patience."""
        troubles = 0
        while True:
            pause = 0.0
            if line is not None:
                await line.used_up.wait()
                self._note(line)
                troubles = 0 if line.held else troubles + 1
            old, line = line, None
            while line is None:
                await asyncio.sleep(max(pause, PAUSES[min(troubles, len(PAUSES) - 1)]))
                try:
                    line = await self._opened()
                except Later as later:
                    pause = later.after or 0.0
                    self._trouble(f"Slack cannot reach us; trying again ({later})")
                except SlackRefused as no:
                    pause = REFUSED
                    self._trouble(f"Slack refuses the connection; see SLACK_APP_TOKEN and Socket Mode ({no})")
                except Exception:  # a keeper that ends would leave us deaf
                    pause = REFUSED
                    log.exception("a connection could not be opened")
                troubles += line is None
            if self._said:
                log.warning("Slack reaches us again")
                self._said.clear()
            if old is not None and old in self._lines:
                asyncio.get_running_loop().call_later(OLD, self._lines[old].cancel)

    def _note(self, line: Line) -> None:
        if line.why == "link_disabled":
            self._trouble("Socket Mode was turned off for this app: turn it on again, or unset SLACK_APP_TOKEN")
        elif line.why == "lost":
            log.warning("a connection to Slack was lost; opening another")

    def _trouble(self, sentence: str) -> None:
        """Once in an outage, however often we try."""
        if sentence not in self._said:
            self._said.add(sentence)
            log.warning(sentence)

    async def _opened(self) -> Line:
        """A connection on which Slack has greeted us. Raises Later or SlackRefused."""
        address = await self.slack.call("apps.connections.open")
        socket = await self.slack.socket(address["url"])
        try:
            await _greeted(socket)
        except BaseException:
            await socket.close()
            raise
        line = Line(socket, self.bolt, self.instead)
        self._lines[line] = asyncio.get_running_loop().create_task(self._listen(line))
        return line

    async def _listen(self, line: Line) -> None:
        try:
            await line.listen()
        finally:
            await line.socket.close()
            self._lines.pop(line, None)


async def _greeted(socket: aiohttp.ClientWebSocketResponse) -> None:
    """Raises Later when Slack says something else than hello."""
    try:
        async with asyncio.timeout(HELLO):
            message = await socket.receive()
    except TimeoutError:
        raise Later("no greeting on the socket") from None
    said = _read(message.data) if message.type == aiohttp.WSMsgType.TEXT else {}
    if said.get("type") == "hello":
        return
    if said.get("reason") == "too_many_websockets":
        raise Later("too_many_websockets: Slack allows one app ten connections, and each process takes two")
    raise Later(f"no greeting on the socket but {said.get('reason') or 'its end'}")

"""The only door to Slack.

Every call is tried once: the SDK's silent repeat of a broken connection would send a post twice. What went wrong is
sorted into three kinds: `Later` (wait, perhaps look first), `SlackRefused` (Slack's rules say no, for ever), and bugs.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import dataclass
from json import dumps
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient

from bot.core.effects import Later
from bot.models import ChannelId, Person, TeamId, UserId
from bot.roster import from_outside

log = logging.getLogger(__name__)

TIMEOUT = 10
"""Seconds for one call. Slack answers in tenths of one; after this the outcome is unknown."""
WORTH_WAITING = 3
"""Seconds after which an answer still is one."""
LAST_ANSWERS = 1.5
"""Seconds for answers that are on their way when we stop."""
ONCE_MORE = (1.0, 3.0, 10.0, 30.0)
"""Seconds until words are tried again that could not even leave us: their address is good for half an hour."""
PASSING = {"ratelimited", "rate_limited", "service_unavailable", "team_added_to_org", "request_timeout"}
UNKNOWN = {"fatal_error", "internal_error"}
"""Part of the work may have been done (Slack's own words): look before repeating."""
DEAD_TOKEN = {"token_revoked", "token_expired", "account_inactive", "invalid_auth", "not_authed"}
"""The app was removed or its token replaced: nothing is lost while somebody mends that."""
OURS = {"auth.test", "apps.connections.open"}
"""They ask about the token itself, so a dead one is the answer."""
HEARTBEAT = 5.0
"""Seconds between the pings of a socket: half as long again without a word, and the line is dead."""
GOODBYE = 1.0
"""Seconds for a socket to be closed from the other end too. Slack leaves the line open, so nobody waits for that."""
EFFECT = "amends_effect"
"""The metadata of our posts: the effect's opaque id and nothing else, for any app can read it."""


class SlackRefused(Exception):
    """Slack says no, and would again: `error` is its code."""

    def __init__(self, method: str, error: str, details: str = "") -> None:
        super().__init__(f"{method}: {error}{f' ({details})' if details else ''}")
        self.error = error


@dataclass(frozen=True)
class Installed:
    """Who we are, from `auth.test` once at start."""

    team: TeamId
    team_name: str
    bot_user: UserId
    bot_id: str
    url: str
    scopes: frozenset[str]


class Slack:
    """Calls, sorted errors, and `soon` for what is worthless later."""

    def __init__(self, token: str, base_url: str) -> None:
        self.client = AsyncWebClient(token=token, base_url=base_url, retry_handlers=[], timeout=TIMEOUT)
        self._session: aiohttp.ClientSession | None = None
        self._soon: set[asyncio.Task[None]] = set()

    async def open(self) -> None:
        """One connection pool for the process; the SDK would open a new session for every call."""
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=TIMEOUT))
        self.client.session = self._session

    async def close(self) -> None:
        """Answers on their way get a moment to arrive; then the connections end."""
        if self._soon:
            await asyncio.wait(self._soon, timeout=LAST_ANSWERS)
        for task in self._soon:
            task.cancel()
        await asyncio.gather(*self._soon, return_exceptions=True)
        if self._session is not None:
            await self._session.close()

    async def call(self, method: str, **arguments: Any) -> dict[str, Any]:
        """One call of the Web API, once.

        Raises Later (with `after` seconds when Slack names them, `unknown` when it may have taken effect all the
        same) or SlackRefused.
        """
        try:
            response = await self.client.api_call(method, data=_form(arguments))
        except SlackApiError as trouble:
            raise _sorted(method, trouble) from trouble
        except aiohttp.ClientConnectorError as trouble:
            raise Later(f"{method}: Slack cannot be reached", unknown=False) from trouble
        except (aiohttp.ClientError, TimeoutError, SlackClientError, ConnectionError) as trouble:
            raise Later(f"{method}: {type(trouble).__name__}", unknown=True) from trouble
        if not isinstance(response.data, dict):
            raise Later(f"{method}: not an answer of Slack's", unknown=True)
        return response.data

    async def socket(self, url: str) -> aiohttp.ClientWebSocketResponse:
        """The socket that Slack gave us an address for; the address opens it once, so no log may hold it. Raises Later."""
        assert self._session is not None, "open() comes first"
        try:
            return await self._session.ws_connect(
                url,
                heartbeat=HEARTBEAT,
                timeout=aiohttp.ClientWSTimeout(ws_close=GOODBYE),
                proxy=self.client.proxy,
                ssl=True if self.client.ssl is None else self.client.ssl,
            )
        except (aiohttp.ClientError, TimeoutError, ConnectionError) as trouble:
            raise Later(_socket_trouble(trouble)) from None

    def soon(self, method: str, instead: Callable[[], None] | None = None, /, **arguments: Any) -> None:
        """Tried once, in the background: a modal's trigger lives three seconds, an ephemeral line until the next reload.

        `instead` is done where it failed.
        """
        self._background(self._once(method, arguments, instead))

    def soon_to(self, url: str, **message: Any) -> None:
        """A message to the address that Slack gave us for answering one press or command."""
        self._background(self._once_to(url, message))

    async def upload(self, url: str, content: bytes) -> None:
        """The bytes of a file, to the address that `files.getUploadURLExternal` gave. Nobody sees it before it is shared."""
        assert self._session is not None, "open() comes first"
        try:
            async with self._session.post(url, data=content) as answer:
                status = answer.status
        except (aiohttp.ClientError, TimeoutError, ConnectionError) as trouble:
            raise Later(f"upload: {type(trouble).__name__}") from trouble
        if status == 429 or status >= 500:
            raise Later(f"upload: HTTP {status}")
        if status != 200:
            raise SlackRefused("upload", f"HTTP {status}")

    def _background(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._soon.add(task)
        task.add_done_callback(self._soon.discard)

    async def _once(self, method: str, arguments: dict[str, Any], instead: Callable[[], None] | None) -> None:
        try:
            await self._call_in_time(method, arguments)
        except (Later, SlackRefused) as trouble:
            log.warning("an answer did not arrive: %s", trouble)
            if instead is not None:
                instead()

    async def _call_in_time(self, method: str, arguments: dict[str, Any]) -> None:
        """What Slack refused for the pace alone was not done, so it may come again: once, and soon or not at all."""
        try:
            await self.call(method, **arguments)
        except Later as later:
            if later.after is None or later.unknown or later.after > WORTH_WAITING:
                raise
            await asyncio.sleep(later.after)
            await self.call(method, **arguments)

    async def _once_to(self, url: str, message: dict[str, Any]) -> None:
        """Said once; tried again only while Slack cannot be reached at all, as when our own network is away."""
        assert self._session is not None, "open() comes first"
        for pause in (*ONCE_MORE, None):
            try:
                async with self._session.post(url, json=message) as answer:
                    if answer.status != 200:
                        log.warning("an answer did not arrive: HTTP %s", answer.status)
            except (aiohttp.ClientError, TimeoutError, ConnectionError) as trouble:
                if pause is not None and isinstance(trouble, aiohttp.ClientConnectorError):
                    await asyncio.sleep(pause)
                    continue
                log.warning("an answer did not arrive: %s", type(trouble).__name__)
            return

    async def installed(self) -> Installed:
        """`auth.test`: whose token this is and which scopes it has."""
        try:
            response = await self.client.api_call("auth.test")
        except SlackApiError as trouble:
            raise _sorted("auth.test", trouble) from trouble
        except (aiohttp.ClientError, TimeoutError, SlackClientError, ConnectionError) as trouble:
            raise Later(f"auth.test: {type(trouble).__name__}") from trouble
        headers = {name.lower(): value for name, value in (response.headers or {}).items()}
        scopes = headers.get("x-oauth-scopes", "")
        return Installed(
            team=TeamId(response["team_id"]),
            team_name=response["team"],
            bot_user=UserId(response["user_id"]),
            bot_id=response.get("bot_id") or "",
            url=response.get("url") or "",
            scopes=frozenset(scope.strip() for scope in scopes.split(",") if scope.strip()),
        )

    async def pages(self, method: str, items: str, **arguments: Any) -> AsyncIterator[dict[str, Any]]:
        """Everything a listing method has, page by page; a 429 is waited out, for nobody is waiting here."""
        cursor = ""
        while True:
            try:
                page = await self.call(method, limit=200, cursor=cursor or None, **arguments)
            except Later as later:
                if later.after is None:
                    raise
                await asyncio.sleep(later.after)
                continue
            for item in page.get(items, []):
                yield item
            cursor = (page.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                return


def _form(arguments: dict[str, Any]) -> dict[str, str]:
    """As a form, which every method takes: most that read ignore what comes as JSON, without a word."""
    return {
        name: value if isinstance(value, str) else dumps(value)
        for name, value in arguments.items()
        if value is not None
    }


def _socket_trouble(trouble: Exception) -> str:
    """What went wrong, without the address."""
    status = f" {trouble.status}" if isinstance(trouble, aiohttp.ClientResponseError) else ""
    return f"the socket: {type(trouble).__name__}{status}"


def _sorted(method: str, trouble: SlackApiError) -> Exception:
    response: Any = trouble.response
    status = getattr(response, "status_code", 0)
    headers = {name.lower(): value for name, value in (getattr(response, "headers", None) or {}).items()}
    data = response.data if isinstance(getattr(response, "data", None), dict) else {}
    error = str(data.get("error") or f"HTTP {status}")
    if status == 429 or error in PASSING:
        return Later(f"{method}: {error}", after=float(headers.get("retry-after", 1)))
    if error in DEAD_TOKEN and method not in OURS:
        return Later(f"{method}: {error}", after=30)
    if status >= 500 or error in UNKNOWN or not data:
        return Later(f"{method}: {error}", unknown=True)
    details = "; ".join((data.get("response_metadata") or {}).get("messages", [])) or str(data.get("needed") or "")
    return SlackRefused(method, error, details)


class SlackDirectory:
    """Who and what is in the workspace, for the roster."""

    def __init__(self, slack: Slack, team: TeamId) -> None:
        self.slack = slack
        self.team = team
        self._groups: dict[str, str] | None = None
        self._channels: dict[str, ChannelId] | None = None

    async def people(self) -> list[dict[str, Any]]:
        return [member async for member in self.slack.pages("users.list", "members", include_locale=True)]

    async def by_email(self, email: str) -> str | None:
        try:
            found = await self.slack.call("users.lookupByEmail", email=email)
        except SlackRefused as no:
            if no.error == "users_not_found":
                return None
            raise
        return str(found["user"]["id"])

    async def group_members(self, handle_or_id: str) -> list[str]:
        if self._groups is None:
            found = await self.slack.call("usergroups.list")
            self._groups = {group["handle"]: group["id"] for group in found["usergroups"]}
        name = handle_or_id.removeprefix("@")
        group = name if name in self._groups.values() else self._groups.get(name)
        if group is None:
            return []
        return list((await self.slack.call("usergroups.users.list", usergroup=group))["users"])

    async def channel_id(self, name: str) -> str | None:
        if self._channels is None:
            self._channels = {
                channel["name"]: ChannelId(channel["id"])
                async for channel in self.slack.pages(
                    "conversations.list", "channels", types="public_channel,private_channel", exclude_archived=True
                )
            }
        bare = name.removeprefix("#")
        return bare if bare in self._channels.values() else self._channels.get(bare)


def person_row(team: TeamId, member: dict[str, Any]) -> Person:
    """A row from what Slack says of somebody."""
    profile = member.get("profile") or {}
    return Person.new(
        team=team,
        user=UserId(member["id"]),
        name=profile.get("display_name")
        or profile.get("real_name")
        or member.get("real_name")
        or member.get("name")
        or member["id"],
        email=profile.get("email"),
        locale=member.get("locale"),
        zone=member.get("tz"),
        admin=bool(member.get("is_admin") or member.get("is_owner")),
        active=not member.get("deleted"),
        guest=from_outside(member),
    )

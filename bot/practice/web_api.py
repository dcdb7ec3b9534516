"""`/api/METHOD`: the bot's side of Slack, with its token, scopes, pace, and the faults a story asks for."""

import asyncio
import contextlib
import json
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

# Each of these registers its methods.
from bot.practice import api_chat, api_conversations, api_files, api_marks, api_people, api_views  # noqa: F401
from bot.practice.api import METHODS, Arguments, Desk, missing_scope
from bot.practice.nouns import JSON
from bot.practice.pace import Pace
from bot.practice.refusal import SlackRefusal
from bot.practice.scopes import FORM_ONLY, SCOPES
from bot.practice.settings import PracticeSettings
from bot.practice.state import State

APP_LEVEL = {"apps.connections.open"}  # needs an app-level token, and takes it from the header only
LONGEST_SILENCE = 120.0  # a fault of kind "timeout" holds the line this long


@dataclass
class Call:
    """One Web API call as it happened; `started` and `ended` are monotonic seconds."""

    method: str
    arguments: JSON
    started: float
    ok: bool = False
    error: str | None = None
    status: int = 200
    ended: float = 0.0
    why: tuple[str, ...] = ()  # the sentences beside an error, and the scope that was missing


@dataclass
class Fault:
    """Something that goes wrong on purpose: `kind` is "429", "500", "reset", "timeout", "slow" or one of Slack's error
    codes. What is slow works, and its answer takes `seconds`."""

    kind: str
    times: int = 1
    retry_after: int = 2
    after_effect: bool = False  # the work is done, and only the answer is lost or wrong
    seconds: float = 1.0


@dataclass
class Verdict:
    """What goes back to the bot; no body at all means that the line goes dead."""

    body: JSON | None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


async def sent_arguments(request: Request, method: str) -> JSON:
    """Query, form and JSON body in one: the SDK uses all three. Some methods never look into a JSON body."""
    sent: JSON = dict(request.query_params)
    raw = await request.body()
    content_type = request.headers.get("content-type", "").partition(";")[0]
    if not raw:
        return sent
    if content_type == "application/json":
        try:
            body = json.loads(raw)
        except ValueError:
            raise SlackRefusal("json_not_object") from None
        if not isinstance(body, dict):
            raise SlackRefusal("json_not_object")
        return sent if method in FORM_ONLY else sent | body
    if content_type == "application/x-www-form-urlencoded":
        try:
            return sent | dict(parse_qsl(raw.decode(), keep_blank_values=True))
        except UnicodeDecodeError:
            raise SlackRefusal("invalid_form_data") from None
    raise SlackRefusal("invalid_post_type")


class WebApi:
    """Answers the bot's calls and remembers them."""

    def __init__(self, state: State, settings: PracticeSettings) -> None:
        self.state, self.settings = state, settings
        self.pace = Pace(settings.clock)
        self.calls: list[Call] = []
        self.faults: dict[str, list[Fault]] = {}
        self.in_flight = 0
        self.uninstalled = False
        self._hurried = asyncio.Event()

    async def handle(self, request: Request) -> Response:
        """One call, from its arguments to its answer."""
        call = Call(request.path_params["method"], {}, time.monotonic())
        self.in_flight += 1
        try:
            verdict = await self._verdict(call, request)
            await asyncio.sleep(self.settings.latency / 2)
        finally:
            self.in_flight -= 1
            call.ended = time.monotonic()
            self.calls.append(call)
            self.state.pulse.tick()
        if verdict.body is None:
            return await self._dead_line(request, hold=call.error == "timeout")
        call.status = verdict.status
        scopes = ",".join(sorted(self.settings.scopes))
        return JSONResponse(verdict.body, verdict.status, {"x-oauth-scopes": scopes, **verdict.headers})

    async def _verdict(self, call: Call, request: Request) -> Verdict:
        await asyncio.sleep(self.settings.latency / 2)
        try:
            call.arguments = await sent_arguments(request, call.method)
            self._refuse_strangers(call, request)
            fault = self._next_fault(call.method)
            if fault is not None and fault.kind == "slow":
                await self._slowly(fault.seconds)
                fault = None
            if fault is not None and not fault.after_effect:
                return self._faulty(call, fault)
            answer = self._answer(call)
        except SlackRefusal as refusal:
            call.error = refusal.error
            if call.method in FORM_ONLY and request.headers.get("content-type", "").startswith("application/json"):
                refusal.messages += (f"{call.method} does not read JSON bodies: send a query or a form",)
            missing = refusal.extra.get("needed")
            call.why = refusal.messages + ((f"needs the scope {missing}",) if missing else ())
            return Verdict(refusal.body(), refusal.status, refusal.headers)
        if fault is not None:
            return self._faulty(call, fault)
        call.ok = True
        return Verdict({"ok": True, **answer})

    def _refuse_strangers(self, call: Call, request: Request) -> None:
        if "token" in request.query_params:
            raise SlackRefusal("invalid_auth", "a token in a URL ends up in logs: send it in the Authorization header")
        in_header = request.headers.get("authorization", "").removeprefix("Bearer ")
        if call.method in APP_LEVEL and request.method != "POST":
            raise SlackRefusal("insecure_request")
        token = in_header if call.method in APP_LEVEL else str(call.arguments.pop("token", "")) or in_header
        if not token:
            raise SlackRefusal("not_authed")
        if token not in (self.settings.bot_token, self.settings.app_token):
            raise SlackRefusal("invalid_auth")
        if (token == self.settings.app_token) != (call.method in APP_LEVEL):
            raise SlackRefusal("not_allowed_token_type")
        if self.uninstalled and call.method not in APP_LEVEL:
            raise SlackRefusal("account_inactive")

    def _answer(self, call: Call) -> JSON:
        if call.method not in METHODS:
            raise SlackRefusal("unknown_method", extra={"req_method": call.method})
        arguments = Arguments(call.arguments)
        if self.settings.pace:
            # A person's id and their DM are the same place.
            named = arguments.text("channel") or ""
            direct = self.state.direct(named) if named in self.state.people else None
            channel = direct.id if direct else named
            if wait := self.pace.wait(call.method, channel, distributed=self.settings.distributed):
                raise SlackRefusal("ratelimited", status=429, headers={"retry-after": str(wait)})
        if (needed := SCOPES[call.method]) and not needed & self.settings.scopes:
            raise missing_scope(needed, self.settings.scopes)
        return METHODS[call.method](Desk(self.state, self.settings, call.method), arguments)

    def fails(self, method: str, fault: Fault) -> None:
        """So many of the next calls of this method, or of any (`*`), meet this fault."""
        self.faults.setdefault(method, []).append(fault)

    async def _slowly(self, seconds: float) -> None:
        """So long, or until somebody hurries us."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._hurried.wait()

    def hurry(self) -> None:
        """What is slow now is answered at once."""
        self._hurried.set()
        self._hurried = asyncio.Event()

    def _next_fault(self, method: str) -> Fault | None:
        for name in (method, "*"):
            for fault in self.faults.get(name, []):
                if fault.times > 0:
                    fault.times -= 1
                    return fault
        return None

    def _faulty(self, call: Call, fault: Fault) -> Verdict:
        call.ok, call.error = False, fault.kind
        match fault.kind:
            case "429":
                call.error = "ratelimited"
                return Verdict({"ok": False, "error": "ratelimited"}, 429, {"retry-after": str(fault.retry_after)})
            case "500":
                return Verdict({"ok": False, "error": "internal_error"}, 500)
            case "reset" | "timeout":
                call.status = 0
                return Verdict(None)
        return Verdict({"ok": False, "error": fault.kind})

    async def _dead_line(self, request: Request, *, hold: bool) -> Response:
        """Cut the connection, at once or after a long silence. ASGI has no word for it, so we ask uvicorn's own object."""
        if hold:
            try:
                async with asyncio.timeout(LONGEST_SILENCE):
                    while (await request.receive())["type"] != "http.disconnect":
                        pass
            except TimeoutError:
                pass
        transport: Any = getattr(getattr(request.receive, "__self__", None), "transport", None)
        if transport is None:
            raise RuntimeError("Only uvicorn's connections can be cut")
        transport.abort()
        return Response()

"""`/practice/…`: how the driver (and later the page) acts as people and looks at what they see. No bot calls this."""

import asyncio
import base64
import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from starlette.requests import HTTPConnection, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.practice.api_files import carried_to
from bot.practice.courier import Sent
from bot.practice.forms import NoSuchOption
from bot.practice.gestures import Done, Impossible, Invisible
from bot.practice.nouns import JSON, Account, Channel, View
from bot.practice.payloads import group_json, user_json, view_json
from bot.practice.screens import channel_screen, message_screen, view_screen
from bot.practice.sockets import Connection
from bot.practice.state import BOT_USER
from bot.practice.web_api import Fault

if TYPE_CHECKING:
    from bot.practice.server import PracticeSlack

HEADER = "X-Practice"
HERE = ("127.0.0.1", "localhost")
ADJUSTABLE = {"latency", "pace", "scopes", "deadline", "retry_delays", "distributed", "events"} | {
    "socket_mode",
    "app_token",
    "connection_seconds",
    "grace",
}


def refused_address(request: HTTPConnection) -> str | None:
    """Why this request does not come from a page or program on this machine that means us, or None."""
    if request.client is not None and request.client.host not in HERE:
        return "only from this machine"
    host = request.headers.get("host", "")
    if host.rpartition(":")[0] not in HERE:
        return "wrong Host"
    origin = request.headers.get("origin")
    if origin is not None and (urlsplit(origin).scheme, urlsplit(origin).netloc) != ("http", host):
        return "wrong Origin"
    return None


class Control:
    """The control API of one workspace: every call is a POST with a JSON object."""

    def __init__(self, slack: "PracticeSlack") -> None:
        self.slack, self.state, self.hands = slack, slack.state, slack.gestures
        looks = [self.people, self.channels, self.read, self.modal, self.home, self.notices, self.calls]
        waits = [self.deliveries, self.after, self.settle]
        scenes = [
            self.fault,
            self.hurry,
            self.adjust,
            self.redeliver,
            self.deactivate,
            self.hire,
            self.regroup,
            self.uninstall,
        ]
        lines = [self.sockets, self.refresh, self.cut, self.cut_when_heard]
        acts = [self.type, self.press, self.fill, self.submit, self.close, self.reload]
        marks = [self.react, self.unreact, self.shortcut, self.shortcuts, self.file]
        moves = [self.join, self.leave, self.open_home]
        self._calls: dict[str, Callable[[JSON], Awaitable[Any]]] = {
            call.__name__: call for call in (*looks, *waits, *scenes, *lines, *acts, *marks, *moves)
        }

    def route(self) -> Route:
        return Route("/practice/{what}", self.handle, methods=["POST"])

    async def handle(self, request: Request) -> Response:
        """One look or one gesture."""
        if refused := self._refused(request):
            return JSONResponse({"problem": refused}, 403)
        call = self._calls.get(request.path_params["what"])
        if call is None:
            return JSONResponse({"problem": "no such control"}, 404)
        try:
            return JSONResponse(await call(await request.json()))
        except (Impossible, NoSuchOption, KeyError) as problem:
            return JSONResponse({"problem": str(problem.args[0]), "kind": type(problem).__name__}, 409)

    def _refused(self, request: Request) -> str | None:
        # Whoever reaches this API can be everybody in the workspace. A web page open in the same browser reaches
        # 127.0.0.1 too: by DNS rebinding (so the Host must be ours), by a form or fetch from its own origin (so an
        # Origin must be ours), and without either by a simple request (so each call needs a header of our own, which
        # makes the browser ask first, and we never say yes to that question).
        return refused_address(request) or (None if HEADER in request.headers else f"the {HEADER} header is missing")

    def learn(self, *calls: Callable[[JSON], Awaitable[Any]]) -> None:
        """More calls, from whoever stands beside us."""
        self._calls |= {call.__name__: call for call in calls}

    # Finding what is meant

    def _person(self, asked: JSON) -> Account:
        return self.state.person(asked["person"])

    def _hands_of(self, asked: JSON) -> Account:
        """Somebody who can still act."""
        person = self._person(asked)
        if person.deleted:
            raise Impossible(f"{person.shown_as} has no account any more")
        return person

    def _channel(self, asked: JSON, person: Account) -> Channel:
        name = str(asked["channel"])
        if name == "dm":
            return self.state.open_direct(person.id)
        channel = self.state.channels.get(name) or self.state.channel_named(name)
        if channel is None:
            raise KeyError(f"There is no channel {name}")
        if not self.state.may_read(channel, person.id):
            raise Invisible(f"{person.shown_as} cannot see #{channel.name}")
        return channel

    def _modal(self, person: Account) -> View | None:
        stack = self.state.modals.get(person.id)
        return stack[-1] if stack else None

    # Looking

    async def people(self, _asked: JSON) -> Any:
        return [asdict(account) | {"shown_as": account.shown_as} for account in self.state.people.values()]

    async def channels(self, asked: JSON) -> Any:
        """Every channel, or those this person may read (their direct conversations among them)."""
        person = self._person(asked).id if asked.get("person") else None
        return [
            channel_screen(self.state, channel)
            for channel in self.state.channels.values()
            if person is None or self.state.may_read(channel, person)
        ]

    async def read(self, asked: JSON) -> Any:
        """The messages this person sees in a channel."""
        person = self._person(asked)
        channel = self._channel(asked, person)
        return [message_screen(self.state, post, person.id) for post in self.state.visible(channel, person.id)]

    async def modal(self, asked: JSON) -> Any:
        return view_screen(self.state, self._modal(self._person(asked)))

    async def home(self, asked: JSON) -> Any:
        return view_screen(self.state, self.state.homes.get(self._person(asked).id))

    async def notices(self, asked: JSON) -> Any:
        person = self._person(asked).id
        return [asdict(notice) for notice in self.state.notices if notice.person == person]

    async def calls(self, _asked: JSON) -> Any:
        return [asdict(call) for call in sorted(self.slack.web_api.calls, key=lambda call: call.started)]

    async def deliveries(self, _asked: JSON) -> Any:
        return [self._sent(sent) for sent in self.slack.courier.sent]

    def _sent(self, sent: Sent) -> JSON:
        return asdict(sent) | {"raw": base64.b64encode(sent.raw).decode()}

    async def after(self, asked: JSON) -> Any:
        """Wait until something happens after this beat."""
        return {"beat": await self.state.pulse.after(int(asked["beat"]), float(asked["timeout"]))}

    async def settle(self, asked: JSON) -> Any:
        """Wait until nothing has happened between bot and workspace for `quiet` seconds."""
        return {"settled": await self._quiet(float(asked["quiet"]), float(asked["timeout"]))}

    async def _quiet(self, quiet: float, at_most: float, enough: Callable[[], bool] = lambda: False) -> bool:
        end = time.monotonic() + at_most
        while (left := end - time.monotonic()) > 0:
            if enough():
                return True
            busy = self.slack.web_api.in_flight + self.slack.courier.in_flight
            before = self.state.pulse.beat
            now = await self.state.pulse.after(before, left if busy else min(quiet, left))
            if now == before and not busy and quiet <= left:
                return True
        return False

    # Setting the scene

    async def fault(self, asked: JSON) -> Any:
        method = asked.pop("method")
        self.slack.web_api.fails(method, Fault(**asked))
        return {}

    async def hurry(self, _asked: JSON) -> Any:
        """Calls that are slow on purpose are answered now."""
        self.slack.web_api.hurry()
        return {}

    async def adjust(self, asked: JSON) -> Any:
        if unknown := set(asked) - ADJUSTABLE:
            raise KeyError(f"There is no setting {', '.join(sorted(unknown))}")
        for name, value in asked.items():
            kind = type(getattr(self.slack.settings, name))
            setattr(self.slack.settings, name, kind(value))
        if asked.get("socket_mode") is False:
            await self.slack.courier.sockets.turned_off()
        return {}

    async def sockets(self, _asked: JSON) -> Any:
        """How many connections of the bot are open."""
        return {"open": len(self.slack.courier.sockets.connections)}

    async def refresh(self, asked: JSON) -> Any:
        """Connections are to be replaced: the oldest, or `everyone`; `reason` is Slack's word for why."""
        await self.slack.courier.sockets.refresh(self._lines(asked), str(asked.get("reason", "refresh_requested")))
        return {}

    async def cut(self, asked: JSON) -> Any:
        """Connections break: the oldest, or `everyone`; `silently` neither end can tell."""
        sockets, lines = self.slack.courier.sockets, self._lines(asked)
        sockets.freeze(lines) if asked.get("silently") else sockets.cut(lines)
        return {}

    async def cut_when_heard(self, asked: JSON) -> Any:
        """The next envelopes reach the bot, and the connections they came on break before it can acknowledge them."""
        self.slack.courier.sockets.cut_when_heard = int(asked.get("times", 1))
        return {}

    def _lines(self, asked: JSON) -> list[Connection]:
        lines = self.slack.courier.sockets.connections
        return list(lines if asked.get("everyone") else lines[:1])

    async def redeliver(self, asked: JSON) -> Any:
        return self._sent(await self.slack.courier.again(int(asked["index"])))

    async def deactivate(self, asked: JSON) -> Any:
        """Somebody has left the company."""
        person = self._person(asked)
        person.deleted, person.updated = True, int(self.state.clock())
        for channel in self.state.channels.values():
            if channel.kind != "im" and person.id in channel.members:
                channel.members.remove(person.id)
        self.state.modals.pop(person.id, None)
        self.state.happened("user_change", {"user": user_json(self.state, person, with_email=True)})
        return {}

    async def hire(self, asked: JSON) -> Any:
        """Somebody new, with the fields of a `PersonSeed`; they start in #general."""
        person = Account(**asked)
        self.state.people[person.id] = person
        self.state.happened("team_join", {"user": user_json(self.state, person, with_email=True)})
        if general := self.state.channel_named("general"):
            self.state.join(general, person.id, None)
        return {}

    async def regroup(self, asked: JSON) -> Any:
        """A user group has other members now."""
        group = next(one for one in self.state.groups.values() if one.handle == asked["handle"].removeprefix("@"))
        group.members = [self.state.person(name).id for name in asked["members"]]
        self.state.happened("subteam_updated", {"subteam": group_json(self.state, group, with_users=True)})
        return {}

    async def uninstall(self, _asked: JSON) -> Any:
        """An admin removes the app: its token is dead from now on."""
        self.state.happened("tokens_revoked", {"tokens": {"oauth": [], "bot": [BOT_USER]}})
        self.state.happened("app_uninstalled", {})
        self.slack.web_api.uninstalled = True
        return {}

    # Acting

    async def type(self, asked: JSON) -> Any:
        person = self._hands_of(asked)
        channel = self._channel(asked, person)
        return await self._reaction(
            person, self.hands.types(person, channel, str(asked["text"]), asked.get("thread_ts")), asked
        )

    async def press(self, asked: JSON) -> Any:
        """An element of a message (`channel`, `ts`) or of the open view (`view`)."""
        person, chosen = self._hands_of(asked), asked.get("chosen")
        if asked.get("view"):
            view = self.state.view(asked["view"])
            if view is None or view.person != person.id:
                raise Impossible("That view is not open any more")
            act = self.hands.presses_in_view(person, view, asked["block_id"], asked["drawn"], chosen)
        else:
            post = self.state.find(asked["channel"], asked["ts"])
            if post is None:
                raise Impossible("That message is gone")
            act = self.hands.presses_in_message(person, post, asked["block_id"], asked["drawn"], chosen)
        return await self._reaction(person, act, asked)

    async def fill(self, asked: JSON) -> Any:
        """Type into one input, named by its block and action."""
        self.hands.fills(self._hands_of(asked), tuple(asked["place"]), asked["value"])
        return {}

    async def submit(self, asked: JSON) -> Any:
        person = self._hands_of(asked)
        return await self._reaction(person, self.hands.submits(person), asked)

    async def close(self, asked: JSON) -> Any:
        person = self._hands_of(asked)
        return await self._reaction(person, self.hands.closes(person), asked)

    async def reload(self, asked: JSON) -> Any:
        self.hands.reloads(self._hands_of(asked))
        return {}

    async def react(self, asked: JSON) -> Any:
        """An emoji on a message; with `toggle` it goes away again where this person put it already."""
        person = self._hands_of(asked)
        channel, ts, name = self._channel(asked, person), asked["ts"], str(asked["name"])
        if asked.get("toggle") and person.id in channel.posts[ts].reactions.get(name, []):
            self.hands.unreacts(person, channel, ts, name)
        else:
            self.hands.reacts(person, channel, ts, name)
        return {}

    async def unreact(self, asked: JSON) -> Any:
        """It is taken off again."""
        person = self._hands_of(asked)
        self.hands.unreacts(person, self._channel(asked, person), asked["ts"], asked["name"])
        return {}

    async def shortcuts(self, _asked: JSON) -> Any:
        """What the menu of a message offers."""
        return list(self.slack.settings.shortcuts)

    async def shortcut(self, asked: JSON) -> Any:
        """Choose an entry of a message's menu."""
        person = self._hands_of(asked)
        post = self.state.find(asked["channel"], asked["ts"])
        if post is None:
            raise Impossible("That message is gone")
        return await self._reaction(person, self.hands.shortcut(person, post, asked["callback_id"]), asked)

    async def file(self, asked: JSON) -> Any:
        """What is in a file, for somebody who can read a message that carries it."""
        person, wanted = self._person(asked), asked["file"]
        file = self.state.files.get(wanted)
        if file is not None and carried_to(self.state, file, person.id):
            return {"content": base64.b64encode(file.content or b"").decode()}
        raise Invisible(f"{person.shown_as} cannot see that file")

    async def join(self, asked: JSON) -> Any:
        person = self._hands_of(asked)
        channel = self._channel(asked, person)
        if person.id not in channel.members:
            self.state.join(channel, person.id, None)
        return {}

    async def leave(self, asked: JSON) -> Any:
        person = self._hands_of(asked)
        self.state.leave(self._channel(asked, person), person.id)
        return {}

    async def open_home(self, asked: JSON) -> Any:
        """Go to the app, on one of its tabs ("home" or "messages"), and wait a moment for what the bot does about it."""
        person, tab = self._hands_of(asked), asked.get("tab", "home")
        if tab == "home" and not self.slack.settings.home:
            raise Impossible("This app has no Home tab")
        direct, old = self.state.open_direct(person.id), self.state.homes.get(person.id)
        event: JSON = {"user": person.id, "channel": direct.id, "tab": tab}
        if tab == "home" and old is not None:
            event["view"] = view_json(self.state, old)
        before = old.hash if old else None
        self.state.happened("app_home_opened", event)
        await asyncio.sleep(0.01)  # so that it is on its way when we look whether anything is
        await self._quiet(float(asked.get("patience", 0.15)), 5.0, lambda: self._home_hash(person) != before)
        return {}

    def _home_hash(self, person: Account) -> str | None:
        home = self.state.homes.get(person.id)
        return home.hash if home else None

    async def _reaction(self, person: Account, act: Awaitable[Done], asked: JSON) -> JSON:
        """Let somebody act, and wait a moment for what the bot does in answer: a whispered line, a modal."""
        whispers = {post.ts for post in self.state.ephemerals}
        before = self._look(person)
        done = await act
        if done.ack is not None and done.error is None:
            await self._quiet(float(asked.get("patience", 0.15)), 1.0, lambda: self._look(person) != before)
        new = [post for post in self.state.ephemerals if post.ts not in whispers and post.ephemeral_for == person.id]
        return {
            **asdict(done),
            "ephemeral": [message_screen(self.state, post, person.id) for post in new],
            "modal": view_screen(self.state, self._modal(person)),
        }

    def _look(self, person: Account) -> tuple[int, str | None]:
        modal = self._modal(person)
        own = [post for post in self.state.ephemerals if post.ephemeral_for == person.id]
        return len(own), modal.hash + "".join(modal.errors) if modal else None

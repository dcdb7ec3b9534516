"""The page's addresses: the page itself, the stream of what changes on it, the record's details, and its files."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Route
from starlette.staticfiles import StaticFiles

from bot.practice.api_files import opened
from bot.practice.control import Control, refused_address
from bot.practice.nouns import JSON
from bot.practice.page.reads import Reads
from bot.practice.page.scenes import Scenes
from bot.practice.page.screen import Screen, Workspace
from bot.practice.page.window import Window
from bot.practice.page.wire import Wire

if TYPE_CHECKING:
    from bot.practice.server import PracticeSlack

HERE = Path(__file__).parent
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' https: data:; connect-src 'self'; "
    "frame-src 'self'; frame-ancestors 'self'; form-action 'self'; base-uri 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
GATHER = 0.06
"""Seconds in which changes are gathered into one sending: what comes together is drawn together."""
SILENCE = 15.0
"""Seconds after which an idle stream says that it is still there, and times such as "today" are looked at again."""

Handler = Callable[[Request], Awaitable[Response]]


class Page:
    """The page of one workspace."""

    def __init__(self, slack: "PracticeSlack", control: Control) -> None:
        self.slack, self.state = slack, slack.state
        names = {one.id: one.shown_as for one in self.state.people.values()}
        self.reads = Reads()
        self.scenes = Scenes(slack.settings, slack.web_api)
        self.wire = Wire(slack.settings, slack.courier, slack.web_api, _Names(self.state, names))
        self.workspace = Workspace(self.state, slack.settings, slack.gestures, self.reads, self.wire, self.scenes)
        control.learn(self.seen, self.scene)

    def routes(self) -> list[BaseRoute]:
        files = StaticFiles(directory=HERE / "static")

        async def file(request: Request) -> Response:
            answer = await files.get_response(request.path_params["path"], request.scope)
            answer.headers.update({**HEADERS, "Cache-Control": "no-cache"})
            return answer

        return [
            Route("/", _from_here(self.page)),
            Route("/switch", _from_here(self.switch)),
            Route("/live", _from_here(self.live)),
            Route("/behind/{direction}/{index:int}", _from_here(self.detail)),
            Route("/static/{path:path}", _from_here(file)),
            Route("/files-pri/{stored}/{name}", _from_here(self.file)),
        ]

    async def page(self, request: Request) -> Response:
        """The whole page."""
        await self.scenes.learn()
        window = Window.of(request.query_params, self.state)
        channel = self.state.channels.get(window.place)
        left_off = self.reads.left_off(self.state, window.person, channel) if channel else ""
        return HTMLResponse(Screen(self.workspace, window, left_off).page(), headers=HEADERS)

    async def switch(self, request: Request) -> Response:
        """To somebody else's screen: where they were called, else where this window is."""
        window = Window.of(request.query_params, self.state)
        wanted = self.state.find_person(request.query_params.get("to", ""))
        account = wanted if wanted and not wanted.is_bot else self.state.people[window.person]
        _calls, where = self.reads.calls(self.state, account.id)
        there = Screen(self.workspace, window).looking_as(account, where)
        return RedirectResponse(window.url(self.state, **there), 303, HEADERS)

    async def live(self, request: Request) -> Response:
        """What changes on this window from now on."""
        query = dict(request.query_params)
        return StreamingResponse(self._changes(query), media_type="text/event-stream", headers=HEADERS)

    async def _changes(self, query: dict[str, str]) -> AsyncIterator[str]:
        parts: dict[str, str] = {}
        items: dict[str, dict[str, str]] = {}
        said: set[str] | None = None
        while not self.state.pulse.over:
            beat = self.state.pulse.beat
            screen = Screen(self.workspace, Window.of(query, self.state), query.get("left_off", ""))
            changed: JSON = {"parts": {}, "lists": {}, "say": []}
            for name, html in screen.parts().items():
                if parts.get(name) != html:
                    parts[name] = changed["parts"][name] = html
            for name, drawn in screen.lists().items():
                before = items.get(name, {})
                order, now = [key for key, _html in drawn], dict(drawn)
                fresh = {key: html for key, html in drawn if before.get(key) != html}
                if fresh or list(before) != order:
                    changed["lists"][name] = {"order": order, "items": fresh}
                items[name] = now
            calls = screen.calls()
            if said is not None:
                changed["say"] = [words for key, words in calls if key not in said]
            said = {key for key, _words in calls}
            if changed["parts"] or changed["lists"] or changed["say"]:
                yield f"data: {json.dumps(changed)}\n\n"
            now_beat = await self.state.pulse.after(beat, SILENCE)
            if now_beat == beat:
                yield ": still here\n\n"
            else:
                await asyncio.sleep(GATHER)

    async def detail(self, request: Request) -> Response:
        """One request as JSON to read."""
        told = self.wire.detail(request.path_params["direction"], request.path_params["index"])
        return PlainTextResponse(told or "That is not on record.", 200 if told else 404, HEADERS)

    async def file(self, request: Request) -> Response:
        """A file of a message, to keep."""
        return opened(self.state, request, HEADERS)

    async def seen(self, asked: JSON) -> Any:
        """This person has had everything up to this message before their eyes."""
        person = self.state.person(asked["person"])
        if self.reads.mark(person.id, str(asked["channel"]), str(asked["ts"])):
            self.state.pulse.tick()
        return {}

    async def scene(self, asked: JSON) -> Any:
        """A button of the panel "Try"."""
        said = await self.scenes.play(str(asked["key"]))
        self.state.pulse.tick()
        return {"said": said}


class _Names(dict[str, str]):
    """The names of people and channels as they are now."""

    def __init__(self, state: Any, people: dict[str, str]) -> None:
        super().__init__(people)
        self.state = state

    def get(self, key: str, default: Any = None) -> Any:
        if key in self.state.people:
            return self.state.people[key].shown_as
        channel = self.state.channels.get(key)
        if channel is None:
            return default
        if channel.kind == "im":
            other = next(one for one in channel.members if not self.state.people[one].is_bot)
            return f"DM with {self.state.people[other].shown_as}"
        return f"#{channel.name}"


def _from_here(handler: Handler) -> Handler:
    """The page can be everybody in the workspace: whoever asks for it must ask this machine by its own name."""

    async def guarded(request: Request) -> Response:
        if refused := refused_address(request):
            return PlainTextResponse(refused, 403, HEADERS)
        return await handler(request)

    return guarded

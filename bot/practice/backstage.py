"""Behind the stage of the demo: the bot's process, the practice model, and scenes that the page's panel "Try" may ask for.

The workspace knows none of the bot's secrets, so whatever needs one is done here, by the parent of both processes.
"""

import asyncio
import hmac
import json
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import uuid4

import aiohttp
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.practice.control import HEADER, refused_address
from bot.practice.model import PracticeModel
from bot.practice.page.scenes import Scene, offered
from bot.practice.processes import started, stopped

SECRET = "demo-mentions-secret"  # noqa: S105 - opens nothing but the demo on this machine
ALERTS = "demo-monitoring-secret"
STORM, STORM_SECONDS = 60, 10.0

POSTS = [
    ("jo_m", 41_000, "X", "Three weeks, no parcel, no answer. Is anybody there?"),
    ("lena.k", 320, "Instagram", "My parcel was due on the 1st. Your hotline hangs up on me."),
    ("taxi_tom", 1_250, "X", "Is there a parcel strike nobody tells us about?"),
    ("mrs_green", 75, "Instagram", "My son's birthday present is in a parcel somewhere. Please, just an answer."),
    ("the_real_ana", 2_300, "X", 'Ordered on Monday three weeks ago. Parcel still "being prepared".'),
]

WEB, WORLD = "The world outside", "The bot has trouble"
SCENES = [
    Scene("post", "One late parcel", "Somebody complains in public. From the third post on, Dana is asked.", WEB),
    Scene("posts", "Five late parcels", "Five people complain: one card in #crisis-watch, one DM to Dana.", WEB),
    Scene("storm", "A storm: 60 posts in ten seconds", "The number on the card changes, and nothing else.", WEB),
    Scene("alert", "The shop is down", "The company's own monitoring (Alertmanager) raises an alarm.", WEB),
    Scene("recovery", "The shop is back", "The same alarm, resolved.", WEB),
    Scene(
        "restart",
        "Restart the bot",
        "Killed on the spot and started again: nothing is lost, and nothing is said twice.",
        WORLD,
    ),
    Scene(
        "model",
        "The model is down",
        "No other wording comes. The offline text is there anyway. Press again to end it.",
        WORLD,
        lasts=True,
    ),
]


async def send(bot_url: str, body: Mapping[str, Any], secret: str = SECRET) -> int:
    """A webhook as a monitoring tool sends it, signed."""
    raw = json.dumps(body).encode()
    signature = "sha256=" + hmac.new(secret.encode(), raw, sha256).hexdigest()
    return await _posted(f"{bot_url}/webhooks/mentions", raw, {"X-Signature": signature})


async def _posted(address: str, raw: bytes, headers: Mapping[str, str]) -> int:
    async with (
        aiohttp.ClientSession() as session,
        session.post(address, data=raw, headers={"Content-Type": "application/json", **headers}) as answer,
    ):
        return answer.status


@dataclass
class Backstage:
    """What a visitor may set off. The bot is started here, and started again after it was killed."""

    bot_url: str
    settings: Mapping[str, str]
    folder: Path
    model: PracticeModel
    secret: str = SECRET
    """What the posts are signed with."""
    bot: asyncio.subprocess.Process | None = None
    sent: int = 0
    fired: str = ""
    """When the shop went down, as the alarm says it."""
    _one_at_a_time: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def start(self) -> float:
        """The bot, until it listens; the seconds that took."""
        began = time.monotonic()
        self.bot, _line = await started(["-m", "bot", "serve"], "listening on", self.settings, self.folder)
        return time.monotonic() - began

    async def stop(self) -> None:
        """As a platform would."""
        if self.bot is not None:
            await stopped(self.bot)

    # The scenes

    def app(self) -> Starlette:
        """What the page's process asks: GET lists the scenes, POST plays one."""
        return Starlette(routes=[Route("/", self.handle, methods=["GET", "POST"])])

    async def handle(self, request: Request) -> Response:
        """One question of the page's process, and of nobody else."""
        refused = refused_address(request) or ("" if HEADER in request.headers else f"the {HEADER} header is missing")
        if refused:
            return JSONResponse({"said": refused}, 403)
        if request.method == "GET":
            return JSONResponse(offered(SCENES))
        said = await self.play(str((await request.json()).get("do")))
        return JSONResponse({"said": said, "on": ["model"] if self.model.away else []})

    async def play(self, key: str) -> str:
        """Do it, and say what happened."""
        scenes: dict[str, Callable[[], Awaitable[str]]] = {
            "post": lambda: self._posts(1),
            "posts": lambda: self._posts(5),
            "storm": self._storm,
            "alert": lambda: self._alarm("firing"),
            "recovery": lambda: self._alarm("resolved"),
            "restart": self._restart,
            "model": self._model,
        }
        if key not in scenes:
            return "Nobody offers that here."
        try:
            return await scenes[key]()
        except aiohttp.ClientError:
            return "The bot does not answer: whoever sent this would send it again."

    async def _post(self) -> int:
        author, reach, channel, text = POSTS[self.sent % len(POSTS)]
        self.sent += 1
        again = f"{author}{self.sent}" if self.sent > len(POSTS) else author
        body = {"text": text, "author": again, "reach": reach, "channel": channel, "external_id": uuid4().hex}
        return await send(self.bot_url, body, self.secret)

    async def _posts(self, number: int) -> str:
        answers = {await self._post() for _post in range(number)}
        return f"{number} sent; answered with {', '.join(map(str, sorted(answers)))}."

    async def _storm(self) -> str:
        took: list[float] = []

        async def one(after: float) -> int:
            await asyncio.sleep(after)
            began = time.monotonic()
            status = await self._post()
            took.append(time.monotonic() - began)
            return status

        answers = await asyncio.gather(*(one(number * STORM_SECONDS / STORM) for number in range(STORM)))
        counted = ", ".join(f"{answers.count(status)} × {status}" for status in sorted(set(answers)))
        return f"{STORM} posts in {STORM_SECONDS:.0f} s: {counted}; the slowest answer took {max(took) * 1000:.0f} ms."

    async def _alarm(self, status: str) -> str:
        now = datetime.now(UTC).isoformat()
        self.fired = now if status == "firing" else self.fired or now
        alert = {
            "status": status,
            "labels": {"alertname": "ShopDown", "severity": "critical", "instance": "shop.harbour.example"},
            "annotations": {
                "summary": "The shop does not answer",
                "description": "No order came through for 5 minutes.",
            },
            "startsAt": self.fired,
            "endsAt": now if status == "resolved" else "0001-01-01T00:00:00Z",
            "fingerprint": sha256(self.fired.encode()).hexdigest()[:16],
        }
        body = {"version": "4", "status": status, "groupKey": "{}:{alertname=ShopDown}", "alerts": [alert]}
        address = f"{self.bot_url}/webhooks/monitoring"
        answer = await _posted(address, json.dumps(body).encode(), {"Authorization": f"Bearer {ALERTS}"})
        return f"The alarm is {status}; the bot answered {answer}."

    async def _restart(self) -> str:
        async with self._one_at_a_time:
            if self.bot is not None and self.bot.returncode is None:
                self.bot.kill()
                await self.bot.wait()
            took = await self.start()
        return f"Killed with -9 and started again: it was away for {took:.1f} seconds."

    async def _model(self) -> str:
        self.model.away = not self.model.away
        return "The model is away: its server answers 503." if self.model.away else "The model is back."

"""What the demo's parent offers to the page: scenes that need the bot's secrets, and a model that is honest about itself."""

import json
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.drafting import Brief, draft
from bot.llm import Model
from bot.practice.backstage import Backstage
from bot.practice.control import HEADER
from bot.practice.model import NAME, PracticeModel
from bot.practice.page.scenes import Scenes
from bot.practice.server import PracticeSlack
from bot.practice.serving import serving
from bot.practice.settings import PracticeSettings
from bot.practice.world import HARBOUR
from bot.prompts import Prompts
from tests.builders import NOON


class Received:
    """A bot that only takes webhooks."""

    def __init__(self) -> None:
        self.got: list[tuple[str, Any, dict[str, str]]] = []

    async def take(self, request: Request) -> Response:
        self.got.append((request.path_params["source"], json.loads(await request.body()), dict(request.headers)))
        return JSONResponse({}, 202)

    def app(self) -> Starlette:
        return Starlette(routes=[Route("/webhooks/{source}", self.take, methods=["POST"])])


async def test_the_panel_lists_and_plays_what_the_parent_offers(tmp_path: Path) -> None:
    bot, model = Received(), PracticeModel()
    async with serving(bot.app()) as bot_url:
        backstage = Backstage(bot_url, {}, tmp_path, model)
        async with serving(backstage.app()) as scene_url:
            settings = PracticeSettings("http://127.0.0.1:1", "s", scene_url=f"{scene_url}/")
            scenes = Scenes(settings, PracticeSlack(HARBOUR, settings).web_api)
            await scenes.learn()
            assert [scene.key for group in scenes.groups().values() for scene in group][:2] == ["post", "posts"]
            assert await scenes.play("posts") == "5 sent; answered with 202."
            assert "firing" in await scenes.play("alert")
            assert "away" in await scenes.play("model")
            assert scenes.is_on("model")
            assert "back" in await scenes.play("model")
            assert not scenes.is_on("model")
            assert await scenes.play("rm -rf") == "Nobody offers that here."
            async with aiohttp.ClientSession() as stranger, stranger.post(scene_url, json={"do": "posts"}) as answer:
                assert answer.status == 403
            elsewhere = {HEADER: "x", "Origin": "http://evil.example"}
            async with aiohttp.ClientSession() as page, page.get(scene_url, headers=elsewhere) as answer:
                assert answer.status == 403
    assert [source for source, _body, _headers in bot.got] == ["mentions"] * 5 + ["monitoring"]
    assert len({body["external_id"] for _source, body, _headers in bot.got[:5]}) == 5
    assert bot.got[0][2]["x-signature"].startswith("sha256=")
    assert bot.got[5][1]["alerts"][0]["labels"]["alertname"] == "ShopDown"


async def test_a_parent_that_is_gone_is_said(tmp_path: Path) -> None:
    settings = PracticeSettings("http://127.0.0.1:1", "s", scene_url="http://127.0.0.1:1/")
    scenes = Scenes(settings, PracticeSlack(HARBOUR, settings).web_api)
    await scenes.learn()
    assert "does not answer" in await scenes.play("restart")


def a_brief(**more: Any) -> Brief:
    known: dict[str, Any] = {
        "kind": "first_word",
        "situation": "late_delivery",
        "language": "en",
        "company": "Harbour",
        "voice": "Plain.",
        "link": "https://harbour.example/help",
        "contact": None,
        "promised_at": NOON,
        "zone": "Europe/Berlin",
        "now": NOON,
    }
    return Brief(**{**known, **more})


async def test_the_practice_model_answers_with_the_time_and_link_it_was_given() -> None:
    practice = PracticeModel()
    async with serving(practice.app()) as url:
        model = Model(base_url=f"{url}/v1", api_key="none", model=NAME)
        assert await model.known()
        text = (await draft(model, Prompts(), a_brief())).text
        assert "https://harbour.example/help" in text
        assert "by 13:00 CET" in text
        assert "{" not in text
        for kind in ("holding_statement", "apology", "update", "reply"):
            assert (await draft(model, Prompts(), a_brief(kind=kind))).text
        with pytest.raises(Exception, match="404"):
            await draft(model, Prompts(), a_brief(language="de"))
        practice.away = True
        with pytest.raises(Exception, match="503"):
            await draft(model, Prompts(), a_brief())
        await model.aclose()

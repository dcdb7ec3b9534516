"""Each door answers, in time, and where the person is looking; also when database or Slack make it hard."""

import asyncio
import hmac
import json
import shutil
import time
from collections.abc import AsyncIterator
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.practice.driver import Person, Workspace
from bot.store import Unavailable
from tests.app.absence import locked
from tests.stage import SECRET, Stage, staged


@pytest.fixture
async def stage(sqlite_template: Path, tmp_path: Path) -> AsyncIterator[Stage]:
    """The doors are the same on both databases: one will do."""
    shutil.copy(sqlite_template, tmp_path / "amends.db")
    async with staged(f"sqlite+aiosqlite:///{tmp_path / 'amends.db'}") as up:
        yield up


async def crises(workspace: Workspace) -> list[str]:
    return [c.name for c in await workspace.channels() if (c.name or "").startswith("crisis-") and c.private]


async def captured(stage: Stage, kind: str) -> dict[str, Any]:
    """The last thing of this kind that Slack sent to the bot."""
    return next(one.payload for one in reversed(await stage.workspace.deliveries()) if one.kind == kind)


async def test_a_command_that_waits_for_the_database_hears_so_and_then_what_came_of_it(stage: Stage) -> None:
    async with locked(stage.app.store.url):
        said = await stage.dana.types("/crisis declare Parcels late")
        assert "My database is slow right now" in said.said
        assert said.ack_ms is not None
        assert said.ack_ms < 3000
    line = await stage.dana.sees("Crisis 1 is opening")
    assert line.ephemeral
    await stage.settle()
    assert await crises(stage.workspace) == ["crisis-1"]


async def test_a_button_that_waits_for_the_database_hears_it_in_the_same_way(stage: Stage) -> None:
    await stage.dana.types("/crisis declare Parcels late")
    await stage.settle()
    async with locked(stage.app.store.url):
        said = await stage.sam.presses("I'm on it", in_channel="dm")
        assert "My database is slow right now" in said.said
    await stage.sam.sees("you are on it", "dm")


async def at_home(person: Person, words: str) -> None:
    """Until this stands in somebody's App Home, which they have open."""
    async with asyncio.timeout(5):
        while (home := await person.home(opens=False)) is None or words not in home.text:  # noqa: ASYNC110
            await asyncio.sleep(0.05)


async def test_a_press_in_app_home_that_waits_is_answered_in_app_home(stage: Stage) -> None:
    await stage.sam.home()
    await stage.dana.types("/crisis declare Parcels late")
    await stage.settle()
    home = await stage.sam.home(opens=False)
    async with locked(stage.app.store.url):
        waits = (await stage.sam.presses("I'm on it", on=home)).modal
        assert waits is not None
        assert "My database is slow right now" in waits.text
    await stage.sam.closes()
    await at_home(stage.sam, "Thank you, noted: you are on it.")


async def test_an_old_button_in_app_home_and_a_database_that_is_away(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    await stage.dana.home()
    await stage.settle()
    home = await stage.dana.home(opens=False)
    away = _away(monkeypatch, stage)
    said = (await stage.dana.presses("I'm off duty", on=home)).modal
    assert said is not None
    assert "nothing was done" in said.text
    await stage.dana.closes()
    away.undo()
    await stage.workspace.fault("views.open", "500")
    assert (await stage.dana.presses("Declare crisis", on=home)).modal is None
    await at_home(stage.dana, "The form could not be opened. Please press or type it once more.")
    form = (await stage.dana.presses("Declare crisis", on=home)).modal
    assert form is not None, "a home opens a form in front of itself"
    assert form.title == "Declare crisis"


async def test_a_form_keeps_what_was_typed_and_counts_once_however_often_it_is_sent(stage: Stage) -> None:
    await stage.dana.types("/crisis declare")
    async with locked(stage.app.store.url):
        late = (await stage.dana.submits({"What happened?": "Parcels late"})).modal
        assert late is not None
        assert "press again in a moment" in late.errors["What happened?"]
        assert late.values["What happened?"] == "Parcels late"
    again = (await stage.dana.submits()).modal
    assert again is not None
    await stage.settle()
    news = await stage.dana.modal()
    assert news is not None
    assert "Crisis 1 is open" in news.text
    assert await crises(stage.workspace) == ["crisis-1"]


async def test_without_a_database_the_form_stays_and_nothing_was_done(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    await stage.dana.types("/crisis declare")
    away = _away(monkeypatch, stage)
    refused = (await stage.dana.submits({"What happened?": "Parcels late"})).modal
    assert refused is not None
    assert "nothing was done" in refused.errors["What happened?"]
    assert refused.values["What happened?"] == "Parcels late"
    assert "nothing was done" in (await stage.sam.types("/crisis list")).said
    away.undo()
    await stage.dana.submits()
    await stage.settle()
    assert await crises(stage.workspace) == ["crisis-1"]


def _away(monkeypatch: pytest.MonkeyPatch, stage: Stage) -> pytest.MonkeyPatch:
    """The database is not there any more."""

    def gone(*_any: object) -> None:
        raise Unavailable("gone")

    monkeypatch.setattr(stage.app.store, "_session", gone)
    return monkeypatch


async def test_an_event_comes_again_until_the_database_has_it(stage: Stage) -> None:
    await stage.dana.types("/crisis declare Parcels late")
    await stage.settle()
    await stage.workspace.set(retry_delays=(0.0, 0.5, 0.5))
    async with locked(stage.app.store.url):
        await stage.dana.types("/invite @nora", "#crisis-1")
        await asyncio.sleep(2.2)
    await stage.settle()
    assert "Where" not in (await stage.nora.types("/crisis team", "#crisis-1")).said
    team = (await stage.nora.types("/crisis team", "#crisis-1")).said
    assert team.count("Nora") == 1, team
    statuses = [one.status for one in await stage.workspace.deliveries() if one.kind == "event" and one.retry == 0]
    assert 503 in statuses


async def test_a_button_or_form_of_another_version_gets_a_sentence(stage: Stage) -> None:
    await stage.dana.types("/crisis declare Parcels late")
    await stage.settle()
    await stage.sam.presses("I'm on it", in_channel="dm")
    press = await captured(stage, "action")
    press["actions"][0]["action_id"] = "member.dance"
    sent = await stage.slack.courier.interaction(press)
    assert sent.status == 200
    await stage.sam.sees("That is gone.", "dm")
    await stage.dana.types("/crisis declare")
    await stage.dana.submits({"What happened?": "Parcels late"})
    form = await captured(stage, "view_submission")
    form["view"]["callback_id"] = "incident.dance"
    sent = await stage.slack.courier.interaction(form)
    assert sent.status == 200
    assert "That is gone." in json.dumps(sent.answer())


async def test_a_form_that_slack_will_not_open_is_said(stage: Stage) -> None:
    await stage.workspace.fault("views.open", "expired_trigger_id")
    said = await stage.dana.types("/crisis declare")
    assert said.modal is None
    assert "The form could not be opened." in said.said
    await stage.dana.types("/crisis declare Parcels late")
    await stage.settle()
    await stage.workspace.fault("views.open", "500")
    said = await stage.priya.presses("Read the text", in_channel="dm")
    assert "The form could not be opened." in said.said


async def test_the_buttons_of_an_answer_work_where_the_bot_is_not(stage: Stage) -> None:
    """A command can be typed anywhere; its answer's buttons are answered there too."""
    for _ in range(2):
        said = await stage.dana.types("/crisis declare Parcels late")
        await stage.settle()
    assert "was opened" in said.said
    joined = await stage.dana.presses("Join it", in_channel="#general")
    assert "You are in crisis 1" in joined.said
    another = await stage.dana.presses("Declare another", in_channel="#general")
    assert "Crisis 2 is opening" in another.said


def _signed(body: bytes, stamp: str) -> dict[str, str]:
    digest = hmac.new(SECRET.encode(), f"v0:{stamp}:".encode() + body, sha256).hexdigest()
    return {"X-Slack-Signature": f"v0={digest}", "X-Slack-Request-Timestamp": stamp}


async def test_what_slack_does_not_sign_is_refused_and_what_is_too_long_is_not_read(stage: Stage) -> None:
    url = f"{stage.url}/slack/events"
    body = {"payload": json.dumps({"type": "block_actions", "team": {"id": "T0HARBOUR"}})}
    now = str(int(time.time()))
    forged = {"X-Slack-Signature": "v0=00", "X-Slack-Request-Timestamp": now}

    async def chunks() -> AsyncIterator[bytes]:
        yield b"payload="

    async with aiohttp.ClientSession() as session:
        for data, headers, status in (
            (body, {}, 401),
            (body, forged, 401),
            (b"\xff\xfe not a form", forged, 401),
            (b"{broken", {**forged, "Content-Type": "application/json"}, 401),
            (body, {**forged, "X-Slack-Request-Timestamp": "yesterday"}, 401),
            (body, {**forged, "X-Slack-Request-Timestamp": "9" * 5000}, 401),
            (b"old", _signed(b"old", str(int(time.time()) - 400)), 401),
            (b"other words", _signed(b"these words", now), 401),
            (BytesIO(b"x" * 1_100_000), forged, 413),
            (chunks(), forged, 411),
        ):
            async with session.post(url, data=data, headers=headers) as answer:
                assert answer.status == status
        for data, kind in (
            (b"{", "application/json"),
            (b"[]", "application/json; charset=utf-8"),
            (b"null", "application/json"),
            (b"payload=", "application/x-www-form-urlencoded"),
            (b"payload=%5B%5D", "application/x-www-form-urlencoded"),
            (b"payload=%7B%22a", "application/x-www-form-urlencoded"),
            (b"\xff\xfe", "application/x-www-form-urlencoded"),
        ):
            async with session.post(url, data=data, headers={**_signed(data, now), "Content-Type": kind}) as answer:
                assert answer.status == 400, "signed, and still not readable"
        async with session.get(url) as answer:
            assert answer.status == 405


async def test_another_workspace_is_told_that_it_is_not_ours(stage: Stage) -> None:
    await stage.dana.types("/crisis list")
    fields = dict(await captured(stage, "command")) | {"team_id": "T0ELSEWHERE"}
    assert (await stage.slack.courier.command(fields)).status == 200
    await stage.dana.sees("This Amends works for another workspace.")

"""The page of the practice workspace without a browser: what is drawn for whom, what is sent when it changes, who may ask."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from html import unescape
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from bot.practice.control import HEADER
from bot.practice.page.wire import HIDDEN
from tests.practice.conftest import Practice
from tests.practice.kit import actions, button, field, modal, section

pytestmark = pytest.mark.asyncio(loop_scope="session")

JSON = dict[str, Any]


@pytest_asyncio.fixture(loop_scope="session")
async def browser() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


async def page(practice: Practice, query: str, **headers: str) -> str:
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"{practice.address}/?{query}", headers=headers) as answer,
    ):
        assert answer.status == 200
        return await answer.text()


class Live:
    """The stream of what changes on one window."""

    def __init__(self, answer: aiohttp.ClientResponse) -> None:
        self.answer = answer

    async def next(self) -> JSON:
        async with asyncio.timeout(5):
            while True:
                line = (await self.answer.content.readline()).decode()
                if line.startswith("data: "):
                    return dict(json.loads(line.removeprefix("data: ")))


@asynccontextmanager
async def live(practice: Practice, query: str) -> AsyncIterator[Live]:
    async with aiohttp.ClientSession() as session, session.get(f"{practice.address}/live?{query}") as answer:
        yield Live(answer)


async def control(practice: Practice, what: str, **asked: Any) -> Any:
    async with (
        aiohttp.ClientSession(headers={HEADER: "page"}) as session,
        session.post(f"{practice.address}/practice/{what}", json=asked) as answer,
    ):
        assert answer.status == 200, await answer.text()
        return await answer.json()


async def test_a_channel_as_somebody_in_it_sees_it(practice: Practice) -> None:
    await practice.client.chat_postMessage(
        channel="C0WATCH",
        text="Late parcels",
        blocks=[section("*Late* <@UDANA>"), actions(button("Declare crisis", "a"))],
    )
    drawn = await page(practice, "as=dana&in=crisis-watch")
    assert "<strong>Late</strong>" in drawn
    assert '<span class="mention own">@Dana</span>' in drawn
    assert ">Declare crisis</button>" in drawn
    assert "22:58" in drawn


async def test_what_somebody_may_not_see_is_on_none_of_their_screens(practice: Practice) -> None:
    made = (await practice.client.conversations_create(name="crisis-7", is_private=True))["channel"]["id"]
    await practice.client.conversations_invite(channel=made, users="UPRIYA")
    await practice.client.chat_postMessage(channel=made, text="the secret title")
    assert "the secret title" in await page(practice, "as=priya&in=crisis-7")
    for query in ("as=nora&in=crisis-7", f"as=nora&in={made}", "as=nora", "as=nora&home=1"):
        drawn = await page(practice, query)
        assert "secret" not in drawn
        assert "crisis-7" not in drawn


async def test_words_of_people_are_words(practice: Practice) -> None:
    await practice.ws.person("Dana").types("<script>alert(1)</script> & <b>", "#general")
    drawn = await page(practice, "as=dana&in=general")
    assert "<script>alert" not in drawn
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; &lt;b&gt;" in drawn


async def test_addresses_that_mean_nothing_show_the_usual(practice: Practice) -> None:
    for query in ("", "as=nobody", "in=nowhere", "thread=1.1", "as=U0AMENDS", "theme=<x>", "behind=1&try=1"):
        assert "You are" in await page(practice, query)


@pytest.mark.parametrize("path", ["/", "/live", "/behind/in/0", "/static/page.css"])
@pytest.mark.parametrize(
    "headers", [{"Host": "evil.example"}, {"Host": "evil.example:80"}, {"Origin": "http://evil.example"}]
)
async def test_only_this_machine_by_its_own_name_is_answered(
    practice: Practice, browser: aiohttp.ClientSession, path: str, headers: dict[str, str]
) -> None:
    async with browser.get(f"{practice.address}{path}", headers=headers) as answer:
        assert answer.status == 403


async def test_the_page_runs_no_script_but_its_own(practice: Practice, browser: aiohttp.ClientSession) -> None:
    async with browser.get(f"{practice.address}/?as=dana&behind=1") as answer:
        policy = answer.headers["Content-Security-Policy"]
        drawn = await answer.text()
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'self'" in policy
    assert "<script>" not in drawn
    assert " style=" not in drawn
    assert " onclick" not in drawn


async def test_a_file_outside_is_not_served(practice: Practice, browser: aiohttp.ClientSession) -> None:
    async with browser.get(f"{practice.address}/static/..%2frouting.py") as answer:
        assert answer.status == 404


async def test_a_change_sends_what_changed_and_nothing_else(practice: Practice) -> None:
    posted = await practice.client.chat_postMessage(channel="C0GENERAL", text="one")
    other = await practice.client.chat_postMessage(channel="C0GENERAL", text="two")
    async with live(practice, "as=dana&in=general") as stream:
        whole = await stream.next()
        assert whole["parts"]["side"]
        await practice.client.chat_update(channel="C0GENERAL", ts=posted["ts"], text="one, edited")
        change = await stream.next()
    assert list(change["lists"]["messages"]["items"]) == [f"m-{posted['ts']}"]
    assert "one, edited" in change["lists"]["messages"]["items"][f"m-{posted['ts']}"]
    assert change["lists"]["messages"]["order"][-2:] == [f"m-{posted['ts']}", f"m-{other['ts']}"]
    assert "messages" not in change["parts"]


async def test_a_call_from_elsewhere_is_said_once(practice: Practice) -> None:
    async with live(practice, "as=dana&in=general") as stream:
        assert (await stream.next())["say"] == []
        await practice.client.chat_postMessage(channel="UDANA", text="Please decide by 23:08")
        change = await stream.next()
        assert change["say"] == ["Amends: Please decide by 23:08"]
        assert "badge" in change["parts"]["side"]


async def test_what_was_read_is_no_longer_new(practice: Practice) -> None:
    posted = await practice.client.chat_postMessage(channel="C0WATCH", text="Hello <@UDANA>")
    assert 'class="badge">1' in await page(practice, "as=dana&in=general")
    assert "New for" in await page(practice, "as=priya&in=general")
    await control(practice, "seen", person="Dana", channel="C0WATCH", ts=posted["ts"])
    drawn = await page(practice, "as=dana&in=general")
    assert 'class="badge"' not in drawn
    assert "New for" not in await page(practice, "as=priya&in=general")


async def test_a_line_says_what_came_since_somebody_looked_and_stays_while_they_look(practice: Practice) -> None:
    client = practice.client
    first = await client.chat_postMessage(channel="C0WATCH", text="An old one")
    assert 'id="new"' not in await page(practice, "as=dana&in=crisis-watch"), "all of it is new to her"
    await control(practice, "seen", person="Dana", channel="C0WATCH", ts=first["ts"])
    assert 'id="new"' not in await page(practice, "as=dana&in=crisis-watch")
    fresh = await client.chat_postMessage(channel="C0WATCH", text="A new one")
    drawn = await page(practice, "as=dana&in=crisis-watch")
    assert drawn.index("An old one") < drawn.index('id="new"') < drawn.index("A new one")
    window = unescape(drawn.split('data-live="/live?')[1].split('"')[0])
    async with live(practice, window) as stream:
        expected = [f"m-{first['ts']}", "new", f"m-{fresh['ts']}"]
        assert (await stream.next())["lists"]["messages"]["order"][-3:] == expected
        await control(practice, "seen", person="Dana", channel="C0WATCH", ts=fresh["ts"])
        newest = await client.chat_postMessage(channel="C0WATCH", text="While she looks")
        lists: JSON = {}
        while "messages" not in lists:  # that she has read it changes other parts, once
            lists = (await stream.next())["lists"]
        assert lists["messages"]["order"][-4:] == [*expected, f"m-{newest['ts']}"]
    assert 'id="new"' not in await page(practice, "as=priya&in=crisis-watch")


async def test_what_is_on_the_phone_is_in_its_frame_alone(practice: Practice) -> None:
    await practice.opened(modal(field("What happened?", "what"), title="Declare"))
    await practice.client.chat_postMessage(channel="UDANA", text="Please decide")
    async with live(practice, "as=dana&in=general&phone=1") as around, live(practice, "as=dana&inner=1") as inside:
        first = await around.next()
        assert list(first["parts"]) == ["called"]
        assert first["lists"] == {}
        assert "Declare" in (await inside.next())["parts"]["modals"]
        await practice.client.chat_postMessage(channel="UDANA", text="Please decide by 23:08")
        await practice.client.chat_postMessage(channel="UPRIYA", text="Please read")
        change = await around.next()
        while "Priya" not in change["parts"].get("called", ""):
            change = await around.next()
        assert change["say"] == [], "the phone says it"
    assert "Declare" not in (await page(practice, "as=dana&in=general&phone=1")).split("<main")[1]


async def test_a_modal_keeps_what_was_typed_and_shows_its_errors_at_the_field(practice: Practice) -> None:
    await practice.opened(modal(field("What happened?", "what"), field("Where?", "where"), title="Declare"))
    dana = practice.ws.person("Dana")
    await dana.fills({"What happened?": "Parcels"})
    await dana.submits()
    drawn = await page(practice, "as=dana")
    assert 'value="Parcels"' in drawn
    wrong = drawn[drawn.index('data-block="where"') :]
    assert "Please complete this required field." in wrong
    assert "Please complete this required field." not in drawn[: drawn.index('data-block="where"')]


async def test_threads_reactions_pins_and_bookmarks_are_there(practice: Practice) -> None:
    client = practice.client
    root = (await client.chat_postMessage(channel="C0GENERAL", text="the root"))["ts"]
    await client.chat_postMessage(channel="C0GENERAL", text="a reply", thread_ts=root)
    await client.pins_add(channel="C0GENERAL", timestamp=root)
    await client.bookmarks_add(
        channel_id="C0GENERAL", title="The plan", type="link", link="https://harbour.example/plan"
    )
    await control(practice, "react", person="Dana", channel="general", ts=root, name="pushpin")
    drawn = await page(practice, "as=dana&in=general")
    assert "1 reply" in drawn
    assert "a reply" not in drawn
    assert "Pinned" in drawn
    assert "The plan" in drawn
    assert "📌" in drawn
    assert "a reply" in await page(practice, f"as=dana&in=general&thread={root}")
    await control(practice, "react", person="Dana", channel="general", ts=root, name="pushpin", toggle=True)
    assert "reaction own" not in await page(practice, "as=dana&in=general")


async def test_times_are_those_of_the_reader(practice: Practice) -> None:
    await control(
        practice, "hire", id="UANN", name="ann", real_name="Ann York", email="", tz="America/New_York", locale="en-US"
    )
    await practice.client.chat_postMessage(channel="C0GENERAL", text="now: <!date^1795989480^{time}|then>")
    assert ">22:58</time>" in await page(practice, "as=dana&in=general")
    assert ">4:58 PM</time>" in await page(practice, "as=ann&in=general")


async def test_a_form_with_nothing_to_press_is_scrolled_by_keyboard_all_the_same(practice: Practice) -> None:
    await practice.opened(modal(section("Long words"), submit=None))
    assert 'tabindex="0" role="group"' in await page(practice, "as=dana&in=general")
    await practice.opened(modal(field("What happened?", "what")))
    assert 'tabindex="0" role="group"' not in (await page(practice, "as=dana&in=general")).split("<dialog")[-1]


async def test_an_hour_that_was_picked_is_the_persons_own(practice: Practice) -> None:
    await practice.opened(modal(field("When?", "when", {"type": "datetimepicker"})))
    await control(practice, "fill", person="Dana", place=["when", "held"], value="2026-11-22T23:30")
    assert 'value="2026-11-22T23:30"' in await page(practice, "as=dana")
    held = practice.slack.state.modals["UDANA"][0].values["when"]["held"]
    assert held["selected_date_time"] == 1_795_386_600


async def test_behind_the_scenes_tells_what_was_refused_and_no_secret(
    practice: Practice, browser: aiohttp.ClientSession
) -> None:
    practice.slack.settings.scopes -= {"pins:write"}
    with pytest.raises(Exception, match="missing_scope"):
        await practice.client.pins_add(channel="C0GENERAL", timestamp="1.1")
    await practice.ws.person("Dana").types("/crisis declare parcels")
    drawn = await page(practice, "as=dana&behind=1")
    assert "pins.add" in drawn
    assert "missing_scope: needs the scope pins:write" in drawn
    assert "/crisis declare parcels" in drawn
    async with browser.get(f"{practice.address}/behind/in/0") as answer:
        told = await answer.text()
    assert HIDDEN in told
    assert "practice-verification-token" not in told
    assert "/response/" not in told


async def test_a_bot_that_is_down_is_said_and_nothing_breaks(practice: Practice) -> None:
    practice.slack.settings.bot_url = "http://127.0.0.1:1/slack/events"
    await practice.ws.person("Dana").types("/crisis status")
    assert "does not answer right now" in await page(practice, "as=dana&in=general")
    await practice.client.auth_test()
    assert "does not answer right now" not in await page(practice, "as=dana&in=general")


async def test_faults_can_be_made_from_the_panel(practice: Practice) -> None:
    drawn = await page(practice, "as=dana&try=1")
    assert "Slack answers 429 once" in drawn
    assert "Restart the bot" not in drawn
    said = await control(practice, "scene", key="slack-429")
    assert "429" in said["said"]
    with pytest.raises(Exception, match="ratelimited"):
        await practice.client.auth_test()
    await control(practice, "scene", key="slack-slow")
    assert practice.slack.settings.latency == 2.0
    await control(practice, "scene", key="slack-slow")
    assert practice.slack.settings.latency == 0.0
    assert "Nobody offers that" in (await control(practice, "scene", key="restart"))["said"]

"""The Web API, through the real SDK: one line a rule."""

import asyncio
import time
from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError

from bot.practice.driver import Unreachable
from bot.practice.pace import POSTS_BURST
from bot.practice.scopes import FORM_ONLY
from tests.practice.conftest import Practice
from tests.practice.kit import actions, button, field, modal, section

pytestmark = pytest.mark.asyncio(loop_scope="session")

JSON = dict[str, Any]
LONG = "x" * 40_001


async def refused(practice: Practice, method: str, **arguments: Any) -> JSON:
    """The answer to a call that Slack refuses."""
    practice.slack.settings.pace = False
    params = {name: value for name, value in arguments.items() if not isinstance(value, list | dict)}
    body = {name: value for name, value in arguments.items() if isinstance(value, list | dict)}
    with pytest.raises(SlackApiError) as caught:
        await practice.client.api_call(method, params=params, json=body or None)
    answer: Any = caught.value.response.data
    assert answer["ok"] is False
    found: JSON = answer
    return found


@pytest.mark.parametrize(
    ("method", "arguments", "error"),
    [
        ("no.such", {}, "unknown_method"),
        ("chat.postMessage", {"channel": "C0GENERAL"}, "no_text"),
        ("chat.postMessage", {"channel": "C0NOWHERE", "text": "x"}, "channel_not_found"),
        ("chat.postMessage", {"text": "x"}, "channel_not_found"),
        ("chat.postMessage", {"channel": "C0GENERAL", "text": "x", "blocks": "{"}, "invalid_blocks_format"),
        ("chat.postMessage", {"channel": "C0GENERAL", "text": "x", "metadata": {"a": 1}}, "invalid_metadata_format"),
        ("chat.postMessage", {"channel": "C0GENERAL", "text": "x", "thread_ts": "1.2"}, "thread_not_found"),
        ("chat.update", {"channel": "C0GENERAL", "ts": "1.2", "text": "x"}, "message_not_found"),
        ("chat.delete", {"channel": "C0GENERAL", "ts": "1.2"}, "message_not_found"),
        ("chat.postEphemeral", {"channel": "C0SHOPS", "user": "UNORA", "text": "x"}, "user_not_in_channel"),
        ("conversations.create", {"name": ""}, "invalid_name_required"),
        ("conversations.create", {"name": "x" * 81}, "invalid_name_maxlength"),
        ("conversations.create", {"name": "Crisis"}, "invalid_name_specials"),
        ("conversations.create", {"name": "late parcels"}, "invalid_name_specials"),
        ("conversations.create", {"name": "--"}, "invalid_name_punctuation"),
        ("conversations.create", {"name": "general"}, "name_taken"),
        ("conversations.invite", {"channel": "C0GENERAL", "users": "UDANA"}, "already_in_channel"),
        ("conversations.invite", {"channel": "C0SHOPS", "users": "UGHOST"}, "user_not_found"),
        ("conversations.invite", {"channel": "C0SHOPS", "users": "UDANA,UGHOST"}, "user_not_found"),
        ("conversations.invite", {"channel": "C0SHOPS", "users": ""}, "no_user"),
        ("conversations.setTopic", {"channel": "C0SHOPS", "topic": "x" * 251}, "too_long"),
        ("conversations.open", {"users": ""}, "users_list_not_supplied"),
        ("conversations.open", {"users": ",".join(f"U{n}" for n in range(9))}, "too_many_users"),
        ("conversations.history", {"channel": "C0NOWHERE"}, "channel_not_found"),
        ("conversations.history", {"channel": "C0GENERAL", "cursor": "x"}, "invalid_cursor"),
        ("conversations.replies", {"channel": "C0GENERAL", "ts": "1.2"}, "thread_not_found"),
        ("conversations.archive", {"channel": "C0GENERAL"}, "cant_archive_general"),
        ("conversations.list", {"types": "secret"}, "invalid_types"),
        ("users.info", {"user": "UGHOST"}, "user_not_found"),
        ("users.lookupByEmail", {"email": "ghost@harbour.example"}, "users_not_found"),
        ("usergroups.users.list", {"usergroup": "S9"}, "no_such_subteam"),
        ("pins.add", {"channel": "C0GENERAL", "timestamp": "1.2"}, "message_not_found"),
        ("pins.add", {"channel": "C0GENERAL"}, "no_item_specified"),
        ("bookmarks.add", {"channel_id": "C0GENERAL", "title": "x", "type": "link", "link": "no"}, "invalid_link"),
        ("bookmarks.remove", {"channel_id": "C0GENERAL", "bookmark_id": "Bk1"}, "bookmark_not_found"),
        ("reactions.add", {"channel": "C0GENERAL", "timestamp": "1.2", "name": "eyes"}, "message_not_found"),
        ("views.open", {"trigger_id": "1.2.x", "view": modal(section("x"))}, "invalid_trigger_id"),
        ("views.update", {"view_id": "V1", "view": modal(section("x"))}, "not_found"),
    ],
)
async def test_refusals(practice: Practice, method: str, arguments: JSON, error: str) -> None:
    assert (await refused(practice, method, **arguments))["error"] == error


async def test_text_limits(practice: Practice) -> None:
    with pytest.raises(SlackApiError, match="msg_too_long"):
        await practice.client.chat_postMessage(channel="C0GENERAL", text=LONG)
    posted = await practice.client.chat_postMessage(channel="C0GENERAL", text="x" * 4001)
    with pytest.raises(SlackApiError, match="msg_too_long"):
        await practice.client.chat_update(channel="C0GENERAL", ts=posted["ts"], text="x" * 4001)


async def test_tokens(practice: Practice) -> None:
    url = f"{practice.address}/api/auth.test"
    async with aiohttp.ClientSession() as session:

        async def error(address: str, **headers: str) -> Any:
            async with session.post(address, headers=headers) as answer:
                return (await answer.json()).get("error")

        assert await error(url) == "not_authed"
        assert await error(url, authorization="Bearer xoxb-other") == "invalid_auth"
        assert await error(f"{url}?token=xoxb-practice") == "invalid_auth"
        assert await error(url, authorization="Bearer xoxb-practice") is None


@pytest.mark.parametrize(
    ("scopes", "method", "arguments", "needed"),
    [
        ({"channels:manage"}, "conversations.create", {"name": "a", "is_private": "true"}, "groups:write"),
        ({"groups:write"}, "conversations.create", {"name": "a"}, "channels:manage"),
        ({"im:history"}, "conversations.history", {"channel": "C0GENERAL"}, "channels:history"),
        (set(), "chat.postMessage", {"channel": "C0GENERAL", "text": "x"}, "chat:write"),
        (set(), "users.info", {"user": "UDANA"}, "users:read"),
    ],
)
async def test_missing_scopes_are_named(
    practice: Practice, scopes: set[str], method: str, arguments: JSON, needed: str
) -> None:
    await practice.ws.set(scopes=scopes)
    answer = await refused(practice, method, **arguments)
    assert answer["error"] == "missing_scope"
    assert needed in answer["needed"].split(",")
    assert answer["provided"] == ",".join(sorted(scopes))


async def test_the_address_is_only_for_tokens_that_may_read_it(practice: Practice) -> None:
    await practice.ws.set(scopes={"users:read"})
    told = await practice.client.users_info(user="UDANA", include_locale=True)
    assert "email" not in told["user"]["profile"]
    assert told["user"]["locale"] == "en-GB"
    assert told.headers["x-oauth-scopes"] == "users:read"


@pytest.mark.parametrize("method", sorted(FORM_ONLY))
async def test_read_methods_do_not_look_into_json(practice: Practice, method: str) -> None:
    arguments = {"channel": "C0GENERAL", "ts": "1.2", "message_ts": "1.2", "user": "UDANA", "limit": 1}
    arguments |= {"email": "dana@harbour.example", "usergroup": "S0CRISIS"}
    try:
        answer: Any = (await practice.client.api_call(method, json=arguments)).data
    except SlackApiError as refusal:
        told: Any = refusal.response.data
        assert "does not read JSON" in told["response_metadata"]["messages"][-1]
    else:
        assert not answer.get("response_metadata", {}).get("next_cursor")


async def test_channels_the_bot_is_not_in(practice: Practice) -> None:
    practice.slack.state.channels["C0SHOPS"].members.remove("U0AMENDS")
    await practice.client.chat_postMessage(channel="#shops", text="public posts need no membership")
    for method, extra in (("conversations.history", {}), ("pins.list", {}), ("conversations.setTopic", {"topic": "x"})):
        assert (await refused(practice, method, channel="C0SHOPS", **extra))["error"] == "not_in_channel"
    await practice.ws.set(scopes={"chat:write"})
    assert (await refused(practice, "chat.postMessage", channel="C0SHOPS", text="x"))["error"] == "not_in_channel"
    practice.slack.state.channels["C0SHOPS"].kind = "group"
    assert (await refused(practice, "chat.postMessage", channel="C0SHOPS", text="x"))["error"] == "channel_not_found"


async def test_invite_with_force_takes_the_good_and_names_the_bad(practice: Practice) -> None:
    await practice.ws.deactivate("Leo")
    made = await practice.client.conversations_create(name="crisis-12", is_private=True)
    channel = made["channel"]["id"]
    answer = await practice.client.conversations_invite(channel=channel, users="UDANA,ULEO,UGHOST", force=True)
    assert {one["user"]: one["error"] for one in answer["errors"]} == {
        "ULEO": "cant_invite",
        "UGHOST": "user_not_found",
    }
    seen = await practice.ws.channel("#crisis-12")
    assert seen.members == ["bot", "UDANA"]
    assert seen.private


async def test_nobody_comes_in_without_force_when_one_is_bad(practice: Practice) -> None:
    answer = await refused(practice, "conversations.invite", channel="C0SHOPS", users="UDANA,UGHOST")
    assert answer["errors"] == [{"user": "UGHOST", "ok": False, "error": "user_not_found"}]
    assert "UDANA" not in (await practice.ws.channel("#shops")).members


async def test_deactivated_people(practice: Practice) -> None:
    await practice.ws.deactivate("Leo")
    assert (await refused(practice, "chat.postMessage", channel="ULEO", text="x"))["error"] == "user_disabled"
    assert (await refused(practice, "conversations.open", users="ULEO"))["error"] == "user_disabled"
    error = (await refused(practice, "users.lookupByEmail", email="leo@harbour.example"))["error"]
    assert error == "users_not_found"


async def test_update_keeps_what_it_is_not_given(practice: Practice) -> None:
    metadata = {"event_type": "effect", "event_payload": {"id": "e1"}}
    posted = await practice.client.chat_postMessage(
        channel="C0GENERAL", text="old", blocks=[section("old blocks")], metadata=metadata
    )
    await practice.client.chat_update(channel="C0GENERAL", ts=posted["ts"], text="new")
    [message] = (await practice.ws.channel("general")).messages
    assert (message.text, message.shown, message.metadata, message.edited) == ("new", "old blocks", metadata, True)
    await practice.client.chat_update(channel="C0GENERAL", ts=posted["ts"], text="new", blocks=[])
    [message] = (await practice.ws.channel("general")).messages
    assert message.shown == "new"


async def test_only_its_own_messages(practice: Practice) -> None:
    await practice.ws.person("Dana").types("mine")
    [message] = (await practice.ws.channel("general")).messages
    for method, error in (("chat.update", "cant_update_message"), ("chat.delete", "cant_delete_message")):
        assert (await refused(practice, method, channel="C0GENERAL", ts=message.ts, text="x"))["error"] == error
    whispered = await practice.client.chat_postEphemeral(channel="C0GENERAL", user="UDANA", text="psst")
    answer = await refused(practice, "chat.update", channel="C0GENERAL", ts=whispered["message_ts"], text="x")
    assert answer["error"] == "message_not_found"


async def test_history_shows_metadata_when_asked_and_is_newest_first(practice: Practice) -> None:
    for number in range(3):
        await practice.client.chat_postMessage(
            channel="C0GENERAL", text=str(number), metadata={"event_type": "e", "event_payload": {"n": number}}
        )
    plain = await practice.client.conversations_history(channel="C0GENERAL")
    assert [one["text"] for one in plain["messages"]] == ["2", "1", "0"]
    assert all("metadata" not in one for one in plain["messages"])
    middle = plain["messages"][1]["ts"]
    told = await practice.client.conversations_history(channel="C0GENERAL", oldest=middle, include_all_metadata=True)
    assert [one["metadata"]["event_payload"]["n"] for one in told["messages"]] == [2]
    told = await practice.client.conversations_history(channel="C0GENERAL", oldest=middle, inclusive=True)
    assert len(told["messages"]) == 2
    first = await practice.client.conversations_history(channel="C0GENERAL", limit=2)
    rest = await practice.client.conversations_history(
        channel="C0GENERAL", limit=2, cursor=first["response_metadata"]["next_cursor"]
    )
    assert [one["text"] for one in rest["messages"]] == ["0"]
    assert not rest["has_more"]


async def test_replies_are_in_the_thread_and_not_in_the_history(practice: Practice) -> None:
    parent = await practice.client.chat_postMessage(channel="C0GENERAL", text="parent")
    await practice.client.chat_postMessage(channel="C0GENERAL", text="reply", thread_ts=parent["ts"])
    history = await practice.client.conversations_history(channel="C0GENERAL")
    assert [one["text"] for one in history["messages"]] == ["parent"]
    assert history["messages"][0]["reply_count"] == 1
    thread = await practice.client.conversations_replies(channel="C0GENERAL", ts=parent["ts"])
    assert [one["text"] for one in thread["messages"]] == ["parent", "reply"]


async def test_marks_are_put_on_once(practice: Practice) -> None:
    ts = (await practice.client.chat_postMessage(channel="C0GENERAL", text="x"))["ts"]
    item = {"channel": "C0GENERAL", "timestamp": ts}
    await practice.client.pins_add(**item)
    assert (await refused(practice, "pins.add", **item))["error"] == "already_pinned"
    assert (await practice.client.pins_list(channel="C0GENERAL"))["items"][0]["message"]["ts"] == ts
    await practice.client.pins_remove(**item)
    assert (await refused(practice, "pins.remove", **item))["error"] == "no_pin"
    await practice.client.reactions_add(name="eyes", **item)
    assert (await refused(practice, "reactions.add", name="eyes", **item))["error"] == "already_reacted"
    await practice.client.reactions_remove(name="eyes", **item)
    assert (await refused(practice, "reactions.remove", name="eyes", **item))["error"] == "no_reaction"
    link = {"title": "Status", "type": "link", "link": "https://harbour.example"}
    mark = (await practice.client.bookmarks_add(channel_id="C0GENERAL", **link))["bookmark"]["id"]
    await practice.client.bookmarks_edit(channel_id="C0GENERAL", bookmark_id=mark, title="News")
    assert [one["title"] for one in (await practice.ws.channel("general")).bookmarks] == ["News"]


async def test_an_archived_channel_keeps_its_name_and_shuts_the_bot_out(practice: Practice) -> None:
    made = await practice.client.conversations_create(name="crisis-1")
    channel = made["channel"]["id"]
    await practice.client.conversations_archive(channel=channel)
    assert (await refused(practice, "conversations.history", channel=channel))["error"] == "not_in_channel"
    assert (await refused(practice, "chat.postMessage", channel=channel, text="x"))["error"] == "is_archived"
    assert (await refused(practice, "conversations.create", name="crisis-1"))["error"] == "name_taken"


async def test_a_trigger_is_good_once_and_for_three_seconds(practice: Practice) -> None:
    dana = practice.ws.person("Dana")
    await dana.types("/crisis")
    trigger = practice.bot.last("command")["trigger_id"]
    await practice.client.views_open(trigger_id=trigger, view=modal(section("x")))
    answer = await refused(practice, "views.open", trigger_id=trigger, view=modal(section("x")))
    assert answer["error"] == "exchanged_trigger_id"
    await dana.types("/crisis")
    practice.clock.now += 3.1
    late = practice.bot.last("command")["trigger_id"]
    answer = await refused(practice, "views.open", trigger_id=late, view=modal(section("x")))
    assert answer["error"] == "expired_trigger_id"


async def test_three_modals_lie_on_each_other_and_no_fourth(practice: Practice) -> None:
    view = modal(actions(button("Next", "next")), submit=None)
    await practice.opened(view)
    dana = practice.ws.person("Dana")
    for _ in range(2):
        await dana.presses("Next")
        await practice.client.views_push(trigger_id=practice.bot.last("block_actions")["trigger_id"], view=view)
    await dana.presses("Next")
    trigger = practice.bot.last("block_actions")["trigger_id"]
    assert (await refused(practice, "views.push", trigger_id=trigger, view=view))["error"] == "push_limit_reached"


async def test_an_update_keeps_what_was_typed_and_knows_its_hash(practice: Practice) -> None:
    opened = await practice.opened(modal(field("What", "what")))
    dana = practice.ws.person("Dana")
    await dana.fills({"What": "typed"})
    again = modal(section("new"), field("What", "what"))
    await practice.client.views_update(view_id=opened["id"], hash=opened["hash"], view=again)
    shown = await dana.modal()
    assert shown
    assert shown.values == {"What": "typed"}
    with pytest.raises(SlackApiError, match="hash_conflict"):
        await practice.client.views_update(view_id=opened["id"], hash=opened["hash"], view=again)


async def test_external_ids_belong_to_one_view(practice: Practice) -> None:
    await practice.opened(modal(section("x"), external_id="crisis-12"))
    await practice.client.views_update(external_id="crisis-12", view=modal(section("y"), external_id="crisis-12"))
    await practice.ws.person("Priya").types("/crisis")
    trigger = practice.bot.last("command")["trigger_id"]
    answer = await refused(
        practice, "views.open", trigger_id=trigger, view=modal(section("x"), external_id="crisis-12")
    )
    assert answer["error"] == "duplicate_external_id"


async def test_the_home_is_published_for_one_person(practice: Practice) -> None:
    blocks = [section("My queue"), actions(button("Done", "promise.done"))]
    await practice.client.views_publish(user_id="UDANA", view={"type": "home", "blocks": blocks})
    home = await practice.ws.person("Dana").home()
    assert home
    assert home.text == "My queue"
    await practice.ws.person("Dana").presses("Done", home)
    assert practice.bot.last("block_actions")["container"] == {"type": "view", "view_id": home.id}
    assert await practice.ws.person("Priya").home() is None


async def test_opening_the_home_tells_the_bot_what_stood_there(practice: Practice) -> None:
    dana = practice.ws.person("Dana")
    await practice.ws.set(events={"app_home_opened"})
    assert await dana.home() is None
    first = practice.bot.last("event")["event"]
    assert (first["type"], first["user"], first["tab"]) == ("app_home_opened", "UDANA", "home")
    assert "view" not in first, "nothing was ever published"
    await practice.client.views_publish(user_id="UDANA", view={"type": "home", "blocks": [section("My queue")]})
    await dana.home()
    view = practice.bot.last("event")["event"]["view"]
    assert view["type"] == "home"
    assert view["blocks"][0]["text"]["text"] == "My queue"


async def test_who_has_an_old_home_on_the_screen_can_still_press_it(practice: Practice) -> None:
    dana, publish = practice.ws.person("Dana"), practice.client.views_publish
    await publish(user_id="UDANA", view={"type": "home", "blocks": [actions(button("Done", "promise.done"))]})
    stale = await dana.home()
    await publish(user_id="UDANA", view={"type": "home", "blocks": [section("Nothing is left.")]})
    await dana.presses("Done", stale)
    assert practice.bot.last("block_actions")["view"]["blocks"][0]["type"] == "section"


async def test_an_app_without_a_home_tab_cannot_publish_one(practice: Practice) -> None:
    practice.slack.settings.home = False
    answer = await refused(practice, "views.publish", user_id="UDANA", view={"type": "home", "blocks": []})
    assert answer["error"] == "not_enabled"
    with pytest.raises(Unreachable, match="no Home tab"):
        await practice.ws.person("Dana").home()


async def test_posts_go_at_one_a_second_after_a_burst(practice: Practice) -> None:
    for _ in range(POSTS_BURST):
        await practice.client.chat_postMessage(channel="C0GENERAL", text="x")
    with pytest.raises(SlackApiError) as caught:
        await practice.client.chat_postMessage(channel="C0GENERAL", text="too fast")
    response: Any = caught.value.response
    assert response.status_code == 429
    assert response.headers["Retry-After"] == "1"
    assert response.data == {"ok": False, "error": "ratelimited"}
    await practice.client.chat_postMessage(channel="C0SHOPS", text="another channel is free")
    practice.clock.now += 1
    await practice.client.chat_postMessage(channel="C0GENERAL", text="x")


async def test_a_tier_is_so_many_calls_a_minute(practice: Practice) -> None:
    for number in range(20):
        await practice.client.conversations_create(name=f"crisis-{number}")
    with pytest.raises(SlackApiError, match="ratelimited"):
        await practice.client.conversations_create(name="crisis-21")
    await practice.client.conversations_info(channel="C0GENERAL")
    await practice.ws.set(pace=False)
    await practice.client.conversations_create(name="crisis-21")


async def test_distributed_apps_read_history_once_a_minute(practice: Practice) -> None:
    practice.slack.settings.distributed = True
    for _ in range(4):
        await practice.client.chat_postMessage(channel="C0GENERAL", text="x")
    await practice.client.conversations_history(channel="C0GENERAL")
    with pytest.raises(SlackApiError, match="ratelimited"):
        await practice.client.conversations_history(channel="C0GENERAL")


@pytest.mark.parametrize("after_effect", [False, True])
@pytest.mark.parametrize("kind", ["429", "500", "reset", "internal_error"])
async def test_faults_come_before_or_after_the_work(practice: Practice, kind: str, after_effect: bool) -> None:
    await practice.ws.fault("chat.postMessage", kind, retry_after=7, after_effect=after_effect)
    with pytest.raises((SlackApiError, aiohttp.ClientError)) as caught:
        await practice.client.chat_postMessage(channel="C0GENERAL", text="x")
    assert isinstance(caught.value, aiohttp.ClientError) == (kind == "reset")
    assert len((await practice.ws.channel("general")).messages) == (1 if after_effect else 0)
    await practice.client.chat_postMessage(channel="C0GENERAL", text="the fault is used up")
    first, second = await practice.ws.calls("chat.postMessage")
    assert (first.ok, second.ok) == (False, True)
    assert first.arguments["text"] == "x"


async def test_what_is_slow_works_and_is_answered_in_the_end_or_when_somebody_hurries_it(practice: Practice) -> None:
    await practice.ws.fault("chat.postMessage", "slow", times=2, seconds=8)
    slow = [asyncio.create_task(practice.client.chat_postMessage(channel="C0GENERAL", text=words)) for words in "ab"]
    async with asyncio.timeout(4):
        while practice.slack.web_api.in_flight < 2:  # noqa: ASYNC110 - nothing has happened yet that could tell
            await asyncio.sleep(0.01)
    assert await practice.ws.calls("chat.postMessage") == []
    await practice.ws.hurry()
    async with asyncio.timeout(4):
        assert [bool((await one)["ok"]) for one in slow] == [True, True]
    await practice.ws.fault("chat.postMessage", "slow", seconds=0.01)
    await practice.client.chat_postMessage(channel="C0GENERAL", text="c")
    assert [call.ok for call in await practice.ws.calls("chat.postMessage")] == [True] * 3


async def test_a_timeout_is_a_long_silence(practice: Practice) -> None:
    await practice.ws.fault("auth.test", "timeout")
    practice.client.timeout = 1
    began = time.monotonic()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            await practice.client.auth_test()
    assert time.monotonic() - began < 0.5


async def test_latency_is_added_to_every_answer(practice: Practice) -> None:
    await practice.ws.set(latency=0.05)
    await practice.client.auth_test()
    [call] = await practice.ws.calls("auth.test")
    assert call.ended - call.started >= 0.05 - 0.001, "but for the grain of the clock"


async def test_after_uninstalling_the_token_is_dead(practice: Practice) -> None:
    await practice.ws.uninstall()
    assert (await refused(practice, "auth.test"))["error"] == "account_inactive"
    await practice.ws.settle(0.05)
    told = {sent.payload["event"]["type"] for sent in await practice.ws.deliveries()}
    assert told == {"tokens_revoked", "app_uninstalled"}


@pytest.mark.parametrize("way", ["/api/auth.test", "/response/x", "/upload/x", "/link/?ticket=x"])
@pytest.mark.parametrize(
    ("headers", "refused"),
    [
        ({}, None),
        ({"Host": "localhost:1234"}, None),
        ({"Host": "evil.example"}, "wrong Host"),
        ({"Host": "127.0.0.1.evil.example:80"}, "wrong Host"),
        ({"Origin": "https://evil.example"}, "wrong Origin"),
        ({"Origin": "null"}, "wrong Origin"),
    ],
)
async def test_a_web_page_elsewhere_is_not_the_bot(
    practice: Practice, way: str, headers: dict[str, str], refused: str | None
) -> None:
    """Neither by another name for this machine nor by a form of its own, whatever it knows."""
    authorization = {"Authorization": "Bearer xoxb-practice"}
    async with aiohttp.ClientSession(headers=authorization | headers) as session:
        if way.startswith("/link"):
            practice.slack.state.tickets.add("x")
            if refused is None:
                async with session.ws_connect(practice.address + way) as line:
                    assert (await line.receive_json())["type"] == "hello"
                return
            with pytest.raises(aiohttp.WSServerHandshakeError, match="403"):
                await session.ws_connect(practice.address + way)
            return
        async with session.post(practice.address + way) as answer:
            assert (await answer.text() == refused) is (refused is not None)
            assert (answer.status == 403) is (refused is not None)
